"""Finite systems that the tests share; all can be built under `jax.jit` and `jax.vmap`."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from systems import assert_reference

import qtjax as qt

# description(lamb_shift=...); the cut-off and the window are those of the brute-force kernels in the tests
CUTOFF, WINDOW = 0.6, 3.0
EQUATIONS = {
    "local": qt.local_master_equation,
    "global": qt.global_master_equation,
    "partial_redfield": qt.partial_redfield_equation,
    "redfield": qt.redfield_equation,
    "partial_secular": lambda **options: qt.partial_secular_equation(CUTOFF, **options),
    "coarse_grained": lambda **options: qt.coarse_grained_equation(WINDOW, **options),
    "universal_lindblad": qt.universal_lindblad_equation,
}


def qubit_pair(p) -> qt.OpenSystem:
    """Zhang 2025, Eq. 1: p = (e1, e2, g, strength 1, strength 2, T1, T2, cut-off), baths on both sigma_x."""
    x = [qt.sigma_x(i, of=2) for i in range(2)]
    free = p[0] / 2 * qt.sigma_z(0, of=2) + p[1] / 2 * qt.sigma_z(1, of=2)
    hamiltonian = qt.FiniteHamiltonian(free, p[2] * x[0] @ x[1], dims=(2, 2))
    baths = tuple(qt.Bath(x[i], qt.Drude(p[3 + i], p[7]), p[5 + i]) for i in range(2))
    return qt.OpenSystem(hamiltonian, baths)


def _cubic(p):
    """Densities with gamma(w) = kappa w^3 (1 + n), hot and cold (Levy 2014, Eq. 15)."""
    return [qt.PowerLaw(kappa / 2, exponent=3.0) for kappa in (p[3], p[4])]


def levy_oscillators(p) -> qt.OpenSystem:
    """Levy 2014: p = (w_h, w_c, eps, kappa_h, kappa_c, T_h, T_c), baths on a + a^dagger and b + b^dagger."""
    hopping = jnp.stack([jnp.stack([p[0], p[2]]), jnp.stack([p[2], p[1]])])
    network = qt.OscillatorNetwork.from_hopping(hopping)
    couplings = [np.sqrt(2.0) * qt.position(i, of=2) for i in range(2)]
    return qt.OpenSystem(network, tuple(map(qt.Bath, couplings, _cubic(p), (p[5], p[6]))))


def levy_unit_mass(p) -> qt.OpenSystem:
    """The same on unit-mass quadratures, x = (a + a^dagger)/sqrt(2 w): H_AB moves positions and momenta."""
    free = jnp.diag(jnp.stack([p[0] ** 2, jnp.ones(()), p[1] ** 2, jnp.ones(())]))
    scale = jnp.sqrt(p[0] * p[1])
    between = p[2] * jnp.diag(jnp.stack([scale, 1 / scale]))
    nothing = jnp.zeros((2, 2))
    network = qt.OscillatorNetwork(free, jnp.block([[nothing, between], [between, nothing]]))
    couplings = [jnp.sqrt(2.0 * p[i]) * qt.position(i, of=2) for i in range(2)]
    return qt.OpenSystem(network, tuple(map(qt.Bath, couplings, _cubic(p), (p[5], p[6]))))


def levy_qubits(p) -> qt.OpenSystem:
    """Levy 2014 with two-level nodes, commuting, of the same parameters."""
    raising, lowering = ([f(i, of=2) for i in range(2)] for f in (qt.sigma_plus, qt.sigma_minus))
    free = p[0] * raising[0] @ lowering[0] + p[1] * raising[1] @ lowering[1]
    hopping = raising[0] @ lowering[1] + lowering[0] @ raising[1]
    hamiltonian = qt.FiniteHamiltonian(free, p[2] * hopping, dims=(2, 2))
    couplings = [qt.sigma_x(i, of=2) for i in range(2)]
    return qt.OpenSystem(hamiltonian, tuple(map(qt.Bath, couplings, _cubic(p), (p[5], p[6]))))


def hermitian_basis(d: int) -> np.ndarray:
    """d^2 Hermitian matrices that span all matrices, shape (d^2, d, d)."""
    found = []
    for i in range(d):
        for j in range(d):
            matrix = np.zeros((d, d), complex)
            matrix[i, j] += 1.0 if i <= j else 1j
            found.append(matrix + matrix.conj().T if i != j else matrix)
    return np.stack(found)


def dissipators(dynamics: qt.Liouvillian) -> jax.Array:
    """The superoperator of every bath, (B, d^2, d^2) on matrices stacked row by row."""
    d = dynamics.hamiltonian.shape[-1]
    basis = hermitian_basis(d)
    moved = jax.vmap(dynamics.dissipate)(basis)  # (d^2, B, d, d)
    moved = jnp.moveaxis(moved.reshape(d * d, -1, d * d), 0, -1)
    return moved @ np.linalg.inv(basis.reshape(d * d, d * d).T)


def commutator(matrix) -> np.ndarray:
    """The superoperator of -i [matrix, .], rows stacked."""
    identity = np.eye(len(matrix))
    return -1j * (np.kron(matrix, identity) - np.kron(identity, np.asarray(matrix).T))


def null_vector(superoperator) -> np.ndarray:
    """The steady state of a superoperator, of trace 1."""
    d = round(np.sqrt(len(superoperator)))
    trace = np.eye(d).ravel()
    rows = np.vstack([superoperator, trace])
    solution = np.linalg.lstsq(rows, np.append(np.zeros(d * d), 1.0), rcond=None)[0]
    return solution.reshape(d, d)


def random_hermitian(rng: np.random.Generator, d: int) -> np.ndarray:
    """A complex Hermitian matrix with elements of order one."""
    matrix = rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d))
    return (matrix + matrix.conj().T) / 2


def random_unitary(rng: np.random.Generator, d: int) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d)))[0]


def random_state(rng: np.random.Generator, d: int) -> np.ndarray:
    root = rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d))
    rho = root @ root.conj().T
    return rho / np.trace(rho).real


def random_parameters(seed: int, d: int, *, baths: int = 2) -> dict[str, Any]:
    """Numbers of a random finite system with Drude baths, a pytree of arrays that `finite_system` takes."""
    rng = np.random.default_rng(seed)
    return {
        "free": random_hermitian(rng, d),
        "interaction": 0.3 * random_hermitian(rng, d),
        "couplings": np.stack([random_hermitian(rng, d) for _ in range(baths)]),
        "strengths": 10.0 ** rng.uniform(-3.0, -1.5, baths),
        "cutoffs": rng.uniform(1.0, 20.0, baths),
        "temperatures": rng.uniform(0.3, 3.0, baths),
    }


def finite_system(p: dict[str, Any], **bath_options: Any) -> qt.OpenSystem:
    """The system of `random_parameters`, its baths one stack."""
    density = qt.Drude(p["strengths"], p["cutoffs"])
    bath = qt.Bath(p["couplings"], density, p["temperatures"], **bath_options)
    return qt.OpenSystem(qt.FiniteHamiltonian(p["free"], p["interaction"]), (bath,))


def case_name(case: dict[str, Any]) -> str:
    """The id of a reference case without its paper."""
    return case["id"].split("/", 1)[1]


def check_case(value: Any, case: dict[str, Any]) -> None:
    """`assert_reference` for cases that may leave out `atol`."""
    assert_reference(np.asarray(value, float), {"atol": 0.0} | case)
