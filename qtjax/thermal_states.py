"""Thermal states of networks: of the whole Hamiltonian, and of every node at its own bath's temperature."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from ._checks import (
    NOT_FINITE_HAMILTONIAN,
    NOT_ONE_TEMPERATURE,
    POTENTIAL,
    TEMPERATURE,
    Fault,
    check_values,
    first_fault,
    guard,
)
from ._linalg import NormalModes, clustered_function
from ._special import coth_weight
from ._typing import QuadratureForm, Scalar, as_real
from .baths import OpenSystem
from .hamiltonians import OscillatorNetwork
from .states import GaussianState


def gibbs_state(hamiltonian: OscillatorNetwork, temperature: ArrayLike, *, throw: bool = True) -> GaussianState:
    """exp(-H/T)/Z of a network; the ground state at T = 0. Covariance coth(i Omega h / 2T) i Omega / 2.

    Raises ValueError for a temperature known to be negative; a run-time error (NaN with throw=False) for one
    found at run time, and for a Hamiltonian without a ground state.
    """
    if not isinstance(hamiltonian, OscillatorNetwork):
        raise ValueError(f"`hamiltonian` must be a `qt.OscillatorNetwork`, but is {hamiltonian!r}.")
    t = as_real(temperature)
    check_values(t, "temperature", nonnegative=True)
    return guard(*_gibbs(hamiltonian, t), throw)


@eqx.filter_jit
def _gibbs(hamiltonian: OscillatorNetwork, temperature: Scalar) -> tuple[GaussianState, Fault]:
    covariance, fault = _thermal_covariance(hamiltonian.form, temperature)
    fault = first_fault(
        Fault(~(temperature >= 0), TEMPERATURE, temperature),
        Fault(~jnp.all(jnp.isfinite(hamiltonian.form)), NOT_FINITE_HAMILTONIAN),
        fault,
    )
    return GaussianState(jnp.zeros(covariance.shape[0]), covariance), fault


def _thermal_covariance(form: QuadratureForm, temperature: Scalar) -> tuple[QuadratureForm, Fault]:
    modes = NormalModes.of(form)
    w = modes.frequencies
    perturbation = w[:, None] * modes.perturbation(form)
    coth = clustered_function(
        lambda x: coth_weight(x, temperature) / (2 * x), w, perturbation, jnp.ones((1, w.shape[0]))
    )[0]
    return modes.lower_covariance(coth * w), Fault(~modes.positive, POTENTIAL, modes.least)


def local_thermal_state(system: OpenSystem, *, throw: bool = True) -> GaussianState:
    """Every node in the thermal state of its own free part, at the temperature of the bath it touches.

    The usual factorised start of a transient. Raises a run-time error (NaN with throw=False) for a node that
    no bath touches, or baths of different temperatures, and for a node without a ground state.
    """
    if not isinstance(system, OpenSystem) or not isinstance(system.hamiltonian, OscillatorNetwork):
        raise ValueError("`system` must be a `qt.OpenSystem` with a `qt.OscillatorNetwork`.")
    return guard(*_local_thermal(system), throw)


@eqx.filter_jit
def _local_thermal(system: OpenSystem) -> tuple[GaussianState, Fault]:
    free = system.hamiltonian.free
    nodes = free.shape[0] // 2
    couplings = jnp.concatenate([stack.coupling for stack in system.stacks()])
    touches = jnp.any(couplings.reshape(-1, nodes, 2) != 0, axis=2)  # (B, N)
    temperatures = system.temperatures[:, None]
    # The mean over its baths, so that derivatives reach each of them.
    own = jnp.sum(jnp.where(touches, temperatures, 0.0), axis=0) / jnp.maximum(jnp.sum(touches, axis=0), 1)
    lowest = jnp.min(jnp.where(touches, temperatures, jnp.inf), axis=0)
    undecided = lowest != jnp.max(jnp.where(touches, temperatures, -jnp.inf), axis=0)
    covariance: Float[Array, "n n"] = jnp.zeros_like(free)
    faults = []
    for node in range(nodes):
        block = slice(2 * node, 2 * node + 2)
        part, fault = _thermal_covariance(free[block, block], own[node])
        covariance = covariance.at[block, block].set(part)
        faults.append(fault)
    fault = first_fault(system.fault(), Fault(jnp.any(undecided), NOT_ONE_TEMPERATURE, jnp.argmax(undecided)), *faults)
    return GaussianState(jnp.zeros(2 * nodes), covariance), fault
