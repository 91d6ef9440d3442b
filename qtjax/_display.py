"""How objects show themselves: numbers as they are, short enough for a line of a notebook."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.core import Tracer

from ._checks import is_concrete

# Longer vectors are shown as a range.
_LISTED = 6


def numbers(x: Any) -> str:
    """The values of an array: all of a short vector, the range of a larger array; `traced` inside `jax.jit`."""
    if isinstance(x, Tracer):
        return "traced"
    x = np.asarray(x) if isinstance(x, (np.number, float, complex)) else x
    if not is_concrete(x) or not np.issubdtype(np.asarray(x).dtype, np.number):
        return eqx.tree_pformat(x)
    values = np.asarray(x)
    if values.ndim == 0:
        return _number(values.item())
    if values.ndim == 1 and values.size <= _LISTED:
        return f"[{', '.join(_number(value) for value in values.tolist())}]"
    if values.size == 0 or np.iscomplexobj(values):
        return f"array of shape {values.shape}"
    least, most = _number(values.min().item()), _number(values.max().item())
    count = " x ".join(str(n) for n in values.shape)
    return f"{least} ({count} times)" if least == most else f"{count} from {least} to {most}"


def holds_arrays(*leaves: Any) -> bool:
    """Whether they are arrays, as in every module but those that JAX fills with something else."""
    return all(eqx.is_array(leaf) for leaf in leaves)


def fields(module: Any) -> str:
    """`Name(field=value, ...)` of a module, its fields of None left out."""
    found = {f.name: getattr(module, f.name) for f in dataclasses.fields(module)}
    return call(type(module).__name__, **{name: value for name, value in found.items() if value is not None})


def tree(x: Any) -> str:
    """A number, an array, or a structure of them."""
    leaves, structure = jax.tree.flatten(x)
    return str(structure.unflatten([_Text(numbers(leaf)) for leaf in leaves]))


class _Text(str):
    """Shown without quotes."""

    def __repr__(self) -> str:
        return str(self)


def call(name: str, /, *leading: str, **values: Any) -> str:
    """`name(leading, key=value, ...)`."""
    pairs = [f"{key}={numbers(x) if _is_number(x) else repr(x)}" for key, x in values.items()]
    return f"{name}({', '.join([*leading, *pairs])})"


def _is_number(x: Any) -> bool:
    return eqx.is_array(x) or isinstance(x, (np.ndarray, np.number, float, complex))


def _number(value: Any) -> str:
    if isinstance(value, complex):
        return f"{value:.6g}" if value.imag else f"{value.real:.6g}"
    return f"{value:.6g}"
