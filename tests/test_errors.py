"""Bad input: a clear error that names the argument, its value and what to do; under jit as well."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import qtjax as qt

DRUDE = qt.Drude(1e-2, cutoff=10.0)


def system(temperature=1.0, *, springs=0.2, frequencies=(1.0, 1.2), strength=1e-2, couplings=None):
    network = qt.OscillatorNetwork.from_springs(
        jnp.asarray(frequencies, float), springs * jnp.array([[0.0, 1.0], [1.0, 0.0]])
    )
    couplings = [qt.position(0, of=2), qt.position(1, of=2)] if couplings is None else couplings
    density = qt.Drude(strength, 10.0)
    return qt.OpenSystem(network, tuple(qt.Bath(c, density, temperature) for c in couplings))


def dynamics():
    return qt.redfield_equation()(system())


WRONG = {
    "site": (lambda: qt.position(2, of=2), "one of 0, ..., 1"),
    "negative site": (lambda: qt.position(-1, of=2), "one of 0, ..., 1"),
    "site not an integer": (lambda: qt.momentum(0.5, of=2), "must be an integer"),
    "no nodes": (lambda: qt.position(0, of=0), "positive number of sites"),
    "negative temperature": (lambda: system(-1.0), "temperature of a bath must not be negative, but is -1.0"),
    "NaN temperature": (lambda: system(np.nan), "temperature of a bath must be finite"),
    "text for a number": (lambda: qt.Drude("strong", 1.0), "must be a real number"),
    "complex strength": (lambda: qt.Drude(1j, 1.0), "must be real"),
    "negative strength": (lambda: qt.Drude(-1e-3, 1.0), "strength of a Drude density must not be negative"),
    "cut-off zero": (lambda: qt.Drude(1e-3, 0.0), "cutoff of a Drude density must be positive"),
    "exponent": (lambda: qt.Ohmic(1e-3, 1.0, exponent=0.0), "exponent of an Ohmic density must be positive"),
    "coupling of other length": (
        lambda: system(couplings=[jnp.ones(3)]),
        r"must act on the 2 nodes of the Hamiltonian, so have shape \(4,\), but has shape \(3,\)",
    ),
    "a bath alone": (lambda: qt.OpenSystem(system().hamiltonian, system().baths[0]), "must be a tuple"),
    "no baths": (lambda: qt.OpenSystem(system().hamiltonian, ()), "at least one"),
    "bath as a number": (lambda: qt.OpenSystem(system().hamiltonian, (1.0,)), "at least one `qt.Bath`"),
    "density as a number": (lambda: qt.Bath(qt.position(0, of=2), 0.1, 1.0), "AbstractSpectralDensity"),
    "counterterm": (lambda: qt.Bath(qt.position(0, of=1), DRUDE, 1.0, counterterm=1), "True or False"),
    "stack lengths": (
        lambda: qt.OpenSystem(
            qt.OscillatorNetwork.from_springs([1.0, 1.0], np.zeros((2, 2))),
            (qt.Bath(np.eye(4)[:2], DRUDE, np.ones(3)),),
        ),
        "agree in the number of baths",
    ),
    "asymmetric springs": (
        lambda: qt.OscillatorNetwork.from_springs([1.0, 1.0], [[0.0, 1.0], [0.0, 0.0]]),
        "`springs` must be symmetric",
    ),
    "springs of other size": (
        lambda: qt.OscillatorNetwork.from_springs([1.0, 1.0], np.zeros((3, 3))),
        r"shape \(2, 2\), but has shape \(3, 3\)",
    ),
    "asymmetric form": (
        lambda: qt.OscillatorNetwork(np.triu(np.ones((2, 2))), np.zeros((2, 2))),
        "must be symmetric",
    ),
    "odd form": (lambda: qt.OscillatorNetwork(np.eye(3), np.eye(3)), r"\(2N, 2N\)"),
    "not Hermitian": (lambda: qt.OscillatorNetwork.from_hopping([[1.0, 1j], [1j, 1.0]]), "Hermitian"),
    "negative frequency": (
        lambda: qt.OscillatorNetwork.from_springs([-1.0, 1.0], np.zeros((2, 2))),
        "frequencies of the nodes must not be negative",
    ),
    "description of a Hamiltonian": (lambda: qt.redfield_equation()(system().hamiltonian), "OpenSystem"),
    "Langevin of a Hamiltonian": (lambda: qt.Langevin()(system().hamiltonian), "OpenSystem"),
    "lamb shift as text": (lambda: qt.redfield_equation(lamb_shift="yes"), "True or False"),
    "tolerance": (lambda: qt.global_master_equation(tolerance=-1.0), "tolerance of the secular"),
    "cut-off of pairs": (lambda: qt.partial_secular_equation(0.0), "cutoff of the partial secular"),
    "window": (lambda: qt.coarse_grained_equation(-2.0), "coarse-graining time"),
    "shift without cut-off": (
        lambda: qt.redfield_equation(lamb_shift=True)(
            qt.OpenSystem(system().hamiltonian, (qt.Bath(qt.position(0, of=2), qt.Flat(0.1), 1.0),))
        ),
        "no cut-off",
    ),
    "exact without cut-off": (
        lambda: qt.Langevin()(
            qt.OpenSystem(
                system().hamiltonian,
                (qt.Bath(qt.position(0, of=2), qt.PowerLaw(0.1, exponent=3.0), 1.0),),
            )
        ),
        "no cut-off",
    ),
    "steady state of a system": (lambda: qt.steady_state(system()), "what a description returns"),
    "solver as text": (lambda: qt.steady_state(dynamics(), "direct"), "qt.Direct"),
    "solver of the exact one": (
        lambda: qt.steady_state(qt.Langevin()(system()), qt.Direct()),
        "takes no solver",
    ),
    "times decrease": (
        lambda: qt.evolve(dynamics(), qt.local_thermal_state(system()), [2.0, 1.0]),
        "increasing",
    ),
    "no times": (lambda: qt.evolve(dynamics(), qt.local_thermal_state(system()), []), "at least one time"),
    "state of another network": (
        lambda: qt.heat_currents(dynamics(), qt.GaussianState(np.zeros(2), np.eye(2))),
        "covariance of shape",
    ),
    "many states at once": (
        lambda: qt.heat_currents(dynamics(), qt.evolve(dynamics(), qt.local_thermal_state(system()), [1.0, 2.0])),
        "jax.vmap",
    ),
    "exact current of a bare state": (
        lambda: qt.heat_currents(qt.Langevin()(system()), qt.local_thermal_state(system())),
        "correlations with the baths",
    ),
    "dressed current": (
        lambda: qt.heat_currents(dynamics(), qt.steady_state(dynamics()), dressed=True),
        "finite systems",
    ),
    "exact transient of an Ohmic bath": (
        lambda: qt.evolve(
            qt.Langevin()(
                qt.OpenSystem(
                    system().hamiltonian,
                    tuple(qt.Bath(qt.position(i, of=2), qt.Ohmic(0.1, 3.0), 1.0) for i in range(2)),
                )
            ),
            qt.local_thermal_state(system()),
            [1.0],
        ),
        "Drude baths only",
    ),
    "asymmetric covariance": (
        lambda: qt.GaussianState(np.zeros(2), [[1.0, 0.5], [0.0, 1.0]]),
        "covariance must be symmetric",
    ),
    "mean and covariance": (lambda: qt.GaussianState(np.zeros(4), np.eye(2)), "fit the covariance"),
    "no such node": (lambda: qt.GaussianState(np.zeros(2), np.eye(2)).reduced(1), "one of 0, ..., 0"),
    "overlapping parties": (
        lambda: qt.mutual_information(qt.GaussianState(np.zeros(4), np.eye(4)), 0, (0, 1)),
        "must not share",
    ),
    "discord of one node": (
        lambda: qt.gaussian_discord(qt.GaussianState(np.zeros(2), np.eye(2))),
        "two nodes",
    ),
    "nobody left": (
        lambda: qt.logarithmic_negativity(qt.GaussianState(np.zeros(4), np.eye(4)), (0, 1)),
        "at least one node",
    ),
    "states of different size": (
        lambda: qt.fidelity(qt.GaussianState(np.zeros(4), np.eye(4)), qt.GaussianState(np.zeros(2), np.eye(2))),
        "same number of nodes",
    ),
    "entropy of a matrix": (lambda: qt.entropy(np.eye(2)), "GaussianState"),
    "NaN in a state": (lambda: qt.GaussianState([0.0, np.nan], np.eye(2)), "mean of a state must be finite"),
    "a stack of densities alone": (lambda: system(strength=np.full(3, 1e-2)), "one number at one frequency"),
}


@pytest.mark.parametrize("case", WRONG)
def test_known_at_once(case):
    call, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        call()


def solved(description):
    """Steady current of a system made of run-time values."""

    def run(temperature, spring, frequency, strength, throw):
        made = system(
            temperature,
            springs=spring,
            frequencies=jnp.stack([frequency, 1.2 + 0 * frequency]),
            strength=strength,
        )
        dynamics = description(made)
        state = qt.steady_state(dynamics, throw=throw)
        return qt.heat_currents(dynamics, state, throw=throw), state.covariance

    return run


GOOD = {"temperature": 1.0, "spring": 0.2, "frequency": 1.0, "strength": 1e-2}
RUN_TIME = {
    "negative temperature": ({"temperature": -1.25}, r"temperature is negative .*: the lowest is -1\.25"),
    "NaN temperature": ({"temperature": np.nan}, "temperature is negative or not a number: the lowest is nan"),
    "NaN frequency": ({"frequency": np.nan}, "Hamiltonian is not finite"),
    "NaN strength": ({"strength": np.nan}, "spectral density of bath 0 is not finite"),
    "no damping": ({"strength": 0.0}, "not damped"),
    "no potential": ({"spring": -1.125}, r"potential is not positive.* takes the value -1\.05131 along"),
}


@pytest.fixture(scope="module", params=["Redfield", "exact"])
def compiled(request):
    description = {"Redfield": qt.redfield_equation(), "exact": qt.Langevin()}[request.param]
    run = solved(description)
    return {throw: jax.jit(lambda t, k, w, s, throw=throw: run(t, k, w, s, throw)) for throw in (True, False)}


@pytest.mark.parametrize("case", RUN_TIME)
def test_known_at_run_time(compiled, case):
    change, message = RUN_TIME[case]
    values = tuple((GOOD | change).values())
    with pytest.raises(Exception, match=message):
        jax.block_until_ready(compiled[True](*values))
    for result in compiled[False](*values):
        assert np.all(np.isnan(result))


def test_errors_of_concrete_values_are_plain():
    with pytest.raises(RuntimeError, match="potential is not positive") as caught:
        qt.steady_state(qt.redfield_equation()(system(springs=-1.0)))
    assert type(caught.value) is RuntimeError
    assert len(str(caught.value)) < 400


def test_what_is_read_off_a_state_of_nan_is_nan():
    hot = qt.Bath(qt.position(1, of=3), DRUDE, 2.0)
    dark = qt.OpenSystem(dark_chain().hamiltonian, (*dark_chain().baths, hot))
    for description in (qt.global_master_equation(), qt.Langevin()):
        dynamics = description(dark)
        state = qt.steady_state(dynamics, throw=False)
        readings = [
            qt.heat_currents(dynamics, state),
            qt.entropy_production(dynamics, state),
            qt.energy(dynamics, state),
            qt.entropy(state),
            qt.thermal_conductance(description, dark, throw=False),
        ]
        assert all(np.all(np.isnan(x)) for x in readings)


def test_good_values_pass_where_bad_ones_fail(compiled):
    for throw in (True, False):
        assert all(np.all(np.isfinite(x)) for x in compiled[throw](*GOOD.values()))


def dark_chain():
    """Three equal nodes, a bath on the middle one: the odd mode has a node there."""
    springs = np.array([[0, 0.3, 0], [0.3, 0, 0.3], [0, 0.3, 0]])
    network = qt.OscillatorNetwork.from_springs(np.ones(3), springs)
    return qt.OpenSystem(network, (qt.Bath(qt.position(1, of=3), DRUDE, 1.0),))


@pytest.mark.parametrize(
    "description",
    [
        qt.local_master_equation(),
        qt.global_master_equation(),
        qt.partial_redfield_equation(),
        qt.redfield_equation(),
        qt.redfield_equation(lamb_shift=True),
        qt.Langevin(),
    ],
    ids=repr,
)
def test_dark_mode(description):
    with pytest.raises(Exception, match="not damped"):
        qt.steady_state(description(dark_chain()))
    state = qt.steady_state(description(dark_chain()), throw=False)
    assert np.all(np.isnan(state.covariance))


def test_growing_mode_of_a_local_equation():
    # The potential is a saddle; the local equation, which does not look at it, damps too little to hold it.
    network = qt.OscillatorNetwork.from_positions([1.0, 1.0], [[0.0, 1.5], [1.5, 0.0]])
    baths = tuple(qt.Bath(qt.position(i, of=2), DRUDE, 1.0) for i in range(2))
    with pytest.raises(Exception, match="growing mode"):
        qt.steady_state(qt.local_master_equation()(qt.OpenSystem(network, baths)))


def test_bare_model_that_its_baths_make_unstable():
    network = qt.OscillatorNetwork.from_springs([1.0], [[0.0]])
    bath = qt.Bath(qt.position(0, of=1), qt.Drude(2e-3, 1e3), 1.0, counterterm=False)
    with pytest.raises(Exception, match="potential is not positive"):
        qt.steady_state(qt.Langevin()(qt.OpenSystem(network, (bath,))))


def test_zero_frequency_node():
    springs = np.array([[0, 0.3, 0], [0.3, 0, 0.3], [0, 0.3, 0]])
    network = qt.OscillatorNetwork.from_springs([1.0, 0.0, 1.0], springs)
    ends = tuple(qt.Bath(qt.position(i, of=3), DRUDE, 1.0) for i in (0, 2))
    currents = lambda d: qt.heat_currents(d, qt.steady_state(d))  # noqa: E731
    local = qt.local_master_equation()
    assert np.all(np.isfinite(currents(local(qt.OpenSystem(network, ends)))))
    middle = qt.OpenSystem(network, (*ends, qt.Bath(qt.position(1, of=3), DRUDE, 1.0)))
    with pytest.raises(Exception, match="no eigenoperator"):
        qt.steady_state(local(middle))


@pytest.mark.parametrize(
    "read",
    [
        qt.entropy,
        qt.purity,
        lambda s: qt.mutual_information(s, 0, 1),
        lambda s: qt.fidelity(s, s),
        lambda s: qt.gaussian_discord(s),
        lambda s: qt.classical_correlations(s),
        lambda s: qt.logarithmic_negativity(s, 0),
    ],
)
def test_unphysical_state(read):
    squeezed_too_far = qt.GaussianState(np.zeros(4), np.diag([0.1, 0.1, 1.0, 1.0]))
    assert not squeezed_too_far.is_physical()
    with pytest.raises(Exception, match="uncertainty relation"):
        jax.block_until_ready(jax.jit(read)(squeezed_too_far))


def test_local_thermal_state_needs_one_temperature_a_node():
    with pytest.raises(RuntimeError, match="Node 0 touches no bath"):
        qt.local_thermal_state(dark_chain())
    network = qt.OscillatorNetwork.from_springs([2.0], [[0.0]])
    couplings = (qt.position(0, of=1), qt.momentum(0, of=1))
    two = lambda t: qt.OpenSystem(network, tuple(qt.Bath(c, DRUDE, s) for c, s in zip(couplings, t, strict=True)))  # noqa: E731
    with pytest.raises(RuntimeError, match="different temperatures"):
        qt.local_thermal_state(two((1.0, 2.0)))
    expected = qt.gibbs_state(network, 1.5).covariance
    np.testing.assert_allclose(qt.local_thermal_state(two((1.5, 1.5))).covariance, expected, rtol=1e-14)


def test_one_bad_point_does_not_stop_a_batch():
    run = solved(qt.redfield_equation())
    temperatures = jnp.array([1.0, -1.0, 2.0])
    point = lambda t: run(t, 0.2, jnp.asarray(1.0), 1e-2, False)[0]  # noqa: E731
    for result in (jax.vmap(point)(temperatures), jax.vmap(jax.jacobian(point))(temperatures)):
        assert np.isnan(result[1]).all()
        assert np.isfinite(result[jnp.array([0, 2])]).all()


def test_one_bad_point_of_a_batch_is_named():
    run = solved(qt.redfield_equation())
    with pytest.raises(RuntimeError, match=r"the lowest is -1\."):
        jax.vmap(lambda t: run(t, 0.2, jnp.asarray(1.0), 1e-2, True))(jnp.array([1.0, -1.5, 2.0]))


def test_single_precision_warns():
    with jax.enable_x64(False), pytest.warns(qt.PrecisionWarning, match="jax_enable_x64"):
        system()
