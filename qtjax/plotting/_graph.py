"""What touches what in an open system: nodes, the couplings between them, and the nodes of every bath."""

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from ..baths import OpenSystem
from ..hamiltonians import FiniteHamiltonian, OscillatorNetwork

_LEVELS = 1024  # of a finite system, beyond which its partial traces take too long
_ROUNDING = 1e-9


class Graph(NamedTuple):
    """A system as a graph.

    strengths (N, N): the norm of what couples two nodes; signs (N, N): +1, -1, or 0 where it has none;
    baths: the nodes that each touches; complete: False where H also has terms on three sites or more.
    """

    strengths: np.ndarray
    signs: np.ndarray
    baths: list[tuple[int, ...]]
    complete: bool = True


def graph_of(system: Any) -> Graph:
    """The graph of an open system. Raises ValueError for anything else, for a batch, and beyond 1024 levels."""
    if not isinstance(system, OpenSystem):
        raise ValueError(f"`system` must be a `qt.OpenSystem`, but is a {type(system).__name__}.")
    hamiltonian = system.hamiltonian
    if hamiltonian.free.ndim != 2:
        raise ValueError(
            f"`system` must be one system, but is a batch: its Hamiltonian has shape {hamiltonian.free.shape}. "
            "Take one, `jax.tree.map(lambda leaf: leaf[0], system)`."
        )
    couplings = [np.asarray(one) for stack in system.stacks() for one in stack.coupling]
    if isinstance(hamiltonian, OscillatorNetwork):
        return _network(np.asarray(hamiltonian.form), couplings)
    if isinstance(hamiltonian, FiniteHamiltonian):
        return _finite(np.asarray(hamiltonian.matrix), hamiltonian.dims, couplings)
    raise ValueError(f"`system` must have a network or a finite Hamiltonian, but has a {type(hamiltonian).__name__}.")


def _network(form: np.ndarray, couplings: list[np.ndarray]) -> Graph:
    n = form.shape[0] // 2
    blocks = form.reshape(n, 2, n, 2).transpose(0, 2, 1, 3)  # of x and p of two nodes
    strengths = np.linalg.norm(blocks, 2, axis=(2, 3)) * (1 - np.eye(n))
    signs = _sign(np.trace(blocks, axis1=2, axis2=3), strengths)
    sizes = [np.linalg.norm(coupling.reshape(n, 2), axis=1) for coupling in couplings]
    return Graph(_heard(strengths), signs, [_touched(size) for size in sizes])


def _finite(matrix: np.ndarray, dims: tuple[int, ...], couplings: list[np.ndarray]) -> Graph:
    d, n = matrix.shape[0], len(dims)
    if d > _LEVELS:
        raise ValueError(f"A finite system can be drawn up to {_LEVELS} levels, but has {d}.")
    mean = np.trace(matrix) / d
    sites = [_kept(matrix, dims, (site,)) - mean * np.eye(dims[site]) for site in range(n)]
    strengths, swaps = np.zeros((n, n)), np.zeros((n, n))
    # The terms on different sites are orthogonal, so their squares add up to that of H.
    rest = np.linalg.norm(matrix) ** 2 - d * abs(mean) ** 2
    rest -= sum(np.linalg.norm(term) ** 2 * d / term.shape[0] for term in sites)
    for a, b in combinations(range(n), 2):
        term = _kept(matrix, dims, (a, b)) - mean * np.eye(dims[a] * dims[b])
        term = term - np.kron(sites[a], np.eye(dims[b])) - np.kron(np.eye(dims[a]), sites[b])
        rest -= np.linalg.norm(term) ** 2 * d / term.shape[0]
        strengths[a, b] = strengths[b, a] = np.linalg.norm(term, 2)
        if dims[a] == dims[b]:  # how much alike, the trace of the term with the swap of its sites
            swap = np.einsum("ijji->", term.reshape(dims[a], dims[b], dims[a], dims[b])).real
            swaps[a, b] = swaps[b, a] = swap
    complete = rest <= _ROUNDING * np.linalg.norm(matrix) ** 2
    baths = [_touched(np.array([_change(c, dims, site) for site in range(n)])) for c in couplings]
    return Graph(_heard(strengths), _sign(swaps, strengths), baths, bool(complete))


def _kept(matrix: np.ndarray, dims: tuple[int, ...], sites: tuple[int, ...]) -> np.ndarray:
    """The mean over all other sites: an operator on the sites, in order."""
    n = len(dims)
    rest = [site for site in range(n) if site not in sites]
    order = [*sites, *rest]
    inside = int(np.prod([dims[site] for site in sites]))
    outside = matrix.shape[0] // inside
    tensor = matrix.reshape(*dims, *dims).transpose(*order, *(n + site for site in order))
    return np.einsum("ikjk->ij", tensor.reshape(inside, outside, inside, outside)) / outside


def _change(operator: np.ndarray, dims: tuple[int, ...], site: int) -> float:
    """How far an operator is from its mean over a site, of which it then knows nothing."""
    before, own = int(np.prod(dims[:site])), dims[site]
    tensor = operator.reshape(before, own, -1, before, own, operator.shape[0] // before // own)
    mean = np.einsum("aibcid->abcd", tensor) / own
    return float(np.linalg.norm(tensor - np.einsum("abcd,ij->aibcjd", mean, np.eye(own))))


def _heard(strengths: np.ndarray) -> np.ndarray:
    return np.where(strengths > _ROUNDING * strengths.max(initial=0.0), strengths, 0.0)


def _sign(traces: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    return np.where(np.abs(traces) > _ROUNDING * strengths, np.sign(traces), 0.0)


def _touched(sizes: np.ndarray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(sizes > _ROUNDING * sizes.max(initial=0.0)).tolist())
