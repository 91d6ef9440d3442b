"""Zhang, Liu and Yu 2025: the registry, the builders, the verdicts of the quick claims, and the figure files."""

import re

import numpy as np
import pytest
from paper_checks import check_quick_run
from systems import reference_cases

import qtjax as qt
from qtjax.papers import PAPERS
from qtjax.papers.zhang2025 import _comparison, _currents, _exact
from qtjax.papers.zhang2025._comparison import Peak, exact, exact_peaks
from qtjax.papers.zhang2025._systems import CURVES, Curve, biased

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
    "NDTC of the exact current": "confirmed",
    "Error of Bloch-Redfield": "partly",
    "Bloch-Redfield or Lindblad": "partly",
    "Suppression against the exact one": "partly",
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

# J of hierarchical equations solved by another code, with another expansion of the baths: curve, dT, J.
HIERARCHIES = [
    (Curve(4.0, 4.0, 0.1), 2.0, 0.0097561),
    (Curve(4.0, 4.0, 0.1), 10.0, 0.0184280),
    (Curve(4.0, 4.0, 0.1), 20.0, 0.0167251),
    (Curve(4.0, 4.0, 0.1), 50.0, 0.0108116),
    (Curve(6.0, 6.0, 0.2), 17.0, 0.0954793),
    (Curve(4.0, 3.0, 0.5), 20.0, 0.038306),
    (Curve(4.0, 3.0, 0.5), 50.0, 0.048888),
    (Curve(4.0, 3.0, 0.5), 100.0, 0.049565),
    (Curve(4.0, 3.0, 0.5, 0.03), 5.0, 0.039638),
    (Curve(4.0, 3.0, 0.5, 0.03), 20.0, 0.066303),
    (Curve(4.0, 3.0, 0.5, 0.03), 50.0, 0.061876),
    (Curve(6.5, 3.5, 0.5), 5.0, 0.0066787),
    (Curve(6.5, 3.5, 0.5), 50.0, 0.0341887),
]


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


def _hierarchies(**truncation):
    """J of qtjax and of the other code."""
    columns = np.array([curve for curve, _, _ in HIERARCHIES]).T
    flows = exact(biased, [x for _, x, _ in HIERARCHIES], *columns, **truncation).currents
    np.testing.assert_allclose(flows.sum(axis=1), 0.0, atol=1e-13)
    return flows[:, 0], np.array([j for _, _, j in HIERARCHIES])


@pytest.mark.slow
def test_exact_currents_are_those_of_another_code():
    np.testing.assert_allclose(*_hierarchies(), rtol=3e-4)
    found, reference = _hierarchies(pade_terms=8)
    strong = np.array([curve.strength > 0.01 for curve, _, _ in HIERARCHIES])
    np.testing.assert_allclose(found[~strong], reference[~strong], rtol=2e-5)
    np.testing.assert_allclose(found[strong], reference[strong], rtol=2e-4)  # stronger baths want more depth


@pytest.mark.slow
def test_the_exact_current_turns_where_another_code_says():
    curves = [Curve(4.0, 4.0, 0.1), Curve(4.0, 4.0, 0.05), Curve(6.0, 6.0, 0.2), *CURVES["Fig. 6"]]
    found = exact_peaks()
    turns = [found[curve].difference for curve in curves]
    np.testing.assert_allclose(turns, [10.615, 8.507, 17.05, 75.3, 38.0, 26.2], rtol=1e-3)
    np.testing.assert_allclose(found[curves[0]].current, 0.018444, rtol=1e-4)


@pytest.mark.slow
def test_redfield_has_half_of_the_exact_second_order_off_resonance():
    found = _currents.origin()
    np.testing.assert_allclose(found["exact"].order, [-34.1, -16.1, -8.04], rtol=5e-3)
    np.testing.assert_allclose(found["Redfield"].order, [-20.4, -7.9, -4.30], rtol=5e-3)
    np.testing.assert_allclose(found["Redfield bare"].order, 0.0, atol=0.02)
    np.testing.assert_allclose([found[name].share for name in ("Redfield", "Redfield bare")], 1.0, atol=0.01)


def test_verdicts_follow_the_exact_current(monkeypatch):
    x = np.geomspace(*_comparison.EXACT_RANGE, 5)
    secular, redfield = 2.0 * x, 1.02 * x
    verdicts = {}
    for name, true in (("Redfield", redfield), ("Lindblad", 0.999 * secular), ("between", x)):
        flows = {"exact": true, "Redfield": redfield, "Lindblad": secular}
        found = {curve: tuple(flows.values()) for curve in _comparison.ALL}
        monkeypatch.setattr(_exact, "exact_survey", lambda points, found=found: (x, found))
        monkeypatch.setattr(_exact, "current", lambda name, *_, flows=flows: np.repeat(flows[name][:1], 18))
        verdicts[name] = [claim.verdict for claim in (_exact._error(True), _exact._nearer(True), _exact._share())]
    assert verdicts == {
        "Redfield": ["confirmed"] * 3,
        "Lindblad": ["not confirmed"] * 3,
        "between": ["partly", "confirmed", "confirmed"],
    }


def test_a_current_that_only_rises_has_no_maximum(monkeypatch):
    monkeypatch.setattr(_comparison, "peaks", lambda: dict.fromkeys(_comparison.ALL, Peak(10.0, 0.1)))
    monkeypatch.setattr(_comparison, "current", lambda name, build, x, *_: np.log(x))
    rising = exact_peaks.__wrapped__()
    assert np.all(np.isnan(list(rising.values())))
    monkeypatch.setattr(_comparison, "current", lambda name, build, x, *_: 1.0 - np.log(x / 10.5) ** 2)
    np.testing.assert_allclose(list(exact_peaks.__wrapped__().values()), [[10.5, 1.0]] * 18)
    for module in (_exact, _currents):
        monkeypatch.setattr(module, "exact_peaks", lambda: rising)
    assert _exact._maxima().verdict == "not confirmed"
    assert _currents._exact_maxima(_comparison.ALL) == "The exact current has no maximum"
