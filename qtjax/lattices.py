"""Lattices: which nodes are neighbours, as adjacency matrices.

A network is made of one by `qt.OscillatorNetwork.from_hopping(np.diag(frequencies) + hopping * adjacency)`,
`from_springs(frequencies, spring * adjacency)` or `from_positions`; any symmetric matrix of zeros and ones will do as
well, for instance `networkx.to_numpy_array(graph)`.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._checks import check_count


def chain_lattice(sites: int) -> Float[Array, "sites sites"]:
    """Sites in a row: 1 between neighbours, shape (sites, sites).

    Times a spring, a coupling or a hopping it is what `qt.OscillatorNetwork` takes. Raises ValueError unless `sites` is
    a positive integer.
    """
    check_count(sites, "sites")
    return jnp.asarray(_chain(sites))


def ring_lattice(sites: int) -> Float[Array, "sites sites"]:
    """Sites in a circle, at least three: 1 between neighbours, shape (sites, sites). Raises ValueError for fewer."""
    check_count(sites, "sites", least=3)
    ring = _chain(sites)
    ring[0, -1] = ring[-1, 0] = 1.0
    return jnp.asarray(ring)


def square_lattice(rows: int, columns: int) -> Float[Array, "sites sites"]:
    """A rectangle of rows x columns sites with open edges; site (row, column) is number row * columns + column.

    1 between neighbours, shape (rows * columns, rows * columns). Raises ValueError unless both are positive integers.
    """
    check_count(rows, "rows")
    check_count(columns, "columns")
    along, across = np.kron(np.eye(rows), _chain(columns)), np.kron(_chain(rows), np.eye(columns))
    return jnp.asarray(along + across)


def _chain(sites: int) -> np.ndarray:
    return np.eye(sites, k=1) + np.eye(sites, k=-1)
