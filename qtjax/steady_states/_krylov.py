"""Steady states of large finite systems, without a matrix of size d^2 x d^2."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Complex, Float, Inexact

from .._checks import HIERARCHY_UNSOLVED, NOT_CONVERGED, SEVERAL_STATES, Fault, check_count, first_fault
from .._linalg import Solution, conjugate_residuals, from_real, to_real
from .._typing import Scalar, parameter
from ..generators import Liouvillian, Lyapunov
from ..hierarchical_equations import Hierarchy
from ._blocks import Arranged, Generator, joined, split
from ._close_levels import CloseLevels
from ._hierarchies import solved
from ._solver import SLOWEST, AbstractSteadyStateSolver, relaxation_rate

# A residual of a hierarchy that is good enough however small rtol is.
_SOLVED = 1e-9
# Currents that add up worse than this have no digits that one should print.
_CONSERVED = 1e-6
# Unknowns a level that are solved densely at first: their cost is no more than that of a step or two.
_DENSE = 2


class Krylov(AbstractSteadyStateSolver):
    """Conjugate residuals on L rho + rate Tr(rho)/d = rate/d, with the dissipators applied as d x d products.

    The preconditioner solves the populations and the coherences between the closest levels densely, and divides every
    other coherence by its own frequency and damping. Dense are 2d unknowns and, where these do not do, `block` in a
    second attempt: levels closer than the damping, which weak couplings leave, need a block that holds all of their
    coherences. Where a weak symmetry keeps two halves of the levels apart (the parity of a chain with sigma_x at its
    ends), products are of halves, a quarter of the work. Derivatives are implicit: one more iteration, on the adjoint;
    NaN where that fails. What stagnates above 1000 rtol of the preconditioned residual (of hierarchies: or 1e-9), or
    conserves energy to fewer than six digits, is an error. For kernels of few terms: Redfield, partial Redfield,
    universal Lindblad; and for hierarchies, of which tiers 0 and 1 are eliminated instead of a block. Begins anew
    after `restart` steps, and gives up after `restart` x `restarts`. Memory: 2 `restart` real matrices of d x d, half
    as much with a symmetry.
    """

    rtol: Scalar = eqx.field(converter=parameter("rtol of `qt.Krylov`", positive=True, scalar=True), default=1e-11)
    block: int = eqx.field(static=True, default=2048)
    restart: int = eqx.field(static=True, default=30)
    restarts: int = eqx.field(static=True, default=20)

    def __check_init__(self) -> None:
        for name in ("block", "restart", "restarts"):
            check_count(getattr(self, name), name)

    def lyapunov(self, dynamics: Lyapunov) -> tuple[Complex[Array, "n n"], Fault]:
        """Raises ValueError: a network is small."""
        raise ValueError("`qt.Krylov` solves finite systems. For a network use `qt.Direct()`.")

    def liouvillian(self, dynamics: Liouvillian) -> tuple[Inexact[Array, "d d"], Fault]:
        """See `AbstractSteadyStateSolver`."""
        d, rate = dynamics.size, relaxation_rate(dynamics)
        frozen = jax.lax.stop_gradient(dynamics)
        identity = jnp.eye(d)

        # What is found out on the way is part of the solution, with a trivial equation: JAX batches `aux` of a linear
        # solve where only tangents are batched.
        def with_report(real: Array, report: Array) -> Array:
            return jnp.concatenate([real.ravel(), report])

        def forward(unknowns: Array) -> Array:
            real = unknowns[: d * d].reshape(d, d)
            rho = from_real(real)
            motion = dynamics.levels.coherent(rho) + jnp.sum(dynamics.frame_dissipate(rho), axis=0)
            return with_report(to_real(motion) + rate / d * jnp.trace(real) * identity, unknowns[d * d :])

        # One by one under `vmap`, so that branches stay branches.
        inverse, of_adjoint = (
            jax.custom_batching.sequential_vmap(partial(self._inverse, adjoint)) for adjoint in (False, True)
        )
        given = eqx.filter(frozen, eqx.is_array), rate, self.rtol
        solution = jax.lax.custom_linear_solve(
            forward,
            with_report(rate / d * identity, jnp.zeros(3)),
            lambda _, b: with_report(*inverse(*given, b[: d * d].reshape(d, d))),
            lambda _, b: with_report(*of_adjoint(*given, b[: d * d].reshape(d, d))),
        )
        rho = from_real(solution[: d * d].reshape(d, d))
        error, slowness, _ = jax.lax.stop_gradient(solution[d * d :])
        return rho, first_fault(
            Fault(~(slowness < 1.0), SEVERAL_STATES, slowness),
            Fault(~(error < 1e3 * self.rtol), NOT_CONVERGED, error),
            Fault(~_conserves(frozen, jax.lax.stop_gradient(rho), rate), NOT_CONVERGED, error),
        )

    def hierarchy(self, dynamics: Hierarchy) -> tuple[Complex[Array, "n d d"], Fault]:
        """See `AbstractSteadyStateSolver`. Here tiers 0 and 1 are eliminated instead of a block (`_hierarchies.py`)."""
        operators, error, slowness = solved(dynamics, lambda a, p, b: self._iterate(a, p, b, self.rtol)[:2])
        slowness = slowness * SLOWEST
        return operators, first_fault(
            Fault(~(slowness < 1.0), SEVERAL_STATES, slowness),
            Fault(~(error < jnp.maximum(1e3 * self.rtol, _SOLVED)), HIERARCHY_UNSOLVED, error),
        )

    def _inverse(
        self, adjoint: bool, dynamics: Liouvillian, rate: Array, rtol: Array, right: Float[Array, "d d"]
    ) -> tuple[Float[Array, "d d"], Float[Array, "3"]]:
        """x with L x + rate Tr(x)/d = right, or with the adjoint of L: NaN if not converged.

        And its error, its slowness (see `SLOWEST`), and the steps of the last attempt.
        """
        d, colour = dynamics.size, dynamics.levels.colour
        most = max(d, self.block)
        few = min(most, _DENSE * d)
        arranged = Arranged.of(dynamics)
        arguments = arranged, rate, rtol, arranged.arrange(right)

        def attempt(colours: int, dense: int) -> Callable[..., Any]:
            return partial(self._attempt, adjoint, colours, dense)

        if colour is None:
            x, report = attempt(1, few)(*arguments)
        else:
            mixed = jnp.max(jnp.abs(right) * (colour[:, None] != colour)) > 0
            x, report = jax.lax.cond(arranged.separate & ~mixed, attempt(2, few), attempt(1, few), *arguments)
        if few < most:
            # A few close coherences solved densely are enough nearly always; where they are not, more take longer.
            done = (report.error < 1e3 * rtol) & ~report.degenerate
            x, report = jax.lax.cond(done, lambda *_: (x, report), attempt(1, most), *arguments)
        converged = report.error < 1e3 * rtol
        return jnp.where(converged, arranged.restore(x), jnp.nan), jnp.stack([*report[:3]])

    def _attempt(
        self, adjoint: bool, colours: int, dense: int, arranged: Arranged, rate: Array, rtol: Array, right: Array
    ) -> tuple[Array, "_Report"]:
        generator = Generator.of(arranged, colours)
        close = CloseLevels.of(arranged, generator, rate, dense, adjoint)
        energies = arranged.energies.reshape(colours, -1)
        turning = -1j * (energies[:, :, None] - energies[:, None, :])
        turning, dissipate = (-turning, generator.dissipate_adjoint) if adjoint else (turning, generator.dissipate)
        identity = split(arranged.arrange(jnp.eye(arranged.size)), colours)

        def pinned(real: Array) -> Array:
            rho, trace = from_real(real), jnp.sum(identity * real)
            return to_real(turning * rho + dissipate(rho)) + rate / arranged.size * trace * identity

        x, error, steps = self._iterate(pinned, close.solve, split(right, colours), rtol)
        slowness = rate * close.inverse_norm() * SLOWEST
        return joined(x), _Report(error, slowness, steps.astype(float), close.degenerate)

    def _iterate(self, operator: Any, preconditioner: Any, right: Array, rtol: ArrayLike) -> Solution:
        steps = self.restart * self.restarts
        return conjugate_residuals(operator, preconditioner, right, rtol=rtol, directions=self.restart, steps=steps)


class _Report(NamedTuple):
    error: Float[Array, ""]  # see `conjugate_residuals`
    slowness: Float[Array, ""]
    steps: Float[Array, ""]
    degenerate: Bool[Array, ""]  # whether degenerate levels were left to the iteration


def _conserves(dynamics: Liouvillian, rho: Array, rate: Array) -> Bool[Array, ""]:
    """Whether the heat currents add up to zero, relative to the largest or to the rounding of each."""
    flows = jnp.real(jnp.einsum("bij,ji->b", dynamics.frame_losses, rho))
    rounding = 1e-12 * rate * jnp.max(jnp.abs(dynamics.levels.energies))
    return jnp.abs(jnp.sum(flows)) <= _CONSERVED * jnp.max(jnp.abs(flows)) + rounding
