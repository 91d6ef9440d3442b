"""Networks of many nodes: Malouf 2019's reference values, independent formulas, laws, gradients and bad input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg as sl
from hopping_networks import (
    CASES,
    LOCAL,
    NETWORKS,
    exact_normal_moments,
    hopping_of,
    lattice,
    normal_moments,
    of_case,
    random_network,
    solved,
)
from hypothesis import given, settings, strategies as st
from systems import assert_reference

import qtjax as qt


def complexes(parts) -> np.ndarray:
    """Real and imaginary part, stacked."""
    real, imaginary = np.asarray(parts)
    return real + 1j * imaginary


def observed(name: str, case):
    """The quantity of a reference case, by its name."""
    p, quantity = case["parameters"], name.partition("_")[2]
    for kind in ("countercurrent_", "displaced_", "partial_"):
        quantity = quantity.removeprefix(kind)
    system = of_case(case)
    dynamics = LOCAL(system)
    if name == "drift_mode_quadratures":
        return dynamics.drift
    if "C0" in p:
        start = qt.GaussianState.from_amplitudes(*(complexes(p[key]) for key in ("a0", "C0", "S0")))
        path = qt.evolve(dynamics, start, jnp.asarray(p["t"]))
        production, flux = jax.vmap(lambda state: qt.wigner_entropy_rates(dynamics, state))(path)
        if quantity == "S":
            return jax.vmap(qt.wigner_entropy)(path)
        return jnp.sum(production - flux, axis=1) if quantity == "dSdt" else jnp.stack([production, flux], axis=1)
    state = qt.steady_state(dynamics)
    production, flux = qt.wigner_entropy_rates(dynamics, state)
    fixed = len(p["channels"])
    if quantity.endswith("nt"):
        w = np.real(np.diagonal(hopping_of(p["H_upper"])))[[probe["site"] for probe in p["probes"]]]
        return 1 / np.expm1(w / np.asarray(system.temperatures)[fixed:])
    if quantity.endswith("Pi_r_sc"):
        return jnp.stack([jnp.sum(production[:fixed]), jnp.sum(production[fixed:]), jnp.sum(flux[:fixed])])
    c = normal_moments(state)
    table = {
        "occ": lambda: np.diag(c).real,
        "C": lambda: np.stack([c.real, c.imag]),
        "currents": lambda: qt.bond_quanta_currents(system, state),
        "Pi": lambda: production,
        "Phi": lambda: flux,
        "Pi_total": lambda: jnp.sum(production),
        "response": lambda: response(case),
    }
    return table[quantity]()


def response(case):
    """d<n_k>/dn_b by automatic differentiation."""
    p = case["parameters"]
    sites, rates, occupations = (np.array([c[key] for c in p["channels"]]) for key in ("site", "gamma", "n"))
    hopping = hopping_of(p["H_upper"])

    @jax.jit
    @jax.jacfwd
    def derivative(n):
        sigma = qt.steady_state(LOCAL(lattice(hopping, sites, rates, n)), throw=False).covariance
        return jnp.diagonal(sigma).reshape(-1, 2).sum(axis=1) / 2

    return derivative(jnp.asarray(occupations))


@pytest.mark.parametrize("name", NETWORKS)
def test_reference(name):
    case = {"atol": 0.0, **NETWORKS[name]}
    assert_reference(observed(name, case), case)


def test_reference_covariance():
    case = {"atol": 0.0, **CASES["sigma_2"]}
    moments = [complexes(case["parameters"][key]) for key in ("C", "S")]
    assert_reference(qt.GaussianState.from_amplitudes(np.zeros(2), *moments).covariance, case)


def test_reference_inverse():
    """B and P, the blocks of Theta^-1 (A6, corrected): those of the inverse covariance on (a, a^dagger)."""
    case = {"atol": 1e-12, **CASES["theta_inverse_2"]}
    moments = [complexes(case["parameters"][key]) for key in ("C", "S")]
    sigma = np.asarray(qt.GaussianState.from_amplitudes(np.zeros(2), *moments).covariance)
    ladder = np.kron(np.eye(2), [1.0, 1.0j]) / np.sqrt(2)
    inverse = np.linalg.inv(sigma)
    b, p = ladder @ inverse @ ladder.conj().T, ladder @ inverse @ ladder.T
    assert_reference(np.stack([b.real, b.imag, p.real, p.imag]), case)


def test_reference_dephasing():
    """Second moments under dephasing are those of self-consistent probes."""
    case = CASES["dephasing2_C"]
    p = case["parameters"]
    h = np.array([[1.0, 1j * p["lam"]], [-1j * p["lam"], 1.0]])
    ends = [0, 1], [p["gamma"]] * 2, [p["n1"], p["nL"]]
    system = qt.self_consistent(LOCAL, lattice(h, *ends, probes=([0, 1], [p["Gamma"]] * 2, [1.0, 1.0])), "probes")
    assert_reference(normal_moments(qt.steady_state(LOCAL(system))).real, case)


@pytest.mark.parametrize("size", [4, 12, 13, 40])
def test_random_networks(size):
    for seed in range(3):
        numbers = random_network(seed, size)
        system = lattice(*numbers)
        state, (production, flux), quanta = solved(system)
        c = exact_normal_moments(*numbers)
        np.testing.assert_allclose(normal_moments(state), c, atol=2e-13)
        h, sites, rates, n = numbers
        np.testing.assert_allclose(quanta, rates * (n - np.diag(c).real[sites]), atol=1e-13)
        bonds = 2 * np.imag(h * c.T)  # C_lk = <a_k^dagger a_l>
        np.testing.assert_allclose(qt.bond_quanta_currents(system, state), bonds - np.diag(np.diag(bonds)), atol=1e-13)
        into = np.zeros(size)
        np.add.at(into, sites, np.asarray(quanta))
        np.testing.assert_allclose(into + bonds.sum(axis=1), 0.0, atol=1e-13)
        inverse = np.diag(np.linalg.inv(c + np.eye(size) / 2)).real[sites]
        np.testing.assert_allclose(flux, rates * (np.diag(c).real[sites] - n) / (n + 0.5), atol=1e-12)
        np.testing.assert_allclose(production, flux - rates + rates * (n + 0.5) * inverse, atol=1e-12)
        assert np.all(production >= 0)
        assert float(production.sum()) == pytest.approx(float(flux.sum()), abs=1e-13)


def relaxing(seed: int, size: int):
    """A network, and a physical start with anomalous correlations and a mean: displaced, squeezed, then mixed."""
    numbers = random_network(seed, size)
    rng = np.random.default_rng(seed)
    start = qt.GaussianState(np.zeros(2 * size), np.eye(2 * size) * 0.5 * rng.uniform(1.0, 2.0))
    for site in range(size):
        start = start.squeezed(site, rng.uniform(-0.6, 0.6), rng.uniform(0, 6))
    mixer = qt.OscillatorNetwork.from_hopping(numbers[0])
    turn = sl.expm(np.kron(np.eye(size), [[0.0, 1.0], [-1.0, 0.0]]) @ np.asarray(mixer.form) * 3.0)
    start = qt.GaussianState(np.zeros(2 * size), turn @ start.covariance @ turn.T)
    return numbers, start.displaced(rng.normal(size=2 * size))


@pytest.mark.parametrize("size", [3, 14])
def test_relaxation_with_anomalous_correlations(size):
    """C, S and <a> against their closed forms, and dS/dt = Pi - Phi against differences of the entropy."""
    numbers, start = relaxing(3, size)
    h, sites, rates, _ = numbers
    dynamics = LOCAL(lattice(*numbers))
    t, step = 0.7, 1e-3
    times = t + step * np.array([-2, -1, 0, 1, 2])
    path = qt.evolve(dynamics, start, times)
    now = jax.tree.map(lambda x: x[2], path)
    damping = np.zeros(size)
    np.add.at(damping, sites, rates)
    e = sl.expm((-1j * h - np.diag(damping) / 2) * t)
    final = exact_normal_moments(*numbers)
    c0, sigma0 = normal_moments(start), np.asarray(start.covariance)
    s0 = (sigma0[0::2, 0::2] - sigma0[1::2, 1::2]) / 2 + 0.5j * (sigma0[0::2, 1::2] + sigma0[0::2, 1::2].T)
    a0 = (np.asarray(start.mean)[0::2] + 1j * np.asarray(start.mean)[1::2]) / np.sqrt(2)
    expected = qt.GaussianState.from_amplitudes(e @ a0, e @ (c0 - final) @ e.conj().T + final, e @ s0 @ e.T)
    np.testing.assert_allclose(now.covariance, expected.covariance, atol=1e-13)
    np.testing.assert_allclose(now.mean, expected.mean, atol=1e-13)
    assert np.all(path.is_physical())
    production, flux = qt.wigner_entropy_rates(dynamics, now)
    entropies = jax.vmap(qt.wigner_entropy)(path)
    rate = np.dot([1, -8, 0, 8, -1], entropies) / (12 * step)
    assert float(jnp.sum(production - flux)) == pytest.approx(float(rate), rel=1e-9)
    assert np.all(production >= 0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 3.0), st.floats(0.0, 2.0))
def test_equilibrium_produces_nothing(seed, occupation, displacement):
    """One occupation everywhere: the steady state is thermal; a displaced state produces, and relaxes with Pi = ..."""
    h, sites, rates, _ = random_network(seed, 4)
    h = h - np.diag(np.diag(h)) + np.eye(4)
    state, (production, flux), quanta = solved(lattice(h, sites, rates, np.full(sites.size, occupation)))
    np.testing.assert_allclose(state.covariance, (occupation + 0.5) * np.eye(8), atol=1e-13)
    for rate in (production, flux, quanta):
        np.testing.assert_allclose(rate, 0.0, atol=1e-14)
    moved = state.displaced(displacement * np.ones(8))
    dynamics = LOCAL(lattice(h, sites, rates, np.full(sites.size, occupation)))
    production, flux = qt.wigner_entropy_rates(dynamics, moved)
    np.testing.assert_allclose(production, rates * displacement**2 / (occupation + 0.5), atol=1e-13)
    np.testing.assert_allclose(flux, production, atol=1e-13)


def test_bond_currents_of_springs():
    """Along a chain with baths at its ends the energy that crosses a cut is the heat current, whatever the detuning."""
    network = qt.OscillatorNetwork.from_springs([1.0, 1.4, 0.8, 1.1], 0.2 * np.asarray(qt.chain_lattice(4)))
    baths = tuple(qt.Bath(qt.position(i, of=4), qt.Drude(0.05, 5.0), t) for i, t in ((0, 2.0), (3, 1.0)))
    system = qt.OpenSystem(network, baths)
    dynamics = qt.global_master_equation()(system)
    dynamics = LOCAL(system)
    state = qt.steady_state(dynamics)
    heat = qt.heat_currents(dynamics, state)
    bonds = qt.bond_energy_currents(system, state)
    np.testing.assert_allclose(bonds, -bonds.T, atol=0)
    assert float(bonds[2, 1]) == pytest.approx(float(heat[0]), rel=1e-10)
    np.testing.assert_allclose(bonds[[0, 0, 1], [2, 3, 3]], 0.0, atol=1e-16)


def test_bond_currents_of_weak_hopping():
    """Resonant sites: the energy current is w x that of quanta, which is 2 Im(H_kl <a_k^dagger a_l>)."""
    w, hopping = 1.7, 1e-5 * np.exp(0.4j)
    h = np.array([[w, hopping], [np.conj(hopping), w]])
    system = lattice(h, [0, 1], [1e-4, 2e-4], [0.3, 1.2])
    state = qt.steady_state(LOCAL(system))
    quanta = qt.bond_quanta_currents(system, state)
    assert float(quanta[0, 1]) == pytest.approx(2 * np.imag(h[0, 1] * normal_moments(state)[1, 0]), rel=1e-12)
    np.testing.assert_allclose(qt.bond_energy_currents(system, state), w * quanta, rtol=1e-9)


@pytest.fixture(scope="module")
def production_of_rates():
    h, sites, _, n = random_network(1, 20, channels=1)

    @jax.jit
    def production(rates):
        dynamics = LOCAL(lattice(h, sites, rates, n))
        state = qt.steady_state(dynamics)
        return jnp.sum(qt.wigner_entropy_rates(dynamics, state)[0])

    return production


def test_gradient_by_every_site(production_of_rates):
    rates = np.random.default_rng(0).uniform(0.05, 0.1, 20)
    gradient = jax.jit(jax.grad(production_of_rates))(rates)
    for site in (0, 7, 19):
        step = 1e-4 * np.eye(20)[site]
        values = [production_of_rates(rates + k * step) for k in (-2, -1, 1, 2)]
        difference = np.dot([1, -8, 8, -1], values) / (12 * 1e-4)
        assert float(gradient[site]) == pytest.approx(difference, rel=1e-8)


def test_gradient_by_hopping_and_frequencies():
    """Of a sum of squares of the covariance, through frames of equal sites, against differences; second order too."""
    size = 13
    rng = np.random.default_rng(0)
    couplings = np.asarray(qt.chain_lattice(size))

    @jax.jit
    def value(x):
        h = jnp.diag(1.0 + x[0] * rng.normal(size=size)) + (0.1 + x[1]) * couplings
        occupations = np.linspace(0.2, 1.0, size)
        system = lattice(h, np.arange(size), np.full(size, 0.05), occupations)
        return jnp.sum(qt.steady_state(LOCAL(system), qt.Modal()).covariance ** 2)

    rng = np.random.default_rng(0)
    at = jnp.asarray([0.1, 0.02])
    slope = jax.jit(jax.grad(value))
    gradient = slope(at)
    step = 1e-4
    for k in range(2):
        values = [value(at.at[k].add(m * step)) for m in (-2, -1, 1, 2)]
        assert float(gradient[k]) == pytest.approx(np.dot([1, -8, 8, -1], values) / (12 * step), rel=1e-8)
    curvature = jax.jit(jax.grad(lambda x: jax.grad(value)(x)[1]))(at)
    slopes = [slope(at.at[1].add(m * step))[1] for m in (-2, -1, 1, 2)]
    assert float(curvature[1]) == pytest.approx(np.dot([1, -8, 8, -1], slopes) / (12 * step), rel=1e-7)


def test_wigner_entropy():
    """Invariant under canonical maps; the vacuum has N (1 + ln(pi/2))."""
    vacuum = qt.GaussianState(np.zeros(4), 0.5 * np.eye(4))
    expected = 2 * (1 + np.log(np.pi / 2))
    assert float(qt.wigner_entropy(vacuum)) == pytest.approx(expected, rel=1e-15)
    assert float(qt.wigner_entropy(vacuum.squeezed(1, 0.7, 0.3).displaced(np.ones(4)))) == pytest.approx(expected)
    np.testing.assert_allclose(vacuum.squeezed(0, 0.5).covariance[:2, :2], np.diag([np.exp(-1), np.exp(1)]) / 2)


def test_lattices():
    square = np.asarray(qt.square_lattice(2, 3))
    assert square.sum() == 2 * 7
    assert square[[0, 0, 2], [1, 3, 3]].tolist() == [1, 1, 0]
    np.testing.assert_array_equal(square, square.T)
    assert np.asarray(qt.ring_lattice(4)).sum(axis=0).tolist() == [2, 2, 2, 2]
    assert np.asarray(qt.chain_lattice(1)).shape == (1, 1)


SYSTEM = lattice(np.array([[1.0, 0.1], [0.1, 1.0]]), [0, 1], [0.1, 0.2], [1.0, 2.0])

STATE = qt.GaussianState(np.zeros(4), np.eye(4))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: qt.chain_lattice(0), "`sites` must be an integer >= 1, but is 0"),
        (lambda: qt.ring_lattice(2), "`sites` must be an integer >= 3"),
        (lambda: qt.square_lattice(2, 2.0), "`columns` must be an integer"),
        (lambda: qt.self_consistent(LOCAL, SYSTEM, 3), "positions or names of baths, 0"),
        (lambda: qt.self_consistent(LOCAL, SYSTEM, 0), "must leave at least one bath"),
        (lambda: qt.self_consistent(LOCAL, SYSTEM.hamiltonian, 0), "`system` must be a `qt.OpenSystem`"),
        (lambda: qt.wigner_entropy_rates(qt.redfield_equation()(SYSTEM), STATE), "the local and the global one"),
        (lambda: qt.wigner_entropy_rates(SYSTEM, STATE), "`dynamics` must be"),
        (lambda: qt.wigner_entropy_rates(LOCAL(SYSTEM), STATE.reduced(0)), "covariance of shape"),
        (lambda: qt.wigner_entropy(np.eye(2)), "`qt.GaussianState`"),
        (lambda: qt.bond_quanta_currents(SYSTEM, STATE.reduced(1)), "covariance of shape"),
        (lambda: qt.bond_energy_currents(LOCAL(SYSTEM), STATE), "`qt.OscillatorNetwork`"),
        (lambda: qt.quanta_currents(qt.Langevin(), STATE), "`dynamics` must be"),
        (lambda: qt.Modal(rtol=-1.0), "rtol of `qt.Modal` must be positive"),
        (lambda: STATE.displaced(np.ones(3)), "`displacement` must have shape"),
        (lambda: STATE.squeezed(2, 0.1), "The site must be one of 0, ..., 1"),
        (lambda: qt.GaussianState.from_amplitudes(np.zeros(2), np.eye(3)), "`mean` must have shape"),
        (lambda: qt.GaussianState.from_amplitudes(np.zeros(2), np.array([[0, 1], [0, 0]])), "must be Hermitian"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        call()


def test_bad_values():
    with pytest.raises(RuntimeError, match="covariance is not positive"):
        qt.wigner_entropy(qt.GaussianState(np.zeros(2), -np.eye(2)))
    still = qt.OscillatorNetwork(np.diag([0.0, 1.0, 1.0, 1.0]), np.diag([1.0, 0.0, 0.0, 0.0]))
    with pytest.raises(RuntimeError, match="Node 0 has no frequency"):
        qt.bond_quanta_currents(still, STATE)
    apart = lattice(np.eye(2), [0], [0.1], [1.0], probes=([1], [0.1], [1.0]))
    with pytest.raises(RuntimeError, match="No temperatures of the probes"):
        qt.self_consistent(LOCAL, apart, "probes")
