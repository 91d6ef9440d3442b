"""Claims of Scali et al. 2021 about Fig. 3c: the heat flow on its way to the steady state."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._report import Claim, numbers, verdict
from ._comparison import descriptions, solve
from ._systems import CUTOFF, STRENGTHS, exceptional_coupling, fig3, resonators

K_EP = exceptional_coupling()
# Exact currents turn with twice the frequency, w = 1: four points average over a period.
_PERIOD = np.pi * np.arange(4) / 4
# Times of all transients, so that each description compiles once.
TIMES = np.concatenate([[0.0, 1e2, 1e3, 1e4, 3e4, 1e5], np.geomspace(30, 3e5, 42)])
MARKED = slice(0, 6)


@functools.cache
def hot_transient(name: str, averaged: bool = False) -> np.ndarray:
    """The hot heat current of Fig. 3c at TIMES, each resonator starting at the temperature of its bath.

    averaged: over a period that starts at the time, as the exact one always is.
    """
    averaged = averaged or name == "exact"
    wanted = TIMES[:, None] + (_PERIOD if averaged else np.zeros(1))
    times, where = np.unique(wanted, return_inverse=True)
    system = fig3()
    dynamics = descriptions()[name](system)
    path = qt.evolve(dynamics, qt.local_thermal_state(system), jnp.asarray(times))
    found = np.asarray(jax.vmap(lambda state: qt.heat_currents(dynamics, state, throw=False))(path))
    return found[where.reshape(wanted.shape), 0].mean(axis=1)


def transients(quick: bool) -> list[Claim]:
    """Fig. 3c, and the exact solution, which the paper does not have."""
    names = ("local", "global", "partial Redfield", "exact")
    hot = {name: hot_transient(name)[MARKED] for name in names}
    times = numbers(TIMES[MARKED][1:], 1)
    apart = np.abs(hot["partial Redfield"] / hot["local"] - 1)[1:]
    exact = np.abs(hot["exact"] / hot_transient("local", averaged=True)[MARKED] - 1)[1:]
    excess = hot["global"][1:] / hot["local"][1:]
    final = {name: float(solve(name, fig3, K_EP).currents[0, 0]) for name in names}
    start = [hot[name][0] / final[name] for name in ("local", "partial Redfield", "global")]
    distances = [abs(final[name] / final["exact"] - 1) for name in ("partial Redfield", "local", "global")]
    found = [
        Claim(
            "Redfield and LME (Fig. 3c)",
            "agree at all times",
            f"Q_h differs by {numbers(apart, 1)} of it at t = {times}, where the LME has "
            f"{numbers(hot['local'][1:], 5)}; steady {final['local']:.6g}",
            verdict(bool(apart.max() < 1e-3 and np.all(np.diff(apart) < 0))),
        ),
        Claim(
            "GME (Fig. 3c)",
            "differs significantly at finite time",
            f"{numbers(excess, 3)} of the LME at t = {times}; Q_h(0)/Q_h(infinity) = {start[2]:.4f}, but "
            f"{start[0]:.0e}, {start[1]:.0e} for LME, Redfield",
            verdict(bool(excess[2] > 2)),
        ),
        Claim(
            "True heat-flow dynamics (Fig. 3c)",
            "set by the Redfield equation",
            f"exact solution with counterterm: {numbers(hot['exact'][1:], 6)} at these times, averages over a period, "
            f"off those of the LME by {numbers(exact, 1)}; steady {final['exact']:.9g}, Redfield, LME, GME off by "
            f"{numbers(distances, 1)}",
            verdict(bool(exact[1:].max() < 1e-2 and distances[0] < distances[2])),
        ),
    ]
    return found if quick else [*found, _without_counterterm(final["exact"])]


def _without_counterterm(compensated: float) -> Claim:
    """Eqs. 15 to 17 as they stand."""
    bare = float(solve("exact", lambda k: resonators(k, counterterm=False), K_EP).currents[0, 0])
    shift = STRENGTHS[1] * CUTOFF
    detuning = 1 - np.sqrt(1 - shift)
    return Claim(
        "Lamb shift (App. A, Eqs. 15 to 17)",
        "typically very small",
        f"without a counterterm the baths shift w_c^2 by -lambda_c^2 Lambda = {-shift:.2g} and detune by "
        f"{detuning:.2g} = {detuning / K_EP:.0f} k: the exact steady Q_h is {bare:.6g}, {compensated / bare:.4g} times "
        "less",
        verdict(abs(bare / compensated - 1) < 0.01),
    )
