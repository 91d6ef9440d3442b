"""qtjax: differentiable heat transport through open quantum systems.

parameters -> Hamiltonian + baths -> OpenSystem -> description -> dynamics -> state -> observables
"""

# operators
# the problem
# descriptions: description(system) -> dynamics
# solving
# reading
from ._checks import PrecisionWarning as PrecisionWarning
from .baths import Bath as Bath
from .baths import OpenSystem as OpenSystem
from .correlations import (
    classical_correlations as classical_correlations,
)
from .correlations import (
    entropy as entropy,
)
from .correlations import (
    fidelity as fidelity,
)
from .correlations import (
    gaussian_discord as gaussian_discord,
)
from .correlations import (
    linear_entropy as linear_entropy,
)
from .correlations import (
    logarithmic_negativity as logarithmic_negativity,
)
from .correlations import (
    mutual_information as mutual_information,
)
from .correlations import (
    purity as purity,
)
from .evolution import Exponential as Exponential
from .evolution import Ode as Ode
from .evolution import evolve as evolve
from .generators import AbstractDynamics as AbstractDynamics
from .generators import Lyapunov as Lyapunov
from .hamiltonians import OscillatorNetwork as OscillatorNetwork
from .langevin import Langevin as Langevin
from .master_equations import (
    MasterEquation as MasterEquation,
)
from .master_equations import (
    coarse_grained_equation as coarse_grained_equation,
)
from .master_equations import (
    global_master_equation as global_master_equation,
)
from .master_equations import (
    local_master_equation as local_master_equation,
)
from .master_equations import (
    partial_redfield_equation as partial_redfield_equation,
)
from .master_equations import (
    partial_secular_equation as partial_secular_equation,
)
from .master_equations import (
    redfield_equation as redfield_equation,
)
from .master_equations import (
    universal_lindblad_equation as universal_lindblad_equation,
)
from .operators import momentum as momentum
from .operators import position as position
from .spectral_densities import (
    AbstractSpectralDensity as AbstractSpectralDensity,
)
from .spectral_densities import (
    Drude as Drude,
)
from .spectral_densities import (
    Flat as Flat,
)
from .spectral_densities import (
    Ohmic as Ohmic,
)
from .spectral_densities import (
    PowerLaw as PowerLaw,
)
from .states import AbstractState as AbstractState
from .states import GaussianState as GaussianState
from .steady_states import Direct as Direct
from .steady_states import steady_state as steady_state
from .thermal_states import gibbs_state as gibbs_state
from .thermal_states import local_thermal_state as local_thermal_state
from .thermodynamics import (
    energy as energy,
)
from .thermodynamics import (
    entropy_production as entropy_production,
)
from .thermodynamics import (
    heat_currents as heat_currents,
)
from .thermodynamics import (
    thermal_conductance as thermal_conductance,
)
