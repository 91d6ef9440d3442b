"""The descriptions that are compared, and in which order one would rather have them."""

from collections.abc import Callable
from typing import NamedTuple

from ..master_equations import (
    MasterEquation,
    global_master_equation,
    local_master_equation,
    partial_redfield_equation,
    redfield_equation,
    universal_lindblad_equation,
)

GLOBAL, LOCAL, UNIVERSAL, PARTIAL = "global", "local", "universal Lindblad", "partial Redfield"
REDFIELD, LAMB = "Redfield", "Redfield + Lamb shift"


class Candidate(NamedTuple):
    """A description to compare."""

    call: str  # what makes it
    build: Callable[[], MasterEquation]
    is_lindblad: bool  # GKLS form: its states are positive at all times


CANDIDATES = {
    LOCAL: Candidate("qt.local_master_equation()", local_master_equation, True),
    GLOBAL: Candidate("qt.global_master_equation()", global_master_equation, True),
    PARTIAL: Candidate("qt.partial_redfield_equation()", partial_redfield_equation, False),
    REDFIELD: Candidate("qt.redfield_equation()", redfield_equation, False),
    LAMB: Candidate("qt.redfield_equation(lamb_shift=True)", lambda: redfield_equation(lamb_shift=True), False),
    UNIVERSAL: Candidate("qt.universal_lindblad_equation()", universal_lindblad_equation, True),
}

# GKLS form first; among the others, those whose equilibrium is exactly the Gibbs state.
PREFERENCE = (GLOBAL, LOCAL, UNIVERSAL, PARTIAL, REDFIELD, LAMB)

EXACT = "exact"
JUDGES = (EXACT, REDFIELD)
