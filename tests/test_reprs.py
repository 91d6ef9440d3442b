"""What objects show in a notebook: physics, short, and never an error, whatever their leaves are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import qtjax as qt

DRUDE = qt.Drude(1e-3, cutoff=10.0)
NETWORK = qt.OscillatorNetwork.from_springs([1.0, 1.2], 0.1 * qt.chain_lattice(2))
X, Z = ([sigma(i, of=2) for i in range(2)] for sigma in (qt.sigma_x, qt.sigma_z))
QUBITS = qt.FiniteHamiltonian((Z[0] + Z[1]) / 2, 0.1 * X[0] @ X[1], dims=(2, 2))
WIRE = qt.OpenSystem(
    NETWORK, (qt.Bath(qt.position(0, of=2), DRUDE, 1.0, name="cold"), qt.Bath(qt.momentum(1, of=2), qt.Flat(0.1), 2.0))
)
PAIR = qt.OpenSystem(
    QUBITS,
    (
        qt.Bath(X[0] - 0.5 * Z[0] + 0.25 * np.eye(4), DRUDE, 1.0, counterterm=False),
        qt.Bath(X[0] @ X[1], qt.Ohmic(0.1, 3.0), 2.0),
    ),
)
PROBED = qt.OpenSystem(
    NETWORK, (qt.Bath(jnp.stack([qt.position(i, of=2) for i in range(2)]), qt.Flat(0.1), [1.0, 2.0], name="probes"),)
)
QUTRIT = qt.OpenSystem(
    qt.FiniteHamiltonian(qt.number(3), np.zeros((3, 3))), (qt.Bath(qt.destroy(3) + qt.create(3), DRUDE, 0.5),)
)

SHOWN = {
    "OscillatorNetwork(nodes=2, frequencies=[1, 1.2], normal_modes=[1.03843, 1.24966])": NETWORK,
    "OscillatorNetwork(nodes=1, frequencies=[1], stable=False)": qt.OscillatorNetwork(np.eye(2), np.diag([-2.0, 0.0])),
    "OscillatorNetwork(nodes=8, frequencies=1 (8 times), normal_modes=8 from 0.812061 to 1.18794)": (
        qt.OscillatorNetwork.from_hopping(jnp.eye(8) + 0.1 * qt.chain_lattice(8))
    ),
    "FiniteHamiltonian(dims=(2, 2), energies=[-1.00499, -0.1, 0.1, 1.00499])": QUBITS,
    "Drude(strength=0.001, cutoff=10)": DRUDE,
    "Flat(rate=[0.1, 0.2])": qt.Flat([0.1, 0.2]),
    "PowerLaw(strength=0.1, exponent=3)": qt.PowerLaw(0.1, exponent=3),
    "Bath(x0, Drude(strength=0.001, cutoff=10), temperature=1, name='cold')": WIRE.baths[0],
    "redfield_equation(lamb_shift=True): second order, whole Hamiltonian, all pairs": qt.redfield_equation(
        lamb_shift=True
    ),
    "partial_secular_equation(cutoff=0.1, lamb_shift=False): second order, whole Hamiltonian, pairs closer than the "
    "cut-off": qt.partial_secular_equation(0.1),
    "Langevin(): exact": qt.Langevin(),
    "Krylov(rtol=1e-11, block=2048, restart=30, restarts=20)": qt.Krylov(),
    "EqualFrequencies(tolerance=0.1)": qt.EqualFrequencies(0.1),
    "GeometricMean()": qt.GeometricMean(),
    "GaussianState(nodes=1, entropy=0, physical=True)": qt.GaussianState(np.zeros(2), np.eye(2) / 2),
    "GaussianState(nodes=1, mean=[1, 0], least_eigenvalue=0.4, physical=False)": (
        qt.GaussianState([1.0, 0.0], 0.4 * np.eye(2))
    ),
    "DensityMatrix(dims=(2,), populations=[0.5, 0.5], entropy=0.693147, physical=True)": qt.DensityMatrix(
        np.eye(2) / 2
    ),
    "DensityMatrix(dims=(2,), populations=[1.1, -0.1], least_eigenvalue=-0.1, physical=False)": (
        qt.DensityMatrix(np.diag([1.1, -0.1]))
    ),
}


def test_frequencies_and_energies_by_hand():
    turned = qt.OscillatorNetwork([[1.0, 0.3], [0.3, 1.0]], np.zeros((2, 2)))
    np.testing.assert_allclose(turned.frequencies, [np.sqrt(1 - 0.3**2)], rtol=1e-14)
    assert "frequencies=[0.953939], normal_modes=[0.953939]" in repr(turned)
    state = qt.GaussianState([1.0, 2.0], np.diag([0.5, 0.7]))
    form = np.array([[2.0, 0.1], [0.1, 3.0]])
    np.testing.assert_allclose(state.quadratic(form), (2 * 0.5 + 3 * 0.7 + 2 + 2 * 0.1 * 2 + 3 * 4) / 2, rtol=1e-14)


@pytest.mark.parametrize("text", SHOWN)
def test_shown(text):
    assert repr(SHOWN[text]) == str(SHOWN[text]) == text


def test_systems():
    assert str(WIRE).splitlines()[2:4] == [
        "  Bath(x0, Drude(strength=0.001, cutoff=10), temperature=1, name='cold'),",
        "  Bath(p1, Flat(rate=0.1), temperature=2),",
    ]
    assert str(PAIR).splitlines()[2:4] == [
        "  Bath(sigma_x(0) - 0.5 sigma_z(0) + 0.25 1, Drude(strength=0.001, cutoff=10), temperature=1, "
        "counterterm=False),",
        "  Bath(operator on 2 sites, Ohmic(strength=0.1, cutoff=3, exponent=1), temperature=2),",
    ]
    assert "Bath(x0 ... x1, Flat(rate=0.1), temperature=[1, 2], name='probes')" in str(PROBED)
    assert "Bath(operator on site 0, Drude" in str(QUTRIT)


def test_a_steady_state_knows_its_energy():
    for system in (WIRE, PAIR):
        dynamics = qt.redfield_equation()(system)
        state = qt.steady_state(dynamics)
        assert f"energy={float(qt.energy(dynamics, state)):.6g}, " in repr(state)
        assert f"entropy={float(qt.entropy(state)):.6g}, physical=True" in repr(state)
        path = qt.evolve(dynamics, qt.local_thermal_state(PROBED) if system is WIRE else state, [1.0, 2.0, 3.0])
        assert "states=3" in repr(path)
        assert "physical=True" in repr(path)
        assert "all pairs" in repr(dynamics)


OBJECTS = {"wire": WIRE, "pair": PAIR, "probed": PROBED, "state": qt.GaussianState(np.zeros(2), np.eye(2))}
OBJECTS |= {"matrix": qt.DensityMatrix(np.eye(2) / 2), "solver": qt.Krylov(), "density": DRUDE}


@pytest.mark.parametrize("name", OBJECTS)
def test_any_leaves_can_be_shown(name):
    """Inside `jit`, under `vmap`, and in the structures that JAX makes of modules."""
    thing, seen = OBJECTS[name], []
    jax.jit(lambda x: seen.append(repr(x)))(thing)
    assert "traced" in seen[0]
    assert "Tracer" not in seen[0]
    many = jax.tree.map(lambda x: jnp.stack([x, x]), thing)
    for leaf in (None, "text", object(), jax.ShapeDtypeStruct((2,), float), 1.0):
        repr(jax.tree.map(lambda x, leaf=leaf: leaf, thing))
    assert len(repr(many)) < 1000


def test_shown_inside_jit_though_its_values_are_known():
    seen = []
    jax.jit(lambda x: (seen.append(repr(WIRE)), x)[1])(1.0)
    assert seen == [repr(WIRE)]
