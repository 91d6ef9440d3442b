"""Gradient ascent: known maxima, bounds, many starts, going on to the bit, failing regions, and what is refused."""

import re

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, strategies as st

import qtjax as qt
from qtjax import maximise
from qtjax.optimisation._ranges import Range

KEY = jax.random.key(0)
EVERYTHING = (-jnp.inf, jnp.inf)
LBFGS = optax.lbfgs()


def everything(system):
    return system


def x_of(system):
    return system["x"]


def paraboloid(p):
    """Largest, 2, at x = (0.3, 2), y = 5; `shift` is fixed."""
    return 2.0 - jnp.sum((p["x"] - jnp.array([0.3, 2.0])) ** 2) - (jnp.log(p["y"] / 5.0)) ** 2 + p["shift"]


PARABOLOID = {"x": np.array([0.9, 1.0]), "y": 3, "shift": 0.0}
BOUNDS = ({"x": 0.0, "y": 1.0}, {"x": jnp.array([1.0, 4.0]), "y": jnp.inf})


def moving(p):
    return {"x": p["x"], "y": p["y"]}


# Maxima -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimiser", "tolerance"),
    [
        (None, 1e-4),
        (optax.adam(0.1), 1e-5),
        (LBFGS, 1e-7),
        (optax.sgd(optax.cosine_decay_schedule(2.0, 300)), 1e-5),
        (optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(1.0, momentum=0.5)), 1e-6),
    ],
    ids=["default", "adam", "lbfgs", "schedule", "chain"],
)
def test_optimisers(optimiser, tolerance):
    best = maximise(
        paraboloid, PARABOLOID, free=moving, bounds=BOUNDS, optimiser=optimiser, starts=3, key=KEY, steps=300
    )
    assert best.value == pytest.approx(2.0, abs=tolerance**2 * 10)
    np.testing.assert_allclose(best.system["x"], [0.3, 2.0], atol=tolerance)
    np.testing.assert_allclose(best.system["y"], 5.0, rtol=tolerance)
    assert best.system["shift"] == 0.0
    assert best.history.shape == (3, 300)
    assert best.history[0, 0] == pytest.approx(2.0 - 0.36 - 1.0 - np.log(0.6) ** 2, rel=1e-12)
    assert best.gradients[best.start] < 10 * tolerance
    np.testing.assert_allclose(best.values, 2.0, atol=1e-3)
    assert best.value == best.values[best.start] == np.nanmax(best.history)
    assert jax.tree.leaves(best.at_bounds)[0].tolist() == [0, 0]
    np.testing.assert_array_equal(best.candidates["x"][best.start], best.system["x"])


def test_lbfgs_stays_at_the_maximum_it_starts_at():
    start = PARABOLOID | {"x": np.array([0.3, 2.0]), "y": 5.0}
    best = maximise(paraboloid, start, free=moving, bounds=BOUNDS, optimiser=LBFGS, steps=5)
    np.testing.assert_allclose(best.history, 2.0, atol=1e-15)


@pytest.mark.parametrize(("slope", "side"), [(1.0, 1), (-1.0, -1)])
@pytest.mark.parametrize("bounds", [(-2.0, 3.0), (1e-3, 10.0)], ids=["linear", "logarithmic"])
def test_maximum_at_a_bound(slope, side, bounds):
    best = maximise(lambda p: slope * p["x"], {"x": 1.0}, free=x_of, bounds=bounds, optimiser=optax.adam(0.1, b2=0.9))
    assert best.at_bounds == side
    assert bounds[0] < best.system["x"] < bounds[1]
    assert best.system["x"] == pytest.approx(bounds[max(side, 0)], abs=1e-4)
    assert f"at bounds: free ({'upper' if side > 0 else 'lower'})" in repr(best)


def test_degenerate_maximum():
    """A whole circle is best: every start ends on it, somewhere."""

    def ring(p):
        return -((jnp.sum(p["x"] ** 2) - 1.0) ** 2)

    best = maximise(ring, {"x": jnp.array([2.0, 1.0])}, free=x_of, bounds=(-3.0, 3.0), starts=8, key=KEY, steps=400)
    np.testing.assert_allclose(jnp.sum(best.candidates**2, axis=1), 1, atol=1e-3)
    assert np.ptp(best.candidates[:, 0]) > 0.5


def two_peaks(p):
    """1 at x = -2, nearby; 3 at x = 4."""
    return jnp.exp(-((p["x"] + 2.0) ** 2)) + 3.0 * jnp.exp(-((p["x"] - 4.0) ** 2))


def test_many_starts_find_the_higher_peak():
    search = {"free": x_of, "bounds": (-6.0, 6.0), "optimiser": optax.adam(0.1), "steps": 200}
    alone = maximise(two_peaks, {"x": -2.5}, **search)
    best = maximise(two_peaks, {"x": -2.5}, **search, starts=16, key=KEY)
    assert alone.value == pytest.approx(1.0, abs=1e-6)
    assert best.value == pytest.approx(3.0, abs=1e-6)
    assert best.start != 0
    np.testing.assert_allclose(best.history[0], alone.history[0], rtol=1e-12)
    assert set(np.round(np.asarray(best.values), 3)) <= {1.0, 3.0}


def test_more_starts_keep_the_first_ones_and_go_in_chunks():
    search = {"free": x_of, "bounds": (-6.0, 6.0), "steps": 20, "key": KEY}
    few, many = (maximise(two_peaks, {"x": -2.5}, **search, starts=n) for n in (3, 131))
    assert many.history.shape == (131, 20)
    np.testing.assert_allclose(many.history[:3], few.history, rtol=1e-12)
    assert len(np.unique(np.asarray(many.history[:, 0]))) == 131


def test_small_objectives_move_as_fast():
    """Currents are small; the default optimiser does not mind."""
    system = {"x": 0.9}
    histories = [
        maximise(lambda p, s=s: -s * (p["x"] - 0.3) ** 2, system, free=x_of, bounds=(0.0, 1.0), steps=100).history / s
        for s in (1.0, 1e-20)
    ]
    np.testing.assert_allclose(*histories, rtol=1e-6, atol=1e-9)


# Going on -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimiser", [optax.adam(0.1), LBFGS], ids=["adam", "lbfgs"])
def test_going_on_is_exact_to_the_bit(optimiser):
    search = {"free": moving, "bounds": BOUNDS, "optimiser": optimiser, "starts": 3, "key": KEY}
    whole = maximise(paraboloid, PARABOLOID, **search, steps=150)
    first = maximise(paraboloid, PARABOLOID, **search, steps=33)
    parts = maximise(paraboloid, maximise(paraboloid, first, **search, steps=1), **search, steps=116)
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(parts), strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_compilation_for_any_number_of_steps():
    objective = eqx.debug.assert_max_traces(paraboloid, max_traces=1)
    search = {"free": moving, "bounds": BOUNDS, "starts": 3}
    best = maximise(objective, PARABOLOID, **search, key=KEY, steps=70)
    best = maximise(objective, best, **search, steps=5)
    maximise(objective, PARABOLOID | {"y": 2.5, "shift": 1.0}, **search, key=jax.random.key(1), steps=200)
    assert best.history.shape == (3, 75)


def test_a_best_point_is_never_lost():
    """Steps far too long: the best point is an early one, and stays the answer however long it goes on."""
    search = {"free": x_of, "bounds": EVERYTHING, "optimiser": optax.sgd(1.5)}
    objective = lambda p: -((p["x"] - 1.0) ** 2)  # noqa: E731
    first = maximise(objective, {"x": 0.9}, **search, steps=3)
    best = maximise(objective, first, **search, steps=20)
    assert best.history[0, -1] < best.history[0, 0]
    assert best.value == first.value == best.history[0, 0]
    assert best.system["x"] == pytest.approx(0.9, abs=1e-15)


# Bounds -------------------------------------------------------------------------------------------------------


finite = st.floats(-1e3, 1e3)
width = st.floats(1e-3, 1e3)


@given(finite, width, st.sampled_from(["both", "lower", "upper", "none"]), st.floats(-800.0, 800.0), st.floats(0, 1))
def test_ranges(lower, width, kind, u, fraction):
    low = lower if kind in ("both", "lower") else -np.inf
    high = lower + width if kind in ("both", "upper") else np.inf
    x = jnp.asarray(lower + fraction * width)
    inside = low < x < high
    a = Range.around(x, jnp.asarray(low), jnp.asarray(high))
    # There and back; at or beyond a bound, 1 % inside.
    back = a.numbers(a.coordinates(x))
    assert low < back < high
    if inside:
        np.testing.assert_allclose(back, x, rtol=1e-9, atol=1e-12 * width)
    # Strictly inside everywhere, increasing, with finite derivatives.
    value, slope = jax.value_and_grad(a.numbers)(jnp.asarray(u))
    assert low < value < high
    assert np.isfinite(slope)
    assert slope >= 0.0
    assert np.isfinite(jax.grad(jax.grad(a.numbers))(jnp.asarray(u)))
    at = a.coordinates(x)
    assert jax.grad(a.numbers)(at) > 0.0
    step = jnp.asarray(1e-5)
    difference = (a.numbers(at + step) - a.numbers(at - step)) / (2 * step)
    np.testing.assert_allclose(jax.grad(a.numbers)(at), difference, rtol=1e-3, atol=1e-9 * (abs(lower) + width))


@pytest.mark.parametrize(
    ("bounds", "x", "within"),
    [
        ((2.0, 4.0), 3.0, (2.0, 4.0)),
        ((1e-4, 1.0), 0.01, (1e-4, 1.0)),
        ((0.0, np.inf), 0.01, (0.001, 0.1)),
        ((-np.inf, 5.0), 3.0, (-15.0, 4.8)),
        (EVERYTHING, -7.0, (-7.0 - 30.0, -7.0 + 30.0)),
    ],
    ids=["linear", "logarithmic", "lower", "upper", "none"],
)
def test_starts(bounds, x, within):
    best = maximise(lambda p: p["x"], {"x": x}, free=x_of, bounds=bounds, steps=1, starts=200, key=KEY)
    drawn = np.asarray(best.history[1:, 0])
    assert best.history[0, 0] == pytest.approx(x, rel=1e-12)
    assert np.all((drawn > within[0]) & (drawn < within[1]))
    if bounds[0] > 0:  # uniform in the logarithm: Kolmogorov and Smirnov's distance
        fractions = np.sort(np.log(drawn / bounds[0]) / np.log(bounds[1] / bounds[0]))
        assert np.max(np.abs(fractions - np.linspace(0, 1, drawn.size))) < 0.12
    if bounds == EVERYTHING:
        assert np.std(drawn) == pytest.approx(7.0, rel=0.15)


def test_given_numbers_beyond_bounds_are_put_inside():
    system = {"x": jnp.array([-1.0, 0.5, 2.0])}
    best = maximise(lambda p: jnp.sum(p["x"] * jnp.array([1.0, 100.0, 1e4])), system, free=x_of, bounds=(0, 1), steps=1)
    np.testing.assert_allclose(best.system["x"], [0.01, 0.5, 0.99], rtol=1e-12)
    assert "moved inside the bounds" in repr(best)
    within = maximise(lambda p: jnp.sum(p["x"]), system, free=x_of, bounds=(-2, 3), steps=1)
    assert "moved" not in repr(within)


# Failing regions, and a wire ---------------------------------------------------------------------------------


def steep(p):
    """Rises towards x = 1, beyond which it is NaN."""
    return jnp.where(p["x"] < 1.0, p["x"], jnp.nan)


@pytest.mark.parametrize("optimiser", [None, optax.sgd(1.0), LBFGS], ids=["adam", "sgd", "lbfgs"])
def test_failing_regions_do_not_poison(optimiser):
    search = {"bounds": (0.0, 3.0), "optimiser": optimiser, "steps": 200, "starts": 6, "key": KEY}
    best = maximise(steep, {"x": 0.2}, free=x_of, **search)
    assert np.any(np.isnan(best.history))
    np.testing.assert_allclose(best.values, 1.0, atol=5e-3)
    assert best.value == np.nanmax(best.history) < 1.0
    assert np.isfinite(best.gradients[best.start])


def wire(k):
    """Two equal nodes, joined by a spring, at temperatures below their frequency; no ground state for k < -1/2."""
    network = qt.OscillatorNetwork.from_springs(jnp.ones(2), k * jnp.array([[0.0, 1.0], [1.0, 0.0]]))
    baths = (qt.Bath(qt.position(i, of=2), qt.PowerLaw(0.01, exponent=1.0), 0.2 + 0.2 * i) for i in range(2))
    return qt.OpenSystem(network, tuple(baths))


def wire_current(p):
    dynamics = qt.redfield_equation()(wire(p["k"]))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics))[1]


SPRING = {"free": lambda p: p["k"], "steps": 60, "starts": 4, "key": KEY, "optimiser": optax.adam(0.2)}


def test_matched_impedance():
    """A weak spring does not carry, a stiff one lifts a mode above the temperatures: the best as on a fine grid."""
    grid = jnp.geomspace(1e-4, 3.0, 301)
    values = jax.jit(jax.vmap(lambda k: wire_current({"k": k})))(grid)
    i = np.argmax(values)
    assert 50 < i < 250
    best = maximise(wire_current, {"k": 1e-3}, **SPRING, bounds=(1e-4, 3.0))
    assert grid[i - 1] < best.system["k"] < grid[i + 1]
    assert values[i] * (1 - 1e-6) <= best.value <= values[i] * (1 + 1e-3)
    assert best.value > 1.5 * best.history[0, 0]
    np.testing.assert_allclose(best.values, best.value, rtol=1e-3)


def test_faults_of_the_library_are_tolerated_and_said_when_nothing_works():
    best = maximise(wire_current, {"k": 0.1}, **SPRING, bounds=(-2.0, 0.2))
    assert np.any(np.isnan(best.history))
    assert np.all(np.isfinite(best.values))
    assert -0.5 < best.system["k"] < 0.2
    with pytest.raises(RuntimeError, match=r"\(4 starts, 60 steps\). At the given system: The potential is not pos"):
        maximise(wire_current, {"k": -1.5}, **SPRING, bounds=(-2.0, -1.0))
    nothing = maximise(wire_current, {"k": -1.5}, **SPRING, bounds=(-2.0, -1.0), throw=False)
    assert np.isnan(nothing.value)
    assert np.isnan(nothing.system["k"])
    assert "4 starts without any finite value" in repr(nothing)


def test_silent_failures_are_said():
    with pytest.raises(RuntimeError, match="it is nan, without an error"):
        maximise(lambda p: jnp.nan * p["x"], {"x": 0.5}, free=x_of, bounds=(0, 1), steps=2)
    kink = lambda p: 1.0 - jnp.sqrt(jnp.abs(p["x"] - p["x"]))  # noqa: E731
    with pytest.raises(RuntimeError, match="it is 1, but its gradient is not finite"):
        maximise(kink, {"x": 0.5}, free=x_of, bounds=(0, 1), steps=2)


def test_leaves_of_an_open_system_move():
    def objective(system):
        return -jnp.sum((system.temperatures - 0.3) ** 2) - jnp.sum((system.hamiltonian.form - 0.25) ** 2)

    best = maximise(
        objective,
        wire(0.1),
        free=lambda s: (s.baths[1].temperature, s.hamiltonian.interaction),
        bounds=(0.0, (5.0, 0.5)),
        steps=100,
    )
    assert isinstance(best.system, qt.OpenSystem)
    assert best.system.baths[0].temperature == 0.2
    assert best.system.baths[1].temperature == pytest.approx(0.3, abs=1e-2)
    np.testing.assert_allclose(best.system.hamiltonian.interaction[0, 1:], 0.25, atol=1e-2)
    assert best.candidates[1].shape == (1, 4, 4)
    assert "moved inside" in repr(best)


# Transformations ----------------------------------------------------------------------------------------------


def peak_at(c):
    best = maximise(lambda p: -((p["x"] - c) ** 2), {"x": 0.9}, free=x_of, bounds=(0.01, 1.0), steps=150)
    return best.system["x"]


def test_transformations():
    centres = jnp.array([0.2, 0.5])
    alone = [float(peak_at(c)) for c in centres]
    np.testing.assert_allclose(alone, centres, atol=1e-3)
    np.testing.assert_allclose(jax.vmap(peak_at)(centres), alone, rtol=1e-9)
    np.testing.assert_allclose(jax.jit(peak_at)(centres[0]), alone[0], rtol=1e-9)
    for transformed in (jax.jacfwd(peak_at), jax.jit(jax.grad(peak_at))):
        # JAX would differentiate along the steps, which is not how the optimum moves.
        with pytest.raises(NotImplementedError, match="no derivatives"):
            transformed(0.3)
    # What does not depend on the optimum is no concern of its.
    assert jax.grad(lambda z: z * peak_at(0.5))(2.0) == pytest.approx(0.5, abs=1e-3)


def test_everything_failing_inside_jit_raises():
    def value(x):
        return maximise(lambda p: jnp.nan * p["x"], {"x": x}, free=x_of, bounds=(0, 1), steps=2).value

    with pytest.raises(Exception, match="No start reached a finite objective"):
        jax.block_until_ready(jax.jit(value)(0.5))


# Refusals -----------------------------------------------------------------------------------------------------

GOOD = {"objective": two_peaks, "system": {"x": 0.5, "n": 3, "z": 1j}, "free": x_of, "bounds": (0.0, 1.0), "steps": 2}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": 0}, "`steps` must be an integer >= 1, but is 0"),
        ({"starts": 0}, "`starts` must be an integer >= 1, but is 0"),
        ({"starts": 2}, "`key` is needed to draw the other 1 starts"),
        ({"bounds": (1.0, 0.0)}, "The lower one of `bounds` of `free(system)` must be below the upper, but they are"),
        ({"bounds": (np.nan, 0.0)}, "must be below the upper"),
        ({"bounds": (0.0, 1.0, 2.0)}, "`bounds` must be (lower, upper)"),
        ({"bounds": 1.0}, "`bounds` must be (lower, upper)"),
        ({"bounds": ((0.0, 1.0), 2.0)}, "in the structure of free(system)"),
        ({"bounds": (np.zeros(2), 2.0)}, "must have its shape (), but have [(2,), ()]"),
        ({"free": lambda s: []}, "`free` must give leaves of the system as they are, each once"),
        ({"free": lambda s: (s["x"], s["x"])}, "but gives one twice"),
        ({"free": lambda s: 2 * s["x"]}, "but gives "),
        ({"free": lambda s: s["y"]}, "but raised KeyError"),
        ({"free": lambda s: s["z"]}, "`free(system)` must be a real number or floating-point array, but is 1j"),
        ({"free": 3}, "must be functions of the system"),
        ({"system": {"x": jnp.nan}}, "leaf `free(system)` must be finite, but is nan"),
        ({"system": {"x": jnp.arange(3)}}, "must be a real number or floating-point array"),
        ({"objective": lambda s: s["x"] * jnp.ones(2)}, "one real number, but gives float64 of shape (2,)"),
        ({"objective": lambda s: s["x"] * 1j}, "one real number, but gives complex128"),
        ({"optimiser": "adam"}, "`optimiser` must be one of optax, such as `optax.adam(1e-2)`, but is 'adam'"),
    ],
)
def test_refusals(changes, sentence):
    arguments = GOOD | changes
    with pytest.raises(ValueError, match=re.escape(sentence)):
        maximise(arguments.pop("objective"), arguments.pop("system"), **arguments)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"starts": 3}, "To continue, `starts` must be as it was, 2, but is 3"),
        ({"bounds": (0.0, 2.0)}, "To continue, `bounds` must be as it was, [0.0, 1.0], but is [0.0, 2.0]"),
        ({"free": lambda s: [s["x"]]}, "To continue, `free` must be as it was"),
        ({"optimiser": optax.sgd(0.1)}, "To continue, `optimiser` must be as it was"),
    ],
)
def test_continuing_otherwise_is_refused(changes, sentence):
    search = {"free": x_of, "bounds": (0.0, 1.0), "steps": 2, "starts": 2, "key": KEY}
    best = maximise(two_peaks, {"x": 0.5}, **search)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        maximise(two_peaks, best, **(search | changes))


def test_repr():
    best = maximise(paraboloid, PARABOLOID, free=moving, bounds=BOUNDS, steps=300, starts=2, key=KEY)
    for part in ("Optimum(value=2 (at the first point 0.379", "300 steps", "of 2, 2 within 1e-6", "at bounds: none"):
        assert part in repr(best)
    assert repr(jax.tree.map(lambda x: x[None], best)).startswith("Optimum(value=[2")
