"""Exceptional points by Newton's method on the implicit determinant.

g(mu, theta) = dg/dmu = ... = d^(n-1) g/dmu^(n-1) = 0, with g of `_linalg/_bordered.py`, is a square system for an
eigenvalue mu and n - 1 complex parameters theta, or 2(n - 1) real ones; with fewer it is solved by least squares, for
families whose structure makes it consistent. Residuals are formed to twice the working precision, so the position is
as good as the elements of the matrix allow, however close the eigenvalues of the whole family are.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Int

from .._checks import HIGHER_ORDER, NO_EXCEPTIONAL_POINT, NOT_DEFECTIVE, Fault, first_fault, guard, is_concrete
from .._display import tree
from .._linalg import Bordered, Pair, add, balance, eig, limit_order, solve, svd, taylor_slopes, taylor_weights
from ._families import Family, Sample
from ._jordan import block_sizes

_CONVERGED, _UNSHIFTED, _SETTLED, _STAGNATED, _MANY = 1e-15, 1e-7, 1e-10, 1e-6, 12
_TRUSTED, _ROUNDED, _ASIDE = 0.25, 1e-8, 0.03
_CONSISTENT, _INDEPENDENT, _ISOLATED = 1e-8, 1e-11, 1e-4


class ExceptionalPoint(eqx.Module):
    """Where eigenvalues coalesce together with their eigenvectors.

    parameters have the structure of the guess: complex arrays where the iteration was complex analytic, else real.
    An imaginary part that is not rounding (`is_real` is false) says that there is no such point at real parameters
    nearby: there the crossing is avoided (`qt.closest_approach`), and one more real parameter is missing. eigenvalue:
    one complex number; vectors: Jordan chain, (order, n); jordan_blocks: sizes of all blocks of the eigenvalue, (n,).
    """

    parameters: Any
    eigenvalue: Complex[Array, ""]
    vectors: Complex[Array, "order n"]  # Jordan chain: (M - mu) v_0 = 0, (M - mu) v_k = v_(k-1), |v_0| = 1
    order: Int[Array, ""]  # the size of the largest Jordan block
    jordan_blocks: Int[Array, " n"]  # sizes of all blocks of the eigenvalue, descending, then zeros
    is_real: Bool[Array, ""]
    uncertainty: Any  # of the parameters, from rounding the elements of the matrix once (one standard deviation)
    residual: Float[Array, ""]  # of the equations, relative to their largest term
    iterations: Int[Array, ""]  # Newton steps

    def __repr__(self) -> str:
        if not is_concrete(self.is_real) or self.is_real.ndim:
            return f"ExceptionalPoint(parameters={tree(self.parameters)}, eigenvalue={tree(self.eigenvalue)})"
        blocks = [int(size) for size in self.jordan_blocks if size]
        parameters = jax.tree.map(jnp.real, self.parameters) if self.is_real else self.parameters
        where = f"parameters={tree(parameters)}, eigenvalue={tree(self.eigenvalue)}, jordan_blocks={blocks}"
        avoided = "" if self.is_real else ", at complex parameters only: avoided at real ones, one more is needed"
        return f"ExceptionalPoint({where}{avoided})"


class _Point(NamedTuple):
    """One evaluation of the equations, in units that balance the matrix."""

    sample: Sample
    bordered: Bordered
    right: Complex[Array, "order m 1"]
    left: Complex[Array, "order 1 m"]
    values: Complex[Array, " order"]  # g_k
    jacobian: Complex[Array, "order unknowns"]
    isolation: Float[Array, ""]  # how far the next eigenvalue is, in terms of the coupling inside the Jordan block


class Search(NamedTuple):
    """The state of the iteration."""

    parameters: Complex[Array, " p"]
    eigenvalue: Pair
    point: _Point  # evaluated there
    size: Float[Array, " p"]  # of the last step
    former: Float[Array, " p"]  # and of the one before
    shift: Float[Array, ""]  # of the eigenvalue in the last step, in terms of the coupling inside the Jordan block
    iterations: Int[Array, ""]

    @property
    def residual(self) -> Float[Array, ""]:
        """Of the equations, relative to their largest term."""
        unknowns = jnp.append(self.eigenvalue.high, self.parameters)
        # A k-th derivative by the eigenvalue counts in units of the matrix.
        units = self.point.bordered.singular_values[0] ** jnp.arange(self.point.values.shape[0])
        terms = jnp.max(jnp.abs(self.point.jacobian * unknowns) * units[:, None])
        return jnp.max(jnp.abs(self.point.values) * units) / terms


def _as_real(z: Array) -> Array:
    return jnp.concatenate([z.real, z.imag])


def _inverse(jacobian: Complex[Array, "k u"], real: bool) -> Complex[Array, "u two_k"]:
    """From (Re g, Im g) to the complex step; with real parameters, mu stays complex."""
    # A real step of mu, one of i mu, and the parameters: all of them likewise, unless they stay real.
    turning = 1 if real else jacobian.shape[1]
    wide = jnp.concatenate([jacobian[:, :turning], 1j * jacobian[:, :turning], jacobian[:, turning:]], axis=1)
    matrix = jnp.concatenate([wide.real, wide.imag])
    scale = jnp.sqrt(jnp.sum(matrix**2, axis=0))
    scale = jnp.where(scale > 0, scale, 1.0)
    if matrix.shape[0] == matrix.shape[1]:
        inverse = solve(matrix / scale, jnp.eye(matrix.shape[0]))
    else:
        left, values, right = svd(matrix / scale)
        inverse = (right.T / values) @ left[:, : values.shape[0]].T
    inverse = inverse / scale[:, None]
    turned = inverse[:turning] + 1j * inverse[turning : 2 * turning]
    return jnp.concatenate([turned, inverse[2 * turning :].astype(complex)])


def _evaluate(family: Family, units: Array, order: int, z: Array, eigenvalue: Pair) -> _Point:
    sample = family.sample(z).in_units(units)
    bordered = Bordered.of(sample.matrix, eigenvalue, slopes=sample.slopes)
    right, left = bordered.right_chain(order + 2), bordered.left_chain(order)
    g = right[:, -1, 0]
    slopes = taylor_slopes(left, right[:order], sample.slopes)[..., 0, 0]
    jacobian = jnp.concatenate([(jnp.arange(order) + 1.0)[:, None] * g[1 : order + 1, None], slopes], axis=1)
    isolation = jnp.abs(g[order] / g[order + 1]) * jnp.linalg.norm(right[1, : bordered.size, 0])
    return _Point(sample, bordered, right[:order], left, g[:order], jacobian, isolation)


def aside(start: Float[Array, " p"], real: bool) -> Complex[Array, " p"]:
    """The guess, off the real axis: if all is real, Newton's method would stay on it and miss points on either side."""
    size = jnp.where(start == 0, jnp.max(jnp.abs(start)), jnp.abs(start))
    return start + (0.0 if real else _ASIDE) * 1j * size


def trusted(step: Array, parameters: Array, start: Array) -> Float[Array, ""]:
    """The factor that keeps a step within a quarter of each parameter: whole steps from afar leave for good."""
    most = _TRUSTED * jnp.maximum(jnp.abs(parameters), jnp.abs(start))
    length = jnp.abs(step)
    bounded = (most > 0) & (length > most)
    return jnp.min(jnp.where(bounded, most / jnp.where(bounded, length, 1.0), 1.0))


def first_eigenvalues(
    sample: Sample, start: Array, number: int, near: Array | None = None
) -> Complex[Array, " number"]:
    """The eigenvalues that by their slopes would meet soonest, at the smallest change of the parameters.

    Not simply the closest ones: eigenvalues that are close for all parameters, as in a matrix of second moments or
    those of the memories of equal baths, never meet. near: or those closest to a given one.
    """
    values, right = eig(sample.matrix)
    if near is not None:
        return values[jnp.argsort(jnp.abs(values - near))[:number]]
    speeds = jnp.einsum("ij,pjk,ki->ip", jnp.linalg.inv(right), sample.slopes, right)
    apart = jnp.abs(values[:, None] - values) + _ROUNDED * jnp.max(jnp.abs(values))
    size = jnp.where(start == 0, 1.0, jnp.abs(start))
    closing = 2 * jnp.sum(jnp.abs(speeds[:, None] - speeds) * size, axis=-1)
    distance = apart / jnp.maximum(closing, 1e-3 * _ROUNDED * jnp.max(apart))
    distance = distance * (1.0 - jnp.eye(values.shape[0]))
    # Of a conjugate couple, the one above the real axis.
    distance = distance * jnp.where(values.imag < 0, 1.0 + _ROUNDED, 1.0)[:, None]
    nearest = jnp.argsort(distance, axis=1)[:, :number]
    meeting = jnp.max(jnp.take_along_axis(distance, nearest, axis=1), axis=1)
    return values[nearest[jnp.argmin(meeting)]]


def searched(
    family: Family, start: Complex[Array, " p"], eigenvalue: Array | None, order: int, steps: int
) -> tuple[Search, Array, Fault, Bool[Array, ""]]:
    """Where Newton's method ends, the units that balance the matrix, a fault of the start, and whether it converged."""
    at = family.sample(start)
    units = balance(at.matrix)
    if eigenvalue is None:
        eigenvalue = jnp.mean(first_eigenvalues(at.in_units(units), start.real, order))

    def unfinished(search: Search) -> Array:
        size = jnp.abs(search.parameters)
        small = (search.size <= _CONVERGED * size) & (search.shift <= _UNSHIFTED)
        # Rounding ends the iteration, below a step that grows with their number.
        floor = jnp.where(search.iterations < _MANY, _SETTLED, _STAGNATED)
        idle = (search.size > search.former / 4) & (search.size <= floor * jnp.max(size))
        going = jnp.all(jnp.isfinite(search.parameters)) & ~jnp.all(small | idle)
        return going & (search.iterations < steps)

    def newton(search: Search) -> Search:
        point = search.point
        step = -_inverse(point.jacobian, family.real) @ _as_real(point.values)
        step = step * trusted(step[1:], search.parameters, start)
        begun = search.iterations >= 0  # the first round only evaluates the start
        step = jnp.where(begun, step, 0.0)
        shift = jnp.abs(step[0]) * jnp.linalg.norm(point.right[1])
        parameters, eigenvalue = search.parameters + step[1:], add(search.eigenvalue, step[0])
        point = _evaluate(family, units, order, parameters, eigenvalue)
        return Search(
            parameters,
            eigenvalue,
            point,
            jnp.where(begun, jnp.abs(step[1:]), jnp.inf),
            search.size,
            shift,
            search.iterations + 1,
        )

    far = jnp.full(start.shape, jnp.inf)
    first = Pair(jnp.asarray(eigenvalue, complex), jnp.zeros((), complex))
    shapes = jax.eval_shape(lambda: _evaluate(family, units, order, start, first))
    nothing = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), shapes)
    begin = Search(start, first, nothing, far, far, jnp.asarray(jnp.inf), -jnp.ones((), int))
    search = jax.lax.while_loop(unfinished, newton, begin)
    size = jnp.abs(search.parameters)
    settled = jnp.all(search.size <= jnp.maximum(_STAGNATED * jnp.max(size), _CONVERGED * size))
    return search, units, at.fault, settled & (search.residual < _CONSISTENT)


class _Solution(NamedTuple):
    eigenvalue: Complex[Array, ""]
    parameters: Complex[Array, " p"]
    chain: Complex[Array, "order n"]


class _Linearised(NamedTuple):
    """The frozen ingredients of the derivatives at a solution."""

    inverse: Complex[Array, "unknowns two_order"]
    bordered: Bordered
    chain: Complex[Array, "order m"]
    weights: Array
    scaling: Float[Array, "n n"]


@eqx.filter_custom_jvp
def _with_derivatives(solution: _Solution, family: Family, linearised: _Linearised) -> _Solution:
    """The solution, whose derivatives by the leaves of the family are those of the implicit equations."""
    return solution


@_with_derivatives.def_jvp
def _(primals, tangents):
    solution, family, linearised = primals
    leaves, rest = eqx.partition(family, eqx.is_inexact_array)
    moved = eqx.combine(tangents[1], jax.tree.map(jnp.zeros_like, leaves))

    def moving(leaves: Any) -> _Solution:
        return _moved(solution, eqx.combine(leaves, rest), linearised)

    return jax.jvp(moving, (leaves,), (moved,))


def _moved(solution: _Solution, family: Family, linearised: _Linearised) -> _Solution:
    """The solution with the derivatives of the implicit equations, to second order.

    With the inverse Jacobian frozen, each step z - J^-1 F(z) from the solution makes one more order of derivatives
    right. F is zero in value, and the matrix enters as its change from the solution, so no digits are lost.
    """
    n = linearised.scaling.shape[0]
    inverse = linearised.bordered.refined_inverse()

    def equations(mu: Array, z: Array) -> tuple[Array, Array]:
        shifted = family.matrix(z, linearised.weights) * linearised.scaling - mu * jnp.eye(n)
        change = shifted - jax.lax.stop_gradient(shifted)
        found, turned = [], jnp.zeros(n + 1, complex)
        for x in linearised.chain:
            now = x
            for _ in range(2):
                now = x + inverse @ (turned - jnp.append(change @ now[:-1], 0.0))
            found.append(now)
            turned = (now - jax.lax.stop_gradient(now)).at[-1].set(0.0)
        chain = jnp.stack(found)
        return chain[:, -1] - jax.lax.stop_gradient(chain[:, -1]), chain

    mu, z, _ = solution
    for _ in range(2):
        values, _ = equations(mu, z)
        step = linearised.inverse @ _as_real(values)
        mu, z = mu - step[0], z - (step[1:].real if family.real else step[1:])
    _, chain = equations(mu, z)

    def attached(value: Array, moved: Array) -> Array:
        # The value itself: outputs of a custom rule must be batched along the axis of their tangents.
        return _second_order(value + (moved - jax.lax.stop_gradient(moved)))

    return jax.tree.map(attached, solution, _Solution(mu, z, chain[:, :-1]))


@eqx.filter_jit
def found(
    family: Family, start: Complex[Array, " p"], eigenvalue: Array | None, order: int, steps: int
) -> tuple[ExceptionalPoint, Fault]:
    """The point with its parameters as a vector, and a fault."""
    start, eigenvalue = jax.lax.stop_gradient((start, eigenvalue))
    search, units, begun, converged = searched(family.frozen(), start, eigenvalue, order, steps)
    point, z = search.point, search.parameters
    inverse = _inverse(point.jacobian, family.real)
    linearised = _Linearised(inverse, point.bordered, point.right[..., 0], point.sample.weights, units / units[:, None])
    solution = _Solution(search.eigenvalue.high + search.eigenvalue.low, z, point.right[:, :-1, 0])
    solution = _with_derivatives(solution, family, jax.lax.stop_gradient(linearised))

    blocks = block_sizes(point.sample.matrix, search.eigenvalue.high)
    weights = taylor_weights(point.left, point.right, point.bordered.size)
    moved = (weights * point.sample.errors).reshape(order, -1)
    uncertainty = jnp.sqrt(jnp.sum(jnp.abs(inverse @ jnp.concatenate([moved.real, moved.imag])) ** 2, axis=1))[1:]
    independent = point.bordered.singular_values[-2] / point.bordered.singular_values[0]
    fault = first_fault(
        begun,
        Fault(independent < _INDEPENDENT, NOT_DEFECTIVE, independent),
        Fault(~converged, NO_EXCEPTIONAL_POINT, search.residual),
        Fault(point.isolation < _ISOLATED, HIGHER_ORDER, point.isolation),
        point.sample.fault,
    )
    found = ExceptionalPoint(
        parameters=solution.parameters,
        eigenvalue=solution.eigenvalue,
        vectors=solution.chain * units / jnp.linalg.norm(solution.chain[0] * units),
        order=blocks[0],
        jordan_blocks=blocks,
        is_real=jnp.all(jnp.abs(z.imag) <= 2 * uncertainty),
        uncertainty=uncertainty,
        residual=search.residual,
        iterations=search.iterations,
    )
    return found, fault


def _second_order(x: Array) -> Array:
    if not jnp.iscomplexobj(x):
        return limit_order(x, 2)
    return jax.lax.complex(limit_order(x.real, 2), limit_order(x.imag, 2))


def structured(
    point: ExceptionalPoint, real: bool, unravel: Callable[[Array], Any], fault: Fault, throw: bool
) -> ExceptionalPoint:
    """The point with parameters and uncertainties in the structure of the guess, NaN or an error for a fault."""
    z, eigenvalue, vectors = guard((point.parameters, point.eigenvalue, point.vectors), fault, throw)
    parameters = unravel(z.real) if real else jax.tree.map(jax.lax.complex, unravel(z.real), unravel(z.imag))
    uncertainty = unravel(point.uncertainty)
    return eqx.tree_at(
        lambda p: (p.parameters, p.eigenvalue, p.vectors, p.uncertainty),
        point,
        (parameters, eigenvalue, vectors, uncertainty),
    )
