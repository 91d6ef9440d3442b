"""Claims of Zhang et al. 2025 about heat currents: suppression, NDTC, and what the Lindblad equation says."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._curves import crossing, maximum, zeros
from .._report import Claim, numbers, verdict
from ._comparison import (
    ALL,
    EXACT_RANGE,
    LARGEST,
    current,
    exact,
    exact_peaks,
    exact_survey,
    excess,
    peaks,
    slope,
    solve,
    survey,
)
from ._systems import CURVES, STRENGTH, Curve, biased, fig3, fig4, fig5, pair

_ROUNDS = 28  # of bisection, for numbers shown with a few digits


def label(curve: Curve) -> str:
    """What tells a curve from the others of its figure."""
    if curve.strength != STRENGTH or (curve.first, curve.second) == (4.0, 3.0):
        return f"gamma = {curve.strength:g}"
    if (curve.first, curve.second) == (5.0, 4.0):
        return f"g = {curve.coupling:g}"
    if curve.first == curve.second:
        return f"epsilon = {curve.first:g}, g = {curve.coupling:g}"
    return f"({curve.first:g}, {curve.second:g})"


def _points(quick: bool) -> int:
    return 64 if quick else 192


def exact_points(quick: bool) -> int:
    """At how many differences of temperature a curve is compared with the exact one."""
    return 16 if quick else 48


def suppression(quick: bool) -> list[Claim]:
    """Sec. IV, Figs. 3 and 4: how far the Bloch-Redfield current lies below the Lindblad one."""
    return [*_below(quick), _falls_with_coupling(), *_falls_with_detuning(quick)]


def _exactly_above(quick: bool) -> str:
    """Where the exact current is larger than the Lindblad one."""
    _, found = exact_survey(exact_points(quick))
    most = {curve: float(np.max(true / secular - 1)) for curve, (true, _, secular) in found.items()}
    texts = []
    for curve in (c for c, above in most.items() if above > 0):
        end = crossing(lambda x, c=curve: excess(biased, x, *c, name="exact"), EXACT_RANGE[0], 20.0, rounds=3)
        texts.append(f"{label(curve)}: {end:.2f} (by up to {100 * most[curve]:.1f} %)")
    return f"larger for dT below: {'; '.join(texts)}" if texts else "smaller everywhere"


def _below(quick: bool) -> list[Claim]:
    rows = np.array(ALL).T
    found_ends = zeros(lambda x: excess(biased, x, *rows), np.full(len(ALL), 0.02), LARGEST, rounds=_ROUNDS)
    ends = dict(zip(ALL, found_ends, strict=True))
    x, found = survey(_points(quick))
    below = {curve: np.nan_to_num(end) for curve, end in ends.items()}
    windows = []
    for figure, curves in CURVES.items():
        inside = [f"{label(c)}: {ends[c]:.3f}" for c in curves if np.isfinite(ends[c])]
        windows.append(f"{figure} {', '.join(inside)}" if inside else f"{figure} none")
    relative = {curve: 1 - redfield / lindblad for curve, (redfield, lindblad) in found.items()}
    most = max(found, key=lambda c: float(np.max(found[c][0] - found[c][1])))
    above = float(np.max(found[most][0] - found[most][1]))
    ratios = -excess(biased, 1.0, *rows) / current("Lindblad", biased, 1.0, *rows)
    largest = int(np.argmax(ratios))
    smaller = all(np.all((b - a)[x > below[c]] > 0) for c, (a, b) in found.items())
    everywhere = all(np.all(np.diff(lindblad - redfield) > 0) for redfield, lindblad in found.values())
    beyond = all(np.all(np.diff((b - a)[x > below[c]]) > 0) for c, (a, b) in found.items())
    relatively = sum(bool(np.all(np.diff(r) > 0)) for r in relative.values())
    true = [(secular - true, 1 - true / secular) for true, _, secular in exact_survey(exact_points(quick))[1].values()]
    rising, rising_share = (sum(bool(np.all(np.diff(lack[i]) > 0)) for lack in true) for i in (0, 1))
    return [
        Claim(
            "Bloch-Redfield current (Figs. 3, 4)",
            "always smaller than the Lindblad one",
            f"larger for dT below: {'; '.join(windows)}. By up to {above:.1e} ({label(most)}), at dT = 1 by up to "
            f"{100 * ratios[largest]:.1f} % ({label(ALL[largest])}); "
            f"{'smaller' if smaller else 'not always smaller'} beyond, up to dT = {LARGEST:g}. The exact "
            f"current is {_exactly_above(quick)}",
            verdict(smaller and not any(below.values())),
        ),
        Claim(
            "Suppression and dT (Figs. 3, 4)",
            "its magnitude grows with dT",
            f"J^L - J^BR grows {'beyond those windows' if beyond else 'not even beyond those windows'}"
            f"{'' if everywhere else ', not inside'}; (J^L - J^BR)/J^L in {relatively} of {len(ALL)} curves everywhere."
            f" Exactly, J^L - J does in {rising} of them, (J^L - J)/J^L in {rising_share}",
            verdict(everywhere and rising == len(ALL), beyond and rising_share == len(ALL)),
        ),
    ]


def _falls_with_coupling() -> Claim:
    g = np.array([0.75, 0.5, 0.25])
    absolute = excess(fig3, 20.0, g)
    true = excess(fig3, 20.0, g, name="exact")
    relative, true_share = (x / current("Lindblad", fig3, 20.0, g) for x in (absolute, true))
    between = lambda x: excess(fig3, x, 0.25) - excess(fig3, x, 0.5)  # noqa: E731
    start, end = zeros(between, [0.3, 8.0], [8.0, 200.0], rounds=_ROUNDS)
    differences = np.array([5.0, 20.0, 50.0])
    tops = [maximum(lambda y, d=d: excess(fig3, d, y), 0.05, 1.0, rounds=3)[0] for d in differences]
    return Claim(
        "Suppression and g (Fig. 3)",
        "its magnitude is negatively correlated with g",
        f"dT = 20, g = {numbers(g)}: relative {numbers(relative)}, absolute {numbers(absolute)}; g = 0.25 lies below "
        f"g = 0.5 for {start:.2f} < dT < {end:.1f}; the absolute one is largest at g = {numbers(tops, 2)} for dT = "
        f"{numbers(differences)}. Exactly, at dT = 20: relative {numbers(true_share)}, absolute {numbers(true)}",
        verdict(
            bool(np.all(np.diff(absolute) > 0) and np.all(np.diff(true) > 0)),
            bool(np.all(np.diff(relative) > 0) and np.all(np.diff(true_share) > 0)),
        ),
    )


def _falls_with_detuning(quick: bool) -> list[Claim]:
    plotted = excess(fig4, 20.0, np.array([1.0, 2.0, 3.0]))
    detuning = np.linspace(0.0, 4.0, 33 if quick else 81)
    differences = (1.0, 5.0, 20.0, 50.0, 100.0)
    along, truly = (
        dict(zip(differences, lack.reshape(len(differences), -1), strict=True))
        for lack in (
            excess(fig4, np.repeat(differences, detuning.size), np.tile(detuning, len(differences)), name=name)
            for name in ("Redfield", "exact")
        )
    )
    falling, truly_falling = ([d for d in differences if np.all(np.diff(lack[d]) < 0)] for lack in (along, truly))
    lowest = {d: float(truly[d].min()) for d in differences if truly[d].min() < 0}
    top = float(detuning[np.argmax(along[5.0])])
    ends = zeros(lambda y: excess(fig4, [1.0, 5.0], y), [0.1, 0.1], 4.0, rounds=_ROUNDS)
    small = np.array([1e-2, 1e-3, 1e-4])
    lindblad, redfield, true = (current(name, fig5, 20.0, 5.0, small) for name in ("Lindblad", "Redfield", "exact"))
    curvature, true_curvature = redfield / small**2, true / small**2
    return [
        Claim(
            "Suppression and epsilon_1 - epsilon_2 (Fig. 4)",
            "its magnitude is negatively correlated with it",
            f"dT = 20, differences 1, 2, 3: {numbers(plotted)}. From 0 to 4 it falls for dT = {numbers(falling)}; at "
            f"dT = 5 largest at {top:.2g} and negative beyond {ends[1]:.2f}; at dT = 1 negative beyond {ends[0]:.2f}. "
            f"Exactly it falls for dT = {numbers(truly_falling)}; negative "
            + (", ".join(f"for dT = {d:g}, down to {low:.1e}" for d, low in lowest.items()) or "nowhere"),
            verdict(
                len(falling) == len(truly_falling) == len(differences),
                bool(np.all(np.diff(plotted) < 0) and {20.0, 50.0} <= {*falling} & {*truly_falling}),
            ),
        ),
        Claim(
            "Symmetric case (Sec. IV, App. C)",
            "largest effect; the Lindblad current stays as g -> 0, the Bloch-Redfield one vanishes",
            f"dT = 20, epsilon = 5, g = {numbers(small, 1)}: J^L = {numbers(lindblad, 7)}; J^BR/g^2 = "
            f"{numbers(curvature, 5)}, exactly {numbers(true_curvature, 4)}",
            verdict(
                bool(
                    lindblad[-1] > 0.1
                    and all(abs(x[-1] / x[-2] - 1) < 1e-3 for x in (curvature, true_curvature))
                    and all(np.argmax(lack[d]) == 0 for d in (20.0, 50.0, 100.0) for lack in (along, truly))
                )
            ),
        ),
    ]


def ndtc(quick: bool) -> list[Claim]:
    """Sec. IV, Figs. 5 and 6: negative differential thermal conductance."""
    x, found = survey(_points(quick))
    exact_x, exact_found = exact_survey(exact_points(quick))
    top, true = peaks(), exact_peaks()
    rows = np.array(ALL).T
    at_end = slope("Redfield", biased, LARGEST, *rows)
    turning = {
        curve: bool(np.isfinite([top[curve].difference, true[curve].difference]).all() and s < 0)
        for curve, s in zip(ALL, at_end, strict=True)
    }
    fig5_curves, fig6_curves = CURVES["Fig. 5"], CURVES["Fig. 6"]
    both = [{curve: currents[0] for curve, currents in curves.items()} for curves in (found, exact_found)]
    grows = all(
        np.all(of[Curve(a, a, g)] < of[Curve(b, b, g)])
        for a, b in ((4.0, 5.0), (5.0, 6.0))
        for g in (0.2, 0.1, 0.05)
        for of in both
    )
    falls = all(
        np.all(of[Curve(e, e, a)] > of[Curve(e, e, b)])
        for a, b in ((0.2, 0.1), (0.1, 0.05))
        for e in (4.0, 5.0, 6.0)
        for of in both
    )
    drops = [1 - found[c][0][-1] / top[c].current for c in fig6_curves]
    true_drops = [1 - exact_found[c][0][-1] / true[c].current for c in fig6_curves]
    sooner = all(np.diff([maxima[c].difference for c in fig6_curves]).max() < 0 for maxima in (top, true))
    later = all(
        maxima[fig6_curves[0]].difference > max(maxima[c].difference for c in fig5_curves) for maxima in (top, true)
    )
    detuned = [c for figure in ("Fig. 3", "Fig. 4") for c in CURVES[figure]]
    return [
        Claim(
            "Current, epsilon and g (Fig. 5)",
            "grows with epsilon, falls as g falls",
            f"J^BR and the exact J {'grow' if grows and falls else 'do not always grow'} with epsilon and with g at "
            f"all {x.size} points {x[0]:g} <= dT <= {x[-1]:g}, or {exact_x.size} from {exact_x[0]:g} on",
            verdict(grows and falls, grows or falls),
        ),
        Claim(
            "NDTC in the symmetric case (Fig. 5)",
            "the current rises and then decreases",
            "dJ/dT_1 = 0 at (dT, J) = "
            + "; ".join(f"{label(c)}: {top[c].difference:.5f}, {top[c].current:.7f}" for c in fig5_curves)
            + f". {_exact_maxima(fig5_curves)}",
            verdict(all(turning[c] for c in fig5_curves), any(turning[c] for c in fig5_curves)),
        ),
        Claim(
            "NDTC in the asymmetric case (Fig. 6)",
            "needs a larger dT or a larger gamma; more pronounced as gamma grows",
            "; ".join(f"{label(c)}: {top[c].difference:.5f}, {top[c].current:.7f}" for c in fig6_curves)
            + f"; J falls by {numbers(drops)} of its maximum up to dT = {LARGEST:g}. {_exact_maxima(fig6_curves)}; the "
            f"exact J falls by {numbers(true_drops, 2)} up to dT = {exact_x[-1]:g}",
            verdict(
                all(turning[c] for c in fig6_curves)
                and later
                and sooner
                and all(np.diff(drops) > 0)
                and all(np.diff(true_drops) > 0)
            ),
        ),
        Claim(
            "NDTC in Figs. 3 and 4",
            "exists in the asymmetric case as well",
            "maxima at dT = "
            + "; ".join(f"{label(c)}: {top[c].difference:.5f}" for c in detuned)
            + f". {_exact_maxima(detuned)}",
            verdict(all(turning[c] for c in detuned), any(turning[c] for c in detuned)),
        ),
        *_which_equations(quick),
    ]


def _exact_maxima(curves: Sequence[Curve]) -> str:
    """Where the exact maxima are, against those of Bloch-Redfield."""
    turning = [curve for curve in curves if np.isfinite(exact_peaks()[curve].difference)]
    ratios = np.array([[b / a - 1 for a, b in zip(peaks()[c], exact_peaks()[c], strict=True)] for c in turning])
    if not turning:
        return "The exact current has no maximum"
    shifts, heights = (f"{100 * x.min():+.2g} to {100 * x.max():+.2g} %" for x in ratios.T)
    which = "all" if len(turning) == len(curves) else f"{len(turning)} of {len(curves)}"
    return f"The exact current has {which} of these maxima, off by {shifts} in dT, {heights} in J"


def _which_equations(quick: bool) -> list[Claim]:
    """Whether the NDTC is a matter of Bloch-Redfield: the equations that are not global Lindblad, and the exact one."""
    if quick:
        return []
    names = ("Redfield", "Redfield bare", "partial Redfield bare", "local", "Lindblad")
    flow = lambda name, x: solve(name, fig5, x).currents[:, 0]  # noqa: E731
    tops = {name: maximum(lambda x, n=name: flow(n, x), 1.0, LARGEST) for name in names}
    turning = [name for name in names if tops[name][0] < 0.99 * LARGEST]
    true = exact_peaks()[Curve(4.0, 4.0, 0.1)]
    return [
        Claim(
            "NDTC by equation (epsilon = 4, g = 0.1)",
            "exclusively in Bloch-Redfield, absent in Lindblad",
            f"maxima (dT, J): exact {true.difference:.2f}, {true.current:.5f}; "
            + "; ".join(f"{name} {tops[name][0]:.2f}, {tops[name][1]:.5f}" for name in turning)
            + f"; none up to dT = {LARGEST:g}: {', '.join(n for n in names if n not in turning)} (bare: S = 0). The "
            "local equation, which is of Lindblad form, has it too",
            verdict(turning == ["Redfield"], "Redfield" in turning and "Lindblad" not in turning),
        ),
        _origin(),
    ]


class Origin(NamedTuple):
    """The lack of current: near resonance its share of the exact one, off resonance its second order in gamma."""

    share: float
    order: np.ndarray  # (J - J^L)/gamma^2 for gamma -> 0, of each of OFF_RESONANCE


OFF_RESONANCE = ((5.0, 4.0), (4.0, 3.0), (6.5, 3.5))  # epsilon, with g = 0.5


def origin() -> dict[str, Origin]:
    """What the exact solution, Bloch-Redfield and Bloch-Redfield with S = 0 make of it at dT = 20."""
    small = np.array([1e-3, 5e-4])
    build = lambda e, f, s: biased(20.0, e, f, 0.5, s)  # noqa: E731
    columns = (*np.repeat(np.array(OFF_RESONANCE).T, 2, axis=1), np.tile(small, len(OFF_RESONANCE)))

    def flow(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
        # Divided by gamma^2, the error of four terms would be seen.
        found = exact(build, *columns, pade_terms=8) if name == "exact" else solve(name, build, *columns)
        return found.currents[:, 0]

    secular, close = flow("Lindblad bare", build, *columns), flow("Lindblad bare", fig5, 20.0)
    true = close - flow("exact", fig5, 20.0)
    found = {}
    for name in ("exact", "Redfield", "Redfield bare"):
        order = ((flow(name, build, *columns) - secular) / columns[-1] ** 2).reshape(-1, 2)
        # The next order is linear in gamma.
        found[name] = Origin(float(((close - flow(name, fig5, 20.0)) / true)[0]), 2 * order[:, 1] - order[:, 0])
    return found


def _origin() -> Claim:
    found = origin()
    shares = {name: of.order / found["exact"].order for name, of in found.items()}
    near = found["Redfield bare"].share
    return Claim(
        "Origin of the suppression (Secs. IV, V)",
        "non-secular terms alone, through rho^(2)",
        f"dT = 20. Off resonance, epsilon = {', '.join(f'({e:g}, {f:g})' for e, f in OFF_RESONANCE)}, g = 0.5: "
        f"(J - J^L)/gamma^2 as gamma -> 0: exact {numbers(found['exact'].order)}; Bloch-Redfield "
        f"{numbers(found['Redfield'].order)}, {numbers(shares['Redfield'], 2)} of it; with S = 0 "
        f"{numbers(found['Redfield bare'].order, 1)}. In resonance, epsilon = 4, g = 0.1: Bloch-Redfield has "
        f"{found['Redfield'].share:.3f} of the exact J^L - J, with S = 0 {near:.3f}",
        verdict(bool(np.abs(shares["Redfield bare"] - 1).max() < 0.1), abs(near - 1) < 0.1),
    )


def lindblad(quick: bool) -> list[Claim]:
    """Sec. IV: the Lindblad current and its conservation."""
    x, found = survey(_points(quick))
    differences = min(float((np.diff(secular) / np.diff(x)).min()) for _, secular in found.values())
    rising = [differences] if quick else [differences, *_slopes()]
    shown = "" if quick else f" ({rising[1]:.1e} at 256 random pairs, {rising[2]:.1e} up to dT = 1e5)"
    far = np.array([1e4, 1e5])
    shifted = current("Lindblad", fig3, far)
    bare = solve("Lindblad", fig3, far).currents[:, 0]
    rows, steps = np.array(ALL).T, x[::4]
    columns = (np.tile(steps, len(ALL)), *np.repeat(rows, steps.size, axis=1))
    sums = [np.abs(solve(name, biased, *columns).dressed.sum(1)).max() for name in ("Redfield", "Lindblad")]
    return [
        Claim(
            "Lindblad current (Sec. IV)",
            "dJ^L/dT_1 > 0 for T_1 > T_2: no NDTC",
            f"smallest dJ^L/dT_1 in Figs. 3 to 6: {rising[0]:.1e}{shown}. With H_LS in the energy it grows on: "
            f"{numbers(shifted)} at dT = {numbers(far, 1)}; Tr[H_S D_1] gives {numbers(bare)}",
            verdict(min(rising) > 0),
        ),
        Claim(
            "Conservation, Eq. 21",
            "J_1 + J_2 = 0 with H_S + H_LS",
            f"largest abs(J_1 + J_2) in Figs. 3 to 6: Bloch-Redfield {sums[0]:.0e}, Lindblad {sums[1]:.0e}",
            verdict(bool(max(sums) < 1e-14)),
        ),
    ]


def _slopes() -> list[float]:
    """The smallest dJ^L/dT_1, by automatic differentiation, of random pairs and far beyond the figures."""
    drawn = np.random.default_rng(0).uniform(size=(7, 256))
    sizes = (drawn[0] * 8 + 0.5, drawn[1] * 8 + 0.5, drawn[2] * 2 + 0.02)
    strengths, cold = 10 ** (-3 * drawn[3:5] - 1), 0.2 + 10 * drawn[5]
    hot = cold + 10 ** (4 * drawn[6] - 1.5)
    general = lambda a, b, g, s, t, h, c: pair(a, b, g, strength=jnp.stack([s, t]), hot=h, cold=c)  # noqa: E731
    return [
        float(slope("Lindblad", general, *sizes, *strengths, hot, cold).min()),
        float(slope("Lindblad", fig3, np.geomspace(LARGEST, 1e5, 16)).min()),
    ]
