"""First moments straight from the operators of Eqs. 5, A.13 and A.15: A_w = f_w . R, [R_k, R_l] = i Omega_kl."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import qtjax as qt

OMEGA = np.kron(np.eye(2), [[0.0, 1.0], [-1.0, 0.0]])


class Channels(NamedTuple):
    """The open decay channels of every bath, at frequencies +-Omega_j."""

    frequencies: np.ndarray  # (4,)
    vectors: np.ndarray  # f, (2, 4, 4): bath, channel, quadrature
    rates: np.ndarray  # gamma, (2, 4): bath, channel

    def pairs(self, kept: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """The rate of A_i where kept(w_i w_j), else 0: (2, 4, 4)."""
        return self.rates[:, :, None] * kept(np.multiply.outer(self.frequencies, self.frequencies))

    def drift(self, pairs: np.ndarray) -> np.ndarray:
        """What sum rate_ij/2 (A_i^dagger O A_j - A_i^dagger A_j O) + h.c. adds to the drift of R, (4, 4)."""
        return np.einsum("bij,kl,bjl,bim->km", pairs, 1j * OMEGA, self.vectors, self.vectors.conj()).real

    def growth(self, pairs: np.ndarray) -> float:
        """sum rate_ij/2 [A_i^dagger, A_j] + h.c.: what a wrong order of the last two operators makes of the trace."""
        return float(np.einsum("bij,bik,kl,bjl->", pairs, self.vectors.conj(), 1j * OMEGA, self.vectors).real)


def channels(system: qt.OpenSystem) -> Channels:
    """Eqs. 41 to 43, also out of resonance."""
    assert isinstance(system.hamiltonian, qt.OscillatorNetwork)
    squares, p = np.linalg.eigh(np.asarray(system.hamiltonian.form)[::2, ::2])
    w = np.sqrt(squares)
    positive = np.zeros((2, 2, 4), complex)
    positive[:, :, 0::2] = p[:, :, None] * p.T[None] / 2
    positive[:, :, 1::2] = 1j * positive[:, :, 0::2] / w[None, :, None]
    frequencies = np.concatenate([w, -w])
    rates = [np.asarray(bath.spectral_density.rate(frequencies, bath.temperature)) for bath in system.baths]
    return Channels(frequencies, np.concatenate([positive, positive.conj()], axis=1), np.array(rates))
