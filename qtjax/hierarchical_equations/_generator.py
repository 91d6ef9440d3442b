"""The hierarchy of auxiliary density operators and how it moves.

With n = (n_k) quanta in the modes of all baths (`_memories.py`) and rho_0 the density matrix

    d rho_n/dt = - i [H, rho_n] - sum_k n_k rate_k rho_n + sum_kj n_k chain_kj rho_(n - k + j)
                 - i sum_k [S, rho_(n + k)]                            over modes of densities
                 - i sum_k n_k (left_k S rho_(n - k) - right_k rho_(n - k) S)          likewise
                 - i sum_j n_j [S, rho_(n - j)]                            over thermal modes

with S of the bath that the mode belongs to (Tanimura and Kubo 1989; Ishizaki and Tanimura 2005, whose exponentials are
the eigenvectors of the chain). Tiers of more than `depth` quanta are left out. What is held is rho_n over the product
of sqrt(n_k!) scale_k^n_k, which keeps all tiers of one size (Shi, Chen, Nan, Xu and Yan 2009).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from .._linalg import Levels
from ._memories import Memory
from ._tiers import Moves, tiers

# What a scale is at least, relative to the rate of its mode: a bath of no strength has one, too.
_LEAST = 1e-8


class _Flow(eqx.Module):
    """To every auxiliary operator its neighbours, each with a weight."""

    neighbour: np.ndarray
    weight: Inexact[Array, "n moves"]

    def __call__(self, operators: Array) -> Array:
        """sum over moves of weight x neighbour."""
        return jnp.einsum("nk,nkij->nij", self.weight, operators[self.neighbour])

    def rows(self, begin: int, end: int) -> "_Flow":
        """For some of them only."""
        return _Flow(self.neighbour[begin:end], self.weight[begin:end])


class Generator(eqx.Module):
    """The motion of all auxiliary operators, in the frame of the levels of H; its adjoint is one, too."""

    levels: Levels
    decay: Complex[Array, " n"]
    couplings: Inexact[Array, "baths d d"]
    commuted: tuple[_Flow, ...]  # of every bath, what it acts on as S x - x S
    left: tuple[_Flow, ...]  # as S x
    right: tuple[_Flow, ...]  # as x S
    chain: tuple[_Flow, ...]
    blocks: tuple[int, ...] = eqx.field(static=True)  # each fed by the one before through the chain
    ascending: bool = eqx.field(static=True)

    def __call__(self, operators: Complex[Array, "n d d"]) -> Complex[Array, "n d d"]:
        """How they move."""
        motion = self.levels.coherent(operators) - self.decay[:, None, None] * operators
        motion = motion + sum(flow(operators) for flow in self.chain)
        for s, commuted, left, right in zip(self.couplings, self.commuted, self.left, self.right, strict=True):
            before, behind = s @ operators, operators @ s
            motion = motion - 1j * (commuted(before - behind) + left(before) - right(behind))
        return motion

    def relaxed(self, operators: Complex[Array, "n d d"]) -> Complex[Array, "n d d"]:
        """The inverse of what acts inside the tiers, on all but the density matrix."""
        energies = self.levels.energies
        own = -1j * (energies[:, None] - energies) - self.decay[:, None, None]
        own = own.at[0].set(1.0)
        result = operators / own
        order = range(1, len(self.blocks) - 1) if self.ascending else range(len(self.blocks) - 3, -1, -1)
        for i in order:
            begin, end = self.blocks[i], self.blocks[i + 1]
            fed = sum(flow.rows(begin, end)(result) for flow in self.chain)
            result = result.at[begin:end].add(-fed / own[begin:end])
        return result


def generators(
    levels: Levels, couplings: Array, memories: tuple[Memory, ...], depth: int
) -> tuple[Generator, Generator]:
    """The generator of a hierarchy of this depth, and its adjoint without complex conjugation."""
    table = tiers(tuple(m.density_modes for m in memories), memories[0].chain.shape[1], depth)
    scales = [_scales(memory) for memory in memories]
    decay = jnp.asarray(table.quanta) @ jnp.concatenate([memory.rates for memory in memories])
    forward, adjoint = (
        [
            _bath_flows(memory, scale, step, back, chain)
            for memory, scale, step, back, chain in zip(memories, scales, up, down, chains, strict=True)
        ]
        for up, down, chains in ((table.up, table.down, table.give), (table.down, table.up, table.take))
    )

    def generator(couplings: Array, flows: list[tuple[_Flow, ...]], ascending: bool) -> Generator:
        commuted, left, right, chain = zip(*flows, strict=True)
        return Generator(levels, decay, couplings, commuted, left, right, chain, table.blocks, ascending)

    return generator(couplings, forward, True), generator(jnp.swapaxes(couplings, -1, -2), adjoint, False)


def _bath_flows(memory: Memory, scale: Array, up: Moves, down: Moves, chain: Moves) -> tuple[_Flow, ...]:
    """commuted, left, right and chain of one bath; for the adjoint with up and down exchanged."""
    m = memory.density_modes
    density, thermal = scale[:m], scale[m:]
    commuted = _Flow(
        np.concatenate([up.neighbour[:, :m], down.neighbour[:, m:]], axis=1),
        jnp.concatenate([up.weight[:, :m] * density, down.weight[:, m:] / thermal], axis=1),
    )
    left, right = (
        _Flow(down.neighbour[:, :m], jnp.asarray(x / density) * down.weight[:, :m]) for x in (memory.left, memory.right)
    )
    fed = jnp.asarray(memory.chain * thermal / density[:, None]).ravel()
    return commuted, left, right, _Flow(chain.neighbour, fed * chain.weight)


def _scales(memory: Memory) -> Float[Array, " modes"]:
    """What a quantum of each mode is counted in; without derivatives, since nothing depends on it."""
    memory = jax.lax.stop_gradient(memory)
    m = memory.density_modes
    density = jnp.sqrt(jnp.maximum(jnp.abs(memory.left), (_LEAST * jnp.abs(memory.rates[:m])) ** 2))
    driving = jnp.sum(jnp.abs(memory.chain) / density[:, None], axis=0)
    # As strong in driving the density's modes as in being driven.
    thermal = 1.0 / jnp.sqrt(jnp.where(driving > 0, driving, 1.0))
    return jnp.concatenate([density, thermal])
