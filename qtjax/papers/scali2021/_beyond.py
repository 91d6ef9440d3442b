"""Exceptional points beyond the two resonators of Scali et al. 2021, which test the search where closed forms exist."""

import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._report import Claim, numbers, verdict
from ._spectra import blocks

LOCAL = qt.local_master_equation()
_FREQUENCY = 5.0  # of the qubit in the laboratory: that at which its bath is heard


def driven_qubit(
    rabi: Any, detuning: Any = 0.0, *, gamma: Any = 1.0, temperature: Any = 0.0, dephasing: Any = 0.0
) -> qt.OpenSystem:
    """H = detuning sigma_z/2 + rabi sigma_x/2 in the rotating frame, a thermal channel, and dephasing D[sigma_z]/2."""
    z, x = qt.sigma_z(0, of=1), qt.sigma_x(0, of=1)
    free = _FREQUENCY / 2 * z
    drive = (detuning - _FREQUENCY) / 2 * z + rabi / 2 * x
    return qt.OpenSystem(
        qt.FiniteHamiltonian(free, drive),
        (
            qt.Bath(x, qt.Flat(gamma), temperature),
            qt.Bath(z, qt.PowerLaw(jnp.asarray(dephasing) / 4, exponent=1.0), 1.0),
        ),
    )


def local_chain(potential: Any, damping: Any) -> jax.Array:
    """The drift of (x_1, p_1, x_2, ...) where x and p of node i are damped at damping_i/2, from the matrix V of H_S."""
    w, rates = jnp.asarray(potential), jnp.asarray(damping)
    coherent = jnp.kron(jnp.eye(w.shape[0]), np.array([[0.0, 1.0], [0.0, 0.0]]))
    return coherent - jnp.kron(w, np.array([[0.0, 0.0], [1.0, 0.0]])) - jnp.diag(jnp.repeat(rates, 2)) / 2


def two_qubits(coupling: Any, gammas: Any, temperatures: Any) -> qt.OpenSystem:
    """Resonant qubits, w = 1, that exchange their quantum at a rate `coupling`, each on its own bath."""
    z, x, up = ([operator(i, of=2) for i in (0, 1)] for operator in (qt.sigma_z, qt.sigma_x, qt.sigma_plus))
    exchange = up[0] @ up[1].T + up[1] @ up[0].T
    baths = tuple(qt.Bath(x[i], qt.Flat(gammas[i]), temperatures[i]) for i in (0, 1))
    return qt.OpenSystem(qt.FiniteHamiltonian((z[0] + z[1]) / 2, coupling * exchange), baths)


def beyond(quick: bool) -> list[Claim]:
    """Sec. 4: EPs of other systems, and of higher orders."""
    return [] if quick else [_three(), _qubit(), _two_qubits()]


def _potential(first: Any, second: Any, middle: Any, last: Any) -> jax.Array:
    """V of three oscillators in a row, the first of frequency 1."""
    one = jnp.ones_like(jnp.asarray(middle))
    rows = ((one, first, 0 * one), (first, middle**2, second), (0 * one, second, last**2))
    return jnp.stack([jnp.stack(row) for row in rows])


def _three() -> Claim:
    """Three oscillators: on a bath each, or only the outer ones."""
    everywhere, ends = np.array([0.05, 0.25, 0.45]), np.array([0.05, 0.0, 0.45])

    def symmetric(free: Any) -> jax.Array:
        k, middle = free
        return local_chain(_potential(k, k, middle, jnp.ones_like(k)), everywhere)

    first = qt.find_exceptional_point(symmetric, (0.13, 1.0), order=3)
    (k, middle), mu = (complex(x).real for x in first.parameters), complex(first.eigenvalue)
    matrix = symmetric((jnp.asarray(k), jnp.asarray(middle)))
    second = qt.second_moment_matrix(matrix)
    sizes = [blocks(matrix, mu), blocks(second, 2 * mu), blocks(second, 2 * mu.real)]
    last = qt.find_exceptional_point(
        lambda free: local_chain(_potential(*free), ends), (0.06, 0.24, 1.01, 1.01), order=3
    )
    outer = blocks(local_chain(_potential(*last.parameters), ends), last.eigenvalue)
    return Claim(
        "Three resonators in a row (Sec. 4)",
        "EPs where two or more eigenvectors coalesce",
        f"three of the LME, w = (1, w_m, 1), lambda^2 = (0.05, 0.25, 0.45), coalesce at k = {k:.9f}, w_m = "
        f"{middle:.9f}: Jordan blocks {sizes[0]} of M_1, {sizes[1]}, {sizes[2]} of M_2 at 2 mu, 2 Re mu; without the "
        f"middle bath at (k_1, k_2, w_m, w_c) = {numbers(map(float, last.parameters), 8)}",
        verdict([*sizes, outer] == [[3], [5, 1], [5, 3, 1], [3]]),
    )


def affine(build: Callable[..., qt.OpenSystem], parameters: int) -> np.ndarray:
    """(M_0, dM/dp_1, ...) of the local equation, affine in parameters that are factors of terms of the Hamiltonian."""
    points = np.vstack([np.zeros(parameters), np.eye(parameters)])
    each = [LOCAL(build(*point)) for point in points]
    base, *ends = (np.asarray(dynamics.matrix) for dynamics in each if isinstance(dynamics, qt.Liouvillian))
    return np.stack([base, *(end - base for end in ends)])


@eqx.filter_jit
def _points(parts: Any, guesses: Any, eigenvalues: Any) -> Any:
    """Exceptional points of sum p_i M_i, of the highest order that so many parameters have."""

    def at(row: Any) -> Any:
        matrices, guess, eigenvalue = row
        found = qt.find_exceptional_point(
            lambda p: jnp.tensordot(jnp.append(1.0, p), matrices, 1),
            guess,
            order=1 + guess.shape[0],
            eigenvalue=eigenvalue,
            throw=False,
        )
        return found.parameters, found.eigenvalue

    return jax.lax.map(at, (parts, guesses, eigenvalues))


def _qubit() -> Claim:
    """A driven qubit: Gamma_1 and Gamma_2 are the rates of populations and coherences."""
    (second,), _ = _points(affine(driven_qubit, 1)[None], np.array([[0.3]]), np.array([-0.7]))
    gamma = 1 / float(second[0].real)
    occupied, dephasing = np.array([0.0, 0.3]), np.array([0.0, 0.1])
    first, last = 1 + 2 * occupied, 0.5 + occupied + dephasing
    temperatures = _temperatures(occupied, _FREQUENCY)
    parts = np.stack(
        [affine(functools.partial(driven_qubit, temperature=t, dephasing=x), 2)
         for t, x in zip(temperatures, dephasing, strict=True)]
    )  # fmt: skip
    distance = np.abs(first - last)[:, None]
    found, mu = jax.device_get(_points(parts, distance * [0.5, 0.2], -0.35 * (first + 2 * last)))
    apart = np.abs(found / distance / [np.sqrt(8 / 27), 1 / np.sqrt(27)] - 1).max()
    return Claim(
        "Driven qubit (Sec. 4)",
        "EPs in open quantum systems",
        f"gamma = {gamma:.12g} Omega at resonance; three coalesce at Omega = sqrt(8/27) D, delta = D/sqrt(27), D = "
        f"|Gamma_1 - Gamma_2|, within {apart:.0e} (T = 0; 0.3 quanta and dephasing), mu = {np.real(mu[0]):.9f} gamma "
        "at T = 0",
        verdict(bool(abs(gamma - 4) < 1e-11 and apart < 1e-9)),
    )


def _temperatures(occupied: np.ndarray, frequency: float) -> np.ndarray:
    return np.where(occupied > 0, frequency / np.log1p(1 / np.where(occupied > 0, occupied, 1.0)), 0.0)


def _two_qubits() -> Claim:
    gammas = np.array([0.05, 0.25])
    occupied = np.array([[0.0, 0.0], [0.6, 0.2]])
    rates = gammas * (1 + 2 * occupied)
    couplings = np.abs(rates[:, 0] - rates[:, 1]) / 4
    parts = np.stack(
        [affine(functools.partial(two_qubits, gammas=gammas, temperatures=_temperatures(n, 1.0)), 1) for n in occupied]
    )
    sizes = [blocks(m[0] + g * m[1], -r.sum() / 2) for m, g, r in zip(parts, couplings, rates, strict=True)]
    found, _ = _points(parts, 1.2 * couplings[:, None], 1j - rates.sum(axis=1) / 4)
    sectors = np.real(np.asarray(found)[:, 0])
    return Claim(
        "Qubits for resonators (Sec. 6)",
        "the same for any single-frequency contact",
        f"populations coalesce at g = |G_1 - G_2|/4, G = gamma (1 + 2 n): blocks {sizes[0]} at g = {couplings[0]:.4g} "
        f"(no quanta), {sizes[1]} at {couplings[1]:.4g} (0.6 and 0.2); single coherences at {numbers(sectors, 4)}: "
        "unlike resonators, moments of different orders have different EPs for T > 0",
        verdict(
            sizes == [[3, 1]] * 2 and bool(np.abs(sectors / couplings - 1).max() < 1e-9),
            sizes == [[3, 1]] * 2 and bool(abs(sectors[0] / couplings[0] - 1) < 1e-9),
        ),
    )
