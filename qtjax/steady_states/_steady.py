"""The door to steady states: which solver, and what is wrong with its answer."""

from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import GROWING, TRUNCATED, Fault, first_fault, guard, shown
from .._linalg import cholesky_and_least, eigvalsh
from ..generators import AbstractDynamics, Liouvillian, Lyapunov, check_dynamics
from ..hierarchical_equations import LEAST_EIGENVALUE, Hierarchy
from ..langevin import LangevinDynamics, stationary_covariance
from ..states import AbstractState, DensityMatrix, GaussianState, Stationary
from ._dense import Direct
from ._krylov import Krylov
from ._modal import Modal
from ._solver import AbstractSteadyStateSolver

StateT = TypeVar("StateT", GaussianState, DensityMatrix)

# The largest density matrix that `qt.Direct` solves by default: its matrix has d^4 elements. The kernels of more
# terms than these keep as many.
_DENSE_LEVELS, _FEW_TERMS = 32, 3
# The largest network that `qt.Direct` solves by default: its matrix has (2N^2 + N)^2 elements.
_DENSE_NODES = 12


def default_solver(dynamics: AbstractDynamics) -> AbstractSteadyStateSolver:
    """The solver that `steady_state(dynamics)` uses.

    `qt.Direct`; `qt.Modal` for networks of more than 12 nodes; and `qt.Krylov` for hierarchies and for more than 32
    levels under a kernel of few terms, which the Redfield, partial Redfield and universal Lindblad equations have.
    """
    check_dynamics(dynamics)
    if isinstance(dynamics, Lyapunov) and dynamics.nodes > _DENSE_NODES:
        return Modal()
    if isinstance(dynamics, Hierarchy):
        return Krylov(rtol=1e-15, restart=60)  # which is to say: until rounding stops it
    if isinstance(dynamics, Liouvillian) and dynamics.size > _DENSE_LEVELS and dynamics.left.shape[1] <= _FEW_TERMS:
        return Krylov()
    return Direct()


def steady_state(
    dynamics: AbstractDynamics, solver: AbstractSteadyStateSolver | None = None, *, throw: bool = True
) -> AbstractState:
    """The steady state of a system under a description.

    `dynamics` is what a description returns. Without a solver `qt.default_solver(dynamics)` is used; the exact
    solution `qt.Langevin` has its quadrature, which takes no solver. The state remembers the dynamics, so that
    `heat_currents` keeps its digits at weak coupling. Raises a run-time error (or returns NaN with throw=False)
    for bad values, an unstable network, where the steady state is not unique, where a solver did not converge, and
    where a hierarchy is truncated so low that populations come out below -1e-3. A density matrix need not be
    positive: see `state.is_physical()` and `qt.certificate`.
    """
    check_dynamics(dynamics)
    if isinstance(dynamics, LangevinDynamics):
        if solver is not None:
            raise ValueError("The exact solution is a quadrature: `steady_state(dynamics)` takes no solver.")
        return _guarded(*_exact(dynamics), throw)
    chosen = default_solver(dynamics) if solver is None else solver
    if not isinstance(chosen, AbstractSteadyStateSolver):
        raise ValueError(f"`solver` must be a solver such as `qt.Direct()`, but is {shown(solver)}.")
    if isinstance(dynamics, Hierarchy):
        return _guarded(*stationary_hierarchy(dynamics, chosen), throw)
    if isinstance(dynamics, Liouvillian):
        return _guarded(*_density_matrix(dynamics, chosen), throw)
    assert isinstance(dynamics, Lyapunov)
    return _guarded(*_second_moments(dynamics, chosen), throw)


def _guarded(state: StateT, fault: Fault, throw: bool) -> StateT:
    if isinstance(state, GaussianState):
        return eqx.tree_at(lambda s: (s.mean, s.covariance), state, guard((state.mean, state.covariance), fault, throw))
    if state.force_correlations is None:
        return eqx.tree_at(lambda s: s.matrix, state, guard(state.matrix, fault, throw))
    own = lambda s: (s.matrix, s.force_correlations)  # noqa: E731
    return eqx.tree_at(own, state, guard(own(state), fault, throw))


@eqx.filter_jit
def _density_matrix(dynamics: Liouvillian, solver: AbstractSteadyStateSolver) -> tuple[DensityMatrix, Fault]:
    rho, responses, fault = solver.with_responses(dynamics)
    matrix = dynamics.levels.lowered(rho)
    matrix = (matrix + matrix.conj().T) / 2
    fault = first_fault(dynamics.fault, fault)
    stationary = Stationary(dynamics, (matrix,), responses)
    return DensityMatrix(matrix, dims=dynamics.dims, stationary_under=stationary), fault


@eqx.filter_jit
def stationary_hierarchy(dynamics: Hierarchy, solver: AbstractSteadyStateSolver) -> tuple[DensityMatrix, Fault]:
    """The steady state of a hierarchy, which knows its correlations with the baths, and what is wrong with it."""
    operators, fault = solver.hierarchy(dynamics)
    matrix, forces = dynamics.observed(operators)
    least = eigvalsh(jax.lax.stop_gradient(matrix))[0]
    fault = first_fault(dynamics.fault, fault, Fault(~(least > LEAST_EIGENVALUE), TRUNCATED, least))
    stationary = Stationary(dynamics, (matrix,))
    return DensityMatrix(matrix, dims=dynamics.dims, force_correlations=forces, stationary_under=stationary), fault


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
    return GaussianState(mean, covariance, stationary_under=Stationary(dynamics, (mean, covariance))), fault
