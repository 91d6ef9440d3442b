"""Double precision, one frugal, reproducible hypothesis profile, and compiled programs forgotten after each module."""

import gc
import os

# The threads of several test processes would spin waiting for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import jax

jax.config.update("jax_enable_x64", True)

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

settings.register_profile(
    "frugal",
    deadline=None,
    derandomize=True,
    max_examples=10,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("frugal")


@pytest.fixture(autouse=True, scope="module")
def _forget_compiled_programs():
    # Every compiled program holds memory maps; a process may have 65530 on Linux, and XLA crashes at the next one.
    yield
    jax.clear_caches()
    gc.collect()


@pytest.fixture
def _no_figure_and_no_setting_left():
    import matplotlib
    import matplotlib.pyplot as plt

    before = dict(matplotlib.rcParams)
    yield
    plt.close("all")
    assert dict(matplotlib.rcParams) == before
