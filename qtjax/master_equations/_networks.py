"""Master equations of oscillator networks, on linear coupling operators.

For S = c.R the eigenoperators are those of the normal modes of H_ref, and every term
c (L rho R^dagger - R^dagger L rho) + h.c. with L = l.R, R = r.R adds the drift 2 Im[c (Omega r*) l^T] and the diffusion
Re[c ((Omega r*)(Omega l)^T + (Omega l)(Omega r*)^T)]. In the mode frame z of H_ref (see _linalg/_normal_modes.py)
T Omega r* = -i w s*, so both follow from one matrix, `pairs` below.
"""

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
from ._formula import AbstractEigenoperators, pair_operators
from ._references import uncoupled, whole


def _frequencyless(free: QuadratureForm) -> Float[Array, " two_n"]:
    return jax.lax.stop_gradient((jnp.diagonal(free) == 0.0).astype(free.dtype))


@eqx.filter_jit
def network_dynamics(equation: Any, system: OpenSystem) -> Lyapunov:
    hamiltonian = system.hamiltonian
    assert isinstance(hamiltonian, OscillatorNetwork)
    form, reference = hamiltonian.form, equation.reference(hamiltonian)
    no_mode = _frequencyless(hamiltonian.free) if equation.reference is uncoupled else jnp.zeros(form.shape[0])
    # A node of zero frequency has no normal mode. If no bath acts on it, any mode will do.
    reference = reference + jnp.diag(no_mode)
    energy, own = NormalModes.of(form), NormalModes.of(reference)
    # An equation built on the free part needs no ground state of the whole: its frame is then the free one.
    frame = jax.tree.map(lambda a, b: jnp.where(energy.positive, a, b), energy, own)
    drifts, diffusions = system.for_each_bath(lambda bath: _dissipator(equation, bath, own, reference))
    if equation.reference is not whole:
        turn, back = frame.to_modes @ own.from_modes, own.to_modes @ frame.from_modes
        drifts, diffusions = turn @ drifts @ back, turn @ diffusions @ turn.conj().T
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


class ModeOperators(AbstractEigenoperators):
    """S = s . z on the modes z of H_ref: its eigenoperators are s_k z_k."""

    frequencies: Float[Array, " n"]
    coefficients: Complex[Array, " n"]
    perturbation: Complex[Array, "n n"]

    def channels(self, function: Callable[[Array], Array], members: Array) -> Complex[Array, "clusters n"]:
        """See `AbstractEigenoperators`."""
        return self.coefficients @ clustered_function(function, self.frequencies, self.perturbation, members)

    def overlaps(self, channels: Complex[Array, "clusters n"]) -> Float[Array, " clusters"]:
        """See `AbstractEigenoperators`."""
        return jnp.real((channels * self.frequencies) @ self.coefficients.conj())


def _dissipator(
    equation: Any, bath: Bath, modes: NormalModes, reference: QuadratureForm
) -> tuple[Complex[Array, "n n"], Complex[Array, "n n"]]:
    """Drift and diffusion of one bath in the mode frame of the reference form."""
    w, s = modes.frequencies, modes.mode_vector(bath.coupling)
    operators = ModeOperators(w, s, w[:, None] * modes.perturbation(reference))
    left, right = pair_operators(equation, bath, operators)
    drift, diffusion = _pair_terms(w, right.conj().T @ left)
    own_shift = equation.rate.shift(bath) if equation.lamb_shift else None
    if own_shift is not None:
        (shifted,) = operators.channels(own_shift, jnp.ones((1, w.shape[0])))
        drift = drift + _hamiltonian_drift(w, s, shifted)
    return drift, diffusion


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
