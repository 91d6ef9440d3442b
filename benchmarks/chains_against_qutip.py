"""Heat currents of chains of qubits under the Bloch-Redfield equation: qtjax beside QuTiP, in one run on one core.

    python benchmarks/chains_against_qutip.py [--quick] [--qubits 4 5 ...] [--qutip 4 5 ...]

Qubits in a row, a Drude bath on sigma_x at either end, through `qt.redfield_equation(lamb_shift=True)`,
`qt.steady_state` and `qt.heat_currents`: compilation, one current, steps of the iteration, the current and its
derivatives by six parameters over the current, and the largest memory of the process. XXZ with equal splittings, XX
(highly degenerate), XXZ detuned. The floor is steps x products x 2 (d/2)^3 flops over the rate at which this machine
multiplies real matrices of that size. QuTiP's tensor has no Lamb shift, so the comparison leaves it out; it takes
seconds for five qubits, and minutes for six. Every size has a process of its own. Times differ between machines, ratios
less so. Needs the extra `qutip`.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before anything counts the cores

import jax

jax.config.update("jax_enable_x64", True)
import equinox as eqx  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from measuring import compiled, timed  # noqa: E402

import qtjax as qt  # noqa: E402

STRENGTH, CUTOFF, COLD = 1e-2, 10.0, 0.7
PARAMETERS = np.array([1.0, 0.5, 2.0, COLD, STRENGTH, CUTOFF])  # splitting, exchange, temperatures, strength, cut-off
ANISOTROPY = {"XXZ": 0.7, "XX": 0.0, "detuned": 0.7}
PRODUCTS = 24  # real ones of halves: 12 for G rho - h.c. and its product with S, twice for two halves


def operators(qubits: int, kind: str) -> tuple[np.ndarray, ...]:
    """The splittings, the exchange, and sigma_x at either end, by bits: as products of operators they take longer."""
    states = np.arange(2**qubits)
    up = [(states >> (qubits - 1 - i)) & 1 == 0 for i in range(qubits)]
    free, exchange = np.zeros(2**qubits), np.zeros((2**qubits, 2**qubits))
    for i in range(qubits):
        free += (1.0 + (0.1 * i if kind == "detuned" else 0.0)) / 2 * np.where(up[i], 1.0, -1.0)
    for i in range(qubits - 1):
        exchange[states, states] += ANISOTROPY[kind] / 4 * np.where(up[i] == up[i + 1], 1.0, -1.0)
        flipped = states ^ (3 << (qubits - 2 - i))
        exchange[states, flipped] += np.where(up[i] != up[i + 1], 0.5, 0.0)
    ends = []
    for bit in (1 << (qubits - 1), 1):
        ends.append(np.zeros_like(exchange))
        ends[-1][states, states ^ bit] = 1.0
    return np.diag(free), exchange, *ends


def chain(parameters: Any, matrices: Any, qubits: int) -> qt.OpenSystem:
    """The open system."""
    splitting, exchange, hot, cold, strength, cutoff = parameters
    free, bonds, first, last = matrices
    hamiltonian = qt.FiniteHamiltonian(splitting * free, exchange * bonds, dims=(2,) * qubits)
    drude = qt.Drude(strength, cutoff)
    return qt.OpenSystem(hamiltonian, (qt.Bath(first, drude, hot), qt.Bath(last, drude, cold)))


def current(parameters: Any, matrices: Any, qubits: int, lamb_shift: bool) -> tuple[Any, Any]:
    """The heat current out of the hot bath, and both."""
    dynamics = qt.redfield_equation(lamb_shift=lamb_shift)(chain(parameters, matrices, qubits))
    currents = qt.heat_currents(dynamics, qt.steady_state(dynamics))
    return currents[0], currents


def steps(parameters: Any, matrices: Any, qubits: int) -> int:
    """Of the iteration."""
    dynamics, solver = qt.redfield_equation(lamb_shift=True)(chain(parameters, matrices, qubits)), qt.Krylov()
    rate = jnp.mean(jnp.abs(jnp.real(jnp.einsum("btji,btji->i", dynamics.right.conj(), dynamics.left))))
    right = rate / dynamics.size * jnp.eye(dynamics.size)
    report = solver._inverse(False, eqx.filter(dynamics, eqx.is_array), rate, solver.rtol, right)[1]
    return int(report[2])


def _rate(temperature: float) -> Callable[[float], float]:
    def rate(w: float) -> float:
        if w == 0:
            return 2 * STRENGTH * temperature
        return 2 * STRENGTH * w * CUTOFF**2 / (w**2 + CUTOFF**2) / -np.expm1(-w / temperature)

    return rate


def qutip_current(qubits: int, kind: str) -> float:
    """The current out of the hot bath as one writes it with QuTiP, without Lamb shift."""
    import qutip

    system = chain(PARAMETERS, operators(qubits, kind), qubits)
    dims = [[2] * qubits, [2] * qubits]
    hamiltonian = qutip.Qobj(np.asarray(system.hamiltonian.matrix), dims=dims)
    terms = [[qutip.Qobj(np.asarray(b.coupling), dims=dims), _rate(float(b.temperature))] for b in system.baths]
    whole = qutip.bloch_redfield_tensor(hamiltonian, terms, sec_cutoff=-1, fock_basis=True)
    state = qutip.steadystate(whole)
    hot = qutip.bloch_redfield_tensor(hamiltonian, terms[:1], sec_cutoff=-1, fock_basis=True)
    flow = (hot - qutip.liouvillian(hamiltonian)) * qutip.operator_to_vector(state)
    return float(np.real((hamiltonian * qutip.vector_to_operator(flow)).tr()))


def product(size: int) -> float:
    """Seconds of a product of real matrices, as one of many in a loop."""
    matrix = jnp.full((size, size), 1.0 / size)
    return timed(jax.jit(lambda a: jax.lax.fori_loop(0, 20, lambda _, x: x @ a, a)), matrix)[0] / 20


def peak() -> float:
    """The largest memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)


def case(qubits: int, kind: str, beside_qutip: bool, gradient: bool) -> None:
    """Print one line."""
    parameters, matrices = jnp.asarray(PARAMETERS), tuple(jnp.asarray(x) for x in operators(qubits, kind))
    value = lambda p, m: current(p, m, qubits, True)  # noqa: E731
    compilation, program = compiled(value, parameters, matrices)
    seconds, (flow, both) = timed(program, parameters, matrices)
    memory = peak()
    line = f"{kind:<8} {qubits:>2} qubits: compiled in {compilation:4.1f} s, current {1e3 * seconds:9.1f} ms"
    if isinstance(qt.default_solver(qt.redfield_equation()(chain(parameters, matrices, qubits))), qt.Krylov):
        count = steps(parameters, matrices, qubits)
        line += f", {count} steps (floor {1e3 * count * PRODUCTS * product(2 ** (qubits - 1)):.1f} ms)"
    line += f", {memory:.2f} GB, J = {flow:.8e}, sum of currents {abs(float(both.sum() / flow)):.0e} J"
    if gradient:
        of_all = compiled(lambda p, m: jax.value_and_grad(value, has_aux=True)(p, m), parameters, matrices)[1]
        line += f"; with 6 derivatives {timed(of_all, parameters, matrices)[0] / seconds:.1f} currents"
    print(line, flush=True)
    if beside_qutip:
        plain = compiled(lambda p, m: current(p, m, qubits, False), parameters, matrices)[1]
        own, (flow, _) = timed(plain, parameters, matrices)
        start = time.perf_counter()
        reference = qutip_current(qubits, kind)
        taken = time.perf_counter() - start
        print(
            f"{'':18}without Lamb shift {1e3 * own:.1f} ms, QuTiP {taken:.2f} s, {taken / own:.0f} times qtjax; "
            f"relative difference {abs(reference / flow - 1):.0e}",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="up to six qubits, QuTiP to four")
    parser.add_argument("--qubits", type=int, nargs="+", default=list(range(4, 11)), help="sizes, 4 to 10 by default")
    parser.add_argument("--qutip", type=int, nargs="*", default=[4, 5], help="sizes for QuTiP, 4 and 5 by default")
    options = parser.parse_args()
    sizes, with_qutip = (range(4, 7), [4]) if options.quick else (options.qubits, options.qutip)
    context = multiprocessing.get_context("spawn")
    for qubits in sizes:
        for kind in ANISOTROPY if qubits < 10 else ("XXZ", "XX") if qubits < 11 else ("XXZ",):
            beside = qubits in with_qutip and kind == "detuned"
            process = context.Process(target=case, args=(qubits, kind, beside, qubits < 10))
            process.start()
            process.join()


if __name__ == "__main__":
    main()
