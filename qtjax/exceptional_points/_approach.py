"""Where two eigenvalues come closest at real parameters: what an avoided crossing has in place of a point.

The square of half their difference is analytic through an exceptional point, so Newton's method minimises its modulus.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Complex, Float, Int

from .._checks import NO_APPROACH, Fault, check_count, first_fault, guard
from .._display import numbers, tree
from .._linalg import Bordered, Pair, add, balance, limit_order, solve, taylor_slopes
from ._families import Family, as_eigenvalue, family_of
from ._search import first_eigenvalues, trusted

_CONVERGED, _IDLE, _NEWTON_STEPS, _DIFFERENCE, _TERMS = 1e-12, 1e-6, 3, 1e-4, 6


class ClosestApproach(eqx.Module):
    """The smallest distance of two eigenvalues at real parameters. It carries no derivatives.

    parameters in the structure of the guess; eigenvalues: both, (2,); gap: their distance, one number.
    """

    parameters: Any
    eigenvalues: Complex[Array, "2"]
    gap: Float[Array, ""]
    iterations: Int[Array, ""]

    def __repr__(self) -> str:
        known = f"eigenvalues={numbers(self.eigenvalues)}, gap={numbers(self.gap)}"
        return f"ClosestApproach(parameters={tree(self.parameters)}, {known})"


class _Couple(NamedTuple):
    """Two eigenvalues mean +- square^(1/2) at some parameters."""

    mean: Pair
    square: Complex[Array, ""]
    mean_slopes: Complex[Array, " p"]
    slopes: Complex[Array, " p"]  # of the square

    def moved(self, step: Float[Array, " p"]) -> "_Couple":
        """Roughly the same at other parameters."""
        return self._replace(mean=add(self.mean, self.mean_slopes @ step), square=self.square + self.slopes @ step)


class _State(NamedTuple):
    parameters: Float[Array, " p"]
    couple: _Couple
    step: Float[Array, ""]
    former: Float[Array, ""]
    iterations: Int[Array, ""]


def closest_approach(
    function: Callable[[Any], Any],
    guess: Any,
    *,
    eigenvalue: ArrayLike | None = None,
    max_steps: int = 100,
    throw: bool = True,
) -> ClosestApproach:
    """The real parameters near `guess` at which two eigenvalues of `function` come closest, and by how much.

    function and guess are those of `qt.find_exceptional_point`, with one parameter or more, all of which stay real;
    eigenvalue: roughly the mean of the two that are meant, otherwise those that would meet soonest. Raises RuntimeError
    if the iteration does not converge (throw=False: NaN).
    """
    check_count(max_steps, "max_steps")
    family, start, unravel = family_of(function, guess, None)
    first = None if eigenvalue is None else as_eigenvalue(eigenvalue)
    found, fault = approached(family.frozen(), *jax.lax.stop_gradient((start, first)), max_steps)
    parameters, both, gap = guard(found[:3], fault, throw)
    # Its derivatives are not those of the minimum, so there are none rather than wrong ones.
    values = jax.lax.complex(limit_order(both.real, 0), limit_order(both.imag, 0))
    return ClosestApproach(unravel(limit_order(parameters, 0)), values, limit_order(gap, 0), found[3])


def _determinant(g: Array, h: Array) -> Array:
    """Taylor coefficients of the determinant of a 2 x 2 matrix of series, bilinear in its columns of g and h."""
    length = g.shape[0]

    def product(x: Array, y: Array) -> Array:
        return jnp.stack([jnp.tensordot(x[: k + 1], y[k::-1], axes=(0, 0)) for k in range(length)])

    return product(g[:, 0, 0], h[:, 1, 1]) - product(g[:, 1, 0], h[:, 0, 1])


def _couple(family: Family, units: Array, parameters: Array, guess: _Couple) -> _Couple:
    """The couple near a guess: both the even and the odd part of det g(mean + x) vanish at x^2 = square."""
    sample = family.sample(parameters.astype(complex)).in_units(units)

    def refined(_: Array, couple: _Couple) -> _Couple:
        bordered = Bordered.of(sample.matrix, couple.mean, width=2)
        right, left = bordered.right_chain(_TERMS), bordered.left_chain(_TERMS)
        g = right[:, bordered.size :]
        moved = jnp.moveaxis(taylor_slopes(left, right, sample.slopes), 1, 0)
        d = _determinant(g, g)
        slopes = jax.vmap(lambda m: _determinant(m, g) + _determinant(g, m), out_axes=1)(moved)
        q, orders = couple.square, jnp.arange(_TERMS // 2)
        powers = q**orders
        raised = orders[1:] * powers[:-1]
        by_mean = jnp.append(jnp.arange(1.0, _TERMS) * d[1:], 0.0)
        columns = [jnp.stack([x[::2] @ powers, x[1::2] @ powers]) for x in (by_mean, d, *slopes.T)]
        by_square = jnp.stack([d[2::2] @ raised, d[3::2] @ raised])
        change = -solve(jnp.stack([columns[0], by_square], axis=1), jnp.stack(columns[1:], axis=1))
        return _Couple(add(couple.mean, change[0, 0]), q + change[1, 0], change[0, 1:], change[1, 1:])

    return jax.lax.fori_loop(0, _NEWTON_STEPS, refined, guess)


@eqx.filter_jit
def approached(family: Family, start: Array, eigenvalue: Array | None, steps: int) -> tuple[tuple[Array, ...], Fault]:
    """(parameters, eigenvalues, gap, iterations), and a fault."""
    at = family.sample(start.astype(complex))
    units, p = balance(at.matrix), start.shape[0]
    values = first_eigenvalues(at.in_units(units), start, 2, eigenvalue).astype(complex)

    def unfinished(state: _State) -> Array:
        idle = (state.step < _IDLE) & (state.step >= state.former / 2)
        return (state.step > _CONVERGED) & ~idle & (state.iterations < steps)

    def closer(state: _State) -> _State:
        size = jnp.maximum(jnp.abs(state.parameters), jnp.abs(start))
        width = _DIFFERENCE * jnp.where(size > 0, size, 1.0)
        # The curvature by differences of slopes: its error slows the iteration, and nothing else.
        apart = width * jnp.concatenate([jnp.zeros((1, p)), jnp.eye(p), -jnp.eye(p)])
        couples = jax.vmap(lambda d: _couple(family, units, state.parameters + d, state.couple.moved(d)))(apart)
        now, beside = jax.tree.map(lambda x: x[0], couples), couples.slopes[1:]
        bend = (beside[:p] - beside[p:]) / (2 * width[:, None])
        straight = jnp.real(jnp.outer(now.slopes.conj(), now.slopes))
        curved = straight + jnp.real(now.square.conj() * (bend + bend.T) / 2)
        gradient = jnp.real(now.square.conj() * now.slopes)
        scaled = curved * width * width[:, None]
        curvatures, axes = jnp.linalg.eigh((scaled + scaled.T) / 2)
        along = axes.T @ (gradient * width)
        step = -(axes @ (along / jnp.maximum(jnp.abs(curvatures), 1e-12 * jnp.max(jnp.abs(curvatures))))) * width
        step = step * trusted(step, state.parameters, start)
        length = jnp.max(jnp.abs(step) / jnp.where(size > 0, size, 1.0))
        return _State(state.parameters + step, now.moved(step), length, state.step, state.iterations + 1)

    far, none = jnp.asarray(jnp.inf), jnp.zeros(p, complex)
    mean = Pair(jnp.mean(values), jnp.zeros((), complex))
    couple = _Couple(mean, ((values[0] - values[1]) / 2) ** 2, none, none)
    state = jax.lax.while_loop(unfinished, closer, _State(start, couple, far, far, jnp.zeros((), int)))
    couple = _couple(family, units, state.parameters, state.couple)
    half = jnp.sqrt(couple.square)
    both = couple.mean.high + jnp.stack([half, -half])
    found = (state.parameters, both, 2 * jnp.abs(half), state.iterations)
    return found, first_fault(at.fault, Fault(~(state.step < _IDLE), NO_APPROACH, state.step))
