"""The sentences for wrong shapes, sites, temperatures and dtypes; and faults found only at run time."""

from collections.abc import Sequence
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

T = TypeVar("T")


class PrecisionWarning(UserWarning):
    """Results would be single precision, which weak coupling does not survive."""


def is_concrete(x: Any) -> bool:
    """Whether the values of an array are known now, so that a bad one can be refused now."""
    return isinstance(x, (jax.Array, np.ndarray)) and not isinstance(x, jax.core.Tracer)


def check_site(site: Any, sites: int) -> None:
    """Refuse a site that is not an integer in 0, ..., sites - 1."""
    if isinstance(site, bool) or not isinstance(site, (int, np.integer)):
        raise ValueError(f"A site must be an integer, but is {site!r}.")
    if isinstance(sites, bool) or not isinstance(sites, (int, np.integer)) or sites < 1:
        raise ValueError(f"`of` must be a positive number of sites, but is {sites!r}.")
    if not 0 <= site < sites:
        raise ValueError(f"The site must be one of 0, ..., {sites - 1}, but is {site}.")


def check_values(array: Any, name: str, *, positive: bool = False, nonnegative: bool = False) -> None:
    """Refuse values that are known now and are not finite, or not positive where they must be."""
    if not is_concrete(array):
        return
    values = np.asarray(array)
    if not np.all(np.isfinite(values)):
        raise ValueError(f"The {name} must be finite, but is {_shown(values)}.")
    if positive and not np.all(values > 0):
        raise ValueError(f"The {name} must be positive, but is {_shown(values)}.")
    if nonnegative and not np.all(values >= 0):
        raise ValueError(f"The {name} must not be negative, but is {_shown(values)}.")


def check_symmetric(matrix: Any, name: str, tolerance: float = 1e-12) -> None:
    """Refuse a matrix, known now, that differs from its transpose by more than rounding."""
    if is_concrete(matrix):
        values = np.asarray(matrix)
        difference = np.abs(values - np.swapaxes(values, -1, -2)).max()
        if difference > tolerance * np.abs(values).max():
            raise ValueError(
                f"{name} must be symmetric, but differs from its transpose by {difference:.3g}. "
                "Use (m + m.T) / 2, and give both triangles."
            )


def _shown(values: np.ndarray) -> str:
    return np.array2string(values, precision=6, threshold=8) if values.ndim else f"{values}"


# Faults that only values can tell. Numerical code passes their number along; the outermost call raises or,
# with throw=False, returns NaN. The order is the order of precedence.
FAULTS: Sequence[str] = (
    "A temperature is negative or not a number. Temperatures must be >= 0 (`Bath(..., temperature=...)`).",
    "A parameter is not finite: a frequency, coupling, strength or cut-off is NaN or infinite.",
    "The potential is not positive: the Hamiltonian has no ground state, so its normal modes do not exist. "
    "Weaken the coupling or raise the frequencies; for `qt.Langevin` without counterterm, note that each bath "
    "softens the potential by 2 x reorganisation.",
    "No unique steady state: some mode is not damped, to double precision. Couple it to a bath; a mode that only "
    "weak, detuned springs connect to one needs stronger springs. `qt.Langevin` says so too of a resonance that its "
    "quadrature does not resolve: one narrower than 1e-15 of the largest frequency, for which a master equation may "
    "do, or one with a sharp peak of the spectral density, which is better modelled as a node with a bath of its own.",
    "The drift has a growing mode: the network is unstable and has no steady state. Weaken the coupling.",
    "A bath acts on a node of zero frequency, which has no eigenoperator of its own. "
    "Use an equation built on the whole Hamiltonian.",
    "A node touches no bath, or more than one, so it has no temperature of its own. "
    "Use `qt.gibbs_state`, or build the `qt.GaussianState`.",
    "Exact heat currents need a state that knows its correlations with the baths: one that `qt.steady_state` or "
    "`qt.evolve` returned for the same `qt.Langevin` dynamics.",
)
TEMPERATURE, NOT_FINITE, POTENTIAL, NOT_UNIQUE, GROWING = range(1, 6)
NO_EIGENOPERATOR, NOT_ONE_BATH, NO_CORRELATIONS = range(6, 9)


def first_fault(*conditions: tuple[Bool[Array, ""], int | Int[Array, ""]]) -> Int[Array, ""]:
    """The number of the first condition that holds, 0 if none; conditions are (holds, fault) pairs."""
    fault = jnp.asarray(0)
    for holds, number in reversed(conditions):
        fault = jnp.where(holds, number, fault)
    return fault


def guard(result: T, fault: Int[Array, ""], throw: bool) -> T:
    """The result, unless there is a fault: then an error, or NaN in every array with throw=False."""
    if throw:
        return eqx.branched_error_if(result, fault > 0, fault - 1, list(FAULTS))
    return jax.tree.map(lambda x: jnp.where(fault > 0, jnp.nan, x) if eqx.is_inexact_array(x) else x, result)
