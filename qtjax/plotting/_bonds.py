"""The couplings of a picture of a system: lines whose width and colour tell strength and sign."""

from typing import Any

import numpy as np

from ._graph import Graph
from ._style import PURPLE

_BONDS = {1.0: ("0.25", "-", "coupling > 0"), -1.0: (PURPLE, (0, (3, 1)), "coupling < 0"), 0.0: ("0.6", "-", "no sign")}
_WIDTHS = (0.7, 3.5)  # points, of the weakest and the strongest coupling


def draw_bonds(axes: Any, graph: Graph, nodes: np.ndarray) -> list[Any]:
    """A line for every coupling; returns the entries of the legend."""
    from matplotlib.lines import Line2D

    pairs = np.argwhere(np.triu(graph.strengths))
    strengths = np.array([graph.strengths[a, b] for a, b in pairs])
    if not strengths.size:
        return []
    signs = [float(graph.signs[a, b]) for a, b in pairs]
    ends = strengths.max(), strengths.min()
    look = {sign: _BONDS[sign if len(set(signs)) > 1 else 1.0] for sign in set(signs)}
    for (a, b), strength, sign in zip(pairs, strengths, signs, strict=True):
        colour, dashes, _ = look[sign]
        axes.plot(*nodes[[a, b]].T, color=colour, linestyle=dashes, linewidth=_width(strength, *ends), zorder=1)
    handles = []
    if len(set(signs)) > 1:
        handles += [
            Line2D([], [], color=c, linestyle=s, label=label) for c, s, label in (look[sign] for sign in sorted(look))
        ]
    if ends[1] > 0.999 * ends[0]:
        handles.append(Line2D([], [], color="0.25", linewidth=_WIDTHS[1] / 2, label=f"|coupling| = {ends[0]:.3g}"))
    else:
        for end, text in zip(ends, ("|coupling| = {:.3g}", "{:.3g} (log scale)"), strict=True):
            handles.append(Line2D([], [], color="0.25", linewidth=_width(end, *ends), label=text.format(end)))
    if not graph.complete:
        handles.append(Line2D([], [], linestyle="", label="terms on three or more sites are not drawn"))
    return handles


def _width(strength: float, strongest: float, weakest: float) -> float:
    """Logarithmic, over the range there is but at least a decade."""
    if weakest > 0.999 * strongest:
        return _WIDTHS[1] / 2
    decades = max(np.log10(strongest / weakest), 1.0)
    return _WIDTHS[1] - (_WIDTHS[1] - _WIDTHS[0]) * float(np.log10(strongest / strength)) / decades
