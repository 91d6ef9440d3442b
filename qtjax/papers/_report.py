"""What every reproduced paper reports: claims with verdicts, and figures of one style."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..plotting._style import (
    BATHS as BATHS,
    BLACK as BLACK,
    BLUE as BLUE,
    GREEN as GREEN,
    GREY as GREY,
    MEASURES as MEASURES,
    ORANGE as ORANGE,
    SKY as SKY,
    VERMILION as VERMILION,
    line as line,
    panel_letter as panel_letter,
    save as save,
    style as style,
)

Verdict = Literal["confirmed", "partly", "not confirmed", "erratum"]


@dataclass(frozen=True)
class Claim:
    """A statement of a paper, and what qtjax computes: `verdict` follows from the numbers in `found`."""

    claim: str
    paper: str
    found: str
    verdict: Verdict


def verdict(holds: bool, partly: bool = False) -> Verdict:
    """confirmed where the claim holds, else partly where the weaker one does, else not confirmed."""
    return "confirmed" if holds else "partly" if partly else "not confirmed"


def numbers(values: Iterable[float], digits: int = 3) -> str:
    """1, 0.5, 2.7e-6: as many significant digits as asked for, powers of ten below 0.01."""
    texts = []
    for value in values:
        plain = value == 0 or 1e-2 <= abs(value) < 1e5
        if plain:
            texts.append(f"{value:.{digits}g}")
        else:
            mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
            mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
            texts.append(f"{mantissa}e{int(exponent)}")
    return ", ".join(texts)


_COLUMNS = (("claim", 28), ("paper", 25), ("found", 38), ("verdict", 13))  # with three gaps of 2: 110


def _short_exponents(text: str) -> str:
    """1.0e-06 as 1.0e-6."""
    return re.sub(r"(?<=[0-9])e([+-])0*(?=[0-9])", lambda found: "e" + found[1].strip("+"), text)


def table(claims: Sequence[Claim]) -> str:
    """The claims as aligned text, 110 columns wide, long cells wrapped, and a count of the verdicts."""
    rule = "  ".join("-" * width for _, width in _COLUMNS)
    lines = ["  ".join(name.ljust(width) for name, width in _COLUMNS).rstrip(), rule]
    for claim in claims:
        cells = [
            [part for part in textwrap.wrap(_short_exponents(getattr(claim, name)), width)] for name, width in _COLUMNS
        ]
        for row in range(max(map(len, cells))):
            parts = [
                (cell[row] if row < len(cell) else "").ljust(width)
                for cell, (_, width) in zip(cells, _COLUMNS, strict=True)
            ]
            lines.append("  ".join(parts).rstrip())
        lines.append(rule)
    found = [claim.verdict for claim in claims]
    counts = ", ".join(f"{found.count(v)} {v}" for v in dict.fromkeys(sorted(found)))
    return "\n".join([*lines, f"{len(claims)} claims: {counts}"])
