"""Circles of substitutes: found whenever they close, and only then."""

from __future__ import annotations

from datetime import UTC, datetime

from itsm_core.rosters import Absence
from itsm_core.rosters._faults import circle_faults, speaking, twice_faults
from itsm_core.spans import micros


def away(person: str, substitute: str, first: int, last: int) -> Absence:
    """Return an absence in January 2026."""
    start, end = (datetime(2026, 1, day, tzinfo=UTC) for day in (first, last))
    return Absence(person=person, substitute=substitute, start=start, end=end)


def circles(*absences: Absence) -> list[str]:
    """Return the messages about circles."""
    return [fault.message for fault in circle_faults(absences)]


def test_circle_is_found_when_two_are_away_at_one_time() -> None:
    """A stands in for B while B stands in for A."""
    found = circles(away("ana", "ben", 1, 9), away("ben", "ana", 5, 12))
    assert found == ["substitutes lead back: ben -> ana -> ben"]


def test_circle_is_told_with_its_place_when_it_is_found() -> None:
    """The absence that closes it, and whom it names."""
    (fault,) = circle_faults((away("ana", "ben", 1, 9), away("ben", "ana", 5, 12)))
    assert (fault.code, fault.where, fault.value) == (
        "absence-circle",
        "absences[1].substitute",
        "ana",
    )


def test_circle_is_none_when_the_absences_only_touch() -> None:
    """Ends do not belong to a span: when ben leaves, ana is back."""
    assert circles(away("ana", "ben", 1, 5), away("ben", "ana", 5, 9)) == []


def test_circle_is_found_when_it_has_three_people() -> None:
    """However long the chain."""
    absences = (away("ana", "ben", 1, 9), away("ben", "chi", 1, 9), away("chi", "ana", 8, 12))
    assert circles(*absences) == ["substitutes lead back: chi -> ana -> ben -> chi"]


def test_circle_is_found_when_it_closes_at_an_end() -> None:
    """Ana's later absence hides the earlier one; when it ends, the circle is there."""
    absences = (away("ana", "ben", 1, 20), away("ben", "ana", 1, 20), away("ana", "chi", 1, 10))
    assert circles(*absences) == ["substitutes lead back: ana -> ben -> ana"]


def test_circle_is_told_once_when_it_comes_back() -> None:
    """One mistake, one message."""
    absences = (away("ana", "ben", 1, 30), away("ben", "ana", 2, 4), away("ben", "ana", 6, 8))
    assert len(circles(*absences)) == 1


def test_circle_is_found_when_a_later_absence_names_nobody() -> None:
    """It leaves the substitute of the earlier one in place, and so the circle."""
    absences = (away("ana", "ben", 1, 20), away("ben", "ana", 1, 20), away("ana", "", 1, 10))
    assert circles(*absences) == ["substitutes lead back: ana -> ben -> ana"]


def test_absence_speaks_when_it_is_the_last_that_names_somebody() -> None:
    """Or the first, if none does; only those of the instant."""
    leave, ill, past = away("ana", "ben", 1, 9), away("ana", "", 2, 4), away("ana", "chi", 1, 2)
    at = micros(datetime(2026, 1, 3, tzinfo=UTC))
    assert speaking((leave, ill, past), at) == {"ana": leave}
    assert speaking((ill,), at) == {"ana": ill}
    assert speaking((past,), at) == {}


def test_name_is_told_when_it_is_given_again() -> None:
    """With the place of the first."""
    again = [each.message for each in twice_faults("layers", "name", ["a", "a", "a"])]
    assert again == ["'a' is layers[0], too"] * 2
    (fault,) = twice_faults("layers", "name", ["a", "b", "a"])
    assert fault.value == "a"
    assert (fault.code, fault.where, fault.message) == (
        "twice",
        "layers[2].name",
        "'a' is layers[0], too",
    )
