"""What a user waits for: imports, the first hundred points of a new process, and compilation.

    python benchmarks/cold_start.py [--quick]

Every line is the median over fresh processes, with nothing cached on disk but Python's own byte code, and once more
with JAX's persistent cache filled. The workload is that of `two_qubits_against_qutip.py`. Extra `qutip`; `dynamiqs`
if it is there.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SWEEP = """
    from two_qubits_against_qutip import heat_current, numpy_currents, pair
    import jax, numpy as np, qtjax as qt
    axes = dict(hot=np.linspace(6.0, 30.0, 10), exchange=np.linspace(0.05, 0.5, 10), detuning=[0.5], strength=[0.01])
"""
CASES = {
    "import jax, equinox, diffrax": "import jax, equinox, diffrax",
    "import qtjax": "import qtjax",
    "import qutip": "import qutip",
    "import dynamiqs": "import dynamiqs",
    "qtjax, 100 currents in a `vmap`, from a cold process": SWEEP
    + """
    columns = [c.ravel() for c in np.meshgrid(*axes.values(), indexing="ij")]
    found = jax.jit(jax.vmap(heat_current))(*columns)
    assert np.max(np.abs(found / numpy_currents(*columns) - 1)) < 1e-9
    """,
    "qtjax, the same in a sweep": SWEEP
    + """
    found = qt.sweep(heat_current, progress=False, **axes).heat_current.values.ravel()
    columns = [c.ravel() for c in np.meshgrid(*axes.values(), indexing="ij")]
    assert np.max(np.abs(found / numpy_currents(*columns) - 1)) < 1e-9
    """,
    "QuTiP, the same": """
    from two_qubits_against_qutip import qutip_current
    for hot in range(10):
        for exchange in range(10):
            qutip_current(6.0 + hot, 0.05 * (1 + exchange), 0.5, 0.01)
    """,
}
COMPILATION = """
    import sys, time, json
    sys.path.insert(0, {here!r})
    from two_qubits_against_qutip import heat_current
    import jax, numpy as np, qtjax as qt
    axes = dict(hot=np.linspace(6.0, 30.0, 10), exchange=np.linspace(0.05, 0.5, 10), detuning=[0.5], strength=[0.01])
    def gradient(hot, exchange, detuning, strength):
        value, slopes = jax.value_and_grad(heat_current, argnums=(0, 1, 2, 3))(hot, exchange, detuning, strength)
        return {{"value": value, "slopes": jax.numpy.stack(slopes)}}
    qt.sweep(lambda hot: 2 * hot, progress=False, hot=np.linspace(0.0, 1.0, 100))  # what any first sweep takes
    start = time.perf_counter()
    qt.sweep({function}, progress=False, **axes)
    print(json.dumps(time.perf_counter() - start))
"""


def process(code: str, environment: dict[str, str]) -> tuple[float, str]:
    """Seconds and output of a process of its own, without what it takes Python to start."""
    paths = {"PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": ""}
    start = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env={**os.environ, **paths, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    if run.returncode:
        raise RuntimeError(run.stderr.strip().splitlines()[-1])
    return seconds, run.stdout


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one process each")
    repeats = 1 if parser.parse_args().quick else 5
    nothing = np.median([process("", {})[0] for _ in range(repeats)])
    with tempfile.TemporaryDirectory() as folder:
        cache = {
            "JAX_COMPILATION_CACHE_DIR": folder,
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }
        for label, code in CASES.items():
            for name, environment in (("", {}), (", cache filled", cache)):
                if name and "qtjax, " not in label:
                    continue
                try:
                    process(code, environment)
                    seconds = [process(code, environment)[0] - nothing for _ in range(repeats)]
                except RuntimeError as error:
                    print(f"{label:48} {error}")
                    continue
                print(f"{label + name:56} {np.median(seconds):6.2f} s", flush=True)
        for function in ("heat_current", "gradient"):
            for name, environment in (("", {}), (", cache filled", cache)):
                code = COMPILATION.format(here=str(HERE), function=function)
                if name:
                    process(code, environment)
                seconds = [json.loads(process(code, environment)[1]) for _ in range(repeats)]
                print(f"{'first sweep of ' + function + name:56} {np.median(seconds):6.2f} s", flush=True)


if __name__ == "__main__":
    main()
