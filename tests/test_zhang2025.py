"""Zhang, Liu and Yu 2025: the registry, the builders, the verdicts of the quick claims, and the figure files."""

import re

import numpy as np
import pytest
from paper_checks import check_quick_run
from systems import reference_cases

import qtjax as qt
from qtjax.papers import PAPERS

# What must come out for the claims of the quick run, by the start of their name.
VERDICTS = {
    "Coherences to second order": "confirmed",
    "Populations to second order": "not confirmed",
    "Bloch-Redfield and mean-force coherences": "confirmed",
    "Positivity": "not confirmed",
    "Steady state at g = 0": "confirmed",
    "Bloch-Redfield current": "not confirmed",
    "Suppression and dT": "partly",
    "Suppression and g": "partly",
    "Suppression and epsilon_1 - epsilon_2": "partly",
    "Symmetric case": "confirmed",
    "Current, epsilon and g": "confirmed",
    "NDTC in the symmetric case": "confirmed",
    "NDTC in the asymmetric case": "confirmed",
    "NDTC in Figs. 3 and 4": "confirmed",
    "Lindblad current": "confirmed",
    "Conservation, Eq. 21": "confirmed",
    "Bloch-Redfield at any coupling": "not confirmed",
    "Second law, equal gamma": "partly",
    "Current: Tr[(H_S + H_LS) L_j]": "confirmed",
    "Current: Tr[H_S D_j]": "confirmed",
    "Current: Tr[H_S L_j]": "not confirmed",
    "Current: Tr[(H_S + H_LS) D_j]": "not confirmed",
    "Current: Tr[(H_S + H_LSj) L_j]": "not confirmed",
    "Current: -d<H_Bj>/dt": "not confirmed",
    "Current: Lindblad, Tr[(H_S + H_LS) L_j]": "confirmed",
    "Current: Lindblad, Tr[H_S D_j]": "confirmed",
    "V_1(omega_2)": "erratum",
    "V_2(omega_2)": "erratum",
    "Negative frequencies": "erratum",
    "Distance of the frequencies": "erratum",
    "Eq. A2": "erratum",
    "Eq. 23": "erratum",
    "M_13(2,1)": "erratum",
    "Eq. 20": "confirmed",
    "Eqs. 24 to 26": "confirmed",
    "Eq. C1": "confirmed",
}


def test_registry():
    assert "zhang2025" in PAPERS
    assert "Zhang" in PAPERS["zhang2025"].TITLE
    assert PAPERS.title("zhang2025").startswith("Zhang")


def test_builders_describe_the_pairs_of_the_figures():
    paper = PAPERS["zhang2025"]
    system = paper.fig4(20.0, 3.0)
    assert [bath.name for bath in system.baths] == ["hot", "cold"]
    np.testing.assert_allclose(system.temperatures, [25.0, 5.0])
    levels = np.array([np.hypot(5.0, 0.5), np.hypot(1.5, 0.5)])  # beta and alpha, Eq. 2
    np.testing.assert_allclose(np.linalg.eigvalsh(system.hamiltonian.matrix), np.sort([*levels, *-levels]))
    np.testing.assert_allclose(paper.fig2(3.0).temperatures, [3.0, 3.0])
    strengths = [bath.spectral_density.strength for bath in paper.fig2(3.0).baths]
    np.testing.assert_allclose(strengths, [0.01, 0.0])
    excited = qt.DensityMatrix(np.diag([1.0, 0.0, 0.0, 0.0]), dims=(2, 2))
    np.testing.assert_allclose(qt.energy(paper.fig6(1.0), excited), 3.5)  # |11> is the highest of the free part


@pytest.mark.slow
def test_quick_claims_and_figures(tmp_path):
    claims = check_quick_run("zhang2025", tmp_path, {f"fig{i}" for i in range(2, 7)}, VERDICTS)
    maxima_agree_with_the_reference(claims)


def maxima_agree_with_the_reference(claims):
    """The table shows the maxima of Figs. 5 and 6 (dT to 5 decimals, J to 7) as the reference has them."""
    for figure, title in (("fig5-max", "NDTC in the symmetric case"), ("fig6-max", "NDTC in the asymmetric case")):
        (shown,) = [claim.found for name, claim in claims.items() if name.startswith(title)]
        pairs = re.findall(r": (\d+\.\d{5}), (0\.\d{7})", shown)
        reference = [case["value"] for case in reference_cases("zhang2025") if f"/{figure}/" in case["id"]]
        assert len(pairs) == len(reference)
        difference = np.abs(np.array(pairs, float) - np.array(reference))
        assert np.all(difference <= [1e-5, 1e-7])
