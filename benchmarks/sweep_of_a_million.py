"""A million Bloch-Redfield heat currents of two qubits in one sweep: time and peak memory, beside loops by hand.

    python benchmarks/sweep_of_a_million.py [--quick] [--store DIR] [--devices N]

One process, all points with their own Hamiltonian, strength and temperature, Lamb shift included. Beside it, on fewer
points: `qt.sweep` into a zarr store, one `jax.lax.map` in chunks of 64 written by hand (what a sweep may cost at
least), and QuTiP's tensor and steady state, point by point, as a user writes it (it has no Lamb shift; extra
`qutip`). `--devices 2` makes two host devices of two cores. Ratios travel better between machines than times.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--quick", action="store_true", help="ten thousand points")
parser.add_argument("--store", type=Path, help="where the zarr store goes (default: a temporary folder)")
parser.add_argument("--devices", type=int, default=1, help="host devices")
options = parser.parse_args()
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={options.devices}"

import jax  # noqa: E402

jax.config.update("jax_enable_x64", True)
import numpy as np  # noqa: E402
from two_qubits_against_qutip import heat_current, qutip_current  # noqa: E402

import qtjax as qt  # noqa: E402

SIDE = 10 if options.quick else 100
AXES = {
    "hot": np.linspace(5.0, 30.0, SIDE),
    "exchange": np.linspace(0.02, 0.5, SIDE),
    "detuning": np.linspace(0.0, 2.0, 10),
    "strength": np.geomspace(1e-3, 3e-2, 10),
}


def peak() -> float:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def timed(label: str, points: int, work: Any) -> tuple[float, Any]:
    """Microseconds a point of work(), printed with the peak of memory so far."""
    start = time.perf_counter()
    result = work()
    elapsed = time.perf_counter() - start
    print(
        f"{label:44}{points:>10,}{elapsed:10.1f} s{1e6 * elapsed / points:10.2f} us/point{peak():9.0f} MB", flush=True
    )
    return 1e6 * elapsed / points, result


print(f"{options.devices} device(s) on {os.cpu_count()} cores; imported: {peak():.0f} MB")
with tempfile.TemporaryDirectory() as folder:
    total = int(np.prod([len(values) for values in AXES.values()]))
    path = (options.store or Path(folder)) / "million.zarr"
    stored, kept = timed(
        "qt.sweep, to a store (compilation included)", total, lambda: qt.sweep(heat_current, path=path, **AXES)
    )
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    print(f"{'':44}{size / 1e6:.1f} MB on disk")
    memory, data = timed("qt.sweep, in memory", total, lambda: qt.sweep(heat_current, progress=False, **AXES))
    assert np.all(data.reason == "")
    np.testing.assert_array_equal(kept.heat_current, data.heat_current)

some = min(total, 100_000)
chosen = np.random.default_rng(0).choice(total, some, replace=False)
columns = [column.ravel()[chosen] for column in np.meshgrid(*AXES.values(), indexing="ij")]
by_hand = (
    jax.jit(lambda *columns: jax.lax.map(lambda row: heat_current(*row), columns, batch_size=64))
    .lower(*columns)
    .compile()
)
floor, values = timed("jax.lax.map by hand, compiled, one device", some, lambda: np.asarray(by_hand(*columns)))
np.testing.assert_allclose(values, data.heat_current.values.ravel()[chosen], rtol=1e-11, atol=1e-15)

try:
    few = 10 if options.quick else 40
    qutip_current(*(float(c[0]) for c in columns))  # imports
    slow, theirs = timed("QuTiP", few, lambda: [qutip_current(*(float(c[i]) for c in columns)) for i in range(few)])
except ImportError:
    print("QuTiP is not installed")
else:
    differ = np.abs(np.asarray(theirs) - values[:few])
    print(f"QuTiP differs by up to {np.max(differ) / np.max(np.abs(values[:few])):.1e} of the largest: the Lamb shift")
    print(f"sweep: {slow / memory:.0f} times as fast as QuTiP, {memory / floor:.2f} times the loop by hand")
print(f"a store costs {stored / memory:.2f} times the same in memory")
