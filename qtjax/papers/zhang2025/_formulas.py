"""Formulas of Zhang et al. 2025 as they are printed, in NumPy: eigenstates, eigenoperators, Appendices B and C."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from ._systems import CUTOFF

SIGNS = (1, -1, 2, -2)  # the index mu of the eigenoperators


class Bath(NamedTuple):
    """gamma and T; the rest is Eqs. 13 to 17."""

    strength: float
    temperature: float

    def transform(self, frequency: float) -> complex:
        """Gamma(w) = G(w) + i S(w)."""
        return complex(qt.Drude(self.strength, CUTOFF).half_sided(jnp.asarray(frequency, float), self.temperature))

    def density(self, frequency: float) -> float:
        """J(w)."""
        return float(qt.Drude(self.strength, CUTOFF)(jnp.asarray(frequency, float)))

    def occupation(self, frequency: float) -> float:
        """n(w)."""
        return float(1 / np.expm1(frequency / self.temperature))

    def shift_slope(self, frequency: float) -> float:
        """dS/dw."""
        shift = lambda w: jnp.imag(qt.Drude(self.strength, CUTOFF).half_sided(w, self.temperature))  # noqa: E731
        return float(jax.jvp(shift, (frequency,), (1.0,))[1])


class Formulas(NamedTuple):
    """The pair of Eq. 1 with its two baths; |1> is the excited state, and the order is |11>, |10>, |01>, |00>."""

    first: float
    second: float
    coupling: float
    baths: tuple[Bath, Bath]

    @property
    def levels(self) -> tuple[float, float]:
        """alpha and beta, Eq. 2."""
        half = lambda e: float(np.hypot(e / 2, self.coupling))  # noqa: E731
        return half(self.first - self.second), half(self.first + self.second)

    @property
    def angles(self) -> tuple[float, float]:
        """phi_+ and phi_-, Eqs. 3 and 6."""
        theta = np.arctan2(2 * self.coupling, self.first - self.second)
        phi = np.arctan2(2 * self.coupling, self.first + self.second)
        # Uncoupled equal qubits: the limit g -> 0 of Appendix C.
        theta = np.pi / 2 if self.coupling == 0 and self.first == self.second else theta
        return (theta + phi) / 2, (theta - phi) / 2

    @property
    def eigenstates(self) -> np.ndarray:
        """|s_1>, ..., |s_4> as columns, with the phases printed after Eq. 2."""
        plus, minus = self.angles
        phi, theta = (plus - minus) / 2, (plus + minus) / 2
        states = np.zeros((4, 4))
        states[[3, 0], 0] = np.sin(phi), np.cos(phi)
        states[[3, 0], 3] = np.cos(phi), -np.sin(phi)
        states[[1, 2], 1] = np.cos(theta), np.sin(theta)
        states[[1, 2], 2] = -np.sin(theta), np.cos(theta)
        return states

    def seen(self, matrix: np.ndarray) -> np.ndarray:
        """Operators (..., 4, 4) in the basis of the eigenstates."""
        return self.eigenstates.T @ matrix @ self.eigenstates

    @property
    def frequencies(self) -> tuple[float, float]:
        """omega_1 and omega_2, Eq. 6."""
        alpha, beta = self.levels
        return beta - alpha, beta + alpha

    def frequency(self, mu: int) -> float:
        """omega_mu."""
        return float(np.sign(mu)) * self.frequencies[abs(mu) - 1]

    def eigenoperators(self, *, printed: bool = False) -> list[dict[int, np.ndarray]]:
        """V_j(omega_mu) before Eq. 6, in the eigenbasis; the prefactors at omega_2 corrected unless `printed`."""
        plus, minus = self.angles
        cos, sin = (np.cos(minus), np.sin(plus)) if printed else (np.cos(plus), np.sin(minus))
        jump = lambda to, start: np.outer(np.eye(4)[to - 1], np.eye(4)[start - 1])  # noqa: E731
        up = [
            {1: np.sin(plus) * (jump(2, 1) - jump(4, 3)), 2: cos * (jump(4, 2) + jump(3, 1))},
            {1: np.cos(minus) * (jump(2, 1) + jump(4, 3)), 2: sin * (jump(4, 2) - jump(3, 1))},
        ]
        return [operators | {-mu: v.T for mu, v in operators.items()} for operators in up]

    def weights(self, mu: int) -> tuple[float, float]:
        """What the tilde of Appendix B puts before F_1 and F_2 at omega_mu."""
        plus, minus = self.angles
        if abs(mu) == 1:
            return np.sin(plus) ** 2, np.cos(minus) ** 2
        return np.cos(plus) ** 2, np.sin(minus) ** 2

    def tilde(self, mu: int, sign: int = 1) -> complex:
        """G~_+-(omega_mu) + i S~_+-(omega_mu)."""
        one, two = (
            w * bath.transform(self.frequency(mu)) for w, bath in zip(self.weights(mu), self.baths, strict=True)
        )
        return one + sign * two

    def bar(self, mu: int, sign: int = 1) -> complex:
        """G-_+-(omega_mu) + i S-_+-(omega_mu)."""
        one, two = (
            np.sin(a) * np.cos(a) * b.transform(self.frequency(mu))
            for a, b in zip(self.angles, self.baths, strict=True)
        )
        return one + sign * two

    @property
    def populations(self) -> np.ndarray:
        """rho_pd^(0) after Eq. B3, the steady state of the Lindblad equation."""
        up, down = ({mu: self.tilde(s * mu).real for mu in (1, 2)} for s in (-1, 1))
        found = np.array([up[1] * up[2], down[1] * up[2], up[1] * down[2], down[1] * down[2]])
        return found / found.sum()

    @property
    def coherences(self) -> np.ndarray:
        """lambda^2 rho_14^(2) and lambda^2 rho_23^(2), Eqs. B4 and B5."""
        g, h = ({mu: self.bar(mu, sign) for mu in SIGNS} for sign in (1, -1))  # G + i S
        p, m = ({mu: z.conjugate() for mu, z in x.items()} for x in (g, h))  # G - i S
        outer = [p[2] - p[1], p[2] + g[-1], -p[1] - g[-2], g[-1] - g[-2]]  # M_ii(1,4)
        inner = [m[2] + h[1], m[2] - m[-1], h[1] - h[-2], -m[-1] - h[-2]]  # M_ii(2,3)
        alpha, beta = self.levels
        return np.array([np.dot(outer, self.populations) / (2j * beta), np.dot(inner, self.populations) / (2j * alpha)])

    def m13_21(self, *, printed: bool = False) -> complex:
        """M_13(2,1) of Appendix B; the index of its second terms corrected unless `printed`."""
        first, second = self.bar(1, -1), self.bar(-2, 1 if printed else -1)
        return first.real + second.real + 1j * (first.imag - second.imag)

    @property
    def lindblad_current(self) -> float:
        """J_1^L of Eqs. 24 to 26, with the delta_i that Tr[(H_S + H_LS) L_1] gives (not printed)."""
        one, two = self.baths
        total = 0.0
        for mu in (1, 2):
            w, weights = self.frequency(mu), self.weights(mu)
            odd = [(bath.transform(w) - bath.transform(-w)).imag for bath in self.baths]
            amplitude = 2 * weights[0] * weights[1] * one.density(w) * two.density(w)
            amplitude /= (self.tilde(mu) + self.tilde(-mu)).real
            total += amplitude * (one.occupation(w) - two.occupation(w)) * (w + np.dot(weights, odd))
        return float(total)

    @property
    def mean_force(self) -> np.ndarray:
        """Eq. 20 in the eigenbasis, summed over the baths, which have one temperature."""
        alpha, beta = self.levels
        weight = np.exp(-np.array([beta, alpha, -alpha, -beta]) / self.baths[0].temperature)
        tau = np.diag(weight / weight.sum())
        found = tau.astype(complex)
        for bath, v in zip(self.baths, self.eigenoperators(), strict=True):
            shift = {mu: bath.transform(self.frequency(mu)).imag for mu in SIGNS}
            for mu in SIGNS:
                square = v[mu].T @ v[mu]
                found -= tau @ (square - np.trace(tau @ square) * np.eye(4)) * shift[mu] / bath.temperature
                found -= _commutator(v[mu], tau @ v[mu].T) * bath.shift_slope(self.frequency(mu))
                for nu in SIGNS:
                    if nu != mu:
                        both = _commutator(v[mu].T, v[nu] @ tau) + _commutator(tau @ v[nu].T, v[mu])
                        found -= both * shift[nu] / (self.frequency(mu) - self.frequency(nu))
        return found


def _commutator(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a @ b - b @ a


def single_sum(formulas: Formulas) -> np.ndarray:
    """Eq. A2 as printed, one sum over mu, as a superoperator on matrices of the eigenbasis stacked row by row."""
    found = np.zeros((16, 16), complex)
    one = np.eye(4)
    for bath, operators in zip(formulas.baths, formulas.eigenoperators(), strict=True):
        for mu, v in operators.items():
            gamma = bath.transform(formulas.frequency(mu))
            half = gamma * (np.kron(v, v) - np.kron(v.T @ v, one))  # Gamma [V rho, V^dagger]; real operators
            other = gamma.conjugate() * (np.kron(v, v) - np.kron(one, v.T @ v))
            found += half + other
    return found


def local_product(splitting: float, hot: float, cold: float) -> np.ndarray:
    """The steady state of Appendix C, for g -> 0 and equal qubits, in the eigenbasis."""
    n1, n2 = (float(1 / np.expm1(splitting / t)) for t in (hot, cold))
    state = np.diag([n1 * n2, *[n1 * n2 + (n1 + n2) / 2] * 2, (n1 + 1) * (n2 + 1)])
    state[1, 2] = state[2, 1] = (n2 - n1) / 2
    return state / ((1 + 2 * n1) * (1 + 2 * n2))
