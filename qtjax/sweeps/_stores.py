"""Where the blocks of a sweep go: arrays in memory, or a zarr store that a later call resumes.

A block of the store is one chunk of every variable, written first, and then one chunk of `blocks/done`: whatever moment
a process is killed at, a block that is marked done is whole, and only those in flight are lost.
"""

import errno
import os
import shutil
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ._blocks import Blocks
from ._layout import Layout

_SPEC = "sweep"


class AbstractStore(ABC):
    """Takes finished blocks, knows which ones it has, and gives the dataset."""

    @abstractmethod
    def done(self) -> np.ndarray:
        """Whether each block is there, shape (blocks,)."""

    @abstractmethod
    def write(self, index: int, results: Mapping[str, np.ndarray]) -> None:
        """Keep the results of a block, arrays (points, ...) by name of the variable."""

    @abstractmethod
    def dataset(self) -> Any:
        """The xarray.Dataset."""


class Memory(AbstractStore):
    """Arrays in memory."""

    def __init__(self, layout: Layout, blocks: Blocks):
        self._layout, self._blocks = layout, blocks
        self._done = np.zeros(len(blocks), bool)
        self._arrays = {v.name: np.full(v.shape, v.fill, v.dtype) for v in layout.variables}

    def done(self) -> np.ndarray:
        """See `AbstractStore`."""
        return self._done

    def write(self, index: int, results: Mapping[str, np.ndarray]) -> None:
        """See `AbstractStore`."""
        box, shape = self._blocks.box(index), self._blocks.shape(index)
        for name, array in self._arrays.items():
            array[box] = results[name].reshape(shape + array.shape[len(shape) :])
        self._done[index] = True

    def dataset(self) -> Any:
        """See `AbstractStore`."""
        import xarray as xr

        return xr.Dataset(
            {v.name: (v.dims, self._arrays[v.name], v.attrs) for v in self._layout.variables},
            {c.dim: (c.dim, c.values, c.attrs) for c in self._layout.coordinates},
            self._layout.attrs,
        )


class Zarr(AbstractStore):
    """A zarr store, opened or made; several processes may write different blocks of one."""

    def __init__(self, path: Path, layout: Layout, blocks: Blocks):
        import zarr

        self.path, self._layout, self._blocks = path, layout, blocks
        self._group = zarr.open_group(path, mode="r+", zarr_format=3, use_consolidated=False)
        self._arrays: dict[str, Any] = {v.name: self._group[v.name] for v in layout.variables}
        self._flags: Any = self._group["blocks/done"]

    def done(self) -> np.ndarray:
        """See `AbstractStore`."""
        return np.asarray(self._flags[:])

    def write(self, index: int, results: Mapping[str, np.ndarray]) -> None:
        """See `AbstractStore`; OSError where the disk is full or gone, which loses this block only."""
        box, shape = self._blocks.box(index), self._blocks.shape(index)
        try:
            for name, array in self._arrays.items():
                array[box] = results[name].reshape(shape + array.shape[len(shape) :])
            self._flags[index] = True
        except OSError as error:
            why = "The disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else f"{error.strerror or error}"
            raise OSError(
                error.errno,
                f"{why}: block {index} of {len(self._blocks)} could not be written to {self.path}. The blocks before "
                "it are safe there; the same call resumes once there is room.",
            ) from error

    def dataset(self) -> Any:
        """See `AbstractStore`; arrays are read when they are used."""
        import xarray as xr

        data = xr.open_zarr(self.path, chunks=None, consolidated=True, decode_cf=False)
        return data[[v.name for v in self._layout.variables]]


def create(path: Path, layout: Layout, blocks: Blocks, fingerprint: str) -> None:
    """Make the store of a sweep, whole or not at all. Raises OSError where it cannot be made."""
    import zarr

    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(unfinished, ignore_errors=True)
    group = zarr.create_group(unfinished, zarr_format=3, attributes=layout.attrs)
    for c in layout.coordinates:
        text = c.values.dtype.kind == "U"
        coordinate: Any = group.create_array(
            c.dim,
            shape=c.values.shape,
            chunks=c.values.shape,
            dtype="str" if text else c.values.dtype,
            dimension_names=(c.dim,),
            attributes=c.attrs,
        )
        coordinate[:] = c.values.astype(object) if text else c.values
    own = len(blocks.grid)
    for v in layout.variables:
        group.create_array(
            v.name,
            shape=v.shape,
            chunks=blocks.block + tuple(max(n, 1) for n in v.shape[own:]),
            dtype="str" if v.dtype == object else v.dtype,
            fill_value=v.fill,
            dimension_names=v.dims,
            attributes=v.attrs,
        )
    progress = group.create_group("blocks", attributes={_SPEC: _spec(blocks, fingerprint)})
    progress.create_array(
        "done", shape=(len(blocks),), chunks=(1,), dtype="bool", fill_value=False, dimension_names=("block",)
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")  # which lets xarray open it at once
        zarr.consolidate_metadata(group.store)
    try:
        os.replace(unfinished, path)
    except OSError:  # another process made it in the meantime
        shutil.rmtree(unfinished, ignore_errors=True)
        if not path.exists():
            raise


def _spec(blocks: Blocks, fingerprint: str) -> dict[str, Any]:
    return {"grid": list(blocks.grid), "block": list(blocks.block), "function": fingerprint}


def blocks_in(path: Path, layout: Layout, fingerprint: str) -> Blocks:
    """The blocks of an existing store. Raises ValueError where it is not the store of this very sweep."""
    import zarr

    refused = f"{path} cannot be resumed: "
    remedy = " Give another `path`, or move the store away."
    try:
        group: Any = zarr.open_group(path, mode="r", zarr_format=3, use_consolidated=False)
        spec = group["blocks"].attrs[_SPEC]
    except Exception as error:
        raise ValueError(f"{refused}it exists, but is not the store of a sweep.{remedy}") from error
    arrays, expected = set(group.array_keys()), {v.name for v in layout.variables}
    dims = {dim for v in layout.variables for dim in v.dims}
    if arrays - dims != expected:
        raise ValueError(
            f"{refused}it holds {', '.join(sorted(arrays - dims))}, but this sweep returns "
            f"{', '.join(sorted(expected))}.{remedy}"
        )
    for c in layout.coordinates:
        stored = np.asarray(group[c.dim][:]) if c.dim in arrays else None
        if stored is None or not np.array_equal(stored.astype(c.values.dtype), c.values):
            was = "is missing there" if stored is None else f"has {_range(stored)} there"
            raise ValueError(f"{refused}`{c.dim}` {was}, but {_range(c.values)} in this sweep.{remedy}")
    for v in layout.variables:
        array = group[v.name]
        found = (tuple(array.metadata.dimension_names), array.shape)
        if found != (v.dims, v.shape) or (v.dtype != object and array.dtype != v.dtype):
            raise ValueError(
                f"{refused}{v.name!r} has dimensions {found[0]}, shape {array.shape} and dtype {array.dtype} there, "
                f"but {v.dims}, {v.shape} and {v.dtype} in this sweep.{remedy}"
            )
    if spec["function"] != fingerprint:
        kept = {key: group.attrs.get(key) for key in layout.attrs}
        changed = [f"{key} {kept[key]!r} -> {layout.attrs[key]!r}" for key in kept if kept[key] != layout.attrs[key]]
        raise ValueError(
            f"{refused}its axes agree, but the function computes something else now: its code, the values it closes "
            f"over, or the libraries have changed ({'; '.join(changed) or 'same description, same versions'}).{remedy}"
        )
    return Blocks(tuple(spec["grid"]), tuple(spec["block"]))


def _range(values: np.ndarray) -> str:
    if values.size == 1:
        return f"the value {values[0]}"
    return f"{values.size} values from {values[0]} to {values[-1]}"
