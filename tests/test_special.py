"""Thermal functions, polygammas and spectral densities against mpmath and SciPy, and where they could break."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
import scipy.integrate
import scipy.special
from jax import Array

import qtjax as qt
from qtjax._special import bose_weight, coth_weight, polygamma

mp.mp.dps = 40

POINTS = np.array(
    [1.0, 0.3, 12.5, 1e-6 + 0j, 1 + 1e-9j, 1 + 0.7j, 1 - 0.7j, 1.2 + 300j, 1 - 4e5j, 5e3 + 1e3j, 40.0], complex
)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_polygamma(order):
    expected = np.array([complex(mp.psi(order, mp.mpc(z))) for z in POINTS])
    real, imag = polygamma(order, jnp.asarray(POINTS.real), jnp.asarray(POINTS.imag))
    found = np.asarray(real) + 1j * np.asarray(imag)
    # psi has a zero at 1.46, and its imaginary part may be far smaller than the real one.
    np.testing.assert_allclose(np.abs(found - expected) / np.abs(expected), 0.0, atol=5e-15)


def test_polygamma_derivatives():
    z = jnp.asarray(1.3)
    slope = jax.grad(lambda x: polygamma(0, x, jnp.zeros(()))[0])
    for order, function in enumerate((slope, jax.grad(slope), jax.grad(jax.grad(slope))), start=1):
        assert float(function(z)) == pytest.approx(float(mp.psi(order, mp.mpf(1.3))), rel=1e-13)


# Bose weights -----------------------------------------------------------------------------------------------


def _exact_bose(w, t):
    if t == 0:
        return max(w, mp.mpf(0))
    return t if w == 0 else w / (1 - mp.exp(-w / t))


def _exact_derivative(function, w, t, order):
    """d^order/dw^order of an analytic function by Cauchy's integral on a circle inside its nearest poles."""
    if order == 0:
        return function(w, t)
    with mp.workdps(400):  # exp(-w/T) goes down to 1e-304 beside w, and its derivatives need digits of their own
        points = [mp.expjpi(mp.mpf(2 * k + 1) / 40) for k in range(40)]
        radius = mp.mpf("0.37") * t
        total = sum(function(w + radius * z, t) / z**order for z in points)
        return mp.re(mp.factorial(order) * total / 40 / radius**order)


@jax.jit
@jax.vmap
def _bose_jet(w, t):
    first = jax.grad(bose_weight)
    second = jax.grad(first)
    return bose_weight(w, t), first(w, t), second(w, t), jax.grad(second)(w, t)


@jax.jit
@jax.vmap
def _coth_jet(w, t):
    first = jax.grad(coth_weight)
    second = jax.grad(first)
    return coth_weight(w, t), first(w, t), second(w, t), jax.grad(second)(w, t)


RATIOS = np.array([0.0, 1e-12, 1e-5, 0.3, 0.4999, 0.5001, 1.0, 7.0, 40.0, 120.0, 699.0, 701.0, 800.0, 1e5])
ARGUMENTS = np.array([(sign * u * t, t) for u in RATIOS for sign in (1, -1) for t in (0.7, 3e-3)])


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_bose_weight(order):
    """w (1 + n(w)) and its derivatives by w, relative to their natural size T^(1 - order) x the exponential."""
    found = np.asarray(_bose_jet(*map(jnp.asarray, ARGUMENTS.T))[order])
    for (w, t), value in zip(ARGUMENTS, found, strict=True):
        expected = float(_exact_derivative(_exact_bose, mp.mpf(w), mp.mpf(t), order))
        # The values are exact to a relative error for every sign of w, the derivatives to T^(1 - order) where
        # two branches meet.
        near = abs(w / t) < 1
        assert value == pytest.approx(expected, rel=1e-12, abs=1e-13 * t ** (1 - order) if near else 1e-290)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_coth_weight(order):
    found = np.asarray(_coth_jet(*map(jnp.asarray, ARGUMENTS.T))[order])

    def exact(w, t):
        return _exact_bose(w, t) + _exact_bose(-w, t)

    for (w, t), value in zip(ARGUMENTS, found, strict=True):
        expected = float(_exact_derivative(exact, mp.mpf(w), mp.mpf(t), order))
        near = abs(w / t) < 1
        assert value == pytest.approx(expected, rel=1e-12, abs=1e-13 * t ** (1 - order) if near else 1e-290)


def test_thermal_derivatives_by_temperature():
    """d/dT w (1 + n): the heat capacity of a mode, 1 at high temperature, 0 at T = 0."""
    slope = jax.jit(jax.grad(bose_weight, argnums=1))
    for w, t in [(1.0, 0.3), (-1.0, 0.3), (1e-9, 2.0), (3.0, 1e-3), (1.0, 50.0)]:
        expected = mp.diff(lambda x, w=w: _exact_bose(mp.mpf(w), x), mp.mpf(t))
        assert float(slope(w, t)) == pytest.approx(float(expected), rel=1e-12, abs=1e-300)
    assert float(slope(0.0, 2.0)) == pytest.approx(1.0, rel=1e-14)
    assert float(slope(1.0, 0.0)) == 0.0


def test_thermal_functions_at_zero_temperature():
    w = jnp.array([-2.0, 0.0, 2.0])
    assert np.array_equal(bose_weight(w, 0.0), [0.0, 0.0, 2.0])
    assert np.array_equal(coth_weight(w, 0.0), [2.0, 0.0, 2.0])
    assert np.isnan(bose_weight(1.0, jnp.nan))


# Spectral densities -------------------------------------------------------------------------------------------


class Lorentzian(qt.AbstractSpectralDensity):
    """A user's density: a Drude one that knows nothing but J(w)."""

    strength: Array
    cutoff: Array

    def __call__(self, frequency):
        """J(w)."""
        return self.strength * frequency / (1 + (frequency / self.cutoff) ** 2)


DRUDE, USER = qt.Drude(0.3, 4.0), Lorentzian(jnp.asarray(0.3), jnp.asarray(4.0))
W = np.array([-9.0, -1.3, -1e-3, 1e-3, 0.4, 1.3, 4.0, 9.0, 200.0])
_half_sided = eqx.filter_jit(lambda density, w, t: density.half_sided(w, t))


@pytest.mark.parametrize("t", [0.0, 0.05, 0.7, 30.0])
def test_users_density_agrees_with_drude(t):
    np.testing.assert_allclose(USER.rate(W, t), DRUDE.rate(W, t), rtol=1e-13)
    found, expected = (np.asarray(_half_sided(density, W, t)) for density in (USER, DRUDE))
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-11)


def test_users_reorganisation_and_lag():
    assert float(USER.reorganisation()) == pytest.approx(0.6, rel=1e-13)
    np.testing.assert_allclose(USER.lag(W), DRUDE.lag(W), rtol=1e-11)
    np.testing.assert_allclose(DRUDE.lag(W), 1.2 * W**2 / (W**2 + 16), rtol=1e-14)
    assert float(USER.slope(0.0)) == pytest.approx(0.3, rel=1e-14)


def _principal_value(density, w: float, t: float) -> float:
    """S(w) = (1/pi) P int J(x)(1 + n(x))/(w - x) dx by SciPy."""
    options = {"epsabs": 1e-12, "epsrel": 1e-11, "limit": 500}

    def half(x):
        j = density(abs(x)) * np.sign(x)
        return j / -math.expm1(-x / t) if x else 0.0

    a = abs(w) / 2
    total = scipy.integrate.quad(half, w - a, w + a, weight="cauchy", wvar=w, **options)[0]
    cuts = sorted({-np.inf, -20.0, -3.0, 0.0, 3.0, 40.0, np.inf, w - a, w + a})
    for low, high in itertools.pairwise(cuts):
        if not (low >= w - a and high <= w + a):
            total += scipy.integrate.quad(lambda x: half(x) / (x - w) if x > -700 * t else 0.0, low, high, **options)[0]
    return -total / math.pi


@pytest.mark.parametrize("w", [1.3, -1.3, 5.0])
@pytest.mark.parametrize(
    ("density", "plain"),
    [
        (qt.Drude(0.3, 4.0), lambda x: 0.3 * x * 16 / (x * x + 16)),
        (qt.Ohmic(0.3, 4.0), lambda x: 0.3 * x * np.exp(-x / 4)),
        (qt.Ohmic(0.3, 4.0, exponent=3.0), lambda x: 0.3 * x**3 / 16 * np.exp(-x / 4)),
    ],
    ids=["Drude", "Ohmic", "super-Ohmic"],
)
def test_lamb_shift_is_the_principal_value(density, plain, w):
    found = complex(_half_sided(density, jnp.asarray(w), 0.7))
    assert found.imag == pytest.approx(_principal_value(plain, w, 0.7), rel=1e-8)
    assert found.real == pytest.approx(float(density.rate(w, 0.7)) / 2, rel=1e-14)


def test_ohmic_lag():
    """2 Q - Re chi = (a w/pi) [exp(-w/c) Ei(w/c) + exp(w/c) E1(w/c)]."""
    density = qt.Ohmic(0.3, 4.0)
    w = np.array([1e-3, 0.1, 1.0, 4.0, 15.0, 100.0])
    x = w / 4.0
    expected = 0.3 * w / math.pi * (np.exp(-x) * scipy.special.expi(x) + scipy.special.exp1(x) * np.exp(x))
    np.testing.assert_allclose(density.lag(w), expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(density.lag(-w), density.lag(w), rtol=0)
    assert float(density.reorganisation()) == pytest.approx(1.2 / math.pi, rel=1e-14)


@pytest.mark.parametrize("exponent", [0.5, 2.0, 3.0])
def test_ohmic_lag_is_kramers_kronig(exponent):
    """2 Q - Re chi(w) = -(2 w^2/pi) P int_0^inf J(x) / (x (x^2 - w^2)) dx, by mpmath."""
    density, w, c = qt.Ohmic(0.3, 4.0, exponent=exponent), 2.0, 4.0

    def integrand(x):
        return mp.mpf("0.3") * (x / c) ** (exponent - 1) * mp.exp(-x / c) / (x + w)

    with mp.workdps(20):
        paired = mp.quad(lambda y: (integrand(w + y) - integrand(w - y)) / y, [0, 1, 2])
        far = mp.quad(lambda x: integrand(x) / (x - w), [4, 8, 20, 60, 200, 600])
        expected = float(-2 * w**2 / mp.pi * (paired + far))
        reorganisation = float(mp.mpf("0.3") * c * mp.gamma(exponent) / mp.pi)
    assert float(density.lag(w)) == pytest.approx(expected, rel=1e-9)
    assert float(density.reorganisation()) == pytest.approx(reorganisation, rel=1e-13)


@pytest.mark.parametrize("density", [qt.PowerLaw(0.3, exponent=3.0), qt.Flat(0.3)], ids=["PowerLaw", "Flat"])
def test_no_cutoff_no_lamb_shift(density):
    name = type(density).__name__
    for call in (lambda: density.half_sided(1.0, 1.0), density.reorganisation, lambda: density.lag(1.0)):
        with pytest.raises(ValueError, match=f"A {name} density has no cut-off"):
            call()
    system = qt.OpenSystem(qt.OscillatorNetwork.from_springs([1.0], [[0.0]]), (qt.Bath([1.0, 0.0], density, 1.0),))
    with pytest.raises(ValueError, match="has no cut-off"):
        qt.redfield_equation(lamb_shift=True)(system)
    with pytest.raises(ValueError, match="has no cut-off"):
        qt.Langevin()(system)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_resonant_cutoff_is_regular(n):
    """Exponential expansions of the bath's correlation diverge where cutoff = 2 pi n T."""
    cutoff, w = 4.0, jnp.array([-1.3, 1.3])
    at, *around = (
        np.asarray(_half_sided(qt.Drude(0.3, cutoff), w, cutoff / (2 * math.pi * n) * (1 + shift)))
        for shift in (0.0, -1e-6, 1e-6)
    )
    np.testing.assert_allclose(at, sum(around) / 2, rtol=1e-11)
    expected = _principal_value(lambda x: 0.3 * x * 16 / (x * x + 16), 1.3, cutoff / (2 * math.pi * n))
    assert at[1].imag == pytest.approx(expected, rel=1e-8)


EDGES = [(0.0, 0.0), (0.0, 0.7), (1.3, 0.0), (-1.3, 0.0), (800.0, 1.0), (-800.0, 1.0), (1e-12, 1.0), (1.3, 1e-6)]


@pytest.mark.parametrize(
    "density",
    [DRUDE, qt.Ohmic(0.3, 4.0), qt.Ohmic(0.3, 4.0, exponent=3.0), USER],
    ids=["Drude", "Ohmic", "super-Ohmic", "user"],
)
def test_gradients_are_finite_everywhere(density):
    """Rate and Lamb shift by every parameter of the density and by temperature, at w = 0 and T = 0 too."""

    @eqx.filter_jit
    def derivatives(w, t):
        rate = eqx.filter_grad(lambda x: x[0].rate(w, x[1]))
        shift = eqx.filter_grad(lambda x: jnp.imag(x[0].half_sided(w, x[1])))
        by_frequency = jax.grad(lambda x: density.rate(x, t))(w)
        return density.half_sided(w, t), rate((density, t)), shift((density, t)), by_frequency

    for w, t in EDGES:
        for leaf in jax.tree.leaves(derivatives(jnp.asarray(w), jnp.asarray(t))):
            assert np.all(np.isfinite(leaf)), (w, t)


def test_users_lamb_shift_at_zero_frequency():
    user, drude = Lorentzian(jnp.asarray(0.1), jnp.asarray(2.0)), qt.Drude(0.1, 2.0)
    slope = lambda density: jax.grad(lambda w, t: density.half_sided(w, t).imag)  # noqa: E731
    for w in (0.0, 1e-12, -1e-7, 1e-5, 1e-4):
        for t in (0.02, 1.0, 50.0):
            np.testing.assert_allclose(slope(user)(w, t), slope(drude)(w, t), rtol=1e-8, atol=1e-10)


def test_divergent_rates_at_zero_frequency():
    for density in (qt.Flat(rate=0.1), qt.Ohmic(0.1, 2.0, exponent=0.5), qt.PowerLaw(0.1, exponent=0.5)):
        assert density.rate(0.0, 0.0) == 0.0
        assert density.rate(0.0, 1.0) == np.inf


def test_lamb_shift_derivative_by_frequency():
    """Against a central difference, off w = 0, where it has a logarithm at T = 0 only."""
    shift = lambda w, t: jnp.imag(DRUDE.half_sided(w, t))  # noqa: E731
    slope = jax.jit(jax.grad(shift))
    for w, t in [(1.3, 0.7), (-1.3, 0.7), (0.0, 0.7), (1.3, 0.0)]:
        step = 1e-4
        difference = (shift(w + step, t) - shift(w - step, t)) / (2 * step)
        assert float(slope(w, t)) == pytest.approx(float(difference), rel=1e-6)


class Brownian(qt.AbstractSpectralDensity):
    """strength w centre^4 / ((w^2 - centre^2)^2 + width^2 w^2): a damped mode seen by the system."""

    strength: Array
    centre: Array
    width: Array

    def __call__(self, frequency):
        w = frequency
        return self.strength * w * self.centre**4 / ((w**2 - self.centre**2) ** 2 + (self.width * w) ** 2)


@pytest.mark.parametrize("width", [1.0, 0.1, 1e-3])
def test_quadrature_finds_the_peak_of_a_density(width):
    centre, t, scale = 2.0, 0.7, 4.0 / (2 * width)  # Q of unit strength
    density = Brownian(*(jnp.asarray(x) for x in (1.0, centre, width)))
    assert float(density.reorganisation()) == pytest.approx(scale, rel=1e-11)
    for w in (1e-3, 0.5, 1.9, 2.0, 40.0):
        real = centre**4 / width * (1 / (centre**2 - w**2 - 1j * width * w)).real
        assert float(density.lag(w)) == pytest.approx(2 * scale - real, abs=1e-10 * max(scale, abs(real)))
    # S(1.9) by subtraction of the pole, panels halving towards the peak.
    with mp.workdps(20):
        w = mp.mpf("1.9")
        weight = lambda x: x * centre**4 / ((x * x - 4) ** 2 + (width * x) ** 2) * mp.coth(x / (2 * mp.mpf(t)))  # noqa: E731
        own = weight(w)
        steps = [mp.mpf(width) * 3**k for k in range(-1, 9) if width * 3**k < 1.8]
        breaks = sorted(
            {mp.mpf(0), w, mp.mpf(2), *(2 - s for s in steps), *(2 + s for s in steps), mp.mpf(20), mp.mpf(2000)}
        )
        rest = lambda x: (weight(x) - own) / (w * w - x * x) if x != w else mp.mpf(0)  # noqa: E731
        odd = mp.quad(rest, breaks) + mp.quad(lambda y: rest(1 / y) / y**2, [0, 1 / breaks[-1]])
        real = centre**4 / width * (1 / mp.mpc(4 - w * w, -width * w)).real
        expected = float(w / mp.pi * odd - real / 2)
    assert float(density.half_sided(1.9, t).imag) == pytest.approx(expected, rel=1e-9)


def test_quadrature_of_a_peak_differentiates():
    def shift_of(p):
        return Brownian(*p[:3]).half_sided(p[3], p[4]).imag

    p = jnp.array([1.0, 2.0, 0.05, 1.9, 0.7])
    slope = jax.jit(jax.grad(shift_of))
    shift, gradient, hessian = jax.jit(shift_of), slope(p), jax.jit(jax.hessian(shift_of))(p)
    step = 1e-4
    unit = np.eye(5) * step
    weights = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
    for i in range(5):
        first = sum(c * (shift(p + j * unit[i]) - shift(p - j * unit[i])) for j, c in weights) / step
        second = sum(c * (slope(p + j * unit[i]) - slope(p - j * unit[i])) for j, c in weights) / step
        assert float(gradient[i]) == pytest.approx(float(first), rel=1e-8, abs=1e-8)
        np.testing.assert_allclose(hessian[i], second, rtol=1e-6, atol=1e-6 * np.abs(hessian).max())


def test_drude_shift_far_above_the_cutoff_at_zero_temperature():
    w, cutoff = 1e6, 3.0
    expected = (
        -(cutoff**3) / (w**2 + cutoff**2) / 2 + w * cutoff**2 / (w**2 + cutoff**2) * math.log(w / cutoff) / math.pi
    )
    assert float(qt.Drude(1.0, cutoff).half_sided(w, 0.0).imag) == pytest.approx(expected, rel=1e-13)
