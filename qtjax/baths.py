"""Heat baths, and the open system they make with a Hamiltonian."""

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Inexact

from ._checks import (
    NOT_FINITE_BATH,
    NOT_FINITE_HAMILTONIAN,
    TEMPERATURE,
    Fault,
    PrecisionWarning,
    check_flag,
    check_values,
    first_fault,
    is_concrete,
    shown,
    warn,
)
from ._display import call, fields, holds_arrays, numbers
from ._typing import Numbers, PerBath, as_inexact, as_real, parameter
from .hamiltonians import AbstractHamiltonian
from .operators import named_quadratures
from .spectral_densities import AbstractSpectralDensity

# Temperatures and cut-offs that differ from the frequencies by more than this are most often in another unit.
_FAR = 1e6


def _as_coupling(value: Numbers) -> Any:
    coupling = as_inexact(
        value,
        "The coupling of a bath (its first argument; then spectral density, temperature), such as "
        "`qt.position(0, of=2)` or `qt.sigma_x(0, of=2)`,",
    )
    check_values(coupling, "coupling of a bath")
    return coupling


class Bath(eqx.Module):
    """A heat bath on a coupling operator S, with a spectral density and a temperature >= 0.

    `coupling` is, for a network, a real vector of shape (2N,) on the quadratures, S = coupling . R, for
    instance `qt.position(0, of=2)`; for a finite system, a Hermitian (d, d) matrix such as `qt.sigma_x(0, of=2)`.
    With `counterterm` the model's Hamiltonian contains + Q S^2, Q = spectral_density.reorganisation(), so
    that the bath does not soften the potential. A Bath whose arrays carry a leading axis of length n stands
    for n independent baths. Raises ValueError for a temperature known to be negative or not finite; a matrix
    known only inside `jax.jit` is not checked to be Hermitian.
    """

    coupling: Inexact[Array, "..."] = eqx.field(converter=_as_coupling)
    spectral_density: AbstractSpectralDensity
    temperature: Float[Array, "*baths"] = eqx.field(converter=parameter("temperature of a bath", nonnegative=True))
    counterterm: bool = eqx.field(static=True, default=True, kw_only=True)
    name: str | None = eqx.field(static=True, default=None, kw_only=True)

    def __check_init__(self) -> None:
        if not isinstance(self.spectral_density, AbstractSpectralDensity):
            raise ValueError(
                "The spectral density of a bath must be a `qt.AbstractSpectralDensity`, for instance "
                f"`qt.Drude(1e-3, cutoff=1e3)`, but is {shown(self.spectral_density)}."
            )
        check_flag(self.counterterm, "counterterm")
        if not (self.name is None or isinstance(self.name, str)):
            raise ValueError(f"The `name` of a bath must be text, or None, but is {shown(self.name)}.")

    def __repr__(self) -> str:
        coupling = self.coupling
        if not holds_arrays(coupling):
            return fields(self)
        vector = is_concrete(coupling) and coupling.ndim == 1
        return self.shown_as(named_quadratures(coupling) if vector else numbers(coupling))

    def shown_as(self, coupling: str) -> str:
        """The bath with its coupling in words."""
        options = {} if self.counterterm else {"counterterm": False}
        options |= {} if self.name is None else {"name": self.name}
        return call("Bath", coupling, repr(self.spectral_density), temperature=self.temperature, **options)


def for_each_bath(function: Callable[[Bath], Any], stacks: Sequence[Bath]) -> Any:
    """function(bath) for every bath of some stacks, the results (pytrees of arrays) stacked along axis 0."""
    results = [eqx.filter_vmap(function)(stack) for stack in stacks]
    return jax.tree.map(lambda *xs: jnp.concatenate(xs), *results)


def _stacked(bath: Bath, rank: int, position: int) -> Bath:
    """Every leaf with a leading axis over the baths that this one stands for; a single bath gets length 1.

    The coupling and the temperature tell how many: the arrays of a single bath's density are its own affair.
    """
    if bath.coupling.ndim not in (rank, rank + 1):
        raise ValueError(
            f"The coupling of bath {position} must have {rank} axes (or {rank + 1} for a stack of baths), "
            f"but has shape {bath.coupling.shape}."
        )
    lengths = {bath.coupling.shape[0]} if bath.coupling.ndim > rank else set()
    lengths |= {bath.temperature.shape[0]} if bath.temperature.ndim > 0 else set()
    if not lengths:
        single = jax.tree.map(lambda x: x[None] if eqx.is_array(x) else x, (bath.spectral_density, bath.temperature))
        _check_scalar(bath.spectral_density, position)
        return _replaced(bath, bath.coupling[None], *single)
    lengths |= {x.shape[0] for x in jax.tree.leaves(bath.spectral_density) if eqx.is_array(x) and x.ndim > 0}
    if len(lengths) > 1:
        raise ValueError(
            f"The arrays of bath {position} must agree in the number of baths they stand for, "
            f"but have leading lengths {sorted(lengths)}."
        )
    (n,) = lengths
    coupling = jnp.broadcast_to(bath.coupling, (n, *bath.coupling.shape[-rank:]))
    density, temperature = jax.tree.map(
        lambda x: jnp.broadcast_to(x, (n,)) if eqx.is_array(x) and x.ndim == 0 else x,
        (bath.spectral_density, bath.temperature),
    )
    _check_scalar(jax.tree.map(lambda x: x[0] if eqx.is_array(x) else x, density), position)
    return _replaced(bath, coupling, density, temperature)


def _replaced(bath: Bath, *arrays: Any) -> Bath:
    return eqx.tree_at(lambda b: (b.coupling, b.spectral_density, b.temperature), bath, arrays)


def _check_scalar(density: AbstractSpectralDensity, position: int) -> None:
    if all(jnp.ndim(x) == 0 for x in jax.tree.leaves(density) if eqx.is_array(x)):
        return
    shape = jax.eval_shape(density, jax.ShapeDtypeStruct((), jnp.result_type(float))).shape
    if shape != ():
        raise ValueError(
            f"The spectral density of bath {position} must give one number at one frequency, but gives an array of "
            f"shape {shape}. A stack of baths needs a coupling or a temperature with a leading axis as well."
        )


class OpenSystem(eqx.Module):
    """A Hamiltonian and the baths that act on it (a tuple of `qt.Bath`).

    Every result with an axis over baths counts them in the order given, stacked ones flattened. Raises
    ValueError when a coupling does not fit the Hamiltonian or a user's density is not odd; warns
    (`qt.PrecisionWarning`) without x64, and (`qt.ModelWarning`) of temperatures that look like another unit than the
    frequencies.
    """

    hamiltonian: AbstractHamiltonian
    baths: tuple[Bath, ...] = eqx.field(converter=lambda baths: tuple(baths) if isinstance(baths, list) else baths)

    def __check_init__(self) -> None:
        if not isinstance(self.hamiltonian, AbstractHamiltonian):
            raise ValueError(
                "An open system needs a `qt.OscillatorNetwork` or a `qt.FiniteHamiltonian`, "
                f"but got {shown(self.hamiltonian)}."
            )
        if not (isinstance(self.baths, tuple) and self.baths):
            raise ValueError(
                "`baths` must be a tuple of at least one `qt.Bath`, such as `(bath,)` or `(hot, cold)`, but is "
                f"{shown(self.baths)}."
            )
        for i, bath in enumerate(self.baths):
            if not isinstance(bath, Bath):
                raise ValueError(f"`baths` must be a tuple of at least one `qt.Bath`, but number {i} is {shown(bath)}.")
        if jnp.zeros(()).dtype != jnp.float64:
            warn(
                "qtjax computes in single precision, which weak coupling does not survive. Put "
                '`import jax; jax.config.update("jax_enable_x64", True)` before any array is made.',
                PrecisionWarning,
            )
        for i, bath in enumerate(self.baths):
            bath.spectral_density.check_odd(i)
            if hasattr(bath.coupling, "ndim"):
                self.hamiltonian.check_coupling(bath.coupling, i)
                _stacked(bath, self.hamiltonian.coupling_axes, i)
        self._warn_of_slips()

    def __repr__(self) -> str:
        if not holds_arrays(self.hamiltonian.free, *(bath.coupling for bath in self.baths)):
            return fields(self)
        named = lambda c: self.hamiltonian.named(c) if is_concrete(c) else numbers(c)  # noqa: E731
        rank = self.hamiltonian.coupling_axes
        rows = [b.shown_as(named(b.coupling) if b.coupling.ndim <= rank + 1 else "batch") for b in self.baths]
        return "\n".join(["OpenSystem(", *(f"  {row}," for row in (repr(self.hamiltonian), *rows)), ")"])

    def _warn_of_slips(self) -> None:
        typical = self.hamiltonian.magnitude()
        for i, bath in enumerate(self.baths):
            for name in ("temperature", "cutoff"):
                owner = bath if name == "temperature" else bath.spectral_density
                values = getattr(owner, name, None)
                if not is_concrete(values) or typical == 0.0:
                    continue
                ratios = np.asarray(values) / typical
                # A cut-off as high as one likes is the limit of no memory.
                far = (ratios < 1 / _FAR) | ((ratios > _FAR) & (name == "temperature"))
                odd = ratios[(ratios > 0) & far]
                if odd.size:
                    warn(
                        f"The {name} of bath {i} is {odd.flat[0] * typical:.3g}, the frequencies of the Hamiltonian "
                        f"are about {typical:.3g}. Both are in one unit (hbar = k_B = 1): 1 K is 1.309e11 rad/s, "
                        "2 pi x 20.84 GHz. A temperature of 0 is allowed."
                    )

    def stacks(self) -> tuple[Bath, ...]:
        """The baths, each with a leading axis over those it stands for."""
        rank = self.hamiltonian.coupling_axes
        return tuple(_stacked(bath, rank, i) for i, bath in enumerate(self.baths))

    def for_each_bath(self, function: Callable[[Bath], Any]) -> Any:
        """function(bath) for every single bath, the results (pytrees of arrays) stacked along axis 0."""
        return for_each_bath(function, self.stacks())

    @property
    def temperatures(self) -> PerBath:
        """The temperature of every bath, shape (B,)."""
        return jnp.concatenate([stack.temperature for stack in self.stacks()])

    @property
    def names(self) -> tuple[str, ...]:
        """A name for every bath; those without one are numbered."""
        found: list[str] = []
        for stack in self.stacks():
            n = stack.temperature.shape[0]
            base = stack.name
            for i in range(n):
                found.append(f"bath {len(found)}" if base is None else base if n == 1 else f"{base} {i}")
        return tuple(found)

    def with_temperatures(self, temperatures: Numbers) -> "OpenSystem":
        """The same system with other temperatures, shape (B,)."""
        t, baths, start = as_real(temperatures, "`temperatures`"), [], 0
        stacks = self.stacks()
        total = sum(stack.temperature.shape[0] for stack in stacks)
        if t.shape != (total,):
            raise ValueError(f"`temperatures` must have shape ({total},), one per bath, but has {t.shape}.")
        for bath, stack in zip(self.baths, stacks, strict=True):
            n = stack.temperature.shape[0]
            single = stack.coupling.ndim > bath.coupling.ndim and bath.temperature.ndim == 0 and n == 1
            own = t[start] if single else t[start : start + n]
            baths.append(eqx.tree_at(lambda b: b.temperature, bath, own))
            start += n
        return OpenSystem(self.hamiltonian, tuple(baths))

    def fault(self) -> Fault:
        """What only the values tell to be wrong: a temperature, or a number that is not finite."""
        lowest = jnp.min(self.temperatures)
        finite = self.for_each_bath(_is_finite)
        return first_fault(
            Fault(~(lowest >= 0), TEMPERATURE, lowest),
            Fault(~_is_finite(self.hamiltonian), NOT_FINITE_HAMILTONIAN),
            Fault(~jnp.all(finite), NOT_FINITE_BATH, jnp.argmin(finite)),
        )


def _is_finite(tree: Any) -> Bool[Array, ""]:
    return jnp.all(jnp.stack([jnp.all(jnp.isfinite(x)) for x in jax.tree.leaves(tree) if eqx.is_inexact_array(x)]))
