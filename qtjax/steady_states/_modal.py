"""Steady states of networks of many nodes."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float, Inexact

from .._checks import NOT_UNIQUE, UNSOLVED, Fault, first_fault
from .._linalg import ModalLyapunov, paired, unpaired
from .._typing import Scalar, parameter
from ..generators import Liouvillian, Lyapunov
from ..hierarchical_equations import Hierarchy
from ._solver import SLOWEST, AbstractSteadyStateSolver, damping_rate

# How well a solution is known that only tells whether there is one.
_ROUGH = 1e-4


class Modal(AbstractSteadyStateSolver):
    """Iteration on the Lyapunov equation in the frame of the normal modes: N^3 work, N^2 memory, for N up to thousands.

    Preconditioned by the damping of every mode, and where that is not enough by what few baths couple, or by the
    eigenvectors of the drift; see `_linalg/_modal_lyapunov.py`. What did not converge to rtol is an error. Derivatives
    are implicit: one more solution, of the adjoint equation.
    """

    rtol: Scalar = eqx.field(converter=parameter("rtol of `qt.Modal`", positive=True, scalar=True), default=1e-13)

    def lyapunov(self, dynamics: Lyapunov) -> tuple[Complex[Array, "n n"], Fault]:
        """See `AbstractSteadyStateSolver`."""
        modes = dynamics.modes
        drift, diffusion = (unpaired(x) for x in dynamics.mode_dissipation())
        drift = drift + unpaired(-1j * modes.splitting)
        differentiable = ModalLyapunov(modes.carrier, modes.detunings, drift, dynamics.baths)
        operator = jax.lax.stop_gradient(differentiable)
        # Where a mode is not damped the equation for the identity has no solution.
        identity = jnp.eye(drift.shape[0]) / drift.shape[0] ** 0.5
        rtol = jnp.stack([self.rtol, jnp.asarray(_ROUGH)])
        solutions, gaps = jax.lax.custom_linear_solve(
            jax.vmap(differentiable),
            -jnp.stack([_symmetric(diffusion), identity]),
            lambda _, right: operator.solve(right, rtol),
            lambda _, right: operator.adjoint.solve(right, rtol),
            has_aux=True,
        )
        slowness = damping_rate(dynamics) * jnp.linalg.norm(jax.lax.stop_gradient(solutions[1])) * SLOWEST
        slowness = jnp.where(gaps[1] < 100 * _ROUGH, slowness, jnp.inf)
        return paired(_symmetric(solutions[0])), first_fault(
            Fault(~(slowness < 1.0), NOT_UNIQUE, slowness), Fault(~(gaps[0] <= 10 * self.rtol), UNSOLVED, gaps[0])
        )

    def liouvillian(self, dynamics: Liouvillian) -> tuple[Inexact[Array, "d d"], Fault]:
        """Raises ValueError: a finite system has no modes."""
        raise ValueError("`qt.Modal` solves networks. For a finite system use `qt.Direct()` or `qt.Krylov()`.")

    def hierarchy(self, dynamics: Hierarchy) -> tuple[Complex[Array, "n d d"], Fault]:
        """Raises ValueError: a hierarchy has no modes of that kind."""
        raise ValueError("`qt.Modal` solves networks. For a hierarchy use `qt.Krylov()` or `qt.Direct()`.")


def _symmetric(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    return (matrix + matrix.T) / 2
