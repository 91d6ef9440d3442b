"""What an answer is worth: the laws that a steady state must obey, evaluated on it."""

import equinox as eqx
import jax.numpy as jnp

from ._checks import shown
from ._display import fields
from ._typing import PerBath, Scalar
from .generators import AbstractDynamics, Liouvillian, Lyapunov
from .hierarchical_equations import Hierarchy
from .states import AbstractState, DensityMatrix, GaussianState
from .thermodynamics import heat_currents


class Certificate(eqx.Module):
    """How well a state is steady, physical and conserving.

    residual: the largest element of the state's velocity, relative to the damping rates of the dynamics (rounding
    leaves 1e-16 x frequency / damping);
    trace: Tr rho (1 for a network); least: the smallest eigenvalue of rho, or the smallest symplectic eigenvalue
    less 1/2: negative for a state that is not physical, as Redfield equations can give;
    first_law: the sum of the heat currents, each read off the state, relative to the largest of them.
    """

    residual: Scalar
    trace: Scalar
    least: Scalar
    first_law: Scalar

    def __repr__(self) -> str:
        return fields(self)


def certificate(dynamics: AbstractDynamics, state: AbstractState) -> Certificate:
    """The certificate of a steady state of a master equation or a hierarchy, without derivatives.

    Nothing is taken from how the state was found. Of a hierarchy it tells what its equation for the density matrix
    leaves, not what its depth leaves out (`qt.converged_heat_currents`). Raises ValueError where state and dynamics
    do not belong together, and for `qt.Langevin`, whose quadrature checks itself.
    """
    if isinstance(dynamics, (Liouvillian, Hierarchy)) and isinstance(state, DensityMatrix):
        return _of_matrix(dynamics, state)
    if isinstance(dynamics, Lyapunov) and isinstance(state, GaussianState):
        return _of_moments(dynamics, state)
    raise ValueError(
        "`certificate` takes the dynamics of a master equation or a hierarchy and a state of the same kind, but got "
        f"{shown(dynamics)} and {shown(state)}."
    )


@eqx.filter_jit
def _of_matrix(dynamics: Liouvillian | Hierarchy, state: DensityMatrix) -> Certificate:
    known = DensityMatrix(state.matrix, dims=state.dims, force_correlations=state.force_correlations)
    currents = heat_currents(dynamics, known, throw=False)
    if isinstance(dynamics, Hierarchy):
        assert known.force_correlations is not None  # `heat_currents` asked for them
        velocity = dynamics(known.matrix, known.force_correlations)
    else:
        velocity = dynamics(known.matrix)
    return Certificate(
        residual=jnp.max(jnp.abs(velocity)) / jnp.max(jnp.abs(dynamics.damping)),
        trace=jnp.real(jnp.trace(known.matrix)),
        least=known.eigenvalues()[0],
        first_law=_gap(currents),
    )


@eqx.filter_jit
def _of_moments(dynamics: Lyapunov, state: GaussianState) -> Certificate:
    velocity = dynamics.drift @ state.covariance
    velocity = velocity + velocity.T + dynamics.diffusion
    rate = jnp.max(jnp.abs(dynamics.mode_dissipation()[0])) * jnp.max(jnp.abs(state.covariance))
    return Certificate(
        residual=jnp.max(jnp.abs(velocity)) / rate,
        trace=jnp.ones(()),
        least=state.symplectic_eigenvalues()[0] - 0.5,
        first_law=_gap(heat_currents(dynamics, GaussianState(state.mean, state.covariance), throw=False)),
    )


def _gap(currents: PerBath) -> Scalar:
    largest = jnp.max(jnp.abs(currents))
    return jnp.abs(jnp.sum(currents)) / jnp.where(largest > 0, largest, 1.0)
