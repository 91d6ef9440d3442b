"""A third-order exceptional point of three oscillators in a row, under the local equation.

    python examples/third_order_point.py [--quick] [--out DIR]

H = sum p^2/2 + x.W x/2 with W = [[1, k, 0], [k, wm^2, k], [0, k, 1]], and a strictly Ohmic bath on each oscillator.
The strengths 0.05, 0.25, 0.45 damp the amplitudes at rates in equal steps of 0.1; where exchange balances these steps,
three modes coalesce. For weak damping that is at k = sqrt(2) x 0.1, wm = 1 (rotating waves); k and wm are the two
parameters that a third-order point takes. Eigenvalues leave it with the cube root of a perturbation, against the square
root at a second-order point. Units hbar = k_B = 1, unit masses, frequency of the outer oscillators.
"""

# %% Settings. A cube root leaves a third of the digits: switch double precision on before any array is made.
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

# %% The problem. The local equation damps the amplitude of a node at half the strength of its Ohmic bath.
STRENGTHS = jnp.array([0.05, 0.25, 0.45])
TEMPERATURE = 1.0  # the drift does not depend on it
LOCAL = qt.local_master_equation()


def row(k, w_middle, strengths):
    """The dynamics of oscillators of frequencies 1, w_middle, 1 (or the first ones), neighbours coupled by k x x."""
    n = len(strengths)
    frequencies = jnp.stack([jnp.asarray(w, float) for w in (1.0, w_middle, 1.0)[:n]])
    network = qt.OscillatorNetwork.from_positions(frequencies, k * (jnp.eye(n, k=1) + jnp.eye(n, k=-1)))
    nodes = jnp.stack([qt.position(i, of=n) for i in range(n)])
    baths = qt.Bath(nodes, qt.PowerLaw(strengths, exponent=1.0), TEMPERATURE)
    return LOCAL(qt.OpenSystem(network, (baths,)))


# %% The third-order point, and the second-order one of the first two oscillators, for comparison.
@jax.jit
def third_order(guess):
    """The point, its drift, and the Jordan blocks of its second moments."""
    point = qt.find_exceptional_point(lambda p: row(*p, STRENGTHS), guess, order=3)
    drift = row(*jax.tree.map(jnp.real, point.parameters), STRENGTHS).drift
    return point, drift, qt.jordan_blocks(qt.second_moment_matrix(drift), 2 * point.eigenvalue)


@jax.jit
def second_order(guess):
    """The point of two oscillators of frequency 1, and its drift."""
    point = qt.find_exceptional_point(lambda k: row(k, 1.0, STRENGTHS[:2]), guess)
    return point, row(point.parameters.real, 1.0, STRENGTHS[:2]).drift


triple, drift, moments = third_order((0.18, 1.1))
couple, couple_drift = second_order(0.12)
k_triple, w_triple = (float(x.real) for x in triple.parameters)
k_couple = float(couple.parameters.real)
mu_triple, mu_couple = complex(triple.eigenvalue), complex(couple.eigenvalue)


# %% The leading order of a perturbation, from the Jordan chain v_0, v_1, ... and the left eigenvector l:
# (mu - mu_EP)^order = (l M' v_0)/(l v_last) x perturbation.
def coefficient(point, drift, slope):
    """(l M' v_0)/(l v_last), to the power 1/order: what the root of the perturbation is multiplied by."""
    shifted = np.asarray(drift) - complex(point.eigenvalue) * np.eye(len(drift))
    left = np.linalg.svd(shifted)[0][:, -1].conj()
    chain = np.asarray(point.vectors)
    return np.abs((left @ slope @ chain[0]) / (left @ chain[-1])) ** (1 / len(chain))


along_k = np.kron(np.eye(3, k=1) + np.eye(3, k=-1), [[0.0, 0.0], [-1.0, 0.0]])  # of the drift by k
along_w = np.zeros((6, 6))
along_w[3, 2] = -2 * w_triple
COEFFICIENTS = {
    "triple, k": coefficient(triple, drift, along_k),
    "triple, wm": coefficient(triple, drift, along_w),
    "couple, k": coefficient(couple, couple_drift, along_k[:4, :4]),
}

# %% The spectra along k, and the largest distance of the coalescing eigenvalues from the point against perturbations.
three = jax.jit(jax.vmap(lambda k, w: qt.spectrum(row(k, w, STRENGTHS))))
two = jax.jit(jax.vmap(lambda k: qt.spectrum(row(k, 1.0, STRENGTHS[:2]))))


def upper(values):
    """The eigenvalues of positive imaginary part: those of the conjugate modes are their mirror images."""
    values = np.asarray(values)
    return np.sort(values[values.imag > 0].reshape(len(values), -1), axis=1)


number = 25 if options.quick else 97
sizes = np.geomspace(1e-12, 1e-1, number)
steps = k_triple * np.concatenate([-np.geomspace(1.0, 1e-9, 12 * number), [0.0], np.geomspace(1e-9, 1.0, 12 * number)])
along = np.concatenate([steps, sizes, 0 * sizes]), np.concatenate([0 * steps, 0 * sizes, sizes])
spectra = upper(three(k_triple + along[0], w_triple + along[1]))
path, *spectra = np.split(spectra, [steps.size, steps.size + number])
spectra.append(upper(two(k_couple + sizes)))
splittings = {
    name: np.max(np.abs(values - mu), axis=1)
    for name, values, mu in zip(COEFFICIENTS, spectra, (mu_triple, mu_triple, mu_couple), strict=True)
}
ORDERS = {"triple, k": 3, "triple, wm": 3, "couple, k": 2}

# %% The numbers that matter.
print(f"third-order point of three: real {bool(triple.is_real)}, residual {float(triple.residual):.0e}")
print(f"{'':21}{'k':>14}{'wm':>14}{'eigenvalue':>28}")
print(f"{'found':<21}{k_triple:14.9f}{w_triple:14.9f}   {mu_triple:.9f}")
print(f"{'weak damping':<21}{np.sqrt(2) * 0.1:14.9f}{1.0:14.9f}   {-0.125 + 1j:.9f}")
print(f"second-order point of two: k = {k_couple:.9f}, closed form (w/2) x difference of the strengths ", end="")
print(f"= {float(STRENGTHS[1] - STRENGTHS[0]) / 2:.9f}\n")
print("Jordan blocks of the first moments, at mu    ", [int(b) for b in triple.jordan_blocks if b > 0])
print("Jordan blocks of the second moments, at 2 mu ", [int(b) for b in moments if b > 0])
print("  (the symmetric square of a block of three is one of five and one of one)\n")
print("largest |mu - mu_EP| at a perturbation, and its leading order from the Jordan chain")
print(f"{'perturbation':>12}" + "".join(f"{name:>26}" for name in COEFFICIENTS))
for i in range(0, number, (number - 1) // 6):
    print(f"{sizes[i]:12.1e}", end="")
    for name, c in COEFFICIENTS.items():
        print(f"{splittings[name][i]:14.3e} ({c * sizes[i] ** (1 / ORDERS[name]):.3e})", end=" ")
    print()
fits = []
for name in COEFFICIENTS:
    for low, high in ((1e-12, 1e-9), (1e-3, 1e-1)):
        here = (sizes >= 0.99 * low) & (sizes <= 1.01 * high)
        fits.append(np.polyfit(np.log(sizes[here]), np.log(splittings[name][here]), 1)[0])
print("power of the perturbation, fitted from 1e-12 to 1e-9 and from 1e-3 to 1e-1:")
for name, fit in zip(COEFFICIENTS, zip(fits[::2], fits[1::2], strict=True), strict=True):
    print(f"  {name:<11}{fit[0]:7.4f}{fit[1]:8.3f}")
print(
    "In rotating waves the eigenvalues at wm = 1 are their mean plus 0, +-sqrt(0.1^2 - k^2/2): a square root along k."
)
print(
    "Only the terms beyond add a cube root along k, which is small: it shows close to the point. Along wm it is plain."
)

# %% The figure, in Okabe and Ito's colours, which colour-blind readers tell apart.
plt.rcParams.update(
    {"font.size": 8.5, "axes.labelsize": 9, "legend.frameon": False, "figure.constrained_layout.use": True}
)
figure, (a, b) = plt.subplots(1, 2, figsize=(7.2, 3.2))
for part, color, marker, label in (
    (steps <= 0, "#0072B2", "o", r"$k<k_\mathrm{EP}$, from $k=0$"),
    (steps >= 0, "#D55E00", "s", r"$k>k_\mathrm{EP}$, to $k=2k_\mathrm{EP}$"),
):
    values = path[part].ravel()
    a.plot(values.real, values.imag, linestyle="", marker=".", markersize=1.6, color=color)
    marks = np.arange(-1.0, 1.01, 0.25) * k_triple
    at = [np.argmin(np.abs(steps - m)) for m in marks if m != 0 and (m < 0) == (marker == "o")]
    ends = path[at].ravel()
    a.plot(ends.real, ends.imag, linestyle="", marker=marker, markersize=4, color=color, label=label)
a.plot(mu_triple.real, mu_triple.imag, linestyle="", marker="*", markersize=11, color="#000000", label="third-order EP")
a.set(
    xlabel=r"minus the rate of decay, $\mathrm{Re}\,\mu$  [$\omega$]",
    ylabel=r"frequency $\mathrm{Im}\,\mu$  [$\omega$]",
)
a.legend(loc="upper right", borderaxespad=0.2, handletextpad=0.2)
a.text(0.97, 0.05, "marks: steps of\n" r"$k_\mathrm{EP}/4$", transform=a.transAxes, ha="right", color="0.3")
zoom = a.inset_axes((0.035, 0.06, 0.36, 0.36))
for part, color in ((steps <= 0, "#0072B2"), (steps >= 0, "#D55E00")):
    values = 1e3 * (path[part].ravel() - mu_triple)
    zoom.plot(values.real, values.imag, linestyle="", marker=".", markersize=1.6, color=color)
zoom.plot(0.0, 0.0, linestyle="", marker="*", markersize=7, color="#000000")
zoom.set(xlim=(-2, 2), ylim=(-2, 2), aspect="equal", xticks=[], yticks=[])
zoom.set_title(r"$\mu_\mathrm{EP}\pm 0.002$", fontsize=7.5, pad=3)

LOOKS = {
    "triple, wm": ("#000000", "-", 1.3, r"three, along $\omega_m$"),
    "triple, k": ("#D55E00", (0, (5, 2)), 1.7, "three, along $k$"),
    "couple, k": ("#009E73", (0, (1, 1.2)), 2.0, "two, along $k$"),
}
ESTIMATE = {"color": "#56B4E9", "linewidth": 4.5, "alpha": 0.5, "zorder": 0}
for name, (color, style, width, label) in LOOKS.items():
    b.loglog(sizes, splittings[name], color=color, linestyle=style, linewidth=width, label=label)
    b.loglog(sizes, COEFFICIENTS[name] * sizes ** (1 / ORDERS[name]), **ESTIMATE)
b.lines[-1].set_label("from the Jordan chains")
b.text(3e-11, 1.6e-4, r"$\propto\epsilon^{1/3}$", color="0.3")
b.text(3e-10, 1.6e-6, r"$\propto\epsilon^{1/2}$", color="0.3")
b.set(
    xlabel=r"perturbation $\epsilon$ of $k$ [$\omega^2$] or $\omega_m$ [$\omega$]",
    ylabel=r"largest $|\mu-\mu_\mathrm{EP}|$  [$\omega$]",
    xlim=sizes[[0, -1]],
)
b.legend(loc="lower right", borderaxespad=0.2, handlelength=2.6)
for letter, title, axes in zip("ab", ("eigenvalues along $k$", "splitting"), (a, b), strict=True):
    axes.set_title(f"({letter}) {title}", loc="left")
    axes.tick_params(which="both", direction="in", top=True, right=True)

options.out.mkdir(parents=True, exist_ok=True)
figure.savefig(options.out / "third_order_point.png", dpi=100 if options.quick else 300)
print(f"\nwrote {options.out / 'third_order_point.png'}")
