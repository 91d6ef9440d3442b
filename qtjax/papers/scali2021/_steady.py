"""Claims of Scali et al. 2021 about steady heat currents, and how far the equations are valid."""

from typing import Any

import numpy as np

from .._report import Claim, numbers, verdict
from ._comparison import descriptions, moments, row, solve
from ._operators import OMEGA
from ._systems import STRENGTHS, TEMPERATURES, exceptional_coupling

_OHMIC = 1e9  # a cut-off that no frequency feels


def hot_currents(name: str, *columns: Any) -> np.ndarray:
    """The steady Q_h for columns (k, w_h, w_c, lambda_h^2, lambda_c^2, T_h, T_c, Lambda)."""
    return solve(name, row, *columns).currents[:, 0]


def _fig3(name: str, k: np.ndarray) -> np.ndarray:
    return hot_currents(name, k, 1.0, 1.0, *STRENGTHS, *TEMPERATURES, 1e3)


def steady_states(quick: bool) -> list[Claim]:
    """Fig. 3a, the second law, and the comparison of the equations."""
    found = [_agreement(), *_reversals(quick), _small_coupling(), _positivity(quick)]
    return found if quick else [*found, _accuracy()]


def _agreement() -> Claim:
    k_ep = exceptional_coupling()
    k = np.array([k_ep, 1e-5, 1e-6, 1e-8, 1e-9])
    excess = _fig3("global", k) / _fig3("local", k) - 1
    closed = STRENGTHS[0] * STRENGTHS[1] / k**2
    apart = float(np.abs(excess / closed - 1).max())
    return Claim(
        "GME steady currents (Secs. 5.2, 5.4)",
        "correct except for k <~ 0.1 lambda_h^2 = 1e-9",
        f"Q_G/Q_L - 1 = {numbers(excess, 3)} at k = {numbers(k, 3)}: w^2 lambda_h^2 lambda_c^2/k^2 within {apart:.0e}, "
        "so the fringe is 0.1 lambda_c^2 = 1e-5",
        verdict(bool(excess[3] < 0.05), bool(excess[1] < 0.05)),
    )


def _reversals(quick: bool) -> list[Claim]:
    k, at_hot, at_cold, t_hot, t_cold = np.transpose(
        [[0.1, 0.01, 0.1, 1.0, 1.0], [0.3, 0.01, 0.1, 1.0, 0.999], [0.14, 0.02, 0.3, 0.15, 0.05]]
    )
    cutoff = np.array([_OHMIC, _OHMIC, 10.0])
    rows = (k, 1.0, 1.0, at_hot, at_cold, t_hot, t_cold, cutoff)
    local, partial = hot_currents("local", *rows), hot_currents("partial Redfield", *rows)
    random = np.random.default_rng(27)
    count = 96 if quick else 192
    hot = random.uniform(1, 3, count)
    t_hot, t_cold = (random.uniform(0.2, 2, count) for _ in range(2))
    inside = (1 / t_cold < hot / t_hot) & (t_cold < t_hot)
    strength = np.exp(random.uniform(np.log(1e-4), np.log(1e-1), (2, count)))
    coupling = np.exp(random.uniform(np.log(1e-4), np.log(0.3), count))
    drawn = hot_currents("local", coupling, hot, 1.0, *strength, t_hot, t_cold, _OHMIC)
    cold, stronger = drawn[inside] < 0, strength[0, inside] > strength[1, inside]
    edge = np.array([0.4, 0.49, 0.499])
    beyond = hot_currents("local", 1e-3, 2.0, 1.0, 1e-3, 1e-3, 1.0, edge, _OHMIC)
    return [
        Claim(
            "Resonant LME (Sec. 5.1)",
            "no cold-to-hot currents",
            f"Q_h = {local[0]:.4g} at equal T = 1 (k = 0.1, lambda^2 = (0.01, 0.1)), {local[1]:.2g} for T_h - T_c = "
            f"1e-3 (k = 0.3), {local[2]:.2g} at T = (0.15, 0.05) (k = 0.14, lambda^2 = (0.02, 0.3)); partial Redfield "
            f"{numbers(partial, 2)}: true for the coupling of footnote 1, which does make a difference",
            verdict(bool(local.min() >= 0)),
        ),
        Claim(
            "LME, w_c/T_c < w_h/T_h (Sec. 2.2)",
            "invariably cold-to-hot",
            f"Q_h < 0 in {cold[~stronger].sum()} of {(~stronger).sum()} such random pairs with lambda_h < lambda_c, "
            f"{cold[stronger].sum()} of {stronger.sum()} others; it does not stop at the threshold T_c = 0.5 of w = "
            f"(2, 1), T_h = 1, k = lambda^2 = 1e-3: {numbers(beyond, 2)} at T_c = {numbers(edge, 3)}",
            verdict(bool(cold.all()), bool(cold.mean() > 0.9)),
        ),
    ]


def _small_coupling() -> Claim:
    k = np.array([0.1, 1e-2, 1e-3])
    pairs = [row(x, 1.0, 1.0, 0.01, 0.1, 1.0, 0.5, 20.0) for x in k]
    found = {
        name: np.stack([moments(name, pair)[0] for pair in pairs]) for name in ("local", "partial Redfield", "global")
    }
    apart = {name: np.linalg.norm(found[name] - found["local"], ord=2, axis=(1, 2)) for name in found}
    slope = apart["partial Redfield"] / k / 0.1
    return Claim(
        "LME as a limit (Secs. 2.3, 5.3)",
        "accurate within k lambda^2; of the Redfield equation, not of the GME",
        f"|M_R - M_L|/(k lambda_c^2) = {numbers(slope, 4)} at k = {numbers(k, 1)} (lambda^2 = (0.01, 0.1)), |M_G - "
        f"M_L| = {numbers(apart['global'], 3)}",
        verdict(bool(abs(slope[1] / slope[2] - 1) < 0.01 and apart["global"][-1] > 0.9 * apart["global"][0])),
    )


def _positivity(quick: bool) -> Claim:
    """The least eigenvalue of D + i (A Omega + Omega A^T)/2, and the uncertainty relation in steady states."""
    count = 32 if quick else 128
    random = np.random.default_rng(45)
    strength = np.exp(random.uniform(np.log(1e-2), np.log(0.5), (2, count)))
    coupling, (t_hot, t_cold) = random.uniform(0.05, 0.8, count), random.uniform(0.02, 0.3, (2, count))
    columns = np.broadcast_arrays(coupling, 1.0, 1.0, *strength, t_hot, t_cold, 10.0)
    least, violated = {}, {}
    for name in ("local", "global", "partial Redfield"):
        each = [moments(name, row(*parameters)) for parameters in zip(*columns, strict=True)]
        drift, diffusion = (np.stack([moment[i] for moment in each]) for i in (0, 1))
        flow = drift @ OMEGA
        states = solve(name, row, *columns).covariance
        least[name] = float(np.linalg.eigvalsh(diffusion + 0.5j * (flow - np.swapaxes(flow, 1, 2)))[:, 0].min())
        violated[name] = float(np.linalg.eigvalsh(states + 0.5j * OMEGA)[:, 0].min())
    return Claim(
        "Complete positivity (Sec. 5.3)",
        "may fail under Redfield, not under LME and GME",
        f"least eigenvalue of D + i(A Omega + Omega A^T)/2 in {count} random pairs: {numbers(least.values(), 2)} for "
        f"LME, GME, Redfield; of sigma + i Omega/2 in their steady states: {numbers(violated.values(), 2)}",
        verdict(least["partial Redfield"] < -1e-6 and min(least["local"], least["global"]) > -1e-14),
    )


def _accuracy() -> Claim:
    k = np.array([0.1, 0.5])
    found = {name: solve(name, row, k, 1.0, 1.0, 0.01, 0.01, 1.0, 0.5, 20.0) for name in descriptions()}
    error = {name: np.abs(x.currents[:, 0] / found["exact"].currents[:, 0] - 1) for name, x in found.items()}
    states = [found[name].covariance[1] for name in ("local", "exact")]
    state = np.linalg.norm(states[0] - states[1]) / np.linalg.norm(states[1])
    better = error["partial Redfield"] < error["global"]
    return Claim(
        "Redfield and GME (Sec. 5.3)",
        "Redfield always more accurate",
        f"steady Q_h off the exact one by {numbers(error['partial Redfield'], 1)} (Redfield), "
        f"{numbers(error['global'], 1)} (GME), {numbers(error['local'], 1)} (LME, its state by {state:.0%}) at k = "
        f"{numbers(k)} (lambda^2 = 0.01, Lambda = 20, T = (1, 0.5))",
        verdict(bool(better.all()), bool(better.any())),
    )
