"""Self-consistent probes: Malouf 2019's chain in closed form, and what its probes conserve."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hopping_networks import LOCAL, NETWORKS, lattice, normal_moments, of_case, solved

import qtjax as qt
from qtjax.papers.malouf2019._chain import Chain, productions


def malouf_chain(size: int, hopping: float, gamma: float, probe: float, w: float = 1.0):
    """Eq. 27 with the occupations that its probes take, and those of the nodes (Eqs. 29a, 29b)."""
    x = gamma * hopping / (4 * hopping**2 + gamma**2 + gamma * probe * (size - 1))
    steps = np.full(size - 1, probe)
    steps[[0, -1]] += gamma / 2
    nodes = 1.0 + 2 * hopping * x / gamma + np.concatenate([[0.0], np.cumsum(steps) * x / hopping])
    h = w * np.eye(size) + 1j * hopping * (np.eye(size, k=1) - np.eye(size, k=-1))
    system = lattice(h, [0, size - 1], [gamma] * 2, [1.0, 2.0], probes=(np.arange(size), [probe] * size, nodes))
    return system, nodes, x


@pytest.mark.parametrize("numbers", [(0.1, 1e-6, 1e-6), (3e-7, 1e-6, 1e-7), (0.3, 0.2, 0.05)])
@pytest.mark.parametrize("size", [8, 60])
def test_closed_form_of_the_chain(size, numbers):
    """Occupations and coherences to 1e-12, where a solver in the frame of the sites has 1e-8."""
    system, nodes, x = malouf_chain(size, *numbers)
    state, (production, _), quanta = solved(system)
    c = normal_moments(state)
    np.testing.assert_allclose(np.diag(c).real, nodes, rtol=2e-13)
    np.testing.assert_allclose(np.diag(c, 1), x, rtol=1e-11, atol=1e-15)
    assert float(quanta[1]) == pytest.approx(2 * numbers[0] * x, rel=1e-11)
    np.testing.assert_allclose(quanta[2:], 0.0, atol=1e-14 * numbers[1])
    total = 2 * numbers[0] * x * (1 / 1.5 - 1 / 2.5)
    assert float(jnp.sum(production)) == pytest.approx(total, rel=1e-12)
    own = productions(Chain(size, *numbers))
    np.testing.assert_allclose([jnp.sum(production[:2]), jnp.sum(production[2:])], own, rtol=1e-11)


@pytest.mark.parametrize("size", [8, 14])
def test_self_consistent_chain(size):
    """The probes find the profile by themselves, and its derivative is that of the closed form."""
    numbers = (0.2, 0.1, 0.05)
    _, nodes, _ = malouf_chain(size, *numbers)

    @jax.jit
    @jax.value_and_grad
    def first_probe(hot):
        h = np.eye(size) + 0.2j * (np.eye(size, k=1) - np.eye(size, k=-1))
        occupations = jnp.stack([jnp.asarray(1.0), hot])
        system = lattice(h, [0, size - 1], [0.1] * 2, occupations, probes=(np.arange(size), [0.05] * size, nodes * 0))
        found = qt.self_consistent(LOCAL, system, 1)
        return 1 / jnp.expm1(1 / found.temperatures[4])

    value, slope = first_probe(2.0)
    assert float(value) == pytest.approx(nodes[2], rel=1e-12)
    assert float(slope) == pytest.approx(nodes[2] - 1.0, rel=1e-10)  # linear in n_L - n_1, and n_1 = 1


def test_energy_and_quanta_probes_differ():
    case = NETWORKS["sc5_nt"]
    p = case["parameters"]
    system = of_case(case)
    dynamics = LOCAL(system)
    state = qt.steady_state(dynamics)
    fixed = len(p["channels"])
    np.testing.assert_allclose(qt.quanta_currents(dynamics, state)[fixed:], 0.0, atol=1e-15)
    assert np.abs(qt.heat_currents(dynamics, state)[fixed:]).max() > 1e-6
    warm = qt.self_consistent(LOCAL, system, "probes", conserving=qt.heat_currents)
    dynamics = LOCAL(warm)
    state = qt.steady_state(dynamics)
    np.testing.assert_allclose(qt.heat_currents(dynamics, state)[fixed:], 0.0, atol=1e-14)
    assert np.abs(qt.quanta_currents(dynamics, state)[fixed:]).max() > 1e-6


def test_self_consistent_under_another_description():
    """Several frequencies are heard, so the equation is not linear in anything."""
    network = qt.OscillatorNetwork.from_springs([1.0, 1.3, 1.1], 0.3 * np.asarray(qt.chain_lattice(3)))
    ends, probe = jnp.stack([qt.position(0, of=3), qt.position(2, of=3)]), qt.position(1, of=3)
    density, description = qt.Ohmic(0.02, 5.0), qt.redfield_equation()

    @jax.jit
    @partial(jax.value_and_grad, has_aux=True)
    def balanced(hot):
        baths = (qt.Bath(ends, density, jnp.array([0.3, hot])), qt.Bath(probe, density, 9.0))
        system = qt.OpenSystem(network, baths)
        found = qt.self_consistent(description, system, 1, conserving=qt.heat_currents)
        dynamics = description(found)
        return found.temperatures[2], qt.heat_currents(dynamics, qt.steady_state(dynamics))

    (middle, currents), slope = balanced(2.0)
    assert 0.3 < float(middle) < 2.0
    assert abs(float(currents[2])) < 1e-14 * abs(float(currents[0])) + 1e-16
    h = 1e-3
    difference = (balanced(2.0 + h)[0][0] - balanced(2.0 - h)[0][0]) / (2 * h)
    assert float(slope) == pytest.approx(float(difference), rel=1e-6)
