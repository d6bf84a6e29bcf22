"""What is waited for: from which instant of a ticket, until which (law M1)."""

from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.events import ContactReceived, EscalationAskedFor, TicketEvent
from itsm_core.ids import TicketId
from itsm_core.metrics import FirstContact, Until
from itsm_core.metrics._definitions import case_of
from itsm_core.metrics._definitions._until import waiter
from itsm_core.spans import micros
from tests.unit.metrics._definitions.stories import (
    answered,
    assigned,
    at,
    closed,
    held,
    reopened,
    resolved,
    story,
    worked,
)


def hours(
    until: Until | FirstContact, told: tuple[TicketEvent, ...], seen: float = 1_000
) -> tuple[float, float | None] | None:
    """Return a wait as hours after Monday, nine o'clock."""
    wait = waiter(until, UTC)(case_of(told), micros(at(seen)))
    if wait is None:
        return None
    start, end = ((each - micros(at(0))) / 3.6e9 if each is not None else None for each in wait)
    assert start is not None
    return start, end


def asked(name: TicketId) -> TicketEvent:
    """Tell that somebody asked for escalation."""
    return EscalationAskedFor(ticket_id=name, occurred_at=at(7))


LIFE = story(
    "T1",
    answered(1),
    assigned(2, "b"),
    resolved(3),
    reopened(4),
    assigned(5, "a"),
    asked,
    resolved(8),
    closed(9),
    opened=0.5,
    group="a",
)


@pytest.mark.parametrize(
    ("until", "end"),
    [
        (Until.ANSWERED, 1),
        (Until.TRANSFERRED, 2),
        (Until.FIRST_RESOLVED, 3),
        (Until.BOUNCED, 5),
        (Until.ESCALATED, 7),
        (Until.RESOLVED, 8),
        (Until.CLOSED, 9),
    ],
)
def test_wait_ends_when_what_is_waited_for_happens(until: Until, end: float) -> None:
    """From the opening at half past nine; an instant before, it is not known yet."""
    assert hours(until, LIFE) == (0.5, end)
    assert hours(until, LIFE, seen=end - 0.01) != (0.5, end)


def test_first_and_last_solution_are_told_apart_when_reopened() -> None:
    """While it was reopened no solution stood, and the first one was still given at three."""
    assert hours(Until.RESOLVED, LIFE, seen=3.5) == (0.5, 3)
    assert hours(Until.RESOLVED, LIFE, seen=4.5) == (0.5, None)
    assert hours(Until.FIRST_RESOLVED, LIFE, seen=4.5) == (0.5, 3)


def test_reopening_is_counted_from_the_first_solution() -> None:
    """Nobody can come back before that; who never was resolved waits for nothing."""
    assert hours(Until.REOPENED, LIFE) == (3, 4)
    assert hours(Until.REOPENED, LIFE, seen=3.5) == (3, None)
    assert hours(Until.REOPENED, LIFE, seen=2.5) is None
    assert hours(Until.REOPENED, story("T2")) is None


def test_finding_the_first_group_is_no_transfer() -> None:
    """Given to nobody, to a group, to a person of it: still the first group."""
    told = story("T1", assigned(1, "a"), assigned(2, "a", "ann"), assigned(3, ""), assigned(4, "a"))
    assert hours(Until.TRANSFERRED, told) == (0, None)
    assert hours(Until.BOUNCED, told) == (0, None)


def test_closed_ends_nothing_when_it_came_back() -> None:
    """Closed and reopened: it is open again."""
    told = story("T1", closed(2), reopened(3))
    assert hours(Until.CLOSED, told, seen=2) == (0, 2)
    assert hours(Until.CLOSED, told) == (0, None)


PLAIN = story("T1", worked(1), resolved(2), group="a")


@pytest.mark.parametrize(
    "asked_for",
    [
        FirstContact(one_group=True),
        FirstContact(within=timedelta(hours=2)),
        FirstContact(same_day=True),
        FirstContact(never_waited=True),
        FirstContact(no_contact=True),
        FirstContact(not_reopened=True),
    ],
)
def test_first_contact_holds_when_nothing_speaks_against_it(asked_for: FirstContact) -> None:
    """Solved two hours later by the first group, on the same day, for good."""
    assert hours(asked_for, PLAIN) == (0, 2)


def again(name: TicketId) -> TicketEvent:
    """Tell that the requester got in touch again."""
    return ContactReceived(ticket_id=name, occurred_at=at(1), channel="phone")


@pytest.mark.parametrize(
    ("asked_for", "told"),
    [
        (FirstContact(one_group=True), story("T1", assigned(1, "b"), resolved(2), group="a")),
        (FirstContact(within=timedelta(hours=1.9)), PLAIN),
        (FirstContact(same_day=True), story("T1", resolved(15))),
        (FirstContact(never_waited=True), story("T1", held(1), resolved(2))),
        (FirstContact(no_contact=True), story("T1", again, resolved(2))),
        (FirstContact(at_registration=True), PLAIN),
        (FirstContact(not_reopened=True), story("T1", resolved(2), reopened(500))),
        (FirstContact(one_group=True), story("T1", group="a")),
    ],
)
def test_first_contact_does_not_hold_when_one_part_fails(
    asked_for: FirstContact, told: tuple[TicketEvent, ...]
) -> None:
    """It then waits for ever."""
    assert hours(asked_for, told) == (0, None)


def test_first_contact_ignores_what_came_after_the_solution() -> None:
    """Another group, a hold or a call later is another matter."""
    told = story("T1", resolved(0.5), assigned(1, "b"), again, group="a")
    every = FirstContact(one_group=True, never_waited=True, no_contact=True)
    assert hours(every, told) == (0, 0.5)


def test_first_contact_at_registration_holds_when_solved_before_it_was_typed_in() -> None:
    """Happened at nine, solved at ten, registered at eleven."""
    assert hours(FirstContact(at_registration=True), story("T1", resolved(1), registered=2)) == (
        0,
        1,
    )


def test_first_contact_is_certain_when_the_follow_up_is_over() -> None:
    """Not before; and what comes back after it is another story."""
    careful = FirstContact(not_reopened=True, follow_up=timedelta(hours=10))
    assert hours(careful, PLAIN, seen=11) == (0, None)
    assert hours(careful, PLAIN, seen=12) == (0, 12)
    assert hours(careful, story("T1", resolved(2), reopened(12))) == (0, None)
    assert hours(careful, story("T1", resolved(2), reopened(12.5))) == (0, 12)


def test_first_contact_takes_the_day_of_the_zone() -> None:
    """From 9 to 15 UTC is one day there, and two in Auckland, where midnight is at 11 UTC."""
    case = case_of(story("T1", resolved(6)))
    asked_for, seen = FirstContact(same_day=True), micros(at(99))
    start = micros(at(0))
    assert waiter(asked_for, UTC)(case, seen) == (start, micros(at(6)))
    assert waiter(asked_for, ZoneInfo("Pacific/Auckland"))(case, seen) == (start, None)


def test_first_contact_says_in_words_what_it_asks() -> None:
    """Every part that is named, in one order."""
    every = FirstContact(
        not_reopened=True,
        one_group=True,
        within=timedelta(hours=1),
        follow_up=timedelta(days=5),
    )
    assert str(every) == "one group, within 1:00:00, not reopened for 5 days, 0:00:00"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"within": timedelta(0)},
        {"not_reopened": True, "follow_up": timedelta(days=-1)},
        {"one_group": True, "follow_up": timedelta(days=1)},
    ],
)
def test_first_contact_is_refused_when_it_says_nothing(fields: dict[str, object]) -> None:
    """Nothing asked, no length, a follow-up of nothing."""
    with pytest.raises(InvalidValue):
        FirstContact(**fields)  # type: ignore[arg-type]
