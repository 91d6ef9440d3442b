"""The shapes and types that the annotations promise are those that arrays have, along the whole path."""

import os
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
certificate = qt.certificate(dynamics, qt.steady_state(dynamics))
qt.linear_entropy(state), qt.OscillatorNetwork.from_hopping([[1.0, 0.1j], [-0.1j, 1.2]])
qt.OscillatorNetwork.from_positions([1.0, 1.2], [[0.0, 0.1], [0.1, 0.0]])

x, z = ([sigma(i, of=2) for i in (0, 1)] for sigma in (qt.sigma_x, qt.sigma_z))
qubits = qt.FiniteHamiltonian(z[0] + 1.1 * z[1], 0.2 * x[0] @ x[1], dims=(2, 2))
pair = qt.OpenSystem(qubits, (qt.Bath(x[0], qt.Drude(0.01, 5.0), 1.0), qt.Bath(x[1], qt.Drude(0.01, 5.0), 2.0)))
for description in (qt.local_master_equation(), qt.universal_lindblad_equation(lamb_shift=True)):
    dynamics = description(pair)
    state = qt.steady_state(dynamics)
    qt.heat_currents(dynamics, state, dressed=True), qt.entropy_production(dynamics, state), repr(dynamics)
    dynamics(state.matrix), dynamics.dissipate(state.matrix), dynamics.matrix, dynamics.lamb_hamiltonians
    dynamics.moment_matrix(), dynamics.spectrum(), qt.certificate(dynamics, state), qt.energy(pair, state)
for solver in (qt.NullVector(), qt.Krylov(block=6)):
    qt.steady_state(dynamics, solver)
qt.NullVector().count(dynamics)
start = qt.local_thermal_state(pair)
dynamics = qt.HierarchicalEquations(depth=2, pade_terms=1)(pair)
for state in (qt.steady_state(dynamics), qt.steady_state(dynamics, qt.Direct())):
    qt.heat_currents(dynamics, state), qt.entropy_production(dynamics, state), qt.energy(dynamics, state)
    qt.certificate(dynamics, state), repr(dynamics), dynamics.exponentials()
qt.evolve(dynamics, start, [1.0, 2.0], qt.Ode()), dynamics.spectrum()
repr(qt.converged_heat_currents(pair, 0.1))
qt.evolve(dynamics, start, [1.0, 2.0])
dynamics = qt.redfield_equation()(pair)
qt.evolve(dynamics, start, [1.0, 2.0]), qt.evolve(dynamics, start, [1.0, 2.0], qt.Ode())
state = qt.mean_force_gibbs_state(pair.with_temperatures([1.0, 1.0]))
qt.entropy(state), qt.fidelity(state, start), qt.mutual_information(state, 0, 1), qt.purity(state)
qt.concurrence(state), qt.concurrence_of_assistance(state), qt.logarithmic_negativity(state, 0)
state.reduced(1).eigenvalues(), state.is_physical(), state.expectation(qt.sigma_y(0, of=2))
qt.gibbs_state(qubits, 0.0), qt.embed(qt.destroy(3), 1, dims=(2, 3)), qt.create(2), qt.number(3)

for system in (wire(), pair):
    repr(qt.assess(system))
parabola = lambda p: -((p["a"] - 0.3) ** 2)
for bounds in ((0.0, 1.0), (0.0, jnp.inf)):
    key = jax.random.key(0)
    repr(qt.maximise(parabola, {"a": 0.1}, free=lambda p: p, bounds=bounds, starts=3, key=key, steps=3))
data = qt.sweep(lambda x, y: {"product": x * y, "phase": 1j * x}, x=[1.0, 2.0], y=[1.0, 2.0, 3.0], progress=False)
qt.plot_map(data, "product"), qt.plot_network(pair), qt.plot_network(wire())
"""


@pytest.mark.slow
def test_annotations_hold(request):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=request.path.parent,
        env={**os.environ, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
