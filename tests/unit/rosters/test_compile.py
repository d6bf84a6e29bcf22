"""The schedule compiled by chunks: seams do not show, caches stay bounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.errors import InstantOutOfRange
from itsm_core.rosters import Absence, Override, Rotation, Swap
from itsm_core.rosters import _compile as compiled
from itsm_core.rosters._compile import CHUNK_BITS, Changes, Schedule
from itsm_core.spans import instant, micros

MONTHS = Rotation(
    name="months",
    people=("ana", "ben"),
    zone="UTC",
    start_on="2020-01-01",
    hand_off="00:00",
    unit="months",
    every=12,
)
YEAR = timedelta(days=365)


def schedule(*layers: Rotation, overrides: tuple[Override, ...] = ()) -> Schedule:
    """Return a schedule of layers and overrides."""
    return Schedule(layers, overrides, (), ())


def test_shift_has_its_true_ends_when_it_is_longer_than_a_chunk() -> None:
    """A turn of a year goes over several chunks; its ends are its own in each of them."""
    made = schedule(MONTHS)
    start = micros(datetime(2021, 1, 1, tzinfo=UTC))
    shifts = {made.at(start + n * (1 << CHUNK_BITS) // 2) for n in range(14)}
    assert len(shifts) == 1
    (shift,) = shifts
    assert (shift.start_at.year, shift.end_at.year, shift.turn) == (2021, 2022, 2)


def test_shift_has_its_true_ends_when_it_fills_a_chunk() -> None:
    """What is before and after it is another shift: nothing is joined over the seam."""
    low, high = ((number << CHUNK_BITS) for number in (500, 501))
    whole = Override(people="zoe", start=instant(low), end=instant(high))
    shift = schedule(MONTHS, overrides=(whole,)).at(low + 1)
    assert (shift.people, shift.start_us, shift.end_us) == (("zoe",), low, high)


def test_gap_reaches_to_the_end_of_the_look_when_nobody_comes_back() -> None:
    """Behind the last rotation there is nobody; the look ends after 28 years and a bit."""
    over = Rotation(
        name="over",
        people=("ana",),
        zone="UTC",
        start_on="2020-01-01",
        end_on="2020-02-01",
        hand_off="00:00",
    )
    shift = schedule(over).at(micros(datetime(2021, 1, 1, tzinfo=UTC)))
    assert shift.start_at == datetime(2020, 2, 1, tzinfo=UTC)
    assert 27 * YEAR < shift.duration < 30 * YEAR


def test_caches_are_emptied_when_they_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk that runs for ever does not remember for ever, and answers the same."""
    monkeypatch.setattr(compiled, "_MOST_CHUNKS", 3)
    made = schedule(MONTHS)
    instants = [micros(datetime(year, 6, 1, tzinfo=UTC)) for year in range(2020, 2040)]
    first = [made.at(each) for each in instants]
    assert [made.at(each) for each in instants] == first
    assert len(made.chunks) <= 3


def test_question_is_refused_when_it_is_outside_time() -> None:
    """Microseconds beyond the year 9999 are no instant."""
    with pytest.raises(InstantOutOfRange):
        schedule(MONTHS).at(1 << 60)


def test_changes_are_cut_when_they_begin_or_end_within() -> None:
    """Only what touches the window counts."""
    swap = Swap(giver="ana", taker="ben", start="1970-01-02T00:00Z", end="1970-01-03T00:00Z")
    away = Absence(person="ana", start="1980-01-01T00:00Z", end="1980-01-02T00:00Z")
    day = 86_400_000_000
    changes = Changes.within((swap,), (away,), 0, 4 * day)
    assert changes.absences == ()
    assert list(changes.pieces(0, 4 * day)) == [(0, day), (day, 2 * day), (2 * day, 4 * day)]


def test_swap_and_absence_add_up_when_both_touch_one_person() -> None:
    """Ana gives to ben, ben is away, chi stands in: chi has it, and the words say all of it."""
    swap = Swap(giver="ana", taker="ben", start="1970-01-01T00:00Z", end="1970-01-02T00:00Z")
    away = Absence(
        person="ben", substitute="chi", start="1970-01-01T00:00Z", end="1970-01-02T00:00Z"
    )
    changes = Changes.within((swap,), (away,), 0, 10)
    people, kind, words = changes.applied((swap.giver,), 5, swap=True)
    assert (people, kind) == (("chi",), "substituted")
    assert (
        words == "swap: ben for ana; ben away until 1970-01-02T00:00:00+00:00 (leave), chi instead"
    )
