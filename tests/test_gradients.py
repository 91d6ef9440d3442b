"""Derivatives of every description against high-order differences, at the points where autodiff usually fails."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import qtjax as qt

DESCRIPTIONS = {
    "local": qt.local_master_equation(),
    "local with shift": qt.local_master_equation(lamb_shift=True),
    "global": qt.global_master_equation(),
    "partial Redfield": qt.partial_redfield_equation(),
    "Redfield": qt.redfield_equation(),
    "Redfield with shift": qt.redfield_equation(lamb_shift=True),
    "partial secular": qt.partial_secular_equation(0.05),
    "coarse-grained": qt.coarse_grained_equation(20.0),
    "universal Lindblad": qt.universal_lindblad_equation(lamb_shift=True),
    "exact": qt.Langevin(),
}
# (cold frequency, hot frequency, spring, cold strength, hot strength, cut-off, cold and hot temperature)
POINTS = {
    "generic": [1.0, 1.3, 0.2, 0.02, 0.03, 5.0, 0.5, 0.9],
    "equal nodes": [1.0, 1.0, 0.2, 0.02, 0.02, 5.0, 0.5, 0.9],
    "no spring": [1.0, 1.0, 0.0, 0.02, 0.02, 5.0, 0.5, 0.9],
    "no spring, detuned": [1.0, 1.3, 0.0, 0.02, 0.02, 5.0, 0.5, 0.9],
    "equilibrium": [1.0, 1.0, 0.1, 0.02, 0.02, 5.0, 0.7, 0.7],
}
# The global equation jumps where the frequencies of uncoupled equal nodes meet: there is no derivative to test.
JUMPS = {("global", "no spring"), ("partial secular", "generic")}
_STENCIL = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])


def wire(p):
    # One stack of both baths: programs of half the size, and second derivatives take minutes to compile otherwise.
    network = qt.OscillatorNetwork.from_springs(p[:2], p[2] * jnp.array([[0.0, 1.0], [1.0, 0.0]]))
    couplings = jnp.stack([qt.position(0, of=2), qt.position(1, of=2)])
    return qt.OpenSystem(network, (qt.Bath(couplings, qt.Drude(p[3:5], p[5]), p[6:8]),))


def observables(description, p):
    """Currents and covariance, of order one."""
    dynamics = description(wire(p))
    state = qt.steady_state(dynamics)
    return jnp.concatenate([100.0 * qt.heat_currents(dynamics, state)[1:], state.covariance[0], state.covariance[3]])


def correlations(p):
    """Correlations of steady and thermal states."""
    dynamics = qt.redfield_equation()(wire(p))
    state, thermal = qt.steady_state(dynamics), qt.gibbs_state(wire(p).hamiltonian, p[7])
    return jnp.stack(
        [
            qt.entropy(state),
            qt.mutual_information(state, 0, 1),
            qt.fidelity(state, thermal),
            qt.purity(state),
            qt.entropy_production(dynamics, thermal),
        ]
    )


def discord(p):
    """Of a steady state, both ways."""
    state = qt.steady_state(qt.redfield_equation()(wire(p)))
    return jnp.stack([qt.gaussian_discord(state, 0), qt.gaussian_discord(state, 1)])


def difference(function, p, i):
    """Eighth-order central difference along parameter i."""
    step = 5e-4 * max(float(p[i]), 0.2 if i < 3 else 0.01)
    unit = jnp.zeros(p.shape).at[i].set(step)
    terms = [c * (function(p + (j + 1) * unit) - function(p - (j + 1) * unit)) for j, c in enumerate(_STENCIL)]
    return sum(terms) / step


def functions(read, size):
    """One scalar of `read` and its derivatives: two programs, which take a direction."""
    weights = jnp.cos(jnp.arange(float(size)))
    function = lambda p: weights @ read(p)  # noqa: E731

    @jax.jit
    def forward(p, along):
        return jax.jvp(function, (p,), (along,))

    @jax.jit
    def twice(p, along):
        def slope(p):
            gradient = jax.grad(function)(p)
            return gradient @ along, gradient

        return jax.grad(slope, has_aux=True)(p)

    value, reverse = (lambda p: forward(p, jnp.zeros(8))[0]), (lambda p: twice(p, jnp.zeros(8))[1])
    return {
        "value": value,
        "reverse": reverse,
        "forward": lambda p: jnp.stack([forward(p, along)[1] for along in jnp.eye(8)]),
        "reverse of reverse": lambda p: jnp.stack([twice(p, along)[0] for along in jnp.eye(8)]),
    }


def check(run, p):
    gradient = run["reverse"](p)
    expected = np.stack([difference(run["value"], p, i) for i in range(8)])
    scale = np.abs(expected).max()
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8 * scale)
    np.testing.assert_allclose(run["forward"](p), gradient, rtol=1e-9, atol=1e-11 * scale)
    hessian = run["reverse of reverse"](p)
    expected = np.stack([difference(run["reverse"], p, i) for i in range(8)])
    scale = np.abs(expected).max()
    np.testing.assert_allclose(hessian, expected, rtol=1e-6, atol=1e-7 * scale)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-9, atol=1e-10 * scale)


@pytest.mark.slow
@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_descriptions(name):
    run = functions(lambda p: observables(DESCRIPTIONS[name], p), 9)
    for point, p in POINTS.items():
        if (name, point) not in JUMPS:
            check(run, jnp.array(p))


@pytest.mark.slow
def test_correlations():
    run = functions(correlations, 5)
    for p in POINTS.values():
        check(run, jnp.array(p))


@pytest.mark.slow
def test_discord():
    # Without spring there is neither discord nor gradient, nor a second derivative (see below).
    run = functions(discord, 2)
    for p in POINTS.values():
        if p[2] != 0.0:
            check(run, jnp.array(p))


@pytest.mark.parametrize("read", [qt.gaussian_discord, qt.classical_correlations])
def test_curvature_of_discord_where_correlations_vanish_is_refused(read):
    def along(k):
        network = qt.OscillatorNetwork.from_springs([1.0, 1.3], [[0.0, k], [k, 0.0]])
        return read(qt.gibbs_state(network, 0.8), 0)

    both = jax.jit(jax.value_and_grad(jax.grad(along)))
    slope, curvature = both(0.0)
    np.testing.assert_allclose(slope, 0.0, atol=1e-12)
    # abs(det C) has a curvature along k, but none that a Hessian could hold: not a number rather than a wrong one.
    assert np.isnan(curvature)
    h = 1e-3
    expected = (both(0.02 + h)[0] - both(0.02 - h)[0]) / (2 * h)
    np.testing.assert_allclose(both(0.02)[1], expected, rtol=1e-4)


def test_third_derivatives_are_refused():
    third = jax.grad(
        jax.grad(
            jax.grad(lambda k: qt.redfield_equation()(wire(jnp.array([1, 1.3, k, 0.1, 0.1, 5, 1, 2]))).drift[1, 1])
        )
    )
    # The expansion ends at this order: the next derivative must raise, not be silently wrong.
    with pytest.raises(NotImplementedError, match="second order"):
        third(0.1)


def test_gradient_at_an_exceptional_point_of_the_drift():
    # Scali 2021, Eq. 37 with the cut-off factor: two equal nodes coupled through positions.
    def current(p):
        coupling = p[0] * jnp.array([[0.0, 1.0], [1.0, 0.0]])
        network = qt.OscillatorNetwork.from_positions(jnp.ones(2), coupling)
        baths = [qt.Bath(qt.position(i, of=2), qt.Drude(p[1 + i], 10.0), p[3 + i]) for i in range(2)]
        dynamics = qt.local_master_equation()(qt.OpenSystem(network, baths))
        return 1e3 * qt.heat_currents(dynamics, qt.steady_state(dynamics))[0]

    factor = 100.0 / 101.0
    p = jnp.array([0.5 * (0.1 - 0.02) * factor, 0.02, 0.1, 1.0, 0.5])
    coupling = p[0] * jnp.array([[0.0, 1.0], [1.0, 0.0]])
    baths = [qt.Bath(qt.position(i, of=2), qt.Drude(p[1 + i], 10.0), p[3 + i]) for i in range(2)]
    spectrum = qt.local_master_equation()(
        qt.OpenSystem(qt.OscillatorNetwork.from_positions(jnp.ones(2), coupling), baths)
    ).spectrum()
    upper = spectrum[spectrum.imag > 0]
    assert abs(upper[0] - upper[1]) < 1e-7  # the two eigenvalues have coalesced
    run, gradient = jax.jit(current), jax.jit(jax.grad(current))
    expected = np.array([difference(run, p, i) for i in range(5)])
    np.testing.assert_allclose(gradient(p), expected, rtol=1e-8, atol=1e-9 * np.abs(expected).max())


def test_thermal_conductance_is_the_derivative_of_the_currents():
    for description in (qt.redfield_equation(), qt.Langevin()):
        p = jnp.array(POINTS["generic"])

        @jax.jit
        def currents(temperatures, description=description, p=p):
            dynamics = description(wire(p).with_temperatures(temperatures))
            return qt.heat_currents(dynamics, qt.steady_state(dynamics))

        expected = np.stack([difference(currents, p[6:], i) for i in range(2)], axis=1)
        np.testing.assert_allclose(qt.thermal_conductance(description, wire(p)), expected, rtol=1e-7)
