"""Currents and entropy productions of Malouf et al. 2019 as printed, and corrected where they fail, against qtjax."""

import numpy as np

from .._report import Claim, numbers, verdict
from ._chain import FIG3, Chain, productions
from ._comparison import NODES, Steady, hopping, line, random_example, steady
from ._errata_moments import judge
from ._systems import chain, network


def errata(quick: bool) -> list[Claim]:
    """Eqs. 17 to 33, C2, E1 and E2."""
    return [*_bonds(), _production(), _units(), _two_baths(), _tilde(), _closed_forms(), _cancellation(quick)]


def _bonds() -> list[Claim]:
    """25b and 24, 26 in a random network and in the chain."""
    example = random_example(3, np.random.default_rng(25))
    found = steady(network(example.hopping, range(3), example.rates, example.occupations))
    straight = Chain(10, 0.37, 0.11, 0.023)
    solved = steady(chain(*straight, idle=NODES - 10))
    h = hopping(chain(*straight, idle=NODES - 10))
    printed = float(np.abs(_printed(h, solved)[:10, :10]).max())
    imaginary = np.abs(np.imag(_printed(example.hopping, found))).max() / np.abs(found.bonds).max()
    off = np.abs(_corrected(example.hopping, found) - found.bonds).max() / np.abs(found.bonds).max()
    inverse = 1 / (example.occupations + 0.5)
    eq24 = 2 * np.sum(inverse[:, None] * np.imag(example.hopping * found.moments.c.T) * (1 - np.eye(3)))
    eq26 = np.sum(found.bonds * (inverse[:, None] - inverse[None, :])) / 2
    totals = np.array([eq24, eq26, found.flux.sum()]) / found.production.sum() - 1
    return [
        Claim(
            "Eq. 25b, j_kl",
            "-i H_kl (<a_k^dagger a_l> - <a_l^dagger a_k>)",
            f"-i (H_kl <a_k^dagger a_l> - H_lk <a_l^dagger a_k>). As printed it is {printed:.0e} for the hopping of "
            f"Eq. 27, where Eq. 30 is {straight.current:.4g} (10 sites), and has an imaginary part of {imaginary:.2g} "
            f"of the largest j in a random network; corrected off by {off:.0e}",
            judge(abs(printed / straight.current - 1), float(off)),
        ),
        Claim(
            "Eqs. 24, 26, sum of Phi_k",
            "Pi in the steady state",
            f"a random network of three: off by {numbers(totals, 1)}",
            verdict(bool(np.abs(totals).max() < 1e-10)),
        ),
    ]


def _printed(h: np.ndarray, found: Steady) -> np.ndarray:
    c = found.moments.c
    return -1j * h * (c.T - c)


def _corrected(h: np.ndarray, found: Steady) -> np.ndarray:
    c = found.moments.c
    return 2 * np.imag(h * c.T) * (1 - np.eye(len(h)))


def _production() -> Claim:
    """Eq. 17 by a cubature that is exact for squares: points along the columns of a root of the covariance."""
    example = random_example(3, np.random.default_rng(17), detuning=0.1)
    found = steady(network(example.hopping, range(3), example.rates, example.occupations))
    points = np.sqrt(6) * np.linalg.cholesky(found.covariance)
    gradient = np.linalg.solve(found.covariance, points)  # -grad ln W
    n = example.occupations + 0.5
    velocity = points - np.repeat(n, 2)[:, None] * gradient
    squares = (velocity[0::2] ** 2 + velocity[1::2] ** 2).mean(axis=1) / 2
    eq17 = example.rates / n * squares
    root = np.linalg.inv(found.covariance)
    inverse = (root[0::2, 0::2].diagonal() + root[1::2, 1::2].diagonal()) / 2
    c2 = found.flux - example.rates + example.rates * n * inverse
    off = [float(np.abs(x / found.production - 1).max()) for x in (eq17, c2)]
    return Claim(
        "Eqs. 17 and C2, Pi_k",
        "average of the squared current, closed form",
        f"each bath of a random network of three: off by {numbers(off, 1)}",
        verdict(max(off) < 1e-9),
    )


def _units() -> Claim:
    slow, fast = (steady(chain(5, 0.02, 0.1, 0.05, frequency=w)) for w in (1.0, 3.0))
    ratio = float(fast.heat[1] / slow.heat[1])
    same = float(fast.quanta[1] / slow.quanta[1])
    per_quantum = float(fast.heat[1] / fast.bonds[0, 1])
    return Claim(
        "j (Eqs. 25a, 30)",
        "energy current",
        f"quanta per time, into k from l: five sites at w = 1 and 3 carry equal j ({same:.6f}) and {ratio:.4f} x "
        f"the heat, {per_quantum:.4f} j",
        "erratum" if abs(per_quantum - 3) < 1e-6 and abs(same - 1) < 1e-9 else verdict(abs(per_quantum - 1) < 1e-6),
    )


def _two_baths() -> Claim:
    form = FIG3._replace(sites=10)
    found = steady(chain(*form, idle=NODES - 10))
    flux, total = found.flux[:2].sum(), found.production.sum()
    c = form.profile + 0.5
    own = form.current * (1 / c[0] - 1 / c[-1])
    return Claim(
        "Eq. 26 with two baths on a node (Sec. IV B)",
        "gives Eq. 31",
        f"no W_eq makes all currents vanish there (n_1 = 1, n~_1 = {form.profile[0]:.4f}); Eq. 26 with n_k of the "
        f"probes is {own / form.production:.4f} of Eq. 31, which holds bath by bath: Pi = Phi of the physical ones "
        f"within {abs(flux / total - 1):.0e}, and that is Eq. 31 within {abs(total / form.production - 1):.0e}",
        verdict(abs(own / form.production - 1) < 1e-9, abs(total / form.production - 1) < 1e-9),
    )


def _tilde() -> Claim:
    """Eq. 32 with the current of the probe, whose square averages to (Gamma/2)^2 s (s + c)/c."""
    form = FIG3._replace(sites=10)
    found = steady(chain(*form, idle=NODES - 10))
    inverse = np.diagonal(np.linalg.inv(found.covariance))[[0, 18]]
    variance = form.profile[[0, -1]] + 0.5
    bath = np.array(form.occupations) + 0.5
    printed = np.sum(form.probe_rate**2 / form.gamma * (variance - 1 / inverse) * variance * inverse / bath)
    physical = found.production[:2].sum()
    off = abs(physical / productions(form)[0] - 1)
    return Claim(
        "Eq. 32, Pi_r",
        "J~_k of Eq. 33b",
        f"J_k with gamma and n_k: {printed / physical:.2g} of Pi_r as printed (10 sites of Fig. 3), "
        f"within {off:.0e} so",
        judge(abs(printed / physical - 1), float(off)),
    )


def _closed_forms() -> Claim:
    forms = (Chain(7, 0.37, 0.11, 0.023, (0.0, 3.1)), Chain(NODES, 1e-5, 1e-5, 1e-6), Chain(2, 3e-7, 1e-6, 1e-7))
    off = np.zeros(4)
    for form in forms:
        found = line(form)
        pairs = (
            (found.occupations, form.profile),
            (found.coherences, form.coherence),
            (found.currents, form.current),
            (found.productions.sum(), form.production),
        )
        off = np.maximum(off, [float(np.abs(np.asarray(a) / b - 1).max()) for a, b in pairs])
    return Claim(
        "Eqs. 29a, 29b, 30, 31",
        "closed forms of the chain",
        f"off by {numbers(off, 1)} in three chains, L = 2, 7, {NODES}",
        verdict(bool(off.max() < 1e-9)),
    )


def _cancellation(quick: bool) -> Claim:
    """E1 and E2 in double precision."""
    lengths, off = (400, 2000), []
    for sites in lengths:
        form = FIG3._replace(sites=sites)
        theta = np.diag(form.profile + 0.5) + form.coherence * (np.eye(sites, k=1) + np.eye(sites, k=-1))
        inverse = np.diagonal(np.linalg.inv(theta))[[0, -1]]
        bath = np.array(form.occupations)
        flux = form.gamma * (form.profile[[0, -1]] - bath) / (bath + 0.5)
        e1 = np.sum(flux + form.gamma * (bath + 0.5) * inverse) - 2 * form.gamma
        off.append(float(abs(e1 / productions(form)[0] - 1)))
    return Claim(
        "Eqs. E1, E2",
        "computed readily for arbitrarily large systems",
        f"right, but their terms cancel: Pi_r is off by {numbers(off, 1)} at L = {numbers(lengths, 4)} in double "
        "precision; gamma [(c - N)^2/(N c) + s/N], c = 1/[Theta^-1]_kk, N = n + 1/2, s = <n> + 1/2 - c does not cancel",
        verdict(off[-1] < 1e-12, off[0] < 1e-6),
    )
