"""Self-consistent baths: probes whose temperatures are such that they carry no net current.

A probe exchanges heat or quanta with its node but keeps none, and so makes transport diffusive (Malouf 2019, Sec. III).
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._checks import NO_BALANCE, Fault, check_description, guard, shown
from ._linalg import ModalLyapunov, paired, solve, unpaired
from ._typing import PerBath
from .baths import OpenSystem
from .generators import AbstractDynamics, Lyapunov
from .states import AbstractState, GaussianState
from .steady_states import steady_state
from .thermodynamics import quanta_currents

Currents: TypeAlias = Callable[[AbstractDynamics, AbstractState], PerBath]

# Occupations below this are as good as none, and their logarithm is still a number.
_LEAST = 1e-280
_STEPS, _TOLERANCE = 30, 1e-12


def self_consistent(
    description: Callable[[OpenSystem], Any],
    system: OpenSystem,
    probes: int | str | Sequence[int | str],
    *,
    conserving: Currents = quanta_currents,
    throw: bool = True,
) -> OpenSystem:
    """The system with the temperatures of some baths, the probes, solved for: its steady state gives them no current.

    `probes` are positions or names in `system.baths`; a stacked bath is one of them, and stands for as many probes. The
    baths and their order stay. conserving: what a probe must not take, `qt.quanta_currents` (Malouf 2019) or
    `qt.heat_currents`; the two differ wherever the interaction stores energy at a probe's node. The search starts at
    the mean of the other temperatures. Under the local equation the occupations follow from one linear solve, with as
    many unknowns as probes; under others from a few such (Newton). Derivatives are implicit. Raises ValueError for
    probes that do not exist, and where every bath is one; a run-time error (NaN with throw=False) where no temperatures
    balance, for instance for probes that no other bath reaches.
    """
    if not isinstance(system, OpenSystem):
        raise ValueError(f"`system` must be a `qt.OpenSystem`, but is {shown(system)}.")
    check_description(description)
    if not callable(conserving):
        raise ValueError(
            f"`conserving` must be `qt.quanta_currents` or `qt.heat_currents`, but is {shown(conserving)}."
        )
    chosen = _positions(system, probes)
    temperatures, fault = _balanced(description, system, chosen, conserving)
    return system.with_temperatures(guard(temperatures, fault, throw))


def _positions(system: OpenSystem, probes: int | str | Sequence[int | str]) -> tuple[int, ...]:
    """The probes among all single baths."""
    wanted: list[Any] = [probes] if isinstance(probes, str) or not isinstance(probes, Sequence) else list(probes)
    names = [bath.name for bath in system.baths]
    found = []
    for probe in wanted:
        if isinstance(probe, str) and probe in names:
            found += [i for i, name in enumerate(names) if name == probe]
        elif isinstance(probe, (int, np.integer)) and not isinstance(probe, bool) and 0 <= probe < len(names):
            found.append(int(probe))
        else:
            known = ", ".join(f"{i} ({name!r})" if name else str(i) for i, name in enumerate(names))
            raise ValueError(f"`probes` must be positions or names of baths, {known}, but one is {shown(probe)}.")
    lengths = [stack.temperature.shape[0] for stack in system.stacks()]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    chosen = tuple(sorted({int(k) for i in found for k in range(starts[i], starts[i + 1])}))
    if not chosen or len(chosen) == starts[-1]:
        raise ValueError(
            f"`probes` must leave at least one bath with a temperature of its own and name one, but is {shown(probes)}."
        )
    return chosen


@eqx.filter_jit
def _balanced(
    description: Callable[[OpenSystem], Any], system: OpenSystem, chosen: tuple[int, ...], conserving: Currents
) -> tuple[PerBath, Fault]:
    probes = np.array(chosen)
    given = system.temperatures
    fixed = np.delete(np.arange(given.shape[0]), probes)

    def with_occupations(system: OpenSystem, occupations: Array) -> OpenSystem:
        # In occupations the local equation is linear.
        own = frequencies / jnp.log1p(1.0 / jnp.maximum(occupations, _LEAST))
        return system.with_temperatures(system.temperatures.at[probes].set(own))

    def currents(system: OpenSystem, occupations: Array) -> Float[Array, " probes"]:
        dynamics = description(with_occupations(system, occupations))
        return conserving(dynamics, steady_state(dynamics, throw=False))[probes]

    frozen = jax.tree.map(lambda x: jax.lax.stop_gradient(x) if eqx.is_array(x) else x, system)
    dynamics = description(frozen)
    if not isinstance(dynamics, Lyapunov):
        raise ValueError("Self-consistent baths are known for networks under a master equation.")
    frequencies = dynamics.heard_frequencies()[probes]
    mean = jnp.mean(frozen.temperatures[fixed])
    start = 1.0 / jnp.expm1(frequencies / jnp.maximum(mean, frequencies / 600.0))

    def slopes(occupations: Array) -> Float[Array, "probes probes"]:
        """d(currents)/d(occupations) from one approximate inverse of the Lyapunov equation, for all probes."""
        inverse = _approximate_inverse(description(with_occupations(frozen, occupations)))

        def approximate(occupations: Array) -> Array:
            dynamics = description(with_occupations(frozen, occupations))
            _, diffusion = dynamics.mode_dissipation()
            covariance = dynamics.modes.lower_covariance(paired(inverse(-unpaired(diffusion))))
            state = GaussianState(jnp.zeros(covariance.shape[0]), covariance)
            return conserving(dynamics, state)[probes]

        _, change = jax.linearize(approximate, occupations)
        return jax.lax.map(change, jnp.eye(probes.shape[0])).T

    def unfinished(carry: tuple[Array, ...]) -> Array:
        occupations, _, step, k = carry
        return (jnp.max(jnp.abs(step) / (occupations + 0.5)) > _TOLERANCE) & (k < _STEPS)

    def newton(carry: tuple[Array, ...]) -> tuple[Array, ...]:
        occupations, _, _, k = carry
        matrix = slopes(occupations)
        step = -solve(matrix, currents(frozen, occupations)[:, None])[:, 0]
        return jnp.maximum(occupations + step, occupations / 100), matrix, step, k + 1

    first = (start, jnp.eye(probes.shape[0]), jnp.full_like(start, jnp.inf), jnp.zeros((), int))
    found, matrix, step, _ = jax.lax.while_loop(unfinished, newton, first)

    def tangent(linear: Callable[[Array], Array], right: Array) -> Array:
        return jax.lax.custom_linear_solve(
            linear,
            right,
            lambda apply, b: _refined(apply, matrix, b),
            lambda apply, b: _refined(apply, matrix.T, b),
        )

    occupations = jax.lax.custom_root(lambda n: currents(system, n), found, lambda _, n: n, tangent)
    worst = jnp.max(jnp.abs(step) / (found + 0.5))
    fault = Fault(~(worst <= 1e3 * _TOLERANCE), NO_BALANCE, worst)
    return with_occupations(system, occupations).temperatures, fault


def _approximate_inverse(dynamics: Lyapunov) -> Callable[[Array], Array]:
    modes, (drift, _) = dynamics.modes, dynamics.mode_dissipation()
    return ModalLyapunov(modes.carrier, modes.detunings, unpaired(drift - 1j * modes.splitting)).strong_preconditioner()


def _refined(apply: Callable[[Array], Array], matrix: Array, right: Array) -> Array:
    """The solution of apply(x) = right, which the matrix approximates."""

    def rest(x: Array) -> Array:
        return right - apply(x)

    def unfinished(carry: tuple[Array, ...]) -> Array:
        _, now, last, k = carry
        size = jnp.linalg.norm(now)
        return (size > _TOLERANCE * jnp.linalg.norm(right)) & (size < last / 2) & (k < _STEPS)

    def improve(carry: tuple[Array, ...]) -> tuple[Array, ...]:
        x, now, _, k = carry
        x = x + solve(matrix, now[:, None])[:, 0]
        return x, rest(x), jnp.linalg.norm(now), k + 1

    zero = jnp.zeros_like(right)
    return jax.lax.while_loop(unfinished, improve, (zero, right, jnp.asarray(jnp.inf), jnp.zeros((), int)))[0]
