"""The answer of `qt.assess`, an array for every question."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from ..langevin import Langevin
from ._candidates import CANDIDATES, JUDGES
from ._page import is_one, page

# The axes of an array, which sweeps name their dimensions by. Integers count the elements of a static field.
_ONE: dict[str, Any] = {"dims": ()}
_BATHS, _DESCRIPTIONS, _BOTH = ({"dims": dims} for dims in (("bath",), ("description",), ("description", "bath")))
_OF_DESCRIPTIONS = {"dims": (), "flag_meanings": "descriptions"}
_OF_JUDGES = {"dims": (), "flag_meanings": "judges"}


class Assessment(eqx.Module):
    """What every description says of a system, how far it is from the judge, and which to trust. Print it.

    Axes are named in the metadata of the fields; under `jax.vmap` more come first. Errors of currents, `zeroth_law` and
    `second_law` are in units of the judge's largest current; with equal temperatures they are those of the currents
    that temperatures between half and three halves of them would drive. NaN: no steady state.

    Of every description: heat_currents (descriptions, baths), current_error, state_error, zeroth_law, second_law,
    least (eigenvalue, or symplectic one less 1/2), small_parameter, supported, is_lindblad. The verdict: trusted and
    most_accurate, indices of `descriptions`, or `trusted_name` and `description`; judge, its uncertainty, and what
    error was allowed. Times: shortest_period ... slowest_relaxation, thermal_time and cutoff_time (baths).
    """

    heat_currents: Float[Array, "*batch descriptions baths"] = eqx.field(metadata=_BOTH)  # into the system
    reference_currents: Float[Array, "*batch baths"] = eqx.field(metadata=_BATHS)  # the judge's
    current_error: Float[Array, "*batch descriptions"] = eqx.field(metadata=_DESCRIPTIONS)  # of the worst bath
    state_error: Float[Array, "*batch descriptions"] = eqx.field(metadata=_DESCRIPTIONS)  # see `state_error`
    zeroth_law: Float[Array, "*batch descriptions"] = eqx.field(
        metadata=_DESCRIPTIONS
    )  # current with all baths at the mean T
    # entropy production / (1/T_min - 1/T_max): of two baths the current from hot to cold, negative if it is broken
    second_law: Float[Array, "*batch descriptions"] = eqx.field(metadata=_DESCRIPTIONS)
    least: Float[Array, "*batch descriptions"] = eqx.field(metadata=_DESCRIPTIONS)  # (symplectic) eigenvalue (less 1/2)
    # local: relative change of Gamma(ad)[S] by the interaction; global, partial Redfield: worst dropped rate over
    # abs(w - w'); others: weak_coupling
    small_parameter: Float[Array, "*batch descriptions"] = eqx.field(metadata=_DESCRIPTIONS)
    supported: Bool[Array, "*batch descriptions"] = eqx.field(metadata=_DESCRIPTIONS)
    is_lindblad: Bool[Array, "*batch descriptions"] = eqx.field(metadata=_DESCRIPTIONS)  # GKLS form
    trusted: Int[Array, "*batch"] = eqx.field(metadata=_OF_DESCRIPTIONS)  # -1: none is supported
    most_accurate: Int[Array, "*batch"] = eqx.field(metadata=_OF_DESCRIPTIONS)  # by the larger of both errors
    judge: Int[Array, "*batch"] = eqx.field(metadata=_OF_JUDGES)  # -1: none has a result
    uncertainty: Float[Array, "*batch"] = eqx.field(
        metadata=_ONE
    )  # of the judge's currents, relative; 0 for the exact solution
    allowed: Float[Array, "*batch"] = eqx.field(metadata=_ONE)  # max(tolerance, uncertainty / 2)
    tolerance: Float[Array, "*batch"] = eqx.field(metadata=_ONE)
    weak_coupling: Float[Array, "*batch"] = eqx.field(metadata=_ONE)  # fastest relaxation x longest bath memory
    temperatures: Float[Array, "*batch baths"] = eqx.field(metadata=_BATHS)
    thermal_time: Float[Array, "*batch baths"] = eqx.field(metadata=_BATHS)  # 1/(2 pi T)
    cutoff_time: Float[Array, "*batch baths"] = eqx.field(metadata=_BATHS)  # 1/cutoff; NaN: the density has none
    shortest_period: Float[Array, "*batch"] = eqx.field(metadata=_ONE)  # 2 pi/w of what the baths hear
    longest_period: Float[Array, "*batch"] = eqx.field(metadata=_ONE)
    splitting_time: Float[Array, "*batch"] = eqx.field(
        metadata=_ONE
    )  # 1/(smallest difference of frequencies that is dropped)
    fastest_relaxation: Float[Array, "*batch"] = eqx.field(metadata=_ONE)  # 1/rate under the Redfield equation
    slowest_relaxation: Float[Array, "*batch"] = eqx.field(metadata=_ONE)
    descriptions: tuple[str, ...] = eqx.field(static=True, metadata={"coord": "description"})
    baths: tuple[str, ...] = eqx.field(static=True, metadata={"coord": "bath"})
    left_out: tuple[tuple[str, str], ...] = eqx.field(static=True)  # what does not apply to the system, and why
    is_network: bool = eqx.field(static=True)
    judges: tuple[str, ...] = eqx.field(static=True, default=JUDGES)

    @property
    def trusted_name(self) -> str:
        """The name of the description to trust, "none" where none is supported. ValueError for more than one system."""
        index = self._single("trusted_name")
        return "none" if index < 0 else self.descriptions[index]

    @property
    def description(self) -> Callable[[Any], Any]:
        """The description to trust: `assessment.description(system)`.

        Where no master equation is supported, the exact solution of a network if that was the judge. Raises ValueError
        where nothing can be advised, and for an assessment of more than one system.
        """
        index = self._single("description")
        if index >= 0:
            return CANDIDATES[self.descriptions[index]].build()
        if int(self.judge) == 0 and self.is_network:
            return Langevin()
        if int(self.judge) == 0:
            raise ValueError("No master equation reaches the tolerance: use the description that was given as `exact`.")
        raise ValueError(
            "No description can be trusted for this system within the tolerance: "
            f"{float(self.tolerance):.3g}; the judge is uncertain by {float(self.uncertainty):.3g}. Print the "
            "assessment for what each one says."
        )

    def _single(self, name: str) -> int:
        if not is_one(self):
            raise ValueError(
                f"`{name}` is of one system whose values are known, but this assessment is traced or has the batch "
                f"shape {np.shape(self.trusted)}. Use its arrays, such as `trusted`, an index of `descriptions`."
            )
        return int(self.trusted)

    def __repr__(self) -> str:
        if is_one(self):
            return page(self)
        return f"Assessment(shape={np.shape(self.trusted)}, descriptions={self.descriptions}, baths={self.baths})"
