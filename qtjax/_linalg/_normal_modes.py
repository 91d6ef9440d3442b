"""Normal modes of a positive quadratic form, as a frame in which its motion is exactly diagonal.

notation: h the form, Omega the symplectic form, T = to_modes, z = T R the mode amplitudes, with
    dz/dt = -i w z,   R^T h R = z^dagger z,   T Omega T^dagger = -i diag(w).

The 2N amplitudes are z_k = (xi_k + i pi_k)/sqrt(2) for w_k > 0 and their conjugates for -w_k. A matrix that maps
quadratures to quadratures is `paired` in them, [[P, Q], [Q*, P*]]; products are taken of the real matrices on
(xi, pi), at a quarter of the cost.
"""

import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float, Int

from ._batching import in_chunks
from ._frames import (
    GROUP_WIDTH,
    TAYLOR_ORDER,
    first_rotation,
    first_splitting,
    groups,
    inverse_gaps,
    means,
    rotation,
    splitting,
    taylor,
    with_arrays,
    with_derivatives_of,
    without_rounding,
)
from ._matrix_functions import Function, limit_derivatives, limit_order
from ._solve import cholesky_and_least, solve

# Largest number of quadratures whose frame follows a change of the form to second order: that takes products.
_SECOND_ORDER_SIZE = 128


def symplectic_form(nodes: int) -> np.ndarray:
    """Omega, the direct sum of [[0, 1], [-1, 0]] over the nodes: i Omega_ab = [R_a, R_b]."""
    return np.kron(np.eye(nodes), np.array([[0.0, 1.0], [-1.0, 0.0]]))


def conjugate_pair(matrix: Array) -> Array:
    """The complex conjugate of a matrix on the quadratures, seen in the mode frame (w and -w swapped)."""
    n = matrix.shape[-1] // 2
    return jnp.roll(matrix.conj(), (n, n), axis=(-2, -1))


def blocks(real: Float[Array, "... n n"]) -> tuple[Complex[Array, "... k k"], Complex[Array, "... k k"]]:
    """P and Q of a real matrix on (xi, pi)."""
    k = real.shape[-1] // 2
    a, b, c, d = (real[..., i : i + k, j : j + k] for i in (0, k) for j in (0, k))
    return jax.lax.complex(a + d, c - b) / 2, jax.lax.complex(a - d, c + b) / 2


def from_blocks(p: Complex[Array, "... k k"], q: Complex[Array, "... k k"]) -> Float[Array, "... n n"]:
    """The real matrix on (xi, pi) of P and Q."""
    plus, minus = p + q, p - q
    upper = jnp.concatenate([plus.real, -minus.imag], axis=-1)
    return jnp.concatenate([upper, jnp.concatenate([plus.imag, minus.real], axis=-1)], axis=-2)


def paired(real: Float[Array, "... n n"]) -> Complex[Array, "... n n"]:
    """A real matrix on (xi, pi), on the amplitudes."""
    p, q = blocks(real)
    upper, lower = (jnp.concatenate(pair, axis=-1) for pair in ((p, q), (q.conj(), p.conj())))
    return jnp.concatenate([upper, lower], axis=-2)


def unpaired(matrix: Complex[Array, "... n n"]) -> Float[Array, "... n n"]:
    """A paired matrix on the amplitudes, on (xi, pi)."""
    k = matrix.shape[-1] // 2
    return from_blocks(matrix[..., :k, :k], matrix[..., :k, k:])


class NormalModes(eqx.Module):
    """The mode frame of a positive definite form, which follows the form through `to_real` and `splitting`.

    With a resolution, to_real and from_real carry the rotation between modes that are apart, and `splitting` only
    what couples close ones; without, the frame is frozen and `splitting` is all of the change. It is zero in value.
    """

    carrier: Float[Array, ""]  # a mean frequency; the differences of the modes from it keep their own digits
    detunings: Float[Array, " modes"]  # ascending
    to_real: Float[Array, "n n"]  # (xi_1 ... xi_N, pi_1 ... pi_N) of R
    from_real: Float[Array, "n n"]
    splitting: Complex[Array, "n n"]  # B: the motion is -i (diag(w) + B)
    near: Float[Array, "n n"]  # 1 where two frequencies are of one group
    positive: Bool[Array, ""]
    least: Float[Array, ""]  # a value v^T form v, negative or 0 where the form is not positive

    @staticmethod
    def of(form: Float[Array, "n n"], resolution: Callable[[Array], Array] | None = None) -> "NormalModes":
        """A form that is not positive definite sets `positive` False.

        resolution(w), of the ascending frequencies w, is a gap or one for each pair of neighbours: modes closer
        than this are one group, and it must not exceed what functions of the motion resolve.
        """
        n = form.shape[-1]
        carrier, detunings, to_real, from_real, positive, least = _frozen_frame(form)
        w = jnp.concatenate([carrier + detunings, -(carrier + detunings)])
        if resolution is None:
            near = jnp.ones((n, n))
            change = _change(limit_derivatives(form, n), form, from_real, w)
            return NormalModes(carrier, detunings, to_real, from_real, change, near, positive, least)
        order = jnp.argsort(w)
        near = groups(w[order], resolution(w[order]))
        place = jnp.argsort(order)
        near = near[place[:, None], place]
        inverse = inverse_gaps(w, near)
        second = n <= _SECOND_ORDER_SIZE
        change = _change(limit_order(form, 2 if second else 1), form, from_real, w)
        turn = (rotation if second else first_rotation)(change, near, inverse)
        inside = (splitting if second else first_splitting)(change, near, inverse)
        follow = _follow if second else _follow_first
        return NormalModes(
            carrier, detunings, follow(turn, to_real), _lead(follow, turn, from_real), inside, near, positive, least
        )

    @staticmethod
    def width(frequencies: Float[Array, " n"], scale: Float[Array, ""]) -> Float[Array, " gaps"]:
        """The widest gaps inside groups that rates, which vary on `scale` and as powers of w, leave Taylor series."""
        size = jnp.abs(frequencies)
        return GROUP_WIDTH * jnp.minimum(jnp.maximum(scale, 2e-6 * jnp.max(size)), jnp.maximum(size[1:], size[:-1]))

    def with_form(self, difference: Float[Array, "n n"]) -> "NormalModes":
        """The same frame for the motion of a form that differs by `difference`: `splitting` then has a value."""
        added = self.frequencies[:, None] * self.raise_form(difference)
        return eqx.tree_at(lambda modes: modes.splitting, self, self.splitting + added)

    def near_detunings(self, width: Float[Array, ""]) -> Float[Array, "modes modes"]:
        """1 where two modes are closer than `width`, or linked by others."""
        return groups(self.detunings, width)

    def localised(
        self, vectors: Complex[Array, "baths n"], width: Float[Array, ""]
    ) -> tuple["NormalModes", Complex[Array, "n n"]]:
        """The same motion in a frame that mixes modes closer than `width` so that single ones couple to single vectors.

        Two nodes whose splitting their damping covers are better described as nodes: as modes, each is damped by both
        baths, and what passes between those is a small difference. In this frame `splitting` has a value. Also
        returned: what turns row vectors s into it, s @ turn.
        """
        modes, baths = self.detunings.shape[0], vectors.shape[0]
        near = self.near_detunings(width)
        s = jax.lax.stop_gradient(vectors[:, :modes])
        size = jnp.sum(jnp.abs(s) ** 2, axis=1)
        # Different weights, for the vectors are to be told apart; groups stay in their order.
        weight = (1.0 + np.arange(baths) / baths) / jnp.where(size > 0, size, 1.0)
        order = 4.0 * baths * jnp.argmax(near, axis=1)
        q = _local_basis(near * ((s.conj().T * weight) @ s) + jnp.diag(order)) * near
        middle = means(self.detunings, near)
        mixed = q.conj().T @ ((self.detunings - middle)[:, None] * q)
        own = jnp.real(jnp.diagonal(mixed))
        detunings = middle + own
        new, old = (jnp.sqrt(self.carrier + d) for d in (detunings, self.detunings))
        into, back = new[:, None] * q.conj().T / old, old[:, None] * q / new
        inside = new[:, None] * (mixed - jnp.diag(own)) / new
        turn, turned_back = (from_blocks(x, jnp.zeros_like(x)) for x in (back, into))
        # -i B is paired, as the motion is.
        bent = from_blocks(-1j * inside, jnp.zeros_like(inside)) + turned_back @ unpaired(-1j * self.splitting) @ turn
        double = jnp.kron(jnp.eye(2), near)
        return NormalModes(
            self.carrier,
            detunings,
            turned_back @ self.to_real,
            self.from_real @ turn,
            1j * paired(bent),
            double,
            self.positive,
            self.least,
        ), paired(turn)

    @property
    def frequencies(self) -> Float[Array, " n"]:
        """The N positive ones, ascending, then their negatives."""
        w = self.carrier + self.detunings
        return jnp.concatenate([w, -w])

    @property
    def to_modes(self) -> Complex[Array, "n n"]:
        """T."""
        half = jax.lax.complex(*jnp.split(self.to_real, 2, axis=0)) / math.sqrt(2)
        return jnp.concatenate([half, half.conj()], axis=0)

    @property
    def from_modes(self) -> Complex[Array, "n n"]:
        """The inverse of T."""
        xi, pi = jnp.split(self.from_real, 2, axis=1)
        half = jax.lax.complex(xi, -pi) / math.sqrt(2)
        return jnp.concatenate([half, half.conj()], axis=1)

    @property
    def form(self) -> Complex[Array, "n n"]:
        """h in the frame, R^T h R = z^dagger (form) z: the identity in value."""
        w = self.frequencies
        return jnp.eye(w.shape[0]) + self.splitting / w[:, None]

    def mode_vector(self, vector: Float[Array, " n"]) -> Complex[Array, " n"]:
        """s with vector . R = s . z."""
        xi, pi = jnp.split(vector @ self.from_real, 2)
        half = jax.lax.complex(xi, -pi) / math.sqrt(2)
        return jnp.concatenate([half, half.conj()])

    def function_of(self, function: Function, vector: Complex[Array, " n"], scale: Array) -> Complex[Array, " n"]:
        """vector . F(diag(w) + B) for an elementwise F that varies on `scale`, as a row vector."""
        mean = means(self.frequencies, self.near)
        arrays, evaluate = with_arrays(function, mean)

        def value(arrays, w, mean, scale, splitting, vector):
            return evaluate(arrays, w) * vector + 0.0 * (mean + splitting[0])

        def full(arrays, w, mean, scale, splitting, vector):
            tables = taylor(lambda x: evaluate(arrays, x), mean, scale)
            total, power = evaluate(arrays, mean) * vector, vector
            for m in range(1, TAYLOR_ORDER + 1):
                power = (power * (w - mean) + power @ splitting) / m
                total = total + tables[m - 1] * power
            return total

        return with_derivatives_of(full, value)(arrays, self.frequencies, mean, scale, self.splitting, vector)

    def lower(self, matrix: Complex[Array, "... n n"]) -> Float[Array, "... n n"]:
        """A drift given in the frame, on the quadratures."""
        return self.from_real @ unpaired(matrix) @ self.to_real

    def lower_covariance(self, matrix: Complex[Array, "... n n"]) -> Float[Array, "... n n"]:
        """A covariance or diffusion given in the frame, on the quadratures."""
        # A matrix that is not paired has its real part on the quadratures.
        real = self.from_real @ unpaired((matrix + conjugate_pair(matrix)) / 2) @ self.from_real.T
        return (real + jnp.swapaxes(real, -1, -2)) / 2

    def raise_covariance(self, matrix: Float[Array, "... n n"]) -> Complex[Array, "... n n"]:
        """A covariance on the quadratures, in the frame."""
        return paired(self.to_real @ matrix @ self.to_real.T)

    def raise_form(self, form: Float[Array, "... n n"]) -> Complex[Array, "... n n"]:
        """A quadratic form on the quadratures, in the frame: R^T form R = z^dagger (this) z."""
        return paired(self.from_real.T @ form @ self.from_real)


# The frame is frozen, so all of a change of the form appears as D, w F with R^T dh R = z^dagger F z.
_change = with_derivatives_of(
    lambda form, frozen, from_real, w: (
        w[:, None] * paired(from_real.T @ (form - jax.lax.stop_gradient(frozen)) @ from_real)
    ),
    lambda form, frozen, from_real, w: (0.0 * (form + frozen + from_real + w)).astype(complex),
)

_follow = with_derivatives_of(
    lambda turn, frame: frame - (moved := unpaired(turn) @ frame) + unpaired(turn) @ moved / 2,
    lambda turn, frame: frame + 0.0 * turn.real,
)
_follow_first = with_derivatives_of(
    lambda turn, frame: frame - unpaired(turn) @ frame, lambda turn, frame: frame + 0.0 * turn.real
)


def _lead(follow: Callable[[Array, Array], Array], turn: Array, frame: Array) -> Array:
    """frame exp(X), where `follow` gives exp(-X) frame."""
    # X is real on (xi, pi), and paired matrices transpose like real ones: (frame exp(X))^T = exp(X^T) frame^T.
    return follow(-turn.conj().T, frame.T).T


def _decomposed(form: Array) -> tuple[Array, ...]:
    """Carrier, detunings, frame, its inverse, positivity; by what couples, so that nothing is decomposed with more
    rounding than its own splittings need."""
    x, p, mixed = form[0::2, 0::2], form[1::2, 1::2], form[0::2, 1::2]
    rotates = jnp.all(x == p) & jnp.all(mixed == -mixed.T)
    kind: Int[Array, ""] = jnp.where(rotates, 0, jnp.where(jnp.all(mixed == 0.0), 1, 2))
    return jax.lax.switch(kind, (_hopping_frame, _spring_frame, _general_frame), form)


_one_at_a_time = in_chunks(_decomposed, chunk=1)
_together = in_chunks(_decomposed)


def _frozen_frame(form: Array) -> tuple[Array, ...]:
    """Without derivatives. A batch of small forms is decomposed together, by all three ways."""
    return (_together if form.shape[-1] <= 16 else _one_at_a_time)(form)


def _hopping_frame(form: Array) -> tuple[Array, ...]:
    """H = sum h_kl a_k^dagger a_l: the modes are those of h, less its mean, whatever the mean is."""
    h = jax.lax.complex(form[0::2, 0::2], form[1::2, 0::2])
    carrier = jnp.mean(jnp.diagonal(h).real)
    detunings, vectors = _eigh(h - carrier * jnp.eye(h.shape[0]))
    w = carrier + detunings
    positive = w[0] > 0
    root = jnp.sqrt(jnp.where(positive, w, 1.0))
    u = vectors.T * root[:, None]  # the frame is sqrt(w) times the unitary u^dagger of a
    to_real = _interleaved(from_blocks(u.conj(), jnp.zeros_like(u)), 1)
    back = vectors / root
    from_real = _interleaved(from_blocks(back, jnp.zeros_like(back)), 0)
    return carrier, detunings, to_real, from_real, positive, w[0]


def _spring_frame(form: Array) -> tuple[Array, ...]:
    """H = (x K x + p M p)/2: the squared frequencies are the eigenvalues of L^T K L with M = L L^T."""
    stiffness, mobility = form[0::2, 0::2], form[1::2, 1::2]
    nodes = stiffness.shape[0]
    factor, least = cholesky_and_least(mobility)
    light = jnp.all(jnp.isfinite(factor))
    factor = jnp.where(light, factor, jnp.eye(nodes))
    dynamical = factor.T @ stiffness @ factor
    middle = jnp.mean(jnp.diagonal(dynamical))
    offsets, vectors = _eigh((dynamical + dynamical.T) / 2 - middle * jnp.eye(nodes))
    squares = middle + offsets
    positive = light & (squares[0] > 0)
    carrier = jnp.sqrt(jnp.where(positive, middle, 1.0))
    w = jnp.sqrt(jnp.where(positive, squares, 1.0))
    detunings = jnp.where(positive, offsets / (w + carrier), 0.0)
    pull, push = factor @ vectors, solve(factor.T, vectors)
    none = jnp.zeros((nodes, nodes))
    to_real = _interleaved(jnp.block([[w[:, None] * push.T, none], [none, pull.T]]), 1)
    from_real = _interleaved(jnp.block([[pull / w, none], [none, push]]), 0)
    return carrier, detunings, to_real, from_real, positive, jnp.where(light, squares[0], least)


def _general_frame(form: Array) -> tuple[Array, ...]:
    """Cholesky-reduced to a Hermitian eigenproblem of pairs +- w."""
    nodes = form.shape[-1] // 2
    factor, least = cholesky_and_least(form)
    positive = jnp.all(jnp.isfinite(factor))
    factor = jnp.where(positive, factor, jnp.eye(2 * nodes))
    values, vectors = _eigh(1j * (factor.T @ symplectic_form(nodes) @ factor))
    w, half = values[nodes:], vectors[:, nodes:]
    rows = half.conj().T @ factor.T * math.sqrt(2)
    columns = solve(factor.T, half) * math.sqrt(2)
    carrier = jnp.mean(w)
    to_real = jnp.concatenate([rows.real, rows.imag])
    from_real = jnp.concatenate([columns.real, -columns.imag], axis=1)
    return carrier, w - carrier, to_real, from_real, positive, least


def _interleaved(matrix: Array, axis: int) -> Array:
    """Quadratures in the order (x1 ... xN, p1 ... pN) along an axis, put in the order (x1, p1, ...)."""
    n = matrix.shape[axis]
    return jnp.take(matrix, np.arange(n).reshape(2, -1).T.ravel(), axis=axis)


def _eigh(matrix: Array) -> tuple[Array, Array]:
    """Eigenvalues and vectors, refined once (Ogita and Aishima): small components of vectors gain relative accuracy.

    A node far off resonance holds 1e-8 of a mode; weights of that size carry the current of a weakly
    coupled wire, and `eigh` knows them to 1e-16 only in absolute terms.
    """
    _, vectors = jnp.linalg.eigh(matrix)
    adjoint = vectors.conj().T
    overlap = _hermitian(jnp.eye(matrix.shape[0]) - adjoint @ vectors)
    projected = _hermitian(adjoint @ (matrix @ vectors))
    values = jnp.real(jnp.diagonal(projected)) / (1.0 - jnp.real(jnp.diagonal(overlap)))
    gaps = values[None, :] - values[:, None]
    apart = jnp.abs(gaps) > 1e-8 * jnp.max(jnp.abs(values))
    turn = (projected + values[None, :] * overlap) / jnp.where(apart, gaps, 1.0)
    vectors = vectors + vectors @ jnp.where(apart, turn, overlap / 2)
    values = jnp.real(jnp.sum(vectors.conj() * (matrix @ vectors), axis=0))
    order = jnp.argsort(values)
    return without_rounding(values[order]), vectors[:, order]


_local_basis = in_chunks(lambda matrix: _eigh(matrix)[1])


def _hermitian(matrix: Array) -> Array:
    """Made exactly so: divided by a narrow gap, its rounding would undo orthogonality."""
    return (matrix + matrix.conj().T) / 2
