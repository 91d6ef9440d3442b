"""Generators of the dynamics: a coherent part and one affine dissipator per bath."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from ._checks import Fault
from ._linalg import HermitianBasis, NormalModes, symplectic_form
from ._typing import PerBath, QuadratureForm


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
