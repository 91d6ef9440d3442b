"""Eigenvectors of many drifts at once, in (x, p) as the paper has them: Eq. 24, phase rigidities, Jordan blocks."""

from typing import Any

import jax.numpy as jnp
import numpy as np

import qtjax as qt


def condition_numbers(matrices: Any) -> np.ndarray:
    """kappa of each matrix, shape (..., n, n)   (Eq. 24)."""
    return np.asarray(jnp.vectorize(qt.eigenvector_condition_number, signature="(n,n)->()")(jnp.asarray(matrices)))


def phase_rigidities(matrices: Any) -> np.ndarray:
    """|(v_i|v_i)| of each matrix, shape (..., n)   (below Eq. 23)."""
    return np.asarray(jnp.vectorize(qt.phase_rigidity, signature="(n,n)->(n)")(jnp.asarray(matrices)))


def blocks(matrix: Any, eigenvalue: Any) -> list[int]:
    """The sizes of the Jordan blocks of an eigenvalue, descending."""
    return [int(size) for size in qt.jordan_blocks(jnp.asarray(matrix), eigenvalue) if size > 0]
