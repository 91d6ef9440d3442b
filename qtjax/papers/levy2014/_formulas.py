"""The closed forms of Levy and Kosloff 2014, with every exponential turned to exp(-w/T), which does not overflow.

delta is -1 for oscillators and 1 for two-level nodes. Numbers or arrays of one shape throughout.
"""

from typing import Any, NamedTuple

import numpy as np


def bose(x: Any, delta: int = -1) -> Any:
    """N = 1/(e^x + delta), x = w/T: the occupation of an oscillator, or of the excited level."""
    x = np.asarray(x, float)
    return np.exp(-x) / (-np.expm1(-x) if delta == -1 else 1 + np.exp(-x))


def width(frequency: Any, temperature: Any, strength: Any, delta: int) -> Any:
    """G = gamma(w) (1 + delta exp(-w/T)): kappa w^3 of an oscillator, kappa w^3 coth(w/2T) of two levels."""
    cubic = strength * np.asarray(frequency, float) ** 3
    return cubic if delta == -1 else cubic / np.tanh(np.asarray(frequency) / (2 * np.asarray(temperature)))


class Pair(NamedTuple):
    """The parameters of a network, in the order of the arguments of `oscillators` and `two_levels`."""

    coupling: Any
    hot_frequency: Any = 10.0
    cold_frequency: Any = 5.0
    hot: Any = 12.0
    cold: Any = 10.0
    strength: Any = 1e-4

    @property
    def frequencies(self) -> tuple[Any, Any]:
        """w_h, w_c."""
        return self.hot_frequency, self.cold_frequency

    @property
    def temperatures(self) -> tuple[Any, Any]:
        """T_h, T_c."""
        return self.hot, self.cold

    @property
    def strengths(self) -> tuple[Any, Any]:
        """kappa of the hot and of the cold bath."""
        return self.strength, self.strength

    @property
    def hopping(self) -> np.ndarray:
        """[[w_h, eps], [eps, w_c]]."""
        return np.array([[self.hot_frequency, self.coupling], [self.coupling, self.cold_frequency]])

    def widths(self, frequencies: tuple[Any, Any], delta: int = -1) -> list[Any]:
        """G of both baths, each at its own frequency."""
        return [width(w, t, self.strength, delta) for w, t in zip(frequencies, self.temperatures, strict=True)]


def local_current(pair: Pair, delta: int) -> Any:
    """J_h of the local equation: Appendix A simplified to three resistors in series.

    I = (N_h - N_c) / (1/k + 1/G_h + 1/G_c) quanta per time, k = 4 eps^2 G/(G^2 + 4 D^2), G = G_h + G_c,
    D = w_h - w_c, carry J_h = I (w_h G_c + w_c G_h)/G.
    """
    w_h, w_c = pair.frequencies
    g_h, g_c = pair.widths(pair.frequencies, delta)
    total, detuning = g_h + g_c, w_h - w_c
    n_h, n_c = (bose(w / t, delta) for w, t in zip(pair.frequencies, pair.temperatures, strict=True))
    link = 4 * pair.coupling**2 * total / (total**2 + 4 * detuning**2)
    return (n_h - n_c) / (1 / link + 1 / g_h + 1 / g_c) * (w_h * g_c + w_c * g_h) / total


def appendix_a(pair: Pair, delta: int) -> Any:
    """J_h of the local equation as Appendix A prints it, put together from the printed pieces."""
    (w_h, w_c), eps = pair.frequencies, pair.coupling
    h, c = np.exp(w_h / pair.hot), np.exp(w_c / pair.cold)
    rates = [width(w, t, pair.strength, delta) for w, t in zip(pair.frequencies, pair.temperatures, strict=True)]
    g_h, g_c = rates[0] / (1 + delta / h), rates[1] / (1 + delta / c)  # gamma_h, gamma_c of Eq. 15
    p, q = h + delta, c + delta
    top = 4 * eps**2 * g_c * g_h * c * h * (w_c * g_h * c * p + g_c * w_h * h * q)
    bottom = (
        g_c**3 * g_h * h**2 * q**3 * p
        + 2 * g_c**2 * q**2 * c * h * (g_h**2 * p**2 + 2 * eps**2 * h**2)
        + g_c * g_h * c**2 * q * p * (4 * h**2 * ((w_c - w_h) ** 2 + 2 * eps**2) + g_h**2 * p**2)
        + 4 * eps**2 * g_h**2 * c**3 * h * p**2
    )
    return (c - h) * top / bottom


class Modes(NamedTuple):
    """Eq. 10: the frequencies of the modes and the shares cos^2, sin^2 of nodes A and B, each for (+, -)."""

    frequencies: tuple[Any, Any]
    of_a: tuple[Any, Any]
    of_b: tuple[Any, Any]


def modes(pair: Pair) -> Modes:
    """w_+ and w_-; cos^2(theta) of the half-angle arctan(2 eps / (w_h - w_c)), which does not cancel."""
    (w_h, w_c), eps = pair.frequencies, np.asarray(pair.coupling, float)
    root = np.hypot((w_h - w_c) / 2, eps)
    middle = (np.asarray(w_h) + w_c) / 2
    theta = np.arctan2(2 * eps, np.asarray(w_h, float) - w_c) / 2
    c2, s2 = np.cos(theta) ** 2, np.sin(theta) ** 2
    upper = middle + root
    return Modes((upper, (np.asarray(w_h) * w_c - eps**2) / upper), (c2, s2), (s2, c2))


def global_current(pair: Pair, delta: int) -> Any:
    """J_h of the global equation: Eq. 13 corrected, and with -1 -> +1 for two-level nodes.

    Each mode carries w K_h K_c/(K_h + K_c) (N_h - N_c), K the width times the share of the bath's node.
    """
    found = modes(pair)
    total = 0.0
    for w, a, b in zip(*found, strict=True):
        k_h, k_c = a * width(w, pair.hot, pair.strength, delta), b * width(w, pair.cold, pair.strength, delta)
        total = total + w * k_h * k_c / (k_h + k_c) * (bose(w / pair.hot, delta) - bose(w / pair.cold, delta))
    return total


def eq13(pair: Pair, *, corrected: bool) -> Any:
    """J_h of Eq. 13 as printed, with e^{beta_c w_+} in the denominator of its first line, or with e^{beta_c w_-}."""
    (upper, lower), (c2, s2), _ = modes(pair)
    hot, cold, kappa = pair.hot, pair.cold, pair.strength

    def line(w: Any, of_cold: Any, of_hot: Any, other: Any) -> Any:
        h, c = np.exp(w / hot), np.exp(w / cold)
        g_h, g_c = kappa * w**3 / (1 - 1 / h), kappa * w**3 / (1 - 1 / c)
        return (c - h) * g_c * g_h * w / (h * (c - 1) * g_c / of_cold + np.exp(other / cold) * (h - 1) * g_h / of_hot)

    return line(lower, s2, c2, lower if corrected else upper) + line(upper, c2, s2, upper)
