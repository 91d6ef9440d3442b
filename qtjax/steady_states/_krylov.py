"""Steady states of large finite systems, without a matrix of size d^2 x d^2."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.scipy.linalg as jsl
import numpy as np
from jaxtyping import Array, Bool, Complex, Float, Inexact, Int

from .._checks import HIERARCHY_UNSOLVED, NOT_CONVERGED, SEVERAL_STATES, Fault, check_values, first_fault
from .._linalg import conjugate_residuals, from_real, probe, to_real
from .._typing import Scalar, as_real
from ..generators import Liouvillian, Lyapunov
from ..hierarchical_equations import Hierarchy
from ._hierarchies import solved
from ._solver import SLOWEST, AbstractSteadyStateSolver, relaxation_rate

# A residual of a hierarchy that is good enough however small rtol is.
_SOLVED = 1e-9
# Currents that add up worse than this have no digits that one should print.
_CONSERVED = 1e-6


class Krylov(AbstractSteadyStateSolver):
    """Conjugate residuals on L rho + rate Tr(rho)/d = rate/d, with the dissipators applied as d x d products.

    The preconditioner solves the populations and the `block` of coherences between the closest levels densely, and
    divides every other coherence by its own frequency and damping. Derivatives are implicit: one more iteration, on
    the adjoint. Levels closer than the damping, which weak couplings leave, need a block that holds all of their
    coherences. What stagnates above 1000 rtol of the preconditioned residual (of hierarchies: or 1e-9), or conserves
    energy to fewer than six digits, is an error. For kernels of few terms: Redfield, partial Redfield, universal
    Lindblad; and for hierarchies, of which tiers 0 and 1 are eliminated instead of a block. Begins anew after
    `restart` steps, and gives up after `restart` x `restarts`.
    """

    rtol: Scalar = eqx.field(converter=as_real, default=1e-11)
    block: int = eqx.field(static=True, default=2048)
    restart: int = eqx.field(static=True, default=30)
    restarts: int = eqx.field(static=True, default=20)

    def __check_init__(self) -> None:
        check_values(self.rtol, "rtol of `qt.Krylov`", positive=True)
        for name in ("block", "restart", "restarts"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"`{name}` of `qt.Krylov` must be a positive integer, but is {value!r}.")

    def lyapunov(self, dynamics: Lyapunov) -> tuple[Complex[Array, "n n"], Fault]:
        """Raises ValueError: a network is small."""
        raise ValueError("`qt.Krylov` solves finite systems. For a network use `qt.Direct()`.")

    def liouvillian(self, dynamics: Liouvillian) -> tuple[Inexact[Array, "d d"], Fault]:
        """See `AbstractSteadyStateSolver`."""
        d, rate = dynamics.size, relaxation_rate(dynamics)
        frozen = jax.lax.stop_gradient(dynamics)
        identity = jnp.eye(d)
        right = rate / d * identity
        close = _Preconditioner.of(frozen, rate, self.block)

        def pinned(motion: Array, real: Array) -> Array:
            return to_real(motion) + rate / d * jnp.trace(real) * identity

        def forward(real: Array) -> Array:
            rho = from_real(real)
            return pinned(dynamics.levels.coherent(rho) + jnp.sum(dynamics.frame_dissipate(rho), axis=0), real)

        turning = -1j * (frozen.levels.energies[:, None] - frozen.levels.energies)
        stacked = _Products.of(frozen)

        def apply(real: Array) -> Array:
            rho = from_real(real)
            return pinned(turning * rho + stacked.dissipate(rho), real)

        def apply_adjoint(real: Array) -> Array:
            rho = from_real(real)
            return pinned(-turning * rho + stacked.adjoint(rho), real)

        solution, error = jax.lax.custom_linear_solve(
            forward,
            right,
            lambda _, b: self._iterate(apply, close.solve, b),
            lambda _, b: self._iterate(apply_adjoint, close.solve_adjoint, b),
            has_aux=True,
        )
        rho = from_real(solution)
        slowness = rate * close.inverse_norm() * SLOWEST
        return rho, first_fault(
            Fault(~(slowness < 1.0), SEVERAL_STATES, slowness),
            Fault(~(error < 1e3 * self.rtol), NOT_CONVERGED, error),
            Fault(~_conserves(frozen, jax.lax.stop_gradient(rho), rate), NOT_CONVERGED, error),
        )

    def hierarchy(self, dynamics: Hierarchy) -> tuple[Complex[Array, "n d d"], Fault]:
        """See `AbstractSteadyStateSolver`. Here tiers 0 and 1 are eliminated instead of a block (`_hierarchies.py`)."""
        operators, error, slowness = solved(dynamics, self._iterate)
        slowness = slowness * SLOWEST
        return operators, first_fault(
            Fault(~(slowness < 1.0), SEVERAL_STATES, slowness),
            Fault(~(error < jnp.maximum(1e3 * self.rtol, _SOLVED)), HIERARCHY_UNSOLVED, error),
        )

    def _iterate(self, operator: Any, preconditioner: Any, right: Array) -> tuple[Array, Array]:
        steps = self.restart * self.restarts
        return conjugate_residuals(
            operator, preconditioner, right, rtol=self.rtol, directions=self.restart, steps=steps
        )


def _conserves(dynamics: Liouvillian, rho: Array, rate: Array) -> Bool[Array, ""]:
    """Whether the heat currents add up to zero, relative to the largest or to the rounding of each."""
    energies = dynamics.levels.energies
    flows = jnp.real(jnp.einsum("bii,i->b", dynamics.frame_dissipate(rho), energies))
    rounding = 1e-12 * rate * jnp.max(jnp.abs(energies))
    return jnp.abs(jnp.sum(flows)) <= _CONSERVED * jnp.max(jnp.abs(flows)) + rounding


class _Products(eqx.Module):
    """The dissipators of all baths as two long products."""

    left: Inexact[Array, "d nd"]  # (L_1, L_2, ..., -K)
    right: Inexact[Array, "n d d"]

    @staticmethod
    def of(dynamics: Liouvillian) -> "_Products":
        d = dynamics.size
        left = dynamics.left.reshape(-1, d, d)
        damping = -jnp.sum(dynamics.damping, axis=0)[None]
        stacked = jnp.concatenate([left.astype(damping.dtype), damping])
        return _Products(jnp.moveaxis(stacked, 0, 1).reshape(d, -1), dynamics.right.reshape(-1, d, d))

    def dissipate(self, rho: Complex[Array, "d d"]) -> Complex[Array, "d d"]:
        """sum_b D_b(rho) of a Hermitian matrix."""
        moved = _times(rho, jnp.swapaxes(self.right.conj(), -1, -2))
        half = self.left @ jnp.concatenate([moved, rho[None]]).reshape(-1, rho.shape[0])
        return half + half.conj().T

    def adjoint(self, rho: Complex[Array, "d d"]) -> Complex[Array, "d d"]:
        """The Heisenberg picture."""
        d = rho.shape[0]
        moved = (self.left.conj().T @ rho).reshape(-1, d, d)
        half = jnp.sum(_times(moved[:-1], self.right), axis=0) + moved[-1]
        return half + half.conj().T


def _times(matrix: Array, right: Array) -> Array:
    """matrix @ right, in real products where `right` is real."""
    if jnp.iscomplexobj(right):
        return matrix @ right
    return jax.lax.complex(matrix.real @ right, matrix.imag @ right)


class _Preconditioner(eqx.Module):
    """Dense on the populations and the coherences of the closest levels, diagonal on the others."""

    diagonal: Complex[Array, "d d"]
    rows: Int[Array, " n"]
    columns: Int[Array, " n"]
    factors: tuple[Float[Array, "n n"], Int[Array, " n"]]

    @staticmethod
    def of(dynamics: Liouvillian, rate: Array, block: int) -> "_Preconditioner":
        d, energies = dynamics.size, dynamics.levels.energies
        upper, lower = np.triu_indices(d, 1)
        pairs = min(max(block - d, 0) // 2, upper.shape[0])
        _, chosen = jax.lax.top_k(-jnp.abs(energies[upper] - energies[lower]), pairs)
        i, j = jnp.asarray(upper)[chosen], jnp.asarray(lower)[chosen]
        diagonal = jnp.arange(d)
        rows, columns = jnp.concatenate([diagonal, i, j]), jnp.concatenate([diagonal, j, i])
        swapped = np.concatenate([np.arange(d), d + pairs + np.arange(pairs), d + np.arange(pairs)])

        left = dynamics.left.reshape(-1, d, d)
        right = dynamics.right.reshape(-1, d, d)
        damping = jnp.sum(dynamics.damping, axis=0)

        def add(total, pair):
            one, other = pair
            take = lambda m, k: m[k[:, None], k]  # noqa: E731
            term = take(one, rows) * take(other, columns).conj() + take(one, columns).conj() * take(other, rows)
            return total + term, jnp.outer(jnp.diagonal(one), jnp.diagonal(other).conj())

        same = lambda k: (k[:, None] == k).astype(energies.dtype)  # noqa: E731
        start = -damping[rows[:, None], rows] * same(columns) - damping[columns[:, None], columns].conj() * same(rows)
        dense, jumps = jax.lax.scan(add, start, (left, right))
        matrix = dense.real + dense.imag[:, swapped]
        matrix = matrix.at[np.arange(rows.shape[0]), swapped].add(energies[columns] - energies[rows])
        matrix = matrix.at[:d, :d].add(rate / d)

        kept = jnp.diagonal(damping)
        jump = jnp.sum(jumps, axis=0)
        own = jump + jump.conj().T - kept[:, None] - kept.conj() - 1j * (energies[:, None] - energies)
        own = jnp.where(jnp.abs(own) < 1e-3 * rate, -rate, own)
        return _Preconditioner(own, rows, columns, jsl.lu_factor(matrix))

    def inverse_norm(self) -> Float[Array, ""]:
        """An estimate of the norm of the inverse of the dense part: infinite where something is conserved."""
        size = self.rows.shape[0]
        return jnp.linalg.norm(jsl.lu_solve(self.factors, probe(size)))

    def solve(self, real: Float[Array, "d d"]) -> Float[Array, "d d"]:
        """The approximate inverse."""
        return self._solved(real, self.diagonal, 0)

    def solve_adjoint(self, real: Float[Array, "d d"]) -> Float[Array, "d d"]:
        """Its transpose."""
        return self._solved(real, self.diagonal.conj(), 1)

    def _solved(self, real: Array, diagonal: Array, transposed: int) -> Array:
        rough = to_real(from_real(real) / diagonal)
        exact = jsl.lu_solve(self.factors, real[self.rows, self.columns], trans=transposed)
        return rough.at[self.rows, self.columns].set(exact)
