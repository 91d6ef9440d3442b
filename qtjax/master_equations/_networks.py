"""Master equations of oscillator networks, on linear coupling operators.

For S = c.R the eigenoperators are those of the normal modes of H_ref, so S = s.z in its mode frame z
(see _linalg/_normal_modes.py) and A_w = s_w z_w. A pair of them has the weight k(w, w') Gamma(w) s_w s_w'^*; what it
adds to drift and diffusion stands in `ModeDissipators`.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from .._checks import NO_EIGENOPERATOR, POTENTIAL, Fault, first_fault
from .._linalg import NormalModes
from .._typing import QuadratureForm, Scalar
from ..baths import Bath, OpenSystem
from ..generators import Lyapunov, ModeDissipators
from ..hamiltonians import OscillatorNetwork
from ._formula import AbstractEigenoperators, cluster_means, pair_factors
from ._references import uncoupled, whole

# Up to this many quadratures, which are solved densely, modes that the damping covers are mixed.
_LOCALISED_SIZE = 24


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
    coldest = jax.lax.stop_gradient(jnp.min(system.temperatures))

    def smooth(frequencies: Array) -> Array:
        """What the rates of no bath tell apart."""
        return NormalModes.width(frequencies, coldest)

    def resolution(frequencies: Array) -> Array:
        """The same, nor may the kernel."""
        return jnp.minimum(equation.kernel.resolution(frequencies), smooth(frequencies))

    own = NormalModes.of(reference, resolution)
    if equation.reference is whole:
        frame, turned_from = own, None
    else:
        energy = NormalModes.of(form, smooth)
        # An equation built on the free part needs no ground state of the whole: its frame is then the free one.
        bare = own.with_form(form - reference)
        frame, turned_from = jax.tree.map(lambda a, b: jnp.where(energy.positive, a, b), energy, bare), own
    dissipators = _dissipators(equation, system, own)
    if form.shape[0] <= _LOCALISED_SIZE:
        frame, dissipators = _localised(frame, turned_from, dissipators)
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
        own_modes=turned_from,
        dissipators=dissipators,
        temperatures=system.temperatures,
        fault=fault,
        description=equation,
    )


def _localised(
    frame: NormalModes, own: NormalModes | None, dissipators: ModeDissipators
) -> tuple[NormalModes, ModeDissipators]:
    """The frame with modes mixed that the damping covers, and the dissipators if they are given in it.

    Equations on the whole Hamiltonian keep their frame where the kernel tells such modes apart.
    """
    half = frame.detunings.shape[0]
    damping, _ = dissipators.total()
    width = jax.lax.stop_gradient(jnp.mean(jnp.abs(jnp.diagonal(damping))))
    if own is not None:
        vectors = dissipators.couplings @ (own.to_modes @ frame.from_modes)
        return frame.localised(vectors, width)[0], dissipators
    near = frame.near_detunings(width)
    told_apart = jnp.any((near > 0) & (dissipators.kernel[0, :half, :half] != 1.0))
    mixed, turn = frame.localised(dissipators.couplings, jnp.where(told_apart, -1.0, width))
    return mixed, dissipators.turned(mixed.frequencies, turn)


class ModeOperators(AbstractEigenoperators):
    """S = s . z on the modes z of H_ref: its eigenoperators are s_k z_k."""

    frequencies: Float[Array, " n"]
    operator: Complex[Array, " n"]
    modes: NormalModes
    scale: Scalar

    def function(self, function: Callable[[Array], Array]) -> Complex[Array, " n"]:
        """See `AbstractEigenoperators`."""
        return self.modes.function_of(function, self.operator, self.scale)

    def shares(self, operator: Complex[Array, " n"]) -> Float[Array, " n"]:
        """See `AbstractEigenoperators`."""
        return jnp.real(operator * self.operator.conj()) * jnp.abs(self.frequencies)


def _dissipators(equation: Any, system: OpenSystem, modes: NormalModes) -> ModeDissipators:
    w = modes.frequencies
    members = equation.kernel.clusters(w)
    cluster = jnp.argmax(members, axis=0)

    def of_bath(bath: Bath) -> tuple[Any, ...]:
        scale = jnp.maximum(jax.lax.stop_gradient(bath.temperature), 2e-6 * jnp.max(w))
        operators = ModeOperators(w, modes.mode_vector(bath.coupling), modes, scale)
        left, right = equation.rate.factors(bath, equation.lamb_shift)
        functions = (left, equation.rate.response(bath, equation.lamb_shift), right)
        vectors = pair_factors(equation.kernel, functions, operators, members)
        own_shift = equation.rate.shift(bath) if equation.lamb_shift else None
        return *vectors, operators.operator, None if own_shift is None else operators.function(own_shift)

    left, response, right, couplings, shifted = system.for_each_bath(of_bath)
    weights = equation.kernel.weights(cluster_means(w, members))
    return ModeDissipators(
        frequencies=w,
        left=left,
        response=response,
        right=right,
        # Rows are of the right factor, columns of the left one, on whose frequency the kernel's sign depends.
        kernel=jnp.stack([weight[cluster][:, cluster].T for weight in weights]),
        couplings=couplings,
        shifted=shifted,
    )
