"""The README is a test: its blocks run, and print what it says."""

import contextlib
import io
import re
from pathlib import Path

import jax

import qtjax as qt

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", README, flags=re.DOTALL)


def test_code_blocks_print_what_they_say():
    assert len(BLOCKS) >= 3
    scope: dict[str, object] = {}
    for code, expected in BLOCKS:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), scope)
        if expected:
            assert printed.getvalue() == expected


def test_two_set_up_lines():
    lines = re.findall(r"^python3 .*$", README, flags=re.MULTILINE)
    assert len(lines) == 2
    assert lines[0].endswith("-m qtjax gonzalez2017")
    assert lines[1].endswith("-m pytest -n 2 --dist loadfile")


def test_every_name_it_uses_exists():
    for name in set(re.findall(r"\bqt\.([A-Za-z_]\w*)", README)):
        assert hasattr(qt, name), name
    assert jax.config.jax_enable_x64
