"""Levy and Kosloff 2014: the registry, the builders, the verdicts of the quick claims, and the figure files."""

import numpy as np
import pytest
from paper_checks import check_quick_run

import qtjax as qt
from qtjax.papers import PAPERS

# What must come out for the claims that carry the paper, by the start of their name.
VERDICTS = {
    "Local equation, w_h/T_h > w_c/T_c": "confirmed",
    "Border of the violation": "partly",
    "Local equation, equal temperatures": "confirmed",
    "Global equation, second law": "confirmed",
    "First law": "confirmed",
    "Currents against the coupling": "confirmed",
    "Populations": "confirmed",
    "Scale of that": "not confirmed",
    "The same on resonance": "not confirmed",
    "Local equation where the second law holds": "confirmed",
    "Local equation where it does not": "confirmed",
    "Resonance": "confirmed",
    "Shape of Fig. 4 off resonance": "confirmed",
    "Shape of Fig. 4 near resonance": "not confirmed",
    "Global equation, Fig. 3": "partly",
    "Breakdown of the global equation": "not confirmed",
    "Breakdown only at w_h = w_c": "not confirmed",
    "Secular approximation on resonance": "confirmed",
    "Local equation, currents": "partly",
    "Which completely positive equation": "partly",
    "cor(x_A, x_B)": "partly",
    "cor(x_A, p_B)": "confirmed",
    "Over-correlation": "not confirmed",
    "Entanglement of oscillators": "confirmed",
    "Entanglement of two-level nodes": "not confirmed",
    "Spohn's inequality": "confirmed",
    "The same, local equation": "confirmed",
    "Global equation of two-level nodes": "not confirmed",
    "Jump operators": "not confirmed",
    "Eq. 13": "erratum",
    "Eq. 9 and Appendix A": "confirmed",
    "Eq. 8": "confirmed",
    "Appendix B": "confirmed",
    "Appendix C": "confirmed",
    "Eq. 14": "erratum",
    "Eqs. 11, 12": "partly",
}


def test_registry():
    assert "levy2014" in PAPERS
    assert "1402.3825" in PAPERS["levy2014"].TITLE
    assert PAPERS.title("levy2014").startswith("Levy")


def test_builders_describe_one_network():
    paper = PAPERS["levy2014"]
    for build in (paper.oscillators, paper.two_levels):
        system = build(0.1, 3.0, 2.0, 1.5, 1.0, np.array([1e-3, 2e-3]))
        assert [bath.name for bath in system.baths] == ["hot", "cold"]
        np.testing.assert_allclose(system.temperatures, [1.5, 1.0])
        rates = [bath.spectral_density.rate(2.0, 1.0) for bath in system.baths]
        np.testing.assert_allclose(rates, np.array([1e-3, 2e-3]) * 8.0 / -np.expm1(-2.0))  # Eq. 15
    levels = np.linalg.eigvalsh(paper.two_levels(0.1, 3.0, 2.0).hamiltonian.matrix)
    modes = 2.5 + np.array([-1, 1]) * np.hypot(0.5, 0.1)
    np.testing.assert_allclose(levels, np.sort([0.0, *modes, 5.0]), atol=1e-12)
    np.testing.assert_allclose(qt.energy(paper.oscillators(0.1, 3.0, 2.0), _vacuum()), modes.sum() / 2)


def _vacuum() -> qt.GaussianState:
    return qt.GaussianState(np.zeros(4), np.eye(4) / 2)


@pytest.mark.slow
def test_quick_claims_and_figures(tmp_path):
    check_quick_run("levy2014", tmp_path, {"fig2", "fig3", "fig4", "resonance"}, VERDICTS)
