"""Lyapunov equations A X + X A^dagger + D = 0 in a mode frame, and their propagators.

The coherent part of A is exactly diagonal in the frame, so the differences of equal frequencies that multiply
populations vanish exactly, and rates ten orders of magnitude below the frequencies keep their digits.
"""

import math
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from ._solve import solve


@cache
def _basis(n: int) -> np.ndarray:
    """Orthonormal real basis of the covariances of n quadratures in a mode frame: (n(n+1)/2, n, n)."""
    modes = n // 2
    elements = []

    def add(entries: dict[tuple[int, int], complex | float]) -> None:
        matrix = np.zeros((n, n), complex)
        for (i, j), value in entries.items():
            matrix[i, j] += value
            matrix[j, i] += np.conj(value)
            matrix[(i + modes) % n, (j + modes) % n] += np.conj(value)
            matrix[(j + modes) % n, (i + modes) % n] += value
        elements.append(matrix / np.linalg.norm(matrix))

    for i in range(modes):
        for j in range(i, modes):
            add({(i, j): 1.0})
            if i < j:
                add({(i, j): 1.0j})
            add({(i, j + modes): 1.0})
            add({(i, j + modes): 1.0j})
    return np.stack(elements)


@cache
def _entries(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and weights with coordinates Re(weight * matrix[row, column]).

    The others that an element of the basis has, at most four, say the same of a matrix that has coordinates.
    """
    basis = _basis(n).reshape(-1, n * n)
    place = np.argmax(np.abs(basis) > 0, axis=1)
    weights = np.sum(np.abs(basis) > 0, axis=1) * basis[np.arange(len(place)), place].conj()
    return place // n, place % n, weights


class HermitianBasis(eqx.Module):
    """Real coordinates of covariances in a mode frame of n quadratures."""

    n: int = eqx.field(static=True)

    @property
    def size(self) -> int:
        """The number of real coordinates, n (n + 1) / 2."""
        return self.n * (self.n + 1) // 2

    def coordinates(self, matrix: Complex[Array, "... n n"]) -> Float[Array, "... m"]:
        """Coordinates of a Hermitian matrix whose conjugate pairs agree."""
        rows, columns, weights = _entries(self.n)
        return jnp.real(weights * matrix[..., rows, columns])

    def matrix(self, coordinates: Float[Array, "... m"]) -> Complex[Array, "... n n"]:
        """The inverse of `coordinates`."""
        return jnp.einsum("aij,...a->...ij", _basis(self.n), coordinates)

    def generator(self, drift: Complex[Array, "n n"]) -> Float[Array, "m m"]:
        """The matrix of X -> A X + X A^dagger on the coordinates."""
        half = jnp.einsum("ij,bjk->bik", drift, _basis(self.n))
        return self.coordinates(half + jnp.swapaxes(half.conj(), -1, -2)).T


def probe(size: int) -> np.ndarray:
    """A unit vector with something of every direction, to estimate norms of inverses."""
    return np.cos(1.0 + np.arange(size) * math.sqrt(5.0)) / math.sqrt(size / 2)


def solve_with_probe(
    matrix: Inexact[Array, "m m"], rhs: Float[Array, "m k"]
) -> tuple[Inexact[Array, "m k"], Float[Array, ""]]:
    """Solve matrix x = rhs, and estimate the norm of the inverse from one further right-hand side."""
    solution = solve(matrix, jnp.concatenate([rhs, probe(matrix.shape[-1])[:, None]], axis=1))
    return solution[:, :-1], jax.lax.stop_gradient(jnp.linalg.norm(solution[:, -1]))


_DOUBLINGS = 48


def exponential(drift: Inexact[Array, "n n"], time: Float[Array, ""]) -> Inexact[Array, "n n"]:
    """exp(A t), by doubling from t / 2^48.

    exp(A t) - 1 is doubled instead of exp(A t), which keeps the digits of the short first step. The number of
    steps is fixed: every derivative exists, and abs(A) t up to 1e12 is reached without overflow.
    """
    scaled = drift * (time / 2.0**_DOUBLINGS)
    identity = jnp.eye(drift.shape[-1], dtype=drift.dtype)
    change = scaled @ (identity + scaled @ (identity + scaled / 3) / 2)
    return identity + jax.lax.fori_loop(0, _DOUBLINGS, lambda _, change: 2.0 * change + change @ change, change)


def propagate_modes(
    slow: Complex[Array, "n n"], diffusion: Complex[Array, "n n"], carrier: Float[Array, ""], time: Float[Array, ""]
) -> tuple[Complex[Array, "n n"], Complex[Array, "n n"], Complex[Array, "n n"], Complex[Array, " n"]]:
    """Propagation by A = slow - i diag(carrier, -carrier) in a mode frame that turns with the carrier.

    Returns (U, noise, pairs, turn): exp(A t) = diag(turn) U, and a covariance X becomes pairs * (U X U^dagger) +
    noise. What a doubling rounds is relative to U - 1, so to the slow rates and not to the carrier: populations keep
    their digits over any number of oscillations.
    """
    sign = np.repeat([1.0, -1.0], slow.shape[-1] // 2)
    gaps = carrier * (sign[:, None] - sign)
    step = time / 2.0**_DOUBLINGS
    identity = jnp.eye(slow.shape[-1])
    # Of exp(i gaps s) over the first step; what the order of the factors changes there is below rounding.
    mean_phase = jnp.exp(0.5j * gaps * step) * jnp.sinc(gaps * step / (2 * math.pi))
    scaled = slow * step * mean_phase
    change = scaled @ (identity + scaled @ (identity + scaled / 3) / 2)
    bent = slow @ diffusion
    noise = step * diffusion * mean_phase.conj() + step**2 / 2 * (bent + bent.conj().T)

    def double(k, carry):
        change, noise = carry
        phase = jnp.exp(1j * gaps * (step * 2.0**k))
        noise = noise + phase.conj() * _moved(change, noise)
        turned = phase * change
        return turned + change + turned @ change, noise

    change, noise = jax.lax.fori_loop(0, _DOUBLINGS, double, (change, noise))
    return identity + change, noise, jnp.exp(-1j * gaps * time), jnp.exp(-1j * carrier * sign * time)


def _moved(change: Array, matrix: Array) -> Array:
    half = matrix + change @ matrix
    return half + half @ change.conj().T
