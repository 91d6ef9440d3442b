"""The wires and chains of González et al. 2017: systems to start from."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

import qtjax as qt
from qtjax._typing import Numbers

STRENGTH = 1e-3  # lambda^2 of all figures
CUTOFF = 1e3  # Lambda of all figures
DETUNING = 2e-6  # omega_h^2 - omega_c^2 of Figs. 2(b), 2(d), 3(a), 3(b)


def wire(
    coupling: ArrayLike,
    *,
    cold_frequency: ArrayLike = 1.0,
    hot_frequency: ArrayLike = 1.0,
    cold: ArrayLike = 2.0,
    hot: ArrayLike = 3.0,
    strength: ArrayLike = STRENGTH,
    cutoff: ArrayLike = CUTOFF,
    counterterm: bool = True,
) -> qt.OpenSystem:
    """Two oscillators joined by the spring k (x_c - x_h)^2 / 2, each on a Drude bath (Eqs. 4, 5).

    cold, hot: temperatures of the baths, in this order in every result; strength: lambda^2, one for both or a
    pair; cutoff: Lambda, likewise; counterterm: the shift of the node frequencies above Eq. 28.
    """
    frequencies = jnp.stack([jnp.asarray(cold_frequency, float), jnp.asarray(hot_frequency, float)])
    network = qt.OscillatorNetwork.from_springs(frequencies, coupling * np.array([[0.0, 1.0], [1.0, 0.0]]))
    strengths = jnp.broadcast_to(jnp.asarray(strength, float), (2,))
    cutoffs = jnp.broadcast_to(jnp.asarray(cutoff, float), (2,))
    baths = (
        qt.Bath(
            qt.position(node, of=2),
            qt.Drude(strengths[node], cutoffs[node]),
            jnp.asarray(temperature, float),
            counterterm=counterterm,
            name=name,
        )
        for node, (name, temperature) in enumerate((("cold", cold), ("hot", hot)))
    )
    return qt.OpenSystem(network, tuple(baths))


def fig2a(coupling: ArrayLike) -> qt.OpenSystem:
    """The detuned wire of Figs. 2(a) and 2(c): omega = (1, 2), T = (2, 3), lambda^2 = 1e-3, Lambda = 1e3."""
    return wire(coupling, hot_frequency=2.0)


def fig2b(coupling: ArrayLike) -> qt.OpenSystem:
    """The quasi-resonant wire of Figs. 2(b), 2(d), 3(a), 3(b): omega^2 = (1, 1 + 2e-6), else as Fig. 2(a)."""
    return wire(coupling, hot_frequency=np.sqrt(1.0 + DETUNING))


def fig3c(coupling: ArrayLike) -> qt.OpenSystem:
    """The cold, resonant wire of Fig. 3(c): omega = (10, 10), T = (1, 2), lambda^2 = 1e-3, Lambda = 1e3."""
    return wire(coupling, cold_frequency=10.0, hot_frequency=10.0, cold=1.0, hot=2.0)


def chain(
    coupling: ArrayLike,
    *,
    frequencies: Numbers,
    temperatures: Numbers,
    strengths: Numbers = STRENGTH,
    cutoffs: Numbers = CUTOFF,
) -> qt.OpenSystem:
    """A chain of N nodes with equal springs, of the kind that Sec. II D promises the local equation for.

    frequencies (N,); temperatures (2,) puts a Drude bath on either end, (N,) one on every node; strengths and
    cutoffs: one for all baths or as many as baths.
    """
    w, t = jnp.asarray(frequencies, float), jnp.asarray(temperatures, float)
    n, baths = w.shape[0], t.shape[0]
    if baths not in (2, n):
        raise ValueError(f"`temperatures` must have shape (2,) or ({n},), but has shape {t.shape}.")
    nodes = (0, n - 1) if baths == 2 else range(n)
    strengths = jnp.broadcast_to(jnp.asarray(strengths, float), (baths,))
    cutoffs = jnp.broadcast_to(jnp.asarray(cutoffs, float), (baths,))
    network = qt.OscillatorNetwork.from_springs(w, coupling * (np.eye(n, k=1) + np.eye(n, k=-1)))
    return qt.OpenSystem(
        network,
        tuple(
            qt.Bath(qt.position(node, of=n), qt.Drude(strengths[b], cutoffs[b]), t[b]) for b, node in enumerate(nodes)
        ),
    )
