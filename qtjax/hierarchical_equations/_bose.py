"""The Bose function as a sum over poles: the Padé approximant [N-1/N] (Hu, Luo, Jiang, Xu and Yan 2011).

1/(1 - exp(-x)) = 1/2 + 1/x + sum_{j=1}^N 2 eta_j x/(x^2 + xi_j^2) + O(x^(4N + 1))
"""

from functools import cache

import numpy as np


@cache
def pade_poles(terms: int) -> tuple[np.ndarray, np.ndarray]:
    """(xi_j, eta_j), xi ascending, each of shape (terms,)."""
    poles, zeros = 2.0 / _positive_eigenvalues(2 * terms, 3), 2.0 / _positive_eigenvalues(2 * terms - 1, 5)
    # Zeros lie between poles: in pairs, no product overflows.
    others = np.stack([np.delete(poles, j) for j in range(terms)])
    ratios = (zeros**2 - poles[:, None] ** 2) / (others**2 - poles[:, None] ** 2)
    return poles, terms * (2 * terms + 3) / 2 * np.prod(ratios, axis=1)


def _positive_eigenvalues(size: int, first: int) -> np.ndarray:
    """Of the symmetric matrix with 1/sqrt(b_m b_(m+1)) beside the diagonal, b = first, first + 2, ...; descending."""
    b = first + 2.0 * np.arange(size)
    beside = 1.0 / np.sqrt(b[:-1] * b[1:])
    return np.linalg.eigvalsh(np.diag(beside, 1) + np.diag(beside, -1))[::-1][: size // 2]
