"""Sweeps: what they return, what becomes of points that fail, and stores that are resumed or refused."""

import errno
import functools
import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

import qtjax as qt
from qtjax.sweeps import _stores
from qtjax.sweeps._axes import Axis
from qtjax.sweeps._blocks import blocks_of

sweep = functools.partial(qt.sweep, progress=False)


def qubit(hot, strength=0.01):
    """A qubit between two baths, at `hot` and 1."""
    baths = (qt.Bath(qt.sigma_x(0, of=1), qt.Drude(strength, 10.0), t) for t in (hot, 1.0))
    return qt.OpenSystem(qt.FiniteHamiltonian(qt.sigma_z(0, of=1) / 2, jnp.zeros((2, 2))), tuple(baths))


def current(hot, strength=0.01):
    dynamics = qt.redfield_equation()(qubit(hot, strength))
    return qt.heat_currents(dynamics, qt.steady_state(dynamics))[0]


def mixture(p, throw=True):
    """The entropy of a level that is occupied with probability p: cheap to compile, and an error for p < 0."""
    return qt.entropy(qt.DensityMatrix(jnp.diag(jnp.stack([p, 1 - p]))), throw=throw)


HOT = np.linspace(0.2, 3.0, 9)
STRENGTH = np.geomspace(1e-4, 1e-1, 5)


@pytest.fixture(scope="module")
def map_of_currents():
    return sweep(current, hot=HOT, strength=STRENGTH, units={"hot": "w", "current": "w^2"})


# What it returns ---------------------------------------------------------------------------------------------


def test_values_names_and_labels(map_of_currents):
    data = map_of_currents
    assert data.current.dims == ("hot", "strength")
    expected = jax.jit(jax.vmap(jax.vmap(current, (None, 0)), (0, None)))(HOT, STRENGTH)
    np.testing.assert_allclose(data.current, expected, rtol=1e-13)
    assert np.all(data.reason == "")
    np.testing.assert_array_equal(data.hot, HOT)
    assert data.hot.attrs == {"long_name": "hot", "units": "w"}
    assert data.current.attrs == {"long_name": "current", "units": "w^2"}
    assert data.attrs["description"] == "redfield_equation(lamb_shift=False)"
    assert data.attrs["jax_version"] == jax.__version__
    assert "hbar = k_B = 1" in data.attrs["conventions"]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(1, 100))
def test_blocks_tile_the_grid(grid, batch):
    blocks = blocks_of(tuple(grid), batch)
    axes = tuple(Axis(f"a{i}", np.arange(n, dtype=float), {}) for i, n in enumerate(grid))
    count = np.zeros(grid, int)
    for index in range(len(blocks)):
        box, points = blocks.box(index), blocks.points(index, axes)
        count[box] += 1
        assert len(points[0]) <= max(batch, 64 * batch)
        corner = [int(column[0]) for column in points]
        assert corner == [s.start for s in box]
        assert math.prod(blocks.shape(index)) == len(points[0])
    assert np.all(count == 1)


def test_results_do_not_depend_on_batches_or_the_number_of_axes():
    f = lambda x, y, z: jnp.sin(x) + 10 * y + 100 * z  # noqa: E731
    x, y, z = np.linspace(0, 1, 7), np.arange(3.0), np.arange(11.0)
    expected = np.sin(x)[:, None, None] + 10 * y[:, None] + 100 * z
    for batch in (None, 1, 2, 13, 1000):
        data = sweep(f, batch_size=batch, x=x, y=y, z=z)
        assert data.value.dims == ("x", "y", "z")
        np.testing.assert_allclose(data.value, expected, rtol=1e-15)


class Pair(NamedTuple):
    low: jax.Array
    high: jax.Array


class Report(eqx.Module):
    names: tuple[str, ...] = eqx.field(static=True, metadata={"coord": "description"})
    errors: jax.Array = eqx.field(metadata={"dims": ("description", "bath")})
    best: jax.Array = eqx.field(metadata={"flag_meanings": "names"})
    nothing: None = None


def test_dicts_tuples_and_modules_become_variables():
    def f(x):
        return {
            "number": x,
            "pair": Pair(x, 2 * x),
            "list": [x, x + 1],
            "matrix": x * jnp.arange(6.0).reshape(2, 3),
            "phase": jnp.exp(1j * x),
            "count": jnp.asarray(3),
            "positive": x > 0.5,
            "constant": 7.0,
            "report": Report(("local", "global"), x * jnp.ones((2, 3)), jnp.where(x > 0.5, 1, 0)),
        }

    x = np.linspace(0, 1, 5)
    data = sweep(f, x=x, dims={"matrix": ("row", "column")}, coords={"bath": [1.0, 2.0, 3.0], "row": ["a", "b"]})
    assert set(data.data_vars) == {
        "constant", "count", "list_0", "list_1", "matrix", "number", "pair_high", "pair_low", "phase", "positive",
        "report_best", "report_errors", "reason",
    }  # fmt: skip
    np.testing.assert_array_equal(data.pair_high, 2 * x)
    np.testing.assert_array_equal(data.list_1, x + 1)
    assert data.matrix.sel(row="b").dims == ("x", "column")
    np.testing.assert_allclose(data.phase, np.exp(1j * x))
    assert data["count"].dtype == np.int64
    assert data.positive.dtype == bool
    assert data.report_errors.dims == ("x", "description", "bath")
    assert list(data.description.values) == ["local", "global"]
    assert data.report_best.attrs["flag_meanings"] == ["local", "global"]
    np.testing.assert_array_equal(data.report_best, [0, 0, 0, 1, 1])


def test_a_state_is_its_moments():
    def f(hot):
        return qt.steady_state(qt.redfield_equation()(qubit(hot)))

    data = sweep(f, hot=HOT[:2])
    assert set(data.data_vars) == {"matrix", "reason"}
    assert data.matrix.shape == (2, 2, 2)


def test_functions_of_every_kind():
    x = np.arange(3.0)
    partial = functools.partial(lambda x, power: x**power, power=2)
    np.testing.assert_array_equal(sweep(partial, x=x).value, x**2)
    np.testing.assert_array_equal(sweep(jax.jit(lambda x: 3 * x), x=x).value, 3 * x)
    assert "cosine" in sweep(lambda x: {"cosine": jnp.cos(x)}, x=x)

    def cube(x, *, scale=1.0):
        return scale * x**3

    np.testing.assert_array_equal(sweep(jax.jit(cube), x=[1, 2, 3]).cube, [1, 8, 27])


def test_axes_bring_their_labels():
    hot = xr.DataArray(HOT, dims="hot", attrs={"long_name": "$T_h$", "units": r"$\omega$"})
    data = sweep(lambda hot: {"twice": 2 * hot}, hot=hot)
    assert data.hot.attrs == {"long_name": "$T_h$", "units": r"$\omega$"}


def test_descriptions_are_named_through_nested_and_cached_programs():
    @jax.jit
    def inner(hot):
        return qt.universal_lindblad_equation()(qubit(hot)).spectrum()[0].real

    inner(2.0)  # so that the sweep meets a program that is traced already

    def f(hot):
        exact = qt.coarse_grained_equation(hot)(qubit(1.0)).spectrum()[0].real
        return {"a": inner(hot) + exact, "b": qt.global_master_equation(tolerance=1e-3)(qubit(hot)).spectrum()}

    names = sweep(f, hot=HOT[:2]).attrs["description"].split("; ")
    assert set(names) == {
        "universal_lindblad_equation(lamb_shift=False)",
        "coarse_grained_equation(time=traced, lamb_shift=False)",
        "global_master_equation(tolerance=0.001, lamb_shift=False)",
    }


def test_one_compilation_for_all_points():
    calls = []

    def f(x, y):
        calls.append(None)
        return x * y

    sweep(f, x=np.arange(100.0), y=np.arange(77.0))
    assert len(calls) == 2  # once for what it returns, once to compile


def test_derivatives_and_maps_inside(map_of_currents):
    def slope(hot):
        return {
            "slope": jax.grad(current)(hot),
            "row": jax.vmap(lambda s: current(hot, s))(jnp.asarray(STRENGTH)),
            "column": jax.lax.map(lambda s: current(hot, s), jnp.asarray(STRENGTH)),
        }

    data = sweep(slope, hot=np.concatenate([[-1.0], HOT]), batch_size=3)
    np.testing.assert_allclose(data.row[1:], map_of_currents.current, rtol=1e-13)
    np.testing.assert_allclose(data.column[1:], map_of_currents.current, rtol=1e-13)
    np.testing.assert_allclose(data.slope[4], (current(HOT[3] + 1e-5) - current(HOT[3] - 1e-5)) / 2e-5, rtol=1e-8)
    assert "lowest is -1" in data.reason.values[0]
    assert np.all(np.isnan(data.slope[0]) & np.isnan(data.row[0]).all())
    assert np.all(data.reason[1:] == "")


def test_progress_is_shown_with_rate_and_time_left(capsys):
    qt.sweep(lambda x: x, x=np.arange(1000.0))
    shown = capsys.readouterr().err
    assert "points/s" in shown
    assert "1.00k/1.00k" in shown
    qt.sweep(lambda x: x, x=np.arange(10.0), progress=False)
    assert capsys.readouterr().err == ""


# Points that fail --------------------------------------------------------------------------------------------


def test_failed_points_are_nan_with_their_reason():
    hot = np.array([2.0, -1.0, 1.5, -0.5, np.pi, 0.0])
    data = sweep(current, hot=hot, strength=STRENGTH, batch_size=4)
    bad = hot < 0
    assert np.all(np.isnan(data.current) == bad[:, None])
    for value, reasons in zip(hot, data.reason.values, strict=True):
        expected = f"A temperature is negative or not a number: the lowest is {value:g}." if value < 0 else ""
        assert all(reason.startswith(expected) and (value < 0 or reason == "") for reason in reasons)
    good = sweep(current, hot=hot[~bad], strength=STRENGTH)
    np.testing.assert_array_equal(data.current[~bad], good.current)


def test_every_point_can_fail():
    data = sweep(mixture, p=-HOT)
    assert np.all(np.isnan(data.mixture))
    for p, reason in zip(-HOT, data.reason.values, strict=True):
        assert f"its smallest eigenvalue is {p:.6g}," in reason


def test_what_does_not_fail_of_a_point_is_kept():
    data = sweep(lambda p: {"good": p + 1, "bad": mixture(p)}, p=[-1.0, 0.5])
    np.testing.assert_array_equal(data.good, [0.0, 1.5])
    np.testing.assert_array_equal(np.isnan(data.bad), [True, False])


def test_nan_without_an_error_has_a_reason_too():
    data = sweep(functools.partial(mixture, throw=False), p=[0.5, -1.0])
    assert list(data.reason.values) == ["", "The function returned NaN, but raised no error (throw=False?)."]


@pytest.mark.filterwarnings("ignore")  # of Equinox, about raising inside vmap
def test_errors_of_ones_own_lose_their_points_only():
    def f(x, y):
        return eqx.error_if(x * y, x == 3.0, "three is refused")

    x, y = np.arange(10.0), np.arange(1.0, 4.0)
    data = sweep(f, x=x, y=y, batch_size=4)
    np.testing.assert_array_equal(np.isnan(data.f), np.broadcast_to((x == 3)[:, None], (10, 3)))
    np.testing.assert_array_equal(data.f[4:], np.outer(x, y)[4:])
    assert all("three is refused" in reason for reason in data.reason.values[3])
    assert np.all(data.reason.values[4:] == "")


def test_errors_are_raised_again_after_a_sweep():
    compiled = jax.jit(mixture)
    sweep(lambda p: {"j": compiled(p)}, p=[-1.0, 0.5])
    with pytest.raises(Exception, match="smallest eigenvalue is -1"):
        jax.block_until_ready(compiled(-1.0))


# Bad input ---------------------------------------------------------------------------------------------------

X = np.arange(3.0)


@pytest.mark.parametrize(
    ("function", "options", "sentence"),
    [
        (lambda x: x, {}, "at least one axis"),
        (lambda x: x, {"x": []}, "`x` is empty"),
        (lambda x: x, {"x": 1.0}, "must have one dimension, but has shape ()"),
        (lambda x: x, {"x": np.ones((2, 2))}, "must have one dimension, but has shape (2, 2)"),
        (lambda x: x, {"x": ["a", "b"]}, "`x` must be numbers"),
        (lambda x: x, {"x": [1.0, np.nan]}, "`x` must be finite"),
        (lambda x, y: x, {"x": X, "y": X.astype(np.float32)}, "`y` has dtype float32"),
        (lambda x, y: x, {"x": X, "y": X.astype(np.complex64)}, "`y` has dtype complex64"),
        (lambda x: x, {"x": X, "hot": X}, "does not fit its signature (x)"),
        (lambda x, y: x, {"x": X}, "missing a required argument: 'y'"),
        (3.0, {"x": X}, "`function` must be callable"),
        (lambda x: None, {"x": X}, "returns nothing"),
        (lambda x: {"a": "text"}, {"x": X}, "returns 'text' as 'a'"),
        (lambda x: {"x": x}, {"x": X}, "returns x, a name"),
        (lambda x: {"reason": x}, {"x": X}, "returns reason, a name"),
        (lambda x: {"a": {"b": x}, "a_b": x}, {"x": X}, "two values that are both named 'a_b'"),
        (lambda x: x if x > 0 else -x, {"x": X}, "cannot be traced"),
        (lambda x: math.sin(x), {"x": X}, "cannot be traced"),
        (lambda x: {"a": x}, {"x": X, "dims": {"b": "bath"}}, "`dims` names the axes of b"),
        (lambda x: {"a": x}, {"x": X, "dims": {"a": "bath"}}, "must name its 0 axes"),
        (lambda x: {"a": x * jnp.ones(2)}, {"x": X, "dims": {"a": "x"}}, "must differ from one another and from"),
        (lambda x: {"a": x}, {"x": X, "coords": {"bath": [1]}}, "labels a dimension 'bath'"),
        (lambda x: {"a": x}, {"x": X, "coords": {"x": [1, 2, 3]}}, "the axis 'x' has its own values"),
        (
            lambda x: {"a": x * jnp.ones(2)},
            {"x": X, "dims": {"a": "bath"}, "coords": {"bath": ["hot"]}},
            "`coords` of 'bath' must have 2 values",
        ),
        (
            lambda x: {"a": x * jnp.ones(2), "b": x * jnp.ones(3)},
            {"x": X, "dims": {"a": "bath", "b": "bath"}},
            "Outputs of different shapes share the dimension 'bath': 'a' has length 2 along it, 'b' has 3",
        ),
        (lambda x: x, {"x": X, "units": {"y": "w"}}, "`units` names y"),
        (lambda x: x, {"x": X, "path": X}, "`path` must be the path of a store"),
        (lambda x: x, {"x": X, "dims": ["bath"]}, "`dims` must be a dict"),
        (lambda x: x, {"x": X, "batch_size": 0}, "`batch_size` must be an integer >= 1, but is 0"),
        (lambda x: x, {"x": X, "devices": []}, "`devices` must be some of this process's devices"),
        (lambda x: x, {"x": X, "devices": "cpu"}, "`devices` must be some of this process's devices"),
    ],
)
def test_bad_input_is_named(function, options, sentence):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        sweep(function, **options)
    assert sentence in str(error.value)


def test_single_precision_is_refused():
    with (
        jax.enable_x64(False),
        pytest.raises(ValueError, match="`x` has dtype float64, but computations are in float32"),
    ):
        sweep(lambda x: x, x=X)


def test_a_function_that_changes_its_shapes_is_refused():
    calls = []

    def f(x):
        calls.append(None)
        return x * jnp.ones(len(calls))

    with pytest.raises(ValueError, match="returned arrays of other shapes when it was traced again"):
        sweep(f, x=X)


# Stores ------------------------------------------------------------------------------------------------------


def product(x, y):
    return {"product": x * y, "rows": jnp.stack([x, y]), "phase": jnp.exp(1j * x * y)}


GRID = {"x": np.linspace(-1, 1, 9), "y": np.linspace(0.0, 2.0, 14)}
LABELS = {"dims": {"rows": "row"}, "coords": {"row": ["x", "y"]}}


@pytest.fixture
def store(tmp_path):
    return tmp_path / "deep" / "map.zarr"


@pytest.fixture
def written(monkeypatch):
    """The blocks that are written, in order."""
    blocks, write = [], _stores.Zarr.write
    monkeypatch.setattr(_stores.Zarr, "write", lambda self, i, r: (blocks.append(i), write(self, i, r))[1])
    return blocks


def test_a_store_holds_what_memory_holds(store):
    kept = sweep(product, path=store, batch_size=4, **LABELS, **GRID)
    data = sweep(product, batch_size=4, **LABELS, **GRID)
    assert list(kept.data_vars) == list(data.data_vars)
    xr.testing.assert_identical(kept.load(), data)
    opened = xr.open_zarr(store, chunks=None)  # as anybody opens it
    np.testing.assert_array_equal(opened.phase, data.phase)
    assert opened.attrs == data.attrs
    assert not list(store.parent.glob("*.unfinished"))


def test_the_same_call_computes_nothing_again(store, written):
    first = sweep(product, path=store, batch_size=4, **LABELS, **GRID)
    assert len(written) == len(set(written)) > 20
    del written[:]
    again = sweep(product, path=store, batch_size=4, **LABELS, **GRID)
    other = sweep(product, path=store, batch_size=50, **LABELS, **GRID)  # the blocks are those it was begun with
    assert written == []
    xr.testing.assert_identical(first.load(), again.load())
    xr.testing.assert_identical(first.load(), other.load())


def test_a_full_disk_loses_the_block_in_flight_only(store, written, monkeypatch):
    import zarr

    put, count = zarr.Array.__setitem__, []

    def full(self, *args):
        count.append(None)
        if len(count) == 42:
            raise OSError(errno.ENOSPC, "No space left on device")
        return put(self, *args)

    monkeypatch.setattr(zarr.Array, "__setitem__", full)
    with pytest.raises(
        OSError, match=r"The disk is full: block \d+ of \d+ could not be written to .*map.zarr"
    ) as error:
        sweep(product, path=store, batch_size=4, **LABELS, **GRID)
    assert error.value.errno == errno.ENOSPC
    finished, lost = written[:-1], written[-1]
    assert len(finished) > 3
    del written[:]
    data = sweep(product, path=store, batch_size=4, **LABELS, **GRID)
    assert written[0] == lost
    assert not set(written) & set(finished)
    xr.testing.assert_identical(data.load(), sweep(product, batch_size=4, **LABELS, **GRID))


def test_no_store_is_half_made(store, monkeypatch):
    import zarr

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(zarr, "consolidate_metadata", full)
        with pytest.raises(OSError, match="No space left"):
            sweep(product, path=store, **LABELS, **GRID)
    assert not store.exists()
    assert sweep(product, path=store, **LABELS, **GRID).product.shape == (9, 14)


def refused(path, function=product, **changes):
    with pytest.raises(ValueError, match="cannot be resumed") as error:
        sweep(function, path=path, **{**LABELS, **GRID, **changes})
    return str(error.value)


def test_the_store_of_another_sweep_is_refused(store):
    data = sweep(product, path=store, **LABELS, **GRID).load()
    assert "`x` has 9 values from -1.0 to 1.0 there, but 9 values from -1.0 to 1.5" in refused(
        store, x=np.linspace(-1, 1.5, 9)
    )
    assert "`y` has 14 values" in refused(store, y=GRID["y"][:-1])
    assert "`row`" in refused(store, coords={"row": ["x", "z"]})
    assert "this sweep returns more, phase, product, reason, rows" in refused(
        store, lambda x, y: {**product(x, y), "more": x}
    )
    assert "'product' has" in refused(store, lambda x, y: {**product(x, y), "product": x * y * (1 + 0j)})
    reordered = {"y": GRID["y"], "x": GRID["x"]}
    with pytest.raises(ValueError, match="cannot be resumed"):
        sweep(product, path=store, **LABELS, **reordered)
    scale = 2.0
    assert "the function computes something else now" in refused(
        store, lambda x, y: {**product(x, y), "product": scale * x * y}
    )
    table = np.arange(3.0)
    assert "the function computes something else now" in refused(
        store, lambda x, y: {**product(x, y), "product": x * y + 0 * jnp.sum(jnp.asarray(table))}
    )
    xr.testing.assert_identical(sweep(product, path=store, **LABELS, **GRID).load(), data)  # nothing was lost


def test_closed_over_values_belong_to_a_sweep(store):
    def of(density):
        return lambda hot: {"rate": density.rate(1.0, hot)}

    sweep(of(qt.Drude(0.01, 5.0)), path=store, hot=HOT)
    sweep(of(qt.Drude(0.01, 5.0)), path=store, hot=HOT)
    with pytest.raises(ValueError, match="something else now"):
        sweep(of(qt.Drude(0.02, 5.0)), path=store, hot=HOT)


@pytest.mark.parametrize("array", [np.asarray, jnp.asarray])
def test_closed_over_arrays_belong_to_a_sweep(store, array):
    def of(table):
        return lambda x: {"sum": jax.lax.map(lambda y: y + jnp.sum(table * x), table)}

    sweep(of(array([1.0, 2.0])), path=store, x=X)
    sweep(of(array([1.0, 2.0])), path=store, x=X)
    with pytest.raises(ValueError, match="something else now"):
        sweep(of(array([1.0, 3.0])), path=store, x=X)


def test_what_is_no_store_is_refused(tmp_path):
    (tmp_path / "file").write_text("notes")
    (tmp_path / "folder").mkdir()
    for name in ("file", "folder"):
        assert "it exists, but is not the store of a sweep" in refused(tmp_path / name)
    assert (tmp_path / "file").read_text() == "notes"


def test_reasons_are_kept_in_the_store(store):
    kept = sweep(mixture, path=store, p=np.linspace(-1, 1, 9), batch_size=2).load()
    xr.testing.assert_equal(kept, sweep(mixture, p=np.linspace(-1, 1, 9), batch_size=2))
    assert "smallest eigenvalue is -1," in str(kept.reason.values[0])
