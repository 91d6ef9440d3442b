"""Exactness of the hierarchical equations: against other implementations, closed formulas, path integrals and laws."""

from typing import Any

import equinox as eqx
import jax
import numpy as np
import pytest
import scipy.linalg
from finite_systems import (
    case_name,
    finite_system,
    random_hermitian,
    random_parameters,
    random_state,
)
from hypothesis import given, settings, strategies as st
from systems import reference_cases

import qtjax as qt
from qtjax.papers.zhang2025._systems import pair

TIMES, STEP = np.array([0.3, 1.0, 3.0]), 1e-3


@eqx.filter_jit
def _read(p, depth: int, pade_terms: int) -> dict[str, Any]:
    """Everything about the steady state of one system with Drude baths."""
    dynamics = qt.HierarchicalEquations(depth=depth, pade_terms=pade_terms)(finite_system(p))
    state = qt.steady_state(dynamics)
    return {
        "state": state.matrix,
        "currents": qt.heat_currents(dynamics, state),
        "production": qt.entropy_production(dynamics, state),
        "exponentials": dynamics.exponentials(),
        "errors": dynamics.expansion_errors,
    }


def _solve(p, depth: int, pade_terms: int) -> dict[str, Any]:
    return jax.tree.map(np.asarray, _read(p, depth, pade_terms))


def _system(hamiltonian, couplings, strengths, cutoffs, temperatures) -> dict[str, Any]:
    """The pytree that `finite_system` takes, always of the same dtypes."""
    hamiltonian = np.asarray(hamiltonian, complex)
    return {
        "free": hamiltonian,
        "interaction": 0.0 * hamiltonian,
        "couplings": np.asarray(np.stack(couplings), complex),
        "strengths": np.asarray(strengths, float),
        "cutoffs": np.asarray(cutoffs, float),
        "temperatures": np.asarray(temperatures, float),
    }


def _pair(couplings, strengths=(0.05, 0.08), temperatures=(1.3, 0.6)):
    x = [qt.sigma_x(i, of=2) for i in range(2)]
    hamiltonian = qt.sigma_z(0, of=2) / 2 + 0.6 * qt.sigma_z(1, of=2) + 0.2 * x[0] @ x[1]
    return _system(hamiltonian, couplings, strengths, (3.0, 2.0), temperatures)


def _tilted(site):
    return qt.sigma_x(site, of=2) + 0.5 * qt.sigma_z(site, of=2)


def _hermitian(seed, d):
    matrix = random_hermitian(np.random.default_rng(seed), d)
    return matrix / np.linalg.norm(matrix, 2)


# Another implementation, with the same exponentials -------------------------------------------------------------

SAME = {  # system, Pade terms, all of depth 3
    "sigma_x": (lambda: _pair([qt.sigma_x(0, of=2), qt.sigma_x(1, of=2)]), 1),
    "sigma_x + sigma_z": (lambda: _pair([_tilted(0), _tilted(1)]), 1),
    "sigma_y, complex": (lambda: _pair([qt.sigma_y(0, of=2), _tilted(1)]), 1),
    "square not 1": (lambda: _pair([_hermitian(0, 4), _hermitian(1, 4)]), 1),
    "qutrit": (
        lambda: _system(
            1.3 * _hermitian(2, 3), [_hermitian(3, 3), _hermitian(4, 3)], (0.2, 0.1), (2.0, 3.0), (0.8, 2.0)
        ),
        2,
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_hierarchy_in_qutip(case):
    qutip = pytest.importorskip("qutip")
    heom = pytest.importorskip("qutip.solver.heom")
    build, pade_terms = SAME[case]
    p = build()
    found = _solve(p, 3, pade_terms)
    h, couplings = p["free"], p["couplings"]
    compensated = h + np.einsum("b,bij,bjk->ik", p["strengths"] * p["cutoffs"] / 2, couplings, couplings)
    baths = []
    for coupling, (rates, coefficients) in zip(couplings, found["exponentials"], strict=True):
        assert np.all(rates.imag == 0)
        assert np.all(coefficients.imag[1:] == 0)
        real, imaginary = (list(coefficients.real), list(rates.real)), ([coefficients[0].imag], [rates[0].real])
        baths.append(heom.BosonicBath(qutip.Qobj(coupling), *real, *imaginary))
    solver = heom.HEOMSolver(qutip.Qobj(compensated), baths, max_depth=3)
    state, operators = solver.steady_state()
    np.testing.assert_allclose(found["state"], state.full(), rtol=0, atol=1e-12)
    modes = 1 + pade_terms
    for b, coupling in enumerate(couplings):
        force = sum(
            operators.extract(label).full() for label in operators.filter(level=1) if label.index(1) // modes == b
        )
        square = p["strengths"][b] * p["cutoffs"][b] / 2 * coupling @ coupling
        turned = coupling @ force + square @ state.full()
        turned = -1j * (turned - turned.conj().T)
        np.testing.assert_allclose(found["currents"][b], np.trace(h @ turned).real, rtol=0, atol=1e-12)


# The pairs of qubits of Zhang 2025 ------------------------------------------------------------------------------


@jax.jit
def _of_pair(first, second, coupling, strengths, temperatures):
    """Currents and state, cut-off 50; of the 8 Pade terms is an error of 6e-6 in the current."""
    system = pair(first, second, coupling, hot=temperatures[0], cold=temperatures[1], strength=strengths)
    dynamics = qt.HierarchicalEquations(depth=3, pade_terms=8)(system)
    state = qt.steady_state(dynamics)
    return qt.heat_currents(dynamics, state), state.matrix


def _currents_of_pair(first, second, coupling, strengths, temperatures):
    return np.asarray(_of_pair(first, second, coupling, np.array(strengths), np.array(temperatures))[0])


ZHANG = [case for case in reference_cases("zhang2025") if case_name(case).startswith("heom/")]


@pytest.mark.parametrize("case", ZHANG, ids=case_name)
def test_published_pairs(case):
    """Hierarchical equations of another implementation, of depth 4 and with other exponentials."""
    p = case["parameters"]
    assert p["wD"] == 50.0
    strength = max(p["gamma1"], p["gamma2"])
    currents = _currents_of_pair(p["e1"], p["e2"], p["g"], [p["gamma1"], p["gamma2"]], [p["T1"], p["T2"]])
    # Beyond the Pade terms the fourth tier, which counts as strength^3.
    rtol = 1.1e-5 + 1.1e-4 * (strength / 0.03) ** 3
    np.testing.assert_allclose(currents, [case["value"], -case["value"]], rtol=rtol)


@pytest.mark.parametrize(("energies", "slope"), [((5.0, 4.0), -34.1), ((4.0, 3.0), -16.1), ((6.5, 3.5), -8.04)])
def test_what_weak_coupling_leaves_is_the_global_equation(energies, slope):
    """J = J_global + slope x strength^2 + ..., of which the Redfield equation has only half (Zhang 2025)."""
    strengths = np.array([1e-3, 2e-3])
    missing = []
    for strength in strengths:
        dynamics = qt.global_master_equation()(pair(*energies, 0.5, hot=25.0, strength=strength))
        simple = qt.heat_currents(dynamics, qt.steady_state(dynamics))[0]
        exact = _currents_of_pair(*energies, 0.5, [strength, strength], [25.0, 5.0])[0]
        missing.append((exact - simple) / strength**2)
        assert abs(exact / simple - 1) < 20 * strength
    np.testing.assert_allclose(2 * missing[0] - missing[1], slope, rtol=1e-2)


def test_mean_force_populations():
    """To first order in the strength, one bath: what Redfield equations have with the wrong sign."""
    (case,) = [c for c in reference_cases("zhang2025") if case_name(c) == "mfg-populations"]
    p = case["parameters"]
    strength, temperatures = np.array([1e-4, 0.0]), np.array([p["T1"]] * 2)
    matrix = np.asarray(_of_pair(p["e1"], p["e2"], p["g"], strength, temperatures)[1])
    system = pair(p["e1"], p["e2"], p["g"], hot=p["T1"], cold=p["T1"], strength=strength)
    h = np.asarray(system.hamiltonian.matrix)
    weight = scipy.linalg.expm(-h / p["T1"])
    levels = np.linalg.eigh(h)[1]
    change = levels.T @ (matrix - weight / np.trace(weight)) @ levels / strength[0]
    populations = np.diag(change).real
    # The Pade terms leave 3e-4: a bath much faster than its temperature needs many.
    np.testing.assert_allclose(np.sort(populations), np.sort(case["value"]), rtol=0, atol=6e-4)
    exact = qt.mean_force_gibbs_state(system).matrix
    np.testing.assert_allclose(matrix, exact, rtol=0, atol=6e-4 * strength[0])


def test_coherence_of_one_qubit():
    """2.455e-3 in the energy basis, which equations without a Lamb shift do not have."""
    z, x = np.diag([1.0, -1.0]), np.array([[0.0, 1.0], [1.0, 0.0]])
    hamiltonian = qt.FiniteHamiltonian(z / 2, 0.3 * x)
    system = qt.OpenSystem(hamiltonian, (qt.Bath(z, qt.Drude(0.02, 5.0), 1.0),))
    matrix = qt.steady_state(qt.HierarchicalEquations(depth=3, pade_terms=8)(system)).matrix
    levels = np.linalg.eigh(hamiltonian.matrix)[1]
    assert abs((levels.T @ matrix @ levels)[0, 1]) == pytest.approx(2.4554e-3, rel=1e-4)


# Equilibrium ----------------------------------------------------------------------------------------------------


def test_no_current_between_equal_temperatures():
    """But what the depth leaves out, where baths differ: 7e-7 of 0.02 per unit of temperature (Zhang 2025)."""
    largest = 0.1 * 0.0193
    equal = _currents_of_pair(4.0, 4.0, 0.5, [0.01, 0.01], [5.0, 5.0])
    other = _currents_of_pair(4.0, 4.0, 0.5, [0.01, 0.03], [5.0, 5.0])
    assert np.abs(equal).max() < 1e-12
    assert 3e-7 < np.abs(other).max() < 1e-6 < 1e-3 * largest
    # Where the Redfield equation with its Lamb shift carries heat from cold to hot.
    dynamics = qt.redfield_equation(lamb_shift=True)(pair(4.0, 4.0, 0.5, hot=4.9, strength=np.array([0.01, 0.03])))
    assert qt.heat_currents(dynamics, qt.steady_state(dynamics))[0] > 1e-3
    colder = _currents_of_pair(4.0, 4.0, 0.5, [0.01, 0.03], [4.9, 5.0])
    np.testing.assert_allclose(colder, [-0.001860, 0.001860], rtol=1e-3)


def _path_integral(h, coupling, strength, cutoff, temperature, slices):
    """Tr_bath exp(-H/T) of a qubit and a Drude bath with counterterm, by the paths of the coupling in imaginary time.

    The bath leaves exp(sum_jk s_j s_k eta_(j-k)/2) with eta the double integral over two slices of the correlation
    T sum_n strength cutoff^2 exp(i nu_n tau)/(cutoff + abs(nu_n)), nu_n = 2 pi n T.
    """
    step = 1.0 / (temperature * slices)
    values, vectors = np.linalg.eigh(coupling)
    nu = 2 * np.pi * temperature * np.arange(1, 10**5)
    static, others = (
        strength * cutoff * step**2,
        strength * cutoff**2 / (cutoff + nu) * (2 * np.sin(nu * step / 2) / nu) ** 2,
    )
    eta = temperature * np.array([static + 2 * np.sum(others * np.cos(nu * m * step)) for m in range(slices)])
    turned = vectors.T @ h @ vectors
    whole, half = (scipy.linalg.expm(-turned * part * step) for part in (1.0, 0.5))
    paths = (np.arange(2**slices)[:, None] >> np.arange(slices)) & 1
    s = values[paths]
    weight = np.einsum("pj,jk,pk->p", s, eta[np.abs(np.subtract.outer(np.arange(slices), np.arange(slices)))], s)
    weight = np.exp(weight / 2 - strength * cutoff / 2 * step * np.sum(s**2, axis=1))
    weight *= np.prod(whole[paths[:, :-1], paths[:, 1:]], axis=1)
    ends = np.zeros((2, 2))
    np.add.at(ends, (paths[:, 0], paths[:, -1]), weight)
    state = vectors @ half @ ends @ half @ vectors.T
    return state / np.trace(state)


def test_strong_coupling_mean_force_state():
    """One bath: the steady state is the reduced state of the whole in equilibrium."""
    h, coupling = np.array([[0.5, 0.1], [0.1, -0.5]]), np.array([[1.0, 0.4], [0.4, -0.3]])
    strength, cutoff, temperature = 0.3, 2.0, 0.6
    coarse, fine = (_path_integral(h, coupling, strength, cutoff, temperature, slices) for slices in (8, 16))
    exact = (4 * fine - coarse) / 3
    found = _solve(_system(h, [coupling], [strength], [cutoff], [temperature]), 5, 6)["state"]
    np.testing.assert_allclose(found, exact, rtol=0, atol=5e-6)
    gibbs = scipy.linalg.expm(-h / temperature)
    assert np.abs(found - gibbs / np.trace(gibbs)).max() > 1e-2


# Transients -----------------------------------------------------------------------------------------------------


def _line_shape(rates, coefficients, times):
    """int_0^t (t - s) C(s) ds of C(t) = sum coefficients exp(-rates t)."""
    x = rates * times[:, None]
    return np.sum(coefficients * (np.expm1(-x) + x) / rates**2, axis=1)


def test_pure_dephasing():
    """[H, S] = 0: element (a, b) times exp(-(s_a - s_b)(s_a g(t) - s_b g(t)^*)), and populations stay."""
    s, strength, cutoff, temperature = np.array([1.0, -0.4, 0.3]), 0.1, 1.0, 2.0
    h = np.diag([0.7, 0.2, -0.9])
    bath = qt.Bath(np.diag(s), qt.Drude(strength, cutoff), temperature)
    dynamics = qt.HierarchicalEquations(depth=8, pade_terms=1)(qt.OpenSystem(qt.FiniteHamiltonian(h, 0 * h), (bath,)))
    amplitudes = np.array([0.6, 0.5, np.sqrt(0.39)])
    start = np.outer(amplitudes, amplitudes)
    states = qt.evolve(dynamics, qt.DensityMatrix(start), TIMES, qt.Exponential())
    energies = np.diag(h) + strength * cutoff / 2 * s**2

    def expected(line_shape):
        g = line_shape[:, None, None]
        phase = np.subtract.outer(energies, energies) * TIMES[:, None, None]
        exponent = np.subtract.outer(s, s) * (s[:, None] * g - s * g.conj())
        return start * np.exp(-1j * phase - exponent)

    own = expected(_line_shape(*(np.asarray(x) for x in dynamics.exponentials()[0]), TIMES))
    np.testing.assert_allclose(states.matrix, own, rtol=0, atol=1e-10)
    # The same of the bath itself, by its poles at 2 pi n T.
    nu = 2 * np.pi * temperature * np.arange(1, 10**5)
    first = strength * cutoff**2 / 2 * (1 / np.tan(cutoff / (2 * temperature)) - 1j)
    others = 2 * strength * cutoff**2 * temperature * nu / (nu**2 - cutoff**2)
    exact = expected(_line_shape(np.append(cutoff, nu), np.append(first, others), TIMES))
    np.testing.assert_allclose(states.matrix, exact, rtol=0, atol=3e-5)
    assert np.abs(states.matrix[-1][0, 1]) < 0.6 * start[0, 1]
    # No heat flows, though correlations with the bath arise.
    currents = jax.vmap(lambda state: qt.heat_currents(dynamics, state))(states)
    np.testing.assert_allclose(currents, 0.0, atol=1e-14)


@pytest.fixture(scope="module")
def qutrit():
    """Three levels, two baths with complex couplings and counterterms, from a pure state; with five-point stencils."""
    p = random_parameters(5, 3) | {"strengths": np.array([0.1, 0.05]), "temperatures": np.array([2.0, 0.8])}
    p["couplings"] = p["couplings"] / 2
    dynamics = qt.HierarchicalEquations(depth=2, pade_terms=1)(finite_system(p))
    start = qt.DensityMatrix(random_state(np.random.default_rng(6), 3))
    times = np.sort(np.concatenate([(TIMES[:, None] + STEP * np.arange(-2, 3)).ravel(), [1e3, 1e7]]))
    return dynamics, start, times, qt.evolve(dynamics, start, times, qt.Exponential())


def _derivative(values):
    """At the middle of every five-point stencil."""
    stencil = np.asarray(values)[:15].reshape(3, 5, *np.shape(values)[1:])
    return np.einsum("s,ns...->n...", np.array([1.0, -8.0, 0.0, 8.0, -1.0]), stencil) / (12 * STEP)


def test_energy_flows_as_heat(qutrit):
    """d<H_S>/dt is the sum of the currents at every time, and d rho/dt what the first tier tells."""
    dynamics, _, _, states = qutrit
    energies, currents, changes = jax.vmap(
        lambda s: (qt.energy(dynamics, s), qt.heat_currents(dynamics, s), dynamics(s.matrix, s.force_correlations))
    )(states)
    middle = slice(2, 15, 5)
    assert np.abs(currents[middle]).max() > 1e-2
    np.testing.assert_allclose(currents[middle].sum(axis=1), _derivative(energies), rtol=0, atol=1e-10)
    np.testing.assert_allclose(changes[middle], _derivative(states.matrix), rtol=0, atol=1e-10)


@pytest.mark.parametrize("late", [-2, -1], ids=["t = 1e3", "t = 1e7"])
def test_every_start_ends_in_the_steady_state(qutrit, late):
    dynamics, _, _, states = qutrit
    steady = qt.steady_state(dynamics)
    np.testing.assert_allclose(np.trace(states.matrix[late]), 1.0, rtol=1e-12)
    np.testing.assert_allclose(states.matrix[late], steady.matrix, rtol=0, atol=1e-12)
    np.testing.assert_allclose(states.force_correlations[late], steady.force_correlations, rtol=0, atol=1e-12)


def test_early_entropy_production(qutrit):
    """dS/dt - sum J/T with dS/dt by differences; late it is that of the steady state, which is positive."""
    dynamics, _, _, states = qutrit
    production = jax.vmap(lambda s: qt.entropy_production(dynamics, s))(states)
    currents = jax.vmap(lambda s: qt.heat_currents(dynamics, s))(states)
    rate = _derivative(jax.vmap(qt.entropy)(states))
    flux = currents[2:15:5] @ (1.0 / dynamics.temperatures)
    np.testing.assert_allclose(production[2:15:5], rate - flux, rtol=0, atol=1e-8)
    steady = qt.entropy_production(dynamics, qt.steady_state(dynamics))
    np.testing.assert_allclose(production[-2], steady, rtol=1e-9)
    assert steady > 1e-4


# Oscillators ----------------------------------------------------------------------------------------------------


def test_one_oscillator_between_two_baths():
    """Of d levels, against the exact solution of an oscillator of all levels.

    The hierarchy of an oscillator closes for the second moments at the second tier, so depth counts only through
    the levels that are left out: 4e-5 of the current with 6 levels, 5e-7 with 8. The 4 Pade terms leave less.
    """
    strengths, cutoffs, temperatures = np.array([0.01, 0.02]), np.array([2.0, 1.0]), np.array([0.5, 0.3])
    network = qt.OscillatorNetwork.from_springs([1.0], [[0.0]])

    def system(hamiltonian, position):
        couplings = np.stack([position] * 2)
        return qt.OpenSystem(hamiltonian, (qt.Bath(couplings, qt.Drude(strengths, cutoffs), temperatures),))

    dynamics = qt.Langevin()(system(network, qt.position(0, of=1)))
    state = qt.steady_state(dynamics)
    exact, spread = qt.heat_currents(dynamics, state), state.covariance[0, 0]
    assert exact[0] > 5e-4
    levels = 8
    position = (qt.destroy(levels) + qt.create(levels)) / np.sqrt(2.0)
    free = qt.number(levels)
    truncated = system(qt.FiniteHamiltonian(free, 0 * free), position)
    found = qt.HierarchicalEquations(depth=2, pade_terms=4)(truncated)
    state = qt.steady_state(found)
    np.testing.assert_allclose(qt.heat_currents(found, state), exact, rtol=2e-6)
    np.testing.assert_allclose(state.expectation(position @ position).real, spread, rtol=4e-6)


# Expansions of baths --------------------------------------------------------------------------------------------


def _tilted_qubit(density, temperatures):
    """A qubit between two baths with the same coupling, one stack."""
    h = np.diag([0.5, -0.5])
    couplings = np.stack([np.array([[0.3, 1.0], [1.0, -0.3]])] * 2)
    return qt.OpenSystem(qt.FiniteHamiltonian(h, 0 * h), (qt.Bath(couplings, density, temperatures),))


def test_drude_baths_converge_with_their_poles():
    system = _tilted_qubit(qt.Drude(np.array([0.1, 0.1]), 2.0), np.array([1.5, 0.3]))
    errors = np.array([qt.HierarchicalEquations(depth=1, pade_terms=n)(system).expansion_errors for n in (1, 3, 8)])
    assert np.all(np.diff(errors, axis=0) < -0.5 * errors[:-1])
    assert np.all(errors[:, 0] < errors[:, 1])  # colder baths need more
    assert errors[-1].max() < 1e-3
    # What is reported is the error of Gamma(w) at the transitions, here -1, 0, 1 of H_S with counterterms.
    dynamics = qt.HierarchicalEquations(depth=1, pade_terms=3)(system)
    rates, coefficients = (np.asarray(x) for x in dynamics.exponentials()[1])
    w = np.subtract.outer(*(2 * [np.linalg.eigvalsh(np.diag([0.5, -0.5]))])).ravel()
    found = np.sum(coefficients / (rates - 1j * w[:, None]), axis=1)
    exact = np.asarray(qt.Drude(0.1, 2.0).half_sided(w, 0.3))
    np.testing.assert_allclose(np.abs(found - exact).max() / np.abs(exact).max(), errors[1, 1], rtol=1e-9)


@pytest.mark.slow
def test_ohmic_baths_converge_with_their_modes():
    """At weak coupling to the Redfield current, which knows the density and no modes."""
    temperatures = np.array([1.5, 0.7])
    system = _tilted_qubit(qt.Ohmic(np.array([1e-4, 7e-5]), np.array([2.0, 3.0])), temperatures)
    redfield = qt.redfield_equation(lamb_shift=True)(system)
    simple = qt.heat_currents(redfield, qt.steady_state(redfield))[0]
    errors, missing = [], []
    for terms in (2, 5):
        dynamics = qt.HierarchicalEquations(depth=1, pade_terms=3, density_terms=terms)(system)
        current = qt.heat_currents(dynamics, qt.steady_state(dynamics))[0]
        missing.append(abs(current / simple - 1))
        errors.append(dynamics.expansion_errors)
    assert np.all(errors[1] < 0.1 * errors[0])
    assert missing[0] < np.max(errors[0])
    assert missing[1] < np.max(errors[1])
    assert missing[1] < 5e-3 < 3e-2 < missing[0]


# Laws of random systems -----------------------------------------------------------------------------------------


@st.composite
def systems(draw):
    """Two qubits' worth of levels, two baths of moderate strength."""
    p = random_parameters(draw(st.integers(0, 10**6)), 4)
    couplings = p["couplings"] / np.linalg.norm(p["couplings"], 2, axis=(1, 2))[:, None, None]
    strengths = [10.0 ** draw(st.floats(-4.0, -1.3)) for _ in range(2)]
    temperatures = [draw(st.floats(1.0, 5.0)) for _ in range(2)]
    cutoffs = [draw(st.floats(0.5, 5.0)) for _ in range(2)]
    # Levels within 2 and temperatures above 1: colder, one Pade term makes negative rates.
    free = p["free"] / np.linalg.norm(p["free"], 2)
    return _system(free, couplings, strengths, cutoffs, temperatures)


@settings(max_examples=20)
@given(p=systems())
def test_laws(p):
    found = _solve(p, 3, 1)
    state, currents = found["state"], found["currents"]
    np.testing.assert_allclose(np.trace(state), 1.0, rtol=1e-12)
    np.testing.assert_allclose(state, state.conj().T, rtol=0, atol=1e-14)
    assert np.linalg.eigvalsh(state)[0] > 0
    # Each current is read off the state on its own; where they are small they are so beside what flows to and fro.
    noise = 1e-12 * np.max(p["strengths"]) + 1e-15
    assert abs(currents.sum()) <= 1e-12 * np.abs(currents).max() + noise
    np.testing.assert_allclose(found["production"], -np.sum(currents / p["temperatures"]), rtol=1e-12, atol=1e-18)
    assert found["production"] > -noise
