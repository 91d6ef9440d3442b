"""Master equations: whose eigenoperators x which pairs of them stay x Lamb shift or not."""

from ._equations import (
    MasterEquation as MasterEquation,
)
from ._equations import (
    coarse_grained_equation as coarse_grained_equation,
)
from ._equations import (
    global_master_equation as global_master_equation,
)
from ._equations import (
    local_master_equation as local_master_equation,
)
from ._equations import (
    partial_redfield_equation as partial_redfield_equation,
)
from ._equations import (
    partial_secular_equation as partial_secular_equation,
)
from ._equations import (
    redfield_equation as redfield_equation,
)
from ._equations import (
    universal_lindblad_equation as universal_lindblad_equation,
)
from ._kernels import (
    AbstractSecularKernel as AbstractSecularKernel,
)
from ._kernels import (
    AllPairs as AllPairs,
)
from ._kernels import (
    AveragedPairs as AveragedPairs,
)
from ._kernels import (
    CloseFrequencies as CloseFrequencies,
)
from ._kernels import (
    EqualFrequencies as EqualFrequencies,
)
from ._kernels import (
    SameRotation as SameRotation,
)
from ._networks import uncoupled as uncoupled
from ._networks import whole as whole
from ._rates import AbstractRate as AbstractRate
from ._rates import GeometricMean as GeometricMean
from ._rates import RateOfFirst as RateOfFirst
