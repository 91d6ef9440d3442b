"""Steady states and transients of networks under the local equation, and the moments that the paper writes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from ._chain import Chain
from ._systems import chain

LOCAL = qt.local_master_equation()
# Chains of up to this many sites are solved in one network, whose other nodes are idle: one compilation for all.
NODES = 40


class Moments(NamedTuple):
    """C_kl = <a_l^dagger a_k> and S_kl = <a_k a_l>, fluctuations only (Eq. A3 with its index and order corrected)."""

    c: np.ndarray
    s: np.ndarray

    @property
    def occupations(self) -> np.ndarray:
        """<a_k^dagger a_k>."""
        return np.real(np.diagonal(self.c))


def moments(covariance: np.ndarray) -> Moments:
    """The moments of ladder operators of a covariance of quadratures, a = (x + ip)/sqrt(2)."""
    xx, pp, xp = covariance[0::2, 0::2], covariance[1::2, 1::2], covariance[0::2, 1::2]
    c = (xx + pp + 1j * (xp.T - xp)) / 2 - np.eye(xx.shape[0]) / 2
    return Moments(c, (xx - pp + 1j * (xp + xp.T)) / 2)


def hopping(system: qt.OpenSystem) -> np.ndarray:
    """H_kl of a network of hopping."""
    assert isinstance(system.hamiltonian, qt.OscillatorNetwork)
    form = np.asarray(system.hamiltonian.form)
    return form[0::2, 0::2] + 1j * form[1::2, 0::2]


class Steady(NamedTuple):
    """A steady state and what is read off it: per pair of nodes (N, N), per bath (B,)."""

    covariance: np.ndarray
    bonds: np.ndarray
    production: np.ndarray
    flux: np.ndarray
    quanta: np.ndarray
    heat: np.ndarray

    @property
    def moments(self) -> Moments:
        """C and S."""
        return moments(self.covariance)


@eqx.filter_jit
def _steady(system: qt.OpenSystem) -> tuple[Any, ...]:
    dynamics = LOCAL(system)
    state = qt.steady_state(dynamics, throw=False)
    assert isinstance(state, qt.GaussianState)
    return (
        state.covariance,
        qt.bond_quanta_currents(system, state, throw=False),
        *qt.wigner_entropy_rates(dynamics, state, throw=False),
        qt.quanta_currents(dynamics, state, throw=False),
        qt.heat_currents(dynamics, state, throw=False),
    )


def steady(system: qt.OpenSystem) -> Steady:
    """The steady state under the local equation; compiles once for each shape of systems."""
    return Steady(*jax.device_get(_steady(system)))


class Line(NamedTuple):
    """The steady state of a chain, without its idle nodes."""

    occupations: np.ndarray
    coherences: np.ndarray
    currents: np.ndarray
    physical: float
    probes: float
    leak: float

    @property
    def productions(self) -> np.ndarray:
        """Pi_r, Pi_sc."""
        return np.array([self.physical, self.probes])


def line(form: Chain, nodes: int = NODES, build: Callable[..., qt.OpenSystem] = chain) -> Line:
    """The chain, solved as a network: profile, <a_k^dagger a_{k+1}>, currents from k + 1 into k, Pi_r, Pi_sc.

    leak: the largest current through a probe, which a self-consistent one does not have.
    """
    n = form.sites
    found = steady(build(*form, idle=nodes - n))
    c = found.moments.c[:n, :n]
    return Line(
        np.real(np.diagonal(c)),
        np.diagonal(c, -1),
        np.diagonal(found.bonds[:n, :n], 1),
        float(found.production[:2].sum()),
        float(found.production[2 : 2 + n].sum()),
        float(np.abs(found.quanta[2 : 2 + n]).max()),
    )


class Transient(NamedTuple):
    """A state at some times under the local equation: its entropy, and the rates at the middle one."""

    mean: np.ndarray
    covariance: np.ndarray
    entropy: np.ndarray
    production: np.ndarray
    flux: np.ndarray
    drift: np.ndarray
    diffusion: np.ndarray


@eqx.filter_jit
def _transient(system: qt.OpenSystem, state: qt.GaussianState, times: Any) -> tuple[Any, ...]:
    dynamics = LOCAL(system)
    assert isinstance(dynamics, qt.Lyapunov)
    path = qt.evolve(dynamics, state, times, throw=False)
    assert isinstance(path, qt.GaussianState)
    now = qt.GaussianState(path.mean[times.shape[0] // 2], path.covariance[times.shape[0] // 2])
    entropies = jax.vmap(lambda s: qt.wigner_entropy(s, throw=False))(path)
    rates = qt.wigner_entropy_rates(dynamics, now, throw=False)
    return now.mean, now.covariance, entropies, *rates, dynamics.drift, dynamics.diffusion


def transient(system: qt.OpenSystem, state: qt.GaussianState, times: np.ndarray) -> Transient:
    """The path of a state through times that count from it."""
    return Transient(*jax.device_get(_transient(system, state, jnp.asarray(times))))


class Example(NamedTuple):
    """A network with one channel on every node."""

    hopping: np.ndarray
    rates: np.ndarray
    occupations: np.ndarray


def random_example(nodes: int, random: np.random.Generator, detuning: float = 0.0) -> Example:
    """Complex hopping of about 0.1 between all nodes of frequency 1 (1 +- detuning), rates of about 0.1."""
    h = 0.1 * (random.normal(size=(nodes, nodes)) + 1j * random.normal(size=(nodes, nodes)))
    h = np.triu(h, 1)
    frequencies = 1 + detuning * random.uniform(-1, 1, nodes)
    return Example(
        h + h.conj().T + np.diag(frequencies), random.uniform(0.05, 0.15, nodes), random.uniform(0.1, 2.0, nodes)
    )
