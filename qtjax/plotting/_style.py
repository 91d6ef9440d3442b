"""One look for all figures: colours that colour-blind readers tell apart, and the settings of a journal figure."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

# Okabe and Ito's colours, which colour-blind readers tell apart.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#E4E4E4"
YELLOW = "#F0E442"

# One look per description, bath and measure, so that all figures agree.
DESCRIPTIONS: dict[str, dict[str, Any]] = {
    "exact": {"color": SKY, "linestyle": "-", "linewidth": 4.5, "alpha": 0.6, "label": "exact"},
    "global": {"color": BLACK, "linestyle": "-", "linewidth": 1.1, "label": "global (GME)"},
    "local": {"color": GREEN, "linestyle": (0, (5, 2)), "linewidth": 1.5, "label": "local (LME)"},
    "partial Redfield": {"color": PURPLE, "linestyle": "-.", "linewidth": 1.3, "label": "partial Redfield"},
    "Redfield": {"color": ORANGE, "linestyle": ":", "linewidth": 1.8, "label": "Redfield"},
}
BATHS: dict[str, str] = {"hot": VERMILION, "cold": BLUE}
MEASURES: dict[str, dict[str, Any]] = {
    "mutual information": {"color": PURPLE, "linestyle": "-", "linewidth": 1.6},
    "classical": {"color": VERMILION, "linestyle": (0, (5, 2)), "linewidth": 1.5},
    "discord": {"color": BLUE, "linestyle": (0, (1, 1.2)), "linewidth": 1.9},
}

# What a name that is none of the above may mean, and the looks of names that mean none of them.
_MEANT = (
    ("partial Redfield", r"partial[ _]redfield"),
    ("Redfield", r"(bloch[ _-])?redfield"),
    ("global", r"global|gme"),
    ("local", r"local|lme"),
    ("exact", r"exact|langevin|hierarchical"),
)
_SPARE = tuple(
    {"color": color, "linestyle": dashes, "linewidth": 1.4}
    for color, dashes in (
        (BLUE, (0, (3, 1.2, 1, 1.2, 1, 1.2))),
        (VERMILION, (0, (9, 2))),
        ("#7F7F7F", "-"),
        (SKY, (0, (2, 1))),
        (BLACK, (0, (1, 2.5))),
    )
)

COLUMN = 3.4  # inches, the width of a journal's column

_RC: dict[Any, Any] = {
    "font.size": 8.5,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "axes.linewidth": 0.7,
    "mathtext.fontset": "dejavusans",
    "figure.constrained_layout.use": True,
    "savefig.dpi": 220,
}


def line(description: str, *, bath: str | None = None) -> dict[str, Any]:
    """The look of a description's line; in the colour of a bath, where a panel shows both baths."""
    look = dict(DESCRIPTIONS[description])
    return look if bath is None else {**look, "color": BATHS[bath]}


def description_of(name: str) -> str | None:
    """Which of `DESCRIPTIONS` a name means, such as "redfield_equation(lamb_shift=True)"; None for others."""
    return next((key for key, words in _MEANT if re.match(words, name.lower())), None)


def description_looks(names: Sequence[str]) -> list[dict[str, Any]]:
    """A look for every description: the house's for the first name that means one of `DESCRIPTIONS`."""
    spare, looks = cycle(_SPARE), []
    meant = [description_of(name) for name in names]
    for i, (name, key) in enumerate(zip(names, meant, strict=True)):
        if key is None or key in meant[:i]:
            looks.append({**next(spare), "label": name})
        else:
            looks.append(DESCRIPTIONS[key] if name == key else {**DESCRIPTIONS[key], "label": name})
    return looks


def bath_colours(names: Sequence[str]) -> list[Any]:
    """A colour for every bath: the house's for those called hot and cold; beyond seven, from a colour map."""
    first = [name.lower().split()[0] if name.split() else "" for name in names]
    house = [BATHS.get(word) if first.count(word) == 1 else None for word in first]
    spare = [c for c in (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK) if c not in house]
    if house.count(None) > len(spare):
        return [sequential()(i / (len(names) - 1)) for i in range(len(names))]
    return [colour or spare.pop(0) for colour in house]


def sequential() -> Any:
    """A perceptually uniform colour map, without the yellow end that is lost on white paper."""
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap

    return ListedColormap([mpl.colormaps["viridis"](0.93 * i / 255) for i in range(256)], "viridis on paper")


@contextmanager
def style() -> Iterator[None]:
    """The plotting style of a journal figure, for everything drawn inside."""
    import matplotlib as mpl

    with mpl.rc_context(_RC):
        yield


def panel_letter(axes: Any, letter: str) -> None:
    """(a), (b), ... above the left corner of a panel."""
    axes.set_title(f"({letter})", loc="left", fontweight="bold", pad=4)


def save(figure: Any, directory: str | Path, name: str) -> Path:
    """Write a figure to directory/name.png, making the directory, and close it."""
    import matplotlib.pyplot as plt

    path = Path(directory) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    with style():
        figure.savefig(path)
    plt.close(figure)
    return path
