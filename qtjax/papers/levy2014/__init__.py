"""Levy and Kosloff 2014: the local and global approaches to quantum transport, and the second law.

"The local approach to quantum transport may violate the second law of thermodynamics", EPL 107, 20004 (2014),
arXiv:1402.3825. Two nodes, oscillators or two-level systems, exchange quanta, each on its own cubic bath: the
local equation lets heat flow from cold to hot, the global one never, nor does the exact solution.

    from qtjax.papers import levy2014
    system = levy2014.fig3(0.1)                             # a qt.OpenSystem to start from
    levy2014.figures("figures"); levy2014.claims()

Units hbar = k_B = 1. Needs x64.
"""

from .._reproduction import Reproduction
from ._claims import GROUPS
from ._comparison import descriptions as descriptions
from ._figures import FIGURES
from ._systems import (
    CUTOFF as CUTOFF,
    MEDIA as MEDIA,
    Cubic as Cubic,
    ended_two_levels as ended_two_levels,
    fig2 as fig2,
    fig3 as fig3,
    fig4 as fig4,
    oscillators as oscillators,
    two_levels as two_levels,
)

TITLE = "Levy and Kosloff, EPL 107, 20004 (2014), arXiv:1402.3825"

_paper = Reproduction(FIGURES, GROUPS)
steps, figures, claims = _paper.steps, _paper.figures, _paper.claims
