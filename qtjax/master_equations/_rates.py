"""How the rate of a pair of eigenoperators is made."""

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex

from .._display import fields
from ..baths import Bath


class AbstractRate(eqx.Module):
    """How Gamma of the pair (w, w') is made of functions of w and of w'."""

    def __repr__(self) -> str:
        return fields(self)

    @abstractmethod
    def factors(self, bath: Bath, lamb_shift: bool) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """(left, right) with Gamma -> left(w) right(w')."""

    def response(self, bath: Bath, lamb_shift: bool) -> Callable[[Array], Array]:
        """What may stand for left(w) in the drift of a network, where all that counts is f(w) - f(-w)^*."""
        return self.factors(bath, lamb_shift)[0]

    @abstractmethod
    def shift(self, bath: Bath) -> Callable[[Array], Array] | None:
        """S(w) of a Lamb Hamiltonian to add to the generator, None if `factors` holds it already."""


class RateOfFirst(AbstractRate):
    """Gamma(w), as the second-order derivation gives it."""

    approximation: ClassVar[str] = ""

    def factors(self, bath: Bath, lamb_shift: bool) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """Gamma(w) and 1; without Lamb shift S(w) is left out, Re Gamma stays."""
        if lamb_shift:
            return (lambda w: _half_sided(bath, w)), jnp.ones_like
        return (lambda w: bath.spectral_density.rate(w, bath.temperature) / 2), jnp.ones_like

    def response(self, bath: Bath, lamb_shift: bool) -> Callable[[Array], Array]:
        """J(w)/2, to which a Lamb shift adds -i Re chi(w)/2: temperature does not enter."""
        density = bath.spectral_density
        if not lamb_shift:
            return lambda w: density(w) / 2
        bare = 0.0 if bath.counterterm else density.reorganisation()
        return lambda w: density(w) / 2 + 1j * (density.lag(w) / 2 - bare)

    def shift(self, bath: Bath) -> None:
        """Held by `factors`."""
        return


class GeometricMean(AbstractRate):
    """sqrt(gamma(w) gamma(w'))/2: one jump operator sum_w sqrt(gamma(w)) A_w, so GKLS form on all pairs."""

    approximation: ClassVar[str] = "geometric mean of their rates"

    def factors(self, bath: Bath, lamb_shift: bool) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """sqrt(gamma(w)/2) twice."""

        def root(w: Array) -> Array:
            rate = bath.spectral_density.rate(w, bath.temperature) / 2
            none = rate <= 0.0  # T = 0, w < 0: the root has no derivative, and needs none
            return jnp.where(none, 0.0, jnp.sqrt(jnp.where(none, 1.0, rate)))

        return root, root

    def shift(self, bath: Bath) -> Callable[[Array], Array]:
        """S(w), to be averaged over the pair: H_LS = sum (S(w) + S(w'))/2 A_w'^dagger A_w."""
        return lambda w: jnp.imag(_half_sided(bath, w))


def _half_sided(bath: Bath, frequency: Array) -> Complex[Array, "..."]:
    """Gamma(w), to which a counterterm + Q S^2 = sum Q A_w'^dagger A_w adds iQ, pair by pair."""
    gamma = bath.spectral_density.half_sided(frequency, bath.temperature)
    return gamma + 1j * bath.spectral_density.reorganisation() if bath.counterterm else gamma
