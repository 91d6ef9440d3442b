"""Calls that a newcomer gets wrong: each ends in an error or a warning that a physicist can read, none in silence."""

import re
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import qtjax as qt

NETWORK = qt.OscillatorNetwork.from_springs([1.0, 1.2], 0.1 * qt.chain_lattice(2))
QUBITS = qt.FiniteHamiltonian(
    qt.sigma_z(0, of=2) + 0.9 * qt.sigma_z(1, of=2), 0.1 * qt.sigma_x(0, of=2) @ qt.sigma_x(1, of=2), dims=(2, 2)
)
DRUDE = qt.Drude(1e-2, cutoff=10.0)
WIRE = qt.OpenSystem(
    NETWORK, (qt.Bath(qt.position(0, of=2), DRUDE, 1.0), qt.Bath(qt.position(1, of=2), DRUDE, 2.0, name="probe"))
)
PAIR = qt.OpenSystem(QUBITS, tuple(qt.Bath(qt.sigma_x(i, of=2), DRUDE, 1.0 + i) for i in range(2)))
REDFIELD, LOCAL = qt.redfield_equation(), qt.local_master_equation()
MOVING, JUMPING = REDFIELD(WIRE), REDFIELD(PAIR)
GAUSSIAN, MATRIX = qt.GaussianState(np.zeros(4), np.eye(4)), qt.DensityMatrix(np.eye(4) / 4, dims=(2, 2))
X = np.array([[0.0, 1.0], [1.0, 0.0]])


def maximised(**changed):
    options = {"free": lambda p: p, "bounds": (0.0, 2.0), "steps": 2, "starts": 2, "key": jax.random.key(0)} | changed
    return qt.maximise(options.pop("objective", lambda p: -(p**2)), options.pop("system", 0.5), **options)


NO_NUMBER = {
    "None": None,
    "text": "warm",
    "a complex number": 1.0 + 2.0j,
    "NaN": np.nan,
    "a ragged list": [[1.0], [1.0, 2.0]],
    "a dict": {"T": 1.0},
    "a set": {1.0},
    "a function": lambda x: x,
    "a class": qt.Drude,
    "a system": WIRE,
    "a state": MATRIX,
    "an array of objects": np.array([object()]),
}
NOTHING_OF_OURS = {
    "None": None,
    "text": "redfield",
    "an integer": 3,
    "a number": 1.5,
    "a list": [1.0, 2.0],
    "a dict": {"T": 1.0},
    "an array": np.eye(4),
    "a bath": WIRE.baths[0],
    "a density": DRUDE,
}
NO_SITE = {"None": None, "text": "first", "a fraction": 0.5, "a negative one": -1, "one too many": 7, "True": True}
NO_SITE |= {"a dict": {0: 1}, "a state": MATRIX}
NO_COUNT = {"None": None, "text": "two", "a fraction": 1.5, "zero": 0, "True": True, "a list": [2]}
NO_FLAG = {"None": None, "text": "yes", "one": 1, "a list": [True]}

# What is called, with which wrong values, and what its error must mention.
CALLS = {
    "strength of Drude": (lambda x: qt.Drude(x, 10.0), NO_NUMBER | {"negative": -1}, "strength of a Drude"),
    "cutoff of Drude": (lambda x: qt.Drude(0.1, cutoff=x), NO_NUMBER | {"zero": 0}, "cutoff of a Drude"),
    "strength of Ohmic": (lambda x: qt.Ohmic(x, 10.0), NO_NUMBER | {"negative": -1}, "strength of an Ohmic"),
    "exponent of Ohmic": (lambda x: qt.Ohmic(0.1, 1.0, exponent=x), NO_NUMBER | {"zero": 0}, "exponent of an Ohmic"),
    "exponent of PowerLaw": (lambda x: qt.PowerLaw(0.1, exponent=x), NO_NUMBER, "exponent of a PowerLaw"),
    "rate of Flat": (qt.Flat, NO_NUMBER | {"negative": -1.0}, "rate of a Flat"),
    "frequency of a rate": (lambda x: DRUDE.rate(x, 1.0), NO_NUMBER, "frequency"),
    "temperature of a rate": (lambda x: DRUDE.rate(1.0, x), NO_NUMBER | {"negative": -1.0}, "temperature"),
    "temperature": (
        lambda x: qt.Bath(qt.position(0, of=2), DRUDE, x),
        NO_NUMBER | {"negative": -1},
        "temperature of a b",
    ),
    "name of a bath": (
        lambda x: qt.Bath(qt.position(0, of=2), DRUDE, 1.0, name=x),
        {"a number": 1.0},
        "`name` of a bath",
    ),
    "density of a bath": (
        lambda x: qt.Bath(qt.position(0, of=2), x, 1.0),
        {name: x for name, x in NOTHING_OF_OURS.items() if name != "a density"} | {"a class": qt.Drude},
        "spectral density of a bath must be",
    ),
    "temperatures": (WIRE.with_temperatures, NO_NUMBER | {"three": [1.0, 2.0, 3.0]}, "temperatures?`? must"),
    "hopping": (
        qt.OscillatorNetwork.from_hopping,
        {k: v for k, v in NO_NUMBER.items() if k[-6:] != "number"},
        "hopping",
    ),
    "frequencies": (lambda x: qt.OscillatorNetwork.from_springs(x, X), NO_NUMBER | {"one": 1.0}, "frequencies"),
    "springs": (lambda x: qt.OscillatorNetwork.from_springs([1.0, 1.0], x), NO_NUMBER | {"one": 0.1}, "springs"),
    "free": (lambda x: qt.FiniteHamiltonian(x, 0 * X), NO_NUMBER | {"a number": 1.0}, "free"),
    "interaction": (lambda x: qt.FiniteHamiltonian(X, x), NO_NUMBER | {"a number": 1.0}, "interaction"),
    "dims": (
        lambda x: qt.FiniteHamiltonian(X, 0 * X, dims=x),
        {"text": "2", "a dict": {2: 1}, "three": 3, "a": 2.0},
        "dims",
    ),
    "dims of embed": (lambda x: qt.embed(X, 0, dims=x), {k: v for k, v in NO_COUNT.items() if k != "a list"}, "dims"),
    "density matrix": (qt.DensityMatrix, NO_NUMBER, "density matrix"),
    "mean": (lambda x: qt.GaussianState(x, np.eye(2)), NO_NUMBER | {"three": np.zeros(3)}, "mean"),
    "covariance": (lambda x: qt.GaussianState(np.zeros(2), x), NO_NUMBER | {"three": np.eye(3)}, "covariance"),
    "site of position": (lambda x: qt.position(x, of=2), NO_SITE, "site must be"),
    "of": (lambda x: qt.sigma_x(0, of=x), NO_COUNT, "`of` must be"),
    "levels": (qt.destroy, NO_COUNT, "`levels` must be"),
    "site of reduced": (MATRIX.reduced, NO_SITE | {"twice": (0, 0)}, "site"),
    "site of negativity": (lambda x: qt.logarithmic_negativity(GAUSSIAN, x), NO_SITE, "site"),
    "hamiltonian of a system": (
        lambda x: qt.OpenSystem(x, WIRE.baths),
        NOTHING_OF_OURS | {"its baths": WIRE.baths},
        "needs a",
    ),
    "baths": (
        lambda x: qt.OpenSystem(NETWORK, x),
        NOTHING_OF_OURS | {"empty": (), "a density": (DRUDE,), "its Hamiltonian": NETWORK},
        "baths` must be a tuple",
    ),
    "system of a description": (
        REDFIELD,
        NOTHING_OF_OURS | {"its Hamiltonian": NETWORK, "its dynamics": MOVING},
        "OpenSystem",
    ),
    "system of Langevin": (qt.Langevin(), NOTHING_OF_OURS | {"a state": GAUSSIAN}, "OpenSystem"),
    "dynamics of a steady state": (
        qt.steady_state,
        NOTHING_OF_OURS | {"a system": WIRE, "a description": REDFIELD},
        "dynamics",
    ),
    "dynamics of currents": (
        lambda x: qt.heat_currents(x, MATRIX),
        NOTHING_OF_OURS | {"a system": PAIR, "the state": MATRIX},
        "dynamics",
    ),
    "state of currents": (
        lambda x: qt.heat_currents(JUMPING, x),
        NOTHING_OF_OURS | {"a Gaussian state": GAUSSIAN, "the dynamics": JUMPING},
        "state of a finite system must be",
    ),
    "dynamics of evolve": (
        lambda x: qt.evolve(x, MATRIX, [1.0]),
        NOTHING_OF_OURS | {"a system": PAIR, "the state": MATRIX},
        "dynamics",
    ),
    "state of evolve": (
        lambda x: qt.evolve(MOVING, x, [1.0]),
        NOTHING_OF_OURS | {"a matrix": MATRIX},
        "state of a network must be",
    ),
    "times": (
        lambda x: qt.evolve(JUMPING, MATRIX, x),
        NO_NUMBER | {"one": 1.0, "falling": [2.0, 1.0], "negative": [-1.0]},
        "times",
    ),
    "solver": (
        lambda x: qt.steady_state(JUMPING, x),
        {k: v for k, v in NOTHING_OF_OURS.items() if v is not None},
        "solver",
    ),
    "solver of evolve": (
        lambda x: qt.evolve(JUMPING, MATRIX, [1.0], x),
        {"a steady one": qt.Direct(), "text": "rk4"},
        "solver",
    ),
    "throw": (lambda x: qt.heat_currents(JUMPING, MATRIX, throw=x), NO_FLAG, "`throw` must be True or False"),
    "dressed": (lambda x: qt.heat_currents(JUMPING, MATRIX, dressed=x), NO_FLAG, "`dressed` must be True or False"),
    "lamb_shift": (lambda x: qt.redfield_equation(lamb_shift=x), NO_FLAG, "`lamb_shift` must be True or False"),
    "counterterm": (lambda x: qt.Bath(X, DRUDE, 1.0, counterterm=x), NO_FLAG, "`counterterm` must be True or False"),
    "secular tolerance": (lambda x: qt.global_master_equation(tolerance=x), NO_NUMBER | {"two": [0.1, 0.2]}, "secular"),
    "cutoff of pairs": (qt.partial_secular_equation, NO_NUMBER | {"zero": 0.0}, "cutoff of the partial secular"),
    "window": (qt.coarse_grained_equation, NO_NUMBER | {"negative": -1.0}, "coarse-graining time"),
    "kernel": (
        lambda x: qt.MasterEquation(qt.whole, x, qt.RateOfFirst(), False, "mine"),
        NOTHING_OF_OURS,
        "`kernel` must be",
    ),
    "depth": (lambda x: qt.HierarchicalEquations(depth=x, pade_terms=1), NO_COUNT, "depth"),
    "description of a conductance": (
        lambda x: qt.thermal_conductance(x, WIRE),
        {"text": "local", "dynamics": MOVING},
        "description",
    ),
    "system of a conductance": (lambda x: qt.thermal_conductance(REDFIELD, x), NOTHING_OF_OURS, "`system` must be"),
    "conserving": (
        lambda x: qt.self_consistent(LOCAL, WIRE, "probe", conserving=x),
        {"text": "heat"},
        "`conserving` must",
    ),
    "probes": (
        lambda x: qt.self_consistent(LOCAL, WIRE, x),
        {"None": None, "text": "cold", "all": [0, 1], "far": 9, "a": 0.5},
        "probes",
    ),
    "temperature of a Gibbs state": (
        lambda x: qt.gibbs_state(NETWORK, x),
        NO_NUMBER | {"two": [1.0, 2.0]},
        "temperature",
    ),
    "hamiltonian of a Gibbs state": (
        lambda x: qt.gibbs_state(x, 1.0),
        NOTHING_OF_OURS | {"a system": WIRE},
        "hamiltonian",
    ),
    "state of an entropy": (qt.entropy, NOTHING_OF_OURS | {"dynamics": MOVING}, "state must be"),
    "state of a concurrence": (qt.concurrence, NOTHING_OF_OURS | {"a Gaussian one": GAUSSIAN}, "two qubits"),
    "matrix of a spectrum": (qt.spectrum, NO_NUMBER | {"a vector": np.ones(3)}, "matrix"),
    "function of an exceptional point": (
        lambda x: qt.find_exceptional_point(x, 0.1),
        {k: v for k, v in NOTHING_OF_OURS.items() if k != "a density"},
        "`function` must be",
    ),
    "guess": (
        lambda x: qt.find_exceptional_point(lambda k: k * X, x),
        {"text": "0.1", "NaN": np.nan, "a function": abs},
        "guess",
    ),
    "system to assess": (qt.assess, NOTHING_OF_OURS | {"dynamics": MOVING}, "`system` must be"),
    "tolerance to assess": (
        lambda x: qt.assess(WIRE, tolerance=x),
        NO_NUMBER | {"zero": 0},
        "tolerance",
    ),
    "function of a sweep": (
        lambda x: qt.sweep(x, a=[1.0]),
        {"None": None, "a number": 1.0, "a system": WIRE},
        "`function` must be",
    ),
    "axis of a sweep": (
        lambda x: qt.sweep(lambda a: a, a=x),
        {"None": None, "text": "abc", "a number": 1.0, "a grid": X},
        "axis `a`",
    ),
    "path of a sweep": (
        lambda x: qt.sweep(lambda a: a, path=x, a=[1.0]),
        {"netCDF": "a.nc", "csv": "a.csv", "one": 1},
        "path",
    ),
    "progress of a sweep": (lambda x: qt.sweep(lambda a: a, progress=x, a=[1.0]), NO_FLAG, "`progress` must be"),
    "bounds": (
        lambda x: maximised(bounds=x),
        {"None": None, "one": 1.0, "a set": {0.0, 2.0}, "crossed": (2.0, 0.0)},
        "bounds",
    ),
    "optimiser": (lambda x: maximised(optimiser=x), {"text": "adam", "not called": optax.adam}, "optimiser"),
    "key": (lambda x: maximised(key=x), {"None": None, "a seed": 0, "text": "a", "an array": np.ones(2)}, "key"),
    "free numbers": (lambda x: maximised(free=x), {"None": None, "text": "T", "a constant": lambda p: 1.0}, "free"),
}


def met(call, value) -> str:
    """The error of a call; other errors than of values pass through."""
    try:
        call(value)
    except ValueError as error:
        return str(error)
    return "It passed in silence"


def readable(message: str) -> bool:
    """A sentence or a few, without the insides of JAX or Python."""
    inside = (
        "Tracer",
        "ShapedArray",
        "PyTree",
        "jaxlib",
        "weak_type",
        "valid JAX",
        "__",
        "argument must be",
        "not iterable",
    )
    return len(message) < 600 and message.rstrip().endswith(".") and not any(word in message for word in inside)


@pytest.mark.parametrize("name", CALLS)
def test_wrong_arguments(name):
    call, values, mentioned = CALLS[name]
    for kind, value in values.items():
        message = met(call, value)
        assert re.search(mentioned, message), (kind, message)
        assert readable(message), (kind, message)


def test_there_are_many():
    assert sum(len(values) for _, values, _ in CALLS.values()) + len(SLIPS) + len(WARNED) > 400


# Slips of a kind of their own: the call, the kind of error, what it says
SLIPS = {
    "the equation itself acts": (
        lambda: qt.redfield_equation(WIRE),
        TypeError,
        r"`qt.redfield_equation\(\)\(system\)`",
    ),
    "an option without its name": (lambda: qt.global_master_equation(1e-3), TypeError, "keywords only"),
    "density before coupling": (lambda: qt.Bath(DRUDE, X, 1.0), ValueError, "coupling of a bath .its first argument"),
    "temperature before density": (lambda: qt.Bath(X, 1.0, DRUDE), ValueError, "temperature of a bath"),
    "temperature before Hamiltonian": (lambda: qt.gibbs_state(1.0, NETWORK), ValueError, "temperature must be a real"),
    "state before dynamics": (lambda: qt.heat_currents(MATRIX, JUMPING), ValueError, "as in `qt.redfield_equation"),
    "times before state": (lambda: qt.evolve(JUMPING, [1.0], MATRIX), ValueError, "`times` must be"),
    "sites before state": (lambda: qt.mutual_information(0, 1, MATRIX), ValueError, "state must be"),
    "three qubits entangled": (
        lambda: qt.concurrence(qt.DensityMatrix(np.eye(8) / 8, dims=(2, 2, 2))),
        ValueError,
        r"state.reduced\(\(0, 1\)\)",
    ),
    "forgotten dims": (lambda: qt.concurrence(qt.DensityMatrix(np.eye(4) / 4)), ValueError, "give `dims`"),
    "one bath without a comma": (lambda: qt.OpenSystem(QUBITS, PAIR.baths[0]), ValueError, r"such as `\(bath,\)`"),
    "a lowering operator": (
        lambda: qt.OpenSystem(QUBITS, (qt.Bath(qt.sigma_minus(0, of=2), DRUDE, 1.0),)),
        ValueError,
        "sum of both",
    ),
    "a coupling that is complex": (
        lambda: qt.OpenSystem(NETWORK, (qt.Bath(1j * qt.position(0, of=2), DRUDE, 1.0),)),
        ValueError,
        "must be real",
    ),
    "a network of qubits": (
        lambda: qt.OpenSystem(QUBITS, WIRE.baths),
        ValueError,
        r"shape \(4, 4\), but has shape \(4,\)",
    ),
    "exact qubits": (lambda: qt.Langevin()(PAIR), ValueError, "oscillator networks"),
    "a hierarchy of oscillators": (
        lambda: qt.HierarchicalEquations(depth=1, pade_terms=1)(WIRE),
        ValueError,
        "qt.Langevin",
    ),
    "flat bath with a Lamb shift": (
        lambda: qt.redfield_equation(lamb_shift=True)(
            qt.OpenSystem(QUBITS, (qt.Bath(qt.sigma_x(0, of=2), qt.Flat(0.1), 1.0),))
        ),
        ValueError,
        "no cut-off",
    ),
    "a QuTiP operator": (
        lambda: qt.FiniteHamiltonian(pytest.importorskip("qutip").sigmax(), X),
        ValueError,
        "qt.from_qutip",
    ),
    "operators instead of one": (lambda: MATRIX.expectation(np.stack([np.eye(4)] * 2)), ValueError, "must have shape"),
    "an objective of plain numbers": (
        lambda: maximised(objective=lambda hot: float(hot)),
        ValueError,
        "`objective` cannot be traced.* no `float`",
    ),
    "an objective of several arguments": (
        lambda: maximised(objective=lambda hot, cold: hot, system={"hot": 1.0, "cold": 2.0}, bounds=(0.0, 3.0)),
        TypeError,
        "positional argument",
    ),
    "a gradient by an integer": (lambda: jax.grad(lambda t: DRUDE.rate(1.0, t))(2), TypeError, "real"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_slips(name):
    call, error, message = SLIPS[name]
    with pytest.raises(error, match=message):
        call()


def one_qubit(splitting, temperature, density):
    hamiltonian = qt.FiniteHamiltonian(splitting / 2 * qt.sigma_z(0, of=1), np.zeros((2, 2)))
    return qt.OpenSystem(hamiltonian, (qt.Bath(qt.sigma_x(0, of=1), density, temperature),))


def oscillator(frequency, temperature, density):
    hamiltonian = qt.OscillatorNetwork.from_springs([frequency], [[0.0]])
    return qt.OpenSystem(hamiltonian, (qt.Bath(qt.position(0, of=1), density, temperature),))


HERTZ = 2 * np.pi * 5e9
WARNED = {  # allowed, but hardly ever meant
    "a qubit in rad/s, its bath in kelvin": (
        lambda: one_qubit(HERTZ, 0.05, qt.Drude(0.01, 1e11)),
        "temperature of bath 0",
    ),
    "an oscillator in rad/s, its bath in kelvin": (lambda: oscillator(HERTZ, 0.3, qt.Flat(1e6)), "hbar = k_B = 1"),
    "a cut-off in another unit": (
        lambda: one_qubit(HERTZ, HERTZ, qt.Drude(0.01, 10.0)),
        "cutoff of bath 0",
    ),
    "twice a state": (
        lambda: qt.evolve(JUMPING, qt.DensityMatrix(np.eye(4) / 2, dims=(2, 2)), [1.0]),
        "trace 2, not 1",
    ),
    "per cent": (lambda: qt.assess(WIRE, tolerance=2), "0.01 for 1 %"),
    "a temperature in rad/s": (lambda: oscillator(1.0, 1.3e11, qt.Drude(1e-3, 10.0)), "1.309e11 rad/s"),
    "strength and cut-off swapped": (lambda: qt.Drude(50.0, 0.01), "strength comes first"),
    "a product element by element": (
        lambda: qt.FiniteHamiltonian(QUBITS.free, qt.sigma_x(0, of=2) * qt.sigma_x(1, of=2), dims=(2, 2)),
        "`a @ b`",
    ),
    "interaction before free part": (
        lambda: LOCAL(qt.OpenSystem(qt.FiniteHamiltonian(QUBITS.interaction, QUBITS.free, dims=(2, 2)), PAIR.baths)),
        "in this order",
    ),
    "everything in the free part": (
        lambda: LOCAL(qt.OpenSystem(qt.FiniteHamiltonian(QUBITS.matrix, np.zeros((4, 4)), dims=(2, 2)), PAIR.baths)),
        "uncoupled sites",
    ),
    "a qubit's operator on a network": (
        lambda: qt.OpenSystem(NETWORK, (qt.Bath(qt.sigma_x(0, of=2), DRUDE, 1.0),)),
        "stands for 4 baths",
    ),
}


@pytest.mark.parametrize("name", WARNED)
def test_what_is_hardly_ever_meant(name):
    call, message = WARNED[name]
    with pytest.warns(qt.ModelWarning, match=message) as caught:
        call()
    assert all(warning.filename == __file__ for warning in caught)


class Even(qt.AbstractSpectralDensity):
    def __call__(self, frequency):
        return jnp.exp(-(frequency**2))


class HalfKnown(qt.AbstractSpectralDensity):
    def __call__(self, frequency):
        return jnp.sqrt(frequency)


@pytest.mark.parametrize("density", [Even(), HalfKnown()], ids=["even", "NaN"])
def test_spectral_density_that_is_not_odd(density):
    with pytest.raises(ValueError, match=r"bath 0 must be odd in w, but J\(1\) = "):
        one_qubit(1.0, 1.0, density)


def test_what_is_meant_does_not_warn():
    one_qubit(HERTZ, 0.05 * 1.309e11, qt.Drude(0.01, 1e11))
    one_qubit(1.0, 0.0, qt.Flat(0.1))
    oscillator(1.0, 1e-3, qt.Drude(1e-3, 1e3))
    qt.FiniteHamiltonian(QUBITS.matrix, np.zeros((4, 4)))  # one site of four levels
    REDFIELD(qt.OpenSystem(qt.FiniteHamiltonian(QUBITS.matrix, np.zeros((4, 4)), dims=(2, 2)), PAIR.baths))
    oscillator(1.0, 1.0, qt.Drude(1e-12, 1e9))  # no memory
    jax.jit(lambda g: qt.FiniteHamiltonian(QUBITS.free, g * QUBITS.interaction, dims=(2, 2)).matrix)(0.0)


def test_lists_and_integers_are_numbers():
    network = qt.OscillatorNetwork.from_springs([1, 2], [[0, 1], [1, 0]])
    baths = [qt.Bath([1, 0, 0, 0], qt.Drude(1, 10), 1), qt.Bath([0, 0, 1, 0], qt.Drude(1, 10), 2)]
    system = qt.OpenSystem(network, baths)
    assert {x.dtype for x in jax.tree.leaves(system)} == {jnp.dtype(float)}
    assert system.temperatures.tolist() == [1.0, 2.0]


def test_single_precision_is_told_at_the_line_of_the_user():
    script = """
import warnings
import qtjax as qt
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    network = qt.OscillatorNetwork.from_springs([1.0], [[0.0]])
    qt.OpenSystem(network, (qt.Bath(qt.position(0, of=1), qt.Drude(1e-3, 10.0), 1.0),))
(warning,) = caught
print(warning.category.__name__, warning.filename, warning.lineno, warning.message)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("PrecisionWarning <string> 7 ")
    assert 'jax.config.update("jax_enable_x64", True)' in ran.stdout
