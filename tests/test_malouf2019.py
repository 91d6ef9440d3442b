"""Malouf et al. 2019: the registry, builders, closed forms, verdicts of the quick claims, and the figure files."""

import re

import numpy as np
import pytest
from paper_checks import check_quick_run
from systems import assert_reference, reference_cases

import qtjax as qt
from qtjax.papers import PAPERS
from qtjax.papers.malouf2019._chain import Chain, asymptotes, crossing, productions
from qtjax.papers.malouf2019._comparison import LOCAL, line, moments, steady
from qtjax.papers.malouf2019._dephasing import _QUANTA, _space, dephased, pair_moments
from qtjax.papers.malouf2019._systems import chain, channels, network

# What must come out for the claims of the quick run, by the start of their name.
VERDICTS = {
    "Ballistic profile": "confirmed",
    "Diffusive profile": "confirmed",
    "Current without probes": "confirmed",
    "Current with probes": "confirmed",
    "Transition": "confirmed",
    "Probes and the current": "partly",
    "Pi_r + Pi_sc": "confirmed",
    "Physical baths": "confirmed",
    "Exponents for large L": "confirmed",
    "Scaled up": "partly",
    "Ballistic and diffusive": "confirmed",
    "Pi and j": "confirmed",
    "Self-consistent occupations": "confirmed",
    "Probes and energy": "partly",
    "Sign of j_kl": "not confirmed",
    "Balance of entropy": "confirmed",
    "Zero of Pi": "confirmed",
    "Wigner and von Neumann": "partly",
    "Zero temperature": "confirmed",
    "Second law": "partly",
    "Probes and dephasing": "confirmed",
    "The states themselves": "confirmed",
    "Equation of motion": "partly",
    "Eq. 25b": "erratum",
    "Eqs. 24, 26": "confirmed",
    "Eqs. 17 and C2": "confirmed",
    "j (Eqs. 25a, 30)": "erratum",
    "Eq. 26 with two baths": "partly",
    "Eq. 32": "erratum",
    "Eqs. 29a": "confirmed",
    "Eqs. E1": "partly",
    "Eq. A2": "erratum",
    "Eq. A3a": "erratum",
    "Eqs. 12, A5": "confirmed",
    "Eq. A6": "erratum",
    "Eq. B2": "erratum",
    "Eqs. B1, B3": "confirmed",
    "Eq. B4a": "erratum",
    "Eq. B4b": "erratum",
    "Eqs. B5, D3": "erratum",
    "Eq. D1": "erratum",
    "H* = -H": "erratum",
}
CASES = {case["id"].removeprefix("malouf2019/"): case for case in reference_cases("malouf2019")}


def cases(pattern):
    """The reference cases whose name matches, with a name each, and an atol."""
    found = [pytest.param({"atol": 0.0, **c}, id=name) for name, c in CASES.items() if re.fullmatch(pattern, name)]
    assert found
    return found


def closed(case, sites=None):
    p = case["parameters"]
    return Chain(p["L"] if sites is None else sites, p["lam"], p["gamma"], p["Gamma"], (p["n1"], p["nL"]))


def hopping(case):
    """The Hermitian matrix of the rows [k, l, Re H_kl, Im H_kl]."""
    h = np.zeros((case["parameters"]["N"],) * 2, complex)
    for k, l, re_part, im_part in case["parameters"]["H_upper"]:  # noqa: E741
        h[k, l] = re_part + 1j * im_part
    return np.triu(h) + np.triu(h, 1).conj().T


def of(rows, key):
    return [row[key] for row in rows]


def test_registry():
    assert "malouf2019" in PAPERS
    assert "052104" in PAPERS["malouf2019"].TITLE
    assert PAPERS.title("malouf2019").startswith("Malouf")


def test_builders_describe_the_chains_of_the_figures():
    paper = PAPERS["malouf2019"]
    system = paper.fig3(4, idle=1)
    assert [bath.name for bath in system.baths] == ["ends", "probes"]
    levels = np.linalg.eigvalsh(1j * 3e-7 * (np.eye(4, k=1) - np.eye(4, k=-1)))
    turned = np.linalg.eigvals(np.kron(np.eye(5), [[0, 1], [-1, 0]]) @ system.hamiltonian.form).imag
    np.testing.assert_allclose(np.sort(turned)[5:] - 1, np.sort([0.0, *levels]), atol=1e-15)
    rates = [bath.spectral_density.rate(1.0, 0.0) for bath in system.baths]
    np.testing.assert_allclose(np.concatenate(rates), [1e-6] * 2 + [1e-7] * 4 + [1e-6])
    occupations = 1 / np.expm1(1 / np.asarray(system.temperatures))
    np.testing.assert_allclose(occupations[:2], [1.0, 2.0])
    np.testing.assert_allclose(occupations[2:6], paper.Chain(4, 3e-7, 1e-6, 1e-7).profile)
    np.testing.assert_allclose(paper.fig2(sites=2).hamiltonian.form[0, 3], -1e-5)
    np.testing.assert_array_equal(channels([1], 0.1, 0.0, np.ones(2)).temperature, [0.0])


@pytest.mark.parametrize("case", cases(r"(fig2.|chainA).*_occ"))
def test_profile(case):
    assert_reference(closed(case).profile, case)


@pytest.mark.parametrize("case", cases(r"(fig2.|chainA).*_x_j_Pi"))
def test_coherence_current_and_production(case):
    form = closed(case)
    assert_reference([form.coherence, form.current, form.production], case)


@pytest.mark.parametrize("case", cases(r"(fig3|zeroT)_Pi_(r|sc)"))
def test_productions(case):
    position = case["quantity"].startswith("Pi_sc")
    found = [productions(closed(case, sites))[position] for sites in case["parameters"]["L"]]
    assert_reference(found, case)


@pytest.mark.parametrize("case", cases(r"(fig3|zeroT)_slopes"))
def test_slopes(case):
    short, long = (productions(closed(case, sites)) for sites in case["parameters"]["L"])
    assert_reference(np.log2(np.divide(long, short)), case)


@pytest.mark.parametrize("case", cases(r"(fig3|zeroT)_Lstar"))
def test_crossing(case):
    assert_reference(crossing(closed(case, 2)), case)


def test_productions_of_a_million_sites():
    form = Chain(1_000_000, 3e-7, 1e-6, 1e-7)
    found = productions(form)
    np.testing.assert_allclose(sum(found), form.production, rtol=1e-14)
    np.testing.assert_allclose(found, asymptotes(form), rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("sites", [2, 3, 7, 25, 40])
def test_closed_forms_agree_with_the_solved_network(sites):
    form = Chain(sites, 0.37, 0.11, 0.023, (0.0, 3.1))
    found = line(form)
    np.testing.assert_allclose(found.occupations, form.profile, rtol=1e-10)
    np.testing.assert_allclose(found.coherences, form.coherence, rtol=1e-10)
    np.testing.assert_allclose(found.currents, form.current, rtol=1e-10)
    np.testing.assert_allclose(found.productions, productions(form), rtol=1e-10)
    assert found.leak < 1e-12 * form.current


@pytest.mark.slow
@pytest.mark.parametrize("name", ["net3", "net3_countercurrent"])
def test_networks_agree_with_the_reference(name):
    rows = CASES[f"{name}_C"]["parameters"]["channels"]
    system = network(hopping(CASES[f"{name}_C"]), of(rows, "site"), of(rows, "gamma"), of(rows, "n"))
    found = steady(system)
    c = found.moments.c
    readings = {"C": [c.real, c.imag], "currents": found.bonds, "Pi": found.production, "Phi": found.flux}
    for quantity, value in readings.items():
        assert_reference(value, CASES[f"{name}_{quantity}"])


@pytest.mark.slow
def test_probes_agree_with_the_reference():
    case = CASES["sc5_nt"]
    h = hopping(case)
    frequencies = np.diagonal(h).real
    fixed, probed = case["parameters"]["channels"], case["parameters"]["probes"]
    ends = channels(of(fixed, "site"), of(fixed, "gamma"), of(fixed, "n"), frequencies, name="ends")
    probes = channels(of(probed, "site"), of(probed, "Gamma"), 1.0, frequencies, name="probes")
    system = qt.OpenSystem(qt.OscillatorNetwork.from_hopping(h), (ends, probes))
    found = qt.self_consistent(LOCAL, system, "probes")
    assert_reference(1 / np.expm1(frequencies / np.asarray(found.temperatures)[2:]), {"atol": 0.0, **case})
    solved = steady(found)
    real, own = solved.production[:2].sum(), solved.production[2:].sum()
    assert_reference([real, own, solved.flux[:2].sum()], {"atol": 0.0, **CASES["sc5_Pi_r_sc"]})


@pytest.mark.slow
def test_dephasing_agrees_with_the_reference():
    """The excess is a square of the bias, by which the reference (n = 0.05, 0.3) is scaled to fewer quanta."""
    space = _space(_QUANTA)
    c, excess = pair_moments(space, dephased(space))
    form = Chain(2, 0.3, 0.2, 0.25, (0.02, 0.08))
    np.testing.assert_allclose(np.diagonal(c).real, form.profile, rtol=1e-5)
    np.testing.assert_allclose(c[0, 1], form.coherence, rtol=1e-5)
    scaled = CASES["dephasing2_nongaussian"]["value"] * (0.06 / 0.25) ** 2
    np.testing.assert_allclose(excess, scaled, rtol=5e-3)


def test_moments_are_those_of_the_reference():
    parameters = CASES["sigma_2"]["parameters"]
    found = moments(np.asarray(CASES["sigma_2"]["value"]))
    for value, name in ((found.c, "C"), (found.s, "S")):
        real, imaginary = np.asarray(parameters[name])
        np.testing.assert_allclose(value, real + 1j * imaginary, atol=1e-10)


@pytest.mark.slow
def test_quick_claims_and_figures(tmp_path):
    claims = check_quick_run("malouf2019", tmp_path, {"fig2", "fig3"}, VERDICTS)
    (second_law,) = [claim.found for name, claim in claims.items() if name.startswith("Second law")]
    shown = [float(x) for x in re.findall(r"[+-]\d\.\d{9}e-\d+", second_law)]
    np.testing.assert_allclose(shown, CASES["levy_HO_Wigner_vs_Clausius"]["value"], rtol=1e-8)


def test_chain_is_what_the_network_makes():
    """The chain by hand: hopping, two channels at the ends and one on every site."""
    system = chain(3, 0.2, 0.1, 0.05, frequency=2.0)
    form = Chain(3, 0.2, 0.1, 0.05)
    h = 2.0 * np.eye(3) + 0.2j * (np.eye(3, k=1) - np.eye(3, k=-1))
    own = network(h, [0, 2, 0, 1, 2], [0.1, 0.1, 0.05, 0.05, 0.05], [1.0, 2.0, *form.profile])
    np.testing.assert_allclose(system.hamiltonian.form, own.hamiltonian.form)
    np.testing.assert_allclose(system.temperatures, own.temperatures)
