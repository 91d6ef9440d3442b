"""Steady states and heat currents of the detuned wire: qtjax beside what one writes with SciPy, in one run.

    python benchmarks/wire_against_scipy.py [--points 2000]

SciPy: drift and diffusion of the local equation by hand, `solve_continuous_lyapunov`, trace formula, a Python loop
over the points. Both against the same equation solved to 50 digits. Reported: time per point as a ratio, and the
relative error of the current, a small difference of large numbers that the textbook way can lose altogether. Needs
the extra `test`.
"""

import argparse
import time

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import scipy.linalg

import qtjax as qt

jax.config.update("jax_enable_x64", True)

COLD, HOT, DETUNED, SPRING, CUTOFF = 2.0, 3.0, 2.0, 1e-4, 1e3


def currents(strength):
    """The currents of one wire with qtjax."""
    network = qt.OscillatorNetwork.from_springs([1.0, DETUNED], SPRING * jnp.array([[0.0, 1.0], [1.0, 0.0]]))
    baths = tuple(
        qt.Bath(qt.position(i, of=2), qt.Drude(strength, CUTOFF), temperature)
        for i, temperature in enumerate((COLD, HOT))
    )
    dynamics = qt.local_master_equation()(qt.OpenSystem(network, baths))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics))


def drift_and_diffusion(strength, number, exp):
    """Form h, and drift and diffusion of each bath (Gonzalez 2017, Eqs. 25-27), in any arithmetic."""
    w2 = [number(1) + number(SPRING), number(DETUNED) ** 2 + number(SPRING)]
    form = [[w2[0], 0, -number(SPRING), 0], [0, 1, 0, 0], [-number(SPRING), 0, w2[1], 0], [0, 0, 0, 1]]
    drifts, diffusions = [], []
    for node, t in enumerate((COLD, HOT)):
        w = number((1.0, DETUNED)[node])  # of the free node, without the spring
        damping = number(strength) / (1 + w * w / number(CUTOFF) ** 2) / 2
        drift, diffusion = np.zeros((4, 4), object), np.zeros((4, 4), object)
        quanta = 1 / (exp(w / number(t)) - 1) + number(1) / 2
        for k, scale in ((2 * node, 1 / w), (2 * node + 1, w)):
            drift[k, k], diffusion[k, k] = -damping, 2 * damping * quanta * scale
        drifts.append(drift)
        diffusions.append(diffusion)
    return np.array(form, object), drifts, diffusions


def with_scipy(strength):
    """(Q_c, Q_h) the textbook way."""
    form, drifts, diffusions = drift_and_diffusion(strength, float, np.exp)
    form, drifts, diffusions = (np.asarray(x, float) for x in (form, drifts, diffusions))
    omega = np.kron(np.eye(2), [[0.0, 1.0], [-1.0, 0.0]])
    sigma = scipy.linalg.solve_continuous_lyapunov(omega @ form + drifts.sum(0), -diffusions.sum(0))
    return [np.trace(form @ (a @ sigma + sigma @ a.T + d)) / 2 for a, d in zip(drifts, diffusions, strict=True)]


def with_many_digits(strength):
    """The same to 50 digits, by the linear system of the covariance."""
    with mpmath.workdps(50):
        form, drifts, diffusions = drift_and_diffusion(strength, mpmath.mpf, mpmath.exp)
        omega = np.array([[0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1], [0, 0, -1, 0]], object)
        a, eye = omega @ form + sum(drifts), np.eye(4, dtype=object)
        matrix = mpmath.matrix((np.kron(a, eye) + np.kron(eye, a)).tolist())
        vector = mpmath.matrix((-sum(diffusions)).ravel().tolist())
        sigma = np.array(list(mpmath.lu_solve(matrix, vector)), object).reshape(4, 4)
        return [
            float(np.trace(form @ (x @ sigma + sigma @ x.T + d)) / 2) for x, d in zip(drifts, diffusions, strict=True)
        ]


def timed(function):
    """Best of three, in seconds."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=2000)
    points = parser.parse_args().points

    print("relative error of the hot bath's current\n strength     qtjax     SciPy")
    for strength in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8):
        true = with_many_digits(strength)[1]
        errors = [abs(value / true - 1) for value in (float(currents(strength)[1]), with_scipy(strength)[1])]
        print(f" {strength:8.0e} {errors[0]:9.1e} {errors[1]:9.1e}")

    strengths = jnp.geomspace(1e-8, 1e-1, points)
    many = jax.jit(jax.vmap(currents))
    gradients = jax.jit(jax.vmap(jax.grad(lambda s: currents(s)[1])))
    for run in (many, gradients):
        jax.block_until_ready(run(strengths))
    value, gradient = (timed(lambda run=run: jax.block_until_ready(run(strengths))) for run in (many, gradients))
    loop = timed(lambda: [with_scipy(float(s)) for s in strengths])
    print(f"\n{points} points, after compilation: SciPy loop / qtjax = {loop / value:.1f}", end=", ")
    print(f"SciPy loop / qtjax with derivative = {loop / gradient:.1f}")


if __name__ == "__main__":
    main()
