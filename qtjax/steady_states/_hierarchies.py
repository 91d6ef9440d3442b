"""Steady states of hierarchies, without their matrix.

Tiers 0 and 1 are eliminated exactly, in blocks, as preconditioner: what remains of tier 0 is the Redfield equation with
the memory of the modes, whose inverse is small and dense. Of higher tiers it inverts what acts inside a tier, and then
once more on what that leaves.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from .._linalg import probe, real_superoperator, solve
from ..hierarchical_equations import Generator, Hierarchy
from ._solver import relaxation_rate

Iterate = Callable[[Callable[[Array], Array], Callable[[Array], Array], Array], tuple[Array, Array]]


def pinned(generator: Generator, rate: Array) -> Callable[[Array], Array]:
    """The generator + rate Tr(rho)/d on the density matrix, which makes its solution unique and of trace 1."""

    def apply(operators: Complex[Array, "n d d"]) -> Complex[Array, "n d d"]:
        d = operators.shape[-1]
        return generator(operators).at[0].add(rate / d * jnp.trace(operators[0]) * jnp.eye(d))

    return apply


def source(dynamics: Hierarchy, rate: Array) -> Complex[Array, "n d d"]:
    """What `pinned` makes of the steady state."""
    d = dynamics.size
    return jnp.zeros((dynamics.operators, d, d), complex).at[0].set(rate / d * jnp.eye(d))


class Preconditioner(eqx.Module):
    """An approximate inverse of the pinned generator, or of its adjoint: two sweeps from the tiers down."""

    apply: Callable[[Array], Array]
    generator: Generator
    inverse: Float[Array, "d2 d2"]  # of tier 0, on Re + Im
    sign: int = eqx.field(static=True)

    @staticmethod
    def pair(dynamics: Hierarchy, rate: Array) -> tuple["Preconditioner", "Preconditioner"]:
        """Of the generator and of its transpose."""
        d = dynamics.size
        redfield = dynamics.half_sided()[:, None], dynamics.couplings[:, None]
        trace = jnp.eye(d).ravel()
        matrix = real_superoperator(dynamics.levels, jnp.zeros((d, d)), *redfield) + rate / d * jnp.outer(trace, trace)
        inverse = solve(matrix, jnp.eye(d * d))
        generator, adjoint = dynamics.generators()
        return (
            Preconditioner(pinned(generator.frozen(), rate), generator.frozen(), inverse, 1),
            Preconditioner(pinned(adjoint, rate), adjoint, inverse.T, -1),
        )

    def inverse_norm(self) -> Float[Array, ""]:
        """An estimate of the norm of the inverse on the density matrix."""
        return jnp.linalg.norm(self.inverse @ probe(self.inverse.shape[0]))

    def __call__(self, right: Complex[Array, "n d d"]) -> Complex[Array, "n d d"]:
        """The approximate solution."""

        def sweep(_: Any, found: Array) -> Array:
            missing = right - self.apply(found)
            step = self.generator.relaxed(missing)
            return found + step.at[0].set(self._solved(missing[0] - self.generator.feed(step)))

        return jax.lax.fori_loop(0, 2, sweep, jnp.zeros_like(right))

    def _solved(self, matrix: Complex[Array, "d d"]) -> Complex[Array, "d d"]:
        """On any matrix, as on its Hermitian and antihermitian parts."""
        found = self.inverse @ _folded(matrix, self.sign).ravel()
        return _folded(found.reshape(matrix.shape), -self.sign)


def _folded(matrix: Array, sign: int) -> Array:
    """Re + Im of a Hermitian matrix and its linear extension to any; of a real one, with sign -1, the inverse."""
    return (matrix + matrix.T) / 2 - 0.5j * sign * (matrix - matrix.T)


def solved(dynamics: Hierarchy, iterate: Iterate) -> tuple[Complex[Array, "n d d"], Float[Array, ""], Float[Array, ""]]:
    """The steady auxiliary operators, their preconditioned residual, and slowness (see `SLOWEST`)."""
    frozen = jax.lax.stop_gradient(dynamics)
    rate = relaxation_rate(frozen)
    forward, adjoint = Preconditioner.pair(frozen, rate)
    right = source(dynamics, rate)
    solution, error = jax.lax.custom_linear_solve(
        pinned(dynamics.generators()[0], rate),
        right,
        lambda _, b: iterate(forward.apply, forward, b),
        lambda _, b: iterate(adjoint.apply, adjoint, b),
        has_aux=True,
    )
    return solution, error, rate * forward.inverse_norm()
