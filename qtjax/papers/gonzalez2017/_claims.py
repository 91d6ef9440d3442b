"""The claims of González et al. 2017, each tested by computing it: nothing here is a stored result.

Verdicts are conditions on the computed numbers. "claim" says where in the paper; the wordings are shortened.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import qtjax as qt

from .._curves import correlations, crossing, infidelity, maximum
from .._report import Claim, numbers, verdict
from ._comparison import distance, error, excess, grey_area, hot_current, potential, solve
from ._errata import errata
from ._systems import DETUNING, STRENGTH, fig2a, fig2b, fig3c, wire
from ._validity import chains, lamb_shifted, redfield, renormalisation


def _grid(lower: float, upper: float, quick: bool) -> np.ndarray:
    return np.geomspace(lower, upper, 64 if quick else 256)


def states(quick: bool) -> list[Claim]:
    """Fig. 2(a, b): fidelities."""
    k = _grid(1e-8, 10, quick)
    detuned = distance("global", fig2a, k).max()
    levels = np.array([1e-4, 1e-3, 1e-2, 1e-1])
    breakdown = [
        [crossing(lambda x, b=build, f=f: distance("local", b, x) - f, 1e-3, 100) for f in levels]
        for build in (fig2a, fig2b)
    ]
    lower, upper = grey_area()
    peak, depth = maximum(lambda x: distance("global", fig2b, x), lower, upper, rounds=3)
    inside = _grid(lower * 1.001, upper * 0.999, quick)
    local = distance("local", fig2b, np.array([5e-4, 1e-3])).tolist()
    weak = np.array([1e-9, 1e-8])
    decoupled = solve("global", fig2b, weak)
    floor, uncorrelated = (
        distance("global", fig2b, weak),
        correlations(decoupled.covariance).mutual_information,
    )
    thermal = infidelity(decoupled.covariance, np.stack([_thermal(fig2b(0.0))] * 2))
    return [
        Claim(
            "Global equation, large detuning (Fig. 2a)",
            "perfect agreement for any k",
            f"1-F <= {detuned:.2g} for 1e-8 < k < 10",
            verdict(detuned < 1e-6),
        ),
        Claim(
            "Local equation, large detuning (Fig. 2a)",
            "breaks down around k ~ 0.1",
            f"1-F = {numbers(levels, 1)} at k = {numbers(breakdown[0])}; in Fig. 2b at {numbers(breakdown[1])}",
            verdict(0.03 < breakdown[0][1] < 0.3, 0.01 < breakdown[0][1] < 1),
        ),
        Claim(
            "Grey area (Fig. 2b)",
            "global equation unreliable: 1-F >= 1e-4 when k comes near strength = 1e-3 and below",
            f"from k = {lower:.5g} to {upper:.6g}; largest 1-F = {depth:.3g} at k = {peak:.2g}",
            verdict(bool(np.all(distance("global", fig2b, inside) >= 1e-4)) and lower < STRENGTH < upper),
        ),
        Claim(
            "Global equation, k -> 0 (Sec. IV A)",
            "two uncorrelated thermal modes",
            f"k = 1e-9: 1-F from thermal nodes {thermal[0]:.2g}, mutual information {uncorrelated[0]:.1e}; 1-F "
            f"from exact {floor[0]:.2g} (k = 1e-8: {floor[1]:.3g})",
            verdict(thermal[0] < 1e-6 and uncorrelated[0] < 1e-5 and floor[0] < 1e-6),
        ),
        Claim(
            "Local equation, small detuning (Fig. 2b)",
            "valid for weak k regardless of the secular breakdown",
            f"1-F <= {distance('local', fig2b, _grid(1e-8, 5e-4, quick)).max():.3g} for k <= 5e-4, "
            f"{local[1]:.2g} at k = 1e-3",
            verdict(max(local) < 1e-6),
        ),
    ]


def _thermal(system: qt.OpenSystem) -> np.ndarray:
    """The covariance of uncoupled nodes, each at its own bath's temperature."""
    w, t = np.sqrt(np.diagonal(potential(system))), np.asarray(system.temperatures)
    occupied = 0.5 / np.tanh(w / (2 * t))
    return np.diag(np.stack([occupied / w, occupied * w], axis=1).ravel())


def currents(quick: bool) -> list[Claim]:
    """Fig. 2(c, d): heat currents."""
    wide = _grid(1e-8, 1e3, quick)
    exact, local = hot_current("exact", fig2a, wide), hot_current("local", fig2a, wide)
    limit = float(local[0] / exact[0])
    turning = crossing(lambda t: hot_current("local", lambda h: wire(1e-3, hot_frequency=2.0, hot=h), t), 2.1, 20.0)
    usual = wide <= 10
    largest = np.abs(local - exact)[usual]
    of_k, of_k2 = largest / (STRENGTH * wide[usual]), largest / (STRENGTH * wide[usual] ** 2)
    weak_slope = of_k2[(wide[usual] > 1e-4) & (wide[usual] < 0.1)]
    k = np.array([1e-6, 1e-5, 1e-4, 1e-3, 1e-2])
    ratio = error("global", fig2b, k) + 1
    rule = 1 + STRENGTH**2 / (k**2 + DETUNING**2 / 4)
    below = float(error("global", fig2b, 1e-8)[0] + 1)
    points = np.array([1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    bare, dressed = error("local", fig2b, points), error("local", _dressed, points)
    return [
        Claim(
            "Second law, local equation (Fig. 2c)",
            "heat flows from cold to hot for any k",
            f"Q_h < 0 at {np.sum(local < 0)} of {wide.size} points, 1e-8 < k < 1e3; at k = 1e-3 for "
            f"T_h < {turning:.4g} (T_c w_h/w_c = 4)",
            verdict(bool(np.all(local < 0) and np.all(exact > 0))),
        ),
        Claim(
            "Currents at large detuning (Fig. 2c)",
            "local and global in good agreement with the exact one (vanishingly small)",
            f"local/exact -> {limit:.4g} as k -> 0; global/exact - 1 = {error('global', fig2a, 1e-3)[0]:.1e} at "
            "k = 1e-3",
            verdict(abs(limit - 1) < 0.1, abs(float(error("global", fig2a, 1e-3)[0])) < 0.1),
        ),
        Claim(
            "Size of the violation (Sec. IV A)",
            "loosely within O(strength k)",
            f"abs(Q_L - Q) <= {of_k.max():.2g} strength k for k <= 10; for weak k it is {weak_slope.max():.2g} "
            "strength k^2",
            verdict(bool(of_k.max() < 1)),
        ),
        *_equal_temperatures(quick),
        Claim(
            "Global equation, small detuning (Fig. 2d)",
            "greatly overestimates the currents in the grey area",
            f"Q_G/Q = {numbers(ratio, 4)} at k = {numbers(k, 1)}; within {np.abs(ratio / rule - 1).max():.0e} "
            f"of 1 + strength^2/(k^2 + delta^4/4); {below:.1e} at k = 1e-8",
            verdict(bool(ratio.min() > 1 and ratio.max() > 100)),
        ),
        Claim(
            "Local equation, small detuning (Fig. 2d)",
            "perfectly follows the exact current",
            f"relative errors {numbers(bare, 2)} at k = {numbers(points, 1)}; with the springs' share of x^2 in "
            f"the nodes (dressed): {numbers(dressed, 2)}",
            verdict(bool(np.abs(bare[points < grey_area()[1]]).max() < 1e-2)),
        ),
    ]


def _dressed(coupling: Any) -> qt.OpenSystem:
    """Fig. 2(b) with the spring's share of x_i^2 counted to the nodes, which the local equation then sees."""
    system = fig2b(coupling)
    assert isinstance(system.hamiltonian, qt.OscillatorNetwork)
    form = system.hamiltonian.form
    return qt.OpenSystem(qt.OscillatorNetwork(form * np.eye(4), form * (1 - np.eye(4))), system.baths)


def _equal_temperatures(quick: bool) -> list[Claim]:
    detuned = functools.partial(wire, hot_frequency=2.0, cold=2.0, hot=2.0)
    flow = {name: float(hot_current(name, detuned, 0.3)[0]) for name in ("local", "global", "Redfield", "exact")}
    equal = float(hot_current("local", functools.partial(wire, cold=2.0, hot=2.0), 0.3)[0])
    shifted = "" if quick else f"; Redfield + Lamb shift + counterterm, unequal baths: Q_c = {_lamb_flow():.3g}"
    others = max(abs(flow[name]) for name in ("global", "Redfield", "exact"))
    return [
        Claim(
            "Equal temperatures (Secs. II B, C)",
            "local: currents may flow at T_h = T_c; global: consistent",
            f"k = 0.3, w = (1, 2), T = 2: local Q_h = {flow['local']:.3g} (w = (1, 1): {equal:.0e}); global, "
            f"Redfield, exact <= {others:.0e}{shifted}",
            verdict(abs(flow["local"]) > 1e-6 and others < 1e-15),
        )
    ]


def _lamb_flow() -> float:
    unequal = functools.partial(
        wire,
        hot_frequency=1.3,
        cold=0.7,
        hot=0.7,
        strength=np.array([1e-2, 3e-2]),
        cutoff=np.array([5.0, 20.0]),
    )
    return float(lamb_shifted(unequal, 0.3).currents[0, 0])


def shared_information(quick: bool) -> list[Claim]:
    """Fig. 3(a, b): correlations between the nodes."""
    over = maximum(lambda k: excess("global", fig2b, k).mutual_information, 1e-8, 1e-4, rounds=4)
    under = maximum(lambda k: -excess("global", fig2b, k).mutual_information, 1e-5, 1e-1, rounds=4)
    discord = excess("global", fig2b, np.array([over[0], under[0]])).discord
    k = np.array([1e-6, 1e-3])
    exact, secular = solve("exact", fig2b, k).covariance, solve("global", fig2b, k).covariance
    mended = secular.copy()
    for i, j in ((0, 2), (1, 3)):  # at k = 1e-6 the exact <x_c x_h>, <p_c p_h>
        mended[0, i, j] = mended[0, j, i] = exact[0, i, j]
    for i, j in ((0, 3), (1, 2)):  # at k = 1e-3 the exact <x_c p_h>, <p_c x_h>
        mended[1, i, j] = mended[1, j, i] = exact[1, i, j]
    left = correlations(mended).mutual_information - correlations(exact).mutual_information
    before = excess("global", fig2b, k).mutual_information
    asymmetry = float(np.abs(exact[:, 0, 3] + exact[:, 1, 2]).max())
    zeros = {
        "I": crossing(lambda x: excess("local", fig2b, x).mutual_information, 1e-3, 1e2),
        "Q": crossing(lambda x: excess("local", fig2b, x).discord, 5e-3, 1.0),
        "Q end": crossing(lambda x: excess("local", fig2b, x).discord, 1.0, 1e2),
        "C end": crossing(lambda x: excess("local", fig2b, x).classical, 1.0, 1e3),
        "I end": crossing(lambda x: excess("local", fig2b, x).mutual_information, 1e2, 1e4),
    }
    low = np.abs(excess("local", fig2b, _grid(1e-8, 1e-3, quick)).mutual_information).max()
    far = float(excess("local", fig2b, 1e4).mutual_information[0])
    order = zeros["Q"] < zeros["Q end"] < zeros["C end"] < zeros["I end"]
    return [
        Claim(
            "Global equation, correlations (Fig. 3a)",
            "both over- and underestimated where the secular approximation fails",
            f"excess mutual information {over[1]:+.6f} at k = {over[0]:.2e}, {-under[1]:+.6f} at k = "
            f"{under[0]:.2e}; discord {discord[0]:+.6f}, {discord[1]:+.6f}",
            verdict(over[1] > 1e-3 and under[1] > 1e-3),
        ),
        Claim(
            "Deficit at k ~ strength (Fig. 3b)",
            "precisely because Gamma_14 = Gamma_23 = 0 in the global equation",
            f"k = 1e-3: Gamma_14 = {exact[1, 0, 3]:.5f} exact, {secular[1, 0, 3]:.0e} global; with the exact "
            f"Gamma_14, Gamma_23 put in, the excess {before[1]:+.1e} becomes {left[1]:+.0e}",
            verdict(abs(left[1]) < 0.05 * abs(before[1]), abs(left[1]) < 0.5 * abs(before[1])),
        ),
        Claim(
            "Peak at lower k (Fig. 3b)",
            "because the global equation overestimates <x_c x_h>",
            f"k = 1e-6: Gamma_13 = {exact[0, 0, 2]:.1e} exact, {secular[0, 0, 2]:.5f} global (in magnitude, and "
            f"negative); with the exact Gamma_13, Gamma_24 the excess {before[0]:+.1e} becomes {left[0]:+.0e}",
            verdict(abs(left[0]) < 0.05 * abs(before[0]), abs(left[0]) < 0.5 * abs(before[0])),
        ),
        Claim(
            "Antisymmetry (caption of Fig. 3)",
            "<x_c p_h> = -<p_c x_h>",
            f"exact: the sum is <= {asymmetry:.0e} at k = 1e-6, 1e-3",
            verdict(asymmetry < 1e-10),
        ),
        Claim(
            "Local equation, weak k (inset of Fig. 3a)",
            "faithful correlations",
            f"abs(excess mutual information) <= {low:.1e} for k <= 1e-3",
            verdict(bool(low < 1e-4)),
        ),
        Claim(
            "Local equation, strong k (inset of Fig. 3a)",
            "discord overestimated at large k; all correlations underestimated at sufficiently large k",
            f"discord over for {zeros['Q']:.3g} < k < {zeros['Q end']:.4g}, I under for {zeros['I']:.3g} < k < "
            f"{zeros['I end']:.4g}, C under up to {zeros['C end']:.3g}: all under for {zeros['Q end']:.2g} < k "
            f"< {zeros['C end']:.3g} only; at k = 1e4 the excess of I is {far:+.2g}",
            verdict(far < 0, order),
        ),
    ]


def entanglement(quick: bool) -> list[Claim]:
    """Fig. 3(c) and Eq. 38: the logarithmic negativity."""
    del quick

    def negativity(name: str, k: Any) -> np.ndarray:
        return correlations(solve(name, fig3c, k).covariance).negativity

    onset = {name: crossing(lambda k, n=name: negativity(n, k), 0.1, 10) for name in ("exact", "global", "local")}
    saturated = negativity("local", np.array([1e6, 1e8]))
    strong = np.array([1e2, 1e3, 1e4, 1e8])
    exact, beyond = negativity("exact", strong), negativity("global", strong) - _asymptote(strong)
    offset = exact[-1] - _asymptote(strong[-1:])[0]
    return [
        Claim(
            "Entanglement (Fig. 3c)",
            "requires very large k, none where k <~ strength",
            f"E_N > 0 from k = {onset['exact']:.6g} (exact), {onset['global']:.6g} (global), "
            f"{onset['local']:.6g} (local); exact E_N = {numbers(exact[:3], 5)} at k = 1e2, 1e3, 1e4",
            verdict(onset["exact"] > 100 * STRENGTH),
        ),
        Claim(
            "Local equation, k -> infinity (Fig. 3c)",
            "E_N saturates",
            f"E_N = {saturated[0]:.6f} at k = 1e6, {saturated[1]:.6f} at 1e8",
            verdict(bool(abs(saturated[1] - saturated[0]) < 1e-4)),
        ),
        Claim(
            "Asymptote of E_N (Eq. 38)",
            "the global equation scales as (1/4) ln k + const",
            f"global - Eq. 38 = {numbers(beyond[1:3], 2)} at k = 1e3, 1e4; exact - Eq. 38 = {offset:.1e} at k = 1e8",
            verdict(bool(abs(beyond[2]) < 0.15 * abs(beyond[1]) and abs(beyond[3]) < 1e-5)),
        ),
    ]


def _asymptote(k: np.ndarray) -> np.ndarray:
    """Eq. 38 for Fig. 3(c), with every exponential turned to exp(-w/T), which does not overflow."""
    w, cold, hot = 10.0, 1.0, 2.0
    both = w / cold + w / hot  # 2 w / T-bar
    ratio = np.expm1(-w / cold) * np.expm1(-w / hot) / np.expm1(-both)
    return np.log(2 * k * ratio**2 / w**2) / 4


GROUPS: dict[str, Callable[[bool], list[Claim]]] = {
    "fidelities": states,
    "currents": currents,
    "correlations": shared_information,
    "entanglement": entanglement,
    "Redfield": redfield,
    "chains": chains,
    "frequency shift": renormalisation,
    "errata": errata,
}
