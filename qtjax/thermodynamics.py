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

from ._checks import FAULTS, NO_CORRELATIONS, Fault, check_description, check_flag, first_fault, guard, nan_where, shown
from ._linalg import HermitianBasis, solve, to_real
from ._typing import PerBath, Scalar
from .baths import OpenSystem
from .correlations import entropy_rate
from .generators import AbstractDynamics, Liouvillian, Lyapunov, check_dynamics
from .hamiltonians import AbstractHamiltonian, FiniteHamiltonian, OscillatorNetwork
from .hierarchical_equations import Hierarchy
from .langevin import LangevinDynamics, stationary_heat_currents
from .states import AbstractState, DensityMatrix, GaussianState, Stationary, fitting_gaussian
from .steady_states import Direct, default_solver, steady_responses, steady_state

NetworkDynamics: TypeAlias = Lyapunov | LangevinDynamics
Dynamics: TypeAlias = Lyapunov | LangevinDynamics | Liouvillian | Hierarchy


def energy(system_or_dynamics: OpenSystem | AbstractDynamics | AbstractHamiltonian, state: AbstractState) -> Scalar:
    """<H_S>, interaction included; for networks the zero-point energy included.

    Takes the system, its Hamiltonian or a dynamics. H_S holds neither Lamb shift nor counterterm.
    """
    source = system_or_dynamics.hamiltonian if isinstance(system_or_dynamics, OpenSystem) else system_or_dynamics
    if isinstance(source, (FiniteHamiltonian, Liouvillian, Hierarchy)):
        matrix = source.matrix if isinstance(source, FiniteHamiltonian) else source.hamiltonian
        return jnp.real(jnp.sum(matrix * _matrix_of(matrix, state).matrix.T))
    if not isinstance(source, (OscillatorNetwork, Lyapunov, LangevinDynamics)):
        raise ValueError(f"`energy` takes a system, its Hamiltonian or a dynamics, but got {shown(source)}.")
    return fitting_gaussian(state, source.form.shape).quadratic(source.form)


def heat_currents(
    dynamics: AbstractDynamics, state: AbstractState, *, dressed: bool = False, throw: bool = True
) -> PerBath:
    """The heat current from each bath into the system, shape (B,).

    J_b = Tr[H_S D_b rho], which for a network is tr(h A_b sigma) + tr(h D_b)/2 + <R>^T h A_b <R>. For the state
    that `steady_state(dynamics)` returned, the antisymmetric form without cancellation is used: on the affine
    form dx/dt = sum_b (M_b x + b_b) of moments or density matrix, with the energy h.x,

        J_b = sum_c [y_b.b_c - y_c.b_b],   M^T y_b = -M_b^T h,

    which sums to zero identically (not beyond 32 levels or 12 nodes); under `qt.Langevin` the Landauer integral. Under
    `qt.HierarchicalEquations` D_b rho = -i [S_b, Tr_b[F_b rho_total]], read off the first tier, and its counterterm.
    The currents of a steady state depend on the dynamics only, so a derivative goes through `dynamics`, not through
    `state`; those of a hierarchy are read off the state. `dressed` counts the Lamb-shifted energy of a finite system
    instead, Tr[(H_S + H_LS) L_b rho] with L_b = D_b without its Lamb commutator (Zhang 2025, Eq. 22). A state of NaN
    has currents of NaN. Raises ValueError when the state does not fit, for a dressed current of a network or a
    hierarchy, and under the exact descriptions for a state without its correlations with the baths.
    """
    check_flag(dressed, "dressed")
    check_dynamics(dynamics)
    if dressed and not isinstance(dynamics, Liouvillian):
        raise ValueError(
            "`dressed` heat currents are defined for finite systems under a master equation, but got "
            f"{shown(dynamics)}."
        )
    return guard(*_heat_currents(*_fitting(dynamics, state), dressed), throw)


def quanta_currents(dynamics: AbstractDynamics, state: AbstractState, *, throw: bool = True) -> PerBath:
    """The current of quanta from each bath into a network, shape (B,).

    Counted are the quanta of the modes whose eigenoperators the equation uses: under the local equation those of the
    nodes, d<sum_k n_k>/dt = gamma (n_b - <n_k>) through a bath on node k (Malouf 2019, Eq. 23), under others those
    of the normal modes. The same whatever the zero of the energy is. Raises ValueError for what is not a network under
    a master equation, and where the state does not fit.
    """
    if not isinstance(dynamics, Lyapunov):
        raise ValueError(f"`dynamics` must be what a master equation makes of a network, but is {shown(dynamics)}.")
    return guard(*_quanta_currents(dynamics, fitting_gaussian(state, dynamics.form.shape)), throw)


@eqx.filter_jit
def _quanta_currents(dynamics: Lyapunov, state: GaussianState) -> tuple[PerBath, Fault]:
    currents = dynamics.quanta_flows(state.covariance + jnp.outer(state.mean, state.mean))
    known = state.is_finite()
    return nan_where(~known, currents), dynamics.fault.unless(~known)


def _fitting(dynamics: AbstractDynamics, state: AbstractState) -> tuple[Dynamics, GaussianState | DensityMatrix]:
    """Both, if they fit."""
    if isinstance(dynamics, (Liouvillian, Hierarchy)):
        return dynamics, _matrix_of(dynamics.hamiltonian, state)
    check_dynamics(dynamics)
    assert isinstance(dynamics, (Lyapunov, LangevinDynamics))
    return dynamics, fitting_gaussian(state, dynamics.form.shape)


@eqx.filter_jit
def _heat_currents(dynamics: Dynamics, state: GaussianState | DensityMatrix, dressed: bool) -> tuple[PerBath, Fault]:
    fault = Fault()
    if isinstance(dynamics, LangevinDynamics):
        currents, fault = _exact_currents(dynamics, state)
    elif isinstance(dynamics, Hierarchy):
        currents = _currents_of_forces(dynamics, state)
    elif isinstance(dynamics, Liouvillian):
        currents = _master_equation_currents(dynamics, state, _currents_of_matrix, _steady_currents_of_matrix)
        currents = currents + _dressing(dynamics, state) if dressed else currents
    else:
        currents = _master_equation_currents(dynamics, state, _currents_of_moments, _steady_currents_of_moments)
    known = state.is_finite()
    return nan_where(~known, currents), first_fault(dynamics.fault, fault).unless(~known)


def _matrix_of(hamiltonian: Array, state: AbstractState) -> DensityMatrix:
    """The state, if it is one of this finite system."""
    if not isinstance(state, DensityMatrix):
        raise ValueError(f"The state of a finite system must be a `qt.DensityMatrix`, but is {shown(state)}.")
    if state.matrix.shape != hamiltonian.shape:
        raise ValueError(
            f"The state has a matrix of shape {state.matrix.shape}, but the Hamiltonian has shape "
            f"{hamiltonian.shape}. Readers take one state: use `jax.vmap` over a time axis."
        )
    return state


def _is_stationary(dynamics: Dynamics, state: Any) -> Bool[Array, ""] | bool:
    """Whether the state is the one that `steady_state` returned for these very dynamics."""
    source = state.stationary_under
    if source is None:
        return False
    arrays = (state.mean, state.covariance) if isinstance(state, GaussianState) else (state.matrix,)
    return eqx.tree_equal((source.dynamics, source.arrays), (dynamics, arrays))


def _master_equation_currents(
    dynamics: Any, state: Any, read: Callable[[Any, Any], PerBath], steady: Callable[[Any, Stationary], PerBath]
) -> PerBath:
    """Those of the steady state by the form without cancellation, where the state is that one."""
    anywhere, stationary = read(dynamics, state), _is_stationary(dynamics, state)
    if stationary is False or not isinstance(default_solver(dynamics), Direct):
        return anywhere
    return jnp.where(stationary, steady(dynamics, state.stationary_under), anywhere)


def _exchange(responses: Array, losses: Array) -> PerBath:
    """The antisymmetric form of the steady currents; losses (B, m) are M_b^T h, responses (B, m) are M^-1 b_b."""
    exchange = responses @ losses.T
    return jnp.sum(exchange - exchange.T, axis=1)


def _currents_of_moments(dynamics: Lyapunov, state: GaussianState) -> PerBath:
    return dynamics.energy_flows(state.covariance + jnp.outer(state.mean, state.mean))


def _steady_currents_of_moments(dynamics: Lyapunov, source: Stationary) -> PerBath:
    basis, form = HermitianBasis(2 * dynamics.nodes), dynamics.modes.form
    matrix, _ = dynamics.moment_matrix()
    drifts, diffusions = dynamics.mode_dissipators()
    loss = form @ drifts
    loss = basis.coordinates(loss + jnp.swapaxes(loss.conj(), -1, -2))
    return _exchange(solve(matrix, basis.coordinates(diffusions).T).T, loss) / 2


def _currents_of_matrix(dynamics: Liouvillian, state: DensityMatrix) -> PerBath:
    # Tr[H D_b rho] = Tr[D_b^dagger(H) rho]: over many states the operators are made once.
    losses = dynamics.frame_losses
    return jnp.einsum("bij,ji->b", losses, dynamics.levels.raised(state.matrix)).real


def _steady_currents_of_matrix(dynamics: Liouvillian, source: Stationary) -> PerBath:
    responses = steady_responses(dynamics) if source.responses is None else source.responses
    return _exchange(responses, to_real(dynamics.frame_losses).reshape(responses.shape))


def _currents_of_forces(dynamics: Hierarchy, state: Any) -> PerBath:
    if state.force_correlations is None:
        raise ValueError(FAULTS[NO_CORRELATIONS - 1])
    flow = dynamics.dissipate(state.matrix, state.force_correlations)
    return jnp.einsum("ij,bji->b", dynamics.hamiltonian, flow).real


def _dressing(dynamics: Liouvillian, state: Any) -> PerBath:
    """Tr[(H + H_LS) L_b rho] - Tr[H D_b rho], with D_b = L_b - i [H_LS,b, .]."""
    rho, shifts = dynamics.levels.raised(state.matrix), dynamics.frame_lamb_hamiltonians
    turned = 1j * (shifts @ rho - rho @ shifts)
    kept = dynamics.frame_dissipate(rho) + turned
    return (jnp.einsum("ij,bji->b", dynamics.levels.matrix, turned) + jnp.einsum("cij,bji->b", shifts, kept)).real


def _exact_currents(dynamics: LangevinDynamics, state: Any) -> tuple[PerBath, Fault]:
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

    Raises ValueError for what is no description or no system, and what `steady_state` raises; NaN with throw=False.
    """
    check_description(description)
    if not isinstance(system, OpenSystem):
        raise ValueError(f"`system` must be a `qt.OpenSystem`, but is {shown(system)}.")

    def currents(temperatures: PerBath) -> PerBath:
        dynamics = description(system.with_temperatures(temperatures))
        return heat_currents(dynamics, steady_state(dynamics, throw=throw), throw=throw)

    return jax.jacfwd(currents)(system.temperatures)


def entropy_production(dynamics: AbstractDynamics, state: AbstractState, *, throw: bool = True) -> Scalar:
    """The Clausius (Spohn) entropy production dS/dt - sum_b J_b/T_b.

    Never negative for the global equation and the exact steady state; the local one breaks this (Levy 2014). In the
    steady state dS/dt = 0. For a state with eigenvalues of exactly zero dS/dt diverges; they are left out. A bath at
    T = 0 gives an infinite production wherever heat flows into it. Under `qt.Langevin` only the steady state has one,
    under `qt.HierarchicalEquations` a transient too, which may be negative while correlations with baths arise.
    Raises what `heat_currents` raises; NaN with throw=False.
    """
    return guard(*_entropy_production(*_fitting(dynamics, state)), throw)


@eqx.filter_jit
def _entropy_production(dynamics: Dynamics, state: Any) -> tuple[Scalar, Fault]:
    currents, fault = _heat_currents(dynamics, state, False)
    # Only at T = 0 is a current of zero a case of its own: elsewhere it has derivatives.
    nothing = (currents == 0) & (dynamics.temperatures == 0)
    flux = jnp.sum(jnp.where(nothing, 0.0, currents / jnp.where(nothing, 1.0, dynamics.temperatures)))
    stationary = _is_stationary(dynamics, state)
    if isinstance(dynamics, LangevinDynamics):
        if stationary is False:
            raise ValueError("Under `qt.Langevin` only the steady state has a known dS/dt.")
        return -flux, fault
    return jnp.where(stationary, 0.0, entropy_rate(state, _change(dynamics, state))) - flux, fault


def _change(dynamics: Lyapunov | Liouvillian | Hierarchy, state: Any) -> Array:
    """d(covariance)/dt or d(rho)/dt."""
    if isinstance(dynamics, Hierarchy):
        return dynamics(state.matrix, state.force_correlations)
    if isinstance(dynamics, Liouvillian):
        return dynamics(state.matrix)
    change = dynamics.drift @ state.covariance
    return change + change.T + dynamics.diffusion
