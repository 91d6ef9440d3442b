"""Malouf, Santos, Correa, Paternostro and Landi 2019: Wigner entropy production of linear quantum lattices.

"Wigner entropy production and heat transport in linear quantum lattices", Phys. Rev. A 99, 052104 (2019). Oscillators
that exchange quanta, under the local equation: what each bath contributes to the production of entropy, and what
diffusion costs in a chain whose self-consistent probes make it diffusive.

    from qtjax.papers import malouf2019
    system = malouf2019.fig3(20)                            # a qt.OpenSystem to start from
    malouf2019.Chain(20, 3e-7, 1e-6, 1e-7).current          # closed forms
    malouf2019.figures("figures"); malouf2019.claims()

Units hbar = k_B = 1. Needs x64.
"""

from .._reproduction import Reproduction
from ._chain import Chain as Chain, productions as productions
from ._claims import GROUPS
from ._figures import FIGURES
from ._systems import (
    chain as chain,
    channels as channels,
    fig2 as fig2,
    fig3 as fig3,
    network as network,
)

TITLE = "Malouf, Santos, Correa, Paternostro and Landi, Phys. Rev. A 99, 052104 (2019)"

_paper = Reproduction(FIGURES, GROUPS)
steps, figures, claims = _paper.steps, _paper.figures, _paper.claims
