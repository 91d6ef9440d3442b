"""Networks in the form of Malouf 2019: hopping and channels; and what they do by independent formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg as sl
from systems import reference_cases

import qtjax as qt

LOCAL = qt.local_master_equation()

CASES = {case["id"].removeprefix("malouf2019/"): case for case in reference_cases("malouf2019")}

NETWORKS = {name: case for name, case in CASES.items() if "channels" in case["parameters"]}


def hopping_of(rows) -> np.ndarray:
    """A Hermitian matrix from rows [k, l, Re, Im] of its upper triangle."""
    size = 1 + max(max(row[:2]) for row in rows)
    h = np.zeros((size, size), complex)
    for k, l, re, im in rows:  # noqa: E741
        h[k, l], h[l, k] = re + 1j * im, re - 1j * im
    return h


def temperature(frequency, occupation):
    """At which a mode has the occupation."""
    some = jnp.where(occupation > 0, occupation, 1.0)
    return jnp.where(occupation > 0, frequency / jnp.log1p(1.0 / some), 0.0)


def lattice(hopping, sites, rates, occupations, **kwargs) -> qt.OpenSystem:
    """A network with one channel, of a rate and an occupation, for each of some sites; `kwargs` name more baths."""
    w = jnp.real(jnp.diagonal(jnp.asarray(hopping)))

    def channels(sites, rates, occupations, name=None):
        sites = np.asarray(sites)
        couplings = np.zeros((len(sites), 2 * len(w)))
        couplings[np.arange(len(sites)), 2 * sites] = np.sqrt(2)
        t = temperature(w[sites], jnp.asarray(occupations, float))
        return qt.Bath(couplings, qt.Flat(jnp.asarray(rates, float)), t, name=name)

    baths = [channels(sites, rates, occupations), *(channels(*value, name=name) for name, value in kwargs.items())]
    return qt.OpenSystem(qt.OscillatorNetwork.from_hopping(hopping), tuple(baths))


def of_case(case) -> qt.OpenSystem:
    """The network of a reference case, its probes self-consistent."""
    p = case["parameters"]
    hopping = hopping_of(p["H_upper"])
    sites, rates, occupations = zip(*([c["site"], c["gamma"], c["n"]] for c in p["channels"]), strict=True)
    if "probes" not in p:
        return lattice(hopping, sites, rates, occupations)
    probes = [probe["site"] for probe in p["probes"]], [probe["Gamma"] for probe in p["probes"]]
    system = lattice(hopping, sites, rates, occupations, probes=(*probes, np.ones(len(p["probes"]))))
    return qt.self_consistent(LOCAL, system, "probes")


def normal_moments(state: qt.GaussianState) -> np.ndarray:
    """C_kl = <a_l^dagger a_k> of the fluctuations."""
    sigma = np.asarray(state.covariance)
    xp = sigma[0::2, 1::2]
    return (sigma[0::2, 0::2] + sigma[1::2, 1::2] - np.eye(state.nodes)) / 2 + 0.5j * (xp.T - xp)


def random_network(seed: int, size: int, channels: int = 2):
    """Complex hopping on a sparse random graph, two channels a site."""
    rng = np.random.default_rng(seed)
    h = (rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))) * (rng.random((size, size)) < 0.3)
    h = 0.05 * (h + h.conj().T)
    np.fill_diagonal(h, rng.uniform(0.8, 1.3, size))
    sites = np.tile(np.arange(size), channels)
    return h, sites, rng.uniform(0.01, 0.2, sites.size), rng.uniform(0.0, 2.0, sites.size)


def exact_normal_moments(h, sites, rates, occupations) -> np.ndarray:
    """W C + C W^dagger + f = 0 by Kronecker products or SciPy: Malouf 2019, Eqs. B4 and B5, signs corrected."""
    w, f = -1j * (h - np.mean(np.diag(h).real) * np.eye(len(h))), np.zeros(len(h))
    for site, rate, n in zip(sites, rates, occupations, strict=True):
        w[site, site] -= rate / 2
        f[site] += rate * n
    return sl.solve_continuous_lyapunov(w, -np.diag(f).astype(complex))


@jax.jit
def solved(system):
    dynamics = LOCAL(system)
    state = qt.steady_state(dynamics, throw=False)
    return state, qt.wigner_entropy_rates(dynamics, state, throw=False), qt.quanta_currents(dynamics, state)
