"""Exact heat currents of qubits by hierarchical equations: qtjax beside QuTiP, in one run on one core.

    python benchmarks/hierarchies_against_qutip.py [--quick] [--largest]

Qubits in a row, a Drude bath at either end, the same exponents on both sides: qtjax's compilation, its time for a
current, its current and gradient with respect to six parameters over that, and QuTiP's `HEOMSolver` with
`steady_state` as one writes them, with the largest difference between the two density matrices and the relative one
between the two currents. QuTiP gives no gradient: differences take twelve more solutions. `--largest` then goes up in
size, qtjax alone, each size in a process of its own that has ten minutes. Times differ between machines, ratios less
so. Needs the extra `qutip`.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import time
from typing import Any

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before anything counts the cores

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from measuring import compiled, timed  # noqa: E402

import qtjax as qt  # noqa: E402

CUTOFF = 3.0
PARAMETERS = np.array([1.0, 1.0, 0.2, 0.05, 1.3, 0.6])  # splittings of the ends, coupling, strength, temperatures
MINUTES = 10


def row(qubits: int, parameters: Any) -> qt.OpenSystem:
    """Splittings from that of the first qubit to that of the last, sigma_x sigma_x between neighbours."""
    first, last, coupling, strength, *temperatures = parameters
    x, z = ([sigma(i, of=qubits) for i in range(qubits)] for sigma in (qt.sigma_x, qt.sigma_z))
    share = np.linspace(0.0, 1.0, qubits)
    free = sum(((1 - s) * first + s * last) / 2 * z[i] for i, s in enumerate(share))
    interaction = coupling * sum(x[i] @ x[i + 1] for i in range(qubits - 1))
    drude = qt.Drude(strength, CUTOFF)
    baths = tuple(qt.Bath(x[site], drude, t) for site, t in zip((0, -1), temperatures, strict=True))
    return qt.OpenSystem(qt.FiniteHamiltonian(free, interaction, dims=(2,) * qubits), baths)


def with_qtjax(parameters: Any, qubits: int, depth: int, pade_terms: int) -> tuple[Any, Any]:
    """The current out of the hot bath and the density matrix."""
    dynamics = qt.HierarchicalEquations(depth=depth, pade_terms=pade_terms)(row(qubits, parameters))
    state = qt.steady_state(dynamics)
    return qt.heat_currents(dynamics, state)[0], state.matrix


def with_qutip(qubits: int, depth: int, pade_terms: int) -> tuple[float, Any]:
    """The same, as one writes it with QuTiP, from qtjax's exponents."""
    import qutip
    from qutip.solver.heom import BosonicBath, HEOMSolver

    system = row(qubits, PARAMETERS)
    dims = [[2] * qubits, [2] * qubits]
    hamiltonian = qutip.Qobj(np.asarray(system.hamiltonian.matrix), dims=dims)
    exponentials = qt.HierarchicalEquations(depth=depth, pade_terms=pade_terms)(system).exponentials()
    baths = []
    for bath, (rates, coefficients) in zip(system.baths, exponentials, strict=True):
        rates, real, imaginary = np.real(rates), np.real(coefficients), np.imag(coefficients)
        coupling = qutip.Qobj(np.asarray(bath.coupling), dims=dims)
        # Only the pole of the density has an imaginary part.
        baths.append(BosonicBath(coupling, list(real), list(rates), [imaginary[0]], [rates[0]]))
    state, operators = HEOMSolver(hamiltonian, baths, max_depth=depth).steady_state()
    h, q, rho = (np.asarray(x) for x in (system.hamiltonian.matrix, system.baths[0].coupling, state.full()))
    first_tier = [label for label in operators.filter(level=1) if sum(label[: pade_terms + 1])]  # of the hot bath
    force = sum(operators.extract(label).full() for label in first_tier)
    return float(np.imag(np.trace(h @ (q @ force - force @ q)))), rho


def size(qubits: int, depth: int, pade_terms: int) -> str:
    """The case in words."""
    operators = qt.HierarchicalEquations(depth=depth, pade_terms=pade_terms)(row(qubits, PARAMETERS)).operators
    unknowns = operators * 4**qubits
    return f"{qubits} qubits, depth {depth}, Padé {pade_terms}: {operators} operators, {unknowns} unknowns"


def compare(qubits: int, depth: int, pade_terms: int, beside_qutip: bool) -> None:
    """Print one case."""
    parameters = jnp.asarray(PARAMETERS)
    print(size(qubits, depth, pade_terms), flush=True)

    def both(p: Any) -> tuple[Any, Any]:
        return with_qtjax(p, qubits, depth, pade_terms)

    compilation, value = compiled(both, parameters)
    seconds, (current, matrix) = timed(value, parameters, most=5.0)
    gradient_compilation, gradient = compiled(jax.value_and_grad(both, has_aux=True), parameters)
    gradient_seconds, _ = timed(gradient, parameters, most=5.0)
    print(f"  qtjax  compiled in {compilation:.1f} s, current {1e3 * seconds:.0f} ms, J = {current:.6e}")
    print(
        f"         with gradient: compiled in {gradient_compilation:.1f} s, {1e3 * gradient_seconds:.0f} ms, "
        f"{gradient_seconds / seconds:.1f} currents",
        flush=True,
    )
    if beside_qutip:
        qutip_seconds, (qutip_current, qutip_matrix) = timed(with_qutip, qubits, depth, pade_terms, most=5.0)
        print(
            f"  QuTiP  {qutip_seconds:.2f} s, {qutip_seconds / seconds:.0f} times qtjax; difference of the states "
            f"{np.max(np.abs(matrix - qutip_matrix)):.0e}, of the currents {abs(qutip_current / current - 1):.0e}",
            flush=True,
        )


def alone(qubits: int, depth: int, pade_terms: int) -> None:
    """Print one size without gradient; never more than the memory that is free."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_DATA, (free, resource.RLIM_INFINITY))
    before, line = peak(), size(qubits, depth, pade_terms)
    try:
        parameters = jnp.asarray(PARAMETERS)
        compilation, value = compiled(lambda p: with_qtjax(p, qubits, depth, pade_terms), parameters)
        start = time.perf_counter()
        current, _ = jax.block_until_ready(value(parameters))
        line += f"; compiled in {compilation:.1f} s, current {time.perf_counter() - start:.1f} s, J = {current:.6e}"
    except Exception as error:
        words = str(error).strip().splitlines()
        line += "; " + next((w for w in words if "hierarch" in w and "line" not in w), words[0])[:160]
    print(f"{line}, {(peak() - before) / 1e3:.1f} GB", flush=True)


def peak() -> float:
    """The largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def largest() -> None:
    """Print ever larger sizes until one does not come back in time."""
    context = multiprocessing.get_context("spawn")
    for qubits in range(5, 9):
        for depth in (2, 3):
            process = context.Process(target=alone, args=(qubits, depth, 1))
            process.start()
            process.join(60 * MINUTES)
            if process.is_alive() or process.exitcode:
                outcome = f"not in {MINUTES} minutes" if process.is_alive() else f"ended with {process.exitcode}"
                process.kill()
                print(f"{qubits} qubits, depth {depth}, Padé 1: {outcome}")
                return


def main() -> None:
    """Print a block for every case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="QuTiP beside two qubits only")
    parser.add_argument("--largest", action="store_true", help="larger sizes, up to ten minutes each")
    options = parser.parse_args()
    compare(2, 4, 2, beside_qutip=True)
    compare(4, 3, 1, beside_qutip=not options.quick)
    if not options.quick:
        compare(4, 3, 2, beside_qutip=True)  # minutes, and 3 GB, of QuTiP's
    if options.largest:
        print("\nlarger sizes, a process each; compilation and one current", flush=True)
        largest()


if __name__ == "__main__":
    main()
