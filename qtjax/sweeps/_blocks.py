"""The grid of a sweep cut into blocks: boxes of neighbouring points that are solved, written and resumed as one."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from ._axes import Axis

# A sweep has about this many blocks, for progress and for resuming, unless they would hold more than _LARGEST batches.
_BLOCKS, _LARGEST = 64, 64


class Blocks(NamedTuple):
    """The sizes of the whole grid and of one block along each axis; the last block along an axis may be smaller."""

    grid: tuple[int, ...]
    block: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of blocks along each axis."""
        return tuple(-(-n // b) for n, b in zip(self.grid, self.block, strict=True))

    def __len__(self) -> int:
        return math.prod(self.counts)

    def box(self, index: int) -> tuple[slice, ...]:
        """Where block `index`, in C order, lies in the grid."""
        corner = np.unravel_index(index, self.counts)
        return tuple(
            slice(int(i) * b, min((int(i) + 1) * b, n)) for i, b, n in zip(corner, self.block, self.grid, strict=True)
        )

    def shape(self, index: int) -> tuple[int, ...]:
        """The sizes of block `index`."""
        return tuple(s.stop - s.start for s in self.box(index))

    def points(self, index: int, axes: tuple[Axis, ...]) -> list[np.ndarray]:
        """The parameters at the points of a block, one column (points,) for each axis, in C order."""
        values = [axis.values[s] for axis, s in zip(axes, self.box(index), strict=True)]
        return [column.ravel() for column in np.meshgrid(*values, indexing="ij")]


def blocks_of(grid: tuple[int, ...], batch: int) -> Blocks:
    """Blocks of at most _LARGEST batches, about _BLOCKS in all: whole trailing axes, then a part of the next."""
    room = max(batch, min(_LARGEST * batch, -(-math.prod(grid) // _BLOCKS)))
    block = []
    for length in reversed(grid):
        pieces = -(-length // max(room, 1))
        block.append(-(-length // pieces))  # pieces of nearly one size, so that little is filled up
        room //= block[-1]
    return Blocks(grid, tuple(reversed(block)))


def largest(blocks: Blocks) -> int:
    """The number of points of a full block."""
    return math.prod(itertools.starmap(min, zip(blocks.block, blocks.grid, strict=True)))
