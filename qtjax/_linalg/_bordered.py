"""The implicit determinant of a matrix near a multiple eigenvalue.

With a column b and a row c^dagger that make it regular,

    [ M - mu   b ] [ x ]   [ 0 ]
    [ c^dagger 0 ] [ g ] = [ 1 ]

has g(mu) = 0 where mu is an eigenvalue, a zero of the multiplicity of the eigenvalue, analytic in mu and in whatever M
depends on. The Taylor coefficients x_k, g_k follow from repeated solves with the same matrix, and where g vanishes
they are a Jordan chain, (M - mu) x_k = x_(k-1). With w columns and rows g is a w x w matrix whose determinant has the
zeros, and w eigenvalues may be apart from each other.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from ._batching import svd
from ._compensated import Pair, add, compensated_residual
from ._solve import solve

_REFINEMENTS, _STILL = 3, 1e-9


class Bordered(NamedTuple):
    """The bordered matrix at one eigenvalue. It carries no derivatives."""

    matrix: Complex[Array, "m m"]  # m = n + width, not shifted
    shift: Pair  # mu on the first n rows
    inverse: Complex[Array, "m m"]
    singular_values: Float[Array, " n"]  # of M - mu, descending

    @property
    def size(self) -> int:
        """n, the size of M."""
        return self.singular_values.shape[0]

    @staticmethod
    def of(
        matrix: Inexact[Array, "n n"],
        eigenvalue: Pair,
        width: int = 1,
        slopes: Inexact[Array, "p n n"] | None = None,
    ) -> "Bordered":
        """Bordered by the singular vectors of M - mu that are closest to its null space.

        slopes: dM/dtheta; singular vectors that these do not move are passed over, as they never become null vectors.
        """
        matrix = jax.lax.stop_gradient(matrix).astype(complex)
        n = matrix.shape[0]
        shifted = matrix - eigenvalue.high * jnp.eye(n)
        left, values, right = svd(shifted)
        size = values[0]
        chosen = np.arange(n - width, n)
        if slopes is not None:
            moved = jnp.sum(jnp.abs(jnp.einsum("ik,pij,kj->pk", left.conj(), slopes, right.conj())), axis=0)
            still = moved <= _STILL * jnp.max(moved)
            chosen = jnp.argsort(jnp.where(still, -jnp.arange(n), jnp.arange(n) + n))[-width:]
        m = n + width
        whole = jnp.zeros((m, m), complex).at[:n, :n].set(matrix)
        whole = whole.at[:n, n:].set(size * left[:, chosen]).at[n:, :n].set(right[chosen])
        rows = jnp.append(jnp.ones(n), jnp.zeros(width))
        inverse = solve(whole.at[:n, :n].set(shifted), jnp.eye(m, dtype=complex))
        return Bordered(whole, Pair(eigenvalue.high * rows, eigenvalue.low * rows), inverse, values)

    def solve(self, right: Pair) -> Pair:
        """The solution to twice the working precision."""

        def refine(_: Array, x: Pair) -> Pair:
            rest = compensated_residual(self.matrix, self.shift, x, right.high) + right.low
            return add(x, self.inverse @ rest)

        first = Pair(self.inverse @ right.high, jnp.zeros_like(right.high))
        return jax.lax.fori_loop(0, _REFINEMENTS, refine, first)

    def refined_inverse(self) -> Complex[Array, "m m"]:
        """The inverse, every element right to the working precision."""
        columns = jnp.eye(self.matrix.shape[0], dtype=complex)
        found = jax.lax.map(lambda e: self.solve(Pair(e, jnp.zeros_like(e))), columns)
        return (found.high + found.low).T

    def right_chain(self, length: int) -> Complex[Array, "length m width"]:
        """(x_k, g_k) for k = 0, ..., length - 1."""
        n, m = self.size, self.matrix.shape[0]
        top = (np.arange(m) < n)[:, None]

        def longer(right: Pair, _: None) -> tuple[Pair, Array]:
            x = jax.vmap(self.solve, in_axes=1, out_axes=1)(right)
            return Pair(x.high * top, x.low * top), x.high + x.low

        start = jnp.eye(m, dtype=complex)[:, n:]
        return jax.lax.scan(longer, Pair(start, jnp.zeros_like(start)), None, length)[1]

    def left_chain(self, length: int) -> Complex[Array, "length width m"]:
        """The rows l_k with g_k = l_k (0, 1)^T."""

        def longer(rows: Array, _: None) -> tuple[Array, Array]:
            return rows.at[:, self.size :].set(0.0) @ self.inverse, rows

        return jax.lax.scan(longer, self.inverse[self.size :], None, length)[1]


def taylor_slopes(
    left: Complex[Array, "length width m"], right: Complex[Array, "length m width"], slopes: Inexact[Array, "p n n"]
) -> Complex[Array, "length p width width"]:
    """dg_k/dtheta = - sum_(a+b=k) l_a dM/dtheta x_b."""
    n = slopes.shape[-1]
    pairs = -jnp.einsum("avi,pij,bjw->abpvw", left[:, :, :n], slopes, right[:, :n])
    length = left.shape[0]
    return jnp.stack([sum(pairs[a, k - a] for a in range(k + 1)) for k in range(length)])


def taylor_weights(
    left: Complex[Array, "length 1 m"], right: Complex[Array, "length m 1"], size: int
) -> Complex[Array, "length n n"]:
    """-dg_k/dM_ij for one column."""
    length = left.shape[0]
    return jnp.stack(
        [sum(jnp.outer(left[a, 0, :size], right[k - a, :size, 0]) for a in range(k + 1)) for k in range(length)]
    )


def balance(matrix: Inexact[Array, "n n"]) -> Float[Array, " n"]:
    """Powers of two d that make rows and columns of matrix d_j/d_i alike in size: units of the coordinates."""
    size = jnp.abs(jax.lax.stop_gradient(matrix)) * (1.0 - jnp.eye(matrix.shape[0]))

    def sweep(_, d):
        scaled = size * d / d[:, None]
        rows, columns = jnp.sum(scaled, axis=1), jnp.sum(scaled, axis=0)
        known = (rows > 0) & (columns > 0)
        ratio = jnp.where(known, rows, 1.0) / jnp.where(known, columns, 1.0)
        # A quarter of the way in logarithms: all at once, whole steps would overshoot.
        return d * ratio**0.25

    d = jax.lax.fori_loop(0, 40, sweep, jnp.ones(matrix.shape[0]))
    return 2.0 ** jnp.round(jnp.log2(d))
