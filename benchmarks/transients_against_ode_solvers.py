"""Transient heat currents of two qubits under the Bloch-Redfield equation: qtjax beside solvers with steps.

    python benchmarks/transients_against_ode_solvers.py [--quick]

A thousand times up to ten relaxation times, 1e5 in units where the splitting is 1, at many points, on one core. Beside:
QuTiP's `brmesolve` as one writes it, diffrax through `qt.Ode` and by hand, and dynamiqs where it is installed (a
Lindblad equation of the same size, for it has no Redfield one). Solvers with steps take a number of them that grows as
the oscillations do: they run to a tenth and to all of an early share of the time, and the line through both is followed
to its end. Every one is checked against qtjax in the same run. Times are of the processor; compilation stands apart.
"""

import argparse
import importlib.util
import os
import time
from collections.abc import Callable
from typing import Any

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before anything counts the cores

import jax

jax.config.update("jax_enable_x64", True)
import diffrax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

import qtjax as qt  # noqa: E402

STRENGTH, CUTOFF, COLD, LONGEST, SHARE = 1e-4, 5.0, 0.5, 1e5, 100
START = qt.DensityMatrix(np.diag([0.4, 0.3, 0.2, 0.1]), dims=(2, 2))
TIMES, GEOMETRIC = np.linspace(0.0, LONGEST, 1000), np.geomspace(1e-2, LONGEST, 1000)
RTOL, ATOL, STEPS = 1e-8, 1e-12, 10**7


def pair(hot: Any) -> qt.OpenSystem:
    """Two qubits, slightly detuned, a Drude bath on each."""
    x, z = ([sigma(i, of=2) for i in range(2)] for sigma in (qt.sigma_x, qt.sigma_z))
    hamiltonian = qt.FiniteHamiltonian((z[0] + 1.1 * z[1]) / 2, 0.2 * x[0] @ x[1], dims=(2, 2))
    drude = qt.Drude(STRENGTH, CUTOFF)
    return qt.OpenSystem(hamiltonian, (qt.Bath(x[0], drude, hot), qt.Bath(x[1], drude, COLD)))


def carried(hot: Any, times: Any, lamb_shift: bool = True) -> Any:
    """The currents, without states."""
    dynamics = qt.redfield_equation(lamb_shift=lamb_shift)(pair(hot))
    return qt.transient_heat_currents(dynamics, START, times, throw=False)


def read(hot: Any, times: Any, solver: Any = None) -> Any:
    """The currents of each state."""
    dynamics = qt.redfield_equation(lamb_shift=True)(pair(hot))
    states = qt.evolve(dynamics, START, times, solver, throw=False)
    return jax.vmap(lambda state: qt.heat_currents(dynamics, state, throw=False))(states)


def by_hand(hot: Any, times: Any) -> Any:
    """With diffrax, as one writes it from the matrix of the equation: real and imaginary parts beside each other."""
    dynamics = qt.redfield_equation(lamb_shift=True)(pair(hot))
    matrix = dynamics.matrix
    packed = jnp.block([[matrix.real, -matrix.imag], [matrix.imag, matrix.real]])
    start = jnp.concatenate([START.matrix.real.ravel(), START.matrix.imag.ravel()])
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda _, x, a: a @ x),
        diffrax.Dopri8(),
        t0=0.0,
        t1=times[-1],
        dt0=None,
        y0=start,
        args=packed,
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.PIDController(rtol=RTOL, atol=ATOL),
        max_steps=STEPS,
    )
    assert solution.ys is not None
    # Tr[D_b^dagger(H) rho] of real and imaginary parts.
    losses = jnp.swapaxes(observables(dynamics), 1, 2).reshape(2, -1)
    return solution.ys @ jnp.concatenate([losses.real, -losses.imag], axis=1).T


def observables(dynamics: Any) -> Any:
    """D_b^dagger(H), whose expectation is the current from bath b."""
    return dynamics.levels.lowered(dynamics.frame_adjoint(dynamics.levels.matrix))


def with_qutip(hot: float, times: np.ndarray) -> Any:
    """As one writes it with QuTiP, which knows no Lamb shift."""
    import qutip

    system, dims = pair(hot), [[2, 2], [2, 2]]

    def rate(temperature: float) -> Callable[[float], float]:
        def of(w: float) -> float:
            boson = temperature if w == 0 else w / -np.expm1(-w / temperature)
            return 2 * STRENGTH * CUTOFF**2 / (w**2 + CUTOFF**2) * boson

        return of

    result = qutip.brmesolve(
        qutip.Qobj(np.asarray(system.hamiltonian.matrix), dims=dims),
        qutip.Qobj(np.asarray(START.matrix), dims=dims),
        times,
        [[qutip.Qobj(np.asarray(b.coupling), dims=dims), rate(float(b.temperature))] for b in system.baths],
        e_ops=[qutip.Qobj(np.asarray(x), dims=dims) for x in observables(qt.redfield_equation()(system))],
        sec_cutoff=-1,
        options={"nsteps": STEPS, "rtol": RTOL, "atol": ATOL, "progress_bar": ""},
    )
    return np.real(np.stack(result.expect, axis=1))


def lindblad(hot: Any, times: Any) -> Any:
    """The currents of a Lindblad equation of the same size."""
    return qt.transient_heat_currents(qt.universal_lindblad_equation()(pair(hot)), START, times, throw=False)


def with_dynamiqs(method: str, hots: np.ndarray) -> Callable[[Any], Any]:
    """The same as one writes it with dynamiqs, batched over points."""
    import dynamiqs as dq

    dq.set_precision("double")
    made = [qt.universal_lindblad_equation()(pair(hot)) for hot in hots]
    jumps = np.stack([np.sqrt(2.0) * made_one.levels.lowered(made_one.left[:, 0]) for made_one in made], axis=1)
    losses = np.stack([observables(made_one) for made_one in made])
    hamiltonian, start = np.asarray(made[0].hamiltonian, complex), np.asarray(START.matrix, complex)
    solver = dq.method.Expm() if method == "Expm" else dq.method.Tsit5(rtol=RTOL, atol=ATOL, max_steps=STEPS)
    options = {"method": solver, "cartesian_batching": False, "progress_meter": False}

    def run(times: Any) -> Any:
        states = dq.mesolve(hamiltonian, list(jumps), start, times, **options).states.to_jax()
        return jnp.einsum("pbij,ptji->ptb", losses, states).real

    return run


def timed(function: Callable[[], Any], least: int = 1) -> tuple[float, Any]:
    """Processor seconds of the best of `least` or more runs, and the result."""
    seconds, result = [], None
    while len(seconds) < least or (sum(seconds) < 1.0 and len(seconds) < 20):
        start = time.process_time()
        result = jax.block_until_ready(function())
        seconds.append(time.process_time() - start)
    return min(seconds), result


def swept(function: Callable[[Any, Any], Any], hots: Any, times: np.ndarray) -> tuple[float, float, Any]:
    """Seconds of compilation, seconds a point, and the results."""
    start = time.process_time()
    sweep = jax.jit(lambda hots: jax.lax.map(lambda hot: function(hot, jnp.asarray(times)), hots, batch_size=64))
    program = sweep.lower(hots).compile()
    compilation = time.process_time() - start
    seconds, result = timed(lambda: program(hots), 3)
    return compilation, seconds / hots.shape[0], result


def followed(run: Callable[[Any], Any], early: np.ndarray, share: int) -> tuple[float, Any]:
    """Seconds to the end, of a solver whose steps are as dense everywhere, and its results at the early times."""
    for times in (early / 10, early):
        run(times)  # compilation, and what is set up once
    (short, _), (long, found) = (timed(lambda times=times: run(times)) for times in (early / 10, early))
    return long + (share - 1) * (long - short) / 0.9, found


def error(found: Any, expected: Any) -> float:
    """The largest difference, in units of the largest current."""
    return float(np.max(np.abs(np.asarray(found) - np.asarray(expected))) / np.max(np.abs(np.asarray(expected))))


def floor(hot: float) -> float:
    """Floating-point operations of a point: Taylor's series, doublings, steps on either side, and their products."""
    matrix, _ = qt.redfield_equation(lamb_shift=True)(pair(hot)).moment_matrix()
    doublings = np.ceil(np.log2(16 * TIMES[1] * np.max(np.sum(np.abs(matrix), axis=1))))
    return float(2 * 16**3 * (4 + doublings + 4) + 2 * 16**2 * (2 * 16 + 63) + 2 * 16 * 2 * TIMES.size)


def main() -> None:
    """Print a line for every way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer points, and no dynamiqs Tsit5 (a minute)")
    quick = parser.parse_args().quick
    hots = jnp.linspace(1.0, 3.0, 128 if quick else 1000)
    early = TIMES / SHARE
    print(f"{hots.shape[0]} points, {TIMES.size} times up to {LONGEST:.0e}, strength {STRENGTH:.0e}; floor ", end="")
    print(f"{floor(2.0) / 1e6:.2f} million operations a point", flush=True)

    compilation, ours, expected = swept(carried, hots, TIMES)
    print(f"  carried along, equal steps     {1e6 * ours:8.1f} us, compiled in {compilation:.1f} s", flush=True)
    made = swept(lambda hot, _: qt.redfield_equation(lamb_shift=True)(pair(hot)).moment_matrix(), hots, TIMES)[1]
    print(f"  (of which making the equation  {1e6 * made:8.1f} us)", flush=True)
    for label, function, times in (
        ("carried along, geometric times", carried, GEOMETRIC),
        ("read off states, equal steps", read, TIMES),
        ("read off states, geometric", read, GEOMETRIC),
    ):
        compilation, seconds, found = swept(function, hots, times)
        line = f"  {label:<30} {1e6 * seconds:8.1f} us, compiled in {compilation:.1f} s"
        print(line + (f", difference {error(found, expected):.0e}" if times is TIMES else ""), flush=True)

    few = hots[:1]
    expected = carried(few[0], jnp.asarray(early))
    ode = qt.Ode(diffrax.Dopri8(), rtol=RTOL, atol=ATOL, max_steps=STEPS)
    print(f"solvers with steps, from one point up to {early[-1]:.0f}, and their ratio to equal steps", flush=True)
    for label, function in (("qt.Ode(diffrax.Dopri8())", lambda *a: read(*a, ode)), ("diffrax by hand", by_hand)):
        program = jax.jit(function)
        seconds, found = followed(lambda times, f=program: f(few[0], jnp.asarray(times)), early, SHARE)
        report(label, seconds, ours, error(found, expected))
    if importlib.util.find_spec("qutip"):
        seconds, found = followed(lambda times: with_qutip(float(few[0]), times), early, SHARE)
        report("QuTiP brmesolve", seconds, ours, error(found, carried(few[0], jnp.asarray(early), lamb_shift=False)))
    if not importlib.util.find_spec("dynamiqs"):
        print("dynamiqs is not installed")
        return
    some = np.asarray(hots[:32])
    run = with_dynamiqs("Expm", some)
    run(TIMES)
    seconds, found = timed(lambda: run(TIMES), 3)
    expected = jax.vmap(lambda hot: lindblad(hot, jnp.asarray(TIMES)))(jnp.asarray(some))
    report("dynamiqs Expm, all times", seconds / some.size, ours, error(found, expected))
    if quick:
        return
    seconds, found = followed(with_dynamiqs("Tsit5", some[:1]), early, SHARE)
    report("dynamiqs Tsit5", seconds, ours, error(found[0], lindblad(few[0], jnp.asarray(early))))


def report(label: str, seconds: float, ours: float, difference: float) -> None:
    """Print a line."""
    print(
        f"  {label:<30} {seconds:10.3g} s a point, {seconds / ours:9.2g} times, difference {difference:.0e}", flush=True
    )


if __name__ == "__main__":
    main()
