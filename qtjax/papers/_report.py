"""What every reproduced paper reports: claims with verdicts, and figures of one style."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Verdict = Literal["confirmed", "partly", "not confirmed", "erratum"]


@dataclass(frozen=True)
class Claim:
    """A statement of a paper, and what qtjax computes: `verdict` follows from the numbers in `found`."""

    claim: str
    paper: str
    found: str
    verdict: Verdict


def verdict(holds: bool, partly: bool = False) -> Verdict:
    """confirmed where the claim holds, else partly where the weaker one does, else not confirmed."""
    return "confirmed" if holds else "partly" if partly else "not confirmed"


def numbers(values: Iterable[float], digits: int = 3) -> str:
    """1, 0.5, 2.7e-6: as many significant digits as asked for, powers of ten below 0.01."""
    texts = []
    for value in values:
        plain = value == 0 or 1e-2 <= abs(value) < 1e5
        if plain:
            texts.append(f"{value:.{digits}g}")
        else:
            mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
            mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
            texts.append(f"{mantissa}e{int(exponent)}")
    return ", ".join(texts)


_COLUMNS = (("claim", 28), ("paper", 25), ("found", 38), ("verdict", 13))  # with three gaps of 2: 110


def _short_exponents(text: str) -> str:
    """1.0e-06 as 1.0e-6."""
    return re.sub(r"(?<=[0-9])e([+-])0*(?=[0-9])", lambda found: "e" + found[1].strip("+"), text)


def table(claims: Sequence[Claim]) -> str:
    """The claims as aligned text, 110 columns wide, long cells wrapped, and a count of the verdicts."""
    rule = "  ".join("-" * width for _, width in _COLUMNS)
    lines = ["  ".join(name.ljust(width) for name, width in _COLUMNS).rstrip(), rule]
    for claim in claims:
        cells = [
            [part for part in textwrap.wrap(_short_exponents(getattr(claim, name)), width)] for name, width in _COLUMNS
        ]
        for row in range(max(map(len, cells))):
            parts = [
                (cell[row] if row < len(cell) else "").ljust(width)
                for cell, (_, width) in zip(cells, _COLUMNS, strict=True)
            ]
            lines.append("  ".join(parts).rstrip())
        lines.append(rule)
    found = [claim.verdict for claim in claims]
    counts = ", ".join(f"{found.count(v)} {v}" for v in dict.fromkeys(sorted(found)))
    return "\n".join([*lines, f"{len(claims)} claims: {counts}"])


# Okabe and Ito's colours, which colour-blind readers tell apart.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#E4E4E4"

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
