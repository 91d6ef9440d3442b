"""Exceptional points of two resonators: qtjax's Newton method beside scans with NumPy and SciPy, in one run.

    python benchmarks/exceptional_points_against_scan.py [--points 200]

What one writes otherwise minimises the gap, or maximises the condition number of the eigenvectors, over the coupling
with `numpy.linalg.eig` and SciPy's bounded scalar minimiser. Reported for weak and strong damping: the relative error
of k_EP under the local equation, for which there is a closed form (Scali 2021, Eq. 36), what either says of the
partial Redfield equation, where the crossing is avoided, and time per point of a batch of strengths. Needs the extra
`test`.
"""

import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize_scalar

import qtjax as qt

jax.config.update("jax_enable_x64", True)

MODELS = {"weak": (1e-8, 1e-4, 1e3), "strong": (1e-2, 0.3, 2.0)}
EQUATIONS = {"local": qt.local_master_equation(), "partial Redfield": qt.partial_redfield_equation()}
GUESS = 0.75  # of k_EP


def drift(equation, coupling, hot, cold, cutoff):
    """The drift of two resonators of frequency 1."""
    network = qt.OscillatorNetwork.from_positions([1.0, 1.0], coupling * jnp.array([[0.0, 1.0], [1.0, 0.0]]))
    bath = qt.Bath(jnp.eye(4)[::2], qt.Drude(jnp.stack([hot, cold]), cutoff), jnp.ones(2))
    return EQUATIONS[equation](qt.OpenSystem(network, (bath,))).drift


def closed_form(hot, cold, cutoff):
    """k_EP of the local equation."""
    return abs(cold - hot) * cutoff**2 / (1 + cutoff**2) / 2


def scanned(matrix, scale, witness):
    """k_EP/scale by SciPy's minimiser of a witness of the eigenvalues and eigenvectors."""
    value = lambda k: witness(*np.linalg.eig(np.asarray(matrix(k * scale))))  # noqa: E731
    found = minimize_scalar(value, bounds=(0.5, 1.5), method="bounded", options={"xatol": 1e-15})
    return found.x, found.nfev


def gap(values, _):
    """Of the two eigenvalues above the real axis."""
    upper = values[values.imag > 0]
    return abs(upper[0] - upper[1])


def condition(_, vectors):
    """Minus the logarithm of the condition number."""
    return -np.log(np.linalg.cond(vectors))


def timed(function, repeats=5):
    """The result, and the shortest time in seconds after a first call."""
    result, best = jax.block_until_ready(function()), np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(function())
        best = min(best, time.perf_counter() - start)
    return result, best


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=200, help="strengths in the batch")
    options = parser.parse_args()

    print("Relative error of k_EP (local), and what is said of the avoided one (partial Redfield)\n")
    for model, p in MODELS.items():
        exact = closed_form(*p)
        for equation in EQUATIONS:
            numbers = [jnp.asarray(x) for x in p]
            matrix = jax.jit(lambda k, e=equation, n=numbers: drift(e, k, *n))
            point = jax.jit(lambda k, m=matrix: qt.find_exceptional_point(m, k))(GUESS * exact)
            k = complex(point.parameters)
            said = f"{k.real / exact - 1:+.1e}" + (
                " real" if point.is_real else f", Im k/Re k = {abs(k.imag) / k.real:.1e}"
            )
            print(f"{model:7s}{equation:17s} Newton        {said}  ({int(point.iterations)} steps)")
            for name, witness in (("gap", gap), ("condition", condition)):
                found, calls = scanned(matrix, exact, witness)
                print(f"{'':24s} {name + ' scan':13s} {found - 1:+.1e}  ({calls} spectra)")

    hot, cold, cutoff = MODELS["strong"]
    strengths = np.linspace(0.2, 0.4, options.points)

    @jax.jit
    def newton(strengths):
        def one(cold):
            found = lambda k: drift("local", k, jnp.asarray(hot), cold, cutoff)  # noqa: E731
            return qt.find_exceptional_point(found, GUESS * closed_form(hot, cold, cutoff)).parameters.real

        return jax.lax.map(one, strengths)

    slopes = jax.jit(lambda s: jax.jvp(newton, (s,), (jnp.ones_like(s),)))
    _, alone = timed(lambda: newton(strengths))
    (_, slope), both = timed(lambda: slopes(strengths))
    matrix = jax.jit(lambda k, cold: drift("local", k, jnp.asarray(hot), cold, cutoff))
    start = time.perf_counter()
    for cold in strengths[:20]:
        scanned(lambda k, cold=cold: matrix(k, cold), closed_form(hot, cold, cutoff), gap)
    scan = (time.perf_counter() - start) / 20
    per_point = alone / options.points
    error = np.max(np.abs(np.asarray(slope) / (cutoff**2 / (1 + cutoff**2) / 2) - 1))
    print(f"\nA point of a batch: Newton 1, with dk_EP/d(strength) {both / alone:.1f} (error {error:.0e}), ", end="")
    print(f"gap scan {scan / per_point:.1f} (no derivative); Newton takes {1e3 * per_point:.2f} ms")


if __name__ == "__main__":
    main()
