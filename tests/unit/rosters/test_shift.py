"""One stretch of the final schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from itsm_core.ids import PersonId
from itsm_core.rosters import Shift
from itsm_core.rosters._shift import joined

HOUR = 3_600_000_000
SHIFT = Shift(
    start_us=0, end_us=2 * HOUR, people=(PersonId("ana"), PersonId("ben")), kind="turn", why="t"
)


def test_shift_tells_its_times_when_asked() -> None:
    """In UTC, half-open."""
    assert SHIFT.start_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert SHIFT.end_at - SHIFT.start_at == SHIFT.duration == timedelta(hours=2)
    assert SHIFT.start_at in SHIFT
    assert SHIFT.end_at not in SHIFT


def test_person_is_the_first_when_there_are_two() -> None:
    """Who is asked first; nobody in a gap."""
    assert SHIFT.person == "ana"
    assert Shift(start_us=0, end_us=1).person is None


def test_shift_is_cut_when_it_is_clipped() -> None:
    """What lies inside is left alone."""
    assert SHIFT.clipped(-1, 3 * HOUR) is SHIFT
    assert SHIFT.clipped(HOUR, 3 * HOUR) == attrs.evolve(SHIFT, start_us=HOUR)


def test_shifts_are_joined_when_they_are_one() -> None:
    """Adjacent and alike in everything is one shift; another reason is another one."""
    later = attrs.evolve(SHIFT, start_us=2 * HOUR, end_us=3 * HOUR)
    other = attrs.evolve(later, start_us=3 * HOUR, end_us=4 * HOUR, why="else")
    found: list[Shift] = []
    for shift in (SHIFT, later, other):
        joined(found, shift)
    assert found == [attrs.evolve(SHIFT, end_us=3 * HOUR), other]


def test_shift_has_nobody_when_nothing_else_is_said() -> None:
    """No people, no layer, no turn, no reason."""
    plain = Shift(start_us=0, end_us=1)
    assert (plain.people, plain.layer, plain.kind) == ((), "", "nobody")
    assert (plain.why, plain.planned, plain.turn) == ("", (), 0)
    assert str(attrs.evolve(plain, why="x")).endswith(": nobody (x)")


@pytest.mark.parametrize(
    "change",
    [
        {"start_us": 2 * HOUR + 1},
        {"turn": 2},
        {"people": (PersonId("ana"),)},
        {"layer": "weeks"},
        {"kind": "swapped"},
        {"why": "else"},
        {"planned": (PersonId("ana"),)},
    ],
    ids=str,
)
def test_shift_does_not_go_on_when_anything_differs(change: dict[str, Any]) -> None:
    """Whoever reads the schedule sees where something changed."""
    later = attrs.evolve(SHIFT, start_us=2 * HOUR, end_us=3 * HOUR)
    assert later.continues(SHIFT)
    assert not attrs.evolve(later, **change).continues(SHIFT)


def test_shift_is_cut_at_both_ends_when_it_is_longer() -> None:
    """And left whole where it has just the length."""
    assert SHIFT.clipped(0, 2 * HOUR) is SHIFT
    middle = SHIFT.clipped(HOUR // 2, HOUR)
    assert (middle.start_us, middle.end_us) == (HOUR // 2, HOUR)


def test_shift_reads_as_words_when_it_is_printed() -> None:
    """Times, people, reason."""
    assert str(SHIFT) == "1970-01-01T00:00+00:00 - 1970-01-01T02:00+00:00: ana + ben (t)"
