"""Claims of Scali et al. 2021 about exceptional points out of resonance   (App. C)."""

from typing import Any

import equinox as eqx
import jax
import numpy as np

import qtjax as qt

from .._report import Claim, verdict
from ._matrices import detuned


@eqx.filter_jit
def _detuned_points(rows: Any, guesses: Any, eigenvalues: Any) -> Any:
    def at(row: Any) -> Any:
        (hot, cold, delta_hot, delta_cold), guess, eigenvalue = row
        found = qt.find_exceptional_point(
            lambda k: detuned(hot, cold, k, delta_hot, delta_cold), guess, eigenvalue=eigenvalue, throw=False
        )
        return found.parameters, found.eigenvalue, found.uncertainty

    return jax.lax.map(at, (rows, guesses, eigenvalues))


def _rotating(hot: Any, cold: Any, delta_hot: Any, delta_cold: Any) -> np.ndarray:
    """Eq. C.4, its positive root."""
    apart, off = delta_hot - delta_cold, hot - cold
    return np.sqrt(hot * cold) * np.emath.sqrt(apart**2 - 4 * off * (off - 1j * apart)) / 2


def detuning(quick: bool) -> list[Claim]:
    """App. C."""
    del quick
    random = np.random.default_rng(3)
    count = 30
    rows = np.stack([random.uniform(0.8, 1.2, count), random.uniform(0.8, 1.2, count),
                     -random.uniform(0.0, 0.1, count), -random.uniform(0.2, 0.4, count)])  # fmt: skip
    example = np.array([1.2, 0.9, -0.05, -0.4])
    rows = np.concatenate([rows, example[:, None], example[:, None]], axis=1)
    rotating = _rotating(*rows)
    guesses = np.real(rotating).copy()
    eigenvalues = rows[2:].sum(axis=0) / 4 + 0.5j * rows[:2].sum(axis=0)
    guesses[-1], eigenvalues[-1] = 1.08, -0.13  # near k = w_h w_c a mode is slow
    k, mu, uncertainty = jax.device_get(_detuned_points(tuple(rows), guesses, eigenvalues))
    complex_ = np.abs(k.imag) > 4 * uncertainty
    return [
        Claim(
            "Eq. C.4, k of the EP",
            "given as exact",
            f"of the rotating-wave approximation: {rotating[-2]:.5f} as printed, {k[-2]:.5f} found (w = (1.2, 0.9), "
            "Delta = (-0.05, -0.4)); exact at resonance only",
            "erratum" if abs(k[-2] / rotating[-2] - 1) > 1e-9 else "confirmed",
        ),
        Claim(
            "EPs out of resonance (Sec. 5.1, App. C)",
            "none at real k",
            f"complex in {complex_[:-1].sum()} of {len(k) - 1} detuned pairs; real only from |k| = w_h w_c on, where "
            f"H_S is unbounded: k = {k[-1].real:.6f}, mu = {mu[-1].real:.4f} (w = (1.2, 0.9))",
            verdict(bool(complex_.all()), bool(complex_[:-1].all())),
        ),
    ]
