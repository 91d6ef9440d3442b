"""The description: a system's hierarchy, to a stated depth."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .._checks import NOT_EXPANDED, Fault, check_count, first_fault, shown
from .._linalg import Levels
from .._scopes import scope_of
from ..baths import Bath, OpenSystem
from ..hamiltonians import FiniteHamiltonian
from ._dynamics import Hierarchy
from ._memories import Memory
from ._tiers import auxiliary_operators

# A deviation of Gamma(w), relative to its largest, beyond which the modes stand for another bath.
_ANOTHER_BATH = 0.3
_LARGEST = 2**24  # elements of all auxiliary operators: 256 MB, of which `qt.Krylov` keeps twice as many as directions


class HierarchicalEquations(eqx.Module):
    """The hierarchical equations of motion: exact for finite systems, to a depth: description(system) -> dynamics.

    Auxiliary operators rho_n, of n_k quanta in mode k of a bath, hold what is correlated with the baths (Tanimura and
    Kubo, J. Phys. Soc. Jpn. 58, 101 (1989); Ishizaki and Tanimura, ibid. 74, 3131 (2005)). With Drude baths,
    C_b(t) = sum_k c_k exp(-rate_k t), and S_b of the bath of mode k,

        d rho_n/dt = -i [H, rho_n] - sum_k n_k rate_k rho_n - i sum_k [S_b, rho_(n + k)]
                     - i sum_k n_k (c_k S_b rho_(n - k) - c_k^* rho_(n - k) S_b),

    which starts at rho_0, the density matrix. `Langevin` is the same for networks, without a truncation.

    depth: the most quanta in the modes of all baths, at least 1 (which is Redfield with memory);
    pade_terms: the poles of the Bose function that are kept, more for colder baths;
    density_terms: how many modes stand for a spectral density that is not `qt.Drude`, which is one exactly.
    A bath with `counterterm` is compensated. How well the modes stand for the baths is `expansion_errors` of the
    dynamics; what depth and poles leave out only another depth and more poles tell: `qt.converged_heat_currents`.
    Raises ValueError for numbers that are not integers >= 1.
    """

    depth: int = eqx.field(static=True, kw_only=True)
    pade_terms: int = eqx.field(static=True, kw_only=True)
    density_terms: int = eqx.field(static=True, kw_only=True, default=4)

    def __check_init__(self) -> None:
        for name in ("depth", "pade_terms", "density_terms"):
            check_count(getattr(self, name), name)

    def __call__(self, system: OpenSystem) -> Hierarchy:
        """The dynamics of a system. Faults of its values are reported by `steady_state` and `evolve`.

        Raises ValueError for a network, for a density without a cut-off, and for a hierarchy beyond memory.
        """
        if not isinstance(system, OpenSystem):
            raise ValueError(f"A description acts on a `qt.OpenSystem`, but got {shown(system)}.")
        if not isinstance(system.hamiltonian, FiniteHamiltonian):
            raise ValueError("`qt.HierarchicalEquations` solves finite systems only. For a network use `qt.Langevin`.")
        with scope_of(self):
            return _hierarchy(self, system)

    def __repr__(self) -> str:
        return (
            f"HierarchicalEquations(depth={self.depth}, pade_terms={self.pade_terms}, "
            f"density_terms={self.density_terms})"
        )


@eqx.filter_jit
def _hierarchy(equations: HierarchicalEquations, system: OpenSystem) -> Hierarchy:
    hamiltonian = system.hamiltonian
    assert isinstance(hamiltonian, FiniteHamiltonian)
    temperatures = system.temperatures

    def of_bath(bath: Bath) -> tuple[Any, Array, Array]:
        square = bath.coupling @ bath.coupling
        compensation = bath.spectral_density.reorganisation() * square if bath.counterterm else jnp.zeros_like(square)
        memory = Memory.of(bath, equations.pade_terms, equations.density_terms)
        return memory, bath.coupling, compensation

    stacks = [eqx.filter_vmap(of_bath)(stack) for stack in system.stacks()]
    memories = tuple(jax.tree.map(lambda x, i=i: x[i], memory) for memory, s, _ in stacks for i in range(s.shape[0]))
    couplings, compensations = (jnp.concatenate([stack[i] for stack in stacks]) for i in (1, 2))
    modes, d = sum(memory.rates.shape[0] for memory in memories), hamiltonian.levels
    count = auxiliary_operators(modes, equations.depth)
    if count * d * d > _LARGEST:
        raise ValueError(
            f"{equations!r} of {modes} modes has {count} auxiliary operators of {d} x {d} levels, too many to hold. "
            "Lower `depth`, `pade_terms` or `density_terms`."
        )
    coldest = jax.lax.stop_gradient(jnp.min(temperatures))
    levels = Levels.of(hamiltonian.matrix + jnp.sum(compensations, axis=0), lambda e: Levels.width(e, coldest))
    errors = _expansion_errors(system, memories, levels.frequencies)
    worst = jnp.max(errors)
    return Hierarchy(
        hamiltonian=hamiltonian.matrix,
        levels=levels,
        couplings=levels.raised(couplings),
        compensations=levels.raised(compensations),
        memories=memories,
        expansion_errors=errors,
        temperatures=temperatures,
        fault=first_fault(system.fault(), Fault(~(worst < _ANOTHER_BATH), NOT_EXPANDED, worst)),
        depth=equations.depth,
        dims=hamiltonian.dims,
    )


def _expansion_errors(system: OpenSystem, memories: tuple[Memory, ...], frequencies: Array) -> Float[Array, " baths"]:
    """How far the modes' Gamma(w) is from that of each bath at the frequencies of transitions; no derivatives."""
    system, memories = jax.lax.stop_gradient((system, memories))
    w = frequencies.ravel()
    exact = system.for_each_bath(lambda bath: bath.spectral_density.half_sided(w, bath.temperature))
    found = jnp.stack([memory.half_sided(w) for memory in memories])
    size = jnp.max(jnp.abs(exact), axis=1)
    errors = jnp.max(jnp.abs(found - exact), axis=1) / jnp.where(size > 0, size, 1.0)
    return jnp.where(jnp.isnan(errors), jnp.inf, errors)  # at T = 0 thermal modes do not decay
