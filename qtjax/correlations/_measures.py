"""The public measures: checks, and which formula for which state."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from .._checks import NOT_A_STATE, NOT_NORMALISED, UNPHYSICAL, Fault, first_fault, guard, nan_where, shown
from .._typing import Scalar
from ..states import PHYSICAL_TOLERANCE, AbstractState, DensityMatrix, GaussianState, as_sites
from . import _finite, _gaussian

OneState: TypeAlias = GaussianState | DensityMatrix


def _one(state: AbstractState, name: str = "The state") -> OneState:
    if not isinstance(state, (GaussianState, DensityMatrix)):
        raise ValueError(f"{name} must be a `qt.GaussianState` or `qt.DensityMatrix`, but is {shown(state)}.")
    kind, array = ("covariance", state.covariance) if isinstance(state, GaussianState) else ("matrix", state.matrix)
    if array.ndim != 2:
        raise ValueError(
            f"{name} must be one state, but has a {kind} of shape {array.shape}. Use `jax.vmap` over the leading axes."
        )
    return state


def _gaussian_only(state: AbstractState) -> GaussianState:
    if not isinstance(state, GaussianState):
        raise ValueError(f"The state must be a `qt.GaussianState`, but is {shown(state)}.")
    found = _one(state)
    assert isinstance(found, GaussianState)
    return found


def _room(state: OneState) -> Any:
    return _gaussian if isinstance(state, GaussianState) else _finite


def _number_of_sites(state: OneState) -> int:
    return state.nodes if isinstance(state, GaussianState) else len(state.dims)


def _read(formula: Callable[..., Scalar], throw: bool, states: Sequence[OneState], *sites: Any) -> Scalar:
    """formula(*states, *sites); for an unphysical state an error, or NaN with throw=False."""
    return guard(*_evaluate(formula, states, sites), throw)


@eqx.filter_jit
def _evaluate(formula: Callable[..., Scalar], states: Sequence[OneState], sites: Any) -> tuple[Scalar, Fault]:
    known = jnp.all(jnp.stack([state.is_finite() for state in states]))
    fault = first_fault(*(_unphysical(state) for state in states)).unless(~known)
    return nan_where(~known, formula(*states, *sites)), fault


def _unphysical(state: OneState) -> Fault:
    if isinstance(state, GaussianState):
        least = state.symplectic_eigenvalues()[0]
        return Fault(~(least >= 0.5 - PHYSICAL_TOLERANCE), UNPHYSICAL, least)
    least, trace = state.eigenvalues()[0], jnp.real(jnp.trace(state.matrix))
    return first_fault(
        Fault(~(least >= -PHYSICAL_TOLERANCE), NOT_A_STATE, least),
        Fault(~(jnp.abs(trace - 1) <= 1e-8), NOT_NORMALISED, trace),
    )


def entropy(state: AbstractState, *, throw: bool = True) -> Scalar:
    """The von Neumann entropy -Tr rho ln rho, in nats (networks: Gonzalez 2017, Eq. 36).

    Unphysical states raise, as those of all functions here do (throw=False: NaN).
    """
    state = _one(state)
    return _read(_room(state).entropy_of, throw, [state])


def entropy_rate(state: OneState, change: Array) -> Scalar:
    """dS/dt for a change d(covariance)/dt or d(rho)/dt: linear in the change, so no derivative is used up."""
    if isinstance(state, GaussianState):
        return jnp.sum(_gaussian.entropy_gradient(state.covariance) * change)
    return jnp.real(jnp.sum(_finite.entropy_gradient(state.matrix) * change.T))


def purity(state: AbstractState, *, throw: bool = True) -> Scalar:
    """Tr rho^2, one number; for networks 1/(2^N sqrt(det sigma)). Unphysical states raise (throw=False: NaN)."""
    state = _one(state)
    return _read(_room(state).purity, throw, [state])


def linear_entropy(state: AbstractState, *, throw: bool = True) -> Scalar:
    """1 - Tr rho^2, one number. Unphysical states raise (throw=False: NaN)."""
    return 1.0 - purity(state, throw=throw)


def mutual_information(
    state: AbstractState, a: int | Sequence[int], b: int | Sequence[int], *, throw: bool = True
) -> Scalar:
    """S(a) + S(b) - S(ab), one number in nats, of two disjoint groups of sites, each an int or a tuple of them.

    Raises ValueError for groups that share a site; unphysical states raise (throw=False: NaN).
    """
    state = _one(state)
    first, second = (as_sites(group, _number_of_sites(state)) for group in (a, b))
    if set(first) & set(second):
        raise ValueError(f"The groups a = {first} and b = {second} must not share a node.")
    return _read(_mutual_information, throw, [state], first, second)


def _mutual_information(state: OneState, first: tuple[int, ...], second: tuple[int, ...]) -> Scalar:
    parts = [_room(state).entropy_of(state.reduced(sites)) for sites in (first, second, first + second)]
    return parts[0] + parts[1] - parts[2]


def fidelity(a: AbstractState, b: AbstractState, *, throw: bool = True) -> Scalar:
    """The squared Uhlmann fidelity (tr sqrt(sqrt(a) b sqrt(a)))^2 of two states of one kind.

    For two nodes it is Eq. 35 of Gonzalez 2017. For networks of any number of nodes, with the covariance of the
    normalised sqrt(a) b sqrt(a) and its symplectic eigenvalues nu,

        F = prod_j [2 nu_j + sqrt(4 nu_j^2 - 1)] / sqrt(det(sigma_a + sigma_b)) exp(-d^T (sigma_a + sigma_b)^-1 d / 2)

    (after Banchi, Braunstein and Pirandola, Phys. Rev. Lett. 115, 260501). Unphysical states raise. The
    derivative diverges where the product has a pure mode, or eigenvalues of zero that a change lifts.
    """
    a, b = _one(a, "The first state"), _one(b, "The second state")
    if isinstance(a, GaussianState) != isinstance(b, GaussianState):
        raise ValueError("The states must both be Gaussian or both density matrices.")
    if isinstance(a, GaussianState) and isinstance(b, GaussianState) and a.nodes != b.nodes:
        raise ValueError(f"The states must have the same number of nodes, but have {a.nodes} and {b.nodes}.")
    if isinstance(a, DensityMatrix) and isinstance(b, DensityMatrix) and a.levels != b.levels:
        raise ValueError(f"The states must have the same dimension, but have {a.levels} and {b.levels}.")
    return _read(_room(a).fidelity, throw, [a, b])


def logarithmic_negativity(state: AbstractState, sites: int | Sequence[int], *, throw: bool = True) -> Scalar:
    """ln of the trace norm of the partial transpose; `sites` is the transposed party, the other sites the second one.

    For networks sum_j max(0, -ln 2 nu_j) over the symplectic eigenvalues of the partial transpose (Gonzalez
    2017, Eq. 37). Unphysical states raise.
    """
    state = _one(state)
    chosen = as_sites(sites, _number_of_sites(state))
    if len(chosen) == _number_of_sites(state):
        raise ValueError("`sites` must leave at least one node to be entangled with.")
    return _read(_room(state).logarithmic_negativity, throw, [state], chosen)


def concurrence(state: AbstractState, *, throw: bool = True) -> Scalar:
    """The concurrence of two qubits, max(0, lambda_1 - lambda_2 - lambda_3 - lambda_4).

    lambda_i^2 are the eigenvalues of rho rho~ with the spin-flipped rho~ (Wootters, Phys. Rev. Lett. 80, 2245).
    Raises ValueError for other than two qubits; unphysical states raise.
    """
    return _read(_finite.concurrence, throw, [_two_qubits(state)])


def concurrence_of_assistance(state: AbstractState, *, throw: bool = True) -> Scalar:
    """tr sqrt(sqrt(rho) rho~ sqrt(rho)) = sum of the lambda_i of `concurrence` (Zhang 2025, Sec. IV).

    The entanglement that a third party holding a purification can leave to two qubits at most. Raises ValueError
    for other than two qubits; unphysical states raise.
    """
    return _read(_finite.concurrence_of_assistance, throw, [_two_qubits(state)])


def _two_qubits(state: AbstractState) -> DensityMatrix:
    if not isinstance(state, DensityMatrix):
        raise ValueError(f"The state must be a `qt.DensityMatrix` of two qubits, but is {shown(state)}.")
    _one(state)
    if state.dims != (2, 2):
        raise ValueError(
            f"Concurrence is defined for two qubits, dims (2, 2), but the state has dims {state.dims}. Take two of "
            "several with `state.reduced((0, 1))`, and give `dims` to the Hamiltonian or the state if they are missing."
        )
    return state


def gaussian_discord(state: AbstractState, measured: int = 1, *, throw: bool = True) -> Scalar:
    """The Gaussian quantum discord of two nodes, in nats, for a measurement of node `measured`.

    Adesso and Datta, Phys. Rev. Lett. 105, 030501: the optimal measurement is heterodyne or homodyne, and where
    it switches the discord has a kink. It holds abs(det C) of the correlations C, so where they vanish it has no
    second derivative, which is NaN there. Raises ValueError for other than two nodes; unphysical states raise.
    """
    state = _gaussian_only(state)
    return _read(_gaussian.discord, throw, [state], *_two_nodes(state, measured))


def classical_correlations(state: AbstractState, measured: int = 1, *, throw: bool = True) -> Scalar:
    """Mutual information minus discord, S(other) - S(other | measured), of two nodes, one number in nats.

    Raises what `gaussian_discord` raises.
    """
    state = _gaussian_only(state)
    return _read(_gaussian.classical, throw, [state], *_two_nodes(state, measured))


def _two_nodes(state: GaussianState, measured: int) -> tuple[int, int]:
    """The other node and the measured one."""
    if state.nodes != 2:
        raise ValueError(f"Gaussian discord is defined for two nodes, but the state has {state.nodes}.")
    (chosen,) = as_sites(measured, 2)
    return 1 - chosen, chosen
