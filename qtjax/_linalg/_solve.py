"""Dense solves and factorisations that stay inside XLA.

Up to a size, elimination in plain XLA beats LAPACK: it vectorises over a batch, and large batches of LAPACK calls
can wait for one another for ever on a machine with few cores.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

_LAPACK_SIZE = 64


def solve(matrix: Inexact[Array, "n n"], rhs: Inexact[Array, "n k"]) -> Inexact[Array, "n k"]:
    """matrix^-1 rhs by elimination with partial pivoting; derivatives by the implicit rule, of every order."""
    if matrix.shape[-1] > _LAPACK_SIZE:
        return jnp.linalg.solve(matrix, rhs)
    dtype = jnp.result_type(matrix, rhs)
    frozen = jax.lax.stop_gradient(matrix).astype(dtype)
    return jax.lax.custom_linear_solve(
        lambda x: matrix.astype(dtype) @ x,
        rhs.astype(dtype),
        lambda _, b: _eliminate(frozen, b),
        lambda _, b: _eliminate(frozen.T, b),
    )


def _eliminate(matrix: Array, rhs: Array) -> Array:
    """Gauss-Jordan elimination with row pivoting."""
    n = matrix.shape[0]
    rows = jnp.arange(n)

    def step(k: Array, work: Array) -> Array:
        column = jnp.where(rows >= k, jnp.abs(work[:, k]), -1.0)
        pivot = jnp.argmax(column)
        exchanged = jnp.where(rows == k, pivot, jnp.where(rows == pivot, k, rows))
        work = work[exchanged]
        row = work[k] / work[k, k]
        work = work - jnp.where(rows == k, 0.0, work[:, k])[:, None] * row
        return jnp.where((rows == k)[:, None], row, work)

    work = jax.lax.fori_loop(0, n, step, jnp.concatenate([matrix, rhs], axis=1))
    return work[:, n:]


def cholesky(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """The lower L with matrix = L L^T; NaN where the matrix is not positive definite."""
    return cholesky_and_least(matrix)[0]


def cholesky_and_least(matrix: Float[Array, "n n"]) -> tuple[Float[Array, "n n"], Float[Array, ""]]:
    """L, and the least value v^T matrix v that was met on the way: negative or 0 if not positive definite."""
    n = matrix.shape[-1]
    if n > _LAPACK_SIZE:
        factor = jnp.linalg.cholesky(matrix)
        least = jax.lax.cond(
            jnp.all(jnp.isfinite(factor)),
            lambda: jnp.min(jnp.diagonal(factor)) ** 2,
            lambda: jnp.linalg.eigvalsh(matrix)[0],
        )
        return factor, jax.lax.stop_gradient(least)
    rows = jnp.arange(n)

    def column(factor: Array, k: Array) -> tuple[Array, Array]:
        rest = matrix[:, k] - factor @ factor[k]
        positive = rest[k] > 0
        pivot = jnp.where(positive, jnp.sqrt(jnp.where(positive, rest[k], 1.0)), jnp.nan)
        new = jnp.where(rows >= k, rest / pivot, 0.0)
        return jnp.where(rows == k, new[:, None], factor), rest[k]

    factor, pivots = jax.lax.scan(column, jnp.zeros_like(matrix), rows)
    return factor, jax.lax.stop_gradient(jnp.nanmin(pivots))
