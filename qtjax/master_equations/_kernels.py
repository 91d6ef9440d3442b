"""Secular kernels: which pairs of eigenoperators stay."""

from abc import abstractmethod
from typing import ClassVar, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._display import fields
from .._typing import Scalar, parameter

Clusters: TypeAlias = Float[Array, "clusters n"]


class AbstractSecularKernel(eqx.Module):
    """Which pairs of eigenoperators stay.

    Frequencies (of the modes of a network; all E_j - E_i of a finite system) are gathered in clusters. Inside a
    cluster the rate varies smoothly, or is one for all (`one_rate`); between clusters a pair has a weight that
    depends on the mean frequencies.
    """

    one_rate: ClassVar[bool]

    def __repr__(self) -> str:
        return fields(self)

    @abstractmethod
    def resolution(self, frequencies: Float[Array, " n"]) -> Scalar:
        """Frequencies closer than this are always in one cluster."""

    @abstractmethod
    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """members[c, i] = 1 where frequency i belongs to cluster c; an empty cluster is a row of zeros."""

    @abstractmethod
    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """k(w - w') on the mean frequencies of two clusters, then its first two derivatives unless they vanish."""


class AllPairs(AbstractSecularKernel):
    """k = 1: nothing is dropped."""

    one_rate: ClassVar[bool] = False
    approximation: ClassVar[str] = "all pairs"

    def resolution(self, frequencies: Float[Array, " n"]) -> Scalar:
        """Infinite: there is one cluster."""
        return jnp.asarray(jnp.inf)

    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """One cluster of all."""
        return jnp.ones((1, frequencies.shape[0]))

    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """1."""
        return (jnp.ones((1, 1)),)


class SameRotation(AbstractSecularKernel):
    """k = 1 where w w' > 0, and for w = w' = 0."""

    one_rate: ClassVar[bool] = False
    approximation: ClassVar[str] = "pairs that rotate the same way"

    def resolution(self, frequencies: Float[Array, " n"]) -> Scalar:
        """The rounding of the frequencies: only their signs matter."""
        return 1e-12 * jnp.max(jnp.abs(frequencies))

    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """Positive, negative and zero frequencies."""
        w, none = frequencies, self.resolution(frequencies)
        return jnp.stack([w > none, w < -none, jnp.abs(w) <= none]).astype(w.dtype)

    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """1 on equal clusters."""
        return (jnp.eye(3),)


class EqualFrequencies(AbstractSecularKernel):
    """k = 1 where w = w': frequencies closer than tolerance x the largest one are one channel.

    The eigenoperators of a channel are summed into one jump operator, with the rate at the mean frequency (the
    one that the bath's coupling operator sees), so the equation keeps the GKLS form for every tolerance. The
    tolerance is a physical choice: results jump where a pair of frequencies crosses it.
    """

    tolerance: Scalar = eqx.field(
        converter=parameter("tolerance of the secular approximation", nonnegative=True, scalar=True)
    )
    one_rate: ClassVar[bool] = True
    approximation: ClassVar[str] = "equal frequencies only"

    def resolution(self, frequencies: Float[Array, " n"]) -> Scalar:
        """tolerance x the largest frequency."""
        return self.tolerance * jnp.max(jnp.abs(frequencies))

    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """Single linkage: a gap wider than the tolerance separates."""
        return _linked(frequencies, self.resolution(frequencies))

    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """1 on equal clusters."""
        return (jnp.eye(means.shape[0]),)


class CloseFrequencies(AbstractSecularKernel):
    """k = 1 where abs(w - w') < cutoff. Not of GKLS form unless the pairs happen to be transitive."""

    cutoff: Scalar = eqx.field(
        converter=parameter("cutoff of the partial secular approximation", positive=True, scalar=True)
    )
    one_rate: ClassVar[bool] = False
    approximation: ClassVar[str] = "pairs closer than the cut-off"

    def resolution(self, frequencies: Float[Array, " n"]) -> Scalar:
        """What the cut-off cannot tell apart."""
        return self.cutoff * 1e-3 / frequencies.shape[0]

    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """Single linkage at the resolution."""
        return _linked(frequencies, self.resolution(frequencies))

    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """1 below the cut-off."""
        return ((jnp.abs(means[:, None] - means[None, :]) < self.cutoff).astype(means.dtype),)


class AveragedPairs(AbstractSecularKernel):
    """k = sinc((w - w') time / 2): the interaction-picture generator averaged over a window of time."""

    time: Scalar = eqx.field(converter=parameter("coarse-graining time", positive=True, scalar=True))
    one_rate: ClassVar[bool] = False
    approximation: ClassVar[str] = "pairs averaged over the window"

    def resolution(self, frequencies: Float[Array, " n"]) -> Scalar:
        """Frequencies whose phases agree over the window to 1e-4; their kernel is 1 to 1e-9."""
        return 1e-4 / (self.time * frequencies.shape[0])

    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """Single linkage at the resolution."""
        return _linked(frequencies, self.resolution(frequencies))

    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """sin(x)/x of x = (w - w') time / 2, and its derivatives by w - w'."""
        difference = means[:, None] - means[None, :]
        first = lambda f: lambda x: jax.jvp(f, (x,), (jnp.ones_like(x),))[1]  # noqa: E731
        kernel = lambda x: _sinc(x * self.time / 2)  # noqa: E731
        return kernel(difference), first(kernel)(difference), first(first(kernel))(difference)


def _sinc(x: Array) -> Array:
    """sin(x)/x, with a series near 0 that keeps its derivatives."""
    small = jnp.abs(x) < 0.1
    large, square = jnp.where(small, 1.0, x), jnp.where(small, x, 0.0) ** 2
    series = 1.0
    for k in range(6, 0, -1):
        series = 1.0 - square / (2 * k * (2 * k + 1)) * series
    return jnp.where(small, series, jnp.sin(large) / large)


def _linked(frequencies: Float[Array, " n"], tolerance: Scalar) -> Clusters:
    """Single-linkage clusters of fixed number n, empty ones last."""
    w = jax.lax.stop_gradient(frequencies)
    order = jnp.argsort(w)
    steps = jnp.diff(w[order]) > jax.lax.stop_gradient(tolerance)
    labels = jnp.concatenate([jnp.zeros(1, int), jnp.cumsum(steps)])
    found = jnp.zeros(w.shape[0], int).at[order].set(labels)
    return (found[None, :] == jnp.arange(w.shape[0])[:, None]).astype(w.dtype)
