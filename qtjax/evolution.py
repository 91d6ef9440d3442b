"""Transients: evolve(dynamics, state, times, solver) -> states with a leading time axis; and their heat currents."""

from abc import abstractmethod
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ._checks import DIVERGED, TRUNCATED, Fault, first_fault, guard, is_concrete, shown, warn
from ._display import fields
from ._linalg import HermitianBasis, eigvalsh, from_real, propagate_modes, propagated, to_real, traceless, with_trace
from ._typing import Numbers, PerBath, as_real, parameter
from .generators import AbstractDynamics, Liouvillian, Lyapunov, check_dynamics
from .hierarchical_equations import LEAST_EIGENVALUE, Hierarchy
from .langevin import LangevinDynamics, transient
from .states import AbstractState, DensityMatrix, GaussianState
from .thermodynamics import heat_currents

_DENSE_LEVELS = 64
# The most nodes whose second moments are one vector: N (2N + 1) coordinates.
_DENSE_NODES = 12
# The largest hierarchy that `qt.Exponential` evolves by default.
_DENSE_HIERARCHY = 1024


class AbstractEvolution(eqx.Module):
    """How a state is carried through time."""

    def __repr__(self) -> str:
        return fields(self)

    @abstractmethod
    def lyapunov(
        self, dynamics: Lyapunov, state: GaussianState, times: Float[Array, " times"]
    ) -> tuple[Float[Array, "times n"], Float[Array, "times n n"]]:
        """Mean and covariance at each time."""

    @abstractmethod
    def liouvillian(
        self, dynamics: Liouvillian, rho: Complex[Array, "d d"], times: Float[Array, " times"]
    ) -> Complex[Array, "times d d"]:
        """The density matrix at each time; before and after in the frame of the levels."""

    @abstractmethod
    def hierarchy(
        self, dynamics: Hierarchy, rho: Complex[Array, "d d"], times: Float[Array, " times"]
    ) -> Complex[Array, "times n d d"]:
        """The auxiliary operators at each time, from a state without correlations, in the frame of the levels."""


class Exponential(AbstractEvolution):
    """The exponential of the constant generator: no step-size error, any length of time.

    For a density matrix the generator is a matrix of d^4 elements; beyond 64 levels use `qt.Ode`, likewise for a
    hierarchy of more than 4096 unknowns.
    """

    def lyapunov(
        self, dynamics: Lyapunov, state: GaussianState, times: Float[Array, " times"]
    ) -> tuple[Float[Array, "times n"], Float[Array, "times n n"]]:
        """See `AbstractEvolution`."""
        modes, (slow, diffusion) = dynamics.modes, dynamics.slow_moments()
        start, mean = modes.raise_covariance(state.covariance), modes.to_modes @ state.mean

        def at(time: Array) -> tuple[Array, Array]:
            propagator, noise, pairs, turn = propagate_modes(slow, diffusion, modes.carrier, time)
            return turn * (propagator @ mean), pairs * (propagator @ start @ propagator.conj().T) + noise

        means, covariances = jax.vmap(at)(times)
        return jnp.real(jnp.einsum("ij,tj->ti", modes.from_modes, means)), modes.lower_covariance(covariances)

    def liouvillian(
        self, dynamics: Liouvillian, rho: Complex[Array, "d d"], times: Float[Array, " times"]
    ) -> Complex[Array, "times d d"]:
        """See `AbstractEvolution`. Raises ValueError for more than 64 levels."""
        if dynamics.size > _DENSE_LEVELS:
            raise ValueError(
                f"`qt.Exponential` makes a matrix of d^4 elements, so d must be <= {_DENSE_LEVELS}, but is "
                f"{dynamics.size}. Use `qt.Ode()`."
            )
        matrix, source = dynamics.moment_matrix()
        trace = jnp.real(jnp.trace(rho))
        return from_real(with_trace(propagated(matrix, trace * source, traceless(to_real(rho)), times), trace))

    def hierarchy(
        self, dynamics: Hierarchy, rho: Complex[Array, "d d"], times: Float[Array, " times"]
    ) -> Complex[Array, "times n d d"]:
        """See `AbstractEvolution`. Raises ValueError beyond 4096 unknowns."""
        matrix, start = dynamics.evolution_matrix, dynamics.uncorrelated(rho)
        moved = propagated(matrix, jnp.zeros_like(matrix[0]), start.ravel(), times)
        moved = moved.reshape(times.shape[0], *start.shape)
        # Over long times rounding of the doublings would show in the trace.
        traces = jnp.trace(moved[:, 0], axis1=-2, axis2=-1)
        return moved * (jnp.trace(rho) / traces)[:, None, None, None]


class Ode(AbstractEvolution):
    """Integration by Diffrax, on real moments; for comparison, and where a step-size control is wanted.

    solver: any Diffrax solver, Tsit5 by default; rtol and atol of its step-size controller. Raises a
    run-time error when max_steps do not suffice: the number needed grows with frequency x time. The adjoint is
    Diffrax's own: the default gives first derivatives in reverse mode, `diffrax.ForwardMode()` in forward mode;
    `qt.Exponential` has every derivative.
    """

    solver: diffrax.AbstractSolver = eqx.field(default_factory=diffrax.Tsit5)
    rtol: Float[Array, ""] = eqx.field(
        converter=parameter("rtol of `qt.Ode`", positive=True, scalar=True), default=1e-9, kw_only=True
    )
    atol: Float[Array, ""] = eqx.field(
        converter=parameter("atol of `qt.Ode`", nonnegative=True, scalar=True), default=1e-12, kw_only=True
    )
    max_steps: int = eqx.field(static=True, default=100_000, kw_only=True)
    adjoint: diffrax.AbstractAdjoint = eqx.field(default_factory=diffrax.RecursiveCheckpointAdjoint, kw_only=True)

    def lyapunov(
        self, dynamics: Lyapunov, state: GaussianState, times: Float[Array, " times"]
    ) -> tuple[Float[Array, "times n"], Float[Array, "times n n"]]:
        """See `AbstractEvolution`."""

        def velocity(_: Any, y: tuple[Array, Array], moments: tuple[Array, Array]) -> tuple[Array, Array]:
            (drift, diffusion), (mean, covariance) = moments, y
            flow = drift @ covariance
            return drift @ mean, flow + flow.T + diffusion

        moments = (dynamics.drift, dynamics.diffusion)
        return self._integrated(velocity, (state.mean, state.covariance), moments, times)

    def liouvillian(
        self, dynamics: Liouvillian, rho: Complex[Array, "d d"], times: Float[Array, " times"]
    ) -> Complex[Array, "times d d"]:
        """See `AbstractEvolution`."""

        arrays, rest = eqx.partition(dynamics, eqx.is_inexact_array)

        def velocity(_: Any, y: Array, parts: Any) -> Array:
            now, generator = from_real(y), eqx.combine(_from_parts(parts, arrays), rest)
            return to_real(generator.levels.coherent(now) + jnp.sum(generator.frame_dissipate(now), axis=0))

        # No complex number reaches Diffrax, whose support of them is not finished.
        return from_real(self._integrated(velocity, to_real(rho), _parts(arrays), times))

    def hierarchy(
        self, dynamics: Hierarchy, rho: Complex[Array, "d d"], times: Float[Array, " times"]
    ) -> Complex[Array, "times n d d"]:
        """See `AbstractEvolution`."""
        start = dynamics.uncorrelated(rho)
        arrays, rest = eqx.partition(dynamics.generators()[0], eqx.is_inexact_array)

        def velocity(_: Any, y: Array, parts: Any) -> Array:
            generator = eqx.combine(_from_parts(parts, arrays), rest)
            return _parts(generator(_from_parts(y, start)))

        return _from_parts(jnp.moveaxis(self._integrated(velocity, _parts(start), _parts(arrays), times), 1, 0), start)

    def _integrated(self, velocity: Any, start: Any, arguments: Any, times: Float[Array, " times"]) -> Any:
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(velocity),
            self.solver,
            t0=0.0,
            t1=times[-1],
            dt0=None,
            y0=start,
            args=arguments,
            saveat=diffrax.SaveAt(ts=times),
            stepsize_controller=diffrax.PIDController(rtol=self.rtol, atol=self.atol),
            max_steps=self.max_steps,
            adjoint=self.adjoint,
            throw=False,
        )
        assert solution.ys is not None
        return solution.ys


def _parts(arrays: Any) -> Any:
    return jax.tree.map(lambda x: jnp.stack([x.real, x.imag]) if jnp.iscomplexobj(x) else x, arrays)


def _from_parts(parts: Any, like: Any) -> Any:
    return jax.tree.map(lambda p, x: jax.lax.complex(p[0], p[1]) if jnp.iscomplexobj(x) else p, parts, like)


def evolve(
    dynamics: AbstractDynamics,
    state: AbstractState,
    times: Numbers,
    solver: AbstractEvolution | None = None,
    *,
    throw: bool = True,
) -> AbstractState:
    """The state at each of `times`, which count from the given state at t = 0 and increase.

    Returns a state whose arrays have a leading time axis. By default the exponential of the generator
    (`qt.Exponential`); `qt.Ode` integrates with Diffrax, by default hierarchies of more than 1024 unknowns. Under
    `qt.Langevin` the evolution is exact for Drude baths and takes no solver. There and under
    `qt.HierarchicalEquations` it starts without correlations with the baths, and the states carry those that arise,
    so that `heat_currents` works on each (with `jax.vmap`). Raises ValueError for times that are not increasing or
    negative, when that is known, and a run-time error for a solution that is not finite or a hierarchy that makes
    negative states.
    """
    t = _checked_times(times)
    chosen = _default_solver(dynamics) if solver is None else solver
    if not isinstance(chosen, AbstractEvolution):
        raise ValueError(f"`solver` must be `qt.Exponential()` or `qt.Ode(...)`, but is {shown(solver)}.")
    start = _fitting(dynamics, state)
    if isinstance(dynamics, Liouvillian):
        return guard(*_matrices(dynamics, start, t, chosen), throw)
    if isinstance(dynamics, Hierarchy):
        return guard(*_hierarchies(dynamics, start, t, chosen), throw)
    if isinstance(dynamics, Lyapunov):
        return guard(*_moments(dynamics, start, t, chosen), throw)
    assert isinstance(dynamics, LangevinDynamics)
    if solver is not None:
        raise ValueError("The exact transient is closed: `evolve(dynamics, state, times)` takes no solver.")
    return guard(*_exact(dynamics, start, t), throw)


def transient_heat_currents(
    dynamics: AbstractDynamics, state: AbstractState, times: Numbers, *, throw: bool = True
) -> Float[Array, "times baths"]:
    """The heat current from each bath into the system at each of `times`, shape (times, B).

    The same as `heat_currents` of each state that `evolve(dynamics, state, times)` returns. Under a master equation,
    up to 64 levels or 12 nodes, no states are made: the currents J_b = h . (M_b x + b_b) of the affine form
    dx/dt = M x + b are read off as x is carried along, at 15 numbers a time and bath for two qubits where the times
    are multiples of one step. Raises what `evolve` and `heat_currents` raise.
    """
    t = _checked_times(times)
    start = _fitting(dynamics, state)
    if isinstance(dynamics, Liouvillian) and dynamics.size <= _DENSE_LEVELS:
        return guard(*_carried(dynamics, start, t, _matrix_currents), throw)
    if isinstance(dynamics, Lyapunov) and dynamics.nodes <= _DENSE_NODES:
        return guard(*_carried(dynamics, start, t, _moment_currents), throw)
    return jax.vmap(lambda now: heat_currents(dynamics, now, throw=throw))(evolve(dynamics, state, t, throw=throw))


def _checked_times(times: Numbers) -> Float[Array, " times"]:
    t = as_real(times, "`times`")
    if t.ndim != 1 or t.shape[0] == 0:
        raise ValueError(f"`times` must be a vector of at least one time, but has shape {t.shape}.")
    if is_concrete(t):
        values = np.asarray(t)
        if not (np.all(np.isfinite(values)) and values[0] >= 0 and np.all(np.diff(values) > 0)):
            raise ValueError(f"`times` must be finite, not negative and increasing, but are {values}.")
    return t


def _warn_of_trace(state: DensityMatrix) -> None:
    if is_concrete(state.matrix):
        trace = np.trace(np.asarray(state.matrix)).real
        if abs(trace - 1.0) > 1e-6:
            warn(f"The initial density matrix has trace {trace:.6g}, not 1: what is read off its path scales with it.")


def _fitting(dynamics: AbstractDynamics, state: AbstractState) -> Any:
    """The state, if it is one of what the dynamics describes."""
    if isinstance(dynamics, (Liouvillian, Hierarchy)):
        if not isinstance(state, DensityMatrix):
            raise ValueError(f"The state of a finite system must be a `qt.DensityMatrix`, but is {shown(state)}.")
        if state.matrix.shape != dynamics.hamiltonian.shape:
            raise ValueError(
                f"The state has a matrix of shape {state.matrix.shape}, but the Hamiltonian has shape "
                f"{dynamics.hamiltonian.shape}."
            )
        _warn_of_trace(state)
        return state
    check_dynamics(dynamics)
    assert isinstance(dynamics, (Lyapunov, LangevinDynamics))
    if not isinstance(state, GaussianState):
        raise ValueError(f"The state of a network must be a `qt.GaussianState`, but is {shown(state)}.")
    if state.covariance.shape != dynamics.form.shape:
        raise ValueError(
            f"The state has covariance of shape {state.covariance.shape}, but the network needs {dynamics.form.shape}."
        )
    return state


def _default_solver(dynamics: AbstractDynamics) -> AbstractEvolution:
    if isinstance(dynamics, Hierarchy) and dynamics.operators * dynamics.size**2 > _DENSE_HIERARCHY:
        return Ode()
    return Exponential()


@eqx.filter_jit
def _moments(
    dynamics: Lyapunov, state: GaussianState, times: Array, solver: AbstractEvolution
) -> tuple[GaussianState, Fault]:
    mean, covariance = solver.lyapunov(dynamics, state, times)
    finite = jnp.all(jnp.isfinite(covariance), axis=(1, 2)) & jnp.all(jnp.isfinite(mean), axis=1)
    diverged = Fault(~jnp.all(finite), DIVERGED, times[jnp.argmin(finite)])
    return GaussianState(mean, covariance), first_fault(dynamics.fault, diverged).unless(~state.is_finite())


@eqx.filter_jit
def _exact(dynamics: LangevinDynamics, state: GaussianState, times: Array) -> tuple[GaussianState, Fault]:
    states, fault = transient(dynamics, state, times)
    return states, first_fault(dynamics.fault, fault)


@eqx.filter_jit
def _hierarchies(
    dynamics: Hierarchy, state: DensityMatrix, times: Array, solver: AbstractEvolution
) -> tuple[DensityMatrix, Fault]:
    start = jnp.asarray(dynamics.levels.raised(state.matrix), complex)
    operators = solver.hierarchy(dynamics, start, times)
    matrices, forces = jax.vmap(dynamics.observed)(operators)
    finite = jnp.all(jnp.isfinite(operators), axis=(1, 2, 3))
    least = jnp.min(jax.vmap(eigvalsh)(jax.lax.stop_gradient(jnp.where(finite[:, None, None], matrices, 0.0))))
    # What the given state lacks of being positive is not the hierarchy's.
    allowed = LEAST_EIGENVALUE + jnp.minimum(eigvalsh(jax.lax.stop_gradient(state.matrix))[0], 0.0)
    fault = first_fault(
        dynamics.fault,
        Fault(~jnp.all(finite), DIVERGED, times[jnp.argmin(finite)]),
        Fault(~(least > allowed), TRUNCATED, least),
    )
    states = DensityMatrix(matrices, dims=dynamics.dims, force_correlations=forces)
    return states, fault.unless(~state.is_finite())


@eqx.filter_jit
def _matrices(
    dynamics: Liouvillian, state: DensityMatrix, times: Array, solver: AbstractEvolution
) -> tuple[DensityMatrix, Fault]:
    start = jnp.asarray(dynamics.levels.raised(state.matrix), complex)
    matrices = dynamics.levels.lowered(solver.liouvillian(dynamics, start, times))
    matrices = (matrices + jnp.swapaxes(matrices.conj(), -1, -2)) / 2
    finite = jnp.all(jnp.isfinite(matrices), axis=(1, 2))
    diverged = Fault(~jnp.all(finite), DIVERGED, times[jnp.argmin(finite)])
    fault = first_fault(dynamics.fault, diverged).unless(~state.is_finite())
    return DensityMatrix(matrices, dims=dynamics.dims), fault


@eqx.filter_jit
def _carried(dynamics: Liouvillian | Lyapunov, state: Any, times: Array, reading: Any) -> tuple[Array, Fault]:
    """The currents, which `reading` gives as rows and constants on the affine form from a start."""
    rows, constants, start, trace = reading(dynamics, state)
    matrix, source = dynamics.moment_matrix()
    currents = propagated(matrix, trace * source, start, times, rows) + trace * constants
    finite = jnp.all(jnp.isfinite(currents), axis=1)
    diverged = Fault(~jnp.all(finite), DIVERGED, times[jnp.argmin(finite)])
    return currents, first_fault(dynamics.fault, diverged).unless(~state.is_finite())


def _matrix_currents(dynamics: Liouvillian, state: DensityMatrix) -> tuple[Array, PerBath, Array, Array]:
    rho = jnp.asarray(dynamics.levels.raised(state.matrix), complex)
    losses = dynamics.frame_adjoint(dynamics.levels.matrix)
    constants = jnp.real(jnp.trace(losses, axis1=-2, axis2=-1)) / dynamics.size
    return traceless(to_real(losses)), constants, traceless(to_real(rho)), jnp.real(jnp.trace(rho))


def _moment_currents(dynamics: Lyapunov, state: GaussianState) -> tuple[Array, PerBath, Array, float]:
    """Those of <{R, R^T}>/2, which moves as the covariance does."""
    basis = HermitianBasis(2 * dynamics.nodes)

    def currents(coordinates: Array) -> PerBath:
        return dynamics.energy_flows(dynamics.modes.lower_covariance(basis.matrix(coordinates)))

    start = basis.coordinates(dynamics.modes.raise_covariance(state.covariance + jnp.outer(state.mean, state.mean)))
    nothing = jnp.zeros(basis.size)
    return jax.jacrev(currents)(nothing), currents(nothing), start, 1.0
