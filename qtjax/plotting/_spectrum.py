"""Spectra in the complex plane, of one generator or along a sweep."""

from typing import Any

import numpy as np

from ..generators import AbstractDynamics
from ._canvas import canvas, colour_bar, tidy
from ._data import check_dimension, check_no_more, coordinate, label_of, variable_of, with_units
from ._matching import continued, multiplicities
from ._scales import is_geometric
from ._style import BLUE, sequential

_DEGENERATE = 1e-6  # of the largest eigenvalue: rounding splits those of a Jordan block of two by 1e-8


def plot_spectrum(source: Any, *, x: str | None = None, axes: Any = None) -> Any:
    """Eigenvalues in the complex plane: to the left what decays fast, up and down what oscillates.

    source: dynamics (their `.spectrum()`), a square matrix, an array of eigenvalues of shape (n,), or, for
    trajectories along a sweep, an xarray DataArray or Dataset with one complex variable. One spectrum is drawn as
    circles, with the multiplicity of those that agree to 1e-6 of the largest. A sweep has the dimension `x`, by
    default the first, and at most one other, over the eigenvalues; they are coloured by the coordinate of `x`, and
    matched from point to point so that lines are continuous, in whatever order they came.

    axes: a matplotlib Axes; by default those of a new figure of column width. Returns the axes. Raises ValueError for
    what is none of these, and for values that are not finite (in a sweep they are gaps).
    """
    import xarray

    if isinstance(source, (xarray.DataArray, xarray.Dataset)):
        kinds = "c" if isinstance(source, xarray.Dataset) else "cfiu"
        array = variable_of(source, kinds=kinds)
        if x is not None or array.ndim != 1 or array.dims[0] in array.coords:
            return _draw_sweep(array, x, axes)
        source = array.values
    if x is not None:
        raise ValueError(f"`x` is {x!r}, but only a sweep, an xarray Dataset or DataArray, has dimensions to name.")
    return _draw_one(_eigenvalues(source), axes)


def _eigenvalues(source: Any) -> np.ndarray:
    if isinstance(source, AbstractDynamics):
        values = np.asarray(source.spectrum())
    else:
        try:
            values = np.asarray(source, complex)
        except (TypeError, ValueError):
            raise ValueError(
                "`source` must be dynamics, a square matrix, eigenvalues or an xarray Dataset, but is a "
                f"{type(source).__name__}."
            ) from None
    if values.ndim not in (1, 2) or values.size == 0 or (values.ndim == 2 and values.shape[0] != values.shape[1]):
        raise ValueError(
            f"`source` must be a square matrix or eigenvalues of shape (n,), but has shape {values.shape}. Of several "
            'matrices make a sweep: `xarray.DataArray(eigenvalues, dims=("coupling", "mode"), coords=...)`.'
        )
    if not np.all(np.isfinite(values)):
        raise ValueError("`source` must be finite, but holds a NaN or an infinity.")
    return np.linalg.eigvals(values) if values.ndim == 2 else values


def _draw_one(values: np.ndarray, axes: Any) -> Any:
    found = multiplicities(values, _DEGENERATE * np.abs(values).max())
    with canvas(axes) as axes:
        points = np.array([value for value, _ in found])
        axes.plot(
            np.real(points), np.imag(points), "o", color=BLUE, markersize=4.5, markerfacecolor="none", clip_on=False
        )
        for value, count in found:
            if count > 1:
                axes.annotate(
                    rf"$\times{count}$",
                    (value.real, value.imag),
                    xytext=(4, 3),
                    textcoords="offset points",
                    fontsize=7.5,
                )
        _complex_plane(axes, r"decay $\mathrm{Re}\,\lambda$", r"frequency $\mathrm{Im}\,\lambda$")
    return axes


def _draw_sweep(array: Any, x: str | None, axes: Any) -> Any:
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LogNorm, Normalize

    if array.ndim == 0:
        raise ValueError(f"The variable {array.name!r} has no dimension: a spectrum along a sweep needs one.")
    if x is not None:
        check_dimension(array, "x", x)
    along = x or array.dims[0]
    check_dimension(array, "x", along)
    others = [dim for dim in array.dims if dim != along]
    check_no_more(array, [along, *others[-1:]], [along, *others[-1:]])
    array = array.sortby(along) if along in array.coords else array
    points = coordinate(array, along).astype(float)
    logarithmic = is_geometric(points)
    values = array.transpose(along, ...).values.reshape(points.size, -1).astype(complex)
    values = continued(values, np.log(points) if logarithmic else points)
    norm = (LogNorm if logarithmic else Normalize)(points.min(), points.max())
    with canvas(axes) as axes:
        look: dict[str, Any] = {"cmap": sequential(), "norm": norm}
        re, im = np.real(values), np.imag(values)
        plane = np.stack([re, im], axis=-1)
        segments = np.stack([plane[:-1], plane[1:]], axis=2).reshape(-1, 2, 2)
        middle = np.sqrt(points[:-1] * points[1:]) if logarithmic else (points[:-1] + points[1:]) / 2
        drawn = ~np.isnan(segments).any(axis=(1, 2))
        colours = np.repeat(middle, values.shape[1])
        axes.add_collection(LineCollection(list(segments[drawn]), array=colours[drawn], linewidths=1.2, **look))
        # Dots say how far the sweep goes at once, and where an eigenvalue stands still.
        dots = axes.scatter(re, im, c=np.repeat(points, values.shape[1]), s=5, linewidths=0, **look)
        colour_bar(axes, dots, label_of(array[along]))
        if array.attrs.get("long_name"):
            _complex_plane(axes, *(with_units(f"{part} {array.attrs['long_name']}", array) for part in ("Re", "Im")))
        else:
            parts = (r"decay $\mathrm{Re}\,\lambda$", r"frequency $\mathrm{Im}\,\lambda$")
            _complex_plane(axes, *(with_units(part, array) for part in parts))
    return axes


def _complex_plane(axes: Any, real: str, imaginary: str) -> None:
    axes.margins(0.08)
    low, high = axes.get_ylim()
    axes.axvline(0, color="0.5", linewidth=0.6, zorder=0)  # what is stable ends there
    if low < 0 < high:
        axes.axhline(0, color="0.5", linewidth=0.6, zorder=0)
    tidy(axes, real, imaginary)
