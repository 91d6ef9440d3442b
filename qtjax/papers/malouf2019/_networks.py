"""Claims of Malouf et al. 2019 about any network: signs, equilibrium, other entropies, the second law."""

import numpy as np

from .._report import Claim, numbers, verdict
from ..levy2014._systems import fig3 as levy
from ._comparison import Steady, random_example, steady, transient
from ._squeezed import squeezed
from ._systems import network


def networks(quick: bool) -> list[Claim]:
    """Secs. III and V."""
    random = np.random.default_rng(2019)
    examples = [random_example(3, random) for _ in range(40 if quick else 200)]
    solved = [steady(network(e.hopping, range(3), e.rates, e.occupations)) for e in examples]
    return [
        _affinities([e.occupations for e in examples], solved),
        _balance(),
        _positivity(solved),
        _von_neumann(),
        _cold(),
        _levy(),
    ]


def _affinities(occupations: list[np.ndarray], solved: list[Steady]) -> Claim:
    """A current into k from l, against 1/(n_k + 1/2) - 1/(n_l + 1/2)."""
    products = []
    for n, found in zip(occupations, solved, strict=True):
        inverse = 1 / (n + 0.5)
        products.append(found.bonds * (inverse[:, None] - inverse[None, :]))
    least = np.array([p.min() for p in products])
    against = least < -1e-9
    worst = int(least.argmin())
    total = products[worst].sum() / 2
    sums = max(abs(p.sum() / 2 / s.production.sum() - 1) for p, s in zip(products, solved, strict=True))
    return Claim(
        "Sign of j_kl (below Eq. 26)",
        "that of its affinity, as Pi >= 0",
        f"not for three nodes or more: a bond runs against its affinity in {against.sum()} of {len(solved)} random "
        f"resonant ones with a bath on each node, down to a term of {least.min():.2e} in a sum (Eq. 26) of "
        f"{total:.2e}; only the sum is >= 0 (it is Pi within {sums:.0e})",
        verdict(not against.any()),
    )


def _balance() -> Claim:
    """Pi - Phi against differences of the entropy, from a squeezed and displaced state."""
    example = random_example(3, np.random.default_rng(5), detuning=0.1)
    system = network(example.hopping, range(3), example.rates, example.occupations)
    state = squeezed()
    step = 0.02
    found = transient(system, state, 3.0 + step * np.arange(-2, 3))
    slope = float(np.array([1, -8, 0, 8, -1]) @ found.entropy / (12 * step))
    rates = float(found.production.sum() - found.flux.sum())
    return Claim(
        "Balance of entropy (Eqs. 14 to 20)",
        "dS/dt = Pi - Phi, Pi >= 0",
        f"three nodes from a squeezed, displaced state, t = 3: {rates:.8f}, differences of S {slope:.8f}; Pi of the "
        f"baths = {numbers(found.production, 4)}",
        verdict(abs(slope / rates - 1) < 1e-6 and found.production.min() > 0),
    )


def _positivity(solved: list[Steady]) -> Claim:
    least = min(float(s.production.min()) for s in solved)
    example = random_example(3, np.random.default_rng(7))
    equal = steady(network(example.hopping, range(3), example.rates, np.full(3, 0.7)))
    alone = steady(network(np.diag(np.diagonal(example.hopping)), range(3), example.rates, example.occupations))
    zeros = [abs(float(s.production.sum())) for s in (equal, alone)]
    return Claim(
        "Zero of Pi (Eqs. 17, 23)",
        "Pi_k >= 0, zero only in equilibrium; hopping sustains it",
        f"Pi_k >= {least:.1e} in {len(solved)} random networks; {zeros[0]:.0e} with equal occupations, "
        f"{zeros[1]:.0e} without hopping",
        verdict(least > 0 and max(zeros) < 1e-14),
    )


def _clausius(occupations: tuple[float, float]) -> tuple[float, float]:
    """(Wigner, von Neumann) production of two equal nodes, per quantum that flows."""
    hopping = np.array([[1.0, 0.1j, 0], [-0.1j, 1.0, 0], [0, 0, 1.0]])
    system = network(hopping, range(3), 0.1, np.array([*occupations, 1.0]))
    found = steady(system)
    current = found.bonds[0, 1]
    with np.errstate(divide="ignore"):
        entropy = -np.sum(found.heat[:2] / np.asarray(system.temperatures)[:2])
    return float(found.production.sum() / current), float(entropy / current)


def _von_neumann() -> Claim:
    pairs = ((20.0, 40.0), (1.0, 2.0), (0.01, 0.02))
    found = np.array([_clausius(pair) for pair in pairs])
    apart = np.abs(found[:, 0] / found[:, 1] - 1)
    return Claim(
        "Wigner and von Neumann entropy (below Eq. 12)",
        "entirely equivalent for Gaussian states",
        "in sign only: two equal nodes produce "
        + "; ".join(f"{w:.4g} and {v:.4g}" for w, v in found)
        + " per quantum (Wigner and von Neumann) at n = "
        + ", ".join(f"({a:g}, {b:g})" for a, b in pairs)
        + ": 1/(n + 1/2) against ln(1 + 1/n)",
        verdict(bool(apart.max() < 1e-3), bool(np.all(found > 0) and apart[0] < 1e-3)),
    )


def _cold() -> Claim:
    wigner, neumann = _clausius((0.0, 1.0))
    return Claim(
        "Zero temperature (Sec. V)",
        "valid where von Neumann's is problematic",
        f"two equal nodes, n = (0, 1): {wigner:.6g} per quantum, von Neumann {neumann:g}",
        verdict(bool(np.isfinite(wigner) and wigner > 0 and np.isinf(neumann))),
    )


def _levy() -> Claim:
    system = levy(0.5)
    found = steady(system)
    clausius = float(-np.sum(found.heat / np.asarray(system.temperatures)))
    return Claim(
        "Second law (Secs. I, III)",
        "Pi >= 0 as a consequence of the second law",
        f"Levy and Kosloff's oscillators (Fig. 3, eps = 0.5), where heat flows from cold to hot: Pi = "
        f"{found.production.sum():+.9e}, Clausius {clausius:+.9e}. Pi refers to n_k, not T_k: unless all frequencies "
        "are equal it does not tell",
        verdict(clausius >= 0, bool(found.production.sum() > 0)),
    )
