"""A squeezed state of three nodes on its way to the steady state, in the ladder operators of Appendix A.

Theta = U sigma U^dagger of the covariance sigma of quadratures.
"""

from typing import NamedTuple

import numpy as np

import qtjax as qt

from ._comparison import Moments, hopping, moments, random_example, transient
from ._systems import network

PLUS = np.array([[0.0, 1.0], [0.0, 0.0]])
"""The spin raising matrix s+."""


def squeezed() -> qt.GaussianState:
    """Three nodes, squeezed by different amounts along x or p, and displaced."""
    factors = np.array([2.0, 0.4, 1.5])
    variances = np.stack([0.6 * factors, 0.6 / factors], axis=1).ravel()
    return qt.GaussianState(np.array([0.5, -0.3, 0.2, 0.7, -0.6, 0.1]), np.diag(variances))


class Squeezed(NamedTuple):
    """H, the rates, f = gamma n; the state: Theta and its velocity, C, S; W and F of Eq. B1; the Wigner entropy."""

    h: np.ndarray
    gamma: np.ndarray
    f: np.ndarray
    theta: np.ndarray
    velocity: np.ndarray
    second: Moments
    drift: np.ndarray
    source: np.ndarray
    entropy: float


def _ladders(nodes: int) -> np.ndarray:
    """U of (a_1, a_1^dagger, ...) = U (x_1, p_1, ...)."""
    return np.kron(np.eye(nodes), np.array([[1, 1j], [1, -1j]]) / np.sqrt(2))


def squeezed_network() -> Squeezed:
    """A random network that `squeezed` was put into at t = 0, at t = 3."""
    given = random_example(3, np.random.default_rng(11), detuning=0.1)
    system = network(given.hopping, range(3), given.rates, given.occupations)
    found = transient(system, squeezed(), 3.0 + 0.02 * np.arange(-2, 3))
    u = _ladders(3)
    v = found.covariance
    change = found.drift @ v + v @ found.drift.T + found.diffusion
    theta, velocity, drift, source = (u @ x @ u.conj().T for x in (v, change, found.drift, found.diffusion))
    f = given.rates * given.occupations
    second, entropy = moments(v), float(found.entropy[2])
    return Squeezed(hopping(system), given.rates, f, theta, velocity, second, drift, source, entropy)


def blocks(half: float, c: np.ndarray, s: np.ndarray) -> np.ndarray:
    """half + C x s+s- + C^T x s-s+ + S x s+ + S* x s-   (Eqs. A4, A6)."""
    up, down = PLUS @ PLUS.T, PLUS.T @ PLUS
    return (
        half * np.eye(2 * len(c)) + np.kron(c, up) + np.kron(c.T, down) + np.kron(s, PLUS) + np.kron(s.conj(), PLUS.T)
    )
