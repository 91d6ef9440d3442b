"""A map of which master equation to trust, along coupling and detuning.

    python examples/validity_map.py [--quick] [--out DIR]

Two oscillators, whose exact solution is the judge, and two qubits, where the Redfield equation has to be one. Prints
the assessment of one device, and draws which equation is to be trusted within 1 %. Units hbar = k_B = 1, unit masses.
"""

# %% Settings. Weak coupling needs double precision: switch it on before any array is made.
import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import qtjax as qt

jax.config.update("jax_enable_x64", True)

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--quick", action="store_true", help="fewer points")
parser.add_argument("--out", type=Path, default=Path("figures"), help="where the figure goes")
options, _ = parser.parse_known_args()  # a notebook has arguments of its own

# %% Two devices of two nodes, each node with a bath of its own.
KAPPA, T_COLD, T_HOT = 1e-3, 2.0, 3.0


def wire(spring, detuning):
    """Oscillators of frequencies 1 and 1 + detuning, joined by a spring."""
    springs = spring * jnp.array([[0.0, 1.0], [1.0, 0.0]])
    network = qt.OscillatorNetwork.from_springs(jnp.stack([1.0, 1.0 + detuning]), springs)
    drude = qt.Drude(KAPPA, cutoff=1e3)
    cold = qt.Bath(qt.position(0, of=2), drude, T_COLD, name="cold")
    hot = qt.Bath(qt.position(1, of=2), drude, T_HOT, name="hot")
    return qt.OpenSystem(network, (cold, hot))


def pair(coupling, detuning):
    """Qubits of splittings 4 and 4 (1 + detuning), joined by coupling x sigma_x sigma_x."""
    x, z = ([sigma(site, of=2) for site in (0, 1)] for sigma in (qt.sigma_x, qt.sigma_z))
    hamiltonian = qt.FiniteHamiltonian(2.0 * (z[0] + (1.0 + detuning) * z[1]), coupling * x[0] @ x[1], dims=(2, 2))
    drude = qt.Drude(KAPPA, cutoff=50.0)
    return qt.OpenSystem(hamiltonian, (qt.Bath(x[0], drude, 5.0, name="cold"), qt.Bath(x[1], drude, 10.0, name="hot")))


# %% One device: everything that is known about it, on a page.
device = wire(1e-3, 1e-6)
print(qt.assess(device))

# %% Maps. What `assess` returns names its axes, so the sweep needs no more than the function.
number = 13 if options.quick else 41
DETUNINGS = np.geomspace(1e-6, 1.0, number)
maps = {
    "(a) oscillators, judged by the exact solution": qt.sweep(
        lambda spring, detuning: qt.assess(wire(spring, detuning)),
        spring=np.geomspace(1e-5, 1.0, number),
        detuning=DETUNINGS,
        units={"spring": r"$\omega^2$", "detuning": r"$\omega$"},
        progress=False,
    ),
    "(b) qubits, judged by the Redfield equation": qt.sweep(
        lambda coupling, detuning: qt.assess(pair(coupling, detuning)),
        coupling=np.geomspace(1e-5, 1.0, number),
        detuning=DETUNINGS,
        units={"coupling": r"$\epsilon/4$", "detuning": r"$\epsilon$"},
        progress=False,
    ),
}

# %% The numbers that matter.
for title, data in maps.items():
    print(f"\n{title}: {data.trusted.size} devices")
    for index, name in enumerate(["none", *data.description.values], start=-1):
        share = float((data.trusted == index).mean())
        if share > 0:
            print(f"  trust {name:<20}{share:6.1%}", end="")
            if index >= 0:
                worst = float(data.current_error.isel(description=index).where(data.trusted == index).max())
                print(f"  its current is within {worst:.1e} of the judge's", end="")
            print()
    for name in ("local", "global"):
        worst = float(data.current_error.sel(description=name).max())
        print(f"  {name + ' everywhere instead':<26}: off by up to a factor of {worst:.0e}")
    reversed_ = (data.second_law.sel(description="local") < 0).mean()
    print(f"  local carries heat from cold to hot in {float(reversed_):.0%}; judge uncertain to", end="")
    print(f" {float(data.uncertainty.max()):.1e}")

# %% The figure.
figure, panels = plt.subplots(1, 2, figsize=(7.2, 3.6), layout="constrained")
for axes, (title, data) in zip(panels, maps.items(), strict=True):
    qt.plot_map(data, "trusted", axes=axes)
    axes.set_title(title, loc="left", fontsize=9)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "validity_map.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'validity_map.png'}")
