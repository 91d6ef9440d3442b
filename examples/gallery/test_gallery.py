"""Every example runs in its quick mode, and draws the picture that the gallery shows.

    python -m pytest -n 2 examples

Pictures are made anew by `python examples/NAME.py --quick --out examples/gallery`.
"""

import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

GALLERY = Path(__file__).parent
EXAMPLES = sorted(GALLERY.parent.glob("*.py"))
# Of the smallest rectangle in which pictures are compared, pixels, and of how far its mean of white = 1 may be off:
# less than a line that moves by its own width, more than another version's smoothing of letters.
PATCH, TOLERANCE = 10, 0.06


def picture(path):
    """The means of the patches of a picture in grey."""
    pixels = plt.imread(path)[..., :3].mean(axis=-1)
    rows, columns = (n // PATCH for n in pixels.shape)
    return pixels[: rows * PATCH, : columns * PATCH].reshape(rows, PATCH, columns, PATCH).mean(axis=(1, 3))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_picture_is_what_the_example_draws(example, tmp_path):
    command = [sys.executable, example, "--quick", "--out", tmp_path]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    shown, drawn = (picture(folder / f"{example.stem}.png") for folder in (GALLERY, tmp_path))
    assert shown.shape == drawn.shape
    off = np.abs(shown - drawn)
    assert off.max() < TOLERANCE, f"off by {off.max():.2f} at row, column {np.unravel_index(off.argmax(), off.shape)}"
