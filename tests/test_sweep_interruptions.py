"""Sweeps that are killed, run by several processes, or spread over many devices: nothing changes the result."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

WORKER = Path(__file__).with_name("sweep_worker.py")
LONG = 300.0  # seconds; what takes longer hangs


def start(store, *, devices=1, job=None, rank=0, processes=2):
    """The worker, alone or, with the number of a job, as one of the processes that SLURM starts on this machine."""
    slurm = {
        "SLURM_JOB_ID": job,
        "SLURM_NTASKS": processes,
        "SLURM_PROCID": rank,
        "SLURM_LOCALID": rank,
        "SLURM_STEP_NODELIST": "localhost",
    }
    environment = {
        **os.environ,
        "XLA_FLAGS": f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count={devices}",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(WORKER.parent.parent),
        **({} if job is None else {name: str(value) for name, value in slurm.items()}),
    }
    command = [sys.executable, str(WORKER), str(store)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process):
    said, _ = process.communicate(timeout=LONG)
    assert process.returncode == 0, said


def finished(store):
    """The number of blocks that are done."""
    flags = store / "blocks" / "done" / "c"
    return sum(1 for name in os.listdir(flags) if name.isdigit()) if flags.exists() else 0


def kill_within(process, store, generator, *, more):
    """Kill -9 at a random moment after `more` blocks were written, or once the process is done."""
    before, deadline = finished(store), time.monotonic() + LONG
    while process.poll() is None and finished(store) < before + more and time.monotonic() < deadline:
        time.sleep(1e-3)
    time.sleep(generator.uniform(0.0, 0.05))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=LONG)


def contents(store):
    """The bytes of every chunk of every variable."""
    return {
        str(path.relative_to(store)): path.read_bytes()
        for path in sorted(store.rglob("*"))
        if path.is_file() and not path.name.endswith(".partial")
    }


def free_job():
    """The number of a job whose port is free: JAX takes 61440 + number modulo 4096."""
    for job in range(os.getpid(), os.getpid() + 4096):
        with socket.socket() as s:
            if s.connect_ex(("localhost", 61440 + job % 4096)) != 0:
                return job
    raise AssertionError("no free port")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    store = tmp_path_factory.mktemp("uninterrupted") / "map.zarr"
    finish(start(store))
    return store


def test_the_worker_computes_something(uninterrupted):
    data = xr.open_zarr(uninterrupted, chunks=None).load()
    good = data.hot.values >= 0
    assert np.all(np.isfinite(data.heat_currents.values[good]))
    assert np.all(np.isnan(data.heat_currents.values[~good]))
    assert np.all((data.reason.values == "") == good[:, None])
    assert np.all(np.sign(data.heat_currents.values[good, :, 0]) == np.sign(data.hot.values[good] - 1)[:, None])
    assert finished(uninterrupted) > 60


@pytest.mark.slow
def test_killed_ten_times(uninterrupted, tmp_path):
    store, generator = tmp_path / "map.zarr", random.Random(6)
    lost = []
    for attempt in range(10):
        process = start(store)
        if attempt == 0:  # at whatever it is doing: importing, compiling, making the store
            time.sleep(generator.uniform(0.5, 4.0))
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=LONG)
        else:
            kill_within(process, store, generator, more=generator.randint(1, 5))
        lost.append(finished(store))
    assert lost == sorted(lost)  # what is done stays done
    assert lost[-1] >= 9
    before = {name: (store / name).stat().st_mtime_ns for name in contents(store) if "/c/" in f"/{name}"}
    marked = {index for index in range(finished(uninterrupted)) if (store / f"blocks/done/c/{index}").exists()}
    finish(start(store))
    assert contents(store) == contents(uninterrupted)
    # Nothing was written again but the block in flight.
    again = [name for name, when in before.items() if (store / name).stat().st_mtime_ns != when]
    assert len({tuple(name.split("/")[2:4]) for name in again}) <= 1
    assert not any(name == f"blocks/done/c/{index}" for name in again for index in marked)


@pytest.mark.slow
def test_two_processes_one_of_them_killed(uninterrupted, tmp_path):
    store, generator = tmp_path / "map.zarr", random.Random(7)
    for _ in range(2):
        job = free_job()
        both = [start(store, job=job, rank=rank) for rank in (0, 1)]
        kill_within(both[1], store, generator, more=generator.randint(2, 10))
        time.sleep(generator.uniform(0.0, 0.3))
        both[0].send_signal(signal.SIGKILL)  # it would wait for the other, until the coordinator gives up
        both[0].communicate(timeout=LONG)
    assert finished(store) > 0
    job = free_job()
    for process in [start(store, job=job, rank=rank) for rank in (0, 1)]:
        finish(process)
    assert contents(store) == contents(uninterrupted)


@pytest.mark.slow
def test_eight_devices_of_one_machine(uninterrupted, tmp_path):
    store = tmp_path / "map.zarr"
    finish(start(store, devices=8))
    found, expected = (xr.open_zarr(path, chunks=None).load() for path in (store, uninterrupted))
    np.testing.assert_allclose(found.heat_currents, expected.heat_currents, rtol=1e-13, atol=1e-16)
    assert np.all(found.reason.values == expected.reason.values)


@pytest.mark.slow
def test_a_large_sweep_does_not_hang_on_many_devices():
    code = """
import jax, numpy as np, qtjax as qt, sys
sys.path.insert(0, "tests"); jax.config.update("jax_enable_x64", True)
from sweep_worker import LABELS, observe
axes = {"hot": np.linspace(0.5, 3.0, 400), "strength": np.geomspace(1e-4, 1e-1, 200)}
data = qt.sweep(observe, progress=False, **LABELS, **axes)
assert np.all(np.isfinite(data.heat_currents)), "NaN"
"""
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", code], env=environment, timeout=LONG, check=True, cwd=WORKER.parent.parent)
