"""Entropies, distances and correlations of states (natural logarithms, squared fidelity)."""

from ._measures import (
    classical_correlations as classical_correlations,
    concurrence as concurrence,
    concurrence_of_assistance as concurrence_of_assistance,
    entropy as entropy,
    entropy_rate as entropy_rate,
    fidelity as fidelity,
    gaussian_discord as gaussian_discord,
    linear_entropy as linear_entropy,
    logarithmic_negativity as logarithmic_negativity,
    mutual_information as mutual_information,
    purity as purity,
)
