"""A system as a picture: nodes, couplings and baths."""

from typing import Any

import numpy as np

from ._baths import draw_baths, has_bar, shows_names
from ._bonds import draw_bonds
from ._canvas import canvas, check_axes, legend_below
from ._graph import graph_of
from ._layout import positions
from ._placement import bath_positions
from ._style import COLUMN

_LINK = 0.75  # inches, the longest
_LOWEST = 1.3  # inches, of a figure with a colour bar


def plot_network(system: Any, *, axes: Any = None) -> Any:
    """An open system as a picture: numbered circles for its nodes, lines for couplings, squares for baths.

    system: a `qt.OpenSystem`, network or finite; the sites of a finite one are the Hamiltonian's `dims`, up to 1024
    levels. A chain is drawn as a line, a ring as a circle, `qt.square_lattice` as a grid, others by the distances
    between their nodes. Lines are the wider the stronger the coupling, logarithmically: the norm of the 2 x 2 block
    of H between two networks' nodes (the spring, the hopping), or of the part of H that acts on two sites and on no
    fewer. Where both signs occur negative ones are dashed: the sign of x_i x_j + p_i p_j in H (springs: -), or of the
    two sites' exchange. Baths called hot and cold are so labelled; otherwise squares are coloured by temperature.

    axes: a matplotlib Axes; by default those of a new figure of column width. Returns the axes. Raises ValueError for
    what is no open system, or a batch of them.
    """
    check_axes(axes)
    graph = graph_of(system)
    linked = graph.strengths > 0
    nodes = positions(linked)
    squares = bath_positions(nodes, linked, graph.baths)
    frame = _Frame(np.concatenate([nodes, squares]), system, axes)
    with canvas(axes, height=frame.height) as axes:
        axes.set_axis_off()
        axes.set_aspect("equal")
        axes.set_xlim(frame.left, frame.right)
        axes.set_ylim(frame.bottom, frame.top)
        size = float(np.clip(0.36 * frame.unit, 2.5, 14))
        font = min(7.0, 1.2 * size / len(str(len(nodes) - 1)))
        handles = draw_bonds(axes, graph, nodes)
        draw_baths(axes, system, graph.baths, nodes, squares, size, frame.unit)
        axes.plot(*nodes.T, "o", color="white", markeredgecolor="black", markersize=size, linestyle="", zorder=3)
        for node, place in enumerate(nodes):
            if font >= 5:
                axes.annotate(str(node), place, ha="center", va="center_baseline", fontsize=font, zorder=4)
            elif node in (0, len(nodes) - 1):  # too small for numbers: where they start and end
                above: dict[str, Any] = {"xytext": (0, size / 2 + 1.5), "textcoords": "offset points"}
                axes.annotate(str(node), place, ha="center", va="bottom", fontsize=6.5, **above)
        legend_below(axes, handles)
    return axes


class _Frame:
    """What the axes show: everything, with room for the names of baths, and links of bounded length."""

    def __init__(self, points: np.ndarray, system: Any, axes: Any):
        width, height = COLUMN - 0.1, COLUMN - 0.4
        if axes is not None:
            box = axes.get_window_extent()
            width, height = box.width / axes.figure.dpi, box.height / axes.figure.dpi
        width -= 0.75 if has_bar(system) else 0.0
        beside = np.array([0.3, 0.42 if shows_names(system) else 0.2])
        span, middle = np.ptp(points, axis=0), (points.max(axis=0) + points.min(axis=0)) / 2
        room = np.maximum(np.array([width, height]) - 2 * beside, 0.3)
        inches = float(np.min(room / np.maximum(span, 1e-9), initial=_LINK))
        half = span / 2 + beside / inches
        half[0] = max(half[0], width / inches / 2)
        (self.left, self.bottom), (self.right, self.top) = middle - half, middle + half
        self.unit = 72 * inches  # points per link
        self.height = max(2 * float(half[1]) * inches + 0.1, _LOWEST if has_bar(system) else 0.0)
