"""Heat baths, and the open system they make with a Hamiltonian."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Inexact

from ._checks import (
    NOT_FINITE_BATH,
    NOT_FINITE_HAMILTONIAN,
    TEMPERATURE,
    Fault,
    PrecisionWarning,
    check_values,
    first_fault,
)
from ._typing import Numbers, PerBath, as_inexact, as_real
from .hamiltonians import AbstractHamiltonian
from .spectral_densities import AbstractSpectralDensity


class Bath(eqx.Module):
    """A heat bath on a coupling operator S, with a spectral density and a temperature >= 0.

    `coupling` is, for a network, a real vector of shape (2N,) on the quadratures, S = coupling . R, for
    instance `qt.position(0, of=2)`; for a finite system, a Hermitian (d, d) matrix such as `qt.sigma_x(0, of=2)`.
    With `counterterm` the model's Hamiltonian contains + Q S^2, Q = spectral_density.reorganisation(), so
    that the bath does not soften the potential. A Bath whose arrays carry a leading axis of length n stands
    for n independent baths. Raises ValueError for a temperature known to be negative or not finite.
    """

    coupling: Inexact[Array, "..."] = eqx.field(converter=as_inexact)
    spectral_density: AbstractSpectralDensity
    temperature: Float[Array, "*baths"] = eqx.field(converter=as_real)
    counterterm: bool = eqx.field(static=True, default=True, kw_only=True)
    name: str | None = eqx.field(static=True, default=None, kw_only=True)

    def __check_init__(self) -> None:
        if not isinstance(self.spectral_density, AbstractSpectralDensity):
            raise ValueError(
                "The spectral density of a bath must be a `qt.AbstractSpectralDensity`, for instance "
                f"`qt.Drude(1e-3, cutoff=1e3)`, but is {self.spectral_density!r}."
            )
        if not isinstance(self.counterterm, bool):
            raise ValueError(f"`counterterm` must be True or False, but is {self.counterterm!r}.")
        check_values(self.coupling, "coupling of a bath")
        check_values(self.temperature, "temperature of a bath", nonnegative=True)

    def __repr__(self) -> str:
        show = lambda x: eqx.tree_pformat(x, short_arrays=False, width=10_000)  # noqa: E731
        return (
            f"Bath({show(self.coupling)}, {show(self.spectral_density)}, temperature={show(self.temperature)}, "
            f"counterterm={self.counterterm}, name={self.name!r})"
        )


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
    ValueError when a coupling does not fit the Hamiltonian; warns once (`qt.PrecisionWarning`) without x64.
    """

    hamiltonian: AbstractHamiltonian
    baths: tuple[Bath, ...] = eqx.field(converter=lambda baths: tuple(baths) if isinstance(baths, list) else baths)

    def __check_init__(self) -> None:
        if not isinstance(self.hamiltonian, AbstractHamiltonian):
            raise ValueError(
                "An open system needs a `qt.OscillatorNetwork` or a `qt.FiniteHamiltonian`, "
                f"but got {self.hamiltonian!r}."
            )
        if not (isinstance(self.baths, tuple) and self.baths and all(isinstance(bath, Bath) for bath in self.baths)):
            raise ValueError(f"`baths` must be a tuple of at least one `qt.Bath`, but is {self.baths!r}.")
        if jnp.zeros(()).dtype != jnp.float64:
            warnings.warn(
                "qtjax computes in single precision, which weak coupling does not survive. Put "
                '`import jax; jax.config.update("jax_enable_x64", True)` before any array is made.',
                PrecisionWarning,
                stacklevel=2,
            )
        for i, bath in enumerate(self.baths):
            if hasattr(bath.coupling, "ndim"):
                self.hamiltonian.check_coupling(bath.coupling, i)
                _stacked(bath, self.hamiltonian.coupling_axes, i)

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
        t, baths, start = jnp.asarray(temperatures, float), [], 0
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
