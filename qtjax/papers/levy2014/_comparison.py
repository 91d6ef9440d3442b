"""Each description against the others along parameters, and the exact current of number-conserving baths.

For two-level nodes whose baths end, "exact" is a description like the others: the hierarchical equations.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import numpy as np

import qtjax as qt
from qtjax._quadrature import gauss_legendre_panels

from .._curves import Steady, steady
from ._formulas import Pair, bose, width

# Bohr frequencies closer than this x the largest one are one channel of the global equation: a physical choice.
TOLERANCE = 1e-10


def descriptions() -> dict[str, Any]:
    """The descriptions compared, by the names that the figures use; "exact" for two-level nodes with a cutoff."""
    return {
        "exact": qt.HierarchicalEquations(depth=3, pade_terms=3),
        "global": qt.global_master_equation(tolerance=TOLERANCE),
        "local": qt.local_master_equation(),
        "partial Redfield": qt.partial_redfield_equation(),
    }


def solve(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> Steady:
    """Steady states of build(*row) under the description of that name."""
    return steady(descriptions()[name], build, *columns)


def hot_current(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """J_h, the heat current from the hot bath into the system, shape (points,)."""
    return solve(name, build, *columns).currents[:, 0]


def production(currents: np.ndarray, hot: Any, cold: Any) -> np.ndarray:
    """The steady entropy production -J_h/T_h - J_c/T_c (Eq. 1)."""
    return -currents[:, 0] / hot - currents[:, 1] / cold


@eqx.filter_jit
def _dissipators(description: Any, system: qt.OpenSystem) -> tuple[Any, Any]:
    dynamics = description(system)
    return dynamics.dissipative_drifts, dynamics.dissipative_diffusions


def dissipators(name: str, system: qt.OpenSystem) -> tuple[np.ndarray, np.ndarray]:
    """What each bath puts into drift and diffusion of two oscillators, each (2, 4, 4)."""
    drifts, diffusions = _dissipators(descriptions()[name], system)
    return np.asarray(drifts), np.asarray(diffusions)


class Moments(NamedTuple):
    """The four expectation values above Eq. 8, each of shape (points,)."""

    n_a: np.ndarray
    n_b: np.ndarray
    x: np.ndarray
    y: np.ndarray


def moments(state: np.ndarray) -> Moments:
    """<a^dag a>, <b^dag b>, <X>, <Y> of covariances of oscillators or density matrices of two-level nodes."""
    if np.isrealobj(state):
        n_a, n_b = ((state[:, i, i] + state[:, i + 1, i + 1] - 1) / 2 for i in (0, 2))
        return Moments(n_a, n_b, state[:, 0, 2] + state[:, 1, 3], state[:, 1, 2] - state[:, 0, 3])
    a, b = (np.asarray(qt.sigma_minus(node, of=2)) for node in range(2))
    hop = a.T @ b
    operators = (a.T @ a, b.T @ b, hop + hop.T, 1j * (hop - hop.T))
    return Moments(*(np.einsum("ij,kji->k", operator, state).real for operator in operators))


def exact_current(pair: Pair) -> float:
    """J_h of two oscillators by the Landauer integral, exact for baths that exchange single quanta.

    J_h = int dw/2pi w G_h(w) G_c(w) |<A| (w - H + i G(w)/2)^-1 |B>|^2 (n_h - n_c) with G = kappa w^3, without
    the counter-rotating terms of the coupling and without the shift of frequencies by the baths.
    """
    modes = np.linalg.eigvals(pair.hopping - 0.5j * np.diag(pair.widths(pair.frequencies)))
    distances = np.geomspace(1e-3, 1e16, 58)  # in units of a peak's half width
    around = [z.real + s * abs(z.imag) * distances for z in modes for s in (-1, 1)]
    top = 45 * pair.hot
    breaks = np.concatenate([*around, modes.real, [0.0, top], np.linspace(0, top, 40)])
    w, weight = gauss_legendre_panels(np.unique(np.clip(breaks, 0.0, top)), 16)
    w_h, w_c = pair.frequencies
    g_h, g_c = (width(w, t, k, -1) for t, k in zip(pair.temperatures, pair.strengths, strict=True))
    green = pair.coupling / ((w - w_h + 0.5j * g_h) * (w - w_c + 0.5j * g_c) - pair.coupling**2)
    flow = w * g_h * g_c * np.abs(green) ** 2 * (bose(w / pair.hot) - bose(w / pair.cold))
    return float(np.sum(weight * flow) / (2 * np.pi))
