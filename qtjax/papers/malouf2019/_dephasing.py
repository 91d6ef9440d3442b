"""Claims of Malouf et al. 2019 about dephasing: the same second moments as self-consistent probes, another state.

Two sites in the space of up to some quanta, as a finite system of qtjax.
"""

import functools
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._report import Claim, numbers, verdict
from ._chain import Chain
from ._comparison import LOCAL

# Few quanta in the baths, so that few states do.
_PAIR = Chain(2, 0.3, 0.2, 0.25, (0.02, 0.08))
_QUANTA = 6


class _Space(NamedTuple):
    """Ladder operators of two sites in the states of at most so many quanta in all."""

    first: np.ndarray
    last: np.ndarray

    @property
    def numbers(self) -> tuple[np.ndarray, np.ndarray]:
        """The number operators."""
        return self.first.T @ self.first, self.last.T @ self.last


def _space(quanta: int) -> _Space:
    states = [(i, j) for i in range(quanta + 1) for j in range(quanta + 1 - i)]
    place = {state: k for k, state in enumerate(states)}
    ladders = np.zeros((2, len(states), len(states)))
    for (i, j), k in place.items():
        if i:
            ladders[0, place[i - 1, j], k] = np.sqrt(i)
        if j:
            ladders[1, place[i, j - 1], k] = np.sqrt(j)
    return _Space(*ladders)


def _density(rate: float) -> qt.PowerLaw:
    """2 J (1 + n) is rate x (1 + n) at the frequency 1 of the sites, and rate x T at 0, where dephasing is."""
    return qt.PowerLaw(rate / 2, exponent=1.0)


def _thermal(operator: np.ndarray, rate: float, occupation: float) -> qt.Bath:
    temperature = 1 / np.log1p(1 / occupation) if occupation > 0 else 0.0
    return qt.Bath(operator + operator.T, _density(rate), temperature)


def _pair(space: _Space, others: tuple[qt.Bath, ...]) -> qt.OpenSystem:
    hop = 1j * _PAIR.hopping * space.first.T @ space.last
    first, last = space.numbers
    network = qt.FiniteHamiltonian(first + last, hop + hop.conj().T)
    ends = [_thermal(a, _PAIR.gamma, n) for a, n in zip(space, _PAIR.occupations, strict=True)]
    return qt.OpenSystem(network, (*ends, *others))


def dephased(space: _Space) -> qt.OpenSystem:
    """The pair with Gamma D[a_k^dagger a_k] on both sites: a bath at T = 1 on n_k, which turns at no frequency."""
    return _pair(space, tuple(qt.Bath(n, _density(_PAIR.probe_rate), 1.0) for n in space.numbers))


def probed(space: _Space, occupations: Any) -> qt.OpenSystem:
    """The pair with a thermal probe of so many quanta on each site."""
    return _pair(space, tuple(_thermal(a, _PAIR.probe_rate, n) for a, n in zip(space, occupations, strict=True)))


@eqx.filter_jit
def _steady(system: qt.OpenSystem) -> jax.Array:
    state = qt.steady_state(LOCAL(system), throw=False)
    assert isinstance(state, qt.DensityMatrix)
    return state.matrix


@eqx.filter_jit
def _change(system: qt.OpenSystem, matrix: jax.Array) -> jax.Array:
    dynamics = LOCAL(system)
    assert isinstance(dynamics, qt.Liouvillian)
    return dynamics(matrix)


def _mean(state: Any, *operators: np.ndarray) -> complex:
    return complex(np.trace(functools.reduce(np.matmul, operators) @ np.asarray(state)))


def pair_moments(space: _Space, system: qt.OpenSystem) -> tuple[np.ndarray, float]:
    """C, and <n_1 n_2> less its Wick value, of the steady state of `dephased` or `probed`."""
    state = _steady(system)
    c = np.array([[_mean(state, b.T, a) for b in space] for a in space])
    wick = (c[0, 0] * c[1, 1]).real + abs(c[0, 1]) ** 2
    return c, _mean(state, *space.numbers).real - wick


def dephasing(quick: bool) -> list[Claim]:
    """Sec. IV and Appendix D."""
    space = _space(_QUANTA)
    c, excess = pair_moments(space, dephased(space))
    _, own = pair_moments(space, probed(space, _PAIR.profile))
    expected = np.array([[_PAIR.profile[0], _PAIR.coherence], [_PAIR.coherence, _PAIR.profile[1]]])
    apart = float(np.abs(c - expected).max() / expected.max())
    return [
        Claim(
            "Probes and dephasing (Appendix D)",
            "coincide in the second moments",
            f"L = 2 (lambda, gamma, Gamma = 0.3, 0.2, 0.25; n = 0.02, 0.08), dephasing Gamma D[a^dagger a], up to "
            f"{_QUANTA} quanta: C is within {apart:.0e} of Eq. 29",
            verdict(apart < 1e-5),
        ),
        Claim(
            "The states themselves (Appendix D)",
            "differ: dephasing is not Gaussian",
            f"<n_1 n_2> less its Wick value is {excess:.3e} with dephasing, {own:.0e} with probes",
            verdict(excess > 1e-5 and abs(own) < 0.01 * excess),
        ),
        _motion(space),
    ]


def _motion(space: _Space) -> Claim:
    """d<a_k a_l>/dt and d<a_k^dagger a_l>/dt from a state of a few quanta, where both models have both moments."""
    ground, doubled = np.zeros(len(space.first)), np.zeros(len(space.first))
    ground[0] = 1.0
    doubled = (space.first.T @ space.first.T @ ground) / np.sqrt(2)
    vector = (ground + 1j * doubled + space.last.T @ ground) / np.sqrt(3)
    state = jnp.asarray(np.outer(vector, vector.conj()))
    occupied = [_mean(state, n).real for n in space.numbers]
    changes = {
        "dephasing": _change(dephased(space), state),
        "probes": _change(probed(space, occupied), state),
    }
    c = [np.array([[_mean(x, b.T, a) for b in space] for a in space]) for x in changes.values()]
    same = float(np.abs(c[0] - c[1]).max())
    pair = _mean(state, space.first, space.first)
    # the hopping turns <a_1 a_1> into <a_1 a_2>, which is none here; the frequency turns its phase by 2
    rates = [float(-(_mean(x, space.first, space.first) / pair).real) for x in changes.values()]
    return Claim(
        "Equation of motion of the covariances (Sec. IV)",
        "the same for dephasing",
        f"dC/dt agrees within {same:.0e} in a superposition of |00>, |20>, |01>; <a_1 a_1> decays at "
        f"{numbers(rates, 4)} (dephasing: gamma + 2 Gamma; probes: gamma + Gamma). It vanishes in the steady state",
        verdict(same < 1e-12 and abs(rates[0] - rates[1]) < 1e-12, same < 1e-12),
    )
