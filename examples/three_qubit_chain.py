"""Three qubits in a row between two baths: heat current and correlations along the coupling.

    python examples/three_qubit_chain.py [--quick] [--out DIR]

H = sum_i w_i sz_i / 2 + g sum_i (s+_i s-_{i+1} + h.c.), a bath on sx of the first qubit and one of the last. Detuned
qubits, and equal ones: heat current under the local, the global and the Redfield equation, and what the steady
state holds of correlations between neighbours. Units hbar = k_B = 1, frequency of the first qubit.
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

# %% The problem.
HOT, COLD, STRENGTH, CUTOFF = 1.0, 0.2, 1e-3, 20.0
QUBITS = 3
DIMS = (2,) * QUBITS
RAISE = [qt.sigma_plus(site, of=QUBITS) for site in range(QUBITS)]
Z = [qt.sigma_z(site, of=QUBITS) for site in range(QUBITS)]
HOPPING = sum(RAISE[i] @ RAISE[i + 1].T + RAISE[i + 1] @ RAISE[i].T for i in range(QUBITS - 1))


def chain(frequencies, coupling):
    """The hot bath on the first qubit, the cold one on the last."""
    free = sum(frequencies[i] / 2 * Z[i] for i in range(QUBITS))
    ends = jnp.stack([qt.sigma_x(0, of=QUBITS), qt.sigma_x(QUBITS - 1, of=QUBITS)])
    baths = qt.Bath(ends, qt.Drude(STRENGTH, CUTOFF), jnp.array([HOT, COLD]))  # a stack of two
    return qt.OpenSystem(qt.FiniteHamiltonian(free, coupling * HOPPING, dims=DIMS), (baths,))


DESCRIPTIONS = {
    "Redfield": qt.redfield_equation(),
    "global": qt.global_master_equation(),
    "local": qt.local_master_equation(),
}


def solver(describe):
    """Heat currents and steady states of one description, for every row (frequencies, coupling)."""

    def at(row):
        dynamics = describe(chain(row[:QUBITS], row[QUBITS]))
        state = qt.steady_state(dynamics, throw=False)
        return qt.heat_currents(dynamics, state, throw=False)[0], state.matrix

    return jax.jit(lambda rows: jax.lax.map(at, rows, batch_size=16))


@jax.jit
@jax.vmap
def correlations(matrix):
    """Mutual information and logarithmic negativity of the first and the second pair of neighbours."""
    state = qt.DensityMatrix(matrix, dims=DIMS)
    pairs = [(i, i + 1) for i in range(QUBITS - 1)]
    information = [qt.mutual_information(state, *pair, throw=False) for pair in pairs]
    negativity = [qt.logarithmic_negativity(state.reduced(pair), 0, throw=False) for pair in pairs]
    return jnp.stack(information), jnp.stack(negativity)


# %% Two chains, every coupling of both solved in one call.
CHAINS = {"equal": (1.0, 1.0, 1.0), "detuned": (1.0, 0.9, 1.1)}
couplings = np.geomspace(1e-4, 0.8, 24 if options.quick else 96)
rows = np.concatenate(
    [np.column_stack([np.tile(frequencies, (couplings.size, 1)), couplings]) for frequencies in CHAINS.values()]
)
found = {name: {} for name in CHAINS}
for description, describe in DESCRIPTIONS.items():
    current, matrices = solver(describe)(rows)
    information, negativity = correlations(matrices)
    arrays = jax.device_get((current, information, negativity, np.linalg.eigvalsh(matrices)[:, 0]))
    for k, name in enumerate(CHAINS):
        part = slice(k * couplings.size, (k + 1) * couplings.size)
        keys = ("current", "information", "negativity", "least")
        found[name][description] = {key: array[part] for key, array in zip(keys, arrays, strict=True)}

# %% The numbers that matter.
damping = float(qt.Drude(STRENGTH, CUTOFF).rate(1.0, HOT))
print(f"damping of the first qubit gamma(1) = {damping:.2e}; T_hot = {HOT:g}, T_cold = {COLD:g}\n")
print(f"{'chain':<10}{'g':>9}{'J Redfield':>12}{'global':>12}{'local':>12}{'I(1:2)':>11}{'I(2:3)':>11}")
for name, results in found.items():
    for i in np.linspace(0, couplings.size - 1, 5).astype(int):
        currents = "".join(f"{results[d]['current'][i]:12.3e}" for d in DESCRIPTIONS)
        information = "".join(f"{value:11.2e}" for value in results["Redfield"]["information"][i])
        print(f"{name:<10}{couplings[i]:9.1e}{currents}{information}")
print("\nrange of g in which a current agrees with Redfield to 10 %")
for name, results in found.items():
    for d in ("global", "local"):
        good = couplings[np.abs(results[d]["current"] / results["Redfield"]["current"] - 1.0) < 0.1]
        span = f"{good[0]:.1e} to {good[-1]:.1e}" if good.size else "nowhere"
        backwards = couplings[results[d]["current"] < 0]
        against = f"; heat from cold to hot for {backwards.size} couplings" if backwards.size else ""
        print(f"  {name:<9}{d:<8}{span}{against}")
print("entanglement between neighbours (logarithmic negativity, Redfield)")
for name, results in found.items():
    negativity = results["Redfield"]["negativity"]
    entangled = np.concatenate([[False], np.any(negativity > 1e-9, axis=1), [False]])
    first, last = (np.flatnonzero(entangled[1:-1] & ~entangled[shift]) for shift in (slice(None, -2), slice(2, None)))
    windows = ", ".join(f"{couplings[i]:.1e} to {couplings[j]:.1e}" for i, j in zip(first, last, strict=True))
    print(f"  {name:<9}largest {negativity.max():.3f}; g in {windows or 'no window'}")
least = min(results["Redfield"]["least"].min() for results in found.values())
print(f"least eigenvalue of a Redfield state: {least:.1e}")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
COLORS = {"Redfield": "#56B4E9", "global": "#000000", "local": "#009E73"}
WIDTHS = {"Redfield": 4.0, "global": 1.2, "local": 1.6}
STYLES = {"equal": "-", "detuned": (0, (4, 1.5))}
PAIRS = {"qubits 1, 2": "#D55E00", "qubits 2, 3": "#0072B2"}

figure, (a, b, c) = plt.subplots(1, 3, figsize=(7.4, 3.3))
for name, results in found.items():
    exact, style = results["Redfield"], {"linestyle": STYLES[name]}
    for description, color in COLORS.items():
        look = {"color": color, "linewidth": WIDTHS[description], "alpha": 0.6 if description == "Redfield" else 1.0}
        current = results[description]["current"]
        a.loglog(couplings, current / STRENGTH, **look, **style)
        if description != "Redfield":
            b.loglog(couplings, np.abs(current / exact["current"] - 1.0), **look, **style)
    for k, color in enumerate(PAIRS.values()):
        c.loglog(couplings, exact["information"][:, k], color=color, linewidth=1.2, **style)
        entangled = exact["negativity"][:, k]
        c.loglog(couplings, np.where(entangled > 1e-5, entangled, np.nan), color=color, linewidth=3.2, alpha=0.6)
for axes in (a, b, c):
    axes.axvline(damping, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
a.annotate(r"$\gamma$", (damping, 0.03), (3, 0), xycoords=("data", "axes fraction"), textcoords="offset points")
a.set(ylabel="heat current $J$ / strength", ylim=(1e-7, 1.0))
b.set(ylabel=r"deviation $|J/J_\mathrm{Redfield}-1|$", ylim=(1e-6, 1e3))
c.set(ylabel="mutual information (thick: negativity)", ylim=(1e-6, 1.0))
lines = [
    *(plt.Line2D([], [], color=COLORS[d], linewidth=WIDTHS[d], label=d) for d in COLORS),
    *(plt.Line2D([], [], color=color, label=label) for label, color in PAIRS.items()),
    *(plt.Line2D([], [], color="0.4", linestyle=STYLES[name], label=f"{name} qubits") for name in CHAINS),
]
figure.legend(handles=lines, loc="outside upper center", ncols=7, handlelength=1.9, columnspacing=1.1)
for letter, title, axes in zip("abc", ("current", "error", "neighbours"), (a, b, c), strict=True):
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.set(xlabel=r"coupling $g$  [$\omega_1$]", xlim=couplings[[0, -1]])
    axes.tick_params(which="both", direction="in", top=True, right=True)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "three_qubit_chain.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'three_qubit_chain.png'}")
