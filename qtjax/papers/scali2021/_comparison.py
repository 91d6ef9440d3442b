"""The equations that Scali et al. 2021 compare, and the example in which printed formulas are tested."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._curves import Steady
from .._report import Verdict
from ._matrices import Pair
from ._systems import resonators

_ROUNDING = 1e-10


def descriptions() -> dict[str, Any]:
    """The descriptions by the names that the figures use."""
    return {
        "exact": qt.Langevin(),
        "global": qt.global_master_equation(),
        "local": qt.local_master_equation(),
        "partial Redfield": qt.partial_redfield_equation(),
    }


def judge(printed: float, corrected: float, tolerance: float = _ROUNDING) -> Verdict:
    """confirmed where the printed formula is within tolerance; erratum where only the corrected one is."""
    if printed <= tolerance:
        return "confirmed"
    return "erratum" if corrected <= tolerance else "not confirmed"


def off(found: Any, true: Any) -> float:
    """The largest deviation, in units of the largest element."""
    return float(np.abs(np.asarray(found) - true).max() / np.abs(true).max())


def row(
    k: float,
    hot: float,
    cold: float,
    at_hot: float,
    at_cold: float,
    t_hot: float,
    t_cold: float,
    cutoff: float,
) -> qt.OpenSystem:
    """`resonators` with all parameters in a row, frequencies, lambda^2 and temperatures as (hot, cold)."""
    return resonators(
        k,
        frequency=cold,
        hot_frequency=hot,
        strengths=(at_hot, at_cold),
        temperatures=(t_hot, t_cold),
        cutoff=cutoff,
    )


class Example:
    """A strongly damped pair in which misprints show: w = 1.1, k = 0.37, lambda^2 = (0.07, 0.31), Lambda = 3."""

    frequency, coupling, strengths, cutoff = 1.1, 0.37, (0.07, 0.31), 3.0
    temperatures = (1.3, 0.6)
    hot = frequency

    @property
    def pair(self) -> Pair:
        """Its parameters, of the closed forms."""
        return Pair(self.frequency, self.coupling, self.strengths, self.cutoff)

    @property
    def system(self) -> qt.OpenSystem:
        """The system."""
        return resonators(
            self.coupling,
            frequency=self.frequency,
            hot_frequency=self.hot,
            strengths=self.strengths,
            cutoff=self.cutoff,
            temperatures=self.temperatures,
        )


class Detuned(Example):
    """The same pair out of resonance, w_h = 1.2 and w_c = 0.9."""

    frequency, hot = 0.9, 1.2


def moments(name: str, system: qt.OpenSystem) -> tuple[np.ndarray, np.ndarray]:
    """Drift and diffusion of a system under the equation of that name."""
    dynamics = descriptions()[name](system)
    return np.asarray(dynamics.drift), np.asarray(dynamics.diffusion)


def currents(name: str, system: qt.OpenSystem, covariance: np.ndarray) -> np.ndarray:
    """The heat currents in any state, in the order of the baths."""
    state = qt.GaussianState(jnp.zeros(4), jnp.asarray(covariance))
    return np.asarray(qt.heat_currents(descriptions()[name](system), state))


def solve(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> Steady:
    """Steady states of build(*row) for each row of the columns; one by one, as what is compiled serves for all."""
    states, flows = [], []
    for point in zip(*map(np.atleast_1d, np.broadcast_arrays(*columns)), strict=True):
        dynamics = descriptions()[name](build(*point))
        state = qt.steady_state(dynamics, throw=False)
        assert isinstance(state, qt.GaussianState)
        states.append(state.covariance)
        flows.append(qt.heat_currents(dynamics, state, throw=False))
    return Steady(*(np.asarray(jax.device_get(x)) for x in (states, flows)))
