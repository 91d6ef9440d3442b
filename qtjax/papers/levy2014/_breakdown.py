"""Claims of Levy and Kosloff 2014 about where the global equation breaks down, and what is right there."""

import numpy as np

import qtjax as qt

from .._curves import steady
from .._report import Claim, numbers, verdict
from ._comparison import TOLERANCE, exact_current, hot_current
from ._formulas import Pair
from ._systems import fig4

_KAPPA = 1e-7
_WIDTH = _KAPPA * 5.0**3  # G = kappa w^3 at w = 5: of both baths, as T does not enter it


def breakdown(quick: bool) -> list[Claim]:
    """End of Sec. IV: resonance, and which description is right there."""
    return [_scale(), _detuned(), _tolerance(), *_resonance(quick)]


def _rule(detuning: np.ndarray | float, eps: np.ndarray) -> np.ndarray:
    """Global/local at one G for both baths: the secular approximation adds G^2 to D^2 + 4 eps^2."""
    return 1 + _WIDTH**2 / (detuning**2 + 4 * eps**2)


def _scale() -> Claim:
    eps = np.array([1.0, 5.0, 62.5, 1e3, 1e4]) * _KAPPA
    true = np.array([exact_current(Pair(e, 5.0, strength=_KAPPA)) for e in eps])
    ratio = hot_current("global", fig4, 5.0, eps) / true
    apart = np.abs((ratio - 1) / (_rule(0.0, eps) - 1) - 1).max()
    return Claim(
        "Breakdown of the global equation on resonance (Sec. IV)",
        "eps < kappa",
        f"eps < G = kappa w^3 = {_WIDTH / _KAPPA:g} kappa: J_h is {numbers(ratio, 5)} x the exact one at eps/kappa = "
        f"{numbers(eps / _KAPPA)}; 1 + G^2/4 eps^2 within {apart:.0e}",
        verdict(bool(np.all(np.abs(ratio[eps > 2 * _KAPPA] - 1) < 0.1))),
    )


def _detuned() -> Claim:
    detuning = np.array([0.5, 1.0, 8.0, 100.0]) * _WIDTH
    eps = 1e-3 * _WIDTH
    true = np.array([exact_current(Pair(eps, 5.0 + d, strength=_KAPPA)) for d in detuning])
    ratio = hot_current("global", fig4, 5.0 + detuning, eps) / true
    apart = np.abs(ratio / _rule(detuning, np.full(4, eps)) - 1).max()
    return Claim(
        "Breakdown only at w_h = w_c (Sec. IV)",
        "the only domain is resonance",
        f"also near it, abs(D) <~ G: J_h is {numbers(ratio, 4)} x the exact one at D/G = "
        f"{numbers(detuning / _WIDTH)}, eps = 1e-3 G; 1 + G^2/(D^2 + 4 eps^2) within {apart:.0e}",
        verdict(bool(np.abs(ratio - 1).max() < 0.1)),
    )


def _tolerance() -> Claim:
    eps = 1e-6
    true = exact_current(Pair(eps, 5.0, strength=_KAPPA))
    summed = steady(qt.global_master_equation(tolerance=1e-4), fig4, 5.0, eps).currents[0, 0]
    apart = hot_current("global", fig4, 5.0, eps)[0]
    return Claim(
        "Secular approximation on resonance (Sec. IV)",
        "unjustified: w_+ and w_- are not well separated",
        f"eps = 1e-6, kappa = 1e-7: J_h = {apart:.5g} with w_+ and w_- apart (tolerance {TOLERANCE:g}), {summed:.5g} "
        f"with both in one channel (tolerance 1e-4), {true:.5g} exact",
        verdict(abs(apart / true - 1) > 0.1 and abs(summed / true - 1) < 1e-3),
    )


def _resonance(quick: bool) -> list[Claim]:
    eps = np.geomspace(1e-8, 1e-3, 6 if quick else 11)
    true = np.array([exact_current(Pair(e, 5.0, strength=_KAPPA)) for e in eps])
    on = {n: np.abs(hot_current(n, fig4, 5.0, eps) / true - 1) for n in ("local", "global", "partial Redfield")}
    w = np.array([2.0, 4.0, 4.99, 5.01, 6.5, 10.0])
    far = np.array([exact_current(Pair(1e-3, x, strength=_KAPPA)) for x in w])
    off = {n: np.abs(hot_current(n, fig4, w) / far - 1) for n in ("local", "partial Redfield")}
    return [
        Claim(
            "Local equation, currents (Secs. I, IV)",
            "valid for local observables, not for energy fluxes",
            f"on resonance its J_h is right and the global one is not: off by <= {on['local'].max():.0e} (local), <= "
            f"{on['global'].max():.1e} (global), 1e-8 < eps < 1e-3, kappa = 1e-7; off resonance the local one is "
            f"off by {numbers(off['local'], 2)} at w_h = {numbers(w)}",
            verdict(bool(on["local"].min() > 1e-2), bool(off["local"].max() > 0.1)),
        ),
        Claim(
            "Which completely positive equation is needed (Sec. IV)",
            "the microscopic global one",
            "no secular approximation is right everywhere; partial Redfield (no Lamb shift) is off by <= "
            f"{on['partial Redfield'].max():.0e} on resonance, <= {off['partial Redfield'].max():.0e} at the w_h above",
            verdict(bool(on["global"].max() < 1e-2), bool(off["partial Redfield"].max() < 1e-3)),
        ),
    ]
