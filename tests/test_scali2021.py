"""Scali et al. 2021: the registry, builders, matrices, exceptional points, verdicts of the quick claims, figures."""

import jax
import numpy as np
import pytest
from paper_checks import check_quick_run
from systems import assert_reference, reference_cases

import qtjax as qt
from qtjax.papers import PAPERS
from qtjax.papers.scali2021._beyond import driven_qubit, two_qubits
from qtjax.papers.scali2021._comparison import Detuned, Example, descriptions, moments, solve
from qtjax.papers.scali2021._exact import exact_points
from qtjax.papers.scali2021._exceptional import exceptional_points
from qtjax.papers.scali2021._matrices import Pair, detuned, drifts, local, redfield, secular, secular_at_zero
from qtjax.papers.scali2021._operators import OMEGA, channels
from qtjax.papers.scali2021._second_moments import listed, modes_of, symmetric_square
from qtjax.papers.scali2021._spectra import blocks, condition_numbers, phase_rigidities
from qtjax.papers.scali2021._systems import exceptional_coupling, fig2, fig3, resonators

# What must come out for the claims of the quick run, by the start of their name.
VERDICTS = {
    "EPs of the LME": "confirmed",
    "Eq. 37": "erratum",
    "EPs of M_L2": "confirmed",
    "EPs of the Redfield equation": "partly",
    "EPs of the GME": "confirmed",
    "Phase rigidity": "not confirmed",
    "Eq. C.4": "erratum",
    "EPs out of resonance": "partly",
    "EPs of the true dynamics": "confirmed",
    "Redfield and LME": "confirmed",
    "GME (Fig. 3c)": "confirmed",
    "True heat-flow dynamics": "confirmed",
    "GME steady currents": "partly",
    "Resonant LME": "not confirmed",
    "LME, w_c/T_c < w_h/T_h": "partly",
    "LME as a limit": "confirmed",
    "Complete positivity": "confirmed",
    "Eqs. 34, 35": "confirmed",
    "Eqs. 44 to 46b": "confirmed",
    "Eq. 47": "confirmed",
    "Eq. 48b": "erratum",
    "Eq. 48c": "erratum",
    "Eq. 28": "erratum",
    "Eq. 51, Q_L": "erratum",
    "Eq. 51, Q_G": "erratum",
    "Eq. 51, Q_R": "erratum",
    "Eq. B.5": "erratum",
    "Eqs. B.9, B.12, row 3": "erratum",
    "Eq. B.12, row 6": "erratum",
    "Eqs. B.3, B.8, B.13": "confirmed",
    "Condition number": "partly",
    "Eq. 5": "erratum",
    "Eq. A.15": "erratum",
    "Eqs. D.2, D.3": "confirmed",
    "Eq. A.13": "erratum",
    "Eq. 23": "not confirmed",
    "Eqs. C.1, C.2": "confirmed",
    "Eq. C.3": "erratum",
    "Eq. D.1": "erratum",
    "Omega_1 at k = 0": "partly",
}
CASES = {case["id"].removeprefix("scali2021-"): case for case in reference_cases("scali2021")}
NAMES = {"L": "local", "G": "global", "R": "partial Redfield"}
MATRICES = {"L": local, "G": secular, "R": redfield}
PLACES = ("fig2-w1", "fig2-w0.01", "strong", "ohmic", "cut10")


def pair_of(case, coupling=0.0):
    p = case["parameters"]
    cutoff = np.inf if p["cutoff"] is None else p["cutoff"]
    return Pair(p["w"], coupling, (p["lh2"], p["lc2"]), cutoff)


def stacked(pairs):
    return jax.tree.map(lambda *x: np.array(x, float), *pairs)


def test_registry():
    assert "scali2021" in PAPERS
    assert "451" in PAPERS["scali2021"].TITLE
    assert PAPERS.title("scali2021").startswith("Scali")


def test_builders_describe_the_resonators():
    system = fig2(0.5, 2e-5)
    assert [bath.name for bath in system.baths] == ["hot", "cold"]
    np.testing.assert_allclose(system.hamiltonian.form[::2, ::2], [[0.25, 2e-5], [2e-5, 0.25]])
    np.testing.assert_allclose(system.temperatures, [10.0, 5.0])
    np.testing.assert_allclose([b.spectral_density.strength for b in system.baths], [1e-8, 1e-4])
    np.testing.assert_allclose([b.spectral_density.cutoff for b in system.baths], [1e3, 1e3])
    np.testing.assert_allclose(fig3().hamiltonian.form[0, 2], exceptional_coupling())
    np.testing.assert_allclose(exceptional_coupling(), 4.9995e-5)
    bare = resonators(0.1, hot_frequency=2.0, cutoff=None, counterterm=False)
    assert not any(bath.counterterm for bath in bare.baths)
    np.testing.assert_allclose(np.diag(bare.hamiltonian.form)[::2], [4.0, 1.0])
    np.testing.assert_allclose([b.spectral_density(3.0) for b in bare.baths], [3e-8, 3e-4])


@pytest.mark.parametrize("letter", "LGR")
@pytest.mark.parametrize("place", ["strong", "fig3"])
def test_matrices_agree_with_the_reference(letter, place):
    case = CASES[f"drift-{letter}-{place}"]
    (square, k), baths = case["parameters"]["W"][0], case["parameters"]["baths"]
    pair = Pair(np.sqrt(square), k, tuple(bath["lam2"] for bath in baths), baths[0]["cutoff"])
    assert_reference(MATRICES[letter](pair), case)


@pytest.mark.parametrize("letter", "LGR")
def test_second_moments_agree_with_the_reference(letter):
    example = Example()
    drift, diffusion = moments(NAMES[letter], example.system)
    assert_reference(symmetric_square(drift), CASES[f"second-{letter}-strong"])
    assert_reference(diffusion, CASES[f"diffusion-{letter}-strong"])
    assert_reference(drift, CASES[f"drift-{letter}-strong"])
    np.testing.assert_array_equal(listed(np.arange(16.0).reshape(4, 4)), [0, 5, 1, 10, 15, 11, 3, 6, 2, 7])


def test_matrices_take_a_grid():
    w, k = np.meshgrid([0.5, 1.0, 1.5], [1e-5, 2e-5])
    grid = drifts(redfield, w, k)
    assert grid.shape == (2, 3, 4, 4)
    np.testing.assert_array_equal(grid[1, 2], redfield(Pair(1.5, 2e-5)))
    assert condition_numbers(grid).shape == (2, 3)
    assert phase_rigidities(grid).shape == (2, 3, 4)


def test_operators_give_the_drifts_of_the_equations():
    for example in (Example(), Detuned()):
        found = channels(example.system)
        coherent = OMEGA @ np.asarray(example.system.hamiltonian.form)
        kept = found.pairs(lambda products: products > 0)
        np.testing.assert_allclose(
            coherent + found.drift(kept), moments("partial Redfield", example.system)[0], atol=1e-15
        )
        kept = kept * (np.abs(found.frequencies[:, None] - found.frequencies) < 1e-9)
        np.testing.assert_allclose(coherent + found.drift(kept), moments("global", example.system)[0], atol=1e-15)
    example = Detuned()
    closed = detuned(1.2, 0.9, example.coupling, *(-s / (1 + (w / 3) ** 2) for s, w in ((0.07, 1.2), (0.31, 0.9))))
    np.testing.assert_allclose(closed, moments("local", example.system)[0], atol=1e-15)


def test_global_damping_stays_apart_from_the_local_one():
    weak, free = Pair(1.0, 1e-9, (0.1, 0.3), 5.0), Pair(1.0, 1e-9, (0.0, 0.0), 5.0)
    np.testing.assert_allclose(secular(weak), secular_at_zero(weak), atol=1e-9)
    assert np.abs(np.asarray(secular(weak) - local(weak))).max() > 0.02
    np.testing.assert_allclose(redfield(weak), local(weak), atol=1e-9)
    np.testing.assert_allclose(modes_of(resonators(0.0), 1.0, 0.0).frequencies, [1.0, 1.0])
    np.testing.assert_allclose(local(free), secular(free))


@pytest.mark.slow
@pytest.mark.parametrize("letter", "LR")
def test_exceptional_points_agree_with_the_reference(letter):
    cases = [CASES[f"ep-k-{letter}-{place}"] for place in PLACES]
    k, mu, _ = exceptional_points(MATRICES[letter], stacked([pair_of(case) for case in cases]))
    for i, (case, place) in enumerate(zip(cases, PLACES, strict=True)):
        if letter == "L":
            np.testing.assert_allclose(k[i], case["value"], rtol=1e-11)
            np.testing.assert_allclose(k[i], pair_of(case).exceptional, rtol=1e-11)
            value = np.array([mu[i].real, abs(mu[i].imag)])
            np.testing.assert_allclose(value, CASES[f"ep-mu-L-{place}"]["value"], rtol=1e-10)
        else:
            real, imaginary = case["value"]
            np.testing.assert_allclose(k[i].real, real, rtol=1e-11)
            np.testing.assert_allclose(abs(k[i].imag), abs(imaginary), rtol=1e-3, atol=2e-11 * real)
    if letter == "L":
        i = PLACES.index("strong")
        matrix = np.asarray(local(pair_of(cases[i], k[i].real)))
        second = symmetric_square(matrix)
        found = [blocks(matrix, mu[i])] + [blocks(second, x) for x in (2 * mu[i], 2 * mu[i].conj(), 2 * mu[i].real)]
        assert found == CASES["ep-jordan-L-strong"]["value"]


@pytest.mark.parametrize("letter", "LGR")
@pytest.mark.parametrize("place", PLACES)
def test_condition_numbers_agree_with_the_reference(letter, place):
    case = CASES[f"kappa-{letter}-{place}"]
    matrix = MATRICES[letter](pair_of(case, case["parameters"]["k"]))
    assert_reference(condition_numbers(matrix), case)


@pytest.mark.slow
def test_exact_points_agree_with_the_reference():
    k, detuning, mu = exact_points([1.0], 1e-8, 1e-4, 1e3)
    value = np.array([k[0], 1 + detuning[0], mu[0].real, abs(mu[0].imag)])
    np.testing.assert_allclose(value, CASES["exact-ep-fig2-ct"]["value"], rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("letter", "LGR")
def test_steady_currents_agree_with_the_reference(letter):
    for place in ("fig3-ep", "fig-k1e-3", "fig-k1e-6"):
        case = CASES[f"steady-current-{letter}-{place}"]
        found = solve(NAMES[letter], fig3, case["parameters"]["W"][0][1])
        assert_reference(found.currents[0], case)
        assert_reference(found.covariance[0], {**CASES[f"steady-cov-{letter}-{place}"], "rtol": 1e-8, "atol": 1e-9})


def test_finite_systems_of_higher_order_points():
    """A driven qubit and two that exchange, as the equations of motion have them."""
    local_equation = descriptions()["local"]
    matrix = np.asarray(local_equation(driven_qubit(0.25)).matrix)
    drive, decay = np.array([[0.0, 0.125], [0.125, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(matrix, qt.lindblad_superoperator(drive, [decay]), atol=1e-15)
    assert blocks(matrix, -0.75) == [2]
    gammas = np.array([0.05, 0.25])
    assert blocks(local_equation(two_qubits(0.05, gammas, np.zeros(2))).matrix, -0.15) == [3, 1]


@pytest.mark.slow
def test_quick_claims_and_figures(tmp_path):
    check_quick_run("scali2021", tmp_path, {"fig2", "fig3"}, VERDICTS)
