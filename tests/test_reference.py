"""Every reference value of Gonzalez et al., Open Syst. Inf. Dyn. 24, 1740010 (2017), at 25 to 40 digits."""

import json
import math
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq
from systems import assert_reference, chain, reference_cases

import qtjax as qt

# name: (description, counterterm of the baths)
NAMED = {
    "gme": (qt.global_master_equation(), True),
    "lme": (qt.local_master_equation(), True),
    "partial_redfield": (qt.partial_redfield_equation(), True),
    "redfield": (qt.redfield_equation(), True),
    "redfield_lamb_counter": (qt.redfield_equation(lamb_shift=True), True),
    "redfield_lamb": (qt.redfield_equation(lamb_shift=True), False),
    "exact": (qt.Langevin(), True),
}
CASES = reference_cases("gonzalez2017")


@eqx.filter_jit
def _solved(description, counterterm, numbers):
    dynamics = description(chain(*numbers, counterterm=counterterm))
    state = qt.steady_state(dynamics)
    currents = qt.heat_currents(dynamics, state)
    return dynamics, qt.GaussianState(state.mean, state.covariance), currents


_drift = jax.jit(lambda dynamics: (dynamics.drift, dynamics.diffusion))
_infidelity = jax.jit(lambda a, b: 1 - qt.fidelity(a, b))


@jax.jit
def _readings(state):
    return {
        "entropy": qt.entropy(state),
        "mutual_information": qt.mutual_information(state, 0, 1),
        "discord_last": qt.gaussian_discord(state, measured=1),
        "discord_first": qt.gaussian_discord(state, measured=0),
        "log_negativity": qt.logarithmic_negativity(state, 0),
    }


@cache
def _solve(key: str, name: str):
    p = json.loads(key)
    baths = p["baths"]
    nodes = len(p["omega_squared"])
    assert [b["J"] for b in baths] == ["drude", "drude"]
    assert np.array_equal([b["c"] for b in baths], np.eye(nodes)[[0, -1]])
    numbers = [
        p["omega_squared"],
        p["springs"],
        *([b[x] for b in baths] for x in ("strength", "cutoff", "T")),
    ]
    description, counterterm = NAMED[name]
    return _solved(description, counterterm, [jnp.asarray(x) for x in numbers])


def _observe(quantity: str, name: str, parameters, springs=None):
    wanted = {x: parameters[x] for x in ("omega_squared", "springs", "baths")}
    key = json.dumps(wanted if springs is None else wanted | {"springs": springs})
    dynamics, state, currents = _solve(key, name)
    if quantity == "covariance":
        return state.covariance
    if quantity == "heat_currents":
        return currents
    if quantity == "Q_hot":
        return currents[1]
    if quantity in ("drift", "diffusion"):
        return _drift(dynamics)[("drift", "diffusion").index(quantity)]
    if quantity == "infidelity":
        return _infidelity(_solve(key, "exact")[1], state)
    return _readings(state)[quantity]


def _bath_value(quantity: str, p):
    density = qt.Drude(p["strength"], p["cutoff"])
    w, t = np.array([p["w"], -p["w"]]), p["T"]
    if quantity == "gamma":
        return density.rate(w, t)
    if quantity == "lamb":
        return jnp.imag(density.half_sided(w, t))
    if quantity == "chi":
        return np.array([2 * density.reorganisation() - density.lag(p["w"]), density(p["w"])])
    if quantity == "counterterm":
        return 2 * density.reorganisation()
    assert quantity == "noise_h"
    return _symmetric_transform(density, t, -0.3 + 0.8j)


def _symmetric_transform(density: qt.Drude, temperature: float, mu: complex):
    """h(mu) = int_0^inf exp(mu s) C_sym(s) ds for Re mu < 0, from its values h(iw) on the imaginary axis.

    h is analytic in the left half-plane, so it is the Poisson integral of h(iw) = Gamma(w) + i times half the
    transform of the commutator, int_0^inf exp(iws) strength cutoff^2 exp(-cutoff s) ds. With
    w = Im mu + abs(Re mu) sinh(u) the trapezoid rule converges exponentially.
    """
    u = np.arange(-400, 401) * 0.1
    w = mu.imag - mu.real * np.sinh(u)
    commutator = density.strength * density.cutoff**2 / (density.cutoff - 1j * w)
    values = density.half_sided(w, temperature) + 0.5j * commutator
    transform = np.sum(np.asarray(values) * 0.1 / np.cosh(u)) / math.pi
    return np.array([transform.real, transform.imag])


def _weights_in_upper_mode(p) -> tuple[np.ndarray, np.ndarray]:
    """Normal-mode frequencies, and the amplitude of each node in the upper mode, x_i = sum_j O_ij eta_j."""
    numbers = [p["omega_squared"], p["springs"], [1e-3, 1e-3], [1e3, 1e3], [2.0, 3.0]]
    modes = qt.global_master_equation()(chain(*[jnp.asarray(x) for x in numbers])).modes
    w = modes.frequencies[:2]
    parts = [abs(modes.mode_vector(qt.position(i, of=2))[1]) * math.sqrt(2) * w[1] for i in range(2)]
    return np.asarray(w), np.asarray(parts)


def _wire_at(claim, k: float):
    """Parameters of a wire with spring k."""
    baths = [
        {"c": c, "T": t, "strength": claim["strength"], "cutoff": claim["cutoff"], "J": claim["J"]}
        for c, t in zip(np.eye(2).tolist(), claim["T"], strict=True)
    ]
    return {"omega_squared": claim["omega_squared"], "springs": [k], "baths": baths}


THRESHOLDS = {  # id: (description, infidelity, bracket of the spring)
    "claim:fig2b:grey_area_lower_k": ("gme", 1e-4, (3e-8, 2e-7)),
    "claim:fig2b:grey_area_upper_k": ("gme", 1e-4, (5e-3, 4e-2)),
    "claim:fig2a:lme_breakdown_k": ("lme", 1e-3, (0.05, 0.3)),
    "claim:fig2b:lme_breakdown_k": ("lme", 1e-3, (0.03, 0.2)),
}


def _threshold(case) -> float:
    claim, name = case["parameters"], case["id"]
    if name in THRESHOLDS:
        description, level, bracket = THRESHOLDS[name]

        def excess(log_k: float) -> float:
            infidelity = _observe("infidelity", description, _wire_at(claim, math.exp(log_k)))
            return math.log(infidelity / level)

        return math.exp(brentq(excess, *np.log(bracket), xtol=1e-9, rtol=1e-12))
    description = name.split(":")[-1]
    low, high = 1.0, 2.0
    for _ in range(28):
        middle = (low + high) / 2
        entangled = _observe("log_negativity", description, _wire_at(claim, middle)) > 0
        low, high = (low, middle) if entangled else (middle, high)
    return high


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case):
    name, p = case["id"], case["parameters"]
    parts = name.split(":")
    if parts[0].startswith("bath"):
        return assert_reference(_bath_value(parts[-1], p), case)
    if parts[-1] == "modes":
        w, weights = _weights_in_upper_mode(p)
        return assert_reference([*w, math.atan2(weights[1], weights[0])], case)
    if parts[-1] == "cos2theta":
        return assert_reference(_weights_in_upper_mode(p)[1][0] ** 2, case)
    if parts[-1] == "log_negativity_asymptote":
        # log(1 + w^2/2k)/4 and exp(-(upper frequency)/T) are all that separates the global equation from its
        # asymptote, which itself goes as log(k)/4.
        (k,), far, w2 = p["springs"], 1e4, p["omega_squared"][0]
        value = _observe("log_negativity", "gme", p, [far]) - math.log1p(w2 / (2 * far)) / 4
        return assert_reference(value - math.log(far / k) / 4, case)
    if name == "claim:fig3c:lme_saturation":
        return assert_reference(_observe("log_negativity", "lme", _wire_at(p, p["springs"][0])), case)
    if parts[0] == "claim":
        return assert_reference(_threshold(case), case)
    quantity, description = parts[-2:]
    if "curve" in parts:
        values = [_observe(quantity, description, p, springs) for springs in p["springs"]]
        return assert_reference(values, case)
    return assert_reference(_observe(quantity, description, p), case)


def test_all_cases_are_there():
    assert len(CASES) == 293
