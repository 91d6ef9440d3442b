"""Thermal functions and polygammas whose values and derivatives are finite everywhere they are used."""

from math import factorial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Complex, Float, Inexact

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
    even = square * _series([b / factorial(2 * k) for k, b in enumerate(_BERNOULLI[:9], start=1)], square)
    decay = jnp.exp(below)
    return jnp.where(
        small,
        1.0 + near / 2 + even,
        jnp.where(positive, above / (1.0 - jnp.exp(-above)), -below * decay / (1.0 - decay)),
    )


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


_SHIFT = 12  # digamma arguments are raised by this much before the asymptotic series


def _polygamma_series(order: int, z: Inexact[Array, "..."]) -> Inexact[Array, "..."]:
    """psi^(order)(z), Re z > 0: recurrence up to Re z > 12, then the asymptotic (Bernoulli) series."""
    sign = (-1.0) ** (order + 1)
    # One operation over an axis of its own, not one per step: differentiated, this is most of what is compiled.
    total = sign * factorial(order) * jnp.sum((z[..., None] + np.arange(_SHIFT)) ** -(order + 1), axis=-1)
    y = 1.0 / (z + _SHIFT)
    if order == 0:
        total = total + jnp.log(z + _SHIFT) - 0.5 * y
    else:
        total = total + sign * (factorial(order - 1) * y**order + factorial(order) / 2 * y ** (order + 1))
    bernoulli = [b * factorial(2 * k + order - 1) / factorial(2 * k) for k, b in enumerate(_BERNOULLI, start=1)]
    tail = (-1.0 if order == 0 else sign) * _series(bernoulli, y * y)
    return total + tail * y ** (order + 2)


def _series(coefficients: list[float], x: Inexact[Array, "..."]) -> Inexact[Array, "..."]:
    """sum_k coefficients[k] x^k in rows of four, along an axis of their own: few operations, so little to compile."""
    square = x * x
    powers = jnp.stack([jnp.ones_like(x), x, square, square * x], axis=-1)
    rows = np.reshape([*coefficients, *[0.0] * (-len(coefficients) % 4)], (-1, 4))
    total, fourth = powers @ rows[-1], square * square
    for row in rows[-2::-1]:
        total = total * fourth + powers @ row
    return total


@jax.custom_jvp
def _digamma(z):
    return _polygamma_series(0, z)


def polygamma(order: int, z: Inexact[Array, "..."]) -> Inexact[Array, "..."]:
    """psi^(order)(z) for complex z with Re z > 0, to about 1e-15; its derivative is psi^(order+1)."""
    function = _digamma if order == 0 else _with_derivative(order)
    return function(z)


def _with_derivative(order: int):
    @jax.custom_jvp
    def function(z):
        return _polygamma_series(order, z)

    @function.defjvp
    def _(primals, tangents):
        (z,), (dz,) = primals, tangents
        return polygamma(order, z), polygamma(order + 1, z) * dz

    return function


@_digamma.defjvp
def _(primals, tangents):
    (z,), (dz,) = primals, tangents
    return _digamma(z), polygamma(1, z) * dz


def digamma(z: Complex[Array, "..."]) -> Complex[Array, "..."]:
    """psi(z) for complex z with Re z > 0."""
    return polygamma(0, z)
