"""Figures 2 and 3 of González et al. 2017."""

from typing import Any

import numpy as np

from .._curves import correlations, infidelity
from .._report import BATHS, GREY, MEASURES, line, panel_letter, style
from ._comparison import excess, grey_area, solve
from ._systems import fig2a, fig2b, fig3c

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
