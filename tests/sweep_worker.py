"""A sweep in a process of its own, for tests that kill it: python sweep_worker.py STORE.

With the variables that SLURM sets it is one of several processes, which JAX finds out by itself.
"""

import os
import sys

import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

jax.config.update("jax_enable_x64", True)

AXES = {"hot": np.linspace(-0.1, 3.0, 40), "strength": np.geomspace(1e-4, 1e-1, 50)}
LABELS = {"dims": {"heat_currents": "bath"}, "coords": {"bath": ["hot", "cold"]}}


def observe(hot, strength):
    """A qubit between two baths; it has no steady state where `hot` is negative."""
    coupling = qt.sigma_x(0, of=1)
    density = qt.Drude(strength * jnp.ones(2), 10.0 * jnp.ones(2))
    bath = qt.Bath(jnp.stack([coupling, coupling]), density, jnp.stack([hot, jnp.asarray(1.0)]))
    system = qt.OpenSystem(qt.FiniteHamiltonian(qt.sigma_z(0, of=1) / 2, jnp.zeros((2, 2))), (bath,))
    dynamics = qt.redfield_equation()(system)
    state = qt.steady_state(dynamics)
    return {"heat_currents": qt.heat_currents(dynamics, state), "rho": state.matrix}


def main(path):
    if "SLURM_JOB_ID" in os.environ:
        jax.distributed.initialize()
    qt.sweep(observe, path=path, batch_size=4, progress=False, **LABELS, **AXES)


if __name__ == "__main__":
    main(sys.argv[1])
