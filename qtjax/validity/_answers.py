"""What one description says of a system: the steady state, and the heat currents at several sets of temperatures."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from .._linalg import eigvalsh
from .._typing import PerBath, Scalar
from ..baths import OpenSystem
from ..generators import AbstractDynamics
from ..states import DensityMatrix, GaussianState
from ..steady_states import steady_state
from ..thermodynamics import heat_currents


class Answer(eqx.Module):
    """A steady state, and heat currents at every set of temperatures, the actual ones first. NaN: no result."""

    dynamics: AbstractDynamics  # at the actual temperatures
    state: GaussianState | DensityMatrix
    currents: Float[Array, "sets baths"]

    @staticmethod
    def of(
        description: Callable[[OpenSystem], Any], system: OpenSystem, temperatures: Float[Array, "sets baths"]
    ) -> "Answer":
        """One program for all sets. Raises ValueError where the description does not apply to the system."""

        def at(t: PerBath) -> tuple[Any, Any, PerBath]:
            dynamics = description(system.with_temperatures(t))
            state = steady_state(dynamics, throw=False)
            return dynamics, state, heat_currents(dynamics, state, throw=False)

        # One after the other: a batch of the many operators that a secular kernel makes of sixteen levels takes XLA
        # minutes to compile, and gains nothing.
        dynamics, state, currents = jax.lax.map(at, temperatures)
        first = lambda tree: jax.tree.map(lambda x: x[0] if eqx.is_array(x) else x, tree)  # noqa: E731
        return Answer(first(dynamics), first(state), currents)

    @property
    def moments(self) -> Inexact[Array, "n n"]:
        """The covariance, or the density matrix."""
        return self.state.covariance if isinstance(self.state, GaussianState) else self.state.matrix

    @property
    def is_finite(self) -> Array:
        """Whether there is a result, at the actual temperatures."""
        return jnp.all(jnp.isfinite(self.moments)) & jnp.all(jnp.isfinite(self.currents[0]))

    @property
    def least(self) -> Scalar:
        """The smallest eigenvalue, or the smallest symplectic eigenvalue less 1/2: negative for what is no state."""
        if isinstance(self.state, GaussianState):
            return self.state.symplectic_eigenvalues()[0] - 0.5
        return self.state.eigenvalues()[0]


def state_error(state: Inexact[Array, "n n"], reference: Inexact[Array, "n n"], gaussian: bool) -> Scalar:
    """The distance of two states.

    Density matrices: the trace distance. Covariances: the relative Frobenius norm of their difference, every
    quadrature in units of its own spread in the reference, so that it does not depend on units.
    """
    if not gaussian:
        return jnp.sum(jnp.abs(eigvalsh(state - reference))) / 2
    spread = jnp.sqrt(jnp.diagonal(reference))
    unit = spread[:, None] * spread
    return jnp.linalg.norm((state - reference) / unit) / jnp.linalg.norm(reference / unit)
