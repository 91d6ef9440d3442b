"""Maps of categories: which description to trust, which regime it is."""

from itertools import cycle
from typing import Any, NamedTuple

import numpy as np

from ._data import listed
from ._style import BLACK, BLUE, DESCRIPTIONS, GREEN, ORANGE, PURPLE, SKY, VERMILION, YELLOW, description_of

_NONE = "#D9D9D9"
_DARK = "#4D4D4D"  # for black, on which ticks would not be seen


class Category(NamedTuple):
    """A value, what it means and its colour."""

    value: float
    meaning: str
    colour: str


def categories_of(array: Any) -> list[Category]:
    """The categories that occur, in the order of their values; none for a variable of quantities.

    Raises ValueError where `flag_values` and `flag_meanings` do not fit, and for more than eight that occur.
    """
    if array.dtype.kind == "b":
        meanings = {0.0: "no", 1.0: "yes"}
    elif "flag_meanings" in array.attrs:
        meanings = _meanings(array)
    else:
        return []
    occur = np.unique(array.values[np.isfinite(array.values)]).astype(float)
    unknown = [f"{value:g}" for value in occur if value not in meanings]
    if unknown:
        raise ValueError(
            f"The variable {array.name!r} holds {listed(unknown)}, of which its `flag_values`, "
            f"{listed([f'{value:g}' for value in meanings])}, do not tell the meaning."
        )
    # Colours by all the meanings, so that the same one means the same in every map of a variable.
    colours = _colours(list(meanings.values()))
    found = [
        Category(value, meaning, colours[meaning]) for value, meaning in sorted(meanings.items()) if value in occur
    ]
    if len({category.colour for category in found}) < len(found):
        raise ValueError(
            f"The variable {array.name!r} has {len(found)} categories, more than the eight that readers tell apart by "
            "colour. Merge some."
        )
    return found


def _meanings(array: Any) -> dict[float, str]:
    given = array.attrs["flag_meanings"]
    words = given.split() if isinstance(given, str) else [str(word) for word in given]
    values = np.ravel(array.attrs.get("flag_values", np.arange(len(words)))).tolist()
    if len(values) != len(words):
        raise ValueError(
            f"The attributes of {array.name!r} must name every category: `flag_values` has {len(values)} entries, "
            f"`flag_meanings` {len(words)}."
        )
    return {-1.0: "none"} | dict(zip(map(float, values), words, strict=True))


def _colours(meanings: list[str]) -> dict[str, str]:
    """Grey for none; a description's own colour where the meaning is one; else the next that is free."""
    palette = [BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW, _DARK]
    colours = {"none": _NONE}
    for meaning in meanings:
        key = description_of(meaning)
        if key:
            own = DESCRIPTIONS[key]["color"]
            own = _DARK if own == BLACK else own
            if own not in colours.values():
                colours[meaning] = own
    free = cycle([colour for colour in palette if colour not in colours.values()] or palette)
    return {meaning: colours.get(meaning) or next(free) for meaning in ["none", *meanings]}


def draw_categories(axes: Any, cells: list[np.ndarray], values: np.ndarray, categories: list[Category]) -> list[Any]:
    """Cells in the colours of their categories; returns the entries of the legend. The mesh keeps the values."""
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.patches import Patch

    if not categories:
        return []
    known = np.array([category.value for category in categories])
    between = np.concatenate([[known[0] - 1], (known[1:] + known[:-1]) / 2, [known[-1] + 1]])
    axes.pcolormesh(
        *cells,
        np.ma.masked_invalid(values),
        cmap=ListedColormap([category.colour for category in categories]),
        norm=BoundaryNorm(between, len(categories)),
        rasterized=True,
    )
    named = sorted(categories, key=lambda category: category.meaning == "none")
    return [Patch(facecolor=category.colour, label=category.meaning) for category in named]
