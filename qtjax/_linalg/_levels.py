"""Energy levels of a Hermitian matrix, as a frame in which its motion is exactly diagonal.

The eigenbasis V is frozen: no derivative ever passes through it. What a derivative changes is carried by a
rotation exp(X) that block-diagonalises the matrix to second order in its change D (Schrieffer-Wolff),

    exp(-X) V^dagger (H + dH) V exp(X) = diag(E) + B,

with X between levels that are apart and B inside groups of close ones. Both are zero in value, never in tangent,
and smooth at degeneracies, where differentiating eigenvectors divides by zero. An operator function of the motion,
F(ad_H)[S]_ij = F(E_j - E_i) S_ij, is then a Taylor series in B about the mean levels of the groups.
"""

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Inexact

from ._batching import eigh
from ._matrix_functions import Function, derivative, limit_order

# Order of the Taylor series inside groups, and their width in units of the scale on which F varies: the first
# derivative is then right to 1e-13, the second to 1e-9, at any splitting.
_ORDER, _WIDTH = 4, 5e-4


def with_derivatives_of(full: Callable[..., Array], value: Callable[..., Array]) -> Callable[..., Array]:
    """value(*arrays), whose derivatives are those of full(*arrays); the two must agree in value.

    `value` is what is left of `full` when the zero-valued arrays are dropped; it must still depend on each of
    them, if only by 0 * x: under `vmap` an output must be batched like its tangent.
    """

    @jax.custom_jvp
    def function(*arrays):
        return value(*arrays)

    @function.defjvp
    def _(primals, tangents):
        return function(*primals), jax.jvp(full, primals, tangents)[1]

    return function


_change = with_derivatives_of(
    lambda matrix, vectors: vectors.conj().T @ (matrix - jax.lax.stop_gradient(matrix)) @ vectors,
    lambda matrix, vectors: 0.0 * (matrix + vectors),
)


def _commutator(a: Array, b: Array) -> Array:
    return a @ b - b @ a


def _rotated(x: Array, operator: Array) -> Array:
    """exp(-x) operator exp(x) to second order."""
    first = _commutator(operator, x)
    return operator + first + _commutator(first, x) / 2


_rotate = with_derivatives_of(_rotated, lambda x, operator: operator + 0.0 * x)


def _generator_of_rotation(change: Array, near: Array, inverse: Array) -> Array:
    """X, with inverse[i, j] = 1/(E_j - E_i) between groups and 0 inside."""
    first = change * inverse
    bent = _commutator(change * near, first) + _commutator(change * (1 - near), first) / 2
    return first + bent * inverse


def _inside_groups(change: Array, near: Array, inverse: Array) -> Array:
    """B."""
    return near * (change + _commutator(change * (1 - near), change * inverse) / 2)


_rotation = with_derivatives_of(_generator_of_rotation, lambda change, near, inverse: 0.0 * (change + inverse))
_splitting = with_derivatives_of(_inside_groups, lambda change, near, inverse: 0.0 * (change + inverse))


def _series(tables: Array, offset: Array, operator: Array) -> Array:
    """sum_m F^(m)(mean difference)/m! ad_offset^m [operator]."""
    total, power = tables[0] * operator, operator
    for m in range(1, _ORDER + 1):
        power = _commutator(power, offset) / m
        total = total + tables[m] * power
    return total


_coherent = with_derivatives_of(
    lambda operator, energies, splitting: (
        -1j * ((energies[:, None] - energies) * operator + _commutator(splitting, operator))
    ),
    lambda operator, energies, splitting: -1j * (energies[:, None] - energies) * operator + 0.0 * splitting,
)


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
        energies = _without_rounding(energies)
        steps = jnp.diff(energies) > jax.lax.stop_gradient(resolution(energies))
        label = jnp.concatenate([jnp.zeros(1, int), jnp.cumsum(steps)])
        same = label[:, None] == label
        near = same.astype(energies.dtype)
        inverse = jnp.where(same, 0.0, 1.0 / jnp.where(same, 1.0, energies - energies[:, None]))
        change = _change(limit_order(matrix, 2), vectors)
        return Levels(
            energies=energies,
            vectors=vectors,
            rotation=_rotation(change, near, inverse),
            splitting=_splitting(change, near, inverse),
            near=near,
        )

    @staticmethod
    def width(energies: Float[Array, " d"], scale: Float[Array, ""]) -> Float[Array, ""]:
        """The widest group inside which functions that vary on `scale` (a temperature) have their Taylor series."""
        span = energies[-1] - energies[0]
        return _WIDTH * jnp.clip(scale, 2e-6 * span, span)

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

    def coherent(self, operator: Inexact[Array, "d d"]) -> Complex[Array, "d d"]:
        """-i [H, operator] in the frame."""
        return _coherent(operator, self.energies, self.splitting)

    def function(
        self, function: Function, operator: Inexact[Array, "d d"], scale: Float[Array, ""]
    ) -> tuple[Inexact[Array, "d d"], Bool[Array, ""]]:
        """F(ad_H)[operator] in the frame, and whether F diverges where the operator has elements.

        `scale` is a frequency on which F varies. A divergence of F times an element of nothing but rounding
        is nothing.
        """
        frequencies = self.frequencies
        group = self.near / jnp.sum(self.near, axis=1)
        mean = group @ self.energies
        # Only at zero frequency can F diverge; there it is evaluated elsewhere, and left out.
        lost = (frequencies == 0.0) & ~jnp.isfinite(function(jnp.zeros(())))
        kept = jnp.where(lost, 0.0, 1.0)
        points, means = (jnp.where(lost, 1.0, x) for x in (frequencies, mean - mean[:, None]))
        arrays, evaluate = elementwise(function)

        def value(arrays, points, means, kept, scale, offset, operator):
            return kept * evaluate(arrays, points) * operator + 0.0 * (offset + means)

        def full(arrays, points, means, kept, scale, offset, operator):
            return _series(kept * _taylor(lambda x: evaluate(arrays, x), means, scale), offset, operator)

        offset = self.splitting + jnp.diag(self.energies - mean)
        result = with_derivatives_of(full, value)(arrays, points, means, kept, scale, offset, operator)
        size = jnp.abs(jax.lax.stop_gradient(operator))
        return result, jnp.any(lost & (size > 1e-12 * jnp.max(size)))


def elementwise(function: Function) -> tuple[Any, Callable[[Any, Array], Array]]:
    """(arrays, evaluate) with evaluate(arrays, x) = function(x): what a closure holds, as arguments.

    A function with a derivative rule of its own may close over nothing that is traced.
    """
    converted = eqx.filter_closure_convert(function, jax.ShapeDtypeStruct((), jnp.result_type(float)))
    arrays, rest = eqx.partition(converted, eqx.is_array)

    def evaluate(arrays: Any, x: Array) -> Array:
        return jax.vmap(eqx.combine(arrays, rest))(x.ravel()).reshape(x.shape)

    return arrays, evaluate


def _without_rounding(energies: Float[Array, " d"]) -> Float[Array, " d"]:
    """Levels that rounding alone separates, made equal: their coherences then do not turn at all.

    At a damping of 1e-10 a splitting of 1e-16 would already show.
    """
    noise = 8 * jnp.finfo(energies.dtype).eps * jnp.max(jnp.abs(energies)) * math.sqrt(energies.shape[0])
    label = jnp.concatenate([jnp.zeros(1, int), jnp.cumsum(jnp.diff(energies) > noise)])
    same = (label[:, None] == label).astype(energies.dtype)
    return jnp.where(jnp.sum(same, axis=1) > 1, same @ energies / jnp.sum(same, axis=1), energies)


def _taylor(function: Function, x: Array, scale: Float[Array, ""]) -> Array:
    """F, F', ..., F^(4) at x, of which the last two only refine: differences of F'' will do."""
    step = jnp.maximum(0.01 * jnp.maximum(jnp.abs(x), scale), 1e-30)
    slope = derivative(function)
    low, middle, high = derivative(slope)(jnp.stack([x - step, x, x + step]))
    third, fourth = (high - low) / (2 * step), (high - 2 * middle + low) / step**2
    return jnp.stack([function(x), slope(x), middle, third, fourth])
