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
    used: Bool[Array, " kept"]  # which of both are there


def conjugate_residuals(
    operator: Operator,
    preconditioner: Operator,
    right: Inexact[Array, "..."],
    *,
    rtol: ArrayLike,
    directions: int,
    steps: int,
) -> tuple[Inexact[Array, "..."], Float[Array, ""]]:
    """x with operator(x) = right, of any shape, and the preconditioned residual relative to that of x = 0.

    Ends where this is rtol, where it stagnates, or after so many steps. Restarts after so many directions. No
    derivatives: for `jax.lax.custom_linear_solve`.
    """
    start = _parts(right)
    kept = min(directions, start.size)

    def unfinished(now: _Progress) -> Array:
        return ~now.known | ((now.length > rtol * now.first) & ~now.stagnant & (now.count < steps))

    def step(now: _Progress) -> _Progress:
        ended = (now.length <= rtol * now.first) | now.spent | (now.count % kept == 0) | (now.count >= steps)
        due = ~now.known & ended
        moved = operator(_whole(jnp.where(due, -now.x, now.search), right))
        image = _parts(preconditioner(jnp.where(due, right + moved, moved)))

        shared = jnp.where(now.used, now.images @ image, 0.0)
        remainder = image - shared @ now.images
        again = jnp.where(now.used, now.images @ remainder, 0.0)
        remainder = remainder - again @ now.images
        size = jnp.linalg.norm(remainder)
        new = size > _NEW * jnp.linalg.norm(image)
        scale = jnp.where(new, 1.0 / jnp.where(new, size, 1.0), 0.0)
        direction, remainder = scale * (now.search - (shared + again) @ now.taken), scale * remainder
        along, slot = jnp.where(due, 0.0, remainder @ now.residual), now.count % kept

        residual = jnp.where(due, image, now.residual - along * remainder)
        length, begins = jnp.linalg.norm(residual), now.count == 0
        gained = due | (jnp.abs(along) > _GAIN * now.length)
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
            taken=now.taken.at[slot].set(jnp.where(due, now.taken[slot], direction)),
            images=now.images.at[slot].set(jnp.where(due, now.images[slot], remainder)),
            # Found from x, the residual is no longer orthogonal to the images, and no later step would make it so.
            used=jnp.where(due, False, now.used.at[slot].set(True)),
        )

    nothing, basis, zero = jnp.zeros_like(start), jnp.zeros((kept, start.size)), jnp.zeros(())
    no, unused = jnp.asarray(False), jnp.zeros(kept, bool)
    begin = _Progress(jnp.asarray(0), nothing, nothing, nothing, zero, no, no, no, zero, zero, basis, basis, unused)
    end = jax.lax.while_loop(unfinished, step, begin)
    return _whole(end.x, right), end.length / jnp.where(end.first > 0, end.first, 1.0)


def _parts(array: Array) -> Float[Array, " m"]:
    return jnp.concatenate([array.real.ravel(), array.imag.ravel()]) if jnp.iscomplexobj(array) else array.ravel()


def _whole(parts: Float[Array, " m"], like: Array) -> Array:
    if jnp.iscomplexobj(like):
        return jax.lax.complex(*parts.reshape(2, *like.shape))
    return parts.reshape(like.shape)
