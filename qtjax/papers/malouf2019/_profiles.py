"""Claims of Malouf et al. 2019 about Fig. 2: profiles of the chain, and the currents behind them."""

import numpy as np

from .._report import Claim, numbers, verdict
from ._chain import FIG3, Chain
from ._comparison import NODES, line


def profiles(quick: bool) -> list[Claim]:
    """Fig. 2, and the currents behind it."""
    hoppings = (1e-6, 1e-5, 1e-4)
    flat = [line(Chain(10, x, 1e-5, 0.0)).occupations for x in hoppings]
    spread = max(float(np.ptp(n[1:-1])) for n in flat)
    inclined = [Chain(10, x, 1e-5, 1e-6) for x in hoppings] + [Chain(10, 1e-5, 1e-5, x) for x in (1e-7, 1e-5)]
    inclined += [Chain(x, 1e-5, 1e-5, 1e-6) for x in (20, NODES)]
    steps = [np.diff(line(form).occupations) for form in inclined]
    uneven = max(float(np.ptp(s[1:-1]) / s[1:-1].mean()) for s in steps)
    jump = [s[0] / s[1] for s in (steps[1], steps[-1])]
    return [
        Claim(
            "Ballistic profile (Eq. 29a, Fig. 2a)",
            "Gamma = 0: independent of k but for both ends",
            f"the 8 inner sites of 10 agree within {spread:.0e}; the ends have {numbers([n[0] for n in flat], 4)} and "
            f"{numbers([n[-1] for n in flat], 4)} quanta at lambda = {numbers(hoppings)} (n_1 = 1, n_L = 2, which the "
            "paper does not give)",
            verdict(spread < 1e-12),
        ),
        Claim(
            "Diffusive profile (Figs. 2b to d)",
            "Gamma > 0: linear in k",
            f"the steps between inner sites agree within {uneven:.0e} of their mean in {len(steps)} chains; the "
            f"first step stays {numbers(jump, 3)} x as large at L = 10, {NODES} (lambda = 1e-5, Gamma = 1e-6)",
            verdict(uneven < 1e-9 and all(s.min() > 0 for s in steps)),
        ),
        *_currents(),
    ]


def _currents() -> list[Claim]:
    lengths = (2, 10, NODES)
    free = np.array([line(FIG3._replace(sites=n, probe_rate=0.0)).currents[0] for n in lengths])
    apart = float(np.ptp(free) / free.mean())
    long = [FIG3._replace(sites=n) for n in (100, 10_000, 1_000_000)]
    scaled = np.array([form.current * form.sites for form in long])
    weak = [FIG3._replace(sites=n, probe_rate=1e-9) for n in (100, 10_000, 1_000_000)]
    kept = [form.current / form._replace(probe_rate=0.0).current for form in weak]
    with_probes = line(FIG3._replace(sites=NODES))
    uniform = float(np.ptp(with_probes.currents) / with_probes.currents.mean())
    less = float(with_probes.currents[0] / free[-1])
    return [
        Claim(
            "Current without probes (Eq. 30)",
            "independent of L",
            f"j = {free[0]:.6g} at L = 2, 10, {NODES} within {apart:.0e} (Fig. 3)",
            verdict(apart < 1e-12),
        ),
        Claim(
            "Current with probes (Eq. 30)",
            "~ 1/L",
            f"j L = {numbers(scaled, 5)} at L = 1e2, 1e4, 1e6: for L >> (4 lambda^2 + gamma^2)/(gamma Gamma) = "
            f"{FIG3.diffusive_length:.3g}",
            verdict(abs(scaled[2] / scaled[1] - 1) < 0.01),
        ),
        Claim(
            "Transition (Sec. IV A)",
            "abrupt in the thermodynamic limit as soon as Gamma is nonzero",
            f"Gamma = 1e-9: j is {numbers(kept, 3)} of the ballistic one at L = 1e2, 1e4, 1e6",
            verdict(kept[0] > 0.9 and kept[-1] < 0.01),
        ),
        Claim(
            "Probes and the current (Secs. I, IV B)",
            "they do not modify the rate of heat flow",
            f"they take none (<= {with_probes.leak:.0e}), so that j is the same at every bond (within {uniform:.0e}), "
            f"but at L = {NODES} of Fig. 3 it is {less:.3f} of that without them",
            verdict(abs(less - 1) < 0.01, uniform < 1e-12),
        ),
    ]
