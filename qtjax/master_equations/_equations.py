"""Master equations: whose eigenoperators x which pairs of them stay x Lamb shift or not.

With the eigenoperators [H_ref, A_w] = -w A_w of a coupling operator S and a secular kernel k(w, w')

    D(rho) = sum_{w,w'} k(w, w') Gamma(w) [A_w rho A_w'^dagger - A_w'^dagger A_w rho] + h.c.

stands once (`_formula.py`); the equations of the literature are points of the product. H_ref is the free part for the
local equation and the whole Hamiltonian for every other one. k = 1 on all pairs is Bloch-Redfield, on pairs
that rotate the same way partial Redfield (Gonzalez 2017, App. A), on equal frequencies the global equation
(Gonzalez 2017, Eq. 10).
"""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

import equinox as eqx

from .._checks import check_flag, shown
from .._display import call
from .._scopes import scope_of
from ..baths import OpenSystem
from ..generators import AbstractDynamics
from ..hamiltonians import FiniteHamiltonian
from ._finite import finite_dynamics
from ._kernels import (
    AbstractSecularKernel,
    AllPairs,
    AveragedPairs,
    CloseFrequencies,
    EqualFrequencies,
    SameRotation,
)
from ._networks import network_dynamics
from ._rates import AbstractRate, GeometricMean, RateOfFirst
from ._references import uncoupled, whole


class MasterEquation(eqx.Module):
    """A second-order master equation: description(system) -> dynamics.

    reference: `uncoupled` or `whole`, the part of the Hamiltonian whose eigenoperators are used;
    kernel: which pairs of them stay; rate: how a pair's rate is made; lamb_shift: whether S(w) and, for a
    bath with `counterterm`, Q S^2 are in the generator. Without it neither is.
    """

    reference: Callable[[Any], Any] = eqx.field(static=True)
    kernel: AbstractSecularKernel
    rate: AbstractRate
    lamb_shift: bool = eqx.field(static=True)
    name: str = eqx.field(static=True)

    def __check_init__(self) -> None:
        check_flag(self.lamb_shift, "lamb_shift")
        if not callable(self.reference):
            raise ValueError(f"`reference` must be `qt.uncoupled` or `qt.whole`, but is {shown(self.reference)}.")
        kinds = {"kernel": AbstractSecularKernel, "rate": AbstractRate, "name": str}
        examples = {"kernel": "`qt.AllPairs()`", "rate": "`qt.RateOfFirst()`", "name": "'my_equation'"}
        for name, kind in kinds.items():
            if not isinstance(getattr(self, name), kind):
                raise ValueError(f"`{name}` must be one such as {examples[name]}, but is {shown(getattr(self, name))}.")

    def __call__(self, system: OpenSystem) -> AbstractDynamics:
        """The dynamics of a system. Faults of its values are reported by the solver of the dynamics."""
        if not isinstance(system, OpenSystem):
            raise ValueError(f"A description acts on a `qt.OpenSystem`, but got {shown(system)}.")
        build = network_dynamics
        if isinstance(system.hamiltonian, FiniteHamiltonian):
            build = finite_dynamics
            if self.reference is uncoupled:
                system.hamiltonian.check_uncoupled()
        with scope_of(self):
            return build(self, system)

    def __repr__(self) -> str:
        # The local equation's tolerance tells exact degeneracies of one node apart from none: nothing to choose.
        chosen = () if self.reference is uncoupled else ("tolerance", "cutoff", "time")
        values = {name: getattr(self.kernel, name) for name in chosen if hasattr(self.kernel, name)}
        return f"{call(self.name, **values, lamb_shift=self.lamb_shift)}: {self._approximations()}"

    def _approximations(self) -> str:
        names: dict[Any, str] = {uncoupled: "uncoupled nodes", whole: "whole Hamiltonian"}
        named = names.get(self.reference, "a reference of its own")
        words = (getattr(x, "approximation", type(x).__name__) for x in (self.kernel, self.rate))
        return ", ".join(["second order", named, *(word for word in words if word)])


Options = ParamSpec("Options")


def _by_keywords(make: Callable[Options, MasterEquation]) -> Callable[Options, MasterEquation]:
    """The same, with an error that helps whoever gives it the system."""

    @functools.wraps(make)
    def made(*misplaced: Options.args, **options: Options.kwargs) -> MasterEquation:
        if misplaced:
            raise TypeError(
                f"`qt.{make.__name__}` makes the equation, from keywords only, but got {shown(misplaced[0])}. Then "
                f"the equation acts on a system: `qt.{make.__name__}()(system)`."
            )
        return make(*misplaced, **options)

    return made


@_by_keywords
def local_master_equation(*, lamb_shift: bool = False) -> MasterEquation:
    """The local master equation (LME): each bath damps the node it touches as if nothing else were there.

    Eigenoperators of the free part, full secular; GKLS form (Gonzalez 2017, Eq. 25; Levy 2014, Eq. 4). Breaks the
    zeroth and the second law for detuned nodes (README). It acts on a system: `qt.local_master_equation()(system)`.
    Raises ValueError, on the system, for a Lamb shift of a density without cut-off, as every equation does.
    """
    return MasterEquation(uncoupled, EqualFrequencies(1e-10), RateOfFirst(), lamb_shift, "local_master_equation")


@_by_keywords
def global_master_equation(*, tolerance: float = 1e-10, lamb_shift: bool = False) -> MasterEquation:
    """The global master equation (GME): transitions between eigenstates of the whole H, full secular.

    Bohr frequencies closer than tolerance x the largest one are one channel: a physical choice, to be compared
    with the damping rates. GKLS form (Gonzalez 2017, Eq. 10).
    """
    kernel = EqualFrequencies(tolerance)
    return MasterEquation(whole, kernel, RateOfFirst(), lamb_shift, "global_master_equation")


@_by_keywords
def partial_redfield_equation(*, lamb_shift: bool = False) -> MasterEquation:
    """The partial Redfield equation: pairs that rotate the same way stay (Gonzalez 2017, Eq. A.1).

    Not of GKLS form; see `redfield_equation`.
    """
    return MasterEquation(whole, SameRotation(), RateOfFirst(), lamb_shift, "partial_redfield_equation")


@_by_keywords
def redfield_equation(*, lamb_shift: bool = False) -> MasterEquation:
    """The Bloch-Redfield equation: all pairs of eigenoperators of the whole H stay (Gonzalez 2017, Eq. 9).

    Second order in the coupling to the baths and nothing else, so not of GKLS form: states may have negative
    eigenvalues at low temperature (`state.is_physical()`). It acts on a system: `qt.redfield_equation()(system)`.
    """
    return MasterEquation(whole, AllPairs(), RateOfFirst(), lamb_shift, "redfield_equation")


def partial_secular_equation(cutoff: float, *, lamb_shift: bool = False) -> MasterEquation:
    """Redfield with the pairs of abs(w - w') < cutoff only; cutoff in units of frequency, absolute.

    Raises ValueError for a cutoff that is not positive.
    """
    kernel = CloseFrequencies(cutoff)
    return MasterEquation(whole, kernel, RateOfFirst(), lamb_shift, "partial_secular_equation")


def coarse_grained_equation(time: float, *, lamb_shift: bool = False) -> MasterEquation:
    """Redfield averaged, in the interaction picture, over a window of the given length of time.

    The kernel is sin(x)/x of x = (w - w') time/2: Redfield for time -> 0, the global equation for time -> infinity.
    """
    return MasterEquation(whole, AveragedPairs(time), RateOfFirst(), lamb_shift, "coarse_grained_equation")


@_by_keywords
def universal_lindblad_equation(*, lamb_shift: bool = False) -> MasterEquation:
    """All pairs with the geometric mean sqrt(gamma(w) gamma(w')) of the rates: GKLS form.

    Its Lamb Hamiltonian is the mean over the pair, sum (S(w) + S(w'))/2 A_w'^dagger A_w.
    """
    return MasterEquation(whole, AllPairs(), GeometricMean(), lamb_shift, "universal_lindblad_equation")
