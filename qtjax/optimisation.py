"""Bounded, multi-start gradient ascent on any numbers of a system."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logit, ndtri
from jaxtyping import Array, Bool, Float, Int, PyTree

from ._checks import check_count, check_values, is_concrete, nan_where, tolerated
from ._typing import Scalar, as_real

_INSIDE = 1e-2  # where a start at or beyond a bound is put, as a fraction of the way to the other
_NEAR = 1e-3  # what counts as at a bound, likewise
# Large batches of LAPACK calls are slower on CPUs, and can hang. Steps come in blocks of one shape, so that one
# compilation serves any number of them, and gives the same bits however they are divided.
_STARTS_AT_ONCE, _BLOCK = 64, 64


class _Range(eqx.Module):
    """Numbers strictly between bounds, as smooth increasing functions of unbounded coordinates u."""

    lower: Float[Array, "..."]
    upper: Float[Array, "..."]
    both: Bool[Array, "..."]  # whether there are two finite bounds
    positive: Bool[Array, "..."]  # and they are positive: logarithms count
    one: Bool[Array, "..."]  # whether there is a single one
    sign: Float[Array, "..."]  # of x minus it
    size: Float[Array, "..."]  # unit of numbers without two finite bounds

    @staticmethod
    def around(x: Array, lower: Array, upper: Array) -> "_Range":
        """In units of the given numbers, or of their distance to the only bound."""
        below, above = jnp.isfinite(lower), jnp.isfinite(upper)
        both, one, sign = below & above, below != above, jnp.where(below, 1.0, -1.0)
        distance = jnp.where(below, x - lower, upper - x)
        size = jnp.where(one, jnp.max(jnp.where(one, distance, 0.0)), jnp.max(jnp.abs(jnp.where(one, 0.0, x))))
        return _Range(lower, upper, both, both & (lower > 0), one, sign, jnp.where(size > 0, size, 1.0))

    def _scaled(self, x: Array) -> Array:
        """x or its logarithm; 0 without two bounds."""
        logarithm = jnp.log(jnp.where(self.positive, jnp.maximum(x, self.lower), 1.0))
        return jnp.where(self.positive, logarithm, jnp.where(self.both, x, 0.0))

    def numbers(self, u: Array) -> Array:
        """x(u)."""
        between = self._scaled(self.lower) * jax.nn.sigmoid(-u) + self._scaled(self.upper) * jax.nn.sigmoid(u)
        between = jnp.where(self.positive, jnp.exp(jnp.where(self.positive, between, 0.0)), between)
        bound = jnp.where(self.one, jnp.where(self.sign > 0, self.lower, self.upper), 0.0)
        beside = bound + self.sign * self.size * jax.nn.softplus(self.sign * u)
        x = jnp.where(self.both, between, jnp.where(self.one, beside, self.size * u))
        # Rounding must not reach a bound.
        return jnp.clip(x, jnp.nextafter(self.lower, jnp.inf), jnp.nextafter(self.upper, -jnp.inf))

    def coordinates(self, x: Array) -> Array:
        """u(x); numbers at or beyond a bound are put inside."""
        low, high, scaled = (self._scaled(y) for y in (self.lower, self.upper, x))
        fraction = (scaled - low) / jnp.where(self.both, high - low, 1.0)
        fraction = jnp.where(fraction <= 0, _INSIDE, jnp.where(fraction >= 1, 1.0 - _INSIDE, fraction))
        distance = jnp.where(self.sign > 0, x - self.lower, self.upper - x) / self.size
        beside = self.sign * _softplus_inverse(jnp.where(distance <= 0, _INSIDE, distance))
        return jnp.where(self.both, logit(fraction), jnp.where(self.one, beside, x / self.size))

    def drawn(self, key: Array, u: Array) -> Array:
        """Random coordinates: uniform in the fraction between two bounds, otherwise around those given."""
        fraction = jax.random.uniform(key, u.shape, minval=_NEAR, maxval=1.0 - _NEAR)
        beside = self.sign * _softplus_inverse(jax.nn.softplus(self.sign * u) * 10.0 ** (2.0 * fraction - 1.0))
        return jnp.where(self.both, logit(fraction), jnp.where(self.one, beside, u + ndtri(fraction)))

    def sides(self, u: Array) -> Array:
        """-1 next to the lower bound, 1 next to the upper one, else 0."""
        near = jnp.where(self.both, jax.nn.sigmoid(-jnp.abs(u)), jax.nn.softplus(self.sign * u)) < _NEAR
        side = jnp.where(self.both, jnp.sign(u), -self.sign)
        return jnp.where((self.both | self.one) & near, side, 0.0).astype(int)


def _softplus_inverse(y: Array) -> Array:
    return y + jnp.log(-jnp.expm1(-y))


class _Search(eqx.Module):
    """Where the starts stand; arrays have a leading axis over them."""

    position: PyTree  # coordinates, in the structure of free(system)
    state: PyTree  # of the optimiser
    best: PyTree  # coordinates of the best point; those of the given system before there is one
    value: Float[Array, " starts"]  # there; -inf before there is one
    gradient: Float[Array, " starts"]  # its norm there


class _Problem(eqx.Module):
    """The objective as a function of coordinates."""

    objective: Callable[[Any], Any]
    leaves: tuple[Any, ...]  # of the system, None where they are free
    ranges: tuple[_Range, ...]
    structure: Any = eqx.field(static=True)
    free_structure: Any = eqx.field(static=True)
    positions: tuple[int, ...] = eqx.field(static=True)

    def numbers(self, u: PyTree) -> PyTree:
        """The free numbers, in the structure of free(system)."""
        return self.tree([a.numbers(x) for a, x in zip(self.ranges, jax.tree.leaves(u), strict=True)])

    def tree(self, leaves: Sequence[Any]) -> PyTree:
        """Leaves in that structure."""
        return self.free_structure.unflatten(leaves)

    def system(self, u: PyTree) -> Any:
        """The system with them."""
        moving = dict(zip(self.positions, jax.tree.leaves(self.numbers(u)), strict=True))
        return self.structure.unflatten([moving.get(i, x) for i, x in enumerate(self.leaves)])

    def loss(self, u: PyTree) -> Scalar:
        """What is minimised."""
        value = jnp.asarray(self.objective(self.system(u)))
        if value.shape != () or not jnp.issubdtype(value.dtype, jnp.floating):
            raise ValueError(f"`objective` must give one real number, but gives {value.dtype} of shape {value.shape}.")
        return -value.astype(float)


class Optimum(eqx.Module):
    """The best system that `qt.maximise` found, and how it got there.

    A pytree of arrays, which `qt.maximise` takes in place of the system, to go on from where this one stopped.
    """

    system: Any  # in the structure of the one given
    value: Scalar  # of the objective there
    history: Float[Array, "starts steps"]  # the objective at every step; NaN where it or its gradient is not finite
    values: Float[Array, " starts"]  # the best of every start; NaN where none was finite
    candidates: PyTree  # free(system) at the best point of every start, arrays with a leading axis over starts
    gradients: Float[Array, " starts"]  # there, norms of the objective's gradient by the unbounded coordinates
    at_bounds: PyTree  # in the structure of free(system): -1 within 0.1 % of the lower bound, 1 of the upper, else 0
    moved_inside: Array  # whether numbers of the given system lay at or beyond a bound
    ranges: tuple[_Range, ...]
    search: _Search

    @property
    def start(self) -> Int[Array, ""]:
        """Which start won; 0 is the given system."""
        return jnp.argmax(self.search.value)

    def __repr__(self) -> str:
        if not is_concrete(self.value) or self.value.ndim:
            return f"Optimum(value={self.value})"
        (starts, steps), begin, end = self.history.shape, float(self.history[0, 0]), float(self.value)
        gain = f", x {end / begin:.4g}" if min(begin, end) > 0 else ""
        agreeing = int(np.sum(np.abs(self.values - end) <= 1e-6 * abs(end)))
        sides = [
            f"{jax.tree_util.keystr(path) or 'free'} ({'upper' if side > 0 else 'lower'})"
            for path, array in jax.tree_util.tree_leaves_with_path(self.at_bounds)
            for side in np.unique(array[array != 0])
        ]
        failed = int(np.sum(np.isnan(self.values)))
        return (
            f"Optimum(value={end:.9g} (at the first point {begin:.9g}{gain}); "
            f"gradient={float(self.gradients[self.start]):.2g}; {steps} steps; "
            f"start {int(self.start)} of {starts}, {agreeing} within 1e-6; "
            f"at bounds: {', '.join(sides) or 'none'}"
            + (f"; {failed} starts without any finite value" if failed else "")
            + ("; given numbers were moved inside the bounds)" if self.moved_inside else ")")
        )


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
        raise ValueError(f"`optimiser` must be one of optax, such as `optax.adam(1e-2)`, but is {optimiser!r}.")
    earlier = system if isinstance(system, Optimum) else None
    problem, given = _problem(objective, system if earlier is None else earlier.system, free, bounds)
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


class _Leaf(int):
    """Stands for the leaf of this number while `free` points at some."""


def _problem(
    objective: Callable[[Any], Any], system: Any, free: Callable[[Any], PyTree], bounds: tuple[PyTree, PyTree]
) -> tuple[_Problem, tuple[Array, ...]]:
    """The problem and the free numbers as given."""
    if not callable(objective) or not callable(free):
        raise ValueError(f"`objective` and `free` must be functions of the system, but are {objective!r}, {free!r}.")
    leaves, structure = jax.tree.flatten(system)
    must = "`free` must give leaves of the system as they are, each once, as `lambda s: s.baths[0].temperature` does, "
    try:
        chosen = free(structure.unflatten([_Leaf(i) for i in range(len(leaves))]))
    except Exception as error:
        raise ValueError(f"{must}but raised {type(error).__name__}: {error}") from error
    paths, free_structure = jax.tree_util.tree_flatten_with_path(chosen)
    positions = [int(leaf) for _, leaf in paths if isinstance(leaf, _Leaf)]
    if not len(set(positions)) == len(paths) > 0:
        wrong = [repr(leaf) for _, leaf in paths if not isinstance(leaf, _Leaf)]
        raise ValueError(f"{must}but gives {wrong[0] if wrong else 'one twice' if paths else 'none'}.")
    names = [f"free(system){jax.tree_util.keystr(path)}" for path, _ in paths]
    try:
        lower, upper = (jax.tree.leaves(jax.tree.broadcast(end, chosen)) for end in bounds)
    except (TypeError, ValueError) as error:
        wanted = f"(lower, upper), each a number or in the structure of free(system), {free_structure}"
        raise ValueError(f"`bounds` must be {wanted}, but is {bounds!r}.") from error
    moving = [_range(leaves[i], *rest) for i, *rest in zip(positions, lower, upper, names, strict=True)]
    given, ranges = zip(*moving, strict=True)
    # A Python number would be static, so another value another compilation.
    leaves = [jnp.asarray(x, float) if isinstance(x, float) else x for x in leaves]
    fixed = tuple(None if i in positions else x for i, x in enumerate(leaves))
    return _Problem(objective, fixed, ranges, structure, free_structure, tuple(positions)), given


def _range(leaf: Any, lower: Any, upper: Any, name: str) -> tuple[Array, _Range]:
    """A free leaf as a float array, and its range."""
    number = isinstance(leaf, (int, float)) and not isinstance(leaf, bool)
    if not (number or jnp.issubdtype(getattr(leaf, "dtype", bool), jnp.floating)):
        raise ValueError(
            f"`{name}` must be a real number or floating-point array, but is {leaf!r}. Of a complex operator, free the "
            "numbers that it is made of: let the system be a dict of them, and `objective` build the `qt.OpenSystem`."
        )
    x, ends = jnp.asarray(leaf, float), (as_real(lower), as_real(upper))
    check_values(x, f"leaf `{name}`")
    if any(end.shape not in ((), x.shape) for end in ends):
        raise ValueError(f"`bounds` of `{name}` must have its shape {x.shape}, but have {[end.shape for end in ends]}.")
    low, high = (jnp.broadcast_to(end, x.shape) for end in ends)
    if is_concrete(low) and is_concrete(high) and not np.all(np.asarray(low) < np.asarray(high)):
        raise ValueError(f"The lower one of `bounds` of `{name}` must be below the upper, but they are {low}, {high}.")
    return x, _Range.around(x, low, high)


def _begun(problem: _Problem, optimiser: Any, given: Sequence[Array], starts: int, key: Array | None) -> _Search:
    own = [a.coordinates(x) for a, x in zip(problem.ranges, given, strict=True)]
    rows = [u[None] for u in own]
    if starts > 1:
        if key is None:
            raise ValueError(f"`key` is needed to draw the other {starts - 1} starts: give `jax.random.key(0)`.")

        def draw(i: Array) -> list[Array]:
            keys = jax.random.split(jax.random.fold_in(key, i), len(own))
            return [a.drawn(k, u) for a, k, u in zip(problem.ranges, keys, own, strict=True)]

        rows = [jnp.concatenate(pair) for pair in zip(rows, jax.vmap(draw)(jnp.arange(1, starts)), strict=True)]
    position, home = problem.tree(rows), problem.tree([jnp.broadcast_to(u, (starts, *u.shape)) for u in own])
    unknown = jnp.full((starts,), jnp.nan)
    return _Search(position, jax.vmap(optimiser.init)(position), home, jnp.full((starts,), -jnp.inf), unknown)


def _continued(problem: _Problem, optimiser: Any, earlier: Optimum, starts: int) -> tuple[_Problem, _Search]:
    """The problem in the units that it was begun in, and where it stopped."""
    search = earlier.search

    def form(tree: PyTree) -> str:
        return str(jax.tree.map(lambda x: x.shape, tree))

    def ends(ranges: tuple[_Range, ...]) -> list[Any]:
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
def _advanced(problem: _Problem, optimiser: Any, search: _Search, count: Int[Array, ""]) -> tuple[_Search, Array]:
    """`count` steps of all starts, at most _BLOCK, and the objective at each, (starts, _BLOCK)."""
    import optax

    update = optax.with_extra_args_support(optimiser).update

    def step(k: Array, carry: tuple[_Search, Array]) -> tuple[_Search, Array]:
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
        return _Search(position, state, best, value, gradient), history.at[k].set(jnp.where(sound, -loss, jnp.nan))

    def run(search: _Search) -> tuple[_Search, Array]:
        return jax.lax.fori_loop(0, count, step, (search, jnp.full((_BLOCK,), jnp.nan, float)))

    # Chunks of one size, the last filled with copies: the program is compiled for one.
    starts = search.value.shape[0]
    size = -(-starts // (chunks := -(-starts // _STARTS_AT_ONCE)))
    filled = np.minimum(np.arange(chunks * size), starts - 1).reshape(chunks, size)
    done = jax.lax.map(jax.vmap(run), jax.tree.map(lambda x: x[filled], search))
    return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:])[:starts], done)


def _optimum(problem: _Problem, search: _Search, history: Array, moved: Array) -> Optimum:
    winner = jax.tree.map(lambda x: x[jnp.argmax(search.value)], search)
    values, value = (jnp.where(jnp.isneginf(x), jnp.nan, x) for x in (search.value, winner.value))
    system = nan_where(jnp.isnan(value), problem.system(winner.best))
    candidates = jax.vmap(problem.numbers)(search.best)
    sides = problem.tree([a.sides(u) for a, u in zip(problem.ranges, jax.tree.leaves(winner.best), strict=True)])
    return Optimum(system, value, history, values, candidates, search.gradient, sides, moved, problem.ranges, search)


def _checked(found: Optimum, problem: _Problem) -> Optimum:
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
    raise NotImplementedError(
        "An optimum of `qt.maximise` has no derivatives. That of its value is the partial one of the objective, at a "
        "fixed optimum (`jax.lax.stop_gradient(best.system)`)."
    )
