"""The text of a file, or why it has none that can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from itsm_core.documents._places import Place
from itsm_core.errors import CodecError

MOST_BYTES: Final = 1_000_000
"""A policy is a few kilobytes; a megabyte is a mistake, not a policy."""


class Undecodable(CodecError):
    """Say that a file is not UTF-8, and where."""

    def __init__(self, what: str, where: str, remedy: str, place: Place) -> None:
        super().__init__(what, where, None, remedy)
        self.place = place


def read_text(path: Path, subject: str) -> str:
    """Return the text of a file in UTF-8; `subject` ("policy") begins the messages.

    A byte order mark, which editors on Windows write, is no fault. No more is read than a document
    may have.

    Raises:
        CodecError: the file cannot be read, is not UTF-8 (`Undecodable`) or is larger than a
            megabyte.
    """
    name = f"{subject} {path}"
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise CodecError("the file does not exist", name, None, "check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else error
        what = f"the file cannot be read: {reason}"
        raise CodecError(what, name, None, "give a readable file") from error
    if len(data) > MOST_BYTES:
        remedy = f"a {subject} is a short file; is this the right one?"
        raise CodecError("the file is too large", name, f"over {MOST_BYTES:,} bytes", remedy)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _undecodable(data, error.start, name) from error


def _undecodable(data: bytes, start: int, name: str) -> Undecodable:
    """Return the refusal of bytes that are not UTF-8, at the first that is none."""
    before = data[:start].removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
    what = f"the file is not UTF-8 at line {place.line}, column {place.column}"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        what = "the file is UTF-16, not UTF-8"
    return Undecodable(what, name, "save it as UTF-8", place)
