"""States: Gaussian states of networks, density matrices of finite systems."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float, Inexact

from ._checks import check_dims, check_hermitian, check_site, check_symmetric, is_concrete, shown
from ._display import call, fields, holds_arrays
from ._linalg import cholesky, eigvalsh, symplectic_form
from ._special import mode_entropy, surprise
from ._typing import Numbers, QuadratureForm, as_inexact, as_real, parameter


class AbstractState(eqx.Module):
    """A state of the open system."""

    @abstractmethod
    def reduced(self, sites: int | Sequence[int]) -> "AbstractState":
        """The state of some sites, the others traced out."""

    @abstractmethod
    def is_physical(self) -> Bool[Array, ""]:
        """Whether some density operator has these moments or matrix elements."""


class Stationary(eqx.Module):
    """The dynamics that a steady state belongs to, and its arrays, which tell whether it is still that state."""

    dynamics: Any
    arrays: tuple[Array, ...]
    # Where the solver has it: what `steady_responses` of a finite system returns, for the heat currents of weak baths.
    responses: Array | None = None


class GaussianState(AbstractState):
    """A Gaussian state: mean (2N,) and covariance (2N, 2N) of R = (x1, p1, x2, p2, ...).

    covariance = <{R_k, R_l}>/2 - <R_k><R_l>: the vacuum at unit frequency has 1/2 on its diagonal. A state
    that `steady_state` returns remembers the dynamics under which it is stationary, and one evolved under
    `qt.Langevin` its correlations with the forces of the baths; `heat_currents` uses both. Raises
    ValueError for shapes that do not fit and for a covariance known to be asymmetric.
    """

    mean: Float[Array, "*times two_n"] = eqx.field(converter=parameter("mean of a state"))
    covariance: Float[Array, "*times two_n two_n"] = eqx.field(converter=parameter("covariance of a state"))
    # <{R, f_b}>/2 with the force f_b of each bath, of shape (B, 2N)
    force_correlations: Float[Array, "*times baths two_n"] | None = None
    stationary_under: "Stationary | None" = None

    def __check_init__(self) -> None:
        mean, covariance = self.mean, self.covariance
        if not all(hasattr(x, "shape") for x in (mean, covariance)):
            return
        if covariance.ndim < 2 or covariance.shape[-1] != covariance.shape[-2] or covariance.shape[-1] % 2:
            raise ValueError(f"The covariance must have shape (2N, 2N) for N nodes, but has shape {covariance.shape}.")
        if mean.shape != covariance.shape[:-1]:
            raise ValueError(
                f"The mean must have shape {covariance.shape[:-1]} to fit the covariance, but has shape {mean.shape}."
            )
        check_symmetric(covariance, "The covariance", 1e-9)

    @staticmethod
    def from_amplitudes(mean: Numbers, normal: Numbers, anomalous: Numbers | None = None) -> "GaussianState":
        """The state of given moments of a = (x + i p)/sqrt(2), as networks `from_hopping` are written in.

        mean <a_k>, shape (N,); of the fluctuations normal C_kl = <a_l^dagger a_k>, Hermitian, and anomalous
        S_kl = <a_k a_l>, symmetric, zero if left out; shape (N, N) (Malouf 2019, App. A, indices corrected). Raises
        ValueError for shapes that do not fit and for values known not to have that symmetry.
        """
        a, c = as_inexact(mean, "`mean`"), as_inexact(normal, "`normal`")
        s = jnp.zeros_like(c) if anomalous is None else as_inexact(anomalous, "`anomalous`")
        if a.ndim != 1 or c.shape != (a.shape[0],) * 2 or s.shape != c.shape:
            raise ValueError(
                "`mean` must have shape (N,), `normal` and `anomalous` (N, N), but they have "
                f"{a.shape}, {c.shape} and {s.shape}."
            )
        check_hermitian(c, "`normal`", 1e-9)
        check_symmetric(jnp.stack([s.real, s.imag]), "`anomalous`", 1e-9)
        half = jnp.eye(a.shape[0]) / 2
        xx, pp = c.real + s.real + half, c.real - s.real + half
        xp = s.imag - c.imag
        blocks = jnp.stack([jnp.stack([xx, xp], -1), jnp.stack([xp.T, pp], -1)], -2)
        size = 2 * a.shape[0]
        covariance = jnp.transpose(blocks, (0, 2, 1, 3)).reshape(size, size)
        quadratures = jnp.stack([a.real, a.imag], axis=1).reshape(size) * 2**0.5
        return GaussianState(quadratures, (covariance + covariance.T) / 2)

    @property
    def nodes(self) -> int:
        """The number of nodes N."""
        return self.covariance.shape[-1] // 2

    def displaced(self, displacement: Numbers) -> "GaussianState":
        """The same with `displacement`, of shape (2N,), added to the mean."""
        shift = as_real(displacement, "`displacement`")
        if shift.shape != self.mean.shape[-1:]:
            raise ValueError(f"`displacement` must have shape {self.mean.shape[-1:]}, but has shape {shift.shape}.")
        return GaussianState(self.mean + shift, self.covariance)

    def squeezed(self, site: int, strength: ArrayLike, angle: ArrayLike = 0.0) -> "GaussianState":
        """The same after the squeezing a -> cosh(r) a - exp(i angle) sinh(r) a^dagger of one node, r = strength.

        At angle 0, x is multiplied by exp(-r) and p by exp(r). Raises ValueError for a node that does not exist.
        """
        index = quadratures_of(site, self.nodes)
        r, phase = as_real(strength, "`strength`"), as_real(angle, "`angle`")
        if r.shape or phase.shape:
            raise ValueError(
                f"`strength` and `angle` must be one number each, but have shapes {r.shape} and {phase.shape}."
            )
        axis = jnp.stack([jnp.cos(phase), jnp.sin(phase), jnp.sin(phase), -jnp.cos(phase)]).reshape(2, 2)
        turn = jnp.eye(2 * self.nodes).at[np.ix_(index, index)].set(jnp.cosh(r) * jnp.eye(2) - jnp.sinh(r) * axis)
        return GaussianState(self.mean @ turn.T, turn @ self.covariance @ turn.T)

    def reduced(self, sites: int | Sequence[int]) -> "GaussianState":
        """The state of some nodes, in the order given; ValueError for a node that does not exist."""
        index = quadratures_of(sites, self.nodes)
        return GaussianState(self.mean[..., index], self.covariance[..., index[:, None], index])

    def symplectic_eigenvalues(self) -> Float[Array, "... n"]:
        """The N symplectic eigenvalues of the covariance, ascending; 1/2 for a pure mode. No derivatives."""
        return _symplectic_spectra(self.covariance)[..., self.nodes :]

    def is_finite(self) -> Bool[Array, ""]:
        """Whether no moment is NaN: a state that throw=False made NaN has been reported already."""
        return jnp.all(jnp.isfinite(self.mean)) & jnp.all(jnp.isfinite(self.covariance))

    def is_physical(self) -> Bool[Array, "..."]:
        """Whether the uncertainty relation holds: every symplectic eigenvalue >= 1/2, to 1e-10."""
        return jnp.all(self.symplectic_eigenvalues() >= 0.5 - PHYSICAL_TOLERANCE, axis=-1)

    def quadratic(self, form: QuadratureForm) -> Float[Array, "..."]:
        """<R^T form R>/2: the energy, for the form of a Hamiltonian, shape (2N, 2N)."""
        return (jnp.sum(form * self.covariance, axis=(-2, -1)) + jnp.sum(self.mean @ form * self.mean, axis=-1)) / 2

    def __repr__(self) -> str:
        if not holds_arrays(self.mean, self.covariance):
            return fields(self)
        with jax.ensure_compile_time_eval():
            known, moved = self.stationary_under, is_concrete(self.mean) and np.any(self.mean)
            values = {} if known is None else {"energy": self.quadratic(known.dynamics.form)}
            values |= {"mean": self.mean} if moved else {}
            return _shown_state(self, f"nodes={self.nodes}", self.covariance, self.symplectic_eigenvalues, **values)


class DensityMatrix(AbstractState):
    """A state of a finite system: a Hermitian (d, d) matrix of trace 1, and the dimensions of its sites.

    A matrix that is not positive is allowed: Redfield equations make such (`is_physical`). A state that
    `steady_state` returns remembers the dynamics under which it is stationary; `heat_currents` uses it. Raises
    ValueError for shapes that do not fit and for values known not to be Hermitian.
    """

    matrix: Inexact[Array, "*times d d"]
    dims: tuple[int, ...] = eqx.field(static=True)
    # Tr_bath[F_b rho_total] with the force F_b of each bath, of shape (B, d, d)
    force_correlations: Inexact[Array, "*times baths d d"] | None = None
    stationary_under: "Stationary | None" = None

    def __init__(
        self,
        matrix: Numbers,
        *,
        dims: Sequence[int] | int | None = None,
        force_correlations: Inexact[Array, "*times baths d d"] | None = None,
        stationary_under: "Stationary | None" = None,
    ):
        self.matrix = as_inexact(matrix, "A density matrix")
        self.stationary_under = stationary_under
        self.force_correlations = force_correlations
        if self.matrix.ndim < 2 or self.matrix.shape[-1] != self.matrix.shape[-2] or self.matrix.shape[-1] == 0:
            raise ValueError(f"A density matrix must have shape (d, d), but has shape {self.matrix.shape}.")
        self.dims = check_dims(dims, self.matrix.shape[-1])
        check_hermitian(self.matrix, "A density matrix", 1e-9)

    @property
    def levels(self) -> int:
        """The dimension d."""
        return self.matrix.shape[-1]

    def reduced(self, sites: int | Sequence[int]) -> "DensityMatrix":
        """The state of some sites, in the order given; ValueError for a site that does not exist."""
        kept, n = as_sites(sites, len(self.dims)), len(self.dims)
        lead = self.matrix.shape[:-2]
        tensor = self.matrix.reshape(*lead, *self.dims, *self.dims)
        rows, columns = list(range(n)), [i if i not in kept else n + i for i in range(n)]
        result = jnp.einsum(tensor, [..., *rows, *columns], [..., *kept, *(n + i for i in kept)])
        dims = tuple(self.dims[i] for i in kept)
        size = int(np.prod(dims))
        return DensityMatrix(result.reshape(*lead, size, size), dims=dims)

    def expectation(self, operator: Numbers) -> Inexact[Array, "..."]:
        """Tr[operator rho] of an operator of shape (d, d)."""
        matrix = as_inexact(operator, "The operator")
        if matrix.shape != self.matrix.shape[-2:]:
            raise ValueError(f"The operator must have shape {self.matrix.shape[-2:]}, but has shape {matrix.shape}.")
        return jnp.einsum("ij,...ji->...", matrix, self.matrix)

    def eigenvalues(self) -> Float[Array, "... d"]:
        """The eigenvalues, ascending. No derivatives."""
        return _spectra(self.matrix)

    def is_finite(self) -> Bool[Array, ""]:
        """Whether no element is NaN: a state that throw=False made NaN has been reported already."""
        return jnp.all(jnp.isfinite(self.matrix))

    def is_physical(self) -> Bool[Array, "..."]:
        """Whether the matrix is positive and has trace 1, to 1e-10."""
        values = self.eigenvalues()
        unit = jnp.abs(jnp.sum(values, axis=-1) - 1.0) < PHYSICAL_TOLERANCE
        return unit & (values[..., 0] >= -PHYSICAL_TOLERANCE)

    def __repr__(self) -> str:
        if not holds_arrays(self.matrix):
            return fields(self)
        with jax.ensure_compile_time_eval():
            known, populations = self.stationary_under, jnp.diagonal(self.matrix, axis1=-2, axis2=-1).real
            values = {} if known is None else {"energy": jnp.real(self.expectation(known.dynamics.hamiltonian))}
            values |= {"populations": populations}
            return _shown_state(self, f"dims={self.dims}", self.matrix, self.eigenvalues, **values)


def _shown_state(
    state: GaussianState | DensityMatrix, size: str, array: Array, spectrum: Callable[[], Array], **values: Any
) -> str:
    """Its energy, where it knows its Hamiltonian, its entropy and whether it is physical; many states as ranges."""
    name, lead = type(state).__name__, np.shape(array)[:-2]
    sizes = [size, *([f"states={lead[0] if len(lead) == 1 else lead}"] if lead else [])]
    if not is_concrete(array):
        return call(name, *sizes, "traced")
    physical, found = bool(np.all(state.is_physical())), jnp.asarray(spectrum())
    if physical:
        measure = mode_entropy if isinstance(state, GaussianState) else surprise
        values["entropy"] = np.sum(np.asarray(measure(found)), axis=-1)
    else:
        values["least_eigenvalue"] = np.min(found)
    return call(name, *sizes, **values, physical=physical)


def fitting_gaussian(state: Any, shape: tuple[int, ...]) -> GaussianState:
    """The state, if it is one Gaussian state with a covariance of this shape; else ValueError."""
    if not isinstance(state, GaussianState):
        raise ValueError(f"The state of a network must be a `qt.GaussianState`, but is {shown(state)}.")
    if state.covariance.shape != shape:
        raise ValueError(
            f"The state has covariance of shape {state.covariance.shape}, but the network has quadratures of shape "
            f"{shape}. Readers take one state: use `jax.vmap` over a time axis."
        )
    return state


@eqx.filter_jit
def _spectra(matrix: Inexact[Array, "*times d d"]) -> Float[Array, "*times d"]:
    return jnp.vectorize(eigvalsh, signature="(d,d)->(d)")(matrix)


@eqx.filter_jit
def _symplectic_spectra(covariance: Float[Array, "*times n n"]) -> Float[Array, "*times n"]:
    return jnp.vectorize(_symplectic_spectrum, signature="(n,n)->(n)")(covariance)


def _symplectic_spectrum(covariance: Float[Array, "n n"]) -> Float[Array, " n"]:
    factor = cholesky(jax.lax.stop_gradient(covariance))
    positive = jnp.all(jnp.isfinite(factor))
    factor = jnp.where(positive, factor, 0.0)
    values = eigvalsh(1j * (factor.T @ symplectic_form(covariance.shape[0] // 2) @ factor))
    return jnp.where(positive, values, jnp.nan)


PHYSICAL_TOLERANCE = 1e-10  # how far below its bound rounding may push an eigenvalue


def as_sites(sites: int | Sequence[int], number: int) -> tuple[int, ...]:
    """An int or a sequence of different ints as a tuple; ValueError for anything else."""
    if not isinstance(sites, (int, np.integer, Sequence, np.ndarray)) or isinstance(sites, str):
        raise ValueError(f"A site must be an integer, several a tuple of them, but is {shown(sites)}.")
    chosen = (sites,) if isinstance(sites, (int, np.integer)) else tuple(sites)
    for site in chosen:
        check_site(site, number)
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"`sites` must name different sites, at least one, but is {shown(sites)}.")
    return tuple(int(site) for site in chosen)


def quadratures_of(sites: int | Sequence[int], nodes: int) -> np.ndarray:
    """The positions of x and p of some nodes in (x1, p1, x2, p2, ...)."""
    return np.array([2 * site + k for site in as_sites(sites, nodes) for k in (0, 1)])
