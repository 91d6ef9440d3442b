"""The exponential of a generator, applied to a vector at many times.

A time is a whole number of units and a rest, and powers of one matrix commute. Where the times are multiples of one
step, that is the unit: doublings reach its exponential, which small steps then apply to what is read (rows) and large
steps to the start, and every pair of the two is a time. Elsewhere the unit is short, and every time takes the
doublings it needs.

Doubled is always the exponential less one, relative to which it rounds: slow rates beside fast ones keep their digits
over any number of oscillations. There are no eigenvectors, which coalesce at exceptional points.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Inexact, Int

from ._batching import largest_of_batch
from ._frames import with_derivatives_of
from ._matrix_functions import limit_order

# The norm of generator x unit at which the Taylor series to this order has an error of 1e-16.
_SHORT, _ORDER = 1 / 16, 9
# A time has 53 binary digits; units shorter than the longest time / 2^52 would tell apart what is rounding.
_DOUBLINGS = 52
_ROUNDING = 4 * np.finfo(float).eps


def propagated(
    matrix: Inexact[Array, "m m"],
    source: Inexact[Array, " m"],
    start: Inexact[Array, " m"],
    times: Float[Array, " times"],
    rows: Inexact[Array, "k m"] | None = None,
) -> Inexact[Array, "times k"]:
    """rows . x(t) of dx/dt = matrix x + source, x(0) = start, at each of increasing times >= 0; x without rows.

    At up to 52 doublings, each of m^3 work, and then for each time k m where the times are multiples of one step (no
    more of them than times), else m^2 for each doubling. All derivatives exist; by the times to second order, of which
    the next raises.
    """
    m = matrix.shape[-1]
    # The source as a column for a constant coordinate, whose row stays exactly zero.
    generator = jnp.zeros((m + 1, m + 1), matrix.dtype).at[:m, :m].set(matrix).at[:m, m].set(source)
    read = jnp.eye(m, m + 1, dtype=matrix.dtype) if rows is None else jnp.pad(rows, ((0, 0), (0, 1)))
    step, multiples, fit = _common_step(jax.lax.stop_gradient(times))
    moving = limit_order(times, 2, "by times")
    arguments = (generator, read, jnp.append(start, 1.0).astype(matrix.dtype), moving, step, multiples)
    return jax.lax.cond(fit, _at_multiples, _at_any, *arguments)


def _common_step(times: Array) -> tuple[Float[Array, ""], Int[Array, " times"], Bool[Array, ""]]:
    """A step, the whole number of steps in each time, and whether the times are these, to rounding."""
    longest = times[-1]
    gaps = jnp.diff(times, prepend=0.0)
    count = jnp.round(longest / jnp.min(jnp.where(gaps > 0, gaps, longest)))
    few = count <= times.shape[0]
    step = jnp.where(longest > 0, longest, 1.0) / jnp.where(few, count, 1.0)
    multiples = jnp.round(times / step)
    exact = jnp.abs(times - multiples * step) <= _ROUNDING * times
    return step, multiples.astype(int), (few & jnp.all(exact)) | (longest == 0)


def _with_slopes(generator: Array, rows: Array, start: Array, times: Array, step: Array, multiples: Array) -> Array:
    slopes = _slopes(generator * step, rows, 2)
    table = _at_steps(generator, slopes, start, times, step, multiples)
    return _after(table, (times - jax.lax.stop_gradient(times)) / step, 2)


def _at_steps(generator: Array, rows: Array, start: Array, times: Array, step: Array, multiples: Array) -> Array:
    doublings = _doublings(generator, step)
    change = _short_change(generator * jnp.ldexp(step, -doublings))
    change = _repeated(lambda change, _: _squared(change), change, 0, doublings)
    # The last multiple may be the number of times.
    return _table(change, rows, start, times.shape[0] + 1)[0][multiples] + 0.0 * times[:, None]


# The times differ from the multiples by rounding, which only their derivatives see.
_at_multiples = with_derivatives_of(_with_slopes, _at_steps)


def _at_any(generator: Array, rows: Array, start: Array, times: Array, *_: Array) -> Array:
    longest = jax.lax.stop_gradient(times[-1])
    # A power of two, so that rests are exact; the first multiples of it are tabled.
    exponent = jnp.ceil(jnp.log2(jnp.where(longest > 0, longest, 1.0))).astype(int)
    tabled = times.shape[0].bit_length()
    doublings = jnp.maximum(_doublings(generator, jnp.ldexp(1.0, exponent)), tabled)
    unit = jnp.ldexp(1.0, exponent - doublings)
    units = jnp.floor(jax.lax.stop_gradient(times) / unit)
    rest = times / unit - units

    short = generator * unit
    table, change = _table(_short_change(short), jnp.eye(start.shape[0], dtype=short.dtype), start, 2**tabled)
    change = change.T

    def add(carry: tuple[Array, Array], k: Array) -> tuple[Array, Array]:
        x, change = carry
        wanted = jnp.floor(units / 2.0**k) % 2 == 1
        return jnp.where(wanted[:, None], x + x @ change, x), _squared(change)

    x, _ = _repeated(add, (table[(units % 2**tabled).astype(int)], change), tabled, doublings + 1)
    return _after(x @ _slopes(short, rows, _ORDER).T, rest, _ORDER)


def _table(change: Array, rows: Array, start: Array, points: int) -> tuple[Array, Array]:
    """rows . x after 0, 1, ... steps, at least this many, and the change over that power of two of steps."""
    k = rows.shape[0]
    # As many small steps of the rows as balance the large ones of the start.
    halvings = max(0, round(math.log2(points / k) / 2))
    rows = _stepped(rows, change, 2**halvings).reshape(-1, rows.shape[1])
    change = jax.lax.fori_loop(0, halvings, lambda _, change: _squared(change), change)
    large = -(-points // 2**halvings)
    vectors = _stepped(start, change.T, large)
    change = jax.lax.fori_loop(0, (large - 1).bit_length(), lambda _, change: _squared(change), change)
    return (vectors @ rows.T).reshape(-1, k), change


def _stepped(vectors: Array, change: Array, steps: int) -> Array:
    """Row vectors before each of some steps."""
    return jax.lax.scan(lambda x, _: (x + x @ change, x), vectors, length=steps)[1]


def _squared(change: Array) -> Array:
    """A^2 - 1 of A - 1."""
    return 2.0 * change + change @ change


def _short_change(a: Array) -> Array:
    """exp(a) - 1 of a short `a`: Taylor's series to order 9 in four products."""
    square = a @ a
    cube = square @ a
    tail = a / 24 + square / 120 + cube / 720 + cube @ (a / 5040 + square / 40320 + cube / 362880)
    return a + square / 2 + cube / 6 + cube @ tail


def _slopes(generator: Array, rows: Array, order: int) -> Array:
    """The rows and their derivatives along the motion, one order after the other."""
    return jax.lax.scan(lambda r, _: (r @ generator, r), rows, length=order + 1)[1].reshape(-1, rows.shape[1])


def _after(readings: Inexact[Array, "times orders_k"], rest: Float[Array, " times"], order: int) -> Array:
    """Taylor's series of what `_slopes` read."""
    terms = readings.reshape(rest.shape[0], order + 1, -1)
    value = terms[:, order]
    for k in range(order, 0, -1):
        value = terms[:, k - 1] + rest[:, None] / k * value
    return value


def _doublings(generator: Array, time: Array) -> Int[Array, ""]:
    """How many make this time of a short unit; in a batch what the largest takes, so that branches stay branches."""
    norm = jnp.max(jnp.sum(jnp.abs(jax.lax.stop_gradient(generator)), axis=1)) * time / _SHORT
    # NaN takes none.
    return largest_of_batch(jnp.clip(jnp.ceil(jnp.log2(jnp.where(norm > 1, norm, 1.0))), 0, _DOUBLINGS).astype(int))


def _repeated(step: Callable[[Any, Array], Any], carry: Any, first: int, last: Array) -> Any:
    """step(carry, k) for k from `first` up to `last`, which is known only when running."""

    def one(carry: Any, k: Array) -> tuple[Any, None]:
        return jax.lax.cond(k < last, step, lambda carry, _: carry, carry, k), None

    return jax.lax.scan(one, carry, jnp.arange(first, _DOUBLINGS + 1))[0]
