"""Generators of the dynamics: a coherent part and one affine dissipator per bath."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from ._checks import Fault
from ._linalg import (
    HermitianBasis,
    Levels,
    NormalModes,
    affine_form,
    conjugate_pair,
    paired,
    real_superoperator,
    superoperator,
    symplectic_form,
    unpaired,
)
from ._typing import Operator, PerBath, QuadratureForm


class AbstractDynamics(eqx.Module):
    """What a description makes of a system: something that states evolve under."""

    fault: eqx.AbstractVar[Fault]  # found while building
    temperatures: eqx.AbstractVar[PerBath]

    @abstractmethod
    def spectrum(self) -> Complex[Array, " n"]:
        """Eigenvalues of the generator."""


class ModeDissipators(eqx.Module):
    """The dissipators of all baths of a network, in the frame of the modes whose eigenoperators they use.

    A term c (L rho R^dagger - R^dagger L rho) + h.c. with L = l.R, R = r.R adds the drift 2 Im[c (Omega r*) l^T] and
    the diffusion Re[c ((Omega r*)(Omega l)^T + (Omega l)(Omega r*)^T)]. In the frame T Omega r* = -i w s*, so both
    follow from the matrix of pairs

        pairs_b[k, j] = sum_{p,q} (-1)^q kernel^(p+q)[k, j] right_bq[k]^* left_bp[j],

    which is never made for more baths than one at a time unless asked for.
    """

    frequencies: Float[Array, " n"]
    left: Complex[Array, "baths moments n"]
    right: Complex[Array, "baths moments n"]
    kernel: Float[Array, "moments n n"]
    couplings: Complex[Array, "baths n"]  # s
    shifted: Complex[Array, "baths n"] | None  # s' of a Lamb Hamiltonian (s.z s'.z + h.c.)/2 of its own

    def turned(self, frequencies: Float[Array, " n"], turn: Complex[Array, "n n"]) -> "ModeDissipators":
        """The same in another frame of the modes, row vectors s becoming s @ turn, where the kernel does not notice."""
        left, right, couplings = (x @ turn for x in (self.left, self.right, self.couplings))
        shifted = None if self.shifted is None else self.shifted @ turn
        return ModeDissipators(frequencies, left, right, self.kernel, couplings, shifted)

    def _orders(self) -> list[tuple[int, int, Array]]:
        n = self.kernel.shape[0]
        return [(p, q, (-1) ** q * self.kernel[p + q]) for p in range(n) for q in range(n - p)]

    def total(self) -> tuple[Complex[Array, "n n"], Complex[Array, "n n"]]:
        """Drift and diffusion, summed over baths."""
        pairs = sum(kernel * (self.right[:, q].conj().T @ self.left[:, p]) for p, q, kernel in self._orders())
        drift, diffusion = _pair_terms(self.frequencies, jnp.asarray(pairs))
        if self.shifted is not None:
            drift = drift + _hamiltonian_drift(self.frequencies, self.couplings.conj().T @ self.shifted)
        return drift, diffusion

    def each(self) -> tuple[Complex[Array, "baths n n"], Complex[Array, "baths n n"]]:
        """Drift and diffusion of every bath."""

        def one(left: Array, right: Array, coupling: Array, shifted: Array | None) -> tuple[Array, Array]:
            own = None if shifted is None else shifted[None]
            single = ModeDissipators(self.frequencies, left[None], right[None], self.kernel, coupling[None], own)
            return single.total()

        return jax.vmap(one)(self.left, self.right, self.couplings, self.shifted)

    def flows(self, drift: Complex[Array, "n n"], diffusion: Complex[Array, "n n"]) -> PerBath:
        """tr(drift A_b) + tr(diffusion D_b) of every bath, for paired matrices, the second Hermitian."""
        w = self.frequencies
        lever = -drift.T * w[:, None]
        weight = 2.0 * (lever + w[:, None] * diffusion.T * w)
        flow = sum(
            jnp.sum(self.right[:, q].conj() * (self.left[:, p] @ (kernel * weight).T), axis=1)
            for p, q, kernel in self._orders()
        )
        if self.shifted is not None:
            turning = 1j * lever.T
            flow = flow + jnp.sum(self.couplings.conj() * (self.shifted @ turning), axis=1)
            flow = flow + jnp.sum(self.shifted.conj() * (self.couplings @ turning), axis=1)
        return jnp.real(jnp.asarray(flow))

    def channels(self) -> "Channels":
        """The thermal channels, for a kernel that keeps equal frequencies only."""
        half = self.frequencies.shape[0] // 2
        w, same = self.frequencies[:half], self.kernel[0, :half, :half]
        s = self.couplings[:, :half]
        # Rates of A_w and of its adjoint, A_-w, gathered over a cluster.
        rates = 2.0 * jnp.real(self.right[:, 0].conj() * self.left[:, 0]) * jnp.concatenate([w, w])
        down, up = rates[:, :half] @ same, rates[:, half:] @ same
        norm = (jnp.real(s * s.conj()) * w) @ same
        heard = jax.lax.stop_gradient(norm > 1e-24 * jnp.max(norm, axis=1, keepdims=True)) & (down > up)
        return Channels(
            coefficients=s / jnp.sqrt(jnp.where(heard, norm, 1.0)),
            frequencies=w,
            same=same,
            rate=jnp.where(heard, down - up, 0.0),
            occupation=jnp.where(heard, up / jnp.where(heard, down - up, 1.0), 0.0),
        )


class Channels(eqx.Module):
    """Thermal channels of every bath: bosons b = sum over a cluster of coefficients_k z_k, for w_k > 0.

    Arrays over (bath, mode) hold, at each mode, the number that belongs to the channel of its cluster. A channel that a
    bath does not hear has the rate 0.
    """

    coefficients: Complex[Array, "baths modes"]
    frequencies: Float[Array, " modes"]
    same: Float[Array, "modes modes"]
    rate: Float[Array, "baths modes"]
    occupation: Float[Array, "baths modes"]

    def variance(self, covariance: Complex[Array, "n n"]) -> Float[Array, "baths modes"]:
        """<b^dagger b> + 1/2: 1 where there is no channel."""
        return jnp.where(self.rate > 0, self._gathered(self.coefficients.conj(), covariance), 1.0)

    def precision(self, inverse: Complex[Array, "n n"]) -> Float[Array, "baths modes"]:
        """[Theta^-1]_bb, from the inverse covariance: 1 where there is no channel."""
        found = self._gathered(self.frequencies * self.coefficients.conj(), inverse)
        return jnp.where(self.rate > 0, found, 1.0)

    def correlated(
        self,
        covariance: Complex[Array, "n n"],
        inverse: Complex[Array, "n n"],
        variance: Float[Array, "baths modes"],
        precision: Float[Array, "baths modes"],
    ) -> Float[Array, "baths modes"]:
        """The part of the variance that the rest of the network knows, d - 1/precision, without that subtraction.

        Of a bath of one channel, with r the correlations of b with all that commutes with it, it is
        r^dagger inverse r/(d precision). A bath of several has the difference.
        """
        modes, heard = self.frequencies.shape[0], self.rate > 0
        size = jnp.sum(self.same, axis=0)
        single = jnp.sum(heard / size, axis=1) < 1.5
        own = jnp.where(heard, self.coefficients.conj(), 0.0)
        d = jnp.sum(jnp.where(heard, variance, 0.0) / size, axis=1)
        r = own @ covariance[:, :modes].T
        r = r.at[:, :modes].add(-d[:, None] * self.frequencies * own)
        known = jnp.real(jnp.sum(r.conj() * (r @ inverse.T), axis=1))[:, None]
        found = jnp.where(single[:, None], known / (variance * precision), variance - 1.0 / precision)
        return jnp.where(heard, found, 0.0)

    def mean(self, amplitudes: Complex[Array, " n"]) -> Complex[Array, "baths modes"]:
        """<b>."""
        return (self.coefficients * amplitudes[: self.frequencies.shape[0]]) @ self.same

    def summed(self, values: Float[Array, "baths modes"]) -> PerBath:
        """sum over channels of rate x value."""
        return jnp.sum(self.rate * values / jnp.sum(self.same, axis=0), axis=1)

    def _gathered(self, vectors: Array, matrix: Array) -> Array:
        half = self.frequencies.shape[0]
        inside = matrix[:half, :half] * self.same
        return jnp.real(vectors.conj() * (vectors @ inside.T)) @ self.same


def _pair_terms(w: Array, pairs: Array) -> tuple[Array, Array]:
    """Drift and diffusion of sum over pairs[k, j] = Gamma s_k^* s_j of eigenoperators (k on the right)."""
    drift = -w[:, None] * pairs
    diffusion = -drift * w
    diffusion = diffusion + diffusion.conj().T
    return drift + conjugate_pair(drift), (diffusion + conjugate_pair(diffusion)) / 2


def _hamiltonian_drift(w: Array, outer: Array) -> Array:
    """Drift of the Hamiltonian sum_kj (outer[k, j] z_k^* z_j + h.c.)/2."""
    form = (outer + outer.conj().T) / 2
    return -1j * w[:, None] * (form + conjugate_pair(form))


class Lyapunov(AbstractDynamics):
    """Linear Gaussian dynamics of a network under a master equation.

        d<R>/dt = A <R>,   d sigma/dt = A sigma + sigma A^T + D,   A = Omega h + sum_b A_b,  D = sum_b D_b

    It is held in the frame of the normal modes of h, where the coherent part is exactly diagonal and small
    rates never stand beside large frequencies, and the dissipators as vectors; the properties give the same as matrices
    on R = (x1, p1, x2, p2, ...).
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

    @property
    def mode_drift(self) -> Complex[Array, "two_n two_n"]:
        """A in the mode frame."""
        return self.modes.motion + self.mode_dissipation()[0]

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

    def flows(self, form: QuadratureForm, second_moments: QuadratureForm) -> PerBath:
        """d<R^T form R>/dt / 2 through every bath, shape (B,), in a state of <{R, R^T}>/2."""
        own = self.eigenoperator_modes
        raised = own.raise_form(form)
        return self.dissipators.flows(own.raise_covariance(second_moments) @ raised, raised / 2)

    def moment_matrix(self) -> tuple[Float[Array, "m m"], Float[Array, " m"]]:
        """(M, b) of dx/dt = M x + b for the m = N(2N+1) real coordinates x of the covariance.

        The coordinates are those of an orthonormal basis of covariances in the mode frame.
        """
        basis, modes = HermitianBasis(2 * self.nodes), self.modes
        drift, diffusion = self.mode_dissipation()
        slow = jnp.concatenate([modes.detunings, -modes.detunings])
        slow = drift - 1j * (jnp.diag(slow) + modes.splitting)
        # The carrier by itself, so that the differences of close frequencies keep their digits.
        fast = -1j * modes.carrier * jnp.diag(jnp.repeat(np.array([1.0, -1.0]), self.nodes))
        return basis.generator(slow) + basis.generator(fast), basis.coordinates(diffusion)

    def spectrum(self) -> Complex[Array, " two_n"]:
        """The 2N eigenvalues of the drift."""
        return jnp.linalg.eigvals(self.drift)

    def __repr__(self) -> str:
        return f"Lyapunov({self.description!r}, nodes={self.nodes}, baths={self.baths})"


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
