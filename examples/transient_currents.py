"""The transient heat current tells descriptions apart that agree in the steady state.

    python examples/transient_currents.py [--quick] [--out DIR]

Two resonators at the exceptional point of the local equation, as in Fig. 3 of Scali, Anders and Correa, Quantum 5, 451
(2021), with the exact solution beside the master equations. Each resonator starts thermal at the temperature of its own
bath, and heat flows as they exchange it. The global equation has no coherence between the normal modes: it spreads the
start over both, and has half of the steady current at once. The exact current begins with a slip, in which the hot
resonator and its bath get correlated; after it, its average over a period follows the local and the Redfield equation.
Units hbar = k_B = 1, unit masses, frequency of the resonators.
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

# %% The problem: the hot bath is weak, which makes the steady currents of all descriptions agree.
HOT, COLD, CUTOFF = 1e-4, 0.1, 20.0
T_HOT, T_COLD = 2.0, 1.0
K_EP = abs(HOT - COLD) / 2 * CUTOFF**2 / (1.0 + CUTOFF**2)

network = qt.OscillatorNetwork.from_positions(jnp.ones(2), K_EP * jnp.array([[0.0, 1.0], [1.0, 0.0]]))
nodes = jnp.stack([qt.position(i, of=2) for i in range(2)])
baths = qt.Bath(nodes, qt.Drude(jnp.array([HOT, COLD]), CUTOFF), jnp.array([T_HOT, T_COLD]))
system = qt.OpenSystem(network, (baths,))
start = qt.local_thermal_state(system)

DESCRIPTIONS = {
    "exact": qt.Langevin(),
    "partial Redfield": qt.partial_redfield_equation(),
    "global": qt.global_master_equation(),
    "local": qt.local_master_equation(),
}

# %% Hot currents in time, and in the steady state. The exact one turns with twice the frequency, period pi: every time
# comes with the period that follows it, for the average.
MARKED = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
PHASES = np.pi * np.arange(8) / 8
EARLY = np.arange(0.0, 20.0, np.pi / 8 if options.quick else np.pi / 32)
SLIP, ALL = np.linspace(0.0, 0.3, 16), np.geomspace(0.5, 1e3, 30 if options.quick else 120)
starts = np.unique(np.concatenate([MARKED, SLIP, EARLY, ALL]))
times, where = np.unique(np.round(starts[:, None] + PHASES, 12), return_inverse=True)
where = where.reshape(-1, PHASES.size)


def hot_currents(describe):
    """The hot current of one description at every time, and of its steady state."""

    @jax.jit
    def solve(times):
        dynamics = describe(system)
        path = qt.evolve(dynamics, start, times, throw=False)
        along = jax.vmap(lambda state: qt.heat_currents(dynamics, state, throw=False)[0])(path)
        return along, qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), throw=False)[0]

    return jax.device_get(solve(times))


raw, averaged, steady = {}, {}, {}
for name, describe in DESCRIPTIONS.items():
    current, steady[name] = hot_currents(describe)
    raw[name] = current[where[:, 0]]
    averaged[name] = current[where].mean(axis=1)

# %% The numbers that matter.
print(f"k = k_EP = {K_EP:.6f}, strengths {HOT:g} (hot), {COLD:g} (cold), cut-off {CUTOFF:g}\n")
print("hot current, averaged over the period pi that follows t, in units of the exact steady one; in brackets the")
print("relative deviation from the exact one")
print(f"{'t':>6}{'exact at t':>13}{'exact':>11}" + "".join(f"{name:>22}" for name in list(DESCRIPTIONS)[1:]))
for t in MARKED:
    i = np.searchsorted(starts, t)
    exact = averaged["exact"][i]
    print(f"{t:6g}{raw['exact'][i] / steady['exact']:13.5f}{exact / steady['exact']:11.5f}", end="")
    for name in list(DESCRIPTIONS)[1:]:
        value = averaged[name][i]
        print(f"{value / steady['exact']:12.5f} ({value / exact - 1:+.0e})".rjust(22), end="")
    print()
print(f"{'steady':>6}{'':13}{1.0:11.5f}", end="")
for name in list(DESCRIPTIONS)[1:]:
    print(f"{steady[name] / steady['exact']:12.5f} ({steady[name] / steady['exact'] - 1:+.0e})".rjust(22), end="")
print(f"\n\nexact steady current {steady['exact']:.6e}")
print("ratios of currents of the master equations (weak damping)")
ratio = (COLD + HOT) / (COLD - HOT)
print(f"  global at t = 0 / global steady  {raw['global'][0] / steady['global']:.6f} ({(1 + HOT / COLD) / 2:.6f})")
print(f"  global steady / local steady     {steady['global'] / steady['local']:.6f} ({ratio**2:.6f})")
slip = np.max(raw["exact"][starts <= 1.0]) / steady["exact"]
print(f"slip of the exact current, t <= 1: up to {slip:.1f} times the steady one")
late = (starts >= 3.0) & (starts <= 30.0)
for label, exact, local in (
    ("raw", raw["exact"], raw["local"]),
    ("averaged", averaged["exact"], averaged["local"]),
):
    apart = np.max(np.abs(exact - local)[late]) / steady["exact"]
    print(f"exact - local, 3 <= t <= 30, {label + ':':<10}up to {apart:.4f} of the steady current")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
LOOKS = {
    "exact": {"color": "#56B4E9", "linewidth": 4.5, "alpha": 0.6},
    "global": {"color": "#000000", "linewidth": 1.3},
    "local": {"color": "#009E73", "linestyle": (0, (5, 2)), "linewidth": 1.7},
    "partial Redfield": {"color": "#D55E00", "linestyle": (0, (1, 1.2)), "linewidth": 2.0},
}
figure, (a, b, c) = plt.subplots(1, 3, figsize=(7.4, 3.2))
log, early, slipped = starts >= 0.5, starts <= EARLY[-1], (starts >= 0.8) & (starts <= EARLY[-1])
for name, look in LOOKS.items():
    a.semilogx(starts[log], averaged[name][log] / steady["exact"], label=name, **look)
    if name != "exact":
        c.loglog(starts[log], np.abs(averaged[name] / averaged["exact"] - 1)[log], **look)
centre = starts + np.mean(PHASES)
b.plot(centre[slipped], averaged["exact"][slipped] / steady["exact"], **LOOKS["exact"])
b.plot(
    starts[early], raw["exact"][early] / steady["exact"], color="#0072B2", linewidth=0.9, label="exact, not averaged"
)
b.plot(starts[early], raw["local"][early] / steady["exact"], **LOOKS["local"])
a.set(ylabel=r"hot current $J_h/J_h^\mathrm{exact}(\infty)$", xlabel=r"time $t$  [$1/\omega$]", ylim=(-0.03, 1.08))
b.set(ylabel=r"hot current $J_h/J_h^\mathrm{exact}(\infty)$", xlabel=r"time $t$  [$1/\omega$]", xlim=(0.0, 15.0))
b.set(ylim=(-0.01, 0.15))
b.text(0.6, 0.13, "slip", color="#0072B2")
c.set(ylabel=r"error  $|J_h/J_h^\mathrm{exact}-1|$", xlabel=r"time $t$  [$1/\omega$]", ylim=(1e-6, 3e2))
for axes in (a, c):
    axes.set(xlim=starts[log][[0, -1]])
handles = [*a.lines, b.lines[1]]
figure.legend(handles=handles, loc="outside upper center", ncols=5, handlelength=2.4, columnspacing=1.2)
titles = "averaged over a period", "early times", "error of the average"
for letter, title, axes in zip("abc", titles, (a, b, c), strict=True):
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.tick_params(which="both", direction="in", top=True, right=True)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "transient_currents.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'transient_currents.png'}")
