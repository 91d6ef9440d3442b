"""Functions of a diagonalisable matrix whose derivatives are right at degenerate eigenvalues.

Differentiating `eigh` divides by differences of eigenvalues: NaN at a degeneracy, and finite but wrong when
the division is masked. Here the eigenbasis is frozen, the matrix is written in it as diag(w) + D with D zero
in value but not in tangent, and

    f(diag(w) + D) = f_i delta_ij + f[i,j] D_ij + sum_l f[i,l,j] D_il D_lj + ...

with divided differences f[...] that are smooth wherever f is. The expansion to second order carries exact
first and second derivatives; asking for a third raises.

notation: w (n,) frozen eigenvalues, D (n, n) perturbation, c clusters of eigenvalues, (c, n) one-hot members.
"""

from collections.abc import Callable
from typing import TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact

from .._quadrature import gauss_legendre_panels
from ._batching import eigh

Function: TypeAlias = Callable[[Array], Array]

# Nodes closer than this, relative to their size, have their divided difference integrated, not subtracted.
_NEAR = 3e-3
_X, _W = gauss_legendre_panels(np.array([0.0, 1.0]), 8)

# Largest matrix whose second-order tables, of size n^3 for every cluster, are kept.
_SECOND_ORDER_SIZE = 16


def limit_derivatives(x: Array, size: int) -> Array:
    """The identity, which refuses more derivatives than the expansions of this module carry.

    Without it, a third derivative would be silently wrong.
    """
    return _limited(2 if size <= _SECOND_ORDER_SIZE else 1)(x)


def limit_order(x: Array, order: int, variable: str = "with respect to a Hamiltonian") -> Array:
    """The identity, which refuses more than `order` derivatives."""
    return _limited(order, variable=variable)(x)


def _limited(order: int, allowed: int | None = None, variable: str = "with respect to a Hamiltonian") -> Function:
    most = order if allowed is None else allowed

    @jax.custom_jvp
    def identity(x):
        return x

    @identity.defjvp
    def _(primals, tangents):
        if order == 0:
            # Not a stub: the expansions end here, and JAX would go on with a wrong number.
            reached = {1: "first", 2: "second"}[most]
            raise NotImplementedError(f"Derivatives {variable} are available here to {reached} order only.")
        return _limited(order - 1, most, variable)(primals[0]), tangents[0]

    return identity


def derivative(function: Function) -> Function:
    """The derivative of an elementwise function."""
    return lambda x: jax.jvp(function, (x,), (jnp.ones_like(x),))[1]


def integral_nodes() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of a mean over [0, 1]."""
    return _X, _W


def _first_difference(function: Function, a: Array, b: Array) -> Array:
    near = jnp.abs(b - a) <= _NEAR * jnp.maximum(jnp.abs(a), jnp.abs(b))
    close = jnp.where(near, b, a)[..., None] - a[..., None]
    integrated = jnp.sum(_W * derivative(function)(a[..., None] + _X * close), axis=-1)
    gap = jnp.where(near, 1.0, b - a)
    lower, upper = function(jnp.stack([a, b]))
    return jnp.where(near, integrated, (upper - lower) / gap)


def _second_difference(function: Function, a: Array, b: Array, c: Array) -> Array:
    low, middle, high = jnp.moveaxis(jnp.sort(jnp.stack([a, b, c], axis=-1), axis=-1), -1, 0)
    near = high - low <= _NEAR * jnp.maximum(jnp.abs(low), jnp.abs(high))
    to_middle = jnp.where(near, middle, low) - low
    to_high = jnp.where(near, high, low) - low
    s, r = _X[:, None], _X[None, :]
    # Genocchi-Hermite: the second derivative averaged over the triangle of the three nodes.
    points = low[..., None, None] + s * ((1 - r) * to_middle[..., None, None] + r * to_high[..., None, None])
    second = derivative(derivative(function))(points)
    integrated = jnp.einsum("...sr,s,r->...", second, _W * _X, _W)
    gap = jnp.where(near, 1.0, high - low)
    lower, upper = _first_difference(function, jnp.stack([low, middle]), jnp.stack([middle, high]))
    return jnp.where(near, integrated, (upper - lower) / gap)


def _clustered_differences(function: Function, w: Array, members: Array) -> tuple[Array, Array, Array]:
    """Divided differences of function(w) restricted to each cluster, to second order.

    Across clusters the restricted function is not smooth, but there the nodes are apart and the recursion of
    divided differences is safe; inside a cluster those of the smooth function are used.
    """
    values = function(w)
    zeroth = members * values
    same = jnp.einsum("ci,cj->ij", members, members) > 0.5
    inverse = jnp.where(same, 0.0, 1.0 / jnp.where(same, 1.0, w[:, None] - w[None, :]))
    smooth = _first_difference(function, jnp.where(same, w[:, None], 1.0), jnp.where(same, w[None, :], 1.0))
    across = (zeroth[:, :, None] - zeroth[:, None, :]) * inverse
    first = jnp.where(same, members[:, :, None] * smooth, across)

    n = w.shape[0]
    if n > _SECOND_ORDER_SIZE:
        return zeroth, first, jnp.zeros(())
    ij, il, lj = same[:, None, :], same[:, :, None], same[None, :, :]
    together = ij & il & lj
    nodes = [jnp.where(together, x, 1.0) for x in (w[:, None, None], w[None, :, None], w[None, None, :])]
    smooth = members[:, :, None, None] * _second_difference(function, *nodes)
    f_ij, f_il, f_lj = first[:, :, None, :], first[:, :, :, None], first[:, None, :, :]
    second = jnp.where(
        together,
        smooth,
        jnp.where(ij, (f_ij - f_lj) * inverse[:, :, None], (f_il - f_lj) * inverse[:, None, :]),
    )
    return zeroth, first, second


@jax.custom_jvp
def _expansion(perturbation, zeroth, first, second):
    """sum_orders f[...] D...D as a (c, n, n) array; D is zero in value."""
    return zeroth[:, :, None] * jnp.eye(zeroth.shape[-1]) + 0.0 * perturbation


@_expansion.defjvp
def _(primals, tangents):
    perturbation, zeroth, first, second = primals
    d_perturbation, d_zeroth, d_first, _d_second = tangents
    # The coefficients of the tangent are themselves a function of D, with a rule of their own. Only they, not
    # the tangent, pass through it: a custom rule applied to a tangent is lost in forward-over-reverse mode.
    linear, left, right = _tangent_coefficients(perturbation, first, second)
    tangent = d_zeroth[:, :, None] * jnp.eye(zeroth.shape[-1])
    tangent = tangent + linear * d_perturbation + _zero_valued(perturbation) * d_first
    if second.ndim:
        tangent = tangent + jnp.sum(d_perturbation[None, :, :, None] * left, axis=2)
        tangent = tangent + jnp.sum(right * d_perturbation[None, None, :, :], axis=2)
    return _expansion(perturbation, zeroth, first, second), tangent


@jax.custom_jvp
def _tangent_coefficients(perturbation, first, second):
    # Made from the inputs, not from nothing: under vmap every output of a custom rule must be batched as its
    # tangent is, or JAX mixes up their axes.
    zero = 0.0 * (perturbation + first)
    table = jnp.broadcast_to(zero[..., None], second.shape) if second.ndim else zero[0]
    return first + 0.0 * perturbation, table, table


@_tangent_coefficients.defjvp
def _(primals, tangents):
    _perturbation, _first, second = primals
    d_perturbation, d_first, _d_second = tangents
    if second.ndim:
        left = second * d_perturbation[None, None, :, :]
        right = d_perturbation[None, :, :, None] * second
    else:
        left = right = 0.0 * (d_perturbation + d_first[0])
    return _tangent_coefficients(*primals), (d_first + 0.0 * d_perturbation, left, right)


@jax.custom_jvp
def _zero_valued(perturbation):
    """D itself, its rounding taken off."""
    return 0.0 * perturbation


@_zero_valued.defjvp
def _(primals, tangents):
    # The value that goes on must be a function of D again, or the next derivative would lose it.
    return _zero_valued(primals[0]), tangents[0]


def clustered_function(
    function: Function,
    w: Float[Array, " n"],
    perturbation: Inexact[Array, "n n"],
    members: Float[Array, "c n"],
) -> Inexact[Array, "c n n"]:
    """function(diag(w) + D), restricted to each cluster of eigenvalues, with its first two derivatives.

    `function` maps real frequencies, elementwise, to real or complex values and is smooth inside every
    cluster; members[c, i] = 1 where eigenvalue i belongs to cluster c. One cluster of all eigenvalues gives
    the ordinary matrix function; function = 1 gives the spectral projectors.
    """
    tables = _clustered_differences(function, w, members)
    return _expansion(perturbation, *(jnp.asarray(t, perturbation.dtype) for t in tables))


def _frozen_eigenbasis(matrix: Inexact[Array, "n n"]) -> tuple[Array, Array, Array]:
    w, vectors = eigh(matrix)
    limited = limit_derivatives(matrix, matrix.shape[-1])
    d = vectors.conj().T @ (limited - jax.lax.stop_gradient(matrix)) @ vectors
    return w, vectors, d


def hermitian_function(function: Function, matrix: Inexact[Array, "n n"]) -> Inexact[Array, "n n"]:
    """function(matrix) of a Hermitian matrix; first two derivatives are right at degeneracy."""
    w, vectors, d = _frozen_eigenbasis(matrix)
    inner = clustered_function(function, w, d.astype(vectors.dtype), jnp.ones((1, w.shape[0])))[0]
    return vectors @ inner @ vectors.conj().T


def trace_of_function(function: Function, matrix: Inexact[Array, "n n"]) -> Float[Array, ""]:
    """tr function(matrix) of a Hermitian matrix; cheaper than the function, same derivatives."""
    w, _, d = _frozen_eigenbasis(matrix)
    return _trace_expansion(function, w, d)


def _trace_expansion(function: Function, w: Array, d: Array) -> Array:
    slope = derivative(function)
    n = w.shape[0]
    pairs = (
        _first_difference(slope, *jnp.broadcast_arrays(w[:, None], w[None, :]))
        if n <= _SECOND_ORDER_SIZE
        else jnp.zeros((n, n))
    )
    return _trace_jet(d, function(w), slope(w), pairs)


@jax.custom_jvp
def _trace_jet(d, values, slopes, pairs):
    return jnp.sum(values)


@_trace_jet.defjvp
def _(primals, tangents):
    d, _values, slopes, pairs = primals
    d_d, d_values, d_slopes, _ = tangents
    gradient = _trace_gradient(d, slopes, pairs)
    tangent = jnp.sum(d_values) + jnp.sum(gradient * d_d).real
    tangent = tangent + jnp.sum(jnp.diagonal(_zero_valued(d)).real * d_slopes)
    return _trace_jet(*primals), tangent


@jax.custom_jvp
def _trace_gradient(d, slopes, pairs):
    return jnp.diag(slopes).astype(d.dtype)


@_trace_gradient.defjvp
def _(primals, tangents):
    d, _slopes, pairs = primals
    d_d, d_slopes, _ = tangents
    return _trace_gradient(*primals), jnp.diag(d_slopes).astype(d.dtype) + pairs * d_d.T
