"""Against QuTiP: its default secular cut-off fails where two qubits are nearly resonant.

    python examples/qutip_secular_cutoff.py [--quick] [--out DIR]      (needs: pip install 'qtjax[qutip]')

H = w sz_1 / 2 + (w + detuning) sz_2 / 2 + g sx_1 sx_2, a hot bath on the first sx and a cold one on the second. QuTiP's
Bloch-Redfield tensor drops the pairs of transitions whose frequencies differ by more than sec_cutoff = 0.1 of the
SMALLEST distance of two levels, whatever the damping: near resonance it drops what carries the current.
Units hbar = k_B = 1, frequency w of the first qubit.
"""

# %% Settings. Weak coupling needs double precision: switch it on before any array is made.
import argparse
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import qtjax as qt

try:
    import qutip
except ImportError:
    print("This example compares with QuTiP, which is not installed: pip install 'qtjax[qutip]'")
    sys.exit(0)

jax.config.update("jax_enable_x64", True)

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--quick", action="store_true", help="fewer points")
parser.add_argument("--out", type=Path, default=Path("figures"), help="where the figure goes")
options, _ = parser.parse_known_args()  # a notebook has arguments of its own

# %% The problem.
HOT, COLD, STRENGTH, CUTOFF = 1.0, 0.5, 2e-3, 20.0
X, Z = ([sigma(site, of=2) for site in (0, 1)] for sigma in (qt.sigma_x, qt.sigma_z))
SEC_CUTOFF = 0.1  # QuTiP's default


def pair(detuning, coupling):
    """Two qubits, the hot bath on the first."""
    free = Z[0] / 2 + (1.0 + detuning) * Z[1] / 2
    baths = qt.Bath(jnp.stack(X), qt.Drude(STRENGTH, CUTOFF), jnp.array([HOT, COLD]))  # a stack of two
    return qt.OpenSystem(qt.FiniteHamiltonian(free, coupling * X[0] @ X[1], dims=(2, 2)), (baths,))


def smallest_gap(system):
    """The smallest distance of two levels, QuTiP's unit of sec_cutoff."""
    return jnp.min(jnp.diff(jnp.linalg.eigvalsh(system.hamiltonian.matrix)))


DAMPING = float(sum(qt.Drude(STRENGTH, CUTOFF).rate(sign * 1.0, HOT) for sign in (1, -1)))
DESCRIPTIONS = {
    "Redfield": lambda system: qt.redfield_equation(),
    # the same cut-off as QuTiP's default, and one that knows the damping
    "partial secular, 0.1 gaps": lambda system: qt.partial_secular_equation(SEC_CUTOFF * smallest_gap(system)),
    "partial secular, $10\\gamma$": lambda system: qt.partial_secular_equation(10 * DAMPING),
}


def solver(choose):
    """Generators and hot currents for every row (detuning, coupling)."""

    def at(row):
        system = pair(*row)
        dynamics = choose(system)(system)
        state = qt.steady_state(dynamics, throw=False)
        return qt.heat_currents(dynamics, state, throw=False)[0], dynamics.matrix

    return jax.jit(lambda rows: jax.lax.map(at, rows, batch_size=16))


def qutip_current(row, sec_cutoff):
    """Tr[H D_hot rho] in the steady state of QuTiP's Bloch-Redfield tensor, and that tensor in our order."""
    hamiltonian, a_ops = qt.to_qutip(pair(*row))
    tensor = qutip.bloch_redfield_tensor(hamiltonian, a_ops, sec_cutoff=sec_cutoff, fock_basis=True)
    hot = qutip.brterm(hamiltonian, *a_ops[0], sec_cutoff=sec_cutoff, fock_basis=True)
    flow = qutip.vector_to_operator(hot @ qutip.operator_to_vector(qutip.steadystate(tensor)))
    return qutip.expect(hamiltonian, flow).real, qt.from_qutip(tensor)


# %% Two cuts through resonance, every point by qtjax in one call, by QuTiP one by one.
number = 15 if options.quick else 49
along = np.geomspace(1e-4, 0.3, number)
DETUNING, COUPLING = 1e-4, 1e-3
CUTS = {
    "coupling": np.column_stack([np.full(number, DETUNING), along]),
    "detuning": np.column_stack([along, np.full(number, COUPLING)]),
}
rows = np.concatenate(list(CUTS.values()))
found = {name: jax.device_get(solver(choose)(rows)) for name, choose in DESCRIPTIONS.items()}
for name, sec_cutoff in (("QuTiP default", SEC_CUTOFF), ("QuTiP, sec_cutoff=-1", -1)):
    currents, matrices = zip(*(qutip_current(row, sec_cutoff) for row in rows), strict=True)
    found[name] = np.array(currents), np.stack(matrices)

# %% The numbers that matter.
SAME = {"Redfield": "QuTiP, sec_cutoff=-1", "partial secular, 0.1 gaps": "QuTiP default"}
print("The same equation from both packages, largest difference of the generators and of the currents (relative):")
for ours, theirs in SAME.items():
    (j, m), (j_qutip, m_qutip) = found[ours], found[theirs]
    print(f"  {ours:<27}{theirs:<22}{abs(m - m_qutip).max():9.1e}{abs(j / j_qutip - 1).max():9.1e}")
print(f"\ndamping gamma = {DAMPING:.2e}; hot current, and its ratio to Redfield")
print(f"{'detuning':>9}{'g':>9}{'Redfield':>12}{'QuTiP default':>15}{'cut-off 10 gamma':>18}")
exact = found["Redfield"][0]
ratio = {name: current / exact for name, (current, _) in found.items()}
for start in (0, number):
    for i in start + np.linspace(0, number - 1, 4).astype(int):
        other = ratio["partial secular, $10\\gamma$"][i]
        print(f"{rows[i, 0]:9.1e}{rows[i, 1]:9.1e}{exact[i]:12.3e}{ratio['QuTiP default'][i]:15.3f}{other:18.3f}")
worst = np.argmax(abs(ratio["QuTiP default"]))
print(f"worst: QuTiP's default current is {ratio['QuTiP default'][worst]:.0f} times Redfield's ", end="")
print(f"(detuning {rows[worst, 0]:.0e}, g = {rows[worst, 1]:.0e})")
gaps = np.sqrt(rows[:, 0] ** 2 + 4 * rows[:, 1] ** 2)  # of the two middle levels
wrong = gaps[abs(ratio["QuTiP default"] - 1) > 0.1]
print(f"more than 10 % off for splittings of the middle levels up to {wrong.max() / DAMPING:.2g} gamma")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
LOOKS = {
    "Redfield": {"color": "#56B4E9", "linewidth": 4.5, "alpha": 0.6},
    "QuTiP, sec_cutoff=-1": {"color": "#0072B2", "linestyle": "", "marker": ".", "markersize": 4},
    "partial secular, $10\\gamma$": {"color": "#009E73", "linestyle": (0, (5, 2)), "linewidth": 1.5},
    "partial secular, 0.1 gaps": {"color": "#000000", "linewidth": 1.2},
    "QuTiP default": {"color": "#D55E00", "linestyle": "", "marker": "x", "markersize": 4.5, "markeredgewidth": 1.1},
}
figure, panels = plt.subplots(1, 2, figsize=(7.2, 3.3), sharey=True)
for k, (letter, axes, name) in enumerate(zip("ab", panels, CUTS, strict=True)):
    part = slice(k * number, (k + 1) * number)
    for label, look in LOOKS.items():
        axes.loglog(along, found[label][0][part] / STRENGTH, label=label, **look)
    axes.axvline(DAMPING, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
    axes.annotate(r"$\gamma$", (DAMPING, 0.04), (3, 0), xycoords=("data", "axes fraction"), textcoords="offset points")
    fixed = (
        f"detuning $10^{{{np.log10(DETUNING):.0f}}}$" if name == "coupling" else f"$g=10^{{{np.log10(COUPLING):.0f}}}$"
    )
    axes.set_title(f"({letter}) {fixed}", loc="left")
    axes.set(xlabel=f"{name}  [$\\omega$]", xlim=along[[0, -1]])
    axes.tick_params(which="both", direction="in", top=True, right=True)
panels[0].set(ylabel="heat current $J$ / strength")
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, handlelength=2.2)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "qutip_secular_cutoff.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'qutip_secular_cutoff.png'}")
