"""An approximate inverse of a generator: exact on the populations and on the coherences of the closest levels.

Every other coherence is divided by what the generator makes of it by itself, which is its frequency and damping.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float, Int

from .._linalg import adjoint, from_real, probe, to_real
from ._blocks import Arranged, Generator, joined

# Levels closer than this, relative to the damping, may as well be degenerate: what is conserved may be a coherence.
_DEGENERATE = 1e-6


class CloseLevels(eqx.Module):
    """The generator's inverse on n elements of rho: all populations, then pairs by the distance of their levels."""

    weight: Complex[Array, "k m m"]  # of every other element
    place: Int[Array, " n"]  # of the elements in the blocks, raveled
    inverse: Float[Array, "n n"]  # applied at every step, and so faster than its factors
    degenerate: Bool[Array, ""]  # whether there are more degenerate levels than these

    @staticmethod
    def of(arranged: Arranged, generator: Generator, rate: Array, size: int, transposed: bool) -> "CloseLevels":
        """Of L + rate Tr(rho)/d or its transpose, on `size` elements."""
        d, colours, m = arranged.size, *generator.damping.shape[:2]
        rows, columns, further = _closest(arranged, colours, (size - d) // 2)
        # K and 1 are one more pair.
        left = jnp.concatenate([arranged.left + 0j, -joined(generator.damping)[None]])
        right = jnp.concatenate([arranged.right, jnp.eye(colours * m, dtype=arranged.right.dtype)[None]])
        matrix = _matrix(left, right, arranged.energies, rows, columns, d).at[:d, :d].add(rate / d)
        one, other = (jnp.diagonal(x, axis1=1, axis2=2).reshape(-1, colours, m) for x in (left, right))
        half = jnp.einsum("nki,nkj->kij", one, other.conj()) - 1j * arranged.energies.reshape(colours, m, 1)
        own = half + adjoint(half)
        own = jnp.where(jnp.abs(own) < 1e-3 * rate, -rate, own)
        own, matrix = (own.conj(), matrix.T) if transposed else (own, matrix)
        # A complex division at every step would take longer than the product of matrices.
        return CloseLevels(1.0 / own, rows * m + columns % m, jnp.linalg.inv(matrix), further < _DEGENERATE * rate)

    def inverse_norm(self) -> Float[Array, ""]:
        """An estimate of the norm of the inverse of the dense part: infinite where something is conserved."""
        return jnp.linalg.norm(self.inverse @ probe(self.place.shape[0]))

    def solve(self, real: Float[Array, "k m m"]) -> Float[Array, "k m m"]:
        """The approximate inverse, on the coordinates of `to_real`."""
        rough = to_real(from_real(real) * self.weight).ravel()
        return rough.at[self.place].set(self.inverse @ real.ravel()[self.place]).reshape(real.shape)


def _closest(arranged: Arranged, colours: int, pairs: int) -> tuple[Int[Array, " n"], Int[Array, " n"], Array]:
    """Rows and columns of populations, of the closest |i><j| and of their |j><i|; and how close the next one is."""
    d, energies = arranged.size, arranged.energies.reshape(colours, -1)
    m = energies.shape[1]
    slots = np.arange(colours * m).reshape(colours, m)
    counted = (slots[:, :, None] < slots[:, None, :]) & (slots < d)[:, None, :]
    # Single precision is as exact as the order of the pairs matters.
    distance = jnp.where(counted, jnp.abs(energies[:, :, None] - energies[:, None, :]), jnp.inf).astype(jnp.float32)
    nearest, chosen = jax.lax.top_k(-distance.ravel(), min(pairs + 1, counted.sum()))
    further = -nearest[pairs] if pairs < nearest.shape[0] else jnp.asarray(jnp.inf, jnp.float32)
    row, column = chosen[:pairs] // m, chosen[:pairs] // (m * m) * m + chosen[:pairs] % m
    populations = jnp.arange(d)
    return jnp.concatenate([populations, row, column]), jnp.concatenate([populations, column, row]), further


def _matrix(left: Array, right: Array, energies: Array, rows: Array, columns: Array, d: int) -> Float[Array, "n n"]:
    """The generator on these elements, of which d are populations, on the coordinates of `to_real`."""
    n = rows.shape[0]
    swapped = np.concatenate([np.arange(d), np.roll(np.arange(d, n), (n - d) // 2)])

    def add(total: Array, pair: tuple[Array, Array]) -> tuple[Array, None]:
        (one, one_column), (other, other_column) = ([x[levels][:, levels] for levels in (rows, columns)] for x in pair)
        return total + one * other_column.conj() + one_column.conj() * other, None

    dense, _ = jax.lax.scan(add, jnp.zeros((n, n), left.dtype), (left, right))
    matrix = dense.real + dense.imag[:, swapped]
    return matrix.at[np.arange(n), swapped].add(energies[columns] - energies[rows])
