"""The one formula of all master equations, for networks and finite systems alike.

    D(rho) = sum_{w,w'} k(w, w') Gamma(w) [A_w rho A_w'^dagger - A_w'^dagger A_w rho] + h.c.

is a sum over t of L_t rho R_t^dagger - R_t^dagger L_t rho + h.c., with L and R made of Gamma(ad_H)[S] and S, both
restricted to clusters of frequencies. What a function of ad_H is, each representation knows itself.
"""

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from ..baths import Bath


class AbstractEigenoperators(eqx.Module):
    """A coupling operator S = sum_w A_w, taken apart by how its parts turn, [H_ref, A_w] = -w A_w."""

    frequencies: eqx.AbstractVar[Float[Array, " n"]]

    @abstractmethod
    def channels(
        self, function: Callable[[Array], Array], members: Float[Array, "clusters n"]
    ) -> Inexact[Array, "clusters *operator"]:
        """sum_{w in c} function(w) A_w for each cluster c."""

    @abstractmethod
    def overlaps(self, channels: Inexact[Array, "clusters *operator"]) -> Float[Array, " clusters"]:
        """<S, X_c>: real, and positive where X_c is what S holds of a cluster."""


def pair_operators(
    equation: Any, bath: Bath, eigenoperators: AbstractEigenoperators
) -> tuple[Inexact[Array, "terms *operator"], Inexact[Array, "terms *operator"]]:
    """(L, R) of one bath."""
    w, kernel = eigenoperators.frequencies, equation.kernel
    factors = equation.rate.factors(bath, equation.lamb_shift)
    members = kernel.clusters(w)
    if kernel.one_rate:
        left, right = (_at_mean_rate(eigenoperators, members, f) for f in factors)
        return left, _weighted(kernel.weights(_means(w, members))[0], right)
    means = _means(w, members)
    weights = kernel.weights(means)
    own_mean = members.T @ means

    # Taylor terms about the frozen means, k(m - m' + d - d'): zero in value inside a narrow cluster, they
    # carry the derivatives of a kernel that varies with the frequencies.
    def moments(function: Callable[[Array], Array]) -> list[Array]:
        offset = lambda x: x - _nearest(x, w, own_mean)  # noqa: E731
        higher = [
            eigenoperators.channels(lambda x, p=p: function(x) * offset(x) ** p / math.factorial(p), members)
            for p in range(1, len(weights))
        ]
        return [eigenoperators.channels(function, members), *higher]

    left, right = (moments(f) for f in factors)
    partners = [
        sum((-1) ** q * _weighted(weights[p + q], right[q]) for q in range(len(weights) - p))
        for p in range(len(weights))
    ]
    return jnp.concatenate(left), jnp.concatenate([jnp.asarray(partner) for partner in partners])


def _means(w: Array, members: Array) -> Float[Array, " clusters"]:
    size = jnp.sum(members, axis=1)
    return jnp.where(size == 0, 1.0, members @ w / jnp.maximum(size, 1.0))


def _weighted(weights: Array, operators: Array) -> Array:
    return jnp.tensordot(weights, operators, axes=1)


def _at_mean_rate(
    eigenoperators: AbstractEigenoperators, members: Array, function: Callable[[Array], Array]
) -> Inexact[Array, "clusters *operator"]:
    """function(mean) A_c, the mean weighted with what the coupling holds of each frequency."""
    kept = eigenoperators.channels(jnp.ones_like, members)
    norm = eigenoperators.overlaps(kept)
    silent = norm == 0.0
    moment = eigenoperators.overlaps(eigenoperators.channels(lambda x: x, members))
    mean = jnp.where(silent, _means(eigenoperators.frequencies, members), moment / jnp.where(silent, 1.0, norm))
    # A rate that diverges at zero frequency times an element of nothing but rounding is nothing.
    nothing = (norm <= 1e-24 * jnp.sum(norm)) & ~jnp.isfinite(function(jax.lax.stop_gradient(mean)))
    rate = function(jnp.where(nothing, 1.0, mean))
    # A product with 1 is not fused: the long formula of a rate inside the outer product that follows takes XLA
    # minutes to compile.
    rate = jnp.eye(rate.shape[0]) @ rate
    return rate.reshape(-1, *(1,) * (kept.ndim - 1)) * kept


def _nearest(x: Array, w: Float[Array, " n"], means: Float[Array, " n"]) -> Array:
    """The mean of the cluster that x belongs to."""
    return means[jnp.argmin(jnp.abs(x[..., None] - w), axis=-1)]
