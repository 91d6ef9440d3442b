"""A detuned chain with baths at its ends: the local equation fails however weak the springs.

    python examples/detuned_chain.py [--quick] [--out DIR]

Interior occupations, heat current and distance from the exact state, along the springs k, of a detuned chain
of five nodes, a detuned one of three nodes and a resonant one of five. Units hbar = k_B = 1, unit masses.
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

# %% The problem: equal springs, and baths on the first and the last node only.
T_COLD, T_HOT = 1.0, 2.0
DAMPING_COLD, DAMPING_HOT, CUTOFF = 1e-3, 2e-3, 1e3


def chain(frequencies, spring):
    """Nodes of the given bare frequencies, a cold bath on the first and a hot one on the last."""
    n = frequencies.shape[0]
    network = qt.OscillatorNetwork.from_springs(frequencies, spring * (jnp.eye(n, k=1) + jnp.eye(n, k=-1)))
    cold = qt.Bath(qt.position(0, of=n), qt.Drude(DAMPING_COLD, CUTOFF), T_COLD, name="cold")
    hot = qt.Bath(qt.position(n - 1, of=n), qt.Drude(DAMPING_HOT, CUTOFF), T_HOT, name="hot")
    return qt.OpenSystem(network, (cold, hot))


DESCRIPTIONS = {
    "exact": qt.Langevin(),
    "global": qt.global_master_equation(),
    "local": qt.local_master_equation(),
}


@jax.jit
def solve(frequencies, springs):
    """Covariance of the steady state and heat current from the hot bath, at every spring."""

    def at(spring):
        system, solutions = chain(frequencies, spring), {}
        for name, describe in DESCRIPTIONS.items():
            dynamics = describe(system)
            state = qt.steady_state(dynamics, throw=False)
            solutions[name] = state.covariance, qt.heat_currents(dynamics, state, throw=False)[1]
        return solutions

    return jax.lax.map(at, springs)


@jax.jit
@jax.vmap
def infidelities(covariance, exact_covariance):
    """1 - F between states of zero mean."""
    state, exact = (qt.GaussianState(jnp.zeros(c.shape[0]), c) for c in (covariance, exact_covariance))
    return 1.0 - qt.fidelity(state, exact)


def occupations(frequencies, covariance):
    """<a^dagger a> of every node: its energy in quanta of its bare frequency, less the vacuum's."""
    x, p = np.diagonal(covariance).reshape(-1, 2).T
    return (frequencies * x + p / frequencies) / 2 - 0.5


# %% Three chains.
# The detuned chain of five starts at k = 1e-2. Its middle node, two detuned steps from either bath, is damped at
# a rate of the order of kappa (k / w delta)^4, which at k = 2e-3 double precision cannot tell from none beside the
# frequency: `qt.steady_state` then raises "No unique steady state" (returns NaN with throw=False) instead of
# a wrong state. The middle of three is damped at kappa (k / w delta)^2, and k = 1e-4 is no difficulty.
number = 9 if options.quick else 33
CHAINS = {
    "five detuned": (jnp.array([1.0, 1.4, 1.6, 1.2, 0.8]), np.geomspace(1e-2, 1.0, number)),
    "three detuned": (jnp.array([1.0, 1.3, 0.8]), np.geomspace(1e-4, 1.0, number)),
    "five resonant": (jnp.ones(5), np.geomspace(1e-4, 1.0, number)),
}

found = {}
for name, (frequencies, springs) in CHAINS.items():
    solutions = jax.device_get(solve(frequencies, springs))
    exact_covariance, exact_current = solutions["exact"]
    found[name] = {
        description: {
            "current": current,
            "error": current / exact_current - 1.0,
            "infidelity": jax.device_get(infidelities(covariance, exact_covariance)),
            "occupations": occupations(frequencies, covariance[0]),  # at the weakest spring
        }
        for description, (covariance, current) in solutions.items()
    }

# %% The numbers that matter.
# A weakly linked node of frequency w exchanges quanta w with the tails of both baths, which hold n_cold(w) and
# n_hot(w) of them: its occupation must lie in between. Its heating and its cooling go as the same power of k, so
# their ratio does not depend on k, and nor does the error of an equation that gets it wrong. The local equation
# knows the baths at the frequencies of the end nodes only: quanta n_cold(w_first) and n_hot(w_last) spread along
# its chain, whatever energy a quantum has on the nodes between. In a resonant chain that is the same energy.


def bose(frequencies, temperature):
    """The thermal occupation 1/(exp(w/T) - 1)."""
    return 1.0 / np.expm1(np.asarray(frequencies) / temperature)


def text(values):
    """Occupations, one column per node."""
    return "".join(f"{value:8.4f}" for value in values)


for name in ("three detuned", "five detuned"):
    frequencies, springs = CHAINS[name]
    print(f"occupations of the chain of {name} nodes, k = {springs[0]:g}")
    print(f"  {'n_cold(w)':<11}{text(bose(frequencies, T_COLD))}")
    for description in DESCRIPTIONS:
        print(f"  {description:<11}{text(found[name][description]['occupations'])}")
    print(f"  {'n_hot(w)':<11}{text(bose(frequencies, T_HOT))}\n")

print(f"{'chain':<16}{'k':>8}{'J exact':>11}", end="")
print("".join(f"{f'J {d} error':>16}{f'1-F {d}':>12}" for d in ("global", "local")))
for name, (_, springs) in CHAINS.items():
    for i in range(0, number, (number - 1) // 4):
        print(f"{name:<16}{springs[i]:8.0e}{found[name]['exact']['current'][i]:11.2e}", end="")
        results = (found[name][description] for description in ("global", "local"))
        print("".join(f"{r['error'][i]:+16.1e}{r['infidelity'][i]:12.1e}" for r in results))

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
COLORS = {"exact": "#56B4E9", "global": "#000000", "local": "#009E73"}
MARKS = {
    "exact": {"marker": "s", "markersize": 9, "alpha": 0.7},
    "global": {"marker": "x", "markersize": 6, "markeredgewidth": 1.2},
    "local": {"marker": "o", "markersize": 6, "markerfacecolor": "none", "markeredgewidth": 1.5},
}
STYLES = {"five detuned": "-", "three detuned": (0, (5, 2)), "five resonant": (0, (1, 1.2))}

figure, (a, b, c) = plt.subplots(1, 3, figsize=(7.4, 3.2), width_ratios=(1.0, 1.1, 1.1))
frequencies, springs = CHAINS["five detuned"]
nodes = np.arange(1, 6)
low, high = bose(frequencies, T_COLD), bose(frequencies, T_HOT)
a.bar(
    nodes,
    high - low,
    0.7,
    low,
    color="0.87",
    zorder=0,
    label=r"$n_\mathrm{cold}(\omega_i)$ to $n_\mathrm{hot}(\omega_i)$",
)
for name, mark in MARKS.items():
    a.plot(
        nodes,
        found["five detuned"][name]["occupations"],
        linestyle="",
        color=COLORS[name],
        label=name,
        **mark,
    )
a.set(
    xlabel=r"node, and its frequency $\omega_i$", ylabel=r"occupation $\langle a_i^\dagger a_i\rangle$", ylim=(0.0, 3.7)
)
a.set_xticks(nodes, [f"{node}\n{frequency:.1f}" for node, frequency in zip(nodes, frequencies, strict=True)])
a.legend(loc="upper left", borderaxespad=0.2)

for name, (_, springs) in CHAINS.items():
    for description in ("global", "local"):
        result, look = found[name][description], {"color": COLORS[description], "linestyle": STYLES[name]}
        b.loglog(springs, abs(result["error"]), linewidth=1.6, **look)
        c.loglog(springs, result["infidelity"], linewidth=1.6, **look)
b.set(ylabel=r"error  $|J/J_\mathrm{exact}-1|$", ylim=(1e-7, 1e3))
c.set(ylabel=r"infidelity to the exact one  $1-F$", ylim=(1e-7, 2.0))
for axes in (b, c):
    axes.set(xlabel=r"spring constant $k$  [$\omega_1^2$]", xlim=(1e-4, 1.0))
colors = [plt.Line2D([], [], color=COLORS[d], linewidth=1.6, label=d) for d in ("global", "local")]
styles = [plt.Line2D([], [], color="0.4", linestyle=STYLES[n], linewidth=1.6, label=f"{n} nodes") for n in STYLES]
figure.legend(handles=colors + styles, loc="outside upper right", ncols=5, handlelength=2.8, columnspacing=1.4)
titles = (f"five nodes, $k = {CHAINS['five detuned'][1][0]:g}$", "heat current", "steady state")
for letter, title, axes in zip("abc", titles, (a, b, c), strict=True):
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.tick_params(which="both", direction="in", top=True, right=True)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "detuned_chain.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'detuned_chain.png'}")
