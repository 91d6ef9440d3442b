"""Figures say what the data say: values in their places, labels and units, scales, gaps; and sentences for the rest."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm, Normalize, to_hex
from pictures import bar_of, finite, legend_of, network, network_of

import qtjax as qt
from qtjax.plotting import plot_currents, plot_map, plot_network, plot_spectrum
from qtjax.plotting._matching import continued, multiplicities
from qtjax.plotting._scales import edges, is_geometric
from qtjax.plotting._style import BATHS, BLACK, DESCRIPTIONS, GREEN, ORANGE, bath_colours, description_looks

pytestmark = pytest.mark.usefixtures("_no_figure_and_no_setting_left")

COUPLINGS, TEMPERATURES = np.geomspace(1e-4, 0.3, 7), np.linspace(1.0, 3.0, 5)


def swept(values, *, name="heat_current", dims=("coupling", "hot", "bath"), **attrs):
    """A DataArray like that of a sweep; values: of an array of its shape, or of (coupling, hot)."""
    coords = {
        "coupling": ("coupling", COUPLINGS, {"long_name": "coupling $g$", "units": r"$\omega$"}),
        "hot": ("hot", TEMPERATURES, {"long_name": "temperature of the hot bath"}),
        "bath": ["cold", "hot"],
    }
    return xr.DataArray(values, dims=dims, coords={dim: coords[dim] for dim in dims}, name=name, attrs=attrs)


def currents(**attrs):
    hot = np.log(COUPLINGS[:, None] * 1e4) + TEMPERATURES + 0.5
    return swept(np.stack([-hot, hot], axis=-1), long_name="heat current", units="K", **attrs)


def plane(values, **attrs):
    return swept(values, name="conductance", dims=("coupling", "hot"), **attrs)


def mesh_of(axes):
    return next(c for c in axes.collections if type(c).__name__ == "QuadMesh")


# --- currents -------------------------------------------------------------------------------------------------------


def test_one_line_per_bath_with_labels_and_units_of_the_data():
    data = currents()
    axes = plot_currents(data.isel(hot=2))
    assert axes.get_xlabel() == r"coupling $g$ [$\omega$]"
    assert axes.get_ylabel() == "heat current [K]"
    assert axes.get_xscale() == "log"
    assert legend_of(axes) == ["cold", "hot"]
    lines = {line.get_label(): line for line in axes.lines}
    for bath in ("cold", "hot"):
        np.testing.assert_array_equal(lines[bath].get_xdata(), COUPLINGS)
        np.testing.assert_array_equal(lines[bath].get_ydata(), data.isel(hot=2).sel(bath=bath))
        assert lines[bath].get_color() == BATHS[bath]
    assert axes.figure.get_size_inches()[0] == 3.4


def test_of_a_dataset_the_usual_variable_and_of_two_axes_the_one_asked_for():
    data = xr.Dataset(
        {"entropy": currents().drop_attrs(deep=False), "heat_current": currents(), "reason": ("coupling", [""] * 7)}
    )
    axes = plot_currents(data.isel(coupling=3))
    assert axes.get_ylabel() == "heat current [K]"
    assert (axes.get_xlabel(), axes.get_xscale()) == ("temperature of the hot bath", "linear")
    same = plot_currents(data.isel(coupling=3), x="hot", axes=axes)
    assert same is axes
    assert plot_currents(data.isel(coupling=3), "entropy").get_ylabel() == "entropy"
    assert len(plot_currents(xr.Dataset({"heat_currents": currents().isel(hot=0)})).lines) > 0


def test_zero_is_marked_where_the_sign_changes_only():
    both = plot_currents(currents().isel(hot=0))
    one = plot_currents(currents().isel(hot=0).sel(bath="hot"))
    level = [[line for line in axes.lines if list(line.get_ydata()) == [0, 0]] for axes in (both, one)]
    assert [len(lines) for lines in level] == [1, 0]
    assert one.lines[0].get_color() == BATHS["hot"]
    assert not one.get_legend()


def test_lines_have_gaps_and_a_point_between_gaps_is_a_dot():
    data = currents().isel(hot=0).sel(bath="hot").copy()
    data[[1, 3, 4]] = np.nan
    data[4] = np.inf
    axes = plot_currents(data)
    line, dots = axes.lines[:2]
    assert np.isnan(line.get_ydata()).tolist() == [False, True, False, True, True, False, False]
    np.testing.assert_array_equal(dots.get_xdata(), COUPLINGS[[0, 2]])


def test_points_are_drawn_in_order():
    data = currents().isel(hot=0).sel(bath="hot")
    axes = plot_currents(data[::-1])
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), COUPLINGS)
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), data)


def test_descriptions_by_line_style_and_in_their_own_colours_where_there_are_no_baths():
    names = ["local", "exact", "redfield_equation(lamb_shift=True)"]
    data = xr.concat([currents().isel(hot=0)] * 3, dim="description").assign_coords(description=names)
    data.name = "heat_current"
    axes = plot_currents(data)
    assert legend_of(axes) == ["cold", "hot", "local (LME)", "exact", names[2]]
    handles = axes.get_legend().legend_handles
    assert [handle.get_color() for handle in handles] == [BATHS["cold"], BATHS["hot"], BLACK, BLACK, BLACK]
    assert len({str(handle._unscaled_dash_pattern) for handle in handles[2:]}) == 3
    axes = plot_currents(data.sel(bath="hot"))
    assert [handle.get_color() for handle in axes.get_legend().legend_handles] == [
        DESCRIPTIONS[key]["color"] for key in ("local", "exact", "Redfield")
    ]


def test_many_baths_get_a_colour_bar_and_baths_without_names_numbers():
    wave = xr.DataArray(np.random.default_rng(0).normal(size=(4, 12)), dims=("time", "bath"), name="heat_currents")
    axes = plot_currents(wave)
    assert not axes.get_legend()
    assert bar_of(axes).get_ylabel() == "bath"
    assert len({line.get_color() for line in axes.lines if len(line.get_xdata()) == 4}) == 12
    assert legend_of(plot_currents(wave.isel(bath=[0, 1]))) == ["bath 0", "bath 1"]
    assert legend_of(plot_currents(currents().isel(hot=0).rename(bath="statistics"))) == ["cold", "hot"]


def test_no_two_looks_are_alike():
    assert bath_colours(["cold", "hot", "probe"])[:2] == [BATHS["cold"], BATHS["hot"]]
    for names in (["hot 0", "hot 1", "cold"], ["a", "b", "c", "d", "e", "f", "g"], [""] * 5, list("abcdefghijkl")):
        assert len(set(bath_colours(names))) == len(names)
    names = ["local_master_equation(lamb_shift=False)", "local_master_equation(lamb_shift=True)", "mine", "exact"]
    looks = description_looks(names)
    assert len({(look["color"], str(look["linestyle"])) for look in looks}) == 4
    assert [look["label"] for look in looks] == names
    assert looks[0]["color"] == GREEN


# --- maps -----------------------------------------------------------------------------------------------------------


@given(st.integers(1, 5), st.integers(1, 6), st.booleans(), st.booleans(), st.randoms())
def test_every_value_is_in_its_place(n, m, swap, geometric, random):
    values = np.array([[random.uniform(-1, 1) for _ in range(m)] for _ in range(n)])
    a = np.geomspace(1e-3, 10, n) if geometric else np.arange(n) * 2.0 + 1
    b = np.array(random.sample(range(50), m))
    data = xr.DataArray(values, dims=("a", "b"), coords={"a": a, "b": b}, name="value")
    axes = plot_map(data, x="b", y="a") if swap else plot_map(data)
    mesh = mesh_of(axes)
    corners, colours = mesh.get_coordinates(), mesh.get_array()
    across, up = (b, a) if swap else (a, b)
    assert colours.shape == (len(up), len(across))
    for i, j in np.ndindex(n, m):
        x, y = (b[j], a[i]) if swap else (a[i], b[j])
        column = np.searchsorted(corners[0, :, 0], x) - 1
        row = np.searchsorted(corners[:, 0, 1], y) - 1
        assert colours[row, column] == values[i, j]
    plt.close(axes.figure)


def test_the_sign_centres_the_colours_and_draws_zero():
    values = COUPLINGS[:, None] ** 0.1 - 0.5 + 0.05 * TEMPERATURES
    axes = plot_map(plane(values, long_name="conductance", units="$k_B$"))
    mesh = mesh_of(axes)
    assert mesh.norm.vmin == -mesh.norm.vmax == -np.abs(values).max()
    assert mesh.cmap.name == "RdBu_r"
    (contour,) = [c for c in axes.collections if type(c).__name__ == "QuadContourSet"]
    x, y = np.concatenate([path.vertices for path in contour.get_paths()]).T
    np.testing.assert_allclose(x**0.1 - 0.5 + 0.05 * y, 0, atol=0.02)
    assert bar_of(axes).get_ylabel() == "conductance [$k_B$]"
    assert (axes.get_xlabel(), axes.get_xscale(), axes.get_yscale()) == (r"coupling $g$ [$\omega$]", "log", "linear")
    upright = plot_map(plane(values), x="hot")
    assert (upright.get_xlabel(), upright.get_yscale()) == ("temperature of the hot bath", "log")


def test_one_sign_is_sequential_and_three_decades_are_logarithmic():
    one = plot_map(plane(1 + COUPLINGS[:, None] * TEMPERATURES))
    assert mesh_of(one).cmap.name == "viridis"
    assert type(mesh_of(one).norm) is Normalize
    assert not [c for c in one.collections if type(c).__name__ == "QuadContourSet"]
    decades = plot_map(plane(COUPLINGS[:, None] * TEMPERATURES))
    assert isinstance(mesh_of(decades).norm, LogNorm)
    assert bar_of(decades).get_ylabel() == "conductance, log scale"
    rounding = plot_map(plane(np.where(COUPLINGS[:, None] < 0.01, -1e-17, 1.0) * TEMPERATURES))
    assert mesh_of(rounding).cmap.name == "viridis"


@pytest.mark.parametrize("lost", [np.nan, np.inf])
def test_points_without_a_result_are_hatched(lost):
    values = np.ones((7, 5)) * TEMPERATURES
    values[2, 3] = values[6, 0] = lost
    axes = plot_map(plane(values))
    hatched = next(c for c in axes.collections if c.get_hatch())
    np.testing.assert_array_equal(hatched.get_array().mask.T, np.isfinite(values))
    np.testing.assert_array_equal(mesh_of(axes).get_array().mask.T, ~np.isfinite(values))
    assert legend_of(axes) == ["no result"]
    nothing = plot_map(plane(np.full((7, 5), np.nan)))
    assert (legend_of(nothing), bar_of(nothing)) == (["no result"], None)


FLAGS = {"flag_values": [0, 1, 2, 3], "flag_meanings": ["local", "global", "Redfield", "exact"]}


def test_categories_have_a_legend_of_those_that_occur():
    values = np.zeros((7, 5), int)
    values[:, 2:], values[5:] = 2, -1
    data = plane(values, **FLAGS)
    axes = plot_map(data)
    assert legend_of(axes) == ["local", "Redfield", "none"]
    assert bar_of(axes) is None
    np.testing.assert_array_equal(mesh_of(axes).get_array(), values.T)
    mesh = mesh_of(axes)
    drawn = {value: to_hex(mesh.cmap(mesh.norm(value))).upper() for value in (0, 2, -1)}
    assert drawn == {0: GREEN, 2: ORANGE, -1: "#D9D9D9"}
    failed = data.astype(float)
    failed[0, 0] = np.nan
    assert legend_of(plot_map(failed)) == ["local", "Redfield", "none", "no result"]


def test_categories_of_other_kinds():
    regimes = plane(np.arange(35).reshape(7, 5) % 2, flag_meanings="ballistic diffusive")  # as NetCDF has it
    assert legend_of(plot_map(regimes)) == ["ballistic", "diffusive"]
    assert legend_of(plot_map(plane(np.arange(35).reshape(7, 5) > 3))) == ["no", "yes"]
    reason = xr.where(regimes.coupling > 0.1, "unstable", "")
    data = xr.Dataset({"trusted": plane(np.zeros((7, 5), int), **FLAGS), "reason": reason})
    assert legend_of(plot_map(data, "trusted")) == ["local", "no result"]


def test_cells():
    np.testing.assert_allclose(edges([1, 2, 4], logarithmic=False), [0.5, 1.5, 3, 5])
    np.testing.assert_allclose(edges([1, 10, 100], logarithmic=True), 10.0 ** np.array([-0.5, 0.5, 1.5, 2.5]))
    np.testing.assert_allclose(edges([2.0], logarithmic=False), [1, 3])
    np.testing.assert_allclose(edges([0.0], logarithmic=False), [-0.5, 0.5])
    assert is_geometric([1e-4, 1e-3, 1e-2, 0.1, 0.3])
    for points in ([1, 10, 90], np.linspace(1e-3, 1, 50), [0, 1, 10, 1000], [-1, 1, 100, 1e4], [1, 1000], [1]):
        assert not is_geometric(points)


# --- spectra --------------------------------------------------------------------------------------------------------


def resonators(coupling):
    network = qt.OscillatorNetwork.from_positions([1.0, 1.0], coupling * jnp.array([[0.0, 1.0], [1.0, 0.0]]))
    baths = (qt.Bath(qt.position(node, of=2), qt.Drude((0.01, 0.3)[node], 2.0), 1.0) for node in (0, 1))
    return qt.local_master_equation()(qt.OpenSystem(network, tuple(baths)))


def points_of(axes):
    return np.sort_complex(np.array(axes.lines[0].get_xdata()) + 1j * np.array(axes.lines[0].get_ydata()))


def test_eigenvalues_of_dynamics_matrices_and_arrays():
    dynamics = resonators(0.05)
    drawn = [plot_spectrum(s) for s in (dynamics, dynamics.drift, np.array(dynamics.spectrum()), [[1.0, 1], [0, 2]])]
    for axes in drawn[:3]:
        np.testing.assert_allclose(points_of(axes), np.sort_complex(np.array(dynamics.spectrum())), rtol=1e-12)
    np.testing.assert_allclose(points_of(drawn[3]), [1, 2])
    assert "Re" in drawn[0].get_xlabel()
    assert "Im" in drawn[0].get_ylabel()
    qubit = qt.FiniteHamiltonian(qt.sigma_z(0, of=1), jnp.zeros((2, 2)))
    bath = qt.Bath(qt.sigma_x(0, of=1), qt.Drude(0.01, 5.0), 1.0)
    assert len(points_of(plot_spectrum(qt.redfield_equation()(qt.OpenSystem(qubit, (bath,)))))) == 4


def test_multiplicities_also_of_an_exceptional_point():
    axes = plot_spectrum(resonators(0.116))
    assert [text.get_text() for text in axes.texts] == [r"$\times2$"] * 2
    assert len(points_of(axes)) == 2
    assert not plot_spectrum(resonators(0.1)).texts
    assert sorted(count for _, count in multiplicities(np.array([0, 1j, 1e-9, -1, 0]), 1e-6)) == [1, 1, 3]


def trajectories(axes):
    (lines,) = [c for c in axes.collections if isinstance(c, LineCollection)]
    return np.array(lines.get_segments())


def test_crossing_eigenvalues_keep_their_direction():
    k = np.linspace(-1, 1, 8)  # none at the crossing
    true = np.stack([k + 0.1j * k, -k, 0.3 + 0 * k], axis=1)
    random = np.random.default_rng(0)
    mixed = np.array([random.permutation(row) for row in true])
    found = continued(mixed, k)
    order = [int(np.argmin(np.abs(found[0] - start))) for start in true[0]]
    np.testing.assert_array_equal(found[:, order], true)


@pytest.mark.parametrize("side", [1, -1])
def test_lines_are_continuous_through_an_exceptional_point(side):
    k = side * np.linspace(-1, 1, 41)
    root = np.sqrt(k.astype(complex))
    random = np.random.default_rng(1)
    mixed = np.array([random.permutation([r, -r, 2 + 0.1 * x]) for r, x in zip(root, k, strict=True)])
    found = continued(mixed, k)
    jumps = np.abs(np.diff(found, axis=0))
    assert jumps.max() < 0.32  # where the root moves by sqrt(0.05); the other branch is 0.4 away and more
    data = xr.DataArray(mixed, dims=("k", "mode"), coords={"k": ("k", k, {"units": "1"})}, name="spectrum")
    segments = trajectories(plot_spectrum(data))
    assert segments.shape == (120, 2, 2)
    assert np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1).max() < 0.32


def test_a_sweep_of_spectra_is_coloured_by_its_parameter_and_has_gaps():
    z = np.stack([-COUPLINGS + 1j, -COUPLINGS - 1j], axis=1)
    z[3, 0] = np.nan
    coords = {"coupling": ("coupling", COUPLINGS, {"long_name": "coupling $g$"})}
    data = xr.DataArray(z, dims=("coupling", "mode"), coords=coords, name="spectrum", attrs={"units": "Hz"})
    axes = plot_spectrum(xr.Dataset({"spectrum": data, "other": ("coupling", COUPLINGS)}))
    assert bar_of(axes).get_ylabel() == "coupling $g$"
    assert bar_of(axes).get_yscale() == "log"
    assert axes.get_xlabel().endswith("[Hz]")
    assert trajectories(axes).shape == (2 * 4 + 2, 2, 2)  # mode 1 has no gap, unmatched at the lost point
    named = plot_spectrum(data.assign_attrs(long_name="drift"), x="coupling")
    assert (named.get_xlabel(), named.get_ylabel()) == ("Re drift [Hz]", "Im drift [Hz]")
    turned = plot_spectrum(data.transpose("mode", "coupling"), x="coupling")
    np.testing.assert_array_equal(trajectories(turned), trajectories(axes))
    assert trajectories(plot_spectrum(data.isel(mode=1))).shape == (6, 2, 2)  # one eigenvalue along the sweep
    assert len(points_of(plot_spectrum(data.isel(coupling=0, drop=True)))) == 2


# --- what cannot be drawn, and what stays as it was -----------------------------------------------------------------


SENTENCES = {
    "no data": (lambda: plot_map({"a": 1}), "xarray Dataset or DataArray, .* is a dict"),
    "no variable": (lambda: plot_map(currents().to_dataset(), "flow"), "'flow', but .* are heat_current"),
    "another name": (lambda: plot_currents(currents(), "flow"), "'flow', but the DataArray is 'heat_current'"),
    "several": (
        lambda: plot_map(xr.Dataset({"a": plane(np.ones((7, 5))), "b": plane(np.ones((7, 5)))})),
        r"several variables: a, b. Choose one, for instance `data\['a'\]`",
    ),
    "none": (lambda: plot_map(xr.Dataset({"reason": ("a", ["x"])})), "no variable of numbers.* are reason"),
    "text": (lambda: plot_map(xr.Dataset({"reason": ("a", ["x"])}), "reason"), "must hold numbers, but holds <U1"),
    "complex": (lambda: plot_currents(currents() * 1j), "complex. Draw a part"),
    "empty": (lambda: plot_map(plane(np.ones((7, 5))).isel(hot=[])), "empty: its shape is .*'hot': 0"),
    "no axis": (lambda: plot_currents(currents().isel(hot=0, coupling=0)), "no axis .* its dimensions are bath"),
    "a number": (lambda: plot_currents(currents().isel(hot=0, coupling=0, bath=0)), "it has no dimension"),
    "x": (lambda: plot_currents(currents(), x="cold"), "`x` is 'cold', but the dimensions .* are coupling, hot, bath"),
    "text axis": (lambda: plot_currents(currents(), x="bath"), "`x` is 'bath', whose coordinate is text"),
    "y": (lambda: plot_map(currents(), y="cold"), "`y` is 'cold', but the dimensions"),
    "x = y": (lambda: plot_map(currents(), x="hot", y="hot"), "two dimensions, but both are 'hot'"),
    "further axis": (
        lambda: plot_currents(currents()),
        r"drawn against coupling, and has too many dimensions: select one value of hot, for instance `.isel\(hot=0\)`",
    ),
    "further text": (
        lambda: plot_map(currents()),
        r"against coupling, hot.* one value of bath, .* `.sel\(bath='cold'\)`",
    ),
    "one axis": (
        lambda: plot_map(currents().isel(hot=0)),
        r"two dimensions of numbers, .* are coupling \(7\), bath \(2\)",
    ),
    "axes": (lambda: plot_map(plane(np.ones((7, 5))), axes=[1, 2]), "one matplotlib Axes, .* is a list"),
    "flags": (
        lambda: plot_map(plane(np.zeros((7, 5), int), flag_values=[0, 1], flag_meanings=["a"])),
        "`flag_values` has 2 entries, `flag_meanings` 1",
    ),
    "unknown flag": (lambda: plot_map(plane(np.full((7, 5), 9), **FLAGS)), "holds 9, of which its `flag_values`"),
    "nine": (
        lambda: plot_map(plane(np.arange(35).reshape(7, 5) % 9, flag_meanings=list("abcdefghi"))),
        "9 categories, more than the eight",
    ),
    "matrix": (lambda: plot_spectrum(np.ones((2, 3))), r"square matrix or eigenvalues .* has shape \(2, 3\)"),
    "batch": (lambda: plot_spectrum(np.ones((4, 2, 2))), r"has shape \(4, 2, 2\). Of several matrices make a sweep"),
    "no spectrum": (lambda: plot_spectrum("drift"), "dynamics, a square matrix, .* is a str"),
    "not finite": (lambda: plot_spectrum([1.0, np.nan]), "must be finite"),
    "x of one": (lambda: plot_spectrum(np.eye(2), x="k"), "`x` is 'k', but only a sweep"),
    "no complex": (lambda: plot_spectrum(currents().to_dataset()), "no complex variable"),
    "sweep axis": (lambda: plot_spectrum(currents().isel(bath=0) * 1j, x="k"), "`x` is 'k', but the dimensions"),
    "sweeps": (lambda: plot_spectrum(currents() * 1j), r"too many dimensions: select one value of hot"),
    "one value": (lambda: plot_spectrum(xr.DataArray(1j, name="z")), "no dimension: a spectrum along a sweep"),
    "system": (lambda: plot_network(np.eye(2)), "must be a `qt.OpenSystem`, but is a ndarray"),
    "several axes": (lambda: plot_network(network([[0, 1], [1, 0]]), axes=[1]), "one matplotlib Axes"),
    "systems": (
        lambda: plot_network(jax.vmap(network_of)(jnp.ones(3))),
        r"is a batch: its Hamiltonian has shape \(3, 4, 4\)",
    ),
    "levels": (
        lambda: plot_network(finite(0.0, (2048,), np.zeros((2048, 2048)))),
        "up to 1024 levels, but has 2048",
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_what_cannot_be_drawn_is_said(case):
    call, sentence = SENTENCES[case]
    with pytest.raises(ValueError, match=sentence):
        call()
    assert not plt.get_fignums()


def test_given_axes_are_drawn_on_and_figures_can_be_saved(tmp_path):
    figure, panels = plt.subplots(1, 2, layout="constrained")
    assert plot_map(plane(np.ones((7, 5)) * TEMPERATURES), axes=panels[0]) is panels[0]
    assert plot_currents(currents().isel(hot=0), axes=panels[1]) is panels[1]
    figure.savefig(tmp_path / "both.pdf")
    assert (tmp_path / "both.pdf").stat().st_size > 1000


def test_importing_the_package_loads_no_plotting():
    code = (
        "import sys, qtjax.plotting, qtjax.papers._report;"
        "assert not {'matplotlib', 'xarray', 'pandas', 'optax', 'scipy.optimize'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
