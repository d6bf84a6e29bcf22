"""Write a text file as this package does everywhere: UTF-8, LF, and typed errors."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from itsm_core.errors import LogError

__all__ = ["writing"]


@contextmanager
def writing(path: str | Path) -> Generator[TextIO, None, None]:
    """Open a file to be written anew.

    Raises:
        LogError: it cannot be opened, or the disk is full.
    """
    target = Path(path)
    try:
        with target.open("w", encoding="utf-8", newline="\n") as out:
            yield out
    except OSError as error:
        what = f"the file cannot be written: {error.strerror or error}"
        remedy = "name a file in a folder that exists and has room"
        raise LogError(what, str(target), None, remedy) from error
