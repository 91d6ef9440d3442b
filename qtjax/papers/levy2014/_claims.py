"""The claims of Levy and Kosloff 2014, each tested by computing it: nothing here is a stored result.

Verdicts are conditions on the computed numbers. "claim" says where in the paper; the wordings are shortened.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

import qtjax as qt

from .._curves import steady
from .._report import Claim, numbers, verdict
from ._breakdown import breakdown
from ._comparison import dissipators, exact_current, hot_current, moments, production, solve
from ._errata import errata
from ._formulas import Pair, bose
from ._states import entanglement, node_correlations
from ._systems import CUTOFF, MEDIA, ended_two_levels, fig2, fig3, fig4, oscillators
from ._transients import transients
from ._two_levels import two_levels_exactly


def _on(figure: Callable[..., qt.OpenSystem], medium: str) -> Callable[..., qt.OpenSystem]:
    return lambda *row: figure(*row, medium=MEDIA[medium])


def second_law(quick: bool) -> list[Claim]:
    """Eqs. 5, 9 and Fig. 2."""
    size = 32 if quick else 80
    w, t = (x.ravel() for x in np.meshgrid(np.linspace(0.25, 20, size), np.linspace(10.05, 40, size)))
    inside = np.abs(w / t - 0.5) > 1e-9  # not on the border itself, where only rounding is left
    produced = {
        (name, medium): production(solve(name, _on(fig2, medium), w, t).currents, t, 10.0)
        for name in ("local", "global")
        for medium in MEDIA
    }
    negative = {medium: (produced["local", medium] < 0)[inside] for medium in MEDIA}
    wrong = sum(int(np.sum(x != (w / t > 0.5)[inside])) for x in negative.values())
    least = [float(produced["global", medium].min()) for medium in MEDIA]
    points = np.array([[10.0, 12.0], [5.0, 12.0], [7.5, 15.0], [4.0, 9.0]])
    flow = solve("local", fig2, *points.T)
    sigma = production(flow.currents, points[:, 1], 10.0)
    equal = {medium: float(hot_current("local", _on(fig2, medium), 10.0, 10.0)[0]) for medium in MEDIA}
    whole = {m: float(hot_current("global", _on(fig2, m), 10.0, 10.0)[0]) for m in MEDIA}
    return [
        Claim(
            "Local equation, w_h/T_h > w_c/T_c (Eq. 9, Fig. 2)",
            "heat flows from cold to hot: negative entropy production",
            f"of the sign of w_c/T_c - w_h/T_h at all but {wrong} of 2 x {inside.sum()} points (w_h in [0.25, 20], T_h "
            f"in [10.05, 40]; oscillators, two-level nodes): negative at {sum(x.sum() for x in negative.values())}. "
            f"Oscillators, (w_h, T_h) = (10, 12): {sigma[0]:.5g}; (5, 12): {sigma[1]:.5g}; on the border (7.5, 15): "
            f"{sigma[2]:.0e}",
            verdict(wrong == 0),
        ),
        Claim(
            "Border of the violation (Fig. 2)",
            "w_h/T_h = w_c/T_c",
            "for T_h > T_c (above); T_h = T_c is a second one: at w_h = 4, T_h = 9, where w_h/T_h < w_c/T_c, "
            f"J_h = {flow.currents[3, 0]:+.3g} and the production is {sigma[3]:+.2g}",
            verdict(sigma[3] > 0 and wrong == 0, wrong == 0),
        ),
        Claim(
            "Local equation, equal temperatures (below Eq. 9)",
            "a steady current flows at T_h = T_c",
            f"w = (10, 5), T = 10: J_h = {numbers(equal.values(), 5)} (oscillators, two-level); global "
            f"{numbers(whole.values(), 1)}",
            verdict(all(equal[m] < 0 and abs(whole[m]) < 1e-4 * abs(equal[m]) for m in MEDIA)),
        ),
        Claim(
            "Global equation, second law (Eq. 13, Sec. IV)",
            "J_h positive for all physical parameters",
            f"production >= {numbers(least, 2)} on the grid of Fig. 2 (oscillators, two-level)",
            verdict(min(least) > 0),
        ),
        _first_law(),
    ]


def _first_law() -> Claim:
    found, system = solve("local", fig3, 0.5), fig3(0.5)
    drifts, diffusions = dissipators("local", system)
    assert isinstance(system.hamiltonian, qt.OscillatorNetwork)
    flow = 2 * drifts @ found.covariance[0] + diffusions
    bare = np.einsum("ij,bji->b", np.asarray(system.hamiltonian.free), flow) / 2
    whole = found.currents[0]
    return Claim(
        "First law, local equation (Eqs. 5, 8)",
        "J_h + J_c = 0, with H_AB in the energy",
        f"Fig. 3, eps = 0.5: J_h = {whole[0]:+.4g}, sum {whole.sum():.0e}; with H_0 only {numbers(bare, 4)}, sum "
        f"{bare.sum():+.3g}",
        verdict(abs(whole.sum()) < 1e-15 < abs(bare.sum())),
    )


def couplings(quick: bool) -> list[Claim]:
    """Fig. 3."""
    count = 64 if quick else 256
    found, ends = {}, {"oscillators": (1e-8, np.sqrt(50) * 0.999), "two-level nodes": (1e-5, 1e2)}
    for medium, (lower, upper) in ends.items():  # a current below 1e-17 x G w is lost in rounding for two levels
        found["local", medium] = hot_current("local", _on(fig3, medium), np.geomspace(lower, 1e3, count))
        found["global", medium] = hot_current("global", _on(fig3, medium), np.geomspace(lower, upper, count))
    at = np.array([0.1, 1.0])
    values = {key: hot_current(key[0], _on(fig3, key[1]), at) for key in found}
    violated = all(np.all(found["local", medium] < 0) for medium in MEDIA)
    obeyed = all(np.all(found["global", medium] > 0) for medium in MEDIA)
    beyond = solve("global", fig3, 7.1).currents
    return [
        Claim(
            "Currents against the coupling (Fig. 3)",
            "local negative, global positive for every eps",
            "; ".join(
                f"{medium}: local {numbers(values['local', medium], 4)}, global {numbers(values['global', medium], 4)}"
                for medium in MEDIA
            )
            + " at eps = 0.1, 1; one sign from eps = 1e-8 (two-level 1e-5) to 1e3 (local), sqrt(w_h w_c) "
            f"(global{'; none beyond' if np.isnan(beyond).all() else ''}) and 100 (global two-level)",
            verdict(violated and obeyed),
        ),
        *_populations(),
    ]


def _populations() -> list[Claim]:
    eps = np.array([1e-3, 0.1, 1.0])
    thermal, cold = (float(bose(x)) for x in (10 / 12, 5 / 10))
    off = {n: moments(solve(n, fig3, eps).state).n_a / thermal - 1 for n in ("local", "global")}
    g_h, g_c = Pair(0.0).widths((10.0, 5.0))
    rule = (cold - thermal) * (eps[:2] / 5) ** 2 * (1 + g_c / g_h) / thermal
    detuning = 1e-4  # eps = 1e-2 sqrt(D) = D: small on the scale of the paper, large on that of the equations
    close = moments(solve("local", fig4, 5 + detuning, 1e-2 * np.sqrt(detuning)).state).n_a[0]
    here, there = float(bose((5 + detuning) / 12)), float(bose(0.5))
    way = (close - here) / (there - here)
    resonant = moments(solve("global", fig4, 5.0, np.array([1e-6, 1e-3])).state).n_a
    alone = float(bose(5 / 12))
    return [
        Claim(
            "Populations (Fig. 3)",
            "both converge to the thermal one for small eps",
            f"n_A/N_h - 1 = {numbers(off['local'], 2)} (local), {numbers(off['global'], 2)} (global) at eps = "
            f"{numbers(eps)}; local within {np.abs(off['local'][:2] / rule - 1).max():.0e} of (N_c/N_h - 1)(eps/D)^2"
            "(1 + G_c/G_h)",
            verdict(all(abs(x[0]) < 1e-6 for x in off.values())),
        ),
        Claim(
            "Scale of that (below Eq. 15)",
            "eps << sqrt(abs(w_h - w_c))",
            f"eps << D = abs(w_h - w_c): at D = 1e-4, eps = 0.01 sqrt(D) (kappa = 1e-7) the local n_A is {way:.0%} "
            "of the way from N_h to N_c",
            verdict(abs(way) < 1e-2),
        ),
        Claim(
            "The same on resonance",
            "both converge to the thermal population",
            f"w_h = w_c: global n_A = {numbers(resonant, 4)} at eps = 1e-6, 1e-3 (kappa = 1e-7); N_h = {alone:.4g}",
            verdict(abs(resonant[0] / alone - 1) < 1e-2),
        ),
    ]


def frequencies(quick: bool) -> list[Claim]:
    """Fig. 4."""
    w = np.array([4.0, 6.0, 10.0])
    found = {name: hot_current(name, fig4, w) for name in ("local", "global")}
    true = np.array([exact_current(Pair(1e-3, x, strength=1e-7)) for x in w])
    off = {name: values / true - 1 for name, values in found.items()}
    two = {n: hot_current(n, lambda x: fig4(x, medium=ended_two_levels), w) for n in ("local", "global", "exact")}
    two_off = {name: two[name] / two["exact"] - 1 for name in ("local", "global")}
    at_five = {name: float(hot_current(name, fig4, 5.0)[0]) for name in ("local", "global")}
    eps = np.geomspace(1e-9, 1e-3, 7 if quick else 25)
    spread = {}
    for name in ("local", "global"):
        for frequency in (4.0, 4.9, 6.0, 10.0):
            if (name, frequency) != ("local", 6.0):  # where its current is zero
                scaled = hot_current(name, fig4, frequency, eps) / eps**2
                spread[name, frequency] = scaled.max() / scaled.min() - 1
    widest = float(max(abs(x) for x in spread.values()))
    near = {n: hot_current(n, fig4, 5 + 1e-5, np.array([1e-6, 1e-3])) for n in ("local", "global")}
    ratio = [near[name][1] / near[name][0] / 1e6 for name in near]
    return [
        Claim(
            "Local equation where the second law holds (Fig. 4)",
            "also not reliable",
            f"w_h = 4: {found['local'][0]:.4g} local, {found['global'][0]:.4g} global, {true[0]:.4g} exact (of "
            f"number-conserving baths); two-level (baths that end at {CUTOFF:g}) {two['local'][0]:.4g}, "
            f"{two['global'][0]:.4g}, {two['exact'][0]:.4g}",
            verdict(all(abs(x["local"][0]) > 0.1 and abs(x["global"][0]) < 0.01 for x in (off, two_off))),
        ),
        Claim(
            "Local equation where it does not (Fig. 4)",
            "wrong sign for w_h > w_c T_h/T_c = 6",
            f"w_h = 6, 10: local {numbers(found['local'][1:], 4)}, global {numbers(found['global'][1:], 4)}, exact "
            f"{numbers(true[1:], 4)}; two-level {numbers(two['local'][1:], 4)}, {numbers(two['global'][1:], 4)} and "
            f"{numbers(two['exact'][1:], 4)}",
            verdict(
                found["local"][2] < 0 < true[2]
                and two["local"][2] < 0 < two["exact"][2]
                and np.abs(found["local"][1]) < 1e-6 * true[1]
            ),
        ),
        Claim(
            "Resonance, eps >> kappa w^3 (inset of Fig. 4)",
            "the two agree",
            f"w_h = 5: {at_five['local']:.6g} local, {at_five['global']:.6g} global",
            verdict(abs(at_five["local"] / at_five["global"] - 1) < 1e-3),
        ),
        Claim(
            "Shape of Fig. 4 off resonance",
            "the same for every eps, also eps << kappa",
            f"J_h/eps^2 varies by {widest:.0e} at most, 1e-9 < eps < 1e-3, at w_h = 4, 4.9, 6, 10",
            verdict(widest < 1e-2),
        ),
        Claim(
            "Shape of Fig. 4 near resonance",
            "the same for every eps, also eps << kappa",
            f"w_h = 5 + 1e-5, where kappa w^3 = {1e-7 * 5**3:g}: J_h(eps = 1e-3)/J_h(1e-6) = 1e6 x "
            f"{numbers(ratio, 2)} (local, global)",
            verdict(all(abs(r - 1) < 1e-2 for r in ratio)),
        ),
    ]


def exact(quick: bool) -> list[Claim]:
    """What the paper calls the exact global approach, against exact solutions."""
    eps = np.array([1e-3, 0.1, 5.0])
    true = np.array([exact_current(Pair(x)) for x in eps])
    off = hot_current("global", fig3, eps) / true - 1
    found = [
        Claim(
            "Global equation, Fig. 3 (below Eq. 15)",
            "the exact global approach",
            f"J_h off by {numbers(100 * off, 2)} % at eps = {numbers(eps)} from number-conserving baths, whose "
            "widths kappa w^3 = 0.1, 0.0125 at kappa = 1e-4 are finite",
            verdict(bool(np.abs(off).max() < 1e-3), bool(np.abs(off).max() < 0.1)),
        )
    ]
    return found if quick else [*found, _langevin()]


def _langevin() -> Claim:
    """The baths of the paper couple to a + a^dag; the exact solution of that needs a cut-off."""
    rows = (np.array([1e-3, 1e-3, 1e-6]), np.array([10.0, 4.0, 5.0]))

    def build(coupling: Any, hot_frequency: Any) -> qt.OpenSystem:
        return oscillators(coupling, hot_frequency, 5.0, 12.0, 10.0, 1e-7, cutoff=100.0)

    true = steady(qt.Langevin(), build, *rows).currents[:, 0]
    off = {name: hot_current(name, build, *rows) / true - 1 for name in ("local", "global", "partial Redfield")}
    return Claim(
        "The baths of Eq. 2, with counter-rotating terms",
        "global right off resonance, not local",
        "(w_h, eps) = (10, 1e-3), (4, 1e-3), (5, 1e-6), kappa = 1e-7, J cut off at 100: J_h off from the exact one by "
        + "; ".join(f"{numbers(values, 2)} ({name})" for name, values in off.items()),
        verdict(np.abs(off["global"][:2]).max() < 1e-3 and np.abs(off["local"][:2]).min() > 0.1),
    )


GROUPS: dict[str, Callable[[bool], list[Claim]]] = {
    "second law": second_law,
    "couplings": couplings,
    "frequencies": frequencies,
    "exact": exact,
    "two levels": two_levels_exactly,
    "breakdown": breakdown,
    "correlations": node_correlations,
    "entanglement": entanglement,
    "transients": transients,
    "errata": errata,
}
