"""The dissipators of a network's baths, as vectors on its modes, and what can be read off them."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from .._linalg import conjugate_pair
from .._typing import PerBath


class ModeDissipators(eqx.Module):
    """The dissipators of all baths of a network, in the frame of the modes whose eigenoperators they use.

    A term c (L rho R^dagger - R^dagger L rho) + h.c. with L = l.R, R = r.R adds the drift 2 Im[c (Omega r*) l^T] and
    the diffusion Re[c ((Omega r*)(Omega l)^T + (Omega l)(Omega r*)^T)]. In the frame T Omega r* = -i w s*, so both
    follow from the matrix of pairs

        pairs_b[k, j] = sum_{p,q} (-1)^q kernel^(p+q)[k, j] right_bq[k]^* left_bp[j],

    which is never made for more baths than one at a time unless asked for. Only the half of left that turns to minus
    its conjugate with the sign of the frequency is heard in the drift, only the other in the diffusion. At high
    temperature the first is far smaller, so the drift has it by itself, as `response`.
    """

    frequencies: Float[Array, " n"]
    left: Complex[Array, "baths moments n"]
    response: Complex[Array, "baths moments n"]  # in place of left for the drift
    right: Complex[Array, "baths moments n"]
    kernel: Float[Array, "moments n n"]
    couplings: Complex[Array, "baths n"]  # s
    shifted: Complex[Array, "baths n"] | None  # s' of a Lamb Hamiltonian (s.z s'.z + h.c.)/2 of its own

    def turned(self, frequencies: Float[Array, " n"], turn: Complex[Array, "n n"]) -> "ModeDissipators":
        """The same in another frame of the modes, row vectors s becoming s @ turn, where the kernel does not notice."""
        left, response, right, couplings = (x @ turn for x in (self.left, self.response, self.right, self.couplings))
        shifted = None if self.shifted is None else self.shifted @ turn
        return ModeDissipators(frequencies, left, response, right, self.kernel, couplings, shifted)

    def _orders(self) -> list[tuple[int, int, Array]]:
        n = self.kernel.shape[0]
        return [(p, q, (-1) ** q * self.kernel[p + q]) for p in range(n) for q in range(n - p)]

    def total(self) -> tuple[Complex[Array, "n n"], Complex[Array, "n n"]]:
        """Drift and diffusion, summed over baths."""
        half = self.frequencies.shape[0] // 2
        w = self.frequencies[:half]
        # E_kj of modes and conjugate modes: a paired matrix takes E_11 + E_22^* and E_12 + E_21^*.
        quarters = [(i, j) for i in (slice(half), slice(half, None)) for j in (slice(half), slice(half, None))]

        def quarter(left: Array, i: slice, j: slice) -> Array:
            return jnp.asarray(
                sum(kernel[i, j] * (self.right[:, q, i].conj().T @ left[:, p, j]) for p, q, kernel in self._orders())
            )

        responding, noisy = ([quarter(left, i, j) for i, j in quarters] for left in (self.response, self.left))
        drift = _paired(
            -w[:, None] * (responding[0] - responding[3].conj()), -w[:, None] * (responding[1] - responding[2].conj())
        )
        p = w[:, None] * (noisy[0] + noisy[3].conj()) * w
        q = -w[:, None] * (noisy[1] + noisy[2].conj()) * w
        diffusion = _paired((p + p.conj().T) / 2, (q + q.T) / 2)
        if self.shifted is not None:
            drift = drift + _hamiltonian_drift(self.frequencies, self.couplings.conj().T @ self.shifted)
        return drift, diffusion

    def each(self) -> tuple[Complex[Array, "baths n n"], Complex[Array, "baths n n"]]:
        """Drift and diffusion of every bath."""

        def one(vectors: tuple[Array | None, ...]) -> tuple[Array, Array]:
            left, response, right, coupling, shifted = jax.tree.map(lambda x: x[None], vectors)
            return ModeDissipators(self.frequencies, left, response, right, self.kernel, coupling, shifted).total()

        return jax.vmap(one)((self.left, self.response, self.right, self.couplings, self.shifted))

    def flows(self, drift: Complex[Array, "n n"], diffusion: Complex[Array, "n n"]) -> PerBath:
        """tr(drift A_b) + tr(diffusion D_b) of every bath, for paired matrices, the second Hermitian."""
        w = self.frequencies
        lever = -drift.T * w[:, None]
        spread = w[:, None] * diffusion.T * w
        flow = sum(
            2.0 * jnp.sum(self.right[:, q].conj() * (left[:, p] @ (kernel * weight).T), axis=1)
            for p, q, kernel in self._orders()
            for left, weight in ((self.response, lever), (self.left, spread))
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
        net = 4.0 * jnp.real(self.right[:, 0].conj() * self.response[:, 0])[:, :half] * w @ same  # down - up
        up = rates[:, half:] @ same
        norm = (jnp.real(s * s.conj()) * w) @ same
        heard = jax.lax.stop_gradient(norm > 1e-24 * jnp.max(norm, axis=1, keepdims=True)) & (net > 0)
        return Channels(
            coefficients=s / jnp.sqrt(jnp.where(heard, norm, 1.0)),
            frequencies=w,
            same=same,
            rate=jnp.where(heard, net, 0.0),
            occupation=jnp.where(heard, up / jnp.where(heard, net, 1.0), 0.0),
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


def _paired(p: Array, q: Array) -> Array:
    """The paired matrix of these blocks."""
    return jnp.concatenate([jnp.concatenate([p, q], axis=1), jnp.concatenate([q.conj(), p.conj()], axis=1)])


def _hamiltonian_drift(w: Array, outer: Array) -> Array:
    """Drift of the Hamiltonian sum_kj (outer[k, j] z_k^* z_j + h.c.)/2."""
    form = (outer + outer.conj().T) / 2
    return -1j * w[:, None] * (form + conjugate_pair(form))
