"""The areas of evidence, one module each: what must hold, its target, what was measured.

A module of an area has one function, `points(quick: bool)`, that yields `Point` values as they are
measured; `python -m benchmarks.evidence AREA` finds it by the area's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import attrs

__all__ = ["Point", "guarded"]


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
