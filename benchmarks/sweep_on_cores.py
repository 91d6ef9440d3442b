"""A sweep on one core, on two, and on more host devices than cores.

    python benchmarks/sweep_on_cores.py [--quick]

The workload of `two_qubits_against_qutip.py` in one `qt.sweep`, in processes of their own: on one core with one
device; on two cores with two host devices (XLA_FLAGS=--xla_force_host_platform_device_count=2), which `qt.sweep` uses
by itself; with eight devices, which must not hang; with one device whose operations XLA may spread over both cores;
and two processes beside each other, each with a core of its own, which is what the machine allows. Compilation is left
out: the time of a short sweep is subtracted from that of a long one. Needs a system with `os.sched_setaffinity`.
"""

import argparse
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

HERE = Path(__file__).parent
WORK = """
    import json, os, sys
    os.sched_setaffinity(0, {cores})
    sys.path.insert(0, {here!r})
    from two_qubits_against_qutip import swept

    short, long = swept({short}), swept({long})
    print(json.dumps((long - short) / ({long} - {short})))
"""


def start(cores: set[int], devices: int, short: int, long: int) -> subprocess.Popen[str]:
    """A process that prints the seconds a point takes on these cores."""
    code = textwrap.dedent(WORK).format(cores=cores, here=str(HERE), short=short, long=long)
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "XLA_FLAGS": flags}, stdout=subprocess.PIPE, text=True
    )


def seconds(running: subprocess.Popen[str]) -> float:
    """What it prints; a hang is an error."""
    out, _ = running.communicate(timeout=1200)
    return float(json.loads(out))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer points")
    short, long = (20_000, 500_000) if parser.parse_args().quick else (100_000, 3_000_000)
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        raise SystemExit("This needs two cores.")
    first, second = ({core} for core in available[:2])
    both = first | second
    alone = seconds(start(first, 1, short, long))
    print(f"one core, one device: {1e6 * alone:.2f} us a point", flush=True)
    for label, cores, devices in (
        ("two cores, two devices", both, 2),
        ("two cores, eight devices", both, 8),
        ("two cores, one device", both, 1),
    ):
        point = seconds(start(cores, devices, short, long))
        print(f"{label}: {1e6 * point:.2f} us a point, {alone / point:.2f} times one core", flush=True)
    pair = [start(core, 1, short, long) for core in (first, second)]
    slower = max(seconds(running) for running in pair)
    print(f"two processes, a core each: {2 * alone / slower:.2f} times one core", flush=True)


if __name__ == "__main__":
    main()
