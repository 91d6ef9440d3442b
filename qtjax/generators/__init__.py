"""Generators of the dynamics: a coherent part and one affine dissipator per bath."""

from ._dissipators import Channels as Channels, ModeDissipators as ModeDissipators
from ._dynamics import AbstractDynamics as AbstractDynamics, check_dynamics as check_dynamics
from ._liouvillian import Liouvillian as Liouvillian
from ._lyapunov import Lyapunov as Lyapunov
