"""Which description to trust: the error of each one's heat current along coupling and detuning.

    python examples/which_description_to_trust.py [--quick] [--out DIR]

The wire of two oscillators (see wire_four_descriptions.py), whose exact solution judges the master equations.
Units hbar = k_B = 1, unit masses, bare frequency of the cold node 1.
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

# %% The wire: a spring, a detuning, a bias between the baths, and the damping kappa = J(w)/w.
KAPPA, CUTOFF = 1e-3, 1e3
T_COLD, T_HOT = 2.0, 3.0


def wire(spring, detuning, t_hot, kappa):
    """Cold node of frequency 1, hot node of frequency 1 + detuning, one bath on each."""
    springs = spring * jnp.array([[0.0, 1.0], [1.0, 0.0]])
    network = qt.OscillatorNetwork.from_springs(jnp.stack([1.0, 1.0 + detuning]), springs)
    cold = qt.Bath(qt.position(0, of=2), qt.Drude(kappa, CUTOFF), T_COLD, name="cold")
    hot = qt.Bath(qt.position(1, of=2), qt.Drude(kappa, CUTOFF), t_hot, name="hot")
    return qt.OpenSystem(network, (cold, hot))


DESCRIPTIONS = {
    "exact": qt.Langevin(),
    "Redfield": qt.redfield_equation(),
    "global": qt.global_master_equation(),
    "local": qt.local_master_equation(),
}


@jax.jit
def hot_currents(columns):
    """The heat current from the hot bath under each description, for every column of parameters."""

    def at(parameters):
        system, currents = wire(*parameters), {}
        for name, describe in DESCRIPTIONS.items():
            dynamics = describe(system)
            state = qt.steady_state(dynamics, throw=False)
            currents[name] = qt.heat_currents(dynamics, state, throw=False)[1]
        return currents

    return jax.lax.map(at, columns.T)


# %% Three cuts and a few single points, solved in one call because another shape would compile anew.
ALONG = np.geomspace(1e-5, 1.0, 26 if options.quick else 121)
POINTS = [  # spring, detuning, temperature of the hot bath, damping
    (1e-4, 0.0, T_HOT, KAPPA),
    (1e-2, 0.0, T_HOT, KAPPA),
    (1e-1, 0.0, T_HOT, KAPPA),
    (1e-4, 1e-3, T_HOT, KAPPA),
    (1e-4, 1e-2, T_HOT, KAPPA),
    (1e-4, 1e-1, T_HOT, KAPPA),
    (1e-4, 1.0, T_HOT, KAPPA),
    (1e-4, 1e-2, T_HOT, 1e-4),  # the damping changes the error of the global equation only
    (1e-4, 1e-2, T_HOT, 1e-2),
    (1e-4, 1e-3, T_COLD + 0.02, KAPPA),  # and the bias that of the local one
]
CUTS = {
    "resonant": (ALONG, 0.0, T_HOT, KAPPA),
    "detuned": (ALONG, 0.1, T_HOT, KAPPA),
    "weak spring": (1e-4, ALONG, T_HOT, KAPPA),
    "points": tuple(zip(*POINTS, strict=True)),
}
CUTS = {name: np.array(np.broadcast_arrays(*cut)) for name, cut in CUTS.items()}
everything = np.concatenate(list(CUTS.values()), axis=1)
currents = jax.device_get(hot_currents(everything))
errors = {name: currents[name] / currents["exact"] - 1.0 for name in DESCRIPTIONS if name != "exact"}

# %% Two estimates to hold against the numbers, for weak springs and small detunings (bare frequency 1).
# The secular approximation of the global equation needs modes that dephase before they are damped, so it fails
# with (kappa / splitting)^2. The local equation reads each bath at the bare frequency of its own node: the
# spring raises the frequencies by k/2, and the current of quanta n_hot(w_hot) - n_cold(w_cold) is driven by
# detuning as well as by bias. A small bias therefore makes the second error large; the damping does not enter.
k, detuning, t_hot, kappa = everything
splitting = np.sqrt(k**2 + ((1.0 + detuning) ** 2 - 1.0) ** 2 / 4)  # Omega_+ - Omega_-
bias, mean_temperature = t_hot - T_COLD, (t_hot + T_COLD) / 2
estimates = {
    "global": (kappa / splitting) ** 2,
    "local": k / 2 - mean_temperature / bias * detuning,
}

# %% The numbers that matter: who wins, and whether the estimates hold.
print(f"relative error of the heat current (and its estimate); T_cold = {T_COLD:g}")
print(f"{'spring':>8}{'detuning':>10}{'T_hot':>7}{'kappa':>7}   {'Redfield':>9}", end="")
print(f"{'global':>10}{'':8}{'local':>10}{'':8}   best, best of GKLS form")
for i in range(everything.shape[1] - len(POINTS), everything.shape[1]):
    best, best_gkls = (min(names, key=lambda name: abs(errors[name][i])) for names in (errors, ("global", "local")))
    print(
        f"{k[i]:8.0e}{detuning[i]:10.0e}{t_hot[i]:7.2f}{kappa[i]:7.0e}   {errors['Redfield'][i]:+9.0e}",
        end="",
    )
    for name, estimate in estimates.items():
        print(f"{errors[name][i]:+10.1e} ({estimate[i]:+.0e})", end="")
    print(f"   {best}, {best_gkls}")

weak = (k <= 0.1) & (detuning <= 0.03)
terms = {
    "global": estimates["global"],
    "local": k / 2 + mean_temperature / bias * detuning,
}  # no cancellation
off = {name: np.max((abs(errors[name] - estimates[name]) / terms[name])[weak]) for name in estimates}
print(f"""
Rule of thumb, as far as these {k.size} points show it (T >= 2, damping <= 1e-2 of the frequency;
estimates tested where k <= 0.1 and detuning <= 0.03):
  Redfield  error below {np.max(abs(errors["Redfield"])):.0e} everywhere; but not of GKLS form:
            check state.is_physical().
  global    needs splitting >> damping: error (kappa/splitting)^2, to {off["global"]:.0%}; also at small bias.
  local     needs k << w^2 and detuning << w x bias / mean temperature: error
            k/2 - detuning x mean temperature / bias, to {off["local"]:.0%} of the two terms.
            The damping does not enter: a detuning of the order of the damping is safe at ordinary bias,
            but not close to equilibrium.""")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
LINES = {
    "global": {"color": "#000000", "linewidth": 1.3},
    "local": {"color": "#009E73", "linestyle": (0, (5, 2)), "linewidth": 1.7},
    "Redfield": {"color": "#D55E00", "linestyle": (0, (1, 1.2)), "linewidth": 2.0},
}
ESTIMATE = {"color": "#56B4E9", "linewidth": 4.5, "alpha": 0.5, "zorder": 0}
SPRING = r"spring constant $k$  [$\omega_c^2$]"
PANELS = {
    "resonant": ("resonant", SPRING, {r"$\kappa$": KAPPA}),
    "detuned": (r"detuning $\Delta=0.1\,\omega_c$", SPRING, {r"$\kappa$": KAPPA, r"$\Delta$": 0.1}),
    "weak spring": (
        r"spring $k=10^{-4}\,\omega_c^2$",
        r"detuning $\Delta$  [$\omega_c$]",
        {"$k$": 1e-4, r"$\kappa$": KAPPA},
    ),
}
starts = np.cumsum([0, *(cut.shape[1] for cut in CUTS.values())])

figure, panels = plt.subplots(1, 3, figsize=(7.2, 3.2), sharey=True)
for letter, axes, start, (title, label, scales) in zip("abc", panels, starts, PANELS.values(), strict=False):
    here = slice(start, start + ALONG.size)
    for name, look in LINES.items():
        axes.loglog(ALONG, abs(errors[name][here]), label=name, **look)
    axes.loglog(ALONG, abs(np.stack(list(estimates.values()), axis=1)[here]), **ESTIMATE)
    for text, scale in scales.items():
        axes.axvline(scale, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
        axes.annotate(
            text,
            (scale, 0.93),
            (3, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color="0.4",
        )
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.set(xlabel=label, xlim=(ALONG[0], ALONG[-1]), ylim=(1e-9, 1e6))
    axes.tick_params(which="both", direction="in", top=True, right=True)
panels[0].set_ylabel(r"error of the heat current  $|J/J_\mathrm{exact}-1|$")
estimate = plt.Line2D([], [], label="estimates for weak springs", **ESTIMATE)
handles = [*panels[0].lines[: len(LINES)], estimate]
figure.legend(handles=handles, loc="outside upper center", ncols=4, handlelength=2.6)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "which_description_to_trust.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'which_description_to_trust.png'}")
