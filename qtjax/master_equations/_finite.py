"""Master equations of finite systems, on matrices in the frame of the energy levels of the whole Hamiltonian."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Inexact

from .._checks import DIVERGENT_RATE, Fault, first_fault
from .._linalg import Levels, adjoint, product
from .._typing import Scalar
from ..baths import Bath, OpenSystem
from ..generators import Liouvillian
from ..hamiltonians import FiniteHamiltonian
from ._formula import AbstractEigenoperators, cluster_means, pair_factors
from ._references import whole

_LARGEST = 2**27  # elements, 2 GB of complex numbers
_FEW_LEVELS = 32  # are solved densely, where no symmetry is made use of


class Transitions(AbstractEigenoperators):
    """S in the frame of the levels of H_ref: its eigenoperators are the elements S_ij |i><j|, with E_j - E_i."""

    frequencies: Float[Array, " n"]  # n = d^2, row by row
    levels: Levels
    operator: Inexact[Array, "d d"]
    scale: Scalar

    def function(self, function: Callable[[Array], Array]) -> Inexact[Array, "d d"]:
        """See `AbstractEigenoperators`."""
        return self.levels.function(function, self.operator, self.scale)[0]

    def shares(self, operator: Inexact[Array, "d d"]) -> Float[Array, " n"]:
        """See `AbstractEigenoperators`."""
        return jnp.real(operator * self.operator.conj()).ravel()

    def diverges(self, function: Callable[[Array], Array]) -> Bool[Array, ""]:
        """Whether function(0) is infinite and S has elements at zero frequency."""
        return self.levels.function(function, self.operator, self.scale)[1]


def _pair_operators(equation: Any, bath: Bath, operators: Transitions) -> tuple[Array, Array]:
    """(L_t, R_t), the dissipator being sum_t L_t rho R_t^dagger - R_t^dagger L_t rho + h.c.: one t for a cluster."""
    members, d = equation.kernel.clusters(operators.frequencies), operators.operator.shape[-1]
    if members.shape[0] * d * d > _LARGEST:
        raise ValueError(
            f"The secular kernel of this equation makes {members.shape[0]} operators of {d} x {d} levels, too many "
            "to hold. Beyond about 100 levels use `qt.redfield_equation`, `qt.partial_redfield_equation` or "
            "`qt.universal_lindblad_equation`."
        )
    weights = equation.kernel.weights(cluster_means(operators.frequencies, members))
    left, right = (
        [members.reshape(-1, d, d) * moment for moment in factors]
        for factors in pair_factors(
            equation.kernel, equation.rate.factors(bath, equation.lamb_shift), operators, members
        )
    )
    partners = [
        sum((-1) ** q * jnp.tensordot(weights[p + q], right[q], axes=1) for q in range(len(weights) - p))
        for p in range(len(weights))
    ]
    return jnp.concatenate(left), jnp.concatenate([jnp.asarray(partner) for partner in partners])


@eqx.filter_jit
def finite_dynamics(equation: Any, system: OpenSystem) -> Liouvillian:
    hamiltonian = system.hamiltonian
    assert isinstance(hamiltonian, FiniteHamiltonian)
    if hamiltonian.levels < 2:
        raise ValueError("A system of one level has no dynamics: its Hamiltonian must have at least two.")
    temperatures = system.temperatures
    coldest = jax.lax.stop_gradient(jnp.min(temperatures))

    def smooth(energies: Array) -> Array:
        """What the rates of no bath tell apart."""
        return Levels.width(energies, coldest)

    def resolution(energies: Array) -> Array:
        """The same, nor may the kernel."""
        return jnp.minimum(equation.kernel.resolution((energies - energies[:, None]).ravel()), smooth(energies))

    same = equation.reference is whole
    couplings = system.for_each_bath(lambda bath: bath.coupling) if hamiltonian.levels > _FEW_LEVELS else None
    levels = Levels.of(hamiltonian.matrix, resolution if same else smooth, couplings)
    own = levels if same else Levels.of(equation.reference(hamiltonian), resolution, couplings)
    seen = (lambda x: x) if same else (lambda x: levels.raised(own.lowered(x)))

    def dissipator(bath: Bath) -> tuple[Any, ...]:
        span = own.energies[-1] - own.energies[0]
        scale = jnp.maximum(jax.lax.stop_gradient(bath.temperature), 2e-6 * span)
        operators = Transitions(
            frequencies=own.frequencies.ravel(), levels=own, operator=own.raised(bath.coupling), scale=scale
        )
        left, right = _pair_operators(equation, bath, operators)
        own_shift = equation.rate.shift(bath) if equation.lamb_shift else None
        hamiltonian = jnp.zeros_like(levels.matrix)
        if own_shift is not None:
            half = product(operators.operator, own.function(own_shift, operators.operator, scale)[0])
            hamiltonian = seen((half + adjoint(half)) / 2)
        lost = operators.diverges(lambda w: bath.spectral_density.rate(w, bath.temperature))
        return seen(left), seen(right), hamiltonian, lost

    left, right, hamiltonians, lost = system.for_each_bath(dissipator)
    return Liouvillian(
        hamiltonian=hamiltonian.matrix,
        levels=levels,
        left=left,
        right=right,
        lamb=hamiltonians,
        temperatures=temperatures,
        fault=first_fault(system.fault(), Fault(jnp.any(lost), DIVERGENT_RATE, jnp.argmax(lost))),
        dims=hamiltonian.dims,
        description=equation,
    )
