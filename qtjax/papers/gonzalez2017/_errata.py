"""Errata of González et al. 2017: formulas as printed and corrected, against what qtjax solves."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._report import Claim, Verdict
from ._comparison import potential, solve
from ._systems import CUTOFF, DETUNING, STRENGTH, fig2a, fig2b, wire


def _judge(printed: Any, corrected: Any, true: Any, rtol: float = 1e-5) -> Verdict:
    """confirmed where the printed formula holds; erratum where it fails and the corrected one holds."""
    scale = np.max(np.abs(true))
    if np.max(np.abs(np.asarray(printed) - true)) <= rtol * scale:
        return "confirmed"
    return "erratum" if np.max(np.abs(np.asarray(corrected) - true)) <= rtol * scale else "not confirmed"


class _Modes(NamedTuple):
    """Eqs. 12-14 and 21: + and - are positions 0 and 1, cold and hot positions 0 and 1."""

    angle: float
    frequencies: np.ndarray  # (2,)
    up: np.ndarray  # W_{-Omega}, (mode, bath): absorption
    down: np.ndarray  # W_{+Omega}, (mode, bath): emission

    @property
    def delta(self) -> np.ndarray:
        """Delta_s^alpha, shape (mode, bath)."""
        return self.up - self.down

    @property
    def sigma(self) -> np.ndarray:
        """Sigma_s^alpha, shape (mode, bath)."""
        return self.up + self.down


def _modes(system: qt.OpenSystem) -> _Modes:
    form = potential(system)
    k, detuning = -form[0, 1], form[1, 1] - form[0, 0]
    angle = np.arctan2(2 * k, -detuning) / 2  # Eq. 13, without its cancellation
    root, middle = np.hypot(2 * k, detuning), np.trace(form)
    w = np.sqrt((middle + np.array([root, -root])) / 2)
    share = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), np.cos(angle)]]) ** 2
    rates = [
        np.stack([np.asarray(bath.spectral_density.rate(sign * w, bath.temperature)) for bath in system.baths], 1)
        for sign in (-1, 1)
    ]
    up, down = (share * rate / (2 * w[:, None]) for rate in rates)
    return _Modes(float(angle), w, up, down)


def errata(quick: bool) -> list[Claim]:
    """Printed formulas against the solution; each is evaluated as printed and corrected."""
    del quick
    return [_eq20b(), *_eq24(), _eq34(), _eq36(), _shift(), _detuning(), _a1(), _a4(), _a5()]


def _eq20b() -> Claim:
    modes, gamma = _modes(fig2a(0.1)), solve("global", fig2a, 0.1).covariance[0]
    turn = np.array([np.cos(modes.angle), -np.sin(modes.angle)])
    position, momentum = turn @ gamma[::2, ::2] @ turn, turn @ gamma[1::2, 1::2] @ turn
    w = modes.frequencies[0]
    printed, corrected = 2 * momentum - 2 * w * position, 2 * momentum - 2 * w**2 * position
    return Claim(
        "Eq. 20b, + mode (Fig. 2a, k = 0.1)",
        "-2 Omega <eta^2>",
        f"its right side in the steady state: {printed:.3g} as printed, {corrected:.0e} with -2 Omega^2 <eta^2>",
        "erratum" if abs(printed) > 1e-6 and abs(corrected) < 1e-10 else "confirmed",
    )


def _eq24() -> list[Claim]:
    found = []
    for label, build, k in (("Fig. 2a, k = 0.1", fig2a, 0.1), ("Fig. 2b, k = 1e-3", fig2b, 1e-3)):
        system = build(k)
        modes, true = _modes(system), float(solve("global", build, k).currents[0, 1])
        cold, hot = np.asarray(system.temperatures)
        w = modes.frequencies
        flow = w * modes.down[:, 0] * modes.down[:, 1] * (np.exp(-w / hot) - np.exp(-w / cold))
        printed, corrected = np.sum(flow / modes.sigma.sum(1)), np.sum(flow / -modes.delta.sum(1))
        found.append(
            Claim(
                f"Eq. 24, Q_h of the global equation ({label})",
                "denominator Sigma_s",
                f"{printed:.5g} as printed, {corrected:.7g} with -Delta_s; solved {true:.7g}",
                _judge(printed, corrected, true),
            )
        )
    return found


def _eq34() -> Claim:
    exact = solve("exact", fig2a, 0.1)
    gamma, true = exact.covariance[0], float(exact.currents[0, 1])
    printed = 0.1 / 2 * (gamma[0, 3] - gamma[1, 2])
    return Claim(
        "Eq. 34, exact Q_h (Fig. 2a, k = 0.1)",
        "(k/2)(Gamma_14 - Gamma_23), into the system",
        f"{printed:.5g} as printed, {-printed:.5g} with the other sign; Landauer integral {true:.5g}",
        _judge(printed, -printed, true),
    )


def _eq36() -> Claim:
    temperature = 0.5
    nu = 0.5 / np.tanh(0.5 / temperature)
    n = np.arange(200)
    weights = -np.expm1(-1 / temperature) * np.exp(-n / temperature)
    true = -np.sum(weights * (np.log(-np.expm1(-1 / temperature)) - n / temperature))
    up, down = (nu + 0.5) * np.log(nu + 0.5), (nu - 0.5) * np.log(nu - 0.5)
    library = float(qt.entropy(qt.GaussianState(jnp.zeros(2), nu * jnp.eye(2))))
    return Claim(
        "Eq. 36, entropy (thermal mode, w = 1, T = 0.5)",
        "sum of the two logarithms",
        f"{up + down:.5g} as printed, {up - down:.5g} with minus; Fock sum {true:.5g}, qt.entropy {library:.5g}",
        _judge(up + down, up - down, true),
    )


def _shift() -> Claim:
    reorganisation = float(fig2b(1e-3).baths[0].spectral_density.reorganisation())
    return Claim(
        "Frequency shift (above Eq. 28)",
        "(1/pi) int J/w = strength x Lambda",
        f"the integral is {reorganisation:g}, strength x Lambda = {STRENGTH * CUTOFF:g}: the value is right, "
        "the prefactor is 2/pi",
        _judge(reorganisation, 2 * reorganisation, STRENGTH * CUTOFF),
    )


def _detuning() -> Claim:
    root, difference = np.sqrt(DETUNING), np.sqrt(1 + DETUNING) - 1
    return Claim(
        "Quasi-resonance (Sec. IV A)",
        "delta_w << strength in Fig. 2b",
        f"delta_w = {root:.2e}, strength = {STRENGTH:g}; in Eq. 17 stands w_h - w_c = {difference:.1e}",
        "confirmed" if root < 0.1 * STRENGTH else "erratum" if difference < 0.1 * STRENGTH else "not confirmed",
    )


def _a1() -> Claim:
    """Lines 2-5 of Eq. A.1 as printed pair every Omega with itself, so they are line 1 once more."""
    doubled = lambda k: wire(k, hot_frequency=np.sqrt(1 + DETUNING), strength=2 * STRENGTH)  # noqa: E731
    printed = solve("global", doubled, 1e-3)
    partial, exact = (solve(name, fig2b, 1e-3) for name in ("partial Redfield", "exact"))
    values = [float(x.currents[0, 1]) for x in (printed, partial, exact)]
    return Claim(
        "Eq. A.1, Q_h (Fig. 2b, k = 1e-3)",
        "lines 2-5 pair Omega_+ with Omega_+, Omega_- with Omega_-",
        f"as printed the global equation with doubled rates: {values[0]:.5g}; pairing Omega_+ with Omega_-: "
        f"{values[1]:.5g}; exact {values[2]:.5g}",
        _judge(values[0], values[1], values[2], 1e-4),
    )


def _appendix(build: Any, k: float) -> tuple[_Modes, np.ndarray]:
    """The stationary (n_+, n_-, d, s) of Eqs. A.2, A.3, which are right as printed."""
    m = _modes(build(k))
    tan, ratio = np.tan(m.angle), np.sqrt(m.frequencies[0] / m.frequencies[1])
    plus, minus = (tan, -1 / tan), (1 / tan, -tan)  # on (cold, hot)
    b = np.zeros(4)
    b[:2] = m.up.sum(1)
    b[3] = ratio * m.up[0] @ plus + m.up[1] @ minus / ratio
    matrix = np.diag([*m.delta.sum(1), *[m.delta.sum() / 2] * 2])
    matrix[0, 3], matrix[3, 1] = m.delta[1] @ minus / ratio / 2, m.delta[1] @ minus / ratio
    matrix[1, 3], matrix[3, 0] = ratio * m.delta[0] @ plus / 2, ratio * m.delta[0] @ plus
    matrix[2, 3] = m.frequencies[1] - m.frequencies[0]
    matrix[3, 2] = -matrix[2, 3]
    return m, np.linalg.solve(matrix, -b)


def _a4() -> Claim:
    m, y = _appendix(fig2b, 1e-3)
    true = float(solve("partial Redfield", fig2b, 1e-3).covariance[0, 0, 3])
    ratio, c, s = np.sqrt(m.frequencies[0] / m.frequencies[1]), np.cos(m.angle), np.sin(m.angle)

    def rotated(minus_plus: float, plus_minus: float) -> float:
        """<x_c p_h> from <eta_- Pi_+> and <eta_+ Pi_->."""
        return c * c * plus_minus - s * s * minus_plus

    printed = rotated(-y[2] / ratio / 2, ratio * y[2] / 2)
    corrected = rotated(ratio * y[2] / 2, -y[2] / ratio / 2)
    return Claim(
        "Eq. A.4, <x_c p_h> (Fig. 2b, k = 1e-3)",
        "Gamma_14 ~ -<d>, Gamma_23 ~ +<d>",
        f"{printed:+.5f} as printed, {corrected:+.5f} with the two interchanged; solved {true:+.5f}",
        _judge(printed, corrected, true),
    )


def _a5() -> Claim:
    m, y = _appendix(fig2b, 1e-3)
    true = float(solve("partial Redfield", fig2b, 1e-3).currents[0, 0])
    w, n, tan = m.frequencies, y[:2], np.tan(m.angle)
    printed = np.sum(w * (m.down[:, 0] * n - m.up[:, 0] * (1 + n)))
    mixed = (m.down[1, 0] - m.up[1, 0]) / tan + (m.down[0, 0] - m.up[0, 0]) * tan
    printed += np.sqrt(w[0] * w[1]) * y[3] * mixed / 2
    return Claim(
        "Eq. A.5, Q_c (Fig. 2b, k = 1e-3)",
        "sign as printed, into the system",
        f"{printed:+.5g} as printed, {-printed:+.5g} with the other sign; solved {true:+.5g}",
        _judge(printed, -printed, true),
    )
