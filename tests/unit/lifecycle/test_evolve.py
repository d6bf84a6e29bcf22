"""Folding events into a ticket, also those of dirty logs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    AnswerSent,
    CommitmentHandedOver,
    CommitmentKept,
    CommitmentMade,
    MajorIncidentAccepted,
    MajorIncidentProposed,
    MajorIncidentRejected,
    PriorityChanged,
    ReasonRecorded,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.lifecycle import StateCategory, Ticket, evolve, fold

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(hours: int) -> datetime:
    """Return an instant some hours after opening."""
    return NINE + timedelta(hours=hours)


OPENED = TicketOpened(
    ticket_id=ID,
    occurred_at=NINE,
    title="mail is down",
    requester=PersonId("rob"),
    category="mail",
    impact="high",
    urgency="low",
    priority="P3",
    group=GroupId("first"),
)
STARTED = WorkStarted(ticket_id=ID, occurred_at=at(1), state="in_progress")
HELD = TicketPutOnHold(ticket_id=ID, occurred_at=at(2), state="on_hold", reason="awaiting_supplier")
RESUMED = TicketResumed(ticket_id=ID, occurred_at=at(3), state="in_progress")
RESOLVED = TicketResolved(
    ticket_id=ID, occurred_at=at(4), state="resolved", resolution_code="fixed"
)
REOPENED = TicketReopened(ticket_id=ID, occurred_at=at(5), state="in_progress", reason="again")
CLOSED = TicketClosed(ticket_id=ID, occurred_at=at(6), state="closed")
CANCELLED = TicketCancelled(ticket_id=ID, occurred_at=at(6), state="cancelled")


def told(*events: TicketEvent) -> Ticket:
    """Return the ticket after opening and some more events."""
    return fold((OPENED, *events))


def test_ticket_has_what_was_known_when_opened() -> None:
    """Everything that the opening tells stands on the ticket."""
    ticket = told()
    assert (ticket.title, ticket.requester, ticket.category_name, ticket.group) == (
        "mail is down",
        "rob",
        "mail",
        "first",
    )
    assert (ticket.priority, ticket.state, ticket.category, ticket.opened_at, ticket.version) == (
        "P3",
        "new",
        StateCategory.NEW,
        NINE,
        1,
    )


@pytest.mark.parametrize(
    ("event", "category", "state"),
    [
        (STARTED, "active", "in_progress"),
        (HELD, "on_hold", "on_hold"),
        (RESOLVED, "resolved", "resolved"),
        (CLOSED, "closed", "closed"),
        (CANCELLED, "cancelled", "cancelled"),
        (TicketMoved(ticket_id=ID, occurred_at=at(1), state="triaged"), "new", "triaged"),
    ],
)
def test_category_follows_the_class_of_the_event_when_moved(
    event: TicketEvent, category: str, state: str
) -> None:
    """What kind of move it is, is in the class; so any lifecycle's states are understood."""
    ticket = told(event)
    assert (ticket.category.value, ticket.state) == (category, state)


def test_hold_reason_stands_only_when_on_hold() -> None:
    """The reason comes with the hold and leaves with it."""
    reasons = [told(STARTED, HELD).hold_reason, told(STARTED, HELD, RESUMED).hold_reason]
    assert reasons == ["awaiting_supplier", ""]


@pytest.mark.parametrize("event", [RESOLVED, CLOSED, CANCELLED, STARTED, REOPENED])
def test_hold_reason_is_gone_when_the_hold_ends_in_another_way(event: TicketEvent) -> None:
    """No state but a hold has a hold reason."""
    assert told(HELD, event).hold_reason == ""


def test_reopening_counts_when_the_ticket_was_done() -> None:
    """A way back from resolved or closed into work is a reopening, its solution is gone."""
    ticket = told(RESOLVED, REOPENED)
    assert (ticket.reopen_count, ticket.resolved_at, ticket.resolution_code) == (1, None, "")


def test_reopening_does_not_count_when_the_ticket_was_open() -> None:
    """Told twice, or of an open ticket: nothing came back."""
    assert told(RESOLVED, REOPENED, REOPENED).reopen_count == 1


def test_first_solution_stands_when_resolved_twice() -> None:
    """Without a reopening between, the solution was there since the first."""
    again = attrs.evolve(RESOLVED, occurred_at=at(5), recorded_at=None, resolution_code="")
    ticket = told(RESOLVED, again)
    assert (ticket.resolved_at, ticket.resolution_code) == (at(4), "fixed")


def test_solution_is_kept_when_closed() -> None:
    """Closing confirms the solution."""
    ticket = told(RESOLVED, CLOSED)
    assert (ticket.resolved_at, ticket.closed_at) == (at(4), at(6))


def test_closing_instant_is_gone_when_the_ticket_is_not_closed_any_more() -> None:
    """`closed_at` stands only on a closed ticket."""
    left = [told(CLOSED, event).closed_at for event in (REOPENED, STARTED, RESOLVED, CANCELLED)]
    assert left == [None] * 4


def test_first_closing_stands_when_closed_twice() -> None:
    """A repeated closing moves nothing."""
    assert told(CLOSED, attrs.evolve(CLOSED, occurred_at=at(9), recorded_at=None)).closed_at == at(
        6
    )


def test_first_response_is_the_first_human_answer_when_several_are_sent() -> None:
    """L5: an automatic answer answers nothing, and later ones are not the first."""
    auto = AnswerSent(ticket_id=ID, occurred_at=at(1), automatic=True)
    human = [AnswerSent(ticket_id=ID, occurred_at=at(hours)) for hours in (2, 3)]
    assert told(auto).first_response_at is None
    assert told(auto, *human).first_response_at == at(2)


def test_reassignment_counts_when_a_group_gives_the_ticket_away() -> None:
    """Another person of the same group is no reassignment; another group, or none, is."""
    groups = [("first", "ann"), ("second", ""), ("", ""), ("third", "")]
    events = [
        TicketAssigned(
            ticket_id=ID, occurred_at=at(1), group=GroupId(group), assignee=PersonId(person)
        )
        for group, person in groups
    ]
    counts = [told(*events[:number]).reassignment_count for number in range(5)]
    assert counts == [0, 0, 1, 2, 2]


def test_inputs_stay_known_when_only_a_priority_is_told() -> None:
    """Imported logs may tell the priority alone."""
    ticket = told(PriorityChanged(ticket_id=ID, occurred_at=at(1), priority="P1"))
    assert (ticket.impact, ticket.urgency, ticket.priority) == ("high", "low", "P1")


def test_version_counts_every_event_when_some_change_nothing() -> None:
    """The version is the number of events folded, as a store counts them."""
    assert told(OPENED, RESUMED, RESUMED, CLOSED, CLOSED).version == 6


def test_first_opening_stands_when_it_is_told_twice() -> None:
    """A second opening changes nothing but the version."""
    again = attrs.evolve(OPENED, occurred_at=at(1), recorded_at=None, title="other")
    assert told(STARTED, again) == attrs.evolve(told(STARTED), version=3)


def test_unknown_event_class_changes_nothing_when_folded() -> None:
    """An event class of one's own is a fact, if not one that moves a ticket."""

    @attrs.frozen(kw_only=True, repr=False)
    class Blessed(TicketEvent):
        """An event that this library has never heard of."""

    blessed = Blessed(ticket_id=ID, occurred_at=at(1))
    assert evolve(told(), blessed) == attrs.evolve(told(), version=2)


def test_ticket_before_stays_when_an_event_is_folded() -> None:
    """Evolve is pure."""
    before = told()
    evolve(before, RESOLVED)
    assert before == told()


def test_evolved_ticket_equals_a_built_one_when_compared() -> None:
    """The shortcut by which evolve makes tickets gives the same value as the constructor."""
    ticket = told(STARTED)
    fields = {
        field.alias: getattr(ticket, field.name)
        for field in attrs.fields(Ticket)
        if field.alias is not None
    }
    built = Ticket(**fields)
    assert (built, hash(built), repr(built)) == (ticket, hash(ticket), repr(ticket))


def test_event_is_refused_when_it_is_another_tickets() -> None:
    """Mixed histories are a mistake of the caller, not dirt of a log."""
    with pytest.raises(InvalidValue, match="INC-2"):
        evolve(told(), attrs.evolve(STARTED, ticket_id=TicketId("INC-2")))


def test_history_is_refused_when_it_does_not_begin_with_opening() -> None:
    """What was known at the opening cannot be made up."""
    with pytest.raises(InvalidValue, match="WorkStarted"):
        fold([STARTED, OPENED])


MADE = CommitmentMade(
    ticket_id=ID,
    occurred_at=at(1),
    commitment_id="call back",
    owner=PersonId("ann"),
    due_at=at(2),
)


def test_promise_that_is_over_keeps_its_owner_when_a_log_hands_it_over() -> None:
    """Whose it was when it was kept is what happened; an open one goes over."""
    kept = CommitmentKept(ticket_id=ID, occurred_at=at(2), commitment_id="call back")
    over = CommitmentHandedOver(
        ticket_id=ID, occurred_at=at(3), commitment_id="call back", owner=PersonId("ben")
    )
    assert told(MADE, kept, over).commitment_owners == {"call back": "ann"}
    assert told(MADE, over).commitment_owners == {"call back": "ben"}


@pytest.mark.parametrize("late", [MajorIncidentProposed, MajorIncidentRejected])
def test_major_incident_stays_accepted_when_a_log_tells_of_a_proposal_later(
    late: type[MajorIncidentProposed | MajorIncidentRejected],
) -> None:
    """L6: it ends by being demoted, and in no other way."""
    accepted = MajorIncidentAccepted(ticket_id=ID, occurred_at=at(1))
    assert told(accepted, late(ticket_id=ID, occurred_at=at(2))).major == "accepted"


def test_text_of_the_move_stands_when_a_reason_is_recorded_after_it() -> None:
    """The move has told why already; where it had no room the reason is told."""
    late = ReasonRecorded(ticket_id=ID, occurred_at=at(5), trigger="start", reason="by phone")
    assert told(REOPENED, late).last_text == "again"
    assert told(STARTED, late).last_text == "by phone"


def test_history_is_refused_when_empty() -> None:
    """No events, no ticket."""
    with pytest.raises(InvalidValue, match="without events"):
        fold([])


# --- what each move leaves of a ticket -----------------------------------------------------------

MARKED = Ticket(
    ticket_id=ID,
    opened_at=NINE,
    state="before",
    category=StateCategory.ON_HOLD,
    hold_reason="awaiting_supplier",
    last_move="TicketAssigned",
    last_text="said before",
    resolved_at=at(1),
    closed_at=at(2),
    cancelled_at=at(3),
    resolution_code="fixed",
    resolver=PersonId("ann"),
    approvers=(PersonId("sam"),),
    acknowledged_by=PersonId("tess"),
    reopen_count=2,
    version=7,
)
WORKED = {
    "category": StateCategory.ACTIVE,
    "hold_reason": "",
    "resolved_us": None,
    "closed_us": None,
    "cancelled_us": None,
    "resolution_code": "",
    "resolver": "",
    "last_text": "",
}
MOVED = {"state": "after", "version": 8, "endorsers": ("sam",), "approvers": ()}


@pytest.mark.parametrize(
    ("kind", "given", "left"),
    [
        (WorkStarted, {}, {**WORKED, "last_move": "WorkStarted"}),
        (TicketResumed, {}, {**WORKED, "last_move": "TicketResumed"}),
        (TicketMoved, {}, {"last_move": "TicketMoved", "last_text": ""}),
        (
            TicketPutOnHold,
            {"reason": "awaiting_requester", "evidence": "mail"},
            {
                **WORKED,
                "category": StateCategory.ON_HOLD,
                "hold_reason": "awaiting_requester",
                "last_move": "TicketPutOnHold",
                "last_text": "mail",
            },
        ),
        (
            TicketReopened,
            {"reason": "again"},
            {
                **WORKED,
                "acknowledged_by": "",
                "last_move": "TicketReopened",
                "last_text": "again",
            },
        ),
        (
            TicketResolved,
            {"actor": PersonId("bob")},
            {
                "category": StateCategory.RESOLVED,
                "hold_reason": "",
                "closed_us": None,
                "cancelled_us": None,
                "last_move": "TicketResolved",
                "last_text": "",
            },
        ),
        (
            TicketClosed,
            {},
            {
                "category": StateCategory.CLOSED,
                "hold_reason": "",
                "cancelled_us": None,
                "last_move": "TicketClosed",
                "last_text": "",
            },
        ),
        (
            TicketCancelled,
            {"reason": "not mine"},
            {
                "category": StateCategory.CANCELLED,
                "hold_reason": "",
                "closed_us": None,
                "last_move": "TicketCancelled",
                "last_text": "not mine",
            },
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_move_leaves_what_stands_and_nothing_else(
    kind: Callable[..., TicketEvent], given: dict[str, Any], left: dict[str, Any]
) -> None:
    """A repeated solution keeps its first instant and person; work takes every end back."""
    moved = evolve(MARKED, kind(ticket_id=ID, occurred_at=at(9), state="after", **given))
    before = attrs.asdict(MARKED, recurse=False)
    after = attrs.asdict(moved, recurse=False)
    changed = {name: value for name, value in after.items() if value != before[name]}
    expected = {**MOVED, **left}
    assert changed == {name: value for name, value in expected.items() if value != before[name]}


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (TicketResolved, "resolved_us"),
        (TicketClosed, "closed_us"),
        (TicketCancelled, "cancelled_us"),
    ],
)
def test_end_has_its_instant_when_none_stood_before(
    kind: Callable[..., TicketEvent], field: str
) -> None:
    """The first of its kind says when; who resolved is known from then on."""
    fresh = Ticket(ticket_id=ID, opened_at=NINE)
    event = kind(ticket_id=ID, occurred_at=at(9), state="after", actor=PersonId("bob"))
    moved = evolve(fresh, event)
    assert getattr(moved, field) == event.occurred_us
    assert moved.resolver == ("bob" if kind is TicketResolved else "")


def test_reopening_is_counted_when_the_ticket_was_at_rest() -> None:
    """A log may tell a reopening of what is open: that is work, and no way back."""
    again = TicketReopened(ticket_id=ID, occurred_at=at(9), state="x", reason="again")
    assert evolve(MARKED, again).reopen_count == 2
    at_rest = attrs.evolve(MARKED, category=StateCategory.RESOLVED)
    assert evolve(at_rest, again).reopen_count == 3
