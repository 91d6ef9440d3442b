"""The shapes and types that the annotations promise are those that arrays have, along the whole path."""

import subprocess
import sys

import pytest

# In a process of its own: the checks rewrite the package at import, and would answer for it to bad input.
SCRIPT = """
import jax
from jaxtyping import install_import_hook

jax.config.update("jax_enable_x64", True)
with install_import_hook("qtjax", "beartype.beartype"):
    import qtjax as qt

import diffrax
import jax.numpy as jnp
from systems import DESCRIPTIONS, wire

start = qt.local_thermal_state(wire())
for name in ("redfield_lamb", "exact"):
    description = DESCRIPTIONS[name]

    dynamics = description(wire())
    dynamics.drift, dynamics.spectrum(), repr(dynamics)
    state = qt.steady_state(dynamics)
    qt.energy(dynamics, state), qt.entropy_production(dynamics, state)
    qt.heat_currents(dynamics, jax.tree.map(lambda x: x[1], qt.evolve(dynamics, start, [1.0, 2.0])))

qt.thermal_conductance(qt.global_master_equation(), wire())
dynamics = qt.redfield_equation()(wire())
qt.evolve(dynamics, start, [1.0, 2.0], qt.Ode(diffrax.Kvaerno5()))
dynamics.moment_matrix(), dynamics.diffusion, dynamics.dissipative_diffusions
for density in (qt.Ohmic(0.1, 2.0), qt.PowerLaw(0.1, exponent=3.0), qt.Flat(0.1)):
    density.rate(1.0, 0.5), density(jnp.ones(3))
qt.Ohmic(0.1, 2.0).half_sided(jnp.ones(3), 0.5), qt.Ohmic(0.1, 2.0).lag(1.0)
state = qt.gibbs_state(wire().hamiltonian, 0.5)
state.reduced((1, 0)).symplectic_eigenvalues(), state.is_physical()
qt.entropy(state), qt.fidelity(state, state), qt.mutual_information(state, 0, (1,)), qt.purity(state)
qt.gaussian_discord(state, 0), qt.classical_correlations(state), qt.logarithmic_negativity(state, 0)
qt.linear_entropy(state), qt.OscillatorNetwork.from_hopping([[1.0, 0.1j], [-0.1j, 1.2]])
qt.OscillatorNetwork.from_positions([1.0, 1.2], [[0.0, 0.1], [0.1, 0.0]])
"""


@pytest.mark.slow
def test_annotations_hold(request):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=request.path.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
