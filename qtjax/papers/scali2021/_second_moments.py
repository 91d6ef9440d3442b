"""The matrices of the second moments: Eqs. B.3 to B.13 as printed, and corrected."""

from typing import Any, NamedTuple

import numpy as np

import qtjax as qt

# The order of Eqs. B.2 and B.7, as pairs of (x_h, p_h, x_c, p_c) or of (eta_1, Pi_1, eta_2, Pi_2).
ORDER = ((0, 0), (1, 1), (0, 1), (2, 2), (3, 3), (2, 3), (0, 3), (1, 2), (0, 2), (1, 3))

# (x_h, p_h, x_c, p_c) from (eta_1, Pi_1, eta_2, Pi_2)   (Eq. 39)
TURN = np.kron([[1.0, 1.0], [1.0, -1.0]], np.eye(2)) / np.sqrt(2)


def symmetric_square(drift: np.ndarray) -> np.ndarray:
    """M_2 in the order of the paper, from M_1."""
    place = {(int(i), int(j)): position for position, (i, j) in enumerate(zip(*np.triu_indices(4), strict=True))}
    chosen = [place[pair] for pair in ORDER]
    return np.asarray(qt.second_moment_matrix(drift))[np.ix_(chosen, chosen)]


def listed(covariance: np.ndarray) -> np.ndarray:
    """A symmetric matrix as the vector of Eq. B.2."""
    return np.array([covariance[pair] for pair in ORDER])


def local_second(frequency: float, spring: float, hot: float, cold: float) -> np.ndarray:
    """Eq. B.5 for k = spring as printed, and M_2 of the local equation for spring = -2k."""
    square, k, mean = frequency**2, spring, (hot + cold) / 2
    return np.array(
        [
            [hot, 0, 2, 0, 0, 0, 0, 0, 0, 0],
            [0, hot, -2 * square, 0, 0, 0, 0, k, 0, 0],
            [-square, 1, hot, 0, 0, 0, 0, 0, k / 2, 0],
            [0, 0, 0, cold, 0, 2, 0, 0, 0, 0],
            [0, 0, 0, 0, cold, -2 * square, k, 0, 0, 0],
            [0, 0, 0, -square, 1, cold, 0, 0, k / 2, 0],
            [k / 2, 0, 0, 0, 0, 0, mean, 0, -square, 1],
            [0, 0, 0, k / 2, 0, 0, 0, mean, -square, 1],
            [0, 0, 0, 0, 0, 0, 1, 1, mean, 0],
            [0, 0, k / 2, 0, 0, k / 2, -square, -square, 0, mean],
        ]
    )


class Modes(NamedTuple):
    """What the matrices in normal modes are made of: Omega_j, and Eqs. 45, B.10, B.14 for j = 1, 2."""

    frequencies: np.ndarray
    delta: np.ndarray
    delta_apart: np.ndarray
    sigma: np.ndarray
    sigma_apart: np.ndarray


def modal_second(modes: Modes, *, printed: tuple[str, ...] = (), secular: bool = False) -> np.ndarray:
    """Eq. B.12, or B.9 of the global equation; `printed` names the rows taken as printed, "3" or "6"."""
    (one, two), (d1, d2) = modes.frequencies, modes.delta
    e1, e2 = (0.0, 0.0) if secular else modes.delta_apart
    mean, ratio = (d1 + d2) / 2, two / one
    corner = -2 * one**2 if "3" in printed else -(one**2)
    sixth = (e1 / 2, 0) if "6" in printed else (e1 / ratio / 2, e1 / 2)
    return np.array(
        [
            [d1, 0, 2, 0, 0, 0, 0, 0, ratio * e2, 0],
            [0, d1, -2 * one**2, 0, 0, 0, 0, 0, 0, e2],
            [corner, 1, d1, 0, 0, 0, e2 / 2, ratio * e2 / 2, 0, 0],
            [0, 0, 0, d2, 0, 2, 0, 0, e1 / ratio, 0],
            [0, 0, 0, 0, d2, -2 * two**2, 0, 0, 0, e1],
            [0, 0, 0, -(two**2), 1, d2, *sixth, 0, 0],
            [0, 0, e1 / 2, 0, 0, ratio * e2 / 2, mean, 0, -(two**2), 1],
            [0, 0, e1 / ratio / 2, 0, 0, e2 / 2, 0, mean, -(one**2), 1],
            [e1 / ratio / 2, 0, 0, ratio * e2 / 2, 0, 0, 1, 1, mean, 0],
            [0, e1 / 2, 0, 0, e2 / 2, 0, -(one**2), -(two**2), 0, mean],
        ]
    )


def modal_source(modes: Modes, *, secular: bool = False) -> np.ndarray:
    """Eq. B.13, or B.8 of the global equation."""
    (one, two), (s1, s2) = modes.frequencies, modes.sigma
    a1, a2 = (0.0, 0.0) if secular else modes.sigma_apart
    own = [s1 / one / 2, one * s1 / 2, 0, s2 / two / 2, two * s2 / 2, 0, 0, 0]
    return np.array([*own, a1 / two / 4 + a2 / one / 4, one * a1 / 4 + two * a2 / 4])


def local_source(frequency: float, hot: float, cold: float) -> np.ndarray:
    """Eq. B.3."""
    return np.array([hot / frequency / 2, frequency * hot / 2, 0, cold / frequency / 2, frequency * cold / 2, *[0] * 5])


def rates(bath: qt.Bath, frequency: Any) -> tuple[Any, Any]:
    """Delta_w and Sigma_w of a `qt.Bath`   (Eqs. 35, B.4)."""
    w = np.asarray(frequency)
    up, down = (np.asarray(bath.spectral_density.rate(x, bath.temperature)) for x in (-w, w))
    return (up - down) / (2 * w), (up + down) / (2 * w)


def modes_of(system: Any, frequency: float, coupling: float) -> Modes:
    """The coefficients of a resonant pair."""
    w = np.sqrt(frequency**2 + np.array([coupling, -coupling]))
    (dh, sh), (dc, sc) = (rates(bath, w) for bath in system.baths)
    return Modes(w, (dh + dc) / 2, (dh - dc) / 2, (sh + sc) / 2, (sh - sc) / 2)
