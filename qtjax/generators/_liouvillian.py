"""The generator of finite systems: a superoperator on density matrices."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float, Inexact

from .._checks import Fault
from .._linalg import Levels, adjoint, affine_form, product, real_superoperator, superoperator
from .._typing import Operator, PerBath
from ._dynamics import AbstractDynamics


class Liouvillian(AbstractDynamics):
    """The dynamics of a finite system under a master equation.

        d rho/dt = -i [H, rho] + sum_b D_b(rho),
        D_b(rho) = sum_t L_t rho R_t^dagger - R_t^dagger L_t rho - i H_b rho + h.c.

    It is held in the frame of the levels of H (`_linalg/_levels.py`), where the coherent part is exactly diagonal
    and small rates never stand beside large frequencies; called on a density matrix, it acts as it is. Nothing of
    size d^2 x d^2 is made unless asked for.

    generator(rho) -> (d, d), `.dissipate(rho)` -> (baths, d, d), `.matrix` -> (d^2, d^2) on matrices stacked row by
    row, `.spectrum()` -> (d^2,), `.moment_matrix()` -> M (d^2 - 1, d^2 - 1) and b of the real affine form.
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
        return jnp.sum(product(adjoint(self.right), self.left), axis=1) + 1j * self.lamb

    def frame_dissipate(self, rho: Inexact[Array, "d d"]) -> Complex[Array, "baths d d"]:
        """D_b of a Hermitian matrix given in the frame."""
        half = jnp.sum(product(product(self.left, rho), adjoint(self.right)), axis=1) - product(self.damping, rho)
        return half + adjoint(half)

    def frame_adjoint(self, operator: Inexact[Array, "d d"]) -> Complex[Array, "baths d d"]:
        """The Heisenberg picture of `frame_dissipate`, on a Hermitian operator."""
        jump = jnp.sum(product(product(adjoint(self.left), operator), self.right), axis=1)
        half = jump - product(adjoint(self.damping), operator)
        return half + adjoint(half)

    @property
    def frame_losses(self) -> Complex[Array, "baths d d"]:
        """`frame_adjoint` of H: Tr[H D_b(rho)] = Tr[frame_losses_b rho] in the frame.

        sum_t L_t^dagger [H, R_t] + i H_b H + h.c., where of [H, R_t] all but what derivatives see is elementwise.
        """
        energies, splitting = self.levels.energies, self.levels.splitting
        turned = (energies[:, None] - energies) * self.right + product(splitting, self.right)
        half = jnp.sum(product(adjoint(self.left), turned - product(self.right, splitting)), axis=1)
        half = half + 1j * product(self.lamb, self.levels.matrix)
        return half + adjoint(half)

    @property
    def lamb_hamiltonians(self) -> Complex[Array, "baths d d"]:
        """The Hermitian part of every bath's generator, H_LS = (K - K^dagger)/2i (Zhang 2025, after Eq. 12).

        It holds Re Gamma as well as S(w), so it does not vanish with lamb_shift=False.
        """
        return self.levels.lowered(self.frame_lamb_hamiltonians)

    @property
    def frame_lamb_hamiltonians(self) -> Complex[Array, "baths d d"]:
        """`lamb_hamiltonians` in the frame."""
        return (self.damping - adjoint(self.damping)) / 2j

    @property
    def matrix(self) -> Complex[Array, "d2 d2"]:
        """The superoperator of shape (d^2, d^2), on density matrices stacked row by row (C order)."""
        left, right, lamb = (self.levels.lowered(x) for x in (self.left, self.right, self.lamb))
        return superoperator(self.hamiltonian + jnp.sum(lamb, axis=0), left, right)

    def frame_matrix(self) -> Float[Array, "d2 d2"]:
        """The generator in the frame, on the real coordinates Re rho + Im rho, row by row."""
        return real_superoperator(self.levels, jnp.sum(self.lamb, axis=0), self.left, self.right)

    def moment_matrix(self) -> tuple[Float[Array, "m m"], Float[Array, " m"]]:
        """(M, b) of dx/dt = M x + b for the m = d^2 - 1 real coordinates x of the traceless part of rho.

        The coordinates are those of an orthonormal basis of Hermitian matrices in the frame of the levels; the
        element left out is the identity, which the trace fixes.
        """
        return affine_form(self.frame_matrix())

    @property
    def evolution_matrix(self) -> Complex[Array, "d2 d2"]:
        """The superoperator."""
        return self.matrix

    def spectrum(self) -> Complex[Array, " d2"]:
        """The d^2 eigenvalues of the generator."""
        return jnp.linalg.eigvals(self.frame_matrix())

    def __repr__(self) -> str:
        return f"Liouvillian(dims={self.dims}, baths={self.left.shape[0]}) of {self.description!r}"
