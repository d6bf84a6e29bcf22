"""What is legal in a roster and probably not meant."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from itsm_core.rosters import Absence, Override, Roster, Rotation, Swap


def at(day: int) -> datetime:
    """Return a day of January 2026 in UTC."""
    return datetime(2026, 1, day, tzinfo=UTC)


def weeks(*people: str) -> Rotation:
    """Return a rotation by weeks from 5 January 2026 on."""
    return Rotation(
        name="weeks", people=people, zone="UTC", start_on="2026-01-05", hand_off="00:00"
    )


def codes(roster: Roster, first: int = 5, last: int = 30) -> list[str]:
    """Return the codes of what is found."""
    return [found.code for found in roster.check(at(first), at(last))]


def test_nothing_is_found_when_the_roster_is_sound() -> None:
    """No finding is the usual answer."""
    assert codes(Roster(name="desk", layers=(weeks("ana", "ben"),))) == []


def test_gap_is_found_when_nobody_is_on_call() -> None:
    """With its times and its reason."""
    (found,) = Roster(name="desk", layers=(weeks("ana", "ben"),)).check(at(1), at(9))
    assert found.code == "rotation-gap"
    assert "from 2026-01-01T00:00:00+00:00 to 2026-01-05T00:00:00+00:00" in found.message
    assert found.remedy


def test_rotation_of_one_is_found_when_nobody_takes_turns() -> None:
    """One person for ever."""
    assert codes(Roster(name="desk", layers=(weeks("ana"),))) == ["rotation-of-one"]


def test_swap_is_found_when_it_changes_nothing() -> None:
    """Ben has no call in ana's week to give away; in his own he has."""
    idle = Swap(giver="ben", taker="ana", start=at(6), end=at(7))
    meant = Swap(giver="ben", taker="ana", start=at(13), end=at(14))
    roster = Roster(name="desk", layers=(weeks("ana", "ben"),), swaps=(idle, meant))
    assert codes(roster) == ["change-without-effect"]


def test_override_is_found_when_a_later_one_covers_it() -> None:
    """Nobody would ever see it."""
    hidden = Override(people="zoe", start=at(7), end=at(8))
    above = Override(people="eva", start=at(6), end=at(9))
    roster = Roster(name="desk", layers=(weeks("ana", "ben"),), overrides=(hidden, above))
    assert codes(roster) == ["change-without-effect"]


def test_changes_are_left_alone_when_they_lie_outside_the_range() -> None:
    """What happens in January says nothing about February's changes."""
    hidden = Override(people="zoe", start=at(7), end=at(8))
    above = Override(people="eva", start=at(6), end=at(9))
    idle = Swap(giver="ben", taker="ana", start=at(6), end=at(7))
    roster = Roster(
        name="desk", layers=(weeks("ana", "ben"),), overrides=(hidden, above), swaps=(idle,)
    )
    assert codes(roster, 12, 30) == []


def test_change_is_found_when_it_fills_the_range_exactly() -> None:
    """Both ends of the range belong to what is looked at; what reaches beyond it does not."""
    idle = Swap(giver="ben", taker="ana", start=at(6), end=at(9), reason="x")
    hidden = Override(people="zoe", start=at(6), end=at(9))
    above = Override(people="eva", start=at(5), end=at(10))
    roster = Roster(
        name="desk", layers=(weeks("ana", "ben"),), overrides=(hidden, above), swaps=(idle,)
    )
    found = roster.check(at(6), at(9))
    assert [each.message for each in found] == [
        "override: zoe is covered by later overrides",
        (
            "swap: ana for ben (x): ben has no call from 2026-01-06T00:00:00+00:00 to "
            "2026-01-09T00:00:00+00:00 to give away"
        ),
    ]
    assert codes(roster, 7, 9) == codes(roster, 6, 8) == []


def test_rotation_is_of_one_when_its_crews_are_the_same_person() -> None:
    """However often they are named; two who are on call together are two."""
    alone = attrs.evolve(weeks("ana"), people=("ana", "ana"))
    (found,) = Roster(name="desk", layers=(alone,)).check(at(5), at(9))
    assert found.message == "rotation 'weeks' is ana alone, without rest"
    pair = attrs.evolve(weeks("ana"), people=[("ana", "ben")])
    assert codes(Roster(name="desk", layers=(pair,))) == []


def test_absence_is_found_when_nobody_has_that_name() -> None:
    """Perhaps it is spelt otherwise."""
    away = Absence(person="anna", start=at(7), end=at(8))
    roster = Roster(name="desk", layers=(weeks("ana", "ben"),), absences=(away,))
    assert codes(roster) == ["unknown-person"]
