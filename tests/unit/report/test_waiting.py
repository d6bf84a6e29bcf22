"""Who waits, for what and how long: by elapsed time, longest first."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.events import ContactReceived, TicketAssigned, TicketPutOnHold
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.report._waiting import held_by, untouched, waiting, waits_for
from itsm_core.report.judged import OpenTicket
from tests.unit.report.cases import AS_OF, MONDAY, judged, story


def ticket(*, assignee: str = "ann", hold_reason: str | None = None) -> OpenTicket:
    """Return an open ticket; on hold if there is a reason, be it an empty one."""
    (found,) = judged(story(1, resolved_after=None)).backlog
    return attrs.evolve(
        found,
        assignee=PersonId(assignee),
        is_on_hold=hold_reason is not None,
        hold_reason=hold_reason or "",
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("awaiting_requester", "the requester"),
        ("awaiting_stock", "stock"),
        ("change_freeze", "change freeze"),
        ("", "on hold, for no stated reason"),
    ],
)
def test_ticket_on_hold_waits_for_its_reason(reason: str, words: str) -> None:
    """In words that a team lead would use."""
    assert waits_for(ticket(hold_reason=reason)) == words


def test_ticket_waits_for_an_owner_or_for_his_work_when_not_on_hold() -> None:
    """Whoever has it is expected to do something about it."""
    assert waits_for(ticket(assignee="")) == "an owner"
    assert waits_for(ticket()) == "the owner’s work"


def test_waiting_counts_since_the_present_state() -> None:
    """Opened on Monday the 2nd, on hold since Tuesday 09:00: 14 days and 15 hours of hold less."""
    held = (
        *story(1, resolved_after=None),
        TicketPutOnHold(
            ticket_id=TicketId("T1"),
            occurred_at=MONDAY + timedelta(days=1),
            state="on_hold",
            reason="awaiting_requester",
        ),
    )
    (found,) = waiting(judged(held))

    assert (found.name, found.tickets) == ("the requester", 1)
    assert found.longest == AS_OF - MONDAY - timedelta(days=1)


def test_waiting_has_the_most_first_and_half_of_them() -> None:
    """Three of 1, 2 and 3 days: half have waited for at least 2; of two the longer is not half."""
    told = judged(
        *(
            story(n, opened=AS_OF - timedelta(days=n), resolved_after=None, groups=())
            for n in (1, 2, 3)
        ),
        *(story(n, opened=AS_OF - timedelta(days=n), resolved_after=None) for n in (5, 6)),
    )
    first, second = waiting(told)

    assert (first.name, first.tickets, first.half) == ("an owner", 3, timedelta(days=2))
    assert (second.tickets, second.half, second.longest) == (
        *(2, timedelta(days=5), timedelta(days=6)),
    )


def test_waiting_shares_a_row_when_there_are_many_kinds() -> None:
    """Fifteen reasons: eight and the others."""
    log = judged(story(1, resolved_after=None))
    (one,) = log.backlog
    many = [attrs.evolve(one, is_on_hold=True, hold_reason=f"reason {n:02d}") for n in range(15)]
    found = waiting(attrs.evolve(log, backlog=tuple(many)))

    assert len(found) == 9
    assert (found[-1].name, found[-1].tickets) == ("(other)", 7)


def test_untouched_has_the_longest_first() -> None:
    """T2 was answered two days before T1 was."""
    told = judged(
        story(1, opened=AS_OF - timedelta(days=3), resolved_after=None),
        story(2, opened=AS_OF - timedelta(days=5), resolved_after=None),
    )
    found = list(untouched(told, 10))

    assert [each.ticket_id for each in found] == ["T2", "T1"]
    assert found[0].untouched == timedelta(days=5) - timedelta(minutes=30)
    assert found[0].age == timedelta(days=5)
    assert (found[0].group, found[0].assignee) == ("first-line", "ann")


def test_untouched_ignores_what_no_human_did() -> None:
    """An auto-reply on the last day is no touch; an assignment by hand is one."""
    base = story(1, resolved_after=None)
    head = {"ticket_id": TicketId("T1"), "occurred_at": AS_OF - timedelta(days=1)}
    machine = (*base, ContactReceived(**head, automatic=True))  # type: ignore[arg-type]
    human = (*base, TicketAssigned(**head, group=GroupId("b")))  # type: ignore[arg-type]

    (slept,) = untouched(judged(machine), 1)
    (woken,) = untouched(judged(human), 1)

    assert slept.untouched == AS_OF - MONDAY - timedelta(minutes=30)
    assert woken.untouched == timedelta(days=1)


def test_untouched_counts_from_the_opening_when_only_machines_acted() -> None:
    """A monitor opened it, and nobody came."""
    opened, *_ = story(1, resolved_after=None)
    (found,) = untouched(judged((attrs.evolve(opened, automatic=True),)), 1)

    assert found.untouched == AS_OF - MONDAY


def test_untouched_is_as_long_as_asked() -> None:
    """Ties come by id."""
    told = judged(*(story(n, resolved_after=None) for n in (3, 1, 2)))

    assert [each.ticket_id for each in untouched(told, 2)] == ["T1", "T2"]


def test_held_by_counts_groups_the_most_first() -> None:
    """Two with the network, one with nobody."""
    told = judged(
        story(1, resolved_after=None, groups=()),
        *(story(n, resolved_after=None, groups=("network",)) for n in (2, 3)),
    )

    assert [(each.name, each.tickets) for each in held_by(told)] == [
        *(("network", 2), ("no group", 1)),
    ]


def test_nothing_waits_for_an_owner_when_the_log_tells_of_none() -> None:
    """A log without a column for owners does not say that there are none."""
    opened = judged(story(1, resolved_after=None, groups=()))

    assert [each.name for each in waiting(opened)] == ["an owner"]
    assert [each.name for each in waiting(opened, ["owners"])] == ["work (the log names no owner)"]
