"""What the tests of figures share: systems to draw, and what stands beside the axes."""

import numpy as np

import qtjax as qt


def network(matrix, touched=((0,), (1,)), names=("hot", "cold")):
    matrix = np.asarray(matrix, float)
    n = len(matrix)
    system = qt.OscillatorNetwork.from_positions(np.ones(n), matrix)
    temperatures = np.linspace(2, 1, len(touched))
    baths = (
        qt.Bath(sum(qt.position(site, of=n) for site in sites), qt.Drude(1e-3, 10.0), t, name=name)
        for sites, t, name in zip(touched, temperatures, names, strict=True)
    )
    return qt.OpenSystem(system, tuple(baths))


def network_of(coupling):
    hamiltonian = qt.OscillatorNetwork.from_positions([1.0, 1.0], coupling * qt.chain_lattice(2))
    return qt.OpenSystem(hamiltonian, (qt.Bath(qt.position(0, of=2), qt.Drude(1e-3, 10.0), 1.0),))


def finite(interaction, dims, coupling):
    d = int(np.prod(dims))
    free = qt.embed(np.diag(np.arange(dims[0]) * 1.0), 0, dims=dims)
    bath = qt.Bath(coupling, qt.Drude(0.01, 5.0), 1.0)
    return qt.OpenSystem(qt.FiniteHamiltonian(free, interaction + np.zeros((d, d)), dims=dims), (bath,))


def legend_of(axes):
    legend = axes.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


def bar_of(axes):
    return next((other for other in axes.figure.axes if other.get_label() == "<colorbar>"), None)
