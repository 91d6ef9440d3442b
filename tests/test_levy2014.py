"""Levy and Kosloff 2014: the registry, the builders, the verdicts of the quick claims, and the figure files."""

import numpy as np
import pytest
from paper_checks import check_quick_run

import qtjax as qt
from qtjax.papers import PAPERS
from qtjax.papers._curves import steady

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
    "Two-level nodes, exact: second law": "confirmed",
    "Two-level nodes, exact: couplings": "confirmed",
    "Two-level nodes, exact: damping": "partly",
    "Two-level nodes, exact: breakdown on resonance": "not confirmed",
    "Two-level nodes, exact: local currents on resonance": "not confirmed",
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


def test_ended_baths_are_two_modes():
    density = PAPERS["levy2014"].Cubic(0.3, 30.0)
    w = np.geomspace(1e-2, 1e3, 7)
    rates, weights = density.partial_fractions(4)
    assert np.all(np.real(rates) > 0)
    np.testing.assert_allclose(w * np.sum(weights / (w[:, None] ** 2 + rates**2), axis=1), density(w), rtol=1e-8)
    np.testing.assert_allclose(density(1.0), 0.3, rtol=2e-6)  # below the cut-off J is cubic


def test_exact_currents_of_two_level_nodes():
    """They obey the second law where the local ones break it, and tend to the global ones with the damping."""
    paper = PAPERS["levy2014"]
    eps, w_h, kappa = np.array(
        [(0.1, 10.0, 1e-4), (5.0, 10.0, 1e-4), (5.0, 10.0, 1e-5), (5.0, 10.0, 1e-6), (1e-4, 14.0, 1e-7)]
    ).T
    found = {
        name: steady(paper.descriptions()[name], paper.ended_two_levels, eps, w_h, 5.0, 12.0, 10.0, kappa).currents
        for name in ("exact", "global", "local")
    }
    exact = found["exact"]
    assert np.all(exact[:, 0] > 0)  # from hot to cold
    assert np.all(found["local"][:, 0] < 0)
    np.testing.assert_allclose(-exact[:, 1], exact[:, 0], rtol=1e-4)
    off = np.abs(found["global"] / exact - 1).max(axis=1)
    assert np.all(off < [0.1, 0.08, 0.008, 0.0008, 0.0002])
    np.testing.assert_allclose(off[2] / off[3], 10.0, rtol=0.02)  # first order in kappa


def _vacuum() -> qt.GaussianState:
    return qt.GaussianState(np.zeros(4), np.eye(4) / 2)


@pytest.mark.slow
def test_quick_claims_and_figures(tmp_path):
    check_quick_run("levy2014", tmp_path, {"fig2", "fig3", "fig4", "resonance"}, VERDICTS)
