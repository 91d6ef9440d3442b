"""Devices by gradient ascent: two qubits whose heat current falls as a bath is heated, three that rectify it.

    python examples/optimise_devices.py [--quick] [--out DIR]

1. Two qubits between baths (see ndtc_boundary.py). Sought is the heat current lost over one degree around the
   temperature of the hot bath, J(T_h - 1/2) - J(T_h + 1/2), which is -dJ/dT_h. Not the slope relative to the current:
   it is best where the current has died out. The cold bath, T_c = 5, is the unit of all energies, and the strengths of
   the baths are bounded by what a second-order equation can describe, so the problem has a scale.
2. A wire of three nodes. Oscillators do not rectify: in every linear description the currents of a bias and of its
   reverse, J(T_h, T_c) + J(T_c, T_h), sum to the two currents without bias, J(T_h, T_h) + J(T_c, T_c), which are zero
   unless the description breaks the second law. Three qubits do. Sought is this sum, the current rectified, twice what
   an alternating bias drives on average. Not its ratio to the current, the contrast: it is best where nothing flows.

`qt.maximise` is compared with a random search in the same bounds, given as many evaluations; a gradient is counted as
three. Units hbar = k_B = 1 and a frequency omega_0.
"""

# %% Settings. Weak coupling needs double precision: switch it on before any array is made.
import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

import qtjax as qt

jax.config.update("jax_enable_x64", True)

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--quick", action="store_true", help="fewer starts and steps")
parser.add_argument("--out", type=Path, default=Path("figures"), help="where the figure goes")
options, _ = parser.parse_known_args()  # a notebook has arguments of its own

STARTS, STEPS = (12, 100) if options.quick else (32, 300)
GRADIENT = 3  # evaluations that a value with its gradient counts for
CUTOFF = 50.0
ADAM = optax.adam(0.1, b2=0.95, eps=1e-30)  # a short memory, as bounds are near; and currents are small


def solved(description, system):
    """J, from the first bath into the system, and the steady state; NaN where there is none."""
    dynamics = description(system)
    state = qt.steady_state(dynamics, throw=False)
    return qt.heat_currents(dynamics, state, throw=False)[0], state


def left_current(description, system):
    """J alone."""
    return solved(description, system)[0]


# %% The two qubits: splittings e, exchange g, strengths of the baths, and the temperature of the hot one.
T_COLD = 5.0
X2, Z2 = ([sigma(site, of=2) for site in (0, 1)] for sigma in (qt.sigma_x, qt.sigma_z))
WITH_SHIFT = qt.redfield_equation(lamb_shift=True)
PAIR = {"e": np.array([5.0, 4.0]), "g": 0.5, "strength": np.array([0.005, 0.005]), "hot": 50.0}
PAIR_BOUNDS = (
    {"e": 1.0, "g": 0.02, "strength": 1e-3, "hot": 5.5},
    {"e": 20.0, "g": 2.0, "strength": 1e-2, "hot": 100.0},
)


def pair(p):
    """The hot bath on the first qubit."""
    free = (p["e"][0] * Z2[0] + p["e"][1] * Z2[1]) / 2
    hot, cold = (
        qt.Bath(X2[i], qt.Drude(p["strength"][i], CUTOFF), temperature)
        for i, temperature in enumerate((p["hot"], T_COLD))
    )
    return qt.OpenSystem(qt.FiniteHamiltonian(free, p["g"] * X2[0] @ X2[1], dims=(2, 2)), (hot, cold))


def lost_over_a_degree(p):
    """-dJ/dT_h, as a difference: its gradient compiles in a fraction of the time of second derivatives."""
    at = lambda hot: left_current(WITH_SHIFT, pair(p | {"hot": hot}))  # noqa: E731
    return -jnp.diff(jax.vmap(at)(p["hot"] + jnp.array([-0.5, 0.5])))[0]


# %% The wire: three qubits, with splittings e and two kinds of coupling, x of sigma_x sigma_x and z of sigma_z sigma_z.
MEAN, BIAS = 3.0, 4.0  # temperatures of 5 and 1
X3, Z3 = ([sigma(site, of=3) for site in range(3)] for sigma in (qt.sigma_x, qt.sigma_z))
REDFIELD = qt.redfield_equation()  # its equilibrium state is the Gibbs state: no current without bias
WIRE = {"e": np.array([1.0, 1.5, 2.0])} | {name: np.array([0.1, 0.1]) for name in "xz"} | {"strength": np.full(2, 5e-3)}
WIRE_BOUNDS = (
    {"e": 0.5, "x": 0.01, "z": 0.01, "strength": 1e-3},
    {"e": 6.0, "x": 1.0, "z": 2.0, "strength": 1e-2},
)


def wire(p, bias):
    """A bath on each end, the left one hotter by `bias`."""
    free = sum(p["e"][i] * Z3[i] for i in range(3)) / 2
    couplings = sum(p["x"][i] * X3[i] @ X3[i + 1] + p["z"][i] * Z3[i] @ Z3[i + 1] for i in range(2))
    left, right = (
        qt.Bath(X3[site], qt.Drude(p["strength"][i], CUTOFF), MEAN + sign * bias / 2)
        for i, (site, sign) in enumerate(((0, 1), (2, -1)))
    )
    return qt.OpenSystem(qt.FiniteHamiltonian(free, couplings, dims=(2, 2, 2)), (left, right))


def both_ways(p):
    """J(T_h, T_c) and J(T_c, T_h)."""
    return jax.vmap(lambda bias: left_current(REDFIELD, wire(p, bias)))(jnp.array([BIAS, -BIAS]))


def rectified(p):
    """The sum: zero if reversing the bias only reverses the current."""
    return jnp.sum(both_ways(p))


# %% A random search in the same bounds: every number uniform in its logarithm.
def random_search(objective, start, bounds, evaluations, seed):
    """The best value after each evaluation."""
    lower, upper = (jax.tree.leaves(jax.tree.broadcast(end, start)) for end in bounds)
    leaves, structure = jax.tree.flatten(start)
    random = np.random.default_rng(seed)
    drawn = [
        np.exp(random.uniform(np.log(a), np.log(b), (evaluations, *np.shape(x))))
        for a, b, x in zip(lower, upper, leaves, strict=True)
    ]
    everywhere = jax.jit(lambda points: jax.lax.map(objective, points, batch_size=60))  # divides their number
    values = np.asarray(everywhere(structure.unflatten(drawn)))
    return np.fmax.accumulate(values)


def compare(objective, start, bounds, seed):
    """The optimum, and the running best of a random search with as many evaluations."""
    key = jax.random.key(seed)
    best = qt.maximise(
        objective, start, free=lambda p: p, bounds=bounds, optimiser=ADAM, steps=STEPS, starts=STARTS, key=key
    )
    return best, random_search(objective, start, bounds, GRADIENT * STARTS * STEPS, seed)


def report(title, best, random):
    """The numbers that matter."""
    history = np.asarray(best.history)
    passed = np.fmax.accumulate(np.nanmax(history, axis=0)) >= random[-1]
    when = f"after {GRADIENT * STARTS * (np.argmax(passed) + 1)}" if passed.any() else "not passed"
    print(f"{title}\n  {best}")
    print(
        f"  start {history[0, 0]:.4g}, optimum {best.value:.4g}; random search {random[-1]:.4g}, passed {when}", end=""
    )
    print(f" of {random.size} evaluations: gain {best.value / random[-1]:.3g}")
    print("  " + ", ".join(f"{name} = {np.round(np.asarray(x), 4)}" for name, x in best.system.items()))


# %% 1. Two qubits.
best_pair, random_pair = compare(lost_over_a_degree, PAIR, PAIR_BOUNDS, seed=1)
report("two qubits: current lost over a degree, -dJ/dT_h", best_pair, random_pair)
HOT = np.geomspace(T_COLD, 100.0, 64)


@jax.jit
def pair_currents(p):
    """At all HOT: J under the Bloch-Redfield and the global equation, and the smallest eigenvalue of the state."""

    def at(hot):
        system = pair(p | {"hot": hot})
        current, state = solved(WITH_SHIFT, system)
        return current, left_current(qt.global_master_equation(), system), jnp.linalg.eigvalsh(state.matrix)[0]

    return jax.vmap(at)(HOT)


def on_arrays(p):
    """The parameters as arrays, so that both devices share one compilation."""
    return jax.tree.map(lambda x: jnp.asarray(x, float), p)


pairs = {"start": pair_currents(on_arrays(PAIR)), "optimum": pair_currents(best_pair.system)}
for name, (currents, secular, smallest) in pairs.items():
    i = np.argmax(currents)
    print(
        f"  {name:8} largest J {currents[i]:.4g} at T_h = {HOT[i]:.3g}; of it {currents[-1] / currents[i]:.2f}", end=""
    )
    print(f" is left at {HOT[-1]:g} (global equation: {secular[-1] / np.max(secular):.2f});", end="")
    print(f" J without bias {currents[0]:.1e}; least eigenvalue {np.min(smallest):.1e}")
falling = int(np.sum(np.asarray(best_pair.values) > 1e-3 * float(best_pair.value)))
print(f"  {falling} of {STARTS} starts find a falling current; the others switch theirs off, which is also flat\n")

# %% 2. The wire. First three oscillators, detuned and unequally damped: what does each description say?
network = qt.OscillatorNetwork.from_springs(
    jnp.array([1.0, 1.3, 1.7]), 0.2 * jnp.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
)


def harmonic(left, right):
    """Unequal baths of these temperatures on the ends."""
    ends = ((0, 0.01, left), (2, 0.03, right))
    return qt.OpenSystem(network, tuple(qt.Bath(qt.position(i, of=3), qt.Drude(s, CUTOFF), t) for i, s, t in ends))


DESCRIPTIONS = {"Redfield": REDFIELD, "local": qt.local_master_equation()}
if not options.quick:
    DESCRIPTIONS |= {"exact": qt.Langevin(), "global": qt.global_master_equation(), "Redfield, Lamb shift": WITH_SHIFT}
print("three oscillators: J(T_h, T_c); relative to it, the current rectified and the currents without bias")
T_H, T_C = MEAN + BIAS / 2, MEAN - BIAS / 2
for name, description in DESCRIPTIONS.items():
    of = jax.jit(lambda t, description=description: left_current(description, harmonic(t[0], t[1])))
    forward, backward, hot, cold = (float(of(jnp.array(t))) for t in ((T_H, T_C), (T_C, T_H), (T_H, T_H), (T_C, T_C)))
    print(f"  {name:21}{forward:12.6g}{(forward + backward) / forward:12.1e}{(hot + cold) / forward:12.1e}")
print()

# %% Three qubits.
best_wire, random_wire = compare(rectified, WIRE, WIRE_BOUNDS, seed=2)
report("three qubits: rectified current, J(T_h, T_c) + J(T_c, T_h)", best_wire, random_wire)
BIASES = np.linspace(-BIAS, BIAS, 65)


@jax.jit
def wire_currents(p):
    """J at all BIASES, and the smallest eigenvalue of each state."""

    def at(bias):
        current, state = solved(REDFIELD, wire(p, bias))
        return current, jnp.linalg.eigvalsh(state.matrix)[0]

    return jax.vmap(at)(BIASES)


wires = {"start": wire_currents(on_arrays(WIRE)), "optimum": wire_currents(best_wire.system)}
for name, (currents, smallest) in wires.items():
    backward, forward = currents[0], currents[-1]
    print(f"  {name:8} forward {forward:.4g}, backward {backward:.4g}, contrast", end="")
    print(
        f" {(forward + backward) / (forward - backward):.3f}; largest current backward {np.min(currents):.4g}", end=""
    )
    print(f" at a bias of {BIASES[np.argmin(currents)]:.3g}; J without bias {currents[BIASES.size // 2]:.0e};", end="")
    print(f" least eigenvalue {np.min(smallest):.1e}")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
ASCENT, RANDOM, START = "#0072B2", "#D55E00", "#000000"
figure, panels = plt.subplots(2, 2, figsize=(7.2, 5.4))
for axes, best, random, name in (
    (panels[0, 0], best_pair, random_pair, r"$-\partial J/\partial T_h$  [$\omega_0$]"),
    (panels[1, 0], best_wire, random_wire, r"$J(T_h,T_c)+J(T_c,T_h)$  [$\omega_0^2$]"),
):
    history, top = np.asarray(best.history), float(best.value)
    used = GRADIENT * STARTS * np.arange(1, STEPS + 1)
    axes.plot(used, history.T, color="0.6", linewidth=0.6)
    axes.plot(used, np.fmax.accumulate(np.nanmax(history, axis=0)), color=ASCENT, linewidth=1.7)
    axes.plot(np.arange(random.size) + 1, random, color=RANDOM, linewidth=1.7, linestyle=(0, (4, 1.5)))
    axes.set(xlabel="evaluations", ylabel=name, xlim=(0, random.size), ylim=(-0.1 * top, 1.45 * top))
labels = {"best of all starts": (ASCENT, 1.7, "-"), "each start": ("0.6", 0.6, "-")}
labels["random search"] = (RANDOM, 1.7, (0, (4, 1.5)))
handles = [plt.Line2D([], [], color=c, linewidth=w, linestyle=s, label=name) for name, (c, w, s) in labels.items()]
panels[0, 0].legend(handles=handles, loc="upper left", borderaxespad=0.2)

for axes, at, devices in ((panels[0, 1], HOT, pairs), (panels[1, 1], BIASES, wires)):
    for (name, (currents, *_)), color, style in zip(devices.items(), (START, ASCENT), ((0, (5, 2)), "-"), strict=True):
        scale = np.max(currents)
        label = rf"{name}, $J_\mathrm{{max}}={scale:.2g}$"
        axes.plot(at, currents / scale, color=color, linestyle=style, linewidth=1.7, label=label)
    axes.set(ylabel=r"heat current $J/J_\mathrm{max}$", xlim=(at[0], at[-1]))
hot = float(best_pair.system["hot"])
currents = pairs["optimum"][0]
panels[0, 1].plot(
    hot, np.interp(hot, HOT, currents / np.max(currents)), "o", color=ASCENT, label="largest loss per degree"
)
panels[0, 1].set(xlabel=r"temperature of the hot bath $T_h$  [$\omega_0$]", ylim=(0.0, 1.1))
panels[0, 1].legend(loc="lower right")
panels[1, 1].axhline(0.0, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
panels[1, 1].set(xlabel=r"bias $T_l-T_r$  [$\omega_0$]", ylim=(-0.7, 1.1))
panels[1, 1].legend(loc="upper left")
titles = ("two qubits: search", "two qubits: currents", "three qubits: search", "three qubits: currents")
for letter, title, axes in zip("abcd", titles, panels.flat, strict=True):
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.tick_params(which="both", direction="in", top=True, right=True)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "optimise_devices.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'optimise_devices.png'}")
