"""The baths of a picture of a system: squares whose colour tells their temperature."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._style import BATHS, GREY

_NAMED = 6  # baths, beyond which there is no room for names


def shows_names(system: Any) -> bool:
    """Whether there is room for the names of the baths."""
    return len(system.names) <= _NAMED


def has_bar(system: Any) -> bool:
    """Whether a bar tells the temperatures."""
    return not all(_house(system)) and bool(np.ptp(np.asarray(system.temperatures)) > 0)


def _house(system: Any) -> list[str | None]:
    """The colours of baths called hot and cold, None for others."""
    return [BATHS.get((name.lower().split() or [""])[0]) for name in system.names]


def draw_baths(
    axes: Any,
    system: Any,
    touched: Sequence[tuple[int, ...]],
    nodes: np.ndarray,
    squares: np.ndarray,
    size: float,
    unit: float,
) -> None:
    """A square for every bath, with lines to the nodes it touches; at most `size` points, `unit` of them a link."""
    temperatures = np.asarray(system.temperatures)
    colours = _by_temperature(axes, temperatures) if has_bar(system) else _house(system)
    apart = np.linalg.norm(squares[:, None] - squares[None], axis=2) + 1e9 * np.eye(len(squares))
    size = min(size, 0.68 * unit * float(apart.min()))  # also where they stand diagonally
    for place, colour, ends in zip(squares, colours, touched, strict=True):
        for end in ends:
            axes.plot(*np.stack([place, nodes[end]]).T, color="0.45", linestyle=":", linewidth=0.9, zorder=1)
        look: dict[str, Any] = {"color": colour or GREY, "markeredgecolor": "black", "markeredgewidth": 0.6}
        axes.plot(*place, "s", markersize=size, zorder=3, **look)
    if not shows_names(system):
        return
    for name, place, t, ends in zip(system.names, squares, temperatures, touched, strict=True):
        above = len(ends) > 0 and place[1] > nodes[list(ends), 1].mean() + 0.05
        axes.annotate(
            name if has_bar(system) else f"{name}\n$T={t:.3g}$",
            place,
            xytext=(0, (0.5 * size + 2) * (1 if above else -1)),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            fontsize=7,
            zorder=4,
        )


def _by_temperature(axes: Any, temperatures: np.ndarray) -> list[Any]:
    import matplotlib as mpl
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    scale = ScalarMappable(Normalize(temperatures.min(), temperatures.max()), mpl.colormaps["plasma"])
    axes.figure.colorbar(scale, ax=axes, label="temperature", shrink=0.8, aspect=14, pad=0.02)
    return [tuple(colour) for colour in scale.to_rgba(temperatures)]
