"""Windows: of which tickets a figure speaks, and until when they were watched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.errors import InvalidValue, NaiveDatetime, UnknownZone
from itsm_core.metrics import Window
from itsm_core.spans import instant, micros

START, END = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
MARCH = Window(start_at=START, end_at=END, zone="Europe/Berlin")


def test_window_is_seen_at_its_end_when_nothing_else_is_told() -> None:
    """What happens later is not known then."""
    assert (MARCH.seen_at, MARCH.start_at, MARCH.end_at) == (END, START, END)
    later = Window(start_at=START, end_at=END, seen_at=END + timedelta(days=7))
    assert later.seen_at == END + timedelta(days=7)


def test_window_has_its_start_and_not_its_end() -> None:
    """Half-open (law T3), and nothing that is not known when it is looked at."""
    early = Window(start_at=START, end_at=END, seen_at=START + timedelta(days=1))
    assert MARCH.has(micros(START))
    assert not MARCH.has(micros(END))
    assert early.has(micros(START + timedelta(days=1)))
    assert not early.has(micros(START + timedelta(days=1)) + 1)


def test_weeks_are_those_of_the_zone_when_the_clocks_change() -> None:
    """Berlin goes to summer time on 29 March 2026: that week has 167 hours."""
    window = Window(
        start_at=datetime(2026, 3, 10, tzinfo=UTC),
        end_at=datetime(2026, 4, 1, tzinfo=UTC),
        zone="Europe/Berlin",
    )
    weeks = list(window.weeks())
    assert [instant(start).isoformat() for start, _ in weeks] == [
        "2026-03-15T23:00:00+00:00",
        "2026-03-22T23:00:00+00:00",
    ]
    assert [(end - start) // 3_600_000_000 for start, end in weeks] == [168, 167]


def test_weeks_are_none_when_no_whole_one_is_in_the_window() -> None:
    """From Tuesday to Sunday, and at the end of all days."""
    short = Window(start_at=START + timedelta(days=1), end_at=START + timedelta(days=6))
    assert list(short.weeks()) == []
    last = datetime(9999, 12, 28, tzinfo=UTC)
    assert list(Window(start_at=last, end_at=last + timedelta(days=3)).weeks()) == []


def test_window_shows_its_instants_in_its_zone() -> None:
    """Berlin is an hour ahead of UTC in winter and two in summer."""
    assert MARCH.to_json() == {
        "start_at": "2026-03-02T01:00:00+01:00",
        "end_at": "2026-03-30T02:00:00+02:00",
        "seen_at": "2026-03-30T02:00:00+02:00",
        "zone": "Europe/Berlin",
    }
    seen = Window(start_at=START, end_at=END, seen_at=END + timedelta(hours=1))
    assert str(seen) == "2026-03-02 00:00 to 2026-03-30 00:00, seen 2026-03-30 01:00 (UTC)"


def test_window_is_refused_when_it_holds_nothing() -> None:
    """Empty, backwards, seen before it begins, without a zone, in a zone nobody knows."""
    with pytest.raises(InvalidValue, match="an empty window"):
        Window(start_at=START, end_at=START)
    with pytest.raises(InvalidValue, match="before it begins"):
        Window(start_at=START, end_at=END, seen_at=START - timedelta(hours=1))
    with pytest.raises(NaiveDatetime):
        Window(start_at=START.replace(tzinfo=None), end_at=END)
    with pytest.raises(UnknownZone):
        Window(start_at=START, end_at=END, zone="Mars/Olympus")


def test_window_is_shown_in_utc_when_its_zone_has_no_such_wall_time() -> None:
    """The first hours of year 1 lie in no year west of Greenwich; no `OverflowError` leaks (T5)."""
    first = datetime(1, 1, 1, tzinfo=UTC)
    window = Window(start_at=first, end_at=END, zone="America/New_York")
    assert "1-01-01 00:00 to 2026-03-29 20:00" in str(window)
    assert window.to_json()["start_at"] == "0001-01-01T00:00:00+00:00"
