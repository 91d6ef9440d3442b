"""Which scale an axis needs, and the edges of the cells around its points."""

from typing import Any

import numpy as np


def is_geometric(points: Any) -> bool:
    """Whether points over more than two decades are spaced more evenly on a logarithmic scale than on a linear one."""
    x = np.sort(np.asarray(points, float))
    if x.size < 3 or not np.all(np.isfinite(x)) or x[0] <= 0 or x[-1] <= 100 * x[0]:
        return False
    return _unevenness(np.log(x)) < _unevenness(x)


def _unevenness(sorted_points: np.ndarray) -> float:
    steps = np.diff(sorted_points)
    return float(steps.max() / max(steps.min(), 1e-300))


def changes_sign(values: Any) -> bool:
    """Whether some values are positive and some negative, by more than rounding."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return False
    rounding = 1e-13 * np.abs(finite).max()
    return bool(finite.min() < -rounding and finite.max() > rounding)


def spans_decades(values: Any, decades: float = 3) -> bool:
    """Whether the values are positive over more than so many decades."""
    finite = values[np.isfinite(values)]
    return bool(finite.size and finite.min() > 0 and finite.max() > 10**decades * finite.min())


def edges(points: Any, *, logarithmic: bool) -> np.ndarray:
    """The edges of the cells around n increasing points, shape (n + 1,): midpoints, or geometric ones."""
    x = np.asarray(points, float)
    if x.size == 1:
        half = abs(x[0]) / 2 or 0.5
        return np.array([x[0] - half, x[0] + half])
    if logarithmic:
        return np.exp(edges(np.log(x), logarithmic=False))
    middle = (x[1:] + x[:-1]) / 2
    return np.concatenate([[2 * x[0] - middle[0]], middle, [2 * x[-1] - middle[-1]]])
