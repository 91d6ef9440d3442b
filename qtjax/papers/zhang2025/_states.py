"""Claims of Zhang et al. 2025 about steady states: mean force, positivity, the limit g -> 0, correlations."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._curves import in_batches, maximum, zeros
from .._report import Claim, numbers, verdict
from ._comparison import ALL, LARGEST, current, exact, exact_peaks, mean_force, solve
from ._formulas import Bath, Formulas, local_product
from ._systems import COLD, STRENGTH, Curve, biased, fig2, fig5, pair


class Coherences(NamedTuple):
    """rho_14 and rho_23 with the phases printed after Eq. 2, each of shape (points, 2)."""

    redfield: np.ndarray
    mean_force: np.ndarray


def equilibrium(temperatures: np.ndarray, *, second_bath: bool) -> Coherences:
    """The curves of Fig. 2, or those of its inset."""
    build = lambda t: fig2(t, second_bath=second_bath)  # noqa: E731
    seen = Formulas(5.0, 4.0, 1.0, (Bath(STRENGTH, 1.0), Bath(STRENGTH, 1.0))).seen
    states = (solve("Redfield", build, temperatures).matrix, mean_force(build, temperatures))
    return Coherences(*(np.real(seen(state)[:, [0, 1], [3, 2]]) for state in states))


def states(quick: bool) -> list[Claim]:
    """Sec. III, Fig. 2 and Appendix C: steady states."""
    return [*_second_order(), *_fig2(quick), *_positivity(quick), *_uncoupled(quick)]


def _second_order() -> list[Claim]:
    found = []
    for baths in (1, 2):
        pairs = Formulas(5.0, 4.0, 1.0, (Bath(STRENGTH, 3.0), Bath(STRENGTH * (baths - 1), 3.0)))
        elements = pairs.seen(mean_force(lambda t, b=baths: fig2(t, second_bath=b == 2), 3.0)[0])[[0, 1], [3, 2]]
        found.append(float(np.abs(pairs.coherences - elements).max()))
    strength = 1e-3
    build = lambda s: pair(5.0, 4.0, 1.0, hot=3.0, cold=3.0, strength=jnp.stack([s, 0 * s]))  # noqa: E731
    seen = Formulas(5.0, 4.0, 1.0, (Bath(strength, 3.0), Bath(0.0, 3.0))).seen
    weak, strong = (seen(np.asarray(x)) for x in (mean_force(build, 0.0)[0], mean_force(build, strength)[0]))
    thermal = np.real(np.diagonal(weak))
    force = (np.real(np.diagonal(strong)) - thermal) / strength
    redfield = (np.real(np.diagonal(seen(solve("Redfield", build, strength).matrix[0]))) - thermal) / strength
    same = int(np.sum(np.sign(force) == np.sign(redfield)))
    alone = lambda s: qt.OpenSystem(build(s).hamiltonian, build(s).baths[:1])  # noqa: E731
    true = (np.real(np.diagonal(seen(exact(alone, strength).matrix[0]))) - thermal) / strength
    right = float(np.abs(force / true - 1).max())
    return [
        Claim(
            "Coherences to second order (Eqs. 20, B4, B5)",
            "those of the mean-force state",
            f"epsilon = (5, 4), g = 1, T = 3: B4, B5 less the mean-force elements: {found[0]:.0e} (one bath), "
            f"{found[1]:.0e} (two)",
            verdict(max(found) < 1e-12),
        ),
        Claim(
            "Populations to second order (Secs. I, III)",
            "the mean-force state modifies both populations and coherences, and is what Bloch-Redfield gives",
            f"(rho - tau)/gamma at gamma = 1e-3, one bath, T = 3: mean force {numbers(force)}; Bloch-Redfield "
            f"{numbers(redfield)}: {same} of 4 have the sign of the mean-force state; exact {numbers(true)}: the "
            f"mean-force state is within {100 * right:.1g} % of it",
            verdict(
                right < 0.05 and bool(np.abs(redfield / true - 1).max() < 0.05),
                bool(np.abs(redfield / true - 1).max() < 0.5),
            ),
        ),
    ]


def _fig2(quick: bool) -> list[Claim]:
    t = np.geomspace(0.2, 20, 32 if quick else 128)
    one, two = (equilibrium(t, second_bath=both) for both in (False, True))
    apart = [np.abs(found.redfield / found.mean_force - 1) for found in (one, two)]
    at = equilibrium(np.array([1.0]), second_bath=False)
    return [
        Claim(
            "Bloch-Redfield and mean-force coherences (Fig. 2)",
            "excellent agreement, one bath and two",
            f"0.2 < T < 20: off by up to {100 * apart[0].max():.1f} %, in the inset up to "
            f"{100 * apart[1].max():.1f} %; at T = 1 rho_14, rho_23 = {numbers(at.redfield[0], 4)}; mean force "
            f"{numbers(at.mean_force[0], 4)}",
            verdict(bool(max(x.max() for x in apart) < 0.05)),
        )
    ]


def _least(build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """The smallest eigenvalue of the Bloch-Redfield state."""
    return np.linalg.eigvalsh(solve("Redfield", build, *columns).matrix)[:, 0]


def _positivity(quick: bool) -> list[Claim]:
    parts = []
    worst = np.inf
    for label, second in (("one bath", False), ("two", True)):
        build = lambda t, s=second: fig2(t, second_bath=s)  # noqa: E731
        t, depth = maximum(lambda x, b=build: -_least(b, x), 0.1, 2.0)
        (end,) = zeros(lambda x, b=build: _least(b, x), t, 3.0)
        parts.append(f"{label}: {-depth:.2g} at T = {t:.3f}, negative up to T = {end:.3f}")
        worst = min(worst, -depth)
    x = np.geomspace(0.02, LARGEST, 16 if quick else 64)
    rows = np.repeat(np.array(ALL).T, x.size, axis=1)
    least = _least(biased, np.tile(x, len(ALL)), *rows)
    strong = lambda t: pair(5.0, 4.0, 1.0, hot=t, cold=t, strength=0.3)  # noqa: E731
    growth = np.linalg.eigvals(solve("Redfield", strong, 0.1).generator[0]).real.max()
    return [
        Claim(
            "Positivity (Sec. III)",
            "guaranteed by weak coupling, gamma << 1",
            f"smallest eigenvalue in Fig. 2, gamma = 0.01, {'; '.join(parts)}. Figs. 3 to 6: at least "
            f"{least.min():.3f}. At gamma = 0.3, T = 0.1 the generator has an eigenvalue of real part {growth:+.2f}",
            verdict(worst >= -1e-12 and least.min() >= -1e-12),
        )
    ]


def _uncoupled(quick: bool) -> list[Claim]:
    seen = Formulas(5.0, 5.0, 0.0, (Bath(STRENGTH, 25.0), Bath(STRENGTH, COLD))).seen
    state = solve("Redfield", fig5, 20.0, 5.0, 0.0)
    equal = float(np.abs(seen(state.matrix[0]) - local_product(5.0, 25.0, COLD)).max())
    detuned = solve("Redfield", lambda g: pair(5.0, 4.0, g), 0.0)
    product = qt.local_thermal_state(pair(5.0, 4.0, 1.0))  # which knows no coupling
    assert isinstance(product, qt.DensityMatrix)
    apart = float(np.abs(detuned.matrix[0] - np.asarray(product.matrix)).max())
    flow = float(np.abs(state.dressed).max())
    return [
        Claim(
            "Steady state at g = 0 (App. C)",
            "product of local thermal states, no current (equal qubits)",
            f"epsilon = 5, T = (25, 5): the printed state less the solved one {equal:.0e}, current {flow:.0e}; "
            f"epsilon = (5, 4): solved less the product {apart:.0e} as well",
            verdict(equal < 1e-12 and flow < 1e-12),
        ),
        *([] if quick else [_local_limit()]),
    ]


def _local_limit() -> Claim:
    strengths = np.array([1e-2, 1e-3, 1e-4])

    def ratio(second: float, suffix: str = "") -> np.ndarray:
        build = lambda s: pair(5.0, second, 1e-2 * s, strength=s)  # noqa: E731
        redfield, local = (solve(name + suffix, build, strengths).currents[:, 0] for name in ("Redfield", "local"))
        return redfield / local

    def exact_ratio(second: float) -> float:
        build = lambda s: pair(5.0, second, 1e-2 * s, strength=s)  # noqa: E731
        true, local = exact(build, strengths[:1]), solve("local", build, strengths[:1])
        return float(true.currents[0, 0] / local.currents[0, 0])

    equal, detuned = ratio(5.0), ratio(4.0)
    bare, true = ratio(5.0, " bare"), [exact_ratio(5.0), exact_ratio(4.0)]
    return Claim(
        "Bloch-Redfield and local currents, g -> 0 (App. C)",
        "Bloch-Redfield becomes the local equation in the symmetric case only",
        f"J^BR/J^local at gamma = {numbers(strengths, 1)}, g = gamma/100: epsilon = (5, 5) {numbers(equal, 5)} "
        f"(S = 0 in both: {numbers(bare, 5)}); (5, 4) {numbers(detuned, 4)}. Exact J/J^local at gamma = "
        f"{strengths[0]:g}: {true[0]:.3f} and {true[1]:.3f}",
        verdict(abs(equal[-1] - 1) < 1e-3 and abs(detuned[-1] - 1) > 0.1),
    )


@jax.jit
def _measured(matrices: Any) -> tuple[Any, ...]:
    def at(matrix: Any) -> tuple[Any, ...]:
        state = qt.DensityMatrix(matrix, dims=(2, 2))
        return (
            qt.concurrence_of_assistance(state),
            qt.linear_entropy(state),
            qt.mutual_information(state, 0, 1),
            qt.concurrence(state),
        )

    return jax.lax.map(at, matrices)


def correlations(quick: bool) -> list[Claim]:
    """Sec. V: other quantities that turn round like the current."""
    if quick:
        return []

    def measure(name: str, i: int, x: Any) -> np.ndarray:
        return in_batches(_measured, (exact if name == "exact" else partial(solve, name))(fig5, x).matrix)[i]

    tops = [maximum(lambda x, i=i: measure("Redfield", i, x), 1.0, LARGEST)[0] for i in range(3)]
    true = [maximum(lambda x, i=i: measure("exact", i, x), 0.8 * t, 1.25 * t, rounds=2)[0] for i, t in enumerate(tops)]
    near = bool(np.all(np.abs(np.array(true) / tops - 1) < 0.1))
    top = maximum(lambda x: current("Redfield", fig5, x), 1.0, LARGEST)[0]
    exact_top = exact_peaks()[Curve(4.0, 4.0, 0.1)].difference
    x = np.geomspace(0.5, LARGEST, 64)
    rising = [bool(np.all(np.diff(measure("Lindblad", i, x)) > 0)) for i in (0, 1)]
    turns = [
        bool(measure("Redfield", i, np.array([LARGEST]))[0] < measure("Redfield", i, np.array([tops[i]]))[0])
        for i in (0, 1)
    ]
    grid = np.geomspace(0.5, 100, 32)
    rows = np.repeat(np.array(ALL).T, grid.size, axis=1)
    separable = in_batches(_measured, solve("Redfield", biased, np.tile(grid, len(ALL)), *rows).matrix)[3].max()
    return [
        Claim(
            "Concurrence of assistance, linear entropy (Sec. V)",
            "behave similarly to the NDTC (not shown)",
            f"Fig. 5, epsilon = 4, g = 0.1: maxima at dT = {numbers(tops[:2])}, of J at {top:.1f}, of the mutual "
            f"information at {tops[2]:.1f}; the exact ones at {numbers(true[:2])}, {exact_top:.1f}, {true[2]:.1f}; "
            f"Lindblad: {'rising' if all(rising) else 'not monotone'} up to dT = 300. "
            f"Concurrence <= {separable:.0e} in Figs. 3 to 6, dT < 100",
            verdict(all(turns) and all(rising) and near),
        )
    ]
