"""Figures 2, 3 and 4 of Levy and Kosloff 2014, for oscillators and two-level nodes, and the resonance.

"exact" is the Landauer integral for baths that exchange single quanta with the nodes (`exact_current`).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._report import GREY, line, panel_letter, style
from ._comparison import exact_current, hot_current, moments, production, solve
from ._formulas import Pair, bose
from ._systems import MEDIA, fig2, fig3, fig4

_DELTA = {"oscillators": -1, "two-level nodes": 1}
_LOCAL, _GLOBAL = "local", "global"


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
    eps = np.geomspace(1e-3, 10.0, 64 if quick else 192)
    eps = np.sort(np.append(eps, last * (1 - np.geomspace(1e-3, 0.1, 16))))

    def current(axes: Any, medium: str) -> None:
        if medium == "oscillators":
            axes.plot(eps[eps < last], [exact_current(Pair(e)) for e in eps if e < last], **line("exact"))
        for name in (_GLOBAL, _LOCAL):
            axes.plot(eps, hot_current(name, lambda x: fig3(x, MEDIA[medium]), eps), **line(name))
        axes.axhline(0, color="0.5", linewidth=0.5, zorder=0)
        axes.set_yscale("symlog", linthresh=1e-9, linscale=0.6)
        axes.set_ylim(-1, 1)
        axes.set_yticks([-1e-1, -1e-4, -1e-7, 0, 1e-7, 1e-4, 1e-1])
        axes.set_title(medium)

    def population(axes: Any, medium: str) -> None:
        for name in (_GLOBAL, _LOCAL):
            axes.plot(eps, moments(solve(name, lambda x: fig3(x, MEDIA[medium]), eps).state).n_a, **line(name))
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
            axes.set_xlim(eps[0], eps[-1])
            panel_letter(axes, letter)
        for axes in panels[:, 0]:
            axes.axvline(last, color="0.5", linestyle=":", linewidth=1, zorder=0)
        panels[1, 0].text(last * 0.9, 0.6, r"$\sqrt{\omega_h\omega_c}$", ha="right", color="0.3")
        panels[0, 0].set_ylabel(r"heat current $\mathcal{J}_h$, symlog")
        panels[1, 0].set_ylabel(r"population $\langle a^\dagger a\rangle$")
        panels[0, 0].legend(loc="upper left")
        panels[1, 0].legend(loc="upper left")
    return figure


def draw_fig4(quick: bool = False) -> Any:
    """Fig. 4: currents over a wide range of w_h (top), near resonance (middle) and populations (bottom)."""
    import matplotlib.pyplot as plt

    w, near = (np.linspace(*ends, 48 if quick else 192) for ends in ((0.5, 15), (4.99, 5.01)))

    def current(axes: Any, medium: str, points: np.ndarray, across: np.ndarray, unit: float) -> None:
        if medium == "oscillators":
            true = [exact_current(Pair(1e-3, x, strength=1e-7)) for x in points]
            axes.plot(across, np.array(true) / unit, **line("exact"))
        for name in (_GLOBAL, _LOCAL):
            found = hot_current(name, lambda x: fig4(x, medium=MEDIA[medium]), points)
            axes.plot(across, found / unit, **line(name))
        axes.axhline(0, color="0.5", linewidth=0.5, zorder=1)

    def wide(axes: Any, medium: str) -> None:
        points = np.sort(np.concatenate([w, near]))
        current(axes, medium, points, points, 1.0)
        axes.set_yscale("symlog", linthresh=1e-13, linscale=0.6)
        axes.set_ylim(-1e-9, 1e-4)
        axes.set_yticks([-1e-10, -1e-12, 0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4])
        axes.axvspan(6, 15, color=GREY, zorder=0, linewidth=0)
        axes.set_xlim(0.5, 15)
        axes.set_xlabel(r"frequency of the hot node $\omega_h$")
        axes.set_title(medium)

    def resonance(axes: Any, medium: str) -> None:
        current(axes, medium, near, 1e3 * (near - 5), 1e-6)

    def population(axes: Any, medium: str) -> None:
        across = 1e3 * (near - 5)
        for name in (_GLOBAL, _LOCAL):
            found = solve(name, lambda x: fig4(x, medium=MEDIA[medium]), near)
            axes.plot(across, moments(found.state).n_a, **line(name))
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
    """Oscillators at w_h = w_c: the coupling below which the global equation fails is kappa w^3 / 2."""
    import matplotlib.pyplot as plt

    eps = np.geomspace(1e-8, 1e-3, 48 if quick else 128)
    with style():
        figure, axes = plt.subplots(figsize=(3.5, 2.8))
        axes.plot(eps, [exact_current(Pair(e, 5.0, strength=1e-7)) for e in eps], **line("exact"))
        for name in (_GLOBAL, _LOCAL, "partial Redfield"):
            axes.plot(eps, hot_current(name, lambda x: fig4(5.0, x), eps), **line(name))
        for scale, label in ((1e-7, r"$\kappa$"), (1.25e-5, r"$\kappa\omega^3$")):
            axes.axvline(scale, color="0.5", linestyle=":", linewidth=1, zorder=0)
            axes.text(scale * 1.2, 3.5e-5, label, color="0.3")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(eps[0], eps[-1])
        axes.set_ylim(1e-11, 1e-4)
        axes.set_xlabel(r"coupling $\epsilon$, with $\omega_h=\omega_c=5$")
        axes.set_ylabel(r"heat current $\mathcal{J}_h$")
        axes.legend(loc="lower right", frameon=True, facecolor="white", edgecolor="none", framealpha=1)
    return figure


FIGURES: dict[str, Callable[[bool], Any]] = {
    "fig2": draw_fig2,
    "fig3": draw_fig3,
    "fig4": draw_fig4,
    "resonance": draw_resonance,
}
