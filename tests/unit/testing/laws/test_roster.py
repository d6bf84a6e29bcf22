"""`check_roster`: gaps where somebody was a week ago, and changes by hand that change nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from itsm_core.calendars import ALWAYS, NEVER, BusinessCalendar, WeeklyHours
from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId
from itsm_core.rosters import Absence, Override, Roster, Rotation, Shift, Swap
from itsm_core.testing.laws import LawBroken, RosterCase, check_roster, shifts_are_adjacent

START = datetime(2026, 1, 12, tzinfo=UTC)
END = datetime(2026, 7, 1, tzinfo=UTC)
WEEKS = Rotation(
    name="weeks", people=["ana", "ben"], zone="UTC", start_on="2026-01-05", hand_off="09:00"
)
OFFICE = WeeklyHours.parse("Mo-Fr 09:00-17:00")
DAYS = attrs.evolve(WEEKS, restriction=OFFICE)


def check(roster: Roster, **how: object) -> None:
    """Check a roster over half a year."""
    check_roster(roster, start=START, end=END, **how)  # type: ignore[arg-type]


def test_lawful_roster_is_accepted() -> None:
    """Round the clock, and in office hours: nights that nobody has covered are no gaps."""
    check(Roster(name="desk", layers=[WEEKS]))
    check(Roster(name="desk", layers=[DAYS]))
    check(Roster(name="desk", layers=[DAYS]), hours=BusinessCalendar(zone="UTC", hours=OFFICE))


def test_night_is_told_when_somebody_must_be_on_call() -> None:
    """What has to be covered can be said."""
    with pytest.raises(LawBroken, match="outside the hours of every rotation") as caught:
        check(Roster(name="desk", layers=[DAYS]), hours=ALWAYS)
    assert caught.value.law == "Y11"


def test_gap_is_told_when_somebody_is_away() -> None:
    """The story is short, and the ledger shows the shifts around it."""
    away = Absence(person="ben", start="2026-03-02T00:00Z", end="2026-03-04T00:00Z")
    other = Absence(
        person="ana", substitute="chi", start="2026-05-04T00:00Z", end="2026-05-05T00:00Z"
    )
    with pytest.raises(LawBroken) as caught:
        check(Roster(name="desk", layers=[WEEKS], absences=[away, other]))
    error = caught.value
    assert "nobody is on call from Mon 02 Mar 2026" in error.violations[0]
    assert any("NOBODY" in line for line in error.ledger)
    assert "chi" not in error.example


def test_gap_is_told_when_two_zones_change_their_clocks_apart() -> None:
    """The zone of the other layer is named."""
    day = attrs.evolve(
        WEEKS, zone="Europe/Berlin", restriction=WeeklyHours.parse("Mo-Su 08:00-20:00")
    )
    night = attrs.evolve(
        WEEKS,
        name="night",
        zone="America/New_York",
        restriction=WeeklyHours.parse("Mo-Su 14:00-02:00"),
    )
    with pytest.raises(LawBroken) as caught:
        check(Roster(name="desk", layers=[day, night]))
    assert "Mar 2026 07:00" in caught.value.violations[0]
    assert "America/New_York" in caught.value.story[2]


@pytest.mark.parametrize("day", [19, 12])
def test_override_is_told_when_it_changes_nothing(day: int) -> None:
    """In the week of Ana it does not, in that of Ben it does."""
    by_hand = Override(people=["ana"], start=f"2026-01-{day}T10:00Z", end=f"2026-01-{day}T12:00Z")
    roster = Roster(name="desk", layers=[WEEKS], overrides=[by_hand])
    if day == 12:
        check(roster)
        return
    with pytest.raises(LawBroken, match="changes nothing") as caught:
        check(roster)
    assert caught.value.law == "Y12"


def test_swap_is_told_when_it_changes_nothing() -> None:
    """Ben gives away what is Ana's; a swap outside the time that is looked at is not looked at."""
    idle = Swap(giver="ben", taker="ana", start="2026-01-20T10:00Z", end="2026-01-20T12:00Z")
    past = Swap(giver="ben", taker="ana", start="2026-01-06T10:00Z", end="2026-01-06T12:00Z")
    check(Roster(name="desk", layers=[WEEKS], swaps=[past]))
    with pytest.raises(LawBroken, match="changes nothing"):
        check(Roster(name="desk", layers=[WEEKS], swaps=[past, idle]))


def test_shifts_are_told_when_they_leave_a_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    """E4 can fail: a schedule that forgets a shift, and one that names somebody else."""
    roster = Roster(name="desk", layers=[WEEKS])
    case = RosterCase(roster=roster, start=START, end=END)
    right = roster.schedule(START, END)
    assert list(shifts_are_adjacent(case)) == []
    other = (attrs.evolve(right[0], people=(PersonId("zoe"),)), *right[1:])

    def wrong(shifts: tuple[Shift, ...]) -> None:
        monkeypatch.setattr(Roster, "schedule", lambda *_: shifts)

    wrong((right[0], *right[2:]))
    assert "there is a hole between two shifts" in list(shifts_are_adjacent(case))
    wrong(other)
    assert "is not who has the shift" in next(iter(shifts_are_adjacent(case)))


def test_roster_is_told_when_nobody_is_ever_on_call() -> None:
    """No week of it shows what is missing; what must be covered may still be nothing."""
    later = attrs.evolve(WEEKS, start_on="2027-01-04")
    with pytest.raises(LawBroken) as caught:
        check(Roster(name="desk", layers=[later]))
    assert caught.value.law == "Y11"
    said = "from Mon 12 Jan 2026 00:00 to Wed 01 Jul 2026 00:00 (UTC)"
    assert caught.value.violations == (f"nobody is on call at any time {said}",)
    check(Roster(name="desk", layers=[later]), hours=NEVER)


def test_gap_is_told_by_day_when_nights_are_free() -> None:
    """A stretch in which nobody has to be there is no smaller example of it."""
    away = Absence(person="ben", start="2026-03-10T00:00Z", end="2026-03-11T00:00Z")
    with pytest.raises(LawBroken) as caught:
        check(Roster(name="desk", layers=[DAYS], absences=[away]))
    assert "ben" in caught.value.violations[0]


@pytest.mark.parametrize("end", [START, datetime(2026, 1, 1, tzinfo=UTC)])
def test_end_is_refused_when_it_is_not_after_the_start(end: datetime) -> None:
    """Nothing would be looked at."""
    with pytest.raises(InvalidValue, match="`end` is not after `start`"):
        check_roster(Roster(name="desk", layers=[WEEKS]), start=START, end=end)


def test_law_is_left_out_when_named() -> None:
    """By its number; another name is refused."""
    check(Roster(name="desk", layers=[DAYS]), hours=ALWAYS, without=["Y11"])
    with pytest.raises(InvalidValue, match="no such law"):
        check(Roster(name="desk", layers=[DAYS]), without=["gap"])


def test_roster_without_layers_has_a_zone() -> None:
    """UTC."""
    case = RosterCase(roster=Roster(name="empty"), start=START, end=END)
    assert case.zone.key == "UTC"
