"""The networks of Malouf et al. 2019: systems to start from."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

import qtjax as qt

from ._chain import FIG3, Chain


def network(hopping: ArrayLike, sites: Sequence[int], rates: ArrayLike, occupations: ArrayLike) -> qt.OpenSystem:
    """H = sum_kl hopping_kl a_k^dagger a_l with a thermal channel of Eq. 4 on each of the sites, in their order."""
    h = jnp.asarray(hopping)
    bath = channels(sites, rates, occupations, jnp.real(jnp.diagonal(h)))
    return qt.OpenSystem(qt.OscillatorNetwork.from_hopping(h), (bath,))


def channels(
    sites: Sequence[int], rates: ArrayLike, occupations: ArrayLike, frequencies: ArrayLike, *, name: str | None = None
) -> qt.Bath:
    """A stack of baths that act by gamma_k (n_k + 1) D[a_k] + gamma_k n_k D[a_k^dagger] on these sites   (Eq. 4).

    frequencies: those of all sites, which turn occupations into temperatures; 0 quanta are temperature 0.
    """
    each, count = jnp.asarray(frequencies), (len(sites),)
    # a + a^dagger = sqrt(2) x, where x has the vacuum covariance 1/2
    couplings = np.stack([np.sqrt(2) * np.asarray(qt.position(site, of=each.shape[0])) for site in sites])
    own = jnp.broadcast_to(jnp.asarray(occupations, float), count)
    temperatures = each[np.asarray(sites)] / jnp.log1p(1 / jnp.where(own > 0, own, 1.0))
    rate = jnp.broadcast_to(jnp.asarray(rates, float), count)
    return qt.Bath(couplings, qt.Flat(rate), jnp.where(own > 0, temperatures, 0.0), name=name)


def chain(
    sites: int,
    hopping: ArrayLike,
    gamma: ArrayLike,
    probe_rate: ArrayLike,
    occupations: Any = (1.0, 2.0),
    frequency: ArrayLike = 1.0,
    *,
    idle: int = 0,
) -> qt.OpenSystem:
    """The chain of Eqs. 27, 28, H_{k,k+1} = i hopping: physical baths at its ends, probes on all of its sites.

    The baths are named "ends" (two) and "probes" (one per site). The probes have the occupations of Eq. 29a, which
    are self-consistent under the local equation; `qt.self_consistent(description, system, "probes")` finds them for any
    network and description. probe_rate 0 is the ballistic chain. idle: as many nodes more that touch nothing but a
    probe each, so that chains of all lengths can be of one shape and compile once.
    """
    nodes = sites + idle
    strength, rate, probe, ends = (jnp.asarray(x, float) for x in (hopping, gamma, probe_rate, occupations))
    form = Chain(sites, strength, rate, probe, ends)
    step = np.diag(np.arange(nodes - 1) < sites - 1, 1).astype(float)
    frequencies = jnp.full(nodes, jnp.asarray(frequency, float))
    rest = jnp.ones(idle)
    profile = jnp.concatenate([form.profile, rest * jnp.mean(ends)])
    rates = jnp.concatenate([jnp.full(sites, probe), rest * rate])
    network = qt.OscillatorNetwork.from_hopping(jnp.diag(frequencies) + 1j * strength * (step - step.T))
    physical = channels([0, sites - 1], rate, ends, frequencies, name="ends")
    return qt.OpenSystem(network, (physical, channels(range(nodes), rates, profile, frequencies, name="probes")))


def fig2(hopping: ArrayLike = 1e-5, probe_rate: ArrayLike = 1e-6, sites: int = 10, *, idle: int = 0) -> qt.OpenSystem:
    """A chain of Fig. 2, gamma = 1e-5. The paper does not give n_1 and n_L: 1 and 2, as in Fig. 3."""
    return chain(sites, hopping, 1e-5, probe_rate, idle=idle)


def fig3(sites: int, probe_rate: ArrayLike = FIG3.probe_rate, *, idle: int = 0) -> qt.OpenSystem:
    """A chain of Fig. 3: gamma = 1e-6, Gamma = 1e-7, lambda = 3e-7, n_1 = 1, n_L = 2."""
    return chain(*FIG3._replace(sites=sites, probe_rate=probe_rate), idle=idle)
