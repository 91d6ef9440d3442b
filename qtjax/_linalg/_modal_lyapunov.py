"""Lyapunov equations of many modes: A X + X A^T + R = 0 with A = coherent + G, by iteration, in N^2 memory.

X, R and G are real matrices on the amplitudes (xi, pi). In the blocks C and S of X (see _normal_modes.py) the coherent
part is a product with -i (w_k - w_j) and -i (w_k + w_j), so what multiplies a population is exactly zero and rates far
below the frequencies keep their digits. Exact residuals are corrected by three preconditioners in turn; what they leave
out costs steps, not digits:

- the diagonal of the damping, elementwise: a few steps where the damping is weaker than the splittings of the modes;
- what few baths couple resonantly: the block P of G is then of low rank, and C follows elementwise from few of its
  products with vectors, which solve 2 N x (number of baths) real equations. Ten steps at moderate damping;
- the eigenvectors of the drift of the modes without their conjugates. That they are ill-conditioned near an
  exceptional point costs steps, too.

A correction by itself reads no basis, and is several times cheaper than a step of conjugate residuals: those are for
the last two where corrections stagnate. Of few baths G is of low rank as well, and its products take N^2 work.
"""

from collections.abc import Callable
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float

from ._batching import in_chunks
from ._conjugate_residuals import Operator, conjugate_residuals
from ._normal_modes import blocks, from_blocks

# Directions between restarts, steps, and passes, each on what the one before left. All directions are read in every
# step, so they are few.
_DIRECTIONS, _STEPS, _PASSES = 16, 192, 3
# Corrections go on while each leaves this of the one before, on average: where a better preconditioner is at hand,
# and where there are only conjugate residuals.
_LARGE_GAIN, _GAIN = 0.05, 0.6
# What corrections may leave, relative to the tolerance.
_FAR_BELOW = 0.01
# Low rank is used of up to so many baths, and in products from so many quadratures on.
_FEW_BATHS, _LARGE = 4, 160
# The damping that is added to every mode where pairs of equal frequency would be singular, relative to its own.
_SOFTENED = 1e-4


class ModalLyapunov(eqx.Module):
    """The operator X -> A X + X A^T; carries no derivatives."""

    carrier: Float[Array, ""]
    detunings: Float[Array, " modes"]
    damping: Float[Array, "n n"]  # G
    baths: int = eqx.field(static=True, default=0)  # which G is made by; 0 where it is not known

    @property
    def adjoint(self) -> "ModalLyapunov":
        """The transposed operator."""
        return ModalLyapunov(-self.carrier, -self.detunings, self.damping.T, self.baths)

    def turning(self) -> tuple[Float[Array, "k k"], Float[Array, "k k"]]:
        """w_k - w_j and w_k + w_j."""
        d = self.detunings
        return d[:, None] - d, 2 * self.carrier + d[:, None] + d

    def __call__(self, x: Float[Array, "n n"]) -> Float[Array, "n n"]:
        """A X + X A^T for a symmetric X."""
        moved = self.damping @ x
        return moved + moved.T + self.turned(x)

    def turned(self, x: Float[Array, "n n"]) -> Float[Array, "n n"]:
        """The coherent part of it."""
        difference, total = self.turning()
        c, s = blocks(x)
        return from_blocks(-1j * difference * c, -1j * total * s)

    def solve(
        self, right: Float[Array, "count n n"], rtol: Float[Array, " count"]
    ) -> tuple[Float[Array, "count n n"], Float[Array, " count"]]:
        """X with A X + X A^T = right for symmetric right-hand sides, and the preconditioned residuals, relative."""
        solve = in_chunks(partial(_by_preconditioners, self.baths), chunk=1)
        return solve(self.carrier, self.detunings, self.damping, right, rtol)

    def by_low_rank(self) -> tuple[Operator, Bool[Array, ""]]:
        """The same operator by products of low rank, and whether G has it."""
        columns, rows, rest = _skeleton(self.damping, 2 * self.baths)

        def apply(x: Array) -> Array:
            part = rows @ x
            moved = jnp.concatenate([columns, part.T], axis=1) @ jnp.concatenate([part, columns.T])
            return moved + self.turned(x)

        return apply, jnp.max(jnp.abs(rest)) <= 1e-15 * jnp.max(jnp.abs(self.damping))

    def elementwise(self, own: Complex[Array, " k"]) -> tuple[Complex[Array, "k k"], Complex[Array, "k k"]]:
        """What C and S are multiplied with to solve the equation of a diagonal P and no Q."""
        difference, total = self.turning()
        return _inverse(own[:, None] + own.conj(), -difference), _inverse(own[:, None] + own, -total)

    def weak_preconditioner(self) -> Operator:
        """The solution for the diagonal of the damping."""
        c_weight, s_weight = self.elementwise(jnp.diagonal(blocks(self.damping)[0]))

        def apply(x: Array) -> Array:
            c, s = blocks(x)
            return from_blocks(c * c_weight, s * s_weight)

        return apply

    def few_baths_preconditioner(self) -> Operator:
        """The solution for C of a P of low rank with a small diagonal; S as above.

        With P = U V + diagonal, C = weight * (F - U Y - (U Y)^dagger), where Y = V C, V of shape (baths, modes):
        Y + V [weight * (U Y + (U Y)^dagger)] = V (weight * F), linear in the real and imaginary parts of Y.
        """
        p, _ = blocks(self.damping)
        own = jnp.diagonal(p)
        u, v, rest = _skeleton(p, self.baths)
        c_weight, _ = self.elementwise(jnp.diagonal(rest) - _SOFTENED * jnp.abs(own))
        _, s_weight = self.elementwise(own)
        b, k = v.shape
        direct = jnp.einsum("abj,ji->ajbi", jnp.einsum("ak,kb,kj->abj", v, u, c_weight), jnp.eye(k))
        direct = direct.reshape(b * k, b * k) + jnp.eye(b * k)
        mirrored = jnp.einsum("ai,jb,ij->ajbi", v, u.conj(), c_weight).reshape(b * k, b * k)
        plus, minus = direct + mirrored, direct - mirrored
        factors = jax.scipy.linalg.lu_factor(jnp.block([[plus.real, -minus.imag], [plus.imag, minus.real]]))

        def apply(x: Array) -> Array:
            c, s = blocks(x)
            heard = (v @ (c * c_weight)).ravel()
            y = jax.scipy.linalg.lu_solve(factors, jnp.concatenate([heard.real, heard.imag]))
            driven = u @ jax.lax.complex(*y.reshape(2, b, k))
            return from_blocks((c - driven - driven.conj().T) * c_weight, s * s_weight)

        return apply

    def strong_preconditioner(self) -> Operator:
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


def _inverse(number: Complex[Array, "k k"], imaginary: Float[Array, "k k"]) -> Complex[Array, "k k"]:
    """1/(number + i imaginary): XLA's own division scales first, at ten times the cost."""
    x, y = number.real, number.imag + imaginary
    square = x * x + y * y
    return jax.lax.complex(x / square, -y / square)


def _skeleton(matrix: Array, rank: int) -> tuple[Array, Array, Array]:
    """Columns, rows and the rest of matrix = columns @ rows + rest, by elimination with complete pivoting.

    Products keep their relative accuracy entry by entry, those of modes that no bath hears well included.
    """

    def eliminate(rest: Array, _: None) -> tuple[Array, tuple[Array, Array]]:
        i = jnp.argmax(jnp.max(jnp.abs(rest), axis=1))
        j = jnp.argmax(jnp.abs(rest[i]))
        pivot = rest[i, j]
        column, row = rest[:, j], rest[i] / jnp.where(pivot == 0.0, 1.0, pivot)
        return (rest - column[:, None] * row).at[:, j].set(0.0).at[i].set(0.0), (column, row)

    rest, (columns, rows) = jax.lax.scan(eliminate, matrix, length=rank)
    return columns.T, rows, rest


def _refined(
    operator: Operator, preconditioner: Operator, right: Array, rtol: Array, gain: float
) -> tuple[Array, Array]:
    """Corrections by the preconditioner alone, as long as each leaves `gain` of the one before, on average."""
    start = preconditioner(right)
    size = jnp.linalg.norm(start)

    def unfinished(carry: tuple[Array, ...]) -> Array:
        _, _, left, before, needed = carry
        # Heat currents are small differences of what strong damping gives and takes, so the last digits count: what
        # the known correction will leave, as far as corrections still shrink, is below rtol by far.
        rough = (left < before) & (left * left > _FAR_BELOW * rtol * size * before)
        return ((left > rtol * size) | rough) & (left <= needed)

    def step(carry: tuple[Array, ...]) -> tuple[Array, ...]:
        x, correction, left, _, needed = carry
        x = x + correction
        correction = preconditioner(right - operator(x))
        return x, correction, jnp.linalg.norm(correction), left, gain * needed

    begin = (jnp.zeros_like(start), start, size, 2 * size, size)
    x, correction, left, _, _ = jax.lax.while_loop(unfinished, step, begin)
    # The last correction is known, and smaller still is what it leaves.
    return x + correction, left / jnp.where(size > 0, size, 1.0)


def _by_preconditioners(
    baths: int, carrier: Array, detunings: Array, damping: Array, right: Array, rtol: Array
) -> tuple[Array, Array]:
    operator = ModalLyapunov(carrier, detunings, damping, baths)
    few = 0 < baths <= _FEW_BATHS
    apply, weak = operator.__call__, operator.weak_preconditioner()
    if few and damping.shape[0] >= _LARGE:
        by_low_rank, low = operator.by_low_rank()
        apply = lambda x: jax.lax.cond(low, by_low_rank, operator.__call__, x)  # noqa: E731

    def refined(known: Operator, gain: float) -> tuple[Array, Array]:
        return jax.lax.map(lambda pair: _refined(apply, known, pair[0], pair[1], gain), (right, rtol))

    def iterated(known: Operator) -> tuple[Array, Array]:
        def one(pair: tuple[Array, Array]) -> tuple[Array, Array]:
            right, rtol = pair

            def unfinished(carry: tuple[Array, Array, Array]) -> Array:
                return ~(carry[1] <= rtol) & (carry[2] < _PASSES)

            def again(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
                x, gap, k = carry
                rest, goal = right - apply(x), rtol / gap
                more = conjugate_residuals(apply, known, rest, rtol=goal, directions=_DIRECTIONS, steps=_STEPS)
                return x + more.x, gap * more.error, k + 1

            # What is left is smaller than the rounding of the first solution, so it is solved for by itself.
            x, gap, _ = jax.lax.while_loop(unfinished, again, (jnp.zeros_like(right), jnp.ones(()), jnp.asarray(0)))
            return x, gap

        return jax.lax.map(one, (right, rtol))

    def unless(found: tuple[Array, Array], attempt: Callable[[], tuple[Array, Array]]) -> tuple[Array, Array]:
        return jax.lax.cond(jnp.all(found[1] <= rtol), lambda: found, attempt)

    def solved(known: Operator) -> tuple[Array, Array]:
        return unless(refined(known, _GAIN), lambda: iterated(known))

    if few:
        found = unless(refined(weak, _LARGE_GAIN), lambda: solved(operator.few_baths_preconditioner()))
    else:
        found = refined(weak, _GAIN)
    return unless(found, lambda: iterated(operator.strong_preconditioner()))
