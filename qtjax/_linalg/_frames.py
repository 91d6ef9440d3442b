"""How a frozen eigenbasis follows its matrix: block diagonalisation to second order (Schrieffer-Wolff).

A matrix that is diag(E) + D in a frozen basis, with D zero in value but not in tangent, is

    exp(-X) (diag(E) + D) exp(X) = diag(E) + B

with X between eigenvalues that are apart and B inside groups of close ones. Both are smooth at degeneracies, where
differentiating eigenvectors divides by zero. Functions of the matrix are then a Taylor series in B about the mean
eigenvalues of the groups.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, Float

from ._matrix_functions import Function, derivative
from ._products import product

# Order of the Taylor series inside groups, and their width in units of the scale on which F varies: the first
# derivative is then right to 1e-13, the second to 1e-9, at any splitting.
TAYLOR_ORDER, GROUP_WIDTH = 4, 5e-4

# Parameters of one array that `vanishing` knows one by one.
_FEW = 16


def with_derivatives_of(full: Callable[..., Array], value: Callable[..., Array]) -> Callable[..., Array]:
    """value(*arrays), whose derivatives are those of full(*arrays); the two must agree in value.

    `value` is what is left of `full` when the zero-valued arrays are dropped; it must still depend on each of
    them, if only by 0 * x: under `vmap` an output must be batched like its tangent.
    """

    @jax.custom_jvp
    def function(*arrays):
        return value(*arrays)

    def rule(primals, tangents):
        leaves, tree = jax.tree.flatten(primals)
        tangents = jax.tree.leaves(tangents)
        moving = [i for i, tangent in enumerate(tangents) if not isinstance(tangent, SymbolicZero)]
        return function(*primals), _slope(full, leaves, tree, tangents, moving)

    function.defjvp(rule, symbolic_zeros=True)
    return function


def vanishing(full: Callable[..., Array], value: Callable[..., Array]) -> Callable[..., Array]:
    """value(parameters, *arrays), zero at any parameters, with the derivatives of full(parameters, *arrays).

    First derivatives by real parameters are then zero as well, and most of the work: they are found only where they
    are differentiated once more. A rule on the tangents themselves would be lost in forward-over-reverse mode; this
    one is on what multiplies them. For arrays of few parameters; by others the derivative is taken as it stands.
    """

    @jax.custom_jvp
    def function(parameters, *arrays):
        return value(parameters, *arrays)

    def slopes(index: int, leaves: list[Any], tree: Any) -> Array:
        """d full / d leaf, with the axes of the leaf last."""

        def by_leaf(*leaves):
            others = list(leaves)
            moved = lambda leaf: full(*jax.tree.unflatten(tree, [*others[:index], leaf, *others[index + 1 :]]))  # noqa: E731
            return jax.jacfwd(moved)(others[index])

        def none(*leaves):
            zero = value(*jax.tree.unflatten(tree, leaves))
            return zero.reshape(zero.shape + (1,) * leaves[index].ndim) * jnp.ones_like(leaves[index])

        return with_derivatives_of(by_leaf, none)(*leaves)

    def rule(primals, tangents):
        leaves, tree = jax.tree.flatten(primals)
        tangents = jax.tree.leaves(tangents)
        count = len(jax.tree.leaves(primals[0]))
        tangent, moving = jnp.zeros(()), []
        for i, along in enumerate(tangents):
            if isinstance(along, SymbolicZero):
                continue
            if i < count and jnp.isrealobj(leaves[i]) and leaves[i].size <= _FEW:
                tangent = tangent + jnp.tensordot(slopes(i, leaves, tree), along, leaves[i].ndim)
            else:
                moving.append(i)
        if moving:
            tangent = tangent + _slope(full, leaves, tree, tangents, moving)
        return function(*primals), tangent

    function.defjvp(rule, symbolic_zeros=True)
    return function


def _slope(full: Callable[..., Array], leaves: list[Any], tree: Any, tangents: list[Any], moving: list[int]) -> Array:
    """The tangent of full along what moves: along the rest it would be compiled, and multiplied by zeros."""

    def along(*moved):
        now = dict(enumerate(leaves)) | dict(zip(moving, moved, strict=True))
        return full(*jax.tree.unflatten(tree, now.values()))

    return jax.jvp(along, [leaves[i] for i in moving], [tangents[i] for i in moving])[1]


def commutator(a: Array, b: Array) -> Array:
    """[a, b]."""
    return product(a, b) - product(b, a)


def groups(values: Float[Array, " n"], narrowest_gap: Float[Array, "..."]) -> Float[Array, "n n"]:
    """1 where two of the ascending values are not separated by a gap wider than `narrowest_gap`."""
    steps = jnp.diff(values) > jax.lax.stop_gradient(narrowest_gap)
    label = jnp.concatenate([jnp.zeros(1, int), jnp.cumsum(steps)])
    return (label[:, None] == label).astype(values.dtype)


def inverse_gaps(values: Float[Array, " n"], near: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """1/(E_j - E_i) between groups, 0 inside."""
    same = near > 0
    return jnp.where(same, 0.0, 1.0 / jnp.where(same, 1.0, values - values[:, None]))


def means(values: Float[Array, " n"], near: Float[Array, "n n"]) -> Float[Array, " n"]:
    """The mean of the group that each value belongs to."""
    return near / jnp.sum(near, axis=1) @ values


def without_rounding(values: Float[Array, " n"]) -> Float[Array, " n"]:
    """Ascending values that rounding alone separates, made equal: what turns with their difference does not turn.

    At a damping of 1e-10 a splitting of 1e-16 would already show.
    """
    noise = 8 * jnp.finfo(values.dtype).eps * jnp.max(jnp.abs(values)) * values.shape[0] ** 0.5
    same = groups(values, noise)
    return jnp.where(jnp.sum(same, axis=1) > 1, means(values, same), values)


def _second_order_rotation(change: Array, near: Array, inverse: Array) -> Array:
    first = change * inverse
    bent = commutator(change * near, first) + commutator(change * (1 - near), first) / 2
    return first + bent * inverse


def _second_order_splitting(change: Array, near: Array, inverse: Array) -> Array:
    return near * (change + commutator(change * (1 - near), change * inverse) / 2)


def _nothing(change: Array, near: Array, inverse: Array) -> Array:
    return 0.0 * (change + inverse)


# X and B, to second order; and to first, which takes no product of matrices.
rotation = with_derivatives_of(_second_order_rotation, _nothing)
splitting = with_derivatives_of(_second_order_splitting, _nothing)
first_rotation = with_derivatives_of(lambda change, near, inverse: change * inverse, _nothing)
first_splitting = with_derivatives_of(lambda change, near, inverse: change * near, _nothing)


def with_arrays(function: Function, like: Array) -> tuple[Any, Callable[[Any, Array], Array]]:
    """(arrays, evaluate) with evaluate(arrays, x) = function(x), x as `like`: what a closure holds, as arguments.

    A function with a derivative rule of its own may close over nothing that is traced.
    """
    # A value, not a shape: inside `jax.shard_map` it has the sharding of what the function will get.
    converted = eqx.filter_closure_convert(function, like)
    arrays, rest = eqx.partition(converted, eqx.is_array)
    return arrays, lambda arrays, x: eqx.combine(arrays, rest)(x)


def taylor(function: Function, x: Array, scale: Array) -> Array:
    """The first four derivatives of F at x, of which the higher ones only refine: differences will do."""
    step = jnp.maximum(0.01 * jnp.maximum(jnp.abs(x), scale), 1e-30)
    nodes = jnp.stack([x + k * step for k in range(-2, 3)])
    low, lower, middle, upper, up = jax.lax.map(derivative(function), nodes)
    inner, outer = upper - lower, up - low
    second = (8 * inner - outer) / (12 * step)
    third = (16 * (upper + lower) - up - low - 30 * middle) / (12 * step**2)
    return jnp.stack([middle, second, third, (outer - 2 * inner) / (2 * step**3)])
