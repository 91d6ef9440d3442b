"""jit, vmap, one compilation for many values, and batches of any size."""

import os
import subprocess
import sys
import textwrap

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array
from systems import DESCRIPTIONS, wire

import qtjax as qt


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_jit_and_vmap_agree_with_one_call(name):
    def currents(p):
        system = wire(p[0], frequencies=p[1:3], strengths=p[3:5], cutoffs=p[5:7], temperatures=p[7:9])
        dynamics = DESCRIPTIONS[name](system)
        state = qt.steady_state(dynamics)
        return jnp.append(qt.heat_currents(dynamics, state), state.covariance[0, 3])

    base = jnp.array([0.2, 1.0, 1.3, 0.05, 0.08, 5.0, 3.0, 0.2, 0.28])
    points = base * jnp.linspace(0.9, 1.1, 3)[:, None]
    batch = jax.jit(jax.vmap(currents))(points)
    single = jnp.stack([currents(p) for p in points])
    np.testing.assert_allclose(batch, single, rtol=1e-11, atol=1e-15)


def test_one_compilation_for_many_values():
    @eqx.filter_jit
    @eqx.debug.assert_max_traces(max_traces=1)
    def current(system, description):
        dynamics = description(system)
        return qt.heat_currents(dynamics, qt.steady_state(dynamics))

    for spring, temperature in [(0.1, 1.0), (0.2, 2), (np.float32(0.3), np.int64(3))]:
        network = qt.OscillatorNetwork.from_springs([1.0, 1.3], spring * np.array([[0.0, 1.0], [1.0, 0.0]]))
        baths = tuple(qt.Bath(qt.position(i, of=2), qt.Drude(1e-2, 10), temperature) for i in range(2))
        current(qt.OpenSystem(network, baths), qt.global_master_equation(tolerance=1e-9 * temperature))


@pytest.mark.slow
def test_large_batches_do_not_hang():
    """Two descriptions and their gradient on 30 000 points: batched LAPACK used to wait for itself for ever."""
    code = """
        import jax; jax.config.update("jax_enable_x64", True)
        import jax.numpy as jnp
        from systems import wire
        import qtjax as qt

        def current(spring):
            total = 0.0
            for description in (qt.local_master_equation(), qt.redfield_equation()):
                dynamics = description(wire(spring))
                state = qt.steady_state(dynamics, throw=False)
                total += qt.heat_currents(dynamics, state, throw=False)[0] + qt.entropy(state)
            return total

        slopes = jax.jit(jax.vmap(jax.grad(current)))(jnp.linspace(0.1, 1.0, 30_000))
        assert bool(jnp.all(jnp.isfinite(slopes)))
    """
    # Compiled as users do, as what waits for what depends on it.
    environment = {**os.environ, "XLA_FLAGS": ""}
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=300, cwd="tests", env=environment)


def test_descriptions_are_pytrees_of_arrays():
    for description in DESCRIPTIONS.values():
        assert all(isinstance(x, jax.Array) for x in jax.tree.leaves(description))
    assert all(isinstance(x, jax.Array) for x in jax.tree.leaves(wire()))


def test_user_density_needs_only_a_call():
    class Lorentzian(qt.AbstractSpectralDensity):
        height: jax.Array
        centre: jax.Array

        def __call__(self, frequency):
            w = frequency
            return self.height * w / ((w**2 - self.centre**2) ** 2 + w**2)

    density = Lorentzian(jnp.asarray(0.05), jnp.asarray(1.5))
    network = qt.OscillatorNetwork.from_springs([1.0, 1.2], [[0.0, 0.2], [0.2, 0.0]])
    baths = tuple(qt.Bath(qt.position(i, of=2), density, t) for i, t in enumerate((1.0, 0.5)))
    system = qt.OpenSystem(network, baths)
    found = {}
    for name, description in DESCRIPTIONS.items():
        dynamics = description(system)
        found[name] = float(qt.heat_currents(dynamics, qt.steady_state(dynamics))[0])
    assert found["redfield"] == pytest.approx(found["exact"], rel=0.05)
    assert found["exact"] > 0


class Plain(qt.AbstractSpectralDensity):
    """Drude without arrays."""

    strength: float
    cutoff: float

    def __call__(self, frequency):
        return self.strength * frequency * self.cutoff**2 / (frequency**2 + self.cutoff**2)


class Sum(qt.AbstractSpectralDensity):
    """Several Drude terms in one density: arrays of its own, not a stack of baths."""

    strengths: Array
    cutoffs: Array

    def __call__(self, frequency):
        w = jnp.asarray(frequency)[..., None]
        return jnp.sum(self.strengths * w * self.cutoffs**2 / (w**2 + self.cutoffs**2), axis=-1)


@pytest.mark.parametrize("description", [qt.redfield_equation(lamb_shift=True), qt.Langevin()], ids=repr)
def test_any_fields_of_a_users_density(description):
    def currents(density):
        network = qt.OscillatorNetwork.from_springs([1.0, 1.2], [[0.0, 0.2], [0.2, 0.0]])
        baths = tuple(qt.Bath(qt.position(i, of=2), density, t) for i, t in enumerate((0.5, 0.9)))
        dynamics = description(qt.OpenSystem(network, baths))
        return qt.heat_currents(dynamics, qt.steady_state(dynamics))

    expected = currents(qt.Drude(0.02, 5.0))
    for density in (Plain(0.02, 5.0), Sum(jnp.array([0.005, 0.01, 0.005]), jnp.full(3, 5.0))):
        np.testing.assert_allclose(currents(density), expected, rtol=1e-10)


def test_numbers_may_be_nested_lists_of_traced_values():
    def network(w, k):
        return qt.OscillatorNetwork.from_springs([1.0, w], [[0.0, k], [k, 0]]).form

    np.testing.assert_allclose(jax.jacobian(network)(1.3, 0.2)[2, 2], 2.6)
    np.testing.assert_allclose(jax.jit(network)(1.3, 0.2), network(1.3, 0.2))
    purity = lambda r: qt.purity(qt.GaussianState([0.0, 0.0], [[0.5 + r, 0.0], [0.0, 0.5 + r]]))  # noqa: E731
    np.testing.assert_allclose(jax.grad(purity)(0.3), -0.5 / 0.8**2)


def test_a_moved_state_is_not_the_steady_one():
    dynamics = qt.redfield_equation()(wire())
    steady = qt.steady_state(dynamics)
    moved = eqx.tree_at(lambda s: s.mean, steady, jnp.array([1.0, 0.5, 0.0, -0.3]))
    rebuilt = qt.GaussianState(moved.mean, moved.covariance)
    for read in (qt.heat_currents, qt.entropy_production):
        np.testing.assert_allclose(read(dynamics, moved), read(dynamics, rebuilt), rtol=1e-13)
    exact = qt.Langevin()(wire())
    moved = eqx.tree_at(lambda s: s.mean, qt.steady_state(exact), moved.mean)
    with pytest.raises(RuntimeError, match="correlations with the baths"):
        qt.heat_currents(exact, moved)


def test_sweeping_a_stack_of_systems():
    springs = jnp.linspace(0.1, 0.3, 4)
    systems = jax.vmap(wire)(springs)
    dynamics = jax.vmap(qt.redfield_equation())(systems)
    states = jax.vmap(qt.steady_state)(dynamics)
    currents = jax.vmap(qt.heat_currents)(dynamics, states)
    assert currents.shape == (4, 2)
    assert states.covariance.shape == (4, 4, 4)
    assert bool(jnp.all(jax.vmap(lambda s: s.is_physical())(states)))


def compilations(call, caplog):
    """The log lines of what a call compiles."""
    caplog.clear()
    with jax.log_compiles():
        call()
    return [line for line in caplog.messages if line.startswith("Compiling")]


def test_no_call_compiles_twice(caplog):
    """Of the functions that one calls without `jax.jit`; a fresh closure inside would compile at every call."""
    system = wire()
    dynamics = qt.redfield_equation()(system)
    state = qt.steady_state(dynamics)
    density = Plain(0.02, 5.0)

    def everything():
        for read in (qt.entropy, qt.purity, qt.gaussian_discord, qt.classical_correlations):
            read(state)
        qt.fidelity(state, state), qt.mutual_information(state, 0, 1), qt.logarithmic_negativity(state, 0)
        state.is_physical(), qt.entropy_production(dynamics, state), qt.heat_currents(dynamics, state)
        qt.steady_state(qt.redfield_equation()(wire())), qt.evolve(dynamics, qt.local_thermal_state(system), [1.0])
        for other in (density, qt.Ohmic(0.1, 2.0)):
            other.half_sided(1.0, 0.5), other.reorganisation(), other.lag(0.3)

    everything()
    assert compilations(everything, caplog) == []
    assert len(compilations(lambda: jax.jit(lambda x: x + 1)(1.0), caplog)) == 1
