"""Transients: evolve(dynamics, state, times, solver) -> states with a leading time axis."""

from abc import abstractmethod
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._checks import DIVERGED, Fault, first_fault, guard, is_concrete
from ._linalg import propagate
from ._typing import Numbers, as_real
from .generators import AbstractDynamics, Lyapunov
from .langevin import LangevinDynamics, transient
from .states import AbstractState, GaussianState


class AbstractEvolution(eqx.Module):
    """How a state is carried through time."""

    @abstractmethod
    def lyapunov(
        self, dynamics: Lyapunov, state: GaussianState, times: Float[Array, " times"]
    ) -> tuple[Float[Array, "times n"], Float[Array, "times n n"]]:
        """Mean and covariance at each time."""


class Exponential(AbstractEvolution):
    """The exponential of the constant generator, for each time on its own: no step-size error, any length of time."""

    def lyapunov(
        self, dynamics: Lyapunov, state: GaussianState, times: Float[Array, " times"]
    ) -> tuple[Float[Array, "times n"], Float[Array, "times n n"]]:
        """See `AbstractEvolution`."""
        modes, drift = dynamics.modes, dynamics.mode_drift
        diffusion = jnp.sum(dynamics.mode_diffusions, axis=0)
        start, mean = modes.raise_covariance(state.covariance), modes.to_modes @ state.mean

        def at(time: Array) -> tuple[Array, Array]:
            propagator, noise = propagate(drift, diffusion, time)
            return propagator @ mean, propagator @ start @ propagator.conj().T + noise

        means, covariances = jax.vmap(at)(times)
        return jnp.real(jnp.einsum("ij,tj->ti", modes.from_modes, means)), modes.lower_covariance(covariances)


class Ode(AbstractEvolution):
    """Integration by Diffrax, on real moments; for comparison, and where a step-size control is wanted.

    solver: any Diffrax solver, Tsit5 by default; rtol and atol of its step-size controller. Raises a
    run-time error when max_steps do not suffice: the number needed grows with frequency x time. The adjoint is
    Diffrax's own: the default gives first derivatives in reverse mode, `diffrax.ForwardMode()` in forward mode;
    `qt.Exponential` has every derivative.
    """

    solver: diffrax.AbstractSolver = eqx.field(default_factory=diffrax.Tsit5)
    rtol: Float[Array, ""] = eqx.field(converter=as_real, default=1e-9, kw_only=True)
    atol: Float[Array, ""] = eqx.field(converter=as_real, default=1e-12, kw_only=True)
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

        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(velocity),
            self.solver,
            t0=0.0,
            t1=times[-1],
            dt0=None,
            y0=(state.mean, state.covariance),
            args=(dynamics.drift, dynamics.diffusion),
            saveat=diffrax.SaveAt(ts=times),
            stepsize_controller=diffrax.PIDController(rtol=self.rtol, atol=self.atol),
            max_steps=self.max_steps,
            adjoint=self.adjoint,
            throw=False,
        )
        assert solution.ys is not None
        return solution.ys


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
    (`qt.Exponential`); `qt.Ode` integrates with Diffrax. Under `qt.Langevin` the evolution is exact for
    Drude baths from a state that is uncorrelated with them, and takes no solver; its states carry their
    correlations with the baths, so that `heat_currents` works on each (with `jax.vmap`). Raises ValueError
    for times that are not increasing or negative, when that is known.
    """
    t = as_real(times)
    if t.ndim != 1 or t.shape[0] == 0:
        raise ValueError(f"`times` must be a vector of at least one time, but has shape {t.shape}.")
    if is_concrete(t):
        values = np.asarray(t)
        if not (np.all(np.isfinite(values)) and values[0] >= 0 and np.all(np.diff(values) > 0)):
            raise ValueError(f"`times` must be finite, not negative and increasing, but are {values}.")
    if not isinstance(state, GaussianState):
        raise ValueError(f"The state of a network must be a `qt.GaussianState`, but is {state!r}.")
    if not isinstance(dynamics, (Lyapunov, LangevinDynamics)):
        raise ValueError(f"`dynamics` must be what a description returns, but is {dynamics!r}.")
    if state.covariance.shape != dynamics.form.shape:
        raise ValueError(
            f"The state has covariance of shape {state.covariance.shape}, but the network needs {dynamics.form.shape}."
        )
    if isinstance(dynamics, LangevinDynamics):
        if solver is not None:
            raise ValueError("The exact transient is closed: `evolve(dynamics, state, times)` takes no solver.")
        return guard(*_exact(dynamics, state, t), throw)
    chosen = Exponential() if solver is None else solver
    if not isinstance(chosen, AbstractEvolution):
        raise ValueError(f"`solver` must be `qt.Exponential()` or `qt.Ode(...)`, but is {solver!r}.")
    return guard(*_moments(dynamics, state, t, chosen), throw)


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
