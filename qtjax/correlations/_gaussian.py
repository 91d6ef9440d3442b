"""Gaussian states: every measure is a function of symplectic spectra.

They are computed as traces of matrix functions whose derivatives are right where symplectic eigenvalues coincide:
equal nodes at equal temperature are such a point.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from .._linalg import cholesky, hermitian_function, solve, symplectic_form, trace_of_function
from .._special import mode_entropy
from .._typing import Scalar
from ..states import GaussianState, quadratures_of


def _symplectic_motion(covariance: Float[Array, "n n"]) -> tuple[Array, Array]:
    """L with sigma = L L^T, and the Hermitian i L^T Omega L, whose eigenvalues are +- the symplectic ones."""
    factor = cholesky(covariance)
    factor = jnp.where(jnp.all(jnp.isfinite(factor)), factor, jnp.eye(covariance.shape[0]))
    return factor, 1j * (factor.T @ symplectic_form(covariance.shape[0] // 2) @ factor)


def _symplectic_trace(function: Callable[[Array], Array], covariance: Float[Array, "n n"]) -> Scalar:
    """sum_j function(nu_j) over the symplectic eigenvalues nu_j."""
    _, motion = _symplectic_motion(covariance)
    return trace_of_function(lambda x: function(jnp.abs(x)), motion) / 2


def _half_log_determinant(covariance: Float[Array, "n n"]) -> Scalar:
    return jnp.sum(jnp.log(jnp.diagonal(cholesky(covariance))))


def entropy_of(state: GaussianState) -> Scalar:
    return _entropy(state.covariance)


def _entropy(covariance: Float[Array, "n n"]) -> Scalar:
    return _symplectic_trace(mode_entropy, covariance)


def entropy_gradient(covariance: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """dS/d(sigma), half the modular Hamiltonian of the state: zero along a pure mode, where it diverges."""
    factor, motion = _symplectic_motion(covariance)

    def energy(x: Array) -> Array:
        """nu dS/d(nu), even in x = +- nu."""
        nu = jnp.abs(x)
        pure = nu <= 0.5
        mixed = jnp.where(pure, 1.0, nu)
        return jnp.where(pure, 0.0, mixed * jnp.log1p(1.0 / (mixed - 0.5)))

    inverse = solve(factor, jnp.eye(covariance.shape[0]))
    return inverse.T @ jnp.real(hermitian_function(energy, motion)) @ inverse / 2


def purity(state: GaussianState) -> Scalar:
    return jnp.exp(-_half_log_determinant(2.0 * state.covariance))


def fidelity(a: GaussianState, b: GaussianState) -> Scalar:
    total = a.covariance + b.covariance
    factor, motion = _symplectic_motion(a.covariance)

    def coherence(x: Array) -> Array:
        mixed = 1.0 - 1.0 / (4 * x * x)
        pure = mixed <= 0.0
        return jnp.where(pure, 0.0, jnp.sqrt(jnp.where(pure, 1.0, mixed)))

    # sqrt(1 + (sigma Omega)^-2 / 4) sigma: the cross-correlation of a's purification.
    cross = factor @ jnp.real(hermitian_function(coherence, motion)) @ factor.T
    product = a.covariance - cross @ solve(total, cross.T)
    product = (product + product.T) / 2
    displacement = a.mean - b.mean
    exponent = _symplectic_trace(_arccosh_of_double, product) - _half_log_determinant(total)
    exponent = exponent - displacement @ solve(total, displacement[:, None])[:, 0] / 2
    return jnp.exp(exponent)


def _arccosh_of_double(nu: Array) -> Array:
    """arccosh(2 nu), 0 at and below nu = 1/2."""
    pure = nu <= 0.5
    mixed = jnp.where(pure, 1.0, nu)
    return jnp.where(pure, 0.0, jnp.log(2 * mixed + jnp.sqrt((2 * mixed - 1) * (2 * mixed + 1))))


def logarithmic_negativity(state: GaussianState, chosen: tuple[int, ...]) -> Scalar:
    flip = np.ones(2 * state.nodes)
    flip[quadratures_of(chosen, state.nodes)[1::2]] = -1.0
    transposed = state.covariance * np.outer(flip, flip)
    return _symplectic_trace(lambda nu: jnp.maximum(0.0, -jnp.log(2 * nu)), transposed)


def discord(state: GaussianState, other: int, measured: int) -> Scalar:
    unmeasured = entropy_of(state.reduced(measured)) - entropy_of(state)
    return unmeasured + _conditional_entropy(state, other, measured)


def classical(state: GaussianState, other: int, measured: int) -> Scalar:
    return entropy_of(state.reduced(other)) - _conditional_entropy(state, other, measured)


def _conditional_entropy(state: GaussianState, other: int, measured: int) -> Scalar:
    return mode_entropy(jnp.sqrt(_least_conditional_determinant(state, other, measured)) / 2)


def _least_conditional_determinant(state: GaussianState, other: int, measured: int) -> Scalar:
    """E^min of Adesso and Datta: 4 x determinant of the other node's conditional covariance."""
    sigma = 2.0 * state.reduced((other, measured)).covariance
    a, b = jnp.linalg.det(sigma[:2, :2]), jnp.linalg.det(sigma[2:, 2:])
    c, d = jnp.linalg.det(sigma[:2, 2:]), jnp.exp(2 * _half_log_determinant(sigma))
    c2 = c * c
    heterodyne_wins = (d - a * b) ** 2 <= (1 + b) * c2 * (a + d)
    pure = b - 1.0 < 1e-12
    gap = jnp.where(pure | ~heterodyne_wins, 1.0, b - 1.0)
    root = jnp.sqrt(jnp.maximum(c2 + gap * (d - a), 0.0) + jnp.where(heterodyne_wins, 0.0, 1.0))
    heterodyne = (2 * c2 + gap * (d - a) + 2 * jnp.abs(c) * root) / gap**2
    # The root vanishes with the correlations, where rounding would leave it a derivative of any size.
    inner = c2 * c2 + (d - a * b) ** 2 - 2 * c2 * (a * b + d)
    seen = ~heterodyne_wins & (inner > 1e-26 * (a * b) ** 2)
    root = jnp.where(seen, jnp.sqrt(jnp.where(seen, inner, 1.0)), 0.0)
    homodyne = (a * b - c2 + d - root) / (2 * b)
    # A pure measured node is uncorrelated: nothing is learned, and the other keeps its determinant.
    least = jnp.where(pure, a, jnp.where(heterodyne_wins, heterodyne, homodyne))
    return least + _no_curvature(c, (c == 0.0) | ~(heterodyne_wins | seen))


@jax.custom_jvp
def _no_curvature(x: Scalar, here: Bool[Array, ""]) -> Scalar:
    """0 with derivative 0, whose second derivative is NaN instead of wrong where it does not exist."""
    return jnp.zeros_like(x)


@jax.custom_jvp
def _no_slope(x: Scalar, here: Bool[Array, ""]) -> Scalar:
    return jnp.zeros_like(x)


_no_curvature.defjvp(lambda primals, tangents: (_no_curvature(*primals), _no_slope(*primals) * tangents[0]))
_no_slope.defjvp(lambda primals, tangents: (_no_slope(*primals), jnp.where(primals[1], jnp.nan, 0.0) * tangents[0]))
