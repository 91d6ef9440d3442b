"""Lyapunov equations of many modes: A X + X A^T + R = 0 with A = coherent + G, N^3 work and N^2 memory.

X, R and G are real matrices on the amplitudes (xi, pi). In the blocks C and S of X (see _normal_modes.py) the coherent
part is a product with -i (w_k - w_j) and -i (w_k + w_j), so what multiplies a population is exactly zero and rates far
below the frequencies keep their digits. The equation is solved by GMRES on exact residuals, with one of two
preconditioners:

- the diagonal of the damping, elementwise: a few steps where the damping is weaker than the splittings of the modes;
- the eigenvectors of the drift of the modes without their conjugates: a few steps at any damping. That they are
  ill-conditioned near an exceptional point costs steps, not digits.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.sparse.linalg import gmres
from jaxtyping import Array, Float

from ._batching import in_chunks
from ._normal_modes import blocks, from_blocks

# Steps of a cycle of GMRES, what a cycle must gain to be followed by another, and how many there are at most.
_WEAK, _STRONG = (8, 1e-3, 4), (16, 0.5, 12)


class ModalLyapunov(eqx.Module):
    """The operator X -> A X + X A^T; carries no derivatives."""

    carrier: Float[Array, ""]
    detunings: Float[Array, " modes"]
    damping: Float[Array, "n n"]  # G

    @property
    def adjoint(self) -> "ModalLyapunov":
        """The transposed operator."""
        return ModalLyapunov(-self.carrier, -self.detunings, self.damping.T)

    def turning(self) -> tuple[Float[Array, "k k"], Float[Array, "k k"]]:
        """w_k - w_j and w_k + w_j."""
        d = self.detunings
        return d[:, None] - d, 2 * self.carrier + d[:, None] + d

    def __call__(self, x: Float[Array, "n n"]) -> Float[Array, "n n"]:
        """A X + X A^T for a symmetric X."""
        moved = self.damping @ x
        difference, total = self.turning()
        c, s = blocks(x)
        return moved + moved.T + from_blocks(-1j * difference * c, -1j * total * s)

    def solve(
        self, right: Float[Array, "count n n"], rtol: Float[Array, " count"]
    ) -> tuple[Float[Array, "count n n"], Float[Array, " count"]]:
        """X with A X + X A^T = right for symmetric right-hand sides, and the preconditioned residuals, relative."""
        return _solve(self.carrier, self.detunings, self.damping, right, rtol)

    def weak_preconditioner(self) -> Callable[[Array], Array]:
        """The elementwise solution for a diagonal damping."""
        p, _ = blocks(self.damping)
        own = jnp.diagonal(p)
        difference, total = self.turning()
        c_divisor = -1j * difference + own[:, None] + own.conj()
        s_divisor = -1j * total + own[:, None] + own

        def apply(x: Array) -> Array:
            c, s = blocks(x)
            return from_blocks(c / c_divisor, s / s_divisor)

        return apply

    def strong_preconditioner(self) -> Callable[[Array], Array]:
        """The solution without what couples modes to conjugate modes."""
        p, _ = blocks(self.damping)
        values, vectors = jnp.linalg.eig(p - 1j * jnp.diag(self.detunings))
        inverse = jnp.linalg.inv(vectors)
        c_divisor = values[:, None] + values.conj()
        s_divisor = values[:, None] + values - 2j * self.carrier

        def apply(x: Array) -> Array:
            c, s = blocks(x)
            c = vectors @ ((inverse @ c @ inverse.conj().T) / c_divisor) @ vectors.conj().T
            s = vectors @ ((inverse @ s @ inverse.T) / s_divisor) @ vectors.T
            c, s = (c + c.conj().T) / 2, (s + s.T) / 2
            return from_blocks(c, s)

        return apply


def _cycles(
    operator: ModalLyapunov,
    preconditioner: Callable[[Array], Array],
    right: Array,
    rtol: Array,
    plan: tuple[int, float, int],
) -> tuple[Array, Array]:
    """GMRES in short cycles, for as long as they gain."""
    length, gain, most = plan
    start = preconditioner(right)
    goal = rtol * jnp.linalg.norm(start)

    def residual(x: Array) -> Array:
        return preconditioner(right - operator(x))

    def unfinished(carry: tuple[Array, ...]) -> Array:
        _, rest, last, k = carry
        now = jnp.linalg.norm(rest)
        return (now > goal) & (now < gain * last) & (k < most)

    def cycle(carry: tuple[Array, ...]) -> tuple[Array, ...]:
        x, rest, _, k = carry
        step, _ = gmres(
            lambda y: preconditioner(operator(y)), rest, tol=0.0, atol=goal / 2, restart=length, maxiter=1,
            solve_method="incremental",
        )  # fmt: skip
        return x + step, residual(x + step), jnp.linalg.norm(rest), k + 1

    first = (start, residual(start), jnp.asarray(jnp.inf), jnp.zeros((), int))
    x, rest, _, _ = jax.lax.while_loop(unfinished, cycle, first)
    size = jnp.linalg.norm(start)
    return x, jnp.linalg.norm(rest) / jnp.where(size > 0, size, 1.0)


def _by_preconditioners(
    carrier: Array, detunings: Array, damping: Array, right: Array, rtol: Array
) -> tuple[Array, Array]:
    operator = ModalLyapunov(carrier, detunings, damping)

    def solutions(preconditioner: Callable[[Array], Array], plan: tuple[int, float, int]) -> tuple[Array, Array]:
        return jax.lax.map(lambda pair: _cycles(operator, preconditioner, pair[0], pair[1], plan), (right, rtol))

    x, gap = solutions(operator.weak_preconditioner(), _WEAK)
    return jax.lax.cond(
        jnp.all(gap <= rtol), lambda: (x, gap), lambda: solutions(operator.strong_preconditioner(), _STRONG)
    )


_solve = in_chunks(_by_preconditioners, chunk=1)
