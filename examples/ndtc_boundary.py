"""Where two qubits conduct less heat the hotter the bath: the boundary of negative differential conductance.

    python examples/ndtc_boundary.py [--quick] [--out DIR]

H = e/2 (sz_1 + sz_2) + g sx_1 sx_2, a Drude bath on each sx. The heat current J from the hot bath 1 grows with its
temperature T_1, reaches a maximum and falls again: negative differential thermal conductance (NDTC). The boundary
dJ/dT_1 = 0 in the plane (g, T_1) is found as the root of the derivative that JAX takes, without a scan over T_1.
Units hbar = k_B = 1 and a frequency omega_0. After Zhang et al. (2025), with the Bloch-Redfield equation and its Lamb
shift.
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
COLD, STRENGTH, CUTOFF = 5.0, 0.01, 50.0
X, Z = ([sigma(site, of=2) for site in (0, 1)] for sigma in (qt.sigma_x, qt.sigma_z))


def pair(splitting, coupling, hot):
    """Two equal qubits, the bath of temperature `hot` on the first."""
    hamiltonian = qt.FiniteHamiltonian(splitting / 2 * (Z[0] + Z[1]), coupling * X[0] @ X[1], dims=(2, 2))
    drude = qt.Drude(STRENGTH, CUTOFF)
    return qt.OpenSystem(hamiltonian, (qt.Bath(X[0], drude, hot, name="hot"), qt.Bath(X[1], drude, COLD, name="cold")))


def current(description, splitting, coupling, hot):
    """J, from the hot bath into the pair."""
    dynamics = description(pair(splitting, coupling, hot))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), throw=False)[0]


BATCH = 64  # every call has this many points, so that one compilation serves all


def in_batches(function):
    """The function of three numbers, compiled once, on arrays that broadcast."""
    compiled = jax.jit(jax.vmap(function))

    def on_arrays(*arrays):
        arrays = np.broadcast_arrays(*(np.asarray(array, float) for array in arrays))
        flat = np.stack([array.ravel() for array in arrays])
        padded = np.pad(flat, ((0, 0), (0, -flat.shape[1] % BATCH)), mode="edge")
        batches = [compiled(*batch) for batch in np.split(padded, padded.shape[1] // BATCH, axis=1)]
        whole = jax.tree.map(lambda *xs: np.concatenate(xs)[: flat.shape[1]].reshape(arrays[0].shape), *batches)
        return jax.device_get(whole)

    return on_arrays


@in_batches
def redfield(splitting, coupling, hot):
    """(J, dJ/dT_1) by automatic differentiation."""
    at = lambda t: current(qt.redfield_equation(lamb_shift=True), splitting, coupling, t)  # noqa: E731
    return jax.jvp(at, (hot,), (jnp.ones_like(hot),))


@in_batches
def secular(splitting, coupling, hot):
    """J under the global equation, which drops the coherence of the two levels in the middle."""
    return current(qt.global_master_equation(), splitting, coupling, hot)


# %% The boundary: bisection on the sign of the slope, in the logarithm of the temperature, all points at once.
SPLITTINGS = (2.0, 5.0, 10.0, 20.0)
COUPLINGS = np.geomspace(0.01, 2.0, 21 if options.quick else 64)
HOTTEST = 1e3


def boundary(splitting, coupling):
    """T_1 at which dJ/dT_1 changes from positive to negative; NaN where it does not below HOTTEST."""
    low, high = np.full(np.shape(coupling), np.log(1.001 * COLD)), np.full(np.shape(coupling), np.log(HOTTEST))
    slopes = [redfield(splitting, coupling, np.exp(end))[1] for end in (low, high)]
    for _ in range(44):
        middle = (low + high) / 2
        rising = redfield(splitting, coupling, np.exp(middle))[1] > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.where((slopes[0] > 0) & (slopes[1] < 0), np.exp(low), np.nan)


splittings, couplings = np.array(SPLITTINGS)[:, None], COUPLINGS[None, :]
edge = boundary(splittings, np.broadcast_to(couplings, (len(SPLITTINGS), COUPLINGS.size)))

# %% The numbers that matter: is it a maximum, on both sides, of the current itself?
(below, slope_below), (at, _), (above, slope_above) = (
    redfield(splittings, couplings, edge * factor) for factor in (0.98, 1.0, 1.02)
)
found = np.isfinite(edge)
confirmed = (slope_below > 0) & (slope_above < 0) & (below < at) & (above < at)
print(f"boundary found for {found.sum()} of {found.size} pairs (e, g) below T_1 = {HOTTEST:g};")
print(f"2 % colder J rises, 2 % hotter it falls, by slope and by current: {confirmed[found].sum()} of {found.sum()}")
print(f"uncertainty of the boundary: {np.log(HOTTEST / COLD) / 2**44:.0e} (relative)\n")
NAMED = np.array([0.05, 0.1, 0.2])
named = boundary(splittings, np.broadcast_to(NAMED, (len(SPLITTINGS), NAMED.size)))
largest, _ = redfield(splittings, NAMED[None, :], named)
secular_slope = np.diff(secular(splittings, NAMED[None, :], named * np.array([1.0, 2.0])[:, None, None]), axis=0)[0]
print(f"{'e':>4}{'g':>6}{'T_1 - T_2':>12}{'largest J':>12}   J of the global equation from there to 2 T_1")
for i, splitting in enumerate(SPLITTINGS):
    for k, coupling in enumerate(NAMED):
        trend = "rises" if secular_slope[i, k] > 0 else "falls"
        print(f"{splitting:4g}{coupling:6g}{named[i, k] - COLD:12.5f}{largest[i, k]:12.8f}   {trend}")
print(f"\nweakest coupling, g = {COUPLINGS[0]:g}: T_1 = {', '.join(f'{t:.4f}' for t in edge[:, 0])}")
print(f"strongest,        g = {COUPLINGS[-1]:g}: T_1 = {', '.join(f'{t:.2f}' for t in edge[:, -1])}")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
COLORS = ("#000000", "#0072B2", "#D55E00", "#009E73")
STYLES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))

figure, (a, b) = plt.subplots(1, 2, figsize=(7.2, 3.1), width_ratios=(1.05, 1.0))
for splitting, temperatures, color, style in zip(SPLITTINGS, edge, COLORS, STYLES, strict=True):
    a.loglog(COUPLINGS, temperatures, color=color, linestyle=style, linewidth=1.7, label=rf"$\epsilon={splitting:g}$")
a.fill_between(COUPLINGS, edge.max(axis=0), HOTTEST, color="0.9", linewidth=0.0)
a.axhline(COLD, color="0.6", linewidth=0.8, linestyle=":")
a.annotate("$T_2$", (COUPLINGS[-1], COLD), (-3, 2), textcoords="offset points", ha="right", color="0.4")
a.text(0.05, 0.9, r"NDTC:  $\partial J/\partial T_1<0$", transform=a.transAxes)
a.text(0.62, 0.16, r"$\partial J/\partial T_1>0$", transform=a.transAxes)
a.set(xlabel=r"coupling $g$  [$\omega_0$]", ylabel=r"temperature of the hot bath $T_1$  [$\omega_0$]")
a.set(xlim=COUPLINGS[[0, -1]], ylim=(4.4, 300.0))
a.legend(loc="center left", bbox_to_anchor=(0.0, 0.66), handlelength=2.6)

SHOWN = SPLITTINGS[1]
hot = np.geomspace(COLD, 200.0, 32 if options.quick else 128)
for coupling, color in zip(NAMED, ("#E69F00", "#CC79A7", "#56B4E9"), strict=True):
    b.semilogx(hot, redfield(SHOWN, coupling, hot)[0], color=color, linewidth=1.7, label=f"$g={coupling:g}$")
    b.semilogx(hot, secular(SHOWN, coupling, hot), color="0.3", linewidth=1.1, linestyle=(0, (4, 2)))
row = SPLITTINGS.index(SHOWN)
b.plot(named[row], largest[row], linestyle="", marker="o", markersize=4.5, color="k", zorder=5)
styles = [
    plt.Line2D([], [], color="0.3", linewidth=1.1, linestyle=(0, (4, 2)), label="global, each of them"),
    plt.Line2D([], [], color="k", linestyle="", marker="o", markersize=4.5, label=r"$\partial J/\partial T_1=0$"),
]
b.legend(handles=[*b.lines[:6:2], *styles], loc="upper left", handlelength=2.2, borderaxespad=0.2)
b.set(xlabel=r"temperature of the hot bath $T_1$  [$\omega_0$]", ylabel=r"heat current $J$  [$\omega_0^2$]")
b.set(xlim=hot[[0, -1]], ylim=(0.0, 0.3))
for letter, title, axes in zip("ab", ("boundary", rf"currents, $\epsilon={SHOWN:g}$"), (a, b), strict=True):
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.tick_params(which="both", direction="in", top=True, right=True)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "ndtc_boundary.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'ndtc_boundary.png'}")
