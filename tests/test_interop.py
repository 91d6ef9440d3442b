"""To and from QuTiP: round trips, the factors of 2 and pi, and the same Bloch-Redfield tensor from both packages."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

import qtjax as qt

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    qutip = pytest.importorskip("qutip")

T = 0.7
FREQUENCIES = np.array([-3.0, -0.4, -1e-3, 0.0, 1e-3, 0.4, 1.0, 3.0])
ENVIRONMENTS = {
    "drude": lambda t: qutip.DrudeLorentzEnvironment(t, 0.3, 2.0),
    "ohmic": lambda t: qutip.OhmicEnvironment(t, 0.2, 3.0, 1.0),
    "super-ohmic": lambda t: qutip.OhmicEnvironment(t, 0.2, 3.0, 2.5),
    "underdamped": lambda t: qutip.UnderDampedEnvironment(t, 0.3, 0.2, 1.1),
    "generic": lambda t: qutip.BosonicEnvironment.from_spectral_density(
        lambda w: 0.3 * w / (1 + w**2) ** 2, wMax=50.0, T=t
    ),
    "power spectrum": lambda t: qutip.BosonicEnvironment.from_power_spectrum(
        qutip.DrudeLorentzEnvironment(t, 0.3, 2.0).power_spectrum, T=t
    ),
}


class Lorentzian(qt.AbstractSpectralDensity):
    """A density that QuTiP has no class for."""

    width: float = 0.5

    def __call__(self, frequency):
        return jnp.asarray(frequency) / (self.width + jnp.asarray(frequency) ** 2) ** 2


def random_hermitian(rng, levels, *, real=False):
    matrix = rng.normal(size=(levels, levels)) + 1j * rng.normal(size=(levels, levels)) * (not real)
    return (matrix + matrix.conj().T) / 2


def random_system(seed, levels, *, degenerate=False, real=False):
    """Two baths with random Hermitian couplings; degenerate: levels that coincide exactly, as do Bohr frequencies."""
    rng = np.random.default_rng(seed)
    hamiltonian = np.diag(np.arange(levels) // 2) if degenerate else random_hermitian(rng, levels, real=real)
    free = np.diag(np.diag(hamiltonian))
    baths = (
        qt.Bath(random_hermitian(rng, levels, real=real), qt.Drude(0.05, 4.0), 0.4),
        qt.Bath(random_hermitian(rng, levels, real=real), qt.Ohmic(0.02, 3.0), 1.7),
    )
    return qt.OpenSystem(qt.FiniteHamiltonian(free, hamiltonian - free), baths)


# --- operators, states, superoperators


def test_operators_agree_in_basis_and_order():
    for ours, theirs in (
        (qt.sigma_x(0, of=1), qutip.sigmax()),
        (qt.sigma_y(0, of=1), qutip.sigmay()),
        (qt.sigma_z(0, of=1), qutip.sigmaz()),
        (qt.sigma_plus(0, of=1), qutip.sigmap()),
        (qt.destroy(4), qutip.destroy(4)),
        (qt.sigma_z(1, of=2), qutip.tensor(qutip.qeye(2), qutip.sigmaz())),
    ):
        np.testing.assert_array_equal(qt.from_qutip(theirs), ours)
        assert qt.to_qutip(ours, dims=theirs.dims[0]) == theirs
    assert qt.from_qutip(qutip.sigmax()).dtype == float
    assert qt.from_qutip(qutip.sigmay()).dtype == complex


def test_kets_and_bras_are_pure_states():
    plus = (qutip.basis(2, 0) + 1j * qutip.basis(2, 1)).unit()
    ket = qutip.tensor(plus, qutip.basis(3, 2))
    for pure in (ket, ket.dag()):
        state = qt.from_qutip(pure)
        assert state.dims == (2, 3)
        np.testing.assert_allclose(state.matrix, ket.proj().full(), atol=1e-15)
        np.testing.assert_allclose(state.reduced(0).matrix, plus.proj().full(), atol=1e-15)
    excited = qt.from_qutip(qutip.basis(2, 0))
    assert excited.expectation(qt.sigma_z(0, of=1)) == 1.0


def test_density_matrices_and_hamiltonians():
    rho = qutip.rand_dm([2, 3], seed=1)
    state = qt.DensityMatrix(qt.from_qutip(rho), dims=rho.dims[0])
    assert qt.to_qutip(state) == rho
    np.testing.assert_allclose(qt.to_qutip(state).ptrace(1).full(), state.reduced(1).matrix, atol=1e-15)
    np.testing.assert_array_equal(qt.from_qutip(qutip.operator_to_vector(rho)), rho.full())
    hamiltonian = qt.FiniteHamiltonian(qt.sigma_z(0, of=2), qt.sigma_y(1, of=2), dims=(2, 2))
    back = qt.to_qutip(hamiltonian)
    assert back.dims == [[2, 2], [2, 2]]
    np.testing.assert_array_equal(qt.from_qutip(back), hamiltonian.matrix)


def test_superoperators_act_alike():
    rng = np.random.default_rng(0)
    hamiltonian = qutip.Qobj(random_hermitian(rng, 6), dims=[[2, 3], [2, 3]])
    jump = qutip.Qobj(rng.normal(size=(6, 6)) + 1j * rng.normal(size=(6, 6)), dims=[[2, 3], [2, 3]])
    liouvillian = qutip.liouvillian(hamiltonian, [jump])
    matrix, rho = qt.from_qutip(liouvillian), qutip.rand_dm([2, 3], seed=2)
    expected = qutip.vector_to_operator(liouvillian @ qutip.operator_to_vector(rho)).full()
    np.testing.assert_allclose((matrix @ rho.full().ravel()).reshape(6, 6), expected, atol=1e-13)
    np.testing.assert_allclose(qt.from_qutip(qutip.to_choi(liouvillian)), matrix, atol=1e-13)

    ours = qt.redfield_equation()(random_system(0, 3))
    theirs = qt.to_qutip(ours)
    assert theirs.superrep == "super"
    np.testing.assert_array_equal(qt.from_qutip(theirs), ours.matrix)
    state = qt.steady_state(ours)
    np.testing.assert_allclose(qutip.steadystate(theirs).full(), state.matrix, atol=1e-10)


# --- environments: the factors of 2 and pi


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("temperature", [0.0, T])
def test_power_spectrum_is_the_rate(name, temperature):
    if name == "power spectrum" and temperature == 0.0:
        temperature = 0.05
    environment = ENVIRONMENTS[name](temperature)
    density, found = qt.from_qutip(environment)
    assert found == temperature
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # overflow of QuTiP's Bose factor
        expected = environment.power_spectrum(FREQUENCIES)
    tolerance = 1e-8 if name in ("generic", "power spectrum") else 1e-12  # limits of these at w = 0 are quotients
    np.testing.assert_allclose(density.rate(FREQUENCIES, temperature), expected, rtol=tolerance, atol=1e-15)
    np.testing.assert_allclose(density(FREQUENCIES[4:]), environment.spectral_density(FREQUENCIES[4:]), rtol=1e-12)

    back = qt.to_qutip(density, temperature=temperature)
    assert type(back) is type(environment)
    assert temperature == back.T
    np.testing.assert_allclose(back.power_spectrum(FREQUENCIES), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "tolerance"),
    # QuTiP sums ten Pade terms of the first, and integrates the last up to a frequency of its own choice.
    [("drude", 1e-6), ("ohmic", 1e-8), ("underdamped", 2e-3)],
)
def test_correlation_functions_agree(name, tolerance):
    """C(t) = (1/2 pi) int gamma(w) exp(-iwt) dw, by quadrature of our rate."""
    environment = ENVIRONMENTS[name](T)
    density, _ = qt.from_qutip(environment)
    rate, time = jax.jit(lambda w: density.rate(w, T)), 1.5
    parts = (
        scipy.integrate.quad(lambda w, s=sign: float(rate(w) + s * rate(-w)), 0, np.inf, weight=weight, wvar=time)[0]
        for sign, weight in ((1, "cos"), (-1, "sin"))
    )
    expected = complex(*parts).conjugate() / (2 * np.pi)
    assert abs(environment.correlation_function(time) - expected) < tolerance * abs(expected)


def test_parameters_of_the_environments():
    drude, ohmic, under = (qt.from_qutip(ENVIRONMENTS[k](T))[0] for k in ("drude", "super-ohmic", "underdamped"))
    assert (drude.strength, drude.cutoff) == (2 * 0.3 / 2.0, 2.0)
    assert np.isclose(drude.reorganisation(), 0.3)  # QuTiP's lam
    assert (ohmic.strength, ohmic.cutoff, ohmic.exponent) == (0.2, 3.0, 2.5)
    assert np.isclose(under.reorganisation(), 0.3**2 / (2 * 1.1**2))
    back = qt.to_qutip(qt.Drude(0.02, 50.0), temperature=T)
    assert (back.lam, back.gamma) == (0.02 * 50.0 / 2, 50.0)


def test_closed_forms_of_the_underdamped_density():
    under, _ = qt.from_qutip(ENVIRONMENTS["underdamped"](T))
    by_quadrature = qt.AbstractSpectralDensity
    np.testing.assert_allclose(under.reorganisation(), by_quadrature.reorganisation(under), rtol=1e-9)
    np.testing.assert_allclose(under.lag(FREQUENCIES), by_quadrature.lag(under, FREQUENCIES), rtol=1e-7, atol=1e-9)


def test_generic_environments_in_compiled_and_differentiated_code():
    density, temperature = qt.from_qutip(ENVIRONMENTS["generic"](T))
    exact = lambda w: 0.3 * w / (1 + w**2) ** 2  # noqa: E731
    w = jnp.array([-1.3, 0.2, 2.0])
    np.testing.assert_allclose(jax.jit(jax.vmap(density))(w), exact(w), rtol=1e-14)
    np.testing.assert_allclose(jax.vmap(jax.grad(density))(w), jax.vmap(jax.grad(exact))(w), rtol=1e-8)
    system = qt.OpenSystem(
        qt.FiniteHamiltonian(qt.sigma_z(0, of=1), 0.3 * qt.sigma_x(0, of=1)),
        (qt.Bath(qt.sigma_x(0, of=1), density, temperature), qt.Bath(qt.sigma_x(0, of=1), density, 2.0)),
    )
    dynamics = qt.redfield_equation()(system)
    currents = qt.heat_currents(dynamics, qt.steady_state(dynamics))
    assert abs(currents.sum()) < 1e-12 < currents[1]


def test_a_density_of_ones_own_goes_there_and_back():
    density = Lorentzian()
    environment = qt.to_qutip(density, temperature=T)
    np.testing.assert_allclose(environment.power_spectrum(FREQUENCIES), density.rate(FREQUENCIES, T))
    np.testing.assert_allclose(environment.spectral_density(1.3), density(1.3))
    assert qt.from_qutip(environment)[0] is density


# --- the same master equation


def bloch_redfield(system, sec_cutoff=-1):
    """QuTiP's Bloch-Redfield tensor as a superoperator on stacked rows.

    QuTiP 5.3.1 fills in its tensor R_ab,cd row by row, then takes it for one on stacked columns: with
    fock_basis=True it is right only where the coupling has real elements between its eigenvectors, else the
    dissipator of the transposed coupling. Hence the elements are read here, in the basis of the levels.
    """
    hamiltonian, a_ops = qt.to_qutip(system)
    matrix = qt.from_qutip(qutip.liouvillian(hamiltonian))
    for coupling, environment in a_ops:
        tensor, levels = qutip.brterm(hamiltonian, coupling, environment, sec_cutoff=sec_cutoff, fock_basis=False)
        frame = np.kron(levels.full(), levels.full().conj())
        matrix = matrix + frame @ tensor.full() @ frame.conj().T
    return matrix


@pytest.mark.parametrize(
    ("levels", "degenerate", "real"),
    [
        (2, False, False),
        (3, False, False),
        (4, True, False),
        (5, True, False),
        (8, False, False),
        (16, False, False),
        (3, False, True),
        (12, True, True),
    ],
)
def test_redfield_is_qutips_bloch_redfield_tensor(levels, degenerate, real):
    system = random_system(levels, levels, degenerate=degenerate, real=real)
    ours = qt.redfield_equation()(system)
    scale = 1e-10 * abs(ours.matrix).max()
    np.testing.assert_allclose(bloch_redfield(system), ours.matrix, rtol=0, atol=scale)
    if real:
        theirs = qutip.bloch_redfield_tensor(*qt.to_qutip(system), sec_cutoff=-1, fock_basis=True)
        np.testing.assert_allclose(qt.from_qutip(theirs), ours.matrix, rtol=0, atol=scale)
        np.testing.assert_allclose(qt.to_qutip(ours).full(), theirs.full(), rtol=0, atol=scale)


def test_redfield_from_rates_given_as_functions():
    system = random_system(3, 4, real=True)
    hamiltonian, a_ops = qt.to_qutip(system)

    def spectrum(bath):
        return lambda w: float(bath.spectral_density.rate(w, bath.temperature))

    a_ops = [(coupling, spectrum(bath)) for (coupling, _), bath in zip(a_ops, system.baths, strict=True)]
    theirs = qutip.bloch_redfield_tensor(hamiltonian, a_ops, sec_cutoff=-1, fock_basis=True)
    np.testing.assert_allclose(qt.from_qutip(theirs), qt.redfield_equation()(system).matrix, rtol=0, atol=1e-10)


def test_global_equation_is_its_secular_version():
    """Without degeneracies every cut-off far below the smallest difference of Bohr frequencies is the global one."""
    for levels in (3, 4):
        system = random_system(10 + levels, levels)
        theirs = qutip.bloch_redfield_tensor(*qt.to_qutip(system), sec_cutoff=1e-6, fock_basis=True)
        ours = qt.global_master_equation()(system).matrix
        np.testing.assert_allclose(qt.from_qutip(theirs), ours, rtol=0, atol=1e-10 * abs(ours).max())


def test_partial_secular_equation_has_qutips_cutoff():
    """QuTiP's sec_cutoff is in units of the smallest distance of two levels, ours absolute."""
    system = random_system(7, 4)
    distance = np.diff(np.linalg.eigvalsh(system.hamiltonian.matrix)).min()
    for sec_cutoff in (0.1, 2.3, 5.7):
        ours = qt.partial_secular_equation(sec_cutoff * distance)(system).matrix
        np.testing.assert_allclose(bloch_redfield(system, sec_cutoff), ours, rtol=0, atol=1e-10 * abs(ours).max())


def test_stacked_baths_come_apart():
    couplings = jnp.stack([qt.sigma_x(i, of=2) for i in range(2)])
    hamiltonian = qt.FiniteHamiltonian(qt.sigma_z(0, of=2), qt.sigma_z(1, of=2), dims=(2, 2))
    system = qt.OpenSystem(hamiltonian, (qt.Bath(couplings, qt.Drude(0.1, 2.0), jnp.array([1.0, 2.0])),))
    h, a_ops = qt.to_qutip(system)
    assert h.dims == a_ops[1][0].dims == [[2, 2], [2, 2]]
    assert [environment.T for _, environment in a_ops] == [1.0, 2.0]
    coupling, environment = qt.to_qutip(qt.Bath(qt.sigma_x(0, of=2), qt.Ohmic(0.1, 2.0), 0.5), dims=(2, 2))
    assert coupling == qutip.tensor(qutip.sigmax(), qutip.qeye(2))
    assert (environment.T, environment.alpha) == (0.5, 0.1)


# --- what is refused


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: qt.from_qutip(np.eye(2)), "takes a Qobj or a bosonic environment"),
        (lambda: qt.from_qutip(qutip.LorentzianEnvironment(1.0, 0.0, 1.0, 1.0)), "takes a Qobj"),
        (lambda: qt.from_qutip(qutip.BosonicEnvironment.from_spectral_density(lambda w: w)), "no temperature"),
        (lambda: qt.to_qutip(qt.OscillatorNetwork.from_springs([1.0], [[0.0]])), "takes a finite system"),
        (lambda: qt.to_qutip(qt.Drude(0.1, 1.0)), "`temperature` must be given"),
        (lambda: qt.to_qutip(qt.sigma_x(0, of=1), temperature=1.0), "and with nothing else"),
        (lambda: qt.to_qutip(qt.Drude([0.1, 0.2], 1.0), temperature=1.0), "one bath"),
        (lambda: qt.to_qutip(qt.DensityMatrix(np.eye(2) / 2), dims=2), "a DensityMatrix needs none"),
        (lambda: qt.to_qutip(qt.DensityMatrix(np.stack([np.eye(2)] * 3) / 2)), "one by one"),
        (lambda: qt.to_qutip(qt.sigma_x(0, of=2), dims=(2, 3)), "product of `dims`"),
    ],
)
def test_what_does_not_fit_is_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_without_qutip_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "qutip", None)
    for call in (lambda: qt.from_qutip(1), lambda: qt.to_qutip(qt.sigma_x(0, of=1))):
        with pytest.raises(ImportError, match=r"pip install 'qtjax\[qutip\]'"):
            call()
