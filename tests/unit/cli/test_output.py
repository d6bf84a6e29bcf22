"""Results are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from itsm_core.cli._output import Outputs
from itsm_core.errors import InvalidValue


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_outputs_appear_when_everything_succeeded(tmp_path: Path) -> None:
    """Nothing is visible before the end of the block."""
    with Outputs.open() as outputs:
        outputs.reserve(tmp_path / "a.txt", "--a")
        outputs.write(tmp_path / "a.txt", "new\n")
        assert not (tmp_path / "a.txt").exists()
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"new\n"


def test_outputs_leave_the_old_file_when_something_fails(tmp_path: Path) -> None:
    """A failed run changes nothing and leaves nothing behind."""
    (tmp_path / "a.txt").write_text("old")

    def fail() -> None:
        with Outputs.open() as outputs:
            outputs.reserve(tmp_path / "a.txt", "--a")
            outputs.write(tmp_path / "a.txt", "new")
            raise InvalidValue("stop")

    with pytest.raises(InvalidValue):
        fail()
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_outputs_leave_nothing_when_a_reserved_file_was_not_written(tmp_path: Path) -> None:
    """A place that was kept and not used stays empty."""
    with Outputs.open() as outputs:
        outputs.reserve(tmp_path / "a.txt", "--a")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "new", "words"),
    [
        ("none/a.txt", False, "cannot be written"),
        ("folder", False, "is a folder"),
        ("there.txt", True, "exists"),
    ],
)
def test_outputs_refuse_early_when_the_place_is_unusable(
    tmp_path: Path, name: str, new: bool, words: str
) -> None:
    """What would fail in the end is refused before the work."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "there.txt").touch()
    with pytest.raises(InvalidValue, match=words):
        Outputs().reserve(tmp_path / name, "--a", new=new)


def test_outputs_refuse_when_two_have_one_name(tmp_path: Path) -> None:
    """One of them would be lost."""
    outputs = Outputs()
    outputs.reserve(tmp_path / "a", "--a")
    with pytest.raises(InvalidValue, match="one name"):
        outputs.reserve(tmp_path / "a", "--b")


def test_outputs_say_why_when_writing_fails(tmp_path: Path) -> None:
    """The operating system's reason is in the message."""
    outputs = Outputs()
    outputs.reserve(tmp_path / "a", "--a").mkdir()
    with pytest.raises(InvalidValue, match="the file cannot be written"):
        outputs.write(tmp_path / "a", "text")
