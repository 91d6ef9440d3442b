"""Reading energies, heat currents, conductances and entropy production off a state.

Heat currents are positive into the system and conserve energy exactly: everything bath b puts into the
generator, its Lamb shift and counterterm included, belongs to J_b = d<H_S>/dt through bath b.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ._checks import FAULTS, NO_CORRELATIONS, Fault, first_fault, guard, nan_where
from ._linalg import HermitianBasis, solve
from ._typing import PerBath, Scalar
from .baths import OpenSystem
from .correlations import entropy_gradient
from .generators import AbstractDynamics, Lyapunov
from .hamiltonians import AbstractHamiltonian, OscillatorNetwork
from .langevin import LangevinDynamics, stationary_heat_currents
from .states import AbstractState, GaussianState, Stationary
from .steady_states import steady_state

NetworkDynamics: TypeAlias = Lyapunov | LangevinDynamics


def energy(system_or_dynamics: OpenSystem | AbstractDynamics | AbstractHamiltonian, state: AbstractState) -> Scalar:
    """<H_S>, interaction included, zero-point energy included.

    Takes the system, its Hamiltonian or a dynamics. H_S holds neither Lamb shift nor counterterm.
    """
    source = system_or_dynamics.hamiltonian if isinstance(system_or_dynamics, OpenSystem) else system_or_dynamics
    if not isinstance(source, (OscillatorNetwork, Lyapunov, LangevinDynamics)):
        raise ValueError(f"`energy` takes a system, its Hamiltonian or a dynamics, but got {source!r}.")
    form = source.form
    moments = _state_of(form, state)
    return (jnp.sum(form * moments.covariance) + moments.mean @ form @ moments.mean) / 2


def heat_currents(
    dynamics: AbstractDynamics, state: AbstractState, *, dressed: bool = False, throw: bool = True
) -> PerBath:
    """The heat current from each bath into the system, shape (B,).

    J_b = Tr[H_S D_b rho] = tr(h A_b sigma) + tr(h D_b)/2 + <R>^T h A_b <R> for a network. For the state that
    `steady_state(dynamics)` returned, the antisymmetric form without cancellation is used,

        J_b = (1/2) sum_c [tr(Y_b D_c) - tr(Y_c D_b)],   A^T Y_b + Y_b A + A_b^T h + h A_b = 0,

    which sums to zero identically; under `qt.Langevin` the Landauer integral. The currents of a steady state
    depend on the dynamics only, so a derivative goes through `dynamics`, not through `state`. `dressed`
    counts the Lamb-shifted energy (Zhang 2025), which is defined for finite systems only. A state of NaN has
    currents of NaN. Raises ValueError when the state does not fit, and for a state under `qt.Langevin` without
    its correlations with the baths.
    """
    if dressed:
        raise ValueError("`dressed` heat currents are defined for finite systems, not for networks.")
    return guard(*_heat_currents(*_network(dynamics, state)), throw)


def _network(dynamics: AbstractDynamics, state: AbstractState) -> tuple[NetworkDynamics, GaussianState]:
    """Both, if they are a network's and fit."""
    if not isinstance(dynamics, (Lyapunov, LangevinDynamics)):
        raise ValueError(f"`dynamics` must be what a description returns, but is {dynamics!r}.")
    return dynamics, _state_of(dynamics.form, state)


@eqx.filter_jit
def _heat_currents(dynamics: NetworkDynamics, state: GaussianState) -> tuple[PerBath, Fault]:
    if isinstance(dynamics, LangevinDynamics):
        currents, fault = _exact_currents(dynamics, state)
    else:
        currents, fault = _master_equation_currents(dynamics, state), Fault()
    known = state.is_finite()
    return nan_where(~known, currents), first_fault(dynamics.fault, fault).unless(~known)


def _state_of(form: Array, state: AbstractState) -> GaussianState:
    """The state, if it is one of this network."""
    if not isinstance(state, GaussianState):
        raise ValueError(f"The state of a network must be a `qt.GaussianState`, but is {state!r}.")
    if state.covariance.shape != form.shape:
        raise ValueError(
            f"The state has covariance of shape {state.covariance.shape}, but the network has quadratures of "
            f"shape {form.shape}. Readers take one state: use `jax.vmap` over a time axis."
        )
    return state


def _is_stationary(dynamics: NetworkDynamics, state: GaussianState) -> Bool[Array, ""] | bool:
    """Whether the state is the one that `steady_state` returned for these very dynamics."""
    source = state.stationary_under
    if source is None:
        return False
    return eqx.tree_equal(source, Stationary(dynamics, state.mean, state.covariance))


def _master_equation_currents(dynamics: Lyapunov, state: GaussianState) -> PerBath:
    anywhere = _currents_of_any_state(dynamics, state)
    stationary = _is_stationary(dynamics, state)
    if stationary is False:
        return anywhere
    return jnp.where(stationary, _steady_currents(dynamics), anywhere)


def _currents_of_any_state(dynamics: Lyapunov, state: GaussianState) -> PerBath:
    modes, form = dynamics.modes, dynamics.mode_form
    second = state.covariance + jnp.outer(state.mean, state.mean)
    flow = dynamics.mode_drifts @ modes.raise_covariance(second)
    flow = flow + jnp.swapaxes(flow.conj(), -1, -2) + dynamics.mode_diffusions
    return jnp.einsum("ij,bji->b", form, flow).real / 2


def _steady_currents(dynamics: Lyapunov) -> PerBath:
    basis, form = HermitianBasis(2 * dynamics.nodes), dynamics.mode_form
    matrix, _ = dynamics.moment_matrix()
    loss = form @ dynamics.mode_drifts
    loss = basis.coordinates(loss + jnp.swapaxes(loss.conj(), -1, -2))
    response = solve(matrix.T, -loss.T)  # Y_b, one column per bath
    exchange = basis.coordinates(dynamics.mode_diffusions) @ response
    return jnp.sum(exchange.T - exchange, axis=1) / 2


def _exact_currents(dynamics: LangevinDynamics, state: GaussianState) -> tuple[PerBath, Fault]:
    stationary = _is_stationary(dynamics, state)
    if state.force_correlations is not None:
        flow = jnp.einsum("bi,ij,bj->b", dynamics.forces, dynamics.form, state.force_correlations)
        return flow, Fault()
    if stationary is False:
        raise ValueError(FAULTS[NO_CORRELATIONS - 1])
    currents, fault = stationary_heat_currents(dynamics)
    return currents, first_fault(fault, Fault(~jnp.asarray(stationary), NO_CORRELATIONS))


def thermal_conductance(
    description: Callable[[OpenSystem], Any], system: OpenSystem, *, throw: bool = True
) -> Float[Array, "baths baths"]:
    """dJ_a/dT_b of the steady state, shape (B, B), by automatic differentiation.

    Raises what `steady_state` raises; NaN with throw=False.
    """

    def currents(temperatures: PerBath) -> PerBath:
        dynamics = description(system.with_temperatures(temperatures))
        return heat_currents(dynamics, steady_state(dynamics, throw=throw), throw=throw)

    return jax.jacfwd(currents)(system.temperatures)


def entropy_production(dynamics: AbstractDynamics, state: AbstractState, *, throw: bool = True) -> Scalar:
    """The Clausius (Spohn) entropy production dS/dt - sum_b J_b/T_b.

    Never negative for the global equation; the local one breaks this (Levy 2014). In the steady state
    dS/dt = 0. A bath at T = 0 gives an infinite production wherever heat flows into it. Under `qt.Langevin`
    only the steady state has one. Raises what `heat_currents` raises; NaN with throw=False.
    """
    return guard(*_entropy_production(*_network(dynamics, state)), throw)


@eqx.filter_jit
def _entropy_production(dynamics: NetworkDynamics, state: GaussianState) -> tuple[Scalar, Fault]:
    currents, fault = _heat_currents(dynamics, state)
    # Only at T = 0 is a current of zero a case of its own: elsewhere it has derivatives.
    nothing = (currents == 0) & (dynamics.temperatures == 0)
    flux = jnp.sum(jnp.where(nothing, 0.0, currents / jnp.where(nothing, 1.0, dynamics.temperatures)))
    stationary = _is_stationary(dynamics, state)
    if isinstance(dynamics, LangevinDynamics):
        if stationary is False:
            raise ValueError("Under `qt.Langevin` only the steady state has a known dS/dt.")
        return -flux, fault
    change = dynamics.drift @ state.covariance
    change = change + change.T + dynamics.diffusion
    rate = jnp.sum(entropy_gradient(state.covariance) * change)
    return jnp.where(stationary, 0.0, rate) - flux, fault
