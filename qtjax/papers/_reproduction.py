"""The work of reproducing a paper: its figures and its groups of claims, in named pieces."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._report import Claim, save


@dataclass(frozen=True)
class Reproduction:
    """What a paper's module offers: `steps`, `figures` and `claims` of its drawings and claims.

    drawings: name -> function of `quick` that draws a figure; groups: name -> function of `quick` that tests claims.
    """

    drawings: Mapping[str, Callable[[bool], Any]]
    groups: Mapping[str, Callable[[bool], Sequence[Claim]]]

    def steps(self, directory: str | Path, *, quick: bool = False) -> dict[str, Callable[[], Sequence[Path | Claim]]]:
        """The work in named pieces, each returning the files it wrote or the claims it tested."""
        drawing = {name: functools.partial(self._draw, directory, name, quick) for name in self.drawings}
        return {**drawing, **{name: functools.partial(group, quick) for name, group in self.groups.items()}}

    def figures(self, directory: str | Path, quick: bool = False) -> list[Path]:
        """Write every figure as PNG into the directory, and return the files."""
        return [path for name in self.drawings for path in self._draw(directory, name, quick)]

    def claims(self, quick: bool = False) -> list[Claim]:
        """Test every claim of the paper; quick leaves out what compiles longest."""
        return [claim for group in self.groups.values() for claim in group(quick)]

    def _draw(self, directory: str | Path, name: str, quick: bool) -> list[Path]:
        return [save(self.drawings[name](quick), directory, name)]
