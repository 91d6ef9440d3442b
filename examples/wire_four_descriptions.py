"""A wire of two oscillators between a cold and a hot bath: four descriptions of one steady state.

    python examples/wire_four_descriptions.py [--quick] [--out DIR]

Along the spring k: heat current, distance from the exact state, mutual information between the nodes, and
jax.grad of the exact current. Units hbar = k_B = 1, unit masses, bare frequency of the cold node 1.
After González et al., Open Syst. Inf. Dyn. 24, 1740010 (2017).
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

# %% The problem: a Hamiltonian and the baths that act on it.
# The nodes are resonant to 1e-5, far less than their damping kappa = J(w)/w = 1e-3.
PARAMETERS = {
    "spring": jnp.array(1e-3),
    "frequencies": jnp.array([1.0, 1.0 + 1e-5]),
    "damping": jnp.array(1e-3),
    "temperatures": jnp.array([1.0, 2.0]),
}
CUTOFF = 1e3
COLD, HOT = 0, 1


def wire(parameters):
    """Cold node, spring, hot node; an Ohmic bath with a Drude cut-off on the position of each."""
    springs = parameters["spring"] * jnp.array([[0.0, 1.0], [1.0, 0.0]])
    network = qt.OscillatorNetwork.from_springs(parameters["frequencies"], springs)
    density = qt.Drude(parameters["damping"], CUTOFF)
    baths = [
        qt.Bath(qt.position(node, of=2), density, parameters["temperatures"][node], name=name)
        for node, name in ((COLD, "cold"), (HOT, "hot"))
    ]
    return qt.OpenSystem(network, baths)


# %% Four descriptions. The problem stays the same; what one assumes about it changes.
DESCRIPTIONS = {
    "exact": qt.Langevin(),  # quantum Langevin equations: no approximation
    "global": qt.global_master_equation(),  # jumps between eigenstates of the whole, full secular
    "local": qt.local_master_equation(),  # each bath damps its node as if there were no spring
    "Redfield": qt.redfield_equation(),  # second order in the bath, nothing else dropped
}


def solve(parameters):
    """What each description says: the covariance of the steady state, and the current from the hot bath."""
    solutions = {}
    for name, describe in DESCRIPTIONS.items():
        dynamics = describe(wire(parameters))
        state = qt.steady_state(dynamics, throw=False)
        solutions[name] = state.covariance, qt.heat_currents(dynamics, state, throw=False)[HOT]
    return solutions


@jax.jit
@jax.vmap
def read(covariance, exact_covariance):
    """Infidelity to the exact state, and mutual information between the nodes."""
    state, exact = (qt.GaussianState(jnp.zeros(4), c) for c in (covariance, exact_covariance))
    return 1.0 - qt.fidelity(state, exact), qt.mutual_information(state, COLD, HOT)


def exact_current(parameters):
    """The exact steady heat current from the hot bath into the wire."""
    dynamics = qt.Langevin()(wire(parameters))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), throw=False)[HOT]


# %% Along the spring: one compiled function for all descriptions, and one for the gradient.
springs = np.geomspace(1e-7, 10.0, 33 if options.quick else 129)


def along_the_spring(function):
    """function(parameters) at every spring."""
    points = jax.jit(lambda ks: jax.lax.map(lambda k: function({**PARAMETERS, "spring": k}), ks))
    return jax.device_get(points(springs))


solutions = along_the_spring(solve)
current = {name: solutions[name][1] for name in DESCRIPTIONS}
infidelity, information = {}, {}
for name in DESCRIPTIONS:
    infidelity[name], information[name] = jax.device_get(read(solutions[name][0], solutions["exact"][0]))

# One reverse pass gives the derivative of the exact current by every parameter of the problem. Logarithmic
# derivatives are local exponents, J ~ spring^a damping^b.
gradient = along_the_spring(jax.grad(exact_current))
damping = float(PARAMETERS["damping"])
spring_exponent = gradient["spring"] * springs / current["exact"]
damping_exponent = gradient["damping"] * damping / current["exact"]

# %% The numbers that matter.
# Below the damping the spring is the bottleneck, J ~ k^2/kappa, and above it the baths are, J ~ kappa. The
# global equation takes the two modes for resolved, however weak the spring: between detuning and damping its
# state is wrong, and its current is too large down to k = 0. The local one reads the baths at the bare
# frequencies, which is right until the spring shifts them, k ~ 0.1. Redfield is right throughout.
print("heat current from the hot bath, and 1 - F to the exact state")
print(f"{'spring':>8}" + "".join(f"{name:>{12 if name == 'exact' else 20}}" for name in DESCRIPTIONS))
for spring in (1e-7, 1e-5, 1e-3, 1e-1, 1e1):
    i = np.argmin(abs(np.log(springs / spring)))
    cells = (f"{current[name][i]:12.3e} {infidelity[name][i]:7.0e}" for name in DESCRIPTIONS if name != "exact")
    print(f"{springs[i]:8.0e}{current['exact'][i]:12.3e}" + "".join(cells))

i = np.argmin(abs(np.log(springs / 1e-3)))
print(f"\njax.grad of the exact current J = {current['exact'][i]:.4e} at the spring {springs[i]:.0e}:")
for name, derivative in gradient.items():
    print(f"  dJ/d {name:<13}" + "".join(f"{x:12.3e}" for x in np.atleast_1d(derivative[i])))
differences = np.gradient(np.log(current["exact"]), np.log(springs))
print(f"  exponents {spring_exponent[i]:.4f} (spring), {damping_exponent[i]:.4f} (damping)")
print(f"  the spring's from finite differences along the curve: {differences[i]:.4f}")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
LINES = {
    "exact": {"color": "#56B4E9", "linewidth": 4.5, "alpha": 0.6},
    "global": {"color": "#000000", "linewidth": 1.1},
    "local": {"color": "#009E73", "linestyle": (0, (5, 2)), "linewidth": 1.5},
    "Redfield": {"color": "#D55E00", "linestyle": (0, (1, 3)), "linewidth": 2.0},
}

detuning = float(jnp.diff(PARAMETERS["frequencies"])[0])
figure, panels = plt.subplots(2, 2, figsize=(7.0, 5.2), sharex=True)
(a, b), (c, d) = panels
for name, look in LINES.items():
    a.loglog(springs, current[name], label=name, **look)
    c.loglog(springs, information[name], **look)
    if name != "exact":
        b.loglog(springs, infidelity[name], **look)
d.semilogx(springs, spring_exponent, color="#0072B2", label=r"spring, $\partial\ln J/\partial\ln k$")
d.semilogx(
    springs,
    damping_exponent,
    color="#CC79A7",
    linestyle="-.",
    label=r"damping, $\partial\ln J/\partial\ln\kappa$",
)
d.axhline(0.0, color="0.6", linewidth=0.6, zorder=0)

a.set(ylabel=r"heat current from the hot bath $J$  [$\hbar\omega_c^2$]", ylim=(1e-12, 1e-1))
b.set(ylabel=r"infidelity to the exact state $1-F$", ylim=(1e-8, 2.0))
c.set(ylabel=r"mutual information  [nat]", xlabel=r"spring constant $k$  [$\omega_c^2$]", ylim=(1e-10, 10.0))
d.set(ylabel=r"exponent of the exact current", xlabel=r"spring constant $k$  [$\omega_c^2$]", ylim=(-1.8, 3.3))
a.legend(loc="lower right", bbox_to_anchor=(1.0, 0.1), handlelength=2.6)
d.legend(loc="upper right", handlelength=2.6)
for letter, axes in zip("abcd", panels.ravel(), strict=True):
    axes.set_title(f"({letter})", loc="left", fontweight="bold")
    axes.set_xlim(springs[0], springs[-1])
    axes.tick_params(which="both", direction="in", top=True, right=True)
    # Left of the detuning the modes sit on the nodes; right of kappa they are further apart than their widths.
    for scale, text in ((detuning, "detuning"), (damping, r"damping $\kappa$")):
        axes.axvline(scale, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
        axes.annotate(
            text,
            (scale, 0.03),
            (3, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color="0.4",
        )

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "wire_four_descriptions.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'wire_four_descriptions.png'}")
