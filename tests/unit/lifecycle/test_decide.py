"""Deciding: the events that a legal command gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import attrs
import pytest

from itsm_core.commands import (
    Actor,
    AssignTicket,
    CancelTicket,
    ChangePriorityInputs,
    CloseTicket,
    Command,
    HoldTicket,
    MergeTicket,
    OpenTicket,
    ReceiveContact,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    SendAnswer,
    StartWork,
    TriggerTransition,
)
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused, InvalidValue, NaiveDatetime
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketEvent,
    TicketMerged,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
    in_order,
)
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    Lifecycle,
    State,
    StateCategory,
    Ticket,
    Transition,
    decide,
    evolve,
    fold,
)

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
ANN = Actor(person_id=PersonId("ann"), roles={"analyst"})
LEA = Actor(person_id=PersonId("lea"), roles={"analyst", "lead"})
ROB = Actor(person_id=PersonId("rob"), roles={"requester"})
ROBOT = Actor(roles={"requester", "system"}, automatic=True)

OPEN = OpenTicket(
    ticket_id=ID, title="mail is down", impact="high", urgency="medium", group=GroupId("first")
)
START = StartWork(ticket_id=ID)
HOLD = HoldTicket(ticket_id=ID, reason="awaiting_requester")
RESUME = ResumeTicket(ticket_id=ID)
RESOLVE = ResolveTicket(ticket_id=ID, resolution_code="fixed")
REOPEN = ReopenTicket(ticket_id=ID, reason="came back")
CLOSE = CloseTicket(ticket_id=ID)
CANCEL = CancelTicket(ticket_id=ID, reason="not mine")
CONTACT = ReceiveContact(ticket_id=ID, channel="phone")


def decided(
    ticket: Ticket | None,
    command: Command,
    *,
    actor: Actor = LEA,
    at: datetime = TEN,
    lifecycle: Lifecycle = INCIDENT,
) -> tuple[TicketEvent, ...]:
    """Return the events of a command that must be legal."""
    decision = decide(lifecycle, ticket, command, actor=actor, at=at)
    assert not isinstance(decision, CommandRefused), decision
    return decision


def after(*commands: Command, lifecycle: Lifecycle = INCIDENT) -> Ticket:
    """Return the ticket after opening and some more commands, an hour later."""
    ticket = fold(decided(None, OPEN, at=NINE, lifecycle=lifecycle))
    for command in commands:
        for event in decided(ticket, command, lifecycle=lifecycle):
            ticket = evolve(ticket, event)
    return ticket


def test_opening_derives_the_priority_when_decided() -> None:
    """P2: high impact and medium urgency are P2 by the matrix; nobody sets it."""
    (event,) = decided(None, OPEN, actor=ANN, at=NINE)
    assert event == TicketOpened(
        ticket_id=ID,
        occurred_at=NINE,
        actor=PersonId("ann"),
        title="mail is down",
        impact="high",
        urgency="medium",
        priority="P2",
        group=GroupId("first"),
    )


def test_priority_is_derived_anew_when_an_input_changes() -> None:
    """P2: on every path; low impact and medium urgency are P4."""
    command = ChangePriorityInputs(
        ticket_id=ID, impact="low", urgency="medium", reason="one user only"
    )
    (event,) = decided(after(), command)
    assert isinstance(event, PriorityChanged)
    assert (event.impact, event.urgency, event.priority, event.reason) == (
        "low",
        "medium",
        "P4",
        "one user only",
    )


@pytest.mark.parametrize(
    ("before", "command", "state", "category"),
    [
        ((), START, "in_progress", "active"),
        ((), HOLD, "on_hold", "on_hold"),
        ((START, HOLD), RESUME, "in_progress", "active"),
        ((START,), RESOLVE, "resolved", "resolved"),
        ((RESOLVE,), REOPEN, "in_progress", "active"),
        ((RESOLVE,), CLOSE, "closed", "closed"),
        ((START,), CANCEL, "cancelled", "cancelled"),
    ],
)
def test_ticket_is_where_the_lifecycle_says_when_moved(
    before: tuple[Command, ...], command: Command, state: str, category: str
) -> None:
    """Each move gives one event that leads to the target, in the target's category."""
    ticket = after(*before)
    (event,) = decided(ticket, command)
    moved = evolve(ticket, event)
    assert (moved.state, moved.category.value, event.occurred_at) == (state, category, TEN)


@pytest.mark.parametrize(
    ("before", "command"),
    [
        ((), AssignTicket(ticket_id=ID, group=GroupId("second"), assignee=PersonId("sam"))),
        ((), ChangePriorityInputs(ticket_id=ID, impact="low", urgency="low")),
        ((), START),
        ((START,), HOLD),
        ((START, HOLD), RESUME),
        ((START,), RESOLVE),
        ((RESOLVE,), REOPEN),
        ((RESOLVE,), CLOSE),
        ((), CANCEL),
    ],
)
def test_nothing_happens_when_the_same_is_decided_twice(
    before: tuple[Command, ...], command: Command
) -> None:
    """L2: a command told twice gives its events once."""
    assert decided(after(*before, command), command) == ()


def test_hold_gives_an_event_when_the_wait_is_for_somebody_else() -> None:
    """Another reason pauses other clocks, so it is a fact of its own."""
    (event,) = decided(after(HOLD), HoldTicket(ticket_id=ID, reason="awaiting_supplier"))
    assert isinstance(event, TicketPutOnHold)
    assert event.reason == "awaiting_supplier"


def test_reopening_is_no_repetition_when_the_ticket_was_started_otherwise() -> None:
    """A ticket in progress that was never resolved cannot be reopened."""
    decision = decide(INCIDENT, after(START), REOPEN, actor=LEA, at=TEN)
    assert isinstance(decision, CommandRefused)


def test_group_is_kept_when_a_person_takes_the_ticket() -> None:
    """A person alone takes the ticket within its group."""
    (event,) = decided(after(), AssignTicket(ticket_id=ID, assignee=PersonId("sam")))
    assert isinstance(event, TicketAssigned)
    assert (event.group, event.assignee) == ("first", "sam")


def test_person_is_dropped_when_the_ticket_goes_to_a_group() -> None:
    """A group alone puts the ticket into its queue."""
    held = after(AssignTicket(ticket_id=ID, assignee=PersonId("sam")))
    (event,) = decided(held, AssignTicket(ticket_id=ID, group=GroupId("second")))
    assert isinstance(event, TicketAssigned)
    assert (event.group, event.assignee) == ("second", "")


def test_answer_is_marked_when_a_program_sends_it() -> None:
    """L5: an automatic answer is told apart, so that it never answers."""
    command = SendAnswer(ticket_id=ID, channel="mail")
    marks = [
        (isinstance(event, AnswerSent), event.automatic)
        for actor in (ANN, ROBOT)
        for event in decided(after(), command, actor=actor)
    ]
    assert marks == [(True, False), (True, True)]


def test_contact_ends_the_wait_when_a_human_requester_calls() -> None:
    """L5: the requester answers, so the ticket resumes by itself."""
    contact, resumed = decided(after(START, HOLD), CONTACT, actor=ROB)
    assert (type(contact), type(resumed)) == (ContactReceived, TicketResumed)


def test_contact_does_not_resume_when_it_is_automatic() -> None:
    """L5: an out-of-office reply resumes nothing (zammad 5113, znuny 138)."""
    (event,) = decided(after(START, HOLD), CONTACT, actor=ROBOT)
    assert (type(event), event.automatic) == (ContactReceived, True)


def test_contact_does_not_resume_when_somebody_else_is_awaited() -> None:
    """A call of the requester does not bring the supplier's part."""
    held = after(START, HoldTicket(ticket_id=ID, reason="awaiting_supplier"))
    (event,) = decided(held, CONTACT, actor=ROB)
    assert isinstance(event, ContactReceived)


@pytest.mark.parametrize("actor", [ROB, ROBOT])
def test_contact_does_not_reopen_when_the_ticket_is_resolved(actor: Actor) -> None:
    """A word of thanks is not a reopening; that is a command of its own."""
    (event,) = decided(after(RESOLVE), CONTACT, actor=actor)
    assert isinstance(event, ContactReceived)


def test_events_keep_their_order_when_they_are_of_one_instant() -> None:
    """Resume and hold at one instant are told apart by sequence, not by class."""
    held = after(START, HOLD)
    resumed = decided(held, RESUME)
    again = decided(evolve(held, resumed[0]), HOLD)
    assert in_order((*again, *resumed)) == (*resumed, *again)


def test_decision_is_refused_when_its_instant_has_no_zone() -> None:
    """T1: a naive instant is an error of the caller, not a reason of the desk."""
    with pytest.raises(NaiveDatetime):
        decide(INCIDENT, None, OPEN, actor=LEA, at=NINE.replace(tzinfo=None))


# --- a lifecycle of one's own ------------------------------------------------------------------

OWN = Lifecycle(
    name="own",
    version=3,
    states=(
        State(name="inbox", category=StateCategory.NEW),
        State(name="triaged", category=StateCategory.NEW),
        State(name="doing", category=StateCategory.ACTIVE),
        State(name="testing", category=StateCategory.ACTIVE),
        State(name="parked", category=StateCategory.ON_HOLD),
        State(name="archived", category=StateCategory.CLOSED),
    ),
    hold_reasons=("budget",),
    transitions=(
        Transition(trigger="open", target="inbox"),
        Transition(trigger="triage", sources=("inbox",), target="triaged"),
        Transition(trigger="begin", sources=("inbox", "triaged"), target="doing"),
        Transition(trigger="test", sources=("doing",), target="testing"),
        Transition(trigger="park", sources=("doing", "testing"), target="parked"),
        Transition(trigger="unpark", sources=("parked",), target="doing"),
        Transition(trigger="archive", sources=("doing", "testing"), target="archived"),
        Transition(
            trigger="revive",
            sources=("archived",),
            target="doing",
            guard=field("reopen_count").is_below(5),
        ),
    ),
)


def fire(name: str, reason: str = "") -> TriggerTransition:
    """Return the command for a trigger of one's own."""
    return TriggerTransition(ticket_id=ID, name=name, reason=reason)


@pytest.mark.parametrize(
    ("before", "last", "kind"),
    [
        ((), fire("triage"), TicketMoved),
        ((), fire("begin"), WorkStarted),
        ((fire("begin"),), fire("test"), TicketMoved),
        ((fire("begin"),), fire("park", "budget"), TicketPutOnHold),
        ((fire("begin"), fire("park", "budget")), fire("unpark"), TicketResumed),
        ((fire("begin"), fire("archive")), fire("revive", "needed"), TicketReopened),
    ],
)
def test_event_class_follows_the_categories_when_the_lifecycle_is_ones_own(
    before: tuple[Command, ...], last: Command, kind: type[TicketEvent]
) -> None:
    """So that service levels understand a lifecycle that somebody else has written."""
    (event,) = decided(after(*before, lifecycle=OWN), last, lifecycle=OWN)
    assert type(event) is kind


def test_ticket_pins_its_lifecycle_when_opened() -> None:
    """L4: name and version of the lifecycle go into the first event."""
    (event,) = decided(None, OPEN, lifecycle=OWN)
    assert isinstance(event, TicketOpened)
    assert (event.lifecycle, event.lifecycle_version, event.state) == ("own", 3, "inbox")


@pytest.mark.parametrize("name", ["triage", "begin"])
def test_own_trigger_gives_nothing_when_fired_twice(name: str) -> None:
    """L2: the rule of repetition holds for any lifecycle."""
    assert decided(after(fire(name), lifecycle=OWN), fire(name), lifecycle=OWN) == ()


def test_nothing_happens_when_a_transition_leads_to_where_it_starts() -> None:
    """A loop on one state changes nothing, so it is no event."""
    moves = (*OWN.transitions, Transition(trigger="poke", sources=("inbox",), target="inbox"))
    own = Lifecycle(name="own", states=OWN.states, hold_reasons=("budget",), transitions=moves)
    assert decided(after(lifecycle=own), fire("poke"), lifecycle=own) == ()


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("lifecycle", None, "not a Lifecycle: None"),
        ("ticket", "INC-1", "not a Ticket: 'INC-1'"),
        ("command", None, "not a Command: None"),
        ("command", "resolve", "not a Command: 'resolve'"),
        ("actor", None, "not an Actor: None"),
        ("matrix", {}, "not a PriorityMatrix or PriorityPolicy: {}"),
    ],
)
def test_decision_is_refused_when_an_argument_is_of_another_type(
    argument: str, value: object, message: str
) -> None:
    """What the types forbid, callers without a type checker still do."""
    given = {"lifecycle": INCIDENT, "ticket": None, "command": OPEN, "actor": LEA}
    with pytest.raises(InvalidValue, match=message):
        decide(**cast("Any", {**given, "at": NINE, argument: value}))


@pytest.mark.parametrize(
    ("held", "command"),
    [
        (HOLD, ReceiveContact(ticket_id=ID, channel="mail")),
        (START, MergeTicket(ticket_id=ID, into=TicketId("INC-2"), reason="same outage")),
    ],
)
def test_events_follow_each_other_in_the_stream_when_there_are_two(
    held: Command, command: Command
) -> None:
    """Opened and moved before: the third and the fourth, by one actor at one instant."""
    first, second = decided(after(held), command)
    assert (first.sequence, second.sequence) == (2, 3)
    assert (first.actor, first.occurred_at) == (second.actor, second.occurred_at)


def test_merging_says_where_and_why_when_decided() -> None:
    """The ticket goes on in another one, and ends itself for the same reason."""
    merge = MergeTicket(ticket_id=ID, into=TicketId("INC-2"), reason="same outage")
    merged, cancelled = decided(after(), merge)
    assert isinstance(merged, TicketMerged)
    assert isinstance(cancelled, TicketCancelled)
    assert (merged.into, merged.reason) == ("INC-2", "same outage")
    assert cancelled.state == "cancelled"


def test_moves_bring_what_the_command_said_when_decided() -> None:
    """The reason of a hold, a reopening, a cancelling; the code of a solution."""
    (held,) = decided(after(), attrs.evolve(HOLD, evidence="mail 7"))
    assert isinstance(held, TicketPutOnHold)
    assert (held.reason, held.evidence) == ("awaiting_requester", "mail 7")
    (resolved,) = decided(after(), RESOLVE)
    assert isinstance(resolved, TicketResolved)
    assert resolved.resolution_code == "fixed"
    (again,) = decided(after(RESOLVE), REOPEN)
    assert isinstance(again, TicketReopened)
    assert again.reason == "came back"
    (cancelled,) = decided(after(), CANCEL)
    assert isinstance(cancelled, TicketCancelled)
    assert cancelled.reason == "not mine"
