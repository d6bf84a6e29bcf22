"""Results are written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path

import pytest

from itsm_core.cli._output import Outputs, harmless, say, tell_written
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


def test_outputs_refuse_when_a_reserved_file_was_not_written(tmp_path: Path) -> None:
    """Nobody is told that all is well while a file is missing; the others are not published."""

    def forget() -> None:
        with Outputs.open() as outputs:
            outputs.reserve(tmp_path / "a.txt", "--a")
            outputs.write(tmp_path / "a.txt", "text")
            outputs.reserve(tmp_path / "b.txt", "--b")

    with pytest.raises(InvalidValue, match="was not written"):
        forget()
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "new", "words"),
    [
        ("none/a.txt", False, "cannot be written"),
        ("folder", False, "is a folder"),
        ("there.txt", True, "exists"),
        ("pipe", False, "is not a file"),
        ("a" * 300, False, "cannot be written: File name too long"),
        ("a" * 250, True, "cannot be written: File name too long"),
        ("circle", False, "cannot be written"),
        ("nul\0", False, "cannot be written"),
        ("old.db", True, "was a store before"),
    ],
)
def test_outputs_refuse_early_when_the_place_is_unusable(
    tmp_path: Path, name: str, new: bool, words: str
) -> None:
    """What would fail in the end is refused before the work."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "there.txt").touch()
    (tmp_path / "old.db-wal").touch()
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    os.mkfifo(tmp_path / "pipe")
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


def test_outputs_refuse_when_one_is_an_input_by_any_name(tmp_path: Path) -> None:
    """The same name, a relative path, a symbolic link and a hard link all lead to the log."""
    log = tmp_path / "log.csv"
    log.write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "soft").symlink_to(log)
    (tmp_path / "hard").hardlink_to(log)
    (tmp_path / "linked").symlink_to(tmp_path, target_is_directory=True)
    outputs = Outputs(inputs={"the log": log})
    for name in ("log.csv", "folder/../log.csv", "soft", "hard", "linked/log.csv"):
        with pytest.raises(InvalidValue, match="--report is the log"):
            outputs.reserve(tmp_path / name, "--report")
    assert log.read_text() == "mine"


def test_outputs_refuse_when_two_lead_to_one_file(tmp_path: Path) -> None:
    """Another spelling of the path is the same file."""
    (tmp_path / "folder").mkdir()
    outputs = Outputs()
    outputs.reserve(tmp_path / "a", "--a")
    with pytest.raises(InvalidValue, match="one name"):
        outputs.reserve(tmp_path / "folder" / ".." / "a", "--b")


@pytest.mark.parametrize("name", ["a" * 255, "ä" * 127])
def test_outputs_write_when_a_name_is_as_long_as_names_may_be(tmp_path: Path, name: str) -> None:
    """The unfinished file has a short name of its own."""
    with Outputs.open() as outputs:
        outputs.reserve(tmp_path / name, "--a")
        outputs.write(tmp_path / name, "text")
    assert names(tmp_path) == [name]


def test_outputs_follow_when_the_place_is_a_link(tmp_path: Path) -> None:
    """The link stays, and what it leads to is replaced, in its own folder."""
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real.txt").write_text("old")
    link = tmp_path / "link.txt"
    link.symlink_to(Path("far") / "real.txt")
    with Outputs.open() as outputs:
        part = outputs.reserve(link, "--a")
        outputs.write(link, "new")
    assert part.parent == tmp_path / "far"
    assert link.is_symlink()
    assert (tmp_path / "far" / "real.txt").read_text() == "new"


def test_outputs_say_why_when_publishing_fails(tmp_path: Path) -> None:
    """A folder that appeared in the meantime is a typed error."""

    def collide() -> None:
        with Outputs.open() as outputs:
            outputs.reserve(tmp_path / "a", "--a")
            outputs.write(tmp_path / "a", "text")
            (tmp_path / "a").mkdir()

    with pytest.raises(InvalidValue, match="cannot be put in its place"):
        collide()


class Stream(io.TextIOWrapper):
    """A stream onto a device that fails; its file number leads to a spare one."""

    def __init__(self, folder: Path, error: int) -> None:
        """Fail with this number of an error."""
        self.spare = (folder / "spare").open("wb")
        self.error = error
        super().__init__(self.spare, encoding="ascii")

    def write(self, _text: str, /) -> int:
        """Fail as the device does."""
        raise OSError(self.error, os.strerror(self.error))


def test_say_goes_on_in_silence_when_the_reader_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`itsm-core ... | head` is no error, and no reason not to write the files."""
    with Stream(tmp_path, errno.EPIPE) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        say("text")
        os.write(stream.fileno(), b"lost")
    assert (tmp_path / "spare").read_bytes() == b""


def test_say_refuses_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other reason is a typed error."""
    with Stream(tmp_path, errno.ENOSPC) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(InvalidValue, match="cannot be printed"):
            say("text")


def test_tell_written_is_content_when_nobody_can_be_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are there."""
    with Stream(tmp_path, errno.ENOSPC) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        tell_written([tmp_path, None])


def test_say_replaces_when_the_encoding_lacks_a_character(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of the last century shows what it can."""
    data = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(data, encoding="ascii"))
    say("São")
    assert data.getvalue() == b"S?o\n"


def test_harmless_shows_escapes_when_a_message_has_them() -> None:
    """A terminal obeys nothing that came with a file."""
    assert harmless("a\x1b[31m\u202e\nb") == "a\\x1b[31m\\u202e\nb"


def test_harmless_bounds_when_a_message_is_long() -> None:
    """The rest is counted."""
    assert harmless("a" * 20_010).endswith("a… (10 more characters)")
