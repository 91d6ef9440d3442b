"""The pairs of qubits of Zhang et al. 2025: systems to start from.

Names and units of the paper: |1> is the excited state, hbar = k_B = 1; gamma_j = C_j lambda_j^2 is the strength of
bath j, and J is the current from bath 1, the hot one, into the system.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import ArrayLike

import qtjax as qt

STRENGTH = 1e-2  # gamma_1 = gamma_2 of Figs. 3, 4 and 5
CUTOFF = 50.0  # omega_D of all figures
COLD = 5.0  # T_2 of Figs. 3 to 6


def pair(
    first: ArrayLike,
    second: ArrayLike,
    coupling: ArrayLike,
    *,
    hot: ArrayLike = 25.0,
    cold: ArrayLike = COLD,
    strength: ArrayLike = STRENGTH,
    cutoff: ArrayLike = CUTOFF,
) -> qt.OpenSystem:
    """Two qubits joined by g sigma_x sigma_x, each with sigma_x on its own Drude bath (Eqs. 1, 5, 17).

    first, second: epsilon_1 and epsilon_2; coupling: g; hot, cold: T_1 and T_2, in this order in every result;
    strength: gamma, one for both baths or a pair. The model has no counterterm (for sigma_x a mere constant).
    """
    x = (qt.sigma_x(0, of=2), qt.sigma_x(1, of=2))
    free = (jnp.asarray(first) * qt.sigma_z(0, of=2) + jnp.asarray(second) * qt.sigma_z(1, of=2)) / 2
    strengths = jnp.broadcast_to(jnp.asarray(strength, float), (2,))
    baths = (
        qt.Bath(x[j], qt.Drude(strengths[j], cutoff), jnp.asarray(temperature, float), counterterm=False, name=name)
        for j, (name, temperature) in enumerate((("hot", hot), ("cold", cold)))
    )
    return qt.OpenSystem(qt.FiniteHamiltonian(free, jnp.asarray(coupling) * x[0] @ x[1], dims=(2, 2)), tuple(baths))


def biased(
    difference: ArrayLike, first: ArrayLike, second: ArrayLike, coupling: ArrayLike, strength: ArrayLike = STRENGTH
) -> qt.OpenSystem:
    """A pair of Figs. 3 to 6, with T = (5 + difference, 5) and equal strengths."""
    return pair(first, second, coupling, hot=COLD + jnp.asarray(difference), strength=strength)


def fig2(temperature: ArrayLike, *, second_bath: bool = False) -> qt.OpenSystem:
    """Equilibrium, Fig. 2: epsilon = (5, 4), g = 1; one bath, in the inset two of the same temperature."""
    strength = STRENGTH * jnp.array([1.0, 1.0 if second_bath else 0.0])
    return pair(5.0, 4.0, 1.0, hot=temperature, cold=temperature, strength=strength)


def fig3(difference: ArrayLike, coupling: ArrayLike = 0.5) -> qt.OpenSystem:
    """The detuned pair of Fig. 3: epsilon = (5, 4); g = 0.75, 0.5, 0.25."""
    return biased(difference, 5.0, 4.0, coupling)


def fig4(difference: ArrayLike, detuning: ArrayLike = 1.0) -> qt.OpenSystem:
    """Fig. 4: epsilon_1 + epsilon_2 = 10, g = 0.5; epsilon_1 - epsilon_2 = 1, 2, 3."""
    half = jnp.asarray(detuning) / 2
    return biased(difference, 5.0 + half, 5.0 - half, 0.5)


def fig5(difference: ArrayLike, splitting: ArrayLike = 4.0, coupling: ArrayLike = 0.1) -> qt.OpenSystem:
    """The symmetric pair of Fig. 5: epsilon_1 = epsilon_2 = 4, 5, 6; g = 0.2, 0.1, 0.05."""
    return biased(difference, splitting, splitting, coupling)


def fig6(difference: ArrayLike, strength: ArrayLike = STRENGTH) -> qt.OpenSystem:
    """Fig. 6: epsilon = (4, 3), g = 0.5; gamma = 0.01, 0.02, 0.03."""
    return biased(difference, 4.0, 3.0, 0.5, strength)


class Curve(NamedTuple):
    """The parameters of a pair of lines, Bloch-Redfield and Lindblad, of Figs. 3 to 6, as `biased` takes them."""

    first: float
    second: float
    coupling: float
    strength: float = STRENGTH


CURVES = {
    "Fig. 3": tuple(Curve(5.0, 4.0, g) for g in (0.75, 0.5, 0.25)),
    "Fig. 4": tuple(Curve(5.0 + d / 2, 5.0 - d / 2, 0.5) for d in (1.0, 2.0, 3.0)),
    "Fig. 5": tuple(Curve(e, e, g) for e in (4.0, 5.0, 6.0) for g in (0.2, 0.1, 0.05)),
    "Fig. 6": tuple(Curve(4.0, 3.0, 0.5, s) for s in (0.01, 0.02, 0.03)),
}
