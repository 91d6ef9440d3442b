"""Reference values of Scali, Anders and Correa, Quantum 5, 451 (2021): every one but the exceptional points."""

import json
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from systems import assert_reference, reference_cases

import qtjax as qt

DESCRIPTIONS = {
    "L": qt.local_master_equation(),
    "G": qt.global_master_equation(),
    "R": qt.partial_redfield_equation(),
    "exact": qt.Langevin(),
}
# Where eigenvalues and eigenvectors of first moments coalesce, and generators of second moments.
EXCEPTIONAL = (
    *("ep-k-", "ep-mu-", "ep-grad", "ep3", "qubit-ep", "exact-ep"),
    *("avoided-gap", "kappa", "rigidity", "jordan", "-second-"),
)
CASES = [case for case in reference_cases("scali2021") if not any(part in case["id"] for part in EXCEPTIONAL)]


def resonators(potential, strengths, cutoffs, temperatures):
    """Coupled through their positions, a bath at either end of the row: (hot, cold). No cutoffs: strictly ohmic."""
    nodes = len(potential)
    network = qt.OscillatorNetwork.from_positions(jnp.sqrt(jnp.diagonal(potential)), potential)
    density = qt.PowerLaw(strengths, exponent=1.0) if cutoffs is None else qt.Drude(strengths, cutoffs)
    couplings = jnp.stack([qt.position(0, of=nodes), qt.position(nodes - 1, of=nodes)])
    return qt.OpenSystem(network, (qt.Bath(couplings, density, temperatures),))


def numbers(p):
    """Arguments of `resonators`."""
    if "N" in p:
        potential = np.eye(p["N"]) + p["k"] * np.asarray(qt.chain_lattice(p["N"]))
        return jnp.asarray(potential), jnp.asarray(p["lam2"]), None, jnp.asarray(p["T"])
    if "baths" in p:
        assert [bath["node"] for bath in p["baths"]] == [0, 1]
        strengths, cutoffs, temperatures = ([bath[x] for bath in p["baths"]] for x in ("lam2", "cutoff", "T"))
        cutoffs = None if cutoffs == [None, None] else jnp.asarray(cutoffs)
    else:
        assert p.get("counterterm", True)
        strengths, cutoffs, temperatures = p["lam2"], jnp.full(2, p["cutoff"]), p["T"]
    return jnp.asarray(p["W"]), jnp.asarray(strengths), cutoffs, jnp.asarray(temperatures)


@eqx.filter_jit
def _steady(description, arguments):
    dynamics = description(resonators(*arguments))
    state = qt.steady_state(dynamics)
    found = {"cov": state.covariance, "current": qt.heat_currents(dynamics, state)}
    if isinstance(dynamics, qt.Lyapunov):
        found |= {"drift": dynamics.drift, "diffusion": dynamics.diffusion}
    return found


@eqx.filter_jit
def _transient(description, arguments, times):
    """From the product of local thermal states."""
    system = resonators(*arguments)
    dynamics = description(system)
    states = qt.evolve(dynamics, qt.local_thermal_state(system), times)
    return {"cov": states.covariance, "current": jax.vmap(lambda state: qt.heat_currents(dynamics, state))(states)}


@cache
def _cached(function, name: str, key: str):
    p = json.loads(key)
    times = [jnp.asarray(p["t"])] if "t" in p else []
    return function(DESCRIPTIONS[name], numbers(p), *times)


def _call(function, p, **changes):
    relevant = {x: p[x] for x in ("W", "baths", "lam2", "cutoff", "T", "N", "k") if x in p} | changes
    return _cached(function, p.get("equation", "exact"), json.dumps(relevant, sort_keys=True))


def _at_exceptional_point(p):
    """Spring, and strength of the cold bath."""
    return jnp.array([p.get("k", 0.495 * p["lc2"]), p["lc2"]])


def _ohmic_pair(q):
    """Frequency 1, temperatures 1 and 1/2, the hot bath a hundred times weaker."""
    potential = jnp.eye(2) + q[0] * jnp.array([[0.0, 1.0], [1.0, 0.0]])
    return resonators(potential, q[1] * jnp.array([0.01, 1.0]), None, jnp.array([1.0, 0.5]))


@jax.jit
@jax.value_and_grad
def _interior_current(q):
    """What the spring carries, -k (<x_h p_c> - <x_c p_h>)/2."""
    sigma = qt.steady_state(DESCRIPTIONS["L"](_ohmic_pair(q))).covariance
    return -q[0] * (sigma[0, 3] - sigma[2, 1]) / 2


@jax.jit
def _first_moments(q, time):
    start = qt.GaussianState(jnp.eye(4)[0], jnp.eye(4))
    return qt.evolve(DESCRIPTIONS["L"](_ohmic_pair(q)), start, time[None]).mean[0]


def _observe(name: str, p):
    _, quantity, *rest = name.split("-")
    if quantity in ("drift", "diffusion"):
        return _call(_steady, p)[quantity]
    if quantity == "steady":
        return _call(_steady, p)[rest[0]]
    if quantity == "ratio":
        by_global, by_local = (_call(_steady, p | {"equation": x})["current"][0] for x in "GL")
        return by_global / by_local
    if quantity == "transient":
        return _call(_transient, p, t=p["t"])["current"][:, ("hot", "cold").index(rest[-1])]
    if quantity == "equalT":
        found = _call(_steady, p)
        return {"L": found["current"][0], "R": found["cov"][0, [0, 2]]}[p["equation"]]
    if quantity == "chain20":
        found, middle = _call(_steady, p), 2 * (p["N"] // 2) + 1
        return [found["current"][0], *found["cov"][np.array([0, 0, middle]), np.array([0, 3, middle])]]
    assert quantity == "exact"
    if rest[0] == "steady":
        return _call(_steady, p)["current"][0]
    found = _call(_transient, p, t=[p["t"] + i * np.pi / 4 for i in range(4)])
    if rest[0] == "fig3":  # averaged over a period of the fast oscillation
        return np.mean(found["current"][:, 0])
    return found[{"cov": "cov", "flux": "current"}[rest[0]]][0]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case):
    name, p = case["id"], case["parameters"]
    if "grad-at-ep" in name:
        value, gradient = _interior_current(_at_exceptional_point(p))
        assert_reference([value, *gradient], case)
    elif "first-moment" in name:
        assert_reference(_first_moments(_at_exceptional_point(p), jnp.asarray(p["t"])), case)
    else:
        assert_reference(_observe(name, p), case)


def test_all_cases_are_there():
    assert len(CASES) == 64
