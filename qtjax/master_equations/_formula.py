"""The one formula of all master equations, for networks and finite systems alike.

    D(rho) = sum_{w,w'} k(w, w') Gamma(w) [A_w rho A_w'^dagger - A_w'^dagger A_w rho] + h.c.

is made of two operators, sum_w Gamma(w) A_w and sum_w A_w, whose parts are paired by k. What a function of ad_H is, and
how parts are paired, each representation knows itself: parts of a network's operator are numbers, those of a finite
system's are matrix elements.
"""

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from ._kernels import AbstractSecularKernel


class AbstractEigenoperators(eqx.Module):
    """A coupling operator S = sum_w A_w, taken apart by how its parts turn, [H_ref, A_w] = -w A_w.

    It is held in a frame in which close frequencies are one group; what is of one group is in one cluster of the
    kernel, so a cluster is a set of elements of the operator there.
    """

    frequencies: eqx.AbstractVar[Float[Array, " n"]]  # of the elements of the operator, raveled
    operator: eqx.AbstractVar[Inexact[Array, "*operator"]]

    @abstractmethod
    def function(self, function: Callable[[Array], Array]) -> Inexact[Array, "*operator"]:
        """sum_w function(w) A_w."""

    @abstractmethod
    def shares(self, operator: Inexact[Array, "*operator"]) -> Float[Array, " n"]:
        """What every element adds to <S, operator>: positive for what S holds of a frequency."""


def pair_factors(
    kernel: AbstractSecularKernel,
    factors: Sequence[Callable[[Array], Array]],
    eigenoperators: AbstractEigenoperators,
    members: Float[Array, "clusters n"],
) -> tuple[Inexact[Array, "moments *operator"], ...]:  # noqa: F821
    """L_p and R_q (of the functions Gamma and 1), of which a kernel of weights k^(m) between clusters makes the pairs

    sum_{p+q=m} (-1)^q k^(m) L_p, R_q.

    Moments beyond the first are a Taylor series about the means of the clusters, k(m - m' + d - d'): zero in value
    inside a narrow cluster, they carry the derivatives of a kernel that varies with the frequencies.
    """
    if kernel.one_rate:
        return tuple(_at_mean_rate(eigenoperators, members, f)[None] for f in factors)
    # The factor 1 takes no function, whose derivatives would be compiled.
    value = lambda f: eigenoperators.operator if f is jnp.ones_like else eigenoperators.function(f)  # noqa: E731
    w = eigenoperators.frequencies
    own_mean = members.T @ cluster_means(w, members)
    orders = len(kernel.weights(jnp.zeros(members.shape[0])))

    def moments(function: Callable[[Array], Array]) -> Array:
        offset = lambda x: x - _nearest(x, w, own_mean)  # noqa: E731
        higher = [
            eigenoperators.function(lambda x, p=p: function(x) * offset(x) ** p / math.factorial(p))
            for p in range(1, orders)
        ]
        return jnp.stack([value(function), *higher])

    return tuple(moments(f) for f in factors)


def cluster_means(w: Array, members: Array) -> Float[Array, " clusters"]:
    """The mean frequency of every cluster, 1 for an empty one."""
    size = jnp.sum(members, axis=1)
    return jnp.where(size == 0, 1.0, members @ w / jnp.maximum(size, 1.0))


def _at_mean_rate(
    eigenoperators: AbstractEigenoperators, members: Array, function: Callable[[Array], Array]
) -> Inexact[Array, "*operator"]:
    """sum_c function(mean of c) A_c, the mean weighted with what the coupling holds of each frequency."""
    norm = members @ eigenoperators.shares(eigenoperators.operator)
    silent = norm == 0.0
    moment = members @ eigenoperators.shares(eigenoperators.function(lambda x: x))
    plain = cluster_means(eigenoperators.frequencies, members)
    mean = jnp.where(silent, plain, moment / jnp.where(silent, 1.0, norm))
    # A rate that diverges at zero frequency times an element of nothing but rounding is nothing.
    nothing = (norm <= 1e-24 * jnp.sum(norm)) & ~jnp.isfinite(function(jax.lax.stop_gradient(mean)))
    rate = function(jnp.where(nothing, 1.0, mean))
    # The product is not fused with what follows: the long formula of a rate inside an outer product takes XLA
    # minutes to compile.
    return (rate @ members).reshape(eigenoperators.operator.shape) * eigenoperators.operator


def _nearest(x: Array, w: Float[Array, " n"], means: Float[Array, " n"]) -> Array:
    """The mean of the cluster that x belongs to."""
    return means[jnp.argmin(jnp.abs(x[..., None] - w), axis=-1)]
