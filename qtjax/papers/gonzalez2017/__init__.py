"""González et al. 2017: local and global master equations against the exact two-node wire.

"Testing the validity of the local and global GKLS master equations on an exactly solvable model", Open Syst.
Inf. Dyn. 24, 1740010 (2017), arXiv:1707.09228. A wire of two oscillators joined by a spring k, each on its
own Drude bath: which description gives the steady state, the heat currents and the correlations?

    from qtjax.papers import gonzalez2017
    system = gonzalez2017.fig2b(1e-3)                       # a qt.OpenSystem to start from
    gonzalez2017.figures("figures"); gonzalez2017.claims()

Units hbar = k_B = 1, unit masses. Needs x64.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from .._report import Claim, save
from ._claims import GROUPS
from ._comparison import descriptions as descriptions
from ._figures import fig2, fig3
from ._systems import chain as chain, fig2a as fig2a, fig2b as fig2b, fig3c as fig3c, wire as wire

TITLE = "González et al., Open Syst. Inf. Dyn. 24, 1740010 (2017), arXiv:1707.09228"

_FIGURES = {"fig2": fig2, "fig3": fig3}


def steps(directory: str | Path, *, quick: bool = False) -> dict[str, Callable[[], Sequence[Path | Claim]]]:
    """The work in named pieces, each returning the files it wrote or the claims it tested."""
    drawing = {name: functools.partial(_draw, directory, name, quick) for name in _FIGURES}
    return {**drawing, **{name: functools.partial(group, quick) for name, group in GROUPS.items()}}


def _draw(directory: str | Path, name: str, quick: bool) -> list[Path]:
    return [save(_FIGURES[name](quick), directory, name)]


def figures(directory: str | Path, quick: bool = False) -> list[Path]:
    """Write all panels of Figs. 2 and 3 as PNG into the directory, and return the files."""
    return [path for name in _FIGURES for path in _draw(directory, name, quick)]


def claims(quick: bool = False) -> list[Claim]:
    """Test every claim of the paper; quick leaves out the long chains and the Lamb shift."""
    return [claim for group in GROUPS.values() for claim in group(quick)]
