"""The claims of Zhang et al. 2025, each tested by computing it: nothing here is a stored result.

Verdicts are conditions on the computed numbers. "claim" says where in the paper; the wordings are shortened. The
exact currents come from hierarchical equations, converged to what a curve shows; the paper has none.
"""

from collections.abc import Callable

from .._report import Claim
from ._currents import lindblad, ndtc, suppression
from ._errata import errata
from ._exact import exactness
from ._laws import definitions, second_law
from ._states import correlations, states

GROUPS: dict[str, Callable[[bool], list[Claim]]] = {
    "states": states,
    "suppression": suppression,
    "ndtc": ndtc,
    "exactness": exactness,
    "lindblad": lindblad,
    "correlations": correlations,
    "second_law": second_law,
    "definitions": definitions,
    "errata": errata,
}
