"""The generator of networks: drift and diffusion of the moments."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from .._checks import Fault
from .._linalg import HermitianBasis, NormalModes, paired, symplectic_form, unpaired
from .._typing import PerBath, QuadratureForm
from ._dissipators import ModeDissipators
from ._dynamics import AbstractDynamics


class Lyapunov(AbstractDynamics):
    """Linear Gaussian dynamics of a network under a master equation.

        d<R>/dt = A <R>,   d sigma/dt = A sigma + sigma A^T + D,   A = Omega h + sum_b A_b,  D = sum_b D_b

    It is held in the frame of the normal modes of h, where the coherent part is exactly diagonal and small
    rates never stand beside large frequencies, and the dissipators as vectors; the properties give the same as matrices
    on R = (x1, p1, x2, p2, ...): `.drift` A and `.diffusion` D, (2N, 2N), `.dissipative_drifts` and
    `.dissipative_diffusions` of each bath, (baths, 2N, 2N), `.spectrum()` of the drift, (2N,), `.moment_matrix()`, M
    (m, m) and b of the m = N(2N+1) real coordinates of the covariance.
    """

    form: QuadratureForm  # h, of shape (2N, 2N): H = R^T h R / 2
    modes: NormalModes
    own_modes: NormalModes | None  # those of the reference Hamiltonian, if it is another
    dissipators: ModeDissipators  # in the frame of own_modes
    temperatures: PerBath
    fault: Fault
    description: Any

    @property
    def nodes(self) -> int:
        """The number of nodes N."""
        return self.form.shape[-1] // 2

    @property
    def baths(self) -> int:
        """The number of baths B."""
        return self.temperatures.shape[0]

    @property
    def eigenoperator_modes(self) -> NormalModes:
        """The frame of the dissipators."""
        return self.modes if self.own_modes is None else self.own_modes

    @property
    def drift(self) -> Float[Array, "two_n two_n"]:
        """A, the drift of the first moments, shape (2N, 2N)."""
        total, _ = self.dissipators.total()
        return jnp.asarray(symplectic_form(self.nodes)) @ self.form + self.eigenoperator_modes.lower(total)

    @property
    def diffusion(self) -> Float[Array, "two_n two_n"]:
        """D, shape (2N, 2N)."""
        return self.eigenoperator_modes.lower_covariance(self.dissipators.total()[1])

    @property
    def dissipative_drifts(self) -> Float[Array, "baths two_n two_n"]:
        """What each bath adds to the drift, its Lamb shift and counterterm included: (B, 2N, 2N)."""
        return self.eigenoperator_modes.lower(self.dissipators.each()[0])

    @property
    def dissipative_diffusions(self) -> Float[Array, "baths two_n two_n"]:
        """The diffusion of each bath, (B, 2N, 2N)."""
        return self.eigenoperator_modes.lower_covariance(self.dissipators.each()[1])

    def mode_dissipation(self) -> tuple[Complex[Array, "two_n two_n"], Complex[Array, "two_n two_n"]]:
        """sum_b A_b and sum_b D_b in the mode frame."""
        return self._turned(*self.dissipators.total())

    def mode_dissipators(self) -> tuple[Complex[Array, "baths two_n two_n"], Complex[Array, "baths two_n two_n"]]:
        """A_b and D_b of every bath in the mode frame."""
        return self._turned(*self.dissipators.each())

    def _turned(self, drift: Array, diffusion: Array) -> tuple[Array, Array]:
        if self.own_modes is None:
            return drift, diffusion
        turn = self.modes.to_real @ self.own_modes.from_real
        back = self.own_modes.to_real @ self.modes.from_real
        return paired(turn @ unpaired(drift) @ back), paired(turn @ unpaired(diffusion) @ turn.T)

    def slow_moments(self) -> tuple[Complex[Array, "two_n two_n"], Complex[Array, "two_n two_n"]]:
        """A without its carrier -i diag(carrier, -carrier), and D, in the mode frame."""
        drift, diffusion = self.mode_dissipation()
        detunings = jnp.concatenate([self.modes.detunings, -self.modes.detunings])
        return drift - 1j * (jnp.diag(detunings) + self.modes.splitting), diffusion

    def quanta_flows(self, second_moments: QuadratureForm) -> PerBath:
        """d<number of quanta>/dt through every bath, of the modes whose eigenoperators are used, shape (B,)."""
        own = self.eigenoperator_modes
        per_quantum = jnp.diag(1.0 / jnp.abs(own.frequencies)).astype(complex)
        return self.dissipators.flows(own.raise_covariance(second_moments) @ per_quantum, per_quantum / 2)

    def heard_frequencies(self) -> PerBath:
        """The mean frequency that every bath couples to."""
        w = jnp.abs(self.dissipators.frequencies)
        share = jnp.abs(self.dissipators.couplings) ** 2 * w
        return share @ w / jnp.sum(share, axis=1)

    def energy_flows(self, second_moments: QuadratureForm) -> PerBath:
        """d<H>/dt through every bath, shape (B,), in a state of <{R, R^T}>/2."""
        own = self.eigenoperator_modes
        # Both are multiplied where they are real, and a form is known in its own frame.
        lever = paired(own.to_real @ (second_moments @ self.form) @ own.from_real)
        form = own.form if self.own_modes is None else own.raise_form(self.form)
        return self.dissipators.flows(lever, form / 2)

    def moment_matrix(self) -> tuple[Float[Array, "m m"], Float[Array, " m"]]:
        """(M, b) of dx/dt = M x + b for the m = N(2N+1) real coordinates x of the covariance.

        The coordinates are those of an orthonormal basis of covariances in the mode frame.
        """
        basis, modes = HermitianBasis(2 * self.nodes), self.modes
        slow, diffusion = self.slow_moments()
        # The carrier by itself, so that the differences of close frequencies keep their digits.
        fast = -1j * modes.carrier * jnp.diag(jnp.repeat(np.array([1.0, -1.0]), self.nodes))
        return basis.generator(slow) + basis.generator(fast), basis.coordinates(diffusion)

    @property
    def evolution_matrix(self) -> Float[Array, "two_n two_n"]:
        """The drift."""
        return self.drift

    def spectrum(self) -> Complex[Array, " two_n"]:
        """The 2N eigenvalues of the drift."""
        return jnp.linalg.eigvals(self.drift)

    def __repr__(self) -> str:
        return f"Lyapunov(nodes={self.nodes}, baths={self.baths}) of {self.description!r}"
