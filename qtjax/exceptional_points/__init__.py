"""Spectra of non-normal generators, and where their eigenvectors coalesce."""

from ._approach import ClosestApproach as ClosestApproach, closest_approach as closest_approach
from ._find import find_exceptional_point as find_exceptional_point
from ._lines import trace_exceptional_line as trace_exceptional_line
from ._search import ExceptionalPoint as ExceptionalPoint
from ._spectra import (
    eigenvector_condition_number as eigenvector_condition_number,
    jordan_blocks as jordan_blocks,
    phase_rigidity as phase_rigidity,
    quadrature_units as quadrature_units,
    second_moment_matrix as second_moment_matrix,
    spectrum as spectrum,
)
