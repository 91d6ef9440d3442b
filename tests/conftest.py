"""Double precision, programs that compile fast, one frugal, reproducible hypothesis profile."""

import gc
import os

# The threads of several test processes would spin waiting for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Compilation is nearly all that the tests do, and takes a third of the time without optimisations. What users run, the
# default, runs in the examples and the reproduction of CI; here too if XLA_FLAGS say so, as the last flag counts.
_FAST = ("backend_optimization_level=0", "cpu_use_fusion_emitters=false", "cpu_parallel_codegen_split_count=1")
os.environ["XLA_FLAGS"] = " ".join((*(f"--xla_{flag}" for flag in _FAST), os.environ.get("XLA_FLAGS", "")))

# Tracing makes many small objects and little garbage: looking for it as often as Python does takes a sixth of the time.
gc.set_threshold(50_000, 50, 100)

import jax  # noqa: E402

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
