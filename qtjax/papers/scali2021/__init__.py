"""Scali, Anders and Correa 2021: exceptional points of two resonators between two baths.

"Local master equations bypass the secular approximation", Quantum 5, 451 (2021). Which equation has the exceptional
points, and which the heat currents on the way to the steady state: local, global, partial Redfield, or the exact one?

    from qtjax.papers import scali2021
    system = scali2021.fig3()                               # a qt.OpenSystem at its exceptional point
    scali2021.redfield(scali2021.Pair(1.0, 5e-5))           # closed forms, corrected
    scali2021.figures("figures"); scali2021.claims()

Units hbar = k_B = 1, unit masses; everything is ordered (hot, cold). Needs x64.
"""

from .._reproduction import Reproduction
from ._beyond import driven_qubit as driven_qubit, two_qubits as two_qubits
from ._claims import GROUPS
from ._exact import exact_points as exact_points
from ._exceptional import exceptional_points as exceptional_points
from ._figures import FIGURES
from ._matrices import Pair as Pair, local as local, redfield as redfield, secular as secular
from ._systems import (
    exceptional_coupling as exceptional_coupling,
    fig2 as fig2,
    fig3 as fig3,
    resonators as resonators,
)

TITLE = "Scali, Anders and Correa, Quantum 5, 451 (2021)"

_paper = Reproduction(FIGURES, GROUPS)
steps, figures, claims = _paper.steps, _paper.figures, _paper.claims
