"""Spectra of non-normal matrices: eigenvalues, how far the eigenvectors are from orthogonal, and Jordan blocks."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact, Int

from .._checks import check_values, shown
from .._linalg import balance, eig, limit_order, svd
from .._typing import Numbers, as_real
from ..hamiltonians import OscillatorNetwork
from ._families import as_eigenvalue, matrix_of
from ._jordan import block_sizes

_DEGENERATE = 1e-12


class _Eigen(NamedTuple):
    """Biorthogonal eigenvectors: left @ right = 1, left @ matrix @ right = diag(values)."""

    values: Complex[Array, " n"]
    right: Complex[Array, "n n"]
    left: Complex[Array, "n n"]


def _eigen(matrix: Inexact[Array, "n n"]) -> _Eigen:
    """With first and second derivatives. Eigenvalues that stay degenerate are no hindrance."""
    frozen = jax.lax.stop_gradient(matrix)
    values, right = eig(frozen)
    left = jnp.linalg.inv(right)
    change = left @ (matrix - frozen) @ right  # zero in value
    gap = values - values[:, None]
    apart = jnp.abs(gap) > _DEGENERATE * jnp.max(jnp.abs(values))
    inverse = jnp.where(apart, 1.0 / jnp.where(apart, gap, 1.0), 0.0)
    first = change * inverse
    second = (change @ first - first * jnp.diagonal(change)) * inverse
    turn = jnp.eye(matrix.shape[0]) + first + second
    moved = values + jnp.diagonal(change) + jnp.sum(change * first.T, axis=1)
    return _Eigen(moved, right @ turn, (turn - 2 * (first + second) + first @ first) @ left)


def _measured(matrix: Any, units: Numbers | None) -> Inexact[Array, "n n"]:
    found, _ = matrix_of(matrix)
    if units is None:
        return found
    scale = as_real(units)
    if scale.shape != found.shape[:1]:
        raise ValueError(f"`units` must have shape {found.shape[:1]}, one per coordinate, but has shape {scale.shape}.")
    check_values(scale, "`units`", positive=True)
    return found * (scale / scale[:, None])


def spectrum(matrix: Any) -> Complex[Array, " n"]:
    """The eigenvalues of a matrix of shape (n, n), or of the drift or superoperator of dynamics.

    For master equations -Re is the rate of decay of a mode, Im its frequency. Two derivatives; infinite at an
    exceptional point, where `qt.find_exceptional_point` differentiates the position. The order is LAPACK's.
    """
    return _values(matrix_of(matrix)[0])


@eqx.filter_jit
def _values(matrix: Array) -> Array:
    return _limited(_eigen(matrix).values, 2)


def phase_rigidity(matrix: Any, *, units: Numbers | None = None) -> Float[Array, " n"]:
    """|(l_i|r_i)| of unit left and right eigenvectors, in the order of `qt.spectrum` (Scali 2021, below Eq. 23).

    1 for every eigenvalue of a normal matrix, 0 where eigenvectors coalesce. It depends on the units of the
    coordinates: units, shape (n,), divides them (`qt.quadrature_units` of a network makes its uncoupled nodes normal).
    Of a degenerate eigenvalue with several eigenvectors it depends on which of them LAPACK returns. Two derivatives.
    Raises ValueError for shapes that do not fit.
    """
    return _rigidity(_measured(matrix, units))


@eqx.filter_jit
def _rigidity(matrix: Array) -> Array:
    _, right, left = _eigen(matrix)
    squared = jnp.sum(jnp.abs(right) ** 2, axis=0) * jnp.sum(jnp.abs(left) ** 2, axis=1)
    return limit_order(jnp.where(jnp.isfinite(squared), squared, jnp.inf) ** -0.5, 2)


def eigenvector_condition_number(matrix: Any, *, units: Numbers | None = None) -> Float[Array, ""]:
    """||V|| ||V^-1|| of the matrix V of unit right eigenvectors, in the 2-norm (Scali 2021, Eq. 24).

    1 for a normal matrix, infinite at an exceptional point (1e6 to 1e8 in double precision). One derivative; units as
    for `qt.phase_rigidity`.
    """
    return _condition(_measured(matrix, units))


@eqx.filter_jit
def _condition(matrix: Array) -> Array:
    right = _eigen(matrix).right
    right = right / jnp.sqrt(jnp.sum(right.real**2 + right.imag**2, axis=0))
    u, _, v = svd(right)
    stretches = jnp.real(jnp.einsum("ji,jk,ik->i", u.conj(), right, v.conj()))
    return limit_order(stretches[0] / stretches[-1], 1)


def jordan_blocks(matrix: Any, eigenvalue: Any) -> Int[Array, " n"]:
    """The sizes of the Jordan blocks of an eigenvalue, descending, then zeros: shape (n,).

    All zero if it is none. The eigenvalue must be right to 1e-9 of the matrix, as that of `qt.find_exceptional_point`
    is; that of a defective matrix from `qt.spectrum` is not.
    """
    return _blocks(matrix_of(matrix)[0], as_eigenvalue(eigenvalue))


@eqx.filter_jit
def _blocks(matrix: Array, eigenvalue: Array) -> Array:
    units = balance(matrix)
    return block_sizes(matrix * units / units[:, None], eigenvalue)


def second_moment_matrix(drift: Numbers) -> Inexact[Array, "m m"]:
    """The matrix by which <{R_i, R_j}>/2 move, for i <= j in row order, m = n(n+1)/2, under a drift of shape (n, n).

    Its eigenvalues are the sums of two of the drift (Scali 2021, Eq. 31 and App. B): a Jordan block of two gives one of
    three.
    """
    a, _ = matrix_of(drift)
    n = a.shape[0]
    rows, columns = np.triu_indices(n)
    one = jnp.eye(n)
    whole = jnp.einsum("ik,jl->ijkl", a, one) + jnp.einsum("ik,jl->ijkl", one, a)
    kept = whole[rows, columns]
    both = kept[:, rows, columns] + kept[:, columns, rows]
    return jnp.where(rows == columns, both / 2, both)


def quadrature_units(network: OscillatorNetwork) -> Float[Array, " two_n"]:
    """The natural units (w^-1/2, w^1/2) of position and momentum of each uncoupled node, shape (2N,)."""
    if not isinstance(network, OscillatorNetwork):
        raise ValueError(f"`network` must be a `qt.OscillatorNetwork`, but is {shown(network)}.")
    stiffness = jnp.diagonal(network.free)
    unit = (stiffness[1::2] / stiffness[::2]) ** 0.25
    return jnp.stack([unit, 1 / unit], axis=1).ravel()


def _limited(z: Array, order: int) -> Array:
    return jax.lax.complex(limit_order(z.real, order), limit_order(z.imag, order))
