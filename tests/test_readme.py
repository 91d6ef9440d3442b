"""The README is a test: its blocks run, and print what it says."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import jax
import pytest

import qtjax as qt

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", README, flags=re.DOTALL)


def test_code_blocks_print_what_they_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # one of them writes a map to a file
    assert len(BLOCKS) >= 10
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


@pytest.mark.slow
def test_code_blocks_have_types(tmp_path):
    """What a user writes after the README is clean in an editor that checks types."""
    (tmp_path / "user.py").write_text("\n".join(code for code, _ in BLOCKS))
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "basic"}')
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
