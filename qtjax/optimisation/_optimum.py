"""What a maximisation returns, and what it goes on from."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PyTree

from .._checks import is_concrete
from .._display import tree
from .._typing import Scalar
from ._ranges import Range


class Search(eqx.Module):
    """Where the starts stand; arrays have a leading axis over them."""

    position: PyTree  # coordinates, in the structure of free(system)
    state: PyTree  # of the optimiser
    best: PyTree  # coordinates of the best point; those of the given system before there is one
    value: Float[Array, "*starts"]  # there; -inf before there is one
    gradient: Float[Array, "*starts"]  # its norm there


class Optimum(eqx.Module):
    """The best system that `qt.maximise` found, and how it got there.

    A pytree of arrays, which `qt.maximise` takes in place of the system, to go on from where this one stopped.
    """

    system: Any  # in the structure of the one given
    value: Scalar  # of the objective there
    history: Float[Array, "starts steps"]  # the objective at every step; NaN where it or its gradient is not finite
    values: Float[Array, " starts"]  # the best of every start; NaN where none was finite
    candidates: PyTree  # free(system) at the best point of every start, arrays with a leading axis over starts
    gradients: Float[Array, " starts"]  # there, norms of the objective's gradient by the unbounded coordinates
    at_bounds: PyTree  # in the structure of free(system): -1 within 0.1 % of the lower bound, 1 of the upper, else 0
    moved_inside: Array  # whether numbers of the given system lay at or beyond a bound
    ranges: tuple[Range, ...]
    search: Search

    @property
    def start(self) -> Int[Array, ""]:
        """Which start won; 0 is the given system."""
        return jnp.argmax(self.search.value)

    def _free(self) -> PyTree:
        """free(system) of the best."""
        return jax.tree.map(lambda x: x[self.start], self.candidates)

    def _late(self, steps: int) -> float:
        """What the last steps of the start that won added, relative to the value; NaN where they are all there is."""
        before = np.asarray(self.history[self.start])[:-steps]
        known = before[np.isfinite(before)]
        return (float(self.value) - known.max()) / abs(float(self.value)) if known.size and self.value else np.nan

    def __repr__(self) -> str:
        if not is_concrete(self.value) or self.value.ndim:
            return f"Optimum(value={self.value})"
        (starts, steps), begin, end = self.history.shape, float(self.history[0, 0]), float(self.value)
        gain = f", x {end / begin:.4g}" if min(begin, end) > 0 else ""
        agreeing = int(np.sum(np.abs(self.values - end) <= 1e-6 * abs(end)))
        sides = [
            f"{jax.tree_util.keystr(path) or 'free'} ({'upper' if side > 0 else 'lower'})"
            for path, array in jax.tree_util.tree_leaves_with_path(self.at_bounds)
            for side in np.unique(array[array != 0])
        ]
        late = -(-steps // 10)
        failed = int(np.sum(np.isnan(self.values)))
        return (
            f"Optimum(value={end:.9g} (at the first point {begin:.9g}{gain}) at {tree(self._free())}; "
            f"gradient={float(self.gradients[self.start]):.2g}; {steps} steps, the last {late} gained "
            f"{self._late(late):.1g} of the value; "
            f"start {int(self.start)} of {starts}, {agreeing} within 1e-6; "
            f"at bounds: {', '.join(sides) or 'none'}"
            + (f"; {failed} starts without any finite value" if failed else "")
            + ("; given numbers were moved inside the bounds)" if self.moved_inside else ")")
        )
