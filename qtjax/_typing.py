"""Array aliases with physical axis names, and the converter of fields that hold physical parameters."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Complex, Float, Inexact

from ._checks import check_values, shown

# Axis names used throughout: `two_n` quadratures (x1, p1, x2, p2, ...), `baths`, `times`.
# What a user may give: a number, an array, or nested lists of them.
Numbers: TypeAlias = ArrayLike | Sequence[Any]
Scalar: TypeAlias = Float[Array, ""]
QuadratureVector: TypeAlias = Float[Array, " two_n"]
QuadratureForm: TypeAlias = Float[Array, "two_n two_n"]
PerBath: TypeAlias = Float[Array, " baths"]
ModeMatrix: TypeAlias = Complex[Array, "two_n two_n"]
Operator: TypeAlias = Inexact[Array, "d d"]


def as_real(value: Any, name: str = "A physical parameter") -> Any:
    """A real floating-point array (float64 where x64 is on); ValueError, which calls it `name`, for anything else.

    A Python number in an Equinox module is static: five temperatures would be five compilations and
    a gradient of None. Arrays made here are strongly typed, so they all share one compilation.
    """
    if isinstance(value, jax.ShapeDtypeStruct):
        return value
    array, known = _as_numbers(value, name, "a real number or array")
    if jnp.issubdtype(array.dtype, np.complexfloating):
        raise ValueError(f"{name} must be real, but has dtype {array.dtype}. Pass its real part.")
    if not known:
        return jnp.asarray(array, dtype=float)
    with jax.ensure_compile_time_eval():  # what is known stays known inside `jax.jit`: it can be checked and shown
        return jnp.asarray(array, dtype=float)


def as_inexact(value: Any, name: str = "An operator") -> Any:
    """A real or complex floating-point array; real ones stay real. ValueError, which calls it `name`, for others."""
    if isinstance(value, jax.ShapeDtypeStruct):
        return value
    array = jnp.asarray(_as_numbers(value, name, "a matrix of numbers")[0])
    return jnp.asarray(array, dtype=complex if jnp.iscomplexobj(array) else float)


def parameter(
    name: str, *, positive: bool = False, nonnegative: bool = False, scalar: bool = False
) -> Callable[[Numbers], Any]:
    """The converter of a field that holds a real physical parameter: `as_real`, and values known now are checked."""

    def converted(value: Numbers) -> Any:
        array = as_real(value, f"The {name}")
        if scalar and array.shape != ():
            raise ValueError(f"The {name} must be one number, but has shape {array.shape}. Use `jax.vmap`.")
        check_values(array, name, positive=positive, nonnegative=nonnegative)
        return array

    return converted


def _as_numbers(value: Any, name: str, wanted: str) -> tuple[Any, bool]:
    """An array of numbers, and whether its values are known; ValueError for anything else."""
    known = not any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(value))
    try:
        array = value if isinstance(value, jax.Array) else np.asarray(value) if known else jnp.asarray(value)
    except (TypeError, ValueError):  # a ragged list, or one with a tracer in it and something that is no number
        array = np.empty(0, object)
    if not (jnp.issubdtype(array.dtype, np.number) or array.dtype == bool):
        remedy = " Use `qt.from_qutip`." if type(value).__module__.startswith("qutip") else ""
        raise ValueError(f"{name} must be {wanted}, but is {shown(value)}.{remedy}")
    return array, known
