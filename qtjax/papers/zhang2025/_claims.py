"""The claims of Zhang et al. 2025, each tested by computing it: nothing here is a stored result.

Verdicts are conditions on the computed numbers. "claim" says where in the paper; the wordings are shortened. The
second-order equations and the mean-force state are compared with one another, not with an exact solution.
"""

from collections.abc import Callable

from .._report import Claim
from ._currents import lindblad, ndtc, suppression
from ._errata import errata
from ._laws import definitions, second_law
from ._states import correlations, states

GROUPS: dict[str, Callable[[bool], list[Claim]]] = {
    "states": states,
    "suppression": suppression,
    "ndtc": ndtc,
    "lindblad": lindblad,
    "correlations": correlations,
    "second_law": second_law,
    "definitions": definitions,
    "errata": errata,
}
