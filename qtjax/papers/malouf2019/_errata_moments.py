"""Appendices A, B and D of Malouf et al. 2019 as printed, and corrected where they fail, against qtjax."""

from typing import Any

import numpy as np

from .._report import Claim, Verdict
from ._chain import Chain
from ._comparison import NODES, hopping, steady
from ._squeezed import PLUS, Squeezed, blocks, squeezed_network
from ._systems import chain

_ROUNDING = 1e-10


def judge(printed: float, corrected: float, tolerance: float = _ROUNDING) -> Verdict:
    """confirmed where the printed formula is within tolerance; erratum where only the corrected one is."""
    if printed <= tolerance:
        return "confirmed"
    return "erratum" if corrected <= tolerance else "not confirmed"


def _off(found: Any, true: Any) -> float:
    """The largest deviation, in units of the largest element."""
    return float(np.abs(np.asarray(found) - true).max() / np.abs(true).max())


def moment_errata(quick: bool) -> list[Claim]:
    """Each formula evaluated as printed and corrected."""
    example = squeezed_network()
    return [*_appendix_a(example), *_generator(example), *_lyapunov(example), *_chain_equations(), _phase(example)]


def _appendix_a(example: Squeezed) -> list[Claim]:
    theta, (c, s) = example.theta, example.second
    entries = [_off(x, theta[1, 0]) for x in (c[0, 0], s[0, 0].conj())]
    printed = blocks(0.5, np.tile(np.diagonal(c)[:, None], 3), s)
    index, right = blocks(0.5, c.T, s), blocks(0.5, c, s)
    inverse, whole = np.linalg.inv(theta), c + np.eye(3) / 2

    def a6(half: float, c: np.ndarray) -> np.ndarray:
        b = np.linalg.inv(c - s @ np.linalg.inv(c).T @ s.conj())
        return blocks(half, b, -np.linalg.inv(c) @ s @ b.T)

    _, volume = np.linalg.slogdet(theta)
    entropy = abs((3 * (1 + np.log(np.pi)) + volume / 2) / example.entropy - 1)
    wrong, fixed = _off(a6(0.5, c), inverse), _off(a6(0.0, whole), inverse)
    return [
        Claim(
            "Eq. A2, Theta_21 and Theta_43",
            "<a_k^dagger a_k>",
            f"<a_k^dagger a_k^dagger>: off by {entries[0]:.2g} of it as printed, {entries[1]:.0e} so",
            judge(*entries),
        ),
        Claim(
            "Eq. A3a, C_ij",
            "<a_i^dagger a_i> - ...",
            f"<a_j^dagger a_i>: Eq. A4 is off by {_off(printed, theta):.2g} of Theta as printed, "
            f"{_off(index, theta):.2g} with <a_i^dagger a_j>, {_off(right, theta):.0e} with <a_j^dagger a_i>",
            judge(_off(printed, theta), _off(right, theta)),
        ),
        Claim(
            "Eqs. 12, A5, Wigner entropy",
            "of a Gaussian of covariance Theta",
            f"L (1 + ln pi) + ln(det Theta)/2, off by {entropy:.0e}: -int W ln W over d^2 alpha of each mode",
            judge(float(entropy), float(entropy)),
        ),
        Claim(
            "Eq. A6, Theta^-1",
            "1/2 + B x s+s- + ..., B = [C - S (C^-1)^T S*]^-1",
            f"no 1/2, and C + 1/2 for C, also for S = 0: off by {wrong:.2g} of it as printed, {fixed:.0e} so",
            judge(wrong, fixed),
        ),
    ]


def _generator(example: Squeezed) -> list[Claim]:
    h, double = example.h, np.kron(np.diag(example.gamma), np.eye(2))

    def b2(product: np.ndarray) -> np.ndarray:
        return -1j * np.kron(h, product) + 1j * np.kron(h.conj(), PLUS.T @ PLUS) - double / 2

    off = [_off(b2(PLUS @ x), example.drift) for x in (PLUS, PLUS.T)]
    source = _off(np.kron(np.diag(example.f), np.eye(2)) + double / 2, example.source)
    return [
        Claim(
            "Eq. B2, W",
            "-i H x s+s+ + ...",
            f"s+s+ is zero; s+s-: off by {off[0]:.2g} of the drift as printed, {off[1]:.0e} so",
            judge(*off),
        ),
        Claim(
            "Eqs. B1, B3, F = f + Gamma/2",
            "source of the Lyapunov equation",
            f"within {source:.0e} of the diffusion",
            judge(source, source),
        ),
    ]


def _lyapunov(example: Squeezed) -> list[Claim]:
    h, gamma, (c, s) = example.h, np.diag(example.gamma), example.second
    true = example.velocity[0::2, 0::2], example.velocity[0::2, 1::2]

    def equation(sign: float) -> tuple[float, float]:
        b4a = 1j * (c @ h - h @ c) + sign * (c @ gamma + gamma @ c) + np.diag(example.f)
        b4b = -1j * (s @ h.conj() + h @ s) + sign * (s @ gamma + gamma @ s)
        return _off(b4a, true[0]), _off(b4b, true[1])

    printed, corrected = equation(1.0), equation(-0.5)
    return [
        Claim(
            f"Eq. {name}",
            f"+{{{matrix}, Gamma}}",
            f"-{{{matrix}, Gamma}}/2: off by {printed[i]:.2g} of d{matrix}/dt as printed, {corrected[i]:.0e} so",
            judge(printed[i], corrected[i]),
        )
        for i, (name, matrix) in enumerate((("B4a", "C"), ("B4b", "S")))
    ]


def _chain_equations() -> list[Claim]:
    """B5, D1 and D3 on the steady state of a chain."""
    form = Chain(10, 0.37, 0.11, 0.023, (0.0, 3.1))
    found = steady(chain(*form, idle=NODES - form.sites))
    n = form.sites
    c = found.moments.c[:n, :n]
    h = form.hopping * 1j * (np.eye(n, k=1) - np.eye(n, k=-1))
    ends = np.zeros((2, n))
    ends[0, [0, -1]], ends[1, [0, -1]] = form.gamma, form.gamma * np.array(form.occupations)
    real, source = (np.diag(x) for x in ends)
    spread = np.diag(np.diagonal(c))

    def d3(sign: float) -> float:
        rest = 1j * (c @ h - h @ c) + sign * (c @ real + real @ c) + source + form.probe_rate * (spread - c)
        return float(np.abs(rest).max() / np.abs(c @ real).max())

    whole = real + form.probe_rate * np.eye(n)

    def b5(sign: float) -> float:
        rest = 1j * (c @ h - h @ c) + sign * (c @ whole + whole @ c) + source + form.probe_rate * spread
        return float(np.abs(rest).max() / np.abs(c @ real).max())

    fits = np.diagonal(whole).shape == np.diagonal(np.eye(2 * n)).shape
    return [
        Claim(
            "Eqs. B5, D3",
            "+{C, Gamma}",
            f"-{{C, Gamma}}/2: residuals {b5(1.0):.2g} and {d3(1.0):.2g} of gamma <n_L> as printed, {b5(-0.5):.0e} and "
            f"{d3(-0.5):.0e} so (chain of 10)",
            judge(min(b5(1.0), d3(1.0)), max(b5(-0.5), d3(-0.5))),
        ),
        Claim(
            "Eq. D1",
            "Gamma_r + Gamma 1_2L",
            f"1_L: the diagonal has L entries, as C; with it the residual of Eq. B5 is {b5(-0.5):.0e} (L = 10)",
            judge(0.0 if fits else np.inf, b5(-0.5)),
        ),
    ]


def _phase(example: Squeezed) -> Claim:
    """H* = -H holds without the frequencies, so that S turns by 2 w more than C."""
    form = Chain(3, 0.1, 0.1, 0.05)
    h = hopping(chain(*form))
    apart, turned = _off(h.conj(), -h), _off((h - np.eye(3)).conj(), -(h - np.eye(3)))
    return Claim(
        "H* = -H (below Eq. B4b)",
        "for the phase of Eq. 27",
        f"off by {apart:.2g} of H, as H* = 2 w - H: it holds in the frame that rotates at w ({turned:.0e}), where S "
        "turns as e^(-2iwt)",
        judge(apart, turned),
    )
