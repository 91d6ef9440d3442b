"""Hermitian matrices as real coordinates, and generators that act on them.

rho -> Re rho + Im rho is an isometry of Hermitian matrices onto real ones, because Re rho is symmetric and Im rho
antisymmetric. The populations stay what they are; an orthonormal basis of them (Helmert's) has the trace as its
first element.
"""

from functools import cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Complex, Float, Inexact

from ._frames import with_derivatives_of
from ._levels import Levels


def to_real(matrix: Inexact[Array, "... d d"]) -> Float[Array, "... d d"]:
    """Re + Im of a Hermitian matrix."""
    return jnp.real(matrix) + jnp.imag(matrix)


def from_real(real: Float[Array, "... d d"]) -> Complex[Array, "... d d"]:
    """The inverse of `to_real`."""
    transposed = jnp.swapaxes(real, -1, -2)
    return (real + transposed) / 2 + 0.5j * (real - transposed)


def superoperator(
    hamiltonian: Inexact[Array, "d d"], left: Inexact[Array, "b t d d"], right: Inexact[Array, "b t d d"]
) -> Complex[Array, "d2 d2"]:
    """rho -> sum L rho R^dagger - R^dagger L rho - i H rho + h.c., on matrices stacked row by row."""
    d = hamiltonian.shape[-1]
    identity = jnp.eye(d)
    # One half; the other follows from hermiticity, T_{ab,jk} = conj(T_{ba,kj}).
    damping = jnp.einsum("btji,btjk->ik", right.conj(), left) + 1j * hamiltonian
    half = jnp.einsum("btij,btkl->ikjl", left, right.conj()) - damping[:, None, :, None] * identity[None, :, None, :]
    return (half + jnp.transpose(half.conj(), (1, 0, 3, 2))).reshape(d * d, d * d)


def _with_motion(matrix: Array, energies: Array, splitting: Array) -> Array:
    """matrix + the coherent part, on the real coordinates."""
    d = energies.shape[0]
    identity = jnp.eye(d)
    half = -1j * splitting[:, None, :, None] * identity[None, :, None, :]
    turned = (half + jnp.transpose(half.conj(), (1, 0, 3, 2))).reshape(d * d, d * d)
    return _with_levels(matrix + _real(turned), energies)


def _with_levels(matrix: Array, energies: Array) -> Array:
    d = energies.shape[0]
    pairs = np.arange(d * d)
    swapped = pairs.reshape(d, d).T.ravel()
    return matrix.at[pairs, swapped].add((energies - energies[:, None]).ravel())


_add_motion = with_derivatives_of(
    _with_motion,
    lambda matrix, energies, splitting: _with_levels(matrix, energies) + 0.0 * jnp.real(splitting[0, 0]),
)


def _real(generator: Complex[Array, "d2 d2"]) -> Float[Array, "d2 d2"]:
    """A superoperator that keeps hermiticity, on the coordinates of `to_real`."""
    d = round(generator.shape[-1] ** 0.5)
    swapped = np.arange(d * d).reshape(d, d).T.ravel()
    return jnp.real(generator) + jnp.imag(generator)[:, swapped]


def real_superoperator(levels: Levels, dissipation: Complex[Array, "d2 d2"]) -> Float[Array, "d2 d2"]:
    """The dissipation and the coherent part of the levels, in their frame, on the coordinates of `to_real`."""
    return _add_motion(_real(dissipation), levels.energies, levels.splitting)


@cache
def _helmert(d: int) -> np.ndarray:
    """(d, d - 1): orthonormal columns that are orthogonal to (1, ..., 1)."""
    columns = np.zeros((d, d - 1))
    for k in range(1, d):
        columns[:k, k - 1] = 1.0
        columns[k, k - 1] = -k
    return columns / np.linalg.norm(columns, axis=0)


@cache
def _positions(d: int) -> tuple[np.ndarray, np.ndarray]:
    """Where populations and coherences stand in a matrix stacked row by row."""
    everything = np.arange(d * d)
    populations = everything[:: d + 1]
    return populations, np.setdiff1d(everything, populations)


def traceless(real: Float[Array, "... d d"]) -> Float[Array, "... m"]:
    """The m = d^2 - 1 orthonormal coordinates of the traceless part of a matrix given by `to_real`."""
    d = real.shape[-1]
    populations, coherences = _positions(d)
    flat = real.reshape(*real.shape[:-2], d * d)
    return jnp.concatenate([flat[..., populations] @ _helmert(d), flat[..., coherences]], axis=-1)


def with_trace(coordinates: Float[Array, "... m"], trace: ArrayLike = 1.0) -> Float[Array, "... d d"]:
    """The inverse of `traceless` with a given trace, exact to rounding."""
    d = round((coordinates.shape[-1] + 1) ** 0.5)
    populations, coherences = _positions(d)
    lead = coordinates.shape[:-1]
    flat = jnp.zeros((*lead, d * d))
    flat = flat.at[..., populations].set(coordinates[..., : d - 1] @ _helmert(d).T + trace / d)
    return flat.at[..., coherences].set(coordinates[..., d - 1 :]).reshape(*lead, d, d)


def affine_form(matrix: Float[Array, "d2 d2"]) -> tuple[Float[Array, "m m"], Float[Array, " m"]]:
    """(M, b) of dx/dt = M x + b on the coordinates of `traceless`, trace 1, of a generator that keeps the trace."""
    d = round(matrix.shape[-1] ** 0.5)
    populations, coherences = _positions(d)
    h = _helmert(d)
    columns = jnp.concatenate([matrix[:, populations] @ h, matrix[:, coherences]], axis=1)
    source = jnp.sum(matrix[:, populations], axis=1) / d

    def rows(x: Array) -> Array:
        return jnp.concatenate([h.T @ x[populations], x[coherences]])

    return rows(columns), rows(source)
