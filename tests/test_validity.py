"""`assess`: the description that the exact answer supports is named, and the others are not."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from systems import network, random_parameters, stack

import qtjax as qt
from qtjax.papers.gonzalez2017 import chain, fig2a, fig2b, wire
from qtjax.papers.levy2014 import oscillators
from qtjax.papers.zhang2025 import biased, fig5, pair
from qtjax.validity import Assessment, assess

DESCRIPTIONS = {
    "local": qt.local_master_equation(),
    "global": qt.global_master_equation(),
    "partial Redfield": qt.partial_redfield_equation(),
    "Redfield": qt.redfield_equation(),
    "Redfield + Lamb shift": qt.redfield_equation(lamb_shift=True),
    "universal Lindblad": qt.universal_lindblad_equation(),
}
EXACT, REDFIELD = 0, 1  # judges


def of(assessment: Assessment, field: str, name: str) -> float:
    return getattr(assessment, field)[..., assessment.descriptions.index(name)]


def steady_currents(description, system):
    dynamics = description(system)
    return qt.heat_currents(dynamics, qt.steady_state(dynamics))


# Two oscillators (Gonzalez 2017), judged by the exact solution.


@pytest.mark.parametrize("spring", [1e-8, 1e-3, 0.1, 1.0])
def test_detuned_wire_is_global_and_local_reverses_the_current(spring):
    found = assess(fig2a(spring))
    assert found.judge == EXACT
    assert found.trusted_name == "global"
    assert of(found, "current_error", "global") < 1e-5
    assert not of(found, "supported", "local")
    assert of(found, "current_error", "local") > 2.0
    assert of(found, "second_law", "local") < -1.0  # from cold to hot, at least as much as there is from hot to cold
    np.testing.assert_allclose(of(found, "second_law", "global"), 1.0, rtol=1e-5)


@pytest.mark.parametrize(("spring", "factor"), [(1e-5, 9.9e3), (1e-3, 2.001), (1e-2, 1.0101)])
def test_near_resonance_in_the_grey_area_local_is_right(spring, factor):
    system = fig2b(spring)
    found = assess(system)
    assert found.trusted_name == "local"
    assert not of(found, "supported", "global")
    np.testing.assert_allclose(of(found, "current_error", "global"), factor - 1.0, rtol=2e-3)
    assert of(found, "small_parameter", "global") > 0.03
    assert of(found, "small_parameter", "partial Redfield") < 1e-3
    advised = steady_currents(found.description, system)
    np.testing.assert_allclose(advised, steady_currents(qt.Langevin(), system), rtol=1e-2)


def test_beyond_the_grey_area_global_is_right():
    found = assess(fig2b(0.1))
    assert found.trusted_name == "global"
    np.testing.assert_allclose(of(found, "current_error", "local"), 0.051, rtol=0.02)
    assert not of(found, "supported", "local")


@pytest.mark.parametrize("spring", [1e-4, 1e-2])
def test_local_is_wrong_on_a_detuned_chain_however_weak_the_springs(spring):
    parameters = {"temperatures": [1.0, 2.0], "strengths": [1e-3, 2e-3], "cutoffs": [50.0, 30.0]}
    found = assess(chain(spring, frequencies=np.sqrt([1.0, 1.69, 0.64]), **parameters))
    assert found.trusted_name == "global"
    assert not of(found, "supported", "local")
    np.testing.assert_allclose(of(found, "current_error", "local"), 1.4, rtol=0.02)
    assert of(found, "state_error", "local") > 0.3  # the middle node is twice too hot
    resonant = assess(chain(spring, frequencies=[1.0, 1.0, 1.0], **parameters))
    assert resonant.trusted_name == "local"
    assert not of(resonant, "supported", "global")


# Two oscillators (Levy 2014), with a cut-off and the exact judge, and without.


@pytest.mark.parametrize(("cutoff", "judge"), [(100.0, EXACT), (None, REDFIELD)])
def test_levy_resonance_and_detuning(cutoff, judge):
    def network(hot_frequency, coupling):
        return oscillators(coupling, hot_frequency, 5.0, 12.0, 10.0, 1e-7, cutoff=cutoff)

    resonant = assess(network(5.0, 1e-6))
    assert resonant.judge == judge
    assert resonant.trusted_name == "local"
    # 1 + G^2/(4 eps^2), G = kappa w^3
    np.testing.assert_allclose(of(resonant, "current_error", "global"), 39.06, rtol=0.1)
    assert not of(resonant, "supported", "global")
    detuned = assess(network(10.0, 1e-3))
    assert detuned.trusted_name == "global"
    assert not of(detuned, "supported", "local")
    assert of(detuned, "second_law", "local") < -2.0
    below = assess(network(4.0, 1e-3))  # obeys the second law, and wrong all the same
    assert below.trusted_name == "global"
    assert of(below, "second_law", "local") > 0
    assert not of(below, "supported", "local")
    left_out = dict(resonant.left_out)
    assert ("exact" in left_out) == ("Redfield + Lamb shift" in left_out) == (cutoff is None)
    assert (resonant.uncertainty == 0) == (cutoff is not None)


# Two qubits, judged by the Redfield equation; hierarchical equations (physics/zhang2025.md) judge the judge.

HIERARCHY = [  # first, second, coupling, strength, difference, current
    (4.0, 4.0, 0.1, 0.01, 2.0, 0.0097561),
    (4.0, 4.0, 0.1, 0.01, 10.0, 0.0184280),
    (4.0, 4.0, 0.1, 0.01, 20.0, 0.0167251),
    (4.0, 4.0, 0.1, 0.01, 50.0, 0.0108116),
    (6.0, 6.0, 0.2, 0.01, 17.0, 0.0954793),
    (4.0, 3.0, 0.5, 0.01, 20.0, 0.038306),
    (4.0, 3.0, 0.5, 0.01, 50.0, 0.048888),
    (4.0, 3.0, 0.5, 0.01, 100.0, 0.049565),
    (4.0, 3.0, 0.5, 0.03, 5.0, 0.039638),
    (4.0, 3.0, 0.5, 0.03, 20.0, 0.066303),
    (4.0, 3.0, 0.5, 0.03, 50.0, 0.061876),
    (6.5, 3.5, 0.5, 0.01, 5.0, 0.0066787),
    (6.5, 3.5, 0.5, 0.01, 50.0, 0.0341887),
]


@pytest.mark.parametrize("row", HIERARCHY, ids=str)
def test_judge_of_qubits_against_hierarchical_equations(row):
    first, second, coupling, strength, difference, current = row
    found = assess(biased(difference, first, second, coupling, strength))
    assert found.judge == REDFIELD
    error = abs(found.reference_currents[0] / current - 1.0)
    assert error < 1.05 * found.uncertainty
    assert found.uncertainty < 0.25
    errors = abs(found.heat_currents[:, 0] / current - 1.0)
    assert found.trusted >= 0
    assert errors[found.trusted] < 0.065
    assert not np.any(found.supported & (errors > found.allowed + found.uncertainty))
    if first == second:
        assert found.trusted_name == "local"
        assert of(found, "supported", "Redfield")
        assert of(found, "current_error", "global") > 1.0
        assert errors[found.trusted] < 0.02
    else:
        assert not of(found, "supported", "local")
    assert of(found, "supported", "global") == (difference == 5.0 and first == 6.5)


def test_detuned_qubits_are_global():
    found = assess(biased(5.0, 6.5, 3.5, 0.5))
    assert found.trusted_name == "global"
    np.testing.assert_allclose(of(found, "current_error", "local"), 0.89, rtol=0.01)


def test_lamb_shift_with_unequal_strengths_carries_heat_from_cold_to_hot():
    system = pair(4.0, 4.0, 0.5, hot=4.9, cold=5.0, strength=(0.01, 0.03))
    found = assess(system)
    assert of(found, "second_law", "Redfield + Lamb shift") < -0.7
    assert of(found, "zeroth_law", "Redfield + Lamb shift") > 1.0
    assert not of(found, "supported", "Redfield + Lamb shift")
    assert of(found, "supported", "Redfield")
    np.testing.assert_allclose(found.reference_currents[0], -0.00186, rtol=0.025)  # hierarchical equations
    assert found.uncertainty < 0.05  # the current that the Lamb shift drives by itself says nothing about the judge
    np.testing.assert_allclose(steady_currents(found.description, system)[0], -0.00186, rtol=0.025)


@pytest.mark.filterwarnings("ignore::qtjax.ModelWarning")  # what is unusual is meant here
def test_strong_coupling_leaves_no_judge():
    found = assess(biased(20.0, 4.0, 3.0, 0.5, 0.3))
    assert found.uncertainty > 0.25
    assert found.trusted_name == "none"
    with pytest.raises(ValueError, match="No description can be trusted"):
        _ = found.description
    assert "No master equation can be trusted" in str(found)
    generous = assess(biased(20.0, 4.0, 3.0, 0.5, 0.3), tolerance=10.0)
    assert generous.trusted >= 0


def test_an_exact_judge_of_qubits_can_be_given():
    judge = qt.redfield_equation(lamb_shift=True)  # for want of a better one
    system = fig5(20.0)
    found = assess(system, exact=judge)
    assert found.judge == EXACT
    assert found.uncertainty == 0
    np.testing.assert_allclose(found.reference_currents, steady_currents(judge, system), rtol=1e-9)
    assert of(found, "current_error", "Redfield + Lamb shift") < 1e-12
    np.testing.assert_allclose(of(found, "current_error", "Redfield"), 0.0194, rtol=0.02)
    assert found.trusted_name == "Redfield + Lamb shift"


# Devices that nobody chose.

NETWORKS = stack([random_parameters(seed, 2) for seed in range(40)])


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3])
def test_random_networks(tolerance):
    parameters = jax.tree.map(jnp.asarray, NETWORKS)
    tolerances = jnp.full(40, tolerance)
    found, exact, currents = _random_networks(parameters, tolerances)
    assert np.all(found.judge == EXACT)
    scale = np.max(np.abs(exact), axis=1)
    errors = np.max(np.abs(currents - exact[:, None]), axis=2) / scale[:, None]
    np.testing.assert_allclose(found.current_error, errors, rtol=1e-6, atol=1e-9)
    trusted = np.asarray(found.trusted)
    some = trusted >= 0
    assert np.any(some)
    assert np.any(~some)
    chosen = (np.arange(40), np.where(some, trusted, 0))
    assert np.all(errors[chosen][some] <= tolerance)
    assert np.all(np.asarray(found.state_error)[chosen][some] <= tolerance)
    broken = np.maximum(errors, found.state_error) > tolerance
    broken |= (np.asarray(found.zeroth_law) > tolerance) | (np.asarray(found.second_law) < -tolerance)
    assert np.all(broken | (np.asarray(found.least) < -tolerance) == ~np.asarray(found.supported))
    assert np.all(np.all(~np.asarray(found.supported), axis=1) == ~some)
    np.testing.assert_array_equal(found.most_accurate, np.argmin(np.maximum(errors, found.state_error), axis=1))


@jax.jit
def _random_networks(parameters, tolerances):
    def at(inputs):
        system, tolerance = network(inputs[0]), inputs[1]
        every = jnp.stack([steady_currents(DESCRIPTIONS[name], system) for name in DESCRIPTIONS])
        return assess(system, tolerance=tolerance), steady_currents(qt.Langevin(), system), every

    return jax.lax.map(at, (parameters, tolerances))


def without_a_result(system):
    """An exact solution that fails at run time where the second node has a frequency above 1."""
    bad = jnp.where(system.hamiltonian.free[2, 2] > 1.0, jnp.nan, 1.0)
    return qt.Langevin()(system.with_temperatures(system.temperatures * bad))


def test_judge_without_a_result_is_replaced_point_by_point():
    frequencies = jnp.array([1.0, 1.5])
    at = lambda w: assess(wire(0.1, hot_frequency=w, strength=(1e-3, 3e-3), cutoff=10.0), exact=without_a_result)  # noqa: E731
    found = jax.jit(jax.vmap(at))(frequencies)
    np.testing.assert_array_equal(found.judge, [EXACT, REDFIELD])
    np.testing.assert_array_equal(found.uncertainty > 0, [False, True])
    exact = steady_currents(qt.Langevin(), wire(0.1, hot_frequency=1.5, strength=(1e-3, 3e-3), cutoff=10.0))
    error = np.max(np.abs(found.reference_currents[1] - exact)) / np.max(np.abs(exact))
    assert 1e-5 < error < found.uncertainty[1]
    assert repr(found).startswith("Assessment(shape=(2,)")
    with pytest.raises(ValueError, match=r"batch shape \(2,\)"):
        _ = found.trusted_name


def test_network_that_a_bath_without_counterterm_destabilises():
    found = assess(wire(0.3, counterterm=False, strength=2e-3))
    assert found.judge == REDFIELD  # finite, and of another model
    assert found.trusted_name == "none"
    assert "The exact solution has no result" in str(found)


# Edges.


def test_equal_temperatures_are_judged_by_the_state_and_by_a_current_that_a_bias_would_drive():
    found = assess(wire(0.1, hot_frequency=2.0, cold=2.0, hot=2.0))
    assert all(np.all(np.isfinite(x)) for x in jax.tree.leaves(found))
    assert found.trusted_name == "global"
    np.testing.assert_array_less(np.abs(found.reference_currents), 1e-18)
    assert of(found, "current_error", "global") < 1e-5
    assert not of(found, "supported", "local")  # carries heat
    assert 0.1 < of(found, "zeroth_law", "local") < 10.0
    # In resonance the state of both is the Gibbs state, but the conductance of the global equation is twice too large.
    resonant = assess(wire(1e-3, cold=2.0, hot=2.0))
    assert resonant.trusted_name == "local"
    np.testing.assert_allclose(of(resonant, "current_error", "global"), 1.0, rtol=1e-2)
    assert of(resonant, "state_error", "global") < 1e-3


@pytest.mark.parametrize(("cold", "hot"), [(0.0, 1.0), (0.0, 0.0)])
def test_baths_at_zero_temperature(cold, hot):
    found = assess(wire(0.1, cold=cold, hot=hot))
    assert all(np.all(np.isfinite(getattr(found, name))) for name in ("current_error", "state_error", "second_law"))
    assert found.trusted_name == "global"
    assert np.isfinite(found.weak_coupling)


@pytest.mark.filterwarnings("ignore::qtjax.ModelWarning")  # what is unusual is meant here
def test_one_bath_and_no_interaction():
    x, z = qt.sigma_x(0, of=1), qt.sigma_z(0, of=1)
    single = qt.OpenSystem(qt.FiniteHamiltonian(z, 0 * x), (qt.Bath(x, qt.Drude(0.01, 20.0), 1.0),))
    found = assess(single)
    assert bool(jnp.all(found.supported))
    assert found.trusted_name == "global"
    apart = assess(pair(4.0, 4.0, 0.0))  # currents of rounding
    assert bool(jnp.all(apart.supported))


def test_three_baths_two_of_them_stacked_and_a_node_without_frequency():
    def device(frequency):
        network = qt.OscillatorNetwork.from_springs(jnp.stack([1.0, 1.1, frequency]), 0.2 * qt.chain_lattice(3))
        side = qt.Bath(
            jnp.stack([qt.position(i, of=3) for i in range(2)]),
            qt.Drude(1e-3, 20.0),
            jnp.array([1.0, 2.0]),
            name="side",
        )
        return qt.OpenSystem(network, (side, qt.Bath(qt.position(2, of=3), qt.Drude(1e-3, 20.0), 1.5)))

    found = assess(device(jnp.asarray(1.2)))
    assert found.baths == ("side 0", "side 1", "bath 2")
    assert found.heat_currents.shape == (6, 3)
    assert found.trusted_name == "global"
    loose = assess(device(jnp.asarray(0.0)))
    assert loose.trusted_name == "global"
    assert np.isnan(of(loose, "current_error", "local"))
    assert not of(loose, "supported", "local")
    assert "no result" in str(loose)
    assert "Not local: it has no steady state here." in str(loose)


def test_no_damping_no_answer():
    dark = qt.OpenSystem(
        qt.OscillatorNetwork.from_hopping(jnp.eye(2)), (qt.Bath(qt.position(0, of=2), qt.Flat(0.01), 1.0),)
    )
    found = assess(dark)
    assert found.judge == -1
    assert found.trusted_name == "none"
    assert found.most_accurate == -1
    assert "No description has a steady state here." in str(found)


# The answer as a value.


def test_page_fits_and_names_the_call():
    for system in (fig2b(1e-3), fig5(10.0), wire(0.3, counterterm=False, strength=2e-3)):
        text = str(assess(system))
        assert max(len(line) for line in text.splitlines()) <= 100
        assert len(text.splitlines()) <= 45
    assert "Trust the local equation: qt.local_master_equation()" in str(assess(fig2b(1e-3)))
    assert "carries heat from cold to hot" in str(assess(fig2a(0.1)))


def test_jit_and_vmap_give_the_same():
    def at(spring):
        found = assess(fig2b(spring))
        assert repr(found).startswith("Assessment(shape=()") != ("Trust" in repr(found))
        return found

    springs = jnp.array([1e-3, 0.1])
    batch = jax.jit(jax.vmap(at))(springs)
    for i, spring in enumerate(springs):
        one = at(spring)
        for a, b in zip(jax.tree.leaves(batch), jax.tree.leaves(one), strict=True):
            np.testing.assert_allclose(a[i], b, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(batch.trusted, [0, 1])


def test_axes_are_named():
    found = assess(fig2b(1e-3))
    sizes = {"description": len(found.descriptions), "bath": len(found.baths)}
    for field in dataclasses.fields(found):
        if "dims" in field.metadata:
            value = getattr(found, field.name)
            assert value.shape == tuple(sizes[name] for name in field.metadata["dims"]), field.name
        if "flag_meanings" in field.metadata:
            assert isinstance(getattr(found, field.metadata["flag_meanings"]), tuple)


def test_bad_input():
    with pytest.raises(ValueError, match=r"`system` must be a `qt\.OpenSystem`, but is 3"):
        assess(3)
    for tolerance in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="tolerance"):
            assess(fig2a(0.1), tolerance=tolerance)
    with pytest.raises(ValueError, match=r"`tolerance` must be one number, but has shape \(2,\)"):
        assess(fig2a(0.1), tolerance=[1e-2, 1e-3])
    with pytest.raises(ValueError, match="`exact` must be a description"):
        assess(fig2a(0.1), exact=1.0)
    with pytest.raises(ValueError, match="oscillator networks"):
        assess(fig5(10.0), exact=qt.Langevin())
