"""Quadrature: composite Gauss-Legendre rules, and panels that gather where a function bends."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def gauss_legendre_panels(breaks: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of a composite Gauss-Legendre rule on consecutive `breaks`."""
    x, weight = np.polynomial.legendre.leggauss(order)
    half = np.diff(breaks)[:, None] / 2
    middle = (breaks[1:] + breaks[:-1])[:, None] / 2
    return (middle + half * x).ravel(), (half * weight).ravel()


_X, _W = gauss_legendre_panels(np.array([0.0, 1.0]), 12)


def on_panels(breaks: Float[Array, "... breaks"]) -> tuple[Float[Array, "... nodes"], Float[Array, "... nodes"]]:
    """Nodes and weights of the rule of order 12 on ascending `breaks`; panels of no length do no harm."""
    length = jnp.diff(breaks)[..., None]
    flat = (*breaks.shape[:-1], -1)
    return (breaks[..., :-1, None] + length * _X).reshape(flat), (length * _W).reshape(flat)


# Panels per unit where nothing bends, and where the function is too small to count: below exp(-_DEPTH) of its largest.
_LEAST, _NEGLIGIBLE, _DEPTH = 0.5, 0.06, 45.0
_SAMPLES, _ROUNDS = 16, 5  # samples per panel, and how often they are gathered anew


def graded_breaks(function: Callable[[Array], Array], lower: float, upper: float, panels: int) -> Array:
    """`panels` + 1 breaks of [lower, upper] (logarithms of a frequency) for integrals of a positive function.

    They share out int [1/2 + sqrt(abs(d^2 log f / du^2))] du equally: power laws cost nothing, and beside a
    peak the panels shrink with the distance to its pole, so the width of a peak enters by its logarithm only.
    Carries no derivatives.
    """
    number = _SAMPLES * panels

    def gather(_, u: Array) -> Array:
        value = jnp.nan_to_num(function(u), nan=0.0, posinf=0.0)
        largest = jnp.max(value)
        height = jnp.log(jnp.maximum(value / jnp.where(largest > 0, largest, 1.0), np.exp(-2 * _DEPTH)))
        step = jnp.diff(u)
        bend = jnp.abs(jnp.diff(jnp.diff(height) / step)) * 2 / (step[1:] + step[:-1])
        density = jnp.where(height > -_DEPTH, _LEAST + jnp.pad(jnp.sqrt(bend), 1), _NEGLIGIBLE)
        total = jnp.concatenate([jnp.zeros(1), jnp.cumsum((density[1:] + density[:-1]) / 2 * step)])
        return jnp.interp(total[-1] * np.linspace(0.0, 1.0, number + 1), total, u)

    u = jax.lax.fori_loop(0, _ROUNDS, gather, jnp.linspace(lower, upper, number + 1))
    return jax.lax.stop_gradient(u[::_SAMPLES])


def refined_breaks(
    breaks: np.ndarray, position: Callable[[Array], Array], grids: Float[Array, "grids n"], panels: int
) -> Float[Array, " panels"]:
    """`panels` + 1 breaks of a coordinate t: they follow `breaks`, or `grids` where one of these is finer.

    The rows of `grids` are ascending breaks of position(t), as `graded_breaks` returns; `position` is monotonic.
    """
    index = np.linspace(0.0, len(breaks) - 1, 48 * (len(breaks) - 1) + 1)
    t = np.interp(index, np.arange(len(breaks)), breaks)
    along = jax.vmap(lambda grid: jnp.interp(position(jnp.asarray(t)), grid, np.arange(grid.shape[0], dtype=float)))(
        grids
    )
    steps = jnp.maximum(np.diff(index), jnp.max(jnp.abs(jnp.diff(along, axis=-1)), axis=0))
    total = jnp.concatenate([jnp.zeros(1), jnp.cumsum(steps)])
    return jnp.interp(total[-1] * np.linspace(0.0, 1.0, panels + 1), total, t)
