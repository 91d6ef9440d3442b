"""Hamiltonians of the system: a free part and an interaction."""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._checks import check_dims, check_hermitian, check_symmetric, check_values, is_concrete, warn
from ._display import call, fields, holds_arrays
from ._linalg import symplectic_form
from ._typing import Numbers, Operator, QuadratureForm, as_inexact, as_real, parameter
from .operators import is_sum_over_sites, named_operator, named_quadratures

# What is larger takes too long to diagonalise only to be shown.
_SHOWN_NODES, _SHOWN_LEVELS = 100, 256


class AbstractHamiltonian(eqx.Module):
    """H = free part + interaction. The local master equation knows the free part only."""

    free: eqx.AbstractVar[Array]
    interaction: eqx.AbstractVar[Array]
    coupling_axes: eqx.AbstractClassVar[int]  # of the operator that couples to one bath

    def known(self) -> np.ndarray | None:
        """free + interaction, of one system whose values are known now; else None."""
        if not (is_concrete(self.free) and is_concrete(self.interaction)) or self.free.ndim > 2:
            return None
        return np.asarray(self.free) + np.asarray(self.interaction)

    @abstractmethod
    def magnitude(self) -> float:
        """A typical frequency, 0 where the values are not known: what temperatures and cut-offs are compared with."""

    @abstractmethod
    def named(self, coupling: Any) -> str:
        """A coupling operator, whose values are known, as a physicist writes it."""

    @abstractmethod
    def check_coupling(self, coupling: Any, bath: int) -> None:
        """Raise ValueError for a coupling operator that does not fit; `bath` is its position."""


class OscillatorNetwork(AbstractHamiltonian):
    """H = R^T (free + interaction) R / 2 on the quadratures R = (x1, p1, x2, p2, ...), unit masses.

    Two real symmetric forms of shape (2N, 2N). Raises ValueError for other shapes, and for values known to
    be asymmetric or not finite; asymmetric values known only at run time are symmetrised.
    """

    free: QuadratureForm = eqx.field(converter=parameter("form `free`"))
    interaction: QuadratureForm = eqx.field(converter=parameter("form `interaction`"))
    coupling_axes: ClassVar[int] = 1

    def __check_init__(self) -> None:
        for name, form in (("free", self.free), ("interaction", self.interaction)):
            if not hasattr(form, "shape"):
                continue
            if form.ndim < 2 or form.shape[-1] != form.shape[-2] or form.shape[-1] % 2 or form.shape[-1] == 0:
                raise ValueError(
                    f"`{name}` must be a form on the quadratures (x1, p1, x2, p2, ...), so have shape "
                    f"(2N, 2N), but has shape {form.shape}."
                )
            check_symmetric(form, f"The form `{name}`")
        if hasattr(self.free, "shape") and self.free.shape != self.interaction.shape:
            raise ValueError(
                f"`free` and `interaction` must have the same shape, but have {self.free.shape} and "
                f"{self.interaction.shape}."
            )

    def __repr__(self) -> str:
        if not holds_arrays(self.free, self.interaction):
            return fields(self)
        with jax.ensure_compile_time_eval():
            frequencies = self.frequencies
        return call("OscillatorNetwork", f"nodes={self.nodes}", frequencies=frequencies, **self._modes())

    def _modes(self) -> dict[str, Any]:
        """The frequencies of the normal modes, ascending, of one small network that is known and stable."""
        form = self.known()
        if form is None or self.nodes > _SHOWN_NODES:
            return {}
        values = np.linalg.eigvals(symplectic_form(self.nodes) @ form)
        stable = np.all(np.linalg.eigvalsh(form) > 0)
        return {"normal_modes": np.sort(np.abs(values.imag))[::2]} if stable else {"stable": False}

    @property
    def nodes(self) -> int:
        """The number of nodes N."""
        return self.free.shape[-1] // 2

    @property
    def frequencies(self) -> Float[Array, " nodes"]:
        """The frequencies of the nodes in the free part, shape (N,): as if nothing connected them."""
        x, p = (jnp.diagonal(self.free[..., i::2, i::2], axis1=-2, axis2=-1) for i in (0, 1))
        mixed = jnp.diagonal(self.free[..., 0::2, 1::2], axis1=-2, axis2=-1)
        squares = x * p - mixed**2
        moving = squares > 0
        return jnp.where(moving, jnp.sqrt(jnp.where(moving, squares, 1.0)), 0.0)

    def magnitude(self) -> float:
        """See `AbstractHamiltonian`."""
        form = self.known()
        return 0.0 if form is None else float(np.sqrt(np.max(np.abs(np.diag(form)[0::2] * np.diag(form)[1::2]))))

    def named(self, coupling: Any) -> str:
        """See `AbstractHamiltonian`."""
        return named_quadratures(coupling)

    @property
    def form(self) -> QuadratureForm:
        """free + interaction, of shape (2N, 2N)."""
        total = self.free + self.interaction
        return (total + jnp.swapaxes(total, -1, -2)) / 2

    def check_coupling(self, coupling: Any, bath: int) -> None:
        """See `AbstractHamiltonian`."""
        if coupling.ndim == 0 or coupling.shape[-1] != 2 * self.nodes:
            raise ValueError(
                f"The coupling of bath {bath} must act on the {self.nodes} nodes of the Hamiltonian, so have "
                f"shape ({2 * self.nodes},), but has shape {coupling.shape}. "
                f"Use `qt.position({min(bath, self.nodes - 1)}, of={self.nodes})`."
            )
        if is_concrete(coupling) and coupling.shape == (2 * self.nodes,) * 2 and not np.any(coupling != coupling.T):
            warn(
                f"The coupling of bath {bath}, a matrix of shape {coupling.shape}, stands for {2 * self.nodes} baths "
                "on a network, one for every row. Operators such as `qt.sigma_x` belong to a `qt.FiniteHamiltonian`."
            )
        if jnp.issubdtype(coupling.dtype, jnp.complexfloating):
            raise ValueError(f"The coupling of bath {bath} to a network must be real, but is complex.")

    @staticmethod
    def from_springs(frequencies: Numbers, springs: Numbers) -> "OscillatorNetwork":
        """sum_i (p_i^2 + w_i^2 x_i^2)/2 + sum_{i<j} springs_ij (x_i - x_j)^2 / 2   (Gonzalez 2017, Eq. 4).

        frequencies (N,) of the bare nodes; springs (N, N), symmetric, its diagonal ignored. The free part
        has the bare frequencies; the springs are interaction altogether, their share of x_i^2 included.
        """
        w, k = _frequencies_and_matrix(frequencies, springs, "springs")
        k = k * (1.0 - np.eye(k.shape[0]))
        return OscillatorNetwork(_on_nodes(w**2, 1.0), _positions(jnp.diag(jnp.sum(k, axis=1)) - k))

    @staticmethod
    def from_positions(frequencies: Numbers, couplings: Numbers) -> "OscillatorNetwork":
        """sum_i (p_i^2 + w_i^2 x_i^2)/2 + sum_{i<j} couplings_ij x_i x_j   (Scali 2021).

        frequencies (N,); couplings (N, N), symmetric, its diagonal ignored.
        """
        w, k = _frequencies_and_matrix(frequencies, couplings, "couplings")
        return OscillatorNetwork(_on_nodes(w**2, 1.0), _positions(k * (1.0 - np.eye(k.shape[0]))))

    @staticmethod
    def from_hopping(hopping: Numbers) -> "OscillatorNetwork":
        """sum_kl hopping_kl a_k^dagger a_l with x = (a + a^dagger)/sqrt(2)   (Levy 2014, Malouf 2019).

        hopping (N, N), Hermitian; its diagonal (the frequencies) is the free part. The zero-point energy
        is dropped; positions are in units in which every node has the vacuum covariance 1/2.
        """
        h = as_inexact(hopping, "`hopping`")
        if h.ndim != 2 or h.shape[0] != h.shape[1] or h.shape[0] == 0:
            raise ValueError(f"`hopping` must have shape (N, N), but has shape {h.shape}.")
        check_values(jnp.abs(h), "hopping matrix")
        if is_concrete(h) and not np.allclose(h, np.conj(h).T, rtol=1e-9, atol=1e-12 * np.abs(h).max()):
            raise ValueError("`hopping` must be Hermitian, so that the energy is real. Use (h + h^dagger)/2.")
        # a_k^dagger a_l + h.c. is Re h (x x + p p) + Im h (p x - x p), up to a constant.
        re, im = as_real(jnp.real(h)), as_real(jnp.imag(h))
        blocks = jnp.stack([jnp.stack([re, -im], -1), jnp.stack([im, re], -1)], -2)
        blocks = (blocks + jnp.transpose(blocks, (1, 0, 3, 2))) / 2
        form = jnp.transpose(blocks, (0, 2, 1, 3)).reshape(2 * h.shape[0], 2 * h.shape[0])
        same_node = np.kron(np.eye(h.shape[0]), np.ones((2, 2)))
        return OscillatorNetwork(form * same_node, form * (1.0 - same_node))


class FiniteHamiltonian(AbstractHamiltonian):
    """H = free + interaction of qubits, qudits or any system of d levels: two Hermitian (d, d) matrices.

    `dims` are the dimensions of its sites, in the order of the tensor product, for partial traces and
    entanglement; by default it is one site. Real matrices stay real, which halves the work. Raises ValueError for
    other shapes, for `dims` whose product is not d, and for values known not to be Hermitian or finite; ones
    known only at run time are replaced by their Hermitian part.
    """

    free: Operator = eqx.field(converter=as_inexact)
    interaction: Operator = eqx.field(converter=as_inexact)
    dims: tuple[int, ...] = eqx.field(static=True)
    coupling_axes: ClassVar[int] = 2

    def __init__(self, free: Numbers, interaction: Numbers, *, dims: Sequence[int] | int | None = None):
        self.free = as_inexact(free, "The Hamiltonian `free`")
        self.interaction = as_inexact(interaction, "The Hamiltonian `interaction`")
        for name, matrix in (("free", self.free), ("interaction", self.interaction)):
            if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2] or matrix.shape[-1] == 0:
                raise ValueError(f"`{name}` must be an operator of shape (d, d), but has shape {matrix.shape}.")
            check_values(matrix, f"Hamiltonian `{name}`")
            check_hermitian(matrix, f"The Hamiltonian `{name}`")
        if self.free.shape != self.interaction.shape:
            raise ValueError(
                f"`free` and `interaction` must have the same shape, but have {self.free.shape} and "
                f"{self.interaction.shape}."
            )
        self.dims = check_dims(dims, self.levels)
        self._warn_if_uncoupled()

    def _warn_if_uncoupled(self) -> None:
        if self.known() is None or len(self.dims) == 1 or np.any(np.asarray(self.interaction)):
            return
        if is_sum_over_sites(self.free, self.dims):
            warn(
                f"The `interaction` of the sites of dims {self.dims} is zero, so that nothing couples them. Products "
                "of operators are written `a @ b`: `a * b` multiplies element by element."
            )

    def check_uncoupled(self) -> None:
        """Warn where the free part, known now, is none of uncoupled sites, as the local equation takes it."""
        if self.known() is not None and not is_sum_over_sites(self.free, self.dims):
            warn(
                f"The `free` part acts on several sites of dims {self.dims} at once: the local master equation takes "
                "it for the uncoupled sites. Write `qt.FiniteHamiltonian(free, interaction)`, in this order."
            )

    def __repr__(self) -> str:
        if not holds_arrays(self.free, self.interaction):
            return fields(self)
        matrix = self.known()
        energies = {}
        if matrix is not None and self.levels <= _SHOWN_LEVELS:
            energies["energies"] = np.linalg.eigvalsh(matrix)
        return call("FiniteHamiltonian", f"dims={self.dims}", **energies)

    @property
    def levels(self) -> int:
        """The dimension d."""
        return self.free.shape[-1]

    def magnitude(self) -> float:
        """See `AbstractHamiltonian`."""
        matrix = self.known()
        if matrix is None:
            return 0.0
        level = np.trace(matrix).real / self.levels
        return math.sqrt(max(np.linalg.norm(matrix) ** 2 / self.levels - level**2, 0.0))

    def named(self, coupling: Any) -> str:
        """See `AbstractHamiltonian`."""
        return named_operator(coupling, self.dims)

    @property
    def matrix(self) -> Operator:
        """free + interaction, of shape (d, d)."""
        total = self.free + self.interaction
        return (total + jnp.swapaxes(total, -1, -2).conj()) / 2

    def check_coupling(self, coupling: Any, bath: int) -> None:
        """See `AbstractHamiltonian`."""
        d = self.levels
        if coupling.ndim < 2 or coupling.shape[-2:] != (d, d):
            raise ValueError(
                f"The coupling of bath {bath} must act on the {d} levels of the Hamiltonian, so have shape "
                f"({d}, {d}), but has shape {coupling.shape}. Use `qt.sigma_x(site, of=...)` or "
                f"`qt.embed(operator, site, dims={self.dims})`."
            )
        lowering = "For an operator that lowers, or raises, take the sum of both, such as `qt.sigma_x(0, of=1)`"
        check_hermitian(coupling, f"The coupling of bath {bath}", remedy=lowering)


def _frequencies_and_matrix(frequencies: Numbers, matrix: Numbers, name: str) -> tuple[Array, Array]:
    w, k = as_real(frequencies, "`frequencies`"), as_real(matrix, f"`{name}`")
    if w.ndim != 1 or w.shape[0] == 0:
        raise ValueError(f"`frequencies` must have shape (N,), one per node, but has shape {w.shape}.")
    if k.shape != (w.shape[0], w.shape[0]):
        raise ValueError(
            f"`{name}` must couple the {w.shape[0]} nodes, so have shape {(w.shape[0],) * 2}, but has shape {k.shape}."
        )
    check_values(w, "frequencies of the nodes", nonnegative=True)
    check_values(k, f"{name} matrix")
    check_symmetric(k, f"The matrix `{name}`")
    return w, k


def _positions(matrix: Array) -> QuadratureForm:
    return jnp.kron(matrix, np.diag([1.0, 0.0]))


def _on_nodes(x: Array, p: float) -> Float[Array, "two_n two_n"]:
    return jnp.diag(jnp.stack([x, jnp.full_like(x, p)], axis=1).ravel())
