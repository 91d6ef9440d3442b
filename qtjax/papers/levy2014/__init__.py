"""Levy and Kosloff 2014: the local and global approaches to quantum transport, and the second law.

"The local approach to quantum transport may violate the second law of thermodynamics", EPL 107, 20004 (2014),
arXiv:1402.3825. Two nodes, oscillators or two-level systems, exchange quanta, each on its own cubic bath: the
local equation lets heat flow from cold to hot, the global one never.

    from qtjax.papers import levy2014
    system = levy2014.fig3(0.1)                             # a qt.OpenSystem to start from
    levy2014.figures("figures"); levy2014.claims()

Units hbar = k_B = 1. Needs x64.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from .._report import Claim, save
from ._claims import GROUPS
from ._comparison import descriptions as descriptions
from ._figures import FIGURES
from ._systems import (
    MEDIA as MEDIA,
    fig2 as fig2,
    fig3 as fig3,
    fig4 as fig4,
    oscillators as oscillators,
    two_levels as two_levels,
)

TITLE = "Levy and Kosloff, EPL 107, 20004 (2014), arXiv:1402.3825"


def steps(directory: str | Path, *, quick: bool = False) -> dict[str, Callable[[], Sequence[Path | Claim]]]:
    """The work in named pieces, each returning the files it wrote or the claims it tested."""
    drawing = {name: functools.partial(_draw, directory, name, quick) for name in FIGURES}
    return {**drawing, **{name: functools.partial(group, quick) for name, group in GROUPS.items()}}


def _draw(directory: str | Path, name: str, quick: bool) -> list[Path]:
    return [save(FIGURES[name](quick), directory, name)]


def figures(directory: str | Path, quick: bool = False) -> list[Path]:
    """Write Figs. 2, 3, 4 and the resonance that Fig. 4 does not show as PNG, and return the files."""
    return [path for name in FIGURES for path in _draw(directory, name, quick)]


def claims(quick: bool = False) -> list[Claim]:
    """Test every claim of the paper; quick takes fewer points and leaves out the exact solution with a cut-off."""
    return [claim for group in GROUPS.values() for claim in group(quick)]
