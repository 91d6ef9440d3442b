"""A generator as products of matrices, in blocks between the halves of the levels that it never mixes.

Where there is a weak symmetry (`_linalg/_symmetry.py`), a density matrix is given by its two blocks of equal colour,
otherwise as one whole block. A pair L, R of a bath keeps colours, or exchanges them: its block a has the rows of half
a, and the columns of half `column[a]`.

notation: n pairs of all baths, k halves of m levels; the level that an odd d lacks has no elements, and stands last.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Inexact, Int

from .._linalg import adjoint, product
from ..generators import Liouvillian

# What differs by less, relative to the largest, differs by rounding.
_ROUNDING = 1e-13


class Arranged(eqx.Module):
    """The operators of a dynamics, its levels half by half."""

    order: Int[Array, " s"]  # s = d, or d + 1 where d is odd and levels have colours
    energies: Float[Array, " s"]
    left: Inexact[Array, "n s s"]
    right: Inexact[Array, "n s s"]
    lamb: Inexact[Array, "s s"]  # sum_b H_b
    exchanges: Bool[Array, " n"]
    separate: Bool[Array, ""]  # whether no operator mixes the halves
    size: int = eqx.field(static=True)

    @staticmethod
    def of(dynamics: Liouvillian) -> "Arranged":
        """By colour, if levels have one."""
        d, colour = dynamics.size, dynamics.levels.colour
        left, right = (x.reshape(-1, d, d) for x in (dynamics.left, dynamics.right))
        lamb, energies = jnp.sum(dynamics.lamb, axis=0), dynamics.levels.energies
        if colour is None:
            nothing = jnp.zeros(left.shape[0], bool)
            return Arranged(jnp.arange(d), energies, left, right, lamb, nothing, jnp.asarray(False), d)
        unequal = jnp.abs(colour[:, None] * 1.0 - colour)
        inside, outside = (
            jnp.max((jnp.abs(left) + jnp.abs(right)) * kind, axis=(1, 2)) > 0 for kind in (1 - unequal, unequal)
        )
        shifted = jnp.max(jnp.abs(lamb) * unequal) > 0
        order = jnp.concatenate([jnp.argsort(colour, stable=True), jnp.full(d % 2, d)])
        return Arranged(
            order=order,
            energies=jnp.pad(energies, (0, d % 2))[order],
            left=_permuted(left, order),
            right=_permuted(right, order),
            lamb=_permuted(lamb, order),
            exchanges=~inside,
            separate=jnp.any(colour) & ~jnp.any(inside & outside) & ~shifted,
            size=d,
        )

    def arrange(self, matrix: Inexact[Array, "d d"]) -> Inexact[Array, "s s"]:
        """A matrix, its levels half by half."""
        return _permuted(matrix, self.order)

    def restore(self, matrix: Inexact[Array, "s s"]) -> Inexact[Array, "d d"]:
        """The inverse."""
        place = jnp.argsort(self.order)[: self.size]
        return matrix[place][:, place]


def _permuted(matrix: Array, order: Array) -> Array:
    spare = order.shape[0] - matrix.shape[-1]
    padded = jnp.pad(matrix, [(0, 0)] * (matrix.ndim - 2) + [(0, spare)] * 2)
    return padded[..., order, :][..., order]


def split(matrix: Inexact[Array, "s s"], colours: int) -> Inexact[Array, "k m m"]:
    """The blocks of equal colour of what is arranged."""
    half = matrix.shape[0] // colours
    return jnp.stack([matrix[start : start + half, start : start + half] for start in range(0, colours * half, half)])


def joined(blocks: Inexact[Array, "k m m"]) -> Inexact[Array, "s s"]:
    """The arranged matrix of these blocks, which has no others."""
    return jax.scipy.linalg.block_diag(*blocks)


class Generator(eqx.Module):
    """All dissipators together, sum_t L_t rho R_t^dagger - K rho + h.c. of Hermitian rho."""

    left: Inexact[Array, "n k m m"]
    right: Inexact[Array, "n k m m"]
    damping: Complex[Array, "k m m"]  # K = sum_t R_t^dagger L_t + i sum_b H_b
    column: Int[Array, "n k"]
    hermitian: Bool[Array, ""]  # whether every R is

    @staticmethod
    def of(arranged: Arranged, colours: int) -> "Generator":
        """In two halves, which must be separate, or as a whole."""
        column = (jnp.arange(colours) + arranged.exchanges[:, None]) % colours

        def blocks(operator: Array) -> Array:
            if colours == 1:
                return operator[:, None]
            n, s, _ = operator.shape
            quarters = operator.reshape(n, 2, s // 2, 2, s // 2)
            kept, exchanged = (jnp.stack([quarters[:, a, :, a ^ b] for a in (0, 1)], axis=1) for b in (0, 1))
            return jnp.where(arranged.exchanges[:, None, None, None], exchanged, kept)

        left, right = blocks(arranged.left), blocks(arranged.right)
        opposite = _turned(right, column)
        skew = jnp.max(jnp.abs(right - adjoint(opposite)))
        lost = jnp.sum(product(adjoint(opposite), _turned(left, column)), axis=0)
        return Generator(
            left=left,
            right=right,
            damping=lost + 1j * split(arranged.lamb, colours),
            column=column,
            hermitian=skew <= _ROUNDING * jnp.max(jnp.abs(right)),
        )

    def dissipate(self, rho: Complex[Array, "k m m"]) -> Complex[Array, "k m m"]:
        """sum_b D_b(rho)."""
        moved, lost = self._with_loss(product(self.left, rho[self.column]), self.damping, rho)
        half = jnp.sum(product(moved, adjoint(self.right)), axis=0) - lost
        return half + adjoint(half)

    def dissipate_adjoint(self, operator: Complex[Array, "k m m"]) -> Complex[Array, "k m m"]:
        """The Heisenberg picture."""
        moved, lost = self._with_loss(product(operator, self.right), adjoint(self.damping), operator)
        half = jnp.sum(_turned(product(adjoint(self.left), moved), self.column), axis=0) - lost
        return half + adjoint(half)

    def _with_loss(self, moved: Array, damping: Array, rho: Array) -> tuple[Array, Array]:
        """For L rho and K, which a Hermitian R takes together: L rho R - R L rho + h.c. = (L rho - h.c.) R + h.c."""
        return jax.lax.cond(
            self.hermitian,
            lambda: (moved - adjoint(_turned(moved, self.column)), jnp.zeros_like(rho)),
            lambda: (moved, product(damping, rho)),
        )


def _turned(blocks: Array, column: Array) -> Array:
    """Of every pair the block that has its rows where block a has its columns."""
    return jnp.take_along_axis(blocks, column[:, :, None, None], axis=1)
