"""A map of negative differential thermal conductance: 100 x 100 x 4 pairs of qubits in one sweep.

    python examples/ndtc_map.py [--quick] [--out DIR]

The Bloch-Redfield current of two equal qubits and its derivative with respect to the temperature of the hot bath,
over temperature and exchange, for four strengths of the baths. Units hbar = k_B = 1 and splitting of the qubits.
"""

# %% Settings. Weak coupling needs double precision: switch it on before any array is made.
import argparse
from pathlib import Path

import jax
import matplotlib.pyplot as plt
import numpy as np

import qtjax as qt

jax.config.update("jax_enable_x64", True)

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--quick", action="store_true", help="fewer points")
parser.add_argument("--out", type=Path, default=Path("figures"), help="where figure and data go")
options, _ = parser.parse_known_args()  # a notebook has arguments of its own

# %% The device: two equal qubits, joined by g sx sx, each with sigma_x on its own Drude bath (Zhang et al. 2025).
SPLITTING, CUTOFF, COLD = 1.0, 12.5, 1.25


def pair(hot, exchange, strength):
    """The hot bath on qubit 0, the cold one on qubit 1."""
    x, z = ([sigma(site, of=2) for site in (0, 1)] for sigma in (qt.sigma_x, qt.sigma_z))
    hamiltonian = qt.FiniteHamiltonian(SPLITTING / 2 * (z[0] + z[1]), exchange * x[0] @ x[1], dims=(2, 2))
    drude = qt.Drude(strength, CUTOFF)
    return qt.OpenSystem(hamiltonian, (qt.Bath(x[0], drude, hot, name="hot"), qt.Bath(x[1], drude, COLD, name="cold")))


def current(hot, exchange, strength):
    """The heat current out of the hot bath."""
    dynamics = qt.redfield_equation(lamb_shift=True)(pair(hot, exchange, strength))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics))[0]


def observe(hot, exchange, strength):
    """The current, its derivative with respect to the temperature of the hot bath, and d ln J / d ln T."""
    value, slope = jax.value_and_grad(current)(hot, exchange, strength)
    return {"heat_current": value, "conductance": slope, "relative": hot * slope / value}


# %% The sweep, written to a store: run the script again and it only reads.
side = 24 if options.quick else 100
options.out.mkdir(parents=True, exist_ok=True)
data = qt.sweep(
    observe,
    path=options.out / f"ndtc_map_{side}.zarr",
    hot=np.linspace(2 * COLD, 8 * COLD, side),
    exchange=np.geomspace(0.002, 0.4, side),
    strength=[1e-3, 3e-3, 1e-2, 3e-2],
    units={"hot": r"$\epsilon$", "exchange": r"$\epsilon$"},
).load()
assert np.all(data.reason == ""), "some points failed"

# %% The numbers that matter.
print(f"{data.conductance.size} points under {data.attrs['description']}")
for strength in data.strength.values:
    here = data.sel(strength=strength)
    negative = here.conductance < 0
    steepest = here.isel(here.relative.argmin(("hot", "exchange")))
    largest = here.exchange.values[negative.any("hot")].max()
    print(
        f"strength {strength:.0e}: NDTC at {float(negative.mean()):3.0%} of the points, for exchange up to "
        f"{largest:.3f}; steepest d ln J / d ln T = {float(steepest.relative):+.2f} at T = {float(steepest.hot):.2f}, "
        f"exchange {float(steepest.exchange):.4f}"
    )

# %% The figure.
data.relative.attrs["long_name"] = r"$d\,\ln J\,/\,d\,\ln T_h$"
data.hot.attrs["long_name"] = r"$T_h$"
data.exchange.attrs["long_name"] = r"exchange $g$"
figure, panels = plt.subplots(2, 2, figsize=(7.0, 5.6), sharex=True, sharey=True, layout="constrained")
for letter, axes, strength in zip("abcd", panels.flat, data.strength.values, strict=True):
    qt.plot_map(data.sel(strength=strength), "relative", x="hot", y="exchange", axes=axes)
    axes.set_title(rf"({letter}) $\gamma = {strength:g}$", loc="left", fontsize=9)
for axes in panels[0]:
    axes.set_xlabel("")
for axes in panels[:, 1]:
    axes.set_ylabel("")
figure.savefig(options.out / "ndtc_map.png", dpi=100 if options.quick else 300)
print(f"wrote {options.out / 'ndtc_map.png'}")
