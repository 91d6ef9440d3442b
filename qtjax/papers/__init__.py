"""Reproduced papers: builders of their systems to start from, their figures, and what became of their claims.

    from qtjax.papers import PAPERS
    paper = PAPERS["gonzalez2017"]          # the module, imported here and not before
    paper.figures("figures"), paper.claims()

Every paper is a module with a `TITLE` and three functions: `steps(directory, quick=)`, the work in named
pieces for a progress bar, `figures(directory, quick=)` and `claims(quick=)`. From the shell:
`python -m qtjax gonzalez2017`.
"""

import importlib
from collections.abc import Iterator, Mapping
from types import ModuleType

_TITLES = {
    "gonzalez2017": "González et al. 2017: local and global master equations against the exact two-node wire",
    "levy2014": "Levy and Kosloff 2014: the second law under local and global equations, oscillators and qubits",
    "malouf2019": "Malouf et al. 2019: Wigner entropy production of lattices, and the cost of diffusive transport",
    "scali2021": "Scali, Anders and Correa 2021: exceptional points and transients, local, global, Redfield and exact",
    "zhang2025": "Zhang, Liu and Yu 2025: negative differential thermal conductance of two coupled qubits",
}


class _Registry(Mapping[str, ModuleType]):
    """name -> module of the paper, imported when asked for."""

    def __getitem__(self, name: str) -> ModuleType:
        if name not in _TITLES:
            raise KeyError(f"There is no paper {name!r}. Reproduced are: {', '.join(_TITLES)}.")
        return importlib.import_module(f"{__name__}.{name}")

    def __iter__(self) -> Iterator[str]:
        return iter(_TITLES)

    def __len__(self) -> int:
        return len(_TITLES)

    def __contains__(self, name: object) -> bool:
        return name in _TITLES

    def title(self, name: str) -> str:
        """One line about a paper, without importing it."""
        return _TITLES[name]

    def __repr__(self) -> str:
        return f"PAPERS({', '.join(_TITLES)})"


PAPERS = _Registry()
