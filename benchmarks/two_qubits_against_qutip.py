"""Heat currents of two qubits under the Bloch-Redfield equation with Lamb shift, and their gradients, point by point.

    python benchmarks/two_qubits_against_qutip.py [--quick]

The workload of a phase diagram: 10^5 points, each with its own Hamiltonian, strength and temperature, in one
`qt.sweep`. Beside it QuTiP as a user writes it and batched NumPy as an expert does, checked against one another;
then the gradient by 1, 10 and 100 parameters beside finite differences. Run it on one core (`taskset -c 0`). QuTiP's
tensor has no Lamb shift, so what is compared with it leaves the shift out. Extra `qutip`.
"""

import argparse
import math
import time
from collections.abc import Callable
from typing import Any

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

import qtjax as qt  # noqa: E402

COLD, CUTOFF, SPLITTING = 5.0, 50.0, 4.0
X = [np.asarray(qt.sigma_x(site, of=2)) for site in (0, 1)]
Z = [np.asarray(qt.sigma_z(site, of=2)) for site in (0, 1)]


def pair(hot: Any, exchange: Any, detuning: Any, strength: Any) -> qt.OpenSystem:
    """Two qubits of mean splitting 4, a Drude bath on each (Zhang et al. 2025)."""
    free = ((SPLITTING + detuning / 2) * Z[0] + (SPLITTING - detuning / 2) * Z[1]) / 2
    density = qt.Drude(strength * jnp.ones(2), CUTOFF * jnp.ones(2))
    baths = qt.Bath(jnp.stack(X), density, jnp.stack([jnp.asarray(hot, float), jnp.asarray(COLD)]))
    return qt.OpenSystem(qt.FiniteHamiltonian(free, exchange * X[0] @ X[1], dims=(2, 2)), (baths,))


def heat_current(hot: Any, exchange: Any, detuning: Any, strength: Any, lamb_shift: bool = True) -> Any:
    """The current out of the hot bath."""
    dynamics = qt.redfield_equation(lamb_shift=lamb_shift)(pair(hot, exchange, detuning, strength))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), throw=False)[0]


def qutip_current(hot: float, exchange: float, detuning: float, strength: float) -> float:
    """The same without Lamb shift, as one writes it with QuTiP."""
    import qutip

    system, dims = pair(hot, exchange, detuning, strength), [[2, 2], [2, 2]]
    hamiltonian = qutip.Qobj(np.asarray(system.hamiltonian.matrix), dims=dims)

    def rate(temperature: float) -> Callable[[float], float]:
        density = lambda w: 2 * strength * w * CUTOFF**2 / (w**2 + CUTOFF**2)  # noqa: E731
        return lambda w: 2 * strength * temperature if w == 0 else density(w) / -np.expm1(-w / temperature)

    terms = [[qutip.Qobj(x, dims=dims), rate(t)] for x, t in zip(X, (hot, COLD), strict=True)]
    parts = [qutip.bloch_redfield_tensor(hamiltonian, [term], sec_cutoff=-1, fock_basis=True) for term in terms]
    coherent = qutip.liouvillian(hamiltonian)
    state = qutip.steadystate(sum(parts) - coherent)
    flow = qutip.vector_to_operator((parts[0] - coherent) * qutip.operator_to_vector(state))
    return float((hamiltonian * flow).tr().real)


def numpy_currents(
    hot: np.ndarray, exchange: np.ndarray, detuning: np.ndarray, strength: np.ndarray, lamb_shift: bool = True
) -> np.ndarray:
    """The same for many points at once, every step batched: what an expert writes without JAX."""
    from scipy.special import psi

    column = lambda x: np.asarray(x)[:, None, None]  # noqa: E731
    matrix = (column(SPLITTING + detuning / 2) * Z[0] + column(SPLITTING - detuning / 2) * Z[1]) / 2
    matrix = (matrix + column(exchange) * (X[0] @ X[1])).real
    energies, vectors = np.linalg.eigh(matrix)
    w = energies[:, None, :] - energies[:, :, None]
    identity, halves = np.eye(4), []
    for coupling, temperature in zip(X, (column(hot), column(np.full(len(hot), COLD))), strict=True):
        slope = column(strength) * CUTOFF**2 / (w**2 + CUTOFF**2)
        with np.errstate(invalid="ignore", divide="ignore"):
            bose = np.where(w == 0, temperature, w / -np.expm1(-w / temperature))
        gamma = slope * bose + 0j
        if lamb_shift:
            scale = 2 * math.pi * temperature
            thermal = psi(1 + 1j * w / scale).real - psi(1 + CUTOFF / scale)
            shift = -slope * CUTOFF / 2 + w * slope * (temperature / CUTOFF + thermal / math.pi)
            gamma = gamma + 1j * (shift + column(strength) * CUTOFF / 2)
        operator = np.swapaxes(vectors, 1, 2) @ coupling.real @ vectors
        left = gamma * operator
        jump = np.einsum("nij,nkl->nikjl", left, operator)
        halves.append(jump - (operator @ left)[:, :, None, :, None] * identity[None, None, :, None, :])
    whole = lambda half: (half + half.conj().transpose(0, 2, 1, 4, 3)).reshape(-1, 16, 16)  # noqa: E731
    dissipators = [whole(half) for half in halves]
    generator = sum(dissipators)
    generator[:, np.arange(16), np.arange(16)] += 1j * w.reshape(-1, 16)
    generator[:, 0] = identity.ravel()
    right = np.zeros((len(w), 16, 1), complex)
    right[:, 0] = 1.0
    state = np.linalg.solve(generator, right)
    flow = (dissipators[0] @ state)[..., 0]
    return np.einsum("ni,ni->n", energies, flow[:, ::5]).real


def timed(work: Callable[[], Any], repeats: int = 1) -> tuple[float, Any]:
    """The median of the seconds that work() takes, and its last result."""
    seconds, result = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        result = jax.block_until_ready(work())
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)), result


def compiled(function: Callable[..., Any], columns: Any) -> tuple[float, Callable[..., Any]]:
    """Seconds until `function`, mapped over all points in chunks, is compiled as `qt.sweep` does; and the program."""
    mapped = jax.jit(lambda *x: jax.lax.map(lambda row: function(*row), x, batch_size=64))
    start = time.perf_counter()
    options = {"xla_cpu_use_fusion_emitters": False} if jax.default_backend() == "cpu" else None
    program = mapped.lower(*columns).compile(options)
    return time.perf_counter() - start, program


def many_parameters(count: int) -> tuple[Callable[[Any], Any], np.ndarray]:
    """The current as a function of `count` numbers that perturb the Hamiltonian, and where it is evaluated."""
    rng = np.random.default_rng(count)
    directions = rng.normal(size=(count, 4, 4)) * 0.01
    directions = jnp.asarray(directions + np.swapaxes(directions, 1, 2))
    system = pair(10.0, 0.2, 0.5, 1e-2)

    def current(x: Any) -> Any:
        hamiltonian = system.hamiltonian
        moved = hamiltonian.interaction + jnp.tensordot(x, directions, 1)
        dynamics = qt.redfield_equation(lamb_shift=True)(
            qt.OpenSystem(qt.FiniteHamiltonian(hamiltonian.free, moved, dims=(2, 2)), system.baths)
        )
        return qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), throw=False)[0]

    return current, 0.1 * rng.normal(size=(4096, count))


def swept(points: int, **options: Any) -> float:
    """Seconds of one `qt.sweep` of so many thousands of points, of which some are checked against NumPy."""
    axes = {
        "hot": np.linspace(6.0, 30.0, points // 1000),
        "exchange": np.linspace(0.02, 0.5, 10),
        "detuning": np.linspace(0.0, 2.0, 10),
        "strength": np.geomspace(1e-3, 3e-2, 10),
    }
    start = time.perf_counter()
    data = qt.sweep(heat_current, progress=False, **options, **axes)
    seconds = time.perf_counter() - start
    columns = [c.ravel()[::997] for c in np.meshgrid(*axes.values(), indexing="ij")]
    expected = numpy_currents(*columns)
    error = np.max(np.abs(data.heat_current.values.ravel()[::997] - expected)) / np.max(np.abs(expected))
    assert error < 1e-11, error
    return seconds


def sweeps(quick: bool) -> None:
    """W1: the sweep beside QuTiP and NumPy."""
    points = 4096 if quick else 100_000
    rng = np.random.default_rng(0)
    low, high = np.array([5.0, 0.02, 0.0, 1e-3]), np.array([30.0, 0.5, 2.0, 3e-2])
    columns = tuple(np.asarray(c) for c in (low + (high - low) * rng.uniform(size=(points, 4))).T)

    theirs, expected = timed(lambda: numpy_currents(*columns), 3)
    print(f"NumPy, batched: {1e6 * theirs / points:.2f} us a point")
    compile_time, program = compiled(heat_current, columns)
    by_hand, found = timed(lambda: program(*columns), 5)
    error = np.max(np.abs(found - expected) / np.max(np.abs(expected)))
    print(
        f"qtjax in `lax.map`: compiled in {compile_time:.1f} s, {1e6 * by_hand / points:.2f} us a point, "
        f"{theirs / by_hand:.1f} x NumPy, largest difference {error:.1e} of the largest current"
    )
    assert error < 1e-11

    count = points // 1000 * 1000
    print(f"`qt.sweep`: {1e6 * swept(count) / count:.1f} us a point with compilation")

    few = 5 if quick else 20
    qutip_current(*(float(c[0]) for c in columns))  # imports
    slow, reference = timed(lambda: [qutip_current(*(float(c[i]) for c in columns)) for i in range(few)])
    _, plain = compiled(lambda *x: heat_current(*x, lamb_shift=False), columns)
    error = np.max(np.abs(np.asarray(plain(*columns))[:few] / np.array(reference) - 1))
    print(
        f"QuTiP: {1e3 * slow / few:.1f} ms a point: qtjax {slow / few / (by_hand / points):.0f} x; "
        f"without Lamb shift they differ by {error:.1e}"
    )
    assert error < 1e-8


def gradients(quick: bool) -> None:
    """W2: gradients beside finite differences."""
    for count in (1, 10) if quick else (1, 10, 100):
        current, where = many_parameters(count)
        value_compile, value = compiled(current, (where,))
        both_compile, both = compiled(jax.value_and_grad(current), (where,))
        alone, _ = timed(lambda value=value, where=where: value(where), 5)
        seconds, (_, slopes) = timed(lambda both=both, where=where: both(where), 5)
        step = 1e-4 * np.eye(count)[0]
        differences = (np.asarray(value(where + step)) - np.asarray(value(where - step))) / 2e-4
        error = np.max(np.abs(slopes[:, 0] - differences)) / np.max(np.abs(differences))
        print(
            f"gradient by {count} parameters: {seconds / alone:.2f} values (finite differences {2 * count}), "
            f"{1e6 * seconds / len(where):.1f} us a point, compiled in {both_compile:.1f} s "
            f"(value {value_compile:.1f} s); differs from finite differences by {error:.1e}"
        )
        assert error < 1e-6


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer points")
    quick = parser.parse_args().quick
    sweeps(quick)
    gradients(quick)


if __name__ == "__main__":
    main()
