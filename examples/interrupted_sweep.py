"""A sweep that is killed, twice, and resumed: only the block in flight is computed again.

    python examples/interrupted_sweep.py [--quick] [--out DIR]

The exact heat current of a wire of two oscillators along spring and detuning, computed by a child process that this
script kills (kill -9) at moments that it cannot know. Units hbar = k_B = 1, unit masses, bare frequency of node 0.
"""

# %% Settings. Weak coupling needs double precision: switch it on before any array is made.
import argparse
import multiprocessing
import os
import random
import shutil
import signal
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import qtjax as qt

jax.config.update("jax_enable_x64", True)

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--quick", action="store_true", help="fewer points")
parser.add_argument("--out", type=Path, default=Path("figures"), help="where figure and data go")
options, _ = parser.parse_known_args()  # a notebook has arguments of its own


# %% The wire, and what is asked at every point: the exact current, and the error of the local equation.
def wire(spring, detuning):
    """Cold node of frequency 1, hot node of frequency 1 + detuning, one bath on each."""
    network = qt.OscillatorNetwork.from_springs(
        jnp.stack([1.0, 1.0 + detuning]), spring * jnp.array([[0.0, 1.0], [1.0, 0.0]])
    )
    drude = qt.Drude(1e-3 * jnp.ones(2), 1e2 * jnp.ones(2))
    bath = qt.Bath(jnp.eye(4)[::2], drude, jnp.array([2.0, 3.0]))
    return qt.OpenSystem(network, (bath,))


def observe(spring, detuning):
    """The current out of the hot bath, exact and under the local equation."""
    found = {}
    for name, description in {"exact": qt.Langevin(), "local": qt.local_master_equation()}.items():
        dynamics = description(wire(spring, detuning))
        found[name] = qt.heat_currents(dynamics, qt.steady_state(dynamics))[1]
    return {**found, "local_error": found["local"] / found["exact"] - 1}


SIDE = 24 if options.quick else 60
STORE = options.out / f"interrupted_sweep_{SIDE}.zarr"


def run(progress=False):
    """One call, the same every time: it begins, resumes or reads."""
    return qt.sweep(
        observe,
        path=STORE,
        batch_size=8,
        progress=progress,
        spring=np.geomspace(1e-3, 1.0, SIDE),
        detuning=np.linspace(0.0, 0.5, SIDE),
        units={"spring": r"$\omega^2$", "detuning": r"$\omega$", "exact": r"$\omega^2$"},
    )


def finished():
    """Marks in the store: one for each block of points that is done."""
    flags = STORE / "blocks" / "done" / "c"
    return len(os.listdir(flags)) if flags.exists() else 0


# %% Two runs that are killed, and one that is not.
if __name__ == "__main__":
    shutil.rmtree(STORE, ignore_errors=True)
    options.out.mkdir(parents=True, exist_ok=True)
    processes, generator = multiprocessing.get_context("spawn"), random.Random(1)
    for _ in range(2):
        child, before = processes.Process(target=run), finished()
        child.start()
        while child.is_alive() and finished() < before + 3:
            time.sleep(0.01)
        time.sleep(generator.uniform(0.0, 0.5))
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        print(f"killed; blocks in the store: {before} -> {finished()}")

    before = {path: path.stat().st_mtime_ns for path in (STORE / "blocks").rglob("c/*")}
    data = run(progress=True).load()
    touched = sum(path.stat().st_mtime_ns != when for path, when in before.items())
    print(f"resumed; blocks in the store: {len(before)} -> {finished()}, of the old ones computed again: {touched}")
    assert touched == 0

    # The same without a store and without interruption.
    whole = qt.sweep(observe, batch_size=8, progress=False, spring=data.spring.values, detuning=data.detuning.values)
    same = all(data[name].values.tobytes() == whole[name].values.tobytes() for name in ("exact", "local"))
    print(f"equal to an uninterrupted sweep, bit for bit: {same}; failed points: {int((data.reason != '').sum())}")
    assert same

    # %% The figure.
    data.spring.attrs["long_name"], data.detuning.attrs["long_name"] = "spring $k$", r"detuning $\Delta$"
    data.exact.attrs["long_name"] = r"$J_\mathrm{exact}$"
    data.local_error.attrs["long_name"] = r"$J_\mathrm{local}/J_\mathrm{exact}-1$"
    figure, panels = plt.subplots(1, 2, figsize=(7.0, 2.9), layout="constrained")
    qt.plot_map(data, "exact", x="spring", y="detuning", axes=panels[0])
    qt.plot_map(data, "local_error", x="spring", y="detuning", axes=panels[1])
    for axes, title in zip(panels, ("(a) heat current", "(b) error of the local equation"), strict=True):
        axes.set_title(title, loc="left", fontsize=9)
    figure.savefig(options.out / "interrupted_sweep.png", dpi=100 if options.quick else 300)
    print(f"wrote {options.out / 'interrupted_sweep.png'}")
