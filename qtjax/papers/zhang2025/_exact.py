"""The exact heat currents of Figs. 3 to 6, by hierarchical equations, and how far the paper's are from them."""

import numpy as np

from .._report import Claim, numbers, verdict
from ._comparison import ALL, EXACT_RANGE, current, exact, exact_peaks, exact_survey
from ._currents import exact_points, label
from ._systems import CURVES, STRENGTH, biased


def exactness(quick: bool) -> list[Claim]:
    """Sec. V: which of the two equations is right, and how right."""
    return [_maxima(), _error(quick), _nearer(quick), _share(), *([] if quick else [_truncation()])]


def _maxima() -> Claim:
    found = exact_peaks()
    return Claim(
        "NDTC of the exact current (Figs. 3 to 6)",
        "exists (no exact solution consulted)",
        "maxima (dT, J): "
        + "; ".join(
            f"{figure} "
            + ", ".join(f"{label(c)}: ({found[c].difference:.3g}, {found[c].current:.3g})" for c in CURVES[figure])
            for figure in CURVES
        ),
        verdict(all(np.isfinite(peak.difference) for peak in found.values())),
    )


def _error(quick: bool) -> Claim:
    _, found = exact_survey(exact_points(quick))
    parts, worst = [], 0.0
    for strength in sorted({curve.strength for curve in ALL}):
        curves = [of for curve, of in found.items() if curve.strength == strength]
        redfield, secular = (np.concatenate([of[i] / of[0] for of in curves]) for i in (1, 2))
        parts.append(
            f"gamma = {strength:g}: J^BR/J = {redfield.min():.3f} to {redfield.max():.3f}, J^L/J = {secular.min():.3f} "
            f"to {secular.max():.3g}"
        )
        worst = max(worst, float(np.abs(redfield - 1).max()))
    return Claim(
        "Error of Bloch-Redfield (Figs. 3 to 6, not in the paper)",
        "remains valid regardless of the coupling strength (Sec. V)",
        f"against the exact J, {EXACT_RANGE[0]:g} <= dT <= {EXACT_RANGE[1]:g}: {'; '.join(parts)}",
        verdict(worst < 0.01, worst < 0.1),
    )


def _nearer(quick: bool) -> Claim:
    x, found = exact_survey(exact_points(quick))
    gaps = {
        c: np.abs(redfield / true - 1) - np.abs(secular / true - 1) for c, (true, redfield, secular) in found.items()
    }
    ends = {}
    for curve in (c for c, gap in gaps.items() if np.any(gap > 0)):
        i = int(np.flatnonzero(gaps[curve] > 0)[-1])
        # Between two points, where the difference of the two errors is a line in log dT.
        near = slice(i + 1, i - 1 if i else None, -1)
        ends[curve] = float(np.exp(np.interp(0.0, gaps[curve][near], np.log(x[near]))))
    return Claim(
        "Bloch-Redfield or Lindblad (Figs. 3 to 6, not in the paper)",
        "Bloch-Redfield is the more accurate",
        f"nearer to the exact J in {len(ALL) - len(ends)} of {len(ALL)} curves everywhere, "
        f"{EXACT_RANGE[0]:g} <= dT <= {EXACT_RANGE[1]:g}; Lindblad is for dT below: "
        + (", ".join(f"{label(c)}: {end:.2g}" for c, end in ends.items()) or "none"),
        verdict(not ends, not {*ends} & {*CURVES["Fig. 5"]}),
    )


def _share() -> Claim:
    rows = np.array(ALL).T
    true, redfield, secular = (current(name, biased, 20.0, *rows) for name in ("exact", "Redfield", "Lindblad"))
    shares = dict(zip(ALL, (secular - redfield) / (secular - true), strict=True))
    return Claim(
        "Suppression against the exact one (dT = 20, not in the paper)",
        "what the Lindblad current has too much is what Bloch-Redfield lacks",
        "(J^L - J^BR)/(J^L - J): "
        + "; ".join(f"{figure} {numbers(shares[c] for c in curves)}" for figure, curves in CURVES.items()),
        verdict(
            all(abs(share - 1) < 0.05 for share in shares.values()),
            all(abs(shares[c] - 1) < 0.05 for c in CURVES["Fig. 5"]),
        ),
    )


def _truncation() -> Claim:
    far = [*CURVES["Fig. 4"], *CURVES["Fig. 6"]]
    x = np.concatenate([np.full(len(ALL), 20.0), np.full(len(far), EXACT_RANGE[1])])
    columns = (x, *np.array([*ALL, *far]).T)
    found = exact(biased, *columns).currents[:, 0]
    deeper, finer = (
        np.abs(exact(biased, *columns, depth=depth, pade_terms=terms).currents[:, 0] / found - 1)
        for depth, terms in ((4, 4), (3, 8))
    )
    weak = np.array([curve.strength == STRENGTH for curve in (*ALL, *far)])
    return Claim(
        "The exact current, truncated (not in the paper)",
        "depth 3, four Padé terms",
        f"dT = 20 and {EXACT_RANGE[1]:g}: one tier more changes it by up to {100 * deeper[weak].max():.3f} % (gamma = "
        f"{STRENGTH:g}) and {100 * deeper.max():.2f} % (larger gamma), twice the Padé terms by up to "
        f"{100 * finer.max():.3f} %",
        verdict(bool(max(deeper.max(), finer.max()) < 5e-3)),
    )
