"""The door to sweeps."""

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import jax
import numpy as np

from .._checks import check_count, check_flag
from ._axes import axes_of
from ._blocks import Blocks, blocks_of, largest
from ._layout import Layout, layout_of
from ._outputs import traced
from ._program import compiled, solve
from ._stores import AbstractStore, Memory, Zarr, blocks_in, create

# Small batches of small matrices are the fastest on a CPU, where large ones can even hang; an accelerator needs many.
_BATCH, _ACCELERATOR_BATCH = 64, 16384
_PATIENCE = 600  # tenths of a second

_OTHER_FORMATS = {".nc", ".nc4", ".cdf", ".h5", ".hdf5", ".csv", ".npz", ".npy", ".pkl"}


def sweep(
    function: Callable[..., Any],
    *,
    path: str | os.PathLike[str] | None = None,
    batch_size: int | None = None,
    devices: Sequence[Any] | None = None,
    progress: bool = True,
    dims: Mapping[str, Any] | None = None,
    coords: Mapping[str, Any] | None = None,
    units: Mapping[str, str] | None = None,
    **axes: Any,
) -> Any:
    """The function at every point of the outer product of the axes, as an xarray.Dataset.

        data = qt.sweep(observe, coupling=jnp.geomspace(1e-4, 0.3, 61), hot=jnp.linspace(1, 3, 21),
                        dims={"heat_current": "bath"}, coords={"bath": ["cold", "hot"]})

    function: called with the axes' names as keywords, each a scalar, returns a number, an array, or dicts, tuples and
    modules of them, whose names, joined by underscores, are the variables. It is traced, so it must be written with
    `jnp`. axes: one-dimensional; real ones become float64, whatever they count; an xarray.DataArray brings its label
    and units. Dimensions are the axes in the order of the call, then those of the output, named by `dims`
    (name of the variable: name or tuple of names) and labelled by `coords`; `units` of axes and variables are what
    plots write. Attributes name the descriptions used, conventions and versions.

    Points are solved in batches of `batch_size` (64 on a CPU) on each of `devices` (default: all local ones), and
    in every process of `jax.distributed`, each a share. A point that fails is NaN, and the variable `reason` says
    why; it never stops a sweep.

    With `path`, blocks of points are written to a zarr store as they are finished, and the dataset reads from it. The
    same call resumes after whatever interruption and computes what is missing. Raises ValueError for bad axes, a
    function that cannot be traced, names that clash and the store of another sweep, MemoryError where
    a batch is too large, and OSError where the disk is full: what is written stays.
    """
    for name, given in (("dims", dims), ("coords", coords), ("units", units)):
        if not isinstance(given, Mapping | None):
            raise ValueError(f"`{name}` must be a dict by the names of variables or dimensions, but is {given!r}.")
    if not isinstance(path, str | os.PathLike | None):
        raise ValueError(f"`path` must be the path of a store, but is {path!r}. An axis needs another name.")
    if path is not None and Path(path).suffix in _OTHER_FORMATS:
        raise ValueError(
            f"`path` is of a zarr store, `map.zarr`, but is {str(path)!r}. For a file of that kind leave it out, and "
            "save the Dataset: `data.to_netcdf(...)`, `data.to_dataframe().to_csv(...)`."
        )
    check_flag(progress, "progress")
    dims, coords, units = dims or {}, coords or {}, units or {}
    if batch_size is not None:
        check_count(batch_size, "batch_size")
    parsed = axes_of(function, axes, units)
    what = traced(function, parsed, dims, coords, units)
    unknown = set(units) - {axis.name for axis in parsed} - {output.name for output in what.outputs}
    if unknown:
        raise ValueError(f"`units` names {', '.join(sorted(unknown))}, which is no axis and no output.")
    layout = layout_of(parsed, what)
    chosen = _devices(devices)
    batch = batch_size or (_BATCH if chosen[0].platform == "cpu" else _ACCELERATOR_BATCH)
    blocks = blocks_of(tuple(axis.values.size for axis in parsed), batch * len(chosen))
    store, blocks = _store(path, layout, blocks, what.fingerprint)

    mine = np.arange(len(blocks)) % jax.process_count() == jax.process_index()
    done = store.done()
    missing = np.flatnonzero(mine & ~done).tolist()
    if missing:
        program = compiled(what, largest(blocks), [axis.values.dtype for axis in parsed], chosen, batch)
        finished = sum(math.prod(blocks.shape(i)) for i in np.flatnonzero(mine & done).tolist())
        total = finished + sum(math.prod(blocks.shape(i)) for i in missing)
        with _bar(total, finished, progress) as bar:
            for index in missing:
                results, reasons = solve(program, blocks.points(index, parsed))
                store.write(index, {**results, "reason": reasons})
                if bar is not None:
                    bar.update(len(reasons))
    _wait("sweep finished")
    return store.dataset()


def _devices(devices: Sequence[Any] | None) -> list[Any]:
    chosen = jax.local_devices() if devices is None else list(devices) if isinstance(devices, Sequence) else []
    local = jax.local_devices()
    if not chosen or any(device not in local for device in chosen):
        raise ValueError(f"`devices` must be some of this process's devices, {local}, but is {devices!r}.")
    return chosen


def _store(
    path: str | os.PathLike[str] | None, layout: Layout, blocks: Blocks, fingerprint: str
) -> tuple[AbstractStore, Blocks]:
    """The store, made by the first process, and its blocks: those it was begun with, if it is resumed."""
    if path is None:
        if jax.process_count() > 1:
            raise ValueError(
                f"This is one of {jax.process_count()} processes, which share a sweep through a store: give a `path` "
                "that all of them see."
            )
        return Memory(layout, blocks), blocks
    where = Path(path)
    if jax.process_index() == 0 and not where.exists():
        create(where, layout, blocks, fingerprint)
    _wait("store made")
    for _ in range(_PATIENCE):  # of a file system that shows the work of another machine with a delay
        if where.exists():
            break
        time.sleep(0.1)
    blocks = blocks_in(where, layout, fingerprint)
    return Zarr(where, layout, blocks), blocks


def _wait(name: str) -> None:
    if jax.process_count() > 1:
        from jax.experimental import multihost_utils

        multihost_utils.sync_global_devices(name)


def _bar(total: int, finished: int, progress: bool) -> Any:
    if not progress or jax.process_index() > 0:
        return nullcontext()
    from tqdm import tqdm

    return tqdm(total=total, initial=finished, unit=" points", unit_scale=True)
