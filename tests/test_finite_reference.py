"""Every reference value of Zhang, Liu and Yu 2025: two qubits between two baths."""

import json
import re
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from finite_systems import case_name, check_case, commutator, dissipators, null_vector, qubit_pair
from systems import reference_cases

import qtjax as qt

ZHANG = reference_cases("zhang2025")
NAMES = ("e1", "e2", "g", "gamma1", "gamma2", "T1", "T2", "wD")
DESCRIPTIONS = {  # as the reference names them; S: with Lamb shift
    "BR": qt.redfield_equation(lamb_shift=True),
    "BR_noS": qt.redfield_equation(),
    "ps": qt.partial_redfield_equation(),
    "ps_S": qt.partial_redfield_equation(lamb_shift=True),
    "Lindblad": qt.global_master_equation(),
    "Lindblad_S": qt.global_master_equation(lamb_shift=True),
    "local": qt.local_master_equation(lamb_shift=True),
}
BR = DESCRIPTIONS["BR"]


def _points(p) -> list[tuple[float, ...]]:
    """(e1, e2, g, gamma1, gamma2, T1, T2, wD), one for each T1."""
    return [tuple(p[x] if x != "T1" else t for x in NAMES) for t in np.atleast_1d(p["T1"]).tolist()]


@eqx.filter_jit
def _solve(description, points):
    """What can be read off the steady states, for a batch of points."""

    def at(p):
        system = qubit_pair(p)
        dynamics = description(system)
        state = qt.steady_state(dynamics)
        return {
            "rho": state.matrix.astype(complex),
            "J": qt.heat_currents(dynamics, state),
            "dressed": qt.heat_currents(dynamics, state, dressed=True),
            "lamb": dynamics.lamb_hamiltonians,
            "generator": dynamics.matrix,
            "dissipators": dissipators(dynamics),
            "least": state.eigenvalues()[0],
        }

    return jax.lax.map(at, points)


@cache
def _solved(name: str, points: tuple[tuple[float, ...], ...]):
    solved = _solve(DESCRIPTIONS[name], jnp.array(points))
    return {key: np.asarray(value) for key, value in solved.items()}


def _alone(name: str, point: tuple[float, ...]):
    """The solution at another point, by the same compiled program."""
    return {key: value[0] for key, value in _solved(name, (point,) * len(ALL_POINTS)).items()}


ALL_POINTS = tuple(
    dict.fromkeys(
        point
        for case in ZHANG
        if "e1" in case["parameters"] and None not in [case["parameters"].get(x) for x in NAMES]
        for point in _points(case["parameters"])
    )
)


def _at(name: str, p):
    """One row of all points solved at once, or several rows for several T1; one compilation a description."""
    rows = [ALL_POINTS.index(point) for point in _points(p)]
    found = _solved(name, ALL_POINTS)
    return {key: value[rows if np.ndim(p["T1"]) else rows[0]] for key, value in found.items()}


@eqx.filter_jit
def _slopes(points):
    """Current, its derivatives by all parameters in both definitions, and those of rho(10, 01)."""

    def read(p):
        dynamics = BR(qubit_pair(p))
        state = qt.steady_state(dynamics)
        one = state.matrix[1, 2]
        currents = [qt.heat_currents(dynamics, state, dressed=dressed)[0] for dressed in (True, False)]
        found = jnp.stack([*currents, jnp.real(one), jnp.imag(one)])
        return found, found

    return jax.lax.map(jax.jacfwd(read, has_aux=True), points)


_STENCIL = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])


def _curvature(p) -> float:
    """d^2 J_1 / dg^2: a difference of eighth order of the derivative."""
    step = 1e-3
    points = np.array(_points(p) * CURVES)
    points[:8, 2] += step * np.array([1, -1, 2, -2, 3, -3, 4, -4])
    slopes = np.asarray(_slopes(jnp.asarray(points))[0])[:8, 0, 2].reshape(4, 2)
    return _STENCIL @ (slopes[:, 0] - slopes[:, 1]) / step


CURVES = sum("max" in case["id"] for case in ZHANG)  # the size of every batch of slopes: one compilation


@cache
def _maxima():
    """(dT, J) where dJ_1/dT_1 = 0, for every curve at once: bisection of the derivative in T_1 - T_2, then secants."""
    curves = [case["parameters"] for case in ZHANG if "max" in case["id"]]
    start = np.array([_points(p | {"T1": p["T2"]})[0] for p in curves])

    def evaluate(difference):
        points = start.copy()
        points[:, 5] += difference
        slopes, values = map(np.asarray, _slopes(jnp.asarray(points)))
        return slopes[:, 0, 5], values[:, 0]

    low, high = np.full(CURVES, 2.0), np.full(CURVES, 200.0)
    assert np.all(evaluate(low)[0] > 0)
    assert np.all(evaluate(high)[0] < 0)
    for _ in range(9):
        middle = (low + high) / 2
        rising = evaluate(middle)[0] > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    before, now = low, high
    before_slope, slope = evaluate(before)[0], evaluate(now)[0]
    for _ in range(6):
        change = slope - before_slope
        after = now - np.where(change == 0, 0.0, slope * (now - before) / np.where(change == 0, 1.0, change))
        before, before_slope, now = now, slope, after
        slope, values = evaluate(now)
    found = np.stack([now, values], axis=1)
    return {json.dumps(p): row for p, row in zip(curves, found, strict=True)}


def _eigenvectors(p) -> np.ndarray:
    """(s1, s2, s3, s4) as columns on |11>, |10>, |01>, |00>, with the printed phases (Zhang 2025, Eq. 3)."""
    phi = np.arctan2(2 * p["g"], p["e1"] + p["e2"]) / 2
    # Of equal qubits without coupling: the limit g -> 0.
    theta = np.arctan2(max(2 * p["g"], 1e-300), p["e1"] - p["e2"]) / 2
    columns = [
        [np.cos(phi), 0, 0, np.sin(phi)],
        [0, np.cos(theta), np.sin(theta), 0],
        [0, -np.sin(theta), np.cos(theta), 0],
        [-np.sin(phi), 0, 0, np.cos(phi)],
    ]
    return np.array(columns).T


def _elements(matrix, pairs):
    """Real and imaginary parts in turn."""
    values = np.array([matrix[i, j] for i, j in pairs])
    return np.stack([values.real, values.imag], axis=1).ravel()


def _mean_force_correction(p) -> np.ndarray:
    """rho - tau in the basis of the s_i."""
    system = qubit_pair(jnp.array(_points(p)[0]))
    gibbs = qt.gibbs_state(system.hamiltonian, p["T1"])
    s = _eigenvectors(p)
    return s.T @ np.asarray(_mean_force(system).matrix - gibbs.matrix) @ s


_mean_force = jax.jit(qt.mean_force_gibbs_state)


def _definitions(p) -> np.ndarray:
    """Five heat currents (Zhang note, section 4); the last one -d<H_B>/dt to second order."""
    found = _at("BR", p)
    system = qubit_pair(jnp.array(_points(p)[0]))
    h, rho = np.asarray(system.hamiltonian.matrix), found["rho"]
    bare = [d - commutator(shift) for d, shift in zip(found["dissipators"], found["lamb"], strict=True)]
    dressed = h + found["lamb"].sum(axis=0)
    read = lambda energy, moves: [np.trace(energy @ (m @ rho.ravel()).reshape(4, 4)).real for m in moves]  # noqa: E731
    e, v = np.linalg.eigh(h)
    w = e - e[:, None]
    counted = []
    for bath in system.baths:
        s = v.conj().T @ np.asarray(bath.coupling) @ v
        half = np.asarray(bath.spectral_density.half_sided(w, bath.temperature))
        counted.append(-2 * np.trace(s @ (w * half * s) @ (v.conj().T @ rho @ v)).real)
    moves = found["dissipators"]
    return np.array([read(dressed, bare), read(h, bare), read(h, moves), read(dressed, moves), counted])


def _own_shift_only(p) -> list[float]:
    found = _at("BR", p)
    h = np.asarray(qubit_pair(jnp.array(_points(p)[0])).hamiltonian.matrix)
    moved = [d - commutator(shift) for d, shift in zip(found["dissipators"], found["lamb"], strict=True)]
    moved = [(m @ found["rho"].ravel()).reshape(4, 4) for m in moved]
    return [np.trace((h + shift) @ m).real for shift, m in zip(found["lamb"], moved, strict=True)]


def _without_lamb_commutator(name: str, p) -> float:
    """J_1 when the Lamb Hamiltonians, which hold Re Gamma too, are dropped from the generator."""
    found = _at(name, p)
    h = np.asarray(qubit_pair(jnp.array(_points(p)[0])).hamiltonian.matrix)
    rho = null_vector(found["generator"] - commutator(found["lamb"].sum(axis=0)))
    move = found["dissipators"][0] - commutator(found["lamb"][0])
    return np.trace(h @ (move @ rho.ravel()).reshape(4, 4)).real


_measures = jax.jit(
    lambda state: jnp.stack(
        [
            qt.concurrence(state),
            qt.concurrence_of_assistance(state),
            qt.purity(state),
            qt.entropy(state),
            qt.mutual_information(state, 0, 1),
        ]
    )
)


def _spectrum(p):
    """alpha, beta and frequencies from the Hamiltonian; sin and cos of phi_+- from matrix elements of sigma_x."""
    pair = qubit_pair(jnp.array([p["e1"], p["e2"], p["g"], 1.0, 1.0, 1.0, 1.0, 1.0]))
    e = np.linalg.eigvalsh(pair.hamiltonian.matrix)
    s = _eigenvectors(p)
    first, second = (s.T @ np.asarray(bath.coupling) @ s for bath in pair.baths)
    # <s2|sx1|s1> = sin phi+, <s3|sx1|s1> = cos phi+, <s4|sx2|s2> = sin phi-, <s2|sx2|s1> = cos phi-
    weights = [first[1, 0], first[2, 0], second[3, 1], second[1, 0]]
    return [e[2], e[3], e[3] - e[2], e[3] + e[2], *weights]


def _generator_elements(p):
    s = _eigenvectors(p)
    generator = _at("BR", p)["generator"]
    wanted = [(11, 14), (11, 23), (22, 14), (14, 14), (14, 32), (23, 23), (13, 21), (12, 31), (34, 42)]
    values = []
    for ij, rc in wanted:
        (i, j), (r, c) = (divmod(x - 11, 10) for x in (ij, rc))
        moved = (generator @ np.outer(s[:, i], s[:, j]).ravel()).reshape(4, 4)
        values.append(s[:, r] @ moved @ s[:, c])
    return np.stack([np.real(values), np.imag(values)], axis=1).ravel()


def _compared(how: str) -> list[tuple[str, float, float, float]]:
    """(name, value, half a unit of its last digit, deviation in per cent) that the reference prints."""
    found = re.findall(r"(\w+) (0\.\d+) \(([+-][\d.]+)%\)", how)
    return [(name, float(text), 0.51 * 10.0 ** -len(text[2:]), float(percent)) for name, text, percent in found]


# The first of each of these kinds compiles derivatives or the state of mean force.
_SLOW = re.compile(r".*-max/|d2J|derivatives|drho|mfg")


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.slow if _SLOW.match(case_name(case)) else ()) for case in ZHANG],
    ids=map(case_name, ZHANG),
)
def test_zhang(case):
    p, (kind, *rest) = case["parameters"], case_name(case).split("/")
    if kind == "S-drude" or rest[:1] == ["S-drude"]:
        gamma = qt.Drude(p["gamma"], p["wD"]).half_sided(np.array(p["w"], float), p["T"])
        return check_case(jnp.imag(gamma) if kind == "S-drude" else jnp.real(gamma), case)
    if kind == "spectrum":
        return check_case(_spectrum(p), case)
    if kind == "generator-elements":
        return check_case(_generator_elements(p), case)
    if kind == "state":
        rho = _at("BR" if p["lamb"] else "BR_noS", p)["rho"]
        return check_case([*np.diagonal(rho).real, *_elements(rho, [(0, 3), (1, 2)])], case)
    if kind == "positivity":
        return check_case(_at("BR", p)["least"], case)
    if kind == "mfg":
        change = _mean_force_correction(p)
        return check_case([*np.diagonal(change), change[0, 3], change[1, 2]], case)
    if kind == "mfg-populations":
        check_case(np.diagonal(_mean_force_correction(p | {"gamma1": 1.0})), case)
        return _check_populations_of_redfield(p, case)
    if kind.endswith("-max"):
        return check_case(_maxima()[json.dumps(p)], case)
    if kind == "definitions":
        return check_case(_definitions(p), case)
    if kind == "definition-ownHLS":
        return check_case(_own_shift_only(p), case)
    if kind == "variant-noS":
        return check_case(_at("BR_noS", p)["J"], case)
    if kind == "variants":
        dropped = [_without_lamb_commutator(name, p) for name in ("BR", "BR_noS")]
        return check_case([*dropped, *(_at(name, p)["J"][0] for name in ("ps", "ps_S", "local"))], case)
    if kind == "lindblad-nolamb":
        return check_case(_at("Lindblad", p)["J"][0], case)
    if kind.startswith("equilibrium-current"):
        name = "BR_noS" if kind.endswith("noS") else "BR"
        return check_case(_at(name, p)["dressed"][0], case)
    if kind == "C1":
        (near,) = _points(p | {"g": 1e-6})  # of the limit g -> 0; the correction is of order g^2
        return check_case(_alone("Lindblad_S", near)["dressed"][0], case)
    if kind == "C-state":
        s = _eigenvectors(p)
        rho = s.T @ _at("BR", p)["rho"] @ s
        return check_case([*np.diagonal(rho).real, rho[1, 2].real], case)
    if kind.startswith("d2J"):
        return check_case(_curvature(p), case)
    if kind.startswith("derivatives") or kind == "drho-at-degeneracy":
        slopes = np.asarray(_slopes(jnp.array(_points(p) * CURVES))[0])[0]
        if kind == "drho-at-degeneracy":
            return check_case([slopes[k, i] for i in (2, 0, 5) for k in (2, 3)], case)
        order = [5, 6, 2, 0, 1, 3, 4] if len(case["value"]) == 7 else [5, 2, 0, 3]
        return check_case(slopes[int("HS" in kind), order], case)
    if kind == "measures":
        state = qt.DensityMatrix(jnp.asarray(_at("BR", p)["rho"]), dims=(2, 2))
        return check_case(_measures(state), case)
    if kind == "heom":
        compared = _compared(case["how"])
        assert [name for name, *_ in compared] == ["BR", "BR_noS", "ps", "Lindblad", "local"]
        for name, value, digit, percent in compared:
            current = _at(name, p)["J"][0]
            assert abs(current - value) <= digit
            assert abs(100 * (current / case["value"] - 1) - percent) <= 0.0051
        return None
    assert kind.startswith(("fig", "second-law"))
    name = "Lindblad_S" if "Lindblad" in p["equation"] else "BR"
    return check_case(_at(name, p)["dressed"][..., 0], case)


def _check_populations_of_redfield(p, case):
    """Bloch-Redfield's populations are wrong in the first order of the strength; the reference prints them at 1e-5."""
    printed = [float(x) for x in re.search(r"BR gives \[(.*?)\]", case["how"])[1].split(",")]
    (weak,) = _points(p | {"gamma1": 1e-5})
    gibbs = np.asarray(qt.gibbs_state(qubit_pair(jnp.array(weak)).hamiltonian, p["T1"]).matrix)
    s = _eigenvectors(p)
    change = s.T @ (_alone("BR", weak)["rho"] - gibbs) @ s
    np.testing.assert_allclose(np.diagonal(change).real / 1e-5, printed, rtol=0, atol=6e-7)


def test_all_cases_are_there():
    assert len({case["id"] for case in ZHANG}) == len(ZHANG) == 117
