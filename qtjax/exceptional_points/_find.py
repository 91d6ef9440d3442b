"""The search for one exceptional point, and what to say where there is none."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike

from .._checks import NO_EXCEPTIONAL_POINT, check_count, is_concrete
from ._approach import approached
from ._families import Family, as_eigenvalue, family_of
from ._search import ExceptionalPoint, aside, found, structured


def find_exceptional_point(
    function: Callable[[Any], Any],
    guess: Any,
    *,
    order: int = 2,
    eigenvalue: ArrayLike | None = None,
    max_steps: int = 50,
    throw: bool = True,
) -> ExceptionalPoint:
    """The exceptional point of `function` near `guess`, to the precision of the elements of the matrix.

    What it is: Scali 2021, Sec. 4 (eigenvalues and eigenvectors coalesce, phase rigidity 0).
    function: from real parameters, in the structure of `guess` (a number, an array or any pytree), to a square matrix
    or to dynamics, of which it takes the drift (networks) or the superoperator (finite systems). guess: order - 1
    numbers, and Newton's method is complex analytic in them, though `function` itself only ever sees real ones (a
    family whose structure asks for fewer may have fewer); or 2 (order - 1) numbers that stay real (or, likewise, more
    than order - 1). eigenvalue: roughly the coalescing one; otherwise the mean of those that would meet soonest.

    The position and the eigenvalue have first and second derivatives by whatever `function` closes over, from the
    implicit equations; works under `jit` (which compiles once; each call without it compiles anew) and `vmap`. Raises
    ValueError for a guess of the wrong size and RuntimeError if the iteration does not converge, or ends where the
    eigenvectors stay independent, or is of higher order; with throw=False parameters, eigenvalue and vectors are NaN.
    """
    check_count(order, "order", least=2)
    check_count(max_steps, "max_steps")
    family, start, unravel = family_of(function, guess, order)
    first = None if eigenvalue is None else as_eigenvalue(eigenvalue)
    point, fault = found(family, aside(start, family.real), first, order, max_steps)
    if throw and is_concrete(fault.number) and fault.number == NO_EXCEPTIONAL_POINT:
        raise RuntimeError(_explained(family, start, first, order, unravel, float(fault.value)))
    return structured(point, family.real, unravel, fault, throw)


def _explained(
    family: Family, start: Array, eigenvalue: Array | None, order: int, unravel: Callable[[Array], Any], residual: float
) -> str:
    """Why there is no point: how close the eigenvalues come, and what is missing."""
    real = Family(family.closure, True)
    (nearest, _, gap, _), fault = approached(real, start, eigenvalue, _MOST_STEPS)
    if fault.number == 0 and jnp.isfinite(gap):
        shown = jax.tree.map(lambda x: x.tolist(), unravel(nearest))
        approach = f"Two eigenvalues come closest at {shown}, to {float(gap):.6g}."
    else:
        approach = "No closest approach of two eigenvalues was found near the guess either."
    number = start.shape[0]
    kept = "stay real" if family.real else "are continued to complex values"
    return (
        f"No exceptional point of order {order} found: Newton's method did not settle on one (residual "
        f"{residual:.3g}). {approach} The numbers of `guess` ({number}) {kept}: a point of order n takes n - 1 complex "
        "parameters, or 2 (n - 1) real ones, or n - 1 real ones if the eigenvalue is real by symmetry. Start closer, "
        "say which eigenvalues are meant (`eigenvalue=...`), or let one more parameter vary."
    )


_MOST_STEPS = 100
