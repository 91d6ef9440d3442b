"""Generators of the dynamics: a coherent part and one affine dissipator per bath."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float, Inexact

from ._checks import Fault
from ._linalg import (
    HermitianBasis,
    Levels,
    NormalModes,
    affine_form,
    real_superoperator,
    superoperator,
    symplectic_form,
)
from ._typing import Operator, PerBath, QuadratureForm


class AbstractDynamics(eqx.Module):
    """What a description makes of a system: something that states evolve under."""

    fault: eqx.AbstractVar[Fault]  # found while building
    temperatures: eqx.AbstractVar[PerBath]

    @abstractmethod
    def spectrum(self) -> Complex[Array, " n"]:
        """Eigenvalues of the generator."""


class Lyapunov(AbstractDynamics):
    """Linear Gaussian dynamics of a network under a master equation.

        d<R>/dt = A <R>,   d sigma/dt = A sigma + sigma A^T + D,   A = Omega h + sum_b A_b,  D = sum_b D_b

    It is held in the frame of the normal modes of h, where the coherent part is exactly diagonal and small
    rates never stand beside large frequencies; the properties give the same on R = (x1, p1, x2, p2, ...).
    `modes` is the frame and carries no derivatives.
    """

    form: QuadratureForm  # h, of shape (2N, 2N): H = R^T h R / 2
    modes: NormalModes
    mode_drifts: Complex[Array, "baths two_n two_n"]
    mode_diffusions: Complex[Array, "baths two_n two_n"]
    temperatures: PerBath
    fault: Fault
    description: Any

    @property
    def nodes(self) -> int:
        """The number of nodes N."""
        return self.form.shape[-1] // 2

    @property
    def drift(self) -> Float[Array, "two_n two_n"]:
        """A, the drift of the first moments, shape (2N, 2N)."""
        return jnp.asarray(symplectic_form(self.nodes)) @ self.form + jnp.sum(self.dissipative_drifts, axis=0)

    @property
    def diffusion(self) -> Float[Array, "two_n two_n"]:
        """D, shape (2N, 2N)."""
        return jnp.sum(self.dissipative_diffusions, axis=0)

    @property
    def dissipative_drifts(self) -> Float[Array, "baths two_n two_n"]:
        """What each bath adds to the drift, its Lamb shift and counterterm included: (B, 2N, 2N)."""
        return self.modes.lower(self.mode_drifts)

    @property
    def dissipative_diffusions(self) -> Float[Array, "baths two_n two_n"]:
        """The diffusion of each bath, (B, 2N, 2N)."""
        return self.modes.lower_covariance(self.mode_diffusions)

    @property
    def mode_drift(self) -> Complex[Array, "two_n two_n"]:
        """A in the mode frame."""
        return self.modes.motion(self.form) + jnp.sum(self.mode_drifts, axis=0)

    @property
    def mode_form(self) -> Complex[Array, "two_n two_n"]:
        """h in the mode frame, R^T h R = z^dagger (mode_form) z: the identity, up to its derivative."""
        return jnp.eye(2 * self.nodes) + self.modes.perturbation(self.form)

    def moment_matrix(self) -> tuple[Float[Array, "m m"], Float[Array, " m"]]:
        """(M, b) of dx/dt = M x + b for the m = N(2N+1) real coordinates x of the covariance.

        The coordinates are those of an orthonormal basis of covariances in the mode frame.
        """
        basis = HermitianBasis(2 * self.nodes)
        return basis.generator(self.mode_drift), basis.coordinates(jnp.sum(self.mode_diffusions, axis=0))

    def spectrum(self) -> Complex[Array, " two_n"]:
        """The 2N eigenvalues of the drift."""
        return jnp.linalg.eigvals(self.drift)

    def __repr__(self) -> str:
        return f"Lyapunov({self.description!r}, nodes={self.nodes}, baths={self.mode_drifts.shape[0]})"


class Liouvillian(AbstractDynamics):
    """The dynamics of a finite system under a master equation.

        d rho/dt = -i [H, rho] + sum_b D_b(rho),
        D_b(rho) = sum_t L_t rho R_t^dagger - R_t^dagger L_t rho - i H_b rho + h.c.

    It is held in the frame of the levels of H (`_linalg/_levels.py`), where the coherent part is exactly diagonal
    and small rates never stand beside large frequencies; called on a density matrix, it acts as it is. Nothing of
    size d^2 x d^2 is made unless asked for.
    """

    hamiltonian: Operator
    levels: Levels
    left: Inexact[Array, "baths terms d d"]  # L and R of every bath, in the frame
    right: Inexact[Array, "baths terms d d"]
    lamb: Inexact[Array, "baths d d"]  # H_b, where it is not part of the pairs
    temperatures: PerBath
    fault: Fault
    dims: tuple[int, ...] = eqx.field(static=True)
    description: Any

    @property
    def size(self) -> int:
        """The dimension d."""
        return self.hamiltonian.shape[-1]

    def __call__(self, matrix: Operator) -> Complex[Array, "d d"]:
        """d rho/dt for a density matrix (or any Hermitian matrix) of shape (d, d)."""
        rho = self.levels.raised(self._operand(matrix))
        return self.levels.lowered(self.levels.coherent(rho) + jnp.sum(self.frame_dissipate(rho), axis=0))

    def dissipate(self, matrix: Operator) -> Complex[Array, "baths d d"]:
        """D_b(rho) of every bath, its Lamb shift and counterterm included: shape (B, d, d)."""
        return self.levels.lowered(self.frame_dissipate(self.levels.raised(self._operand(matrix))))

    def _operand(self, matrix: Operator) -> Operator:
        if jnp.shape(matrix) != self.hamiltonian.shape:
            raise ValueError(f"The matrix must have shape {self.hamiltonian.shape}, but has shape {jnp.shape(matrix)}.")
        return jnp.asarray(matrix, complex)

    @property
    def damping(self) -> Complex[Array, "baths d d"]:
        """K_b = sum_t R_t^dagger L_t + i H_b in the frame: D_b(rho) = sum_t L_t rho R_t^dagger - K_b rho + h.c."""
        return jnp.einsum("btji,btjk->bik", self.right.conj(), self.left) + 1j * self.lamb

    def frame_dissipate(self, rho: Inexact[Array, "d d"]) -> Complex[Array, "baths d d"]:
        """D_b of a Hermitian matrix given in the frame."""
        jump = jnp.sum(self.left @ rho @ jnp.swapaxes(self.right.conj(), -1, -2), axis=1)
        half = jump - self.damping @ rho
        return half + jnp.swapaxes(half.conj(), -1, -2)

    def frame_adjoint(self, operator: Inexact[Array, "d d"]) -> Complex[Array, "baths d d"]:
        """The Heisenberg picture of `frame_dissipate`, on a Hermitian operator."""
        jump = jnp.sum(jnp.swapaxes(self.left.conj(), -1, -2) @ operator @ self.right, axis=1)
        half = jump - jnp.swapaxes(self.damping.conj(), -1, -2) @ operator
        return half + jnp.swapaxes(half.conj(), -1, -2)

    @property
    def lamb_hamiltonians(self) -> Complex[Array, "baths d d"]:
        """The Hermitian part of every bath's generator, H_LS = (K - K^dagger)/2i (Zhang 2025, after Eq. 12).

        It holds Re Gamma as well as S(w), so it does not vanish with lamb_shift=False.
        """
        return self.levels.lowered(self.frame_lamb_hamiltonians)

    @property
    def frame_lamb_hamiltonians(self) -> Complex[Array, "baths d d"]:
        """`lamb_hamiltonians` in the frame."""
        return (self.damping - jnp.swapaxes(self.damping.conj(), -1, -2)) / 2j

    @property
    def matrix(self) -> Complex[Array, "d2 d2"]:
        """The superoperator of shape (d^2, d^2), on density matrices stacked row by row (C order)."""
        left, right, lamb = (self.levels.lowered(x) for x in (self.left, self.right, self.lamb))
        return superoperator(self.hamiltonian + jnp.sum(lamb, axis=0), left, right)

    def frame_matrix(self) -> Float[Array, "d2 d2"]:
        """The generator in the frame, on the real coordinates Re rho + Im rho, row by row."""
        return real_superoperator(self.levels, superoperator(jnp.sum(self.lamb, axis=0), self.left, self.right))

    def moment_matrix(self) -> tuple[Float[Array, "m m"], Float[Array, " m"]]:
        """(M, b) of dx/dt = M x + b for the m = d^2 - 1 real coordinates x of the traceless part of rho.

        The coordinates are those of an orthonormal basis of Hermitian matrices in the frame of the levels; the
        element left out is the identity, which the trace fixes.
        """
        return affine_form(self.frame_matrix())

    def spectrum(self) -> Complex[Array, " d2"]:
        """The d^2 eigenvalues of the generator."""
        return jnp.linalg.eigvals(self.frame_matrix())

    def __repr__(self) -> str:
        return f"Liouvillian({self.description!r}, dims={self.dims}, baths={self.left.shape[0]})"
