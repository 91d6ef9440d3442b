"""Closed forms of the chain of Malouf et al. 2019: profile, current, and entropy productions that do not cancel.

Numbers or traced arrays, but for `productions`, `asymptotes` and `crossing`, which take numbers.
"""

from itertools import accumulate, count
from typing import Any, NamedTuple

import numpy as np


class Chain(NamedTuple):
    """The parameters of the chain, in the order of the arguments of `chain`."""

    sites: int
    hopping: Any
    gamma: Any
    probe_rate: Any
    occupations: Any = (1.0, 2.0)

    @property
    def coherence(self) -> Any:
        """x = <a_k^dagger a_{k+1}>, the same for all k   (Eq. 29b)."""
        first, last = self.occupations
        return self.gamma * self.hopping * (last - first) / self._denominator

    @property
    def current(self) -> Any:
        """j, the quanta per time from site k + 1 into site k   (Eq. 30)."""
        return 2 * self.hopping * self.coherence

    @property
    def profile(self) -> Any:
        """<a_k^dagger a_k> of every site, shape (sites,)   (Eq. 29a)."""
        first, last = self.occupations
        ends = np.zeros(self.sites)
        ends[0], ends[-1] = 1.0, -1.0
        along = self.sites - 1.0 - 2.0 * np.arange(self.sites)
        slope = self.gamma * (self.probe_rate * along + self.gamma * ends) / self._denominator
        return (first + last) / 2 + (first - last) / 2 * slope

    @property
    def production(self) -> Any:
        """Pi, of all baths   (Eq. 31)."""
        first, last = self.occupations
        return self.current * (1 / (first + 0.5) - 1 / (last + 0.5))

    @property
    def diffusive_length(self) -> float:
        """The number of sites at which the chain turns from ballistic to diffusive."""
        return (4 * self.hopping**2 + self.gamma**2) / (self.gamma * self.probe_rate)

    @property
    def _denominator(self) -> Any:
        return 4 * self.hopping**2 + self.gamma**2 + self.gamma * self.probe_rate * (self.sites - 1)


FIG3 = Chain(2, 3e-7, 1e-6, 1e-7)
"""The parameters of Fig. 3, for as many sites as `FIG3._replace(sites=...)` says."""


def productions(chain: Chain) -> tuple[float, float]:
    """(Pi_r, Pi_sc) of the physical baths and of the probes   (Eqs. 32, 33), without cancellation, in O(sites).

    C + 1/2 is tridiagonal, d_k = <n_k> + 1/2 on its diagonal and x beside it. Given all sites to its left, site k has
    the variance u_k = d_k - x^2/u_{k-1}, and likewise from the right: what the others explain of it,
    s_k = x^2/u_{k-1} + (the same from the right), is a sum, and c_k = d_k - s_k = 1/[Theta^-1]_kk is left. A bath of n
    quanta, N = n + 1/2, then produces gamma [(c_k - N)^2/(N c_k) + s_k/N], which is Eq. C2; a probe, whose N is d_k,
    Gamma s_k/c_k. The distance of a physical bath, c_k - N = <n_k> - n - s_k, follows from its current.
    """
    variance, square = chain.profile + 0.5, chain.coherence**2
    explained = _explained(variance, square) + _explained(variance[::-1], square)[::-1]
    left = variance - explained
    bath = np.array(chain.occupations) + 0.5
    own, rest = left[[0, -1]], explained[[0, -1]]
    distance = chain.current / chain.gamma * np.array([1, -1]) - rest
    physical = chain.gamma * np.sum((distance**2 / own + rest) / bath)
    return float(physical), float(chain.probe_rate * np.sum(explained / left))


def _explained(variance: np.ndarray, square: float) -> np.ndarray:
    """x^2/u_{k-1}: what the sites before k explain of its variance."""
    given = accumulate(variance[1:-1].tolist(), lambda u, d: d - square / u, initial=float(variance[0]))
    return np.append(0.0, square / np.fromiter(given, float))


def asymptotes(chain: Chain) -> tuple[float, float]:
    """(Pi_r, Pi_sc) for sites -> infinity: 1/sites^2 and 1/sites, to leading order."""
    first, last = chain.occupations
    step = chain.hopping * (last - first) / (chain.probe_rate * chain.sites)  # x
    ends = (first + 0.5) ** -2 + (last + 0.5) ** -2
    physical = chain.gamma * step**2 * (1 + 4 * (chain.hopping / chain.gamma) ** 2) * ends
    return physical, 2 * chain.hopping * step * (1 / (first + 0.5) - 1 / (last + 0.5))


def crossing(chain: Chain) -> int:
    """The first number of sites, from 2 on, at which the probes produce more than the physical baths."""

    def dominated(sites: int) -> bool:
        physical, probes = productions(chain._replace(sites=sites))
        return probes > physical

    return next(filter(dominated, count(2)))
