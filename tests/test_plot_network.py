"""Pictures of systems: nodes, bonds and baths where they are, and as strong as they are."""

from itertools import pairwise

import jax.numpy as jnp
import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from pictures import bar_of, finite, legend_of, network

import qtjax as qt
from qtjax.plotting import plot_network
from qtjax.plotting._graph import graph_of
from qtjax.plotting._layout import positions
from qtjax.plotting._placement import bath_positions
from qtjax.plotting._style import BATHS

pytestmark = pytest.mark.usefixtures("_no_figure_and_no_setting_left")


def test_layouts():
    line = positions(np.array(qt.chain_lattice(4)) > 0)
    np.testing.assert_allclose(line, [[i, 0] for i in range(4)], atol=1e-12)
    ring = positions(np.array(qt.ring_lattice(6)) > 0)
    centre = ring.mean(axis=0)
    np.testing.assert_allclose(np.linalg.norm(ring - centre, axis=1), 1.0, atol=1e-12)
    for a, b in pairwise(ring):
        np.testing.assert_allclose(np.linalg.norm(a - b), 1.0, atol=1e-12)
    grid = positions(np.array(qt.square_lattice(4, 5)) > 0)
    np.testing.assert_array_equal(grid[7], [2, -1])
    star = np.zeros((7, 7), bool)
    star[0, 1:] = star[1:, 0] = True
    apart = np.linalg.norm((placed := positions(star))[:, None] - placed, axis=2) + 9 * np.eye(7)
    assert apart.min() > 0.6
    two = np.zeros((5, 5), bool)
    two[0, 1] = two[1, 0] = two[2, 3] = two[3, 2] = True
    alone = positions(two)
    assert (np.linalg.norm(alone[:, None] - alone, axis=2) + np.eye(5)).min() >= 0.99


def test_baths_stand_clear_of_nodes_and_of_one_another():
    linked = np.array(qt.square_lattice(3, 4)) > 0
    nodes = positions(linked)
    touched = [(i,) for i in range(12)] + [(0,), (3,), (0, 4, 8), tuple(range(12))]
    squares = bath_positions(nodes, linked, touched)
    everything = np.concatenate([nodes, squares])
    assert (np.linalg.norm(everything[:, None] - everything, axis=2) + np.eye(len(everything))).min() > 0.3
    ends = bath_positions(positions(np.array(qt.chain_lattice(3)) > 0), np.array(qt.chain_lattice(3)) > 0, [(0,), (2,)])
    np.testing.assert_allclose(ends, [[-0.55, 0], [2.55, 0]], atol=1e-12)


def test_couplings_of_a_network_and_their_signs():
    graph = graph_of(network([[0, 0.1, 0], [0.1, 0, -0.02], [0, -0.02, 0]], ((0,), (1, 2))))
    np.testing.assert_allclose(graph.strengths, [[0, 0.1, 0], [0.1, 0, 0.02], [0, 0.02, 0]])
    np.testing.assert_array_equal(graph.signs[[0, 1], [1, 2]], [1, -1])
    assert graph.baths == [(0,), (1, 2)]
    hopping = qt.OscillatorNetwork.from_hopping(np.array([[1, 0.1j], [-0.1j, 1]]))
    mixed = graph_of(qt.OpenSystem(hopping, (qt.Bath(qt.momentum(1, of=2), qt.Flat(0.1), 1.0),)))
    np.testing.assert_allclose(mixed.strengths[0, 1], 0.1)
    assert mixed.signs[0, 1] == 0
    assert mixed.baths == [(1,)]


def test_couplings_of_a_finite_system_are_what_acts_on_two_sites():
    x, y, z = ([s(i, of=3) for i in range(3)] for s in (qt.sigma_x, qt.sigma_y, qt.sigma_z))
    local = 0.7 * x[1] + 0.3 * z[2] + 2.0 * np.eye(8)
    graph = graph_of(finite(0.1 * x[0] @ x[1] - 0.02 * z[1] @ z[2] + local, (2, 2, 2), x[2] + 3 * np.eye(8)))
    np.testing.assert_allclose(graph.strengths, [[0, 0.1, 0], [0.1, 0, 0.02], [0, 0.02, 0]], atol=1e-15)
    np.testing.assert_array_equal(graph.signs[[0, 1], [1, 2]], [1, -1])
    assert graph.baths == [(2,)]
    assert graph.complete
    odd = graph_of(finite(0.1 * x[0] @ y[2] + 0.1 * x[0] @ x[1] @ x[2], (2, 2, 2), x[0] @ x[1]))
    assert (odd.strengths[0, 2] > 0.099, odd.signs[0, 2], odd.baths, odd.complete) == (True, 0, [(0, 1)], False)
    a = qt.destroy(3)
    jump = qt.embed(a, 1, dims=(2, 3)) @ qt.embed(qt.sigma_plus(0, of=1), 0, dims=(2, 3))
    graph = graph_of(finite(0.2 * (jump + jump.T), (2, 3), qt.embed(a + a.T, 1, dims=(2, 3))))
    np.testing.assert_allclose(graph.strengths[0, 1], 0.2 * np.sqrt(2))
    assert graph.baths == [(1,)]


def test_the_picture_shows_nodes_bonds_and_baths():
    matrix = np.array(qt.ring_lattice(5)) * 0.1
    matrix[0, 1] = matrix[1, 0] = -0.01
    axes = plot_network(network(matrix, ((0,), (2,))))
    assert [text.get_text() for text in axes.texts] == ["hot\n$T=2$", "cold\n$T=1$", "0", "1", "2", "3", "4"]
    assert legend_of(axes) == ["coupling < 0", "coupling > 0", "|coupling| = 0.1", "0.01 (log scale)"]
    assert [line.get_color() for line in axes.lines if line.get_marker() == "s"] == [BATHS["hot"], BATHS["cold"]]
    widths = [line.get_linewidth() for line in axes.lines if len(line.get_xdata()) == 2][:5]
    assert np.argmin(widths) == 0
    assert bar_of(axes) is None
    warm = plot_network(network(matrix, ((0,), (2,), (1, 3)), names=(None, None, "probe")))
    assert bar_of(warm).get_ylabel() == "temperature"
    assert "probe" in [text.get_text() for text in warm.texts]
    rows = jnp.stack([qt.position(i, of=30) for i in range(30)])
    many = qt.OpenSystem(
        qt.OscillatorNetwork.from_springs(np.ones(30), 0.1 * qt.chain_lattice(30)),
        (qt.Bath(rows, qt.Flat(0.1), jnp.linspace(1, 2, 30)),),
    )
    figure, panels = plt.subplots(1, 2)
    axes = plot_network(many, axes=panels[1])
    assert axes is panels[1]
    assert len([line for line in axes.lines if line.get_marker() == "s"]) == 30
    assert [text.get_text() for text in axes.texts] == ["0", "29"]
    figure.canvas.draw()


def test_the_picture_of_a_finite_system():
    x = [qt.sigma_x(i, of=3) for i in range(3)]
    axes = plot_network(finite(0.1 * x[0] @ x[1] @ x[2] + 0.1 * x[0] @ x[1], (2, 2, 2), x[0] + x[2]))
    assert legend_of(axes) == ["|coupling| = 0.1", "terms on three or more sites are not drawn"]
    assert axes.texts[0].get_text() == "bath 0\n$T=1$"
    assert not plot_network(finite(0.0, (3,), np.ones((3, 3)))).get_legend()
