"""Claims of Malouf et al. 2019 about self-consistent probes: their occupations, and what they conserve."""

import numpy as np

import qtjax as qt

from .._report import Claim, verdict
from ._chain import FIG3, Chain
from ._comparison import LOCAL, NODES, line, random_example, steady
from ._systems import chain, channels, fig3


def _self_consistent() -> Claim:
    form = FIG3._replace(sites=5)
    balanced = qt.self_consistent(LOCAL, fig3(5), "probes")
    found = 1 / np.expm1(1 / np.asarray(balanced.temperatures)[2:])
    apart = float(np.abs(found / form.profile - 1).max())
    worst = max(line(FIG3._replace(sites=n)).leak / FIG3._replace(sites=n).current for n in (2, 10, NODES))
    return Claim(
        "Self-consistent occupations (Sec. IV, Appendix D)",
        "n~_k = <a_k^dagger a_k> of Eq. 29a",
        f"L = 5: solved from the mean of both ends they are within {apart:.0e} of it; at L = 2, 10, {NODES} such "
        f"probes take at most {worst:.0e} of j",
        verdict(apart < 1e-9 and worst < 1e-9),
    )


def probes(quick: bool) -> list[Claim]:
    """Sec. IV. Real parts of coherences carry energy to a probe, and the chain of Eq. 27 has none."""
    example = random_example(5, np.random.default_rng(8), detuning=0.1)
    frequencies = np.real(np.diagonal(example.hopping))
    ends = channels([0, 4], example.rates[:2], np.array([0.5, 2.0]), frequencies, name="ends")
    start = channels(range(5), 0.06, 1.0, frequencies, name="probes")
    system = qt.OpenSystem(qt.OscillatorNetwork.from_hopping(example.hopping), (ends, start))
    quanta = steady(qt.self_consistent(LOCAL, system, "probes"))
    along = np.abs(quanta.heat[2:]).max() / np.abs(quanta.heat[:2]).max()
    none = np.abs(quanta.quanta[2:]).max() / np.abs(quanta.quanta[:2]).max()
    straight = steady(chain(5, 0.1, 0.1, 0.06, (0.5, 2.0)))
    taken = np.abs(straight.heat[2:]).max() / np.abs(straight.heat[:2]).max()
    text = (
        f"the chain of Eq. 27: their heat is {taken:.0e} of the ends'. A random network of five: n~_k = <a_k^dagger "
        f"a_k> stops quanta ({none:.0e}), but they carry {along:.1%} of the ends' heat, through the hopping energy "
        "at their site"
    )
    found = [
        _self_consistent(),
        Claim(
            "Probes and energy (Secs. I, IV)",
            "self-consistent n~_k: no effect on energy transport",
            text,
            verdict(along < 1e-9, taken < 1e-9),
        ),
    ]
    return found if quick else [*found, _energy_probes(system)]


def _energy_probes(system: qt.OpenSystem) -> Claim:
    kept = steady(qt.self_consistent(LOCAL, system, "probes", conserving=qt.heat_currents))
    scale = np.abs(kept.heat[:2]).max()
    heat, quanta = np.abs(kept.heat[2:]).max() / scale, np.abs(kept.quanta[2:]).max() / np.abs(kept.quanta[:2]).max()
    form = Chain(5, 0.1, 0.1, 0.06, (0.5, 2.0))
    same = qt.self_consistent(LOCAL, chain(*form), "probes", conserving=qt.heat_currents)
    apart = float(np.abs(1 / np.expm1(1 / np.asarray(same.temperatures)[2:]) / form.profile - 1).max())
    return Claim(
        "Probes that keep energy instead",
        "the same, as for Buttiker's probes",
        f"the same network, conserving=qt.heat_currents: heat {heat:.0e}, but quanta {quanta:.1%} of the ends'. For "
        f"the chain of Eq. 27 both are one: within {apart:.0e} of Eq. 29a",
        verdict(quanta < 1e-9, apart < 1e-9),
    )
