"""Eqs. 5, 23 and Appendices A, C and D of Scali et al. 2021 as printed, and corrected, against qtjax."""

import numpy as np

import qtjax as qt

from .._report import Claim, verdict
from ._comparison import Detuned, Example, judge, moments, off
from ._matrices import Pair, detuned, secular
from ._operators import OMEGA, channels
from ._second_moments import rates


def appendix_errata(quick: bool) -> list[Claim]:
    """The derivation, the phase rigidity, and what happens out of resonance."""
    del quick
    return [*_pairs(), _line_one(), _normal(), *_out_of_resonance()]


def _form(system: qt.OpenSystem) -> np.ndarray:
    assert isinstance(system.hamiltonian, qt.OscillatorNetwork)
    return np.asarray(system.hamiltonian.form)


def _damping(name: str, example: Example) -> np.ndarray:
    return moments(name, example.system)[0] - OMEGA @ _form(example.system)


def _pairs() -> list[Claim]:
    """Eqs. 5, A.15 and D.3: which pairs, and in which order."""
    apart = []
    for example in (Example(), Detuned()):
        found, true = channels(example.system), _damping("partial Redfield", example)
        apart.append([off(found.drift(found.pairs(kept)), true) for kept in (_opposite, _same)])
    found = channels(Example().system)
    growth = found.growth(found.pairs(_same))
    wrong, right = np.max(apart, axis=0).tolist()
    return [
        Claim(
            "Eq. 5, R^dagger",
            "w_i w_j < 0, - A_j A_i^dagger O",
            f"w_i w_j > 0, - A_i^dagger A_j O: damping off by {apart[0][0]:.2g} with the printed pairs, all "
            f"counter-rotating (x is amplified), {apart[0][1]:.0e} so; these pairs in the printed order have "
            f"R^dagger(1) = {growth:.3g}",
            judge(min(apart[0][0], abs(growth)), apart[0][1]),
        ),
        Claim(
            "Eq. A.15 and above, (A.16)",
            "w w' < 0 kept, w w' > 0 dropped",
            f"w w' > 0 kept, as A_w'^dagger A_w turns at w' - w: off by {wrong:.2g} as printed, {right:.0e} so; the "
            "condition fits line 1 of Eq. A.13, which has no daggers",
            judge(wrong, right),
        ),
        Claim(
            "Eqs. D.2, D.3",
            "out of resonance",
            f"damping off by {apart[1][1]:.0e}, Omega_1,2 by {_frequencies():.0e} (w = (1.2, 0.9))",
            judge(max(apart[1][1], _frequencies()), 0.0),
        ),
    ]


def _same(products: np.ndarray) -> np.ndarray:
    return products > 0


def _opposite(products: np.ndarray) -> np.ndarray:
    return products < 0


def _frequencies() -> float:
    """Eq. D.2."""
    example = Detuned()
    root = np.hypot(2 * example.coupling, example.hot**2 - example.frequency**2)
    squares = (example.hot**2 + example.frequency**2 + np.array([-root, root])) / 2
    return off(np.sqrt(squares), channels(example.system).frequencies[:2])


def _line_one() -> Claim:
    """Line 1 of Eq. A.13: all pairs of A_w and A_w' = A_-w'^dagger, with the rate of A_w."""
    found = channels(Example().system)
    growth = found.growth(np.broadcast_to(found.rates[:, None, :], (2, 4, 4)))
    apart = off(found.drift(found.pairs(_same)), _damping("partial Redfield", Example()))
    return Claim(
        "Eq. A.13, line 1",
        "A_w A_w' rho",
        f"A_w' A_w rho, as in line 2: in the printed order the trace changes by {growth:.3g} per time; the pairs of "
        f"line 2 that do not turn fast are off by {apart:.0e} of the partial Redfield equation",
        judge(abs(growth), apart),
    )


def _normal() -> Claim:
    """The phase rigidities of a normal matrix are 1; normal or not depends on the units of x and p."""
    pair = Pair(0.01, 5.25e-7)
    drift = np.asarray(secular(pair))
    levels, vectors = np.linalg.eigh([[pair.frequency**2, pair.coupling], [pair.coupling, pair.frequency**2]])
    stretch = np.kron(vectors * np.sqrt(levels) @ vectors.T, np.diag([1.0, 0.0])) + np.kron(np.eye(2), np.diag([0, 1]))
    scaled = stretch @ drift @ np.linalg.inv(stretch)
    normal = off(scaled @ scaled.T, scaled.T @ scaled)
    hermitian = off(scaled, scaled.T)
    kappa = [float(qt.eigenvector_condition_number(m)) for m in (drift, scaled)]
    return Claim(
        "Eq. 23, footnote a",
        "(v|v) = 1 only if M is Hermitian",
        f"for every normal M, and units matter: M_G1 at w = 0.01 has kappa = {kappa[0]:.5g} in (x, p), and "
        f"{kappa[1]:.6g} in (sqrt(V) x, p), where it is normal ({normal:.0e}) and not Hermitian ({hermitian:.2g})",
        verdict(abs(kappa[1] - 1) > 1e-9),
    )


def _out_of_resonance() -> list[Claim]:
    hot, cold, k, deltas = 1.2, 0.9, 0.3, (-0.05, -0.4)
    found = np.linalg.eigvals(np.asarray(detuned(hot, cold, k, *deltas)))
    apart, whole = deltas[0] - deltas[1], 1j * (hot + cold)
    root = np.emath.sqrt(
        apart**2 - 4 * (hot - cold) ** 2 - 4 * k**2 / (hot * cold) - 4 * apart * (hot**2 - cold**2) / whole
    )
    printed = (sum(deltas) + 2 * whole + np.array([1, -1]) * root) / 4
    nearest = found[np.argmin(np.abs(found[:, None] - printed), axis=0)]
    example = Detuned()
    (d_hot, _), (d_cold, _) = (
        rates(bath, w) for bath, w in zip(example.system.baths, (example.hot, example.frequency), strict=True)
    )
    matrix = detuned(example.hot, example.frequency, example.coupling, d_hot, d_cold)
    same = off(matrix, moments("local", example.system)[0])
    mixing = [_mixed(hot, 0.8, k, *turn) for turn in ((0, 1), (1, 0))]
    return [
        Claim(
            "Eqs. C.1, C.2",
            "M_L1 out of resonance",
            f"off by {same:.0e} (w = (1.2, 0.9))",
            judge(same, same),
        ),
        Claim(
            "Eq. C.3",
            "exact eigenvalues",
            f"of the rotating-wave approximation: {printed[0]:.5f} as printed, {nearest[0]:.5f} solved (w = (1.2, "
            "0.9), Delta = (-0.05, -0.4), k = 0.3)",
            "erratum" if off(printed, nearest) > 1e-10 else "confirmed",
        ),
        Claim(
            "Eq. D.1, P",
            "sin in its diagonal, cos beside",
            f"cos and sin interchanged, for k > 0: P^T V P is {mixing[0]:.2g} off diag(Omega^2) as printed, "
            f"{mixing[1]:.0e} so (w = (1.2, 0.8), k = 0.3)",
            judge(mixing[0], mixing[1]),
        ),
        _limits(),
    ]


def _mixed(hot: float, cold: float, k: float, *order: int) -> float:
    """How far P^T V P is from diag(Omega_1^2, Omega_2^2)."""
    delta = hot**2 - cold**2
    root = np.hypot(2 * k, delta)
    zeta = np.arccos(np.sqrt((delta + root) / (2 * root)))
    a, b = (np.array([np.sin(zeta), np.cos(zeta)])[i] for i in order)
    p = np.array([[a, b], [b, -a]])
    modal = p.T @ np.array([[hot**2, k], [k, cold**2]]) @ p
    return float(np.abs(modal - np.diag((hot**2 + cold**2 + np.array([root, -root])) / 2)).max())


def _limits() -> Claim:
    """Omega_1 at k = 0, from D.2."""
    firsts = [np.sqrt((hot**2 + cold**2 + abs(hot**2 - cold**2)) / 2) for hot, cold in ((1.2, 0.8), (0.8, 1.2))]
    return Claim(
        "Omega_1 at k = 0 (App. D)",
        "w_h",
        f"the larger of the two (D.2): {firsts[0]:.2g} for w = (1.2, 0.8), {firsts[1]:.2g} for w = (0.8, 1.2)",
        verdict(abs(firsts[1] - 0.8) < 1e-9, abs(firsts[0] - 1.2) < 1e-9),
    )
