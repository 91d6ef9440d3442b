"""Two resonators under the local equation exactly where their eigenvectors coalesce, against fifty digits.

Steady state and transient, and their first derivatives, at times of the order of the relaxation, which is as long as
1e8 oscillations.
"""

from functools import cache

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

import qtjax as qt

CUTOFF, TEMPERATURES = 7.0, (1.3, 0.6)
FACTOR = CUTOFF**2 / (1 + CUTOFF**2)
MEAN = (1.0, -0.4, 0.2, 0.7)
STRENGTHS = (1e-1, 1e-4, 1e-8)
TOLERANCE = 1e-9  # of the largest element of each matrix or vector; of each current by itself
AXES = {"steady covariance": (-2, -1), "steady current": (), "mean": (-1,), "covariance": (-2, -1), "current": ()}


def exceptional(strength: float) -> jax.Array:
    """(spring, hot strength, cold strength) with k = (w/2) abs(hot - cold) cutoff^2/(w^2 + cutoff^2), w = 1."""
    return jnp.array([0.5 * 0.99 * strength * FACTOR, 0.01 * strength, strength])


def times(strength: float) -> np.ndarray:
    return np.array([0.3, 1.0, 4.0]) / strength


@jax.jit
def library(p, at):
    network = qt.OscillatorNetwork.from_positions(jnp.ones(2), p[0] * jnp.array([[0.0, 1.0], [1.0, 0.0]]))
    baths = tuple(qt.Bath(qt.position(i, of=2), qt.Drude(p[1 + i], CUTOFF), TEMPERATURES[i]) for i in range(2))
    system = qt.OpenSystem(network, baths)
    dynamics = qt.local_master_equation()(system)
    steady = qt.steady_state(dynamics)
    start = qt.GaussianState(jnp.array(MEAN), qt.local_thermal_state(system).covariance)
    states = qt.evolve(dynamics, start, at)
    return {
        "steady covariance": steady.covariance,
        "steady current": qt.heat_currents(dynamics, steady)[0],
        "mean": states.mean,
        "covariance": states.covariance,
        "current": jax.vmap(lambda state: qt.heat_currents(dynamics, state)[0])(states),
    }


def definition(p, at):
    """The same from d<R>/dt = A <R> and d sigma/dt = A sigma + sigma A^T + D, as numbers of mpmath."""
    k, strengths = p[0], p[1:]
    factor = mp.mpf(CUTOFF) ** 2 / (1 + mp.mpf(CUTOFF) ** 2)
    form = mp.matrix([[1, 0, k, 0], [0, 1, 0, 0], [k, 0, 1, 0], [0, 0, 0, 1]])
    omega = mp.matrix([[0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1], [0, 0, -1, 0]])
    coths = [mp.coth(1 / (2 * mp.mpf(t))) for t in TEMPERATURES]
    damping = [mp.diag([mp.mpf(i == b) * strengths[b] * factor / 2 for i in (0, 0, 1, 1)]) for b in range(2)]
    drift = omega * form - damping[0] - damping[1]
    diffusion = coths[0] * damping[0] + coths[1] * damping[1]
    kronecker = mp.matrix(16, 16)
    for i in range(4):
        for j in range(4):
            for m in range(4):
                kronecker[4 * i + j, 4 * m + j] += drift[i, m]
                kronecker[4 * i + j, 4 * i + m] += drift[j, m]
    solution = mp.lu_solve(kronecker, -mp.matrix([diffusion[i, j] for i in range(4) for j in range(4)]))
    steady = mp.matrix([[solution[4 * i + j] for j in range(4)] for i in range(4)])

    def current(second):
        flow = form * (coths[0] * damping[0] / 2 - damping[0] * second)
        return sum(flow[i, i] for i in range(4))

    start = mp.diag([coths[0] / 2] * 2 + [coths[1] / 2] * 2)
    means, covariances, currents = [], [], []
    for time in at:
        propagator = mp.expm(drift * mp.mpf(time))
        mean = propagator * mp.matrix(MEAN)
        covariance = steady + propagator * (start - steady) * propagator.T
        means.append(list(mean))
        covariances.append(covariance.tolist())
        currents.append(current(covariance + mean * mean.T))
    return {
        "steady covariance": np.array(steady.tolist()),
        "steady current": np.array(current(steady)),
        "mean": np.array(means),
        "covariance": np.array(covariances),
        "current": np.array(currents),
    }


@cache
def expected(strength: float):
    """Values and derivatives, the last axis over spring, hot and cold strength; differences err by 1e-30."""
    with mp.workdps(50):
        p, at = [mp.mpf(float(x)) for x in exceptional(strength)], times(strength)
        step = strength * mp.mpf(10) ** -20
        values, derivatives = definition(p, at), []
        for i in range(3):
            above, below = (definition([x + s * (j == i) for j, x in enumerate(p)], at) for s in (step, -step))
            derivatives.append({name: (above[name] - below[name]) / (2 * step) for name in AXES})
        slopes = {name: np.stack([np.asarray(d[name], float) for d in derivatives], -1) for name in AXES}
        return {name: np.asarray(values[name], float) for name in AXES}, slopes


def assert_close(found, wanted, name: str) -> None:
    scale = np.max(np.abs(wanted), axis=AXES[name], keepdims=True)
    error = np.max(np.abs(np.asarray(found) - wanted) / scale)
    assert error < TOLERANCE, f"{name}: {error:.2g}"


forward = jax.jit(jax.jacfwd(library))


@jax.jit
@jax.jacrev
def reverse(p, at):
    return {name: x for name, x in library(p, at).items() if name in ("steady current", "current", "mean")}


@pytest.mark.parametrize("strength", STRENGTHS)
def test_values(strength):
    found = library(exceptional(strength), times(strength))
    for name, wanted in expected(strength)[0].items():
        assert_close(found[name], wanted, name)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_derivatives(strength):
    for derivatives in (forward, reverse):
        for name, found in derivatives(exceptional(strength), times(strength)).items():
            for i, wanted in enumerate(np.moveaxis(expected(strength)[1][name], -1, 0)):
                assert_close(found[..., i], wanted, name)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_eigenvectors_would_not_do(strength):
    """The same moments by way of eigenvectors miss the tolerance above: these are exceptional points."""
    p = exceptional(strength)
    damping = p[1:] * FACTOR / 2
    coherent = np.kron(np.eye(2), [[0.0, 1.0], [-1.0, 0.0]])
    coherent[1, 2] = coherent[3, 0] = -p[0]
    values, vectors = np.linalg.eig(coherent - np.diag(np.repeat(damping, 2)))
    for time, mean in zip(times(strength), expected(strength)[0]["mean"], strict=True):
        found = (vectors * np.exp(values * time)) @ np.linalg.solve(vectors, np.array(MEAN))
        assert np.max(np.abs(found - mean)) > TOLERANCE * np.max(np.abs(mean))
