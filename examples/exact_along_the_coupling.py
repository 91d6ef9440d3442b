"""Two qubits between two baths, exactly: heat current along their coupling, its gradient, errors of master equations.

    python examples/exact_along_the_coupling.py [--quick] [--out DIR]

H = (w_1 sz_1 + w_2 sz_2)/2 + g sx_1 sx_2, a hot Drude bath on sx of qubit 1 and a cold one on sx of qubit 2, which damp
strongly enough that every master equation is off somewhere. The hierarchical equations are exact, to a truncation that
is checked, and differentiable in all that the device is made of. Units hbar = k_B = 1, frequency of qubit 1.
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

# %% The device, which is a row of nine numbers.
PARAMETERS = ("w_1", "w_2", "g", "strength_1", "strength_2", "cutoff_1", "cutoff_2", "T_1", "T_2")
STRENGTH, CUTOFF, HOT, COLD = 0.03, 3.0, 1.3, 0.6
X, Z = ([sigma(site, of=2) for site in (0, 1)] for sigma in (qt.sigma_x, qt.sigma_z))


def row(g, strength=STRENGTH):
    """The parameters in the order of their names."""
    return np.array([1.0, 1.05, g, strength, strength, CUTOFF, CUTOFF, HOT, COLD])


def pair(parameters):
    """The two qubits and their baths, as a stack of two."""
    splittings, g, strengths, cutoffs, temperatures = jnp.split(parameters, [2, 3, 5, 7])
    free = (splittings[0] * Z[0] + splittings[1] * Z[1]) / 2
    baths = qt.Bath(jnp.stack(X), qt.Drude(strengths, cutoffs), temperatures)
    return qt.OpenSystem(qt.FiniteHamiltonian(free, g * X[0] @ X[1], dims=(2, 2)), (baths,))


def hot_current(describe, parameters):
    """The heat current out of the hot bath under one description."""
    dynamics = describe(pair(parameters))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), throw=False)[0]


EXACT = qt.HierarchicalEquations(depth=3, pade_terms=4)
DEEPER = qt.HierarchicalEquations(depth=4, pade_terms=5)
EQUATIONS = {
    "Redfield": qt.redfield_equation(lamb_shift=True),
    "Redfield, no Lamb shift": qt.redfield_equation(),
    "global": qt.global_master_equation(),
    "local": qt.local_master_equation(),
}


@jax.jit
def exact(rows):
    """Current and gradient for every row."""
    return jax.lax.map(lambda parameters: jax.value_and_grad(hot_current, argnums=1)(EXACT, parameters), rows)


@jax.jit
def deeper(rows):
    """The current of a deeper hierarchy with more poles."""
    return jax.lax.map(lambda parameters: hot_current(DEEPER, parameters), rows)


@jax.jit
def approximate(rows):
    """The current of every master equation."""
    return jax.lax.map(lambda parameters: {name: hot_current(d, parameters) for name, d in EQUATIONS.items()}, rows)


# %% Everything in one call: the curve, a few strengths, and neighbours of one device for differences.
along = np.geomspace(1e-3, 1.0, 25 if options.quick else 121)
strengths, probe, step = np.array([0.001, 0.003, 0.01, 0.03, 0.1]), 0.05, 1e-3
shifts = step * np.array([-2, -1, 1, 2])
neighbours = [row(probe) * (1 + shift * unit) for unit in np.eye(len(PARAMETERS)) for shift in shifts]
rows = np.stack([*map(row, along), *(row(probe, strength) for strength in strengths), row(probe), *neighbours])
curve, strong, device, around = np.split(
    np.arange(len(rows)), np.cumsum([along.size, strengths.size, 1])
)  # where these are
current, gradient = jax.device_get(exact(rows))
currents = jax.device_get(approximate(rows))
errors = {name: currents[name] / current - 1.0 for name in EQUATIONS}
sensitivity = gradient * rows / current[:, None]  # d ln J / d ln p
checked = curve[:: along.size // 6]
truncation = np.abs(jax.device_get(deeper(rows[checked])) / current[checked] - 1.0)

# %% The numbers that matter.
damping = [float(qt.Drude(STRENGTH, CUTOFF).rate(w, T)) for w, T in zip(rows[0, :2], (HOT, COLD), strict=True)]
print(f"damping of the qubits gamma(w) = {damping[0]:.3f} and {damping[1]:.3f}; detuning {rows[0, 1] - 1:.2f}")
print(f"{EXACT}\n  another depth and one more pole change the exact current by {truncation.max():.0e} at most\n")
for symbol, fixed, values, where in (
    ("g", f"strength {STRENGTH:g}", along, curve[np.linspace(0, along.size - 1, 7).astype(int)]),
    ("strength", f"g = {probe:g}", strengths, strong),
):
    print(f"relative errors, {fixed}\n{symbol:>10}{'exact J':>12}", end="")
    print("".join(f"{name.removeprefix('Redfield, '):>15}" for name in EQUATIONS))
    for value, i in zip(values[where - where[0]], where, strict=True):
        print(f"{value:10.2g}{current[i]:12.3e}" + "".join(f"{errors[name][i]:+15.1e}" for name in EQUATIONS))
print("\nrange of g in which the current is right to 5 %")
for name in EQUATIONS:
    good = along[np.abs(errors[name][curve]) < 0.05]
    print(f"  {name:<25}{f'{good[0]:.1e} to {good[-1]:.1e}' if good.size else 'nowhere'}")

differences = np.log(current[around]).reshape(-1, 4) @ np.array([1, -8, 8, -1]) / (12 * step)
print(f"\nd ln J / d ln p at g = {probe:g}: exact gradient, differences of exact currents")
for name, found, difference in zip(PARAMETERS, sensitivity[device[0]], differences, strict=True):
    print(f"  {name:<12}{found:+11.7f}{difference:+13.7f}")
print(f"  largest difference {np.max(np.abs(sensitivity[device[0]] - differences)):.0e}")
energies = np.array([not name.startswith("strength") for name in PARAMETERS])
scaling = sensitivity[curve][:, energies].sum(axis=1)
print(
    f"J has the unit of an energy squared: sensitivities to all energies sum to 2 within {abs(scaling - 2).max():.0e}"
)

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
LINES = {
    "Redfield": {"color": "#D55E00", "linewidth": 1.5},
    "Redfield, no Lamb shift": {"color": "#D55E00", "linewidth": 1.5, "linestyle": (0, (1, 1.2))},
    "global": {"color": "#000000", "linewidth": 1.3, "linestyle": (0, (6, 1.5, 1, 1.5))},
    "local": {"color": "#009E73", "linewidth": 1.6, "linestyle": (0, (5, 2))},
}
EXACT_LINE = {"color": "#56B4E9", "linewidth": 5.0, "alpha": 0.6}
PANELS = {  # label, where among the parameters, colour
    "coupling and baths": [
        ("coupling", (2,), "#000000"),
        ("strength", (3, 4), "#D55E00"),
        ("cut-off", (5, 6), "#009E73"),
    ],
    "splittings and temperatures": [("splitting", (0, 1), "#0072B2"), ("temperature", (7, 8), "#CC79A7")],
}
SIDES = {"hot": "-", "cold": (0, (4, 1.5))}

figure, panels = plt.subplots(2, 2, figsize=(7.2, 5.6), sharex=True)
a, b, *gradients = panels.ravel()
a.loglog(along, current[curve], label="exact", **EXACT_LINE)
for name, look in LINES.items():
    a.loglog(along, currents[name][curve], label=name, **look)
    b.loglog(along, np.abs(errors[name][curve]), **look)
b.loglog(along[checked], truncation, "o", color=EXACT_LINE["color"], markersize=4, clip_on=False)
b.annotate("exact: change in\na deeper hierarchy", (0.04, 0.04), xycoords="axes fraction", color="0.3")
a.set_ylabel(r"heat current $J$  [$\omega_1^2$]")
b.set(ylabel=r"error of the current  $|J/J_\mathrm{exact}-1|$", ylim=(1e-7, 1e1))
for axes, lines in zip(gradients, PANELS.values(), strict=True):
    for _, where, color in lines:
        for style, k in zip(SIDES.values(), where, strict=False):
            axes.semilogx(along, sensitivity[curve, k], color=color, linestyle=style, linewidth=1.4)
    handles = [plt.Line2D([], [], color=color, linewidth=1.4, label=label) for label, _, color in lines]
    loc = "upper right" if axes is gradients[0] else "lower right"
    axes.add_artist(axes.legend(handles=handles, loc=loc, handlelength=1.6))
    axes.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    axes.set(xlabel=r"coupling $g$  [$\omega_1$]", ylabel=r"sensitivity  $\partial\ln J/\partial\ln p$")
sides = [plt.Line2D([], [], color="0.4", linestyle=style, label=side) for side, style in SIDES.items()]
gradients[0].legend(handles=sides, loc="lower left")
for name, rate, shift in zip((r"$\gamma_1$", r"$\gamma_2$"), damping, (3, -13), strict=True):
    a.annotate(name, (rate, 0.04), (shift, 0), xycoords=("data", "axes fraction"), textcoords="offset points")
for letter, title, axes in zip("abcd", ("current", "error", *PANELS), panels.ravel(), strict=True):
    for rate in damping:
        axes.axvline(rate, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.set_xlim(along[[0, -1]])
    axes.tick_params(which="both", direction="in", top=True, right=True)
figure.legend(*a.get_legend_handles_labels(), loc="outside upper center", ncols=5, handlelength=2.6, columnspacing=1.4)

figure.align_ylabels()
options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "exact_along_the_coupling.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'exact_along_the_coupling.png'}")
