"""What a current costs, without a clock: the size of its program, its memory, and how often it is compiled.

Limits lie some tenths above what was found when they were written; a change that needs more should say why.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import qtjax as qt

SX, SZ = ([np.asarray(sigma(site, of=2)) for site in (0, 1)] for sigma in (qt.sigma_x, qt.sigma_z))
POINT = (10.0, 0.2, 0.5, 0.01)


def heat_current(hot, exchange, detuning, strength):
    """Two qubits under Bloch-Redfield with Lamb shift: the workload of `benchmarks/two_qubits_against_qutip.py`."""
    free = ((4.0 + detuning / 2) * SZ[0] + (4.0 - detuning / 2) * SZ[1]) / 2
    density = qt.Drude(strength * jnp.ones(2), 50.0 * jnp.ones(2))
    baths = qt.Bath(jnp.stack(SX), density, jnp.stack([jnp.asarray(hot), jnp.asarray(5.0)]))
    system = qt.OpenSystem(qt.FiniteHamiltonian(free, exchange * SX[0] @ SX[1], dims=(2, 2)), (baths,))
    dynamics = qt.redfield_equation(lamb_shift=True)(system)
    return qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), throw=False)[0]


GRADIENT = jax.value_and_grad(heat_current, argnums=(0, 1, 2, 3))


def operations(jaxpr: Any) -> int:
    """The number of equations of a jaxpr, inner ones included."""
    total = 0
    for equation in jaxpr.eqns:
        inner = [x for value in equation.params.values() for x in (value if isinstance(value, tuple) else (value,))]
        inner = [getattr(x, "jaxpr", x) for x in inner]
        total += 1 + sum(operations(x) for x in inner if hasattr(x, "eqns"))
    return total


@pytest.mark.parametrize(("function", "most"), [(heat_current, 2300), (GRADIENT, 5500)], ids=["value", "gradient"])
def test_size_of_the_program(function, most):
    assert operations(jax.make_jaxpr(function)(*POINT).jaxpr) < most


@pytest.mark.parametrize(("function", "kilobytes"), [(heat_current, 14), (GRADIENT, 220)], ids=["value", "gradient"])
def test_memory_of_a_batch(function, kilobytes):
    """A point of a batch of 64 has at most so much working memory."""
    batch = [jnp.full(64, x) for x in POINT]
    memory = jax.jit(jax.vmap(function)).lower(*batch).compile().memory_analysis()
    assert memory is not None
    assert memory.temp_size_in_bytes / 64 < 1e3 * kilobytes


def test_a_sweep_compiles_one_program():
    """However many points and blocks there are."""
    traces = 0

    def counted(hot):
        nonlocal traces
        traces += 1
        return heat_current(hot, *POINT[1:])

    found = []
    for points in (10, 3000):
        traces = 0
        qt.sweep(counted, progress=False, hot=np.linspace(6.0, 30.0, points))
        found.append(traces)
    assert found[1] <= found[0] <= 3


def test_degenerate_points_do_not_change_others():
    """Branches are taken by whole batches; where one point has equal levels, the others' numbers stay."""
    hot, exchange = jnp.array([10.0, 20.0]), jnp.array([0.2, 0.0])
    slope = jax.grad(heat_current, argnums=(0, 1, 2, 3))
    mixed = jax.jit(jax.vmap(lambda h, g: jnp.stack(slope(h, g, 0.0, 0.01))))(hot, exchange)
    alone = jax.jit(lambda h, g: jnp.stack(slope(h, g, 0.0, 0.01)))
    for i in range(2):
        np.testing.assert_allclose(mixed[i], alone(hot[i], exchange[i]), rtol=1e-10, atol=1e-15)
