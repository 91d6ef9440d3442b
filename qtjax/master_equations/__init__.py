"""Master equations: whose eigenoperators x which pairs of them stay x Lamb shift or not."""

from ._equations import (
    MasterEquation as MasterEquation,
    coarse_grained_equation as coarse_grained_equation,
    global_master_equation as global_master_equation,
    local_master_equation as local_master_equation,
    partial_redfield_equation as partial_redfield_equation,
    partial_secular_equation as partial_secular_equation,
    redfield_equation as redfield_equation,
    universal_lindblad_equation as universal_lindblad_equation,
)
from ._kernels import (
    AbstractSecularKernel as AbstractSecularKernel,
    AllPairs as AllPairs,
    AveragedPairs as AveragedPairs,
    CloseFrequencies as CloseFrequencies,
    EqualFrequencies as EqualFrequencies,
    SameRotation as SameRotation,
)
from ._rates import AbstractRate as AbstractRate, GeometricMean as GeometricMean, RateOfFirst as RateOfFirst
from ._references import uncoupled as uncoupled, whole as whole
