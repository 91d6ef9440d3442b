"""Finite systems against their definition (`finite_definition.py`): at degeneracies, in every basis."""

import math
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from finite_definition import dissipator, drude, expected, ohmic, rate, reorganisation, shift, steady
from finite_systems import (
    EQUATIONS,
    commutator,
    dissipators,
    finite_system,
    random_parameters,
    random_unitary,
)
from systems import stack

import qtjax as qt

# The systems: four levels, two baths -----------------------------------------------------------------------------


def _with_levels(seed: int, levels, **changes):
    """Random couplings on given levels of the whole Hamiltonian in a random basis; the free part likewise."""
    rng = np.random.default_rng(seed)
    u = random_unitary(rng, len(levels))
    whole = u @ np.diag(levels) @ u.conj().T
    whole = (whole + whole.conj().T) / 2
    p = random_parameters(seed, len(levels))
    return p | {"interaction": 0.3 * whole, "free": 0.7 * whole} | changes


def _dephasing(seed: int):
    """Both couplings commute with a Hamiltonian without degeneracies."""
    p = random_parameters(seed, 4)
    v = np.linalg.eigh(p["free"] + p["interaction"])[1]
    diagonal = np.random.default_rng(seed).normal(size=(2, 4))
    return p | {"couplings": np.stack([(v * x) @ v.conj().T for x in diagonal])}


def _ring():
    """A vacuum and one quantum on a ring of three sites with hopping: two degenerate levels; baths on two sites."""
    hopping = np.zeros((4, 4), complex)
    hopping[1:, 1:] = -0.3 * (np.ones((3, 3)) - np.eye(3))
    couplings = np.zeros((2, 4, 4), complex)
    for bath in range(2):
        couplings[bath, 0, 1 + bath] = couplings[bath, 1 + bath, 0] = 1.0
    free = np.diag([0.0, 1.0, 1.0, 1.0]).astype(complex)
    return random_parameters(0, 4) | {
        "free": free,
        "interaction": hopping,
        "couplings": couplings,
        "temperatures": np.array([2.0, 0.5]),
        "strengths": np.array([0.02, 0.05]),
    }


def _pair(e1: float, e2: float, g: float, *, rotating: bool = False):
    """Two qubits, strengths 30 times apart."""
    x, z, one = np.array([[0, 1], [1, 0]]), np.diag([1, -1]), np.eye(2)
    plus = np.array([[0, 1], [0, 0]])
    between = np.kron(plus, plus.T) + np.kron(plus.T, plus) if rotating else np.kron(x, x)
    free = (e1 * np.kron(z, one) + e2 * np.kron(one, z)) / 2
    couplings = np.stack([np.kron(x, one), np.kron(one, x)])
    return random_parameters(1, 4) | {
        "free": free.astype(complex),
        "interaction": (g * between).astype(complex),
        "couplings": couplings.astype(complex),
        "strengths": np.array([0.001, 0.03]),
    }


def _spin(d: int = 4):
    """A spin (d - 1)/2 in a field: equidistant levels, so coinciding Bohr frequencies, and S^2 is not 1."""
    m = np.arange(d)[::-1] - (d - 1) / 2
    raising = np.diag(np.sqrt((d - 1) / 2 * ((d - 1) / 2 + 1) - m[1:] * (m[1:] + 1)), 1)
    x, z = (raising + raising.T) / 2, np.diag(m)
    p = random_parameters(2, d)
    return p | {
        "free": (0.8 * z).astype(complex),
        "interaction": np.zeros((d, d), complex),
        "couplings": np.stack([x, x @ z + z @ x]).astype(complex),
    }


FOUR = {
    **{f"random {seed}": random_parameters(seed, 4) for seed in range(10, 13)},
    "two equal levels": _with_levels(20, [0.0, 1.0, 1.0, 2.7]),
    "three equal levels": _with_levels(21, [-1.3, 0.4, 0.4, 0.4]),
    "nothing but equal levels": _with_levels(22, [0.7] * 4),
    "equidistant": _with_levels(23, [-1.0, 0.0, 1.0, 2.0]),
    "levels 1e-6 apart": _with_levels(24, [0.0, 1.0, 1.000001, 2.3]),
    "spin 3/2": _spin(),
    "ring": _ring(),
    "two qubits at their crossing": _pair(1.0, 1.0, 0.0),
    "two qubits": _pair(2.0, 1.2, 0.4),
    "two-level nodes of negative mode energy": _pair(0.8, 1.1, 1.6, rotating=True),
    "pure dephasing": _dephasing(25),
    "a bath at zero temperature": random_parameters(26, 4) | {"temperatures": np.array([0.0, 1.0])},
    "two cold baths": _with_levels(27, [0.0, 0.0, 1.0, 1.5], temperatures=np.array([2e-3, 1e-2])),
}
BATCH = len(FOUR)


@eqx.filter_jit
def _library(equation: str, lamb_shift: bool, counterterm: bool, batch):
    def at(p):
        dynamics = EQUATIONS[equation](lamb_shift=lamb_shift)(finite_system(p, counterterm=counterterm))
        state = qt.steady_state(dynamics, throw=False)
        return {
            "dissipators": dissipators(dynamics),
            "generator": dynamics.matrix,
            "rho": state.matrix.astype(complex),
            "currents": qt.heat_currents(dynamics, state, throw=False),
        }

    return jax.lax.map(at, batch)


def _solve(equation: str, lamb_shift: bool, counterterm: bool, systems):
    found = _library(equation, lamb_shift, counterterm, stack(list(systems)))
    return {key: np.asarray(value) for key, value in found.items()}


@cache
def _four(equation: str, lamb_shift: bool, counterterm: bool = True):
    return _solve(equation, lamb_shift, counterterm, FOUR.values())


@cache
def _expected(equation: str, lamb_shift: bool, counterterm: bool = True):
    return [expected(equation, p, lamb_shift, counterterm) for p in FOUR.values()]


VARIANTS = [
    *((equation, False, True) for equation in EQUATIONS),
    *((equation, True, True) for equation in EQUATIONS),
    ("redfield", True, False),
]
IDS = [f"{e}{' lamb' * s}{' counterterm' * (s and c)}" for e, s, c in VARIANTS]


@pytest.mark.parametrize(("equation", "lamb_shift", "counterterm"), VARIANTS, ids=IDS)
def test_generator(equation, lamb_shift, counterterm):
    found = _four(equation, lamb_shift, counterterm)
    tolerance = 2e-11 if lamb_shift else 1e-13
    for i, (name, p) in enumerate(FOUR.items()):
        moves = _expected(equation, lamb_shift, counterterm)[i]
        scale = np.abs(moves).max()
        np.testing.assert_allclose(found["dissipators"][i], moves, rtol=0, atol=tolerance * scale, err_msg=name)
        generator = commutator(p["free"] + p["interaction"]) + moves.sum(axis=0)
        np.testing.assert_allclose(found["generator"][i], generator, rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize(("equation", "lamb_shift", "counterterm"), VARIANTS, ids=IDS)
def test_steady_state(equation, lamb_shift, counterterm):
    """State and currents where the steady state is unique, NaN where it is not."""
    found, unique = _four(equation, lamb_shift, counterterm), 0
    for i, (name, p) in enumerate(FOUR.items()):
        rho, currents, singular = steady(p, _expected(equation, lamb_shift, counterterm)[i])
        slow = singular[1] / singular[-1]
        if slow < 1e-12:
            assert np.all(np.isnan(found["rho"][i])), name
            continue
        unique += 1
        precision = 1e-15 / slow + (1e-9 if lamb_shift else 1e-12)
        np.testing.assert_allclose(found["rho"][i], rho, rtol=0, atol=precision, err_msg=name)
        size = p["strengths"].max() * np.abs(p["couplings"]).max() ** 2
        np.testing.assert_allclose(found["currents"][i], currents, rtol=0, atol=precision * size, err_msg=name)
        assert abs(found["currents"][i].sum()) <= 1e-14 * np.abs(found["currents"][i]).max()
    assert unique >= 9


@pytest.mark.parametrize(("equation", "lamb_shift", "counterterm"), VARIANTS, ids=IDS)
def test_no_basis_is_special(equation, lamb_shift, counterterm):
    rng = np.random.default_rng(7)
    turns = [random_unitary(rng, 4) for _ in FOUR]
    turned = []
    for p, u in zip(FOUR.values(), turns, strict=True):
        parts = {key: u @ p[key] @ u.conj().T for key in ("free", "interaction", "couplings")}
        turned.append(p | {key: (m + np.swapaxes(m, -1, -2).conj()) / 2 for key, m in parts.items()})
    found, plain = _solve(equation, lamb_shift, counterterm, turned), _four(equation, lamb_shift, counterterm)
    for i, (name, u) in enumerate(zip(FOUR, turns, strict=True)):
        both = np.kron(u, u.conj())
        expected_generator = both @ plain["generator"][i] @ both.conj().T
        # Rounding turns eigenvectors 1e-6 apart by 1e-10, which only equations on all pairs do not notice.
        tolerance = 1e-9 if name == "levels 1e-6 apart" else 1e-11
        np.testing.assert_allclose(found["generator"][i], expected_generator, rtol=0, atol=tolerance, err_msg=name)
        unique = np.isfinite(plain["currents"][i]).all()
        assert unique == np.isfinite(found["currents"][i]).all(), name
        if unique:
            np.testing.assert_allclose(found["currents"][i], plain["currents"][i], rtol=0, atol=tolerance, err_msg=name)


def test_naive_jumps_are_wrong_on_the_ring():
    """One jump operator per pair of eigenvectors, not per frequency: another steady state and another current."""
    i, p = list(FOUR).index("ring"), FOUR["ring"]
    energies, v = np.linalg.eigh(p["free"] + p["interaction"])
    assert abs(energies[3] - energies[2]) < 1e-14
    w = energies - energies[:, None]
    moves = []
    for b in range(2):
        s = v.conj().T @ p["couplings"][b] @ v
        slope = drude(p["strengths"][b], p["cutoffs"][b])
        move = np.zeros((16, 16), complex)
        for m, n in np.ndindex(4, 4):
            jump = np.zeros((4, 4), complex)
            jump[m, n] = s[m, n] * math.sqrt(rate(slope, p["temperatures"][b], w[m, n]))
            jump = v @ jump @ v.conj().T
            loss = jump.conj().T @ jump / 2
            move += np.kron(jump, jump.conj()) - np.kron(loss, np.eye(4)) - np.kron(np.eye(4), loss.T)
        moves.append(move)
    _, naive, _ = steady(p, np.stack(moves))
    current = _four("global", False)["currents"][i, 0]
    assert current > 0
    assert abs(naive[0] / current - 1) > 0.01


@pytest.mark.parametrize("equation", [name for name in EQUATIONS if name != "local"])
def test_currents_at_a_damping_of_1e_minus_10(equation):
    """Every equation on the whole Hamiltonian is then the rate equation of the levels, in whatever basis."""
    systems = []
    for seed in range(40, 40 + BATCH):
        p = random_parameters(seed, 4)
        systems.append(p | {"strengths": 1e-10 * p["strengths"] / p["strengths"].max()})
    found = _solve(equation, False, True, systems)["currents"]
    for p, currents in zip(systems, found, strict=True):
        energies, v = np.linalg.eigh(p["free"] + p["interaction"])
        w = energies - energies[:, None]
        flows = []
        for b in range(2):
            s = v.conj().T @ p["couplings"][b] @ v
            slope = drude(1e10 * p["strengths"][b], p["cutoffs"][b])
            flow = np.vectorize(lambda x, slope=slope, t=p["temperatures"][b]: rate(slope, t, x))(w) * np.abs(s) ** 2
            flows.append(flow - np.diag(flow.sum(axis=0)))
        rows = np.vstack([sum(flows), np.ones(4)])
        populations = np.linalg.lstsq(rows, np.append(np.zeros(4), 1.0), rcond=None)[0]
        np.testing.assert_allclose(currents, [1e-10 * energies @ flow @ populations for flow in flows], rtol=1e-9)


# Other dimensions, other densities --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equation", "d", "lamb_shift"),
    [("redfield", 2, True), ("universal_lindblad", 3, True), ("redfield", 5, False), ("global", 6, False)],
)
def test_other_dimensions(equation, d, lamb_shift):
    systems = [random_parameters(60, d), _with_levels(61, [0.0, 0.0, 0.5, 1.0, 1.0, 1.7][:d]), _spin(d)]
    found = _solve(equation, lamb_shift, True, systems)["dissipators"]
    for moves, p in zip(found, systems, strict=True):
        wanted = expected(equation, p, lamb_shift, True)
        np.testing.assert_allclose(moves, wanted, rtol=0, atol=1e-11 * np.abs(wanted).max())


@pytest.mark.parametrize("exponent", [1.0, 3.0])
def test_exponential_cutoff(exponent):
    """Its Lamb shift is a quadrature in the package as well."""
    p = random_parameters(70, 3)
    h = p["free"] + p["interaction"]
    q = []
    for b in range(2):
        slope = ohmic(p["strengths"][b], p["cutoffs"][b], exponent)
        lamb = lambda w, slope=slope, b=b: shift(slope, p["temperatures"][b], w, [p["cutoffs"][b]])  # noqa: E731
        gamma = lambda w, slope=slope, b=b: rate(slope, p["temperatures"][b], w)  # noqa: E731
        own = reorganisation(slope, p["cutoffs"][b])
        q.append(dissipator("redfield", h, p["couplings"][b], gamma, cache(lamb), own))
    found = np.asarray(_with_exponential_cutoff(p, exponent))
    np.testing.assert_allclose(found, q, rtol=0, atol=1e-10 * np.abs(q).max())


@jax.jit
def _with_exponential_cutoff(p, exponent):
    density = qt.Ohmic(p["strengths"], p["cutoffs"], exponent=exponent)
    bath = qt.Bath(p["couplings"], density, p["temperatures"])
    system = qt.OpenSystem(qt.FiniteHamiltonian(p["free"], p["interaction"]), (bath,))
    return dissipators(qt.redfield_equation(lamb_shift=True)(system))


@pytest.mark.parametrize("lamb_shift", [False, True])
def test_coherence_of_one_qubit(lamb_shift):
    """H = 0.5 sigma_z + 0.3 sigma_x, a bath on sigma_z: the Lamb shift turns the steady state out of the eigenbasis.

    The counterterm, a constant where S^2 = 1, changes nothing.
    """
    z, x = np.diag([1.0, -1.0]).astype(complex), np.array([[0, 1], [1, 0]], complex)
    p = {
        "free": 0.5 * z,
        "interaction": 0.3 * x,
        "couplings": np.stack([z, 0 * z]),
        "strengths": np.array([0.02, 0.0]),
        "cutoffs": np.array([5.0, 5.0]),
        "temperatures": np.array([1.0, 1.0]),
    }
    v = np.linalg.eigh(p["free"] + p["interaction"])[1]
    for counterterm in (True, False) if lamb_shift else (True,):
        rho = _solve("redfield", lamb_shift, counterterm, [p] * 3)["rho"][0]
        coherence = abs((v.conj().T @ rho @ v)[0, 1])
        if lamb_shift:
            wanted = steady(p, expected("redfield", p, True, counterterm))[0]
            np.testing.assert_allclose(rho, wanted, atol=1e-11)
            assert coherence == pytest.approx(2.5e-3, rel=0.05)
        else:
            assert coherence < 1e-15


# Oscillators as a network and on a truncated Fock space -----------------------------------------------------------

LEVELS = 5


def _hopping_wire():
    return np.array([[1.0, 0.15 + 0.1j], [0.15 - 0.1j, 1.3]])


@eqx.filter_jit
def _both(equation: str, lamb_shift: bool, hopping, temperatures):
    """Covariance and currents of a network, and those of its lowest number states."""
    description = EQUATIONS[equation](lamb_shift=lamb_shift)
    lower = [qt.embed(qt.destroy(LEVELS), site, dims=(LEVELS, LEVELS)) for site in range(2)]
    quadratures = [f for a in lower for f in ((a + a.T) / np.sqrt(2), (a - a.T) / (1j * np.sqrt(2)))]
    free = sum(jnp.real(hopping[i, i]) * lower[i].T @ lower[i] for i in range(2))
    between = hopping[0, 1] * lower[0].T @ lower[1]
    hamiltonians = (
        qt.OscillatorNetwork.from_hopping(hopping),
        qt.FiniteHamiltonian(free, between + between.conj().T, dims=(LEVELS, LEVELS)),
    )
    couplings = ([qt.position(i, of=2) for i in range(2)], [quadratures[0], quadratures[2]])
    results = []
    for hamiltonian, on in zip(hamiltonians, couplings, strict=True):
        baths = [qt.Bath(on[i], qt.Drude(1e-3 * (1 + i), 5.0), temperatures[i]) for i in range(2)]
        dynamics = description(qt.OpenSystem(hamiltonian, tuple(baths)))
        state = qt.steady_state(dynamics)
        if isinstance(state, qt.DensityMatrix):
            r = jnp.stack([jnp.asarray(x, complex) for x in quadratures])
            covariance = jnp.real(jnp.einsum("aij,bjk,ki->ab", r, r, state.matrix))
        else:
            covariance = state.covariance
        results.append((covariance, qt.heat_currents(dynamics, state)))
    return results


_SLOW = {"coarse_grained", "partial_secular", "partial_redfield", "universal_lindblad"}


@pytest.mark.parametrize(
    ("equation", "lamb_shift"),
    [
        *(pytest.param(name, False, marks=pytest.mark.slow if name in _SLOW else ()) for name in EQUATIONS),
        pytest.param("redfield", True, marks=pytest.mark.slow),
    ],
)
def test_oscillators_are_finite_systems_at_low_temperature(equation, lamb_shift):
    (covariance, currents), (truncated, truncated_currents) = _both(
        equation, lamb_shift, jnp.asarray(_hopping_wire()), jnp.array([0.2, 0.12])
    )
    np.testing.assert_allclose(truncated, covariance, atol=1e-8)
    np.testing.assert_allclose(truncated_currents, currents, rtol=1e-6)
    assert abs(currents[0]) > 1e-7
