"""Currents against one axis of a sweep."""

from itertools import product
from typing import Any

import numpy as np

from ._canvas import canvas, colour_bar, legend_below, tidy
from ._data import (
    LABELS,
    check_dimension,
    check_no_more,
    coordinate,
    is_text,
    label_of,
    listed,
    names_along,
    numeric_dimensions,
    spaced,
    variable_of,
)
from ._scales import changes_sign, is_geometric
from ._style import BLACK, bath_colours, description_looks

_MANY = 8  # lines that a legend still tells apart


def plot_currents(data: Any, variable: str | None = None, *, x: str | None = None, axes: Any = None) -> Any:
    """Lines of heat currents, or of any real variable, against one axis of a sweep.

    data: an xarray Dataset or DataArray, such as `qt.sweep` returns. variable: its name in a Dataset, by default
    "heat_current", else "heat_currents", else the only variable of numbers. x: the dimension to draw against, by
    default the first that is neither text nor called bath or description. One line per bath, by colour, and per
    description, by line style (another dimension of text takes the place of either). The axis is logarithmic where
    its points are geometric over more than two decades. Lines have gaps where there is no result; a point between two
    gaps is a dot.

    axes: a matplotlib Axes; by default those of a new figure of column width. Returns the axes. Raises ValueError for
    what cannot be drawn so, with the names there are, and the dimensions to select one value of.
    """
    array = variable_of(data, variable, usual=("heat_current", "heat_currents"))
    along, by_colour, by_style = _roles(array, x)
    array = array.sortby(along) if along in array.coords else array
    points, values = coordinate(array, along), np.where(np.isfinite(array.values), array.values, np.nan)
    array = array.copy(data=values)
    with canvas(axes) as axes:
        names = {dim: names_along(array, dim) for dim in (by_colour, by_style) if dim}
        baths = names[by_colour] if by_colour else None
        colours = _colours(array, baths)
        looks = description_looks(names[by_style]) if by_style else [{"linewidth": 1.4}]
        for (i, colour), (k, look) in product(enumerate(colours), enumerate(looks)):
            where = {by_colour: i, by_style: k}
            one = array.isel({dim: position for dim, position in where.items() if dim})
            label = ", ".join(names[dim][position] for dim, position in where.items() if dim)
            look = look | ({"color": colour} if colour is not None else {})
            _draw_line(axes, points, one.values, look | {"label": label or "_"})
        if is_geometric(points):
            axes.set_xscale("log")
        if changes_sign(values):
            axes.axhline(0, color="0.5", linewidth=0.6, zorder=0)
        tidy(axes, label_of(array[along]), label_of(array))
        _legend(axes, baths, colours, looks if by_style else [], spaced(by_colour))
    return axes


def _roles(array: Any, x: str | None) -> tuple[str, str | None, str | None]:
    """The dimension drawn against, the one that colours tell apart and the one that line styles do."""
    if x is not None:
        check_dimension(array, "x", x)
    numeric = numeric_dimensions(array)
    if x is None and not numeric:
        there = f"its dimensions are {listed(array.dims)}" if array.dims else "it has no dimension"
        raise ValueError(f"The variable {array.name!r} has no axis of numbers to draw against: {there}.")
    along = x or numeric[0]
    labels = [dim for dim in array.dims if dim != along and (dim in LABELS or is_text(array, dim))]
    by_style = "description" if "description" in labels else None
    free = [dim for dim in labels if dim != by_style]
    by_colour = "bath" if "bath" in free else free[0] if free else None
    rest = [dim for dim in free if dim != by_colour]
    if by_style is None and rest:
        by_style = rest[0]
    check_no_more(array, [along], [along, *(dim for dim in (by_colour, by_style) if dim)])
    return along, by_colour, by_style


def _colours(array: Any, names: list[str] | None) -> list[Any]:
    """One per bath. Of a bath that was selected, its own; else none, which leaves colours to the descriptions."""
    if names is not None:
        return bath_colours(names)
    bath = str(array.coords["bath"].values) if "bath" in array.coords and array.coords["bath"].ndim == 0 else ""
    return [None] if "description" in array.dims else bath_colours([bath])


def _draw_line(axes: Any, x: np.ndarray, y: np.ndarray, look: dict[str, Any]) -> None:
    broad = look.get("linewidth", 0) > 3  # beneath the lines that run along it
    (drawn,) = axes.plot(x, y, **look, zorder=1.9 if broad else 2)
    gap = np.isnan(np.concatenate([[np.nan], y, [np.nan]]))
    alone = gap[:-2] & gap[2:] & ~gap[1:-1]
    axes.plot(x[alone], y[alone], "o", markersize=3, color=drawn.get_color(), label="_", zorder=drawn.get_zorder())


def _legend(axes: Any, names: list[str] | None, colours: list[Any], looks: list[dict[str, Any]], title: str) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.lines import Line2D

    handles = []
    if names and len(names) > _MANY:
        scale = ScalarMappable(BoundaryNorm(np.arange(len(names) + 1) - 0.5, len(names)), ListedColormap(colours))
        ticks = sorted({0, len(names) // 2, len(names) - 1})
        bar = colour_bar(axes, scale, title, ticks=ticks)
        bar.set_ticks(ticks, labels=[names[i].removeprefix(f"{title} ") for i in ticks])
        bar.ax.minorticks_off()
    elif names:
        handles += [Line2D([], [], color=c, linewidth=1.4, label=n) for n, c in zip(names, colours, strict=True)]
    for look in looks:  # the line styles alone, where colours mean baths
        shown: dict[str, Any] = {**look, "color": BLACK} if names else look
        handles.append(Line2D([], [], **shown))
    legend_below(axes, handles)
