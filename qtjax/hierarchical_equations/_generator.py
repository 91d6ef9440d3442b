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

import dataclasses
import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from .._linalg import Levels, commutator
from ._memories import Memory
from ._tiers import Moves, tiers

# What a scale is at least, relative to the rate of its mode: a bath of no strength has one, too.
_LEAST = 1e-8


class Generator(eqx.Module):
    """The motion of all auxiliary operators, in the frame of the levels of H; its transpose is one, too."""

    energies: Float[Array, " d"]
    splitting: Inexact[Array, "d d"] | None  # of the levels, which has derivatives but no value; None without any
    decay: Complex[Array, " n"]
    couplings: Inexact[Array, "baths d d"]
    neighbour: np.ndarray  # (n, moves), which operator comes by a move
    bath: np.ndarray  # (moves,), the bath whose coupling operator it meets
    left: Inexact[Array, "n moves"]  # how much of S x
    right: Inexact[Array, "n moves"]  # and of x S
    driver: np.ndarray  # (n, pairs), the same of the chain, which has no coupling operator
    driven: Inexact[Array, "n pairs"]
    depth: int = eqx.field(static=True)

    def __call__(self, operators: Complex[Array, "n d d"]) -> Complex[Array, "n d d"]:
        """How they move."""
        n, couplings = operators.shape[0], self.couplings[:, None]
        before, behind = (x.reshape(-1, *operators.shape[1:]) for x in (couplings @ operators, operators @ couplings))
        where = self.bath * n + self.neighbour
        coupled = _gathered(before, where, self.left) - _gathered(behind, where, self.right)
        motion = self._turning() * operators + _gathered(operators, self.driver, self.driven) - 1j * coupled
        return motion if self.splitting is None else motion - 1j * commutator(self.splitting, operators)

    def frozen(self) -> "Generator":
        """The same without derivatives."""
        arrays, tables = eqx.partition(self, eqx.is_inexact_array)
        return dataclasses.replace(eqx.combine(jax.lax.stop_gradient(arrays), tables), splitting=None)

    def _turning(self) -> Complex[Array, "n d d"]:
        """What multiplies every element of every operator."""
        return -1j * (self.energies[:, None] - self.energies) - self.decay[:, None, None]

    def relaxed(self, operators: Complex[Array, "n d d"]) -> Complex[Array, "n d d"]:
        """The inverse of what acts inside the tiers, on all but the density matrix."""
        own = self._turning().at[0].set(1.0)

        def feed(_: Any, result: Array) -> Array:
            return (operators - _gathered(result, self.driver, self.driven)) / own

        # The chain ends after as many moves as there are quanta.
        return jax.lax.fori_loop(0, self.depth, feed, operators / own)

    def gathered(self, operators: Complex[Array, "n d d"]) -> tuple[Array, Array]:
        """What meets S_b of every bath from the right and from the left in the motion of the density matrix."""
        first = operators[self.neighbour[0]]
        own = self.bath == np.arange(self.couplings.shape[0])[:, None]
        left, right = (jnp.einsum("bk,kij->bij", own * weight[0], first) for weight in (self.left, self.right))
        return left, right

    def feed(self, operators: Complex[Array, "n d d"]) -> Complex[Array, "d d"]:
        """The motion of the density matrix that comes from the first tier."""
        left, right = self.gathered(operators)
        return -1j * jnp.sum(self.couplings @ left - right @ self.couplings, axis=0)


def _gathered(operators: Array, where: np.ndarray, weight: Array) -> Array:
    """sum over moves of weight x operators[where], one after the other: nothing is held but the sum."""
    moves = (weight[:, k, None, None] * operators[where[:, k]] for k in range(where.shape[1]))
    return functools.reduce(jnp.add, moves)


def generators(
    levels: Levels, couplings: Array, memories: tuple[Memory, ...], depth: int
) -> tuple[Generator, Generator]:
    """The generator of a hierarchy of this depth, and its transpose, without derivatives."""
    table = tiers(tuple(m.density_modes for m in memories), memories[0].chain.shape[1], depth)
    scales = [_scales(memory) for memory in memories]
    decay = jnp.asarray(table.quanta) @ jnp.concatenate([memory.rates for memory in memories])
    density = table.of_density
    scale = jnp.concatenate(scales)
    left, right = (
        jnp.concatenate([getattr(memory, side) for memory in memories]) / scale[density] for side in ("left", "right")
    )
    chain = jnp.concatenate(
        [
            (m.chain * s[m.density_modes :] / s[: m.density_modes, None]).ravel()
            for m, s in zip(memories, scales, strict=True)
        ]
    )

    def generator(couplings: Array, splitting: Array | None, up: Moves, down: Moves, give: Moves) -> Generator:
        commuted = jnp.where(density, up.weight * scale, down.weight / scale)
        neighbour = np.concatenate(
            [np.where(density, up.neighbour, down.neighbour), down.neighbour[:, density]], axis=1
        )
        bath = np.concatenate([table.bath, table.bath[density]])
        before, behind = (jnp.concatenate([commuted, down.weight[:, density] * x], axis=1) for x in (left, right))
        driven = chain * give.weight
        inside = (levels.energies, splitting, decay)
        return Generator(*inside, couplings, neighbour, bath, before, behind, give.neighbour, driven, depth)

    return (
        generator(couplings, levels.splitting, table.up, table.down, table.give),
        generator(jnp.swapaxes(couplings, -1, -2), None, table.down, table.up, table.take).frozen(),
    )


def _scales(memory: Memory) -> Float[Array, " modes"]:
    """What a quantum of each mode is counted in; without derivatives, since nothing depends on it."""
    memory = jax.lax.stop_gradient(memory)
    m = memory.density_modes
    density = jnp.sqrt(jnp.maximum(jnp.abs(memory.left), (_LEAST * jnp.abs(memory.rates[:m])) ** 2))
    driving = jnp.sum(jnp.abs(memory.chain) / density[:, None], axis=0)
    # As strong in driving the density's modes as in being driven.
    thermal = 1.0 / jnp.sqrt(jnp.where(driving > 0, driving, 1.0))
    return jnp.concatenate([density, thermal])
