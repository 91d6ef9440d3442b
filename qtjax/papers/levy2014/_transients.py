"""Claims of Levy and Kosloff 2014 that need time: Spohn's inequality, and the global equation of two-level nodes."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import qtjax as qt

from .._report import Claim, numbers, verdict
from ._comparison import descriptions, hot_current
from ._formulas import Pair, global_current
from ._systems import MEDIA, fig3, two_levels


@eqx.filter_jit
def _productions(description: Any, systems: qt.OpenSystem, states: Any, times: Any) -> Any:
    def at(row: tuple[qt.OpenSystem, Any, Any]) -> Any:
        dynamics = description(row[0])
        path = qt.evolve(dynamics, row[1], row[2], throw=False)
        return jax.vmap(lambda state: qt.entropy_production(dynamics, state, throw=False))(path)

    return jax.lax.map(at, (systems, states, times))


def _states(medium: str, count: int, random: np.random.Generator) -> Any:
    """Random squeezed, displaced states of oscillators; random mixed states of two-level nodes."""
    if medium == "oscillators":
        occupied = 0.5 + random.exponential(1.0, (count, 2))
        squeezed = np.exp(random.uniform(-0.7, 0.7, (count, 2)))
        variances = np.stack([occupied * squeezed, occupied / squeezed], axis=2).reshape(count, 4)
        means = jnp.asarray(random.normal(size=(count, 4)))
        return jax.vmap(qt.GaussianState)(means, jax.vmap(jnp.diag)(jnp.asarray(variances)))
    root = random.normal(size=(count, 4, 4)) + 1j * random.normal(size=(count, 4, 4))
    matrix = root @ root.conj().transpose(0, 2, 1)
    matrix = matrix / np.trace(matrix, axis1=1, axis2=2)[:, None, None]
    return jax.vmap(lambda m: qt.DensityMatrix(m, dims=(2, 2)))(jnp.asarray(matrix))


def _spohn(quick: bool) -> list[Claim]:
    count = 24 if quick else 60
    random = np.random.default_rng(1978)
    w_h, w_c, t_h, t_c = (jnp.asarray(random.uniform(1, high, count)) for high in (12, 12, 20, 20))
    eps = jnp.asarray(random.uniform(0.05, 0.9, count)) * jnp.sqrt(w_h * w_c)
    kappa = jnp.asarray(np.exp(random.uniform(np.log(1e-4), np.log(1e-3), count)))
    times = np.geomspace(1e-2, 1e1, 8) / np.asarray(kappa * (w_h**3 + w_c**3))[:, None]
    found = {}
    for medium, build in MEDIA.items():
        systems = jax.vmap(build)(eps, w_h, w_c, t_h, t_c, kappa)
        states = _states(medium, count, random)
        for name in ("global", "local"):
            found[name, medium] = np.asarray(_productions(descriptions()[name], systems, states, times))
    least = {key: float(values.min()) for key, values in found.items()}
    broken = [int(np.sum(found["local", medium] < 0)) for medium in MEDIA]
    points = count * times.shape[1]
    return [
        Claim(
            "Spohn's inequality, global equation (Sec. IV)",
            "obeyed at all times, by construction",
            f"entropy production >= {least['global', 'oscillators']:+.1e} (oscillators), >= "
            f"{least['global', 'two-level nodes']:+.1e} (two-level) at 2 x {points} points of random transients",
            verdict(min(least["global", medium] for medium in MEDIA) > 0),
        ),
        Claim(
            "The same, local equation (Secs. I, III)",
            "violates the second law",
            f"negative at {broken[0]} and {broken[1]} of {points} points, down to "
            f"{numbers([least['local', medium] for medium in MEDIA], 2)} (oscillators, two-level)",
            verdict(min(broken) > 0),
        ),
    ]


def _two_levels() -> Claim:
    eps = np.array([0.1, 1.0, 5.0, 20.0])
    solved = hot_current("global", lambda x: fig3(x, two_levels), eps)
    closed = global_current(Pair(eps), 1)
    apart = np.abs(solved / closed - 1).max()
    return Claim(
        "Global equation of two-level nodes (below Eq. 10)",
        "more intricate, hence left out",
        f"Eq. 13 with -1 -> +1: J_h = {numbers(closed, 5)} at eps = {numbers(eps)} of Fig. 3 (w_- < 0 at the last), "
        f"within {apart:.0e} of the solution: two independent fermion modes (Jordan-Wigner)",
        verdict(apart > 1e-6),
    )


def _coherence() -> Claim:
    """Equal Bohr frequencies: |00> - |+> and |-> - |11> are one channel of w_+, likewise of w_-."""
    system = two_levels(0.3, 2.0, 1.5, 1.0, 0.4, np.array([0.02, 0.03]))
    up, turned = np.array([1.0, 1.0]) / np.sqrt(2), np.array([1j, 1.0]) / np.sqrt(2)  # |1> first
    vector = np.kron(up, turned)
    state = qt.DensityMatrix(jnp.asarray(np.outer(vector, vector.conj())), dims=(2, 2))
    generator, later = map(np.asarray, _later(descriptions()["global"], system, state, 12.0))
    lowering = np.asarray(qt.sigma_minus(0, of=2))
    proper = np.trace(later @ lowering)
    apart = _jumps_apart(system)
    moved = (np.asarray(jax.scipy.linalg.expm(12.0 * apart)) @ np.asarray(state.matrix).ravel()).reshape(4, 4)
    naive = np.trace(moved @ lowering)
    populations = float(np.abs(_null(generator) - _null(apart)).max())
    return Claim(
        "Jump operators of two-level nodes",
        "left out; Eqs. 11, 12 have one for each transition",
        f"Bohr frequencies always coincide in pairs and must share a jump operator: Re<a> = {proper.real:.4f} at "
        f"t = 12 (w = (2, 1.5), eps = 0.3, T = (1, 0.4), kappa = (0.02, 0.03)), one operator each gives "
        f"{naive.real:.4f}; the steady states agree within {populations:.0e}",
        verdict(abs(proper - naive) < 1e-6),
    )


@eqx.filter_jit
def _later(description: Any, system: qt.OpenSystem, state: qt.DensityMatrix, time: float) -> tuple[Any, Any]:
    dynamics = description(system)
    path = qt.evolve(dynamics, state, jnp.asarray([time]), throw=False)
    assert isinstance(path, qt.DensityMatrix)
    return dynamics.matrix, path.matrix[0]


def _null(generator: np.ndarray) -> np.ndarray:
    """The steady state of a generator."""
    _, _, v = np.linalg.svd(generator)
    matrix = v[-1].conj().reshape(4, 4)
    return matrix / np.trace(matrix)


def _jumps_apart(system: qt.OpenSystem) -> np.ndarray:
    """The generator with one jump operator for each pair of eigenvectors, vec stacking rows."""
    assert isinstance(system.hamiltonian, qt.FiniteHamiltonian)
    h, one = np.asarray(system.hamiltonian.matrix), np.eye(4)
    energies, vectors = np.linalg.eigh(h)
    generator = -1j * (np.kron(h, one) - np.kron(one, h.T))
    for bath in system.baths:
        for i, j in np.ndindex(4, 4):
            element = vectors[:, i] @ np.asarray(bath.coupling) @ vectors[:, j]
            jump = element * np.outer(vectors[:, i], vectors[:, j])
            rate = float(bath.spectral_density.rate(energies[j] - energies[i], bath.temperature))
            loss = jump.T @ jump
            generator += rate * (np.kron(jump, jump) - (np.kron(loss, one) + np.kron(one, loss.T)) / 2)
    return generator


def transients(quick: bool) -> list[Claim]:
    """Spohn's inequality along transients, and the two-level nodes that the paper leaves out."""
    return [*_spohn(quick), _two_levels(), _coherence()]
