"""Array aliases with physical axis names, and the converter of fields that hold physical parameters."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Complex, Float, Inexact

# Axis names used throughout: `two_n` quadratures (x1, p1, x2, p2, ...), `baths`, `times`.
# What a user may give: a number, an array, or nested lists of them.
Numbers: TypeAlias = ArrayLike | Sequence[Any]
Scalar: TypeAlias = Float[Array, ""]
QuadratureVector: TypeAlias = Float[Array, " two_n"]
QuadratureForm: TypeAlias = Float[Array, "two_n two_n"]
PerBath: TypeAlias = Float[Array, " baths"]
ModeMatrix: TypeAlias = Complex[Array, "two_n two_n"]
Operator: TypeAlias = Inexact[Array, "d d"]


def as_real(value: Any) -> Any:
    """A real floating-point array (float64 where x64 is on).

    A Python number in an Equinox module is static: five temperatures would be five compilations and
    a gradient of None. Arrays made here are strongly typed, so they all share one compilation.
    """
    if isinstance(value, jax.ShapeDtypeStruct) or value is None:
        return value
    if isinstance(value, (str, bytes)):
        raise ValueError(f"A physical parameter must be a real number or array, but is {value!r}.")
    known = not any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(value))
    array = value if isinstance(value, jax.Array) else np.asarray(value) if known else jnp.asarray(value)
    if np.issubdtype(array.dtype, np.complexfloating):
        raise ValueError(f"A physical parameter must be real, but has dtype {array.dtype}. Pass its real part.")
    if not (np.issubdtype(array.dtype, np.number) or array.dtype == bool):
        raise ValueError(f"A physical parameter must be a real number or array, but is {value!r}.")
    if not known:
        return jnp.asarray(array, dtype=float)
    with jax.ensure_compile_time_eval():  # what is known stays known inside `jax.jit`: it can be checked and shown
        return jnp.asarray(array, dtype=float)


def as_inexact(value: Any) -> Any:
    """A real or complex floating-point array; real ones stay real."""
    if isinstance(value, jax.ShapeDtypeStruct) or value is None:
        return value
    if isinstance(value, (str, bytes)):
        raise ValueError(f"An operator must be a matrix of numbers, but is {value!r}.")
    array = jnp.asarray(value)
    return jnp.asarray(array, dtype=complex if jnp.iscomplexobj(array) else float)
