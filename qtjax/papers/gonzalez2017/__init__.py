"""González et al. 2017: local and global master equations against the exact two-node wire.

"Testing the validity of the local and global GKLS master equations on an exactly solvable model", Open Syst.
Inf. Dyn. 24, 1740010 (2017), arXiv:1707.09228. A wire of two oscillators joined by a spring k, each on its
own Drude bath: which description gives the steady state, the heat currents and the correlations?

    from qtjax.papers import gonzalez2017
    system = gonzalez2017.fig2b(1e-3)                       # a qt.OpenSystem to start from
    gonzalez2017.figures("figures"); gonzalez2017.claims()

Units hbar = k_B = 1, unit masses. Needs x64.
"""

from .._reproduction import Reproduction
from ._claims import GROUPS
from ._comparison import descriptions as descriptions
from ._figures import fig2, fig3
from ._systems import chain as chain, fig2a as fig2a, fig2b as fig2b, fig3c as fig3c, wire as wire

TITLE = "González et al., Open Syst. Inf. Dyn. 24, 1740010 (2017), arXiv:1707.09228"

_paper = Reproduction({"fig2": fig2, "fig3": fig3}, GROUPS)
steps, figures, claims = _paper.steps, _paper.figures, _paper.claims
