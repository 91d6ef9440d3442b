"""Systems and descriptions that the tests share; all can be built under `jax.jit` and `jax.vmap`."""

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

DESCRIPTIONS = {
    "local": qt.local_master_equation(),
    "global": qt.global_master_equation(),
    "partial_redfield": qt.partial_redfield_equation(),
    "redfield": qt.redfield_equation(),
    "redfield_lamb": qt.redfield_equation(lamb_shift=True),
    "partial_secular": qt.partial_secular_equation(0.5),
    "coarse_grained": qt.coarse_grained_equation(3.0),
    "universal_lindblad": qt.universal_lindblad_equation(),
    "exact": qt.Langevin(),
}
MASTER_EQUATIONS = {name: value for name, value in DESCRIPTIONS.items() if name != "exact"}


def reference_cases(paper: str) -> list[dict[str, Any]]:
    """The cases of tests/reference/<paper>.json."""
    path = Path(__file__).parent / "reference" / f"{paper}.json"
    return json.loads(path.read_text())["cases"]


def assert_reference(value, case: dict[str, Any]) -> None:
    """abs(value - reference) <= atol + rtol * abs(reference), elementwise."""
    value, reference = np.asarray(value), np.asarray(case["value"])
    assert value.shape == reference.shape
    bound = case["atol"] + case["rtol"] * np.abs(reference)
    error = np.abs(value - reference)
    assert np.all(error <= bound), f"error / bound = {np.max(error / bound):.3g}, value = {value}"


def chain(omega_squared, springs, strengths, cutoffs, temperatures, *, counterterm: bool = True):
    """Oscillators in a row with a Drude bath at either end."""
    nodes = len(omega_squared)
    springs = jnp.diag(jnp.asarray(springs), 1)
    network = qt.OscillatorNetwork.from_springs(jnp.sqrt(jnp.asarray(omega_squared)), springs + springs.T)
    baths = tuple(
        qt.Bath(
            qt.position(site, of=nodes),
            qt.Drude(strengths[i], cutoffs[i]),
            temperatures[i],
            counterterm=counterterm,
        )
        for i, site in enumerate((0, nodes - 1))
    )
    return qt.OpenSystem(network, baths)


def wire(
    spring=0.2,
    *,
    frequencies=(1.0, 1.3),
    strengths=(0.05, 0.08),
    cutoffs=(5.0, 3.0),
    temperatures=(0.2, 0.28),
    counterterm: bool = True,
):
    """Two oscillators, one spring, a Drude bath on each: (cold, hot)."""
    squared = jnp.asarray(frequencies) ** 2
    springs = jnp.asarray(spring)[None]
    return chain(squared, springs, strengths, cutoffs, temperatures, counterterm=counterterm)


def random_parameters(seed: int, nodes: int, *, baths: int | None = None) -> dict[str, Any]:
    """Numbers of a random network of Drude baths, a pytree of arrays that `network` takes."""
    rng = np.random.default_rng(seed)
    baths = nodes if baths is None else baths
    springs = np.triu(rng.uniform(0.05, 1.0, (nodes, nodes)), 1)
    couplings = np.zeros((baths, 2 * nodes))
    for b in range(baths):  # mostly one node each, with a little of every quadrature
        couplings[b] = 0.2 * rng.normal(size=2 * nodes)
        couplings[b, 2 * (b % nodes)] += 1.0
    return {
        "frequencies": rng.uniform(0.5, 2.0, nodes),
        "springs": springs + springs.T,
        "couplings": couplings,
        "strengths": 1e-2 * rng.uniform(0.2, 1.0, baths),
        "cutoffs": rng.uniform(2.0, 50.0, baths),
        "temperatures": rng.uniform(0.1, 3.0, baths),
    }


def network(parameters: dict[str, Any], **bath_options: Any) -> qt.OpenSystem:
    """The system of `random_parameters`, its baths one stack."""
    hamiltonian = qt.OscillatorNetwork.from_springs(parameters["frequencies"], parameters["springs"])
    density = qt.Drude(parameters["strengths"], parameters["cutoffs"])
    bath = qt.Bath(parameters["couplings"], density, parameters["temperatures"], **bath_options)
    return qt.OpenSystem(hamiltonian, (bath,))


def random_network(seed: int, nodes: int, **options: Any) -> qt.OpenSystem:
    """A random network of `nodes` oscillators, every one coupled to every other and to its own bath."""
    return network(random_parameters(seed, nodes, **options))


def stack(trees: list[Any]) -> Any:
    """A list of like pytrees as one pytree with a leading axis."""
    return jax.tree.map(lambda *xs: np.stack(xs), *trees)
