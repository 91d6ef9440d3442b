"""Currents along the bonds of a network, between pairs of nodes."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ._checks import NO_QUANTA, Fault, guard, shown
from ._linalg import symplectic_form
from .baths import OpenSystem
from .hamiltonians import AbstractHamiltonian, OscillatorNetwork
from .states import AbstractState, fitting_gaussian


def bond_energy_currents(
    system: OpenSystem | AbstractHamiltonian, state: AbstractState, *, throw: bool = True
) -> Float[Array, "nodes nodes"]:
    """The energy current into node k (row) from node l (column), shape (N, N), antisymmetric.

    A node's energy is its own part of H_S and half of what it shares with each neighbour, h = sum_k h_k; the current is
    i <[h_l, h_k]>, so that it moves energy and never makes any. For two sites of one frequency w and weak hopping
    it is w x the current of quanta. Takes a system or its Hamiltonian. Raises ValueError where the state does not fit.
    """
    return guard(_energy_currents(*_fitting(system, state)), Fault(), throw)


def bond_quanta_currents(
    system: OpenSystem | AbstractHamiltonian, state: AbstractState, *, throw: bool = True
) -> Float[Array, "nodes nodes"]:
    """The current of quanta into node k (row) from node l (column), shape (N, N).

    It is what the coupling of k and l adds to d<n_k>/dt, with n_k the quanta of the free node k: for hopping
    2 Im(H_kl <a_k^dagger a_l>) (Malouf 2019, Eq. 25b, its index corrected), antisymmetric; springs also make pairs, so
    there it need not be. Raises ValueError where the state does not fit; a run-time error (NaN with throw=False) for a
    node without a frequency, which has no quanta.
    """
    return guard(*_quanta_currents(*_fitting(system, state)), throw)


def _fitting(
    system: OpenSystem | AbstractHamiltonian, state: AbstractState
) -> tuple[OscillatorNetwork, Float[Array, "n n"]]:
    """The network, and <{R, R^T}>/2."""
    network = system.hamiltonian if isinstance(system, OpenSystem) else system
    if not isinstance(network, OscillatorNetwork):
        raise ValueError(f"Bond currents are defined for a `qt.OscillatorNetwork`, but got {shown(system)}.")
    found = fitting_gaussian(state, network.free.shape)
    return network, found.covariance + jnp.outer(found.mean, found.mean)


@eqx.filter_jit
def _energy_currents(network: OscillatorNetwork, moments: Float[Array, "n n"]) -> Float[Array, "nodes nodes"]:
    # tr(h_k Omega h_l <RR>) of h_k = (P_k h + h P_k)/2, term by term.
    h, turn = network.form, jnp.asarray(symplectic_form(network.nodes))
    current = _blockwise(h @ turn, h @ moments) + _blockwise(h @ turn @ h, moments)
    current = (current + _blockwise(turn @ h, moments @ h)) / 4
    return (current - current.T) / 2


@eqx.filter_jit
def _quanta_currents(
    network: OscillatorNetwork, moments: Float[Array, "n n"]
) -> tuple[Float[Array, "nodes nodes"], Fault]:
    nodes = network.nodes
    own = (network.free + network.free.T) / 2
    own = own.reshape(nodes, 2, nodes, 2)[jnp.arange(nodes), :, jnp.arange(nodes), :]
    square = own[:, 0, 0] * own[:, 1, 1] - own[:, 0, 1] ** 2
    still = ~(square > 0)
    per_quantum = own / jnp.sqrt(jnp.where(still, 1.0, square))[:, None, None]
    turned = (per_quantum @ symplectic_form(1)) @ network.form.reshape(nodes, 2, 2 * nodes)
    current = _blockwise(turned.reshape(2 * nodes, 2 * nodes), moments)
    current = current * (1.0 - jnp.eye(nodes))
    return current, Fault(jnp.any(still), NO_QUANTA, jnp.argmax(still))


def _blockwise(a: Float[Array, "n n"], b: Float[Array, "n n"]) -> Float[Array, "nodes nodes"]:
    """tr(a_kl b_lk) of the 2 x 2 blocks."""
    nodes = a.shape[0] // 2
    return jnp.sum((a * b.T).reshape(nodes, 2, nodes, 2), axis=(1, 3))
