"""The exact solution where its quadrature could fail: structured baths, close nodes, narrow resonances."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

import qtjax as qt


class ThroughMode(qt.AbstractSpectralDensity):
    """What a node sees of a mode (coupled by `coupling` x y) that a compensated Drude bath damps."""

    coupling: Array
    centre: Array
    damping: Array
    cutoff: Array

    def __call__(self, frequency):
        w = frequency
        drag = -1j * w * self.damping * self.cutoff / (self.cutoff - 1j * w)
        return jnp.imag(self.coupling**2 / (self.centre**2 - w**2 + drag))


SPRING, DRUDE, TEMPERATURES = 0.3, (0.02, 4.0), (1.0, 2.0)


@eqx.filter_jit
def _structured(coupling, centre, damping):
    """Two nodes, the first on a bath with a peak."""
    network = qt.OscillatorNetwork.from_positions(jnp.array([1.2, 1.3]), SPRING * jnp.array([[0.0, 1.0], [1.0, 0.0]]))
    peaked = ThroughMode(coupling, centre, damping, jnp.asarray(30.0))
    baths = (
        qt.Bath(qt.position(0, of=2), peaked, TEMPERATURES[0]),
        qt.Bath(qt.position(1, of=2), qt.Drude(*DRUDE), TEMPERATURES[1]),
    )
    return _solve(qt.OpenSystem(network, baths))


@eqx.filter_jit
def _with_the_mode(coupling, centre, damping):
    """The same with the mode as a third node, its own static pull on the first compensated."""
    frequencies = jnp.stack([jnp.sqrt(1.2**2 + coupling**2 / centre**2), jnp.asarray(1.3), centre])
    springs = jnp.zeros((3, 3)).at[0, 1].set(SPRING).at[0, 2].set(coupling)
    network = qt.OscillatorNetwork.from_positions(frequencies, springs + springs.T)
    baths = (
        qt.Bath(qt.position(2, of=3), qt.Drude(damping, 30.0), TEMPERATURES[0]),
        qt.Bath(qt.position(1, of=3), qt.Drude(*DRUDE), TEMPERATURES[1]),
    )
    return _solve(qt.OpenSystem(network, baths))


def _solve(system):
    dynamics = qt.Langevin()(system)
    state = qt.steady_state(dynamics, throw=False)
    return state.covariance[:4, :4], qt.heat_currents(dynamics, state, throw=False)


@pytest.mark.parametrize(("centre", "damping"), [(0.3, 0.01), (1.2, 0.5), (3.0, 0.3), (3.0, 0.01)])
def test_a_peaked_bath_is_a_mode_with_a_bath(centre, damping):
    parameters = [jnp.asarray(x) for x in (0.05, centre, damping)]
    covariance, currents = _structured(*parameters)
    expected, through = _with_the_mode(*parameters)
    np.testing.assert_allclose(covariance, expected, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(currents, through, rtol=1e-8)


def test_an_unresolved_peak_is_refused_not_integrated():
    # The peak is as narrow as can be and couples strongly: the resonances are those of node and mode together.
    covariance, currents = _structured(*(jnp.asarray(x) for x in (0.5, 1.2, 1e-5)))
    assert np.all(np.isnan(covariance))
    assert np.all(np.isnan(currents))


@pytest.mark.parametrize("split", [1e-4, 1e-6, 1e-7, 1e-9, 0.0])
def test_mode_frame_of_close_nodes_is_orthonormal(split):
    network = qt.OscillatorNetwork.from_springs([1.0, 1.0 + split, 1.4], 1e-7 * (np.ones((3, 3)) - np.eye(3)))
    system = qt.OpenSystem(network, (qt.Bath(qt.position(0, of=3), qt.Drude(0.01, 5.0), 1.0),))
    modes = qt.global_master_equation()(system).modes
    metric = modes.from_modes.conj().T @ network.form @ modes.from_modes
    np.testing.assert_allclose(metric, np.eye(6), atol=1e-14)


def test_current_of_close_nodes_under_strong_damping():
    """Damping 1e5 x the spring: at lowest order in it the amplitude between the baths is spring x both responses."""
    spring = 1e-7

    @jax.jit
    def current(detuning):
        network = qt.OscillatorNetwork.from_positions(
            jnp.stack([jnp.asarray(1.0), 1.0 + detuning]), -spring * jnp.array([[0.0, 1.0], [1.0, 0.0]])
        )
        baths = tuple(qt.Bath(qt.position(i, of=2), qt.Drude(0.01, 5.0), t) for i, t in enumerate((0.8, 1.8)))
        dynamics = qt.Langevin()(qt.OpenSystem(network, baths))
        return qt.heat_currents(dynamics, qt.steady_state(dynamics))[1]

    w = 1 + np.sinh(np.linspace(-9, 9, 20001)) * 1e-4
    w = np.sort(np.concatenate([w[(w > 0.5) & (w < 1.5)], np.geomspace(1e-6, 0.5, 4000), np.geomspace(1.5, 500, 4000)]))
    for detuning in (0.0, 1e-7, 3e-7):
        density = 0.01 * w / (1 + (w / 5) ** 2)
        inertia = 0.01 * w**2 * 5 / (w**2 + 25) - 1j * density
        responses = [1 / abs(x**2 - w**2 + inertia) for x in (1.0, 1.0 + detuning)]
        quanta = 1 / np.expm1(w / 1.8) - 1 / np.expm1(w / 0.8)
        integrand = w / (2 * np.pi) * 4 * density**2 * (spring * responses[0] * responses[1]) ** 2 * quanta
        np.testing.assert_allclose(current(jnp.asarray(detuning)), np.trapezoid(integrand, w), rtol=1e-5)
