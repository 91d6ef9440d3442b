"""The matrices of the first moments (x_h, p_h, x_c, p_c): Eqs. 34, 46b, 47, 48 as printed, and corrected.

They take complex couplings too, on which the exceptional points of the Redfield equation lie.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Inexact

from ._systems import CUTOFF, STRENGTHS


class Pair(NamedTuple):
    """The parameters of two resonant oscillators that the drift depends on."""

    frequency: Any
    coupling: Any
    strengths: tuple[Any, Any] = STRENGTHS
    cutoff: Any = CUTOFF  # infinity for strictly Ohmic baths

    @property
    def modes(self) -> tuple[Any, Any]:
        """Omega_1 and Omega_2   (Eq. 40)."""
        square = self.frequency**2
        return jnp.sqrt(square + self.coupling), jnp.sqrt(square - self.coupling)

    def delta(self, bath: int, frequency: Any) -> Any:
        """Delta_w of a bath, which is -J(w)/w   (Eqs. 19, 20, 35)."""
        return -self.strengths[bath] / (1 + (frequency / self.cutoff) ** 2)

    @property
    def exceptional(self) -> Any:
        """k of Eq. 36, the exceptional point of the local equation."""
        hot, cold = (self.delta(bath, self.frequency) for bath in (0, 1))
        return self.frequency / 2 * abs(hot - cold)


def local(pair: Pair) -> Inexact[Array, "4 4"]:
    """Eq. 34."""
    return detuned(pair.frequency, pair.frequency, pair.coupling, *(pair.delta(b, pair.frequency) for b in (0, 1)))


def detuned(hot: Any, cold: Any, k: Any, delta_hot: Any, delta_cold: Any) -> Inexact[Array, "4 4"]:
    """Eq. C.1."""
    rows = (
        (delta_hot, 2, 0, 0),
        (-2 * hot**2, delta_hot, -2 * k, 0),
        (0, 0, delta_cold, 2),
        (-2 * k, 0, -2 * cold**2, delta_cold),
    )
    return _array(rows) / 2


def secular(pair: Pair) -> Inexact[Array, "4 4"]:
    """Eq. 46b, of the global equation."""
    first, last = ((pair.delta(0, w) + pair.delta(1, w)) / 2 for w in pair.modes)
    return _mirrored(pair, (first + last) / 2, (first - last) / 2)


def secular_at_zero(pair: Pair) -> Inexact[Array, "4 4"]:
    """Eq. 47: k = 0 in the dissipators of the global equation."""
    return _mirrored(pair, (pair.delta(0, pair.frequency) + pair.delta(1, pair.frequency)) / 2, 0)


def _mirrored(pair: Pair, own: Any, other: Any) -> Inexact[Array, "4 4"]:
    square, k = pair.frequency**2, pair.coupling
    rows = (
        (own, 2, other, 0),
        (-2 * square, own, -2 * k, other),
        (other, 0, own, 2),
        (-2 * k, other, -2 * square, own),
    )
    return _array(rows) / 2


def redfield(pair: Pair, *, printed: tuple[str, ...] = ()) -> Inexact[Array, "4 4"]:
    """Eqs. 48b and 48c of the partial Redfield equation, corrected; `printed` names those taken as printed."""
    (one, two), square, k = pair.modes, pair.frequency**2, pair.coupling
    (h1, h2), (c1, c2) = ((pair.delta(bath, one), pair.delta(bath, two)) for bath in (0, 1))
    apart, sums = (two - one) / 4, (two + one) / 4
    m11 = apart * (c1 / two - c2 / one) + sums * (h1 / two + h2 / one)
    m13 = apart * (c1 / two + c2 / one) + sums * (h1 / two - h2 / one)
    sign = 1 if "48c" in printed else -1  # of the hot bath in the lower rows
    m31 = sums * (c1 / two - c2 / one) + apart * (h1 / two - sign * h2 / one)
    m33 = sums * (c1 / two + c2 / one) + apart * (h1 / two + sign * h2 / one)
    m41 = -2 * square if "48b" in printed else -2 * k
    rows = (
        (m11, 2, m13, 0),
        (-2 * square, (h1 + h2) / 2, -2 * k, (h1 - h2) / 2),
        (m31, 0, m33, 2),
        (m41, (c1 - c2) / 2, -2 * square, (c1 + c2) / 2),
    )
    return _array(rows) / 2


def drifts(matrix: Callable[[Pair], Array], frequency: Any, coupling: Any) -> Array:
    """The matrices of Fig. 2 at frequencies and couplings of one shape, or of shapes that broadcast."""
    pairs = np.broadcast_arrays(np.asarray(frequency, float), np.asarray(coupling, float))
    return jnp.vectorize(lambda w, k: matrix(Pair(w, k)), signature="(),()->(n,n)")(*pairs)


def _array(rows: Any) -> Inexact[Array, "n n"]:
    return jnp.stack([jnp.stack([jnp.asarray(x) + 0.0 for x in row]) for row in rows])
