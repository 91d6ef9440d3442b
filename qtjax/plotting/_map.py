"""Maps over two axes of a sweep."""

from typing import Any

import numpy as np

from ._canvas import canvas, colour_bar, legend_below, tidy
from ._categories import categories_of, draw_categories
from ._data import check_dimension, check_no_more, coordinate, label_of, listed, numeric_dimensions, variable_of
from ._scales import changes_sign, edges, is_geometric, spans_decades


def plot_map(
    data: Any, variable: str | None = None, *, x: str | None = None, y: str | None = None, axes: Any = None
) -> Any:
    """A map of a real variable, or of categories, over two axes of a sweep: one cell of colour for every point.

    data: an xarray Dataset or DataArray, such as `qt.sweep` returns. variable: its name in a Dataset, by default the
    only variable of numbers. x, y: the horizontal and the vertical dimension, by default the first and the second
    that are neither text nor called bath or description.

    Where the sign changes the colours are centred at zero, and zero is a black line; otherwise they are sequential,
    and logarithmic where positive over more than three decades. A variable with the attributes `flag_values` and
    `flag_meanings` (or of booleans) is drawn as categories, with a legend of those that occur; -1 without a meaning is
    "none". Points without a result (NaN, infinite, or with a `reason` in the Dataset) are hatched. An axis is
    logarithmic where its points are geometric over more than two decades.

    axes: a matplotlib Axes; by default those of a new figure of column width. Returns the axes. Raises ValueError for
    what cannot be drawn so, with the names there are, and the dimensions to select one value of.
    """
    array = variable_of(data, variable)
    across, up = _roles(array, x, y)
    categories = categories_of(array)
    values = _with_results(array, data).transpose(up, across)
    for dim in (across, up):
        values = values.sortby(dim) if dim in values.coords else values
    centres = [coordinate(values, dim) for dim in (across, up)]
    logarithmic = [is_geometric(points) for points in centres]
    cells = [edges(points, logarithmic=log) for points, log in zip(centres, logarithmic, strict=True)]
    with canvas(axes) as axes:
        for log, set_scale in zip(logarithmic, (axes.set_xscale, axes.set_yscale), strict=True):
            if log:
                set_scale("log")
        missing = _draw_missing(axes, cells, values.values)
        if categories:
            handles = draw_categories(axes, cells, values.values, categories)
        else:
            handles = []
            _draw_values(axes, centres, cells, values.values, label_of(array))
        axes.set_xlim(cells[0][[0, -1]])
        axes.set_ylim(cells[1][[0, -1]])
        for axis, points in zip((axes.xaxis, axes.yaxis), centres, strict=True):
            if points.dtype.kind in "iu":
                axis.get_major_locator().set_params(integer=True)
        tidy(axes, label_of(array[across]), label_of(array[up]))
        legend_below(axes, [*handles, *missing])
    return axes


def _roles(array: Any, x: str | None, y: str | None) -> tuple[str, str]:
    """The horizontal and the vertical dimension."""
    for name, given in (("x", x), ("y", y)):
        if given is not None:
            check_dimension(array, name, given)
    if x is not None and x == y:
        raise ValueError(f"`x` and `y` must be two dimensions, but both are {x!r}.")
    free = [dim for dim in numeric_dimensions(array) if dim not in (x, y)]
    if len(free) < (x is None) + (y is None):
        there = listed([f"{dim} ({size})" for dim, size in array.sizes.items()])
        raise ValueError(f"A map needs two dimensions of numbers, but those of {array.name!r} are {there}.")
    across = x or free.pop(0)
    up = y or free.pop(0)
    check_no_more(array, [across, up], [across, up])
    return across, up


def _with_results(array: Any, data: Any) -> Any:
    """The values as floating-point numbers, NaN where there is no result."""
    found = array.astype(float).where(np.isfinite(array))
    # Whole numbers cannot be NaN: of those the reason tells.
    whole = array.dtype.kind in "biu" and "reason" in getattr(data, "data_vars", ())
    if whole and set(data["reason"].dims) <= set(array.dims):
        return found.where(data["reason"] == "")
    return found


def _draw_missing(axes: Any, cells: list[np.ndarray], values: np.ndarray) -> list[Any]:
    """Hatched cells where there is no result, and their entry of the legend."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    missing = np.isnan(values)
    if not missing.any():
        return []
    look: dict[str, Any] = {"hatch": "//////", "edgecolor": "0.75", "linewidth": 0}
    axes.pcolor(*cells, np.ma.masked_where(~missing, np.zeros_like(values)), cmap=ListedColormap(["0.95"]), **look)
    return [Patch(facecolor="0.95", label="no result", **look)]


def _draw_values(axes: Any, centres: list[np.ndarray], cells: list[np.ndarray], values: np.ndarray, label: str) -> None:
    from matplotlib.colors import LogNorm, Normalize

    found = np.ma.masked_invalid(values)
    if found.count() == 0:
        return
    both, decades = changes_sign(values), spans_decades(values)
    reach = np.abs(found).max()
    norm = Normalize(-reach, reach) if both else LogNorm(found.min(), found.max()) if decades else None
    mesh = axes.pcolormesh(
        *cells,
        found,
        cmap="RdBu_r" if both else "viridis",
        norm=norm,
        rasterized=True,  # the cells of a vector graphic show seams
    )
    bar = colour_bar(axes, mesh, f"{label}, log scale" if decades else label)
    if both and min(values.shape) > 1:
        bar.add_lines(axes.contour(*centres, found, levels=[0.0], colors="black", linewidths=1.0))
