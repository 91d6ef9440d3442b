"""Energy levels of a Hermitian matrix, as a frame in which its motion is exactly diagonal.

The eigenbasis V is frozen: no derivative ever passes through it. What a derivative changes is carried by the
rotation X between levels that are apart and the splitting B inside groups of close ones (`_frames.py`). An operator
function of the motion, F(ad_H)[S]_ij = F(E_j - E_i) S_ij, is then a Taylor series in B about the mean levels.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Inexact

from ._batching import eigh, largest_of_batch
from ._frames import (
    GROUP_WIDTH,
    TAYLOR_ORDER,
    commutator,
    groups,
    inverse_gaps,
    means,
    rotation,
    splitting,
    taylor,
    vanishing,
    with_arrays,
    with_derivatives_of,
    without_rounding,
)
from ._matrix_functions import Function, limit_order
from ._products import adjoint, product
from ._symmetry import coloured_eigh


def _turned(vectors: Array, operator: Array) -> Array:
    """V^dagger operator V."""
    return product(product(adjoint(vectors), operator), vectors)


_change = with_derivatives_of(
    lambda matrix, vectors: _turned(vectors, matrix - jax.lax.stop_gradient(matrix)),
    lambda matrix, vectors: 0.0 * (matrix + vectors),
)


def _rotated(x: Array, operator: Array) -> Array:
    """exp(-x) operator exp(x) to second order."""
    first = commutator(operator, x)
    return operator + first + commutator(first, x) / 2


_rotate = with_derivatives_of(_rotated, lambda x, operator: operator + 0.0 * x)


def _coupled_series(tables: Array, levels: Array, coupling: Array, operator: Array) -> Array:
    """What a `coupling` of zero value adds to sum_m F^(m)(mean difference)/m! ad_Y^m [operator], Y = levels + coupling.

    To second order in it. ad of the diagonal only multiplies elements, by e_j - e_i: with q commutators of it before
    that of the coupling and n - q after, what is left is elementwise but for one commutator of a stack, or two.
    """
    turning = levels - levels[:, None]
    powers = [jnp.ones_like(turning)]
    for _ in range(1, TAYLOR_ORDER):
        powers.append(powers[-1] * turning)

    def after(q: int, m: int) -> Array:
        """ad_levels^(m - 1 - q) q!/m!, elementwise."""
        return powers[m - 1 - q] * (math.factorial(q) / math.factorial(m))

    def coupled(terms: list[Array]) -> tuple[Array, ...]:
        stack = jnp.stack(terms)
        # Taken apart as a whole: element by element, its transpose would be a sum of padded stacks.
        return jnp.unstack(product(stack, coupling) - product(coupling, stack))

    def total(terms: Iterable[Array]) -> Array:
        return sum(terms, jnp.zeros(()))

    orders, slopes = range(TAYLOR_ORDER), jnp.unstack(tables)
    weights = [total(slopes[m - 1] * after(q, m) for m in range(q + 1, TAYLOR_ORDER + 1)) for q in orders]
    once = coupled([operator * powers[q] / math.factorial(q) for q in orders])
    twice = coupled([total(once[q] * after(q, m) for q in range(m)) for m in orders[1:]])
    return total(w * x for w, x in zip([*weights, *weights[1:]], [*once, *twice], strict=True))


class Levels(eqx.Module):
    """The eigenbasis of a Hermitian matrix and its second-order response."""

    energies: Float[Array, " d"]  # ascending, frozen
    vectors: Inexact[Array, "d d"]  # frozen, columns
    rotation: Inexact[Array, "d d"]  # X
    splitting: Inexact[Array, "d d"]  # B
    near: Float[Array, "d d"]  # 1 where two levels are of one group
    colour: Bool[Array, " d"] | None = None  # of a weak symmetry, if one was looked for; all False where there is none

    @staticmethod
    def of(
        matrix: Inexact[Array, "d d"],
        resolution: Callable[[Array], Array],
        couplings: Inexact[Array, "b d d"] | None = None,
    ) -> "Levels":
        """resolution(E): levels closer than this are one group; it must not exceed what F resolves.

        With couplings a weak symmetry is looked for that they and the matrix share (`_symmetry.py`).
        """
        if couplings is None:
            (energies, vectors), colour = eigh(matrix), None
        else:
            energies, vectors, colour = coloured_eigh(matrix, couplings)
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
            colour=colour,
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
        return _rotate(self.rotation, _turned(self.vectors, operator))

    def lowered(self, operator: Inexact[Array, "... d d"]) -> Inexact[Array, "... d d"]:
        """An operator given in the frame, as it is."""
        return _turned(adjoint(self.vectors), _rotate(-self.rotation, operator))

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
        # What turns with B on its diagonal, every derivative by JAX itself.
        levels = self.energies + jnp.real(jnp.einsum("ii->i", self.splitting))
        frequencies = levels - levels[:, None]
        # Only at zero frequency can F diverge; there it is evaluated elsewhere, and left out.
        lost = (self.frequencies == 0.0) & ~jnp.isfinite(function(jnp.zeros(())))
        kept = jnp.where(lost, 0.0, 1.0)
        result = kept * function(jnp.where(lost, 1.0, frequencies)) * operator
        identity = jnp.eye(self.near.shape[0])
        # Only where levels are close does B couple them. A branch is a wall, too: XLA would otherwise evaluate F
        # again for each use of an element.
        result = jax.lax.cond(
            largest_of_batch(jnp.any(self.near > identity)),
            lambda x: x + self._coupled(function, operator, scale, kept, x.dtype),
            lambda x: x,
            result,
        )
        size = jnp.abs(jax.lax.stop_gradient(operator))
        return result, jnp.any(lost & (size > 1e-12 * jnp.max(size)))

    def _coupled(self, function: Function, operator: Array, scale: Array, kept: Array, dtype: Any) -> Array:
        """What B adds beside its diagonal, zero in value: a Taylor series about the means of the groups."""
        mean = means(self.energies, self.near)
        middles = jnp.where(kept > 0, mean - mean[:, None], 1.0)
        arrays, evaluate = with_arrays(function, middles)

        def full(arrays, middles, kept, scale, offset, splitting, operator):
            tables = kept * taylor(lambda x: evaluate(arrays, x), middles, scale)
            diagonal = jnp.einsum("ii->i", splitting)
            return _coupled_series(tables, offset + jnp.real(diagonal), splitting - jnp.diag(diagonal), operator)

        def nothing(arrays, middles, kept, scale, offset, splitting, operator):
            given = sum((jnp.sum(x) for x in jax.tree.leaves(arrays)), scale)
            return (0.0 * (given + middles + kept + offset + splitting + operator)).astype(dtype)

        offset = self.energies - mean
        coupled = jax.checkpoint(vanishing(full, nothing))
        return coupled(arrays, middles, kept, scale, offset, self.splitting, operator)
