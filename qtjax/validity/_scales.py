"""Time scales of a system, and the small parameter of each approximation.

Every pair of eigenoperators A_w, A_w' of a bath's coupling turns with w - w' and mixes what it acts on at the rate
2 abs(Gamma(w)) |A_w| |A_w'|: what an approximation drops may turn fast, compared with that, or else matters. For a
network A_w = s_k z_k with [z_k, z_k^dagger] = w_k, so |A_w| = abs(s_k) sqrt(w_k), and the rate is that of its drift,
J(w) for gamma(w); for a finite system |A_w| is a matrix element between levels.
"""

import math
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from .._linalg import eigvals
from .._typing import PerBath, Scalar
from ..baths import OpenSystem
from ..generators import Liouvillian, Lyapunov

# Pairs of fewer than this share of the strongest one are rounding.
_HEARD = 1e-12
# Tables of pairs have (number of eigenoperators)^2 elements, matrices of a generator d^4: beyond, neither is made.
_LARGEST_TABLE, _LARGEST_MATRIX = 4096, 1024


class Pairs(eqx.Module):
    """Pairs of eigenoperators of the whole Hamiltonian, summed over baths."""

    frequencies: Float[Array, " n"]
    rates: Float[Array, "n n"]  # 2 abs(Gamma(w)) |A_w| |A_w'|
    kept: Bool[Array, "n n"]  # by the global equation

    @staticmethod
    def of(dynamics: Any) -> "Pairs | None":
        """From the dynamics of the global equation; None for a system of too many of them."""
        if isinstance(dynamics, Lyapunov):
            parts = dynamics.dissipators
            w = parts.frequencies
            size = jnp.sqrt(jnp.abs(w))
            left, right = (jnp.abs(x[:, 0]) * size for x in (parts.response, parts.right))
            kept = parts.kernel[0] > 0
        else:
            w = dynamics.levels.frequencies.ravel()
            left, right = (jnp.abs(jnp.sum(x, axis=1)).reshape(-1, w.shape[0]) for x in (dynamics.left, dynamics.right))
            members = dynamics.description.kernel.clusters(w)
            kept = members.T @ members > 0
        if w.shape[0] > _LARGEST_TABLE:
            return None
        return Pairs(w, 2.0 * left.T @ right, kept)

    @property
    def _heard(self) -> Bool[Array, "n n"]:
        return self.rates > _HEARD * jnp.max(self.rates)

    def _gaps(self) -> Float[Array, "n n"]:
        return jnp.abs(self.frequencies[:, None] - self.frequencies)

    def worst(self, dropped: Bool[Array, "n n"]) -> Scalar:
        """The largest rate / abs(w - w') among the pairs dropped."""
        dropped = dropped & self._heard
        return jnp.max(jnp.where(dropped, self.rates / jnp.where(dropped, self._gaps(), 1.0), 0.0))

    def secular(self) -> Scalar:
        """Of the full secular approximation."""
        return self.worst(~self.kept)

    def rotating(self) -> Scalar:
        """Of keeping the pairs that rotate the same way."""
        sign = jnp.sign(self.frequencies)
        return self.worst((sign[:, None] != sign) & ~self.kept)

    def splitting(self) -> Scalar:
        """The smallest abs(w - w') among pairs that the secular approximation drops; infinite if there is none."""
        return jnp.min(jnp.where(~self.kept & self._heard, self._gaps(), jnp.inf))

    def range(self) -> tuple[Scalar, Scalar]:
        """The smallest and the largest frequency that a bath hears."""
        w = jnp.abs(self.frequencies)
        heard = (jnp.diagonal(self.rates) > _HEARD * jnp.max(self.rates)) & (w > _HEARD * jnp.max(w))
        return jnp.min(jnp.where(heard, w, jnp.inf)), jnp.max(jnp.where(heard, w, 0.0))


def unaware(local: Any, redfield: Any) -> Scalar:
    """How much a bath's operator Gamma(ad_H)[S] changes, relative to itself, when the interaction is left out of H.

    Small is necessary for the local equation, not sufficient: nodes of different frequencies exchange energy at a
    weak coupling too.
    """
    whole, free = _bath_operators(redfield), _bath_operators(local)
    norm = lambda x: jnp.sqrt(jnp.sum(jnp.abs(x) ** 2, axis=tuple(range(1, x.ndim))))  # noqa: E731
    size = norm(whole)
    return jnp.max(norm(whole - free) / jnp.where(size > 0, size, 1.0))


def _bath_operators(dynamics: Any) -> Array:
    """Gamma(ad)[S] of every bath, in one basis."""
    if isinstance(dynamics, Liouvillian):
        return dynamics.levels.lowered(jnp.sum(dynamics.left, axis=1))
    # In units in which position and momentum of a node spread alike.
    unit = jnp.sqrt(jnp.abs(jnp.diagonal(dynamics.form)))
    return dynamics.dissipators.left[:, 0] @ dynamics.eigenoperator_modes.to_modes / jnp.where(unit > 0, unit, 1.0)


def relaxation_rates(dynamics: Any) -> tuple[Scalar, Scalar]:
    """The fastest and the slowest decay of populations and correlations (second moments of a network).

    Beyond 32 levels the fastest is that of a level, and the slowest NaN.
    """
    if isinstance(dynamics, Lyapunov):
        decay = -2.0 * jnp.real(_eigenvalues(dynamics.drift))
    elif dynamics.size**2 <= _LARGEST_MATRIX:
        decay = -jnp.real(_eigenvalues(dynamics.moment_matrix()[0]))
    else:
        levels = 2.0 * jnp.real(jnp.diagonal(jnp.sum(dynamics.damping, axis=0)))
        return jnp.max(levels), jnp.asarray(jnp.nan)
    return jnp.max(decay), jnp.min(decay)


def _eigenvalues(matrix: Array) -> Array:
    finite = jnp.all(jnp.isfinite(matrix))
    return jnp.where(finite, eigvals(jnp.where(finite, matrix, 0.0)), jnp.nan)


def bath_times(system: OpenSystem) -> tuple[PerBath, PerBath]:
    """1/(2 pi T) and 1/cutoff of every bath, shape (B,); NaN for a density without a `cutoff`."""
    temperatures = system.temperatures
    cutoffs = []
    for stack in system.stacks():
        cutoff: Any = getattr(stack.spectral_density, "cutoff", jnp.nan)
        shape = stack.temperature.shape
        cutoffs.append(1.0 / cutoff if jnp.shape(cutoff) == shape else jnp.full(shape, jnp.nan))
    hot = temperatures > 0
    thermal = jnp.where(hot, 1.0 / (2.0 * math.pi * jnp.where(hot, temperatures, 1.0)), jnp.inf)
    return thermal, jnp.concatenate(cutoffs)


def longest_memory(thermal: PerBath, cutoff: PerBath, fastest: Scalar) -> Scalar:
    """How long the bath that remembers longest does, as far as a system of this largest frequency hears it.

    A cold bath's memory 1/(2 pi T) is a slow power of time; beyond 1/frequency the system averages over it.
    """
    heard = jnp.minimum(thermal, 1.0 / fastest)
    return jnp.max(jnp.maximum(heard, jnp.where(jnp.isnan(cutoff), 0.0, cutoff)))
