"""Which description to trust: the error of each one's heat current along coupling and detuning.

    python examples/which_description_to_trust.py [--quick] [--out DIR]

The wire of two oscillators (see wire_four_descriptions.py), whose exact solution judges the master equations.
Units hbar = k_B = 1, unit masses, bare frequency of the cold node 1.
"""

# %% Settings. Weak coupling needs double precision: switch it on before any array is made.
import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

jax.config.update("jax_enable_x64", True)

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--quick", action="store_true", help="fewer points")
parser.add_argument("--out", type=Path, default=Path("figures"), help="where the figure goes")
options, _ = parser.parse_known_args()  # a notebook has arguments of its own

# %% The wire: a spring and a detuning, damping kappa = J(w)/w, and a bias between the baths.
KAPPA, CUTOFF = 1e-3, 1e3
T_COLD, T_HOT = 2.0, 3.0


def wire(spring, detuning, t_hot):
    """Cold node of frequency 1, hot node of frequency 1 + detuning, one bath on each."""
    springs = spring * jnp.array([[0.0, 1.0], [1.0, 0.0]])
    network = qt.OscillatorNetwork.from_springs(jnp.stack([1.0, 1.0 + detuning]), springs)
    density = qt.Drude(KAPPA, CUTOFF)
    cold = qt.Bath(qt.position(0, of=2), density, T_COLD, name="cold")
    hot = qt.Bath(qt.position(1, of=2), density, t_hot, name="hot")
    return qt.OpenSystem(network, (cold, hot))


DESCRIPTIONS = {
    "exact": qt.Langevin(),
    "Redfield": qt.redfield_equation(),
    "global": qt.global_master_equation(),
    "local": qt.local_master_equation(),
}


@jax.jit
def hot_currents(springs, detunings, t_hot):
    """The heat current from the hot bath under each description, at every point."""

    def at(point):
        system, currents = wire(*point), {}
        for name, describe in DESCRIPTIONS.items():
            dynamics = describe(system)
            state = qt.steady_state(dynamics, throw=False)
            currents[name] = qt.heat_currents(dynamics, state, throw=False)[1]
        return currents

    return jax.lax.map(at, (springs, detunings, t_hot))


# %% Three cuts and a few single points, solved in one call because a new shape would compile anew.
number = 25 if options.quick else 121
k, delta = np.geomspace(1e-5, 1.0, number), np.geomspace(1e-5, 1.0, number)
CUTS = {
    "resonant": (k, 0.0, T_HOT),
    "detuned": (k, 0.1, T_HOT),
    "weak spring": (1e-4, delta, T_HOT),
    "points": np.array(  # spring, detuning, temperature of the hot bath
        [
            (1e-4, 0.0, 3.0),
            (1e-2, 0.0, 3.0),
            (1e-1, 0.0, 3.0),
            (1e-4, 1e-3, 3.0),
            (1e-4, 1e-2, 3.0),
            (1e-4, 1e-1, 3.0),
            (1e-4, 1.0, 3.0),
            (1.0, 1.0, 3.0),
            (1e-4, 1e-3, 2.02),
        ]
    ).T,
}
CUTS = {name: np.array(np.broadcast_arrays(*cut), float) for name, cut in CUTS.items()}
found = jax.device_get(hot_currents(*np.concatenate(list(CUTS.values()), axis=1)))
ends = np.cumsum([cut.shape[1] for cut in CUTS.values()])[:-1]


def relative_errors(name):
    """J / J_exact - 1 along each cut."""
    return dict(zip(CUTS, np.split(found[name] / found["exact"] - 1.0, ends), strict=True))


errors = {name: relative_errors(name) for name in DESCRIPTIONS if name != "exact"}

# %% Two estimates to hold against the numbers.


def global_estimate(spring, detuning, t_hot):
    """(kappa / splitting)^2: modes closer than their width do not dephase, the secular terms dropped matter."""
    splitting = jnp.diff(jnp.sort(normal_frequencies(spring, detuning)))[0]
    return (KAPPA / splitting) ** 2


def normal_frequencies(spring, detuning):
    """Omega_- and Omega_+ of the wire."""
    potential = jnp.array([[1.0 + spring, -spring], [-spring, (1.0 + detuning) ** 2 + spring]])
    return jnp.sqrt(jnp.linalg.eigvalsh(potential))


def local_estimate(spring, detuning, t_hot):
    """k/2 - (mean T / bias) detuning: each bath is read at its own node's bare frequency.

    The first term: the spring raises the node frequencies by k/2. The second: a current of quanta
    n_hot(w_hot) - n_cold(w_cold) instead of n_hot(w) - n_cold(w), which a small bias makes worse.
    """
    return spring / 2 - (t_hot + T_COLD) / 2 / (t_hot - T_COLD) * detuning


estimates = {
    "global": {name: np.asarray(jax.vmap(global_estimate)(*cut)) for name, cut in CUTS.items()},
    "local": {name: local_estimate(*cut) for name, cut in CUTS.items()},
}

# %% The numbers that matter: who wins, and whether the estimates hold.
print(f"relative error of the heat current; damping kappa = {KAPPA:g}, T_cold = {T_COLD:g}")
print(f"{'spring':>8}{'detuning':>10}{'T_hot':>7}   {'Redfield':>9}{'global':>10}{'(estimate)':>11}", end="")
print(f"{'local':>10}{'(estimate)':>11}   best; of GKLS form")
for i, (spring, detuning, t_hot) in enumerate(CUTS["points"].T):
    error = {name: e["points"][i] for name, e in errors.items()}
    guess = {name: e["points"][i] for name, e in estimates.items()}
    best = min(error, key=lambda name: abs(error[name]))
    gkls = min(("global", "local"), key=lambda name: abs(error[name]))
    print(f"{spring:8.0e}{detuning:10.0e}{t_hot:7.2f}   {error['Redfield']:+9.0e}", end="")
    print(f"{error['global']:+10.1e}{guess['global']:+11.0e}", end="")
    print(f"{error['local']:+10.1e}{guess['local']:+11.0e}   {best}; {gkls}")
