"""Steady states: steady_state(dynamics, solver) -> state. Solvers are values."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from ._checks import GROWING, NOT_UNIQUE, Fault, first_fault, guard
from ._linalg import HermitianBasis, cholesky_and_least, solve_with_probe
from .generators import AbstractDynamics, Lyapunov
from .langevin import LangevinDynamics, stationary_covariance
from .states import AbstractState, GaussianState, Stationary

# The slowest relaxation that double precision tells from none, relative to the mean damping.
_SLOWEST = 1e-13


class AbstractSteadyStateSolver(eqx.Module):
    """How the linear equation of the steady state is solved."""

    @abstractmethod
    def lyapunov(self, dynamics: Lyapunov) -> tuple[Complex[Array, "n n"], Fault]:
        """The covariance in the mode frame, and a fault if it is not the only one."""


class Direct(AbstractSteadyStateSolver):
    """Dense LU of the N(2N+1) second moments in the mode frame. Exact to rounding; memory grows as N^4."""

    def lyapunov(self, dynamics: Lyapunov) -> tuple[Complex[Array, "n n"], Fault]:
        """See `AbstractSteadyStateSolver`."""
        matrix, source = dynamics.moment_matrix()
        solution, inverse_norm = solve_with_probe(matrix, -source[:, None])
        rate = jnp.mean(jnp.abs(jax.vmap(jnp.diagonal)(dynamics.mode_drifts).sum(axis=0)))
        slowness = jax.lax.stop_gradient(rate) * inverse_norm * _SLOWEST
        fault = Fault(~(slowness < 1.0), NOT_UNIQUE, slowness)
        return HermitianBasis(2 * dynamics.nodes).matrix(solution[:, 0]), fault


def steady_state(
    dynamics: AbstractDynamics, solver: AbstractSteadyStateSolver | None = None, *, throw: bool = True
) -> AbstractState:
    """The steady state of a system under a description.

    `dynamics` is what a description returns. Without a solver a network is solved by `qt.Direct`, and the
    exact solution `qt.Langevin` by its quadrature, which takes no solver. The state remembers the dynamics,
    so that `heat_currents` keeps its digits at weak coupling. Raises a run-time error (or returns NaN with
    throw=False) for bad values, an unstable network, or a mode that no bath damps.
    """
    if isinstance(dynamics, LangevinDynamics):
        if solver is not None:
            raise ValueError("The exact solution is a quadrature: `steady_state(dynamics)` takes no solver.")
        return _guarded(*_exact(dynamics), throw)
    if not isinstance(dynamics, Lyapunov):
        raise ValueError(
            f"`dynamics` must be what a description returns, as in `qt.redfield_equation()(system)`, "
            f"but is {dynamics!r}."
        )
    chosen = Direct() if solver is None else solver
    if not isinstance(chosen, AbstractSteadyStateSolver):
        raise ValueError(f"`solver` must be a solver such as `qt.Direct()`, but is {solver!r}.")
    return _guarded(*_second_moments(dynamics, chosen), throw)


def _guarded(state: GaussianState, fault: Fault, throw: bool) -> GaussianState:
    moments = lambda s: (s.mean, s.covariance)  # noqa: E731
    return eqx.tree_at(moments, state, guard(moments(state), fault, throw))


@eqx.filter_jit
def _second_moments(dynamics: Lyapunov, solver: AbstractSteadyStateSolver) -> tuple[GaussianState, Fault]:
    modal, fault = solver.lyapunov(dynamics)
    return _stationary(dynamics, dynamics.modes.lower_covariance(modal), fault)


@eqx.filter_jit
def _exact(dynamics: LangevinDynamics) -> tuple[GaussianState, Fault]:
    return _stationary(dynamics, *stationary_covariance(dynamics))


def _stationary(dynamics: Any, covariance: Float[Array, "n n"], fault: Fault) -> tuple[GaussianState, Fault]:
    # A growing mode shows as a covariance that is not positive (inertia theorem of Lyapunov).
    factor, least = cholesky_and_least(jax.lax.stop_gradient(covariance))
    positive = jnp.all(jnp.isfinite(factor))
    fault = first_fault(dynamics.fault, fault, Fault(~positive, GROWING, least))
    mean = jnp.zeros(covariance.shape[0])
    return GaussianState(mean, covariance, stationary_under=Stationary(dynamics, mean, covariance)), fault
