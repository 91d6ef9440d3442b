"""Steady states and transients of finite systems: every solver against every other, and what they refuse."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

import qtjax as qt


def chain(qubits, exchange=0.5, hot=2.0, cold=0.7, strength=1e-2, detuning=0.1):
    """XXZ qubits in a row with a Drude bath at either end."""
    x, y, z = ([sigma(i, of=qubits) for i in range(qubits)] for sigma in (qt.sigma_x, qt.sigma_y, qt.sigma_z))
    free = sum((1.0 + detuning * i) / 2 * z[i] for i in range(qubits))
    bonds = [x[i] @ x[i + 1] + (y[i] @ y[i + 1]).real + 0.7 * z[i] @ z[i + 1] for i in range(qubits - 1)]
    hamiltonian = qt.FiniteHamiltonian(free, exchange / 4 * sum(bonds), dims=(2,) * qubits)
    drude = qt.Drude(strength, 10.0)
    return qt.OpenSystem(hamiltonian, (qt.Bath(x[0], drude, hot), qt.Bath(x[-1], drude, cold)))


@pytest.fixture(scope="module")
def three():
    return qt.redfield_equation(lamb_shift=True)(chain(3))


def test_solvers_agree(three):
    direct = qt.steady_state(three)
    for solver in (qt.NullVector(), qt.Krylov(), qt.Krylov(block=8)):
        np.testing.assert_allclose(qt.steady_state(three, solver).matrix, direct.matrix, atol=1e-13)
    assert qt.NullVector().count(three) == 1


def test_the_generator_stands_in_four_forms(three):
    """matrix, call, dissipators and the affine form."""
    rng = np.random.default_rng(0)
    rho = rng.normal(size=(8, 8)) + 1j * rng.normal(size=(8, 8))
    rho = rho + rho.conj().T
    h = np.asarray(three.hamiltonian)
    velocity = three(rho)
    np.testing.assert_allclose(three.matrix @ rho.ravel(), velocity.ravel(), atol=1e-13)
    np.testing.assert_allclose(three.dissipate(rho).sum(0) - 1j * (h @ rho - rho @ h), velocity, atol=1e-13)
    spectrum = _ordered(three.spectrum())
    np.testing.assert_allclose(spectrum, _ordered(np.linalg.eigvals(three.matrix)), atol=1e-11)
    affine = np.linalg.eigvals(three.moment_matrix()[0])  # all but the eigenvalue 0 of the steady state
    np.testing.assert_allclose(_ordered(np.append(affine, 0.0)), spectrum, atol=1e-11)


def _ordered(values):
    values = np.asarray(values)
    return values[np.lexsort((values.imag.round(8), values.real.round(8)))]


def test_certificate(three):
    report = qt.certificate(three, qt.steady_state(three))
    assert report.residual < 1e-12
    assert report.first_law < 1e-12
    assert report.trace == pytest.approx(1.0, abs=1e-14)
    assert report.least > 0
    moved = qt.DensityMatrix(qt.gibbs_state(chain(3).hamiltonian, 1.0).matrix, dims=(2, 2, 2))
    assert qt.certificate(three, moved).residual > 1e-3
    assert qt.certificate(three, moved).first_law > 1e-3
    negative = qt.redfield_equation(lamb_shift=True)(chain(2, exchange=4.0, hot=0.05, cold=0.05, strength=0.05))
    assert qt.certificate(negative, qt.steady_state(negative)).least < -1e-4


def test_default_solver_tells_its_rule(three):
    assert isinstance(qt.default_solver(three), qt.Direct)
    assert isinstance(qt.default_solver(qt.redfield_equation()(chain(6))), qt.Krylov)


@pytest.mark.slow
def test_eight_qubits_and_their_gradient():
    def hot_and_all(x):
        dynamics = qt.redfield_equation()(chain(8, x[0], x[1]))
        currents = qt.heat_currents(dynamics, qt.steady_state(dynamics))
        return currents[0], currents

    current = jax.jit(jax.value_and_grad(hot_and_all, has_aux=True))
    x, step = np.array([0.5, 2.0]), 1e-3
    (value, currents), slopes = current(x)
    assert abs(currents.sum()) < 1e-9 * value
    for k in (0, 1):
        moved = [current(x + sign * step * np.eye(2)[k])[0][0] for sign in (1, -1)]
        np.testing.assert_allclose(slopes[k], (moved[0] - moved[1]) / (2 * step), rtol=1e-5)


def test_second_derivatives_of_the_iteration():
    """Forward over reverse, along what moves the levels: a transposed generator must not have a frozen frame."""

    def current(detuning, solver):
        dynamics = qt.redfield_equation()(chain(2, detuning=detuning))
        state = qt.steady_state(dynamics, solver)
        return qt.energy(dynamics, state)

    at = jnp.asarray(0.1)
    exact = jax.jacfwd(jax.jacfwd(current))(at, qt.Direct())
    np.testing.assert_allclose(jax.jacfwd(jax.grad(current))(at, qt.Krylov()), exact, rtol=1e-6)


@pytest.mark.slow
def test_near_degenerate_chain_converges_or_says_so():
    """Couplings a tenth of the damping: 924 coherences turn slower than they decay."""
    dynamics = qt.redfield_equation()(chain(6, exchange=1e-3, detuning=0.0))
    small = qt.steady_state(dynamics, qt.Krylov(block=64, restarts=2), throw=False)
    assert np.isnan(small.matrix).all()
    with pytest.raises(RuntimeError, match=r"qt\.Krylov\(block=\.\.\."):
        qt.steady_state(dynamics, qt.Krylov(block=64, restarts=2))
    currents = qt.heat_currents(dynamics, qt.steady_state(dynamics, qt.Krylov(block=1024)))
    assert abs(currents.sum()) < 1e-8 * currents[0]


@pytest.mark.filterwarnings("ignore::qtjax.ModelWarning")  # what is unusual is meant here
@pytest.mark.slow
@pytest.mark.parametrize("strength", [1e-2, 1e-6, 1e-10])
def test_what_is_not_unique_is_refused_at_any_damping(strength):
    """A qubit that nothing reaches, and a pair of equal qubits in one common bath."""
    lonely = chain(3, strength=strength)
    lonely = eqx.tree_at(lambda s: s.hamiltonian.interaction, lonely, 0.0 * lonely.hamiltonian.interaction)
    equal = qt.FiniteHamiltonian((qt.sigma_z(0, of=2) + qt.sigma_z(1, of=2)) / 2, jnp.zeros((4, 4)), dims=(2, 2))
    common = qt.Bath(qt.sigma_x(0, of=2) + qt.sigma_x(1, of=2), qt.Drude(strength, 10.0), 1.0)
    for system in (lonely, qt.OpenSystem(equal, (common,))):
        dynamics = qt.global_master_equation()(system)
        assert qt.NullVector().count(dynamics) == 2
        for solver in (qt.Direct(), qt.NullVector(), qt.Krylov()):
            with pytest.raises(RuntimeError, match="No unique steady state"):
                qt.steady_state(dynamics, solver)
            assert np.isnan(qt.steady_state(dynamics, solver, throw=False).matrix).all()


def _rotated(system):
    """The same in another basis, where no symmetry shows."""
    rng = np.random.default_rng(3)
    d = system.hamiltonian.levels
    u, _ = np.linalg.qr(rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d)))
    turn = lambda x: u @ np.asarray(x) @ u.conj().T  # noqa: E731
    h = system.hamiltonian
    hamiltonian = qt.FiniteHamiltonian(turn(h.free), turn(h.interaction), dims=h.dims)
    baths = (qt.Bath(turn(b.coupling), b.spectral_density, b.temperature) for b in system.baths)
    return qt.OpenSystem(hamiltonian, tuple(baths))


@pytest.mark.parametrize("qubits", [6, 7])
def test_a_weak_symmetry_is_found_and_changes_nothing(qubits):
    """The parity of a chain, which degenerate levels must not mix; in another basis it cannot be seen."""
    system = chain(qubits, detuning=0.0)
    plain, turned = (qt.redfield_equation(lamb_shift=True)(s) for s in (system, _rotated(system)))
    assert plain.levels.colour.sum() == 2 ** (qubits - 1)
    assert not turned.levels.colour.any()
    same = plain.levels.colour[:, None] == plain.levels.colour
    assert np.all(np.where(same, plain.left, 0.0) == 0)
    currents = [qt.heat_currents(dynamics, qt.steady_state(dynamics)) for dynamics in (plain, turned)]
    np.testing.assert_allclose(currents[1], currents[0], rtol=1e-9)


def test_colours_are_refused_where_something_mixes_them():
    """A tilted coupling; a field along x; and halves of unequal size."""
    system = chain(6)
    tilted = eqx.tree_at(lambda s: s.baths[0].coupling, system, system.baths[0].coupling + qt.sigma_z(0, of=6))
    field = eqx.tree_at(lambda s: s.hamiltonian.free, system, system.hamiltonian.free + 0.1 * qt.sigma_x(2, of=6))
    for other in (tilted, field):
        assert not qt.redfield_equation()(other).levels.colour.any()
    uneven = qt.FiniteHamiltonian(jnp.diag(jnp.arange(34.0)), jnp.zeros((34, 34)), dims=34)
    ladder = qt.Bath(jnp.zeros((34, 34)).at[0, 1:].set(1.0).at[1:, 0].set(1.0), qt.Drude(0.01, 10.0), 1.0)
    assert not qt.redfield_equation()(qt.OpenSystem(uneven, (ladder,))).levels.colour.any()


@pytest.mark.parametrize("equation", [qt.redfield_equation, qt.universal_lindblad_equation])
def test_an_odd_number_of_levels_has_a_symmetry_too(equation):
    """An anharmonic oscillator of 33 levels between two baths: 17 even ones, 16 odd ones; with a Lamb Hamiltonian."""
    a = np.diag(np.sqrt(np.arange(1.0, 33)), 1)
    x = a + a.T
    free = np.diag(np.arange(33.0)) + 0.01 * x @ x @ x @ x
    baths = tuple(qt.Bath(x, qt.Drude(1e-3, 5.0), t) for t in (1.5, 0.8))
    dynamics = equation(lamb_shift=True)(qt.OpenSystem(qt.FiniteHamiltonian(free, np.zeros((33, 33)), dims=33), baths))
    assert dynamics.levels.colour.sum() == 16
    states = [qt.steady_state(dynamics, solver).matrix for solver in (qt.Krylov(), qt.Direct())]
    np.testing.assert_allclose(states[0], states[1], atol=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize("qubits", [6, 8])
@pytest.mark.parametrize(("strength", "most"), [(1e-4, 12), (1e-2, 30), (1e-1, 140)])
def test_steps_of_the_iteration(qubits, strength, most):
    """XX chains, highly degenerate: what the preconditioner is for. 12 to 24 steps where damping is 1e-2."""
    system = chain(qubits, strength=strength, detuning=0.0)
    z = [qt.sigma_z(i, of=qubits) for i in range(qubits)]
    bonds = 0.125 * 0.7 * sum(z[i] @ z[i + 1] for i in range(qubits - 1))
    system = eqx.tree_at(lambda s: s.hamiltonian.interaction, system, system.hamiltonian.interaction - bonds)
    dynamics, solver = qt.redfield_equation(lamb_shift=True)(system), qt.Krylov()
    rate = jnp.asarray(3.0 * strength)
    right = rate / 2**qubits * jnp.eye(2**qubits)
    for adjoint in (False, True):
        _, (error, _, steps) = jax.jit(partial(solver._inverse, adjoint))(
            eqx.filter(dynamics, eqx.is_array), rate, solver.rtol, right
        )
        assert error < solver.rtol
        assert steps <= most


@pytest.mark.slow
def test_derivatives_along_what_breaks_the_symmetry():
    """Neither the tangent of the state nor its second derivative keeps colours; forward, reverse and both."""
    rng = np.random.default_rng(1)
    random = lambda: (lambda m: m + m.T)(0.01 * rng.normal(size=(64, 64)))  # noqa: E731
    system, field, tilt, observable = chain(6, detuning=0.0), random(), random(), 100 * random()

    def read(x):
        moved = eqx.tree_at(lambda s: s.hamiltonian.free, system, system.hamiltonian.free + x * field)
        moved = eqx.tree_at(lambda s: s.baths[0].coupling, moved, moved.baths[0].coupling + x * tilt)
        dynamics = qt.redfield_equation(lamb_shift=True)(moved)
        state = qt.steady_state(dynamics)
        return jnp.stack([qt.heat_currents(dynamics, state)[0], state.expectation(observable).real])

    value, step = jax.jit(read), 1e-3
    near, far = (np.array(value(s)) - np.array(value(-s)) for s in (step, 2 * step))
    expected = (8 * near - far) / (12 * step)
    for derivative in (jax.jacfwd, jax.jacrev):
        np.testing.assert_allclose(jax.jit(derivative(read))(0.0), expected, rtol=1e-6)
    slope = jax.jit(jax.jacrev(read))
    bend = (np.array(slope(step)) - np.array(slope(-step))) / (2 * step)
    np.testing.assert_allclose(jax.jit(jax.jacfwd(jax.jacrev(read)))(0.0), bend, rtol=1e-4)


def test_evolution(three):
    """The ladder of doublings against SciPy's exponential and Diffrax, short and long times together."""
    rng = np.random.default_rng(1)
    rho = rng.normal(size=(8, 8)) + 1j * rng.normal(size=(8, 8))
    rho = rho @ rho.conj().T / np.trace(rho @ rho.conj().T)
    start, times = qt.DensityMatrix(rho, dims=(2, 2, 2)), np.array([1e-6, 0.1, 2.0, 30.0])
    states = qt.evolve(three, start, times)
    for t, matrix in zip(times, states.matrix, strict=True):
        expected = scipy.linalg.expm(np.asarray(three.matrix) * t) @ rho.ravel()
        np.testing.assert_allclose(matrix.ravel(), expected, atol=1e-13)
    np.testing.assert_allclose(qt.evolve(three, start, times, qt.Ode()).matrix, states.matrix, atol=1e-8)
    late = qt.evolve(three, start, [1.0, 1e7])
    np.testing.assert_allclose(late.matrix[1], qt.steady_state(three).matrix, atol=1e-13)
    slope = jax.jacfwd(lambda t: qt.evolve(three, start, jnp.array([1.0, t])).matrix[1])(2.0)
    np.testing.assert_allclose(slope, three(states.matrix[2]), atol=1e-12)


def test_exponential_stops_at_sixty_four_levels():
    dynamics = qt.redfield_equation()(chain(7))
    with pytest.raises(ValueError, match=r"qt\.Ode"):
        qt.evolve(dynamics, qt.gibbs_state(chain(7).hamiltonian, 1.0), [1.0])
