"""The solvers of networks against each other, SciPy and closed forms, and where there is no steady state."""

import equinox as eqx
import jax
import numpy as np
import pytest
import scipy.linalg as sl
from hopping_networks import LOCAL, lattice, normal_moments

import qtjax as qt

DESCRIPTIONS = {"local": LOCAL, "redfield": qt.redfield_equation(), "global": qt.global_master_equation()}


@pytest.mark.parametrize("name", DESCRIPTIONS)
@pytest.mark.parametrize("strength", [1e-6, 1e-2, 0.5])
def test_modal_solver_agrees_with_direct(name, strength):
    """Springs, so that modes couple to their conjugates; a network of 6, which both solvers can do."""
    rng = np.random.default_rng(5)
    springs = 0.2 * rng.random((6, 6))
    network = qt.OscillatorNetwork.from_springs(rng.uniform(0.8, 1.5, 6), springs + springs.T)
    baths = tuple(qt.Bath(qt.position(i, of=6), qt.Drude(strength, 5.0), t) for i, t in ((0, 1.0), (3, 0.5), (5, 2.0)))
    covariances = _both_solvers(DESCRIPTIONS[name], qt.OpenSystem(network, baths))
    np.testing.assert_allclose(*covariances, rtol=2e-11, atol=1e-12)


@eqx.filter_jit
def _both_solvers(description, system):
    dynamics = description(system)
    return [qt.steady_state(dynamics, solver, throw=False).covariance for solver in (qt.Direct(), qt.Modal())]


@pytest.mark.parametrize("name", ["local", "redfield"])
@pytest.mark.parametrize("strength", [1e-6, 0.1, 3.0])
def test_modal_solver_at_any_damping(name, strength):
    """Thirty nodes against SciPy, where SciPy has digits; everywhere the residual."""
    nodes = 30
    rng = np.random.default_rng(2)
    network = qt.OscillatorNetwork.from_springs(
        rng.uniform(0.99, 1.01, nodes), 0.3 * np.asarray(qt.chain_lattice(nodes))
    )
    couplings = np.zeros((2, 2 * nodes))
    couplings[[0, 1], [0, -2]] = 1.0
    system = qt.OpenSystem(network, (qt.Bath(couplings, qt.Drude([strength] * 2, [5.0] * 2), [1.0, 2.0]),))
    state, drift, diffusion = _with_matrices(DESCRIPTIONS[name], system)
    expected = sl.solve_continuous_lyapunov(np.asarray(drift), -np.asarray(diffusion))
    np.testing.assert_allclose(state.covariance, expected, rtol=1e-9, atol=1e-6 if strength < 1e-3 else 1e-10)
    certificate = qt.certificate(DESCRIPTIONS[name](system), state)
    assert certificate.residual < 1e-8
    assert certificate.first_law < 1e-6


@eqx.filter_jit
def _with_matrices(description, system):
    dynamics = description(system)
    return qt.steady_state(dynamics, qt.Modal()), dynamics.drift, dynamics.diffusion


@pytest.mark.parametrize("solver", [qt.Direct(), qt.Modal()], ids=["direct", "modal"])
@pytest.mark.parametrize("distance", [0.0, 1e-10, 1e-6])
def test_exceptional_point(solver, distance):
    """Two sites with abs(gamma_1 - gamma_2) = 4 lambda: eigenvectors coalesce, the steady state does not notice."""
    hopping, gammas, n = 0.05, (0.3, 0.1 + distance), (0.5, 2.0)
    h = np.array([[1.0, hopping], [hopping, 1.0]])
    state = qt.steady_state(LOCAL(lattice(h, [0, 1], gammas, n)), solver)
    total, product = sum(gammas), gammas[0] * gammas[1]
    flow = 4 * hopping**2 * product * (n[1] - n[0]) / (total * (product + 4 * hopping**2))
    c = normal_moments(state)
    np.testing.assert_allclose(np.diag(c).real, [n[0] + flow / gammas[0], n[1] - flow / gammas[1]], rtol=1e-13)
    assert 2 * hopping * c[1, 0].imag == pytest.approx(flow, rel=1e-12)


@pytest.mark.parametrize(
    ("solver", "size"), [(qt.Direct(), 3), (qt.Modal(), 3), (qt.Modal(), 15)], ids=["direct-3", "modal-3", "modal-15"]
)
def test_dark_modes_are_refused(solver, size):
    """A ring with one bath: standing waves with a node there are not damped."""
    h = np.eye(size) + 0.1 * np.asarray(qt.ring_lattice(size))
    dynamics = LOCAL(lattice(h, [0], [0.1], [1.0]))
    with pytest.raises(RuntimeError, match="No unique steady state"):
        qt.steady_state(dynamics, solver)
    assert np.all(np.isnan(qt.steady_state(dynamics, solver, throw=False).covariance))


def _ends_damped(nodes, strength, every=False):
    """A chain, its ends or all of its nodes damped."""
    network = qt.OscillatorNetwork.from_springs(np.ones(nodes), 0.3 * np.asarray(qt.chain_lattice(nodes)))
    damped = np.arange(nodes) if every else np.array([0, nodes - 1])
    rates, temperatures = np.full(damped.size, strength), np.linspace(1.0, 2.0, damped.size)
    couplings = np.eye(2 * nodes)[2 * damped]
    return qt.OpenSystem(network, (qt.Bath(couplings, qt.Drude(rates, np.full(damped.size, 5.0)), temperatures),))


@eqx.filter_jit
def _covariance_and_currents(description, system):
    dynamics = description(system)
    state = qt.steady_state(dynamics)
    return state.covariance, qt.heat_currents(dynamics, state), dynamics.drift, dynamics.diffusion


@pytest.mark.parametrize(("nodes", "strength", "every"), [(100, 0.1, False), (100, 1.0, False), (40, 0.1, True)])
def test_where_corrections_by_the_diagonal_stagnate(nodes, strength, every):
    """Damping as large as the splittings and more: the other preconditioners, against SciPy; low rank and dense."""
    system = _ends_damped(nodes, strength, every)
    sigma, currents, drift, diffusion = (np.asarray(x) for x in _covariance_and_currents(LOCAL, system))
    np.testing.assert_allclose(sigma, sl.solve_continuous_lyapunov(drift, -diffusion), rtol=1e-9, atol=1e-10)
    assert abs(currents.sum()) < 1e-10 * np.max(np.abs(currents))


def _equations(jaxpr):
    """The number of equations, those of inner programs included."""
    inner = (leaf for e in jaxpr.eqns for leaf in jax.tree.leaves(e.params, is_leaf=_is_program))
    return len(jaxpr.eqns) + sum(_equations(getattr(p, "jaxpr", p)) for p in inner if _is_program(p))


def _is_program(x):
    return hasattr(getattr(x, "jaxpr", x), "eqns")


def test_program_of_a_steady_state_stays_small():
    """What compilation takes grows with it: an iteration that is inlined for every right-hand side shows here."""
    dynamics = qt.redfield_equation()(_ends_damped(50, 1e-2))
    arrays, static = eqx.partition(dynamics, eqx.is_array)

    def read(arrays):
        dynamics = eqx.combine(arrays, static)
        state = qt.steady_state(dynamics, throw=False)
        return state.covariance, qt.heat_currents(dynamics, state, throw=False)

    assert _equations(jax.make_jaxpr(read)(arrays).jaxpr) < 4500  # 3540; of the GMRES of jax it was 7800
