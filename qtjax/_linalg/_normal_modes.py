"""Normal modes of a positive quadratic form, as a frozen frame in which its motion is exactly diagonal.

notation: h the form, Omega the symplectic form, T = to_modes, z = T R the mode amplitudes, with
    dz/dt = -i w z,   R^T h R = z^dagger z,   T Omega T^dagger = -i diag(w).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float

from ._batching import eigh
from ._matrix_functions import limit_derivatives
from ._solve import cholesky_and_least, solve


def symplectic_form(nodes: int) -> np.ndarray:
    """Omega, the direct sum of [[0, 1], [-1, 0]] over the nodes: i Omega_ab = [R_a, R_b]."""
    return np.kron(np.eye(nodes), np.array([[0.0, 1.0], [-1.0, 0.0]]))


def conjugate_pair(matrix: Array) -> Array:
    """The complex conjugate of a matrix on the quadratures, seen in the mode frame (w and -w swapped)."""
    n = matrix.shape[-1] // 2
    return jnp.roll(matrix.conj(), (n, n), axis=(-2, -1))


class NormalModes(eqx.Module):
    """The mode frame of a positive definite form; carries no derivative (see `perturbation`)."""

    frequencies: Float[Array, " n"]  # the N positive ones, ascending, then their negatives
    to_modes: Complex[Array, "n n"]
    from_modes: Complex[Array, "n n"]
    form: Float[Array, "n n"]
    positive: Bool[Array, ""]
    least: Float[Array, ""]  # a value v^T form v, negative or 0 where the form is not positive

    @staticmethod
    def of(form: Float[Array, "n n"]) -> "NormalModes":
        """Cholesky-reduce the form to a Hermitian eigenproblem; not positive definite sets `positive` False."""
        form = jax.lax.stop_gradient(form)
        nodes = form.shape[-1] // 2
        factor, least = cholesky_and_least(form)
        positive = jnp.all(jnp.isfinite(factor))
        factor = jnp.where(positive, factor, jnp.eye(2 * nodes))
        motion = 1j * (factor.T @ symplectic_form(nodes) @ factor)
        w, vectors = eigh(motion)
        half = vectors[:, nodes:]
        half = half + _refinement(motion, half)
        vectors = jnp.concatenate([half, half.conj()], axis=1)
        w = jnp.real(jnp.einsum("ij,ij->j", half.conj(), motion @ half))
        to_modes = vectors.conj().T @ factor.T
        from_modes = solve(factor.T, vectors)
        return NormalModes(jnp.concatenate([w, -w]), to_modes, from_modes, form, positive, least)

    def perturbation(self, form: Float[Array, "n n"]) -> Complex[Array, "n n"]:
        """F with R^T form R = z^dagger (1 + F) z: zero in value for the form of the frame, never in tangent."""
        difference = limit_derivatives(form, form.shape[-1]) - self.form
        return self.from_modes.conj().T @ difference @ self.from_modes

    def motion(self, form: Float[Array, "n n"]) -> Complex[Array, "n n"]:
        """The coherent drift Omega form in the frame: -i diag(w) (1 + F), its large part exactly diagonal."""
        w = self.frequencies
        return -1j * (jnp.diag(w) + w[:, None] * self.perturbation(form))

    def mode_vector(self, vector: Float[Array, " n"]) -> Complex[Array, " n"]:
        """s with vector . R = s . z."""
        return self.from_modes.T @ vector

    def lower(self, matrix: Complex[Array, "... n n"]) -> Float[Array, "... n n"]:
        """A drift given in the frame, on the quadratures."""
        return jnp.real(self.from_modes @ matrix @ self.to_modes)

    def lower_covariance(self, matrix: Complex[Array, "... n n"]) -> Float[Array, "... n n"]:
        """A covariance or diffusion given in the frame, on the quadratures."""
        real = jnp.real(self.from_modes @ matrix @ self.from_modes.conj().T)
        return (real + jnp.swapaxes(real, -1, -2)) / 2

    def raise_covariance(self, matrix: Float[Array, "... n n"]) -> Complex[Array, "... n n"]:
        """A covariance on the quadratures, in the frame."""
        return self.to_modes @ matrix @ self.to_modes.conj().T


def _refinement(motion: Array, half: Array) -> Array:
    """One Ogita-Aishima step: small components of eigenvectors gain relative, not only absolute, accuracy.

    A node far off resonance holds 1e-8 of a mode; weights of that size carry the current of a weakly
    coupled wire, and `eigh` knows them to 1e-16 only in absolute terms.
    """
    vectors = jnp.concatenate([half, half.conj()], axis=1)
    overlap = _hermitian_top(jnp.eye(vectors.shape[0], half.shape[1]) - vectors.conj().T @ half)
    projected = _hermitian_top(vectors.conj().T @ (motion @ half))
    w = jnp.real(jnp.diagonal(projected)) / (1.0 - jnp.real(jnp.diagonal(overlap)))
    gaps = w[None, :] - jnp.concatenate([w, -w])[:, None]
    apart = jnp.abs(gaps) > 1e-8 * jnp.max(jnp.abs(w))
    rotation = (projected + w[None, :] * overlap) / jnp.where(apart, gaps, 1.0)
    return vectors @ jnp.where(apart, rotation, overlap / 2)


def _hermitian_top(matrix: Array) -> Array:
    """The upper square made exactly Hermitian: divided by a narrow gap, its rounding would undo orthogonality."""
    n = matrix.shape[1]
    top = matrix[:n]
    return jnp.concatenate([(top + top.conj().T) / 2, matrix[n:]])
