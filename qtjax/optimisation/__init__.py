"""Devices optimised by gradient."""

from ._maximise import maximise as maximise
from ._optimum import Optimum as Optimum
