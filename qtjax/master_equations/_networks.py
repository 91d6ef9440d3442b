"""Master equations of oscillator networks, on linear coupling operators.

For S = c.R the eigenoperators are those of the normal modes of H_ref, and every term
c (L rho R^dagger - R^dagger L rho) + h.c. with L = l.R, R = r.R adds the drift 2 Im[c (Omega r*) l^T] and the diffusion
Re[c ((Omega r*)(Omega l)^T + (Omega l)(Omega r*)^T)]. In the mode frame z of H_ref (see _linalg/_normal_modes.py)
T Omega r* = -i w s*, so both follow from one matrix, `pairs` below.
"""

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from .._checks import NO_EIGENOPERATOR, POTENTIAL, Fault, first_fault
from .._linalg import NormalModes, clustered_function, conjugate_pair
from .._typing import QuadratureForm
from ..baths import Bath, OpenSystem
from ..generators import Lyapunov
from ..hamiltonians import OscillatorNetwork


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


@eqx.filter_jit
def network_dynamics(equation: Any, system: OpenSystem) -> Lyapunov:
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
    lost = jnp.any(couplings * no_mode != 0, axis=1)
    fault = first_fault(
        system.fault(),
        Fault(~own.positive, POTENTIAL, own.least),
        Fault(jnp.any(lost), NO_EIGENOPERATOR, jnp.argmax(lost)),
    )
    return Lyapunov(
        form=form,
        modes=frame,
        mode_drifts=drifts,
        mode_diffusions=diffusions,
        temperatures=system.temperatures,
        fault=fault,
        description=equation,
    )


def _dissipator(
    equation: Any, bath: Bath, modes: NormalModes, reference: QuadratureForm
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
                channel(lambda x, p=p: function(x) * offset(x) ** p / math.factorial(p)) for p in range(1, len(weights))
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
