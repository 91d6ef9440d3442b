"""The main text of Scali et al. 2021 as printed, and corrected where it fails, against qtjax."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._report import Claim, numbers, verdict
from ._comparison import Example, currents, judge, moments, off
from ._matrices import Pair, local, redfield, secular, secular_at_zero
from ._second_moments import TURN, listed, local_source, modes_of, rates, symmetric_square


def errata(quick: bool) -> list[Claim]:
    """Eqs. 28 to 51."""
    del quick
    example = Example()
    return [*_first_moments(example), _constant(example), *_currents(example)]


def _first_moments(example: Example) -> list[Claim]:
    pair, true = example.pair, {name: moments(name, example.system)[0] for name in _NAMES}
    equal = off(local(pair), true["local"])
    modal = TURN.T @ true["global"] @ TURN
    blocks = [off(secular(pair), true["global"]), float(np.abs(modal[:2, 2:]).max() + np.abs(modal[2:, :2]).max())]
    weak = pair._replace(coupling=1e-7)
    limit = off(secular(weak) - local(weak._replace(strengths=(0.0, 0.0))), _damping(weak, secular_at_zero))
    apart = off(_damping(weak, secular_at_zero), _damping(weak, local))
    start = off(_damping(weak, redfield), _damping(weak, local))
    whole = off(redfield(pair), true["partial Redfield"])
    wrong = {name: np.asarray(redfield(pair, printed=(name,))) for name in ("48b", "48c")}
    lower = [2 * np.array([m[2, 0], m[2, 2]]) / 2 for m in (wrong["48c"], true["partial Redfield"])]
    return [
        Claim(
            "Eqs. 34, 35 (M_L1)",
            "in w, k, Delta",
            f"off by {equal:.0e} of the drift (w = 1.1, k = 0.37, lambda^2 = (0.07, 0.31), Lambda = 3)",
            judge(equal, equal),
        ),
        Claim(
            "Eqs. 44 to 46b (M_G1)",
            "in normal modes, and turned back",
            f"off by {blocks[0]:.0e}; the blocks of the two modes are coupled by {blocks[1]:.0e}",
            judge(max(blocks), max(blocks)),
        ),
        Claim(
            "Eq. 47 (k -> 0)",
            "M_G1 -> (47), not M_L1; M_R1 -> M_L1 (49)",
            f"damping of the global equation at k = 1e-7 off by {limit:.0e} from Eq. 47, which is {apart:.2g} off the "
            f"local one; partial Redfield is {start:.0e} off it",
            verdict(limit < 1e-6 and apart > 0.1 and start < 1e-6),
        ),
        Claim(
            "Eq. 48b, row 4 column 1",
            "-2 w^2",
            f"-2 k: {wrong['48b'][3, 0]:.4g} as printed, {true['partial Redfield'][3, 0]:.4g} solved; the corrected "
            f"matrix is off by {whole:.0e}",
            judge(off(wrong["48b"], true["partial Redfield"]), whole),
        ),
        Claim(
            "Eq. 48c, M_31 and M_33",
            "Delta_h1/Omega_2 - Delta_h2/Omega_1 in M_31, + in M_33",
            f"the other way round: halves are {numbers(lower[0], 5)} as printed, {numbers(lower[1], 5)} solved; the "
            f"corrected matrix is off by {whole:.0e}",
            judge(off(wrong["48c"], true["partial Redfield"]), whole),
        ),
    ]


_NAMES = ("local", "global", "partial Redfield")


def _damping(pair: Pair, matrix: Callable[[Pair], Any]) -> np.ndarray:
    """The dissipative part of a drift."""
    return np.asarray(matrix(pair) - local(pair._replace(strengths=(0.0, 0.0))))


def _constant(example: Example) -> Claim:
    """The second moments of a random state."""
    drift, diffusion = moments("local", example.system)
    state = _random_state(28)
    flow = drift @ state
    printed, true = symmetric_square(drift) @ listed(state), listed(flow + flow.T + diffusion)
    (_, hot), (_, cold) = (rates(bath, example.frequency) for bath in example.system.baths)
    source = local_source(example.frequency, hot, cold)
    wrong, right = off(printed, true), off(printed + source, true)
    return Claim(
        "Eq. 28 for second moments",
        "d<theta>/dt = M <theta>, 14 observables",
        f"M <theta> + c, as Eq. B.1 has it: off by {wrong:.2g} as printed, {right:.0e} so (a random state); without c "
        "the covariance decays to zero",
        judge(wrong, right),
    )


def _random_state(seed: int) -> np.ndarray:
    """A covariance."""
    root = np.random.default_rng(seed).normal(size=(4, 4))
    return root @ root.T


def _currents(example: Example) -> list[Claim]:
    """Eq. 51 in a random state."""
    system, w, k = example.system, example.frequency, example.coupling
    state = _random_state(51)
    modal = TURN.T @ state @ TURN
    energies = state[1, 1] + w**2 * state[0, 0], state[3, 3] + w**2 * state[2, 2]
    each = [rates(bath, w) for bath in system.baths]
    shared = [d / 2 * (energy + k * state[0, 2]) for (d, _), energy in zip(each, energies, strict=True)]
    local_forms = [np.array([s + factor * sigma / 2 for s, (_, sigma) in zip(shared, each, strict=True)])
                   for factor in (1.0, w)]  # fmt: skip
    frequencies = modes_of(system, w, k).frequencies
    by_mode = [rates(bath, frequencies) for bath in system.baths]
    stored = np.diagonal(modal)[1::2] + frequencies**2 * np.diagonal(modal)[0::2]
    global_forms = [np.array([np.sum(d * stored + unit * s) / 4 for d, s in by_mode]) for unit in (1.0, frequencies)]
    cross = np.prod(frequencies) * modal[0, 2] + modal[1, 3]
    between = np.array([d.sum() / 4 * cross for d, _ in by_mode])
    redfield_forms = [global_forms[1] + sign * between for sign in (np.ones(2), np.array([1.0, -1.0]))]
    true = {name: currents(name, system, state) for name in _NAMES}
    return [
        Claim(
            "Eq. 51, Q_L",
            "+ Sigma/2",
            f"+ w Sigma/2: (Q_h, Q_c) = {numbers(local_forms[0], 4)} as printed, {numbers(local_forms[1], 4)} so; "
            f"solved {numbers(true['local'], 4)} (a random state, w = 1.1)",
            judge(off(local_forms[0], true["local"]), off(local_forms[1], true["local"])),
        ),
        Claim(
            "Eq. 51, Q_G",
            "+ Sigma_Omega in the sum",
            f"+ Omega Sigma_Omega: {numbers(global_forms[0], 4)} as printed, {numbers(global_forms[1], 4)} so; solved "
            f"{numbers(true['global'], 4)}",
            judge(off(global_forms[0], true["global"]), off(global_forms[1], true["global"])),
        ),
        Claim(
            "Eq. 51, Q_R",
            "Q_G + (...) for both baths",
            f"- for the cold bath: {numbers(redfield_forms[0], 4)} as printed, {numbers(redfield_forms[1], 4)} so; "
            f"solved {numbers(true['partial Redfield'], 4)}",
            judge(off(redfield_forms[0], true["partial Redfield"]), off(redfield_forms[1], true["partial Redfield"])),
        ),
    ]
