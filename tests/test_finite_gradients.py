"""Derivatives of finite systems at and near degeneracies, against differences of eighth order."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import qtjax as qt

FIRST = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0.0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
SECOND = np.array([-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560])
STEP = 2e-3
LEVELS = (
    (0.0, 1.0, 1.7, 2.9),
    (0.0, 1.0, 1.0, 2.9),  # degenerate
    (0.0, 1.0, 1.0 + 1e-9, 2.0),
    (0.0, 1.0, 1.0 + 1e-6, 2.0),
    (0.0, 1.0, 1.0 + 2e-4, 2.0),  # about the width of the groups of levels
    (0.0, 1.0, 1.01, 2.0),
)


def _random(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    matrices = rng.normal(size=(4, 4, 4)) + 1j * rng.normal(size=(4, 4, 4))
    return [(m + m.conj().T) / 2 for m in matrices[:3]] + [np.linalg.qr(matrices[3])[0]]


S1, S2, DIRECTION, BASIS = _random(5)
FREE = np.diag([0.0, 1.0, 1.7, 2.9]).astype(complex)


def system(shift, hot, levels):
    """Four levels in a random basis, moved along a random direction; nothing real or diagonal."""
    matrix = (BASIS * levels) @ BASIS.conj().T
    interaction = (matrix + matrix.conj().T) / 2 - FREE + shift * DIRECTION
    # One stack of both baths: programs of half the size, whose derivatives take minutes to compile otherwise.
    density = qt.Drude(jnp.array([0.02, 0.03]), jnp.array([8.0, 5.0]))
    baths = qt.Bath(np.stack([S1, S2]), density, jnp.stack([jnp.asarray(hot, float), jnp.asarray(0.6)]))
    return qt.OpenSystem(qt.FiniteHamiltonian(FREE, interaction), (baths,))


def current_of(description):
    def current(shift, hot, levels):
        dynamics = description(system(shift, hot, levels))
        return qt.heat_currents(dynamics, qt.steady_state(dynamics))[0]

    return current


@pytest.mark.slow
@pytest.mark.parametrize("description", [qt.redfield_equation(), qt.local_master_equation()], ids=repr)
def test_current_to_second_order_at_any_splitting(description):
    current = current_of(description)
    value = jax.jit(current)
    gradient = jax.jit(jax.grad(current, (0, 1)))
    second = jax.jit(jax.jacfwd(jax.grad(current, (0, 1)), 0))
    for levels in LEVELS:
        levels = jnp.array(levels)
        around = [(k * STEP, 1.3, levels) for k in range(-4, 5)]
        values = np.array([value(*x) for x in around])
        slopes = np.array([gradient(*x)[1] for x in around])
        by_shift, by_both = second(0.0, 1.3, levels)
        np.testing.assert_allclose(gradient(0.0, 1.3, levels)[0], FIRST @ values / STEP, rtol=1e-9)
        np.testing.assert_allclose(by_shift, SECOND @ values / STEP**2, rtol=1e-6)
        np.testing.assert_allclose(by_both, FIRST @ slopes / STEP, rtol=1e-9)


def test_no_third_derivative():
    current = current_of(qt.redfield_equation())
    # The expansion ends at this order: the next derivative must raise, not be silently wrong.
    with pytest.raises(NotImplementedError, match="second order"):
        jax.jacfwd(jax.jacfwd(jax.jacfwd(current)))(0.0, 1.3, jnp.array(LEVELS[0]))


def test_gradient_is_the_same_by_every_solver():
    def current(hot, solver):
        dynamics = qt.redfield_equation()(system(0.1, hot, jnp.array(LEVELS[1])))
        state = qt.steady_state(dynamics, solver)
        return qt.heat_currents(dynamics, qt.DensityMatrix(state.matrix))[0]  # read off the state, not the dynamics

    slopes = [jax.grad(lambda hot, s=s: current(hot, s))(1.3) for s in (qt.Direct(), qt.NullVector(), qt.Krylov())]
    np.testing.assert_allclose(slopes[1:], slopes[0], rtol=1e-9)


@pytest.mark.slow
def test_mean_force_state_at_a_degeneracy():
    def state(shift, temperature):
        own = system(shift, temperature, jnp.array(LEVELS[1]))
        return qt.mean_force_gibbs_state(own.with_temperatures(temperature * jnp.ones(2))).matrix

    step, both = 1e-2, jax.jit(lambda shift, temperature: jax.jvp(lambda x: state(x, temperature), (shift,), (1.0,)))
    values = np.array([both(k * step, 0.9)[0] for k in range(-4, 5)])
    np.testing.assert_allclose(both(0.0, 0.9)[1], np.tensordot(FIRST, values, 1) / step, atol=1e-9)
    # The expansion ends at this order: the next derivative must raise, not be silently wrong.
    with pytest.raises(NotImplementedError, match="first order"):
        jax.jacfwd(jax.jacfwd(state))(0.0, 0.9)


def test_measures_at_degenerate_states():
    """d/dx at x = 0 of states that are there maximally mixed, or X-shaped with equal populations."""

    def state(x, spread):
        matrix = jnp.diag(0.25 + spread * jnp.array([1.0, -1.0, 1.0, -1.0])) + x * DIRECTION / 10
        return qt.DensityMatrix(matrix / jnp.trace(matrix).real, dims=(2, 2))

    other = state(0.3, 0.1)
    for measure in (qt.entropy, qt.purity, lambda s: qt.mutual_information(s, 0, 1), lambda s: qt.fidelity(s, other)):
        for spread in (0.0, 0.05):
            function = jax.jit(lambda x, m=measure, y=spread: m(state(x, y)))
            step = 0.02
            values = np.array([function(k * step) for k in range(-4, 5)])
            np.testing.assert_allclose(jax.grad(function)(0.0), FIRST @ values / step, rtol=1e-8, atol=1e-11)
            curvature = jax.jacfwd(jax.grad(function))(0.0)
            np.testing.assert_allclose(curvature, SECOND @ values / step**2, rtol=1e-6, atol=1e-9)


class Weighted(qt.AbstractSpectralDensity):
    """A sum of Drude densities with a weight each."""

    weights: jnp.ndarray

    def __call__(self, frequency):
        cutoffs = jnp.linspace(3.0, 9.0, self.weights.size)
        w = jnp.asarray(frequency, float)[..., None]
        return jnp.sum(self.weights * w * cutoffs**2 / (w**2 + cutoffs**2), axis=-1)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 20])
def test_mixed_derivatives_in_every_mode_at_a_degeneracy(size):
    """By a Hamiltonian and what a bath is made of, few numbers and many: neither order of them may lose the other."""

    @jax.jit
    def current(shift, weights):
        density = Weighted(weights)
        moved = system(shift, 1.3, jnp.array(LEVELS[1]))
        baths = (qt.Bath(S1, density, 1.3), qt.Bath(S2, density, 0.6))
        dynamics = qt.redfield_equation(lamb_shift=False)(qt.OpenSystem(moved.hamiltonian, baths))
        return qt.heat_currents(dynamics, qt.steady_state(dynamics))[0]

    weights = jnp.linspace(0.02, 0.03, size) / size
    values = [np.asarray(jax.grad(current, 1)(k * STEP, weights)) for k in range(-4, 5)]
    expected = FIRST @ np.array(values) / STEP
    modes = (
        (jax.jacfwd, jax.jacrev, 0),
        (jax.jacfwd, jax.jacrev, 1),
        (jax.jacrev, jax.jacrev, 0),
        (jax.jacrev, jax.jacfwd, 0),
    )
    for outer, inner, first in modes:
        mixed = outer(inner(current, first), 1 - first)(0.0, weights)
        np.testing.assert_allclose(mixed, expected, rtol=1e-7, atol=1e-9)
