"""Steady states and transients of finite systems: every solver against every other, and what they refuse."""

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
