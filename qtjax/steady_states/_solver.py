"""What every solver of a steady state does."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float, Inexact

from .._checks import Fault
from .._display import fields
from ..generators import Liouvillian, Lyapunov
from ..hierarchical_equations import Hierarchy

# The slowest relaxation that double precision tells from none, relative to the mean damping.
SLOWEST = 1e-13


class AbstractSteadyStateSolver(eqx.Module):
    """How the linear equation of the steady state is solved."""

    def __repr__(self) -> str:
        return fields(self)

    @abstractmethod
    def lyapunov(self, dynamics: Lyapunov) -> tuple[Complex[Array, "n n"], Fault]:
        """The covariance in the mode frame, and a fault if it is not the only one."""

    @abstractmethod
    def liouvillian(self, dynamics: Liouvillian) -> tuple[Inexact[Array, "d d"], Fault]:
        """The density matrix in the frame of the levels, and a fault if it is not the only one."""

    def with_responses(
        self, dynamics: Liouvillian
    ) -> tuple[Inexact[Array, "d d"], Float[Array, "baths d2"] | None, Fault]:
        """The same, with `steady_responses` in between where they are to be had of the same factorisation."""
        rho, fault = self.liouvillian(dynamics)
        return rho, None, fault

    @abstractmethod
    def hierarchy(self, dynamics: Hierarchy) -> tuple[Complex[Array, "n d d"], Fault]:
        """The auxiliary operators in the frame of the levels, and a fault if they are not the only ones."""


def relaxation_rate(dynamics: Liouvillian | Hierarchy) -> Float[Array, ""]:
    """The mean rate at which the baths damp; without derivatives."""
    damping = jnp.real(jnp.einsum("bii->i", dynamics.damping))
    return jax.lax.stop_gradient(jnp.mean(jnp.abs(damping)))


def damping_rate(dynamics: Lyapunov) -> Float[Array, ""]:
    """The same of the modes of a network."""
    return jax.lax.stop_gradient(jnp.mean(jnp.abs(jnp.diagonal(dynamics.mode_dissipation()[0]))))
