"""Networks of 10 to 1000 nodes: steady state and heat currents beside what one writes with SciPy, in one run.

    taskset -c 0 env OPENBLAS_NUM_THREADS=1 python benchmarks/networks_against_scipy.py [--quick]

Chains with a bath on each end, or on every node, damped by 1e-6 to 1 of the frequency:

- of hopping, under the local equation, the ends damped. Malouf et al. (2019), Eqs. 29 and 30 without probes, know
  covariance and currents: the errors printed are true ones, relative, of the covariance to its largest element;
- of springs, under the Redfield equation, so that modes couple to their conjugates. Printed is by how much the currents
  miss to add to zero.

SciPy: `solve_continuous_lyapunov` of the 2N x 2N quadratures, drift and diffusion given, and tr(h A_b sigma) +
tr(h D_b)/2. Of qtjax the same is timed, `qt.steady_state(dynamics)` and `qt.heat_currents(dynamics, state)` in one
compiled program, and by itself what makes the dynamics: normal modes and dissipators. Times are of the processor, the
least of some runs. Gradient: value and gradient of the first current by all rates, dynamics included, over the value.
"""

import argparse
import time

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

import qtjax as qt

jax.config.update("jax_enable_x64", True)

COUPLING, COLD, HOT = 0.1, 1.0, 2.0
DAMPINGS = (1e-6, 1e-2, 1.0)


def problem(n, kind, every):
    """What makes the dynamics of rates, and the number of baths."""
    sites = np.arange(n) if every else np.array([0, n - 1])
    couplings = np.eye(2 * n)[2 * sites]

    def springs(rates):
        network = qt.OscillatorNetwork.from_springs(jnp.ones(n), COUPLING * qt.chain_lattice(n))
        bath = qt.Bath(couplings, qt.Drude(rates, np.full(sites.size, 5.0)), COLD + (HOT - COLD) * sites / (n - 1))
        return qt.redfield_equation()(qt.OpenSystem(network, (bath,)))

    def hopping(rates):
        ladder = np.eye(n, k=1) - np.eye(n, k=-1)
        network = qt.OscillatorNetwork.from_hopping(np.eye(n) + 1j * COUPLING * ladder)
        bath = qt.Bath(np.sqrt(2) * couplings, qt.Flat(rates), 1.0 / np.log1p(1 / np.array([COLD, HOT])))
        return qt.local_master_equation()(qt.OpenSystem(network, (bath,)))

    return {"springs": springs, "hopping": hopping}[kind], sites.size


def closed_form(n, damping):
    """Covariance and heat current at the first end of the hopping chain."""
    slope = (HOT - COLD) / (4 * COUPLING**2 + damping**2)
    step = slope / 2 * damping**2
    quanta = np.full(n, (COLD + HOT) / 2)
    quanta[0], quanta[-1] = quanta[0] - step, quanta[-1] + step
    theta = np.diag(quanta + 0.5) + slope * damping * COUPLING * (np.eye(n, k=1) + np.eye(n, k=-1))
    # It is real: no x is correlated with a p, and no energy is in the bonds.
    return np.kron(theta, np.eye(2)), -2 * COUPLING**2 * slope * damping


def with_scipy(drift, diffusion, form, drifts, diffusions):
    """Covariance and currents."""
    sigma = scipy.linalg.solve_continuous_lyapunov(drift, -diffusion)
    energy = form @ sigma
    return sigma, np.array([np.sum(a * energy) + np.sum(form * d) / 2 for a, d in zip(drifts, diffusions, strict=True)])


def timed(function, *arguments, most=4.0):
    """Processor seconds of the best of some runs, and the result."""
    times = []
    while len(times) < 2 or (len(times) < 9 and sum(times) < most):
        start = time.process_time()
        result = jax.block_until_ready(function(*arguments))
        times.append(time.process_time() - start)
        if times[0] > most:
            break
    return min(times), result


def compiled(function, *arguments):
    """The program, and the processor seconds that tracing and compiling took."""
    start = time.process_time()
    return jax.jit(function).lower(*arguments).compile(), time.process_time() - start


def errors(known, covariance, currents):
    """Of covariance and first current; where they are not known, by what the currents miss to add to zero."""
    if known is None:
        return np.nan, abs(np.sum(currents)) / np.max(np.abs(currents)) if len(currents) else np.nan
    return np.max(np.abs(covariance - known[0])) / np.max(np.abs(known[0])), abs(currents[0] / known[1] - 1)


def block(n, kind, every):
    """Compile for a size, and print a row for every damping."""
    dynamics, baths = problem(n, kind, every)
    make = eqx.filter_jit(dynamics)
    arrays, static = eqx.partition(make(jnp.full(baths, DAMPINGS[0])), eqx.is_array)

    def read(arrays):
        dynamics = eqx.combine(arrays, static)
        state = qt.steady_state(dynamics, throw=False)
        return state.covariance, qt.heat_currents(dynamics, state, throw=False)

    def first(rates):
        return read(eqx.filter(dynamics(rates), eqx.is_array))[1][0]

    program, reading = compiled(read, arrays)
    gradient, differentiating = compiled(jax.value_and_grad(first), jnp.ones(baths))
    print(f"N = {n}, {kind}: compiled in {reading:.1f} s, with dynamics and gradient in {differentiating:.1f} s")
    for damping in DAMPINGS if n < 1000 else DAMPINGS[:2]:
        rates = jnp.full(baths, damping)
        made, dynamic = timed(make, rates)
        seconds, (covariance, currents) = timed(program, eqx.filter(dynamic, eqx.is_array))
        whole, _ = timed(gradient, rates)
        matrices = [np.asarray(x) for x in (dynamic.drift, dynamic.diffusion, dynamic.form)]
        # Of a bath on every node the dissipators are as many matrices: SciPy's currents are left out there.
        baths_own = (
            [] if every else [np.asarray(x) for x in (dynamic.dissipative_drifts, dynamic.dissipative_diffusions)]
        )
        theirs, (sigma, flows) = timed(with_scipy, *matrices, *(baths_own or ([], [])))
        known = closed_form(n, damping) if kind == "hopping" else None
        found = (*errors(known, np.asarray(covariance), np.asarray(currents)), *errors(known, sigma, flows))
        both = made + seconds
        print(
            f"{kind:<8}{'every' if every else 'ends':<6}{damping:8.0e}{1e3 * made:10.2f}{1e3 * seconds:10.2f}"
            f"{1e3 * theirs:10.2f}{theirs / seconds:8.1f}{theirs / both:8.1f}{whole / both:8.1f}"
            + "".join(f"{e:10.0e}" for e in found),
            flush=True,
        )


def main():
    """Print a block for every size and kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small networks only")
    sizes = (10, 50) if parser.parse_args().quick else (10, 50, 200, 1000)
    print(
        "times in ms; ratios: SciPy's time over that of state and currents, and over that with the dynamics; gradient"
    )
    print("errors of covariance and current, qtjax and SciPy (springs: what the currents miss to add to zero)")
    heads = ("dynamics", "state", "SciPy", "ratio", "with", "grad", "cov", "current", "SciPy cov", "current")
    print(" " * 22 + "".join(f"{h:>{8 if h in ('ratio', 'with', 'grad') else 10}}" for h in heads))
    for n in sizes:
        for kind, every in (("hopping", False), ("springs", False), ("springs", True)):
            block(n, kind, every)


if __name__ == "__main__":
    main()
