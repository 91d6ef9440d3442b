"""`qt.assess`: every description is asked, and a judge says who is right.

The judge is the exact solution where there is one. Where there is none it is the all-pairs Redfield equation without
Lamb shift, whose equilibrium is exactly the Gibbs state. It neglects the Lamb shift and the next order in the
coupling, so it is taken to be uncertain by

    max(fastest damping x longest bath memory, abs(J_Lamb - J_Lamb(one temperature) - J) / abs(J)),

or by what its state lacks of being positive, if that is more. It is no less than 0.95 of its error in every current of
two qubits that hierarchical equations have been solved for (errors of 0.1 to 6 %, uncertainties of 1.6 to 23 %). The
current that the Lamb shift drives between baths of one temperature is left out: it says something about the equation
with the Lamb shift, not about the one without. An estimate it remains: where two baths reach one node, a part of the
current of the next order passes from one to the other without exciting the system, and this does not know of it. What
the second-order equations have in common falls out of their differences, so others are told from the judge to half
of it.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from .._checks import check_values, is_concrete, shown, warn
from .._typing import PerBath, Scalar, as_real
from ..baths import OpenSystem
from ..hamiltonians import OscillatorNetwork
from ..langevin import Langevin
from ._answers import Answer, state_error
from ._assessment import Assessment
from ._candidates import CANDIDATES, EXACT, GLOBAL, LAMB, LOCAL, PARTIAL, PREFERENCE, REDFIELD
from ._scales import Pairs, bath_times, longest_memory, relaxation_rates, unaware

# Beyond this uncertainty the Redfield equation is no judge.
_LOST = 0.25
# How exactly double precision tells the currents of a finite system, relative to those through one transition.
_ROUNDING = 1e-13


def assess(
    system: OpenSystem, *, tolerance: ArrayLike = 1e-2, exact: Callable[[OpenSystem], Any] | None = None
) -> Assessment:
    """Which description to trust for the steady state of this system, and why: print it.

    Compares the local, global, partial Redfield, Redfield (with and without Lamb shift) and universal Lindblad
    equations with each other and with a judge: `exact`, a description: `qt.Langevin()`, the default for a network of
    baths with a cut-off, or `qt.converged_heat_currents(system).equations` for a finite system; without one, and where
    its result is not finite, the Redfield equation without Lamb shift, whose own `uncertainty` is then estimated.
    Supported is a description whose heat currents and state are within max(tolerance, uncertainty/2) of the judge's,
    and that breaks no law by more.

    Works under `jax.jit`, `jax.vmap` and in a sweep; a description that has no steady state somewhere is NaN there,
    and not supported. Raises ValueError for what is not an open system, a tolerance that is not positive, and an
    `exact` that does not apply to the system.
    """
    if not isinstance(system, OpenSystem):
        raise ValueError(f"`system` must be a `qt.OpenSystem`, but is {shown(system)}.")
    if exact is not None and not callable(exact):
        raise ValueError(f"`exact` must be a description such as `qt.Langevin()`, or None, but is {shown(exact)}.")
    allowed: Scalar = as_real(tolerance, "`tolerance`")
    check_values(allowed, "`tolerance`", positive=True)
    if jnp.shape(allowed) != ():
        raise ValueError(f"`tolerance` must be one number, but has shape {jnp.shape(allowed)}.")
    if is_concrete(allowed) and np.asarray(allowed) > 1:
        warn(
            f"`tolerance` is a fraction, 0.01 for 1 %, and {float(np.asarray(allowed)):g} lets nearly everything pass."
        )
    return _assess(system, allowed, exact)


def _temperature_sets(temperatures: PerBath) -> Float[Array, "sets baths"]:
    """The actual ones; from half to three halves of their mean, for what equal ones leave out; the mean for all."""
    mean = jnp.full_like(temperatures, jnp.mean(temperatures))
    return jnp.stack([temperatures, mean * jnp.linspace(0.5, 1.5, temperatures.shape[0]), mean])


def _answers(system: OpenSystem, sets: Array) -> tuple[dict[str, Answer], dict[str, str]]:
    """Of every candidate that applies, and why the others do not."""
    answers, left_out = {}, {}
    for name, candidate in CANDIDATES.items():
        try:
            answers[name] = Answer.of(candidate.build(), system, sets)
        except ValueError as reason:
            if name == REDFIELD:  # what the one equation without an approximation of its own refuses, is wrong
                raise
            left_out[name] = str(reason)
    return answers, left_out


def _exact_answer(system: OpenSystem, actual: Array, exact: Any, left_out: dict[str, str]) -> Answer | None:
    if exact is not None:
        return Answer.of(exact, system, actual)
    if not isinstance(system.hamiltonian, OscillatorNetwork):
        left_out[EXACT] = (
            "none was given for a finite system, and it may judge otherwise; in a minute or more: "
            "`qt.assess(system, exact=qt.converged_heat_currents(system).equations)`."
        )
        return None
    try:
        return Answer.of(Langevin(), system, actual)
    except ValueError as reason:
        left_out[EXACT] = str(reason)
        return None


@eqx.filter_jit
def _assess(system: OpenSystem, tolerance: Scalar, exact: Any) -> Assessment:
    temperatures = system.temperatures
    sets = _temperature_sets(temperatures)
    answers, left_out = _answers(system, sets)
    redfield, names = answers[REDFIELD], tuple(answers)
    judge = _exact_answer(system, sets[:2], exact, left_out)
    gaussian = isinstance(system.hamiltonian, OscillatorNetwork)

    # Scales.
    thermal, cutoff = bath_times(system)
    fastest, slowest = relaxation_rates(redfield.dynamics)
    pairs = Pairs.of(answers[GLOBAL].dynamics) if GLOBAL in answers else None
    unknown = jnp.asarray(jnp.nan)
    frequencies = (unknown, unknown) if pairs is None else pairs.range()
    weak = fastest * longest_memory(thermal, cutoff, jnp.where(frequencies[1] > 0, frequencies[1], 1e-300))
    parameters = {name: weak for name in names}
    if pairs is not None:
        parameters |= {GLOBAL: pairs.secular(), PARTIAL: pairs.rotating()}
    if LOCAL in answers:
        parameters[LOCAL] = unaware(answers[LOCAL].dynamics, redfield.dynamics)

    # The judge, and the currents that are compared: in equilibrium, which has none, those that a bias would drive.
    biased = jnp.ptp(temperatures) > 1e-12 * jnp.max(temperatures)
    known = jnp.asarray(False)
    if judge is not None:
        known = judge.is_finite & (biased | jnp.all(jnp.isfinite(judge.currents[1])))
    best = redfield if judge is None else judge
    driven = jnp.where(known, best.currents[:2], redfield.currents[:2])
    currents, moments = driven[0], jnp.where(known, best.moments, redfield.moments)
    compared = jnp.where(biased, currents, driven[1])
    scale = _largest(compared)
    # What rounding leaves of a current of a finite system, which is no more than that of a single transition.
    rounding = 0.0 if gaussian else _ROUNDING * fastest * frequencies[1]
    scale = jnp.maximum(scale, jnp.nan_to_num(rounding))
    scale = jnp.where(jnp.max(temperatures) > 0, scale, fastest * frequencies[1])  # where no temperature drives any
    scale = jnp.where(scale == 0, 1.0, scale)

    # Every candidate before it.
    asked = [answers[name] for name in names]
    every = jnp.stack([answer.currents for answer in asked])
    current_error = _largest(jnp.where(biased, every[:, 0], every[:, 1]) - compared) / scale
    distances = jnp.stack([state_error(answer.moments, moments, gaussian) for answer in asked])
    zeroth = _largest(every[:, 2]) / scale
    second = _second_law(every[:, 0], temperatures, biased) / scale
    least = jnp.stack([answer.least for answer in asked])

    shifted = answers[LAMB].currents if LAMB in answers else redfield.currents
    shift = _largest(jnp.where(biased, shifted[0], shifted[1]) - shifted[2] - compared) / scale
    # A Lamb shift that leaves no steady state is no correction: without its counterterm it may destabilise a network.
    shift = jnp.where(jnp.isfinite(shift), shift, jnp.inf)
    negative = jnp.maximum(0.0, -redfield.least)
    uncertainty = jnp.where(known, 0.0, jnp.maximum(jnp.maximum(weak, shift), negative))
    allowed = jnp.maximum(tolerance, uncertainty / 2)
    supported = (current_error <= allowed) & (distances <= allowed) & (zeroth <= allowed)
    supported &= (second >= -allowed) & (least >= -allowed) & (uncertainty <= jnp.maximum(tolerance, _LOST))

    order = jnp.asarray([PREFERENCE.index(name) for name in names])
    worst = jnp.maximum(current_error, distances)
    worst = jnp.where(jnp.isfinite(worst), worst, jnp.inf)
    return Assessment(
        heat_currents=every[:, 0],
        reference_currents=currents,
        current_error=current_error,
        state_error=distances,
        zeroth_law=zeroth,
        second_law=second,
        least=least,
        small_parameter=jnp.stack([parameters[name] for name in names]),
        supported=supported,
        is_lindblad=jnp.asarray([CANDIDATES[name].is_lindblad for name in names]),
        trusted=_first(supported, order),
        most_accurate=_first(jnp.isfinite(worst), worst),
        judge=jnp.where(known, 0, jnp.where(redfield.is_finite, 1, -1)),
        uncertainty=uncertainty,
        allowed=allowed,
        tolerance=tolerance,
        weak_coupling=weak,
        temperatures=temperatures,
        thermal_time=thermal,
        cutoff_time=cutoff,
        shortest_period=2 * jnp.pi / frequencies[1],
        longest_period=2 * jnp.pi / frequencies[0],
        splitting_time=unknown if pairs is None else 1.0 / pairs.splitting(),
        fastest_relaxation=1.0 / fastest,
        slowest_relaxation=1.0 / jnp.maximum(slowest, 0.0),
        descriptions=names,
        baths=system.names,
        left_out=tuple(left_out.items()),
        is_network=gaussian,
    )


def _largest(currents: Float[Array, "*descriptions baths"]) -> Float[Array, "*descriptions"]:
    return jnp.max(jnp.abs(currents), axis=-1)


def _second_law(currents: Array, temperatures: PerBath, biased: Array) -> Float[Array, " descriptions"]:
    """Entropy production -sum J_b/T_b over 1/T_min - 1/T_max: of two baths the current from hot to cold."""
    coldest = jnp.min(temperatures)
    # T_min/T_b - 1; currents add up to zero, so that any constant may be taken off.
    warm = temperatures > coldest
    warmth = jnp.where(warm, (coldest - temperatures) / jnp.where(warm, temperatures, 1.0), 0.0)
    range_ = -jnp.min(warmth)
    return jnp.where(biased, -currents, 0.0 * currents) @ warmth / jnp.where(range_ > 0, range_, 1.0)


def _first(chosen: Array, key: Array) -> Array:
    """The index of the smallest key among those chosen, -1 if none is."""
    found = jnp.argmin(jnp.where(chosen, key, jnp.max(jnp.where(chosen, key, 0)) + 1))
    return jnp.where(jnp.any(chosen), found, -1)
