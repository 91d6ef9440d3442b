"""Least-squares fits of even functions by partial fractions, f(w) = sum_k a_k / (w^2 + nu_k^2) with Re nu_k > 0.

With z = w^2 the poles come in pairs, the zeros of z^2 + 2 c (e - 1) z + c^2 with c, e > 0: two negative ones or two
conjugate ones, but never one on the positive axis, where f would diverge. So one smooth search over log c, log e and
the numerators covers every admissible set of rates; a pole left over is at z = -c.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ._linalg import eigh, eigvals, solve

_ROUNDS, _STEPS, _SPREAD = 12, 100, 7
# Relative to the squares of the columns: the damping of the first step, and what settles directions that the samples
# leave open, as one term too many does. A term that contributes less than _IDLE of the function hardly moves.
_DAMPING, _RIDGE, _IDLE = 1e-2, 1e-14, 1e-4
_LARGE = 1e-6  # the error that a term as large as the function is worth
_CONFLUENT = 1e-12  # poles of a pair closer than about the square root of this are moved apart


def partial_fractions(
    frequencies: Float[Array, " n"], values: Float[Array, " n"], weights: Float[Array, " n"], terms: int
) -> tuple[Complex[Array, " terms"], Complex[Array, " terms"]]:
    """nu_k and a_k that make the sum of squares of weights * (sum_k a_k / (w^2 + nu_k^2) - values) least.

    The frequencies ascend from above 0. Pairs of terms (1, 2), (3, 4), ... are real or conjugate; the last of an odd
    number is real. The rates lie in the range of the frequencies, and no resonance is narrower than their spacing.

    Derivatives follow `values` alone. To first order the fitted function changes by the weighted projection of their
    change on all that rates and weights can do. Frozen rates would follow neither a change of scale nor that of a
    resonance.
    """
    w, weights = jax.lax.stop_gradient((frequencies, weights))
    unit = jnp.exp(jnp.mean(jnp.log(w)))
    weights = weights / jnp.linalg.norm(weights)
    size = jnp.linalg.norm(weights * jax.lax.stop_gradient(values))
    size = jnp.where(size > 0, size, 1.0)
    rates, residues = _terms(_fit(terms, (w / unit) ** 2, values / size, weights))
    return unit * rates, unit**2 * size * residues


def _split(parameters: Array) -> tuple[Array, Array]:
    """log c, log e and two numerators of each pair, (4, pairs); log c and the numerator of the pole left over."""
    pairs = parameters.size // 4
    return parameters[: 4 * pairs].reshape(4, pairs), parameters[4 * pairs :]


def _is_numerator(terms: int) -> np.ndarray:
    """Which parameters the model is linear in."""
    pairs, single = divmod(terms, 2)
    return np.array([False] * (2 * pairs) + [True] * (2 * pairs) + [False, True] * single)


def _model(parameters: Array, z: Array) -> Array:
    """The function at each z."""
    (log_c, log_e, constant, linear), single = _split(parameters)
    c, x = jnp.exp(log_c), z[:, None]
    value = jnp.sum((constant * c + linear * x) / (x * x + 2 * c * jnp.expm1(log_e) * x + c * c), axis=-1)
    return value + single[1] / (z + jnp.exp(single[0])) if single.size else value


def _terms(parameters: Array) -> tuple[Array, Array]:
    """nu_k and a_k."""
    (log_c, log_e, constant, linear), single = _split(parameters)
    c, e = jnp.exp(log_c), jnp.exp(log_e)
    split = e * (e - 2)
    split = jnp.where(jnp.abs(split) < _CONFLUENT, _CONFLUENT, split)
    root = jnp.sqrt(split.astype(complex))
    # nu^2 / c of both poles, whose product is 1.
    larger = e - 1 + root
    ratio = jnp.stack([larger, 1 / larger])
    weights = (linear * ratio - constant) / jnp.stack([2 * root, -2 * root])
    rates, weights = jnp.sqrt(c * ratio).T.ravel(), weights.T.ravel()
    if single.size:
        rates = jnp.concatenate([rates, jnp.exp(single[:1] / 2).astype(complex)])
        weights = jnp.concatenate([weights, single[1:].astype(complex)])
    return rates, weights


def _columns(parameters: Array, z: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Weighted derivatives of the model by its parameters, scaled to about unit length; their scales; the model."""
    value, derivative = jax.linearize(lambda p: _model(p, z), parameters)
    columns = weights * jax.vmap(derivative)(jnp.eye(parameters.size))
    length, whole = jax.lax.stop_gradient((jnp.linalg.norm(columns, axis=1), jnp.linalg.norm(weights * value)))
    scale = jnp.maximum(length, jnp.where(_is_numerator(parameters.size // 2), 0.0, _IDLE * whole))
    scale = jnp.where(scale > 0, scale, 1.0)
    return columns / scale[:, None], scale, value


def _least_squares(columns: Array, ridge: Array, target: Array) -> Array:
    """The coefficients of the columns that come closest to the target."""
    return solve(columns @ columns.T + jnp.diag(ridge), (columns @ target)[:, None])[:, 0]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _fit(terms: int, z: Array, values: Array, weights: Array) -> Array:
    """The parameters of the best fit among several searches."""
    starts = jnp.concatenate([_linearised(terms, z, values, weights)[None], _spread(terms, z)])
    found, cost = jax.vmap(lambda start: _search(start, z, values, weights))(starts)
    # Large terms that cancel would spoil whatever is built on them: not for a slightly better fit.
    rates, residues = jax.vmap(_terms)(found)
    largest = jnp.max(jnp.abs(residues / rates**2), axis=1)
    pairs, single = _split(found[jnp.argmin(cost + (_LARGE * largest) ** 2)])
    return jnp.concatenate([pairs[:, jnp.argsort(pairs[0])].ravel(), single])


@_fit.defjvp
def _(terms, primals, tangents):
    parameters = _fit(terms, *primals)
    z, _, weights = primals
    columns, scale, _ = _columns(parameters, z, weights)
    return parameters, _least_squares(columns, jnp.full(2 * terms, _RIDGE), weights * tangents[1]) / scale


def _search(start: Array, z: Array, values: Array, weights: Array) -> tuple[Array, Array]:
    """The nearest minimum and its cost, by Levenberg's and Marquardt's method with the best numerators throughout."""
    numerators = _is_numerator(start.size // 2)
    place = jnp.log(z)
    low, high = place[0], place[-1]
    middles, spacings = (place[1:] + place[:-1]) / 2, jnp.diff(place) / 2

    def with_numerators(parameters: Array) -> tuple[Array, Array]:
        """Poles put inside their limits, the best numerators for them, and the cost."""
        pairs, single = _split(parameters)
        log_c = jnp.clip(pairs[0], low, high)
        # A pair of real poles reaches as far as the nearer end; a resonance has a width of sqrt(2 e).
        widest = 2 * jnp.cosh(jnp.minimum(log_c - low, high - log_c) / 2) ** 2
        narrowest = jnp.interp(log_c, middles, spacings) ** 2 / 2
        log_e = jnp.clip(pairs[1], jnp.log(narrowest), jnp.log(widest))
        parts = [log_c, log_e, *jnp.zeros((2, log_c.size))]
        if single.size:
            parts.append(jnp.stack([jnp.clip(single[0], low, high), jnp.zeros(())]))
        parameters = jnp.concatenate(parts)
        columns, scale, _ = _columns(parameters, z, weights)
        best = _least_squares(columns, jnp.full(start.size, _RIDGE), weights * values) / scale
        parameters = jnp.where(numerators, best, parameters)
        return parameters, jnp.sum((weights * (_model(parameters, z) - values)) ** 2)

    def step(_, state: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        parameters, least, damping, trial = state
        trial, cost = with_numerators(trial)
        better = cost < least
        parameters, least = jnp.where(better, trial, parameters), jnp.where(better, cost, least)
        damping = jnp.where(better, damping / 5, jnp.minimum(damping * 3, 1e8))
        columns, scale, value = _columns(parameters, z, weights)
        ridge = jnp.where(numerators, _RIDGE, jnp.maximum(damping, _RIDGE))
        change = _least_squares(columns, ridge, weights * (values - value)) / scale
        return parameters, least, damping, parameters + change

    state = start, jnp.asarray(jnp.inf), jnp.asarray(_DAMPING), start
    return jax.lax.fori_loop(0, _STEPS, step, state)[:2]


def _from_poles(log_c: Array, log_e: Array, single: Array) -> Array:
    """Parameters with numerators of 0."""
    nothing = jnp.zeros_like(log_c)
    return jnp.concatenate([log_c, log_e, nothing, nothing, single, jnp.zeros_like(single)])


def _spread(terms: int, z: Array) -> Array:
    """Starting points whose poles lie anywhere in the range of the samples, the same at every call."""
    pairs, single = divmod(terms, 2)
    random = np.random.default_rng(0)
    share = random.uniform(0.15, 0.85, (_SPREAD, pairs + single))
    log_c = jnp.log(z[0]) + share * (jnp.log(z[-1]) - jnp.log(z[0]))
    log_e = jnp.asarray(random.uniform(-1.0, 2.0, (_SPREAD, pairs)))
    return jax.vmap(_from_poles)(log_c[:, :pairs], log_e, log_c[:, pairs:])


def _linearised(terms: int, z: Array, values: Array, weights: Array) -> Array:
    """A starting point: the polynomials with D f = N, as near as can be, divided by the D of the round before."""
    share = np.linspace(0.0, 1.0, terms) if terms > 1 else np.full(1, 0.5)
    poles = jnp.exp(jnp.log(z[0]) + share * (jnp.log(z[-1]) - jnp.log(z[0])))
    fractions = poles[:, None] / (z + poles[:, None])
    basis = jnp.concatenate([jnp.ones((1, z.size)), fractions])

    def refine(_, coefficients: Array) -> Array:
        scale = weights / jnp.maximum(jnp.abs(coefficients @ basis), 1e-12)
        numerator, product = scale * fractions, scale * values * basis
        cross = numerator @ product.T
        gram = numerator @ numerator.T
        gram = gram + _RIDGE * jnp.trace(gram) * jnp.eye(terms)
        left = product @ product.T - cross.T @ solve(gram, cross)
        # Where any D will do, the one without change of poles.
        left = left + 1e-30 * jnp.diag(jnp.arange(terms + 1.0))
        return eigh((left + left.T) / 2)[1][:, 0]

    coefficients = jax.lax.fori_loop(0, _ROUNDS, refine, jnp.eye(terms + 1)[0])
    first = jnp.where(jnp.abs(coefficients[0]) < 1e-9, 1e-9, coefficients[0])
    # -z at the zeros of D, the conjugate ones first, each beside its partner; none on the positive axis.
    found = eigvals(jnp.diag(poles) + (coefficients[1:] * poles / first)[None, :])
    found = found[jnp.lexsort((jnp.abs(found), found.imag == 0))]
    found = jnp.where(found.imag == 0, jnp.abs(found), found)
    found = jnp.where(jnp.abs(found) > 0, found, poles[0])
    pairs = found[: terms // 2 * 2].reshape(-1, 2)
    log_c = jnp.sum(jnp.log(jnp.abs(pairs)), axis=1) / 2
    e = 1 + jnp.sum(pairs.real, axis=1) / (2 * jnp.exp(log_c))
    return _from_poles(log_c, jnp.log(jnp.maximum(e, 1e-20)), jnp.log(jnp.abs(found[terms // 2 * 2 :])))
