"""The exponential of a generator, applied to a vector at many times."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact

_DOUBLINGS = 52


def propagated(
    matrix: Inexact[Array, "m m"],
    source: Inexact[Array, " m"],
    start: Inexact[Array, " m"],
    times: Float[Array, " times"],
) -> Inexact[Array, "times m"]:
    """x(t) of dx/dt = matrix x + source, x(0) = start, at each time >= 0.

    One ladder of doublings exp(G h 2^k) from h = t_max / 2^52 serves all times: a time is a binary number, and its
    factors commute. The exponential less one is doubled, which keeps the digits of the short first steps. Every
    derivative exists, by the times too; m^3 work once, m^2 for a time.
    """
    m = matrix.shape[-1]
    # The source as a column for a constant coordinate, whose row stays exactly zero.
    generator = jnp.zeros((m + 1, m + 1), matrix.dtype).at[:m, :m].set(matrix).at[:m, m].set(source)
    longest = jax.lax.stop_gradient(jnp.max(times))
    step = jnp.where(longest > 0, longest, 1.0) / 2.0**_DOUBLINGS
    whole_steps = jnp.floor(jax.lax.stop_gradient(times) / step)
    rest = (times - whole_steps * step)[:, None]

    x = jnp.broadcast_to(jnp.append(start, 1.0), (times.shape[0], m + 1))
    bent = x @ generator.T
    x = x + rest * (bent + rest / 2 * (bent @ generator.T))

    scaled = generator * step
    identity = jnp.eye(m + 1)
    change = scaled @ (identity + scaled @ (identity + scaled / 3) / 2)

    def double(carry, k):
        x, change = carry
        wanted = jnp.floor(whole_steps / 2.0**k) % 2 == 1
        x = jnp.where(wanted[:, None], x + x @ change.T, x)
        return (x, 2.0 * change + change @ change), None

    (x, _), _ = jax.lax.scan(double, (x, change), np.arange(_DOUBLINGS + 1.0))
    return x[:, :m]
