"""The pair of resonators of Scali et al. 2021: systems to start from."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

import qtjax as qt

STRENGTHS = (1e-8, 1e-4)  # lambda_h^2 and lambda_c^2 of Figs. 2 and 3
CUTOFF = 1e3
TEMPERATURES = (10.0, 5.0)


def exceptional_coupling(frequency: Any = 1.0, strengths: Any = STRENGTHS) -> Any:
    """k of Eq. 37. A cut-off multiplies it by Lambda^2/(w^2 + Lambda^2)."""
    hot, cold = strengths
    return frequency / 2 * abs(hot - cold)


def resonators(
    coupling: ArrayLike,
    *,
    frequency: ArrayLike = 1.0,
    hot_frequency: ArrayLike | None = None,
    strengths: Any = STRENGTHS,
    cutoff: ArrayLike | None = CUTOFF,
    temperatures: Any = TEMPERATURES,
    counterterm: bool = True,
) -> qt.OpenSystem:
    """H_S = sum (p^2 + w^2 x^2)/2 + k x_h x_c, each resonator on its own bath   (Eqs. 15, 16, 19).

    Node and bath 0 are hot, 1 cold; strengths (lambda_h^2, lambda_c^2) and temperatures in this order. frequency: of
    both resonators, or of the cold one where hot_frequency is given. cutoff: Lambda of both, None for strictly Ohmic
    baths. The paper has no counterterm, which only the exact solution sees.
    """
    cold = jnp.asarray(frequency, float)
    hot = cold if hot_frequency is None else jnp.asarray(hot_frequency, float)
    network = qt.OscillatorNetwork.from_positions(jnp.stack([hot, cold]), coupling * np.array([[0.0, 1.0], [1.0, 0.0]]))
    strength, temperature = (jnp.broadcast_to(jnp.asarray(x, float), (2,)) for x in (strengths, temperatures))

    def density(bath: int) -> qt.AbstractSpectralDensity:
        if cutoff is None:
            return qt.PowerLaw(strength[bath], exponent=1.0)
        return qt.Drude(strength[bath], jnp.asarray(cutoff, float))

    baths = tuple(
        qt.Bath(qt.position(i, of=2), density(i), temperature[i], counterterm=counterterm, name=name)
        for i, name in enumerate(("hot", "cold"))
    )
    return qt.OpenSystem(network, baths)


def fig2(frequency: ArrayLike, coupling: ArrayLike) -> qt.OpenSystem:
    """A point of Fig. 2: T = (10, 5), lambda^2 = (1e-8, 1e-4), Lambda = 1e3."""
    return resonators(coupling, frequency=frequency)


def fig3(coupling: ArrayLike | None = None) -> qt.OpenSystem:
    """Fig. 3: as Fig. 2 at w = 1; by default at the exceptional point that Eq. 37 gives."""
    return resonators(exceptional_coupling() if coupling is None else coupling)
