"""What every description makes of a system."""

from abc import abstractmethod

import equinox as eqx
from jaxtyping import Array, Complex, Inexact

from .._checks import Fault, shown
from .._typing import PerBath


class AbstractDynamics(eqx.Module):
    """What a description makes of a system: something that states evolve under."""

    fault: eqx.AbstractVar[Fault]  # found while building
    temperatures: eqx.AbstractVar[PerBath]

    @property
    @abstractmethod
    def evolution_matrix(self) -> Inexact[Array, "n n"]:
        """The matrix by which the dynamics moves: the drift of first moments, or the superoperator."""

    @abstractmethod
    def spectrum(self) -> Complex[Array, " n"]:
        """Eigenvalues of the generator."""


def check_dynamics(dynamics: object) -> None:
    """Refuse what no description returned."""
    if not isinstance(dynamics, AbstractDynamics):
        raise ValueError(
            "`dynamics` must be what a description returns, as in `qt.redfield_equation()(system)`, but is "
            f"{shown(dynamics)}."
        )
