"""The two-node networks of Levy and Kosloff 2014: systems to start from."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Complex, Float

import qtjax as qt
from qtjax._typing import as_real


class Cubic(qt.AbstractSpectralDensity):
    """strength * w^3 / (1 + (w/cutoff)^4): two damped modes, so that `qt.HierarchicalEquations` takes it as it is."""

    strength: Float[Array, "*baths"] = eqx.field(converter=as_real)
    cutoff: Float[Array, "*baths"] = eqx.field(converter=as_real)

    def __call__(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)."""
        return jnp.asarray(frequency, float) * self.slope(frequency)

    def slope(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)/w."""
        square = jnp.asarray(frequency, float) ** 2
        return self.strength * square / (1.0 + (square / self.cutoff**2) ** 2)

    def partial_fractions(self, terms: int) -> tuple[Complex[Array, " 2"], Complex[Array, " 2"]]:
        """nu = cutoff * exp(+-i pi/4) and a = strength * cutoff^4 / 2 of both, whatever `terms` allows, and exact."""
        rates = self.cutoff * jnp.exp(0.25j * np.pi * np.array([1, -1]))
        return rates, jnp.full(2, self.strength * self.cutoff**4 / 2, complex)


def oscillators(
    coupling: ArrayLike,
    hot_frequency: ArrayLike = 10.0,
    cold_frequency: ArrayLike = 5.0,
    hot: ArrayLike = 12.0,
    cold: ArrayLike = 10.0,
    strength: ArrayLike = 1e-4,
    *,
    cutoff: ArrayLike | None = None,
) -> qt.OpenSystem:
    """Two oscillators, H = w_h a^dag a + w_c b^dag b + eps (a^dag b + b^dag a)  (Sec. II with delta = -1).

    coupling: eps; hot, cold: temperatures of the baths, in this order in every result; strength: kappa of
    Eq. 15, one for both baths or a pair. The baths couple to a + a^dag and b + b^dag. cutoff: ends the cubic
    density, which only the exact solution `qt.Langevin` needs.
    """
    eps, w_h, w_c = (jnp.asarray(x, float) for x in (coupling, hot_frequency, cold_frequency))
    network = qt.OscillatorNetwork.from_hopping(jnp.stack([jnp.stack([w_h, eps]), jnp.stack([eps, w_c])]))
    # a + a^dag = sqrt(2) x, where x has the vacuum covariance 1/2
    couplings = [np.sqrt(2) * np.asarray(qt.position(node, of=2)) for node in range(2)]
    return qt.OpenSystem(network, _baths(couplings, hot, cold, strength, cutoff))


def two_levels(
    coupling: ArrayLike,
    hot_frequency: ArrayLike = 10.0,
    cold_frequency: ArrayLike = 5.0,
    hot: ArrayLike = 12.0,
    cold: ArrayLike = 10.0,
    strength: ArrayLike = 1e-4,
    *,
    cutoff: ArrayLike | None = None,
) -> qt.OpenSystem:
    """The same with two-level nodes, a = sigma_- of node A, b = sigma_- of node B (Sec. II with delta = 1).

    Here `qt.HierarchicalEquations` is the exact solution, and needs the cutoff.
    """
    a, b = (np.asarray(qt.sigma_minus(node, of=2)) for node in range(2))
    eps, w_h, w_c = (jnp.asarray(x, float) for x in (coupling, hot_frequency, cold_frequency))
    free = w_h * (a.T @ a) + w_c * (b.T @ b)
    hamiltonian = qt.FiniteHamiltonian(free, eps * (a.T @ b + b.T @ a), dims=(2, 2))
    couplings = [np.asarray(qt.sigma_x(node, of=2)) for node in range(2)]
    return qt.OpenSystem(hamiltonian, _baths(couplings, hot, cold, strength, cutoff))


def _baths(
    couplings: list[np.ndarray], hot: ArrayLike, cold: ArrayLike, strength: ArrayLike, cutoff: ArrayLike | None
) -> tuple[qt.Bath, ...]:
    """gamma(W) = kappa W^3 / (1 - exp(-W/T)) = 2 J (1 + n), so J = kappa W^3 / 2 (Eq. 15), up to the cutoff."""
    halves = jnp.broadcast_to(jnp.asarray(strength, float), (2,)) / 2

    def density(half: Array) -> qt.AbstractSpectralDensity:
        if cutoff is None:
            return qt.PowerLaw(half, exponent=3.0)
        return Cubic(half, cutoff)

    return tuple(
        qt.Bath(couplings[node], density(halves[node]), jnp.asarray(temperature, float), name=name)
        for node, (name, temperature) in enumerate((("hot", hot), ("cold", cold)))
    )


MEDIA: dict[str, Callable[..., qt.OpenSystem]] = {"oscillators": oscillators, "two-level nodes": two_levels}
"""The builders by the names that figures and claims use."""

CUTOFF = 30.0


def ended_two_levels(*row: ArrayLike) -> qt.OpenSystem:
    """Two-level nodes whose baths end at CUTOFF: the rates of the paper but for 1 % at w = 10 and 6 % at w = 15."""
    return two_levels(*row, cutoff=CUTOFF)


def fig2(hot_frequency: ArrayLike, hot: ArrayLike, medium: Callable[..., qt.OpenSystem] = oscillators) -> qt.OpenSystem:
    """The network of Fig. 2: w_c = 5, T_c = 10, eps = 1e-4, kappa = 1e-7."""
    return medium(1e-4, hot_frequency, 5.0, hot, 10.0, 1e-7)


def fig3(coupling: ArrayLike, medium: Callable[..., qt.OpenSystem] = oscillators) -> qt.OpenSystem:
    """The network of Fig. 3: w = (10, 5), T = (12, 10), kappa = 1e-4."""
    return medium(coupling, 10.0, 5.0, 12.0, 10.0, 1e-4)


def fig4(
    hot_frequency: ArrayLike, coupling: ArrayLike = 1e-3, medium: Callable[..., qt.OpenSystem] = oscillators
) -> qt.OpenSystem:
    """The network of Fig. 4: w_c = 5, T = (12, 10), eps = 1e-3, kappa = 1e-7."""
    return medium(coupling, hot_frequency, 5.0, 12.0, 10.0, 1e-7)
