"""Density matrices: entropies, fidelity and entanglement as traces of functions of Hermitian matrices."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact

from .._linalg import Levels, hermitian_function, trace_of_function
from .._special import surprise
from .._typing import Operator, Scalar
from ..states import DensityMatrix

# Eigenvalues that are nothing but rounding; their square roots would have derivatives of any size.
_NOTHING = 4e-16
_FLIP = np.diag([-1.0, 1.0, 1.0, -1.0])[::-1]  # sigma_y (x) sigma_y


def _root(x: Array) -> Array:
    none = x <= _NOTHING
    return jnp.where(none, 0.0, jnp.sqrt(jnp.where(none, 1.0, x)))


def entropy_of(state: DensityMatrix) -> Scalar:
    return trace_of_function(surprise, state.matrix)


def entropy_gradient(matrix: Operator) -> Operator:
    """-ln rho - 1, zero along eigenvectors of zero probability, where it diverges."""

    def slope(p: Array) -> Array:
        none = p <= 0.0
        return jnp.where(none, 0.0, -jnp.log(jnp.where(none, 1.0, p)) - 1.0)

    return hermitian_function(slope, matrix)


def purity(state: DensityMatrix) -> Scalar:
    # Not abs(x)**2, whose second derivative is lost at x = 0.
    return jnp.sum(state.matrix.real**2 + state.matrix.imag**2)


def fidelity(a: DensityMatrix, b: DensityMatrix) -> Scalar:
    root = hermitian_function(_root, a.matrix)
    product = root @ b.matrix @ root
    return trace_of_function(_root, (product + product.conj().T) / 2) ** 2


def logarithmic_negativity(state: DensityMatrix, chosen: tuple[int, ...]) -> Scalar:
    n = len(state.dims)
    axes = [n + i if i in chosen else i for i in range(n)] + [i if i in chosen else n + i for i in range(n)]
    transposed = jnp.transpose(state.matrix.reshape(*state.dims, *state.dims), axes).reshape(state.matrix.shape)
    return jnp.log(trace_of_function(jnp.abs, transposed))


def _spin_flipped(state: DensityMatrix) -> Inexact[Array, "8 8"]:
    """A Hermitian matrix with eigenvalues +- lambda, lambda^2 the eigenvalues of rho rho~ (Wootters)."""
    root = hermitian_function(_root, state.matrix)
    overlap = root @ _FLIP @ root.conj()
    nothing = jnp.zeros_like(overlap)
    return jnp.block([[nothing, overlap], [overlap.conj().T, nothing]])


def concurrence(state: DensityMatrix) -> Scalar:
    flipped = _spin_flipped(state)
    largest = jnp.real(Levels.of(flipped, _resolved).matrix[-1, -1])
    return jnp.maximum(0.0, 2.0 * largest - trace_of_function(jnp.abs, flipped) / 2)


def _resolved(energies: Float[Array, " d"]) -> Scalar:
    return 1e-12 * jnp.max(jnp.abs(energies))


def concurrence_of_assistance(state: DensityMatrix) -> Scalar:
    return trace_of_function(jnp.abs, _spin_flipped(state)) / 2
