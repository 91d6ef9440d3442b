"""Energy levels of a Hermitian matrix, as a frame in which its motion is exactly diagonal.

The eigenbasis V is frozen: no derivative ever passes through it. What a derivative changes is carried by the
rotation X between levels that are apart and the splitting B inside groups of close ones (`_frames.py`). An operator
function of the motion, F(ad_H)[S]_ij = F(E_j - E_i) S_ij, is then a Taylor series in B about the mean levels.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Inexact

from ._batching import eigh
from ._frames import (
    GROUP_WIDTH,
    TAYLOR_ORDER,
    commutator,
    elementwise,
    groups,
    inverse_gaps,
    means,
    rotation,
    splitting,
    taylor,
    with_derivatives_of,
    without_rounding,
)
from ._matrix_functions import Function, limit_order

_change = with_derivatives_of(
    lambda matrix, vectors: vectors.conj().T @ (matrix - jax.lax.stop_gradient(matrix)) @ vectors,
    lambda matrix, vectors: 0.0 * (matrix + vectors),
)


def _rotated(x: Array, operator: Array) -> Array:
    """exp(-x) operator exp(x) to second order."""
    first = commutator(operator, x)
    return operator + first + commutator(first, x) / 2


_rotate = with_derivatives_of(_rotated, lambda x, operator: operator + 0.0 * x)


def _series(tables: Array, offset: Array, operator: Array) -> Array:
    """sum_m F^(m)(mean difference)/m! ad_offset^m [operator]."""
    total, power = tables[0] * operator, operator
    for m in range(1, TAYLOR_ORDER + 1):
        power = commutator(power, offset) / m
        total = total + tables[m] * power
    return total


class Levels(eqx.Module):
    """The eigenbasis of a Hermitian matrix and its second-order response."""

    energies: Float[Array, " d"]  # ascending, frozen
    vectors: Inexact[Array, "d d"]  # frozen, columns
    rotation: Inexact[Array, "d d"]  # X
    splitting: Inexact[Array, "d d"]  # B
    near: Float[Array, "d d"]  # 1 where two levels are of one group

    @staticmethod
    def of(matrix: Inexact[Array, "d d"], resolution: Callable[[Array], Array]) -> "Levels":
        """resolution(E): levels closer than this are one group; it must not exceed what F resolves."""
        energies, vectors = eigh(matrix)
        energies = without_rounding(energies)
        near = groups(energies, resolution(energies))
        inverse = inverse_gaps(energies, near)
        change = _change(limit_order(matrix, 2), vectors)
        return Levels(
            energies=energies,
            vectors=vectors,
            rotation=rotation(change, near, inverse),
            splitting=splitting(change, near, inverse),
            near=near,
        )

    @staticmethod
    def width(energies: Float[Array, " d"], scale: Float[Array, ""]) -> Float[Array, ""]:
        """The widest group inside which functions that vary on `scale` (a temperature) have their Taylor series."""
        span = energies[-1] - energies[0]
        return GROUP_WIDTH * jnp.clip(scale, 2e-6 * span, span)

    @property
    def frequencies(self) -> Float[Array, "d d"]:
        """E_j - E_i, frozen: how fast |i><j| lowers the energy."""
        return self.energies - self.energies[:, None]

    @property
    def matrix(self) -> Inexact[Array, "d d"]:
        """The Hermitian matrix itself, diag(E) + B in the frame."""
        return jnp.diag(self.energies) + self.splitting

    def raised(self, operator: Inexact[Array, "... d d"]) -> Inexact[Array, "... d d"]:
        """An operator, seen from the frame."""
        return _rotate(self.rotation, self.vectors.conj().T @ operator @ self.vectors)

    def lowered(self, operator: Inexact[Array, "... d d"]) -> Inexact[Array, "... d d"]:
        """An operator given in the frame, as it is."""
        return self.vectors @ _rotate(-self.rotation, operator) @ self.vectors.conj().T

    def coherent(self, operator: Inexact[Array, "... d d"]) -> Complex[Array, "... d d"]:
        """-i [H, operator] in the frame.

        Nothing is left out for being zero in value: solvers transpose this, and derivatives of what is left out would
        be lost with it.
        """
        return -1j * ((self.energies[:, None] - self.energies) * operator + commutator(self.splitting, operator))

    def function(
        self, function: Function, operator: Inexact[Array, "d d"], scale: Float[Array, ""]
    ) -> tuple[Inexact[Array, "d d"], Bool[Array, ""]]:
        """F(ad_H)[operator] in the frame, and whether F diverges where the operator has elements.

        `scale` is a frequency on which F varies. A divergence of F times an element of nothing but rounding
        is nothing.
        """
        frequencies = self.frequencies
        mean = means(self.energies, self.near)
        # Only at zero frequency can F diverge; there it is evaluated elsewhere, and left out.
        lost = (frequencies == 0.0) & ~jnp.isfinite(function(jnp.zeros(())))
        kept = jnp.where(lost, 0.0, 1.0)
        points, middles = (jnp.where(lost, 1.0, x) for x in (frequencies, mean - mean[:, None]))
        arrays, evaluate = elementwise(function)

        def value(arrays, points, middles, kept, scale, offset, operator):
            return kept * evaluate(arrays, points) * operator + 0.0 * (offset + middles)

        def full(arrays, points, middles, kept, scale, offset, operator):
            return _series(kept * taylor(lambda x: evaluate(arrays, x), middles, scale), offset, operator)

        offset = self.splitting + jnp.diag(self.energies - mean)
        result = with_derivatives_of(full, value)(arrays, points, middles, kept, scale, offset, operator)
        size = jnp.abs(jax.lax.stop_gradient(operator))
        return result, jnp.any(lost & (size > 1e-12 * jnp.max(size)))
