"""What the quick run of every reproduced paper has to give."""

import re
from collections.abc import Mapping
from pathlib import Path

import matplotlib

from qtjax.papers import PAPERS
from qtjax.papers._report import Claim


def check_quick_run(name: str, directory: Path, figures: set[str], verdicts: Mapping[str, str]) -> dict[str, Claim]:
    """Run the paper; these figures, these verdicts by the start of a claim, no others, no NaN. Returns the claims."""
    matplotlib.use("Agg")
    steps = PAPERS[name].steps(directory, quick=True)
    results = [result for step in steps.values() for result in step()]
    files = [result for result in results if isinstance(result, Path)]
    assert {path.stem for path in files} == figures
    assert all(path.stat().st_size > 20_000 for path in files)
    claims = {result.claim: result for result in results if isinstance(result, Claim)}
    for start, verdict in verdicts.items():
        (found,) = [claim for title, claim in claims.items() if re.match(rf"{re.escape(start)}(?!\w)", title)]
        assert found.verdict == verdict, found
    assert len(claims) == len(verdicts)
    assert not any(re.search(r"\bnan\b", claim.found) for claim in claims.values())
    return claims
