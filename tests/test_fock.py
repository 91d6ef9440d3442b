"""The master equations built by brute force on a truncated Fock space, from their definition alone.

    D(rho) = sum_{w,w'} k(w, w') Gamma(w) [A_w rho A_w'^dagger - A_w'^dagger A_w rho] + h.c.

with eigenoperators read off the ladder operators of the modes, Gamma(w) from a principal-value quadrature,
and the counterterm as the Hamiltonian Q S^2. The generator is compared on states of few quanta, far below the
truncation, where its moments are exact; steady states are compared at low temperature, where it is harmless.
"""

import math
from functools import cache

import equinox as eqx
import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.sparse as sp

import qtjax as qt

FREQUENCIES, SPRING = (1.0, 1.3), 0.2
STRENGTHS, CUTOFFS, TEMPERATURES = (0.05, 0.08), (5.0, 3.0), (0.2, 0.28)
PLAIN = ((1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))
SKEW = ((1.0, 0.3, -0.4, 0.2), (0.5, 0.0, 1.0, -0.6))  # both nodes and their momenta
WINDOW, CUTOFF = 3.0, 0.6


# The baths ------------------------------------------------------------------------------------------------


@cache
def _rate(bath: int, w: float) -> float:
    """2 J(w) (1 + n(w))."""
    strength, cutoff, t = STRENGTHS[bath], CUTOFFS[bath], TEMPERATURES[bath]
    if w == 0.0:
        return 2 * strength * t
    return 2 * strength * w * cutoff**2 / (w**2 + cutoff**2) / -math.expm1(-w / t)


@cache
def _shift(bath: int, w: float) -> float:
    """S(w) = (1/pi) P int J(x) (1 + n(x)) / (w - x) dx."""
    half = lambda x: _rate(bath, x) / 2  # noqa: E731
    options = {"epsabs": 1e-13, "epsrel": 1e-12, "limit": 400}
    total = scipy.integrate.quad(half, w - 0.7, w + 0.7, weight="cauchy", wvar=w, **options)[0]
    t = TEMPERATURES[bath]
    for a, b in ((w - 60 * t - 0.7, w - 0.7), (w + 0.7, w + 30), (w + 30, np.inf)):
        total += scipy.integrate.quad(lambda x: half(x) / (x - w), a, b, **options)[0]
    return -total / math.pi


@cache
def _reorganisation(bath: int) -> float:
    slope = lambda x: STRENGTHS[bath] / (1 + (x / CUTOFFS[bath]) ** 2)  # noqa: E731
    return scipy.integrate.quad(slope, 0, np.inf, epsabs=1e-14, epsrel=1e-13)[0] / math.pi


# The space ------------------------------------------------------------------------------------------------


class Space:
    """Quadratures R = sum_j r_j a_j + h.c. and the Hamiltonian in the Fock basis of free or normal modes."""

    def __init__(self, levels: int, normal: bool):
        w, k = np.asarray(FREQUENCIES), SPRING
        potential = np.diag(w**2) + k * np.array([[1.0, -1.0], [-1.0, 1.0]])
        squared, mix = np.linalg.eigh(potential) if normal else (w**2, np.eye(2))
        self.frequencies = np.sqrt(squared)
        # Products are made with two levels more, then cut: quadratic operators have exact matrix elements.
        full = levels + 2
        ladder = np.diag(np.sqrt(np.arange(1.0, full)), 1)
        a = [np.kron(ladder, np.eye(full)), np.kron(np.eye(full), ladder)]
        kept = np.add.outer(full * np.arange(levels), np.arange(levels)).ravel()
        cut = lambda operator: operator[np.ix_(kept, kept)]  # noqa: E731
        self.a = [cut(one) for one in a]
        self.amplitudes = np.zeros((4, 2), complex)
        self.amplitudes[::2] = mix / np.sqrt(2 * self.frequencies)
        self.amplitudes[1::2] = -1j * mix * np.sqrt(self.frequencies / 2)
        lowering = [sum(c * one for c, one in zip(row, a, strict=True)) for row in self.amplitudes]
        r = [one + one.conj().T for one in lowering]
        self.r = [cut(one) for one in r]
        self.rr = [[cut(one @ other) for other in r] for one in r]
        form = np.diag([0.0, 1.0, 0.0, 1.0])
        form[::2, ::2] = potential
        self.h = sum(form[i, j] / 2 * self.rr[i][j] for i in range(4) for j in range(4))

    def eigenoperators(self, coupling) -> dict[float, np.ndarray]:
        """A_w of S = coupling . R, by frequency."""
        found = {}
        for f, a, s in zip(self.frequencies, self.a, np.asarray(coupling) @ self.amplitudes, strict=True):
            found[float(f)], found[-float(f)] = s * a, np.conj(s) * a.T
        return found


# The equations --------------------------------------------------------------------------------------------

KERNELS = {
    "local": lambda w, v: float(abs(w - v) < 1e-9),
    "global": lambda w, v: float(abs(w - v) < 1e-9),
    "partial_redfield": lambda w, v: float(w * v > 0),
    "redfield": lambda w, v: 1.0,
    "universal_lindblad": lambda w, v: 1.0,
    "coarse_grained": lambda w, v: float(np.sinc((w - v) * WINDOW / (2 * math.pi))),
    "partial_secular": lambda w, v: float(abs(w - v) < CUTOFF),
}
DESCRIPTIONS = {
    "local": qt.local_master_equation,
    "global": qt.global_master_equation,
    "partial_redfield": qt.partial_redfield_equation,
    "redfield": qt.redfield_equation,
    "universal_lindblad": qt.universal_lindblad_equation,
    "coarse_grained": lambda **kw: qt.coarse_grained_equation(WINDOW, **kw),
    "partial_secular": lambda **kw: qt.partial_secular_equation(CUTOFF, **kw),
}


class Dissipator:
    """rho -> sum of left rho right, for one bath."""

    def __init__(self, space: Space, equation: str, bath: int, coupling, lamb_shift: bool, counterterm: bool):
        operators = space.eigenoperators(coupling)
        kernel = KERNELS[equation]
        identity = np.eye(len(space.h))
        self.terms = []
        shift = np.zeros_like(space.h)
        for v, right in operators.items():
            left = np.zeros_like(space.h)
            for w, operator in operators.items():
                if equation == "universal_lindblad":
                    gamma = math.sqrt(_rate(bath, w) * _rate(bath, v)) / 2
                    if lamb_shift:
                        shift += (_shift(bath, w) + _shift(bath, v)) / 2 * right.conj().T @ operator
                else:
                    gamma = _rate(bath, w) / 2 + (1j * _shift(bath, w) if lamb_shift else 0.0)
                left = left + kernel(w, v) * gamma * operator
            right = right.conj().T
            loss = right @ left
            self.terms += [(left, right), (-loss, identity)]
            self.terms += [(right.conj().T, left.conj().T), (identity, -loss.conj().T)]
        if lamb_shift and counterterm:  # as a Hamiltonian, its pairs chosen by the same kernel
            for w, operator in operators.items():
                for v, right in operators.items():
                    shift += kernel(w, v) * _reorganisation(bath) * right.conj().T @ operator
        if lamb_shift:
            self.terms += [(-1j * shift, identity), (identity, 1j * shift)]

    def __call__(self, rho: np.ndarray) -> np.ndarray:
        return sum(left @ rho @ right for left, right in self.terms)


VARIANTS = [(equation, False, True) for equation in KERNELS] + [
    ("redfield", True, True),
    ("redfield", True, False),
    ("universal_lindblad", True, True),
    ("global", True, True),
    ("local", True, True),
]
IDS = [f"{e}{' lamb' * s}{' counterterm' * (s and c)}" for e, s, c in VARIANTS]


@eqx.filter_jit
def _dynamics(equation: str, lamb_shift: bool, counterterm: bool, couplings):
    springs = SPRING * np.array([[0.0, 1.0], [1.0, 0.0]])
    network = qt.OscillatorNetwork.from_springs(FREQUENCIES, springs)
    bath = qt.Bath(couplings, qt.Drude(STRENGTHS, CUTOFFS), TEMPERATURES, counterterm=counterterm)
    return DESCRIPTIONS[equation](lamb_shift=lamb_shift)(qt.OpenSystem(network, (bath,)))


@eqx.filter_jit
def _readings(dynamics, state):
    return dynamics.dissipative_drifts, dynamics.dissipative_diffusions, qt.heat_currents(dynamics, state)


@eqx.filter_jit
def _library_steady(dynamics):
    state = qt.steady_state(dynamics)
    return state.covariance, qt.heat_currents(dynamics, state)


def _moments(space: Space, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tr[R rho], Tr[{R, R} rho]/2."""
    first = np.array([np.trace(r @ rho) for r in space.r])
    second = np.array([[np.sum(product.T * rho) for product in row] for row in space.rr])
    return first.real, (second + second.T).real / 2


@pytest.mark.parametrize("couplings", [PLAIN, SKEW], ids=["positions", "skew"])
@pytest.mark.parametrize(("equation", "lamb_shift", "counterterm"), VARIANTS, ids=IDS)
def test_generator(equation, lamb_shift, counterterm, couplings):
    """Drift, diffusion and energy flow of every bath on a random state of at most two quanta per mode.

    A dissipator changes each mode by two quanta and a reading by two more: seven levels hold them all, so the
    comparison is free of truncation.
    """
    space = Space(7, normal=equation != "local")
    rng = np.random.default_rng(1)
    low = np.array([7 * i + j for i in range(3) for j in range(3)])
    root = rng.normal(size=(9, 9)) + 1j * rng.normal(size=(9, 9))
    rho = np.zeros((49, 49), complex)
    rho[np.ix_(low, low)] = root @ root.conj().T / np.linalg.norm(root) ** 2
    mean, second = _moments(space, rho)
    state = qt.GaussianState(mean, second - np.outer(mean, mean))
    dynamics = _dynamics(equation, lamb_shift, counterterm, np.array(couplings))
    drifts, diffusions, currents = map(np.asarray, _readings(dynamics, state))
    tolerance = 1e-10 if lamb_shift else 1e-13  # of the principal-value quadrature, of rounding
    for bath in range(2):
        change = Dissipator(space, equation, bath, couplings[bath], lamb_shift, counterterm)(rho)
        assert abs(np.trace(change)) < 1e-13
        velocity, flow = _moments(space, change)
        moved = drifts[bath] @ second
        np.testing.assert_allclose(drifts[bath] @ mean, velocity, atol=tolerance)
        np.testing.assert_allclose(moved + moved.T + diffusions[bath], flow, atol=tolerance)
        np.testing.assert_allclose(currents[bath], np.trace(space.h @ change).real, atol=tolerance)


def _steady(levels: int, equation: str, lamb_shift: bool, counterterm: bool) -> tuple[np.ndarray, np.ndarray]:
    """Covariance and heat currents of the null vector of the Liouvillian (rows stacked, even parity)."""
    space = Space(levels, normal=equation != "local")
    baths = [Dissipator(space, equation, b, PLAIN[b], lamb_shift, counterterm) for b in range(2)]
    d = levels**2
    identity = np.eye(d)
    terms = [(-1j * space.h, identity), (identity, 1j * space.h), *baths[0].terms, *baths[1].terms]
    matrix = sum(sp.kron(sp.csr_array(left), sp.csr_array(right.T)) for left, right in terms).tocsr()
    quanta = np.add.outer(np.arange(levels), np.arange(levels)).ravel()
    even = np.flatnonzero(np.add.outer(quanta, quanta).ravel() % 2 == 0)
    matrix = matrix[even][:, even].toarray()
    trace = identity.ravel()[even]
    # The equation of the ground state's population is minus the sum of the other populations'.
    matrix[0] = trace
    rho = np.zeros(d * d, complex)
    rho[even] = scipy.linalg.solve(matrix, np.eye(len(even))[0], overwrite_a=True, check_finite=False)
    rho = rho.reshape(d, d)
    return _moments(space, rho)[1], np.array([np.trace(space.h @ bath(rho)).real for bath in baths])


# The error of the truncated space falls by exp(-w/T) < 0.03 with every level; where modes are squeezed against
# its basis (local: by the springs; Lamb shift: by the bath) by about 0.1.
STEADY = [
    ("global", False, True, 7, 1e-12),
    ("partial_redfield", False, True, 7, 1e-12),
    ("redfield", False, True, 7, 1e-12),
    ("universal_lindblad", False, True, 7, 1e-11),
    ("coarse_grained", False, True, 7, 1e-12),
    ("local", False, True, 7, 1e-6),
    ("redfield", True, True, 7, 1e-8),
]


@pytest.mark.parametrize(
    ("equation", "lamb_shift", "counterterm", "levels", "tolerance"),
    STEADY,
    ids=[f"{e}{' lamb counterterm' * s}" for e, s, *_ in STEADY],
)
def test_steady_state(equation, lamb_shift, counterterm, levels, tolerance):
    dynamics = _dynamics(equation, lamb_shift, counterterm, np.array(PLAIN))
    covariance, currents = _library_steady(dynamics)
    expected, expected_currents = _steady(levels, equation, lamb_shift, counterterm)
    np.testing.assert_allclose(covariance, expected, atol=tolerance)
    np.testing.assert_allclose(currents, expected_currents, rtol=1e-6, atol=1e-3 * tolerance)


def test_truncation_converges():
    """The bare Lamb shift softens the modes most: two more levels bring the Fock space closer."""
    covariance, _ = _library_steady(_dynamics("redfield", True, False, np.array(PLAIN)))
    errors = [np.abs(covariance - _steady(n, "redfield", True, False)[0]).max() for n in (4, 6, 8)]
    assert errors[2] < 0.1 * errors[1] < 0.01 * errors[0]
