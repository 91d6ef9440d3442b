"""Hermitian matrices as real coordinates, and generators that act on them.

rho -> Re rho + Im rho is an isometry of Hermitian matrices onto real ones, because Re rho is symmetric and Im rho
antisymmetric. The populations stay what they are; an orthonormal basis of them (Helmert's) has the trace as its
first element.
"""

from functools import cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Complex, Float, Inexact

from ._levels import Levels
from ._products import adjoint, product


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


def real_superoperator(
    levels: Levels,
    hamiltonian: Inexact[Array, "d d"],
    left: Inexact[Array, "b t d d"],
    right: Inexact[Array, "b t d d"],
) -> Float[Array, "d2 d2"]:
    """The same in the frame of some levels, their own motion included, on the coordinates of `to_real`."""
    d = hamiltonian.shape[-1]
    identity = jnp.eye(d)
    damping = jnp.sum(product(adjoint(right), left), axis=(0, 1)) + 1j * (hamiltonian + levels.splitting)
    one = jnp.concatenate([left.reshape(-1, d, d), -damping[None]])
    other = jnp.concatenate([right.reshape(-1, d, d), identity[None].astype(right.dtype)])
    # Real and imaginary part of sum L_ij R_kl^*, each as one real product: complex ones take XLA four times as long.
    factors = jnp.concatenate([one.real, one.imag])
    products = lambda x: jnp.transpose(jnp.tensordot(factors, x, (0, 0)), (0, 2, 1, 3))  # noqa: E731
    real = products(jnp.concatenate([other.real, other.imag]))
    imag = products(jnp.concatenate([-other.imag, other.real]))
    half = real + jnp.transpose(imag, (0, 1, 3, 2))
    half_again = jnp.transpose(real - jnp.transpose(imag, (0, 1, 3, 2)), (1, 0, 3, 2))
    energies = levels.energies
    turning = (energies - energies[:, None])[:, :, None, None] * identity[None, :, :, None] * identity[:, None, None, :]
    return (half + half_again + turning).reshape(d * d, d * d)


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
