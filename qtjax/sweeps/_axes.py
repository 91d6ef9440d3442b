"""The axes of a sweep: names, values and labels."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np


class Axis(NamedTuple):
    """A parameter and the values it takes; `attrs` are the label and units that plots read."""

    name: str
    values: np.ndarray
    attrs: dict[str, Any]


def label(name: str) -> str:
    """What a plot calls a variable that has no other label."""
    return name.replace("_", " ")


def axes_of(function: Callable[..., Any], given: Mapping[str, Any], units: Mapping[str, str]) -> tuple[Axis, ...]:
    """The axes in the order of the call; raises ValueError for what is no axis, or no argument of the function."""
    if not callable(function):
        raise ValueError(f"`function` must be callable with the names of the axes, but is {function!r}.")
    if not given:
        raise ValueError("A sweep needs at least one axis, such as `coupling=jnp.geomspace(1e-4, 0.3, 61)`.")
    try:
        inspect.signature(function).bind(**given)
    except TypeError as error:
        raise ValueError(
            f"`function` is called with the axes as keyword arguments, {', '.join(given)}, but that does not fit its "
            f"signature {inspect.signature(function)}: {error}. Fix other arguments with `functools.partial`."
        ) from None
    except ValueError:  # a builtin without a signature
        pass
    return tuple(_axis(name, values, units.get(name)) for name, values in given.items())


def _axis(name: str, given: Any, units: str | None) -> Axis:
    attrs = {str(key): value for key, value in getattr(given, "attrs", {}).items()}
    try:
        values = np.asarray(given)
    except Exception as error:
        raise ValueError(f"The axis `{name}` must be numbers of one dimension, but is {given!r}.") from error
    if values.ndim != 1:
        raise ValueError(
            f"The axis `{name}` must have one dimension, but has shape {values.shape}. A fixed value goes into the "
            "function, by `functools.partial`; an array of parameters varies with the index of its rows."
        )
    if values.size == 0:
        raise ValueError(f"The axis `{name}` is empty: it must have at least one value.")
    if not (np.issubdtype(values.dtype, np.number) or values.dtype == bool):
        raise ValueError(
            f"The axis `{name}` must be numbers, but has dtype {values.dtype}. Sweep a number, and let the function "
            "return a dict with one entry for each description or device."
        )
    if values.dtype.kind in "fc":
        real = np.real(values).dtype
        if real != jnp.zeros(()).dtype:
            raise ValueError(
                f"The axis `{name}` has dtype {values.dtype}, but computations are in {jnp.zeros(()).dtype}: all axes "
                'must have one precision. Put `jax.config.update("jax_enable_x64", True)` before any array is '
                f"made, or convert it: `{name}=np.asarray({name}, float)`."
            )
    else:  # physical parameters are real numbers, also where somebody writes [1, 2, 3]
        values = values.astype(jnp.zeros(()).dtype)
    if not np.all(np.isfinite(values)):
        raise ValueError(f"The values of the axis `{name}` must be finite, but are {values}.")
    attrs.setdefault("long_name", label(name))
    if units is not None:
        attrs["units"] = units
    return Axis(name, values, attrs)
