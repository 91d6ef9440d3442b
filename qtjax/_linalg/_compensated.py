"""Residuals of linear systems to twice the working precision, by error-free sums and products.

Near an exceptional point the rounding of a factorisation moves the position by eps/gap. Residuals that are known to
more digits than the matrix has give back what that costs (iterative refinement).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float


class Pair(NamedTuple):
    """An unevaluated sum high + low, both real or both complex."""

    high: Array
    low: Array


def two_sum(a: Float[Array, "..."], b: Float[Array, "..."]) -> Pair:
    """a + b, and what rounding took from it."""
    total = a + b
    shift = total - a
    return Pair(total, (a - (total - shift)) + (b - shift))


def add(a: Pair, b: Array) -> Pair:
    """a + b for real or complex arrays."""
    if jnp.iscomplexobj(a.high):
        real = add(Pair(a.high.real, a.low.real), b.real)
        imaginary = add(Pair(a.high.imag, a.low.imag), b.imag)
        return Pair(*(jax.lax.complex(x, y) for x, y in zip(real, imaginary, strict=True)))
    total, rest = two_sum(a.high, b)
    return two_sum(total, a.low + rest)


def _leading(a: Array) -> Array:
    """The leading 26 bits of every number: products of such are exact. Bits, because a compiler may fuse products."""
    bits = jax.lax.bitcast_convert_type(a, jnp.uint64)
    return jax.lax.bitcast_convert_type(bits & jnp.uint64(0xFFFFFFFFF8000000), a.dtype)


def _two_product(a: Array, b: Array) -> Pair:
    product = a * b
    a1, b1 = _leading(a), _leading(b)
    a2, b2 = a - a1, b - b1
    return Pair(product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2)


def _summed(terms: Pair) -> Pair:
    """The sum over axis 0."""

    def step(total: Pair, term: Pair) -> tuple[Pair, None]:
        high, rest = two_sum(total.high, term.high)
        return Pair(high, total.low + (rest + term.low)), None

    zero = jnp.zeros_like(terms.high[0])
    return jax.lax.scan(step, Pair(zero, zero), terms)[0]


def compensated_residual(
    matrix: Complex[Array, "n n"], shift: Pair, x: Pair, start: Complex[Array, " n"]
) -> Complex[Array, " n"]:
    """start - (matrix - diag(shift)) x, rounded once."""
    a = jnp.concatenate([matrix, -shift.high[:, None]], axis=1).T
    b = jnp.concatenate([jnp.broadcast_to(x.high[:, None], matrix.shape), x.high[None]])
    # The products are made before they are summed: a compiler that fuses the two rounds them together.
    real = _two_product(jnp.concatenate([-a.real, a.imag]), jnp.concatenate([b.real, b.imag]))
    imaginary = _two_product(jnp.concatenate([-a.real, -a.imag]), jnp.concatenate([b.imag, b.real]))
    products = Pair(*(jnp.stack(parts, axis=1) for parts in zip(real, imaginary, strict=True)))
    first = jnp.stack([start.real, start.imag])[None]
    terms = Pair(jnp.concatenate([first, products.high]), jnp.concatenate([jnp.zeros_like(first), products.low]))
    total = _summed(jax.lax.optimization_barrier(terms))
    found = total.high + total.low
    rest = -(matrix @ x.low) + shift.high * x.low + shift.low * x.high
    return jax.lax.complex(found[0], found[1]) + rest
