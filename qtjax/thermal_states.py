"""Thermal states of networks: of the whole Hamiltonian, and of every node at its own bath's temperature."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from ._checks import (
    NOT_FINITE,
    NOT_ONE_BATH,
    POTENTIAL,
    TEMPERATURE,
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
    return _gibbs(hamiltonian, t, throw)


@eqx.filter_jit
def _gibbs(hamiltonian: OscillatorNetwork, temperature: Scalar, throw: bool) -> GaussianState:
    covariance, positive = _thermal_covariance(hamiltonian.form, temperature)
    fault = first_fault((~(temperature >= 0), TEMPERATURE), (~positive, POTENTIAL))
    covariance = guard(covariance, fault, throw)
    return GaussianState(jnp.zeros(covariance.shape[0]), covariance)


def _thermal_covariance(form: QuadratureForm, temperature: Scalar) -> tuple[QuadratureForm, Array]:
    modes = NormalModes.of(form)
    w = modes.frequencies
    perturbation = w[:, None] * modes.perturbation(form)
    coth = clustered_function(
        lambda x: coth_weight(x, temperature) / (2 * x), w, perturbation, jnp.ones((1, w.shape[0]))
    )[0]
    return modes.lower_covariance(coth * w), modes.positive


def local_thermal_state(system: OpenSystem, *, throw: bool = True) -> GaussianState:
    """Every node in the thermal state of its own free part, at the temperature of the one bath it touches.

    The usual factorised start of a transient. Raises a run-time error (NaN with throw=False) for a node that
    no bath touches, or more than one, and for a node without a ground state.
    """
    if not isinstance(system, OpenSystem) or not isinstance(system.hamiltonian, OscillatorNetwork):
        raise ValueError("`system` must be a `qt.OpenSystem` with a `qt.OscillatorNetwork`.")
    return _local_thermal(system, throw)


@eqx.filter_jit
def _local_thermal(system: OpenSystem, throw: bool) -> GaussianState:
    free = system.hamiltonian.free
    nodes = free.shape[0] // 2
    couplings = jnp.concatenate([stack.coupling for stack in system.stacks()])
    touches = jnp.any(couplings.reshape(-1, nodes, 2) != 0, axis=2)  # (B, N)
    temperatures = system.temperatures
    own = jnp.sum(jnp.where(touches, temperatures[:, None], 0.0), axis=0)
    covariance: Float[Array, "n n"] = jnp.zeros_like(free)
    positive = jnp.asarray(True)
    for node in range(nodes):
        block = slice(2 * node, 2 * node + 2)
        part, bounded = _thermal_covariance(free[block, block], own[node])
        covariance, positive = covariance.at[block, block].set(part), positive & bounded
    fault = first_fault(
        (~jnp.all(temperatures >= 0), TEMPERATURE),
        (~system.is_finite(), NOT_FINITE),
        (jnp.any(jnp.sum(touches, axis=0) != 1), NOT_ONE_BATH),
        (~positive, POTENTIAL),
    )
    covariance = guard(covariance, fault, throw)
    return GaussianState(jnp.zeros(2 * nodes), covariance)
