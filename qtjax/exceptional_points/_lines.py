"""Lines of exceptional points: continuation along a further parameter."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, Bool, Complex, Float

from .._checks import LINE_ENDS, Fault, check_count, check_values, first_fault, is_concrete
from .._typing import Numbers, as_real
from ._families import Family, as_eigenvalue, family_of
from ._search import ExceptionalPoint, aside, found, searched, structured

_STEPS, _FAR, _SHORTEST = 10, 0.2, 2.0**-20


class _At(eqx.Module):
    """A function of parameters and a value, at one value."""

    closure: Callable[..., Any]
    value: Float[Array, ""]

    def __call__(self, parameters: Array) -> Any:
        return self.closure(parameters, self.value)


class _Line(NamedTuple):
    """The last two points of the line, and how far to go next."""

    value: Float[Array, ""]
    parameters: Complex[Array, " p"]
    eigenvalue: Complex[Array, ""]
    former: tuple[Float[Array, ""], Complex[Array, " p"], Complex[Array, ""]]
    step: Float[Array, ""]  # as a fraction of what is left to the next value asked for
    lost: Bool[Array, ""]


def trace_exceptional_line(
    function: Callable[[Any, Any], Any],
    start: Any,
    along: Numbers,
    *,
    order: int = 2,
    eigenvalue: ArrayLike | None = None,
    max_steps: int = 50,
    throw: bool = True,
) -> ExceptionalPoint:
    """The exceptional points of function(parameters, value) at each value of `along`, shape (v,), in that order.

    start: a guess at the first value as for `qt.find_exceptional_point`, or an `ExceptionalPoint` there. Each next
    point is predicted from the last two and found by Newton's method, in as many steps between two values as keep to
    the same line. Returns an `ExceptionalPoint` whose arrays have a leading axis, differentiable in what `function`
    closes over and in `along`. Raises ValueError for values that are not a vector or repeat, and RuntimeError where the
    line ends or turns back (throw=False: NaN from there on). Without `jax.jit` each call compiles anew; close to where
    lines meet, start from a point on the one that is meant.
    """
    check_count(order, "order", least=2)
    check_count(max_steps, "max_steps")
    values = as_real(along)
    if values.ndim != 1 or values.shape[0] == 0:
        raise ValueError(f"`along` must be a vector of at least one value, but has shape {values.shape}.")
    check_values(values, "`along`")
    if is_concrete(values) and np.any(np.diff(np.asarray(values)) == 0):
        raise ValueError(f"Neighbouring values of `along` must differ, but are {values}.")
    known = isinstance(start, ExceptionalPoint)
    guess = jax.tree.map(jnp.real, start.parameters) if known else start
    family, vector, unravel = family_of(function, guess, order, values[0])
    if known:
        eigenvalue = start.eigenvalue
        begin = vector + 1j * ravel_pytree(jax.tree.map(jnp.imag, start.parameters))[0]
    else:
        begin = aside(vector, family.real)
    first = None if eigenvalue is None else as_eigenvalue(eigenvalue)
    fixed = jax.lax.stop_gradient((begin, first, values))
    parameters, eigenvalues, lost = _traced(family.frozen(), *fixed, order, max_steps)

    def polished(at: tuple[Array, ...]) -> tuple[ExceptionalPoint, Fault]:
        value, z, mu, gone = at
        point, fault = found(_family_at(family, value), z, mu, order, max_steps)
        return point, first_fault(Fault(gone, LINE_ENDS, value), fault)

    point, fault = jax.lax.map(polished, (values, parameters, eigenvalues, lost))
    return jax.vmap(lambda p, f: structured(p, family.real, unravel, f, throw))(point, fault)


def _family_at(family: Family, value: Array) -> Family:
    return Family(_At(family.closure, value), family.real)


@eqx.filter_jit
def _traced(
    family: Family, start: Array, eigenvalue: Array | None, values: Array, order: int, steps: int
) -> tuple[Array, Array, Array]:
    """Parameters and eigenvalue at each value, and whether the line was lost before."""
    search, _, _, _ = searched(_family_at(family, values[0]), start, eigenvalue, order, steps)
    z, mu = search.parameters, search.eigenvalue.high

    def onward(line: _Line, target: Array) -> tuple[_Line, Any]:
        begun = line.value

        def unfinished(line: _Line) -> Array:
            return (line.value != target) & ~line.lost

        def go(line: _Line) -> _Line:
            whole = line.value + line.step * (target - begun)
            beyond = jnp.abs(whole - begun) >= jnp.abs(target - begun) * (1 - 1e-9)
            value = jnp.where(beyond, target, whole)
            before, z_before, mu_before = line.former
            known = before != line.value
            ratio = jnp.where(known, (value - line.value) / jnp.where(known, line.value - before, 1.0), 0.0)
            z = line.parameters + ratio * (line.parameters - z_before)
            mu = line.eigenvalue + ratio * (line.eigenvalue - mu_before)
            search, _, _, settled = searched(_family_at(family, value), z, mu, order, _STEPS)
            size = jnp.maximum(jnp.abs(line.parameters), jnp.max(jnp.abs(line.parameters)) * 1e-6)
            near = jnp.all(jnp.abs(search.parameters - z) <= _FAR * size)
            kept = settled & near
            here = (line.value, line.parameters, line.eigenvalue)
            there = (value, search.parameters, search.eigenvalue.high)
            step = jnp.where(kept, jnp.minimum(2 * line.step, 1.0), line.step / 4)
            chosen = jax.tree.map(lambda a, b: jnp.where(kept, a, b), (*there, here), (*here, line.former))
            return _Line(*chosen, step=step, lost=step < _SHORTEST)

        line = jax.lax.while_loop(unfinished, go, line._replace(step=jnp.asarray(1.0)))
        return line, (line.parameters, line.eigenvalue, line.lost)

    begin = _Line(values[0], z, mu, (values[0], z, mu), jnp.asarray(1.0), jnp.asarray(False))
    _, rest = jax.lax.scan(onward, begin, values[1:])
    first = (z, mu, jnp.asarray(False))
    return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), first, rest)
