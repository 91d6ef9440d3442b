"""Dense solvers of dx/dt = M x + b = 0, on covariances and density matrices alike."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact, Int

from .._checks import NOT_UNIQUE, SEVERAL_STATES, Fault, shown
from .._linalg import HermitianBasis, from_real, solve, solve_with_probe, svd, to_real, with_trace
from .._typing import Scalar, parameter
from ..generators import Liouvillian, Lyapunov
from ..hierarchical_equations import Hierarchy
from ._solver import SLOWEST, AbstractSteadyStateSolver, damping_rate, relaxation_rate


class Direct(AbstractSteadyStateSolver):
    """Dense LU of M in the frame of the modes or levels, exact to rounding at any weak damping.

    m = N(2N+1) coordinates of the covariance of a network (memory grows as N^4), d^2 - 1 of a density matrix, its
    trace exact (memory grows as d^4).
    """

    def lyapunov(self, dynamics: Lyapunov) -> tuple[Complex[Array, "n n"], Fault]:
        """See `AbstractSteadyStateSolver`."""
        matrix, source = dynamics.moment_matrix()
        solution, inverse_norm = solve_with_probe(matrix, -source[:, None])
        slowness = damping_rate(dynamics) * inverse_norm * SLOWEST
        fault = Fault(~(slowness < 1.0), NOT_UNIQUE, slowness)
        return HermitianBasis(2 * dynamics.nodes).matrix(solution[:, 0]), fault

    def liouvillian(self, dynamics: Liouvillian) -> tuple[Inexact[Array, "d d"], Fault]:
        """See `AbstractSteadyStateSolver`."""
        rho, _, fault = self.with_responses(dynamics)
        return rho, fault

    def with_responses(self, dynamics: Liouvillian) -> tuple[Inexact[Array, "d d"], Float[Array, "baths d2"], Fault]:
        """See `AbstractSteadyStateSolver`."""
        real, responses, fault = _pinned_solution(dynamics.frame_matrix(), dynamics, _sources(dynamics))
        return from_real(real.reshape(dynamics.size, dynamics.size)), responses, fault

    def hierarchy(self, dynamics: Hierarchy) -> tuple[Complex[Array, "n d d"], Fault]:
        """See `AbstractSteadyStateSolver`. Raises ValueError beyond 4096 unknowns."""
        matrix = dynamics.evolution_matrix
        operators, _, fault = _pinned_solution(matrix, dynamics, jnp.zeros((0, matrix.shape[0])))
        return operators.reshape(-1, dynamics.size, dynamics.size), fault


def pinned(matrix: Inexact[Array, "m m"], dynamics: Liouvillian | Hierarchy) -> tuple[Inexact[Array, "m m"], Array]:
    """L + rate |1>><<1|/d, which has an inverse where the steady state is unique, and rate |1>>/d, what it makes of it.

    `matrix` is L on matrices stacked row by row, of which the first is the density matrix.
    """
    d, rate = dynamics.size, relaxation_rate(dynamics)
    trace = np.zeros(matrix.shape[0])
    trace[: d * d : d + 1] = 1.0
    return matrix + rate / d * np.outer(trace, trace), rate / d * trace


def _pinned_solution(
    matrix: Inexact[Array, "m m"], dynamics: Liouvillian | Hierarchy, sources: Float[Array, "b m"]
) -> tuple[Array, Array, Fault]:
    """The steady state, what answers to the sources, and whether there is one state only."""
    matrix, right = pinned(matrix, dynamics)
    solution, inverse_norm = solve_with_probe(matrix, jnp.concatenate([right[None], sources]).T)
    slowness = relaxation_rate(dynamics) * inverse_norm * SLOWEST
    return solution[:, 0], solution[:, 1:].T, Fault(~(slowness < 1.0), SEVERAL_STATES, slowness)


def _sources(dynamics: Liouvillian) -> Float[Array, "baths d2"]:
    d = dynamics.size
    return to_real(dynamics.frame_dissipate(jnp.eye(d) / d)).reshape(-1, d * d)


def steady_responses(dynamics: Liouvillian) -> Float[Array, "baths d2"]:
    """x_b with L x_b = D_b(1/d), traceless, in the coordinates of `to_real` of the frame."""
    matrix, _ = pinned(dynamics.frame_matrix(), dynamics)
    return solve(matrix, _sources(dynamics).T).T


class NullVector(AbstractSteadyStateSolver):
    """Singular values of M, its rows scaled to one: slower than `qt.Direct`, but it counts the steady states.

    A singular value below tolerance x the largest counts as zero. Raises, as every solver does, where the steady
    state is not unique; `count` does not.
    """

    tolerance: Scalar = eqx.field(
        converter=parameter("tolerance of `qt.NullVector`", positive=True, scalar=True), default=1e-13
    )

    def count(self, dynamics: Liouvillian | Lyapunov) -> Int[Array, ""]:
        """How many linearly independent steady states there are: 1 where it is unique."""
        if not isinstance(dynamics, (Liouvillian, Lyapunov)):
            raise ValueError(f"`dynamics` must be what a master equation returns, but is {shown(dynamics)}.")
        return _count(self, dynamics)

    def _solve(self, matrix: Float[Array, "m m"], source: Float[Array, " m"]) -> tuple[Array, Array]:
        """The solution, and how many directions it leaves free."""
        # Rows of populations are as small as the damping, those of coherences are not: scaled, none is lost.
        size = jax.lax.stop_gradient(jnp.linalg.norm(matrix, axis=1))
        scale = jnp.where(size > 0, size, 1.0)
        u, s, v = svd(matrix / scale[:, None])
        kept = s > self.tolerance * s[0]
        inverse = jnp.where(kept, 1.0 / jnp.where(kept, s, 1.0), 0.0)
        solution = jax.lax.custom_linear_solve(
            lambda x: matrix @ x / scale,
            -source / scale,
            lambda _, b: v.T @ (inverse * (u.T @ b)),
            lambda _, b: u @ (inverse * (v @ b)),
        )
        return solution, jnp.sum(~kept)

    def lyapunov(self, dynamics: Lyapunov) -> tuple[Complex[Array, "n n"], Fault]:
        """See `AbstractSteadyStateSolver`."""
        solution, free = self._solve(*dynamics.moment_matrix())
        return HermitianBasis(2 * dynamics.nodes).matrix(solution), Fault(free > 0, NOT_UNIQUE, 1.0 + free)

    def liouvillian(self, dynamics: Liouvillian) -> tuple[Inexact[Array, "d d"], Fault]:
        """See `AbstractSteadyStateSolver`."""
        solution, free = self._solve(*dynamics.moment_matrix())
        return from_real(with_trace(solution)), Fault(free > 0, SEVERAL_STATES, 1.0 + free)

    def hierarchy(self, dynamics: Hierarchy) -> tuple[Complex[Array, "n d d"], Fault]:
        """Raises ValueError: a hierarchy is too large."""
        raise ValueError("`qt.NullVector` solves master equations. For a hierarchy use `qt.Krylov()` or `qt.Direct()`.")


@eqx.filter_jit
def _count(solver: NullVector, dynamics: Liouvillian | Lyapunov) -> Int[Array, ""]:
    return 1 + solver._solve(*dynamics.moment_matrix())[1]
