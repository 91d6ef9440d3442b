"""Appendix B of Scali et al. 2021 as printed, and corrected where it fails, against qtjax."""

import numpy as np

import qtjax as qt

from .._report import Claim, numbers, verdict
from ._comparison import Example, judge, moments, off
from ._second_moments import (
    TURN,
    listed,
    local_second,
    local_source,
    modal_second,
    modal_source,
    modes_of,
    rates,
    symmetric_square,
)


def moment_errata(quick: bool) -> list[Claim]:
    """Each matrix of Appendix B evaluated as printed and corrected."""
    del quick
    example = Example()
    return [_local(example), *_modal(example), _sources(example), _basis(example)]


def _deltas(example: Example, part: int = 0) -> tuple[float, float]:
    hot, cold = (float(rates(bath, example.frequency)[part]) for bath in example.system.baths)
    return hot, cold


def _condition(matrix: np.ndarray) -> float:
    """Eq. 24."""
    return float(qt.eigenvector_condition_number(matrix))


def _local(example: Example) -> Claim:
    w, k, deltas = example.frequency, example.coupling, _deltas(example)
    true = symmetric_square(moments("local", example.system)[0])
    printed, corrected = (local_second(w, spring, *deltas) for spring in (k, -2 * k))
    k_ep = example.pair.exceptional
    kappa = [_condition(local_second(w, spring * k_ep, *deltas)) for spring in (1.0, 2.0, -2.0)]
    return Claim(
        "Eq. B.5 (M_L2)",
        "k and k/2 (8 entries)",
        f"-2k and -k: off by {off(printed, true):.2g} of the largest entry as printed, {off(corrected, true):.0e} so. "
        f"As printed it has its EPs at 2 k_EP: kappa = {numbers(kappa, 2)} printed at k_EP, printed at 2 k_EP, "
        "corrected at k_EP",
        judge(off(printed, true), off(corrected, true)),
    )


def _modal(example: Example) -> list[Claim]:
    modes = modes_of(example.system, example.frequency, example.coupling)
    true = {n: symmetric_square(TURN.T @ moments(n, example.system)[0] @ TURN) for n in ("global", "partial Redfield")}
    found = {n: modal_second(modes, secular=n == "global") for n in true}
    third = {n: modal_second(modes, secular=n == "global", printed=("3",)) for n in true}
    sixth = modal_second(modes, printed=("6",))
    correct = max(off(found[n], true[n]) for n in true)
    oscillation = [float(np.abs(np.linalg.eigvals(m["global"][:3, :3]).imag).max()) for m in (third, true)]
    entries = [m[5, 6:8] for m in (sixth, true["partial Redfield"])]
    return [
        Claim(
            "Eqs. B.9, B.12, row 3 column 1",
            "-2 Omega_1^2",
            f"-Omega_1^2: mode 1 turns at {oscillation[0] / modes.frequencies[0]:.4f} Omega_1 as printed, "
            f"{oscillation[1] / modes.frequencies[0]:.4f} Omega_1 solved; corrected off by {correct:.0e}",
            judge(min(off(third[n], true[n]) for n in true), correct),
        ),
        Claim(
            "Eq. B.12, row 6",
            "columns 7, 8: Delta'_1/2, 0",
            f"(Omega_1/Omega_2) Delta'_1/2, Delta'_1/2: {numbers(entries[0])} as printed, {numbers(entries[1])} solved",
            judge(off(sixth, true["partial Redfield"]), correct),
        ),
    ]


def _sources(example: Example) -> Claim:
    modes = modes_of(example.system, example.frequency, example.coupling)
    apart = [off(local_source(example.frequency, *_deltas(example, 1)), listed(moments("local", example.system)[1]))]
    for name in ("global", "partial Redfield"):
        diffusion = TURN.T @ moments(name, example.system)[1] @ TURN
        apart.append(off(modal_source(modes, secular=name == "global"), listed(diffusion)))
    return Claim(
        "Eqs. B.3, B.8, B.13 (c)",
        "with B.4, B.10, B.14",
        f"local, global, partial Redfield off by {numbers(apart, 1)}",
        judge(max(apart), max(apart)),
    )


def _basis(example: Example) -> Claim:
    drift = moments("global", example.system)[0]
    modal = TURN.T @ drift @ TURN
    first = [_condition(m) for m in (drift, modal)]
    second = [_condition(symmetric_square(m)) for m in (drift, modal)]
    return Claim(
        "Condition number (App. B)",
        "independent of the basis",
        f"for orthogonal maps: M_G1 has {numbers(first, 6)} in (x, p) and in normal modes, but M_G2 "
        f"{numbers(second, 4)}: the map of the ten moments is not orthogonal",
        verdict(abs(second[0] / second[1] - 1) < 1e-9, abs(first[0] / first[1] - 1) < 1e-9),
    )
