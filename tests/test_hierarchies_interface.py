"""Hierarchies as part of the library: derivatives, transformations, solvers, evolutions, and what they refuse."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from finite_systems import qubit_pair, random_state

import qtjax as qt
from qtjax.hierarchical_equations._bose import pade_poles

SHALLOW = qt.HierarchicalEquations(depth=2, pade_terms=1)
# e1, e2, g, strength 1, strength 2, T1, T2, cut-off
POINT = np.array([1.0, 1.3, 0.2, 0.05, 0.08, 1.3, 0.6, 3.0])
X, Z = np.array([[0.0, 1.0], [1.0, 0.0]]), np.diag([1.0, -1.0])
DRUDE = qt.Drude(0.1, 2.0)


def _current(p):
    dynamics = SHALLOW(qubit_pair(p))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics))[0]


_slopes = jax.jit(jax.value_and_grad(_current))


def _moved(i, step, point=POINT):
    return point + step * np.eye(8)[i]


def _difference(i, point=POINT, step=1e-3):
    """The derivative by the fourth-order central difference."""
    values = [_slopes(_moved(i, k * step, point))[0] for k in (-2, -1, 1, 2)]
    return np.dot([1.0, -8.0, 8.0, -1.0], values) / (12 * step)


# Derivatives ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("i", range(8), ids=["e1", "e2", "g", "strength 1", "strength 2", "T1", "T2", "cutoff"])
def test_gradient(i):
    _, slopes = _slopes(POINT)
    assert slopes.dtype == jnp.float64
    np.testing.assert_allclose(slopes[i], _difference(i), rtol=1e-7)
    assert abs(slopes[i]) > 1e-4


def _same_as_around(point, i):
    """Value and gradient are finite and what the neighbours on both sides leave for them."""
    value, slopes = _slopes(point)
    assert np.all(np.isfinite(slopes))
    step = 1e-4
    sides = [_slopes(_moved(i, s * step, point)) for s in (-1, 1)]
    np.testing.assert_allclose(value, (sides[0][0] + sides[1][0]) / 2, rtol=1e-6)
    between = (sides[0][1] + sides[1][1]) / 2
    np.testing.assert_allclose(slopes, between, rtol=1e-5, atol=1e-7 * np.abs(slopes).max())
    for k in range(8):
        np.testing.assert_allclose(slopes[k], _difference(k, point), rtol=1e-6, atol=1e-9)


def test_equal_frequencies():
    """Where, without an interaction, two levels also coincide."""
    equal = POINT.copy()
    equal[1] = equal[0]
    _same_as_around(equal, 1)
    alone = equal.copy()
    alone[2] = 0.0
    value, slopes = _slopes(alone)
    np.testing.assert_allclose(value, 0.0, atol=1e-15)
    np.testing.assert_allclose(slopes, 0.0, atol=1e-12)


def test_two_rates_meet():
    """xi T = cut-off, where the coefficients of the exponentials diverge."""
    (xi,), _ = pade_poles(1)
    meeting = POINT.copy()
    meeting[5] = meeting[7] / xi
    exponentials = SHALLOW(qubit_pair(meeting)).exponentials()[0][1]
    assert not np.all(np.abs(exponentials) < 1e10)
    _same_as_around(meeting, 5)


def test_a_bath_of_no_strength():
    without = POINT.copy()
    without[3] = 0.0
    value, slopes = _slopes(without)
    np.testing.assert_allclose(value, 0.0, atol=1e-15)
    assert np.all(np.isfinite(slopes))
    beyond = [_slopes(_moved(3, step, without))[0] for step in (1e-6, 2e-6)]
    np.testing.assert_allclose(slopes[3], (4 * beyond[0] - beyond[1]) / 2e-6, rtol=1e-6)
    np.testing.assert_allclose(np.delete(slopes, 3), 0.0, atol=1e-14)


def _reverse_over_forward(p, v):
    return jax.grad(lambda q: jax.jvp(_current, (q,), (v,))[1])(p)


def _forward_over_reverse(p, v):
    return jax.jvp(jax.grad(_current), (p,), (v,))[1]


@pytest.mark.parametrize("twice", [_reverse_over_forward, _forward_over_reverse])
def test_second_derivatives(twice):
    """Along one direction that moves everything."""
    direction = np.array([0.3, -0.5, 0.2, 0.02, -0.01, 0.4, 0.1, 0.5])
    found = jax.jit(twice)(POINT, direction)
    step = 2e-4
    slopes = [_slopes(POINT + k * step * direction)[1] for k in (-2, -1, 1, 2)]
    expected = np.array([1.0, -8.0, 8.0, -1.0]) @ np.array(slopes) / (12 * step)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_thermal_conductance():
    system = qubit_pair(POINT)
    conductance = qt.thermal_conductance(SHALLOW, system)
    np.testing.assert_allclose(conductance[0], [_difference(5), _difference(6)], rtol=1e-7)
    np.testing.assert_allclose(conductance.sum(axis=0), 0.0, atol=1e-12)
    assert conductance[0, 0] > 0


def test_vmap_is_the_loop():
    """Points that need more iterations and fewer together; all currents of each."""

    def both(p):
        dynamics = SHALLOW(qubit_pair(p))
        state = qt.steady_state(dynamics)
        return qt.heat_currents(dynamics, state), state.matrix

    points = np.stack([POINT, _moved(2, 0.3), _moved(3, 0.3), _moved(4, -0.07), _moved(5, 5.0)])
    currents, matrices = jax.jit(jax.vmap(both))(points)
    expected = [_slopes(point)[0] for point in points]
    np.testing.assert_allclose(currents[:, 0], expected, rtol=1e-11)
    np.testing.assert_allclose(currents.sum(axis=1), 0.0, atol=1e-13)
    np.testing.assert_allclose(np.trace(matrices, axis1=1, axis2=2), 1.0, rtol=1e-12)


# Solvers --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def deep():
    """Two qubits, 35 operators."""
    return qt.HierarchicalEquations(depth=3, pade_terms=1)(qubit_pair(POINT))


@pytest.fixture(scope="module")
def steady(deep):
    return qt.steady_state(deep)


def test_solvers_agree(deep, steady):
    """And with the null vector of the matrix, the only one: everything else is damped."""
    direct = qt.steady_state(deep, qt.Direct())
    np.testing.assert_allclose(direct.matrix, steady.matrix, rtol=0, atol=1e-13)
    np.testing.assert_allclose(direct.force_correlations, steady.force_correlations, rtol=0, atol=1e-13)
    matrix = np.asarray(deep.evolution_matrix)
    assert matrix.shape == (deep.operators * 16,) * 2
    _, sizes, rows = np.linalg.svd(matrix)
    assert np.sum(sizes < 1e-13 * sizes[0]) == 1
    operators = rows[-1].conj().reshape(-1, 4, 4)
    state, forces = deep.observed(jnp.asarray(operators / np.trace(operators[0])))
    np.testing.assert_allclose(steady.matrix, state, rtol=0, atol=1e-11)
    np.testing.assert_allclose(steady.force_correlations, forces, rtol=0, atol=1e-11)
    spectrum = np.sort(deep.spectrum().real)
    assert abs(spectrum[-1]) < 1e-12
    assert spectrum[-2] < -1e-3


def test_default_solver(deep):
    assert isinstance(qt.default_solver(deep), qt.Krylov)


def test_certificate(deep, steady):
    report = qt.certificate(deep, steady)
    assert report.residual < 1e-12
    assert report.first_law < 1e-12
    assert report.trace == pytest.approx(1.0, abs=1e-13)
    assert report.least > 0
    moved = qt.DensityMatrix(np.eye(4) / 4, dims=(2, 2), force_correlations=steady.force_correlations)
    assert qt.certificate(deep, moved).residual > 1e-3


def test_a_state_of_dims_and_parts(deep, steady):
    assert steady.dims == (2, 2)
    assert steady.reduced(0).levels == 2
    assert deep.operators == 35
    assert repr(deep) == "Hierarchy(levels=4, baths=2, depth=3, operators=35)"
    assert repr(SHALLOW) == "HierarchicalEquations(depth=2, pade_terms=1, density_terms=4)"


def test_baths_together_or_one_by_one():
    """A stack, two stacks, and the order of the baths."""
    h = np.diag([0.5, -0.5])
    couplings, strengths, temperatures = np.stack([X, X + Z]), np.array([0.05, 0.1]), np.array([1.0, 2.0])
    single = tuple(qt.Bath(couplings[i], qt.Drude(strengths[i], 2.0), temperatures[i]) for i in range(2))
    stack = qt.Bath(couplings, qt.Drude(strengths, 2.0), temperatures)
    found = []
    for baths in (single, (stack,), single[::-1]):
        dynamics = SHALLOW(qt.OpenSystem(qt.FiniteHamiltonian(h, 0 * h), baths))
        found.append(qt.heat_currents(dynamics, qt.steady_state(dynamics, qt.Direct())))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-11)
    np.testing.assert_allclose(found[2][::-1], found[0], rtol=1e-11)


def test_what_the_counterterm_does():
    """Where S^2 is not a number it is + Q S^2 in the Hamiltonian, whose commutator its bath's current counts."""
    h, s = np.diag([0.5, -0.5]), np.array([[1.0, 0.4], [0.4, -0.3]])
    spread = 0.1 * 2.0 / 2 * s @ s

    def states(free, counterterm):
        baths = tuple(qt.Bath(s, DRUDE, t, counterterm=counterterm) for t in (1.0, 2.0))
        dynamics = SHALLOW(qt.OpenSystem(qt.FiniteHamiltonian(free, 0 * free), baths))
        state = qt.steady_state(dynamics, qt.Direct())
        return state.matrix, qt.heat_currents(dynamics, state)

    with_it, currents = states(h, True)
    by_hand, _ = states(h + 2 * spread, False)
    without, _ = states(h, False)
    np.testing.assert_allclose(with_it, by_hand, rtol=0, atol=1e-13)
    assert np.abs(with_it - without).max() > 1e-3
    assert abs(currents.sum()) < 1e-13


# Evolutions -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shallow():
    return SHALLOW(qubit_pair(POINT))


START = qt.DensityMatrix(random_state(np.random.default_rng(0), 4), dims=(2, 2))


def test_evolutions_agree(shallow):
    """Exponential, differential equation, and SciPy's exponential of the matrix."""
    times = np.array([0.5, 2.0, 10.0])
    states = qt.evolve(shallow, START, times, qt.Exponential())
    integrated = qt.evolve(shallow, START, times, qt.Ode(rtol=1e-10, atol=1e-13))
    np.testing.assert_allclose(integrated.matrix, states.matrix, rtol=0, atol=1e-8)
    np.testing.assert_allclose(integrated.force_correlations, states.force_correlations, rtol=0, atol=1e-8)
    start = np.asarray(shallow.uncorrelated(shallow.levels.raised(START.matrix)))
    for t, matrix, forces in zip(times, states.matrix, states.force_correlations, strict=True):
        operators = scipy.linalg.expm(np.asarray(shallow.evolution_matrix) * t) @ start.ravel()
        expected = shallow.observed(jnp.asarray(operators.reshape(start.shape)))
        np.testing.assert_allclose(matrix, expected[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(forces, expected[1], rtol=0, atol=1e-12)
    # It starts without correlations, so without currents.
    first = qt.evolve(shallow, START, [0.0, 1.0], qt.Exponential())
    np.testing.assert_allclose(first.matrix[0], START.matrix, rtol=0, atol=1e-14)
    np.testing.assert_allclose(first.force_correlations[0], 0.0, atol=1e-14)


def test_default_evolution_of_many_operators(deep):
    """Integration where the matrix would be large; here both are possible."""
    larger = qt.HierarchicalEquations(depth=4, pade_terms=1)(qubit_pair(POINT))
    assert larger.operators * 16 > 1024
    found = qt.evolve(larger, START, [1.0])
    np.testing.assert_allclose(found.matrix, qt.evolve(deep, START, [1.0]).matrix, rtol=0, atol=1e-5)


# What is refused ------------------------------------------------------------------------------------------------


def qubit(density=DRUDE, temperature=1.0, *, coupling=X + 0.5 * Z, free=Z / 2):
    return qt.OpenSystem(qt.FiniteHamiltonian(free, 0 * free), (qt.Bath(coupling, density, temperature),))


def network():
    return qt.OpenSystem(
        qt.OscillatorNetwork.from_springs([1.0], [[0.0]]), (qt.Bath(qt.position(0, of=1), DRUDE, 1.0),)
    )


LOWEST = qt.HierarchicalEquations(depth=1, pade_terms=1)
HALF = qt.DensityMatrix(np.eye(2) / 2)


def made(**changes):
    return qt.HierarchicalEquations(**({"depth": 1, "pade_terms": 1} | changes))


WRONG = {
    "depth of zero": (lambda: made(depth=0), "`depth` must be an integer >= 1, but is 0"),
    "fractional depth": (lambda: made(depth=1.5), "`depth` must be an integer >= 1, but is 1.5"),
    "depth of True": (lambda: made(depth=True), "`depth` must be an integer >= 1, but is True"),
    "no poles": (lambda: made(pade_terms=0), "`pade_terms` must be an integer >= 1, but is 0"),
    "no modes": (lambda: made(density_terms=-1), "`density_terms` must be an integer >= 1, but is -1"),
    "a network": (lambda: LOWEST(network()), r"finite systems only. For a network use `qt\.Langevin`"),
    "a Hamiltonian": (lambda: LOWEST(qubit().hamiltonian), r"acts on a `qt\.OpenSystem`"),
    "flat density": (lambda: LOWEST(qubit(qt.Flat(0.1))), r"Flat density has no cut-off.*`qt\.Drude` or `qt\.Ohmic`"),
    "power law": (
        lambda: LOWEST(qubit(qt.PowerLaw(0.1, exponent=3.0))),
        r"PowerLaw density has no cut-off.*`qt\.Drude` or `qt\.Ohmic`",
    ),
    "beyond memory": (lambda: made(depth=12, pade_terms=20)(qubit()), r"354817320 auxiliary operators.*Lower `depth`"),
    "null vector": (lambda: qt.steady_state(LOWEST(qubit()), qt.NullVector()), r"use `qt\.Krylov\(\)` or"),
    "modes": (lambda: qt.steady_state(LOWEST(qubit()), qt.Modal()), r"use `qt\.Krylov\(\)` or `qt\.Direct\(\)`"),
    "dense and large": (
        lambda: qt.steady_state(made(depth=6, pade_terms=6)(qubit()), qt.Direct()),
        r"matrix of 6864 rows, more than 4096.*lower `depth`",
    ),
    "evolution as text": (lambda: qt.evolve(LOWEST(qubit()), HALF, [1.0], "ode"), "`solver` must be"),
    "Gaussian state": (
        lambda: qt.evolve(LOWEST(qubit()), qt.GaussianState(np.zeros(2), np.eye(2)), [1.0]),
        r"must be a `qt\.DensityMatrix`",
    ),
    "currents of a state without correlations": (
        lambda: qt.heat_currents(LOWEST(qubit()), HALF),
        r"knows its correlations with the baths.*`qt\.HierarchicalEquations`",
    ),
    "its entropy production": (lambda: qt.entropy_production(LOWEST(qubit()), HALF), "knows its correlations"),
    "its certificate": (lambda: qt.certificate(LOWEST(qubit()), HALF), "knows its correlations"),
    "dressed currents": (
        lambda: qt.heat_currents(LOWEST(qubit()), HALF, dressed=True),
        "defined for finite systems under a master equation, but got",
    ),
    "quanta": (lambda: qt.quanta_currents(LOWEST(qubit()), HALF), "what a master equation makes of a network"),
}


@pytest.mark.parametrize("case", WRONG)
def test_known_at_once(case):
    call, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        call()


REFUSED = {  # description, system, message
    "zero temperature": (LOWEST, lambda: qubit(temperature=0.0), r"cannot be expanded.*Raise `pade_terms`"),
    "conserved levels": (LOWEST, lambda: qubit(coupling=Z), "No unique steady state.*Something is conserved"),
    "no bath to speak of": (LOWEST, lambda: qubit(qt.Drude(0.0, 2.0)), "No unique steady state"),
    "strong and shallow": (LOWEST, lambda: qubit(qt.Drude(20.0, 2.0)), r"gives no state.* is -0\.96.*Raise `depth`"),
}


@pytest.mark.parametrize("solver", [qt.Direct(), qt.Krylov(1e-13)], ids=["Direct", "Krylov"])
@pytest.mark.parametrize("case", REFUSED)
def test_found_by_values(case, solver):
    """The error is a plain one; with throw=False everything is NaN."""
    description, system, message = REFUSED[case]
    dynamics = description(system())
    with pytest.raises(RuntimeError, match=message) as caught:
        qt.steady_state(dynamics, solver)
    assert type(caught.value) is RuntimeError
    state = qt.steady_state(dynamics, solver, throw=False)
    assert np.all(np.isnan(state.matrix))
    assert np.all(np.isnan(state.force_correlations))
    assert np.all(np.isnan(qt.heat_currents(dynamics, state)))


def test_evolution_that_leaves_the_states():
    start = qt.DensityMatrix(np.diag([1.0, 0.0]))
    dynamics = LOWEST(qubit(qt.Drude(5.0, 2.0), 0.3))
    with pytest.raises(RuntimeError, match=r"gives no state: its smallest eigenvalue is -.*Raise `depth`"):
        qt.evolve(dynamics, start, [1.0, 10.0])
    assert np.all(np.isnan(qt.evolve(dynamics, start, [1.0, 10.0], throw=False).matrix))
    with pytest.raises(RuntimeError, match="cannot be expanded"):
        qt.evolve(LOWEST(qubit(temperature=0.0)), start, [1.0, 10.0])


def test_too_few_iterations(deep):
    few = qt.Krylov(restart=1, restarts=1)
    with pytest.raises(RuntimeError, match=r"did not converge: the residual is .*`qt\.Krylov\(restart=\.\.\."):
        qt.steady_state(deep, few)
    assert np.all(np.isnan(qt.steady_state(deep, few, throw=False).matrix))


def test_one_bad_point_of_a_batch():
    """A temperature of zero among others, unknown when compiling."""

    def run(temperature, throw):
        dynamics = LOWEST(qubit(temperature=temperature))
        state = qt.steady_state(dynamics, qt.Direct(), throw=throw)
        return state.matrix

    def batch(throw):
        return jax.jit(jax.vmap(lambda t: run(t, throw)))

    good, bad = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 3.0])
    quiet, loud = batch(False), batch(True)
    before, after = quiet(good), quiet(bad)
    assert np.all(np.isfinite(before))
    assert np.all(np.isnan(after[1]))
    np.testing.assert_allclose(after[::2], before[::2], rtol=1e-14)
    np.testing.assert_allclose(loud(good), before, rtol=1e-14)
    with pytest.raises(Exception, match="cannot be expanded"):
        jax.block_until_ready(loud(bad))
