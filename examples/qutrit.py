"""A qutrit between two baths: with S^2 != 1, Lamb shift and counterterm matter, and only together do they cancel.

    python examples/qutrit.py [--quick] [--out DIR]

An anharmonic ladder of three levels, coupled by x = a + a^dagger to a hot and a cold bath. A bath lowers the energy
by Q x^2, Q its reorganisation; a model has this, or a counterterm + Q x^2 against it. For a qubit, sigma_x^2 = 1, the
difference is a mere constant; here x^2 moves the levels and joins the first to the third.
Units hbar = k_B = 1, frequency of the lower transition.
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
ANHARMONICITY, CUTOFF = -0.3, 10.0
HOT, COLD, MEAN = 1.5, 0.5, 1.0
X = qt.destroy(3) + qt.create(3)


def qutrit(strength, hot, cold, lowered, counterterm):
    """Levels 0, 1, 2 + anharmonicity; with lowered = 1 the Hamiltonian itself holds - Q x^2 of both baths."""
    drude = qt.Drude(strength, CUTOFF)
    free = jnp.diag(jnp.array([0.0, 1.0, 2.0 + ANHARMONICITY]))
    shift = -2 * drude.reorganisation() * lowered * X @ X
    baths = qt.Bath(X, drude, jnp.stack([hot, cold]), counterterm=counterterm)  # one stack: half the compilation
    return qt.OpenSystem(qt.FiniteHamiltonian(free, shift), (baths,))


DESCRIPTIONS = {  # and whether the model has the counterterm
    "no shift": (qt.redfield_equation(), True),
    "global": (qt.global_master_equation(), True),
    "Lamb + counterterm": (qt.redfield_equation(lamb_shift=True), True),
    "Lamb alone": (qt.redfield_equation(lamb_shift=True), False),
}


def solver(describe, counterterm):
    """Steady states and heat currents of one description, for every column of parameters."""

    def at(parameters):
        dynamics = describe(qutrit(*parameters, counterterm))
        state = qt.steady_state(dynamics, throw=False)
        return state.matrix, qt.heat_currents(dynamics, state, throw=False)[0]

    return jax.jit(lambda columns: jax.lax.map(at, columns.T))


strengths = np.geomspace(1e-3, 0.1, 19 if options.quick else 91)
reorganisation = strengths * CUTOFF  # Q, of both baths together
CASES = {"transport": (HOT, COLD, 0.0), "equilibrium": (MEAN, MEAN, 0.0), "lowered": (HOT, COLD, 1.0)}
columns = np.concatenate([np.array(np.broadcast_arrays(strengths, *case)) for case in CASES.values()], axis=1)
solved = {name: jax.device_get(solver(*choice)(columns)) for name, choice in DESCRIPTIONS.items()}


def case_of(name, case):
    """The matrices and currents along the strengths of one description in one case."""
    start = list(CASES).index(case) * strengths.size
    return (result[start : start + strengths.size] for result in solved[name])


# The bare model has no counterterm, and two ways to write it: the bath's - Q x^2 is left to the Lamb shift, which is
# of first order; or it is put into H, and the counterterm then completes what the bath adds.
IN_H = "$-Qx^2$ in $H$"
found = {}
for label, name, case in [
    *((name, name, "transport") for name in DESCRIPTIONS),
    (IN_H, "Lamb + counterterm", "lowered"),
]:
    matrices, currents = case_of(name, case)
    found[label] = {
        "current": currents / strengths,
        "populations": np.diagonal(matrices, axis1=1, axis2=2).real,
        "least": np.linalg.eigvalsh(matrices)[:, 0],
    }
# rho_02 in equilibrium, and in the reduced state of the global equilibrium, to the second order in the coupling
coherences = {name: next(case_of(name, "equilibrium"))[:, 0, 2].real for name in DESCRIPTIONS}
mean_force = {
    counterterm: np.array(
        [
            qt.mean_force_gibbs_state(qutrit(strength, MEAN, MEAN, 0.0, counterterm)).matrix[0, 2].real
            for strength in strengths
        ]
    )
    for counterterm in (True, False)
}

# %% The numbers that matter.
print(f"Two baths with reorganisation Q/2 each, Drude cut-off {CUTOFF:g}; x^2 has the elements 1, 3, 2 and sqrt(2).\n")
print(f"{'Q':>7}  {'description':<20}{'J/strength':>11}{'p_0':>8}{'p_1':>8}{'p_2':>8}{'least eigenvalue':>18}")
for i in (0, strengths.size // 3, 2 * strengths.size // 3, strengths.size - 1):
    for name, r in found.items():
        print(f"{reorganisation[i]:7.3f}  {name.replace('$', ''):<20}{r['current'][i]:11.5f}", end="")
        print("".join(f"{p:8.4f}" for p in r["populations"][i]) + f"{r['least'][i]:18.4f}")
    print()


def difference(name, other):
    """The largest relative difference of the currents of two descriptions for small Q, and over all."""
    error = np.abs(found[name]["current"] / found[other]["current"] - 1.0)
    return f"{error[reorganisation <= 0.1].max():5.1%} for Q <= 0.1, {error.max():6.1%} for Q <= {reorganisation[-1]:g}"


print("largest relative difference of the currents")
print(f"  one model:  no shift and Lamb + counterterm    {difference('no shift', 'Lamb + counterterm')}")
print(f"  two models: Lamb alone and Lamb + counterterm  {difference('Lamb alone', 'Lamb + counterterm')}")
print(f"  one model:  Lamb alone and - Q x^2 in H        {difference('Lamb alone', IN_H)}")
slope = [(found[name]["current"][0] / found["no shift"]["current"][0] - 1.0) / reorganisation[0] for name in (*found,)]
print("change of the current by the shift, dJ/J per Q, at the smallest Q")
print("".join(f"  {name.replace('$', '')}: {value:+.3f}" for name, value in zip(found, slope, strict=True)))
if slope[list(found).index("Lamb alone")] * slope[list(found).index(IN_H)] < 0:
    print("  The two forms of the bare model differ in the sign of it: the Lamb shift moves the states,")
    print("  but the rates are still those between the levels of H.")
negative = reorganisation[found["Lamb alone"]["least"] < 0]
if negative.size:
    print(
        f"`Lamb alone` has a negative eigenvalue from Q = {negative[0]:.2g} on: the shift is too large for first order."
    )
print("coherence rho_02 in equilibrium, and of the mean-force Gibbs state")
for name, (_, counterterm) in DESCRIPTIONS.items():
    print(f"  {name:<20}{coherences[name][0]:11.3e}{mean_force[counterterm][0]:11.3e}   at Q = {reorganisation[0]:g}")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
LOOKS = {
    "global": {"color": "#56B4E9", "linewidth": 4.5, "alpha": 0.5},
    "no shift": {"color": "#000000", "linewidth": 1.3},
    "Lamb + counterterm": {"color": "#009E73", "linestyle": (0, (5, 2)), "linewidth": 1.7},
    "Lamb alone": {"color": "#D55E00", "linestyle": (0, (1, 1.2)), "linewidth": 2.0},
    IN_H: {"color": "#D55E00", "linewidth": 1.3},
}
figure, (a, b, c) = plt.subplots(1, 3, figsize=(7.4, 3.2))
for name, look in LOOKS.items():
    a.semilogx(reorganisation, found[name]["current"], label=name, **look)
    b.semilogx(reorganisation, found[name]["populations"][:, 1], **look)
for name in ("Lamb + counterterm", "Lamb alone"):
    c.loglog(reorganisation, np.abs(coherences[name]), **LOOKS[name])
exact = {"color": "0.5", "linewidth": 4.5, "alpha": 0.4, "zorder": 0, "label": "mean-force Gibbs state"}
for values in mean_force.values():
    c.loglog(reorganisation, np.abs(values), **exact)
c.legend(handles=c.lines[-1:], loc="upper left", borderaxespad=0.2)
if negative.size:
    for axes in (a, b, c):
        axes.axvspan(negative[0], reorganisation[-1], color="0.93", linewidth=0.0, zorder=-1)
    b.text(0.05, 0.88, "grey: the dotted state\nis not positive", transform=b.transAxes, va="top", color="0.4")
a.set(ylabel="heat current $J$ / strength")
b.set(ylabel="population of the middle level")
c.set(ylabel=r"equilibrium coherence $|\rho_{02}|$", ylim=(None, 2.0))
figure.legend(*a.get_legend_handles_labels(), loc="outside upper center", ncols=5, handlelength=2.2, columnspacing=1.2)
for letter, title, axes in zip("abc", ("current", "steady state", f"$T={MEAN:g}$ in both"), (a, b, c), strict=True):
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.set(xlabel=r"reorganisation $Q$  [$\omega_{10}$]", xlim=reorganisation[[0, -1]])
    axes.tick_params(which="both", direction="in", top=True, right=True)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "qutrit.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'qutrit.png'}")
