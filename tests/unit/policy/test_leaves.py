"""Values that are written as one text: read exactly, refused with what was meant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from itsm_core.policy._leaves import (
    LEAVES,
    Crew,
    Guard,
    Instant,
    MonthAndDay,
    Share,
    Start,
    Turns,
    Zone,
)
from itsm_core.policy._node import Node, is_wrong
from itsm_core.policy._notes import Notes
from itsm_core.policy._source import PolicySource


def read(kind: object, value: object) -> tuple[object, list[str]]:
    """Return what a leaf makes of a value, and what it suggests instead."""
    notes = Notes(PolicySource(text=""))
    made = LEAVES[kind].read(Node(value, ("x",), notes))
    found = notes.findings()
    assert is_wrong(made) == bool(found)
    return made, [each.suggestion for each in found]


@pytest.mark.parametrize(
    ("kind", "value", "made"),
    [
        (Zone, "Europe/Berlin", "Europe/Berlin"),
        (date, "2026-12-24", date(2026, 12, 24)),
        (date, date(2026, 12, 24), date(2026, 12, 24)),
        (timedelta, "1h 30m", timedelta(minutes=90)),
        (timedelta, "-30m", timedelta(minutes=-30)),
        (time, "09:30", time(9, 30)),
        (time, time(9, 30), time(9, 30)),
        (Share, 0.75, 0.75),
        (MonthAndDay, "02-29", "02-29"),
        (Start, "2026-07-01", date(2026, 7, 1)),
        (Start, "2026-07-01T00:00:00Z", datetime(2026, 7, 1, tzinfo=UTC)),
        (Instant, datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)),
        (Crew, "ana", ("ana",)),
        (Crew, ["ana", "ben"], ("ana", "ben")),
        (Turns, 2, (2,)),
        (Turns, [5, 2], (5, 2)),
    ],
)
def test_leaf_reads_when_the_value_is_of_its_form(
    kind: object, value: object, made: object
) -> None:
    """TOML has dates and times of its own; other formats write them as texts."""
    assert read(kind, value) == (made, [])


@pytest.mark.parametrize(
    ("kind", "value", "suggestion"),
    [
        (Zone, "Europe/Berln", "Europe/Berlin"),
        (date, "24.12.2026", "2026-12-24"),
        (date, "2026-W01-1", ""),
        (date, 20261224, ""),
        (timedelta, "90 minutes", "1h 30m"),
        (timedelta, 90, '"90h"'),
        (time, "9 o'clock", ""),
        (Share, 75, "0.75"),
        (Share, "75%", "0.75"),
        (Share, 1.0, "0.9"),
        (Share, True, ""),
        (Share, float("nan"), ""),
        (MonthAndDay, "31.12.", "12-31"),
        (Start, datetime(2026, 7, 1), "2026-07-01T00:00:00Z"),  # noqa: DTZ001
        (Start, "soon", ""),
        (Instant, date(2026, 7, 1), ""),
        (Crew, [1], '"1"'),
        (Turns, [True], ""),
        (Guard, {"field": "no_such", "operator": "is_present"}, ""),
        (Guard, "impact is high", ""),
        (Zone, "", ""),
    ],
)
def test_leaf_suggests_when_the_value_is_of_another_form(
    kind: object, value: object, suggestion: str
) -> None:
    """Nothing is converted; where it is sure what was meant, it is said."""
    _, suggested = read(kind, value)
    assert suggested == [suggestion]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (timedelta, "1h 30m"),
        (timedelta, "-30m"),
        (timedelta, "5us"),
        (Start, "2026-07-01T00:00:00+00:00"),
        (date, "2026-12-24"),
        (Crew, ["ana", "ben"]),
        (Crew, "ana"),
        (Guard, {"field": "impact", "operator": "is", "value": "high"}),
    ],
)
def test_leaf_writes_what_it_reads_when_asked(kind: object, value: object) -> None:
    """Reading and writing are each other's inverse."""
    made, _ = read(kind, value)
    assert LEAVES[kind].write(made) == value
