"""Figures 2 and 3 of Scali et al. 2021, with the exact solution, which the paper does not have."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._report import BATHS, BLACK, BLUE, ORANGE, SKY, VERMILION, line, panel_letter, style
from ._comparison import solve
from ._exact import exact_points
from ._exceptional import exceptional_points
from ._matrices import Pair, drifts, local, redfield, secular
from ._spectra import condition_numbers, phase_rigidities
from ._systems import CUTOFF, STRENGTHS, exceptional_coupling, fig3
from ._transients import TIMES, hot_transient

_TICKS = [0.5, 1.0, 1.5, 2.0]  # of w in Fig. 2
_MATRICES = {"local": local, "global": secular, "partial Redfield": redfield}
_UNIT = 1e8  # of the currents of Fig. 3


def draw_fig2(quick: bool = False) -> Any:
    """Fig. 2: condition number of M_1 for (a) local, (b) global, (c) partial Redfield; (d) how far off the EPs are."""
    import matplotlib.pyplot as plt

    points = 49 if quick else 121
    w, k = np.linspace(0.4, 2.0, points), np.linspace(0.0, 1.2e-4, points)
    grid = np.meshgrid(w, k)
    titles = {"local": "local (LME)", "global": "global (GME)", "partial Redfield": "partial Redfield"}
    with style():
        figure, panels = plt.subplots(2, 2, figsize=(7.0, 5.4))
        images = []
        for letter, axes, name in zip("abc", panels.ravel(), titles, strict=False):
            kappa = np.log10(condition_numbers(drifts(_MATRICES[name], *grid)))
            image = axes.imshow(
                kappa,
                origin="lower",
                extent=(w[0], w[-1], 1e5 * k[0], 1e5 * k[-1]),
                aspect="auto",
                cmap="cividis",
                vmin=0.0,
                vmax=1.0,
                interpolation="nearest",
            )
            images.append(image)
            axes.plot(w, 1e5 * exceptional_coupling(w), color=VERMILION, linestyle=(0, (3, 5)), linewidth=1.2)
            axes.set_title(titles[name])
            axes.set_xlabel(r"frequency $\omega$")
            axes.set_xticks(_TICKS)
            axes.set_ylabel(r"coupling $k$  $[10^{-5}\,\omega_c^2]$")
            panel_letter(axes, letter)
        figure.colorbar(images[0], ax=panels[0, 1], label=r"$\log_{10}\kappa$", extend="max")
        panels[0, 0].text(1.42, 6.1, "Eq. 37", color="white", rotation=33, ha="center", va="top")
        _draw_distances(panels[1, 1], quick)
    return figure


def _draw_distances(axes: Any, quick: bool) -> None:
    """Panel (d): |Im k|/Re k of the Redfield equation, and the detuning that the exact solution needs."""
    w = np.linspace(0.4, 2.0, 9 if quick else 17)
    hot, cold = STRENGTHS
    for cutoff, colour in ((2.0, ORANGE), (10.0, SKY), (CUTOFF, BLUE)):
        k, _, _ = exceptional_points(redfield, Pair(w, 0 * w, (hot + 0 * w, cold + 0 * w), cutoff + 0 * w))
        label = rf"Redfield, $\Lambda={cutoff:g}$" if cutoff < 100 else r"Redfield, $\Lambda=10^3$"
        axes.plot(w, np.abs(k.imag / k.real), color=colour, marker="o", markersize=3.5, linestyle="none", label=label)
        leading = (hot + cold) / 2 * w * cutoff**2 / (w**2 + cutoff**2) ** 2
        axes.plot(w, leading, color=colour, linewidth=0.9)
    k, detuning, _ = exact_points(w, hot, cold, CUTOFF)
    axes.plot(w, np.abs(detuning) / k, color=BLACK, marker="s", markersize=3, linewidth=0.9,
              label=r"exact, $\Lambda=10^3$")  # fmt: skip
    axes.set_yscale("log")
    axes.set_xlim(w[0] - 0.05, w[-1] + 0.05)
    axes.set_ylim(3e-12, 3e0)
    axes.set_xlabel(r"frequency $\omega$")
    axes.set_ylabel(r"$|\mathrm{Im}\,k|/\mathrm{Re}\,k$,  $|\omega_c^2-\omega_h^2|/k$")
    axes.set_xticks(_TICKS)
    axes.set_title("EP off the real axis of $k$")
    axes.legend(loc="upper right", ncols=2, columnspacing=1.0, handletextpad=0.4, handlelength=1.6)
    panel_letter(axes, "d")


def draw_fig3(quick: bool = False) -> Any:
    """Fig. 3: (a) steady currents and (b) phase rigidity against k, (c) the hot current in time at the EP."""
    import matplotlib.pyplot as plt

    with style():
        figure = plt.figure(figsize=(7.0, 4.0))
        grid = figure.add_gridspec(2, 2, height_ratios=(1.25, 1.0))
        a = figure.add_subplot(grid[0, 0])
        b = figure.add_subplot(grid[1, 0], sharex=a)
        c = figure.add_subplot(grid[:, 1])
        _draw_steady(a, quick)
        _draw_rigidity(b, quick)
        _draw_transient(c)
        for letter, axes in zip("abc", (a, b, c), strict=True):
            panel_letter(axes, letter)
        for axes in (a, b):
            axes.axvline(exceptional_coupling(), color="0.45", linestyle=":", linewidth=1.0, zorder=0)
        a.text(1.1 * exceptional_coupling(), 5.45, "EP", color="0.35", fontsize=7)
        a.tick_params(labelbottom=False)
    return figure


def _draw_steady(axes: Any, quick: bool) -> None:
    from matplotlib.lines import Line2D

    k = np.geomspace(1e-7, 1e-3, 32 if quick else 96)
    names = ("exact", "global", "local")
    for name in names:
        found = solve(name, fig3, k).currents
        for b, bath in enumerate(("hot", "cold")):
            axes.plot(k, _UNIT * found[:, b], **line(name, bath=bath))
    axes.set_xscale("log")
    axes.set_xlim(k[0], k[-1])
    axes.set_ylim(-6.2, 6.2)
    axes.set_ylabel(r"steady $\dot Q_\alpha$  $[10^{-8}\,\omega_c^2]$")
    keys = [Line2D([], [], **{**line(name), "color": "0.35"}) for name in names]
    baths = [Line2D([], [], color=BATHS[bath], label=f"{bath} bath") for bath in BATHS]
    axes.legend(
        handles=[*keys, *baths], loc="center right", labelspacing=0.25, frameon=True, framealpha=1.0, edgecolor="none"
    )


def _draw_rigidity(axes: Any, quick: bool) -> None:
    k = np.unique(np.concatenate([np.geomspace(1e-7, 1e-3, 64 if quick else 192),
                                  exceptional_coupling() * (1 + np.linspace(-0.3, 0.3, 61))]))  # fmt: skip
    for name in ("global", "local"):
        rigidity = phase_rigidities(drifts(_MATRICES[name], 1.0, k))
        axes.plot(k, rigidity.mean(axis=1), **line(name))
    axes.set_xlabel(r"coupling $k$  $[\omega_c^2]$")
    axes.set_ylabel(r"phase rigidity $\phi$")
    axes.set_ylim(0.0, 1.15)
    axes.legend(loc="lower left")


def _draw_transient(axes: Any) -> None:
    order = np.argsort(TIMES)
    order = order[TIMES[order] > 0]
    t = TIMES[order]
    inset = axes.inset_axes((0.14, 0.13, 0.42, 0.26))
    names = ("exact", "global", "partial Redfield", "local")
    for name in names:
        values = hot_transient(name)[order]
        axes.plot(t, _UNIT * values, **line(name))
        inset.plot(t, values, **line(name))
    final = solve("exact", fig3, exceptional_coupling()).currents[0, 0]
    axes.axhline(_UNIT * final, color="0.45", linestyle=(0, (6, 2, 1, 2)), linewidth=0.9, zorder=0, label="steady")
    axes.set_xscale("log")
    axes.set_xlim(t[0], t[-1])
    axes.set_ylim(-0.1, 5.6)
    axes.set_xlabel(r"time $t$  $[1/\omega_c]$")
    axes.set_ylabel(r"$\dot Q_h(t)$  $[10^{-8}\,\omega_c^2]$")
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, 0.90))
    inset.set_xscale("log")
    inset.set_yscale("log")
    inset.set_xlim(t[0], t[-1])
    inset.set_ylim(1e-14, 3e-7)
    inset.set_yticks([1e-13, 1e-10, 1e-7])
    inset.set_xticks([1e2, 1e4])
    inset.tick_params(labelsize=6.5, pad=2)


FIGURES: dict[str, Callable[[bool], Any]] = {"fig2": draw_fig2, "fig3": draw_fig3}
