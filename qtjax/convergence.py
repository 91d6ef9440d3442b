"""Heat currents by hierarchical equations, to a stated accuracy instead of a stated truncation."""

import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

from ._checks import (
    HIERARCHY_UNSOLVED,
    NOT_EXPANDED,
    TRUNCATED,
    Fault,
    check_count,
    check_values,
    guard,
    is_concrete,
    sentence,
    shown,
)
from ._display import numbers
from ._typing import PerBath, Scalar, as_real
from .baths import OpenSystem
from .hierarchical_equations import HierarchicalEquations, auxiliary_operators
from .steady_states import default_solver, stationary_hierarchy
from .thermodynamics import heat_currents

# Where to begin: two qubits in weak contact with warm baths end one step from here, with twice the poles.
_FIRST = HierarchicalEquations(depth=3, pade_terms=2, density_terms=4)
# How a number is raised. Poles are doubled: their error falls with a power only, so that one more would tell little.
_RAISED: dict[str, Callable[[int], int]] = {
    "depth": lambda n: n + 1,
    "pade_terms": lambda n: 2 * n,
    "density_terms": lambda n: n + 2,
}
_LOWERED: dict[str, Callable[[int], int]] = {
    "depth": lambda n: n - 1,
    "pade_terms": lambda n: n // 2,
    "density_terms": lambda n: n - 2,
}
_TINY = 1e-300


class ConvergedCurrents(eqx.Module):
    """Heat currents that stand, and by how much they changed when each number was last raised.

    equations: the description they are of, to be used where derivatives, states or batches are wanted. The
    differences are relative to the largest current: of one quantum of depth, of half the poles of the Bose function
    (what is left of these is about a seventh), and of two modes of a density, which is 0 for Drude baths.
    """

    heat_currents: PerBath
    depth_difference: Scalar
    pade_difference: Scalar
    density_difference: Scalar
    equations: HierarchicalEquations = eqx.field(static=True)

    def __repr__(self) -> str:
        named = (f"{n}_difference" for n in ("depth", "pade", "density"))
        differences = ", ".join(f"{name}={float(getattr(self, name)):.1e}" for name in named)
        return f"ConvergedCurrents({numbers(self.heat_currents)}, {differences}, {self.equations!r})"


def converged_heat_currents(
    system: OpenSystem, rtol: ArrayLike = 1e-3, *, atol: ArrayLike = 0.0, unknowns: int = 500_000
) -> ConvergedCurrents:
    """The exact heat currents of a finite system in its steady state, shape (B,), each positive into the system.

    Raises depth, poles and modes of `qt.HierarchicalEquations`, each time the one that matters most, until none of
    them changes a current by more than rtol x the largest + atol; in equilibrium, where all currents vanish, give an
    atol. Every truncation that is tried compiles for some seconds. Raises ValueError for what is not a finite system
    or has values that are not known (under `jax.jit` use the `equations` of a result), and RuntimeError where more
    than `unknowns` numbers would be needed, where the result breaks the second law by more than it is uncertain, and
    whatever `steady_state` raises for every truncation.
    """
    if not isinstance(system, OpenSystem):
        raise ValueError(f"`system` must be a `qt.OpenSystem`, but is {shown(system)}.")
    allowed: tuple[Scalar, Scalar] = (as_real(rtol), as_real(atol))
    # Within `jax.jit` a new array is not known either.
    if not all(is_concrete(x) for x in (*jax.tree.leaves(eqx.filter(system, eqx.is_array)), *allowed, jnp.zeros(()))):
        raise ValueError("`converged_heat_currents` needs known values: under `jax.jit` use the `equations` it found.")
    for name, value in zip(("rtol", "atol"), allowed, strict=True):
        if jnp.shape(value) != ():
            raise ValueError(f"`{name}` must be one number, but has shape {jnp.shape(value)}.")
    check_values(allowed[0], "`rtol`", positive=True)
    check_values(allowed[1], "`atol`", nonnegative=True)
    check_count(unknowns, "unknowns")
    return _Search(system, float(allowed[0]), float(allowed[1]), unknowns).converged()


class _Search:
    """The truncations tried so far."""

    def __init__(self, system: OpenSystem, rtol: float, atol: float, unknowns: int):
        self.system, self.rtol, self.atol, self.unknowns = system, rtol, atol, unknowns
        self.found: dict[HierarchicalEquations, tuple[np.ndarray, Fault]] = {}
        first = _FIRST(system)
        self.levels, self.modes = first.size, [memory.density_modes for memory in first.memories]
        self.numbers = tuple(_RAISED) if _FIRST.density_terms in self.modes else ("depth", "pade_terms")

    def converged(self) -> ConvergedCurrents:
        now = self.affordable(_FIRST, "Nothing was tried yet.")
        while True:
            currents, fault = self.solved(now)
            if fault.found:
                # Too few poles make negative populations, too, so that a state says nothing of the depth alone.
                lacking = {NOT_EXPANDED: self.numbers[1:], HIERARCHY_UNSOLVED: ("depth",)}
                now = self.raised(
                    now, *lacking.get(int(fault.number), self.numbers), reason=sentence(fault.number, fault.value)
                )
            else:
                differences = {name: self.difference(now, name) for name in self.numbers}
                worst = max(differences, key=lambda name: differences[name])
                if differences[worst] <= self.rtol + self.atol / max(np.abs(currents).max(), _TINY):
                    return self.result(now, differences)
                changes = ", ".join(
                    f"{d:.2g} with {name}" if np.isfinite(d) else f"an unknown amount with {name}"
                    for name, d in differences.items()
                )
                now = self.raised(now, worst, reason=f"They still change by {changes}.")

    def solved(self, equations: HierarchicalEquations) -> tuple[np.ndarray, Fault]:
        """The currents, NaN with a fault that another truncation may not have."""
        if equations not in self.found:
            dynamics = equations(self.system)
            state, fault = stationary_hierarchy(dynamics, default_solver(dynamics))
            if int(fault.number) not in (0, NOT_EXPANDED, TRUNCATED, HIERARCHY_UNSOLVED):
                guard(state, fault, True)
            currents = heat_currents(dynamics, state, throw=False)
            self.found[equations] = np.asarray(guard(currents, fault, False)), fault
        return self.found[equations]

    def difference(self, equations: HierarchicalEquations, name: str) -> float:
        """How much lowering a number changes the currents, relative to the largest; infinite if it cannot be told."""
        currents, before = self.solved(equations)[0], self.solved(_changed(equations, name, _LOWERED))[0]
        change = np.abs(currents - before).max()
        if not np.isfinite(change):
            return math.inf
        return float(change / max(np.abs(currents).max(), _TINY))

    def raised(self, equations: HierarchicalEquations, *names: str, reason: str) -> HierarchicalEquations:
        """With larger numbers."""
        larger = equations
        for name in names:
            larger = _changed(larger, name, _RAISED)
        return self.affordable(larger, f"{reason} That was {equations!r}.")

    def affordable(self, equations: HierarchicalEquations, reason: str) -> HierarchicalEquations:
        """The same, if there is room for them."""
        needed = self.size(equations)
        if needed <= self.unknowns:
            return equations
        raise RuntimeError(
            f"The heat currents did not converge to rtol = {self.rtol:.3g}. {reason} {equations!r} has {needed} "
            f"unknowns, more than `unknowns` = {self.unknowns}. Allow more, or a larger rtol; where all currents "
            "vanish, give an `atol`. Strong coupling and cold baths need the most."
        )

    def size(self, equations: HierarchicalEquations) -> int:
        """How many numbers there are."""
        modes = [equations.density_terms if m == _FIRST.density_terms else m for m in self.modes]
        operators = auxiliary_operators(sum(modes) + equations.pade_terms * len(modes), equations.depth)
        return operators * self.levels**2

    def result(self, equations: HierarchicalEquations, differences: dict[str, float]) -> ConvergedCurrents:
        """What converged, if it may be."""
        currents, _ = self.solved(equations)
        temperatures = np.asarray(self.system.temperatures)
        flux = currents / temperatures
        uncertain = (sum(differences.values()) * np.abs(currents).max() + self.atol) * (1 / temperatures).sum()
        production = -flux.sum()
        if production < -uncertain:
            raise RuntimeError(
                f"The heat currents of {equations!r} stand, but break the second law: their entropy production is "
                f"{production:.3g}. Hierarchies that do not converge can do that; use a smaller `rtol`."
            )
        return ConvergedCurrents(
            jnp.asarray(currents), *(jnp.asarray(differences.get(n, 0.0)) for n in _RAISED), equations=equations
        )


def _changed(
    equations: HierarchicalEquations, name: str, rule: dict[str, Callable[[int], int]]
) -> HierarchicalEquations:
    numbers = {n: getattr(equations, n) for n in _RAISED}
    return HierarchicalEquations(**{**numbers, name: rule[name](numbers[name])})
