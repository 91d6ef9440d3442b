"""Thermal functions and polygammas whose values and derivatives are finite everywhere they are used."""

from functools import cache
from math import factorial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

# Bernoulli numbers B_2, B_4, ..., B_28.
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6,
    -3617 / 510, 43867 / 798, -174611 / 330, 854513 / 138,
    -236364091 / 2730, 8553103 / 6, -23749461029 / 870,
)  # fmt: skip


def unit_bose(u: Float[Array, "..."]) -> Float[Array, "..."]:
    """u / (1 - exp(-u)) for finite abs(u) < 700: the Bose factor u (1 + n(u)) at unit temperature.

    A Bernoulli series bridges u = 0; the negative branch is written with exp(u), because expm1 has
    derivatives that lose digits at large negative arguments.
    """
    small = jnp.abs(u) < 0.5
    positive = u > 0
    near = jnp.where(small, u, 0.0)
    above = jnp.where(positive & ~small, u, 1.0)
    below = jnp.where(~positive & ~small, u, -1.0)
    square = near * near
    even = square * _horner([b / factorial(2 * k) for k, b in enumerate(_BERNOULLI[:9], start=1)], square)
    decay = jnp.exp(below)
    return jnp.where(
        small,
        1.0 + near / 2 + even,
        jnp.where(positive, above / (1.0 - jnp.exp(-above)), -below * decay / (1.0 - decay)),
    )


def _horner(coefficients: list[float], x: Array) -> Array:
    """sum_k coefficients[k] x^k."""
    total = jnp.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total


def bose_weight(frequency: ArrayLike, temperature: ArrayLike) -> Float[Array, "..."]:
    """w (1 + n(w)) = w / (1 - exp(-w/T)), for every sign of w and every T >= 0.

    T = 0 gives max(w, 0), w = 0 gives T. For abs(w)/T > 700 the other exponential is below the
    smallest double, so the zero-temperature branch is exact there.
    """
    w, t = jnp.broadcast_arrays(jnp.asarray(frequency, float), jnp.asarray(temperature, float))
    # Negative temperatures are not cold: a NaN derivative must reach them.
    cold = (jnp.abs(w) >= 700.0 * t) & (t >= 0.0)
    t_safe = jnp.where(cold, 1.0, t)
    w_safe = jnp.where(cold, 1.0, w)
    # NaN temperatures stay NaN: `cold` is then False.
    return jnp.where(cold, jnp.maximum(w, 0.0), t_safe * unit_bose(w_safe / t_safe))


def coth_weight(frequency: ArrayLike, temperature: ArrayLike) -> Float[Array, "..."]:
    """w coth(w/2T), even in w: 2T at w = 0 and abs(w) at T = 0."""
    w = jnp.asarray(frequency, float)
    return bose_weight(w, temperature) + bose_weight(-w, temperature)


_STEPS = 10  # arguments of polygammas are raised by this much before an asymptotic series of as many terms


def _polygamma_series(
    order: int, x: Float[Array, "..."], y: Float[Array, "..."]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """psi^(order)(z), z = x + iy, x > 0: recurrence up to Re z > 10, then the asymptotic (Bernoulli) series.

    Real and imaginary parts apart, because complex divisions guard against overflow step by step and do not
    vectorise; and in a loop, which XLA compiles once and does not evaluate again for every use of the result.
    """
    sign = (-1.0) ** (order + 1)
    raised = x + _STEPS
    inverse = _inverse(raised, y)
    square, leading = _times(inverse, inverse), _power(inverse, max(order, 1))
    weights = [b * factorial(2 * k + order - 1) / factorial(2 * k) for k, b in enumerate(_BERNOULLI, start=1)]
    reversed_weights = jnp.asarray(weights[_STEPS - 1 :: -1])

    def step(k: Array, sums: tuple[tuple[Array, Array], tuple[Array, Array]]) -> Any:
        total, tail = sums
        real, imag = _times(tail, square)
        return _plus(total, _power(_inverse(x + k, y), order + 1), 1.0), (real + reversed_weights[k], imag)

    zero = (jnp.zeros_like(x), jnp.zeros_like(y))
    # Five steps between stores and loads of the sums.
    total, tail = jax.lax.fori_loop(0, _STEPS, step, (zero, zero), unroll=5)
    total = _plus(zero, total, sign * factorial(order))
    if order == 0:
        total = _plus(total, (jnp.log(raised * raised + y * y) / 2, jnp.arctan2(y, raised)), 1.0)
        total = _plus(total, inverse, -0.5)
    else:
        total = _plus(total, leading, sign * factorial(order - 1))
        total = _plus(total, _times(leading, inverse), sign * factorial(order) / 2)
    return _plus(total, _times(tail, _power(inverse, order + 2)), -1.0 if order == 0 else sign)


def _inverse(x: Array, y: Array) -> tuple[Array, Array]:
    size = 1.0 / (x * x + y * y)
    return x * size, -y * size


def _times(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _power(a: tuple[Array, Array], order: int) -> tuple[Array, Array]:
    return a if order == 1 else _times(a, _power(a, order - 1))


def _plus(a: tuple[Array, Array], b: tuple[Array, Array], weight: float) -> tuple[Array, Array]:
    return a[0] + weight * b[0], a[1] + weight * b[1]


@cache
def _polygamma(order: int):
    @jax.custom_jvp
    def function(x, y):
        return _polygamma_series(order, x, y)

    @function.defjvp
    def _(primals, tangents):
        return function(*primals), _times(_polygamma(order + 1)(*primals), tangents)

    return function


def polygamma(
    order: int, x: Float[Array, "..."], y: Float[Array, "..."]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Real and imaginary part of psi^(order)(x + iy) for x > 0, to about 1e-15; its derivative is psi^(order+1)."""
    return _polygamma(order)(*jnp.broadcast_arrays(x, y))


def surprise(p: Array) -> Array:
    """-p ln p."""
    none = p <= 0.0
    return jnp.where(none, 0.0, -p * jnp.log(jnp.where(none, 1.0, p)))


def mode_entropy(nu: Array) -> Array:
    """(nu + 1/2) ln(nu + 1/2) - (nu - 1/2) ln(nu - 1/2)   (Gonzalez 2017, Eq. 36, its sign corrected)."""
    n = nu - 0.5
    pure = n <= 0.0
    occupied = jnp.where(pure, 1.0, n)
    return jnp.where(pure, 0.0, jnp.log1p(occupied) + occupied * jnp.log1p(1.0 / occupied))
