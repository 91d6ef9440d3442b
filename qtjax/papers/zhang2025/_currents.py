"""Claims of Zhang et al. 2025 about heat currents: suppression, NDTC, and what the Lindblad equation says."""

import jax.numpy as jnp
import numpy as np

from .._curves import maximum, zeros
from .._report import Claim, numbers, verdict
from ._comparison import ALL, LARGEST, current, excess, peaks, slope, solve, survey
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


def suppression(quick: bool) -> list[Claim]:
    """Sec. IV, Figs. 3 and 4: how far the Bloch-Redfield current lies below the Lindblad one."""
    return [*_below(quick), _falls_with_coupling(), *_falls_with_detuning(quick)]


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
    return [
        Claim(
            "Bloch-Redfield current (Figs. 3, 4)",
            "always smaller than the Lindblad one",
            f"larger for dT below: {'; '.join(windows)}. By up to {above:.1e} ({label(most)}), at dT = 1 by up to "
            f"{100 * ratios[largest]:.1f} % ({label(ALL[largest])}); "
            f"{'smaller' if smaller else 'not always smaller'} beyond, up to dT = {LARGEST:g}",
            verdict(smaller and not any(below.values())),
        ),
        Claim(
            "Suppression and dT (Figs. 3, 4)",
            "its magnitude grows with dT",
            f"J^L - J^BR grows {'beyond those windows' if beyond else 'not even beyond those windows'}"
            f"{'' if everywhere else ', not inside'}; (J^L - J^BR)/J^L in {relatively} of {len(ALL)} curves everywhere",
            verdict(everywhere, beyond),
        ),
    ]


def _falls_with_coupling() -> Claim:
    g = np.array([0.75, 0.5, 0.25])
    absolute = excess(fig3, 20.0, g)
    relative = absolute / current("Lindblad", fig3, 20.0, g)
    between = lambda x: excess(fig3, x, 0.25) - excess(fig3, x, 0.5)  # noqa: E731
    start, end = zeros(between, [0.3, 8.0], [8.0, 200.0], rounds=_ROUNDS)
    differences = np.array([5.0, 20.0, 50.0])
    tops = [maximum(lambda y, d=d: excess(fig3, d, y), 0.05, 1.0, rounds=3)[0] for d in differences]
    return Claim(
        "Suppression and g (Fig. 3)",
        "its magnitude is negatively correlated with g",
        f"dT = 20, g = {numbers(g)}: relative {numbers(relative)}, absolute {numbers(absolute)}; g = 0.25 lies below "
        f"g = 0.5 for {start:.2f} < dT < {end:.1f}; the absolute one is largest at g = {numbers(tops, 2)} for dT = "
        f"{numbers(differences)}",
        verdict(bool(np.all(np.diff(absolute) > 0)), bool(np.all(np.diff(relative) > 0))),
    )


def _falls_with_detuning(quick: bool) -> list[Claim]:
    plotted = excess(fig4, 20.0, np.array([1.0, 2.0, 3.0]))
    detuning = np.linspace(0.0, 4.0, 33 if quick else 81)
    differences = (1.0, 5.0, 20.0, 50.0, 100.0)
    along = {d: excess(fig4, d, detuning) for d in differences}
    falling = [d for d in differences if np.all(np.diff(along[d]) < 0)]
    top = float(detuning[np.argmax(along[5.0])])
    ends = zeros(lambda y: excess(fig4, [1.0, 5.0], y), [0.1, 0.1], 4.0, rounds=_ROUNDS)
    small = np.array([1e-2, 1e-3, 1e-4])
    lindblad, redfield = (current(name, fig5, 20.0, 5.0, small) for name in ("Lindblad", "Redfield"))
    curvature = redfield / small**2
    return [
        Claim(
            "Suppression and epsilon_1 - epsilon_2 (Fig. 4)",
            "its magnitude is negatively correlated with it",
            f"dT = 20, differences 1, 2, 3: {numbers(plotted)}. From 0 to 4 it falls for dT = {numbers(falling)}; at "
            f"dT = 5 largest at {top:.2g} and negative beyond {ends[1]:.2f}; at dT = 1 negative beyond {ends[0]:.2f}",
            verdict(
                len(falling) == len(differences), bool(np.all(np.diff(plotted) < 0) and {20.0, 50.0} <= {*falling})
            ),
        ),
        Claim(
            "Symmetric case (Sec. IV, App. C)",
            "largest effect; the Lindblad current stays as g -> 0, the Bloch-Redfield one vanishes",
            f"dT = 20, epsilon = 5, g = {numbers(small, 1)}: J^L = {numbers(lindblad, 7)}; J^BR/g^2 = "
            f"{numbers(curvature, 5)}",
            verdict(
                bool(
                    lindblad[-1] > 0.1
                    and abs(curvature[-1] / curvature[-2] - 1) < 1e-3
                    and all(np.argmax(along[d]) == 0 for d in (20.0, 50.0, 100.0))
                )
            ),
        ),
    ]


def ndtc(quick: bool) -> list[Claim]:
    """Sec. IV, Figs. 5 and 6: negative differential thermal conductance."""
    x, found = survey(_points(quick))
    top = peaks()
    rows = np.array(ALL).T
    at_end = slope("Redfield", biased, LARGEST, *rows)
    turning = {curve: bool(np.isfinite(top[curve].difference) and s < 0) for curve, s in zip(ALL, at_end, strict=True)}
    fig5_curves, fig6_curves = CURVES["Fig. 5"], CURVES["Fig. 6"]
    current_of = lambda e, g: found[Curve(e, e, g)][0]  # noqa: E731
    grows = all(
        np.all(current_of(a, g) < current_of(b, g)) for a, b in ((4.0, 5.0), (5.0, 6.0)) for g in (0.2, 0.1, 0.05)
    )
    falls = all(
        np.all(current_of(e, a) > current_of(e, b)) for a, b in ((0.2, 0.1), (0.1, 0.05)) for e in (4.0, 5.0, 6.0)
    )
    drops = [1 - found[c][0][-1] / top[c].current for c in fig6_curves]
    turns = [top[c].difference for c in fig6_curves]
    detuned = [c for figure in ("Fig. 3", "Fig. 4") for c in CURVES[figure]]
    return [
        Claim(
            "Current, epsilon and g (Fig. 5)",
            "grows with epsilon, falls as g falls",
            f"J^BR {'grows' if grows else 'does not always grow'} with epsilon and with g at all {x.size} points, "
            f"{x[0]:g} <= dT <= {LARGEST:g}",
            verdict(grows and falls, grows or falls),
        ),
        Claim(
            "NDTC in the symmetric case (Fig. 5)",
            "the current rises and then decreases",
            "dJ/dT_1 = 0 at (dT, J) = "
            + "; ".join(f"{label(c)}: {top[c].difference:.5f}, {top[c].current:.7f}" for c in fig5_curves),
            verdict(all(turning[c] for c in fig5_curves), any(turning[c] for c in fig5_curves)),
        ),
        Claim(
            "NDTC in the asymmetric case (Fig. 6)",
            "needs a larger dT or a larger gamma; more pronounced as gamma grows",
            "; ".join(f"{label(c)}: {top[c].difference:.5f}, {top[c].current:.7f}" for c in fig6_curves)
            + f"; J falls by {numbers(drops)} of its maximum up to dT = {LARGEST:g}",
            verdict(
                all(turning[c] for c in fig6_curves)
                and turns[0] > max(top[c].difference for c in fig5_curves)
                and all(np.diff(turns) < 0)
                and all(np.diff(drops) > 0)
            ),
        ),
        Claim(
            "NDTC in Figs. 3 and 4",
            "exists in the asymmetric case as well",
            "maxima at dT = " + "; ".join(f"{label(c)}: {top[c].difference:.5f}" for c in detuned),
            verdict(all(turning[c] for c in detuned), any(turning[c] for c in detuned)),
        ),
        *_which_equations(quick),
    ]


def _which_equations(quick: bool) -> list[Claim]:
    """Whether the NDTC is a matter of Bloch-Redfield: the equations that are not global Lindblad."""
    if quick:
        return []
    names = ("Redfield", "Redfield bare", "partial Redfield bare", "local", "Lindblad")
    flow = lambda name, x: solve(name, fig5, x).currents[:, 0]  # noqa: E731
    tops = {name: maximum(lambda x, n=name: flow(n, x), 1.0, LARGEST) for name in names}
    small = np.array([1e-3, 1e-4, 1e-5])
    build = lambda s: biased(20.0, 5.0, 4.0, 0.5, s)  # noqa: E731
    secular = solve("Lindblad bare", build, small).currents[:, 0]
    order = {name: (solve(name, build, small).currents[:, 0] - secular) / small**2 for name in names[:2]}
    turning = [name for name in names if tops[name][0] < 0.99 * LARGEST]
    return [
        Claim(
            "NDTC by equation (epsilon = 4, g = 0.1)",
            "exclusively in Bloch-Redfield, absent in Lindblad",
            "maxima (dT, J), no exact solution consulted: "
            + "; ".join(f"{name} {tops[name][0]:.2f}, {tops[name][1]:.5f}" for name in turning)
            + f"; none up to dT = {LARGEST:g}: {', '.join(n for n in names if n not in turning)} (bare: S = 0). The "
            "local equation, which is of Lindblad form, has it too",
            verdict(turning == ["Redfield"], "Redfield" in turning and "Lindblad" not in turning),
        ),
        Claim(
            "Origin of the suppression (Secs. IV, V)",
            "non-secular terms alone, through rho^(2)",
            f"(J - J^L)/gamma^2 at dT = 20, epsilon = (5, 4), g = 0.5, gamma = {numbers(small, 1)}: Bloch-Redfield "
            f"{numbers(order['Redfield'])}; with S = 0 {numbers(order['Redfield bare'], 2)}",
            verdict(
                abs(order["Redfield bare"][-1] / order["Redfield"][-1] - 1) < 0.1,
                abs(order["Redfield"][-1]) > 1,
            ),
        ),
    ]


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
