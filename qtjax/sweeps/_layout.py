"""What the dataset of a sweep looks like, whether it is kept in memory or in a store."""

import platform
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from ._axes import Axis
from ._outputs import Output, Traced

CONVENTIONS = (
    "hbar = k_B = 1, unit masses; temperatures and energies are angular frequencies; quadratures R = (x1, p1, x2, p2, "
    "...), covariance <{R_k, R_l}>/2 - <R_k><R_l> (vacuum 1/2); heat currents positive into the system; J(w) odd, "
    "gamma(w) = 2 J(w) (1 + n(w))"
)


class Variable(NamedTuple):
    """An array of the dataset over the axes of the sweep and its own dimensions."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    fill: Any
    attrs: dict[str, Any]


class Coordinate(NamedTuple):
    """The labels along one dimension."""

    dim: str
    values: np.ndarray
    attrs: dict[str, Any]


class Layout(NamedTuple):
    """All variables (the reasons of failed points last), coordinates and attributes."""

    variables: tuple[Variable, ...]
    coordinates: tuple[Coordinate, ...]
    attrs: dict[str, Any]


def layout_of(axes: tuple[Axis, ...], traced: Traced) -> Layout:
    """The layout of the dataset."""
    names, grid = tuple(axis.name for axis in axes), tuple(axis.values.size for axis in axes)

    def variable(output: Output) -> Variable:
        fill = np.nan if output.dtype.kind in "fc" else 0
        return Variable(
            output.name, names + output.dims, grid + output.shape, output.dtype, output.dtype.type(fill), output.attrs
        )

    reason = {"long_name": "why there is no result", "comment": "empty where there is one"}
    return Layout(
        variables=(*map(variable, traced.outputs), Variable("reason", names, grid, np.dtype(object), "", reason)),
        coordinates=(
            *(Coordinate(axis.name, axis.values, axis.attrs) for axis in axes),
            *(Coordinate(dim, values, {"long_name": dim.replace("_", " ")}) for dim, values in traced.coords.items()),
        ),
        attrs={
            "description": "; ".join(traced.descriptions),
            "conventions": CONVENTIONS,
            **{f"{package}_version": version(package) for package in ("qtjax", "jax", "jaxlib", "equinox", "numpy")},
            "python_version": platform.python_version(),
        },
    )
