"""Thermal states: of the whole Hamiltonian, of every node at its own bath's temperature, and of mean force."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float

from ._checks import (
    MEAN_FORCE,
    NOT_FINITE_HAMILTONIAN,
    NOT_ONE_TEMPERATURE,
    POTENTIAL,
    TEMPERATURE,
    Fault,
    check_values,
    first_fault,
    guard,
    shown,
)
from ._linalg import (
    Levels,
    NormalModes,
    clustered_function,
    divided_difference,
    eigvalsh,
    hermitian_function,
    limit_order,
    sandwich,
)
from ._special import coth_weight
from ._typing import Operator, PerBath, QuadratureForm, Scalar, as_real
from .baths import Bath, OpenSystem
from .hamiltonians import AbstractHamiltonian, FiniteHamiltonian, OscillatorNetwork
from .states import AbstractState, DensityMatrix, GaussianState


def gibbs_state(hamiltonian: AbstractHamiltonian, temperature: ArrayLike, *, throw: bool = True) -> AbstractState:
    """exp(-H/T)/Z; at T = 0 the ground state, of a degenerate one the even mixture.

    Networks: covariance coth(i Omega h / 2T) i Omega / 2. Raises ValueError for a temperature known to be
    negative; a run-time error (NaN with throw=False) for one found at run time, and for a network without a ground
    state.
    """
    t = as_real(temperature, "The temperature")
    if t.ndim:
        raise ValueError(f"The temperature must be one number, but has shape {t.shape}. Use `jax.vmap`.")
    check_values(t, "temperature", nonnegative=True)
    if isinstance(hamiltonian, FiniteHamiltonian):
        return guard(*_finite_gibbs(hamiltonian, t), throw)
    if not isinstance(hamiltonian, OscillatorNetwork):
        raise ValueError(
            f"`hamiltonian` must be a `qt.OscillatorNetwork` or a `qt.FiniteHamiltonian`, but is {shown(hamiltonian)}."
        )
    return guard(*_gibbs(hamiltonian, t), throw)


@eqx.filter_jit
def _gibbs(hamiltonian: OscillatorNetwork, temperature: Scalar) -> tuple[GaussianState, Fault]:
    covariance, fault = _thermal_covariance(hamiltonian.form, temperature)
    fault = first_fault(_thermal_fault(hamiltonian.form, temperature), fault)
    return GaussianState(jnp.zeros(covariance.shape[0]), covariance), fault


def _thermal_fault(hamiltonian: Array, temperature: Scalar) -> Fault:
    return first_fault(
        Fault(~(temperature >= 0), TEMPERATURE, temperature),
        Fault(~jnp.all(jnp.isfinite(hamiltonian)), NOT_FINITE_HAMILTONIAN),
    )


@eqx.filter_jit
def _finite_gibbs(hamiltonian: FiniteHamiltonian, temperature: Scalar) -> tuple[DensityMatrix, Fault]:
    matrix = hamiltonian.matrix
    # Below this temperature, rounding of the levels is all that the weights would show.
    least = 1e-14 * jnp.max(jnp.abs(jax.lax.stop_gradient(matrix)))
    weight = _weight(matrix, jnp.maximum(temperature, jnp.maximum(least, 1e-300)))
    state = DensityMatrix(weight / jnp.real(jnp.trace(weight)), dims=hamiltonian.dims)
    return state, _thermal_fault(matrix, temperature)


def _weight(matrix: Operator, temperature: Scalar) -> Operator:
    """exp(-(H - E_0)/T)."""
    lowest = jax.lax.stop_gradient(jnp.min(eigvalsh(matrix)))
    return hermitian_function(lambda e: jnp.exp(-(e - lowest) / temperature), matrix)


def _thermal_covariance(form: QuadratureForm, temperature: Scalar) -> tuple[QuadratureForm, Fault]:
    modes = NormalModes.of(form)
    w = modes.frequencies
    coth = clustered_function(
        lambda x: coth_weight(x, temperature) / (2 * x), w, modes.splitting, jnp.ones((1, w.shape[0]))
    )[0]
    return modes.lower_covariance(coth * w), Fault(~modes.positive, POTENTIAL, modes.least)


def local_thermal_state(system: OpenSystem, *, throw: bool = True) -> AbstractState:
    """Every site in the thermal state of its own free part, at the temperature of the bath it touches.

    The usual factorised start of a transient. A finite system's sites are those of `dims`, and its free part must
    be a sum of operators on single sites, its couplings likewise. Raises a run-time error (NaN with throw=False)
    for a site that no bath touches, or baths of different temperatures, and for a node without a ground state.
    """
    if isinstance(system, OpenSystem) and isinstance(system.hamiltonian, FiniteHamiltonian):
        return guard(*_local_finite(system), throw)
    if not isinstance(system, OpenSystem) or not isinstance(system.hamiltonian, OscillatorNetwork):
        raise ValueError(f"`system` must be a `qt.OpenSystem`, but is {shown(system)}.")
    return guard(*_local_thermal(system), throw)


@eqx.filter_jit
def _local_thermal(system: OpenSystem) -> tuple[GaussianState, Fault]:
    free = system.hamiltonian.free
    nodes = free.shape[0] // 2
    couplings = jnp.concatenate([stack.coupling for stack in system.stacks()])
    touches = jnp.any(couplings.reshape(-1, nodes, 2) != 0, axis=2)
    own, undecided = _own_temperatures(touches, system.temperatures)
    covariance: Float[Array, "n n"] = jnp.zeros_like(free)
    faults = []
    for node in range(nodes):
        block = slice(2 * node, 2 * node + 2)
        part, fault = _thermal_covariance(free[block, block], own[node])
        covariance = covariance.at[block, block].set(part)
        faults.append(fault)
    fault = first_fault(system.fault(), undecided, *faults)
    return GaussianState(jnp.zeros(2 * nodes), covariance), fault


def _own_temperatures(touches: Bool[Array, "baths sites"], temperatures: PerBath) -> tuple[Array, Fault]:
    """The temperature of every site's bath, and a fault where there is not one."""
    t = temperatures[:, None]
    # The mean over its baths, so that derivatives reach each of them.
    own = jnp.sum(jnp.where(touches, t, 0.0), axis=0) / jnp.maximum(jnp.sum(touches, axis=0), 1)
    lowest = jnp.min(jnp.where(touches, t, jnp.inf), axis=0)
    undecided = lowest != jnp.max(jnp.where(touches, t, -jnp.inf), axis=0)
    return own, Fault(jnp.any(undecided), NOT_ONE_TEMPERATURE, jnp.argmax(undecided))


@eqx.filter_jit
def _local_finite(system: OpenSystem) -> tuple[DensityMatrix, Fault]:
    hamiltonian = system.hamiltonian
    assert isinstance(hamiltonian, FiniteHamiltonian)
    dims, d = hamiltonian.dims, hamiltonian.levels
    couplings = jnp.concatenate([stack.coupling for stack in system.stacks()])

    def part(operator: Array, site: int) -> Array:
        """What a sum of local operators does on one site, less its trace."""
        mean = DensityMatrix((operator + operator.conj().T) / 2, dims=dims).reduced(site).matrix * dims[site] / d
        return mean - jnp.trace(mean) / dims[site] * jnp.eye(dims[site])

    sizes = [[jnp.max(jnp.abs(part(coupling, site))) for site in range(len(dims))] for coupling in couplings]
    touching = jnp.asarray(sizes)
    touches = touching > 1e-12 * jnp.max(touching, axis=1, keepdims=True)
    own, undecided = _own_temperatures(touches, system.temperatures)
    matrix, faults = jnp.ones((1, 1)), []
    for site in range(len(dims)):
        local = FiniteHamiltonian(part(hamiltonian.free, site), jnp.zeros((dims[site],) * 2))
        state, fault = _finite_gibbs(local, own[site])
        matrix = jnp.kron(matrix, state.matrix)
        faults.append(fault)
    return DensityMatrix(matrix, dims=dims), first_fault(system.fault(), undecided, *faults)


def mean_force_gibbs_state(system: OpenSystem, *, throw: bool = True) -> DensityMatrix:
    """The reduced state of the global thermal state, to second order in the coupling (Zhang 2025, Eq. 20).

    With the Gibbs weights exp(-E/T) of H_S and the half-sided transforms S_b(w) of its baths, all at one
    temperature T > 0, the correction to exp(-H_S/T) is, summed over baths,

        sum_k S_ik S_kj f_k[E_i, E_j],   f_k(E) = exp(-E/T) S(E - E_k) + exp(-E_k/T) S(E_k - E),

    with a divided difference of f_k, finite at degeneracies. A bath with `counterterm` adds that of + Q S^2. The
    trace is 1. First derivatives by the Hamiltonian exist, second ones raise. Raises ValueError for a network and
    for a density without cut-off, a run-time error (NaN with throw=False) for baths at different or zero
    temperatures.
    """
    if not isinstance(system, OpenSystem) or not isinstance(system.hamiltonian, FiniteHamiltonian):
        raise ValueError(f"`system` must be a `qt.OpenSystem` with a `qt.FiniteHamiltonian`, but is {shown(system)}.")
    return guard(*_mean_force(system), throw)


@eqx.filter_jit
def _mean_force(system: OpenSystem) -> tuple[DensityMatrix, Fault]:
    hamiltonian, temperatures = system.hamiltonian, system.temperatures
    assert isinstance(hamiltonian, FiniteHamiltonian)
    t, spread = jnp.mean(temperatures), jnp.max(temperatures) - jnp.min(temperatures)
    fault = first_fault(
        system.fault(), Fault(~((spread <= 1e-12 * t) & (jnp.min(temperatures) > 0)), MEAN_FORCE, spread)
    )
    t = jnp.where(t > 0, t, 1.0)
    levels = Levels.of(limit_order(hamiltonian.matrix, 1), lambda e: 1e-8 * (e[-1] - e[0]))
    corrections = system.for_each_bath(lambda bath: _second_order_weight(bath, levels, t))
    change = levels.lowered(jnp.sum(corrections, axis=0))
    weight = _weight(hamiltonian.matrix, t)
    norm = jnp.real(jnp.trace(weight))
    matrix = (weight + change - weight * jnp.real(jnp.trace(change)) / norm) / norm
    return DensityMatrix((matrix + matrix.conj().T) / 2, dims=hamiltonian.dims), fault


def _second_order_weight(bath: Bath, levels: Levels, temperature: Scalar) -> Array:
    """What one bath adds to exp(-(H - E_0)/T), in the frame."""

    def function(parameters: tuple[Bath, Scalar, Scalar], left: Array, middle: Array, right: Array) -> Array:
        bath, t, lowest = parameters
        density = bath.spectral_density
        own = density.reorganisation() if bath.counterterm else 0.0
        shift = lambda w: jnp.imag(density.half_sided(w, t)) + own  # noqa: E731
        weight = lambda e: jnp.exp(-(e - lowest) / t)  # noqa: E731
        along = lambda e: weight(e) * shift(e - middle) + weight(middle) * shift(middle - e)  # noqa: E731
        return divided_difference(along, left, right, 0.3 * t)

    return sandwich(function, (bath, temperature, levels.energies[0]), levels, levels.raised(bath.coupling))
