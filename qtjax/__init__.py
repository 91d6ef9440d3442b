"""qtjax: differentiable heat transport through open quantum systems.

parameters -> Hamiltonian + baths -> OpenSystem -> description -> dynamics -> state -> observables
"""

# operators
from .operators import (
    create as create,
    destroy as destroy,
    embed as embed,
    lindblad_superoperator as lindblad_superoperator,
    momentum as momentum,
    number as number,
    position as position,
    sigma_minus as sigma_minus,
    sigma_plus as sigma_plus,
    sigma_x as sigma_x,
    sigma_y as sigma_y,
    sigma_z as sigma_z,
)

from .lattices import (
    chain_lattice as chain_lattice,
    ring_lattice as ring_lattice,
    square_lattice as square_lattice,
)

# ingredients of the problem
from .spectral_densities import (
    AbstractSpectralDensity as AbstractSpectralDensity,
    Drude as Drude,
    Flat as Flat,
    Ohmic as Ohmic,
    PowerLaw as PowerLaw,
)
from .states import AbstractState as AbstractState, DensityMatrix as DensityMatrix, GaussianState as GaussianState
from .hamiltonians import FiniteHamiltonian as FiniteHamiltonian, OscillatorNetwork as OscillatorNetwork
from .baths import Bath as Bath, OpenSystem as OpenSystem
from ._checks import ModelWarning as ModelWarning, PrecisionWarning as PrecisionWarning

# descriptions: description(system) -> dynamics
from .generators import AbstractDynamics as AbstractDynamics, Liouvillian as Liouvillian, Lyapunov as Lyapunov
from .master_equations import (
    AbstractRate as AbstractRate,
    AbstractSecularKernel as AbstractSecularKernel,
    AllPairs as AllPairs,
    AveragedPairs as AveragedPairs,
    CloseFrequencies as CloseFrequencies,
    EqualFrequencies as EqualFrequencies,
    GeometricMean as GeometricMean,
    MasterEquation as MasterEquation,
    RateOfFirst as RateOfFirst,
    SameRotation as SameRotation,
    coarse_grained_equation as coarse_grained_equation,
    global_master_equation as global_master_equation,
    local_master_equation as local_master_equation,
    partial_redfield_equation as partial_redfield_equation,
    partial_secular_equation as partial_secular_equation,
    redfield_equation as redfield_equation,
    uncoupled as uncoupled,
    universal_lindblad_equation as universal_lindblad_equation,
    whole as whole,
)
from .langevin import Langevin as Langevin
from .hierarchical_equations import HierarchicalEquations as HierarchicalEquations, Hierarchy as Hierarchy

# states
from .thermal_states import (
    gibbs_state as gibbs_state,
    local_thermal_state as local_thermal_state,
    mean_force_gibbs_state as mean_force_gibbs_state,
)
from .steady_states import (
    Direct as Direct,
    Krylov as Krylov,
    Modal as Modal,
    NullVector as NullVector,
    default_solver as default_solver,
    steady_state as steady_state,
)
from .evolution import (
    Exponential as Exponential,
    Ode as Ode,
    evolve as evolve,
    transient_heat_currents as transient_heat_currents,
)

# observables
from .thermodynamics import (
    energy as energy,
    entropy_production as entropy_production,
    heat_currents as heat_currents,
    quanta_currents as quanta_currents,
    thermal_conductance as thermal_conductance,
)
from .bonds import bond_energy_currents as bond_energy_currents, bond_quanta_currents as bond_quanta_currents
from .wigner_entropies import wigner_entropy as wigner_entropy, wigner_entropy_rates as wigner_entropy_rates
from .probes import self_consistent as self_consistent
from .convergence import (
    ConvergedCurrents as ConvergedCurrents,
    converged_heat_currents as converged_heat_currents,
)
from .certificates import Certificate as Certificate, certificate as certificate
from .correlations import (
    classical_correlations as classical_correlations,
    concurrence as concurrence,
    concurrence_of_assistance as concurrence_of_assistance,
    entropy as entropy,
    fidelity as fidelity,
    gaussian_discord as gaussian_discord,
    linear_entropy as linear_entropy,
    logarithmic_negativity as logarithmic_negativity,
    mutual_information as mutual_information,
    purity as purity,
)
from .exceptional_points import (
    ClosestApproach as ClosestApproach,
    ExceptionalPoint as ExceptionalPoint,
    closest_approach as closest_approach,
    eigenvector_condition_number as eigenvector_condition_number,
    find_exceptional_point as find_exceptional_point,
    jordan_blocks as jordan_blocks,
    phase_rigidity as phase_rigidity,
    quadrature_units as quadrature_units,
    second_moment_matrix as second_moment_matrix,
    spectrum as spectrum,
    trace_exceptional_line as trace_exceptional_line,
)

# which description, which device
from .validity import Assessment as Assessment, assess as assess
from .optimisation import Optimum as Optimum, maximise as maximise

# many points
from .sweeps import sweep as sweep
from .plotting import (
    plot_currents as plot_currents,
    plot_map as plot_map,
    plot_network as plot_network,
    plot_spectrum as plot_spectrum,
)

# other packages
from .interop import from_qutip as from_qutip, to_qutip as to_qutip
