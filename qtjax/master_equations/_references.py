"""Whose eigenoperators: the part of a Hamiltonian that a master equation takes for the motion of the system."""

import jax.numpy as jnp
from jaxtyping import Array

from ..hamiltonians import AbstractHamiltonian


def uncoupled(hamiltonian: AbstractHamiltonian) -> Array:
    """The free part: the nodes as if nothing connected them."""
    return _hermitian(hamiltonian.free)


def whole(hamiltonian: AbstractHamiltonian) -> Array:
    """The whole Hamiltonian, interaction included."""
    return _hermitian(hamiltonian.free + hamiltonian.interaction)


def _hermitian(matrix: Array) -> Array:
    return (matrix + jnp.swapaxes(matrix, -1, -2).conj()) / 2
