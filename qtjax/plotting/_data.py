"""What to draw of a data set: its variable, its axes, their labels; and sentences for what cannot be drawn."""

from collections.abc import Sequence
from typing import Any

import numpy as np

# Dimensions that tell lines apart, whatever their coordinates.
LABELS = ("bath", "description")


def variable_of(data: Any, variable: str | None = None, *, usual: Sequence[str] = (), kinds: str = "biuf") -> Any:
    """The DataArray to draw, of a Dataset or DataArray.

    Without a name: the first of the `usual` names there is, else the only variable of one of the `kinds` of numbers
    (NumPy's letters). Raises ValueError when there is none or several, for a name there is not, and for one that
    holds text, numbers of another kind, or nothing.
    """
    import xarray

    if isinstance(data, xarray.DataArray):
        if variable is not None and variable != data.name:
            raise ValueError(f"`variable` is {variable!r}, but the DataArray is {data.name!r}. Leave it out.")
        array = data
    elif isinstance(data, xarray.Dataset):
        array = data[_name_in(data, variable, usual, kinds)]
    else:
        raise ValueError(
            f"The data must be an xarray Dataset or DataArray, such as `qt.sweep` returns, but is {_a(data)}."
        )
    what = f"The variable {array.name!r}"
    if array.dtype.kind == "c" and "c" not in kinds:
        raise ValueError(f"{what} is complex. Draw a part of it, `data.real`, `data.imag` or `abs(data)`.")
    if array.dtype.kind not in kinds:
        raise ValueError(f"{what} must hold numbers, but holds {array.dtype}.")
    if array.size == 0:
        raise ValueError(f"{what} is empty: its shape is {dict(array.sizes)}.")
    return array


def _name_in(data: Any, variable: str | None, usual: Sequence[str], kinds: str) -> str:
    names = [str(name) for name in data.data_vars]
    if variable is not None:
        if variable not in names:
            raise ValueError(f"`variable` is {variable!r}, but the variables of the dataset are {listed(names)}.")
        return variable
    for name in usual:
        if name in names:
            return name
    drawable = [name for name in names if data[name].dtype.kind in kinds]
    if not drawable:
        what = "complex variable" if kinds == "c" else "variable of numbers"
        raise ValueError(f"The dataset has no {what} to draw; its variables are {listed(names)}.")
    if len(drawable) > 1:
        raise ValueError(
            f"The dataset has several variables: {listed(drawable)}. Choose one, for instance `data[{drawable[0]!r}]`."
        )
    return drawable[0]


def check_dimension(array: Any, name: str, dimension: Any) -> None:
    """Refuse an axis, argument `name`, that is no dimension of numbers of the variable."""
    if dimension not in array.dims:
        there = (
            f"the dimensions of {array.name!r} are {listed(array.dims)}" if array.dims else "there are no dimensions"
        )
        raise ValueError(f"`{name}` is {dimension!r}, but {there}.")
    if is_text(array, dimension):
        raise ValueError(f"`{name}` is {dimension!r}, whose coordinate is text; an axis must have numbers.")


def numeric_dimensions(array: Any) -> list[str]:
    """The dimensions that can be axes: neither text nor one of `LABELS`."""
    return [dim for dim in array.dims if dim not in LABELS and not is_text(array, dim)]


def check_no_more(array: Any, drawn: Sequence[str], kept: Sequence[str]) -> None:
    """Refuse a variable with dimensions besides the `kept` ones, of which those `drawn` are axes."""
    further = [dim for dim in array.dims if dim not in kept]
    if further:
        select = ", ".join(f"{dim}={_one_of(array, dim)}" for dim in further)
        how = "sel" if any(is_text(array, dim) for dim in further) else "isel"
        against = f" is drawn against {listed(drawn)}, and" if drawn else ""
        raise ValueError(
            f"The variable {array.name!r}{against} has too many dimensions: select one value of {listed(further)}, "
            f"for instance `.{how}({select})`."
        )


def _one_of(array: Any, dimension: str) -> str:
    """What to write for one value: a name where the coordinate is text, else a position."""
    return repr(str(coordinate(array, dimension)[0])) if is_text(array, dimension) else "0"


def is_text(array: Any, dimension: str) -> bool:
    """Whether the coordinate of a dimension is text."""
    return dimension in array.coords and array[dimension].dtype.kind in "OUST"


def coordinate(array: Any, dimension: str) -> np.ndarray:
    """The values along a dimension; positions where it has no coordinate."""
    return np.asarray(array[dimension].values)


def names_along(array: Any, dimension: str) -> list[str]:
    """What the lines along a dimension are called."""
    values = coordinate(array, dimension)
    return [str(v) if is_text(array, dimension) else f"{spaced(dimension)} {v:.6g}" for v in values]


def label_of(array: Any) -> str:
    """The long name, else the name with spaces, and the units: "heat current [K]". Mathtext is passed on."""
    return with_units(array.attrs.get("long_name") or spaced(array.name or ""), array)


def with_units(name: str, array: Any) -> str:
    """The name and, in brackets, the units of a variable that has some."""
    units = str(array.attrs.get("units", "")).strip()
    return f"{name} [{units}]" if units not in ("", "1", "dimensionless") else name


def spaced(name: Any) -> str:
    """A name with spaces for underscores."""
    return str(name).replace("_", " ")


def listed(names: Sequence[Any]) -> str:
    """a, b, c; or none."""
    return ", ".join(map(str, names)) if len(names) else "none"


def _a(thing: Any) -> str:
    return f"a {type(thing).__name__}"
