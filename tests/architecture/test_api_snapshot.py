"""The public names: a change of one is announced, or it fails here."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tools.api_snapshot import SNAPSHOT, snapshot


def test_public_names_match_the_snapshot_when_read_from_source() -> None:
    """Every public name has the signature that docs/reference/api-snapshot.txt records."""
    recorded = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    diff = difflib.unified_diff(recorded, snapshot().splitlines(), "recorded", "now", lineterm="")
    changes = "\n".join(diff)
    assert changes == "", (
        f"public names changed; if meant, add a fragment and run `make api`:\n{changes}"
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a source folder with a package of the same name and one private module."""
    folder = tmp_path / "itsm_core"
    folder.mkdir()
    (folder / "__init__.py").write_text("from itsm_core._parts import Thing\n__all__ = ['Thing']\n")
    (folder / "_parts.py").write_text(
        "class Thing:\n    size: int = 1\n    def grow(self, by: int = 2) -> int: ...\n"
        "    def _hidden(self) -> None: ...\n"
    )
    return tmp_path


def test_snapshot_shows_a_renamed_parameter_when_taken_again(package: Path) -> None:
    """The name of a parameter is part of the signature."""
    before = snapshot(package)
    parts = package / "itsm_core" / "_parts.py"
    parts.write_text(parts.read_text().replace("by: int", "amount: int"))
    assert "def grow(by: int = 2) -> int" in before
    assert "def grow(amount: int = 2) -> int" in snapshot(package)


def test_snapshot_leaves_out_private_names_when_taken(package: Path) -> None:
    """A name that starts with `_` may change without notice."""
    taken = snapshot(package)
    assert "_hidden" not in taken
    assert "_parts" not in taken
