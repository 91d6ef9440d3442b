"""The compiled part of a sweep: all points of a block on all devices; and what is wrong with those that fail."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from .._checks import FAULTS, tolerated
from ._outputs import Traced

Columns = Sequence[np.ndarray]
Results = dict[str, np.ndarray]

_SILENT = "The function returned NaN, but raised no error (throw=False?)."


class Program(NamedTuple):
    """A compiled function of columns of points, `rows` of them, in batches of `batch` on each device."""

    run: Callable[..., dict[str, jax.Array]]
    rows: int
    one_batch: Callable[..., dict[str, jax.Array]]  # the same for one batch on one device, compiled when called
    batch: int


def compiled(traced: Traced, points: int, dtypes: Sequence[np.dtype], devices: Sequence[Any], batch: int) -> Program:
    """The program for blocks of up to `points` points."""
    function = traced.flat
    shares = len(devices)
    batches = -(-points // (shares * batch))
    batch = -(-points // (shares * batches))  # the last batch is not mostly filling
    rows = shares * batches * batch

    def share(*columns: Any) -> dict[str, Any]:
        return jax.lax.map(lambda point: function(*point), columns, batch_size=batch)

    # Every device runs a program of its own on its share of the points: nothing is exchanged.
    over_points = PartitionSpec("points")
    everywhere = jax.shard_map(
        share,
        mesh=Mesh(np.asarray(devices), ("points",)),
        in_specs=(over_points,) * len(dtypes),
        out_specs=over_points,
        check_vma=False,
    )
    structs = [jax.ShapeDtypeStruct((rows,), dtype) for dtype in dtypes]
    lowered = jax.jit(everywhere).lower(*structs)
    again = {name: (x.shape[1:], x.dtype) for name, x in lowered.out_info.items()}
    if again != {output.name: (output.shape, output.dtype) for output in traced.outputs}:
        raise ValueError(
            f"`function` returned arrays of other shapes when it was traced again: {again} after "
            f"{[output[:1] + output[2:4] for output in traced.outputs]}. It must not depend on what was called before."
        )
    return Program(_compiled(lowered, devices[0].platform), rows, jax.jit(jax.vmap(function)), batch)


def _compiled(lowered: Any, platform: str) -> Any:
    """The program; on a CPU by the older of XLA's two code generators, which takes half the time and is no slower."""
    if platform == "cpu":
        with suppress(jax.errors.JaxRuntimeError):  # of a version of XLA that has no such option
            return lowered.compile(compiler_options={"xla_cpu_use_fusion_emitters": False})
    return lowered.compile()


def solve(program: Program, columns: Columns) -> tuple[Results, np.ndarray]:
    """The results at every point, arrays (points, ...), and the reason (points,) where there is none, else ""."""
    points = len(columns[0])
    reasons = np.full(points, "", dtype=object)
    try:
        with tolerated():
            results = _run(program.run, columns, program.rows)
    except Exception as error:  # one of the user's own: it must not take the other points along
        _refuse_out_of_memory(error)
        return _batch_by_batch(program, columns)
    failed = np.flatnonzero(_is_nan(results))
    for start in range(0, len(failed), program.batch):
        rows = failed[start : start + program.batch]
        reasons[rows] = _explained(program, [column[rows] for column in columns])
    return results, reasons


def _run(function: Callable[..., dict[str, jax.Array]], columns: Columns, rows: int) -> Results:
    """function(columns), filled up to `rows` with copies of the last point."""
    points = len(columns[0])
    filled = [np.concatenate([column, np.broadcast_to(column[-1], rows - points)]) for column in columns]
    return {name: np.asarray(array)[:points] for name, array in jax.device_get(function(*filled)).items()}


def _is_nan(results: Results) -> np.ndarray:
    """Whether any number of a point is NaN."""
    nan = [np.isnan(x).reshape(len(x), -1).any(axis=1) for x in results.values() if x.dtype.kind in "fc"]
    points = len(next(iter(results.values())))
    return np.any(nan, axis=0) if nan else np.zeros(points, bool)


def _explained(program: Program, columns: Columns) -> np.ndarray:
    """The sentence of the first fault of every point of at most one batch."""
    points = len(columns[0])
    with tolerated() as found:
        _run(program.one_batch, columns, program.batch)
    sentences = np.full(points, "", dtype=object)
    for numbers, values in found:
        # One row for each point; a fault that does not depend on the point has one for all, or no axis at all.
        rows = numbers.shape[0] if numbers.ndim else 1
        numbers, values = (
            np.broadcast_to(x.reshape(rows, -1), (program.batch, x.size // rows)) for x in (numbers, values)
        )
        for i, worst in enumerate(numbers[:points].argmax(axis=1)):
            if not sentences[i] and numbers[i, worst]:
                sentences[i] = FAULTS[int(numbers[i, worst]) - 1].format(value=float(values[i, worst]))
    sentences[sentences == ""] = _SILENT
    return sentences


def _batch_by_batch(program: Program, columns: Columns) -> tuple[Results, np.ndarray]:
    """The results where a block raises an error: a batch that raises is taken point by point."""
    points, parts, reasons = len(columns[0]), [], []
    for start in range(0, points, program.batch):
        batch = [column[start : start + program.batch] for column in columns]
        try:
            with tolerated():
                found = _run(program.one_batch, batch, program.batch)
            said = np.full(len(batch[0]), "", dtype=object)
            failed = np.flatnonzero(_is_nan(found))
            if failed.size:
                said[failed] = _explained(program, [column[failed] for column in batch])
        except Exception:
            found, said = _point_by_point(program, batch)
        parts.append(found)
        reasons.append(said)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, np.concatenate(reasons)


def _point_by_point(program: Program, columns: Columns) -> tuple[Results, np.ndarray]:
    structs = jax.eval_shape(program.one_batch, *(np.broadcast_to(column[0], program.batch) for column in columns))
    points = len(columns[0])
    results = {name: _nothing((points, *struct.shape[1:]), struct.dtype) for name, struct in structs.items()}
    reasons = np.full(points, "", dtype=object)
    for i in range(points):
        point = [column[i : i + 1] for column in columns]
        try:
            with tolerated():
                found = _run(program.one_batch, point, program.batch)
        except Exception as error:
            _refuse_out_of_memory(error)
            reasons[i] = _sentence(error)
        else:
            for name, array in found.items():
                results[name][i] = array[0]
            if _is_nan(found)[0]:
                reasons[i] = _explained(program, point)[0]
    return results, reasons


def _nothing(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.full(shape, np.nan if np.dtype(dtype).kind in "fc" else 0, dtype)


def _sentence(error: Exception) -> str:
    """What an error says, without the traceback that XLA puts around it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    raised = [line for line in lines if re.match(r"[A-Za-z_.]*(Error|Exception): ", line)]
    return (raised or lines or [type(error).__name__])[-1 if raised else 0]


def _refuse_out_of_memory(error: Exception) -> None:
    if "RESOURCE_EXHAUSTED" in str(error) or isinstance(error, MemoryError):
        raise MemoryError(
            "A batch of points does not fit in memory. Use a smaller `batch_size`; what a store of this sweep has "
            "already is kept."
        ) from error
