"""Entropies, distances and correlations of Gaussian states (natural logarithms, squared fidelity).

All are functions of symplectic spectra, computed as traces of matrix functions whose derivatives are right
where symplectic eigenvalues coincide: equal nodes at equal temperature are such a point.
"""

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ._checks import UNPHYSICAL, Fault, guard, nan_where
from ._linalg import cholesky, hermitian_function, solve, symplectic_form, trace_of_function
from ._typing import Scalar
from .states import PHYSICAL_TOLERANCE, AbstractState, GaussianState, as_sites, quadratures_of


def _gaussian(state: AbstractState, name: str) -> GaussianState:
    if not isinstance(state, GaussianState):
        raise ValueError(f"{name} must be a `qt.GaussianState`, but is {state!r}.")
    if state.covariance.ndim != 2:
        raise ValueError(
            f"{name} must be one state, but has covariance of shape {state.covariance.shape}. "
            "Use `jax.vmap` over the leading axes."
        )
    return state


def _read(formula: Callable[..., Scalar], throw: bool, states: Sequence[GaussianState], *sites: Any) -> Scalar:
    """formula(*states, *sites); for an unphysical state an error, or NaN with throw=False."""
    return guard(*_evaluate(formula, states, sites), throw)


@eqx.filter_jit
def _evaluate(formula: Callable[..., Scalar], states: Sequence[GaussianState], sites: Any) -> tuple[Scalar, Fault]:
    known = jnp.all(jnp.stack([state.is_finite() for state in states]))
    least = jnp.min(jnp.stack([state.symplectic_eigenvalues()[0] for state in states]))
    fault = Fault(~(least >= 0.5 - PHYSICAL_TOLERANCE), UNPHYSICAL, least)
    return nan_where(~known, formula(*states, *sites)), fault.unless(~known)


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


def _mode_entropy(nu: Array) -> Array:
    """(nu + 1/2) ln(nu + 1/2) - (nu - 1/2) ln(nu - 1/2)   (Gonzalez 2017, Eq. 36, its sign corrected)."""
    n = nu - 0.5
    pure = n <= 0.0
    occupied = jnp.where(pure, 1.0, n)
    return jnp.where(pure, 0.0, jnp.log1p(occupied) + occupied * jnp.log1p(1.0 / occupied))


def entropy(state: AbstractState, *, throw: bool = True) -> Scalar:
    """The von Neumann entropy, in nats (Gonzalez 2017, Eq. 36). Unphysical states raise, as do those of all
    functions here (throw=False: NaN)."""
    return _read(_entropy_of, throw, [_gaussian(state, "The state")])


def _entropy_of(state: GaussianState) -> Scalar:
    return _entropy(state.covariance)


def _entropy(covariance: Float[Array, "n n"]) -> Scalar:
    return _symplectic_trace(_mode_entropy, covariance)


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


def purity(state: AbstractState, *, throw: bool = True) -> Scalar:
    """Tr rho^2 = 1/(2^N sqrt(det sigma))."""
    return _read(_purity, throw, [_gaussian(state, "The state")])


def _purity(state: GaussianState) -> Scalar:
    return jnp.exp(-_half_log_determinant(2.0 * state.covariance))


def linear_entropy(state: AbstractState, *, throw: bool = True) -> Scalar:
    """1 - Tr rho^2."""
    return 1.0 - purity(state, throw=throw)


def mutual_information(
    state: AbstractState, a: int | Sequence[int], b: int | Sequence[int], *, throw: bool = True
) -> Scalar:
    """S(a) + S(b) - S(ab), in nats, of two disjoint groups of nodes. Unphysical states raise."""
    state = _gaussian(state, "The state")
    first, second = as_sites(a, state.nodes), as_sites(b, state.nodes)
    if set(first) & set(second):
        raise ValueError(f"The groups a = {first} and b = {second} must not share a node.")
    return _read(_mutual_information, throw, [state], first, second)


def _mutual_information(state: GaussianState, first: tuple[int, ...], second: tuple[int, ...]) -> Scalar:
    parts = [_entropy_of(state.reduced(sites)) for sites in (first, second, first + second)]
    return parts[0] + parts[1] - parts[2]


def fidelity(a: AbstractState, b: AbstractState, *, throw: bool = True) -> Scalar:
    """The squared Uhlmann fidelity (tr sqrt(sqrt(a) b sqrt(a)))^2 of Gaussian states of any number of nodes.

    For two nodes it is Eq. 35 of Gonzalez 2017. With the covariance of the normalised sqrt(a) b sqrt(a) and its
    symplectic eigenvalues nu,

        F = prod_j [2 nu_j + sqrt(4 nu_j^2 - 1)] / sqrt(det(sigma_a + sigma_b)) exp(-d^T (sigma_a + sigma_b)^-1 d / 2)

    (after Banchi, Braunstein and Pirandola, Phys. Rev. Lett. 115, 260501). Unphysical states raise. The
    derivative diverges where the product has a pure mode.
    """
    a, b = _gaussian(a, "The first state"), _gaussian(b, "The second state")
    if a.covariance.shape != b.covariance.shape:
        raise ValueError(f"The states must have the same number of nodes, but have {a.nodes} and {b.nodes}.")
    return _read(_fidelity, throw, [a, b])


def _fidelity(a: GaussianState, b: GaussianState) -> Scalar:
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


def logarithmic_negativity(state: AbstractState, sites: int | Sequence[int], *, throw: bool = True) -> Scalar:
    """sum_j max(0, -ln 2 nu_j) over the symplectic eigenvalues of the partial transpose (Gonzalez 2017, Eq. 37).

    `sites` is the transposed party, the other nodes the second one. Unphysical states raise.
    """
    state = _gaussian(state, "The state")
    chosen = as_sites(sites, state.nodes)
    if len(chosen) == state.nodes:
        raise ValueError("`sites` must leave at least one node to be entangled with.")
    return _read(_logarithmic_negativity, throw, [state], chosen)


def _logarithmic_negativity(state: GaussianState, chosen: tuple[int, ...]) -> Scalar:
    flip = np.ones(2 * state.nodes)
    flip[quadratures_of(chosen, state.nodes)[1::2]] = -1.0
    transposed = state.covariance * np.outer(flip, flip)
    return _symplectic_trace(lambda nu: jnp.maximum(0.0, -jnp.log(2 * nu)), transposed)


def gaussian_discord(state: AbstractState, measured: int = 1, *, throw: bool = True) -> Scalar:
    """The Gaussian quantum discord of two nodes, in nats, for a measurement of node `measured`.

    Adesso and Datta, Phys. Rev. Lett. 105, 030501: the optimal measurement is heterodyne or homodyne, and where
    it switches the discord has a kink. It holds abs(det C) of the correlations C, so where they vanish it has no
    second derivative, which is NaN there. Raises ValueError for other than two nodes; unphysical states raise.
    """
    state = _gaussian(state, "The state")
    return _read(_discord, throw, [state], *_two_nodes(state, measured))


def _discord(state: GaussianState, other: int, measured: int) -> Scalar:
    unmeasured = _entropy_of(state.reduced(measured)) - _entropy_of(state)
    return unmeasured + _conditional_entropy(state, other, measured)


def classical_correlations(state: AbstractState, measured: int = 1, *, throw: bool = True) -> Scalar:
    """Mutual information minus discord, S(other) - S(other | measured), of two nodes; see `gaussian_discord`."""
    state = _gaussian(state, "The state")
    return _read(_classical, throw, [state], *_two_nodes(state, measured))


def _classical(state: GaussianState, other: int, measured: int) -> Scalar:
    return _entropy_of(state.reduced(other)) - _conditional_entropy(state, other, measured)


def _conditional_entropy(state: GaussianState, other: int, measured: int) -> Scalar:
    return _mode_entropy(jnp.sqrt(_least_conditional_determinant(state, other, measured)) / 2)


def _two_nodes(state: GaussianState, measured: int) -> tuple[int, int]:
    """The other node and the measured one."""
    if state.nodes != 2:
        raise ValueError(f"Gaussian discord is defined for two nodes, but the state has {state.nodes}.")
    (chosen,) = as_sites(measured, 2)
    return 1 - chosen, chosen


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
