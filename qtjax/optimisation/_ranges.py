"""Bounded numbers as smooth functions of unbounded coordinates."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import logit, ndtri
from jaxtyping import Array, Bool, Float

_INSIDE = 1e-2  # where a start at or beyond a bound is put, as a fraction of the way to the other
_NEAR = 1e-3  # what counts as at a bound, likewise


class Range(eqx.Module):
    """Numbers strictly between bounds, as smooth increasing functions of unbounded coordinates u."""

    lower: Float[Array, "..."]
    upper: Float[Array, "..."]
    both: Bool[Array, "..."]  # whether there are two finite bounds
    positive: Bool[Array, "..."]  # and they are positive: logarithms count
    one: Bool[Array, "..."]  # whether there is a single one
    sign: Float[Array, "..."]  # of x minus it
    size: Float[Array, "..."]  # unit of numbers without two finite bounds

    @staticmethod
    def around(x: Array, lower: Array, upper: Array) -> "Range":
        """In units of the given numbers, or of their distance to the only bound."""
        below, above = jnp.isfinite(lower), jnp.isfinite(upper)
        both, one, sign = below & above, below != above, jnp.where(below, 1.0, -1.0)
        distance = jnp.where(below, x - lower, upper - x)
        size = jnp.where(one, jnp.max(jnp.where(one, distance, 0.0)), jnp.max(jnp.abs(jnp.where(one, 0.0, x))))
        return Range(lower, upper, both, both & (lower > 0), one, sign, jnp.where(size > 0, size, 1.0))

    def _scaled(self, x: Array) -> Array:
        """x or its logarithm; 0 without two bounds."""
        logarithm = jnp.log(jnp.where(self.positive, jnp.maximum(x, self.lower), 1.0))
        return jnp.where(self.positive, logarithm, jnp.where(self.both, x, 0.0))

    def numbers(self, u: Array) -> Array:
        """x(u)."""
        between = self._scaled(self.lower) * jax.nn.sigmoid(-u) + self._scaled(self.upper) * jax.nn.sigmoid(u)
        between = jnp.where(self.positive, jnp.exp(jnp.where(self.positive, between, 0.0)), between)
        bound = jnp.where(self.one, jnp.where(self.sign > 0, self.lower, self.upper), 0.0)
        beside = bound + self.sign * self.size * jax.nn.softplus(self.sign * u)
        x = jnp.where(self.both, between, jnp.where(self.one, beside, self.size * u))
        # Rounding must not reach a bound.
        return jnp.clip(x, jnp.nextafter(self.lower, jnp.inf), jnp.nextafter(self.upper, -jnp.inf))

    def coordinates(self, x: Array) -> Array:
        """u(x); numbers at or beyond a bound are put inside."""
        low, high, scaled = (self._scaled(y) for y in (self.lower, self.upper, x))
        fraction = (scaled - low) / jnp.where(self.both, high - low, 1.0)
        fraction = jnp.where(fraction <= 0, _INSIDE, jnp.where(fraction >= 1, 1.0 - _INSIDE, fraction))
        distance = jnp.where(self.sign > 0, x - self.lower, self.upper - x) / self.size
        beside = self.sign * _softplus_inverse(jnp.where(distance <= 0, _INSIDE, distance))
        return jnp.where(self.both, logit(fraction), jnp.where(self.one, beside, x / self.size))

    def drawn(self, key: Array, u: Array) -> Array:
        """Random coordinates: uniform in the fraction between two bounds, otherwise around those given."""
        fraction = jax.random.uniform(key, u.shape, minval=_NEAR, maxval=1.0 - _NEAR)
        beside = self.sign * _softplus_inverse(jax.nn.softplus(self.sign * u) * 10.0 ** (2.0 * fraction - 1.0))
        return jnp.where(self.both, logit(fraction), jnp.where(self.one, beside, u + ndtri(fraction)))

    def sides(self, u: Array) -> Array:
        """-1 next to the lower bound, 1 next to the upper one, else 0."""
        near = jnp.where(self.both, jax.nn.sigmoid(-jnp.abs(u)), jax.nn.softplus(self.sign * u)) < _NEAR
        side = jnp.where(self.both, jnp.sign(u), -self.sign)
        return jnp.where((self.both | self.one) & near, side, 0.0).astype(int)


def _softplus_inverse(y: Array) -> Array:
    return y + jnp.log(-jnp.expm1(-y))
