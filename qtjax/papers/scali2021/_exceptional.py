"""Claims of Scali et al. 2021 about the exceptional points of the three equations   (Fig. 2, Apps. B, C)."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np

import qtjax as qt

from .._curves import in_batches
from .._report import Claim, numbers, verdict
from ._comparison import judge
from ._matrices import Pair, drifts, local, redfield, secular
from ._second_moments import symmetric_square
from ._spectra import blocks, condition_numbers, phase_rigidities
from ._systems import exceptional_coupling

_STRONG = (0.01, 0.3)
# The rows of all searches: Fig. 2 at w = 1 and 0.01, and strong damping with Lambda = 2 and strictly Ohmic.
_PAIRS = Pair(
    np.array([1.0, 0.01, 1.0, 1.0]),
    np.zeros(4),
    (np.array([1e-8, 1e-8, 0.01, 0.01]), np.array([1e-4, 1e-4, 0.3, 0.3])),
    np.array([1e3, 1e3, 2.0, np.inf]),
)


@eqx.filter_jit
def _points(matrix: Callable[[Pair], Any], pairs: Pair) -> Any:
    def at(pair: Pair) -> Any:
        found = qt.find_exceptional_point(
            lambda k: matrix(pair._replace(coupling=k)), 1.1 * pair.exceptional, throw=False
        )
        return found.parameters, found.eigenvalue, found.uncertainty

    return jax.lax.map(at, pairs)


def exceptional_points(matrix: Callable[[Pair], Any], pairs: Pair) -> tuple[Any, Any, Any]:
    """(k, eigenvalue, uncertainty of k) of the exceptional point of each pair; a complex k is no real point."""
    leaves, shape = jax.tree.flatten(pairs)
    return in_batches(lambda *rows: _points(matrix, jax.tree.unflatten(shape, rows)), *leaves)


@eqx.filter_jit
def _approaches(pairs: Pair) -> Any:
    """Where the avoided crossings of the Redfield equation are closest, near the couplings of the pairs."""

    def at(pair: Pair) -> Any:
        found = qt.closest_approach(lambda k: redfield(pair._replace(coupling=k)), pair.coupling, throw=False)
        return found.parameters, found.gap

    return jax.lax.map(at, pairs)


def exceptional(quick: bool) -> list[Claim]:
    """Where eigenvectors coalesce."""
    return [*_local(), _partial_redfield(), *([] if quick else [_unequal()]), _global(), _rigidity()]


def _local() -> list[Claim]:
    k, mu, _ = exceptional_points(local, _PAIRS)
    true, printed = np.asarray(_PAIRS.exceptional), exceptional_coupling(_PAIRS.frequency, _PAIRS.strengths)
    apart = np.abs(k / true - 1)
    levels = max(_levels_apart(_row(i, 0.5 * true[i])) for i in range(4))
    matrix = np.asarray(local(_row(2, k[2].real)))
    second = symmetric_square(matrix)
    sizes = [blocks(matrix, mu[2]), *(blocks(second, x) for x in (2 * mu[2], 2 * mu[2].conj(), 2 * mu[2].real))]
    return [
        Claim(
            "EPs of the LME (Eq. 36)",
            "k = w |Delta_h - Delta_c|/2",
            f"Newton's method finds k off by {numbers(apart, 1)} (Fig. 2 at w = 1, 0.01; lambda^2 = (0.01, 0.3), "
            f"Lambda = 2, infinite); closed form of the eigenvalues within {levels:.0e}",
            verdict(bool(apart.max() < 1e-8)),
        ),
        Claim(
            "Eq. 37, k of the EP",
            "w |lambda_h^2 - lambda_c^2|/2",
            f"times Lambda^2/(w^2 + Lambda^2): k is {numbers(k.real / printed - 1, 2)} of it off as printed for these",
            judge(float(np.abs(k / printed - 1).max()), float(apart.max()), 1e-8),
        ),
        Claim(
            "EPs of M_L2 (App. B)",
            "the same line as M_L1; also higher moments",
            f"Jordan blocks {sizes[0]} of M_L1, {sizes[1]}, {sizes[2]}, {sizes[3]} of M_L2 at 2 mu, 2 mu*, 2 Re mu: of "
            "third order there",
            verdict(sizes == [[2], [3], [3], [3, 1]]),
        ),
    ]


def _levels_apart(pair: Pair) -> float:
    """mu = (Delta_h + Delta_c)/4 + s, s^2 = d^2 - w^2 +- sqrt(k^2 - 4 w^2 d^2), d = (Delta_h - Delta_c)/4."""
    hot, cold = (float(pair.delta(bath, pair.frequency)) for bath in (0, 1))
    d, w = (hot - cold) / 4, pair.frequency
    squares = d**2 - w**2 + np.array([1, -1]) * np.emath.sqrt(pair.coupling**2 - 4 * (w * d) ** 2)
    closed = (hot + cold) / 4 + np.array([[1], [-1]]) * np.emath.sqrt(squares)
    found = np.asarray(qt.spectrum(local(pair)))
    return float(np.abs(found[:, None] - closed.ravel()).min(axis=0).max() / w)


def _row(i: int, k: Any) -> Pair:
    """One of the pairs at another coupling."""
    return jax.tree.map(lambda x: x[i], _PAIRS)._replace(coupling=k)


def _partial_redfield() -> Claim:
    k, _, uncertainty = exceptional_points(redfield, _PAIRS)
    true = np.asarray(_PAIRS.exceptional)
    real, apart = np.abs(k.imag) <= 4 * uncertainty, np.abs(k / true - 1)
    closest, gaps = map(np.asarray, _approaches(_PAIRS._replace(coupling=k.real)))
    peaks = condition_numbers(np.stack([np.asarray(redfield(_row(i, closest[i]))) for i in (0, 2)]))
    d = (_STRONG[1] - _STRONG[0]) / 2
    ohmic = abs(k[3] / (d * np.sqrt(1 - d**2 / 4)) - 1)
    return Claim(
        "EPs of the Redfield equation (Fig. 2, Sec. 5.2, App. B)",
        "exactly along the lines of the LME",
        f"at complex k: Im k/Re k = {numbers(np.abs(k.imag / k.real)[[0, 2]], 3)}, Re k/k_LME - 1 = "
        f"{numbers((k.real / true - 1)[:3], 3)} (Fig. 2 at w = 1; 0.01; Lambda = 2), so avoided on the real axis: "
        f"least gap {numbers(gaps[[0, 2]], 2)}, kappa <= {numbers(peaks, 2)}. Real for strictly Ohmic baths, d "
        f"sqrt(w^2 - d^2/4) within {ohmic:.0e}, d = |lambda_h^2 - lambda_c^2|/2",
        verdict(bool(real[:3].all() and apart.max() < 1e-9), bool(apart[:2].max() < 1e-3)),
    )


class _Powers(Pair):
    """J_h ~ w^0.5 and J_c ~ w^2."""

    def delta(self, bath: int, frequency: Any) -> Any:
        """See `Pair`."""
        return -self.strengths[bath] * frequency ** (-0.5, 1.0)[bath]


def _unequal() -> Claim:
    """What equal densities cannot have: a real point, but at two parameters."""
    found = qt.find_exceptional_point(lambda free: redfield(_Powers(1.0, free[0], (free[1], 0.1))), (0.05, 0.2))
    k, strength = map(float, found.parameters)
    apart = abs(np.subtract(*_sums(_Powers(1.0, k, (strength, 0.1)))))
    other = complex(qt.find_exceptional_point(lambda x: redfield(_Powers(1.0, x, (0.25, 0.1))), 0.07).parameters)
    return Claim(
        "Form of the spectral density (Sec. 3)",
        "plays no active role",
        f"it decides whether the EP of the Redfield equation is real: k = {other:.6f} for J_h = 0.25 w^0.5, J_c = 0.1 "
        f"w^2, w = 1, and real k = {k:.8f} at J_h = {strength:.8f} w^0.5, where the sums of J(Omega_j)/Omega_j over "
        f"the baths agree within {apart:.0e}",
        verdict(abs(other.imag) < 1e-9),
    )


def _sums(pair: Pair) -> tuple[float, float]:
    """sum of J_a(Omega_j)/Omega_j over the baths, for j = 1, 2."""
    first, last = (-float(pair.delta(0, w) + pair.delta(1, w)) for w in pair.modes)
    return first, last


def _global() -> Claim:
    w, k = np.meshgrid(np.linspace(0.4, 2.0, 8), np.linspace(1e-6, 1.2e-4, 8))
    kappa = condition_numbers(drifts(secular, w, k))
    modes = np.stack([np.ones_like(w), np.sqrt(w**2 + k), np.sqrt(w**2 - k)])
    apart = float(np.abs(kappa / (modes.max(axis=0) / modes.min(axis=0)) - 1).max())
    soft = np.asarray(secular(Pair(1.0, 1.0, _STRONG, np.inf)))
    sizes = blocks(soft, -sum(_STRONG) / 4)
    return Claim(
        "EPs of the GME (Fig. 2, App. B)",
        "none",
        f"kappa is the ratio of the largest to the least of 1, Omega_1, Omega_2, within {apart:.0e} on the grid of "
        f"Fig. 2, so finite for |k| < w^2; at k = w^2 a mode becomes free, with a Jordan block {sizes}",
        verdict(apart < 1e-9 and sizes == [2]),
    )


def _rigidity() -> Claim:
    k = exceptional_coupling()
    shares = np.array([0.5, 0.95, 1.05, 2.0])
    near = drifts(local, 1.0, shares * k)
    s = np.minimum(shares, 1 / shares)
    phi, kappa = phase_rigidities(near).mean(axis=1), condition_numbers(near)
    apart = max(np.abs(phi / np.sqrt(1 - s**2) - 1).max(), np.abs(kappa / np.sqrt((1 + s) / (1 - s)) - 1).max())
    couplings = np.array([k, 1e-3, 9e-3])
    below = 1 - phase_rigidities(drifts(secular, 1.0, couplings)).min(axis=1)
    return Claim(
        "Phase rigidity (Fig. 3b, footnote a)",
        "GME: below 1 by ~1e-5",
        f"1 - phi_G = {numbers(below, 3)} at k = {numbers(couplings, 2)}, as k^2/8; LME: sqrt(1 - s^2), kappa = "
        f"sqrt((1 + s)/(1 - s)), s = k/k_EP or its inverse, within {apart:.0e}; {phi[2]:.3f} and {kappa[2]:.3f} at "
        "1.05 k_EP",
        verdict(bool(3e-6 < below[0] < 3e-5)),
    )
