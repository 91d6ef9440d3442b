"""Liouvillian exceptional points of a driven, damped qubit: two lines that meet in a cusp, a third-order point.

    python examples/driven_qubit.py [--quick] [--out DIR]

Rotating frame, H = delta sigma_z/2 + Om sigma_x/2, jump sqrt(gamma) sigma_-. Besides that of the steady state the
Liouvillian has three eigenvalues, which add up to -2 gamma. Between the lines all are real, and the qubit is
overdamped; outside, two form a complex couple, and populations oscillate. At the cusp all three are -2 gamma/3: nowhere
is the slowest decay faster, because the three share 2 gamma.
Units hbar = 1, gamma = 1.
"""

# %% Settings. Double precision: switch it on before any array is made.
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

# %% The problem, on density matrices stacked row by row; the first basis state is the excited one.
GAMMA = 1.0


def liouvillian(drive, detuning):
    """The superoperator in the rotating frame."""
    hamiltonian = (detuning * qt.sigma_z(0, of=1) + drive * qt.sigma_x(0, of=1)) / 2
    return qt.lindblad_superoperator(hamiltonian, [jnp.sqrt(GAMMA) * qt.sigma_minus(0, of=1)])


# %% The cusp, and the two lines along the detuning. Beyond the cusp there is none: NaN, and an error by default.
@jax.jit
def third_order(guess):
    """The point where three eigenvalues meet, from a guess of (Om, delta)."""
    return qt.find_exceptional_point(lambda p: liouvillian(*p), guess, order=3)


@jax.jit
def trace(drive, eigenvalue, detunings):
    """Om and the double eigenvalue along the line through a first point, at every detuning."""
    line = qt.trace_exceptional_line(liouvillian, drive, detunings, eigenvalue=eigenvalue, throw=False)
    return line.parameters.real, line.eigenvalue.real


cusp = third_order((0.3, 0.08))
cusp_drive, cusp_detuning = (float(x.real) for x in cusp.parameters)
# Dense towards the cusp, where the lines are tangent to each other; the last detuning lies beyond.
fractions = np.linspace(0.98, 0.08, 10 if options.quick else 28), np.geomspace(0.02, 1e-4, 4)
below = cusp_detuning * (1.0 - np.concatenate(fractions))
starts = {"upper": (0.25, -0.75), "lower": (np.sqrt(GAMMA * below[0]), -0.5)}  # at small detuning
detunings = {name: np.append(below, 1.01 * cusp_detuning) for name in starts}
detunings["upper"][0] = 0.0
lines = {name: jax.device_get(trace(*start, detunings[name])) for name, start in starts.items()}


def closed_form(detuning, name):
    """Om and the eigenvalue a - gamma/2: delta^2 = a^2 (1 + 4 a/gamma), Om^2 = -a (gamma + 2 a)^2/gamma."""
    roots = np.sort(np.roots([4.0 / GAMMA, 1.0, 0.0, -(detuning**2)]).real)
    a = roots[0] if name == "upper" else roots[1]
    return np.sqrt(-a / GAMMA) * (GAMMA + 2 * a), a - GAMMA / 2


# %% The map: the fastest oscillation of the plane, zero where the qubit is overdamped.
side = 81 if options.quick else 301
delta_axis, drive_axis = np.linspace(0.0, 0.16, side), np.linspace(0.0, 0.65, side)
delta_grid, drive_grid = np.meshgrid(delta_axis, drive_axis)
spectra = jax.jit(jax.vmap(lambda drive, detuning: qt.spectrum(liouvillian(drive, detuning))))
eigenvalues = np.asarray(spectra(drive_grid.ravel(), delta_grid.ravel())).reshape(side, side, 4)
oscillation = np.max(np.abs(eigenvalues.imag), axis=2)
slowest = np.sort(-eigenvalues.real, axis=2)[..., 1]  # the steady state is first

# %% Transients of the excited population from the ground state: inside, at the cusp, outside.
POINTS = {
    "overdamped": (0.15, 0.01),
    "cusp": (cusp_drive, cusp_detuning),
    "oscillating": (0.6, 0.03),
}
times = np.linspace(0.0, 25.0, 126 if options.quick else 501)


@jax.jit
@jax.vmap
def populations(drive, detuning):
    """p_e(t), by the exponential of the superoperator."""
    matrices = jax.vmap(jax.scipy.linalg.expm)(times[:, None, None] * liouvillian(drive, detuning))
    return matrices[:, 0, 3].real


transients = dict(
    zip(POINTS, np.asarray(populations(*map(jnp.array, zip(*POINTS.values(), strict=True)))), strict=True)
)
steady = {name: (om**2 / 4) / (delta**2 + GAMMA**2 / 4 + om**2 / 2) for name, (om, delta) in POINTS.items()}
# At the cusp p_e = p + (c_0 + c_1 t + c_2 t^2) e^(-2 gamma t/3), with p_e(0) = p_e'(0) = 0 and p_e''(0) = Om^2/2.
rate, p = 2 * GAMMA / 3, steady["cusp"]
cusp_closed = p - (p + rate * p * times + (rate**2 * p / 2 - cusp_drive**2 / 4) * times**2) * np.exp(-rate * times)

# %% The numbers that matter.
print("third-order point (closed form)")
print(f"  Om/gamma    {cusp_drive:.12f} ({np.sqrt(2 / 27):.12f})   sqrt(2/27)")
print(f"  delta/gamma {cusp_detuning:.12f} ({1 / (6 * np.sqrt(3)):.12f})   1/(6 sqrt 3)")
print(f"  eigenvalue  {float(cusp.eigenvalue.real):.12f} ({-2 / 3:.12f})   -2/3")
print(f"  Jordan blocks {[int(b) for b in cusp.jordan_blocks if b > 0]}, real {bool(cusp.is_real)}\n")
print("second-order points (closed form)")
print(f"{'line':<6}{'delta':>12}{'Om':>15}{'':16}{'eigenvalue':>15}")
worst = 0.0
for name, (drives, doubles) in lines.items():
    last = len(drives) - 1
    for i, detuning in enumerate(detunings[name][:last]):
        om, double = closed_form(detuning, name)
        worst = max(worst, abs(drives[i] - om), abs(doubles[i] - double))
        if i % (last // 3) == 0 or i == last - 1:
            print(f"{name:<6}{detuning:12.8f}{drives[i]:15.10f} ({om:.10f}){doubles[i]:17.10f} ({double:.10f})")
    print(f"{name:<6}{detunings[name][last]:12.8f}{drives[last]:15} beyond the cusp")
print(f"largest difference from the closed form: {worst:.0e}\n")

print(f"{'transient':<12}{'Om':>8}{'delta':>8}{'p_e(inf)':>10}{'largest p_e/p_e(inf)':>22}   eigenvalues")
for name, (om, delta) in POINTS.items():
    values = np.linalg.eigvals(np.asarray(liouvillian(om, delta)))
    values = np.sort_complex(values)[:3]
    shown = ", ".join(f"{v.real:.4f}{v.imag:+.4f}j" if abs(v.imag) > 1e-3 else f"{v.real:.4f}" for v in values)
    print(f"{name:<12}{om:8.4f}{delta:8.4f}{steady[name]:10.6f}", end="")
    print(f"{np.max(transients[name]) / steady[name]:22.4f}   {shown}")
print(f"largest |p_e - closed form| at the cusp: {np.max(np.abs(transients['cusp'] - cusp_closed)):.0e}")
print(f"slowest decay: {2 / 3:.6f} at the cusp, at most {slowest.max():.6f} on the grid of the map")

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
LOOKS = {
    "overdamped": {"color": "#009E73", "linestyle": (0, (5, 2)), "linewidth": 1.7},
    "cusp": {"color": "#000000", "linewidth": 1.3},
    "oscillating": {"color": "#D55E00", "linestyle": (0, (1, 1.2)), "linewidth": 2.0},
}
figure, (a, b) = plt.subplots(1, 2, figsize=(7.2, 3.1), width_ratios=(1.2, 1.0))
figure.get_layout_engine().set(wspace=0.06)
image = a.pcolormesh(delta_axis, drive_axis, oscillation, cmap="cividis", shading="gouraud", rasterized=True)
figure.colorbar(image, ax=a, label=r"largest $|\mathrm{Im}\,\mu|$  [$\gamma$]", pad=0.02)
fine = np.append(np.linspace(0.0, 0.999, 200), 1.0) * cusp_detuning
for name, (drives, _) in lines.items():
    a.plot(fine, [closed_form(d, name)[0] for d in fine], color="#FFFFFF", linewidth=1.0)
    a.plot(detunings[name], drives, linestyle="", marker="o", markersize=3.5, markerfacecolor="none", color="#D55E00")
for curve, label in zip(a.lines[:2], ("closed form", "traced"), strict=True):
    curve.set_label(label)
a.legend(loc="lower right", labelcolor="white", handlelength=1.6)
a.plot(cusp_detuning, cusp_drive, linestyle="", marker="*", markersize=11, color="#FFFFFF", markeredgecolor="#000000")
for name, (om, delta) in POINTS.items():
    if name != "cusp":
        a.plot(delta, om, linestyle="", marker="D", markersize=5, color=LOOKS[name]["color"], markeredgecolor="#FFFFFF")
a.text(1.1 * cusp_detuning, cusp_drive, "third-order EP", color="white", va="center")
a.text(0.003, 0.225, "overdamped", color="white", va="center", fontsize=7.5)
a.set(xlabel=r"detuning $\delta$  [$\gamma$]", ylabel=r"drive $\Omega$  [$\gamma$]")
a.set(xlim=(0.0, delta_axis[-1]), ylim=(0.0, drive_axis[-1]), xticks=np.arange(0.0, 0.17, 0.04))

b.semilogy(
    times,
    np.abs(1 - cusp_closed / steady["cusp"]),
    color="#56B4E9",
    linewidth=4.5,
    alpha=0.5,
    label="closed form, cusp",
)
for name, look in LOOKS.items():
    b.semilogy(times, np.abs(1 - transients[name] / steady[name]), label=name, **look)
b.set(xlabel=r"time $t$  [$1/\gamma$]", ylabel=r"$|1-p_e(t)/p_e(\infty)|$", xlim=times[[0, -1]], ylim=(1e-6, 2.0))
b.legend(loc="upper right", borderaxespad=0.3, handlelength=2.6)
for letter, title, axes in zip("ab", ("exceptional lines", "excited population"), (a, b), strict=True):
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.tick_params(which="both", direction="in", top=True, right=True)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "driven_qubit.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'driven_qubit.png'}")
