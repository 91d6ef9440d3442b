"""Zhang, Liu and Yu 2025: negative differential thermal conductance of two qubits.

"The hidden negative differential thermal conductance" (2025). Two coupled qubits, each on its own Drude bath: the
Bloch-Redfield equation lets the heat current fall as the temperature difference grows, the global Lindblad equation
does not.

    from qtjax.papers import zhang2025
    system = zhang2025.fig5(10.0, splitting=4.0, coupling=0.1)      # a qt.OpenSystem to start from
    zhang2025.figures("figures"); zhang2025.claims()

Units hbar = k_B = 1. Needs x64.
"""

from .._reproduction import Reproduction
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

_paper = Reproduction({name: getattr(_figures, name) for name in ("fig2", "fig3", "fig4", "fig5", "fig6")}, GROUPS)
steps, figures, claims = _paper.steps, _paper.figures, _paper.claims
