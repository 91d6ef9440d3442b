"""A line of exceptional points under the local equation, and the avoided one of the partial Redfield equation.

    python examples/exceptional_line.py [--quick] [--out DIR]

Two resonators of frequency w, H = sum (p^2 + w^2 x^2)/2 + k x_h x_c, each on its own Drude bath. Unequal damping
makes their modes coalesce at one coupling k_EP(w), where two different rates of decay turn into two frequencies. The
line is followed along w, together with its derivative by a coupling strength. The partial Redfield equation reads the
baths at the split frequencies of the modes, which moves k_EP off the real axis: its modes come close, but never meet.
Units hbar = k_B = 1, unit masses and a frequency omega_0.
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
jax.config.update("jax_disable_most_optimizations", True)  # nearly all of the time is compilation

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--quick", action="store_true", help="fewer points")
parser.add_argument("--out", type=Path, default=Path("figures"), help="where the figure goes")
options, _ = parser.parse_known_args()  # a notebook has arguments of its own

# %% The problem: a hot bath of strength 0.01 and a cold one of 0.2. The drift does not depend on temperatures.
HOT, COLD, CUTOFF = 0.01, 0.2, 10.0
T_HOT, T_COLD = 2.0, 1.0
LOCAL, REDFIELD = qt.local_master_equation(), qt.partial_redfield_equation()


def resonators(k, w, cold, cutoff):
    """Two resonators of frequency w, the hot bath on the first and the cold one on the second."""
    network = qt.OscillatorNetwork.from_positions(jnp.stack([w, w]), k * jnp.array([[0.0, 1.0], [1.0, 0.0]]))
    nodes = jnp.stack([qt.position(i, of=2) for i in range(2)])
    baths = qt.Bath(nodes, qt.Drude(jnp.stack([HOT, cold]), cutoff), jnp.array([T_HOT, T_COLD]))
    return qt.OpenSystem(network, (baths,))  # one stack: half the compilation


def closed_form(w, cold=COLD, cutoff=CUTOFF):
    """k_EP of the local equation: half the difference of the damping rates, times w."""
    return w / 2 * np.abs(HOT - cold) * cutoff**2 / (w**2 + cutoff**2)


# %% The line along the frequency, and its derivative by the strength of the cold bath: one jit, one compilation.
@jax.jit
def local_line(cold, frequencies):
    """k_EP and dk_EP/d(strength of the cold bath) at every frequency."""

    def points(cold):
        line = qt.trace_exceptional_line(
            lambda k, w: LOCAL(resonators(k, w, cold, CUTOFF)), closed_form(frequencies[0]), frequencies
        )
        return line.parameters.real, line.is_real

    return jax.jvp(points, (cold,), (1.0,), has_aux=True)


frequencies = np.linspace(0.6, 2.0, 9 if options.quick else 29)
k_local, slopes, is_real = jax.device_get(local_line(COLD, frequencies))

# %% Under the partial Redfield equation, along the cut-off at w = 1, from large cut-offs down: k_EP is complex.
W = 1.0


@jax.jit
def redfield_line(cutoffs):
    """The complex k_EP and its eigenvalue at every cut-off."""
    line = qt.trace_exceptional_line(
        lambda k, cutoff: REDFIELD(resonators(k, W, COLD, cutoff)), closed_form(W, cutoff=cutoffs[0]), cutoffs
    )
    return line.parameters, line.eigenvalue, line.is_real


@jax.jit
def closest(columns):
    """The real k where the two modes come closest, and their distance there, at every cut-off."""

    def at(column):
        cutoff, k, eigenvalue = column
        approach = qt.closest_approach(
            lambda k: REDFIELD(resonators(k, W, COLD, cutoff)), k, eigenvalue=eigenvalue, throw=False
        )
        return approach.parameters, approach.gap

    return jax.lax.map(at, columns)


cutoffs = np.geomspace(100.0, 0.2, 13 if options.quick else 49)
k_redfield, eigenvalues, redfield_is_real = jax.device_get(redfield_line(cutoffs))
k_closest, gaps = jax.device_get(closest((cutoffs, k_redfield.real, eigenvalues)))

# To leading order in the strengths, Im k is to Re k as the slope of the damping rate is to it; and near the point the
# squared distance of the modes is (k^2 - k_EP^2)/w^2, which no real k makes less than 2 Re k |Im k|/w^2.
estimate = k_redfield.real * (HOT + COLD) / 2 * W * cutoffs**2 / (W**2 + cutoffs**2) ** 2
gap_estimate = np.sqrt(2 * k_redfield.real * np.abs(k_redfield.imag)) / W

# %% How far the modes of the local equation are from orthogonal, over the plane.
w_axis, k_axis = (np.linspace(*ends, 61 if options.quick else 201) for ends in ((0.6, 2.0), (0.0, 0.25)))


@jax.jit
@jax.vmap
def condition_numbers(w, k):
    """The condition number of the eigenvectors of the drift, in the natural units of each resonator."""
    system = resonators(k, w, COLD, CUTOFF)
    return qt.eigenvector_condition_number(LOCAL(system).drift, units=qt.quadrature_units(system.hamiltonian))


w_grid, k_grid = np.meshgrid(w_axis, k_axis)
condition = np.asarray(condition_numbers(w_grid.ravel(), k_grid.ravel())).reshape(w_grid.shape)

# %% The numbers that matter.
slope_closed = frequencies / 2 * CUTOFF**2 / (frequencies**2 + CUTOFF**2)
print(f"Strengths {HOT:g} (hot), {COLD:g} (cold).\n")
print(f"local equation, cut-off {CUTOFF:g}: k_EP and its derivative by the strength of the cold bath (closed forms)")
print(f"{'w':>6}{'k_EP':>14}{'':15}{'dk_EP/d(strength)':>18}{'':14} real")
for i in range(0, frequencies.size, (frequencies.size - 1) // 4):
    print(f"{frequencies[i]:6.2f}{k_local[i]:14.10f} ({closed_form(frequencies[i]):.10f})", end="")
    print(f"{slopes[i]:18.10f} ({slope_closed[i]:.10f})  {is_real[i]}")
apart = np.max(np.abs(k_local / closed_form(frequencies) - 1)), np.max(np.abs(slopes / slope_closed - 1))
print(f"largest relative difference from the closed forms: {apart[0]:.0e}, {apart[1]:.0e}\n")

print(f"partial Redfield equation, w = {W:g}: complex k_EP, closest approach at real k (leading order)")
print(f"{'cut-off':>8}{'Re k_EP':>11}{'Im k_EP':>11}{'':12}{'k closest':>11}{'gap':>11}{'':11}  real k_EP")
for i in range(0, cutoffs.size, (cutoffs.size - 1) // 6):
    print(f"{cutoffs[i]:8.2f}{k_redfield[i].real:11.7f}{abs(k_redfield[i].imag):11.3e} ({estimate[i]:.3e})", end="")
    print(f"{k_closest[i]:12.7f}{gaps[i]:11.3e} ({gap_estimate[i]:.3e})  {redfield_is_real[i]}")
worst = np.argmax(gaps)
off = [np.max(np.abs(a / b - 1)) for a, b in ((np.abs(k_redfield.imag), estimate), (gaps, gap_estimate))]
print(f"largest gap {gaps[worst]:.4f} w at cut-off {cutoffs[worst]:.2f}; leading order is right to ", end="")
print(f"{off[0]:.1%} (Im k_EP) and {off[1]:.1%} (gap).")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
figure, (a, b) = plt.subplots(1, 2, figsize=(7.2, 3.1), width_ratios=(1.2, 1.0))
figure.get_layout_engine().set(wspace=0.06)
image = a.pcolormesh(
    w_axis, k_axis, np.log10(condition), cmap="cividis", vmin=0.0, vmax=1.5, shading="gouraud", rasterized=True
)
figure.colorbar(image, ax=a, label=r"$\log_{10}$ condition number", extend="max", pad=0.02)
a.plot(
    frequencies, closed_form(frequencies), color="#FFFFFF", linestyle=(0, (1, 2.5)), linewidth=1.0, label="closed form"
)
a.plot(
    frequencies,
    k_local,
    linestyle="",
    marker="o",
    markersize=4.5,
    markevery=1 if options.quick else 2,
    markerfacecolor="none",
    color="#D55E00",
    label="traced",
)
a.legend(loc="upper left", labelcolor="white", handlelength=1.6)
a.set(
    xlabel=r"frequency $\omega$  [$\omega_0$]",
    ylabel=r"coupling $k$  [$\omega_0^2$]",
    xlim=w_axis[[0, -1]],
    ylim=k_axis[[0, -1]],
)

ESTIMATE = {"color": "#56B4E9", "linewidth": 4.5, "alpha": 0.5, "zorder": 0}
b.loglog(cutoffs, gaps, color="#000000", linewidth=1.3, label=r"smallest gap  [$\omega$]")
b.loglog(
    cutoffs,
    np.abs(k_redfield.imag),
    color="#D55E00",
    linestyle=(0, (5, 2)),
    linewidth=1.7,
    label=r"$\mathrm{Im}\,k_\mathrm{EP}$  [$\omega^2$]",
)
b.loglog(cutoffs, gap_estimate, **ESTIMATE, label="leading order")
b.loglog(cutoffs, estimate, **ESTIMATE)
b.set(xlabel=r"cut-off of the baths  [$\omega$]", ylabel="distance from a real EP", xlim=(0.2, 100.0), ylim=(3e-7, 0.2))
b.legend(loc="lower center", borderaxespad=0.3, handlelength=2.6)
titles = "local equation", "partial Redfield equation"
for letter, title, axes in zip("ab", titles, (a, b), strict=True):
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.tick_params(which="both", direction="in", top=True, right=True)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "exceptional_line.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'exceptional_line.png'}")
