"""Heat currents to a stated accuracy, and the iteration behind the large steady states."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import qtjax as qt
from qtjax._linalg import conjugate_residuals
from qtjax.papers.zhang2025 import fig3
from qtjax.papers.zhang2025._systems import biased, pair


def test_currents_of_a_published_pair():
    """What it says of its own error is true: .0167251 are the digits of another implementation."""
    found = qt.converged_heat_currents(biased(20.0, 4.0, 4.0, 0.1))
    assert found.equations == qt.HierarchicalEquations(depth=3, pade_terms=4)
    differences = [float(x) for x in (found.depth_difference, found.pade_difference, found.density_difference)]
    assert min(differences[:2]) > 0
    assert max(differences[:2]) < 1e-3
    assert differences[2] == 0
    np.testing.assert_allclose(found.heat_currents[0], 0.0167251, rtol=sum(differences))
    np.testing.assert_allclose(found.heat_currents.sum(), 0.0, atol=1e-15)
    assert "pade_difference=3" in repr(found)


def test_equilibrium_needs_an_absolute_tolerance():
    equal = biased(0.0, 4.0, 4.0, 0.1, jnp.array([0.01, 0.02]))
    with pytest.raises(RuntimeError, match=r"did not converge to rtol = 0\.001\. They still change by.*give an `atol`"):
        qt.converged_heat_currents(equal, unknowns=4000)
    found = qt.converged_heat_currents(equal, atol=1e-3)
    np.testing.assert_allclose(found.heat_currents, 0.0, atol=1e-4)


def test_what_no_truncation_gives():
    with pytest.raises(RuntimeError, match=r"cannot be expanded.*T = 0"):
        qt.converged_heat_currents(fig3(-5.0), unknowns=4000)  # a bath at T = 0
    with pytest.raises(RuntimeError, match=r"gives no state.*depth=3, pade_terms=2.*has \d+ unknowns"):
        qt.converged_heat_currents(pair(1.0, 1.2, 0.5, hot=0.3, cold=0.1, strength=0.1, cutoff=3.0), unknowns=4000)


def test_second_law_is_asked(monkeypatch):
    """A hierarchy that stands on currents from cold to hot is refused."""
    backwards = jnp.array([-1.0, 1.0])
    monkeypatch.setattr("qtjax.convergence.heat_currents", lambda *_, **__: backwards)
    with pytest.raises(RuntimeError, match=r"break the second law: their entropy production is -0\.16"):
        qt.converged_heat_currents(biased(20.0, 4.0, 4.0, 0.1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: qt.converged_heat_currents(3.0), "`system` must be a `qt.OpenSystem`"),
        (lambda s: qt.converged_heat_currents(s, 0.0), "`rtol`"),
        (lambda s: qt.converged_heat_currents(s, atol=-1.0), "`atol`"),
        (lambda s: qt.converged_heat_currents(s, unknowns=0), "`unknowns`"),
        (lambda s: qt.converged_heat_currents(s, jnp.ones(2)), "`rtol` must be one number"),
        (lambda s: jax.jit(lambda: qt.converged_heat_currents(s))(), "known values"),
        (lambda s: jax.jit(lambda t: qt.converged_heat_currents(s.with_temperatures(t)))(jnp.ones(2)), "known values"),
        (lambda s: qt.converged_heat_currents(_network()), r"For a network use `qt\.Langevin`"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(fig3(20.0))


def test_nothing_is_tried_beyond_the_unknowns():
    with pytest.raises(RuntimeError, match=r"Nothing was tried yet.*has 1344 unknowns, more than `unknowns` = 1343"):
        qt.converged_heat_currents(fig3(20.0), unknowns=1343)


def _network():
    network = qt.OscillatorNetwork.from_springs([1.0], [[0.0]])
    return qt.OpenSystem(network, (qt.Bath(qt.position(0, of=1), qt.Drude(0.1, 3.0), 1.0),))


# The iteration ----------------------------------------------------------------------------------------------------


def _matrix(size: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.eye(size) + 0.5 * random.normal(size=(size, size)) / np.sqrt(size)


def test_conjugate_residuals_solve_real_and_complex():
    a = _matrix(40, 1)
    for matrix in (a, a + 0.3j * _matrix(40, 2)):
        right = matrix @ np.linspace(1, 2, 40).reshape(5, 8).ravel()
        x, residual, _ = conjugate_residuals(
            lambda v, m=matrix: (m @ v.ravel()).reshape(5, 8),
            lambda v: v / 2,
            jnp.asarray(right).reshape(5, 8),
            rtol=1e-14,
            directions=20,
            steps=400,
        )
        np.testing.assert_allclose(x.ravel(), np.linspace(1, 2, 40), atol=1e-12)
        assert residual < 1e-13


def test_conjugate_residuals_stop_where_the_directions_are_spent():
    """Three eigenvalues span all: the fourth direction is rounding, by which nothing may be divided."""
    values = np.repeat([1.0, 2.0, 1e4], 10)
    x, residual, _ = conjugate_residuals(
        lambda v: values * v, lambda v: v, jnp.ones(30), rtol=1e-30, directions=10, steps=1000
    )
    np.testing.assert_allclose(x, 1 / values, rtol=1e-11)
    assert residual < 1e-14


def test_conjugate_residuals_stop_at_their_rounding():
    """Asked for more than double precision has, they end; directions made of rounding grow twentyfold a step."""
    random = np.random.default_rng(0)
    a = np.eye(300) + 0.02 * random.normal(size=(300, 300)) / np.sqrt(300)
    a += 1e-3 * np.outer(random.normal(size=300), random.normal(size=300))
    x, residual, _ = conjugate_residuals(
        lambda v: a @ v, lambda v: v, jnp.asarray(a @ np.ones(300)), rtol=1e-17, directions=60, steps=600
    )
    np.testing.assert_allclose(x, 1.0, rtol=1e-13)
    assert residual < 1e-15


def test_conjugate_residuals_do_not_pretend():
    """Two steps do not solve forty equations, nor one direction a rotation, which two do; NaN ends."""
    a, right = _matrix(40, 3), jnp.ones(40)
    _, early, steps = conjugate_residuals(lambda v: a @ v, lambda v: v, right, rtol=1e-14, directions=20, steps=2)
    assert 1e-3 < early < 1
    assert steps == 2
    turned = jnp.array([[0.0, 1.0], [-1.0, 0.0]])
    found = {
        n: conjugate_residuals(lambda v: turned @ v, lambda v: v, jnp.ones(2), rtol=1e-14, directions=n, steps=100)
        for n in (1, 2)
    }
    assert found[1][1] > 0.9
    np.testing.assert_allclose(found[2][0], [-1.0, 1.0], atol=1e-14)
    _, lost, _ = conjugate_residuals(lambda v: v * jnp.nan, lambda v: v, right, rtol=1e-14, directions=20, steps=10)
    assert np.isnan(lost)
