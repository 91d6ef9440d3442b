"""Bounded, multi-start gradient ascent on any numbers of a system."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, PyTree

from .._checks import check_count, is_concrete, nan_where, shown, tolerated
from ._optimum import Optimum, Search
from ._problems import Problem, problem_of
from ._ranges import Range

# Large batches of LAPACK calls are slower on CPUs, and can hang. Steps come in blocks of one shape, so that one
# compilation serves any number of them, and gives the same bits however they are divided.
_STARTS_AT_ONCE, _BLOCK = 64, 64


def maximise(
    objective: Callable[[Any], Any],
    system: Any,
    *,
    free: Callable[[Any], PyTree],
    bounds: tuple[PyTree, PyTree],
    optimiser: Any = None,
    steps: int = 300,
    starts: int = 1,
    key: Array | None = None,
    throw: bool = True,
) -> Optimum:
    """The system with the largest objective(system), one real number, by gradient ascent from many starts.

    system: a `qt.OpenSystem`, or any pytree from which `objective` builds one, such as a dict of parameters (entries of
    a matrix each move by themselves); or the `Optimum` of the same call, which goes on as if it had never stopped, to
    the bit. free: from the system to the leaves that move, real numbers or arrays. bounds: (lower, upper), each a
    number or in the structure of free(system); +-inf for none. starts: the first is the given system, the others need
    a `key`. optimiser: any of optax; by default `adam(0.05, b2=0.95, eps=1e-30)`: with a longer memory, steps along a
    curved ridge or towards a bound die out, and with the usual eps those of small currents.

    The optimiser moves unbounded coordinates u. Between finite bounds x = lower + (upper - lower) sigmoid(u), of log x
    if both are positive; beside one bound x = lower + s softplus(u), s the largest given distance from it; otherwise
    x = s u, s the largest given magnitude in that array (1 for zero). Given numbers at or beyond a bound start 1 % of
    the way inside. The other starts are uniform in the sigmoid, ten times nearer to ten times farther from a single
    bound, normal with standard deviation s without bounds.

    Where the objective or its gradient is not finite, or the library would raise, a start goes half the way back to
    its best point, before it has one to the given system. One compiled program does any number of steps; another
    `objective` or `optimiser` object is another compilation, so give those that continue a name. As in any jitted
    function, `objective` must not depend on globals that change, and within `jit` a fault raises. An optimum has no
    derivatives: NotImplementedError. Raises ValueError for arguments that do not fit, and RuntimeError where no start
    ever has a finite objective and gradient (with throw=False its value and system are NaN).
    """
    check_count(steps, "steps")
    check_count(starts, "starts")
    optimiser = _default() if optimiser is None else optimiser
    if not (callable(getattr(optimiser, "init", None)) and callable(getattr(optimiser, "update", None))):
        raise ValueError(f"`optimiser` must be one of optax, such as `optax.adam(1e-2)`, but is {shown(optimiser)}.")
    earlier = system if isinstance(system, Optimum) else None
    problem, given = problem_of(objective, system if earlier is None else earlier.system, free, bounds)
    if earlier is None:
        outside = [jnp.any((x <= a.lower) | (x >= a.upper)) for a, x in zip(problem.ranges, given, strict=True)]
        moved, past, search = jnp.any(jnp.stack(outside)), [], _begun(problem, optimiser, given, starts, key)
    else:
        moved, past = earlier.moved_inside, [earlier.history]
        problem, search = _continued(problem, optimiser, earlier, starts)
    problem, search = jax.tree.map(_strongly_typed, (problem, search))
    with tolerated():
        for done in range(0, steps, _BLOCK):
            count = min(_BLOCK, steps - done)
            search, block = _advanced(problem, optimiser, search, jnp.asarray(count))
            past.append(block[:, :count])
        jax.block_until_ready((search, past))
    found = _optimum(problem, search, jnp.concatenate(past, axis=1), moved)
    found = _checked(found, problem) if throw else found
    return jax.tree.map(lambda x: _without_derivative(x) if eqx.is_inexact_array(x) else x, found)


def _strongly_typed(x: Any) -> Any:
    # What the steps return is: weakly typed leaves would be one more compilation.
    return x.astype(x.dtype) if eqx.is_array(x) and jnp.issubdtype(x.dtype, jnp.number) else x


@cache
def _default() -> Any:
    import optax  # on demand: importing qtjax loads no optimisers

    return optax.adam(0.05, b2=0.95, eps=1e-30)  # gradients die out towards a bound; currents are small


def _is_key(key: Any) -> bool:
    """Whether it is one key, of the new kind or the old."""
    return isinstance(key, jax.Array) and (
        (jnp.issubdtype(key.dtype, jax.dtypes.prng_key) and key.shape == ()) or key.dtype == np.uint32
    )


def _begun(problem: Problem, optimiser: Any, given: Sequence[Array], starts: int, key: Array | None) -> Search:
    own = [a.coordinates(x) for a, x in zip(problem.ranges, given, strict=True)]
    rows = [u[None] for u in own]
    if starts > 1:
        if key is None:
            raise ValueError(f"`key` is needed to draw the other {starts - 1} starts: give `jax.random.key(0)`.")
        if not _is_key(key):
            raise ValueError(f"`key` must be a random key of JAX, `jax.random.key(0)`, but is {shown(key)}.")

        def draw(i: Array) -> list[Array]:
            keys = jax.random.split(jax.random.fold_in(key, i), len(own))
            return [a.drawn(k, u) for a, k, u in zip(problem.ranges, keys, own, strict=True)]

        rows = [jnp.concatenate(pair) for pair in zip(rows, jax.vmap(draw)(jnp.arange(1, starts)), strict=True)]
    position, home = problem.tree(rows), problem.tree([jnp.broadcast_to(u, (starts, *u.shape)) for u in own])
    unknown = jnp.full((starts,), jnp.nan)
    return Search(position, jax.vmap(optimiser.init)(position), home, jnp.full((starts,), -jnp.inf), unknown)


def _continued(problem: Problem, optimiser: Any, earlier: Optimum, starts: int) -> tuple[Problem, Search]:
    """The problem in the units that it was begun in, and where it stopped."""
    search = earlier.search

    def form(tree: PyTree) -> str:
        return str(jax.tree.map(lambda x: x.shape, tree))

    def ends(ranges: tuple[Range, ...]) -> list[Any]:
        return [np.asarray(end).tolist() for a in ranges for end in (a.lower, a.upper) if is_concrete(end)]

    for name, was, now in (
        ("starts", search.value.shape[0], starts),
        ("free", form(earlier.at_bounds), form(problem.tree([a.size for a in problem.ranges]))),
        ("bounds", ends(earlier.ranges), ends(problem.ranges)),
        ("optimiser", form(search.state), form(jax.eval_shape(jax.vmap(optimiser.init), search.position))),
    ):
        if was != now:
            raise ValueError(f"To continue, `{name}` must be as it was, {was}, but is {now}.")
    return eqx.tree_at(lambda p: p.ranges, problem, earlier.ranges), search


@eqx.filter_jit
def _advanced(problem: Problem, optimiser: Any, search: Search, count: Int[Array, ""]) -> tuple[Search, Array]:
    """`count` steps of all starts, at most _BLOCK, and the objective at each, (starts, _BLOCK)."""
    import optax

    update = optax.with_extra_args_support(optimiser).update

    def step(k: Array, carry: tuple[Search, Array]) -> tuple[Search, Array]:
        now, history = carry
        loss, slope = jax.value_and_grad(problem.loss)(now.position)
        norm = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(slope)))
        sound = jnp.isfinite(loss) & jnp.isfinite(norm)
        better = sound & (-loss > now.value)
        best = jax.tree.map(partial(jnp.where, better), now.position, now.best)
        updates, state = update(slope, now.state, now.position, value=loss, grad=slope, value_fn=problem.loss)
        onward = optax.apply_updates(now.position, updates)
        going = sound & jnp.isfinite(sum(jnp.sum(x) for x in jax.tree.leaves(onward)))
        halfway = jax.tree.map(lambda x, y: (x + y) / 2, now.position, best)
        position, state = jax.tree.map(partial(jnp.where, going), (onward, state), (halfway, now.state))
        value, gradient = jnp.where(better, -loss, now.value), jnp.where(better, norm, now.gradient)
        return Search(position, state, best, value, gradient), history.at[k].set(jnp.where(sound, -loss, jnp.nan))

    def run(search: Search) -> tuple[Search, Array]:
        return jax.lax.fori_loop(0, count, step, (search, jnp.full((_BLOCK,), jnp.nan, float)))

    # Chunks of one size, the last filled with copies: the program is compiled for one.
    starts = search.value.shape[0]
    size = -(-starts // (chunks := -(-starts // _STARTS_AT_ONCE)))
    filled = np.minimum(np.arange(chunks * size), starts - 1).reshape(chunks, size)
    done = jax.lax.map(jax.vmap(run), jax.tree.map(lambda x: x[filled], search))
    return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:])[:starts], done)


def _optimum(problem: Problem, search: Search, history: Array, moved: Array) -> Optimum:
    winner = jax.tree.map(lambda x: x[jnp.argmax(search.value)], search)
    values, value = (jnp.where(jnp.isneginf(x), jnp.nan, x) for x in (search.value, winner.value))
    system = nan_where(jnp.isnan(value), problem.system(winner.best))
    candidates = jax.vmap(problem.numbers)(search.best)
    sides = problem.tree([a.sides(u) for a, u in zip(problem.ranges, jax.tree.leaves(winner.best), strict=True)])
    return Optimum(system, value, history, values, candidates, search.gradient, sides, moved, problem.ranges, search)


def _checked(found: Optimum, problem: Problem) -> Optimum:
    """The same, if there is any finite value."""
    starts, steps = found.history.shape
    nowhere = f"No start reached a finite objective with a finite gradient ({starts} starts, {steps} steps)."
    if not is_concrete(found.value):
        return eqx.error_if(found, jnp.isnan(found.value), nowhere)
    if np.isnan(found.value):
        try:
            value = problem.objective(problem.system(jax.tree.map(lambda u: u[0], found.search.best)))
        except Exception as error:
            raise RuntimeError(f"{nowhere} At the given system: {error}") from error
        why = "but its gradient is not finite" if np.isfinite(value) else "without an error (throw=False?)"
        raise RuntimeError(f"{nowhere} At the given system it is {float(value):.6g}, {why}.")
    return found


@jax.custom_jvp
def _without_derivative(x: Array) -> Array:
    return x


@_without_derivative.defjvp
def _(primals, tangents):
    # Not a stub: JAX would differentiate along the steps, which is not the derivative of where they lead.
    raise NotImplementedError(
        "An optimum of `qt.maximise` has no derivatives. That of its value is the partial one of the objective, at a "
        "fixed optimum (`jax.lax.stop_gradient(best.system)`)."
    )
