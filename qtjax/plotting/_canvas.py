"""The axes to draw on, and what stands around them."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ._style import COLUMN, style

_LEGEND_ROW = 0.17  # inches
_DPI = 220  # of what is saved, also where a vector graphic holds cells of a map


@contextmanager
def canvas(axes: Any, *, height: float = 2.6) -> Iterator[Any]:
    """The given axes, or those of a new figure of column width and `height` inches, inside the style.

    A figure made here grows by the legend below, and is closed where drawing fails. Raises ValueError for what is no
    matplotlib Axes.
    """
    check_axes(axes)
    with style():
        if axes is not None:
            yield axes
            return
        import matplotlib.pyplot as plt

        figure, new = plt.subplots(figsize=(COLUMN, height), dpi=_DPI)
        try:
            yield new
        except BaseException:
            plt.close(figure)
            raise
        legend = new.get_legend()
        if legend:
            figure.set_figheight(height + _LEGEND_ROW * legend_rows(legend.legend_handles))


def check_axes(axes: Any) -> None:
    """Refuse what is neither a matplotlib Axes nor None."""
    from matplotlib.axes import Axes

    if axes is not None and not isinstance(axes, Axes):
        raise ValueError(
            f"`axes` must be one matplotlib Axes, or None for a new figure, but is a {type(axes).__name__}. "
            "Of several, pass one: `axes[0]`."
        )


def legend_rows(handles: Sequence[Any]) -> int:
    """How many rows a legend needs for its columns to fit one of a journal."""
    points = 36 + 4.5 * max((len(handle.get_label()) for handle in handles), default=0)
    return math.ceil(len(handles) / max(1, int(72 * COLUMN / points)))


def legend_below(axes: Any, handles: Sequence[Any]) -> None:
    """A legend under the label of the horizontal axis, where it hides nothing and leaves room for a title."""
    from matplotlib.transforms import offset_copy

    if not handles:
        return
    label = axes.xaxis.label.get_fontsize() if axes.axison else 0
    ticks = max((tick.get_fontsize() for tick in axes.get_xticklabels()), default=0) if axes.axison else 0
    down = 1.4 * (label + ticks) + (7 if axes.axison else 0)
    where = offset_copy(axes.transAxes, axes.figure, x=0, y=-down, units="points")
    rows = legend_rows(handles)
    axes.legend(
        handles=list(handles),
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        bbox_transform=where,
        ncols=math.ceil(len(handles) / rows),
        borderaxespad=0,
        columnspacing=1.2,
        handletextpad=0.9,
    )


def powers_of_ten(axis: Any) -> None:
    """1e-5 beside an axis as a power of ten; nothing on logarithmic axes, which have them."""
    from matplotlib.ticker import ScalarFormatter

    formatter = axis.get_major_formatter()
    if isinstance(formatter, ScalarFormatter):
        formatter.set_powerlimits((-3, 4))
        formatter.set_useMathText(True)


def tidy(axes: Any, x: str, y: str) -> None:
    """The labels of both axes, an upright one in lines that fit, and powers of ten."""
    axes.set_xlabel(x)
    axes.set_ylabel(in_lines(y))
    for axis in (axes.xaxis, axes.yaxis):
        powers_of_ten(axis)


def in_lines(label: str, longest: int = 36) -> str:
    """A label in two lines where it is long, broken at the space nearest to its middle that is not within mathtext."""
    shown = len(re.sub(r"\\[a-zA-Z]+", "x", label).replace("$", ""))
    spaces = [i for i, sign in enumerate(label) if sign == " " and label[:i].count("$") % 2 == 0]
    if shown <= longest or not spaces:
        return label
    at = min(spaces, key=lambda i: abs(i - len(label) / 2))
    return f"{label[:at]}\n{label[at + 1 :]}"


def colour_bar(axes: Any, drawn: Any, label: str, **options: Any) -> Any:
    """A colour bar beside the axes."""
    bar = axes.figure.colorbar(drawn, ax=axes, label=in_lines(label), pad=0.03, **options)
    powers_of_ten(bar.long_axis)
    return bar
