"""Claims of Malouf et al. 2019 about Fig. 3: what the physical baths and the probes produce."""

import numpy as np

from .._report import Claim, numbers, verdict
from ._chain import FIG3, Chain, asymptotes, crossing, productions
from ._comparison import NODES, line


def _slopes(start: int, stop: int, form: Chain = FIG3) -> np.ndarray:
    """The exponents of (Pi_r, Pi_sc) between two lengths."""
    ends = [productions(form._replace(sites=n)) for n in (start, stop)]
    return np.log(np.divide(ends[1], ends[0])) / np.log(stop / start)


def irreversibility(quick: bool) -> list[Claim]:
    """Fig. 3, and Eqs. 31 to 33."""
    lengths = (2, 5, 16, NODES)
    apart = max(
        float(np.abs(line(FIG3._replace(sites=n)).productions / productions(FIG3._replace(sites=n)) - 1).max())
        for n in lengths
    )
    long = FIG3._replace(sites=10_000 if quick else 1_000_000)
    sums = [sum(productions(form)) / form.production - 1 for form in (FIG3, long)]
    peak = np.array([productions(FIG3._replace(sites=n))[1] for n in range(2, 41)])
    spans = ((50, 500), (1000, 2000), (10_000, 100_000))
    slopes = np.array([_slopes(*span) for span in spans])
    distant = np.divide(productions(long), asymptotes(long))
    rates = (1e-6, 1e-7, 1e-8) if quick else (1e-6, 1e-7, 1e-8, 1e-9)
    crossings = [crossing(FIG3._replace(probe_rate=x)) for x in rates]
    pairs = [productions(FIG3._replace(sites=n)) for n in (2, 15, 16, 100, 1000)]
    ratio = [probes / physical for physical, probes in pairs]
    ranges = ", ".join(f"{a:g} to {b:g}" for a, b in spans)
    return [
        Claim(
            "Pi_r + Pi_sc (Eqs. 31 to 33)",
            "sum to Eq. 31",
            f"off by {numbers(sums, 1)} at L = 2, {long.sites:g}; the network solved by qtjax has both within "
            f"{apart:.0e} of these closed forms at L = {numbers(lengths)}",
            verdict(max(map(abs, sums)) < 1e-13 and apart < 1e-10),
        ),
        Claim(
            "Physical baths (Fig. 3)",
            "dominant only for small L",
            f"Pi_sc/Pi_r = {numbers(ratio, 3)} at L = 2, 15, 16, 100, 1000: larger from L = {crossings[1]} on; "
            f"L = {numbers(crossings, 4)} for Gamma = {numbers(rates)}",
            verdict(ratio[1] < 1 < ratio[2] < ratio[3] < ratio[4]),
        ),
        Claim(
            "Exponents for large L (Fig. 3)",
            "Pi_r ~ 1/L^2, Pi_sc ~ 1/L",
            f"{slopes[-1, 0]:.4f} and {slopes[-1, 1]:.4f} for L = {ranges.split(', ')[-1]}; at L = {long.sites:g} they "
            f"are {numbers(distant, 5)} of gamma x^2 (1 + 4 lambda^2/gamma^2) sum 1/(n + 1/2)^2 and 2 lambda x (1/(n_1 "
            "+ 1/2) - 1/(n_L + 1/2)), x = lambda (n_L - n_1)/(Gamma L)",
            verdict(bool(np.abs(slopes[-1] - [-2, -1]).max() < 0.01)),
        ),
        Claim(
            "Scaled up, Pi_sc adopts this power law (Fig. 3)",
            "quickly, beyond small L",
            f"it grows until L = {2 + int(peak.argmax())} ({peak.max():.5g}); exponents of Pi_r, Pi_sc: "
            + "; ".join(f"{a:.4f}, {b:.4f}" for a, b in slopes)
            + f" for L = {ranges}",
            verdict(bool(np.abs(slopes[0] - [-2, -1]).max() < 0.01), bool(np.all(np.diff(slopes, axis=0) < 0))),
        ),
        *_against_ballistic(),
    ]


def _against_ballistic() -> list[Claim]:
    lengths, rates = (2, 10, 100, 1000), (1e-9, 1e-7, 1e-5)
    ratio = np.array(
        [[sum(productions(FIG3._replace(sites=n, probe_rate=g))) / FIG3._replace(sites=n, probe_rate=0.0).production
          for n in lengths] for g in rates]
    )  # fmt: skip
    free = [line(FIG3._replace(sites=n, probe_rate=0.0)).physical for n in (2, NODES)]
    per_quantum = [form.production / form.current for form in (FIG3, FIG3._replace(sites=1000))]
    return [
        Claim(
            "Ballistic and diffusive (below Eq. 33)",
            "Pi_r without probes > Pi_r + Pi_sc with them",
            f"Pi without: {free[0]:.6g} at any L (solved at L = 2, {NODES}); with probes {numbers(ratio[1], 3)} of it "
            f"at L = {numbers(lengths)} of Fig. 3; smaller for Gamma = {numbers(rates)}",
            verdict(bool(np.all(ratio < 1)) and abs(free[1] / free[0] - 1) < 1e-12),
        ),
        Claim(
            "Pi and j (below Eq. 31)",
            "scale with L alike",
            f"Pi/j = {numbers(per_quantum, 5)} at L = 2, 1000: the affinity of the ends",
            verdict(abs(per_quantum[0] / per_quantum[1] - 1) < 1e-12),
        ),
    ]
