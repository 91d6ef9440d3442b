"""Bad input to finite systems: errors that name the argument, what came and what is allowed; NaN on request."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import qtjax as qt

DRUDE = qt.Drude(1e-2, cutoff=10.0)
X, Z = np.array([[0.0, 1.0], [1.0, 0.0]]), np.diag([1.0, -1.0])
NOTHING = np.zeros((2, 2))


def qubit(coupling=X, temperature=1.0, *, free=Z, density=DRUDE):
    return qt.OpenSystem(qt.FiniteHamiltonian(free, 0 * np.asarray(free)), (qt.Bath(coupling, density, temperature),))


def pair(couplings=None, *, interaction=0.3, temperatures=(1.0, 2.0), dims: tuple[int, ...] = (2, 2)):
    x = [qt.sigma_x(i, of=2) for i in range(2)]
    free = qt.sigma_z(0, of=2) + 0.6 * qt.sigma_z(1, of=2)
    baths = zip(x if couplings is None else couplings, temperatures, strict=False)
    return qt.OpenSystem(
        qt.FiniteHamiltonian(free, interaction * x[0] @ x[1], dims=dims),
        tuple(qt.Bath(coupling, DRUDE, t) for coupling, t in baths),
    )


def network():
    hamiltonian = qt.OscillatorNetwork.from_springs([1.0], [[0.0]])
    return qt.OpenSystem(hamiltonian, (qt.Bath(qt.position(0, of=1), DRUDE, 1.0),))


def dynamics(system=None):
    return qt.redfield_equation()(qubit() if system is None else system)


HALF = qt.DensityMatrix(np.eye(2) / 2)
GAUSSIAN = qt.GaussianState(np.zeros(2), np.eye(2))

WRONG = {
    "site of a Pauli matrix": (lambda: qt.sigma_x(2, of=2), r"one of 0, \.\.\., 1, but is 2"),
    "negative site": (lambda: qt.sigma_minus(-1, of=2), "but is -1"),
    "site as text": (lambda: qt.sigma_z("first", of=2), "must be an integer, but is 'first'"),
    "no qubits": (lambda: qt.sigma_y(0, of=0), "positive number of sites, but is 0"),
    "no levels": (lambda: qt.destroy(0), "`levels` must be an integer >= 1, but is 0"),
    "levels as a fraction": (lambda: qt.number(2.5), "`levels` must be an integer >= 1, but is 2.5"),
    "site of embed": (lambda: qt.embed(X, 2, dims=(2, 3)), r"one of 0, \.\.\., 1, but is 2"),
    "embedded operator": (lambda: qt.embed(X, 1, dims=(2, 3)), r"must have shape \(3, 3\), but has shape \(2, 2\)"),
    "dims of embed": (lambda: qt.embed(X, 0, dims=(2, 0)), r"`dims` must be positive integers.*\(2, 0\)"),
    "free not Hermitian": (
        lambda: qt.FiniteHamiltonian([[0.0, 1j], [1j, 0.0]], NOTHING),
        "Hamiltonian `free` must be Hermitian, but differs from its adjoint by 2",
    ),
    "interaction not Hermitian": (
        lambda: qt.FiniteHamiltonian(Z, [[0.0, 1.0], [0.0, 0.0]]),
        "Hamiltonian `interaction` must be Hermitian, but differs from its adjoint by 1",
    ),
    "Hamiltonian of a vector": (
        lambda: qt.FiniteHamiltonian([1.0, 2.0], NOTHING),
        r"shape \(d, d\), but has shape \(2,\)",
    ),
    "Hamiltonian not square": (lambda: qt.FiniteHamiltonian(np.ones((2, 3)), NOTHING), r"but has shape \(2, 3\)"),
    "NaN in a Hamiltonian": (lambda: qt.FiniteHamiltonian(np.nan * Z, NOTHING), "Hamiltonian `free` must be finite"),
    "parts of different size": (
        lambda: qt.FiniteHamiltonian(Z, np.zeros((3, 3))),
        r"same shape, but have \(2, 2\) and \(3, 3\)",
    ),
    "dims of a Hamiltonian": (
        lambda: qt.FiniteHamiltonian(np.zeros((4, 4)), np.zeros((4, 4)), dims=(2, 3)),
        r"product of `dims` = \(2, 3\) must be the dimension 4, but is 6",
    ),
    "fractional dims": (lambda: qt.FiniteHamiltonian(Z, NOTHING, dims=(2.0,)), r"`dims` must be positive integers"),
    "dims of a state": (
        lambda: qt.DensityMatrix(np.eye(4) / 4, dims=(2,)),
        r"product of `dims` = \(2,\) must be the dimension 4, but is 2",
    ),
    "coupling of other dimension": (
        lambda: qubit(coupling=np.eye(3)),
        r"coupling of bath 0 must act on the 2 levels of the Hamiltonian, so have shape \(2, 2\), but has .*\(3, 3\)",
    ),
    "coupling of a network": (
        lambda: qubit(coupling=qt.position(0, of=1)),
        "must have 2 axes|must act on the 2 levels",
    ),
    "coupling of a finite system on a network": (
        lambda: qt.OpenSystem(network().hamiltonian, (qt.Bath(np.eye(3), DRUDE, 1.0),)),
        r"so have shape \(2,\), but has shape \(3, 3\)",
    ),
    "coupling not Hermitian": (
        lambda: qubit(coupling=qt.sigma_minus(0, of=1)),
        "coupling of bath 0 must be Hermitian, but differs from its adjoint by 1",
    ),
    "NaN in a coupling": (lambda: qubit(coupling=np.nan * X), "coupling of a bath must be finite"),
    "negative temperature": (lambda: qubit(temperature=-0.5), "must not be negative, but is -0.5"),
    "shift of a power law": (
        lambda: qt.redfield_equation(lamb_shift=True)(qubit(density=qt.PowerLaw(1e-2, exponent=3.0))),
        "PowerLaw density has no cut-off",
    ),
    "shift of a flat density": (
        lambda: qt.global_master_equation(lamb_shift=True)(qubit(density=qt.Flat(1e-2))),
        "Flat density has no cut-off",
    ),
    "mean force without cut-off": (
        lambda: qt.mean_force_gibbs_state(qubit(density=qt.PowerLaw(1e-2, exponent=3.0))),
        "no cut-off",
    ),
    "mean force of a network": (lambda: qt.mean_force_gibbs_state(network()), "`system` must be .*FiniteHamiltonian"),
    "exact solution of a qubit": (lambda: qt.Langevin()(qubit()), "OscillatorNetwork|network"),
    "description of a Hamiltonian": (lambda: qt.redfield_equation()(qubit().hamiltonian), "acts on a `qt.OpenSystem`"),
    "one level": (
        lambda: qt.redfield_equation()(
            qt.OpenSystem(qt.FiniteHamiltonian([[1.0]], [[0.0]]), (qt.Bath([[1.0]], qt.Drude(1e-2, 5.0), 1.0),))
        ),
        "at least two",
    ),
    "state not Hermitian": (lambda: qt.DensityMatrix([[0.5, 1j], [1j, 0.5]]), "density matrix must be Hermitian"),
    "state of a vector": (lambda: qt.DensityMatrix([1.0, 0.0]), r"shape \(d, d\), but has shape \(2,\)"),
    "no such site": (lambda: qt.DensityMatrix(np.eye(4) / 4, dims=(2, 2)).reduced(2), r"one of 0, \.\.\., 1, but is 2"),
    "a site twice": (lambda: qt.DensityMatrix(np.eye(4) / 4, dims=(2, 2)).reduced((0, 0)), "different sites"),
    "expectation of other size": (lambda: HALF.expectation(np.eye(3)), r"shape \(2, 2\), but has shape \(3, 3\)"),
    "Gaussian state of a qubit": (lambda: qt.heat_currents(dynamics(), GAUSSIAN), "must be a `qt.DensityMatrix`"),
    "density matrix of a network": (
        lambda: qt.heat_currents(dynamics(network()), HALF),
        "must be a `qt.GaussianState`",
    ),
    "energy of a Gaussian state": (lambda: qt.energy(qubit(), GAUSSIAN), "must be a `qt.DensityMatrix`"),
    "state of other size": (
        lambda: qt.heat_currents(dynamics(), qt.DensityMatrix(np.eye(3) / 3)),
        r"shape \(3, 3\), but the Hamiltonian has shape \(2, 2\)",
    ),
    "many states at once": (
        lambda: qt.entropy_production(dynamics(), qt.DensityMatrix(np.stack([np.eye(2) / 2] * 3))),
        "jax.vmap",
    ),
    "evolution of a Gaussian state": (lambda: qt.evolve(dynamics(), GAUSSIAN, [1.0]), "DensityMatrix"),
    "evolution of another size": (
        lambda: qt.evolve(dynamics(), qt.DensityMatrix(np.eye(3) / 3), [1.0]),
        r"\(3, 3\)",
    ),
    "dressed current of a network": (
        lambda: qt.heat_currents(dynamics(network()), GAUSSIAN, dressed=True),
        "defined for finite systems under a master equation, but got",
    ),
    "Krylov of a network": (
        lambda: qt.steady_state(dynamics(network()), qt.Krylov()),
        "solves finite systems",
    ),
    "block of Krylov": (lambda: qt.Krylov(block=0), "`block` must be an integer >= 1, but is 0"),
    "tolerance of the null vector": (lambda: qt.NullVector(-1.0), "tolerance of `qt.NullVector` must be positive"),
    "count of a system": (lambda: qt.NullVector().count(qubit()), "must be what a master equation returns"),
    "solver as text": (lambda: qt.steady_state(dynamics(), "direct"), "must be a solver such as"),
    "Gibbs state of a system": (lambda: qt.gibbs_state(qubit(), 1.0), "`hamiltonian` must be"),
    "Gibbs state below zero": (lambda: qt.gibbs_state(qubit().hamiltonian, -1.0), "must not be negative, but is -1.0"),
    "concurrence of one qubit": (
        lambda: qt.concurrence(HALF),
        r"two qubits, dims \(2, 2\), but the state has dims \(2,\)",
    ),
    "concurrence of four levels": (
        lambda: qt.concurrence(qt.DensityMatrix(np.eye(4) / 4)),
        r"but the state has dims \(4,\)",
    ),
    "concurrence of qutrits": (
        lambda: qt.concurrence_of_assistance(qt.DensityMatrix(np.eye(9) / 9, dims=(3, 3))),
        r"but the state has dims \(3, 3\)",
    ),
    "concurrence of a network": (lambda: qt.concurrence(GAUSSIAN), "must be a `qt.DensityMatrix` of two qubits"),
    "discord of qubits": (
        lambda: qt.gaussian_discord(qt.DensityMatrix(np.eye(4) / 4, dims=(2, 2))),
        "must be a `qt.GaussianState`",
    ),
    "fidelity of two kinds": (lambda: qt.fidelity(HALF, GAUSSIAN), "both be Gaussian or both density matrices"),
    "fidelity of two sizes": (
        lambda: qt.fidelity(HALF, qt.DensityMatrix(np.eye(3) / 3)),
        "same dimension, but have 2 and 3",
    ),
    "information between a site and itself": (
        lambda: qt.mutual_information(qt.DensityMatrix(np.eye(4) / 4, dims=(2, 2)), 0, 0),
        "must not share",
    ),
    "information with nobody": (
        lambda: qt.mutual_information(qt.DensityMatrix(np.eye(4) / 4, dims=(2, 2)), 0, 2),
        r"one of 0, \.\.\., 1, but is 2",
    ),
    "negativity of a whole": (lambda: qt.logarithmic_negativity(HALF, 0), "must leave at least one"),
}


@pytest.mark.parametrize("case", WRONG)
def test_known_at_once(case):
    call, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        call()


# Found by values only ------------------------------------------------------------------------------------------


def _dark():
    """Three levels of which two, degenerate, reach the third by one combination: the other one is dark."""
    coupling = np.zeros((3, 3))
    coupling[0, 1] = coupling[1, 0] = coupling[0, 2] = coupling[2, 0] = 1.0
    free = np.diag([0.0, 1.0, 1.0])
    return qt.OpenSystem(qt.FiniteHamiltonian(free, 0 * free), (qt.Bath(coupling, DRUDE, 1.0),))


SEVERAL = {  # system, number of independent steady states
    "uncoupled qubit": (lambda: pair([qt.sigma_x(0, of=2)], interaction=0.0), 2),
    "pure dephasing": (lambda: qubit(coupling=Z), 2),
    "dark level": (_dark, 2),
    "no bath to speak of": (lambda: qubit(density=qt.Drude(0.0, 10.0)), 2),
}


@pytest.mark.filterwarnings("ignore::qtjax.ModelWarning")
@pytest.mark.parametrize("solver", [qt.Direct(), qt.NullVector()], ids=["Direct", "NullVector"])
@pytest.mark.parametrize("case", SEVERAL)
def test_several_steady_states(case, solver):
    build, number = SEVERAL[case]
    made = dynamics(build())
    with pytest.raises(RuntimeError, match=r"No unique steady state.*decoherence-free"):
        qt.steady_state(made, solver)
    assert np.all(np.isnan(qt.steady_state(made, solver, throw=False).matrix))
    singular = np.linalg.svd(np.asarray(made.matrix), compute_uv=False)
    assert np.sum(singular < 1e-12 * singular[0]) == qt.NullVector().count(made) == number


def test_a_unique_steady_state_counts_one():
    assert qt.NullVector().count(dynamics(pair())) == 1


@pytest.mark.parametrize("description", [qt.local_master_equation(), qt.global_master_equation()], ids=repr)
def test_other_equations_say_so_too(description):
    with pytest.raises(RuntimeError, match="No unique steady state"):
        qt.steady_state(description(qubit(coupling=Z)))


def test_dephasing_bath_at_zero_temperature():
    """gamma(0) = 2 T J'(0) = 0: it does nothing, and beside another bath it is no error."""
    alone = dynamics(qubit(coupling=Z, temperature=0.0))
    np.testing.assert_allclose(alone.dissipate(np.array([[0.5, 0.3], [0.3, 0.5]])), 0.0, atol=1e-15)
    with pytest.raises(RuntimeError, match="No unique steady state"):
        qt.steady_state(alone)
    both = qt.OpenSystem(qubit().hamiltonian, (*qubit().baths, qt.Bath(Z, DRUDE, 0.0)))
    state = qt.steady_state(dynamics(both))
    np.testing.assert_allclose(np.diagonal(state.matrix), np.exp([-1.0, 1.0]) / (2 * np.cosh(1.0)), rtol=1e-12)


@pytest.mark.parametrize("density", [qt.Flat(1e-2), qt.Ohmic(1e-2, 3.0, exponent=0.5)], ids=["Flat", "sub-Ohmic"])
def test_divergent_dephasing(density):
    with pytest.raises(RuntimeError, match=r"rate diverges at zero frequency.*found in bath 0"):
        qt.steady_state(dynamics(qubit(coupling=X + Z, density=density)))
    bad = qt.steady_state(dynamics(qubit(coupling=X + Z, density=density)), throw=False)
    assert np.all(np.isnan(bad.matrix))
    # A coupling without diagonal elements never asks for gamma(0); at T = 0 gamma(0) of a flat density is 0.
    state = qt.steady_state(dynamics(qubit(density=density)))
    np.testing.assert_allclose(np.diagonal(state.matrix), np.exp([-1.0, 1.0]) / (2 * np.cosh(1.0)), rtol=1e-12)
    cold = qt.steady_state(dynamics(qubit(coupling=X + Z, temperature=0.0, density=density)))
    np.testing.assert_allclose(np.diagonal(cold.matrix), [0.0, 1.0], atol=0.05)


def test_second_bath_is_named():
    baths = (qt.Bath(X, DRUDE, 1.0), qt.Bath(Z, qt.Flat(1e-2), 1.0))
    with pytest.raises(RuntimeError, match="found in bath 1"):
        qt.steady_state(dynamics(qt.OpenSystem(qubit().hamiltonian, baths)))


NEGATIVE = qt.DensityMatrix(np.diag([0.6, 0.5, 0.0, -0.1]), dims=(2, 2))


@pytest.mark.parametrize(
    "read",
    [
        qt.entropy,
        qt.purity,
        qt.linear_entropy,
        qt.concurrence,
        qt.concurrence_of_assistance,
        lambda s, **k: qt.mutual_information(s, 0, 1, **k),
        lambda s, **k: qt.logarithmic_negativity(s, 0, **k),
        lambda s, **k: qt.fidelity(s, qt.DensityMatrix(np.eye(4) / 4, dims=(2, 2)), **k),
    ],
    ids=["entropy", "purity", "linear", "concurrence", "assistance", "information", "negativity", "fidelity"],
)
def test_unphysical_state(read):
    assert not NEGATIVE.is_physical()
    with pytest.raises(RuntimeError, match=r"smallest eigenvalue is -0\.1, and must be >= 0"):
        read(NEGATIVE)
    assert np.isnan(read(NEGATIVE, throw=False))


def test_a_matrix_of_other_trace_is_refused():
    with pytest.raises(RuntimeError, match="has trace 2, and must have trace 1"):
        qt.entropy(qt.DensityMatrix(np.eye(2)))
    assert np.isnan(qt.purity(qt.DensityMatrix(np.eye(2)), throw=False))


@pytest.mark.slow
def test_mean_force_needs_one_positive_temperature():
    with pytest.raises(RuntimeError, match="mean-force state must be positive and one for all baths"):
        qt.mean_force_gibbs_state(pair())
    assert np.all(np.isnan(qt.mean_force_gibbs_state(pair(temperatures=(0.0, 0.0)), throw=False).matrix))


def test_local_thermal_state_needs_a_bath_on_every_site():
    with pytest.raises(RuntimeError, match="Node 1 touches no bath"):
        qt.local_thermal_state(pair([qt.sigma_x(0, of=2)]))


@pytest.fixture(scope="module")
def compiled():
    """Steady currents of a system made of run-time values."""

    def run(temperature, field, coupling, throw):
        free = field * jnp.asarray(Z)
        on = jnp.asarray(X) * coupling
        hamiltonian = qt.FiniteHamiltonian(free, 0 * free)
        baths = tuple(qt.Bath(on, DRUDE, t) for t in (temperature, 2 * temperature))
        made = dynamics(qt.OpenSystem(hamiltonian, baths))
        state = qt.steady_state(made, throw=throw)
        return qt.heat_currents(made, state, throw=throw), state.matrix

    return {throw: jax.jit(jax.vmap(lambda *x, throw=throw: run(*x, throw))) for throw in (True, False)}


RUN_TIME = {  # position in (temperature, field, coupling), bad value, message
    "negative temperature": (0, -1.25, r"temperature is negative .*: the lowest is -2\.5"),
    "NaN temperature": (0, np.nan, "temperature is negative or not a number: the lowest is nan"),
    "NaN field": (1, np.nan, "Hamiltonian is not finite"),
    "NaN coupling": (2, np.nan, "spectral density of bath 0 is not finite"),
    "no coupling": (2, 0.0, "No unique steady state"),
}


@pytest.mark.parametrize("case", RUN_TIME)
def test_one_bad_point_of_a_batch(compiled, case):
    """With throw=True it is named; with throw=False it is NaN and the others are right."""
    position, value, message = RUN_TIME[case]
    values = np.array([[1.0, 0.7, 1.0], [1.5, 0.5, 0.8], [0.5, 1.0, 1.2]])
    good = compiled[False](*values.T)
    assert all(np.all(np.isfinite(x)) for x in good)
    values[1, position] = value
    with pytest.raises(Exception, match=message):
        jax.block_until_ready(compiled[True](*values.T))
    for result, before in zip(compiled[False](*values.T), good, strict=True):
        assert np.all(np.isnan(result[1]))
        np.testing.assert_allclose(result[::2], before[::2], rtol=1e-14)


def test_errors_of_concrete_values_are_plain():
    with pytest.raises(RuntimeError, match="No unique steady state") as caught:
        qt.steady_state(dynamics(qubit(coupling=Z)))
    assert type(caught.value) is RuntimeError
    assert len(str(caught.value)) < 600


def test_what_is_read_off_a_state_of_nan_is_nan():
    system = qubit(coupling=Z)
    made = dynamics(system)
    state = qt.steady_state(made, throw=False)
    readings = [
        qt.heat_currents(made, state),
        qt.heat_currents(made, state, dressed=True),
        qt.entropy_production(made, state),
        qt.energy(made, state),
        qt.entropy(state),
        qt.thermal_conductance(qt.redfield_equation(), system, throw=False),
    ]
    assert all(np.all(np.isnan(x)) for x in readings)
