"""The claims of Malouf et al. 2019, each tested by computing it: nothing here is a stored result.

Verdicts are conditions on the computed numbers. "claim" says where in the paper; the wordings are shortened.
"""

from collections.abc import Callable

from .._report import Claim
from ._dephasing import dephasing
from ._errata import errata
from ._errata_moments import moment_errata
from ._irreversibility import irreversibility
from ._networks import networks
from ._probes import probes
from ._profiles import profiles

GROUPS: dict[str, Callable[[bool], list[Claim]]] = {
    "profiles": profiles,
    "irreversibility": irreversibility,
    "probes": probes,
    "networks": networks,
    "dephasing": dephasing,
    "errata": errata,
    "errata of moments": moment_errata,
}
