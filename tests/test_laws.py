"""Laws of every network: energy, Gibbs states, uncertainty, the second law, limits of equations."""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st
from systems import DESCRIPTIONS, chain, network, random_parameters, stack, wire

import qtjax as qt

NETWORKS = 32


def _read(system, description):
    dynamics = description(system)
    state = qt.steady_state(dynamics, throw=False)
    found = {
        "covariance": state.covariance,
        "currents": qt.heat_currents(dynamics, state, throw=False),
        "production": qt.entropy_production(dynamics, state, throw=False),
    }
    if isinstance(dynamics, qt.Lyapunov):
        found |= {
            "physical": state.is_physical(),
            "drifts": dynamics.dissipative_drifts,
            "diffusions": dynamics.dissipative_diffusions,
        }
    return found


@eqx.filter_jit
def _read_all(description, parameters):
    return jax.lax.map(lambda p: _read(network(p), description), parameters)


@cache
def _networks(nodes: int, temperature: float | None = None, first: int = 0):
    many = stack([random_parameters(seed, nodes) for seed in range(first, first + NETWORKS)])
    if temperature is not None:
        many["temperatures"] = np.full_like(many["temperatures"], temperature)
    return many


def _solve(description, parameters):
    return {key: np.asarray(value) for key, value in _read_all(description, parameters).items()}


@cache
def _solved(name: str, nodes: int, temperature: float | None = None, first: int = 0):
    return _solve(DESCRIPTIONS[name], _networks(nodes, temperature, first))


@pytest.mark.parametrize(("name", "nodes"), [*((name, 3) for name in DESCRIPTIONS), ("redfield", 4), ("local", 2)])
def test_steady_currents_add_to_zero(name, nodes):
    currents = _solved(name, nodes)["currents"]
    largest = np.abs(currents).max(axis=1)
    assert np.all(largest > 1e-6)
    assert np.all(np.abs(currents.sum(axis=1)) <= 1e-14 * largest)


def _gibbs_covariance(frequencies, springs, temperature: float):
    """Covariance of exp(-H/T), of shape (2N, 2N), from the normal modes."""
    n = len(frequencies)
    springs = np.asarray(springs) * (1 - np.eye(n))
    potential = np.diag(np.asarray(frequencies) ** 2 + springs.sum(axis=1)) - springs
    squared, mix = np.linalg.eigh(potential)
    w = np.sqrt(squared)
    coth = 1 / np.tanh(w / (2 * temperature))
    covariance = np.zeros((2 * n, 2 * n))
    covariance[::2, ::2] = mix * (coth / (2 * w)) @ mix.T
    covariance[1::2, 1::2] = mix * (coth * w / 2) @ mix.T
    return covariance


@pytest.mark.parametrize("name", ["global", "partial_redfield", "redfield"])
def test_gibbs_state_is_stationary(name):
    """Bath by bath, and so in every network whose baths have one temperature."""
    temperature = 0.7
    found, parameters = _solved(name, 3, temperature), _networks(3, temperature)
    for i in range(NETWORKS):
        gibbs = _gibbs_covariance(parameters["frequencies"][i], parameters["springs"][i], temperature)
        for drift, diffusion in zip(found["drifts"][i], found["diffusions"][i], strict=True):
            flow = drift @ gibbs
            assert np.abs(flow).max() > 1e-4
            np.testing.assert_allclose(flow + flow.T, -diffusion, atol=1e-12 * np.abs(diffusion).max())
        np.testing.assert_allclose(found["covariance"][i], gibbs, rtol=1e-11, atol=1e-11)
        assert np.abs(found["currents"][i]).max() < 1e-15


def test_local_equation_carries_heat_at_equal_temperatures():
    assert np.median(np.abs(_solved("local", 3, 0.7)["currents"]).max(axis=1)) > 1e-5


@pytest.mark.parametrize("name", ["local", "global", "universal_lindblad"])
@pytest.mark.parametrize("temperature", [None, 0.7, 0.02])
def test_lindblad_forms_obey_the_uncertainty_relation(name, temperature):
    """The dissipators too: D_b + i (A_b Omega + Omega A_b^T) / 2 >= 0 for every bath on its own."""
    found = _solved(name, 3, temperature)
    assert np.all(found["physical"])
    omega = np.kron(np.eye(3), [[0.0, 1.0], [-1.0, 0.0]])
    a, d = found["drifts"], found["diffusions"]
    least = np.linalg.eigvalsh(d + 0.5j * (a @ omega + omega @ np.swapaxes(a, -1, -2)))[..., 0]
    assert np.all(least > -1e-14 * np.abs(d).max())


def test_redfield_breaks_complete_positivity():
    """So that the test above can tell: Redfield at low temperature is not of GKLS form."""
    found = _solved("redfield", 3, 0.7)
    omega = np.kron(np.eye(3), [[0.0, 1.0], [-1.0, 0.0]])
    a, d = found["drifts"], found["diffusions"]
    least = np.linalg.eigvalsh(d + 0.5j * (a @ omega + omega @ np.swapaxes(a, -1, -2)))[..., 0]
    assert np.all(least < -1e-6)


def test_global_equation_obeys_the_second_law():
    """In 1024 random networks, one compilation."""
    batches = range(0, 1024, NETWORKS)
    currents = np.concatenate([_solved("global", 3, None, first)["currents"] for first in batches])
    temperatures = np.concatenate([_networks(3, None, first)["temperatures"] for first in batches])
    assert np.all(temperatures > 0)
    flux = currents / temperatures
    assert np.all(flux.sum(axis=1) <= 1e-13 * np.abs(flux).max(axis=1))
    assert np.median(flux.sum(axis=1)) < -1e-4


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_steady_entropy_production_is_that_of_the_baths(name):
    """What leaves the system through bath b grows its entropy by -J_b/T_b."""
    found = _solved(name, 3)
    flux = found["currents"] / _networks(3)["temperatures"]
    np.testing.assert_allclose(found["production"], -flux.sum(axis=1), rtol=1e-13, atol=1e-16)
    if name in ("exact", "global"):
        assert np.all(found["production"] >= -1e-13 * np.abs(flux).max(axis=1))
        assert np.median(found["production"]) > 1e-4


# Levy and Kosloff, EPL 107, 20004 (2014): two oscillators, rotating-wave coupling, cubic baths -------------


@eqx.filter_jit
def _levy(description, w_h, t_h, coupling, kappa, w_c=5.0, t_c=10.0):
    """(J_h, J_c); the position of unit vacuum 1/2 makes J = kappa w^3 their rate kappa w^3 (1 + n)."""
    hamiltonian = qt.OscillatorNetwork.from_hopping(jnp.array([[w_h, coupling], [coupling, w_c]]))
    density = qt.PowerLaw(kappa, exponent=3.0)
    baths = (qt.Bath(qt.position(0, of=2), density, t_h), qt.Bath(qt.position(1, of=2), density, t_c))
    dynamics = description(qt.OpenSystem(hamiltonian, baths))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), throw=False)


def test_complex_hopping_is_the_schroedinger_equation_of_one_quantum():
    """i d<a>/dt = h <a> for <a> = (<x> + i <p>)/sqrt(2), phases of h included; the energy is <a>^dagger h <a>."""
    rng = np.random.default_rng(3)
    h = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    h = h + h.conj().T + 8 * np.eye(3)
    silent = qt.Bath(qt.position(0, of=3), qt.Drude(0.0, 1.0), 0.0)
    system = qt.OpenSystem(qt.OscillatorNetwork.from_hopping(h), (silent,))
    mean = rng.normal(size=6)
    a = (mean[::2] + 1j * mean[1::2]) / np.sqrt(2)
    change = qt.local_master_equation()(system).drift @ mean
    np.testing.assert_allclose((change[::2] + 1j * change[1::2]) / np.sqrt(2), -1j * h @ a, rtol=1e-12)
    form = system.hamiltonian.form
    np.testing.assert_allclose(mean @ form @ mean / 2, (a.conj() @ h @ a).real, rtol=1e-13)


def test_phases_of_hopping_on_a_ring_matter_by_their_flux_only():
    """Currents between rotating baths are unchanged by a gauge, and change with the flux through the ring."""

    @eqx.filter_jit
    def currents(description, phases):
        sites = np.arange(4)
        h = 3.0 * jnp.eye(4).astype(complex)
        h = h.at[sites, (sites + 1) % 4].set(0.4 * jnp.exp(1j * phases))
        h = h.at[(sites + 1) % 4, sites].set(0.4 * jnp.exp(-1j * phases))
        baths = [
            qt.Bath(vector(site, of=4), qt.PowerLaw(0.01, exponent=2.0), temperature)
            for site, temperature in ((0, 2.0), (1, 1.0))
            for vector in (qt.position, qt.momentum)
        ]
        dynamics = description(qt.OpenSystem(qt.OscillatorNetwork.from_hopping(h), tuple(baths)))
        return qt.heat_currents(dynamics, qt.steady_state(dynamics))

    for name in ("local", "partial_redfield"):
        plain, gauged, flux = (
            currents(DESCRIPTIONS[name], jnp.array(p)) for p in ((0.3, 0, 0, 0), (0.5, -0.7, 0.9, -0.4), (0.8, 0, 0, 0))
        )
        np.testing.assert_allclose(gauged, plain, rtol=1e-10, atol=1e-12)
        assert abs(flux[0] - plain[0]) > 1e-2 * abs(plain[0])


@pytest.mark.parametrize(
    ("name", "coupling", "current"),
    [
        ("local", 0.1, -1.924065e-4),
        ("local", 1.0, -1.375037e-2),
        ("global", 0.1, 8.439509e-5),
        ("global", 1.0, 7.552206e-3),
    ],
)
def test_levy_figure_3(name, coupling, current):
    """The local equation carries heat from cold to hot, the global one from hot to cold."""
    currents = _levy(DESCRIPTIONS[name], 10.0, 12.0, coupling, 1e-4)
    np.testing.assert_allclose(currents, [current, -current], rtol=3e-7)


def test_local_equation_breaks_the_second_law_where_levy_and_kosloff_say():
    """Entropy production is negative if and only if w_h/T_h > w_c/T_c, for T_h > T_c."""
    w_h, t_h = map(np.ravel, np.meshgrid(np.linspace(0.3, 19.0, 20), np.linspace(10.5, 40.0, 15)))

    @jax.jit
    def everywhere(name_free):
        return jax.lax.map(lambda x: _levy(DESCRIPTIONS["local"], x[0], x[1], 1e-3, 1e-6), name_free)

    currents = np.asarray(everywhere(jnp.stack([w_h, t_h], axis=1)))
    production = -currents[:, 0] / t_h - currents[:, 1] / 10.0
    gap = 5.0 / 10.0 - w_h / t_h
    clear = np.abs(gap) > 1e-3
    assert clear.sum() > 290
    assert np.all(np.sign(production[clear]) == np.sign(gap[clear]))
    assert np.any(gap[clear] > 0)
    assert np.any(gap[clear] < 0)


def test_local_current_vanishes_on_the_boundary():
    current = _levy(DESCRIPTIONS["local"], 7.5, 15.0, 0.1, 1e-4)[0]
    assert abs(current) < 1e-9 * abs(_levy(DESCRIPTIONS["local"], 10.0, 12.0, 0.1, 1e-4)[0])


# Rates ------------------------------------------------------------------------------------------------------

DENSITIES = {
    "Drude": qt.Drude(0.3, 2.0),
    "Ohmic": qt.Ohmic(0.3, 2.0),
    "sub-Ohmic": qt.Ohmic(0.3, 2.0, exponent=0.5),
    "super-Ohmic": qt.Ohmic(0.3, 2.0, exponent=3.0),
    "PowerLaw": qt.PowerLaw(0.3, exponent=3.0),
    "Flat": qt.Flat(0.3),
}
_rates = eqx.filter_jit(lambda J, w, t: (J.rate(w, t), J.rate(-w, t), J(w), J(-w)))


@pytest.mark.parametrize("name", DENSITIES)
@given(w=st.floats(1e-3, 30.0), t=st.floats(0.05, 50.0))
def test_detailed_balance(name, w, t):
    up, down, density, mirrored = map(float, _rates(DENSITIES[name], jnp.asarray(w), jnp.asarray(t)))
    assert density > 0
    assert mirrored == -density
    assert down == pytest.approx(np.exp(-w / t) * up, rel=1e-12)
    assert up == pytest.approx(2 * density / -np.expm1(-w / t), rel=1e-13)


# Limits of one equation that are another --------------------------------------------------------------------


@eqx.filter_jit
def _wire_currents(description, squared, spring, strength, temperatures=(2.0, 3.0)):
    strengths = jnp.stack([strength, 2 * strength])
    system = chain(squared, jnp.stack([spring]), strengths, (50.0, 30.0), temperatures)
    dynamics = description(system)
    return qt.heat_currents(dynamics, qt.steady_state(dynamics))


def _deviation(first: str, second: str, squared, spring: float, strength: float) -> float:
    """Relative deviation of the current of the second equation from the first."""
    one, two = (
        float(_wire_currents(DESCRIPTIONS[n], jnp.array(squared), jnp.array(spring), jnp.array(strength))[1])
        for n in (first, second)
    )
    return abs(two / one - 1)


def test_partial_redfield_is_global_far_off_resonance():
    """The dropped pairs rotate at the detuning: what they carry falls as strength^2."""
    wide, narrow = (_deviation("partial_redfield", "global", (1.0, 4.0), 0.3, s) for s in (1e-2, 1e-4))
    assert wide < 1e-3
    assert narrow < 1.1e-4 * wide
    assert narrow > 0.9e-4 * wide
    assert _deviation("partial_redfield", "global", (1.0, 1.0), 1e-5, 1e-3) > 100


def test_partial_redfield_is_local_for_weak_springs_on_resonance():
    """Up to the springs' share of the frequencies, of order spring, in the regime spring ~ strength."""
    strong, weak = (_deviation("partial_redfield", "local", (1.0, 1.0), s, s) for s in (1e-3, 1e-6))
    assert strong < 2e-3
    assert weak < 2e-3 * strong
    assert _deviation("partial_redfield", "local", (1.0, 4.0), 1e-6, 1e-6) > 1


@pytest.mark.parametrize(("time", "limit", "error"), [(1e-4, "redfield", 1e-8), (1e9, "global", 1e-7)])
def test_coarse_graining_reaches_its_limits(time, limit, error):
    """The kernel leaves 1 as (time x frequency)^2 / 24 and falls to 0 as 2 / (time x gap)."""
    coarse = _solve(qt.coarse_grained_equation(time), _networks(3))
    other = _solved("global" if limit == "redfield" else "redfield", 3)
    for key in ("drifts", "diffusions"):
        np.testing.assert_allclose(coarse[key], _solved(limit, 3)[key], atol=error)
        assert np.median(np.abs(coarse[key] - other[key]).max(axis=(1, 2, 3))) > 1e-3


# Stacks of baths, and temperature 0 ---------------------------------------------------------------


@eqx.filter_jit
def _stackable(description, system):
    dynamics = description(system)
    if isinstance(dynamics, qt.Lyapunov):
        return dynamics.dissipative_drifts, dynamics.dissipative_diffusions
    return qt.steady_state(dynamics).covariance, dynamics.drift


@pytest.mark.parametrize("name", ["redfield", "exact"])
def test_stacked_baths_are_separate_baths(name):
    p = random_parameters(5, 2, baths=3)
    hamiltonian = network(p).hamiltonian

    def bath(i):
        density = qt.Drude(p["strengths"][i], p["cutoffs"][i])
        return qt.Bath(p["couplings"][i], density, p["temperatures"][i])

    separate = qt.OpenSystem(hamiltonian, tuple(bath(i) for i in range(3)))
    mixed = qt.OpenSystem(hamiltonian, (bath(0), bath(slice(1, 3))))
    for system in (mixed, network(p)):
        assert np.array_equal(system.temperatures, p["temperatures"])
        assert system.names == separate.names
    for found, expected in zip(
        _stackable(DESCRIPTIONS[name], mixed), _stackable(DESCRIPTIONS[name], separate), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_one_bath_at_zero_temperature(name):
    """The limit T -> 0 is continuous; heat flows into the cold bath, and only its entropy is infinite."""
    many = _networks(3)
    absolute, nearly = (
        _solve(DESCRIPTIONS[name], many | {"temperatures": many["temperatures"] * [t, 1.0, 1.0] + [t / 10, 0, 0]})
        for t in (0.0, 1e-3)
    )
    assert np.all(np.isinf(absolute.pop("production")))
    assert all(np.all(np.isfinite(value)) for value in absolute.values())
    np.testing.assert_allclose(absolute["currents"], nearly["currents"], atol=3e-5)
    cold = absolute["currents"][:, 0]
    assert np.median(cold) < -1e-4
    if name in ("global", "partial_redfield", "redfield", "exact"):
        assert np.all(cold < -1e-6)


@pytest.mark.parametrize("name", ["global", "partial_redfield", "redfield", "exact"])
def test_all_baths_at_zero_temperature(name):
    """The ground state, in the exact solution squeezed a little by the baths, and no heat."""
    found, many = _solved(name, 3, 0.0), _networks(3)
    vacuum = [_gibbs_covariance(w, k, 1e-3) for w, k in zip(many["frequencies"], many["springs"], strict=True)]
    np.testing.assert_allclose(found["covariance"], vacuum, atol=0.05 if name == "exact" else 1e-12)
    assert np.abs(found["currents"]).max() < 1e-15


@pytest.mark.parametrize("name", ["global", "exact"])
def test_conductance_at_zero_temperature_is_finite(name):
    conductance = eqx.filter_jit(qt.thermal_conductance)(DESCRIPTIONS[name], wire(temperatures=(0.0, 0.5)))
    assert np.all(np.isfinite(conductance))
    np.testing.assert_allclose(conductance.sum(axis=0), 0.0, atol=1e-15)
    assert conductance[1, 1] > 1e-3
    np.testing.assert_allclose(conductance[:, 0], 0.0, atol=1e-9)
