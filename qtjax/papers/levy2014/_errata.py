"""Formulas of Levy and Kosloff 2014 as printed, and corrected where they fail, against what qtjax solves."""

from typing import Any

import numpy as np

from .._report import Claim, Verdict, numbers, verdict
from ._comparison import Moments, dissipators, hot_current, moments, solve
from ._formulas import Pair, appendix_a, bose, eq13, local_current, modes, width
from ._systems import MEDIA, fig3, fig4, oscillators

_DELTA = {"oscillators": -1, "two-level nodes": 1}


def _off(formula: Any, true: Any) -> float:
    """The largest relative deviation."""
    return float(np.max(np.abs(np.asarray(formula) / true - 1)))


def _judge(printed: float, corrected: float = np.inf, tolerance: float = 1e-6) -> Verdict:
    """confirmed where the printed formula is within tolerance; erratum where only the corrected one is."""
    if printed <= tolerance:
        return "confirmed"
    return "erratum" if corrected <= tolerance else "not confirmed"


def errata(quick: bool) -> list[Claim]:
    """Printed formulas against the solution; each is evaluated as printed and corrected."""
    return [_eq13(quick), _appendix_a(quick), _eq8(), _appendix_b(), _appendix_c(), _eq14(), _uncoupled()]


def _random(quick: bool, delta: int) -> tuple[np.ndarray, ...]:
    """Columns of `Pair` with w_- > 0 where delta = -1; temperatures high enough for e^{beta w} as printed."""
    random, count = np.random.default_rng(1979), 32 if quick else 192
    w_h, w_c = random.uniform(1, 12, (2, count))
    eps = random.uniform(0.02, 0.95 if delta == -1 else 2.0, count) * np.sqrt(w_h * w_c)
    hot, cold = random.uniform(1, 20, (2, count))
    return eps, w_h, w_c, hot, cold, np.exp(random.uniform(np.log(1e-5), np.log(1e-3), count))


def _eq13(quick: bool) -> Claim:
    eps = np.array([0.5, 3.0])
    true, pair = hot_current("global", fig3, eps), Pair(eps)
    printed, corrected = eq13(pair, corrected=False) / true - 1, eq13(pair, corrected=True)
    columns = _random(quick, -1)
    solved = hot_current("global", oscillators, *columns)
    anywhere = [_off(eq13(Pair(*columns), corrected=c), solved) for c in (False, True)]
    return Claim(
        "Eq. 13, first line",
        "e^(beta_c w_+) in the denominator",
        f"off by {numbers(printed, 2)} at eps = {numbers(eps)} of Fig. 3 as printed, {_off(corrected, true):.0e} with "
        f"e^(beta_c w_-); in {columns[0].size} random networks {anywhere[0]:.0%} and {anywhere[1]:.0e}",
        _judge(max(abs(printed)), max(_off(corrected, true), anywhere[1])),
    )


def _appendix_a(quick: bool) -> Claim:
    off, simple = [], []
    for medium, delta in _DELTA.items():
        columns = _random(quick, delta)
        true = hot_current("local", MEDIA[medium], *columns)
        off.append(_off(appendix_a(Pair(*columns), delta), true))
        simple.append(_off(local_current(Pair(*columns), delta), true))
    return Claim(
        "Eq. 9 and Appendix A, J_h of the local equation",
        "the closed form, F > 0",
        f"off by {numbers(off, 1)} in {columns[0].size} random networks each (oscillators, two-level); it is (N_h - "
        "N_c)/(1/k + 1/G_h + 1/G_c) x (w_h G_c + w_c G_h)/(G_h + G_c), k = 4 eps^2 G/(G^2 + 4 D^2): "
        f"{numbers(simple, 1)}",
        _judge(max(off)),
    )


def _eq8() -> Claim:
    off = []
    for medium, delta in _DELTA.items():
        pair = Pair(1.0)
        (g_h, g_c), eps, detuning = pair.widths(pair.frequencies, delta), pair.coupling, 5.0
        mean = (g_h + g_c) / 2
        matrix = np.array(
            [[-g_h, 0, 0, -eps], [0, -g_c, 0, eps], [0, 0, -mean, detuning], [2 * eps, -2 * eps, -detuning, -mean]]
        )
        n_h, n_c = (bose(w / t, delta) for w, t in zip(pair.frequencies, pair.temperatures, strict=True))
        solution = np.linalg.solve(matrix, [-g_h * n_h, -g_c * n_c, 0, 0])
        found = moments(solve("local", lambda x, m=medium: fig3(x, MEDIA[m]), 1.0).state)
        off.append(_off(solution, np.concatenate(found)))
    return Claim(
        "Eq. 8 (Fig. 3, eps = 1)",
        "four moments, both media",
        f"its steady state is within {numbers(off, 1)} of the solved one (oscillators, two-level)",
        _judge(max(off)),
    )


def _appendix_b() -> Claim:
    """The global dissipator of the hot bath in the local operators: its damping of (x_A, p_A, x_B, p_B)."""
    pair = Pair(1.0)
    (upper, lower), (c2, s2), _ = modes(pair)
    c, s = np.sqrt(c2), np.sqrt(s2)
    plus, minus = (float(width(w, pair.hot, pair.strength, -1)) for w in (upper, lower))  # gamma (1 - e^{-w/T})
    nodes = np.array(
        [
            [plus * c**4 + minus * s**4, plus * c**3 * s - minus * c * s**3],
            [plus * c**3 * s - minus * c * s**3, (plus + minus) * c**2 * s**2],
        ]
    )
    true = dissipators("global", fig3(1.0))[0][0]
    off = float(np.abs(-np.kron(nodes, np.eye(2)) / 2 - true).max() / np.abs(true).max())
    return Claim(
        "Appendix B, global generator in local operators",
        "weights c^4, s^4, c^2 s^2, c^3 s, -c s^3",
        f"the hot bath's drift (Fig. 3, eps = 1) is within {off:.0e} of the solved one",
        _judge(off),
    )


def _appendix_c() -> Claim:
    local, true = moments(solve("local", fig3, 3.0).state), solve("local", fig3, 3.0).covariance[0]
    off = [float(np.abs(_v_local(local) - true).max())]
    pair = Pair(3.0)
    found = modes(pair)
    (c2, s2), populations = found.of_a, []
    for w, a, b in zip(*found, strict=True):
        k_h, k_c = a * width(w, pair.hot, pair.strength, -1), b * width(w, pair.cold, pair.strength, -1)
        populations.append((k_h * bose(w / pair.hot) + k_c * bose(w / pair.cold)) / (k_h + k_c))
    plus, minus = populations
    mixed = (plus - minus) * np.sqrt(c2 * s2)
    nodes = np.array([[plus * c2 + minus * s2 + 0.5, mixed], [mixed, plus * s2 + minus * c2 + 0.5]])
    off.append(float(np.abs(np.kron(nodes, np.eye(2)) - solve("global", fig3, 3.0).covariance[0]).max()))
    return Claim(
        "Appendix C, covariances (Fig. 3, eps = 3)",
        "V_local, V_global",
        f"within {numbers(off, 1)} of the solved ones (local, global), signs of <Y> included",
        _judge(max(off)),
    )


def _v_local(m: Moments) -> np.ndarray:
    n_a, n_b, x, y = (float(value[0]) for value in m)
    corner = np.array([[x, -y], [y, x]]) / 2
    return np.block([[(n_a + 0.5) * np.eye(2), corner], [corner.T, (n_b + 0.5) * np.eye(2)]])


def _eq14() -> Claim:
    """A node at T = 0 decaying into a comb of bath modes, in the space of one quantum."""
    spacing, g, count = 5e-3, 3e-3, 601
    offsets = spacing * (np.arange(count) - count // 2)
    matrix = np.diag(np.concatenate([[0.0], offsets]))
    matrix[0, 1:] = matrix[1:, 0] = g
    energies, vectors = np.linalg.eigh(matrix)
    times = np.array([200.0, 400.0])
    amplitude = np.exp(-1j * np.outer(times, energies)) @ vectors[0] ** 2
    rate = -2 * np.diff(np.log(np.abs(amplitude)))[0] / np.diff(times)[0]
    golden = np.pi * g**2 / spacing
    return Claim(
        "Eq. 14, gamma at T = 0",
        "pi sum_k g_k^2 delta(w_k - W)",
        f"one quantum in a comb of {count} modes decays at {rate / golden:.3f} x this: 2 pi (harmless, as kappa "
        "absorbs it)",
        _judge(abs(golden / rate - 1), abs(2 * golden / rate - 1), 1e-2),
    )


def _uncoupled() -> Claim:
    on = hot_current("global", fig4, 5.0, np.array([1e-8, 0.0]))
    off = [float(np.abs(_gap(10.0, eps)).max()) for eps in (1e-3, 1e-6)]
    return Claim(
        "Eqs. 11, 12 for eps -> 0 (below Eq. 13)",
        "converge to Eqs. 6, 7",
        f"off resonance: drifts and diffusions {numbers(off, 1)} apart at eps = 1e-3, 1e-6 (w = (10, 5), kappa = "
        f"1e-7). On resonance theta = pi/4 for every eps > 0: J_h = {on[0]:.6g} at eps = 1e-8, {on[1]:.1g} at eps = 0",
        verdict(off[1] < 2e-3 * off[0] and abs(on[0]) < 1e-12, off[1] < 2e-3 * off[0]),
    )


def _gap(hot_frequency: float, eps: float) -> np.ndarray:
    """The dissipative parts of the global less those of the local equation, relative to the latter."""
    whole, own = (np.stack(dissipators(name, fig4(hot_frequency, eps))) for name in ("global", "local"))
    return (whole - own) / np.abs(own).max()
