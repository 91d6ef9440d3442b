"""The tiers of a hierarchy: which auxiliary operators there are, and which are neighbours.

An auxiliary operator has a number n_k of quanta in every mode of every bath, at most `depth` in all. Sorted by the
number of quanta in modes of densities, those that such modes take over from thermal ones come in blocks, each fed by
the one before.
"""

from functools import cache
from typing import NamedTuple

import numpy as np


class Moves(NamedTuple):
    """For every auxiliary operator n and mode k: where a neighbour is, and sqrt of the quanta that the step is made of.

    Where there is no neighbour the square root is 0.
    """

    neighbour: np.ndarray  # (n, K)
    weight: np.ndarray  # (n, K)


class Tiers(NamedTuple):
    """The static tables of a hierarchy."""

    quanta: np.ndarray  # (n, all modes)
    order: np.ndarray  # (n,), the sum of quanta
    blocks: tuple[int, ...]  # where the blocks begin, and the end
    up: tuple[Moves, ...]  # of every bath: one quantum more, sqrt(n_k + 1)
    down: tuple[Moves, ...]  # one quantum less, sqrt(n_k)
    give: tuple[Moves, ...]  # from density mode k to thermal mode j, (k, j) row by row: sqrt(n_k (n_j + 1))
    take: tuple[Moves, ...]  # from thermal mode j to density mode k: sqrt((n_k + 1) n_j)


def auxiliary_operators(modes: int, depth: int) -> int:
    """How many there are: (modes + depth)!/(modes! depth!)."""
    count = 1
    for i in range(1, depth + 1):
        count = count * (modes + i) // i
    return count


@cache
def tiers(density_modes: tuple[int, ...], thermal_modes: int, depth: int) -> Tiers:
    """Of baths with so many modes each, the density's before the thermal ones."""
    sizes = [m + thermal_modes for m in density_modes]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    of_density = np.concatenate([np.arange(size) < m for size, m in zip(sizes, density_modes, strict=True)])
    quanta = _compositions(int(starts[-1]), depth)
    shared = quanta @ of_density
    quanta = quanta[np.lexsort((quanta.sum(axis=1), shared))]
    shared, order = quanta @ of_density, quanta.sum(axis=1)

    # Every operator as one number, looked up by bisection; a base that leaves room for one quantum too many.
    powers = np.array([(depth + 2) ** i for i in range(quanta.shape[1])], dtype=object)
    keys = quanta.astype(object) @ powers
    where = {key: i for i, key in enumerate(keys)}

    def moves(changes: np.ndarray, squares: np.ndarray) -> Moves:
        """To quanta + change; `squares` (n, K) is 0 where there is no way."""
        shifts = changes.astype(object) @ powers
        found = np.array([[where.get(key + shift, -1) for shift in shifts] for key in keys]).reshape(squares.shape)
        return Moves(np.maximum(found, 0), np.sqrt(np.where(found >= 0, squares, 0)))

    unit, up, down, give, take = np.eye(quanta.shape[1], dtype=int), [], [], [], []
    for start, size, m in zip(starts, sizes, density_modes, strict=False):
        modes = np.arange(start, start + size)
        up.append(moves(unit[modes], quanta[:, modes] + 1))
        down.append(moves(-unit[modes], quanta[:, modes]))
        k, j = (x.ravel() for x in np.meshgrid(modes[:m], modes[m:], indexing="ij"))
        give.append(moves(unit[j] - unit[k], quanta[:, k] * (quanta[:, j] + 1)))
        take.append(moves(unit[k] - unit[j], (quanta[:, k] + 1) * quanta[:, j]))
    blocks = tuple(int(i) for i in np.searchsorted(shared, np.arange(depth + 2)))
    return Tiers(quanta, order, blocks, tuple(up), tuple(down), tuple(give), tuple(take))


def _compositions(modes: int, depth: int) -> np.ndarray:
    """All ways to put at most `depth` quanta into the modes, shape (n, modes)."""
    rows, last = [np.zeros((1, modes), int)], np.zeros((1, modes), int)
    for _ in range(depth):
        # One quantum more in the last occupied mode or behind it: every composition once.
        first = np.where(last.any(axis=1), modes - 1 - np.argmax(last[:, ::-1] > 0, axis=1), 0)
        grown = [row + unit for row, f in zip(last, first, strict=True) for unit in np.eye(modes, dtype=int)[f:]]
        last = np.array(grown).reshape(-1, modes)
        rows.append(last)
    return np.concatenate(rows)
