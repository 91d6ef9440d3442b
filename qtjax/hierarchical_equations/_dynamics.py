"""What the hierarchical equations make of a system."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Inexact

from .._checks import Fault
from .._linalg import Levels
from .._typing import Operator, PerBath
from ..generators import AbstractDynamics
from ._generator import Generator, generators
from ._memories import Memory
from ._tiers import auxiliary_operators

# The largest hierarchy of which a matrix is made.
_LARGEST_MATRIX = 4096
# A population below this is no rounding, nor what a converging hierarchy leaves.
LEAST_EIGENVALUE = -1e-3


class Hierarchy(AbstractDynamics):
    """The dynamics of a finite system and of n auxiliary operators of the same size, shape (n, d, d).

    The first is the density matrix. All are held in the frame of the levels of H_S and counterterms.
    """

    hamiltonian: Operator  # H_S alone
    levels: Levels
    couplings: Inexact[Array, "baths d d"]  # in the frame
    compensations: Inexact[Array, "baths d d"]  # Q_b S_b^2 in the frame, zero without a counterterm
    memories: tuple[Memory, ...]
    expansion_errors: PerBath  # max abs(Gamma(w) of the modes - Gamma(w))/max abs(Gamma(w)) over transitions
    temperatures: PerBath
    fault: Fault
    depth: int = eqx.field(static=True)
    dims: tuple[int, ...] = eqx.field(static=True)

    @property
    def size(self) -> int:
        """The dimension d."""
        return self.hamiltonian.shape[-1]

    @property
    def operators(self) -> int:
        """The number n of auxiliary operators, the density matrix among them."""
        return auxiliary_operators(sum(memory.rates.shape[0] for memory in self.memories), self.depth)

    def generators(self) -> tuple[Generator, Generator]:
        """The generator and its transpose, the latter without derivatives."""
        return generators(self.levels, self.couplings, self.memories, self.depth)

    def half_sided(self) -> Complex[Array, "baths d d"]:
        """Gamma(ad_H)[S] of every bath in the frame, with the modes' Gamma; without derivatives."""
        memories, levels, couplings = jax.lax.stop_gradient((self.memories, self.levels, self.couplings))
        frequencies = levels.frequencies
        return jnp.stack([m.half_sided(frequencies) * s for m, s in zip(memories, couplings, strict=True)])

    @property
    def damping(self) -> Complex[Array, "baths d d"]:
        """S_b Gamma(ad_H)[S_b] of every bath in the frame; without derivatives."""
        return jax.lax.stop_gradient(self.couplings) @ self.half_sided()

    def uncorrelated(self, rho: Complex[Array, "d d"]) -> Complex[Array, "n d d"]:
        """The auxiliary operators of a density matrix without correlations with the baths, in the frame."""
        return jnp.zeros((self.operators, self.size, self.size), complex).at[0].set(rho)

    def observed(self, operators: Complex[Array, "n d d"]) -> tuple[Complex[Array, "d d"], Complex[Array, "baths d d"]]:
        """The density matrix and, from the first tier, Tr_bath[F_b rho_total] of every bath; not in the frame."""
        forward, _ = self.generators()
        forces, _ = forward.gathered(operators)
        observed = self.levels.lowered(jnp.concatenate([operators[:1], forces]))
        observed = (observed + jnp.swapaxes(observed.conj(), -1, -2)) / 2
        return observed[0], observed[1:]

    def dissipate(
        self, matrix: Inexact[Array, "d d"], forces: Complex[Array, "baths d d"]
    ) -> Complex[Array, "baths d d"]:
        """d rho/dt through each bath, its counterterm included: -i [S_b, Tr_b[F_b rho]] - i [Q_b S_b^2, rho]."""
        rho, forces = self.levels.raised(matrix), self.levels.raised(forces)
        turned = self.levels.lowered(self.couplings @ forces + self.compensations @ rho)
        return -1j * (turned - jnp.swapaxes(turned.conj(), -1, -2))

    def __call__(self, matrix: Inexact[Array, "d d"], forces: Complex[Array, "baths d d"]) -> Complex[Array, "d d"]:
        """d rho/dt of a density matrix with these Tr_bath[F_b rho_total]."""
        turned = self.hamiltonian @ matrix
        return -1j * (turned - turned.conj().T) + jnp.sum(self.dissipate(matrix, forces), axis=0)

    @property
    def evolution_matrix(self) -> Complex[Array, "m m"]:
        """The generator as a matrix on all auxiliary operators in the frame, row by row: m = n d^2.

        Raises ValueError beyond 4096.
        """
        n, d = self.operators, self.size
        if n * d * d > _LARGEST_MATRIX:
            raise ValueError(
                f"A hierarchy of {n} operators of {d} x {d} is a matrix of {n * d * d} rows, more than "
                f"{_LARGEST_MATRIX}: it is applied, not made. Use `qt.Krylov()` for "
                "the steady state, `qt.Ode()` for an evolution, or lower `depth` or `pade_terms`."
            )
        forward, _ = self.generators()
        unit = jnp.eye(n * d * d, dtype=complex).reshape(-1, n, d, d)
        return jax.vmap(lambda x: forward(x).ravel(), out_axes=1)(unit)

    def spectrum(self) -> Complex[Array, " m"]:
        """Eigenvalues of the generator."""
        return jnp.linalg.eigvals(self.evolution_matrix)

    def exponentials(self) -> tuple[tuple[Complex[Array, " modes"], Complex[Array, " modes"]], ...]:
        """(rates, coefficients) of every bath's correlation C(t) = sum coefficients exp(-rates t)."""
        return tuple(memory.exponentials() for memory in self.memories)

    def __repr__(self) -> str:
        return (
            f"Hierarchy(levels={self.size}, baths={len(self.memories)}, depth={self.depth}, operators={self.operators})"
        )
