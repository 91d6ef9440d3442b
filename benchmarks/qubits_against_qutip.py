"""Heat currents of qubits under the Bloch-Redfield equation: qtjax beside QuTiP, in one run.

    python benchmarks/qubits_against_qutip.py [--quick]

Times differ between machines, ratios less so: every line gives both. QuTiP's tensor has no Lamb shift, so the
comparison leaves it out; qtjax's own price for it, and for the gradient, stand beside. Needs the extra `qutip`.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

import qtjax as qt  # noqa: E402

COLD, STRENGTH, CUTOFF = 5.0, 0.01, 50.0


def chain(qubits: int, hot: Any, field: float = 4.0) -> qt.OpenSystem:
    """Qubits in a row, exchange-coupled, slightly detuned, a bath at either end."""
    x, z = ([sigma(i, of=qubits) for i in range(qubits)] for sigma in (qt.sigma_x, qt.sigma_z))
    free = sum((field + 0.1 * i) / 2 * z[i] for i in range(qubits))
    interaction = sum(0.3 * x[i] @ x[i + 1] for i in range(qubits - 1))
    hamiltonian = qt.FiniteHamiltonian(free, interaction, dims=(2,) * qubits)
    drude = qt.Drude(STRENGTH, CUTOFF)
    return qt.OpenSystem(hamiltonian, (qt.Bath(x[0], drude, hot), qt.Bath(x[-1], drude, COLD)))


def current(hot: Any, qubits: int, lamb_shift: bool) -> Any:
    """The heat current out of the hot bath."""
    dynamics = qt.redfield_equation(lamb_shift=lamb_shift)(chain(qubits, hot))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), throw=False)[0]


def _rate(temperature: float) -> Callable[[float], float]:
    def rate(w: float) -> float:
        if w == 0:
            return 2 * STRENGTH * temperature
        return 2 * STRENGTH * w * CUTOFF**2 / (w**2 + CUTOFF**2) / -np.expm1(-w / temperature)

    return rate


def qutip_current(hot: float, qubits: int) -> float:
    """The same, as one writes it with QuTiP."""
    import qutip

    system = chain(qubits, hot)
    dims = [[2] * qubits, [2] * qubits]
    hamiltonian = qutip.Qobj(np.asarray(system.hamiltonian.matrix), dims=dims)
    terms = []
    for bath in system.baths:
        terms.append([qutip.Qobj(np.asarray(bath.coupling), dims=dims), _rate(float(bath.temperature))])
    parts = [
        qutip.bloch_redfield_tensor(hamiltonian, part, sec_cutoff=-1, fock_basis=True) for part in (terms, terms[:1])
    ]
    state = qutip.steadystate(parts[0])
    coherent = qutip.liouvillian(hamiltonian)
    flow = qutip.vector_to_operator((parts[1] - coherent) * qutip.operator_to_vector(state))
    return float(np.real((hamiltonian * flow).tr()))


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer points and qubits")
    quick = parser.parse_args().quick
    points = 256 if quick else 8192
    temperatures = jnp.linspace(6.0, 60.0, points)

    few = np.asarray(temperatures[:: points // 8])
    qutip_time, reference = timed(lambda: [qutip_current(float(t), 2) for t in few])
    qutip_point = qutip_time / few.size
    print(f"two qubits: QuTiP {1e3 * qutip_point:.1f} ms a point")
    for label, function in (
        ("without Lamb shift", lambda t: current(t, 2, False)),
        ("with Lamb shift", lambda t: current(t, 2, True)),
        ("value and dJ/dT", jax.value_and_grad(lambda t: current(t, 2, True))),
    ):
        sweep = jax.jit(lambda x, f=function: jax.lax.map(f, x, batch_size=64))
        first, _ = timed(lambda sweep=sweep: jax.block_until_ready(sweep(temperatures)))
        second, result = timed(lambda sweep=sweep: jax.block_until_ready(sweep(temperatures)))
        point = second / points
        print(
            f"  qtjax, {label:<19} {1e6 * point:7.1f} us a point, {qutip_point / point:7.0f} times faster, "
            f"first call {first:.1f} s"
        )
        if label == "without Lamb shift":
            error = np.max(np.abs(np.asarray(result)[:: points // 8] / np.array(reference) - 1))
            print(f"  largest relative difference from QuTiP {error:.1e}")

    for qubits in (3, 4) if quick else (3, 4, 5, 6, 8):
        solve = jax.jit(lambda t, n=qubits: current(t, n, True))
        timed(lambda solve=solve: jax.block_until_ready(solve(10.0)))
        seconds, _ = timed(lambda solve=solve: jax.block_until_ready(solve(11.0)))
        line = f"{qubits} qubits: qtjax with Lamb shift {1e3 * seconds:.1f} ms"
        if qubits <= (3 if quick else 4):
            line += f", QuTiP {1e3 * timed(lambda n=qubits: qutip_current(11.0, n))[0]:.0f} ms"
        print(line)


if __name__ == "__main__":
    main()
