"""The tiers of a hierarchy: which auxiliary operators there are, and which are neighbours.

An auxiliary operator has a number n_k of quanta in every mode k of every bath, at most `depth` in all.
"""

from functools import lru_cache
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

    quanta: np.ndarray  # (n, K)
    bath: np.ndarray  # (K,), of every mode
    of_density: np.ndarray  # (K,), whether it is a density's
    up: Moves  # one quantum more, sqrt(n_k + 1)
    down: Moves  # one quantum less, sqrt(n_k)
    give: Moves  # from density mode k to thermal mode j, bath by bath (k, j) row by row: sqrt(n_k (n_j + 1))
    take: Moves  # from thermal mode j to density mode k: sqrt((n_k + 1) n_j)


def auxiliary_operators(modes: int, depth: int) -> int:
    """How many there are: (modes + depth)!/(modes! depth!)."""
    count = 1
    for i in range(1, depth + 1):
        count = count * (modes + i) // i
    return count


@lru_cache(maxsize=8)
def tiers(density_modes: tuple[int, ...], thermal_modes: int, depth: int) -> Tiers:
    """Of baths with so many modes each, the density's before the thermal ones."""
    modes = np.array([(b, k < m) for b, m in enumerate(density_modes) for k in range(m + thermal_modes)])
    bath, of_density = modes[:, 0], modes[:, 1].astype(bool)
    quanta = _compositions(len(modes), depth)
    powers = np.array([(depth + 2) ** i for i in range(len(modes))], dtype=object)
    keys = quanta.astype(object) @ powers  # every operator as one number, with room for one quantum too many
    where = {key: i for i, key in enumerate(keys)}

    def moves(changes: np.ndarray, squares: np.ndarray) -> Moves:
        """To quanta + change; `squares` (n, K) is 0 where there is no way."""
        shifts = changes.astype(object) @ powers
        found = np.array([[where.get(key + shift, -1) for shift in shifts] for key in keys]).reshape(squares.shape)
        return Moves(np.maximum(found, 0), np.sqrt(np.where(found >= 0, squares, 0)))

    unit = np.eye(len(modes), dtype=int)
    k, j = np.nonzero((bath[:, None] == bath) & of_density[:, None] & ~of_density)
    return Tiers(
        quanta,
        bath,
        of_density,
        up=moves(unit, quanta + 1),
        down=moves(-unit, quanta),
        give=moves(unit[j] - unit[k], quanta[:, k] * (quanta[:, j] + 1)),
        take=moves(unit[k] - unit[j], (quanta[:, k] + 1) * quanta[:, j]),
    )


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
