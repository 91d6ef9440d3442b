"""Two halves of the basis that a system keeps apart, or exchanges as a whole: a weak symmetry of two values.

Colour every state of the basis so that H joins equal colours only, and each coupling either equal colours only or
unequal ones only (a chain of qubits with sigma_x at its ends: the parity of the excitations). Levels then have a
colour, a generator never mixes the blocks of equal with those of unequal colours, and the populations are in the
former: a quarter of the arithmetic. The colours are read off exact zeros, as operators written on sites have them.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Inexact, Int

from ._batching import in_chunks


def _components(edges: Bool[Array, "d d"]) -> Int[Array, " d"]:
    """A number for every state, equal where edges join them."""

    def spread(state: tuple[Array, Array]) -> tuple[Array, Array]:
        label, _ = state
        least = jnp.minimum(label, jnp.min(jnp.where(edges, label, label.size), axis=1))
        return least[least], label

    start = jnp.arange(edges.shape[0])
    return jax.lax.while_loop(lambda s: jnp.any(s[0] != s[1]), spread, (start, start - 1))[0]


def two_colours(hamiltonian: Inexact[Array, "d d"], couplings: Inexact[Array, "b d d"]) -> Bool[Array, " d"]:
    """The colours of the basis, two halves that differ by one state at most; all False where there are none such."""
    edges = jnp.concatenate([(hamiltonian != 0)[None], couplings != 0])
    label = _components(edges[0])
    # A coupling that leaves a component of H somewhere, and stays in it elsewhere, can only join equal colours.
    exchanging = ~jnp.any(edges & (label[:, None] == label), axis=(1, 2))
    sign = jnp.where(exchanging, -1.0, 1.0).astype(jnp.float32)
    signed = jnp.einsum("b,bij->ij", sign, edges.astype(jnp.float32))

    def spread(state: tuple[Array, Array]) -> tuple[Array, Array]:
        colour, _ = state
        return jnp.where(colour == 0, jnp.sign(signed @ colour), colour), colour

    nothing = jnp.zeros(label.size, jnp.float32)
    start = nothing.at[0].set(1)
    colour = jax.lax.while_loop(lambda s: jnp.any(s[0] != s[1]), spread, (start, nothing))[0]
    joins_equal = colour[:, None] * colour == 1
    contrary = jnp.any(edges & (joins_equal == exchanging[:, None, None]))
    excess = jnp.sum(colour)
    known = jnp.all(colour != 0) & ~contrary & (jnp.abs(excess) <= 1)
    return known & (colour * jnp.where(excess < 0, -1, 1) < 0)


def halves(colour: Bool[Array, " d"]) -> Int[Array, "2 m"]:
    """What is in either half; an odd basis lacks one in the second, for which d stands."""
    d = colour.shape[0]
    order = jnp.argsort(colour, stable=True)
    return jnp.concatenate([order, jnp.full(d % 2, d)]).reshape(2, -1)


def block(matrix: Inexact[Array, "d d"], rows: Int[Array, " m"], columns: Int[Array, " m"]) -> Inexact[Array, "m m"]:
    """The elements of some rows and columns; nothing where there are none such."""
    kept = jnp.take(matrix, rows, axis=0, mode="fill", fill_value=0)
    return jnp.take(kept, columns, axis=1, mode="fill", fill_value=0)


def _by_halves(matrix: Array, colour: Array) -> tuple[Array, Array, Array]:
    d, members = colour.shape[0], halves(colour)
    blocks = jax.vmap(block, (None, 0, 0))(matrix, members, members)
    # What the second half lacks is its last level, beyond all others.
    lacking = 2.0 * jnp.max(jnp.sum(jnp.abs(matrix), axis=1)) + 1.0
    blocks = jax.vmap(lambda b, m: b + jnp.diag(jnp.where(m < d, 0.0, lacking)).astype(b.dtype))(blocks, members)
    energies, inner = jnp.linalg.eigh(blocks)
    m = members.shape[1]
    vectors = jnp.zeros((d, 2, m), matrix.dtype)
    for half in range(2):
        vectors = vectors.at[members[half], half].set(inner[half], mode="drop")
    order = jnp.argsort(energies.ravel())[:d]
    return energies.ravel()[order], vectors.reshape(d, -1)[:, order], order >= m


def _whole(matrix: Array, colour: Array) -> tuple[Array, Array, Array]:
    energies, vectors = jnp.linalg.eigh(matrix)
    return energies, vectors, colour


def _coloured_eigh(matrix: Array, couplings: Array) -> tuple[Array, Array, Array]:
    colour = two_colours(matrix, couplings)
    return jax.lax.cond(jnp.any(colour), _by_halves, _whole, matrix, colour)


_unbatched = in_chunks(_coloured_eigh, chunk=1)


def coloured_eigh(
    matrix: Inexact[Array, "d d"], couplings: Inexact[Array, "b d d"]
) -> tuple[Float[Array, " d"], Inexact[Array, "d d"], Bool[Array, " d"]]:
    """(energies, vectors, colours) of the levels, every one of which has one colour also where it is degenerate."""
    return _unbatched(matrix, couplings)
