"""The exponential at many times, on and off a common step; heat currents read off as the state is carried along."""

from functools import partial

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from finite_systems import qubit_pair, random_state
from jax.extend.core import jaxprs_in_params
from systems import chain, wire

import qtjax as qt
from qtjax._linalg import propagated

# Two rotations, a Jordan block of slow rates, and what couples them: an exceptional point beside fast oscillations.
RATE = 1e-4
SLOW = RATE * np.array([[-1.0, 1.0, 0.0, 0.3], [0.0, -1.0, 0.2, 0.0], [0.1, 0.0, -0.5, 0.0], [0.0, 0.4, 0.0, -0.5]])
FAST = np.zeros((4, 4))
FAST[2, 3], FAST[3, 2] = 2.0, -2.0
SOURCE, START = RATE * np.array([0.2, 0.5, 0.0, -0.1]), np.array([1.0, -0.5, 0.3, 0.7])
ROWS = np.array([[1.0, 0.0, 0.2, -0.3]])
GRIDS = {
    "from zero": np.linspace(0.0, 1e5, 200),
    "from one step": np.linspace(1e3, 1e5, 100),
    "with gaps": 1e4 * np.array([0.0, 1.0, 3.0, 4.0]),
    "one time": np.array([1e5]),
    "zero alone": np.array([0.0]),
    "geometric": np.geomspace(1e-3, 1e5, 90),
    "geometric from zero": np.append(0.0, np.geomspace(1e-9, 1e5, 40)),
    "shifted": np.linspace(0.123, 1e5, 50),
    "short": np.array([1e-12, 1e-6]),
}


def exact(matrix, source, start, time):
    """Fifty digits."""
    with mp.workdps(50):
        m = len(source)
        generator = mp.zeros(m + 1)
        for i in range(m):
            for j in range(m):
                generator[i, j] = mp.mpf(float(matrix[i, j]))
            generator[i, m] = mp.mpf(float(source[i]))
        doublings = max(0, int(np.ceil(np.log2(max(time * 8, 1.0)))))
        scaled = generator * (mp.mpf(float(time)) / 2**doublings)
        power = total = mp.eye(m + 1)
        for k in range(1, 35):
            power = power * scaled / k
            total = total + power
        for _ in range(doublings):
            total = total * total
        return np.array([float(x) for x in total * mp.matrix([*map(float, start), 1.0])][:m])


@pytest.mark.parametrize("times", GRIDS.values(), ids=GRIDS.keys())
def test_against_fifty_digits(times):
    matrix = SLOW + FAST
    found = propagated(jnp.array(matrix), jnp.array(SOURCE), jnp.array(START), jnp.array(times))
    read = propagated(jnp.array(matrix), jnp.array(SOURCE), jnp.array(START), jnp.array(times), jnp.array(ROWS))
    np.testing.assert_allclose(read, found @ ROWS.T, rtol=0, atol=1e-13)
    for i in {0, len(times) // 2, len(times) - 1}:
        expected = exact(matrix, SOURCE, START, times[i])
        np.testing.assert_allclose(found[i, :2], expected[:2], rtol=0, atol=2e-14)  # the slow ones lose nothing
        np.testing.assert_allclose(found[i, 2:], expected[2:], rtol=0, atol=1e-15 * max(1e2, times[i]))


@pytest.mark.parametrize("longest", [1e9, 1e12])
def test_slow_parts_keep_their_digits(longest):
    """As many oscillations as one likes."""
    slow = SLOW * (10.0 / longest / RATE)
    slow[2:, :2], slow[:2, 2:] = 0.0, 0.0
    for times in (np.linspace(0.0, longest, 30), np.geomspace(1.0, longest, 30)):
        found = propagated(jnp.array(slow + FAST), jnp.zeros(4), jnp.array(START), jnp.array(times))
        for i in (3, 20):
            expected = exact(slow[:2, :2], np.zeros(2), START[:2], times[i])
            np.testing.assert_allclose(found[i, :2], expected, rtol=1e-12)


@pytest.mark.parametrize("times", [np.linspace(0.0, 30.0, 7), np.array([0.0, 0.3, 1.7, 30.0])], ids=["step", "none"])
def test_derivatives(times):
    """x(t; s M, s b) = x(s t): what every derivative is follows from dx/dt."""
    matrix, source = jnp.array(0.3 / RATE * SLOW + FAST), jnp.array(SOURCE / RATE)
    start, times, rows = jnp.array(START), jnp.array(times), jnp.array(ROWS)

    def read(s, t, x):
        return propagated(s * matrix, s * source, x, t, rows)[:, 0]

    x = propagated(matrix, source, start, times)
    velocity = x @ matrix.T + source
    bend = velocity @ matrix.T
    close = partial(np.testing.assert_allclose, rtol=1e-11, atol=1e-11)
    arguments = (jnp.array(1.0), times, start)
    for jacobian, outer in ((jax.jacfwd, jax.jacrev), (jax.jacrev, jax.jacfwd)):
        by_scale, by_times, by_start = jax.jit(jacobian(read, (0, 1, 2)))(*arguments)
        close(by_scale, times * (velocity @ rows[0]))
        close(by_times, np.diag(velocity @ rows[0]))
        origin = read(jnp.array(1.0), times, jnp.zeros(4))
        close(by_start @ start, read(*arguments) - origin)
        (ss, st), (ts, tt) = jax.jit(outer(jacobian(read, (0, 1)), (0, 1)))(*arguments)
        close(ss, times**2 * (bend @ rows[0]))
        mixed = np.diag((velocity + times[:, None] * bend) @ rows[0])
        close(st, mixed)
        close(ts, mixed)
        close(np.einsum("iii->i", tt), bend @ rows[0])


def test_batches():
    """Over generators, starts and times alike."""
    scale = jnp.array([1.0, 0.01, 30.0])
    grids = jnp.stack([jnp.linspace(0.0, 9.0, 10), jnp.geomspace(0.1, 9.0, 10), jnp.linspace(1.0, 10.0, 10)])

    def read(s, times):
        return propagated(s * jnp.array(FAST + SLOW), s * jnp.array(SOURCE), jnp.array(START), times)

    for axes, times in (((0, None), grids[0]), ((0, None), grids[1]), ((0, 0), grids)):
        together = jax.jit(jax.vmap(read, axes))(scale, times)
        apart = [read(s, times if axes[1] is None else times[i]) for i, s in enumerate(scale)]
        np.testing.assert_allclose(together, apart, rtol=0, atol=1e-13)
    # One that is not finite leaves the others alone.
    broken = jax.vmap(read, (0, None))(scale.at[1].set(jnp.nan), grids[0])
    np.testing.assert_allclose(broken[0], read(scale[0], grids[0]), rtol=0, atol=1e-13)
    assert np.all(np.isnan(broken[1, 1:]))


def test_no_time_takes_a_matrix():
    """Work and memory for a time: nothing of times x m^2 elements, and a program whose size does not grow."""
    m, k = 15, 2

    def jaxpr(count):
        return jax.make_jaxpr(propagated)(*map(jnp.zeros, ((m, m), m, m, count, (k, m))))

    def equations(one):
        for equation in one.eqns:
            yield equation
            for inner in jaxprs_in_params(equation.params):
                yield from equations(inner)

    def sizes(one):
        return [(v.aval.size, e.primitive.name) for e in equations(one) for v in e.outvars]

    few, many = (list(equations(jaxpr(count).jaxpr)) for count in (64, 4096))
    assert len(few) == len(many) < 600
    assert max(sizes(jaxpr(4096).jaxpr))[0] < 4096 * m * m / 2
    # On a common step: the readings and, besides, far fewer numbers than a state for each time.
    on_step = next(e for e in many if e.primitive.name == "cond").params["branches"][1]
    assert sorted(s for s, name in sizes(on_step.jaxpr) if name == "dot_general")[-2] < 4096 * m / 4


QUBITS = qubit_pair(np.array([1.0, 1.3, 0.2, 1e-3, 2e-3, 1.3, 0.6, 3.0]))
MATRIX = qt.DensityMatrix(random_state(np.random.default_rng(0), 4), dims=(2, 2))
SYSTEM = wire()
MOMENTS = qt.GaussianState(jnp.array([1.0, 0.3, -0.2, 0.5]), qt.local_thermal_state(SYSTEM).covariance)
ENDS = ((0.05, 0.08), (5.0, 3.0), (0.2, 0.28))
LONG_CHAIN = chain(jnp.linspace(1.0, 2.0, 13), jnp.full(12, 0.2), *ENDS)
CASES = {
    "qubits": (qt.redfield_equation(lamb_shift=True), QUBITS, MATRIX),
    "network": (qt.redfield_equation(lamb_shift=True), SYSTEM, MOMENTS),
    "large network": (qt.local_master_equation(), LONG_CHAIN, qt.gibbs_state(LONG_CHAIN.hamiltonian, 0.4)),
    "exact network": (qt.Langevin(), SYSTEM, MOMENTS),
    "hierarchy": (qt.HierarchicalEquations(depth=1, pade_terms=1), QUBITS, MATRIX),
}


@pytest.mark.parametrize("case", CASES)
def test_currents_are_those_of_the_states(case):
    description, system, state = CASES[case]
    dynamics = description(system)
    for times in (jnp.linspace(0.0, 40.0, 5), jnp.array([0.0, 0.3, 1.7, 30.0])):
        found = qt.transient_heat_currents(dynamics, state, times)
        states = qt.evolve(dynamics, state, times)
        expected = jax.vmap(lambda now: qt.heat_currents(dynamics, now))(states)
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13 * np.max(np.abs(expected)))


def test_currents_make_the_energy():
    """int sum_b J_b dt is what the energy gains; late they are those of the steady state."""
    dynamics = qt.redfield_equation(lamb_shift=True)(QUBITS)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    times = 2.5 * (1 + nodes)
    currents = qt.transient_heat_currents(dynamics, MATRIX, times)
    states = qt.evolve(dynamics, MATRIX, [0.0, 5.0])
    energies = jax.vmap(lambda now: qt.energy(QUBITS, now))(states)
    np.testing.assert_allclose(2.5 * weights @ np.sum(currents, axis=1), energies[1] - energies[0], atol=1e-14)
    late = qt.transient_heat_currents(dynamics, MATRIX, [1e6])[0]
    np.testing.assert_allclose(late, qt.heat_currents(dynamics, qt.steady_state(dynamics)), rtol=1e-10)


def test_currents_are_traced_once():
    dynamics = qt.redfield_equation()(QUBITS)
    traced = []

    @jax.jit
    def currents(state, times):
        traced.append(None)
        return qt.transient_heat_currents(dynamics, state, times)

    for times in (jnp.linspace(0.0, 10.0, 4), jnp.array([0.0, 1.0, 7.0, 9.0])):
        currents(MATRIX, times)
    assert len(traced) == 1


def test_what_is_refused():
    dynamics = qt.redfield_equation()(QUBITS)
    with pytest.raises(ValueError, match="increasing"):
        qt.transient_heat_currents(dynamics, MATRIX, [1.0, 0.5])
    with pytest.raises(ValueError, match=r"must be a `qt.DensityMatrix`"):
        qt.transient_heat_currents(dynamics, MOMENTS, [1.0])
    with pytest.raises(ValueError, match="what a description returns"):
        qt.transient_heat_currents(QUBITS, MATRIX, [1.0])  # pyright: ignore[reportArgumentType]
    # Strong coupling at low temperature: not positive, and growing.
    growing = qt.redfield_equation(lamb_shift=True)(qubit_pair(np.array([1.0, 1.1, 0.2, 0.3, 0.3, 1.3, 0.5, 50.0])))
    with pytest.raises(RuntimeError, match="not finite at a time of 100000"):
        qt.transient_heat_currents(growing, MATRIX, [1.0, 1e5])
    assert np.all(np.isnan(qt.transient_heat_currents(growing, MATRIX, [1.0, 1e5], throw=False)))
