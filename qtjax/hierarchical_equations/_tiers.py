"""The tiers of a hierarchy: which auxiliary operators there are, and which are neighbours.

An auxiliary operator has a number n_k of quanta in every mode k of every bath, at most `depth` in all.
"""

import math
from functools import lru_cache
from itertools import combinations_with_replacement
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
    return math.comb(modes + depth, depth)


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
    ways = (np.array(way, int) for n in range(depth + 1) for way in combinations_with_replacement(range(modes), n))
    return np.stack([np.bincount(way, minlength=modes) for way in ways])
