"""González et al. 2017: local and global master equations against the exact two-node wire.

"Testing the validity of the local and global GKLS master equations on an exactly solvable model", Open Syst.
Inf. Dyn. 24, 1740010 (2017), arXiv:1707.09228. A wire of two oscillators joined by a spring k, each on its
own Drude bath: which description gives the steady state, the heat currents and the correlations?

    from qtjax.papers import gonzalez2017
    system = gonzalez2017.fig2b(1e-3)                       # a qt.OpenSystem to start from
    gonzalez2017.figures("figures"); gonzalez2017.claims()

Units hbar = k_B = 1, unit masses. Needs x64.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

import qtjax as qt

from ._curves import Correlations, Steady, correlations, crossing, infidelity, steady
from ._report import BATHS, GREY, MEASURES, Claim, line, panel_letter, save, style

TITLE = "González et al., Open Syst. Inf. Dyn. 24, 1740010 (2017), arXiv:1707.09228"

STRENGTH = 1e-3  # lambda^2 of all figures
CUTOFF = 1e3  # Lambda of all figures
DETUNING = 2e-6  # omega_h^2 - omega_c^2 of Figs. 2(b), 2(d), 3(a), 3(b)
GREY_AREA = 1e-4  # 1 - F of the global equation from which on Fig. 2 is shaded


# Systems ----------------------------------------------------------------------------------------------------


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
    frequencies: ArrayLike,
    temperatures: ArrayLike,
    strengths: ArrayLike = STRENGTH,
    cutoffs: ArrayLike = CUTOFF,
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


# Curves -----------------------------------------------------------------------------------------------------


def descriptions() -> dict[str, Any]:
    """The descriptions that the paper compares, by the names that the figures use."""
    return {
        "exact": qt.Langevin(),
        "global": qt.global_master_equation(),
        "local": qt.local_master_equation(),
        "partial Redfield": qt.partial_redfield_equation(),
        "Redfield": qt.redfield_equation(),
    }


def solve(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> Steady:
    """Steady states of build(*row) under the description of that name."""
    return steady(descriptions()[name], build, *columns)


def distance(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """1 - F between the exact steady state and that of the description, shape (points,)."""
    exact, other = (solve(which, build, *columns) for which in ("exact", name))
    return infidelity(exact.covariance, other.covariance)


def hot_current(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """Q_h, the heat current from the hot bath (the last one) into the system, shape (points,)."""
    return solve(name, build, *columns).currents[:, -1]


def error(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> np.ndarray:
    """The relative error of the description's heat current, shape (points,)."""
    return hot_current(name, build, *columns) / hot_current("exact", build, *columns) - 1


def excess(name: str, build: Callable[..., qt.OpenSystem], *columns: Any) -> Correlations:
    """The correlations of the description less the exact ones."""
    exact, other = (correlations(solve(which, build, *columns).covariance) for which in ("exact", name))
    return Correlations(*(a - b for a, b in zip(other, exact, strict=True)))


def potential(system: qt.OpenSystem) -> np.ndarray:
    """V of H_S = p.p/2 + x.V.x/2, shape (N, N)."""
    assert isinstance(system.hamiltonian, qt.OscillatorNetwork)
    return np.asarray(system.hamiltonian.form)[::2, ::2]


@functools.cache
def grey_area() -> tuple[float, float]:
    """The couplings between which 1 - F of the global equation is at least 1e-4 in Fig. 2(b)."""

    def above(k: np.ndarray) -> np.ndarray:
        return distance("global", fig2b, k) - GREY_AREA

    return crossing(above, 1e-9, 1e-5), crossing(above, 1e-4, 1.0)


# Figures ----------------------------------------------------------------------------------------------------

_K = r"coupling $k\,/\,\omega_c^2$"


def _couplings(axes: Any, lower: float, upper: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(lower, upper)
    axes.set_xlabel(_K)


def _shade(axes: Any) -> None:
    axes.axvspan(*grey_area(), color=GREY, zorder=0, linewidth=0)


def fig2(quick: bool = False) -> Any:
    """Fig. 2: infidelity (top) and heat currents (bottom), detuned (left) and quasi-resonant (right)."""
    import matplotlib.pyplot as plt

    k = np.geomspace(1e-8, 1e1, 64 if quick else 256)
    with style():
        figure, panels = plt.subplots(2, 2, figsize=(7.0, 5.4))
        for column, (build, unit) in enumerate(((fig2a, 1.0), (fig2b, 1e3))):
            found = {name: solve(name, build, k) for name in ("exact", "global", "local")}
            top, bottom = panels[:, column]
            for name in ("global", "local"):
                top.plot(k, infidelity(found["exact"].covariance, found[name].covariance), **line(name))
            top.set_yscale("log")
            top.set_ylim(1e-8, 2.0)
            top.set_ylabel(r"infidelity $1-F(\Gamma,\,\Gamma^{\mathrm{G,L}})$")
            for b, bath in enumerate(("cold", "hot")):
                for name, result in found.items():
                    bottom.plot(k, result.currents[:, b] * unit, **line(name, bath=bath))
            for axes in (top, bottom):
                _couplings(axes, k[0], k[-1])
        for axes in panels[:, 1]:
            _shade(axes)
        _finish_fig2(panels)
    return figure


def _finish_fig2(panels: Any) -> None:
    from matplotlib.lines import Line2D

    for letter, axes in zip("abcd", panels.ravel(), strict=True):
        panel_letter(axes, letter)
    (a, b), (c, d) = panels
    a.legend(loc="upper left")
    a.text(0.03, 0.70, r"$\omega_h=2\,\omega_c$", transform=a.transAxes)
    b.text(0.03, 0.90, r"$\omega_h^2-\omega_c^2=2\times10^{-6}\,\omega_c^2$", transform=b.transAxes)
    c.set_yscale("symlog", linthresh=1e-10, linscale=0.6)
    c.set_yticks([-1e-4, -1e-7, 0, 1e-7, 1e-4])
    c.set_ylim(-1e-2, 1e-2)
    c.set_ylabel(r"heat current $\dot Q_\alpha\;\,[\omega_c^2]$, symlog")
    d.set_ylim(-1.05, 1.05)
    d.set_ylabel(r"heat current $\dot Q_\alpha\;\,[10^{-3}\,\omega_c^2]$")
    baths = [Line2D([], [], color=line("exact", bath=bath)["color"], label=f"{bath} bath") for bath in BATHS]
    keys = [Line2D([], [], **{**line(name), "color": "0.35"}) for name in ("exact", "global", "local")]
    c.legend(handles=baths, loc="upper left")
    c.add_artist(c.get_legend())
    c.legend(handles=keys, loc="lower left")
    d.legend(handles=keys, loc="upper left")


def fig3(quick: bool = False) -> Any:
    """Fig. 3: excess correlations, excess covariances, and logarithmic negativity."""
    import matplotlib.pyplot as plt

    with style():
        figure, (a, b, c) = plt.subplots(1, 3, figsize=(7.6, 3.5))
        _excess_correlations(a, quick)
        _excess_covariances(b, quick)
        _negativities(c, quick)
        for letter, axes in zip("abc", (a, b, c), strict=True):
            panel_letter(axes, letter)
    return figure


def _excess_correlations(axes: Any, quick: bool) -> None:
    labels = [rf"$\Delta\mathcal{{{letter}}}$" for letter in ("I", r"C}^{\leftarrow", r"Q}^{\leftarrow")]
    inset = axes.inset_axes((0.60, 0.61, 0.37, 0.30))
    for where, name, k in (
        (axes, "global", np.geomspace(1e-8, 1e1, 64 if quick else 256)),
        (inset, "local", np.geomspace(1e-3, 1e2, 64 if quick else 128)),
    ):
        found = excess(name, fig2b, k)
        for values, look, label in zip(found, MEASURES.values(), labels, strict=False):
            where.plot(k, 1e2 * values, **look, label=label)
        where.axhline(0.0, color="0.5", linewidth=0.5, zorder=0)
        _couplings(where, k[0], k[-1])
    axes.set_ylabel(r"excess correlations, GME $-$ exact [$10^{-2}$ nat]")
    axes.set_ylim(-1.3, 2.9)
    axes.legend(loc="upper left", borderaxespad=0.3, labelspacing=0.3)
    inset.set_xlabel("")
    inset.set_xticks([1e-3, 1e-1, 1e1])
    inset.tick_params(labelsize=6.5, pad=2)
    inset.set_title(r"LME $-$ exact", fontsize=7, pad=3)


def _excess_covariances(axes: Any, quick: bool) -> None:
    k = np.geomspace(1e-8, 1e1, 64 if quick else 256)
    difference = solve("global", fig2b, k).covariance - solve("exact", fig2b, k).covariance
    for column, style_of_line, label in (
        (3, "-", r"$\Delta\Gamma_{14}=\Delta\langle x_c p_h\rangle$"),
        (2, (0, (5, 2)), r"$\Delta\Gamma_{13}=\Delta\langle x_c x_h\rangle\;[1/\omega_c]$"),
    ):
        axes.plot(k, difference[:, 0, column], color="k", linestyle=style_of_line, linewidth=1.4, label=label)
    axes.axhline(0.0, color="0.5", linewidth=0.5, zorder=0)
    _couplings(axes, k[0], k[-1])
    axes.set_ylim(-0.32, 0.45)
    axes.set_ylabel(r"excess covariances, GME $-$ exact")
    axes.legend(loc="upper left")


def _negativities(axes: Any, quick: bool) -> None:
    k = np.geomspace(1e-1, 1e4, 64 if quick else 256)
    for name in ("exact", "global", "local"):
        axes.plot(k, correlations(solve(name, fig3c, k).covariance).negativity, **line(name))
    _couplings(axes, k[0], k[-1])
    axes.set_xlabel(r"coupling $k$, with $\omega_c=\omega_h=10$")
    axes.set_ylim(-0.03, 1.45)
    axes.set_ylabel(r"logarithmic negativity $E_{\mathcal{N}}$ [nat]")
    axes.legend(loc="upper left")


# Report -----------------------------------------------------------------------------------------------------


_FIGURES = {"fig2": fig2, "fig3": fig3}


def steps(directory: str | Path, *, quick: bool = False) -> dict[str, Callable[[], Sequence[Path | Claim]]]:
    """The work in named pieces, each returning the files it wrote or the claims it tested."""
    from ._gonzalez2017_claims import GROUPS

    drawing = {name: functools.partial(_draw, directory, name, quick) for name in _FIGURES}
    return {**drawing, **{name: functools.partial(group, quick) for name, group in GROUPS.items()}}


def _draw(directory: str | Path, name: str, quick: bool) -> list[Path]:
    return [save(_FIGURES[name](quick), directory, name)]


def figures(directory: str | Path, quick: bool = False) -> list[Path]:
    """Write all panels of Figs. 2 and 3 as PNG into the directory, and return the files."""
    return [path for name in _FIGURES for path in _draw(directory, name, quick)]


def claims(quick: bool = False) -> list[Claim]:
    """Test every claim of the paper; quick leaves out the long chains and the Lamb shift."""
    from ._gonzalez2017_claims import GROUPS

    return [claim for group in GROUPS.values() for claim in group(quick)]
