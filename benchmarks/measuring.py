"""What several of the scripts measure with."""

import time
from collections.abc import Callable
from typing import Any

import jax


def timed(function: Callable[..., Any], *arguments: Any, most: float = 10.0) -> tuple[float, Any]:
    """Seconds of the best of up to five runs, of which none begins after `most` seconds, and the result."""
    times, result = [], None
    while len(times) < 5 and sum(times) < most:
        start = time.perf_counter()
        result = jax.block_until_ready(function(*arguments))
        times.append(time.perf_counter() - start)
    return min(times), result


def compiled(function: Callable[..., Any], *arguments: Any) -> tuple[float, Callable[..., Any]]:
    """Seconds of tracing and compilation, and the program."""
    start = time.perf_counter()
    program = jax.jit(function).lower(*arguments).compile()
    return time.perf_counter() - start, program
