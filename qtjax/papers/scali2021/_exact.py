"""Exceptional points of the exact solution: two resonators and the memory of their Drude baths."""

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._curves import in_batches
from .._report import Claim, verdict
from ._matrices import Pair
from ._systems import CUTOFF, STRENGTHS, exceptional_coupling, resonators


@eqx.filter_jit
def _points(*columns: Any) -> Any:
    def at(row: Any) -> Any:
        w, hot, cold, cutoff, guess = row

        def drift(free: Any) -> Any:
            k, detuning = free  # both in units of the guess
            system = resonators(
                k * guess,
                frequency=jnp.sqrt(w**2 + detuning * guess),
                hot_frequency=w,
                strengths=jnp.stack([hot, cold]),
                cutoff=cutoff,
            )
            return qt.Langevin()(system).drift

        found = qt.find_exceptional_point(drift, (1.0, 0.0), throw=False)
        k, detuning = found.parameters
        return k * guess, detuning * guess, found.eigenvalue

    return jax.lax.map(at, columns)


def exact_points(w: Any, at_hot: Any, at_cold: Any, cutoff: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(k, w_c^2 - w_h^2, mu) of the exceptional point of the exact first moments with counterterm, for each w = w_h."""
    rows = [np.array(x, float) for x in np.broadcast_arrays(np.atleast_1d(w), at_hot, at_cold, cutoff)]
    guess = np.asarray(Pair(rows[0], 0.0, (rows[1], rows[2]), rows[3]).exceptional)
    return in_batches(_points, *rows, guess)


@functools.cache
def _found() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fig. 2 at w = 1, the same without counterterm, and strong damping."""
    bare = np.sqrt(1 - STRENGTHS[0] * CUTOFF)  # a counterterm undoes the shift by -lambda^2 Lambda
    hot, cold = STRENGTHS
    return exact_points([1.0, bare, 1.0], [hot, hot, 0.01], [cold, cold, 0.3], [CUTOFF, CUTOFF, 20.0])


def exact(quick: bool) -> list[Claim]:
    """What the paper leaves to experiment."""
    del quick
    k, detuning, mu = _found()
    reference = exceptional_coupling()
    without = 1 - STRENGTHS[0] * CUTOFF + detuning[1] + STRENGTHS[1] * CUTOFF
    return [
        Claim(
            "EPs of the true dynamics (Secs. 1, 5.3)",
            "those of the LME and of the Redfield equation",
            f"exact first moments with counterterm, w_h = 1: k/k_37 - 1 = {k[0] / reference - 1:.2g}, but a second "
            f"parameter is needed: w_c^2 - 1 = {detuning[0]:.4g}, {abs(detuning[0]) / k[0]:.1g} k; mu = "
            f"{mu[0].real:.6g} + i {mu[0].imag:.10f}. Lambda = 20, lambda^2 = (0.01, 0.3): k = {k[2]:.5g}, w_c^2 = "
            f"{1 + detuning[2]:.6g}. Fig. 2 without counterterm: w_c^2 = {without:.10f}",
            verdict(abs(k[0] / reference - 1) < 1e-5 and abs(detuning[0]) < 0.01 * k[0]),
        )
    ]
