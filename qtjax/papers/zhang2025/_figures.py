"""Figures 2 to 6 of Zhang et al. 2025, with the exact currents, which the paper does not have."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._report import BLUE, GREEN, VERMILION, line, panel_letter, style
from ._comparison import current, peaks
from ._states import equilibrium
from ._systems import CURVES, Curve, biased

_DIFFERENCE = r"temperature difference $\Delta T=T_1-T_2$"
_CURRENT = r"heat current $\mathcal{J}_1\;[10^{-2}]$"
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.2)))


def _points(quick: bool) -> int:
    return 64 if quick else 192


def fig2(quick: bool = False) -> Any:
    """Fig. 2: coherences of the Bloch-Redfield and of the mean-force state; inset: both baths."""
    import matplotlib.pyplot as plt

    with style():
        figure, axes = plt.subplots(figsize=(4.6, 3.5))
        inset = axes.inset_axes((0.53, 0.09, 0.44, 0.42))
        for where, second_bath in ((axes, False), (inset, True)):
            _coherences(where, second_bath, quick)
        axes.set_xlabel(r"temperature $T_1=T_2=T$")
        axes.set_ylabel(r"coherences $\rho_{14},\,\rho_{23}\;[10^{-3}]$")
        axes.set_ylim(-6.6, 0.35)
        axes.legend(loc="lower left", borderaxespad=0.8)
        inset.tick_params(labelsize=6.5, pad=2)
        inset.set_title(r"both baths, $\gamma_2=\gamma_1$", fontsize=7, pad=3)
    return figure


def _coherences(axes: Any, second_bath: bool, quick: bool) -> None:
    t = np.linspace(0.1, 10.0, _points(quick))
    marked = np.linspace(0.25, 9.75, 20)
    curves, points = (equilibrium(x, second_bath=second_bath) for x in (t, marked))
    for element, (label, colour, marker) in enumerate(((r"\rho_{14}", BLUE, "o"), (r"\rho_{23}", VERMILION, "x"))):
        look = {"color": colour, "linestyle": "none", "marker": marker, "markersize": 4, "fillstyle": "none"}
        axes.plot(t, 1e3 * curves.redfield[:, element], color=colour, linewidth=1.3, label=rf"${label}$, Redfield")
        axes.plot(marked, 1e3 * points.mean_force[:, element], **look, label=rf"${label}$, mean force")
    axes.set_xlim(0.0, 10.0)


def fig3(quick: bool = False) -> Any:
    """Fig. 3: heat currents of the detuned pair for three couplings."""
    curves = CURVES["Fig. 3"]
    return _both(curves, [rf"$g={c.coupling:g}$" for c in curves], 120.0, 18.6, quick)


def fig4(quick: bool = False) -> Any:
    """Fig. 4: heat currents for three detunings."""
    curves = CURVES["Fig. 4"]
    labels = [rf"$(\varepsilon_1,\varepsilon_2)=({c.first:g},\,{c.second:g})$" for c in curves]
    return _both(curves, labels, 300.0, 26.0, quick)


def _both(curves: Sequence[Curve], labels: Sequence[str], largest: float, top: float, quick: bool) -> Any:
    """One panel of Bloch-Redfield, Lindblad and exact currents."""
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D

    with style():
        figure, axes = plt.subplots(figsize=(4.6, 3.5))
        for curve, dashes in zip(curves, _DASHES, strict=True):
            _draw(axes, "exact", curve, largest, quick)
            for name in ("Lindblad", "Redfield"):
                _draw(axes, name, curve, largest, quick, linestyle=dashes)
            _mark(axes, curve, _look("Redfield")["color"])
        _frame(axes, largest, top)
        equations = [Line2D([], [], **{**_look(name), "label": label}) for name, label in _EQUATIONS.items()]
        parameters = [
            Line2D([], [], color="0.35", linewidth=1.4, linestyle=dashes, label=label)
            for label, dashes in zip(labels, _DASHES, strict=True)
        ]
        axes.add_artist(axes.legend(handles=parameters, loc="upper left"))
        axes.legend(handles=[*equations, _maximum()], loc="upper right")
    return figure


def fig5(quick: bool = False) -> Any:
    """Fig. 5: the symmetric pair, (a) Bloch-Redfield with the onset of NDTC and exact, (b) Lindblad."""
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D

    colours = {4.0: VERMILION, 5.0: BLUE, 6.0: GREEN}
    dashes = dict(zip((0.2, 0.1, 0.05), _DASHES, strict=True))
    with style():
        figure, (a, b) = plt.subplots(1, 2, figsize=(7.0, 3.2))
        for curve in CURVES["Fig. 5"]:
            colour = colours[curve.first]
            _draw(a, "exact", curve, 60.0, quick, color=colour, **_NARROW)
            _draw(a, "Redfield", curve, 60.0, quick, color=colour, linestyle=dashes[curve.coupling])
            _draw(b, "Lindblad", curve, 60.0, quick, color=colour)
            _mark(a, curve, colour)
        _frame(a, 60.0, 15.5)
        _frame(b, 60.0, 41.0)
        for letter, axes, title in (
            ("a", a, "Bloch-Redfield and exact"),
            ("b", b, r"Lindblad: $g=0.2,\,0.1,\,0.05$ coincide"),
        ):
            panel_letter(axes, letter)
            axes.set_title(title, fontsize=8.5)
        splittings = [
            Line2D([], [], color=colour, linewidth=1.4, label=rf"$\varepsilon_1=\varepsilon_2={e:g}$")
            for e, colour in colours.items()
        ]
        couplings = [Line2D([], [], color="0.35", linestyle=d, label=rf"$g={g:g}$") for g, d in dashes.items()]
        exact = Line2D([], [], color="0.35", label="exact", **_NARROW)
        a.legend(handles=[*couplings, _maximum(), *splittings, exact], loc="upper right", ncols=2, columnspacing=1.2)
        b.legend(handles=splittings, loc="upper left")
    return figure


def fig6(quick: bool = False) -> Any:
    """Fig. 6: heat currents of a detuned pair for three strengths of the baths."""
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D

    with style():
        figure, panels = plt.subplots(1, 3, figsize=(7.4, 2.9), sharey=True)
        for axes, letter, curve in zip(panels, "abc", CURVES["Fig. 6"], strict=True):
            for name in _EQUATIONS:
                _draw(axes, name, curve, 120.0, quick)
            _mark(axes, curve, _look("Redfield")["color"])
            _frame(axes, 120.0, 25.0)
            panel_letter(axes, letter)
            axes.set_title(rf"$\gamma_1=\gamma_2={curve.strength:g}$", fontsize=8.5)
        for axes in panels[1:]:
            axes.set_ylabel("")
        for axes in panels[::2]:
            axes.set_xlabel("")
        equations = [Line2D([], [], **{**_look(name), "label": label}) for name, label in _EQUATIONS.items()]
        panels[0].legend(handles=[*equations, _maximum()], loc="upper left")
    return figure


_NARROW: dict[str, Any] = {"linewidth": 3.2, "alpha": 0.35}  # where bands of "exact" are neighbours
_EQUATIONS = {"exact": "exact", "Lindblad": "Lindblad (global)", "Redfield": "Bloch-Redfield"}


def _look(name: str) -> dict[str, Any]:
    if name == "exact":
        return {**line(name), "label": None, "zorder": 1.5}  # beneath all other lines
    return {"color": line("global" if name == "Lindblad" else name)["color"], "linewidth": 1.5, "linestyle": "-"}


def _draw(axes: Any, name: str, curve: Curve, largest: float, quick: bool, **look: Any) -> None:
    points = _points(quick) // 2 if name == "exact" else _points(quick)
    x = largest * np.linspace(0.0, 1.0, points) ** 2  # finer where the curves are steep
    axes.plot(x, 1e2 * current(name, biased, x, *curve), **{**_look(name), **look})


def _mark(axes: Any, curve: Curve, colour: str) -> None:
    """The maximum, if it lies in the panel: from there on dJ_1/dT_1 < 0."""
    peak = peaks()[curve]
    axes.plot(peak.difference, 1e2 * peak.current, "o", color=colour, markersize=4.5, markeredgecolor="k", zorder=4)


def _maximum() -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        [],
        [],
        marker="o",
        linestyle="none",
        color="0.8",
        markeredgecolor="k",
        markersize=4.5,
        label="maximum, NDTC beyond",
    )


def _frame(axes: Any, largest: float, top: float) -> None:
    axes.set_xlim(0.0, largest)
    axes.set_ylim(0.0, top)
    axes.locator_params(axis="y", nbins=7, steps=[1, 2, 5, 10])
    axes.set_xlabel(_DIFFERENCE)
    axes.set_ylabel(_CURRENT)
