"""The gallery has every example, with a picture of a size for a page; `examples/gallery` checks what is on it."""

import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
PAGE = (EXAMPLES / "README.md").read_text()
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_every_example_has_its_place(name):
    assert f"({name}.py)" in PAGE
    assert f"(gallery/{name}.png)" in PAGE
    assert 5_000 < (EXAMPLES / "gallery" / f"{name}.png").stat().st_size < 150_000


def test_nothing_else_is_on_the_page():
    assert sorted(re.findall(r"\((\w+)\.py\)", PAGE)) == NAMES
    assert sorted(path.stem for path in (EXAMPLES / "gallery").glob("*.png")) == NAMES
