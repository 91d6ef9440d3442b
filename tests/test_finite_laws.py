"""Laws of every finite system: trace, Gibbs states, energy, the second law, positivity; who is known to break which."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from finite_systems import (
    EQUATIONS,
    dissipators,
    finite_system,
    levy_qubits,
    qubit_pair,
    random_hermitian,
    random_parameters,
    random_state,
)
from hypothesis import given, strategies as st

import qtjax as qt

LEVELS = 3
LINDBLAD = ["local", "global", "universal_lindblad"]
# Kernels on the whole Hamiltonian that are even, k(w, w') = k(-w, -w'), and use Gamma(w): detailed balance holds.
BALANCED = ["global", "partial_redfield", "redfield", "partial_secular", "coarse_grained"]
TIMES = np.array([0.0, 0.3, 2.0, 10.0, 100.0])


@eqx.filter_jit
def _read(equation: str, p, matrix):
    """Everything about one system and one Hermitian matrix, which need not be a state."""
    dynamics = EQUATIONS[equation]()(finite_system(p))
    steady, state = qt.steady_state(dynamics), qt.DensityMatrix(matrix)
    return {
        "change": dynamics(matrix),
        "dissipated": dynamics.dissipate(matrix),
        "moves": dissipators(dynamics),
        "currents": qt.heat_currents(dynamics, state),
        "production": qt.entropy_production(dynamics, state),
        "steady": steady.matrix,
        "steady change": dynamics(steady.matrix),
        "steady currents": qt.heat_currents(dynamics, steady),
        "steady production": qt.entropy_production(dynamics, steady),
        "evolved": qt.evolve(dynamics, state, TIMES).matrix,
        "generator": dynamics.matrix,
    }


def _solve(equation: str, p, matrix):
    return {key: np.asarray(value) for key, value in _read(equation, p, matrix).items()}


@st.composite
def systems(draw, equal_temperatures: bool = False):
    """A random system of two baths."""
    p = random_parameters(draw(st.integers(0, 10**6)), LEVELS)
    strengths = [10.0 ** draw(st.floats(-5.0, -1.0)) for _ in range(2)]
    first, second = (draw(st.floats(0.2, 5.0)) for _ in range(2))
    temperatures = [first, first if equal_temperatures else second]
    return p | {"strengths": np.array(strengths), "temperatures": np.array(temperatures)}


seeds = st.integers(0, 10**6)
each = pytest.mark.parametrize("equation", EQUATIONS)


def _hamiltonian(p) -> np.ndarray:
    return p["free"] + p["interaction"]


@each
@given(p=systems(), seed=seeds)
def test_trace_and_hermiticity_are_kept(equation, p, seed):
    matrix = random_hermitian(np.random.default_rng(seed), LEVELS)
    found = _solve(equation, p, matrix)
    for change in (found["change"], *found["dissipated"]):
        np.testing.assert_allclose(np.trace(change), 0.0, atol=1e-13)
        np.testing.assert_allclose(change, change.conj().T, rtol=0, atol=1e-14)
    np.testing.assert_allclose(np.trace(found["steady"]), 1.0, rtol=1e-14)
    np.testing.assert_allclose(found["steady change"], 0.0, atol=1e-13)
    # The same generator as a matrix, as a map, and as the sum of its baths.
    np.testing.assert_allclose(found["generator"] @ matrix.ravel(), found["change"].ravel(), rtol=0, atol=1e-13)
    coherent = -1j * (_hamiltonian(p) @ matrix - matrix @ _hamiltonian(p))
    np.testing.assert_allclose(coherent + found["dissipated"].sum(axis=0), found["change"], rtol=0, atol=1e-13)


@each
@given(p=systems(), seed=seeds)
def test_first_law(equation, p, seed):
    """For every matrix; at the steady state the currents sum to zero relative to themselves."""
    matrix = random_state(np.random.default_rng(seed), LEVELS)
    found = _solve(equation, p, matrix)
    change = np.trace(_hamiltonian(p) @ found["change"]).real
    size = np.abs(found["currents"]).max()
    np.testing.assert_allclose(found["currents"].sum(), change, rtol=0, atol=1e-13 * size + 1e-14)
    flows = [np.trace(_hamiltonian(p) @ move).real for move in found["dissipated"]]
    np.testing.assert_allclose(found["currents"], flows, rtol=0, atol=1e-13 * size)
    steady = found["steady currents"]
    assert abs(steady.sum()) <= 1e-14 * np.abs(steady).max()
    flows = [np.trace(_hamiltonian(p) @ (m @ found["steady"].ravel()).reshape(LEVELS, LEVELS)) for m in found["moves"]]
    np.testing.assert_allclose(steady, np.real(flows), rtol=1e-6, atol=1e-14)


@pytest.mark.parametrize("equation", BALANCED)
@given(p=systems(equal_temperatures=True))
def test_gibbs_state_is_stationary(equation, p):
    """Bath by bath; no current flows between equal temperatures, whatever the strengths."""
    weight = scipy.linalg.expm(-_hamiltonian(p) / p["temperatures"][0])
    gibbs = (weight + weight.conj().T) / (2 * np.trace(weight).real)
    found = _solve(equation, p, gibbs)
    for change, move in zip(found["dissipated"], found["moves"], strict=True):
        np.testing.assert_allclose(change, 0.0, atol=1e-13 * np.abs(move).max())
    np.testing.assert_allclose(found["steady"], gibbs, rtol=0, atol=1e-10)
    assert np.abs(found["steady currents"]).max() < 1e-13 * np.abs(found["moves"]).max()
    assert abs(found["production"]) < 1e-12


def test_two_equations_do_not_thermalise():
    """So that the test above can tell: the local and the universal Lindblad equation miss the Gibbs state."""
    p = random_parameters(3, LEVELS) | {"temperatures": np.array([0.5, 0.5])}
    weight = scipy.linalg.expm(-_hamiltonian(p) / 0.5)
    gibbs = weight / np.trace(weight).real
    for equation in ("local", "universal_lindblad"):
        assert np.abs(_solve(equation, p, gibbs)["steady"] - gibbs).max() > 1e-4


@given(p=systems(), seed=seeds)
def test_second_law_of_the_global_equation(p, seed):
    """Spohn: in every state, not only the steady one."""
    found = _solve("global", p, random_state(np.random.default_rng(seed), LEVELS))
    assert found["production"] > 0
    assert found["steady production"] >= -1e-13 * np.abs(found["steady currents"] / p["temperatures"]).max()
    steady = -np.sum(found["steady currents"] / p["temperatures"])
    np.testing.assert_allclose(found["steady production"], steady, rtol=1e-9, atol=1e-18)


def _kossakowski_least(move: np.ndarray) -> float:
    """The smallest eigenvalue of P C P: C is the Choi matrix of a generator, P projects out the identity."""
    d = LEVELS
    choi = move.reshape(d, d, d, d).transpose(0, 2, 1, 3).reshape(d * d, d * d)  # rows (i, j), columns (k, l)
    identity = np.eye(d).ravel() / np.sqrt(d)
    projector = np.eye(d * d) - np.outer(identity, identity)
    return np.linalg.eigvalsh(projector @ choi @ projector)[0]


@pytest.mark.parametrize("equation", LINDBLAD)
@given(p=systems(), seed=seeds)
def test_lindblad_forms_are_completely_positive(equation, p, seed):
    """Bath by bath, so their exponentials are too; steady states and transients stay positive."""
    rho = random_state(np.random.default_rng(seed), LEVELS)
    pure = np.linalg.eigh(rho)[1][:, :1]
    found = _solve(equation, p, pure @ pure.conj().T)
    for move in found["moves"]:
        assert _kossakowski_least(move) > -1e-13 * np.abs(move).max()
    propagator = scipy.linalg.expm(found["generator"] * 3.0)
    choi = propagator.reshape((LEVELS,) * 4).transpose(0, 2, 1, 3).reshape(LEVELS**2, LEVELS**2)
    assert np.linalg.eigvalsh(choi)[0] > -1e-13
    assert np.linalg.eigvalsh(found["steady"])[0] > -1e-13
    assert np.linalg.eigvalsh(found["evolved"]).min() > -1e-12
    moved = scipy.linalg.expm(found["generator"] * TIMES[3]) @ found["evolved"][0].ravel()
    np.testing.assert_allclose(found["evolved"][3].ravel(), moved, rtol=0, atol=1e-11)
    np.testing.assert_allclose(np.trace(found["evolved"], axis1=1, axis2=2), 1.0, rtol=1e-12)


def test_redfield_is_not_completely_positive():
    """So that the test above can tell."""
    p = random_parameters(4, LEVELS)
    found = _solve("redfield", p, np.eye(LEVELS) / LEVELS + 0j)
    assert all(_kossakowski_least(move) < -1e-3 * np.abs(move).max() for move in found["moves"])


# What is known to break -----------------------------------------------------------------------------------------


@eqx.filter_jit
def _steady(description, build, points):
    def at(p):
        dynamics = description(build(p))
        state = qt.steady_state(dynamics)
        return state.eigenvalues()[0], qt.heat_currents(dynamics, state), qt.entropy_production(dynamics, state)

    return jax.lax.map(at, points)


def test_local_equation_breaks_the_second_law():
    """Two-level nodes with w_h/T_h > w_c/T_c (Levy 2014): heat flows from cold to hot; the global equation is right."""
    points = jnp.array([[10.0, 5.0, 0.5, 1e-4, 1e-4, 12.0, 10.0], [5.0, 5.0, 0.5, 1e-4, 1e-4, 12.0, 10.0]])
    _, currents, production = map(np.asarray, _steady(qt.local_master_equation(), levy_qubits, points))
    assert currents[0, 0] < -1e-4
    assert production[0] < -1e-6
    assert production[1] > 0
    _, currents, production = map(np.asarray, _steady(qt.global_master_equation(), levy_qubits, points))
    assert np.all(currents[:, 0] > 0)
    assert np.all(production > 0)


def test_redfield_breaks_positivity_and_the_second_law():
    """Two qubits (Zhang 2025): Fig. 2 at T = 0.305, and equal temperatures with asymmetric strengths."""
    points = jnp.array(
        [
            [5.0, 4.0, 1.0, 0.01, 0.0, 0.305, 0.305, 50.0],
            [4.0, 4.0, 0.5, 0.01, 0.03, 5.0, 5.0, 50.0],
            [4.0, 4.0, 0.5, 0.01, 0.03, 4.9, 5.0, 50.0],
            [5.0, 4.0, 0.5, 0.01, 0.01, 25.0, 5.0, 50.0],
        ]
    )
    least, currents, production = map(np.asarray, _steady(qt.redfield_equation(lamb_shift=True), qubit_pair, points))
    assert least[0] == pytest.approx(-5.6e-3, rel=0.02)
    assert least[3] > 0.1
    assert currents[1, 0] == pytest.approx(3.4e-3, rel=0.01)
    assert currents[2, 0] > 1e-3  # into the system from the colder bath
    assert production[2] < -1e-6
    assert production[3] > 1e-3
    _, currents, production = map(np.asarray, _steady(qt.redfield_equation(), qubit_pair, points))
    assert np.abs(currents[:2]).max() < 1e-15
    assert currents[2, 0] < -1e-3
    assert np.all(production[2:] > 0)
