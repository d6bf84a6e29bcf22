"""The areas of evidence, one module each: what must hold, its target, what was measured.

A module of an area has one function, `points(quick: bool)`, that yields `Point` values as they are
measured; `python -m benchmarks.evidence AREA` finds it by the area's name.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import attrs

__all__ = ["Point", "guarded", "run_pytest"]


@attrs.frozen
class Point:
    """Hold one thing that must hold: its name, the target and the measured value as text."""

    name: str
    target: str
    measured: str
    ok: bool


def guarded(name: str, target: str, measure: Callable[[], Iterable[Point]]) -> Iterator[Point]:
    """Yield the points of a measurement; what stops it is a point that falls short, in words.

    One broken measurement must not hide the others.
    """
    try:
        yield from measure()
    except Exception as error:  # noqa: BLE001 - shown as the measured value of a failed point
        yield Point(name, target, f"{type(error).__name__}: {error}", ok=False)


def run_pytest(*modules: str) -> tuple[int, str]:
    """Run test modules in a process of their own; return the exit code and the closing line."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *modules],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    closing = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-200:]
    return done.returncode, re.sub(r"[= ]*(.*?)[= ]*$", r"\1", closing)
