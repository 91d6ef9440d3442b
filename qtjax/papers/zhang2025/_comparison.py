"""Bloch-Redfield, Lindblad, the other second-order equations and the exact current, along parameters of a pair."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._curves import Steady, over_systems, steady, zeros
from ._systems import CURVES, Curve, biased, pair


class Found(NamedTuple):
    """Steady states of some points, and what generates them; density matrices in the order |11>, |10>, |01>, |00>."""

    matrix: np.ndarray  # (points, 4, 4)
    currents: np.ndarray  # Tr[H_S D_j rho] of each bath, (points, 2)
    dressed: np.ndarray  # the paper's Tr[(H_S + H_LS) L_j rho], (points, 2)
    generator: np.ndarray  # on density matrices row by row, (points, 16, 16)
    lamb: np.ndarray  # H_LS of each bath, (points, 2, 4, 4)


ALL = tuple(curve for curves in CURVES.values() for curve in curves)
LARGEST = 300.0  # the differences of temperature looked at: the paper's ranges are in its figures only
EXACT_RANGE = (0.1, 120.0)  # those of the exact current, outside of which a deeper hierarchy would be needed


@functools.cache
def description(name: str) -> Any:
    """The description of that name; a trailing "bare" leaves the Lamb shift S(w) out."""
    lamb_shift = not name.endswith(" bare")
    make = {
        "Redfield": qt.redfield_equation,
        "Lindblad": qt.global_master_equation,
        "partial Redfield": qt.partial_redfield_equation,
        "local": qt.local_master_equation,
    }
    return make[name.removesuffix(" bare")](lamb_shift=lamb_shift)


@eqx.filter_jit
def _solve(equation: Any, systems: qt.OpenSystem) -> tuple[Any, ...]:
    def at(system: qt.OpenSystem) -> tuple[Any, ...]:
        dynamics = equation(system)
        state = qt.steady_state(dynamics, throw=False)
        assert isinstance(state, qt.DensityMatrix)
        currents = (qt.heat_currents(dynamics, state, dressed=dressed, throw=False) for dressed in (False, True))
        return (state.matrix, *currents, dynamics.matrix, dynamics.lamb_hamiltonians)

    return jax.lax.map(at, systems)


@eqx.filter_jit
def _slope(equation: Any, systems: qt.OpenSystem) -> Any:
    def at(system: qt.OpenSystem) -> Any:
        def current(temperatures: Any) -> Any:
            dynamics = equation(system.with_temperatures(temperatures))
            return qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), dressed=True, throw=False)[0]

        return jax.jvp(current, (system.temperatures,), (np.array([1.0, 0.0]),))[1]

    return jax.lax.map(at, systems)


@jax.jit
def _mean_force(systems: qt.OpenSystem) -> Any:
    return jax.lax.map(lambda system: qt.mean_force_gibbs_state(system, throw=False).matrix, systems)


def exact(build: Callable[..., qt.OpenSystem], *columns: Any, depth: int = 3, pade_terms: int = 4) -> Steady:
    """The steady states and currents of build(*row) by hierarchical equations, to what a curve shows."""
    return steady(qt.HierarchicalEquations(depth=depth, pade_terms=pade_terms), build, *columns)


def solve(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> Found:
    """The steady states of build(*row) under the description of that name."""
    return Found(*over_systems(functools.partial(_solve, description(name)), build, *columns))


def current(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """J_1, the paper's heat current from the hot bath into the system (Eq. 22) or the "exact" one, shape (points,)."""
    return exact(build, *columns).currents[:, 0] if name == "exact" else solve(name, build, *columns).dressed[:, 0]


def slope(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """dJ_1/dT_1 by automatic differentiation, shape (points,)."""
    return over_systems(functools.partial(_slope, description(name)), build, *columns)


def mean_force(build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """The mean-force Gibbs states of build(*row), Eq. 20 summed over the baths, shape (points, 4, 4)."""
    return over_systems(_mean_force, build, *columns)


def excess(build: Callable[..., qt.OpenSystem], *columns: Any, name: str = "Redfield") -> np.ndarray:
    """J^L - J^BR, by how much the suppression lowers the current of the Lindblad equation; or J^L - J of that name."""
    return current("Lindblad", build, *columns) - current(name, build, *columns)


class Peak(NamedTuple):
    """Where a curve turns: the difference of temperatures and the current there."""

    difference: float
    current: float


@functools.cache
def peaks() -> dict[Curve, Peak]:
    """The maximum of every Bloch-Redfield curve, from dJ_1/dT_1 = 0; beyond it there is NDTC."""
    rows = np.array(ALL).T
    at = zeros(lambda x: slope("Redfield", biased, x, *rows), np.full(len(ALL), 0.1), LARGEST)
    heights = current("Redfield", biased, at, *rows)
    return {curve: Peak(float(x), float(y)) for curve, x, y in zip(ALL, at, heights, strict=True)}


@functools.cache
def exact_peaks() -> dict[Curve, Peak]:
    """The maximum of every exact curve; NaN where there is none within 10 % of the Bloch-Redfield one."""
    near = np.log([peak.difference for peak in peaks().values()])[:, None] + 0.1 * np.polynomial.chebyshev.chebpts2(7)
    columns = (np.exp(near).ravel(), *np.repeat(np.array(ALL).T, near.shape[1], axis=1))
    found = {}
    for curve, x, y in zip(ALL, near, current("exact", biased, *columns).reshape(near.shape), strict=True):
        # A polynomial in log dT: over 20 % of dT it is the curve to ten digits.
        through = np.polynomial.Chebyshev.fit(x, y, x.size - 1)
        turns = through.deriv().roots()
        turns = turns.real[(np.abs(turns.imag) < 1e-9) & (turns.real > x[0]) & (turns.real < x[-1])]
        top = max(turns, key=through, default=np.nan)
        falls = through.deriv(2)(top) < 0
        found[curve] = Peak(float(np.exp(top)), float(through(top))) if falls else Peak(np.nan, np.nan)
    return found


@functools.cache
def survey(points: int) -> tuple[np.ndarray, dict[Curve, tuple[np.ndarray, np.ndarray]]]:
    """The differences of temperature, and (J^BR, J^L) of every curve there."""
    return _survey(("Redfield", "Lindblad"), (0.02, LARGEST), points)


@functools.cache
def exact_survey(points: int) -> tuple[np.ndarray, dict[Curve, tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """The differences of temperature, and the exact J, J^BR and J^L of every curve there."""
    return _survey(("exact", "Redfield", "Lindblad"), EXACT_RANGE, points)


def _survey(names: tuple[str, ...], limits: tuple[float, float], points: int) -> tuple[np.ndarray, dict[Curve, Any]]:
    x = np.geomspace(*limits, points)
    columns = (np.tile(x, len(ALL)), *np.repeat(np.array(ALL).T, points, axis=1))
    found = (current(name, biased, *columns).reshape(len(ALL), points) for name in names)
    return x, dict(zip(ALL, zip(*found, strict=True), strict=True))


def single_baths(
    name: str, first: float, second: float, coupling: float, strengths: tuple[float, float], temperatures: Any
) -> np.ndarray:
    """What each bath alone adds to the generator, its Lamb commutator included, shape (2, 16, 16)."""
    on = np.array([[strengths[0], 0.0, 0.0], [0.0, strengths[1], 0.0]])
    hot, cold = temperatures

    def build(s: Any, t: Any) -> qt.OpenSystem:
        return pair(first, second, coupling, hot=hot, cold=cold, strength=jnp.stack([s, t]))

    generators = solve(name, build, *on).generator
    return generators[:2] - generators[2]
