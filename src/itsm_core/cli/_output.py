"""Write results: all of them complete, or none; and say things to whoever still listens."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

import attrs

from itsm_core.errors import InvalidValue

__all__ = ["Outputs", "harmless", "say", "tell_written"]

_LONGEST_MESSAGE = 20_000


@attrs.define
class Outputs:
    """Gather files beside their places, and put them there when everything has succeeded.

    A file that exists is replaced in one step by the finished one; until then it is untouched. A
    symbolic link stays one: what it leads to is replaced.
    """

    parts: dict[Path, Path] = attrs.field(factory=dict)
    inputs: Mapping[str, Path] = attrs.field(factory=dict[str, Path])

    @classmethod
    @contextmanager
    def open(cls, inputs: Mapping[str, Path] | None = None) -> Generator[Outputs, None, None]:
        """Publish all files at the end of the block, or remove them if it fails.

        `inputs` are the files that are read, by what they are ("the log"): no output may be one
        of them, by whatever name or link.

        Raises:
            InvalidValue: a reserved file was not written, or cannot be put in its place.
        """
        outputs = cls(inputs=inputs or {})
        try:
            yield outputs
            outputs._publish()
        finally:
            outputs._clear()

    def reserve(self, path: Path, option: str, *, new: bool = False) -> Path:
        """Return where to write what will be `path`; refuse now what would fail in the end.

        Raises:
            InvalidValue: `path` is one of the inputs, a folder, a device, given twice, or exists
                although it must be `new`; its name is too long; or its folder is missing or
                closed to us.
        """
        kind = _kind(path, option)
        for what, known in self.inputs.items():
            if _is_same(path, known):
                remedy = f"it would destroy {what} ({known}); name another file"
                raise InvalidValue(f"{option} is {what}", str(path), remedy)
        target = path.resolve()
        folder = target.parent
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            remedy = "name a file in a folder that exists and can be written to"
            raise InvalidValue(f"{option} cannot be written", str(path), remedy)
        if stat.S_ISDIR(kind):
            raise InvalidValue(f"{option} is a folder", str(path), "name a file in it")
        if new:
            _refuse_old(path, option, exists=bool(kind))
        if kind and not stat.S_ISREG(kind):
            remedy = "name a plain file: a pipe or a device cannot be replaced by a finished one"
            raise InvalidValue(f"{option} is not a file", str(path), remedy)
        if any(_is_same(path, known) for known in self.parts):
            raise InvalidValue("two outputs have one name", str(path), "give each its own file")
        # Short, so that it fits wherever the name itself does; random, so that it is nobody's.
        part = folder / f".itsm-core-{token_hex(4)}.part"
        self.parts[path] = part
        return part

    def write(self, path: Path, text: str) -> None:
        """Write a reserved text file; what UTF-8 cannot hold, a lone surrogate, becomes "?"."""
        part = self.parts[path]
        try:
            part.write_text(text, encoding="utf-8", newline="\n", errors="replace")
        except OSError as error:
            what = f"the file cannot be written: {error.strerror}"
            raise InvalidValue(what, str(path), "free some space, or name another file") from error

    def _publish(self) -> None:
        for path, part in self.parts.items():
            if not part.exists():
                raise InvalidValue("the file was not written", str(path), "run it once more")
        done: list[str] = []
        for path, part in self.parts.items():
            try:
                part.replace(path.resolve())
            except OSError as error:
                what = f"the file cannot be put in its place: {error.strerror}"
                written = f"; already written: {', '.join(done)}" if done else ""
                raise InvalidValue(what, str(path), f"name another file{written}") from error
            done.append(str(path))

    def _clear(self) -> None:
        for part in self.parts.values():
            # SQLite leaves these beside its file if it was not closed.
            for suffix in ("", "-wal", "-shm", "-journal"):
                part.with_name(part.name + suffix).unlink(missing_ok=True)


def _kind(path: Path, option: str) -> int:
    """Return the mode of the file to which a path leads, 0 if there is none yet.

    Raises:
        InvalidValue: the system does not take the path: too long, a circle of links, no access.
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        remedy = "name a file in a folder that exists and can be written to"
        raise InvalidValue(f"{option} cannot be written: {reason}", str(path), remedy) from error


def _refuse_old(path: Path, option: str, *, exists: bool) -> None:
    """Refuse a store that exists, or whose name leaves no room for SQLite's files beside it.

    Raises:
        InvalidValue: as told.
    """
    if exists:
        remedy = "name a new file; an existing store is never written over"
        raise InvalidValue(f"{option} exists", str(path), remedy)
    for suffix in ("-wal", "-shm", "-journal"):
        if _kind(path.with_name(path.name + suffix), option):
            remedy = f"{path.name + suffix} is beside it, left by another store; name a new file"
            raise InvalidValue(f"{option} was a store before", str(path), remedy)


def _is_same(one: Path, other: Path) -> bool:
    """Return whether two paths lead to one file: by name, relative path, symbolic or hard link."""
    try:
        return one.resolve() == other.resolve() or one.samefile(other)
    except (OSError, RuntimeError):  # one of them does not exist, or goes in circles
        return False


def say(text: str, *, end: str = "\n") -> None:
    """Print and flush; go on in silence where the reader has gone, as `| head` does.

    What the terminal's encoding lacks becomes "?".

    Raises:
        InvalidValue: the output stream refuses for another reason: the disk is full.
    """
    try:
        try:
            print(text, end=end, flush=True)
        except UnicodeEncodeError:
            encoding = sys.stdout.encoding or "ascii"
            safe = text.encode(encoding, "replace").decode(encoding)
            print(safe, end=end, flush=True)
    except BrokenPipeError:
        _silence()
    except OSError as error:
        _silence()
        remedy = "send the output to a place that takes it"
        raise InvalidValue("the result cannot be printed", error.strerror, remedy) from error


def tell_written(paths: Iterable[Path | None]) -> None:
    """Name the files that are there now."""
    with suppress(InvalidValue):  # they are published: that nobody can be told makes nothing wrong
        for path in paths:
            if path is not None:
                say(f"written: {path}")


def _silence() -> None:
    """Let the output stream lead nowhere: what it still holds would fail once more at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def harmless(text: str) -> str:
    """Return a message, bounded and without what a terminal would obey."""
    shown = "".join(
        mark if mark.isprintable() or mark == "\n" else repr(mark)[1:-1]
        for mark in text[:_LONGEST_MESSAGE]
    )
    more = len(text) - _LONGEST_MESSAGE
    return shown + (f"… ({more:,} more characters)" if more > 0 else "")
