"""Spectral densities as partial fractions of decaying modes: exact where they can be, else close fits."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

import qtjax as qt
from qtjax.spectral_densities import AbstractSpectralDensity

W = np.geomspace(1e-6, 1e4, 4001)


class Resonance(AbstractSpectralDensity):
    """An underdamped mode of frequency w0 and width g, the simplest density with a peak."""

    strength: Array
    w0: Array
    g: Array

    def __call__(self, frequency):
        w = jnp.asarray(frequency, float)
        return self.strength * w * self.w0**4 / ((w * w - self.w0**2) ** 2 + (self.g * w) ** 2)


class OwnOhmic(AbstractSpectralDensity):
    """Ohmic, but without the closed form's knowledge of how it scales."""

    strength: Array
    cutoff: Array

    def __call__(self, frequency):
        w = jnp.asarray(frequency, float)
        return self.strength * w * jnp.exp(-jnp.abs(w) / self.cutoff)


def resonance(strength=1.0, w0=1.0, g=0.1):
    return Resonance(*(jnp.asarray(x, float) for x in (strength, w0, g)))


def own_ohmic(strength=1.0, cutoff=1.0):
    return OwnOhmic(jnp.asarray(strength, float), jnp.asarray(cutoff, float))


def slope_of(fractions, w: Any = W) -> Any:
    """sum_k a_k / (w^2 + nu_k^2)."""
    rates, weights = fractions
    return jnp.sum(weights / (jnp.asarray(w)[..., None] ** 2 + rates**2), axis=-1)


def error(fitted, exact):
    """The largest difference relative to the largest value."""
    return np.max(np.abs(fitted - exact)) / np.max(np.abs(exact))


def check_admissible(fractions, terms):
    """Decaying modes, their set closed under conjugation."""
    rates, weights = np.asarray(fractions[0], complex), np.asarray(fractions[1], complex)
    assert rates.shape == weights.shape == (terms,)
    assert np.all(np.real(rates) > 0)
    for rate, weight in zip(rates, weights, strict=True):
        partner = np.argmin(np.abs(rates - np.conj(rate)))
        np.testing.assert_allclose([rates[partner], weights[partner]], np.conj([rate, weight]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("terms", [1, 5])
def test_drude_is_one_term(terms):
    drude = qt.Drude(0.3, 2.0)
    fractions = drude.partial_fractions(terms)
    check_admissible(fractions, 1)
    np.testing.assert_allclose(slope_of(fractions), drude.slope(W), rtol=1e-14)


# The largest errors of J, of J(w)/w and of the reorganisation, relative to the largest values.
BOUNDS = {
    (1.0, 4): (9e-3, 2e-2, 3e-3),
    (1.0, 6): (9e-4, 4e-3, 5e-4),
    (1.0, 8): (3e-4, 2e-3, 2e-4),
    (2.0, 4): (3e-2, 2e-2, 2e-2),
    (2.0, 6): (3e-3, 8e-3, 2e-3),
    (3.0, 4): (7e-3, 2e-2, 3e-3),
    (3.0, 6): (4e-4, 2e-3, 4e-4),
}


@pytest.mark.parametrize(("exponent", "terms"), BOUNDS)
def test_ohmic(exponent, terms):
    density = qt.Ohmic(0.7, 3.0, exponent=exponent)
    fractions = density.partial_fractions(terms)
    check_admissible(fractions, terms)
    fitted, exact = slope_of(fractions), density.slope(W)
    of_j, of_slope, of_q = BOUNDS[exponent, terms]
    assert error(W * fitted, W * exact) < of_j
    # At W[0] this is J'(0), which sets the rate of pure dephasing.
    assert error(fitted, exact) < of_slope
    assert np.min(W * fitted.real) > -of_j * np.max(W * exact)
    rates, weights = fractions
    assert abs(jnp.sum(weights / rates) / 2 - density.reorganisation()) < of_q * density.reorganisation()
    # Terms that cancel by orders of magnitude would spoil a hierarchy.
    assert jnp.max(jnp.abs(weights / rates**2)) < 5 * np.max(exact)


@pytest.mark.parametrize("g", [5.0, 0.1, 1e-3])
def test_resonance_is_two_terms(g):
    density = resonance(g=g)
    fractions = density.partial_fractions(2)
    check_admissible(fractions, 2)
    assert error(W * slope_of(fractions), density(W)) < 1e-9


def test_two_resonances_and_a_background():
    class Sum(AbstractSpectralDensity):
        parts: tuple[AbstractSpectralDensity, ...]

        def __call__(self, frequency):
            return sum(part(frequency) for part in self.parts)

    density = Sum((resonance(), resonance(0.5, 3.0, 0.05), qt.Drude(0.3, 0.4)))
    fractions = density.partial_fractions(5)
    check_admissible(fractions, 5)
    assert error(W * slope_of(fractions), density(W)) < 1e-9


def test_scaling():
    """Of an Ohmic density exactly; of any other up to where the samples lie."""
    rates, weights = qt.Ohmic(1.0, 1.0).partial_fractions(4)
    scaled = qt.Ohmic(1e-3, 1e6).partial_fractions(4)
    np.testing.assert_allclose(scaled[0], 1e6 * rates, rtol=1e-12)
    np.testing.assert_allclose(scaled[1], 1e9 * weights, rtol=1e-12)
    for cutoff in (1e-7, 1e5):
        density = own_ohmic(1e-9, cutoff)
        fitted = slope_of(density.partial_fractions(4), cutoff * W)
        assert error(cutoff * W * fitted, density(cutoff * W)) < 9e-3


@pytest.mark.parametrize(
    ("density_of", "values", "terms", "bounds"),
    [
        (lambda s: qt.Ohmic(1.0, 1.0, exponent=s), (2.0, 3.0), 6, (8e-3, 2e-3)),
        (lambda strength, cutoff: own_ohmic(strength, cutoff), (1.0, 1.0), 6, (2e-3, 5e-3)),
        (lambda w0, g: resonance(1.0, w0, g), (1.0, 0.1), 2, (1e-6, 1e-6)),
    ],
    ids=["exponents", "own strength and cutoff", "peak and width"],
)
def test_derivatives_are_those_of_the_density(density_of, values, terms, bounds):
    """By finite differences of the density itself; with frozen rates they would be off by a tenth and more."""

    @jax.jit
    def derivative(point, direction):
        return jax.jvp(lambda *p: W * slope_of(density_of(*p).partial_fractions(terms)), point, direction)[1]

    one_by_one = density_of.__code__.co_argcount == 1
    for i, bound in enumerate(bounds):
        point = (values[i],) if one_by_one else values
        direction = tuple(float(one_by_one or j == i) for j in range(len(point)))
        ahead, behind = ([x + sign * 1e-5 * d for x, d in zip(point, direction, strict=True)] for sign in (1, -1))
        exact = (density_of(*ahead)(W) - density_of(*behind)(W)) / 2e-5
        assert error(derivative(point, direction), exact) < bound


def test_second_derivatives():
    """The inner one in reverse mode."""

    def value(g):
        return slope_of(resonance(g=g).partial_fractions(2), 0.9).real

    curvature = jax.jit(jax.hessian(value))(0.1)
    np.testing.assert_allclose(curvature, jax.hessian(lambda g: resonance(g=g).slope(0.9))(0.1), rtol=1e-6)


def test_idle_terms_stay():
    """A term too many has no weight, is damped, and neither moves nor disturbs what depends on the others."""

    @jax.jit
    def with_change(g):
        return jax.jvp(lambda g: resonance(g=g).partial_fractions(4), (g,), (1.0,))

    (rates, weights), (change, _) = with_change(0.1)
    assert error(W * slope_of((rates, weights)), resonance()(W)) < 1e-9
    assert np.sum(np.abs(weights) < 1e-9) == 2
    assert np.all(rates.real > 1e-2 * np.abs(rates))
    assert np.all(np.abs(change) < 1)


def test_strength_of_zero():
    rates, weights = qt.Ohmic(0.0, 2.0).partial_fractions(4)
    expected = qt.Ohmic(1.0, 2.0).partial_fractions(4)
    np.testing.assert_allclose(rates, expected[0], rtol=1e-12)
    np.testing.assert_array_equal(weights, 0.0)
    assert all(np.all(np.isfinite(x)) for x in resonance(strength=0.0).partial_fractions(2))


def test_vmap():
    cutoffs, exponents = jnp.array([0.5, 1.0, 4.0, 2.0, 1.0]), jnp.array([1.0, 1.4, 3.0, 0.5, 0.9])
    together = eqx.filter_jit(jax.vmap(lambda c, s: qt.Ohmic(1.0, c, exponent=s).partial_fractions(4)))
    batch = together(cutoffs, exponents)
    for i in range(5):
        found = tuple(x[i] for x in batch)
        check_admissible(found, 4)
        if exponents[i] >= 1:
            one = qt.Ohmic(1.0, cutoffs[i], exponent=exponents[i]).partial_fractions(4)
            assert error(W * slope_of(found), W * slope_of(one)) < 1e-6
        else:  # refused where it is known; where it is not, a fit that only falls short of J(w)/w near w = 0
            with pytest.raises(ValueError, match=rf"exponent .* must be >= 1 .* is {exponents[i]}"):
                qt.Ohmic(1.0, cutoffs[i], exponent=exponents[i]).partial_fractions(4)


def test_refusals():
    for density in (qt.PowerLaw(1.0, exponent=1.0), qt.Flat(1.0)):
        with pytest.raises(ValueError, match="no cut-off"):
            density.partial_fractions(4)
    for density in (qt.Drude(1.0, 1.0), qt.Ohmic(1.0, 1.0)):
        terms: Any
        for terms in (0, 2.5, True):
            with pytest.raises(ValueError, match="`terms` must be an integer >= 1"):
                density.partial_fractions(terms)
