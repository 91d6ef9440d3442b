"""python -m qtjax: list the reproduced papers;  python -m qtjax NAME: rebuild one, figures and claims."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qtjax",
        description="Rebuild the figures of a paper and test its claims. Without a name: list the papers.",
    )
    parser.add_argument("name", nargs="?", help="the paper, for instance gonzalez2017")
    parser.add_argument("--out", type=Path, help="where the figures go (default: ./figures/NAME)")
    parser.add_argument("--quick", action="store_true", help="fewer points, and only the claims that compile fast")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, or 2 for an unknown paper."""
    from .papers import PAPERS

    options = _parser().parse_args(arguments)
    if options.name is None:
        print("Reproduced papers (python -m qtjax NAME [--out DIR] [--quick]):\n")
        for name in PAPERS:
            print(f"  {name:<14} {PAPERS.title(name)}")
        return 0
    if options.name not in PAPERS:
        print(f"There is no paper {options.name!r}. Reproduced are: {', '.join(PAPERS)}.", file=sys.stderr)
        return 2
    return _reproduce(options.name, options.out or Path("figures") / options.name, options.quick)


def _reproduce(name: str, directory: Path, quick: bool) -> int:
    start = time.perf_counter()
    import jax
    import matplotlib
    from tqdm import tqdm

    jax.config.update("jax_enable_x64", True)
    matplotlib.use("Agg")
    from .papers import PAPERS
    from .papers._report import Claim, table

    paper = PAPERS[name]
    files: list[Path] = []
    claims: list[Claim] = []
    bar = tqdm(paper.steps(directory, quick=quick).items(), unit="step")
    for label, step in bar:
        bar.set_description(label)
        for result in step():
            if isinstance(result, Claim):
                claims.append(result)
            else:
                files.append(result)
    print(f"\n{paper.TITLE}\n\n{table(claims)}\n")
    for path in files:
        print(f"wrote {path}")
    print(f"took {time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
