"""Master equations: whose eigenoperators x which pairs of them stay x Lamb shift or not.

With the eigenoperators [H_ref, A_w] = -w A_w of a coupling operator S and a secular kernel k(w, w')

    D(rho) = sum_{w,w'} k(w, w') Gamma(w) [A_w rho A_w'^dagger - A_w'^dagger A_w rho] + h.c.

stands once here; the equations of the literature are points of the product. H_ref is the free part for the
local equation and the whole Hamiltonian for every other one. k = 1 on all pairs is Bloch-Redfield, on pairs
that rotate the same way partial Redfield (Gonzalez 2017, App. A), on equal frequencies the global equation
(Gonzalez 2017, Eq. 10).

For a network S = c.R is linear, the eigenoperators are those of its normal modes, and every term
c (L rho R^dagger - R^dagger L rho) + h.c. with L = l.R, R = r.R adds the drift 2 Im[c (Omega r*) l^T] and the
diffusion Re[c ((Omega r*)(Omega l)^T + (Omega l)(Omega r*)^T)]. In the mode frame z of H_ref (see
_linalg/_normal_modes.py) TΩr* = -i w s*, so both follow from one matrix, `pairs` below.
"""

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from ._checks import NO_EIGENOPERATOR, NOT_FINITE, POTENTIAL, TEMPERATURE, check_values, first_fault
from ._linalg import NormalModes, clustered_function, conjugate_pair
from ._typing import QuadratureForm, Scalar, parameter
from .baths import Bath, OpenSystem
from .generators import AbstractDynamics, Lyapunov
from .hamiltonians import OscillatorNetwork

Clusters = Float[Array, "clusters n"]


class AbstractSecularKernel(eqx.Module):
    """Which pairs of eigenoperators stay.

    Frequencies are gathered in clusters. Inside a cluster the rate varies smoothly, or is one for all
    (`one_rate`); between clusters a pair has a weight that depends on the mean frequencies.
    """

    one_rate: eqx.AbstractClassVar[bool]

    @abstractmethod
    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """members[c, i] = 1 where frequency i belongs to cluster c; an empty cluster is a row of zeros."""

    @abstractmethod
    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """k(w - w') on the mean frequencies of two clusters, then its first two derivatives unless they vanish."""


class AllPairs(AbstractSecularKernel):
    """k = 1: nothing is dropped."""

    one_rate = False

    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """One cluster of all."""
        return jnp.ones((1, frequencies.shape[0]))

    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """1."""
        return (jnp.ones((1, 1)),)


class SameRotation(AbstractSecularKernel):
    """k = 1 where w w' > 0, and for w = w' = 0."""

    one_rate = False

    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """Positive, negative and zero frequencies."""
        w = frequencies
        return jnp.stack([w > 0, w < 0, w == 0]).astype(w.dtype)

    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """1 on equal clusters."""
        return (jnp.eye(3),)


class EqualFrequencies(AbstractSecularKernel):
    """k = 1 where w = w': frequencies closer than tolerance x the largest one are one channel.

    The eigenoperators of a channel are summed into one jump operator, with the rate at the mean frequency (the
    one that the bath's coupling operator sees), so the equation keeps the GKLS form for every tolerance. The
    tolerance is a physical choice: results jump where a pair of frequencies crosses it.
    """

    tolerance: Scalar = parameter()
    one_rate = True

    def __check_init__(self) -> None:
        check_values(self.tolerance, "tolerance of the secular approximation", nonnegative=True)

    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """Single linkage: a gap wider than the tolerance separates."""
        return _linked(frequencies, self.tolerance * jnp.max(jnp.abs(frequencies)))

    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """1 on equal clusters."""
        return (jnp.eye(means.shape[0]),)


class CloseFrequencies(AbstractSecularKernel):
    """k = 1 where abs(w - w') < cutoff. Not of GKLS form unless the pairs happen to be transitive."""

    cutoff: Scalar = parameter()
    one_rate = False

    def __check_init__(self) -> None:
        check_values(self.cutoff, "cutoff of the partial secular approximation", positive=True)

    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """Frequencies so close that the cut-off cannot tell them apart."""
        return _linked(frequencies, self.cutoff * 1e-3 / frequencies.shape[0])

    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """1 below the cut-off."""
        return ((jnp.abs(means[:, None] - means[None, :]) < self.cutoff).astype(means.dtype),)


class AveragedPairs(AbstractSecularKernel):
    """k = sinc((w - w') time / 2): the interaction-picture generator averaged over a window of time."""

    time: Scalar = parameter()
    one_rate = False

    def __check_init__(self) -> None:
        check_values(self.time, "coarse-graining time", positive=True)

    def clusters(self, frequencies: Float[Array, " n"]) -> Clusters:
        """Frequencies whose phases agree over the window to 1e-4; their kernel is 1 to 1e-9."""
        return _linked(frequencies, 1e-4 / (self.time * frequencies.shape[0]))

    def weights(self, means: Float[Array, " clusters"]) -> tuple[Float[Array, "clusters clusters"], ...]:
        """sin(x)/x of x = (w - w') time / 2, and its derivatives by w - w'."""
        difference = means[:, None] - means[None, :]
        first = lambda f: lambda x: jax.jvp(f, (x,), (jnp.ones_like(x),))[1]  # noqa: E731
        kernel = lambda x: _sinc(x * self.time / 2)  # noqa: E731
        return kernel(difference), first(kernel)(difference), first(first(kernel))(difference)


def _sinc(x: Array) -> Array:
    """sin(x)/x, with a series near 0 that keeps its derivatives."""
    small = jnp.abs(x) < 0.1
    large, square = jnp.where(small, 1.0, x), jnp.where(small, x, 0.0) ** 2
    series = 1.0
    for k in range(6, 0, -1):
        series = 1.0 - square / (2 * k * (2 * k + 1)) * series
    return jnp.where(small, series, jnp.sin(large) / large)


def _linked(frequencies: Float[Array, " n"], tolerance: Scalar) -> Clusters:
    """Single-linkage clusters of fixed number n, empty ones last."""
    w = jax.lax.stop_gradient(frequencies)
    order = jnp.argsort(w)
    steps = jnp.diff(w[order]) > jax.lax.stop_gradient(tolerance)
    labels = jnp.concatenate([jnp.zeros(1, int), jnp.cumsum(steps)])
    found = jnp.zeros(w.shape[0], int).at[order].set(labels)
    return (found[None, :] == jnp.arange(w.shape[0])[:, None]).astype(w.dtype)


class AbstractRate(eqx.Module):
    """How Gamma of the pair (w, w') is made of functions of w and of w'."""

    @abstractmethod
    def factors(self, bath: Bath, lamb_shift: bool) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """(left, right) with Gamma -> left(w) right(w')."""

    @abstractmethod
    def shift(self, bath: Bath) -> Callable[[Array], Array] | None:
        """S(w) of a Lamb Hamiltonian to add to the generator, None if `factors` holds it already."""


class RateOfFirst(AbstractRate):
    """Gamma(w), as the second-order derivation gives it."""

    def factors(self, bath: Bath, lamb_shift: bool) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """Gamma(w) and 1; without Lamb shift S(w) is left out, Re Gamma stays."""
        if lamb_shift:
            return (lambda w: _half_sided(bath, w)), jnp.ones_like
        return (lambda w: bath.spectral_density.rate(w, bath.temperature) / 2), jnp.ones_like

    def shift(self, bath: Bath) -> None:
        """Held by `factors`."""
        return


class GeometricMean(AbstractRate):
    """sqrt(gamma(w) gamma(w'))/2: one jump operator sum_w sqrt(gamma(w)) A_w, so GKLS form on all pairs."""

    def factors(self, bath: Bath, lamb_shift: bool) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """sqrt(gamma(w)/2) twice."""

        def root(w: Array) -> Array:
            rate = bath.spectral_density.rate(w, bath.temperature) / 2
            none = rate <= 0.0  # T = 0, w < 0: the root has no derivative, and needs none
            return jnp.where(none, 0.0, jnp.sqrt(jnp.where(none, 1.0, rate)))

        return root, root

    def shift(self, bath: Bath) -> Callable[[Array], Array]:
        """S(w), to be averaged over the pair: H_LS = sum (S(w) + S(w'))/2 A_w'^dagger A_w."""
        return lambda w: jnp.imag(_half_sided(bath, w))


def _half_sided(bath: Bath, frequency: Array) -> Complex[Array, "..."]:
    """Gamma(w), to which a counterterm + Q S^2 = sum Q A_w'^dagger A_w adds iQ, pair by pair."""
    gamma = bath.spectral_density.half_sided(frequency, bath.temperature)
    return gamma + 1j * bath.spectral_density.reorganisation() if bath.counterterm else gamma


def uncoupled(hamiltonian: OscillatorNetwork) -> QuadratureForm:
    """The free part: the nodes as if nothing connected them."""
    free = (hamiltonian.free + hamiltonian.free.T) / 2
    # A node of zero frequency has no normal mode. If no bath acts on it, any mode will do (see `_support`).
    return free + jnp.diag(_frequencyless(free))


def whole(hamiltonian: OscillatorNetwork) -> QuadratureForm:
    """The whole Hamiltonian, interaction included."""
    return hamiltonian.form


def _frequencyless(free: QuadratureForm) -> Float[Array, " two_n"]:
    return jax.lax.stop_gradient((jnp.diagonal(free) == 0.0).astype(free.dtype))


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
        if not isinstance(self.lamb_shift, bool):
            raise ValueError(f"`lamb_shift` must be True or False, but is {self.lamb_shift!r}.")

    def __call__(self, system: OpenSystem) -> AbstractDynamics:
        """The dynamics of a system. Faults of its values are reported by the solver of the dynamics."""
        if not isinstance(system, OpenSystem):
            raise ValueError(f"A description acts on a `qt.OpenSystem`, but got {system!r}.")
        return _network_dynamics(self, system)

    def __repr__(self) -> str:
        parameters = [
            f"{name}={getattr(self.kernel, name)}" for name in ("tolerance", "cutoff", "time") if hasattr(self.kernel, name)
        ]
        return f"{self.name}({', '.join([*parameters, f'lamb_shift={self.lamb_shift}'])})"


@eqx.filter_jit
def _network_dynamics(equation: MasterEquation, system: OpenSystem) -> Lyapunov:
    hamiltonian = system.hamiltonian
    assert isinstance(hamiltonian, OscillatorNetwork)
    form, reference = hamiltonian.form, equation.reference(hamiltonian)
    energy, own = NormalModes.of(form), NormalModes.of(reference)
    # An equation built on the free part needs no ground state of the whole: its frame is then the free one.
    frame = jax.tree.map(lambda a, b: jnp.where(energy.positive, a, b), energy, own)
    drifts, diffusions = system.for_each_bath(lambda bath: _dissipator(equation, bath, own, reference))
    if equation.reference is not whole:
        turn, back = frame.to_modes @ own.from_modes, own.to_modes @ frame.from_modes
        drifts, diffusions = turn @ drifts @ back, turn @ diffusions @ turn.conj().T
    no_mode = _frequencyless(hamiltonian.free) if equation.reference is uncoupled else jnp.zeros(form.shape[0])
    couplings = jnp.concatenate([stack.coupling for stack in system.stacks()])
    temperatures = system.temperatures
    fault = first_fault(
        (~jnp.all(temperatures >= 0), TEMPERATURE),
        (~system.is_finite(), NOT_FINITE),
        (~own.positive, POTENTIAL),
        (jnp.any(couplings * no_mode != 0), NO_EIGENOPERATOR),
    )
    return Lyapunov(form, frame, drifts, diffusions, temperatures, fault, equation)


def _dissipator(
    equation: MasterEquation, bath: Bath, modes: NormalModes, reference: QuadratureForm
) -> tuple[Complex[Array, "n n"], Complex[Array, "n n"]]:
    """Drift and diffusion of one bath in the mode frame of the reference form."""
    w, s = modes.frequencies, modes.mode_vector(bath.coupling)
    perturbation = w[:, None] * modes.perturbation(reference)
    members = equation.kernel.clusters(w)
    empty = jnp.sum(members, axis=1) == 0
    means = jnp.where(empty, 1.0, members @ w / jnp.maximum(jnp.sum(members, axis=1), 1.0))
    own_mean = members.T @ means

    def channel(function: Callable[[Array], Array]) -> Complex[Array, "clusters n"]:
        """s function(frequency operator), restricted to each cluster of eigenoperators."""
        return s @ clustered_function(function, w, perturbation, members)

    def one_rate(function: Callable[[Array], Array]) -> Complex[Array, "clusters n"]:
        """The same with function(mean), the mean weighted with what the coupling holds of each mode."""
        kept, moment = channel(jnp.ones_like), channel(lambda x: x)
        norm = jnp.real((kept * w) @ s.conj())
        silent = empty | (norm == 0.0)
        mean = jnp.real((moment * w) @ s.conj()) / jnp.where(silent, 1.0, norm)
        return function(jnp.where(silent, means, mean))[:, None] * kept

    factors = equation.rate.factors(bath, equation.lamb_shift)
    weights = equation.kernel.weights(means)
    if equation.kernel.one_rate:
        left, right = (one_rate(f) for f in factors)
        pairs = (weights[0] @ right.conj()).T @ left
    else:
        # Taylor terms about the frozen means, k(m - m' + d - d'): zero in value inside a narrow cluster, they
        # carry the derivatives of a kernel that varies with the frequencies.
        def moments(function: Callable[[Array], Array]) -> list[Array]:
            offset = lambda x: x - _nearest(x, w, own_mean)  # noqa: E731
            higher = [
                channel(lambda x, p=p: function(x) * offset(x) ** p / math.factorial(p))
                for p in range(1, len(weights))
            ]
            return [channel(function), *higher]

        left, right = (moments(f) for f in factors)
        pairs = jnp.zeros_like(perturbation)
        for p, left_p in enumerate(left):
            for q, right_q in enumerate(right[: len(weights) - p]):
                pairs = pairs + (-1) ** q * (weights[p + q] @ right_q.conj()).T @ left_p
    drift, diffusion = _pair_terms(w, pairs)
    own_shift = equation.rate.shift(bath) if equation.lamb_shift else None
    if own_shift is not None:
        everything = clustered_function(own_shift, w, perturbation, jnp.ones((1, w.shape[0])))[0]
        drift = drift + _hamiltonian_drift(w, s, s @ everything)
    return drift, diffusion


def _nearest(x: Array, w: Float[Array, " n"], means: Float[Array, " n"]) -> Array:
    """The mean of the cluster that x belongs to."""
    return means[jnp.argmin(jnp.abs(x[..., None] - w), axis=-1)]


def _pair_terms(w: Array, pairs: Array) -> tuple[Array, Array]:
    """Drift and diffusion of sum over pairs[k, j] = Gamma s_k^* s_j of eigenoperators (k on the right)."""
    drift = -1j * w[:, None] * pairs
    diffusion = w[:, None] * pairs * w[None, :]
    swapped = conjugate_pair(diffusion)
    return (
        -1j * (drift - conjugate_pair(drift)),
        (diffusion + diffusion.conj().T + swapped + swapped.conj().T) / 2,
    )


def _hamiltonian_drift(w: Array, s: Array, shifted: Array) -> Array:
    """Drift of the Hamiltonian (S G + G^dagger S)/2 with S = s.z and G = shifted.z, in the mode frame."""
    outer = jnp.outer(s.conj(), shifted)
    form = (outer + outer.conj().T) / 2
    return -1j * w[:, None] * (form + conjugate_pair(form))


def local_master_equation(*, lamb_shift: bool = False) -> MasterEquation:
    """The local master equation (LME): each bath damps the node it touches as if nothing else were there.

    Eigenoperators of the free part, full secular; GKLS form (Gonzalez 2017, Eq. 25; Levy 2014, Eq. 4).
    """
    return MasterEquation(
        uncoupled, EqualFrequencies(1e-10), RateOfFirst(), lamb_shift, "local_master_equation"
    )


def global_master_equation(*, tolerance: float = 1e-10, lamb_shift: bool = False) -> MasterEquation:
    """The global master equation (GME): transitions between eigenstates of the whole H, full secular.

    Bohr frequencies closer than tolerance x the largest one are one channel: a physical choice, to be compared
    with the damping rates. GKLS form (Gonzalez 2017, Eq. 10).
    """
    kernel = EqualFrequencies(tolerance)
    return MasterEquation(whole, kernel, RateOfFirst(), lamb_shift, "global_master_equation")


def partial_redfield_equation(*, lamb_shift: bool = False) -> MasterEquation:
    """The partial Redfield equation: pairs that rotate the same way stay (Gonzalez 2017, Eq. A.1)."""
    return MasterEquation(whole, SameRotation(), RateOfFirst(), lamb_shift, "partial_redfield_equation")


def redfield_equation(*, lamb_shift: bool = False) -> MasterEquation:
    """The Bloch-Redfield equation: all pairs stay (Gonzalez 2017, Eq. 9)."""
    return MasterEquation(whole, AllPairs(), RateOfFirst(), lamb_shift, "redfield_equation")


def partial_secular_equation(cutoff: float, *, lamb_shift: bool = False) -> MasterEquation:
    """Redfield with the pairs of abs(w - w') < cutoff only; cutoff in units of frequency, absolute."""
    kernel = CloseFrequencies(cutoff)
    return MasterEquation(whole, kernel, RateOfFirst(), lamb_shift, "partial_secular_equation")


def coarse_grained_equation(time: float, *, lamb_shift: bool = False) -> MasterEquation:
    """Redfield averaged, in the interaction picture, over a window of the given length of time.

    Redfield for time -> 0, the global equation for time -> infinity.
    """
    return MasterEquation(whole, AveragedPairs(time), RateOfFirst(), lamb_shift, "coarse_grained_equation")


def universal_lindblad_equation(*, lamb_shift: bool = False) -> MasterEquation:
    """All pairs with the geometric mean sqrt(gamma(w) gamma(w')) of the rates: GKLS form.

    Its Lamb Hamiltonian is the mean over the pair, sum (S(w) + S(w'))/2 A_w'^dagger A_w.
    """
    return MasterEquation(whole, AllPairs(), GeometricMean(), lamb_shift, "universal_lindblad_equation")
