"""Zhang, Liu and Yu 2025: negative differential thermal conductance of two qubits.

"The hidden negative differential thermal conductance" (2025). Two coupled qubits, each on its own Drude bath: the
Bloch-Redfield equation lets the heat current fall as the temperature difference grows, the global Lindblad equation
does not.

    from qtjax.papers import zhang2025
    system = zhang2025.fig5(10.0, splitting=4.0, coupling=0.1)      # a qt.OpenSystem to start from
    zhang2025.figures("figures"); zhang2025.claims()

Units hbar = k_B = 1. Needs x64.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from .._report import Claim, save
from . import _figures
from ._claims import GROUPS
from ._systems import (
    biased as biased,
    fig2 as fig2,
    fig3 as fig3,
    fig4 as fig4,
    fig5 as fig5,
    fig6 as fig6,
    pair as pair,
)

TITLE = "Zhang, Liu and Yu, The hidden negative differential thermal conductance (2025)"

_FIGURES = {name: getattr(_figures, name) for name in ("fig2", "fig3", "fig4", "fig5", "fig6")}


def steps(directory: str | Path, *, quick: bool = False) -> dict[str, Callable[[], Sequence[Path | Claim]]]:
    """The work in named pieces, each returning the files it wrote or the claims it tested."""
    drawing = {name: functools.partial(_draw, directory, name, quick) for name in _FIGURES}
    return {**drawing, **{name: functools.partial(group, quick) for name, group in GROUPS.items()}}


def _draw(directory: str | Path, name: str, quick: bool) -> list[Path]:
    return [save(_FIGURES[name](quick), directory, name)]


def figures(directory: str | Path, quick: bool = False) -> list[Path]:
    """Write Figs. 2 to 6 as PNG into the directory, and return the files."""
    return [path for name in _FIGURES for path in _draw(directory, name, quick)]


def claims(quick: bool = False) -> list[Claim]:
    """Test every claim of the paper; quick leaves out the other equations and the correlations."""
    return [claim for group in GROUPS.values() for claim in group(quick)]
