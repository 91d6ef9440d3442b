"""Figures 2 and 3 of Malouf et al. 2019: lines are closed forms, markers are networks solved by qtjax."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._report import BLACK, BLUE, GREEN, ORANGE, VERMILION, panel_letter, style
from ._chain import FIG3, Chain, crossing, productions
from ._comparison import NODES, line

_LOOKS = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"))
_MARKER: dict[str, Any] = {"markersize": 4, "markerfacecolor": "white", "markeredgewidth": 1.0, "linestyle": "none"}


def _power(value: float) -> str:
    return rf"10^{{{round(np.log10(value))}}}"


def draw_fig2(quick: bool = False) -> Any:
    """Fig. 2: occupation profiles; (a) without and (b) with probes, (c) probes of other rates, (d) other lengths."""
    import matplotlib.pyplot as plt

    hoppings, rates, lengths = (1e-6, 1e-5, 1e-4), (1e-7, 1e-6, 1e-5), (10, 20, NODES)
    panels: list[list[tuple[str, Chain]]] = [
        [(rf"$\lambda={_power(x)}$", Chain(10, x, 1e-5, 0.0)) for x in hoppings],
        [(rf"$\lambda={_power(x)}$", Chain(10, x, 1e-5, 1e-6)) for x in hoppings],
        [(rf"$\Gamma={_power(x)}$", Chain(10, 1e-5, 1e-5, x)) for x in rates],
        [(rf"$L={x}$", Chain(x, 1e-5, 1e-5, 1e-6)) for x in lengths],
    ]
    titles = (
        r"$\Gamma=0$",
        r"$\Gamma=10^{-6}$",
        r"$\lambda=10^{-5}$",
        r"$\lambda=10^{-5}$, $\Gamma=10^{-6}$",
    )
    with style():
        figure, grid = plt.subplots(2, 2, figsize=(7.0, 4.8), sharey=True)
        for letter, axes, curves, title in zip("abcd", grid.ravel(), panels, titles, strict=True):
            for (label, chain), (colour, marker) in zip(curves, _LOOKS, strict=True):
                k = np.arange(1, chain.sites + 1)
                axes.plot(k, chain.profile, color=colour, linewidth=1.1)
                axes.plot(k, line(chain).occupations, color=colour, marker=marker, label=label, **_MARKER)
            for bath in chain.occupations:
                axes.axhline(bath, color="0.6", linestyle=":", linewidth=0.9, zorder=0)
            axes.set_title(title)
            axes.set_xlabel(r"site $k$")
            axes.set_ylim(0.95, 2.05)
            axes.legend(loc="upper left", bbox_to_anchor=(0.0, 0.97), handlelength=1.2)
            panel_letter(axes, letter)
        for axes in grid.ravel()[:3]:
            axes.set_xticks([1, 4, 7, 10])
        grid[1, 1].set_xticks([1, 10, 20, 30, 40])
        for axes in grid[:, 0]:
            axes.set_ylabel(r"occupation $\langle a_k^\dagger a_k\rangle$")
        grid[0, 0].text(9.9, 1.02, r"$n_1$", color="0.35", ha="right", va="bottom")
        grid[0, 0].text(8.9, 1.98, r"$n_L$", color="0.35", ha="right", va="top")
    return figure


def draw_fig3(quick: bool = False) -> Any:
    """Fig. 3: the entropy production of the physical baths and of the probes against the length of the chain."""
    import matplotlib.pyplot as plt

    longest = 10_000 if quick else 100_000
    sites = np.unique(np.geomspace(2, longest, 60 if quick else 120).astype(int))
    curves = np.array([productions(FIG3._replace(sites=int(n))) for n in sites])
    marked = (2, 4, 8, 14, 23, NODES) if quick else (2, 3, 5, 8, 13, 20, 30, NODES)
    solved = np.array([line(FIG3._replace(sites=n)).productions for n in marked])
    if not quick:
        marked, solved = (*marked, 100), np.vstack([solved, line(FIG3._replace(sites=100), nodes=100).productions])
    cross = crossing(FIG3)
    with style():
        figure, axes = plt.subplots(figsize=(3.5, 3.0))
        axes.plot(sites, curves.sum(axis=1), color=BLACK, linewidth=1.0, label=r"$\Pi$", zorder=1)
        looks = ((r"$\Pi_\mathrm{r}$, physical baths", VERMILION, "o"), (r"$\Pi_\mathrm{sc}$, probes", BLUE, "s"))
        for i, (label, colour, marker) in enumerate(looks):
            axes.plot(sites, curves[:, i], color=colour, linewidth=1.2)
            axes.plot(marked, solved[:, i], color=colour, marker=marker, label=label, **_MARKER)
            guide = sites[sites > longest / 30]
            axes.plot(
                guide,
                2.5 * curves[-1, i] * (guide / longest) ** (i - 2.0),
                color="0.5",
                linestyle=(0, (4, 2)),
                linewidth=1,
            )
            middle = float(np.sqrt(guide[0] * longest))
            axes.text(
                middle * 1.15,
                2.9 * curves[-1, i] * (middle / longest) ** (i - 2.0),
                (r"$\propto L^{-2}$", r"$\propto L^{-1}$")[i],
                color="0.35",
            )
        axes.axvline(cross, color="0.5", linestyle=":", linewidth=1, zorder=0)
        axes.text(cross * 1.15, curves.min() * 1.3, rf"$L={cross}$", color="0.35", va="bottom")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(1.7, longest * 1.3)
        axes.set_ylim(curves.min() * 0.7, 2e-7)
        axes.set_xlabel(r"number of sites $L$")
        axes.set_ylabel(r"entropy production rate (units of $\omega$)")
        axes.legend(loc="upper right")
    return figure


FIGURES: dict[str, Callable[[bool], Any]] = {"fig2": draw_fig2, "fig3": draw_fig3}
