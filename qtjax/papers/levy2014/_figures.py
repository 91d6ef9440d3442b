"""Figures 2, 3 and 4 of Levy and Kosloff 2014, for oscillators and two-level nodes, and the resonance.

"exact" is, for oscillators, the Landauer integral for baths that exchange single quanta with the nodes
(`exact_current`). For two-level nodes it is `qt.HierarchicalEquations`, counter-rotating terms and Lamb shift
included: these need baths that end, so all curves beside it are of `ended_two_levels`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._report import GREY, line, panel_letter, style
from ._comparison import exact_current, hot_current, moments, production, solve
from ._formulas import Pair, bose
from ._systems import CUTOFF, MEDIA, ended_two_levels, fig2, fig3, fig4, oscillators

_DELTA = {"oscillators": -1, "two-level nodes": 1}
_LOCAL, _GLOBAL, _EXACT = "local", "global", "exact"
_BUILDERS = {"oscillators": oscillators, "two-level nodes": ended_two_levels}
_SOLVED = {"oscillators": (_GLOBAL, _LOCAL), "two-level nodes": (_EXACT, _GLOBAL, _LOCAL)}
_TITLES = {
    "oscillators": "oscillators",
    "two-level nodes": rf"two-level nodes, $J\propto\omega^3/[1+(\omega/{CUTOFF:g})^4]$",
}


def draw_fig2(quick: bool = False) -> Any:
    """Fig. 2: the entropy production of the local equation over (w_h, T_h); blue is the violation."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import SymLogNorm

    w, t = (np.linspace(*ends, 48 if quick else 128) for ends in ((0.05, 15), (6, 24)))
    with style():
        figure, panels = plt.subplots(1, 2, figsize=(7.0, 3.3), sharey=True)
        for letter, axes, (name, medium) in zip("ab", panels, MEDIA.items(), strict=True):
            across, up = (x.ravel() for x in np.meshgrid(w, t))
            flow = solve(_LOCAL, lambda x, y, m=medium: fig2(x, y, m), across, up).currents
            image = axes.pcolormesh(
                w,
                t,
                production(flow, up, 10.0).reshape(t.size, w.size),
                cmap="RdBu_r",
                norm=SymLogNorm(1e-17, linscale=0.5, vmin=-1e-10, vmax=1e-10),
                shading="gouraud",
                rasterized=True,
            )
            axes.plot(w, 2 * w, color="k", linestyle=(0, (5, 2)), linewidth=1.2)
            axes.axhline(10, color="k", linestyle=":", linewidth=1.2)
            axes.set_xlim(0, 15)
            axes.set_xticks([0, 5, 10, 15])
            axes.set_ylim(6, 24)
            axes.set_xlabel(r"frequency of the hot node $\omega_h$")
            axes.text(11.4, 20.0, r"$\omega_h/T_h=\omega_c/T_c$", rotation=56, ha="center", va="center", fontsize=7.5)
            axes.text(14.8, 10.25, r"$T_h=T_c$", ha="right", va="bottom", fontsize=7.5)
            panel_letter(axes, letter)
            axes.set_title(name)
        panels[0].set_ylabel(r"temperature of the hot bath $T_h$")
        ticks = [-1e-10, -1e-13, -1e-16, 0, 1e-16, 1e-13, 1e-10]
        bar = figure.colorbar(image, ax=panels, ticks=ticks, extend="max", pad=0.015)
        bar.set_label(r"entropy production $\Delta\dot S^u$ of the LME, symlog")
    return figure


def _row(panels: Any, draw: Callable[[Any, str], None]) -> None:
    for axes, medium in zip(panels, MEDIA, strict=True):
        draw(axes, medium)


def draw_fig3(quick: bool = False) -> Any:
    """Fig. 3: currents (top) and populations of node A (bottom) against the coupling."""
    import matplotlib.pyplot as plt

    last = np.sqrt(50.0)  # sqrt(w_h w_c): beyond, the global equation of oscillators has no steady state
    evenly = np.geomspace(1e-3, 10.0, 64 if quick else 192)
    dense = np.sort(np.append(evenly, last * (1 - np.geomspace(1e-3, 0.1, 16))))
    points = {"oscillators": dense, "two-level nodes": evenly}
    found = {
        medium: {name: solve(name, lambda x, m=medium: fig3(x, _BUILDERS[m]), points[medium]) for name in names}
        for medium, names in _SOLVED.items()
    }

    def current(axes: Any, medium: str) -> None:
        if medium == "oscillators":
            below = dense[dense < last]
            axes.plot(below, [exact_current(Pair(e)) for e in below], **line(_EXACT))
        for name, flow in found[medium].items():
            axes.plot(points[medium], flow.currents[:, 0], **line(name))
        axes.axhline(0, color="0.5", linewidth=0.5, zorder=0)
        axes.set_yscale("symlog", linthresh=1e-9, linscale=0.6)
        axes.set_ylim(-1, 1)
        axes.set_yticks([-1e-1, -1e-4, -1e-7, 0, 1e-7, 1e-4, 1e-1])
        axes.set_title(_TITLES[medium])

    def population(axes: Any, medium: str) -> None:
        for name, flow in found[medium].items():
            axes.plot(points[medium], moments(flow.state).n_a, **line(name))
        axes.axhline(bose(10 / 12, _DELTA[medium]), color="0.5", linestyle=":", linewidth=1, label="thermal", zorder=0)
        axes.set_xlabel(r"coupling $\epsilon$")
        if medium == "oscillators":
            axes.set_ylim(0.5, 3.0)

    with style():
        figure, panels = plt.subplots(2, 2, figsize=(7.0, 5.0), sharex=True)
        _row(panels[0], current)
        _row(panels[1], population)
        for letter, axes in zip("abcd", panels.ravel(), strict=True):
            axes.set_xscale("log")
            axes.set_xlim(evenly[0], evenly[-1])
            panel_letter(axes, letter)
        for axes in panels[:, 0]:
            axes.axvline(last, color="0.5", linestyle=":", linewidth=1, zorder=0)
        panels[1, 0].text(last * 0.9, 0.6, r"$\sqrt{\omega_h\omega_c}$", ha="right", color="0.3")
        panels[0, 0].set_ylabel(r"heat current $\mathcal{J}_h$, symlog")
        panels[1, 0].set_ylabel(r"population $\langle a^\dagger a\rangle$")
        panels[0, 0].legend(loc="upper left")
        panels[1, 1].legend(loc="upper left")
    return figure


def draw_fig4(quick: bool = False) -> Any:
    """Fig. 4: currents over a wide range of w_h (top), near resonance (middle) and populations (bottom)."""
    import matplotlib.pyplot as plt

    w, near = (np.linspace(*ends, 48 if quick else 192) for ends in ((0.5, 15), (4.99, 5.01)))
    points = np.sort(np.concatenate([w, near]))
    close = np.isin(points, near)
    across = 1e3 * (near - 5)
    found = {
        medium: {name: solve(name, lambda x, m=medium: fig4(x, medium=_BUILDERS[m]), points) for name in names}
        for medium, names in _SOLVED.items()
    }
    true = np.array([exact_current(Pair(1e-3, x, strength=1e-7)) for x in points])

    def wide(axes: Any, medium: str) -> None:
        if medium == "oscillators":
            axes.plot(points, true, **line(_EXACT))
        for name, flow in found[medium].items():
            axes.plot(points, flow.currents[:, 0], **line(name))
        axes.axhline(0, color="0.5", linewidth=0.5, zorder=1)
        axes.set_yscale("symlog", linthresh=1e-13, linscale=0.6)
        axes.set_ylim(-1e-9, 1e-4)
        axes.set_yticks([-1e-10, -1e-12, 0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4])
        axes.axvspan(6, 15, color=GREY, zorder=0, linewidth=0)
        axes.set_xlim(0.5, 15)
        axes.set_xlabel(r"frequency of the hot node $\omega_h$")
        axes.set_title(_TITLES[medium])

    def resonance(axes: Any, medium: str) -> None:
        if medium == "oscillators":
            axes.plot(across, 1e6 * true[close], **line(_EXACT))
        for name, flow in found[medium].items():
            axes.plot(across, 1e6 * flow.currents[close, 0], **line(name))
        axes.axhline(0, color="0.5", linewidth=0.5, zorder=1)

    def population(axes: Any, medium: str) -> None:
        for name, flow in found[medium].items():
            axes.plot(across, moments(flow.state).n_a[close], **line(name))
        thermal = bose(near / 12, _DELTA[medium])
        axes.plot(across, thermal, color="0.5", linestyle=":", linewidth=1, label="thermal", zorder=0)
        axes.set_xlabel(r"detuning $\omega_h-\omega_c$ [$10^{-3}$]")

    with style():
        figure, panels = plt.subplots(3, 2, figsize=(7.0, 7.0))
        _row(panels[0], wide)
        _row(panels[1], resonance)
        _row(panels[2], population)
        for axes in panels[1:].ravel():
            axes.set_xlim(-10, 10)
            axes.set_xticks([-10, -5, 0, 5, 10])
        for letter, axes in zip("abcdef", panels.ravel(), strict=True):
            panel_letter(axes, letter)
        panels[0, 0].set_ylabel(r"heat current $\mathcal{J}_h$, symlog")
        panels[1, 0].set_ylabel(r"heat current $\mathcal{J}_h$ [$10^{-6}$]")
        panels[2, 0].set_ylabel(r"population $\langle a^\dagger a\rangle$")
        panels[0, 0].legend(loc="upper right")
        panels[2, 0].legend(loc="lower right")
        panels[0, 1].text(10.5, 1e-7, r"$\omega_h/T_h>\omega_c/T_c$", ha="center")
    return figure


def draw_resonance(quick: bool = False) -> Any:
    """Nodes at w_h = w_c: the global equation fails for couplings below the width G of the nodes, not below kappa."""
    import matplotlib.pyplot as plt

    eps = np.geomspace(1e-8, 1e-3, 48 if quick else 128)
    with style():
        figure, panels = plt.subplots(1, 2, figsize=(7.0, 2.9), sharey=True)
        for letter, axes, (medium, names) in zip("ab", panels, _SOLVED.items(), strict=True):
            if medium == "oscillators":
                axes.plot(eps, [exact_current(Pair(e, 5.0, strength=1e-7)) for e in eps], **line(_EXACT))
            for name in (*names, "partial Redfield"):
                axes.plot(eps, hot_current(name, lambda x, m=medium: fig4(5.0, x, _BUILDERS[m]), eps), **line(name))
            broad = Pair(eps, strength=1e-7).widths((5.0, 5.0), _DELTA[medium])[0]
            for scale, label in ((1e-7, r"$\kappa$"), (broad, "$G$")):
                axes.axvline(scale, color="0.5", linestyle=":", linewidth=1, zorder=0)
                axes.text(scale * 1.2, 2.6e-5, label, color="0.3")
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xlim(eps[0], eps[-1])
            axes.set_ylim(1e-13, 1e-4)
            axes.set_xlabel(r"coupling $\epsilon$, with $\omega_h=\omega_c=5$")
            axes.set_title(_TITLES[medium])
            panel_letter(axes, letter)
        panels[0].set_ylabel(r"heat current $\mathcal{J}_h$")
        panels[0].legend(loc="lower right", frameon=True, facecolor="white", edgecolor="none", framealpha=1)
    return figure


FIGURES: dict[str, Callable[[bool], Any]] = {
    "fig2": draw_fig2,
    "fig3": draw_fig3,
    "fig4": draw_fig4,
    "resonance": draw_resonance,
}
