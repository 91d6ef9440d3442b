"""Exceptional points: reference values, families with closed forms, random matrices, derivatives, and what is none."""

from functools import cache, partial
from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st
from systems import assert_reference, reference_cases

import qtjax as qt

CASES = {case["id"].removeprefix("scali2021-"): case for case in reference_cases("scali2021")}
EQUATIONS = {
    "L": qt.local_master_equation(),
    "R": qt.partial_redfield_equation(),
    "G": qt.global_master_equation(),
}
SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])
MODELS = ("fig2-w1", "fig2-w0.01", "cut10", "strong", "ohmic")


def resonators(coupling, frequency, strengths, cutoff):
    """Two equal oscillators, hot and cold; no cutoff: strictly Ohmic baths."""
    network = qt.OscillatorNetwork.from_positions(jnp.stack([frequency, frequency]), coupling * SWAP)
    density = qt.PowerLaw(strengths, exponent=1.0) if cutoff is None else qt.Drude(strengths, cutoff * jnp.ones(2))
    couplings = jnp.stack([qt.position(node, of=2) for node in (0, 1)])
    return qt.OpenSystem(network, (qt.Bath(couplings, density, jnp.array([10.0, 5.0])),))


def drift(equation, coupling, p):
    return EQUATIONS[equation](resonators(coupling, *p)).drift


def numbers(case):
    p = case["parameters"]
    cutoff = None if p["cutoff"] is None else jnp.asarray(p["cutoff"])
    return jnp.asarray(p["w"]), jnp.array([p["lh2"], p["lc2"]]), cutoff


@eqx.filter_jit
def _searched(equation, guesses, p):
    return jax.vmap(lambda guess: qt.find_exceptional_point(lambda k: drift(equation, k, p), guess))(guesses)


@cache
def searched(equation, model):
    """From 30 % below and above."""
    case = CASES[f"ep-k-{equation}-{model}"]
    return _searched(equation, np.real(as_complex(case["value"])) * jnp.array([0.7, 1.3]), numbers(case))


def as_complex(value):
    return value if np.ndim(value) == 0 else complex(*value)


# The two resonators ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_local_points(model):
    case, points = CASES[f"ep-k-L-{model}"], searched("L", model)
    for k, mu in zip(points.parameters, points.eigenvalue, strict=True):
        assert_reference(k.real, case)
        assert_reference([mu.real, mu.imag], CASES[f"ep-mu-L-{model}"])
    assert np.all(points.is_real)
    assert np.all(points.iterations <= 8)
    assert np.all(points.residual < 1e-12)
    np.testing.assert_array_equal(points.jordan_blocks, [[2, 0, 0, 0]] * 2)


@pytest.mark.parametrize("model", MODELS)
def test_partial_redfield_points_are_complex(model):
    """On the real axis they are avoided, unless the baths are strictly Ohmic."""
    case, points = CASES[f"ep-k-R-{model}"], searched("R", model)
    for k in points.parameters:
        assert_reference([k.real, abs(k.imag)], case | {"value": np.abs(case["value"])})
    assert np.all(points.is_real == (model == "ohmic"))
    assert np.all(points.iterations <= 8)


@pytest.mark.parametrize("model", MODELS[:-1])
def test_closest_approach_of_avoided_points(model):
    case = CASES[f"avoided-gap-R-{model}"]
    found = _approached(jnp.asarray(1.3 * case["value"][0]), numbers(case))
    assert_reference([found.parameters, found.gap], case)


@eqx.filter_jit
def _approached(guess, p):
    return qt.closest_approach(lambda k: drift("R", k, p), guess)


def position(p):
    """k_EP of the local equation from (w, lh2, lc2, cutoff)."""
    model = p[0], p[1:3], p[3]
    return qt.find_exceptional_point(lambda k: drift("L", k, model), 4e-5).parameters.real


def closed_form(p):
    return p[0] / 2 * jnp.abs(p[2] - p[1]) * p[3] ** 2 / (p[0] ** 2 + p[3] ** 2)


def test_derivatives_of_the_position():
    """Relative to k_EP/parameter: first ones to 1e-9, second ones in reverse mode to 1e-5."""
    p = jnp.array([1.0, 1e-8, 1e-4, 1e3])
    assert_reference(jax.jit(jax.grad(position))(p), CASES["ep-grad-L-fig2"])
    slopes, curvature = jax.jit(lambda p: (jax.grad(position)(p), jax.jacrev(jax.grad(position))(p)))(p)
    np.testing.assert_allclose(slopes, jax.grad(closed_form)(p), rtol=1e-9)
    batch = p * jnp.array([[1.0], [1.1]])
    together = jax.jit(jax.grad(lambda batch: jnp.sum(jax.vmap(position)(batch))))(batch)
    np.testing.assert_allclose(together, jax.vmap(jax.grad(closed_form))(batch), rtol=1e-9)
    size = p[:, None] * p / closed_form(p)
    np.testing.assert_allclose(curvature * size, jax.hessian(closed_form)(p) * size, atol=2e-5)


@pytest.mark.parametrize("equation", "LGR")
def test_spectra(equation):
    """Condition numbers, rigidities, and matrices of second moments in the order (B.2)."""
    for model in MODELS:
        case = CASES[f"kappa-{equation}-{model}"]
        matrix = drift(equation, jnp.asarray(case["parameters"]["k"]), numbers(case))
        assert_reference(qt.eigenvector_condition_number(matrix), case)
    if equation != "G":
        case = CASES[f"rigidity-{equation}-strong"]
        matrix = drift(equation, jnp.asarray(case["parameters"]["k"]), numbers(case))
        assert_reference(np.sort(qt.phase_rigidity(matrix)), case)
    case = CASES[f"second-{equation}-strong"]
    w = np.array(case["parameters"]["W"])
    strengths, cutoffs, _ = (jnp.array([b[x] for b in case["parameters"]["baths"]]) for x in ("lam2", "cutoff", "T"))
    matrix = qt.second_moment_matrix(drift(equation, w[0, 1], (jnp.sqrt(w[0, 0]), strengths, cutoffs[0])))
    # Pairs i <= j in row order: xx, xp, xX, xP, pp, pX, pP, XX, XP, PP with capitals for the second node.
    order = np.array([0, 4, 1, 7, 9, 8, 3, 5, 2, 6])
    assert_reference(matrix[np.ix_(order, order)], case)


@pytest.mark.parametrize("model", ["strong", "ohmic"])
def test_jordan_blocks_of_second_moments(model):
    case, point = CASES[f"ep-jordan-L-{model}"], jax.tree.map(lambda x: x[0], searched("L", model))
    first = drift("L", point.parameters.real, numbers(case))
    mu, second = point.eigenvalue, qt.second_moment_matrix(first)
    found = [qt.jordan_blocks(first, mu), *(qt.jordan_blocks(second, x) for x in (2 * mu, 2 * mu.conj(), 2 * mu.real))]
    assert [[int(size) for size in blocks if size] for blocks in found] == case["value"]


def test_units():
    """The drift of two weakly damped oscillators is normal in the units of its nodes, and not in others."""
    p = (jnp.asarray(0.01), jnp.array([1e-6, 1e-6]), jnp.asarray(10.0))
    system = resonators(jnp.asarray(1e-7), *p)
    dynamics = EQUATIONS["L"](system)
    units = qt.quadrature_units(system.hamiltonian)
    np.testing.assert_allclose(qt.phase_rigidity(dynamics, units=units), 1.0, atol=1e-6)
    np.testing.assert_allclose(qt.eigenvector_condition_number(dynamics, units=units), 1.0, atol=1e-2)
    np.testing.assert_allclose(qt.eigenvector_condition_number(dynamics), 100.0, rtol=1e-2)


def test_derivatives_of_spectra():
    """Against differences, where eigenvalues are apart."""
    p = numbers(CASES["ep-k-L-strong"])

    def observe(k):
        matrix = drift("R", k, p)
        values = qt.spectrum(matrix)
        return jnp.array(
            [
                jnp.sum(values.real**2 + values.imag**3),
                jnp.sum(qt.phase_rigidity(matrix) ** 2),
            ]
        )

    def condition(k):
        return qt.eigenvector_condition_number(drift("R", k, p))

    k, step = 0.15, 1e-3
    by = jax.jit(lambda k: (observe(k), jax.jacrev(observe)(k)))
    weights = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
    around = np.array([by(k + i * step)[0] for i in range(-4, 5)])
    np.testing.assert_allclose(by(k)[1], weights @ around / step, rtol=1e-7)
    together = jax.jit(jax.grad(lambda ks: jnp.sum(jax.vmap(lambda k: observe(k) @ jnp.array([1.0, 2.0]))(ks))))
    np.testing.assert_allclose(together(jnp.array([k, k]))[1], by(k)[1] @ np.array([1.0, 2.0]), rtol=1e-12)
    second = jax.jit(jax.jacfwd(jax.jacrev(observe)))(k)
    slopes = np.array([by(k + i * step)[1] for i in range(-4, 5)])
    np.testing.assert_allclose(second, weights @ slopes / step, rtol=1e-7)
    conditions = np.array([condition(k + i * step) for i in range(-4, 5)])
    np.testing.assert_allclose(jax.jit(jax.grad(condition))(k), weights @ conditions / step, rtol=1e-7)


# Other families ----------------------------------------------------------------------------------------------


def row(parameters, strengths):
    """Drift of three oscillators in a row: springs, and the squared frequencies of all but the first."""
    (left, right), middle, last = parameters
    potential = jnp.diag(jnp.stack([1.0, middle, last])) + left * jnp.diag(jnp.array([1.0, 0.0]), 1)
    potential = potential + right * jnp.diag(jnp.array([0.0, 1.0]), 1)
    potential = potential + jnp.triu(potential, 1).T
    network = qt.OscillatorNetwork.from_positions(jnp.sqrt(jnp.diagonal(potential)), potential)
    couplings = jnp.stack([qt.position(node, of=3) for node in range(3)])
    bath = qt.Bath(couplings, qt.PowerLaw(strengths, exponent=1.0), jnp.ones(3))
    return EQUATIONS["L"](qt.OpenSystem(network, (bath,))).drift


def test_third_order_of_three_oscillators():
    case = CASES["ep3-sym"]
    strengths = jnp.asarray(case["parameters"]["lam2"])

    def matrix(q):
        k, wm = q
        return row(((k, k), wm**2, 1.0), strengths)

    search = jax.jit(jax.vmap(lambda k, wm: qt.find_exceptional_point(matrix, (k, wm), order=3)))
    factors = np.array([(0.7, 0.7), (1.3, 1.3), (1.3, 0.7), (1.3, 1.05)])
    points = search(*jnp.asarray(factors * case["value"][:2]).T)
    for k, wm, mu in zip(*points.parameters, points.eigenvalue, strict=True):
        assert_reference([k.real, wm.real, mu.real, mu.imag], case)
    assert np.all(points.is_real)
    assert np.all(points.iterations <= 20)
    mu, first = points.eigenvalue[0], matrix(tuple(x[0].real for x in points.parameters))
    second = qt.second_moment_matrix(first)
    found = [qt.jordan_blocks(first, mu), qt.jordan_blocks(second, 2 * mu), qt.jordan_blocks(second, 2 * mu.real)]
    assert [[int(size) for size in blocks if size] for blocks in found] == CASES["ep3-sym-jordan"]["value"]


def test_third_order_with_four_real_parameters():
    """Baths at the ends only: springs and frequencies have to be tuned."""

    def matrix(q):
        return row(((q[0], q[1]), q[2] ** 2, q[3] ** 2), jnp.array([0.05, 0.0, 0.45]))

    point = jax.jit(lambda g: qt.find_exceptional_point(matrix, g, order=3))(jnp.array([0.07, 0.22, 1.0, 1.0]))
    np.testing.assert_allclose(point.parameters, [0.0627989, 0.2403004, 1.0099510, 1.0082789], rtol=1e-6)
    assert point.parameters.dtype == float
    assert int(point.order) == 3
    check_chain(np.asarray(matrix(point.parameters)), point, 1e-12)


def driven_qubit(rabi, detuning=0.0, rate=1.0):
    hamiltonian = detuning * qt.sigma_z(0, of=1) / 2 + rabi * qt.sigma_x(0, of=1) / 2
    return qt.lindblad_superoperator(hamiltonian, [jnp.sqrt(rate) * qt.sigma_minus(0, of=1)])


def test_driven_qubit():
    case = CASES["qubit-ep2"]
    second = jax.jit(jax.vmap(lambda g: qt.find_exceptional_point(driven_qubit, g)))(0.25 * jnp.array([0.7, 1.3]))
    for k, mu in zip(second.parameters, second.eigenvalue, strict=True):
        assert_reference([k.real, mu.real], case)
    case = CASES["qubit-ep3"]

    def third(guess, rate):
        return qt.find_exceptional_point(lambda q: driven_qubit(*q, rate), guess, order=3)

    values = np.array(case["value"])
    for factors in ((1.3, 1.3), (0.7, 1.3), (0.7, 0.7)):
        point = _third(third, jnp.asarray(values[:2] * factors), 1.0)
        assert_reference([*point.parameters.real, point.eigenvalue.real], case)
        assert int(point.iterations) <= 20
        assert bool(point.is_real)
    # Everything is proportional to the rate, and the point follows it.
    slope = jax.jit(jax.jacrev(lambda rate: third(jnp.asarray(values[:2] * 1.2), rate).parameters.real))(1.0)
    np.testing.assert_allclose(slope, values[:2], rtol=1e-9)


@eqx.filter_jit
def _third(search, guess, rate):
    return search(guess, rate)


def test_exact_dynamics_has_one_at_two_real_parameters():
    """Coupling and frequency of the cold oscillator, of the drift that remembers the baths."""
    case = CASES["exact-ep-fig2-ct"]
    p = case["parameters"]

    def dynamics(q):
        k, squared = q
        network = qt.OscillatorNetwork.from_positions(jnp.sqrt(jnp.stack([1.0 + 0 * k, squared])), k * SWAP)
        couplings = jnp.stack([qt.position(node, of=2) for node in (0, 1)])
        density = qt.Drude(jnp.array([p["lh2"], p["lc2"]]), p["cutoff"] * jnp.ones(2))
        return qt.Langevin()(qt.OpenSystem(network, (qt.Bath(couplings, density, jnp.ones(2)),)))

    search = jax.jit(lambda k, squared: qt.find_exceptional_point(dynamics, (k, squared)))
    for k, squared in ((1.3, 1.0), (0.7, 1 + 3e-5)):
        point = search(k * case["value"][0], squared)
        mu = point.eigenvalue
        assert_reference([*point.parameters, mu.real, mu.imag], case)
        np.testing.assert_allclose(point.parameters[0], case["value"][0], rtol=1e-10)


def test_unequal_densities_have_a_real_point():
    """Partial Redfield: with two parameters the crossing is not avoided."""

    def dynamics(q):
        network = qt.OscillatorNetwork.from_positions([1.0, 1.0], q["k"] * SWAP)
        densities = qt.PowerLaw(q["strength"], exponent=0.5), qt.PowerLaw(0.1, exponent=2.0)
        baths = (qt.Bath(qt.position(node, of=2), density, 1.0) for node, density in enumerate(densities))
        return EQUATIONS["R"](qt.OpenSystem(network, tuple(baths)))

    point = jax.jit(lambda k: qt.find_exceptional_point(dynamics, {"k": k, "strength": 0.25}))(0.06)
    np.testing.assert_allclose(point.parameters["k"], 0.04989097, rtol=1e-7)
    np.testing.assert_allclose(point.parameters["strength"], 0.19982874, rtol=1e-7)
    check_chain(np.asarray(dynamics(point.parameters).drift), point, 1e-14)


def test_detuned_resonators_have_a_complex_one():
    def matrix(k):
        network = qt.OscillatorNetwork.from_positions([1.2, 0.9], k * SWAP)
        bath = qt.Bath(jnp.eye(4)[::2], qt.PowerLaw(jnp.array([0.05, 0.4]), exponent=1.0), jnp.ones(2))
        return EQUATIONS["L"](qt.OpenSystem(network, (bath,))).drift

    point = jax.jit(lambda k: qt.find_exceptional_point(matrix, k))(0.3)
    k = complex(point.parameters)
    assert not bool(point.is_real)
    np.testing.assert_allclose([k.real, abs(k.imag)], [0.18563, 0.31393], atol=6e-6)
    # The drift is linear in k, so it is known at complex k.
    flat, slope = matrix(0.0), matrix(1.0) - matrix(0.0)
    check_chain(np.asarray(flat + k * slope), point, 1e-13)


def check_chain(matrix, point, tolerance):
    """(M - mu) v_0 = 0, (M - mu) v_k = v_(k-1), and the chain ends."""
    shifted = matrix - complex(point.eigenvalue) * np.eye(len(matrix))
    chain = np.asarray(point.vectors)
    size = np.linalg.norm(shifted, 2)
    assert np.linalg.norm(shifted @ chain[0]) < tolerance * size
    for before, after in pairwise(chain):
        assert np.linalg.norm(shifted @ after - before) < tolerance * size * np.linalg.norm(after)
    rest = chain[-1] - shifted @ np.linalg.lstsq(shifted, chain[-1], rcond=1e-9)[0]
    assert np.linalg.norm(rest) > 1e-6 * np.linalg.norm(chain[-1])


@eqx.filter_jit
def _random_family(matrices, guess, order):
    family = lambda q: matrices[0] + jnp.tensordot(jnp.atleast_1d(q), matrices[1:], 1)  # noqa: E731
    return qt.find_exceptional_point(family, guess, order=order)


@pytest.mark.parametrize(("size", "order"), [(10, 2), (10, 3), (30, 3), (100, 2)])
@pytest.mark.parametrize("seed", [1, 2])
def test_random_families(size, order, seed):
    rng = np.random.default_rng(seed)
    matrices = rng.normal(size=(order, size, size)) + 1j * rng.normal(size=(order, size, size))
    point = _random_family(matrices, 0.3 * rng.normal(size=order - 1), order)
    assert int(point.order) == order
    assert not bool(point.is_real)
    check_chain(matrices[0] + np.tensordot(point.parameters, matrices[1:], 1), point, 1e-11)


def test_derivatives_of_a_complex_point():
    """First and second, by everything in a family of 6 x 6, against the same search with the numbers moved."""
    rng = np.random.default_rng(5)
    matrices = rng.normal(size=(2, 6, 6)) + 1j * rng.normal(size=(2, 6, 6))
    direction = rng.normal(size=matrices.shape)

    def found(step):
        point = _random_family(matrices + step * direction, 0.1, 2)
        return jnp.stack([point.parameters.real, point.parameters.imag, point.eigenvalue.real, point.eigenvalue.imag])

    h, around = 1e-3, {}
    for i in range(-4, 5):
        around[i] = np.asarray(found(i * h * 1.0))
    first = sum(
        c * (around[i] - around[-i]) for i, c in zip(range(1, 5), (4 / 5, -1 / 5, 4 / 105, -1 / 280), strict=True)
    )
    centre = (8 / 5, -1 / 5, 8 / 315, -1 / 560)
    second = sum(c * (around[i] + around[-i]) for i, c in zip(range(1, 5), centre, strict=True)) - 205 / 72 * around[0]
    np.testing.assert_allclose(jax.jit(jax.jacfwd(found))(0.0), first / h, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(jax.jit(jax.jacfwd(jax.jacrev(found)))(0.0), second / h**2, rtol=1e-7, atol=1e-7)


@given(seed=st.integers(0, 2**20), scale=st.floats(-3, 3))
def test_a_change_of_coordinates_leaves_it_where_it_is(seed, scale):
    rng = np.random.default_rng(seed)
    matrices, basis = rng.normal(size=(2, 5, 5)) * (1 + 0.3j), np.eye(5) + 0.3 * rng.normal(size=(5, 5))
    basis = basis * 10.0 ** (scale * np.arange(5) / 5)
    guess = 0.5 * rng.normal(size=1)
    point = _random_family(matrices, guess, 2)
    turned = np.linalg.solve(basis, matrices @ basis)
    near = _random_family(turned, point.parameters.real, 2)
    if abs(near.eigenvalue - point.eigenvalue) < 1e-3:  # among several on the way, the same
        np.testing.assert_allclose(near.parameters, point.parameters, rtol=1e-8, atol=1e-9)


# Lines -------------------------------------------------------------------------------------------------------


def test_line_of_two_resonators():
    """Along the frequency, to a hundredth of it and back, with the derivative of every point."""
    frequencies = jnp.array([1.0, 0.5, 0.05, 0.01, 2.0])

    def line(cold):
        strengths = jnp.stack([1e-8 * jnp.ones(()), cold])
        family = lambda k, w: drift("L", k, (w, strengths, jnp.asarray(1e3)))  # noqa: E731
        return qt.trace_exceptional_line(family, 4e-5, frequencies).parameters.real

    expected = lambda cold: jax.vmap(lambda w: closed_form(jnp.stack([w, 1e-8, cold, 1e3])))(frequencies)  # noqa: E731
    found, slopes = jax.jit(lambda cold: (line(cold), jax.jacfwd(line)(cold)))(1e-4)
    np.testing.assert_allclose(found, expected(1e-4), rtol=1e-12)
    np.testing.assert_allclose(slopes, jax.jacfwd(expected)(1e-4), rtol=1e-9)


def circle(x, s):
    """Eigenvalues +- (x^2 + s - 1)^(1/2)."""
    return jnp.array([[0.0, 1.0], [x**2 + s - 1.0, 0.0]])


def test_a_line_that_turns_back():
    values = jnp.array([0.0, 0.5, 0.99, 1.5])
    with pytest.raises(RuntimeError, match=r"cannot be followed to 1\.5"):
        qt.trace_exceptional_line(circle, 1.1, values)
    found = qt.trace_exceptional_line(circle, 1.1, values, throw=False).parameters
    np.testing.assert_allclose(found[:3], np.sqrt(1 - values[:3]), rtol=1e-9)
    assert np.isnan(found[3])


def test_a_line_starts_from_a_point():
    point = qt.find_exceptional_point(lambda x: circle(x, 0.5), 0.6)
    line = qt.trace_exceptional_line(circle, point, [0.5, 0.2])
    np.testing.assert_allclose(line.parameters.real, np.sqrt([0.5, 0.8]), rtol=1e-12)


# What is none ------------------------------------------------------------------------------------------------


def crossing(x, y):
    return jnp.array([[x, y], [y, -x]])


def test_an_avoided_crossing_is_complex_and_says_so():
    point = qt.find_exceptional_point(lambda x: crossing(x, 0.3), 1.0)
    assert abs(abs(complex(point.parameters)) - 0.3) < 1e-12
    assert not bool(point.is_real)
    assert "avoided" in repr(point)
    near = qt.closest_approach(lambda x: crossing(x, 0.3), 1.0)
    np.testing.assert_allclose([near.gap, near.parameters], [0.6, 0.0], atol=1e-9)


@pytest.mark.parametrize(
    ("function", "guess", "message"),
    [
        (lambda q: jnp.array([[q[0], q[1] + 0.2j], [q[1] - 0.2j, -q[0]]]), (1.0, 0.3), "to 0.4. The numbers"),
        (lambda q: crossing(*q), (1.0, 0.3), "No exceptional point of order 2"),
        (lambda q: jnp.diag(jnp.array([q, -q, 1.0])), 0.3, "eigenvectors stay independent|No exceptional point"),
        (lambda q: jnp.full((2, 2), jnp.nan) * q, 0.3, "No exceptional point"),
        (lambda k: qt.second_moment_matrix(drift("L", k, numbers(CASES["ep-k-L-strong"]))), 0.13, "order"),
    ],
)
def test_what_is_none_raises(function, guess, message):
    with pytest.raises(RuntimeError, match=message):
        qt.find_exceptional_point(function, guess)
    quiet = qt.find_exceptional_point(function, guess, throw=False)
    assert all(np.isnan(x) for x in jax.tree.leaves(quiet.parameters))


def test_faults_of_the_dynamics_are_said_first():
    def bad(k):
        return EQUATIONS["L"](resonators(k, 1.0, jnp.array([0.01, 0.3]), jnp.asarray(-jnp.nan)))

    with pytest.raises(RuntimeError, match="bath 0 is not finite"):
        qt.find_exceptional_point(bad, 0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: qt.find_exceptional_point(f, (0.1, 0.2, 0.3)), "at most 1 complex or 2 real ones, but holds 3"),
        (lambda f: qt.find_exceptional_point(f, ()), "at least one number"),
        (lambda f: qt.find_exceptional_point(f, 0.1, order=1), "`order` must be an integer >= 2"),
        (lambda f: qt.find_exceptional_point(f, jnp.nan), "`guess` must be finite"),
        (lambda f: qt.find_exceptional_point(f, 0.1 + 1j), "must be real"),
        (lambda f: qt.find_exceptional_point(lambda x: jnp.zeros((2, 3)), 0.1), r"square matrix.*\(2, 3\)"),
        (lambda f: qt.find_exceptional_point(f, 0.1, order=3), "as many eigenvalues"),
        (lambda f: qt.trace_exceptional_line(circle, 0.1, 1.0), "`along` must be a vector"),
        (lambda f: qt.trace_exceptional_line(circle, 0.1, [1.0, 1.0]), "must differ"),
        (lambda f: qt.phase_rigidity(jnp.eye(2), units=jnp.ones(3)), r"`units` must have shape \(2,\)"),
        (lambda f: qt.eigenvector_condition_number(jnp.eye(2), units=[1.0, 0.0]), "`units` must be positive"),
        (lambda f: qt.quadrature_units(jnp.eye(2)), "must be a `qt.OscillatorNetwork`"),
        (lambda f: qt.lindblad_superoperator(jnp.eye(2), [jnp.eye(3)]), r"have the shape \(2, 2\)"),
        (lambda f: qt.lindblad_superoperator(jnp.eye(2).at[0, 1].set(1.0), []), "must be Hermitian"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(partial(crossing, y=0.3))
