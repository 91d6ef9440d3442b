"""The sizes of the Jordan blocks of an eigenvalue, by a staircase of null spaces."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Inexact, Int

from .._linalg import svd

_NULL = 1e-9


def block_sizes(matrix: Inexact[Array, "n n"], eigenvalue: Complex[Array, ""]) -> Int[Array, " n"]:
    """Sizes of the Jordan blocks of the eigenvalue, descending, then zeros.

    The nullity of M - mu counts the blocks; that of its restriction to the complement of the null space those of
    size two and more, and so on. Singular values below 1e-9 of the largest count as zero.
    """
    n = matrix.shape[0]
    shifted = jax.lax.stop_gradient(matrix - eigenvalue * jnp.eye(n)).astype(complex)
    size = jnp.linalg.norm(shifted)

    def unfinished(carry):
        _, _, _, k, more = carry
        return more & (k < n)

    def step(carry):
        work, gone, counts, k, _ = carry
        # What is gone stays out of the null space: it gets a singular value of the size of the matrix.
        _, values, right = svd(work + size * (jnp.eye(n) - gone))
        null = values < _NULL * size
        count = jnp.sum(null)
        v = right.conj().T * null
        keep = gone @ (jnp.eye(n) - v @ v.conj().T)
        return keep @ work @ keep, keep, counts.at[k].set(count), k + 1, count > 0

    begin = (shifted, jnp.eye(n, dtype=complex), jnp.zeros(n, int), jnp.zeros((), int), jnp.asarray(True))
    counts = jax.lax.while_loop(unfinished, step, begin)[2]
    return jnp.sum(counts[:, None] > np.arange(n), axis=0)
