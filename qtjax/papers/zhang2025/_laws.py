"""The second law, and what counts as a heat current, in the equations of Zhang et al. 2025."""

from typing import Any

import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._curves import zeros
from .._report import Claim, numbers, verdict
from ._comparison import current, single_baths, slope, solve
from ._formulas import Bath, Formulas
from ._systems import COLD, STRENGTH, Curve, biased, pair


def _lopsided(difference: Any, strength: Any) -> qt.OpenSystem:
    """epsilon = 4, g = 0.5, the cold bath three times as strong as the hot one."""
    strengths = jnp.asarray(strength) * jnp.array([1.0, 3.0])
    return pair(4.0, 4.0, 0.5, hot=COLD + jnp.asarray(difference), strength=strengths)


def second_law(quick: bool) -> list[Claim]:
    """Currents at equal temperatures, which the paper does not look at."""
    strengths = np.array([0.02, 0.01, 0.005])
    equal = current("Redfield", biased, 0.0, 5.0, 4.0, 0.5, strengths)
    (zero,) = zeros(lambda x: current("Redfield", biased, x, 5.0, 4.0, 0.5), -1e-2, 1e-2)
    small = np.array([1e-2, 1e-3])
    lopsided = current("Redfield", _lopsided, 0.0, small)
    (edge,) = zeros(lambda x: current("Redfield", _lopsided, x, STRENGTH), -1.0, -1e-3)
    steep = float(slope("Redfield", _lopsided, 0.0, STRENGTH)[0])
    inside = {
        name: float(current(name, _lopsided, -0.1, STRENGTH)[0])
        for name in ("Redfield", *(() if quick else ("Redfield bare",)))
    }
    true = current("exact", _lopsided, np.array([0.0, -0.1]), STRENGTH)
    cubic, square = equal / strengths**3, lopsided / small**2
    found = [
        Claim(
            "Bloch-Redfield at any coupling (Sec. V)",
            "remains valid regardless of the coupling strength",
            f"epsilon = 4, g = 0.5, gamma = (0.01, 0.03): J = {lopsided[0]:+.4e} at T_1 = T_2 = 5 (J/gamma_1^2 = "
            f"{numbers(square, 4)} at gamma_1 = {numbers(small, 1)}; dJ/dT_1 = {steep:.4f}), so J > 0 for {edge:.3f} < "
            "dT < 0: heat flows from cold to hot. At dT = -0.1: "
            + ", ".join(f"{value:+.6f}{' with S = 0' if 'bare' in name else ''}" for name, value in inside.items())
            + f"; the exact current is {true[1]:+.6f} there, {true[0]:+.0e} at T_1 = T_2 (depth 3)",
            verdict(abs(lopsided[0]) < 1e-12, abs(lopsided[0]) < 1e-6),
        ),
        Claim(
            "Second law, equal gamma (not in the paper)",
            "no current at T_1 = T_2",
            f"epsilon = (5, 4), g = 0.5, T = 5: Bloch-Redfield J/gamma^3 = {numbers(cubic, 5)} at gamma = "
            f"{numbers(strengths, 1)}; at gamma = 0.01 J = {equal[1]:.3e}, and J = 0 at dT = {zero:.3g}",
            verdict(bool(np.abs(equal).max() < 1e-12), bool(np.abs(cubic / cubic[-1] - 1).max() < 0.1)),
        ),
    ]
    return found if quick else [*found, *_other_equations()]


def _other_equations() -> list[Claim]:
    names = ("Redfield bare", "partial Redfield bare", "partial Redfield", "local", "Lindblad")
    found = {name: solve(name, biased, 0.0, 5.0, 4.0, 0.5, np.array([1e-2, 1e-3])) for name in names}
    flows = {name: float(x.currents[0, 0]) for name, x in found.items()}
    unequal = {name: float(solve(name, _lopsided, 0.0, STRENGTH).currents[0, 0]) for name in names}
    gibbs = np.asarray(qt.gibbs_state(pair(5.0, 4.0, 0.5).hamiltonian, COLD).matrix)  # pyright: ignore
    away = max(float(np.abs(found[name].matrix[0] - gibbs).max()) for name in names[:2])
    law = "no current at T_1 = T_2"

    def claim(title: str, which: tuple[str, ...], more: str) -> Claim:
        shown = ", ".join(f"{flows[name]:.3g} ({unequal[name]:.3g})" for name in which)
        text = "T = 5, gamma = 0.01, epsilon = (5, 4), g = 0.5 (in brackets epsilon = 4, gamma = (0.01, 0.03)): "
        largest = max(abs(x[name]) for name in which for x in (flows, unequal))
        return Claim(title, law, f"{text}J = {shown}{more}", verdict(largest < 1e-14))

    ratio = float(found["partial Redfield"].currents[1, 0] / 1e-3**2)
    scaling = f"; J/gamma^2 = {numbers([flows['partial Redfield'] / STRENGTH**2, ratio])} at gamma = 0.01, 1e-3"
    return [
        claim(
            "Second law, S = 0, full and partial Redfield (not in the paper)",
            names[:2],
            f"; steady states within {away:.0e} of the Gibbs state of H_S",
        ),
        claim("Second law, Lindblad (Sec. III)", ("Lindblad",), ""),
        claim("Second law, partial Redfield with S (not in the paper)", ("partial Redfield",), scaling),
        claim("Second law, local equation (App. C)", ("local",), ""),
    ]


_DEFINED = (  # point of Fig. 3 and of Fig. 6: curve, difference
    (Curve(5.0, 4.0, 0.5), 20.0),
    (Curve(4.0, 3.0, 0.5, 0.03), 50.0),
)


def definitions(quick: bool) -> list[Claim]:
    """Sec. IV: what the energy of the current is, and which commutators belong to a bath."""
    del quick
    points = [_currents(curve, difference) for curve, difference in _DEFINED]
    texts = {
        "Tr[(H_S + H_LS) L_j] (Sec. IV)": "conserved, Eq. 21",
        "Tr[H_S D_j], D_j = L_j - i[H_LSj, .]": "conserves? (not in the paper)",
        "Tr[H_S L_j]": "conserves? (not in the paper)",
        "Tr[(H_S + H_LS) D_j]": "conserves? (not in the paper)",
        "Tr[(H_S + H_LSj) L_j]": "conserves? (not in the paper)",
        "-d<H_Bj>/dt to second order": "conserves? (not in the paper)",
        "Lindblad, Tr[(H_S + H_LS) L_j]": "J^L of Eq. 23",
        "Lindblad, Tr[H_S D_j]": "conserves? (not in the paper)",
    }
    claims = []
    for name, paper in texts.items():
        both = [point[name] for point in points]
        sums = [float(x.sum()) for x in both]
        conserved = all(abs(s) < 1e-12 for s in sums)
        claims.append(
            Claim(
                f"Current: {name}",
                paper,
                f"Fig. 3, g = 0.5, dT = 20: {numbers(both[0], 6)}, sum {sums[0]:.1e}; Fig. 6, gamma = 0.03, dT = 50: "
                f"{numbers(both[1], 6)}, sum {sums[1]:.1e}: {'conserves' if conserved else 'does not conserve'}",
                verdict(conserved),
            )
        )
    return claims


def _currents(curve: Curve, difference: float) -> dict[str, np.ndarray]:
    """The currents of both baths under every definition, at one point."""
    found, secular = (solve(name, biased, difference, *curve) for name in ("Redfield", "Lindblad"))
    hot = COLD + difference
    rho, shifts = found.matrix[0], found.lamb[0]
    free = np.asarray(biased(difference, *curve).hamiltonian.matrix)  # pyright: ignore[reportAttributeAccessIssue]
    alone = single_baths("Redfield", *curve[:3], (curve.strength, curve.strength), (hot, COLD))
    whole = [(d @ rho.ravel()).reshape(4, 4) for d in alone]  # D_j rho
    without = [d + 1j * (h @ rho - rho @ h) for d, h in zip(whole, shifts, strict=True)]  # L_j rho
    energy = lambda h, flows: np.array([np.trace(h @ x).real for x in flows])  # noqa: E731
    dressed = free + shifts.sum(0)
    baths = (Bath(curve.strength, hot), Bath(curve.strength, COLD))
    return {
        "Tr[(H_S + H_LS) L_j] (Sec. IV)": energy(dressed, without),
        "Tr[H_S D_j], D_j = L_j - i[H_LSj, .]": energy(free, whole),
        "Tr[H_S L_j]": energy(free, without),
        "Tr[(H_S + H_LS) D_j]": energy(dressed, whole),
        "Tr[(H_S + H_LSj) L_j]": np.array(
            [np.trace((free + h) @ x).real for h, x in zip(shifts, without, strict=True)]
        ),
        "-d<H_Bj>/dt to second order": _counted(Formulas(*curve[:3], baths), rho),
        "Lindblad, Tr[(H_S + H_LS) L_j]": secular.dressed[0],
        "Lindblad, Tr[H_S D_j]": secular.currents[0],
    }


def _counted(formulas: Formulas, rho: np.ndarray) -> np.ndarray:
    """-2 Re sum_w w Gamma_j(w) Tr[S_j V_j(w) rho], what a counting field on H_Bj gives to second order."""
    state = formulas.seen(rho)
    flows = []
    for bath, operators in zip(formulas.baths, formulas.eigenoperators(), strict=True):
        coupling, weighted = np.zeros((4, 4)), np.zeros((4, 4), complex)
        for mu, v in operators.items():
            w = formulas.frequency(mu)
            coupling, weighted = coupling + v, weighted + w * bath.transform(w) * v
        flows.append(-2 * np.trace(coupling @ weighted @ state).real)
    return np.array(flows)
