"""Claims of Levy and Kosloff 2014 that the exact currents of two-level nodes decide.

Exact is `qt.HierarchicalEquations`: sigma_x couplings with their counter-rotating terms, Lamb shifts and all orders of
kappa. It needs baths that end, so local and global currents here are of the same `ended_two_levels`.
"""

import numpy as np

import qtjax as qt

from .._curves import steady
from .._report import Claim, numbers, verdict
from ._comparison import hot_current, production, solve
from ._formulas import Pair
from ._systems import CUTOFF, ended_two_levels, fig2, fig3, fig4, two_levels

_KAPPA = 1e-7  # of Figs. 2 and 4
_NAMES = ("exact", "global", "local")


def two_levels_exactly(quick: bool) -> list[Claim]:
    """Figs. 2 and 3, and the resonance of Sec. IV, for two-level nodes."""
    return [_second_law(quick), _couplings(quick), _damping(quick), *_resonance(quick)]


def _second_law(quick: bool) -> Claim:
    random = np.random.default_rng(1824)
    count = 32 if quick else 128
    hot = random.uniform(10.5, 24.0, count)
    w = random.uniform(0.525 * hot, 15.0)  # w_h/T_h > w_c/T_c = 1/2, but for the border
    found = {n: solve(n, lambda x, y: fig2(x, y, ended_two_levels), w, hot).currents for n in _NAMES}
    broken = int(np.sum(production(found["local"], hot, 10.0) < 0))
    least = float(production(found["exact"], hot, 10.0).min())
    flow = found["exact"][:, 0]
    balance = np.abs(found["exact"].sum(axis=1) / flow).max()
    off = np.abs(found["global"][:, 0] / flow - 1).max()
    return Claim(
        "Two-level nodes, exact: second law (Sec. III, Fig. 2)",
        "the violation is the local approach's, not the system's",
        f"of {count} points with w_h/T_h > w_c/T_c, T_h > T_c the local J_h runs from cold to hot at {broken}, the "
        f"exact one at {int(np.sum(flow < 0))} (production >= {least:.1e}, J_h + J_c = 0 within {balance:.0e} J_h); "
        f"global J_h off by <= {off:.0e}",
        verdict(broken == count and least > 0 and balance < 1e-3),
    )


def _couplings(quick: bool) -> Claim:
    eps = np.geomspace(1e-3, 5.0, 32 if quick else 64)
    found = {n: hot_current(n, lambda x: fig3(x, ended_two_levels), eps) for n in _NAMES}
    at = {n: hot_current(n, lambda x: fig3(x, ended_two_levels), np.array([0.1, 1.0, 5.0])) for n in _NAMES}
    cubic = {n: hot_current(n, lambda x: fig3(x, two_levels), eps) for n in ("global", "local")}
    moved = {n: 100 * float(np.abs(found[n] / cubic[n] - 1).max()) for n in cubic}
    lower = 100 * (1 - _ended(np.array([5.0, 10.0])))
    return Claim(
        "Two-level nodes, exact: couplings (Fig. 3)",
        "heat flows from hot to cold, not as the local equation has it",
        "; ".join(f"{n} {numbers(values, 4)}" for n, values in at.items())
        + f" at eps = 0.1, 1, 5; one sign each at {eps.size} eps from 1e-3 to 5. All with J/(1 + (w/{CUTOFF:g})^4), "
        f"lower than that of Eq. 15 by {numbers(lower, 2)} % at w = 5, 10, which moves J_h by <= "
        f"{moved['global']:.2g} % (global), {moved['local']:.2g} % (local)",
        verdict(bool(np.all(found["exact"] > 0) and np.all(found["global"] > 0) and np.all(found["local"] < 0))),
    )


def _ended(frequency: np.ndarray) -> np.ndarray:
    """J of the ended bath relative to that of Eq. 15."""
    ended, cubic = (build(0.1).baths[0].spectral_density(frequency) for build in (ended_two_levels, two_levels))
    return np.asarray(ended) / np.asarray(cubic)


def _damping(quick: bool) -> Claim:
    kappa = np.array([1e-4, 1e-5, 1e-6])
    columns = (0.1, 10.0, 5.0, 12.0, 10.0)
    found = {n: hot_current(n, ended_two_levels, *columns, kappa) for n in ("exact", "global")}
    off = found["global"] / found["exact"] - 1
    strong = {n: hot_current(n, lambda x: fig3(x, ended_two_levels), np.array([1.0, 5.0])) for n in found}
    nearer = {n: hot_current(n, lambda k: two_levels(*columns, k, cutoff=CUTOFF / 2), 1e-4)[0] for n in found}
    text = (
        f"J_h off by {numbers(100 * off, 2)} % at kappa = {numbers(kappa)}, eps = 0.1; by "
        f"{numbers(100 * (strong['global'] / strong['exact'] - 1), 2)} % at eps = 1, 5, kappa = 1e-4; by "
        f"{100 * (nearer['global'] / nearer['exact'] - 1):.2g} % with the cut-off at {CUTOFF / 2:g}"
    )
    if not quick:
        deeper = steady(qt.HierarchicalEquations(depth=4, pade_terms=4), ended_two_levels, *columns, 1e-4).currents[0]
        text += f". A hierarchy deeper by one and of one pole more: {abs(deeper[0] / found['exact'][0] - 1):.0e}"
    return Claim(
        "Two-level nodes, exact: damping (Fig. 3)",
        "the exact global approach",
        text,
        verdict(bool(np.abs(off).max() < 1e-3), bool(np.abs(off).max() < 0.1 and np.abs(off[-1]) < 1e-3)),
    )


def _resonance(quick: bool) -> list[Claim]:
    eps = np.array([1.0, 10.0, 1e2, 1e3, 1e4]) * _KAPPA
    build = lambda x: fig4(5.0, x, ended_two_levels)  # noqa: E731
    found = {n: hot_current(n, build, eps) for n in (*_NAMES, "partial Redfield")}
    ratio = {n: found[n] / found["exact"] for n in found}
    text = f"two-level J_h is off by <= {np.abs(ratio['local'] - 1).max():.1%}, mostly the Lamb shifts left out, which "
    text += "detune the nodes as T_h > T_c"
    if not quick:
        shifted = steady(qt.local_master_equation(lamb_shift=True), build, eps).currents[:, 0]
        text += f": with them by <= {np.abs(shifted / found['exact'] - 1).max():.0e}"
    width = Pair(0.0, strength=_KAPPA).widths((5.0, 5.0), 1)[0]
    return [
        Claim(
            "Two-level nodes, exact: breakdown on resonance (Sec. IV)",
            "of the global equation, at eps < kappa",
            f"at eps < G = kappa w^3 coth(w/2T) = {width / _KAPPA:.0f} kappa: global J_h is "
            f"{numbers(ratio['global'], 4)} x the exact one at eps/kappa = {numbers(eps / _KAPPA)}",
            verdict(bool(np.all(np.abs(ratio["global"][eps > 2 * _KAPPA] - 1) < 0.1))),
        ),
        Claim(
            "Two-level nodes, exact: local currents on resonance (Secs. I, IV)",
            "the local equation is not valid for energy fluxes",
            text,
            verdict(bool(np.abs(ratio["local"] - 1).min() > 0.1)),
        ),
    ]
