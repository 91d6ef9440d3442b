"""Networks of up to a thousand nodes: qtjax beside what one writes with SciPy, in one run.

    python benchmarks/networks_against_scipy.py [--quick]

The chain of Malouf et al. (2019), a bath on every node and one more on each end: steady state, currents of quanta
through baths and bonds, Wigner entropy production and flux of every bath. The probes have the occupations of the closed
form (Eq. 29a), so that state, current (Eq. 30) and production are known exactly, for damping from 1e-6 of the frequency
up to the frequency. SciPy: `solve_continuous_lyapunov` and the paper's formulas in NumPy, once for the N x N matrix of
the amplitudes, which does for hopping only, and once for the 2N x 2N covariance of the quadratures, which does for
springs as well and is what qtjax solves.

For one answer SciPy is the faster: on the amplitudes always, on the quadratures up to some hundred nodes; at a thousand
qtjax is level with it, and ahead at weak damping. What SciPy does not give: the gradient by all rates, which here costs
about one more value and there one more solution for every rate; and, at weak damping, the digits of the currents.
Compilation takes as long for a thousand nodes as for ten.

Both sides call OpenBLAS. Where others use the machine set OPENBLAS_NUM_THREADS=1, for both: its threads spin while
they wait for each other, and can be ten times slower than one alone. Every size has a process of its own, and memory is
how far its peak is above what the imports take, compilation included.
"""

import argparse
import concurrent.futures
import multiprocessing
import resource
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

import qtjax as qt

jax.config.update("jax_enable_x64", True)

FREQUENCY, COLD, HOT = 1.0, 1.0, 2.0  # quanta of the baths at the ends
# hopping, rate at the ends, rate of the probes
REGIMES = {"weak damping": (0.1, 1e-6, 1e-6), "Malouf, Fig. 3": (3e-7, 1e-6, 1e-7), "strong damping": (0.1, 1.0, 0.3)}
SCIPY = {"amplitudes": "SciPy N", "quadratures": "SciPy 2N"}


def with_qtjax(rates, occupations, hopping, couplings):
    """The total production; covariance, production, flux and current of every bath, the two ends first, and bonds."""
    n = rates.shape[0] - 2
    ladder = jnp.eye(n, k=1) - jnp.eye(n, k=-1)
    network = qt.OscillatorNetwork.from_hopping(FREQUENCY * jnp.eye(n) + 1j * hopping * ladder)
    baths = qt.Bath(couplings, qt.Flat(rates), FREQUENCY / jnp.log1p(1 / occupations))
    system = qt.OpenSystem(network, (baths,))
    dynamics = qt.local_master_equation()(system)
    state = qt.steady_state(dynamics, throw=False)
    production, flux = qt.wigner_entropy_rates(dynamics, state, throw=False)
    currents = qt.quanta_currents(dynamics, state, throw=False)
    bonds = qt.bond_quanta_currents(system, state, throw=False)
    return jnp.sum(production), (state.covariance, production, flux, currents, bonds)


def with_scipy(rates, occupations, hopping, unknowns):
    """The same as one writes it (Malouf 2019, Eqs. 25b and C2): <a_l^dagger a_k> first."""
    n = rates.size - 2
    where = sites(n)
    total, source = (np.bincount(where, weights) for weights in (rates, rates * (occupations + 0.5)))
    hamiltonian = FREQUENCY * np.eye(n) + 1j * hopping * (np.eye(n, k=1) - np.eye(n, k=-1))
    drift = -1j * hamiltonian - np.diag(total) / 2
    if unknowns == "amplitudes":
        theta = scipy.linalg.solve_continuous_lyapunov(drift, -np.diag(source))
    else:
        form = np.block([[drift.real, -drift.imag], [drift.imag, drift.real]])
        sigma = scipy.linalg.solve_continuous_lyapunov(form, -np.diag(np.tile(source, 2)))
        theta = of_amplitudes(sigma[:n, :n], sigma[:n, n:], sigma[n:, n:])
    n_bath, n_node = occupations + 0.5, np.diagonal(theta).real[where]
    flux = rates * (n_node - n_bath) / n_bath
    production = flux - rates + rates * n_bath * np.diagonal(np.linalg.inv(theta)).real[where]
    return theta - np.eye(n) / 2, production, flux, rates * (n_bath - n_node), 2 * np.imag(hamiltonian * theta.T)


def sites(n):
    """The node of every bath."""
    return np.concatenate([[0, n - 1], np.arange(n)])


def of_amplitudes(xx, xp, pp):
    """<{a_k, a_l^dagger}>/2 of a state without squeezing."""
    return (xx + pp) / 2 + 1j * (xp.T - xp) / 2


def closed_form(n, hopping, end, probe):
    """Rates and occupations of the baths, <a_l^dagger a_k>, current and productions (Malouf 2019, Eqs. 29, 30, C2)."""
    k = np.arange(1, n + 1)
    slope = (HOT - COLD) / (4 * hopping**2 + end**2 + end * probe * (n - 1))
    quanta = (COLD + HOT) / 2 - slope / 2 * (probe * end * (n - 2 * k + 1) + end**2 * ((k == 1) * 1.0 - (k == n)))
    covariances = np.diag(quanta) + slope * end * hopping * (np.eye(n, k=1) + np.eye(n, k=-1))
    rates = np.concatenate([[end, end], np.full(n, probe)])
    occupations = np.concatenate([[COLD, HOT], quanta])
    left, right = quanta + 0.5, quanta + 0.5
    for i in range(1, n):  # the variance of a node that its neighbours on one side leave
        left[i] -= (slope * end * hopping) ** 2 / left[i - 1]
        right[-i - 1] -= (slope * end * hopping) ** 2 / right[-i]
    shared = (slope * end * hopping) ** 2 * (np.append(0.0, 1 / left[:-1]) + np.append(1 / right[1:], 0.0))
    node, reference = sites(n), occupations + 0.5
    known_rest, shared = (quanta + 0.5 - shared)[node], shared[node]
    productions = rates * ((known_rest - reference) ** 2 / known_rest + shared) / reference
    return (rates, occupations), covariances, 2 * hopping**2 * slope * end, productions


def accuracy(n, regime, covariances, production, bonds):
    """Errors of occupations, of the current through any bond, and of production; and the residual over the damping."""
    hopping, end, probe = regime
    (rates, occupations), true, current, true_production = closed_form(n, hopping, end, probe)
    total, source = (np.bincount(sites(n), weights) for weights in (rates, rates * occupations))
    drift = hopping * (np.eye(n, k=1) - np.eye(n, k=-1)) - np.diag(total) / 2  # in the frame of the frequency
    velocity = drift @ covariances
    velocity = velocity + velocity.conj().T + np.diag(source)
    return (
        np.max(np.abs(np.diagonal(covariances - true) / np.diagonal(true))),
        np.max(np.abs(np.diagonal(bonds, 1) / current - 1)),
        np.abs(np.sum(production) / np.sum(true_production) - 1),
        np.max(np.abs(production / true_production - 1)),
        np.max(np.abs(velocity)) / (np.max(total) * np.max(np.abs(true))),
    )


def timed(function, *arguments):
    """Seconds of the best of up to three runs, and the result."""
    times = []
    while len(times) < 3 and sum(times) < 10.0:
        start = time.perf_counter()
        result = jax.block_until_ready(function(*arguments))
        times.append(time.perf_counter() - start)
    return min(times), result


def measured(n, unknowns):
    """Times and errors in every regime, compilation times and memory, of qtjax (unknowns None) or of SciPy."""
    start, compiled, found = peak(), [], {}
    problems = {name: (*closed_form(n, *regime)[0], regime[0]) for name, regime in REGIMES.items()}
    if unknowns is None:
        couplings = np.sqrt(2) * np.eye(2 * n)[2 * sites(n)]  # a + a^dagger
        problems = {name: jax.device_put((*problem, couplings)) for name, problem in problems.items()}
        functions = []
        for function in (with_qtjax, jax.value_and_grad(with_qtjax, has_aux=True)):
            begin = time.perf_counter()
            functions.append(jax.jit(function).lower(*next(iter(problems.values()))).compile())
            compiled.append(time.perf_counter() - begin)
    for name, problem in problems.items():
        if unknowns is None:
            gradient, _ = timed(functions[1], *problem)
            seconds, (_, results) = timed(functions[0], *problem)
            sigma, production, _, _, bonds = (np.asarray(x) for x in results)
            theta = of_amplitudes(sigma[::2, ::2], sigma[::2, 1::2], sigma[1::2, 1::2])
            covariances = theta - np.eye(n) / 2
        else:
            gradient = np.nan
            seconds, (covariances, production, _, _, bonds) = timed(with_scipy, *problem, unknowns)
        found[name] = seconds, gradient, accuracy(n, REGIMES[name], covariances, production, bonds)
    return found, compiled, peak() - start


def peak():
    """The largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def alone(n, unknowns):
    """`measured` in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measured, n, unknowns).result()


def main():
    """Print a block for every size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small networks only")
    sizes = (10, 60) if parser.parse_args().quick else (10, 100, 300, 1000)

    print("times in s after compilation, and SciPy's over qtjax's; gradient: value and gradient over the value alone")
    print("relative errors of occupations, bond currents, total production, that of any bath; residual over damping")
    for n in sizes:
        found = {side: alone(n, side) for side in (None, *SCIPY)}
        _, (value, gradient), memory = found[None]
        others = ", ".join(f"{label} {found[side][2]:.0f}" for side, label in SCIPY.items())
        print(f"\nN = {n}: compiled in {value:.1f} s, with gradient in {gradient:.1f} s; {memory:.0f} MB ({others})")
        heads = ("time", "ratio", "gradient", "occupation", "current", "production", "of a bath", "residual")
        print(" " * 26 + "".join(f"{head:>11}" for head in heads))
        for regime in REGIMES:
            own = found[None][0][regime][0]
            for side, label in {None: "qtjax", **SCIPY}.items():
                seconds, gradient, errors = found[side][0][regime]
                ratios = f"{'':>11}{gradient / seconds:11.1f}" if side is None else f"{seconds / own:11.2g}{'':>11}"
                print(f"{regime:<16}{label:<10}{seconds:11.2g}{ratios}", "".join(f"{e:11.1e}" for e in errors)[1:])
        sys.stdout.flush()


if __name__ == "__main__":
    main()
