"""The objective as a function of unbounded coordinates of the numbers that move."""

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from .._checks import check_values, is_concrete, shown
from .._typing import Scalar, as_real
from ._ranges import Range


class Problem(eqx.Module):
    """The objective as a function of coordinates."""

    objective: Callable[[Any], Any]
    leaves: tuple[Any, ...]  # of the system, None where they are free
    ranges: tuple[Range, ...]
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
        try:
            value = jnp.asarray(self.objective(self.system(u)))
        except jax.errors.ConcretizationTypeError as error:
            raise ValueError(
                "`objective` cannot be traced: it is compiled, so its numbers are no plain ones. Use `jnp.where` or "
                "`jax.lax.cond` for branches on their values, `jnp` for `np` or `math`, and no `float`. "
                f"JAX says: {str(error).splitlines()[0]}"
            ) from error
        if value.shape != () or not jnp.issubdtype(value.dtype, jnp.floating):
            raise ValueError(f"`objective` must give one real number, but gives {value.dtype} of shape {value.shape}.")
        return -value.astype(float)


class _Leaf(int):
    """Stands for the leaf of this number while `free` points at some."""


def problem_of(
    objective: Callable[[Any], Any], system: Any, free: Callable[[Any], PyTree], bounds: tuple[PyTree, PyTree]
) -> tuple[Problem, tuple[Array, ...]]:
    """The problem and the free numbers as given."""
    if not callable(objective) or not callable(free):
        raise ValueError(
            f"`objective` and `free` must be functions of the system, but are {shown(objective)}, {shown(free)}."
        )
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
        if not isinstance(bounds, (tuple, list)):
            raise TypeError("no pair")
        lower, upper = (jax.tree.leaves(jax.tree.broadcast(end, chosen)) for end in bounds)
    except (TypeError, ValueError) as error:
        low, high = (jax.tree.map(lambda _, end=end: end, chosen) for end in (0.0, 1.0))
        wanted = f"(lower, upper), each a number or in the structure of free(system), such as ({low}, {high})"
        raise ValueError(f"`bounds` must be {wanted}, but is {shown(bounds)}.") from error
    moving = [_range(leaves[i], *rest) for i, *rest in zip(positions, lower, upper, names, strict=True)]
    given, ranges = zip(*moving, strict=True)
    # A Python number would be static, so another value another compilation.
    leaves = [jnp.asarray(x, float) if isinstance(x, float) else x for x in leaves]
    fixed = tuple(None if i in positions else x for i, x in enumerate(leaves))
    return Problem(objective, fixed, ranges, structure, free_structure, tuple(positions)), given


def _range(leaf: Any, lower: Any, upper: Any, name: str) -> tuple[Array, Range]:
    """A free leaf as a float array, and its range."""
    number = isinstance(leaf, (int, float)) and not isinstance(leaf, bool)
    if not (number or jnp.issubdtype(getattr(leaf, "dtype", bool), jnp.floating)):
        raise ValueError(
            f"`{name}` must be a real number or floating-point array, but is {shown(leaf)}. Of a complex operator, "
            "free the numbers that it is made of: let the system be a dict of them, from which `objective` builds the "
            "`qt.OpenSystem`."
        )
    x, ends = jnp.asarray(leaf, float), (as_real(lower, "A lower bound"), as_real(upper, "An upper bound"))
    check_values(x, f"leaf `{name}`")
    if any(end.shape not in ((), x.shape) for end in ends):
        raise ValueError(f"`bounds` of `{name}` must have its shape {x.shape}, but have {[end.shape for end in ends]}.")
    low, high = (jnp.broadcast_to(end, x.shape) for end in ends)
    if is_concrete(low) and is_concrete(high) and not np.all(np.asarray(low) < np.asarray(high)):
        raise ValueError(f"The lower one of `bounds` of `{name}` must be below the upper, but they are {low}, {high}.")
    return x, Range.around(x, low, high)
