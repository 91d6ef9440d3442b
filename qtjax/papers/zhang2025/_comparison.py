"""Bloch-Redfield, Lindblad and the other second-order equations, along parameters of a pair of qubits."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._curves import over_systems, zeros
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


def solve(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> Found:
    """The steady states of build(*row) under the description of that name."""
    return Found(*over_systems(functools.partial(_solve, description(name)), build, *columns))


def current(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """J_1, the paper's heat current from the hot bath into the system (Eq. 22), shape (points,)."""
    return solve(name, build, *columns).dressed[:, 0]


def slope(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """dJ_1/dT_1 by automatic differentiation, shape (points,)."""
    return over_systems(functools.partial(_slope, description(name)), build, *columns)


def mean_force(build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """The mean-force Gibbs states of build(*row), Eq. 20 summed over the baths, shape (points, 4, 4)."""
    return over_systems(_mean_force, build, *columns)


def excess(build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """J^L - J^BR, by how much the suppression lowers the current of the Lindblad equation."""
    return current("Lindblad", build, *columns) - current("Redfield", build, *columns)


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
def survey(points: int) -> tuple[np.ndarray, dict[Curve, tuple[np.ndarray, np.ndarray]]]:
    """The differences of temperature, and (J^BR, J^L) of every curve there."""
    x = np.geomspace(0.02, LARGEST, points)
    columns = (np.tile(x, len(ALL)), *np.repeat(np.array(ALL).T, points, axis=1))
    both = (current(name, biased, *columns).reshape(len(ALL), points) for name in ("Redfield", "Lindblad"))
    return x, dict(zip(ALL, zip(*both, strict=True), strict=True))


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
