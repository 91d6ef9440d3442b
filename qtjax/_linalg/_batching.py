"""LAPACK under `vmap`, in chunks.

On a machine with few cores, two large batches of LAPACK calls in one program can each wait for threads that the
other holds, for ever. A batch in small chunks is not split over threads, so it cannot; it is not slower either.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

_CHUNK = 64


def in_chunks(function: Callable[..., Any], chunk: int = _CHUNK) -> Callable[..., Any]:
    """`function` of arrays, batched in chunks under `vmap`. Its inputs must carry no derivatives.

    In chunks of 1 it is not batched at all, so that its branches stay branches.
    """

    @jax.custom_batching.custom_vmap
    def call(*args):
        return function(*args)

    @call.def_vmap
    def _(axis_size, in_batched, *args):
        spare = -axis_size % chunk if axis_size > chunk else 0

        def chunked(x, batched):
            if not batched:
                x = jnp.broadcast_to(x, (axis_size, *x.shape))
            x = jnp.concatenate([x, jnp.broadcast_to(x[:1], (spare, *x.shape[1:]))])
            return x.reshape(-1, min(axis_size, chunk), *x.shape[1:])

        chunks = [chunked(x, b) for x, b in zip(args, in_batched, strict=True)]
        result = jax.lax.map(one if chunk == 1 else many, chunks)
        flat = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:])[:axis_size], result)
        return flat, jax.tree.map(lambda _: True, flat)

    def many(args):
        return jax.vmap(function)(*args)

    def one(args):
        return jax.tree.map(lambda x: x[None], function(*(x[0] for x in args)))

    @wraps(function)
    def wrapped(*args):
        return call(*jax.lax.stop_gradient(args))

    return wrapped


@jax.custom_batching.custom_vmap
def largest_of_batch(x: Array) -> Array:
    """x; under `vmap` the largest of the batch, without an axis of its own, so that branches on it stay branches."""
    return x


@largest_of_batch.def_vmap
def _(axis_size, in_batched, x):
    return largest_of_batch(jnp.max(x, axis=0)), False


eigh = in_chunks(lambda matrix: tuple(jnp.linalg.eigh(matrix)))
eig = in_chunks(lambda matrix: tuple(jnp.linalg.eig(matrix)))
eigvals = in_chunks(jnp.linalg.eigvals)
eigvalsh = in_chunks(jnp.linalg.eigvalsh)
svd = in_chunks(lambda matrix: tuple(jnp.linalg.svd(matrix)))
