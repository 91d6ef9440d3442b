"""Steady states: steady_state(dynamics, solver) -> state. Solvers are values."""

from ._dense import Direct as Direct, NullVector as NullVector, steady_responses as steady_responses
from ._krylov import Krylov as Krylov
from ._modal import Modal as Modal
from ._solver import AbstractSteadyStateSolver as AbstractSteadyStateSolver
from ._steady import (
    default_solver as default_solver,
    stationary_hierarchy as stationary_hierarchy,
    steady_state as steady_state,
)
