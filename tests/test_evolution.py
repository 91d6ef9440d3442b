"""Transients: the exponential against Diffrax, the exact one against laws and an independent microscopic bath."""

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from systems import wire

import qtjax as qt

EQUATIONS = [
    qt.local_master_equation(),
    qt.global_master_equation(),
    qt.redfield_equation(lamb_shift=True),
    qt.coarse_grained_equation(10.0),
]
SYSTEM = wire()
START = qt.GaussianState(jnp.array([1.0, 0.3, -0.2, 0.5]), qt.local_thermal_state(SYSTEM).covariance)


@pytest.mark.parametrize("description", EQUATIONS, ids=repr)
def test_exponential_against_diffrax(description):
    dynamics, times = description(SYSTEM), jnp.array([0.5, 3.0, 40.0])
    exponential = qt.evolve(dynamics, START, times)
    integrated = qt.evolve(dynamics, START, times, qt.Ode(diffrax.Dopri8(), rtol=1e-11, atol=1e-13))
    np.testing.assert_allclose(exponential.mean, integrated.mean, atol=1e-9)
    np.testing.assert_allclose(exponential.covariance, integrated.covariance, atol=1e-9)


@pytest.mark.parametrize("description", EQUATIONS, ids=repr)
def test_long_times_reach_the_steady_state(description):
    dynamics = description(SYSTEM)
    late = qt.evolve(dynamics, START, [0.0, 1e9])
    np.testing.assert_allclose(late.covariance[0], START.covariance, atol=1e-14)
    np.testing.assert_allclose(late.mean[0], START.mean, atol=1e-14)
    np.testing.assert_allclose(late.covariance[1], qt.steady_state(dynamics).covariance, atol=1e-12)
    np.testing.assert_allclose(late.mean[1], 0.0, atol=1e-12)


def test_energy_is_conserved_along_a_transient():
    for description in (*EQUATIONS, qt.Langevin()):
        dynamics = description(SYSTEM)
        h = 1e-3
        states = qt.evolve(dynamics, START, 2.0 + h * jnp.arange(5.0))
        energies = jax.vmap(lambda s: qt.energy(SYSTEM, s))(states)
        slope = (8 * (energies[3] - energies[1]) - (energies[4] - energies[0])) / (12 * h)
        middle = jax.tree.map(lambda x: x[2], states)
        np.testing.assert_allclose(jnp.sum(qt.heat_currents(dynamics, middle)), slope, rtol=1e-8)


def test_exact_transient_starts_free_and_ends_steady():
    dynamics = qt.Langevin()(SYSTEM)
    states = qt.evolve(dynamics, START, [0.0, 1e5])
    currents = jax.vmap(lambda s: qt.heat_currents(dynamics, s))(states)
    steady = qt.steady_state(dynamics)
    np.testing.assert_allclose(states.covariance[0], START.covariance, atol=1e-13)
    np.testing.assert_allclose(states.covariance[1], steady.covariance, atol=1e-12)
    np.testing.assert_allclose(currents[1], qt.heat_currents(dynamics, steady), rtol=1e-9)


@pytest.mark.parametrize("counterterm", [True, False])
def test_exact_transient_against_a_discrete_bath(counterterm):
    """A star of many oscillators a bath, evolved exactly: no Markov step, no closed form."""
    strength, cutoff, modes = 0.1, 2.0, 1500
    network = qt.OscillatorNetwork.from_springs([1.0], [[0.0]])
    bath = qt.Bath(qt.position(0, of=1), qt.Drude(strength, cutoff), 0.4, counterterm=counterterm)
    system = qt.OpenSystem(network, (bath,))
    start = qt.GaussianState(jnp.array([0.7, -0.2]), jnp.diag(jnp.array([0.9, 0.6])))
    time = 6.0
    dynamics = qt.Langevin()(system)
    found = qt.evolve(dynamics, start, [time])

    # w = cutoff tan(angle) spreads the modes as the density needs; g_k^2 / (2 w_k) = J dw / pi.
    angle = (np.arange(modes) + 0.5) * (np.pi / 2) / modes
    w = cutoff * np.tan(angle)
    dw = cutoff / np.cos(angle) ** 2 * (np.pi / 2) / modes
    g = np.sqrt(2 * w * strength * w * cutoff**2 / (w**2 + cutoff**2) * dw / np.pi)
    stiffness = np.diag(np.concatenate([[1.0 + counterterm * np.sum(g**2 / w**2)], w**2]))
    stiffness[0, 1:] = stiffness[1:, 0] = g
    squared, vectors = scipy.linalg.eigh(stiffness)
    frequency = np.sqrt(squared)
    xx = vectors @ (np.cos(frequency * time)[:, None] * vectors.T)
    xp = vectors @ ((np.sin(frequency * time) / frequency)[:, None] * vectors.T)
    px = -vectors @ ((frequency * np.sin(frequency * time))[:, None] * vectors.T)
    thermal = w / np.tanh(w / 0.8) / 2
    position = np.concatenate([[0.9], thermal / w**2])
    momentum = np.concatenate([[0.6], thermal])
    row_x, row_p = np.stack([xx[0], xp[0]]), np.stack([px[0], xx[0]])
    weights = np.stack([position, momentum])
    expected = [[np.sum(weights * a * b) for b in (row_x, row_p)] for a in (row_x, row_p)]
    np.testing.assert_allclose(found.covariance[0], expected, atol=3e-4)
    mean = [xx[0, 0] * 0.7 - xp[0, 0] * 0.2, px[0, 0] * 0.7 - xx[0, 0] * 0.2]
    np.testing.assert_allclose(found.mean[0], mean, atol=3e-4)


def test_ode_has_the_derivatives_of_its_adjoint():
    dynamics = lambda coupling: qt.redfield_equation()(wire(coupling))  # noqa: E731
    late = lambda solver: lambda k: qt.evolve(dynamics(k), START, [3.0], solver).covariance[0, 0, 3]  # noqa: E731
    closed = late(qt.Exponential())
    first, second = jax.jit(lambda k: (jax.grad(closed)(k), jax.grad(jax.grad(closed))(k)))(0.2)
    np.testing.assert_allclose(jax.jit(jax.grad(late(qt.Ode())))(0.2), first, rtol=1e-6)
    forward = late(qt.Ode(adjoint=diffrax.ForwardMode()))
    np.testing.assert_allclose(jax.jit(jax.jacfwd(forward))(0.2), first, rtol=1e-6)
    direct = late(qt.Ode(adjoint=diffrax.DirectAdjoint(), max_steps=256))
    np.testing.assert_allclose(jax.jit(jax.grad(jax.grad(direct)))(0.2), second, rtol=1e-6)


def test_ode_out_of_steps():
    dynamics = qt.redfield_equation()(SYSTEM)
    with pytest.raises(RuntimeError, match=r"at a time of 100.*max_steps"):
        qt.evolve(dynamics, START, [100.0], qt.Ode(max_steps=5))
    assert np.all(np.isnan(qt.evolve(dynamics, START, [100.0], qt.Ode(max_steps=5), throw=False).covariance))


def test_gradients_go_through_transients():
    def late(coupling):
        made = wire(coupling)
        dynamics = qt.redfield_equation()(made)
        return qt.evolve(dynamics, START, [30.0]).covariance[0, 0, 3]

    def exact(coupling):
        made = wire(coupling)
        dynamics = qt.Langevin()(made)
        state = jax.tree.map(lambda x: x[0], qt.evolve(dynamics, START, [5.0]))
        return qt.heat_currents(dynamics, state)[0]

    for function in (late, exact):
        run, h = jax.jit(function), 1e-3
        expected = (8 * (run(0.2 + h) - run(0.2 - h)) - (run(0.2 + 2 * h) - run(0.2 - 2 * h))) / (12 * h)
        np.testing.assert_allclose(jax.jit(jax.grad(function))(0.2), expected, rtol=1e-6)
        np.testing.assert_allclose(jax.jit(jax.jacfwd(function))(0.2), expected, rtol=1e-6)


def test_thermal_states():
    network = wire(0.4).hamiltonian
    gibbs = qt.gibbs_state(network, 0.6)
    # The stationary state of the global equation with both baths at that temperature.
    equal = wire(0.4, temperatures=(0.6, 0.6))
    steady = qt.steady_state(qt.global_master_equation()(equal))
    np.testing.assert_allclose(gibbs.covariance, steady.covariance, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(qt.gibbs_state(network, 0.0).symplectic_eigenvalues(), 0.5, rtol=1e-12)
    np.testing.assert_allclose(qt.purity(qt.gibbs_state(network, 0.0)), 1.0, rtol=1e-12)
    local = qt.local_thermal_state(SYSTEM).covariance
    for node, (w, t) in enumerate([(1.0, 0.2), (1.3, 0.28)]):
        expected = np.diag([1 / w, w]) / np.tanh(w / (2 * t)) / 2
        np.testing.assert_allclose(local[2 * node : 2 * node + 2, 2 * node : 2 * node + 2], expected, rtol=1e-12)
