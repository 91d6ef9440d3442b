"""Analytic continuation of a function of real parameters to complex ones, from its values at real ones only.

On the line x + t y, t real, the function is sampled at Chebyshev nodes of [-1, 1] and its polynomial taken at t = i.
Terms of high degree multiply rounding by T_j(i) = 2.4^j / 2, so those that are not above it are left out: close to the
real axis three degrees do, and nothing is lost.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex

_NODES, _PLATEAU, _LEAST = 20, 15, 3  # second derivatives at real points need two degrees
_ANGLES = np.pi * (np.arange(_NODES) + 0.5) / _NODES
_COEFFICIENTS = 2.0 / _NODES * np.cos(np.outer(np.arange(_NODES), _ANGLES))
_COEFFICIENTS[0] /= 2.0
_AT_I = np.cos(np.arange(_NODES) * np.emath.arccos(1j))
_WEIGHTS = np.cumsum(_AT_I[:, None] * _COEFFICIENTS, axis=0)
_EPS = float(np.finfo(float).eps)


def continuation_rule(at: Array, changes: Array) -> tuple[Complex[Array, " nodes"], Array]:
    """The weights that go from f(x) and the changes f(x + t y) - f(x) to f(x + i y), and the error of every element."""
    axes = tuple(range(1, changes.ndim))
    terms = jnp.abs(jnp.tensordot(_COEFFICIENTS, changes, 1))
    # What the coefficients come down to is noise, or the end of a series that the nodes do not resolve.
    noise = jnp.maximum(_EPS * jnp.max(jnp.abs(changes), axis=0), jnp.max(terms[_PLATEAU:], axis=0))
    above = jnp.any(terms > 4 * noise, axis=axes)
    # The series goes on while one of two neighbours is above it (of an even function every other is zero); a single
    # outlier beyond is noise.
    onward = above | jnp.append(above[1:], False)
    degree = _LEAST + jnp.sum(jnp.cumprod(onward[_LEAST + 1 :]))
    weights = jnp.asarray(_WEIGHTS)[degree]
    return weights, _EPS * jnp.abs(at) + 2 * noise * jnp.linalg.norm(weights)


def changes_of(function: Callable[[Array], Any], z: Complex[Array, " p"]) -> tuple[Any, Any]:
    """f(x), and f(x + t y) - f(x) at the nodes t along a leading axis, for a function that returns a pytree."""
    line = np.concatenate([[0.0], np.cos(_ANGLES)])
    values = jax.vmap(lambda t: function(z.real + t * z.imag))(line)
    return jax.tree.map(lambda v: v[0], values), jax.tree.map(lambda v: v[1:] - v[0], values)


def with_weights(at: Array, changes: Array, weights: Complex[Array, " nodes"]) -> Array:
    """f(x + i y)."""
    return at + jnp.tensordot(weights, changes, 1)
