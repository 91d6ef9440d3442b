"""Claims of González et al. 2017 about validity: Redfield against exact, chains, the frequency shift."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import qtjax as qt

from .._curves import Steady, infidelity, steady
from .._report import Claim, numbers, verdict
from ._comparison import distance, error, hot_current, potential, solve
from ._systems import CUTOFF, DETUNING, STRENGTH, chain, fig2a, fig2b, wire


def lamb_shifted(build: Callable[..., qt.OpenSystem], *columns: Any) -> Steady:
    """Redfield with Lamb shift and counterterm."""
    return steady(qt.redfield_equation(lamb_shift=True), build, *columns)


def redfield(quick: bool) -> list[Claim]:
    """End of Sec. III: exact = partial Redfield where the Born-Markov approximation holds."""
    cutoffs = np.array([1e3, 1e2, 1e1])
    detuned = lambda c, s: wire(0.3, hot_frequency=2.0, cutoff=c, strength=s)  # noqa: E731
    slope = error("partial Redfield", detuned, cutoffs, 1e-5) / 1e-5
    strengths = np.array([1e-3, 1e-4])
    floor = distance("partial Redfield", detuned, CUTOFF, strengths)
    cold = lambda s: wire(0.3, hot_frequency=2.0, cold=0.1, hot=0.2, strength=s)  # noqa: E731
    frozen = distance("partial Redfield", cold, np.array([1e-3, 1e-4]))
    chilly = float(error("partial Redfield", cold, 1e-3)[0])
    lopsided = lambda s: wire(s, strength=s * np.array([1.0, 5.0]), cutoff=10.0)  # noqa: E731
    s = np.array([1e-3, 1e-4, 1e-5])
    persistent = error("partial Redfield", lopsided, s)
    coherence = {
        name: float(solve(name, fig2b, 10.0).covariance[0, 0, 3]) for name in ("exact", "partial Redfield", "Redfield")
    }
    apart = float(hot_current("partial Redfield", fig2b, 10.0)[0] / hot_current("Redfield", fig2b, 10.0)[0] - 1)
    off = coherence["partial Redfield"] / coherence["exact"] - 1
    found = [
        Claim(
            "Partial Redfield = exact, equal nodes (Sec. III)",
            "state and currents perfectly coincide (Born-Markov)",
            f"current error/strength = {numbers(slope, 2)} at Lambda = 1e3, 1e2, 10 (k = 0.3, w = (1, 2), "
            f"strength 1e-5); 1-F = {numbers(floor, 2)} at strength 1e-3, 1e-4",
            verdict(bool(np.abs(slope).max() < 1 and floor[0] < 1e-6 and floor[1] < floor[0])),
        ),
        Claim(
            "The same at low temperature",
            "strength << T suffices",
            f"T = (0.1, 0.2): 1-F = {numbers(frozen, 2)} at strength 1e-3, 1e-4; current off by {chilly:.1e}",
            verdict(bool(frozen.max() < 1e-6), abs(chilly) < 1e-3),
        ),
        Claim(
            "The same, strengths 1:5, k = strength, Lambda = 10",
            "perfectly coincide as strength -> 0",
            f"current error {numbers(persistent, 4)} at strength {numbers(s, 1)}"
            + ("" if quick else f"; with Lamb shift and counterterm {numbers(_lamb_error(lopsided, s), 2)}"),
            verdict(bool(abs(persistent[-1]) < 0.1 * abs(persistent[0]))),
        ),
        Claim(
            "Partial against full Redfield (App. A)",
            "the channel Omega_+ - Omega_- is what matters",
            f"Fig. 2b, k = 10: currents differ by {apart:.0e}, but Gamma_14 = "
            f"{coherence['partial Redfield']:.3e} against {coherence['Redfield']:.3e} and exact "
            f"{coherence['exact']:.3e}: {off:+.0%}",
            verdict(abs(off) < 0.1, abs(apart) < 1e-5),
        ),
    ]
    return found if quick else [*found, _lamb_is_worse()]


def _lamb_error(build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    return lamb_shifted(build, *columns).currents[:, -1] / hot_current("exact", build, *columns) - 1


def _lamb_is_worse() -> Claim:
    k = np.array([0.1])
    bare = distance("Redfield", fig2a, k)[0]
    shifted = infidelity(solve("exact", fig2a, k).covariance, lamb_shifted(fig2a, k).covariance)[0]
    errors = [float(error("Redfield", fig2a, k)[0]), float(_lamb_error(fig2a, k)[0])]
    return Claim(
        "Ignoring the Lamb shift (Sec. II A)",
        "a mere shift of order strength, ignored",
        f"Fig. 2a, k = 0.1: Redfield 1-F = {bare:.2g} without, {shifted:.2g} with Lamb shift and counterterm; "
        f"current errors {numbers(errors, 2)}",
        verdict(bool(bare < 1e-6 and bare < shifted)),
    )


def chains(quick: bool) -> list[Claim]:
    """Sec. II D and V: arbitrarily long chains."""
    if quick:
        return []
    k = np.array([1e-4, 1e-3, 1e-2])
    resonant = {
        n: error("local", lambda x, n=n: chain(x, frequencies=np.ones(n), temperatures=np.array([2.0, 3.0])), k)
        for n in (3, 5)
    }
    weak = np.array([1e-4, 1e-2])
    squares = np.array([1.0, 1.69, 0.64])
    ends = functools.partial(
        chain,
        frequencies=np.sqrt(squares),
        temperatures=np.array([1.0, 2.0]),
        strengths=np.array([1e-3, 2e-3]),
        cutoffs=np.array([50.0, 30.0]),
    )
    found = {name: solve(name, ends, weak) for name in ("exact", "local", "global")}
    middle = {name: _occupation(x.covariance[0, 2:4, 2:4], squares[1]) for name, x in found.items()}
    ratio = float(found["local"].currents[0, -1] / found["exact"].currents[0, -1])
    apart = {name: infidelity(found["exact"].covariance, found[name].covariance) for name in ("local", "global")}
    everywhere = functools.partial(
        chain,
        frequencies=np.sqrt(squares),
        temperatures=np.array([1.0, 1.5, 2.0]),
        strengths=np.array([1e-3, 1.5e-3, 2e-3]),
        cutoffs=np.array([50.0, 40.0, 30.0]),
    )
    full = {name: solve(name, everywhere, weak) for name in ("exact", "local")}
    restored = float(infidelity(full["exact"].covariance, full["local"].covariance)[0])
    doubled = float(full["local"].currents[0, -1] / full["exact"].currents[0, -1])
    small = np.array([1e-3, 1e-4, 1e-5])
    interior = error(
        "partial Redfield",
        lambda s, c: chain(s, frequencies=np.ones(3), temperatures=np.array([2.0, 3.0]), strengths=s, cutoffs=c),
        small,
        10.0,
    )
    return [
        Claim(
            "Long chains, resonant (Secs. II D, V)",
            "any length captured by the local equation if k is weak",
            f"current errors at k = {numbers(k, 1)}: {numbers(resonant[3], 2)} (N = 3), "
            f"{numbers(resonant[5], 2)} (N = 5)",
            verdict(bool(max(np.abs(e).max() for e in resonant.values()) < 1e-2)),
        ),
        Claim(
            "Long chains, detuned (Secs. II D, V)",
            "any length captured by the local equation if k is weak",
            f"N = 3, w^2 = {numbers(squares)}: middle node occupied {middle['exact']:.4f} exact, "
            f"{middle['global']:.4f} global, {middle['local']:.4f} local; 1-F(local) = "
            f"{numbers(apart['local'], 3)} at k = {numbers(weak, 1)}; current local/exact = {ratio:.3g}. A bath "
            f"on every node: 1-F = {restored:.1e}, local/exact = {doubled:.2g}",
            verdict(bool(apart["local"][0] < 1e-4)),
        ),
        Claim(
            "Chain of 3, k = strength, Lambda = 10 (Sec. III)",
            "partial Redfield = exact",
            f"current error {numbers(interior, 3)} at strength {numbers(small, 1)}",
            verdict(bool(abs(interior[-1]) < 0.1 * abs(interior[0]))),
        ),
    ]


def _occupation(covariance: np.ndarray, square: float) -> float:
    """<n> of one node from its covariance."""
    w = np.sqrt(square)
    return float((w * covariance[0, 0] + covariance[1, 1] / w) / 2 - 0.5)


def renormalisation(quick: bool) -> list[Claim]:
    """Above Eq. 28: the bare frequencies need to be shifted."""
    del quick
    bare = functools.partial(wire, hot_frequency=np.sqrt(1 + DETUNING), counterterm=False)
    resonant = functools.partial(wire, counterterm=False)
    exact, shifted = solve("exact", bare, 1e-3), solve("exact", fig2b, 1e-3)
    softest = float(np.linalg.eigvalsh(potential(fig2b(1e-3)) - STRENGTH * CUTOFF * np.eye(2))[0])
    unstable = bool(np.isnan(solve("exact", lambda s: resonant(1e-3, strength=s), 1.001e-3).covariance).all())
    lost = float(infidelity(shifted.covariance, exact.covariance)[0])
    x2 = (float(exact.covariance[0, 0, 0]), float(shifted.covariance[0, 0, 0]))
    flow = (float(exact.currents[0, -1]), float(shifted.currents[0, -1]))
    return [
        Claim(
            "Frequency shift (above Eq. 28)",
            "needed to compensate the distortion by the baths",
            f"strength x Lambda = {STRENGTH * CUTOFF:g} = w_c^2. Without it (Fig. 2b, k = 1e-3): smallest "
            f"eigenvalue of the potential {softest:.1e}, <x_c^2> = {x2[0]:.3g} for {x2[1]:.3g}, Q_h = "
            f"{flow[0]:.4g} for {flow[1]:.4g}, 1-F = {lost:.4f}; at strength 1.001e-3, w_h = w_c: "
            f"{'unstable' if unstable else 'stable'}",
            verdict(lost > 0.1),
        )
    ]
