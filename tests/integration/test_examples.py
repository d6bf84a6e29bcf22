"""The examples: each runs as a user would run it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("[0-9]*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_ends_well_when_run_in_an_empty_folder(example: Path, tmp_path: Path) -> None:
    """An example prints something, complains about nothing and needs no file of its own."""
    command = [sys.executable, "-W", "error", str(example)]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_examples_are_there_when_listed() -> None:
    """The test above ran something."""
    assert EXAMPLES
