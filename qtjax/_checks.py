"""The sentences for wrong shapes, sites, temperatures and dtypes; and faults found only at run time."""

import math
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from ._linalg import largest_of_batch

T = TypeVar("T")


class PrecisionWarning(UserWarning):
    """Results would be single precision, which weak coupling does not survive."""


class ModelWarning(UserWarning):
    """The model is allowed, but most often a slip: of units, of the order of arguments, of a product of matrices."""


def warn(message: str, category: type[Warning] = ModelWarning) -> None:
    """A warning that names the line of the user that led here."""
    frame, depth = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in ("qtjax", "equinox"):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, category, stacklevel=depth)


def is_concrete(x: Any) -> bool:
    """Whether the values of an array are known now, so that a bad one can be refused now."""
    return isinstance(x, (jax.Array, np.ndarray)) and not isinstance(x, jax.core.Tracer)


def check_site(site: Any, sites: int) -> None:
    """Refuse a site that is not an integer in 0, ..., sites - 1."""
    if isinstance(site, bool) or not isinstance(site, (int, np.integer)):
        raise ValueError(f"A site must be an integer, but is {shown(site)}.")
    if isinstance(sites, bool) or not isinstance(sites, (int, np.integer)) or sites < 1:
        raise ValueError(f"`of` must be a positive number of sites, but is {shown(sites)}.")
    if not 0 <= site < sites:
        raise ValueError(f"The site must be one of 0, ..., {sites - 1}, but is {site}.")


def check_flag(value: Any, name: str) -> None:
    """Refuse what is not True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"`{name}` must be True or False, but is {shown(value)}.")


def check_description(description: Any) -> None:
    """Refuse what cannot be a map from systems to dynamics."""
    if not callable(description):
        raise ValueError(
            "`description` must be a master equation such as `qt.redfield_equation()`, an exact solution such as "
            f"`qt.Langevin()`, or a function from systems to dynamics, but is {shown(description)}."
        )


def check_count(number: Any, name: str, *, least: int = 1) -> None:
    """Refuse what is not an integer >= least."""
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
        raise ValueError(f"`{name}` must be an integer >= {least}, but is {shown(number)}.")


def check_values(array: Any, name: str, *, positive: bool = False, nonnegative: bool = False) -> None:
    """Refuse values that are known now and are not finite, or not positive where they must be."""
    if not is_concrete(array):
        return
    values = np.asarray(array)
    if not np.all(np.isfinite(values)):
        raise ValueError(f"The {name} must be finite, but is {shown(values)}.")
    if positive and not np.all(values > 0):
        raise ValueError(f"The {name} must be positive, but is {shown(values)}.")
    if nonnegative and not np.all(values >= 0):
        raise ValueError(f"The {name} must not be negative, but is {shown(values)}.")


def check_symmetric(matrix: Any, name: str, tolerance: float = 1e-12) -> None:
    """Refuse a real matrix, known now, that differs from its transpose by more than rounding."""
    _check_adjoint(
        matrix,
        f"{name} must be symmetric, but differs from its transpose",
        "Use (m + m.T) / 2, and give both triangles",
        tolerance,
    )


def check_hermitian(matrix: Any, name: str, tolerance: float = 1e-12, *, remedy: str = "") -> None:
    """Refuse a matrix, known now, that differs from its adjoint by more than rounding."""
    remedy = remedy or "Use (m + m.conj().T) / 2, and give both triangles"
    _check_adjoint(matrix, f"{name} must be Hermitian, but differs from its adjoint", remedy, tolerance)


def _check_adjoint(matrix: Any, sentence: str, remedy: str, tolerance: float) -> None:
    if is_concrete(matrix):
        values = np.asarray(matrix)
        difference = np.abs(values - np.conj(np.swapaxes(values, -1, -2))).max()
        if difference > tolerance * np.abs(values).max():
            raise ValueError(f"{sentence} by {difference:.3g}. {remedy}.")


def check_dims(dims: Any, size: int) -> tuple[int, ...]:
    """The dimensions of the sites as a tuple, (size,) for None; refuse ones whose product is not `size`."""
    if dims is None:
        return (size,)
    found = as_dims(dims)
    if math.prod(found) != size:
        raise ValueError(f"The product of `dims` = {found} must be the dimension {size}, but is {math.prod(found)}.")
    return found


def as_dims(dims: Any) -> tuple[int, ...]:
    """One dimension or a sequence of them as a tuple; ValueError for anything else."""
    found = (dims,) if isinstance(dims, (int, np.integer)) else dims
    whole = isinstance(found, (Sequence, np.ndarray)) and not isinstance(found, str) and len(found) > 0
    if not whole or any(isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1 for n in found):
        raise ValueError(f"`dims` must be positive integers, one per site, such as (2, 2), but are {shown(dims)}.")
    return tuple(int(n) for n in found)


def shown(value: Any) -> str:
    """What came, on one line and no longer than a sentence."""
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=6, threshold=8).replace("\n", "") if value.ndim else f"{value}"
    if isinstance(value, jax.Array) and is_concrete(value) and jnp.issubdtype(value.dtype, np.number):
        return shown(np.asarray(value))
    text = " ".join(repr(value).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


_LONGEST = 160


# Faults that only values can tell. Numerical code passes them along; the outermost call raises or, with throw=False,
# returns NaN. Each sentence shows the number that comes with the fault.
FAULTS: Sequence[str] = (
    "A temperature is negative or not a number: the lowest is {value:.6g}. Temperatures must be >= 0 "
    "(`Bath(..., temperature=...)`).",
    "The Hamiltonian is not finite: a frequency or coupling is NaN or infinite.",
    "The coupling or spectral density of bath {value:.0f} is not finite: it holds a NaN or an infinity.",
    "The potential is not positive: the Hamiltonian (softened by 2 x reorganisation for each bath of `qt.Langevin` "
    "without counterterm) takes the value {value:.6g} along some displacement, so it has no ground state and no normal "
    "modes. Weaken the coupling or raise the frequencies.",
    "No unique steady state: some mode is not damped, to double precision (found: {value:.3g} of what must be below "
    "1). Couple it to a bath; a mode that only weak, detuned springs connect to one needs stronger springs. "
    "`qt.Langevin` says so too of a resonance that its quadrature does not resolve: one narrower than 1e-15 of the "
    "largest frequency, for which a master equation may do, or one with a sharp peak of the spectral density, which "
    "is better modelled as a node with a bath of its own.",
    "The drift has a growing mode: the network is unstable and has no steady state (its moments solve to a variance "
    "of {value:.6g}). Weaken the coupling.",
    "Bath {value:.0f} acts on a node of zero frequency, which has no eigenoperator of its own. "
    "Use an equation built on the whole Hamiltonian.",
    "Node {value:.0f} touches no bath, or baths of different temperatures, so it has no temperature of its own. "
    "Use `qt.gibbs_state`, or build the `qt.GaussianState`.",
    "Exact heat currents need a state that knows its correlations with the baths: one that `qt.steady_state` or "
    "`qt.evolve` returned for the same dynamics, of `qt.Langevin` or `qt.HierarchicalEquations`.",
    "The state violates the uncertainty relation: its smallest symplectic eigenvalue is {value:.6g}, and must be "
    ">= 1/2 (NaN: the covariance is not positive). Its correlations are not defined. Redfield equations can give such "
    "states at low temperature; see `state.is_physical()`. Pass throw=False for NaN instead.",
    "The solution is not finite at a time of {value:.6g}: it grows beyond double precision, or the solver ran out of "
    "steps (`qt.Ode(max_steps=...)`).",
    "A bath's rate diverges at zero frequency, where its coupling operator has matrix elements (found in bath "
    "{value:.0f}): a Flat or sub-Ohmic density at T > 0 dephases infinitely fast. Use a density with finite J(w)/w at "
    "w = 0, such as `qt.Ohmic`, or a coupling without diagonal elements between eigenstates.",
    "No unique steady state: parts of the state space relax independently, or not at all, to double precision (found: "
    "{value:.3g} of what must be below 1). Something is conserved: a level, site or symmetric subspace that no bath "
    "reaches (decoherence-free), or that a bath at T = 0 or w = 0 leaves alone. `qt.NullVector().count(dynamics)` "
    "counts those of a master equation; couple what is left out, or fix it by hand.",
    "The iteration for the steady state did not converge: the residual is {value:.3g} of the first. "
    "Raise `qt.Krylov(block=..., restarts=...)`, which near-degenerate levels with couplings far below the damping "
    "need, or use `qt.Direct()`; with several steady states no solver converges.",
    "The state is not one: its smallest eigenvalue is {value:.6g}, and must be >= 0. Its entropies and entanglement "
    "are not defined. Redfield equations can give such states at low temperature or strong coupling; see "
    "`state.is_physical()`. Pass throw=False for NaN instead.",
    "The state has trace {value:.6g}, and must have trace 1: divide it by its trace. Pass throw=False for NaN instead.",
    "The iteration for the covariance did not converge: the residual is {value:.3g}. Use `qt.Direct()`, whose memory "
    "grows as N^4, or a larger `qt.Modal(rtol=...)`.",
    "No temperatures of the probes balance their currents (the last step of the iteration: {value:.3g}). Every group "
    "of coupled nodes with probes needs a bath of fixed temperature, and the network a unique, stable steady state.",
    "Node {value:.0f} has no frequency of its own, so it has no quanta. Use `qt.bond_energy_currents`.",
    "No exceptional point found: Newton's method did not settle on one (residual {value:.3g}). The crossing may be "
    "avoided: `qt.closest_approach` says where the eigenvalues come closest. Or the guess is too far, or "
    "`eigenvalue=...` must say which eigenvalues are meant. With parameters that stay real a point of order n needs "
    "2 (n - 1) of them, and n - 1 if the eigenvalue is real; n - 1 alone are continued to complex values.",
    "The exceptional point is of higher order than asked for: a further eigenvalue coalesces (its distance is "
    "{value:.3g} of the coupling inside the Jordan block). Ask for `order` one higher.",
    "The eigenvalues cross, but their eigenvectors stay independent (the second singular value is {value:.3g} of the "
    "largest): a degeneracy, not an exceptional point. In a Liouvillian or a matrix of second moments, restrict the "
    "matrix to a symmetry sector, or use the drift of the first moments.",
    "The closest approach of the eigenvalues was not found: the last step was {value:.3g} of a parameter. Start "
    "closer, or give `eigenvalue=...`.",
    "The line of exceptional points cannot be followed to {value:.9g}: it ends, or turns back, before. Trace it along "
    "another parameter there.",
    "The temperature of a mean-force state must be positive and one for all baths: they range from the lowest to one "
    "{value:.6g} above it, or the lowest is not positive.",
    "A bath cannot be expanded in so few exponentials: Gamma(w) of the expansion is off by {value:.3g} of its largest "
    "value at the transition frequencies. Raise `pade_terms` (colder baths need more, T = 0 infinitely many) or "
    "`density_terms` of `qt.HierarchicalEquations`; a sub-Ohmic density has no such expansion.",
    "The hierarchical equations did not converge: the residual is {value:.3g} of the first. Raise "
    "`qt.Krylov(restart=..., restarts=...)`; strong coupling also needs more `depth`.",
    "The truncated hierarchy gives no state: its smallest eigenvalue is {value:.6g}. Raise `depth`, `pade_terms` or "
    "`density_terms` of `qt.HierarchicalEquations`.",
)
TEMPERATURE, NOT_FINITE_HAMILTONIAN, NOT_FINITE_BATH, POTENTIAL, NOT_UNIQUE, GROWING = range(1, 7)
NO_EIGENOPERATOR, NOT_ONE_TEMPERATURE, NO_CORRELATIONS, UNPHYSICAL, DIVERGED = range(7, 12)
DIVERGENT_RATE, SEVERAL_STATES, NOT_CONVERGED, NOT_A_STATE, NOT_NORMALISED = range(12, 17)
UNSOLVED, NO_BALANCE, NO_QUANTA, NO_EXCEPTIONAL_POINT, HIGHER_ORDER = range(17, 22)
NOT_DEFECTIVE, NO_APPROACH, LINE_ENDS, MEAN_FORCE = range(22, 26)
NOT_EXPANDED, HIERARCHY_UNSOLVED, TRUNCATED = range(26, 29)


class Fault(eqx.Module):
    """The number of a sentence of FAULTS, 0 for none, and the value it shows."""

    number: Int[Array, ""]
    value: Float[Array, ""]

    def __init__(self, holds: Any = False, number: int = 0, value: Any = 0.0):
        """The fault `number` where `holds`."""
        self.number = jnp.where(jnp.asarray(holds), number, 0)
        self.value = jax.lax.stop_gradient(jnp.asarray(value, float))

    @property
    def found(self) -> Bool[Array, ""]:
        """Whether there is one."""
        return self.number > 0

    def unless(self, excused: Bool[Array, ""]) -> "Fault":
        """The same, or none where excused."""
        return eqx.tree_at(lambda f: f.number, self, jnp.where(excused, 0, self.number))


def first_fault(*faults: Fault) -> Fault:
    """The first of the faults that is found."""
    chosen = Fault()
    for fault in reversed(faults):
        chosen = jax.tree.map(lambda a, b, fault=fault: jnp.where(fault.found, a, b), fault, chosen)
    return chosen


# What was found while faults are tolerated; None while they raise. A callback runs in a thread of its own, so this
# is no context variable; being read at run time, it needs no second compilation.
_found: list[tuple[np.ndarray, np.ndarray]] | None = None


@contextmanager
def tolerated() -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """Inside, faults met by compiled code give NaN as with throw=False; lists (numbers, values) of each finding.

    Under `vmap` both have the axes of the batch. The work must be finished inside (`jax.block_until_ready`).
    """
    global _found
    outer, _found = _found, []
    try:
        yield _found
    finally:
        _found = outer


def guard(result: T, fault: Fault, throw: bool) -> T:
    """The result, unless there is a fault: then RuntimeError, or NaN in every array with throw=False."""
    check_flag(throw, "throw")
    if not throw:
        return nan_where(fault.found, result)
    number, value = fault.number, fault.value
    if not (is_concrete(number) and is_concrete(value)):
        # Of a batch, the fault with the highest number and among those the largest value speak for all.
        number = largest_of_batch(number)
        value = largest_of_batch(jnp.where(fault.number == number, value, -jnp.inf))
    if is_concrete(number) and is_concrete(value):
        if _found is not None:
            return nan_where(fault.found, result)
        _raise(number, value)
        return result
    arrays, rest = eqx.partition(result, eqx.is_array)
    return eqx.combine(_checked(arrays, fault.number, fault.value, number), rest)


def nan_where(condition: Bool[Array, ""], result: T) -> T:
    """The result, with NaN in every array where the condition holds, and in its derivatives."""
    return _times(result, jnp.where(condition, jnp.nan, 1.0))


def _times(tree: T, factor: Array) -> T:
    return jax.tree.map(lambda x: x * factor if eqx.is_inexact_array(x) else x, tree)


def sentence(number: Any, value: Any) -> str:
    """What is wrong, in words, of a fault whose number and value are known."""
    return FAULTS[int(number) - 1].format(value=float(value))


def _raise(number: Any, value: Any) -> None:
    if number > 0:
        raise RuntimeError(sentence(number, value))


def _meet(numbers: Any, values: Any) -> np.ndarray:
    """On the host: raise for the worst fault of a batch; while faults are tolerated, note them and return NaN."""
    numbers, values = (np.asarray(x) for x in np.broadcast_arrays(numbers, values))
    if _found is None:
        worst = np.max(numbers)
        _raise(worst, np.max(values[numbers == worst]))
    else:
        _found.append((numbers.copy(), values.copy()))
    return np.where(numbers > 0, np.nan, 1.0).astype(values.dtype)


@jax.custom_jvp
def _checked(arrays: Any, number: Array, value: Array, worst: Array) -> Any:
    """The arrays, through the host where the worst fault of the batch is one."""

    def met() -> Any:
        shape = jax.ShapeDtypeStruct((), value.dtype)
        factor = jax.pure_callback(_meet, shape, number, value, vmap_method="expand_dims")
        # What is not inexact must wait for the callback, too.
        waited = jax.tree.map(lambda x: jnp.where(jnp.isinf(factor), jnp.zeros_like(x), x), arrays)
        return _times(waited, factor)

    return jax.lax.cond(worst > 0, met, lambda: arrays)


@_checked.defjvp
def _(primals, tangents):
    # The check stays out of the derivative, but for what has none.
    return _checked(*primals), nan_where(primals[1] > 0, tangents[0])
