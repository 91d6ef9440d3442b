"""Spectral densities J(w) of the baths, and the rates and shifts that follow from them.

J is odd. With the occupation n(w) = 1/(exp(w/T) - 1), for every sign of w (hbar = k_B = 1):

    gamma(w) = 2 J(w) (1 + n(w)),            gamma(-w) = exp(-w/T) gamma(w)
    Gamma(w) = int_0^inf exp(iws) <B(s) B(0)> ds = gamma(w)/2 + i S(w)
    S(w)     = (1/pi) P int J(x) (1 + n(x)) / (w - x) dx
    Q        = (1/pi) int_0^inf J(x)/x dx
"""

import math
from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
from jaxtyping import Array, ArrayLike, Complex, Float

from ._checks import check_count, check_values, is_concrete, shown, warn
from ._display import call, fields, numbers
from ._quadrature import graded_breaks, on_panels
from ._rational_fits import partial_fractions
from ._special import bose_weight, coth_weight, polygamma
from ._typing import Scalar, as_real, parameter

# The range of log(frequency), in the user's units, that the quadratures cover, and how finely.
_RANGE, _PANELS = 80.0, 56
# A frequency below every scale that still lies in that range. Below the other, relative to a known scale, an even
# function is taken as constant: its error, the square, then equals that of a difference quotient.
_LEAST, _SMALL = 1e-30, 1e-5
# The band in which J is fitted: its typical length in log(frequency), its panels, and what J(w)/w counts beside J.
_BAND, _BAND_PANELS, _STATIC = 12.0, 32, 0.3


class AbstractSpectralDensity(eqx.Module):
    """J(w) of one bath. A subclass gives fields and `__call__`; everything else follows by quadrature.

    The quadratures find the peaks of J by themselves, down to a width of about 1e-4 of their frequency, between
    frequencies of exp(-80) and exp(80); where a closed form is known, override `half_sided`,
    `reorganisation` and `lag`.
    """

    @abstractmethod
    def __call__(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w), odd in w; `frequency` of any shape, elementwise."""

    def __repr__(self) -> str:
        return fields(self)

    def check_odd(self, bath: int) -> None:
        """Raise ValueError for a formula of a user, its values known, that is not odd; `bath` is its position."""
        if type(self).__module__.startswith("qtjax.") or not all(map(is_concrete, jax.tree.leaves(self))):
            return
        with jax.ensure_compile_time_eval():
            there, back = (np.asarray(self(jnp.asarray(w))) for w in (1.0, -1.0))
        if not np.all(np.abs(there + back) <= 1e-9 * np.abs(there)):
            raise ValueError(
                f"The spectral density of bath {bath} must be odd in w, but J(1) = {shown(there)} and J(-1) = "
                f"{shown(back)}. Write it with `jnp.sign(w)` and `jnp.abs(w)`."
            )

    def slope(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)/w, which at w = 0 is J'(0)."""
        w = as_real(frequency, "The frequency")
        # Odd and smooth enough: J(w)/w at a frequency far below every scale is the limit.
        tiny = 1e-150
        w = jnp.where(jnp.abs(w) < tiny, tiny, w)
        return self(w) / w

    def rate(self, frequency: ArrayLike, temperature: ArrayLike) -> Float[Array, "..."]:
        """gamma(w) = 2 J(w) (1 + n(w)) for every sign of w; gamma(0) = 2 T J'(0)."""
        frequency, temperature = _checked(frequency, temperature)
        weight = bose_weight(frequency, temperature)
        # A slope that diverges at w = 0 leaves nothing where T = 0: no quantum to take, none to give.
        nothing = jnp.isinf(jax.lax.stop_gradient(self.slope(frequency))) & (weight == 0.0)
        return jnp.where(nothing, 0.0, 2.0 * self.slope(jnp.where(nothing, 1.0, frequency)) * weight)

    def half_sided(self, frequency: ArrayLike, temperature: ArrayLike) -> Complex[Array, "..."]:
        """Gamma(w) = gamma(w)/2 + i S(w), the half-sided Fourier transform of the bath's correlation."""
        frequency, temperature = _checked(frequency, temperature)
        return self.rate(frequency, temperature) / 2 + 1j * self._shift(frequency, temperature)

    @eqx.filter_jit
    def reorganisation(self) -> Scalar:
        """Q = (1/pi) int_0^inf J(w)/w dw: the bath lowers the potential of S by Q S^2."""
        v, weight = on_panels(self.breaks())
        return jnp.sum(weight * self(jnp.exp(v))) / math.pi

    @eqx.filter_jit
    def lag(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """2 Q - Re chi(w): the part of the reorganisation that does not follow at frequency w.

        chi is the bath's susceptibility, Im chi = J. Zero at w = 0, 2 Q far above the cut-off.
        """
        w = jnp.abs(as_real(frequency, "The frequency"))
        excess, weight = self._around(w)
        ratio = 1 + excess
        up, down = self(w[..., None] * ratio), self(w[..., None] / ratio)
        kernel = (up - ratio * ratio * down) / (excess * (ratio + 1))
        return -2.0 / math.pi * jnp.sum(weight * kernel, axis=-1)

    @eqx.filter_jit
    def _shift(self, frequency: ArrayLike, temperature: ArrayLike) -> Float[Array, "..."]:
        """S(w): -Re chi(w)/2, even in w, and a part odd in w that depends on temperature."""
        w = as_real(frequency, "The frequency")
        # The odd part is w times an even function, which at w = 0 takes its limit.
        t = jnp.asarray(temperature, float)
        positive = jnp.maximum(jnp.abs(w), jnp.maximum(_SMALL * jnp.minimum(t, self._peak()), _LEAST))
        magnitude, t = positive[..., None], t[..., None]
        excess, weight = self._around(positive)
        ratio = 1 + excess
        up, down = (self.slope(x) * coth_weight(x, t) for x in (magnitude * ratio, magnitude / ratio))
        kernel = (up - down) * 2 * ratio / (excess * (ratio + 1))
        odd = -w / (2 * math.pi * positive) * jnp.sum(weight * kernel, axis=-1)
        return self.lag(w) / 2 - self.reorganisation() + odd

    @eqx.filter_jit
    def partial_fractions(self, terms: int) -> tuple[Complex[Array, " terms"], Complex[Array, " terms"]]:
        """nu_k and a_k with J(w) = w sum_k a_k / (w^2 + nu_k^2), Re nu_k > 0, closed under conjugation: a fit.

        The bath's correlation is then a sum of exponentials. The fit keeps the error of J small relative to its
        largest value, and that of J(w)/w down to w = 0, which a sub-Ohmic density leaves infinite: there the fit
        falls short. Structure below 1e-4 of the frequency of the largest J is not resolved. First derivatives follow
        those of J as closely as the terms can. Raises ValueError if `terms` is not a positive integer.
        """
        check_count(terms, "terms")
        v, weight = on_panels(self._band())
        w = jnp.exp(v)
        slope = self.slope(w)
        shape = jax.lax.stop_gradient(jnp.abs(slope))
        error = w / _largest(w * shape) + _STATIC / _largest(shape)
        return partial_fractions(w, slope, jnp.sqrt(weight) * error, terms)

    def breaks(self) -> Float[Array, " breaks"]:
        """The ends of panels in log(frequency) on which J is smooth, for quadratures; without derivatives."""
        return graded_breaks(lambda u: self(jnp.exp(u)), -_RANGE, _RANGE, _PANELS)

    def _band(self) -> Float[Array, " breaks"]:
        """Like `breaks`, but only where J counts or J(w)/w varies."""
        u = self.breaks()
        w = jnp.exp(u)
        slope = jax.lax.stop_gradient(self.slope(w))
        size = jnp.abs(w * slope)
        last = u.size - 1
        first = jnp.argmax(jnp.abs(slope - slope[0]) > 0.02 * _largest(slope))
        above = last - jnp.argmax((size > 1e-3 * _largest(size))[::-1])
        # A power law only ends somewhere: a slope that varies down to w = 0 is followed to 1e-4 of the peak.
        lower = jnp.maximum(u[jnp.maximum(first - 1, 0)] - math.log(10.0), u[jnp.argmax(size)] - math.log(1e4))
        upper = u[jnp.minimum(above + 1, last)] + math.log(4.0)
        step = (upper - lower) / _BAND
        return lower + step * graded_breaks(lambda x: self(jnp.exp(lower + step * x)), 0.0, _BAND, _BAND_PANELS)

    def _peak(self) -> Scalar:
        """The frequency of the largest abs(J) among the breaks; without derivatives."""
        frequency = jnp.exp(self.breaks())
        return jax.lax.stop_gradient(frequency[jnp.argmax(jnp.abs(self(frequency)))])

    def _around(self, w: Float[Array, "..."]) -> tuple[Float[Array, "... nodes"], Float[Array, "... nodes"]]:
        """x/w - 1 and weights in v = log(x/w) > 0 for principal values: J(w^2/x) and J(x) are smooth on each panel."""
        centre = jax.lax.stop_gradient(jnp.log(jnp.where(w > 0, w, 1.0)))
        distances = jnp.abs(self.breaks() - centre[..., None])
        v, weight = on_panels(jnp.sort(jnp.concatenate([jnp.zeros_like(distances[..., :1]), distances], axis=-1)))
        # A break at w itself leaves a panel of no length, at v = 0.
        return jnp.expm1(jnp.maximum(v, 1e-30)), weight


class Drude(AbstractSpectralDensity):
    """strength * w * cutoff^2 / (w^2 + cutoff^2): Ohmic with a Drude (Lorentz) cut-off.

    Q = strength * cutoff / 2. Raises ValueError for a negative strength or a cut-off that is not positive.
    """

    strength: Float[Array, "*baths"] = eqx.field(converter=parameter("strength of a Drude density", nonnegative=True))
    cutoff: Float[Array, "*baths"] = eqx.field(converter=parameter("cutoff of a Drude density", positive=True))

    def __check_init__(self) -> None:
        _warn_if_swapped(self.strength, self.cutoff)

    def __call__(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)."""
        return as_real(frequency, "The frequency") * self.slope(frequency)

    def slope(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)/w; J'(0) = strength."""
        ratio = as_real(frequency, "The frequency") / self.cutoff
        return self.strength / (1.0 + ratio * ratio)

    def reorganisation(self) -> Scalar:
        """Q = strength * cutoff / 2."""
        return self.strength * self.cutoff / 2

    def lag(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """2 Q - Re chi(w) = strength * cutoff * w^2 / (w^2 + cutoff^2)."""
        return self.slope(frequency) * as_real(frequency, "The frequency") ** 2 / self.cutoff

    def partial_fractions(self, terms: int) -> tuple[Complex[Array, " 1"], Complex[Array, " 1"]]:
        """nu = cutoff and a = strength * cutoff^2: one term whatever `terms` allows, and exact."""
        check_count(terms, "terms")
        rate, weight = self.cutoff, self.strength * self.cutoff**2
        return rate[None].astype(complex), weight[None].astype(complex)

    def breaks(self) -> Float[Array, " breaks"]:
        """Even panels: only quadratures of its own would need finer ones, and it has closed forms."""
        return jnp.linspace(-_RANGE, _RANGE, _PANELS + 1)

    def _shift(self, frequency: ArrayLike, temperature: ArrayLike) -> Float[Array, "..."]:
        w, cutoff = as_real(frequency, "The frequency"), self.cutoff
        # The limit T -> 0, log(abs(w)/cutoff)/pi, is reached to double precision long before.
        t = jnp.maximum(temperature, 1e-30 * cutoff)
        # Re psi(1 + iw/2piT) and psi(1 + cutoff/2piT), which is one for all frequencies, in one program.
        turning, decaying = w / (2 * math.pi * t), cutoff / (2 * math.pi * t)
        real, imag = jnp.append(0.0 * turning, decaying), jnp.append(turning, 0.0 * decaying)
        value, _ = polygamma(0, 1 + real, imag)
        thermal = value[: turning.size].reshape(turning.shape) - value[turning.size :].reshape(decaying.shape)
        slope = self.slope(w)
        return -slope * cutoff / 2 + w * slope * (t / cutoff + thermal / math.pi)


class Ohmic(AbstractSpectralDensity):
    """strength * w * abs(w/cutoff)^(exponent - 1) * exp(-abs(w)/cutoff).

    Ohmic for exponent = 1, super-Ohmic above, sub-Ohmic below. Q = strength * cutoff * Gamma(exponent) / pi.
    Raises ValueError for a negative strength, or a cut-off or exponent that is not positive.
    """

    strength: Float[Array, "*baths"] = eqx.field(converter=parameter("strength of an Ohmic density", nonnegative=True))
    cutoff: Float[Array, "*baths"] = eqx.field(converter=parameter("cutoff of an Ohmic density", positive=True))
    exponent: Float[Array, "*baths"] = eqx.field(
        converter=parameter("exponent of an Ohmic density", positive=True), default=1.0, kw_only=True
    )

    def __check_init__(self) -> None:
        _warn_if_swapped(self.strength, self.cutoff)

    def __call__(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)."""
        return as_real(frequency, "The frequency") * self.slope(frequency)

    def slope(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)/w; diverges at w = 0 for a sub-Ohmic density."""
        ratio = jnp.abs(as_real(frequency, "The frequency")) / self.cutoff
        return self.strength * _power(ratio, self.exponent - 1.0) * jnp.exp(-ratio)

    def reorganisation(self) -> Scalar:
        """Q = strength * cutoff * Gamma(exponent) / pi."""
        return self.strength * self.cutoff * jnp.exp(jsp.gammaln(self.exponent)) / math.pi

    def partial_fractions(self, terms: int) -> tuple[Complex[Array, " terms"], Complex[Array, " terms"]]:
        """nu_k and a_k as of any density; exact in how they scale with strength and cutoff.

        The error of J is about 7e-3 of its largest value for 4 terms, 7e-4 for 6 and 2e-4 for 8 (exponent 1).
        Raises ValueError for an exponent below 1, where J(w)/w diverges at w = 0.
        """
        if is_concrete(self.exponent) and np.any(np.asarray(self.exponent) < 1):
            raise ValueError(
                f"The exponent of an Ohmic density must be >= 1 for a hierarchy, but is {self.exponent}: J(w)/w of a "
                "sub-Ohmic density diverges at w = 0 and has no expansion in decaying modes."
            )
        unit = Ohmic(1.0, 1.0, exponent=self.exponent)
        rates, weights = AbstractSpectralDensity.partial_fractions(unit, terms)
        return self.cutoff * rates, self.strength * self.cutoff**2 * weights


class PowerLaw(AbstractSpectralDensity):
    """strength * sign(w) * abs(w)^exponent, without a cut-off.

    Its reorganisation and Lamb shift diverge: asking for either raises ValueError, and so does
    `qt.Langevin`. Raises ValueError for a negative strength or an exponent that is not positive.
    """

    strength: Float[Array, "*baths"] = eqx.field(
        converter=parameter("strength of a PowerLaw density", nonnegative=True)
    )
    exponent: Float[Array, "*baths"] = eqx.field(
        converter=parameter("exponent of a PowerLaw density", positive=True), kw_only=True
    )

    def __call__(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)."""
        return as_real(frequency, "The frequency") * self.slope(frequency)

    def slope(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)/w; diverges at w = 0 for an exponent below 1."""
        return self.strength * _power(jnp.abs(as_real(frequency, "The frequency")), self.exponent - 1.0)

    def half_sided(self, frequency: ArrayLike, temperature: ArrayLike) -> Complex[Array, "..."]:
        """Raises ValueError: the Lamb shift of a density without cut-off diverges."""
        raise _without_cutoff("PowerLaw")

    def reorganisation(self) -> Scalar:
        """Raises ValueError: the reorganisation of a density without cut-off diverges."""
        raise _without_cutoff("PowerLaw")

    def lag(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """Raises ValueError: the susceptibility of a density without cut-off diverges."""
        raise _without_cutoff("PowerLaw")

    def partial_fractions(self, terms: int) -> tuple[Complex[Array, " terms"], Complex[Array, " terms"]]:
        """Raises ValueError: without a cut-off J has no expansion in decaying modes."""
        raise _without_cutoff("PowerLaw")


class Flat(AbstractSpectralDensity):
    """J = rate/2 * sign(w): gamma(w) = rate * (1 + n(w)) for w > 0, the same at every frequency.

    The quantum-optical idealisation of one rate. gamma(0) diverges for T > 0; Lamb shift and reorganisation
    diverge as well and raise ValueError. Raises ValueError for a negative rate constant.
    """

    strength: Float[Array, "*baths"] = eqx.field(converter=parameter("rate of a Flat density", nonnegative=True))

    def __init__(self, rate: ArrayLike):
        """rate: gamma at T = 0."""
        self.strength = as_real(
            rate, "The rate of a Flat density"
        )  # the method `rate` of every density has the name already

    def __repr__(self) -> str:
        return call("Flat", rate=self.strength)

    def __call__(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)."""
        return self.strength / 2 * jnp.sign(as_real(frequency, "The frequency"))

    def slope(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """J(w)/w; diverges at w = 0."""
        return self.strength / 2 / jnp.abs(as_real(frequency, "The frequency"))

    def half_sided(self, frequency: ArrayLike, temperature: ArrayLike) -> Complex[Array, "..."]:
        """Raises ValueError: the Lamb shift of a density without cut-off diverges."""
        raise _without_cutoff("Flat")

    def reorganisation(self) -> Scalar:
        """Raises ValueError: the reorganisation of a density without cut-off diverges."""
        raise _without_cutoff("Flat")

    def lag(self, frequency: ArrayLike) -> Float[Array, "..."]:
        """Raises ValueError: the susceptibility of a density without cut-off diverges."""
        raise _without_cutoff("Flat")

    def partial_fractions(self, terms: int) -> tuple[Complex[Array, " terms"], Complex[Array, " terms"]]:
        """Raises ValueError: without a cut-off J has no expansion in decaying modes."""
        raise _without_cutoff("Flat")


def _checked(frequency: ArrayLike, temperature: ArrayLike) -> tuple[Array, Array]:
    """Both as real arrays; ValueError for values known to be no frequency or no temperature."""
    w, t = as_real(frequency, "The frequency"), as_real(temperature, "The temperature")
    check_values(w, "frequency")
    check_values(t, "temperature", nonnegative=True)
    return w, t


def _warn_if_swapped(strength: Array, cutoff: Array) -> None:
    if is_concrete(strength) and is_concrete(cutoff) and np.any(np.asarray(strength) > 100.0 * np.asarray(cutoff)):
        warn(
            f"The strength {numbers(strength)} of a spectral density is far larger than its cutoff {numbers(cutoff)}. "
            "The strength comes first: `qt.Drude(strength, cutoff)`."
        )


def _power(base: Array, exponent: Array) -> Array:
    """base^exponent for base >= 0, whose derivative at a zero base is finite where the value is."""
    zero = base == 0.0
    safe = jnp.where(zero, 1.0, base)
    at_zero = jnp.where(exponent > 0, 0.0, jnp.where(exponent < 0, jnp.inf, 1.0))
    return jnp.where(zero, at_zero, safe**exponent)


def _largest(values: Array) -> Array:
    """The largest absolute value, or 1 if all are 0."""
    largest = jnp.max(jnp.abs(values))
    return jnp.where(largest > 0, largest, 1.0)


def _without_cutoff(name: str) -> ValueError:
    return ValueError(
        f"A {name} density has no cut-off, so its Lamb shift, susceptibility and reorganisation diverge, and it has no "
        "expansion in modes. Use a density with a cut-off, `qt.Drude` or `qt.Ohmic`, or a master equation with "
        "lamb_shift=False."
    )
