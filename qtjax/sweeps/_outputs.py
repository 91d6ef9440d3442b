"""What the function of a sweep returns, as named arrays: from numbers, arrays, dicts, tuples and modules."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..states import Stationary
from ._axes import Axis, label
from ._jaxprs import descriptions, fingerprint

_RESERVED = "reason"


class Output(NamedTuple):
    """A variable of the dataset at one point: its own dimensions, shape and dtype; `attrs` are its labels."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    attrs: dict[str, Any]


class Traced(NamedTuple):
    """The function of a sweep: what it returns, the descriptions it uses, and a fingerprint of what it computes."""

    flat: Callable[..., dict[str, Any]]
    outputs: tuple[Output, ...]
    coords: dict[str, Any]
    descriptions: tuple[str, ...]
    fingerprint: str


class _Notes:
    """What the modules that a function returns say of their fields, gathered while it is traced."""

    def __init__(self) -> None:
        self.dims: dict[str, tuple[str, ...]] = {}
        self.coords: dict[str, tuple[str, ...]] = {}
        self.meanings: dict[str, tuple[str, ...]] = {}


def traced(
    function: Callable[..., Any],
    axes: tuple[Axis, ...],
    dims: Mapping[str, Any],
    coords: Mapping[str, Any],
    units: Mapping[str, str],
) -> Traced:
    """Trace the function once; raises ValueError for what cannot be traced, named or labelled."""
    name = getattr(function, "__name__", "")
    name = name if name.isidentifier() else "value"
    notes = _Notes()

    def flat(*point: Any) -> dict[str, Any]:
        arguments = {axis.name: value for axis, value in zip(axes, point, strict=True)}
        found: dict[str, Any] = {}
        for path, leaf in _leaves(function(**arguments), "", notes):
            if path in found:
                raise ValueError(f"`function` returns two values that are both named {path!r}.")
            found[path] = leaf
        return {key or name: jnp.asarray(leaf) for key, leaf in found.items()}

    point = [jax.ShapeDtypeStruct((), axis.values.dtype) for axis in axes]
    try:
        closed, shapes = jax.make_jaxpr(flat, return_shape=True)(*point)
    except jax.errors.JAXTypeError as error:
        raise ValueError(
            "`function` cannot be traced: a sweep compiles it once for all points, so its arguments are no plain "
            "numbers. Use `jnp.where` or `jax.lax.cond` for branches on their values, and `jnp` for `np` or `math`. "
            f"JAX says: {str(error).splitlines()[0]}"
        ) from error
    if not shapes:
        raise ValueError("`function` returns nothing: it must return a number, an array, or a dict or module of them.")
    outputs = tuple(_output(key, shape, axes, dims, notes, units) for key, shape in shapes.items())
    labels = _labels(outputs, {**notes.coords, **coords}, axes)
    _check_names(outputs, axes, dims, coords)
    return Traced(flat, outputs, labels, descriptions(closed), fingerprint(closed))


def _leaves(tree: Any, path: str, notes: _Notes) -> Iterator[tuple[str, Any]]:
    """(name, array) of every array; the names of nested ones are joined by underscores."""
    join = lambda key: f"{path}_{key}" if path else str(key)  # noqa: E731
    if isinstance(tree, Stationary):  # where a state comes from is no result
        return
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _leaves(value, join(key), notes)
    elif isinstance(tree, (tuple, list)):
        for key, value in zip(getattr(tree, "_fields", range(len(tree))), tree, strict=True):  # a NamedTuple has fields
            yield from _leaves(value, join(key), notes)
    elif isinstance(tree, eqx.Module):
        yield from _fields(tree, join, notes)
    elif eqx.is_array_like(tree):
        yield path, tree
    elif tree is not None:
        raise ValueError(
            f"`function` must return numbers, arrays, or dicts and modules of them, but returns {tree!r}"
            f"{f' as {path!r}' if path else ''}."
        )


def _fields(module: eqx.Module, join: Callable[[Any], str], notes: _Notes) -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(module):
        value, key = getattr(module, field.name), join(field.name)
        if "coord" in field.metadata:
            notes.coords[field.metadata["coord"]] = tuple(value)
        if "dims" in field.metadata:
            notes.dims[key] = tuple(field.metadata["dims"])
        if "flag_meanings" in field.metadata:
            notes.meanings[key] = tuple(getattr(module, field.metadata["flag_meanings"]))
        if not field.metadata.get("static", False) and not callable(value):
            yield from _leaves(value, key, notes)


def _output(
    name: str,
    struct: Any,
    axes: tuple[Axis, ...],
    dims: Mapping[str, Any],
    notes: _Notes,
    units: Mapping[str, str],
) -> Output:
    shape, given = tuple(struct.shape), dims.get(name, notes.dims.get(name))
    if given is None:
        given = tuple(f"{name}_{i}" for i in range(len(shape)))
    given = (given,) if isinstance(given, str) else tuple(given)
    if len(given) != len(shape):
        raise ValueError(f"`dims` of {name!r} must name its {len(shape)} axes, of shape {shape}, but are {given!r}.")
    taken = [d for d in given if d in {axis.name for axis in axes}]
    if taken or len(set(given)) < len(given):
        raise ValueError(
            f"`dims` of {name!r} must differ from one another and from the axes of the sweep, but are {given!r}."
        )
    attrs: dict[str, Any] = {"long_name": label(name)}
    if name in units:
        attrs["units"] = units[name]
    if name in notes.meanings:
        attrs["flag_values"] = list(range(len(notes.meanings[name])))
        attrs["flag_meanings"] = list(notes.meanings[name])
    return Output(name, given, shape, np.dtype(struct.dtype), attrs)


def _labels(outputs: tuple[Output, ...], coords: Mapping[str, Any], axes: tuple[Axis, ...]) -> dict[str, Any]:
    lengths: dict[str, tuple[int, str]] = {}
    for output in outputs:
        for dim, length in zip(output.dims, output.shape, strict=True):
            known, first = lengths.setdefault(dim, (length, output.name))
            if known != length:
                raise ValueError(
                    f"Outputs of different shapes share the dimension {dim!r}: {first!r} has length {known} along "
                    f"it, {output.name!r} has {length}. Give them different names in `dims`."
                )
    labels = {}
    for dim, values in coords.items():
        if dim not in lengths:
            if dim in {axis.name for axis in axes}:
                raise ValueError(f"`coords` labels outputs; the axis {dim!r} has its own values.")
            raise ValueError(
                f"`coords` labels a dimension {dim!r}, but the outputs have {', '.join(map(repr, lengths)) or 'none'}. "
                "Name the axes of outputs in `dims`."
            )
        array = np.asarray(values)
        if array.shape != (lengths[dim][0],):
            raise ValueError(
                f"`coords` of {dim!r} must have {lengths[dim][0]} values, one for each entry, but has shape "
                f"{array.shape}."
            )
        labels[dim] = array.astype(str) if array.dtype.kind in "OSU" else array
    return labels


def _check_names(
    outputs: tuple[Output, ...], axes: tuple[Axis, ...], dims: Mapping[str, Any], coords: Mapping[str, Any]
) -> None:
    names = [output.name for output in outputs]
    unknown = set(dims) - set(names)
    if unknown:
        raise ValueError(
            f"`dims` names the axes of {', '.join(sorted(unknown))}, but the function returns {', '.join(names)}."
        )
    taken = {axis.name for axis in axes} | {d for output in outputs for d in output.dims} | {_RESERVED}
    clash = [name for name in names if name in taken]
    if clash:
        raise ValueError(
            f"The function returns {', '.join(clash)}, a name that an axis, a dimension or the variable of reasons has "
            "already. Return a dict with another name."
        )
