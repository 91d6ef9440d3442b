"""The claims of Scali et al. 2021, each tested by computing it: nothing here is a stored result.

Verdicts are conditions on the computed numbers. "claim" says where in the paper; the wordings are shortened.
"""

from collections.abc import Callable

from .._report import Claim
from ._beyond import beyond
from ._detuning import detuning
from ._errata import errata
from ._errata_appendices import appendix_errata
from ._errata_moments import moment_errata
from ._exact import exact
from ._exceptional import exceptional
from ._steady import steady_states
from ._transients import transients

GROUPS: dict[str, Callable[[bool], list[Claim]]] = {
    "exceptional points": exceptional,
    "out of resonance": detuning,
    "exact dynamics": exact,
    "transients": transients,
    "steady states": steady_states,
    "beyond": beyond,
    "errata": errata,
    "errata of moments": moment_errata,
    "errata of appendices": appendix_errata,
}
