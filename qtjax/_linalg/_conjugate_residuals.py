"""Generalised conjugate residuals (Eisenstat, Elman and Schultz 1983), preconditioned from the left.

The residual after a step is that of restarted GMRES, but operator and preconditioner stand in one place only, so that
they are compiled once. Where a step gains nothing, the next searches along the last image, as the Krylov space grows,
not along the residual, which is what it was. Complex arrays are taken as their real and
imaginary parts: that needs no more steps where operator and right side keep Hermitian matrices Hermitian, and each
takes half the arithmetic.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float, Inexact, Int

Operator = Callable[[Array], Array]

# A residual that fell to no less than this between two restarts has stagnated.
_STAGNANT = 0.9
# A step that lowers the residual by less than the square of this has gained nothing.
_GAIN = 1e-2
# Where the residual is below this and a step gains nothing, it may be rounding, and further directions only amplify it.
_CLOSE = 1e-10
# An image of which less than this is new says nothing but rounding.
_NEW = 1e-10
# An image of which less than this is left has to be made orthogonal once more (Daniel, Gragg, Kaufman, Stewart 1976).
_TWICE = 0.7
# Former images are taken off so many at a time: no more than there are need to be read.
_TOGETHER = 5


class _Progress(NamedTuple):
    count: Int[Array, ""]
    x: Float[Array, " m"]
    residual: Float[Array, " m"]  # of the preconditioned equation
    search: Float[Array, " m"]  # the next direction
    length: Float[Array, ""]  # of the residual
    known: Bool[Array, ""]  # whether it was found from x, not carried along
    spent: Bool[Array, ""]  # whether the last direction was nothing new, or gained nothing so close to the end
    stagnant: Bool[Array, ""]
    first: Float[Array, ""]  # its length at x = 0
    last: Float[Array, ""]  # its length when it was last found from x
    taken: Float[Array, "kept m"]  # directions
    images: Float[Array, "kept m"]  # of these, orthonormal
    used: Int[Array, ""]  # how many of both there are


class Solution(NamedTuple):
    x: Inexact[Array, "..."]
    error: Float[Array, ""]  # the preconditioned residual relative to that of x = 0
    steps: Int[Array, ""]


def conjugate_residuals(
    operator: Operator,
    preconditioner: Operator,
    right: Inexact[Array, "..."],
    *,
    rtol: ArrayLike,
    directions: int,
    steps: int,
) -> Solution:
    """x with operator(x) = right, of any shape.

    Ends where the error is rtol, where it stagnates, or after so many steps. Restarts after so many directions. No
    derivatives: for `jax.lax.custom_linear_solve`.
    """
    start = _parts(right)
    kept = min(directions, start.size)

    def unfinished(now: _Progress) -> Array:
        return ~now.known | ((now.length > rtol * now.first) & ~now.stagnant & (now.count < steps))

    def step(now: _Progress) -> _Progress:
        ended = (now.length <= rtol * now.first) | now.spent | (now.used == kept) | (now.count >= steps)
        due = ~now.known & ended
        moved = operator(_whole(jnp.where(due, -now.x, now.search), right))
        image = _parts(preconditioner(jnp.where(due, right + moved, moved)))

        direction, remainder, size = _orthogonal(now, jnp.where(due, 0, now.used), image)
        new = size > _NEW * jnp.linalg.norm(image)
        scale = jnp.where(new, 1.0 / jnp.where(new, size, 1.0), 0.0)
        direction, remainder = scale * direction, scale * remainder
        along = jnp.where(due, 0.0, remainder @ now.residual)

        residual = jnp.where(due, image, now.residual - along * remainder)
        length, begins = jnp.linalg.norm(residual), now.count == 0
        gained = due | (jnp.abs(along) > _GAIN * now.length)
        # What is written when x is taken stock of, is written over: its residual is no longer orthogonal to the
        # images, and no later step would make it so.
        used = jnp.where(due, 0, now.used)
        return _Progress(
            count=jnp.where(due, now.count, now.count + 1),
            x=now.x + along * direction,
            residual=residual,
            search=jnp.where(gained, residual, remainder),
            length=length,
            known=due,
            spent=~due & (~new | (~gained & (length < _CLOSE * now.first))),
            stagnant=due & ~begins & ~(length < _STAGNANT * now.last),
            first=jnp.where(due & begins, length, now.first),
            last=jnp.where(due, length, now.last),
            taken=jax.lax.dynamic_update_index_in_dim(now.taken, direction, used, 0),
            images=jax.lax.dynamic_update_index_in_dim(now.images, remainder, used, 0),
            used=jnp.where(due, 0, used + 1),
        )

    # Every chunk is whole.
    nothing, basis = jnp.zeros_like(start), jnp.zeros((-(-kept // _TOGETHER) * _TOGETHER, start.size))
    none, zero, no = jnp.asarray(0), jnp.zeros(()), jnp.asarray(False)
    begin = _Progress(none, nothing, nothing, nothing, zero, no, no, no, zero, zero, basis, basis, none)
    end = jax.lax.while_loop(unfinished, step, begin)
    return Solution(_whole(end.x, right), end.length / jnp.where(end.first > 0, end.first, 1.0), end.count)


def _orthogonal(now: _Progress, used: Array, image: Array) -> tuple[Array, Array, Array]:
    """The direction and its image without what former images hold of it, and what is left of its length."""
    chunks, whole = -(-used // _TOGETHER), jnp.linalg.norm(image)

    def unfinished(state: tuple[Array, ...]) -> Array:
        turn, size = state[0], state[-1]
        return (turn < 2 * chunks) & ((turn != chunks) | (size < _TWICE * whole))

    def take_off(state: tuple[Array, ...]) -> tuple[Array, ...]:
        turn, direction, remainder, _ = state
        row = jnp.where(turn < chunks, turn, turn - chunks) * _TOGETHER
        images, taken = (jax.lax.dynamic_slice_in_dim(x, row, _TOGETHER) for x in (now.images, now.taken))
        shared = jnp.where(row + jnp.arange(_TOGETHER) < used, images @ remainder, 0.0)
        remainder = remainder - shared @ images
        return turn + 1, direction - shared @ taken, remainder, jnp.linalg.norm(remainder)

    start = (jnp.zeros_like(used), now.search, image, whole)
    _, direction, remainder, size = jax.lax.while_loop(unfinished, take_off, start)
    return direction, remainder, size


def _parts(array: Array) -> Float[Array, " m"]:
    return jnp.concatenate([array.real.ravel(), array.imag.ravel()]) if jnp.iscomplexobj(array) else array.ravel()


def _whole(parts: Float[Array, " m"], like: Array) -> Array:
    if jnp.iscomplexobj(like):
        return jax.lax.complex(*parts.reshape(2, *like.shape))
    return parts.reshape(like.shape)
