"""The schedule compiled by chunks: seams do not show, caches stay bounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.calendars import WeeklyHours
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
    asked = micros(datetime(2021, 1, 1, tzinfo=UTC))
    shift = schedule(over).at(asked)
    assert shift.start_at == datetime(2020, 2, 1, tzinfo=UTC)
    assert 27.8 * YEAR < timedelta(microseconds=shift.end_us - asked) < 28.2 * YEAR


def test_caches_are_emptied_when_they_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk that runs for ever does not remember for ever, and answers the same."""
    monkeypatch.setattr(compiled, "_MOST_CHUNKS", 3)
    made = schedule(MONTHS)
    instants = [micros(datetime(year, 6, 1, tzinfo=UTC)) for year in range(2020, 2040)]
    first = [made.at(each) for each in instants]
    assert [made.at(each) for each in instants] == first
    assert len(made.chunks) <= 3
    assert len(made._raw) <= 3  # pyright: ignore[reportPrivateUsage]


def test_chunks_are_kept_when_they_are_asked_again() -> None:
    """Two questions in one chunk compile it once."""
    made = schedule(MONTHS)
    for year in range(2020, 2030):
        made.at(micros(datetime(year, 6, 1, tzinfo=UTC)))
    kept = dict(made.chunks)
    assert len(kept) == 10
    for year in range(2020, 2030):
        made.at(micros(datetime(year, 6, 1, tzinfo=UTC)))
    assert all(made.chunks[number] is chunk for number, chunk in kept.items())


def ended(name: str, start: str, end: str | None = None) -> Rotation:
    """Return a rotation between two days of 2026, by day at the office."""
    return Rotation(
        name=name,
        people=("ana",),
        zone="UTC",
        start_on=start,
        end_on=end,
        hand_off="00:00",
        restriction=WeeklyHours.parse("Mo-Fr 08:00-18:00"),
    )


@pytest.mark.parametrize(
    ("layers", "on", "why"),
    [
        ((), "2026-03-02T09:00", "nobody: the roster has no layers"),
        (
            (ended("b", "2026-03-09"), ended("a", "2026-03-02")),
            "2026-03-01T09:00",
            "nobody: no rotation begins before 2026-03-02T00:00:00+00:00",
        ),
        (
            (ended("a", "2026-03-02", "2026-03-03"), ended("b", "2026-03-02", "2026-03-09")),
            "2026-03-09T00:00",
            "nobody: every rotation has ended",
        ),
        (
            (ended("a", "2026-03-02"), ended("b", "2026-03-16")),
            "2026-03-02T20:00",
            "nobody: outside the hours of every rotation",
        ),
        (
            (ended("a", "2026-03-02", "2026-03-03"), ended("b", "2026-03-16")),
            "2026-03-04T09:00",
            "nobody: outside the hours of every rotation",
        ),
    ],
    ids=range(5),
)
def test_gap_says_why_nobody_is_on_call_when_asked(
    layers: tuple[Rotation, ...], on: str, why: str
) -> None:
    """Nothing there, not yet, no more, or not at this hour."""
    at = micros(datetime.fromisoformat(on).replace(tzinfo=UTC))
    shift = schedule(*layers).at(at)
    assert (shift.people, shift.why) == ((), why)


def test_gap_is_cut_where_its_reason_changes_when_nobody_covers_it() -> None:
    """Before the first rotation begins, and from then on outside its hours."""
    low, high = (micros(datetime(2026, 3, day, tzinfo=UTC)) for day in (1, 3))
    found = schedule(ended("a", "2026-03-02")).between(low, high)
    assert [(f"{each.start_at:%d %H}", each.why) for each in found] == [
        ("01 00", "nobody: no rotation begins before 2026-03-02T00:00:00+00:00"),
        ("02 00", "nobody: outside the hours of every rotation"),
        ("02 08", "turn 1 of a"),
        ("02 18", "nobody: outside the hours of every rotation"),
    ]


def test_gap_of_an_absence_names_who_was_planned_when_nobody_stands_in() -> None:
    """The reason and the crew that should have been there."""
    away = Absence(person="ana", start="2026-03-02T08:00Z", end="2026-03-02T10:00Z")
    made = Schedule((ended("a", "2026-03-02"),), (), (), (away,))
    shift = made.at(micros(datetime(2026, 3, 2, 9, tzinfo=UTC)))
    assert (shift.people, shift.planned) == ((), ("ana",))
    assert shift.why == ("nobody: turn 1 of a; ana away until 2026-03-02T10:00:00+00:00 (leave)")
    assert (shift.start_at.hour, shift.end_at.hour) == (8, 10)


def test_last_of_two_says_who_is_on_call_when_several_speak_of_one_instant() -> None:
    """Of two overrides and of two swaps the one later in the list."""
    span: dict[str, str] = {"start": "2026-03-02T08:00Z", "end": "2026-03-02T10:00Z"}
    at = micros(datetime(2026, 3, 2, 9, tzinfo=UTC))
    over = tuple(Override(people=name, **span) for name in ("zoe", "yan"))
    assert schedule(ended("a", "2026-03-02"), overrides=over).at(at).people == ("yan",)
    swaps = tuple(Swap(giver="ana", taker=name, **span) for name in ("zoe", "yan"))
    shift = Schedule((ended("a", "2026-03-02"),), (), swaps, ()).at(at)
    assert (shift.people, shift.kind) == (("yan",), "swapped")
    assert shift.why == "turn 1 of a; swap: yan for ana"


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
