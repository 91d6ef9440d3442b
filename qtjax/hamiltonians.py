"""Hamiltonians of the system: a free part and an interaction."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._checks import check_dims, check_hermitian, check_symmetric, check_values, is_concrete
from ._typing import Numbers, Operator, QuadratureForm, as_inexact, as_real


class AbstractHamiltonian(eqx.Module):
    """H = free part + interaction. The local master equation knows the free part only."""

    free: eqx.AbstractVar[Array]
    interaction: eqx.AbstractVar[Array]
    coupling_axes: eqx.AbstractClassVar[int]  # of the operator that couples to one bath

    @abstractmethod
    def check_coupling(self, coupling: Any, bath: int) -> None:
        """Raise ValueError for a coupling operator that does not fit; `bath` is its position."""


class OscillatorNetwork(AbstractHamiltonian):
    """H = R^T (free + interaction) R / 2 on the quadratures R = (x1, p1, x2, p2, ...), unit masses.

    Two real symmetric forms of shape (2N, 2N). Raises ValueError for other shapes, and for values known to
    be asymmetric or not finite; asymmetric values known only at run time are symmetrised.
    """

    free: QuadratureForm = eqx.field(converter=as_real)
    interaction: QuadratureForm = eqx.field(converter=as_real)
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
            check_values(form, f"form `{name}`")
            check_symmetric(form, f"The form `{name}`")
        if hasattr(self.free, "shape") and self.free.shape != self.interaction.shape:
            raise ValueError(
                f"`free` and `interaction` must have the same shape, but have {self.free.shape} and "
                f"{self.interaction.shape}."
            )

    @property
    def nodes(self) -> int:
        """The number of nodes N."""
        return self.free.shape[-1] // 2

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
        h = jnp.asarray(hopping)
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
        self.free, self.interaction = as_inexact(free), as_inexact(interaction)
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

    @property
    def levels(self) -> int:
        """The dimension d."""
        return self.free.shape[-1]

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
        check_hermitian(coupling, f"The coupling of bath {bath}")


def _frequencies_and_matrix(frequencies: Numbers, matrix: Numbers, name: str) -> tuple[Array, Array]:
    w, k = as_real(frequencies), as_real(matrix)
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
