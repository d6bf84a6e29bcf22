"""Show how far long work has come: with rich, plainly without it, not at all off a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TextIO

__all__ = ["progress"]

Tell = Callable[[int, int], None]


@contextmanager
def progress(label: str, stream: TextIO | None = None) -> Generator[Tell | None, None, None]:
    """Give what is to be told done and total; None where nobody would see it.

    Only the error stream is written to, so that output can be piped.
    """
    out = sys.stderr if stream is None else stream
    if not out.isatty():
        yield None
    elif find_spec("rich") is not None:
        with _rich(label, out) as tell:
            yield tell
    else:
        with _plain(label, out) as tell:
            yield tell


@contextmanager
def _plain(label: str, out: TextIO) -> Generator[Tell, None, None]:
    shown = -1

    def tell(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // total if total else 100
        if percent != shown:
            shown = percent
            out.write(f"\r{label} {percent:3d} %")
            out.flush()

    try:
        yield tell
    finally:
        out.write("\r" + " " * (len(label) + 6) + "\r")
        out.flush()


@contextmanager
def _rich(label: str, out: TextIO) -> Generator[Tell, None, None]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=out), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell
