"""Write results: all of them complete, or none."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import attrs

from itsm_core.errors import InvalidValue

__all__ = ["Outputs"]


@attrs.define
class Outputs:
    """Gather files beside their places, and put them there when everything has succeeded.

    A file that exists is replaced in one step by the finished one; until then it is untouched.
    """

    parts: dict[Path, Path] = attrs.field(factory=dict)

    @classmethod
    @contextmanager
    def open(cls) -> Generator[Outputs, None, None]:
        """Publish all files at the end of the block, or remove them if it fails."""
        outputs = cls()
        try:
            yield outputs
            outputs._publish()
        finally:
            outputs._clear()

    def reserve(self, path: Path, option: str, *, new: bool = False) -> Path:
        """Return where to write what will be `path`; refuse now what would fail in the end.

        Raises:
            InvalidValue: the folder is missing or closed to us, `path` is a folder, is given
                twice, or exists although it must be `new`.
        """
        folder = path.parent
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            remedy = "name a file in a folder that exists and can be written to"
            raise InvalidValue(f"{option} cannot be written", str(path), remedy)
        if path.is_dir():
            raise InvalidValue(f"{option} is a folder", str(path), "name a file in it")
        if new and path.exists():
            remedy = "name a new file; an existing store is never written over"
            raise InvalidValue(f"{option} exists", str(path), remedy)
        if path.absolute() in {known.absolute() for known in self.parts}:
            raise InvalidValue("two outputs have one name", str(path), "give each its own file")
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self.parts[path] = part
        return part

    def write(self, path: Path, text: str) -> None:
        """Write a reserved text file."""
        part = self.parts[path]
        try:
            part.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            what = f"the file cannot be written: {error.strerror}"
            raise InvalidValue(what, str(path), "free some space, or name another file") from error

    def _publish(self) -> None:
        for path, part in self.parts.items():
            if part.exists():
                part.replace(path)

    def _clear(self) -> None:
        for part in self.parts.values():
            # SQLite leaves these beside its file if it was not closed.
            for suffix in ("", "-wal", "-shm", "-journal"):
                part.with_name(part.name + suffix).unlink(missing_ok=True)
