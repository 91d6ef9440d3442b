"""Functions of a matrix on the left, in the middle and on the right of an operator product, S . S."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Inexact

from ._frames import with_derivatives_of
from ._levels import Levels
from ._matrix_functions import Function, derivative, integral_nodes


def _partial(function: Callable[..., Array], position: int, x: Sequence[Array]) -> Array:
    at = lambda y: function(*x[:position], y, *x[position + 1 :])  # noqa: E731
    return jax.jvp(at, (x[position],), (jnp.ones_like(x[position]),))[1]


def sandwich(
    function: Callable[[Any, Array, Array, Array], Array],
    parameters: Any,
    levels: Levels,
    operator: Inexact[Array, "d d"],
) -> Inexact[Array, "d d"]:
    """sum_k function(parameters, E_i, E_k, E_j) S_ik S_kj in the frame of the levels, with its first derivative.

    `function` is elementwise, smooth, and closes over nothing traced. Groups of the levels must be narrow: inside,
    only their mean counts.
    """

    def total(table: Array, left: Array, right: Array) -> Array:
        return jnp.einsum("ikj,ik,kj->ij", table, left, right)

    def value(parameters, nodes, change, operator):
        return total(function(parameters, *nodes), operator, operator) + 0.0 * change

    def full(parameters, nodes, change, operator):
        slopes = [_partial(lambda *x: function(parameters, *x), position, nodes) for position in range(3)]
        return (
            total(function(parameters, *nodes), operator, operator)
            + total(slopes[0], change @ operator, operator)
            + total(slopes[1], operator @ change, operator)
            + total(slopes[2], operator, operator @ change)
        )

    e = levels.energies
    nodes = jnp.broadcast_arrays(e[:, None, None], e[None, :, None], e[None, None, :])
    return with_derivatives_of(full, value)(parameters, nodes, levels.splitting, operator)


def divided_difference(function: Function, a: Array, b: Array, width: Array) -> Array:
    """[function(b) - function(a)]/(b - a), as a mean slope where a and b are closer than `width`."""
    near = jnp.abs(b - a) <= jax.lax.stop_gradient(width)
    x, weights = integral_nodes()
    slope = derivative(function)
    # One axis in front for the nodes of the mean, so that `function` broadcasts.
    x, weights = (k.reshape(-1, *(1,) * a.ndim) for k in (x, weights))
    mean = jnp.sum(weights * slope(a + x * jnp.where(near, b - a, 0.0)), axis=0)
    gap = jnp.where(near, 1.0, b - a)
    return jnp.where(near, mean, (function(b) - function(a)) / gap)
