"""Writing text files: typed errors where the file system refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from itsm_core.errors import LogError
from itsm_core.interop._texts import writing


def test_text_is_utf_8_with_plain_line_ends_when_written(tmp_path: Path) -> None:
    """The same bytes on every platform."""
    with writing(tmp_path / "a") as out:
        out.write("ä\n")
    assert (tmp_path / "a").read_bytes() == b"\xc3\xa4\n"


def test_writing_is_refused_when_there_is_no_folder(tmp_path: Path) -> None:
    """The path is in the message."""
    with (
        pytest.raises(LogError, match="none/a: the file cannot be written"),
        writing(tmp_path / "none" / "a"),
    ):
        pass
