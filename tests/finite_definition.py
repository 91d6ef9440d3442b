"""Finite systems from their definition, written out in NumPy on all pairs of transitions.

    D(rho) = sum_{w,w'} k(w, w') Gamma(w) [A_w rho A_w'^dagger - A_w'^dagger A_w rho] + h.c.

with the eigenoperators read off the eigenvectors of NumPy, Gamma(w) from a quadrature, and the counterterm as Q S^2.
"""

import itertools
import math
from functools import cache

import numpy as np
import scipy.integrate
from finite_systems import CUTOFF, WINDOW, commutator, null_vector

# The baths: J(w)/w --------------------------------------------------------------------------------------------


def drude(strength: float, cutoff: float):
    return lambda w: strength / (1 + (w / cutoff) ** 2)


def ohmic(strength: float, cutoff: float, exponent: float):
    return lambda w: strength * abs(w / cutoff) ** (exponent - 1) * math.exp(-abs(w) / cutoff)


def rate(slope, temperature: float, w: float) -> float:
    """2 J(w) (1 + n(w)), which at w = 0 is 2 T J'(0)."""
    if temperature == 0:
        return 2 * slope(w) * max(w, 0.0)
    x = w / temperature
    return 2 * slope(w) * (temperature if x == 0 else w / -math.expm1(-x) if x > -700 else 0.0)


_QUADRATURE = {"epsabs": 1e-14, "epsrel": 1e-12, "limit": 500}


def shift(slope, temperature: float, w: float, scales) -> float:
    """S(w) = (1/pi) P int G(x)/(w - x) dx = (1/pi) int_0^inf [G(w - y) - G(w + y)]/y dy with G = J (1 + n)."""
    odd = lambda y: (rate(slope, temperature, w - y) - rate(slope, temperature, w + y)) / (2 * y)  # noqa: E731
    ends = [0.0, *sorted({abs(w), temperature, *scales, 60 * (abs(w) + temperature + max(scales))} - {0.0})]
    total = sum(scipy.integrate.quad(odd, a, b, **_QUADRATURE)[0] for a, b in itertools.pairwise(ends))
    return (total + scipy.integrate.quad(odd, ends[-1], np.inf, **_QUADRATURE)[0]) / math.pi


def reorganisation(slope, cutoff: float) -> float:
    parts = (scipy.integrate.quad(slope, a, b, **_QUADRATURE)[0] for a, b in ((0, cutoff), (cutoff, np.inf)))
    return sum(parts) / math.pi


# The equations ------------------------------------------------------------------------------------------------


def _equal(w, v, largest):
    return np.abs(w - v) <= 1e-10 * largest


KERNELS = {
    "local": _equal,
    "global": _equal,
    "partial_redfield": lambda w, v, _: (w * v > 0) | ((w == 0) & (v == 0)),
    "redfield": lambda w, v, _: np.ones(np.broadcast_shapes(w.shape, v.shape)),
    "universal_lindblad": lambda w, v, _: np.ones(np.broadcast_shapes(w.shape, v.shape)),
    "coarse_grained": lambda w, v, _: np.sinc((w - v) * WINDOW / (2 * math.pi)),
    "partial_secular": lambda w, v, _: np.abs(w - v) < CUTOFF,
}


def dissipator(equation: str, reference, coupling, gamma, lamb, counterterm: float) -> np.ndarray:
    """The superoperator of one bath, rows stacked; `gamma` and `lamb` are functions of w, lamb=None for none."""
    energies, vectors = np.linalg.eigh(reference)
    for i in range(1, len(energies)):  # of equal levels, rounding is all that differs
        if energies[i] - energies[i - 1] < 1e-13:
            energies[i] = energies[i - 1]
    s = vectors.conj().T @ coupling @ vectors
    w = energies - energies[:, None]  # w_ij = E_j - E_i turns |i><j|
    w[np.abs(w) < 1e-13] = 0.0
    kernel = KERNELS[equation](w[:, :, None, None], w, np.abs(w).max()).astype(float)  # k[i, j, k, l] of A_ij and A_kl
    rates = np.vectorize(gamma, otypes=[float])(w)
    shifts = np.zeros_like(w) if lamb is None else np.vectorize(lamb, otypes=[float])(w)
    if equation == "universal_lindblad":
        pair = np.sqrt(rates[:, :, None, None] * rates) / 2 + 0j
        energy = (shifts[:, :, None, None] + shifts) / 2
    else:
        pair = np.broadcast_to((rates / 2 + 1j * shifts)[:, :, None, None], kernel.shape)
        energy = np.zeros_like(kernel)
    weight = kernel * pair
    jump = np.einsum("ijkl,ij,kl->ikjl", weight, s, s.conj())
    loss = np.einsum("ijil,ij,il->lj", weight, s, s.conj())
    shifted = np.einsum("ijil,ij,il->lj", kernel * (energy + counterterm), s, s.conj())
    d, identity = len(s), np.eye(len(s))
    loss = loss + 1j * shifted
    half = jump.reshape(d * d, d * d) - np.kron(loss, identity)
    conjugate = half.reshape(d, d, d, d).transpose(1, 0, 3, 2).reshape(d * d, d * d).conj()
    turn = np.kron(vectors, vectors.conj())
    return turn @ (half + conjugate) @ turn.conj().T


def expected(equation: str, p, lamb_shift: bool, counterterm: bool) -> np.ndarray:
    """The superoperators of all baths of a system of `random_parameters`."""
    reference = p["free"] if equation == "local" else p["free"] + p["interaction"]
    found = []
    for coupling, strength, cutoff, t in zip(
        p["couplings"], p["strengths"], p["cutoffs"], p["temperatures"], strict=True
    ):
        slope = drude(strength, cutoff)
        lamb = cache(lambda w, slope=slope, t=t, c=cutoff: shift(slope, t, w, [c])) if lamb_shift else None
        q = reorganisation(slope, cutoff) if lamb_shift and counterterm else 0.0
        gamma = lambda w, slope=slope, t=t: rate(slope, t, w)  # noqa: E731
        found.append(dissipator(equation, reference, coupling, gamma, lamb, q))
    return np.stack(found)


def steady(p, moves):
    """(rho, currents, singular values, smallest first) of the brute-force equation."""
    h = p["free"] + p["interaction"]
    generator = commutator(h) + moves.sum(axis=0)
    rho = null_vector(generator)
    currents = [np.trace(h @ (move @ rho.ravel()).reshape(h.shape)).real for move in moves]
    return rho, np.array(currents), np.linalg.svd(generator, compute_uv=False)[::-1]
