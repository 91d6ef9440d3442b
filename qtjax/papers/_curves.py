"""Steady states along a parameter, and where a quantity crosses zero along it.

Everything goes through batches of one length, so that each description compiles once for all figures and
claims of a paper, whatever the number of points.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

_ROWS = 32


class Steady(NamedTuple):
    """The state, covariances (points, 2N, 2N) or density matrices (points, d, d), and heat currents (points, B)."""

    state: np.ndarray
    currents: np.ndarray

    @property
    def covariance(self) -> np.ndarray:
        """The state of a network, shape (points, 2N, 2N)."""
        return self.state

    @property
    def matrix(self) -> np.ndarray:
        """The state of a finite system, shape (points, d, d)."""
        return self.state


class Correlations(NamedTuple):
    """Between two nodes, in nats, each of shape (points,); discord for a measurement of the second node."""

    mutual_information: np.ndarray
    classical: np.ndarray
    discord: np.ndarray
    negativity: np.ndarray


def in_batches(function: Callable[..., Any], *columns: Any) -> Any:
    """function(columns) by batches of _ROWS rows, the last one filled up with its own last row."""
    points, results = columns[0].shape[0], []
    for start in range(0, points, _ROWS):
        rows = np.minimum(np.arange(start, start + _ROWS), points - 1)
        results.append(jax.device_get(function(*(column[rows] for column in columns))))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:points], *results)


@eqx.filter_jit
def _steady(description: Any, systems: qt.OpenSystem) -> tuple[Any, Any]:
    def at(system: qt.OpenSystem) -> tuple[Any, Any]:
        dynamics = description(system)
        state = qt.steady_state(dynamics, throw=False)
        assert isinstance(state, (qt.GaussianState, qt.DensityMatrix))
        array = state.covariance if isinstance(state, qt.GaussianState) else state.matrix
        return (array, qt.heat_currents(dynamics, state, throw=False))

    return jax.lax.map(at, systems)


def steady(description: Any, build: Callable[..., qt.OpenSystem], *columns: Any) -> Steady:
    """The steady states of build(*row) for each row of the columns; NaN where there is none."""
    return Steady(*over_systems(lambda systems: _steady(description, systems), build, *columns))


def over_systems(function: Callable[[Any], Any], build: Callable[..., qt.OpenSystem], *columns: Any) -> Any:
    """function(systems) of the systems build(*row), in batches; its arrays have the points along axis 0."""
    rows = np.broadcast_arrays(*(np.asarray(column, float) for column in columns))
    rows = [np.atleast_1d(row) for row in rows]
    leaves, shape = jax.tree.flatten(jax.device_get(jax.vmap(build)(*map(jnp.asarray, rows))))
    return in_batches(lambda *batch: function(jax.tree.unflatten(shape, map(jnp.asarray, batch))), *leaves)


def _state(covariance: Any) -> qt.GaussianState:
    return qt.GaussianState(jnp.zeros(covariance.shape[0]), covariance)


@jax.jit
def _correlations(covariances: Any) -> tuple[Any, ...]:
    def at(covariance: Any) -> tuple[Any, ...]:
        state = _state(covariance)
        return (
            qt.mutual_information(state, 0, 1),
            qt.classical_correlations(state),
            qt.gaussian_discord(state),
            qt.logarithmic_negativity(state, 0),
        )

    return jax.lax.map(at, covariances)


def correlations(covariances: np.ndarray) -> Correlations:
    """The correlations of each two-node covariance, shape (points, 4, 4)."""
    return Correlations(*in_batches(_correlations, covariances))


@jax.jit
def _infidelity(first: Any, second: Any) -> Any:
    return jax.lax.map(lambda pair: 1 - qt.fidelity(*map(_state, pair)), (first, second))


def infidelity(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """1 - F (F squared) of the states with these covariances, each of shape (points, 2N, 2N)."""
    return in_batches(_infidelity, first, second)


def crossing(function: Callable[[np.ndarray], np.ndarray], lower: float, upper: float, rounds: int = 6) -> float:
    """The first zero of function(points) between two positive bounds; NaN where it has one sign.

    Each round divides the bracket into _ROWS - 1 geometric sections: six of them give (upper/lower)^1e-9.
    """
    for _ in range(rounds):
        points = np.geomspace(lower, upper, _ROWS)
        signs = function(points) > 0
        changed = np.flatnonzero(signs != signs[0])
        if changed.size == 0:
            return float("nan")
        lower, upper = points[changed[0] - 1 : changed[0] + 1].tolist()
    return float(np.sqrt(lower * upper))


def zeros(function: Callable[[np.ndarray], np.ndarray], lower: Any, upper: Any, rounds: int = 45) -> np.ndarray:
    """The zeros of many functions at once, by bisection, each between its own two bounds; NaN where it has one sign.

    function(points) takes one point per function, so a round is one batch.
    """
    a, b = (np.array(x, float) for x in np.broadcast_arrays(np.atleast_1d(lower), upper))
    at_a = function(a)
    bracketed = at_a * function(b) <= 0
    for _ in range(rounds):
        middle = (a + b) / 2
        beyond = at_a * function(middle) > 0
        a, b = np.where(beyond, middle, a), np.where(beyond, b, middle)
    return np.where(bracketed, (a + b) / 2, np.nan)


def maximum(
    function: Callable[[np.ndarray], np.ndarray], lower: float, upper: float, rounds: int = 5
) -> tuple[float, float]:
    """(point, value) of the largest function(points) between two positive bounds, by geometric sections."""
    best, value = lower, float("nan")
    for _ in range(rounds):
        points = np.geomspace(lower, upper, _ROWS)
        values = function(points)
        i = int(np.argmax(values))
        best, value = float(points[i]), float(values[i])
        lower, upper = float(points[max(i - 1, 0)]), float(points[min(i + 1, _ROWS - 1)])
    return best, value
