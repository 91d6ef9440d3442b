"""The memory of a bath as a few damped modes.

A density J(w) = w sum_k a_k/(w^2 + nu_k^2) and a Bose function of N poles xi_j make the correlation of the bath's force

    C(t) = (1/pi) int J(w) (1 + n(w)) exp(-iwt) dw = sum_k y_k(t),      dy_k/dt = - nu_k y_k + sum_j chain_kj x_j,
                                                                        dx_j/dt = - xi_j T x_j,

with x_j(0) = 1 and y_k(0) = left_k. That is the sum of exponentials with the rates nu_k and xi_j T, but for their
coefficients, which diverge where two of these rates meet, as they do somewhere along any sweep of a temperature. The
coefficients of the chain do not. A hierarchy does not depend on which modes span the same exponentials: its equations
of each order are turned into themselves.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Complex

from ..baths import Bath
from ._bose import pade_poles


class Memory(eqx.Module):
    """The modes of one bath: M of its density, whose sum is the force, and N thermal ones, which drive them."""

    rates: Complex[Array, " modes"]  # nu_k of the density, then xi_j T
    left: Complex[Array, " M"]  # y_k(0), what of C(t) acts from the left of the density matrix
    right: Complex[Array, " M"]  # the same of C(t)^*, from the right
    chain: Complex[Array, "M N"]

    @staticmethod
    def of(bath: Bath, pade_terms: int, density_terms: int) -> "Memory":
        """Of a single bath. Raises ValueError for a density without partial fractions."""
        nu, a = (jnp.asarray(x, complex) for x in bath.spectral_density.partial_fractions(density_terms))
        xi, eta = pade_poles(pade_terms)
        thermal = jnp.asarray(xi) * bath.temperature
        # a_k/(xi_j T + nu_k) twice eta_j T: what the pole j leaves at nu_k.
        met = 2.0 * jnp.asarray(eta) * bath.temperature * a[:, None] / (thermal + nu[:, None])
        noise = a * bath.temperature / nu + jnp.sum(met, axis=1)
        return Memory(jnp.concatenate([nu, thermal]), noise - 0.5j * a, noise + 0.5j * a, -met * thermal)

    @property
    def density_modes(self) -> int:
        """M."""
        return self.left.shape[-1]

    def half_sided(self, frequency: ArrayLike) -> Complex[Array, "..."]:
        """Gamma(w) = int_0^inf exp(iwt) C(t) dt of these modes."""
        decay = self.rates - 1j * jnp.asarray(frequency, float)[..., None]
        decay, driven = decay[..., : self.density_modes], decay[..., self.density_modes :]
        return jnp.sum((self.left + jnp.sum(self.chain / driven[..., None, :], axis=-1)) / decay, axis=-1)

    def exponentials(self) -> tuple[Complex[Array, " modes"], Complex[Array, " modes"]]:
        """(rates, coefficients) of C(t) = sum coefficients exp(-rates t): infinite where two rates meet."""
        density, thermal = self.rates[: self.density_modes], self.rates[self.density_modes :]
        shared = self.chain / (density[:, None] - thermal)
        return self.rates, jnp.concatenate([self.left - jnp.sum(shared, axis=1), jnp.sum(shared, axis=0)])
