"""Each description against the exact solution, along parameters of a system."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import qtjax as qt

from .._curves import Correlations, Steady, correlations, crossing, infidelity, steady
from ._systems import fig2b

GREY_AREA = 1e-4  # 1 - F of the global equation from which on Fig. 2 is shaded


def descriptions() -> dict[str, Any]:
    """The descriptions that the paper compares, by the names that the figures use."""
    return {
        "exact": qt.Langevin(),
        "global": qt.global_master_equation(),
        "local": qt.local_master_equation(),
        "partial Redfield": qt.partial_redfield_equation(),
        "Redfield": qt.redfield_equation(),
    }


def solve(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> Steady:
    """Steady states of build(*row) under the description of that name."""
    return steady(descriptions()[name], build, *columns)


def distance(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """1 - F between the exact steady state and that of the description, shape (points,)."""
    exact, other = (solve(which, build, *columns) for which in ("exact", name))
    return infidelity(exact.covariance, other.covariance)


def hot_current(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """Q_h, the heat current from the hot bath (the last one) into the system, shape (points,)."""
    return solve(name, build, *columns).currents[:, -1]


def error(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """The relative error of the description's heat current, shape (points,)."""
    return hot_current(name, build, *columns) / hot_current("exact", build, *columns) - 1


def excess(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> Correlations:
    """The correlations of the description less the exact ones."""
    exact, other = (correlations(solve(which, build, *columns).covariance) for which in ("exact", name))
    return Correlations(*(a - b for a, b in zip(other, exact, strict=True)))


def potential(system: qt.OpenSystem) -> np.ndarray:
    """V of H_S = p.p/2 + x.V.x/2, shape (N, N)."""
    assert isinstance(system.hamiltonian, qt.OscillatorNetwork)
    return np.asarray(system.hamiltonian.form)[::2, ::2]


@functools.cache
def grey_area() -> tuple[float, float]:
    """The couplings between which 1 - F of the global equation is at least 1e-4 in Fig. 2(b)."""

    def above(k: np.ndarray) -> np.ndarray:
        return distance("global", fig2b, k) - GREY_AREA

    return crossing(above, 1e-9, 1e-5), crossing(above, 1e-4, 1.0)
