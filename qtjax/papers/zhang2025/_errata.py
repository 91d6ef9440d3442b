"""Errata of Zhang et al. 2025: formulas as printed and corrected, against what qtjax solves."""

from typing import Any

import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._report import Claim, Verdict, numbers
from ._comparison import mean_force, single_baths, solve
from ._formulas import Bath, Formulas, single_sum
from ._systems import STRENGTH, fig2, fig3, fig5, pair

_POINT = Formulas(5.0, 4.0, 0.5, (Bath(STRENGTH, 25.0), Bath(STRENGTH, 5.0)))  # Fig. 3 at a difference of 20


def judge(printed: float, corrected: float, tolerance: float = 1e-12) -> Verdict:
    """From the errors of both: confirmed where the printed formula holds, erratum where only the corrected one does."""
    if abs(printed) <= tolerance:
        return "confirmed"
    return "erratum" if abs(corrected) <= tolerance else "not confirmed"


def errata(quick: bool) -> list[Claim]:
    """Printed formulas against the solution; each is evaluated as printed and corrected."""
    del quick
    return [*_eigenoperators(), _frequencies(), _a2(), _eq23(), _m13(), _eq20(), _eq24(), _c1()]


def _distance(a: Any, b: Any) -> float:
    return float(np.max(np.abs(np.asarray(a) - np.asarray(b))))


def _superoperator(formulas: Formulas, generator: np.ndarray) -> np.ndarray:
    """A generator on matrices stacked row by row, in the eigenbasis."""
    basis = np.kron(formulas.eigenstates, formulas.eigenstates)
    return basis.T @ generator @ basis


def _eigenoperators() -> list[Claim]:
    found, pair_of = [], Formulas(5.0, 4.0, 1.0, _POINT.baths)
    x = [pair_of.seen(np.asarray(qt.sigma_x(j, of=2))) for j in (0, 1)]
    for j, (right, wrong) in enumerate((("cos phi_+", "cos phi_-"), ("sin phi_-", "sin phi_+"))):
        errors = [
            _distance(sum(pair_of.eigenoperators(printed=printed)[j].values()), x[j]) for printed in (True, False)
        ]
        found.append(
            Claim(
                f"V_{j + 1}(omega_2), before Eq. 6 (epsilon = (5, 4), g = 1)",
                f"prefactor {wrong}",
                f"sum_mu V_{j + 1} misses sigma_{j + 1}^x by {errors[0]:.3f} as printed, {errors[1]:.0e} with {right}",
                judge(*errors),
            )
        )
    v = pair_of.eigenoperators()[0]
    middle, corrected = v[1].T, v[-1]  # V^dagger(-omega_mu) and V(-omega_mu), for mu = -1
    errors = [_distance(middle, v[-1].T), _distance(corrected, v[1].T)]
    found.append(
        Claim(
            "Negative frequencies, after Eq. 6",
            "V_j(omega_-mu) = V_j^+(-omega_mu) = V_j^+(omega_mu)",
            f"mu = 1: the middle member is off by {errors[0]:.3f}; V_j(-omega_mu) by {errors[1]:.0e}",
            judge(*errors),
        )
    )
    return found


def _frequencies() -> Claim:
    one, two = _POINT.frequencies
    alpha, _ = _POINT.levels
    return Claim(
        "Distance of the frequencies (Sec. IV)",
        "omega_1 - omega_2 = 2 alpha",
        f"epsilon = (5, 4), g = 0.5: omega_1 - omega_2 = {one - two:.4f}, 2 alpha = {2 * alpha:.4f}: the sign",
        judge(one - two - 2 * alpha, two - one - 2 * alpha),
    )


def _a2() -> Claim:
    alpha, beta = _POINT.levels
    energies = np.array([beta, alpha, -alpha, -beta])
    coherent = np.diag(-1j * (energies[:, None] - energies).ravel())
    printed = single_sum(_POINT)
    away = {
        name: _distance(_superoperator(_POINT, solve(name, fig3, 20.0).generator[0]) - coherent, printed)
        for name in ("Redfield", "Lindblad")
    }
    return Claim(
        "Eq. A2 (Fig. 3, g = 0.5, dT = 20)",
        "one sum over mu, before the secular approximation",
        f"as printed its generator is {away['Redfield']:.3f} from Bloch-Redfield (A11), {away['Lindblad']:.0e} from "
        "the secular one (A14, A15): it needs a double sum with exp(i(w'-w)t)",
        "erratum" if away["Lindblad"] < 1e-12 < away["Redfield"] else "confirmed",
    )


def _eq23() -> Claim:
    """Both sides of the second equality, from the superoperators of single baths."""
    secular, full = (solve(name, fig3, 20.0) for name in ("Lindblad", "Redfield"))
    rho = secular.matrix[0]
    parts = single_baths("Redfield", 5.0, 4.0, 0.5, (STRENGTH, STRENGTH), (25.0, 5.0))
    shift = full.lamb[0].sum(0)
    flows = [(d @ rho.ravel()).reshape(4, 4) + 1j * _turn(h, rho) for d, h in zip(parts, full.lamb[0], strict=True)]
    bare = np.asarray(fig3(20.0).hamiltonian.matrix)  # pyright: ignore[reportAttributeAccessIssue]
    left = np.array([np.trace((bare + shift) @ flow).real for flow in flows])
    apart = (left - secular.dressed[0]) / STRENGTH**2
    plain = np.array([np.trace(bare @ flow).real for flow in flows])
    own = [
        np.trace(bare @ ((d @ rho.ravel()).reshape(4, 4))).real
        for d in single_baths("Lindblad", 5.0, 4.0, 0.5, (STRENGTH, STRENGTH), (25.0, 5.0))
    ]
    return Claim(
        "Eq. 23, second equality (Fig. 3, g = 0.5, dT = 20)",
        "Tr[(H_S + H_LS^BR) L_j^BR(rho^L)] = J_j^L",
        f"differs by {numbers(apart, 4)} gamma^2 and does not conserve: {numbers(left, 5)} against "
        f"{numbers(secular.dressed[0], 5)}; with H_S alone equal to {_distance(plain, own):.0e}",
        judge(float(np.abs(apart).max()) * STRENGTH**2, _distance(plain, own), 1e-12),
    )


def _turn(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a @ b - b @ a


def _m13() -> Claim:
    formulas = Formulas(5.0, 4.0, 1.0, (Bath(0.013, 7.3), Bath(0.021, 2.1)))
    strength = jnp.array([0.013, 0.021])
    found = solve("Redfield", lambda hot: pair(5.0, 4.0, 1.0, hot=hot, cold=2.1, strength=strength), 7.3)
    element = _superoperator(formulas, found.generator[0]).reshape((4,) * 4)[1, 0, 0, 2]  # <s_2| L(|s_1><s_3|) |s_1>
    printed, corrected = formulas.m13_21(printed=True), formulas.m13_21()
    return Claim(
        "M_13(2,1), App. B (gamma = 0.013, 0.021; T = 7.3, 2.1; g = 1)",
        "G_+(-omega_2), S_+(-omega_2) with bars",
        f"{printed:.4f} as printed, {corrected:.4f} with the index -; the generator has {element:.4f}",
        judge(abs(printed - element), abs(corrected - element)),
    )


def _eq20() -> Claim:
    errors = []
    for baths in (1, 2):
        true = mean_force(lambda t, b=baths: fig2(t, second_bath=b == 2), 3.0)[0]
        formulas = Formulas(5.0, 4.0, 1.0, (Bath(STRENGTH, 3.0), Bath(STRENGTH * (baths - 1), 3.0)))
        errors.append(_distance(formulas.mean_force, formulas.seen(true)))
    return Claim(
        "Eq. 20 (Fig. 2, T = 3)",
        "the mean-force Gibbs state, one bath",
        f"as printed it differs from qt.mean_force_gibbs_state by {errors[0]:.0e}; summed over two baths by "
        f"{errors[1]:.0e}",
        judge(max(errors), max(errors)),
    )


def _eq24() -> Claim:
    formula, true = _POINT.lindblad_current, float(solve("Lindblad", fig3, 20.0).dressed[0, 0])
    return Claim(
        "Eqs. 24 to 26 (Fig. 3, g = 0.5, dT = 20)",
        "the current of the Lindblad equation",
        f"{formula:.7f} with delta_i = sum_j weight_j [S_j(w_i) - S_j(-w_i)] (not printed); solved {true:.7f}",
        judge(formula - true, formula - true),
    )


def _c1() -> Claim:
    one, two = (Bath(STRENGTH, t) for t in (25.0, 5.0))
    n, m = one.occupation(5.0), two.occupation(5.0)
    shift = sum((bath.transform(5.0) - bath.transform(-5.0)).imag for bath in (one, two)) / 2
    formula = float(one.density(5.0) * (n - m) / (1 + n + m) * (5.0 + shift))
    g = np.array([1e-2, 1e-4])
    solved = solve("Lindblad", fig5, 20.0, 5.0, g).dressed[:, 0]
    return Claim(
        "Eq. C1 (epsilon = 5, T = (25, 5))",
        "J^L as g -> 0",
        f"{formula:.7f}; solved {numbers(solved, 7)} at g = {numbers(g, 1)}",
        judge(float(solved[1] - formula), float(solved[1] - formula), 1e-8),
    )
