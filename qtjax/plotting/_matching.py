"""Which eigenvalue at one point of a sweep is which at the next."""

import numpy as np


def continued(values: np.ndarray, parameter: np.ndarray) -> np.ndarray:
    """Eigenvalues of shape (points, n), every row permuted such that each column is one eigenvalue along the way.

    Every row is assigned, all at once, to where the two before it extrapolate to: eigenvalues that cross keep their
    direction, and where two coalesce into another pair either way is continuous. Rows with NaN stay as they are, and
    are passed over.
    """
    from scipy.optimize import linear_sum_assignment

    found = np.array(values)
    rows = np.flatnonzero(np.all(np.isfinite(found), axis=1))
    for i, row in enumerate(rows[1:], start=1):
        last = found[rows[i - 1]]
        expected = last
        if i > 1:
            before = found[rows[i - 2]]
            step, previous = parameter[row] - parameter[rows[i - 1]], parameter[rows[i - 1]] - parameter[rows[i - 2]]
            expected = last + (last - before) * (step / previous if previous else 0.0)
        apart = np.abs(expected[:, None] - found[row][None, :])
        found[row] = found[row][linear_sum_assignment(apart)[1]]
    return found


def multiplicities(values: np.ndarray, tolerance: float) -> list[tuple[complex, int]]:
    """The mean of every group of eigenvalues closer than the tolerance to its first one, and how many they are."""
    groups: list[list[complex]] = []
    firsts = np.empty(0, complex)
    for value in values:
        near = np.flatnonzero(np.abs(firsts - value) <= tolerance)
        if near.size:
            groups[near[0]].append(value)
        else:
            groups.append([value])
            firsts = np.append(firsts, value)
    return [(complex(np.mean(group)), len(group)) for group in groups]
