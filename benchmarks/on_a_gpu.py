"""The workloads of the other scripts on an accelerator, beside one CPU core, and as shares of what the card can do.

    python benchmarks/on_a_gpu.py [--quick]

Two-qubit currents in one `qt.sweep`, chains of qubits, and a chain of oscillators, each on the first device of JAX
and on the CPU (fewer points, smaller sizes; run it with `taskset -c 0`), with the results compared. The limits of the
device are measured, by products of matrices and by copies in double precision. Without an accelerator it runs on the
CPU twice.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import jax

jax.config.update("jax_enable_x64", True)
import equinox as eqx  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from chains_against_qutip import PARAMETERS, PRODUCTS, current, operators, steps  # noqa: E402
from networks_against_scipy import problem  # noqa: E402
from two_qubits_against_qutip import swept  # noqa: E402

import qtjax as qt  # noqa: E402

# Flops of a point: rates 14e3 (34 digammas), the generator 10e3, an elimination of 16 equations 10e3.
POINT_FLOPS = 34e3


def timed(function: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """Seconds of the best of three runs after a first, and the result."""
    jax.block_until_ready(function(*arguments))
    times, result = [], None
    for _ in range(3):
        start = time.perf_counter()
        result = jax.block_until_ready(function(*arguments))
        times.append(time.perf_counter() - start)
    return min(times), result


def limits(device: Any) -> tuple[float, float]:
    """Flops a second of products of real matrices, and bytes a second of copies."""
    with jax.default_device(device):
        size = 4096 if device.platform != "cpu" else 1024
        matrix = jnp.full((size, size), 1.0 / size)
        product, _ = timed(jax.jit(lambda a: a @ a), matrix)
        line = jnp.ones(2**27 if device.platform != "cpu" else 2**23)
        copy, _ = timed(jax.jit(lambda x: x + 1.0), line)
    return 2 * size**3 / product, 16 * line.size / copy


def sweep(device: Any, points: int, flops: float) -> None:
    """Two-qubit currents: a long sweep less a short one, so without compilation."""
    point = (swept(points, devices=[device]) - swept(points // 10, devices=[device])) / (points - points // 10)
    print(
        f"{device.platform}: {points:,} two-qubit currents, {1 / point:.3g} a second, "
        f"{100 * POINT_FLOPS / point / flops:.1f} % of its flops",
        flush=True,
    )


def chain(device: Any, qubits: int, flops: float) -> float:
    """One current of XXZ qubits."""
    with jax.default_device(device):
        arguments = jnp.asarray(PARAMETERS), tuple(jnp.asarray(x) for x in operators(qubits, "XXZ"))
        seconds, (flow, both) = timed(jax.jit(lambda p, m: current(p, m, qubits, True)), *arguments)
        count = steps(*arguments, qubits)
    assert abs(float(both.sum() / flow)) < 1e-8
    least = count * PRODUCTS * 2 * (2 ** (qubits - 1)) ** 3 / flops
    share = 100 * least / seconds
    print(
        f"{device.platform}: {qubits} qubits, {seconds:.3g} s, {count} steps, products alone {share:.0f} %", flush=True
    )
    return float(flow)


def network(device: Any, nodes: int) -> float:
    """State and currents of a chain of springs with a bath at either end."""
    with jax.default_device(device):
        make, baths = problem(nodes, "springs", False)
        arrays, static = eqx.partition(eqx.filter_jit(make)(jnp.full(baths, 1e-2)), eqx.is_array)

        def read(arrays: Any) -> Any:
            dynamics = eqx.combine(arrays, static)
            return qt.heat_currents(dynamics, qt.steady_state(dynamics, throw=False), throw=False)

        seconds, flows = timed(jax.jit(read), arrays)
    assert abs(float(flows.sum())) < 1e-9 * float(np.max(np.abs(flows)))
    print(f"{device.platform}: {nodes} nodes, {seconds:.3g} s", flush=True)
    return float(flows[0])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="few points, small systems")
    quick = parser.parse_args().quick
    accelerator, cpu = jax.devices()[0], jax.devices("cpu")[0]
    print(f"{accelerator.device_kind} beside a CPU")
    rates = {}
    for device in (accelerator, cpu):
        rates[device], bandwidth = limits(device)
        print(
            f"{device.platform}: {rates[device]:.3g} flops/s of products, {bandwidth:.3g} bytes/s of copies", flush=True
        )
    sweep(accelerator, 20_000 if quick else 10**7, rates[accelerator])
    sweep(cpu, 20_000 if quick else 200_000, rates[cpu])
    for qubits in (6,) if quick else (8, 10, 12):
        flow = chain(accelerator, qubits, rates[accelerator])
        if qubits < 11:
            assert abs(chain(cpu, qubits, rates[cpu]) / flow - 1) < 1e-8
    for nodes in (50,) if quick else (200, 1000, 4000):
        flow = network(accelerator, nodes)
        if nodes < 4000:
            assert abs(network(cpu, nodes) / flow - 1) < 1e-10


if __name__ == "__main__":
    main()
