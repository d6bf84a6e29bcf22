"""Refusals: every reason, told apart by code, with value and remedy (law L2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
    MakeCommitment,
    OpenTicket,
    ReopenTicket,
    ResolveTicket,
    StartWork,
    TriggerTransition,
)
from itsm_core.errors import CommandRefused, Fault
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, Lifecycle, StateCategory, Ticket, decide

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANN = Actor(person_id=PersonId("ann"), roles={"analyst"})
ROB = Actor(person_id=PersonId("rob"), roles={"requester"})
LEA = Actor(person_id=PersonId("lea"), roles={"lead"})
NOBODY = Actor()
NEW = Ticket(ticket_id=ID, opened_at=NINE)
RESOLVED = Ticket(ticket_id=ID, opened_at=NINE, state="resolved", category=StateCategory.RESOLVED)
HELD = Ticket(
    ticket_id=ID,
    opened_at=NINE,
    state="on_hold",
    category=StateCategory.ON_HOLD,
    hold_reason="awaiting_supplier",
    last_move="TicketPutOnHold",
)


def refusal(
    ticket: Ticket | None,
    command: Command,
    *,
    actor: Actor = ANN,
    at: datetime = NINE,
    lifecycle: Lifecycle = INCIDENT,
) -> CommandRefused:
    """Return the refusal of a command that must be refused."""
    decision = decide(lifecycle, ticket, command, actor=actor, at=at)
    assert isinstance(decision, CommandRefused)
    return decision


def told(found: CommandRefused) -> list[tuple[str, str, str]]:
    """Return code, place and value of each reason."""
    return [(reason.code, reason.where, reason.value) for reason in found.reasons]


def only(found: CommandRefused) -> Fault:
    """Return the reason where there is exactly one."""
    (reason,) = found.reasons
    return reason


def test_illegal_transition_is_told_when_the_state_has_no_such_way() -> None:
    """The remedy says where the trigger starts and what works now."""
    reason = only(refusal(NEW, ReopenTicket(ticket_id=ID, reason="again")))
    assert (reason.code, reason.where, reason.value) == ("illegal-transition", "state", "new")
    assert reason.remedy == (
        "it starts in resolved; ways out of new: start, hold, resolve, cancel, merge"
    )


def test_missing_role_is_told_when_the_actor_has_another() -> None:
    """The remedy names the roles that would do and those that the actor has."""
    reason = only(refusal(NEW, StartWork(ticket_id=ID), actor=ROB))
    assert (reason.code, reason.where, reason.value) == ("missing-role", "actor.roles", "requester")
    assert reason.remedy == "needs one of analyst, lead; the actor has requester"


def test_missing_field_is_told_when_it_is_blank() -> None:
    """Blanks fill nothing."""
    blank = ResolveTicket(ticket_id=ID, resolution_code=" ")
    assert told(refusal(NEW, blank)) == [("missing-field", "resolution_code", "")]


def test_unknown_hold_reason_is_told_when_misspelt() -> None:
    """The remedy lists the reasons there are and the one that was meant."""
    reason = only(refusal(NEW, HoldTicket(ticket_id=ID, reason="awaiting_requestor")))
    assert (reason.code, reason.where) == ("unknown-hold-reason", "reason")
    assert reason.value == "awaiting_requestor"
    assert reason.remedy.startswith("use one of awaiting_requester, awaiting_supplier")
    assert reason.remedy.endswith("did you mean 'awaiting_requester'?")


def test_missing_hold_reason_is_told_once_when_left_out() -> None:
    """A hold without reason lacks a field; it is not unknown as well."""
    assert told(refusal(NEW, HoldTicket(ticket_id=ID, reason=""))) == [
        ("missing-field", "reason", "")
    ]


@pytest.mark.parametrize(
    "command",
    [
        OpenTicket(ticket_id=ID, impact="hgih", urgency=""),
        ChangePriorityInputs(ticket_id=ID, impact="hgih", urgency=""),
    ],
)
def test_unknown_levels_are_told_both_when_both_are_wrong(command: Command) -> None:
    """P2: every path that takes inputs checks them, and names each."""
    ticket = None if isinstance(command, OpenTicket) else NEW
    assert told(refusal(ticket, command)) == [
        ("unknown-impact", "impact", "hgih"),
        ("unknown-urgency", "urgency", ""),
    ]


def test_existing_ticket_is_told_when_opened_again() -> None:
    """An id names one ticket."""
    command = OpenTicket(ticket_id=ID, impact="high", urgency="low")
    assert told(refusal(NEW, command)) == [("ticket-exists", "ticket_id", "INC-1")]


def test_missing_ticket_is_told_when_there_is_none() -> None:
    """Nothing but opening works without a ticket."""
    found = refusal(None, StartWork(ticket_id=ID))
    assert told(found) == [("ticket-missing", "ticket_id", "INC-1")]


def test_every_reason_is_told_when_all_is_wrong() -> None:
    """L2: one refusal holds state, role and field at once."""
    assert told(refusal(RESOLVED, HoldTicket(ticket_id=ID, reason="lunch"), actor=NOBODY)) == [
        ("illegal-transition", "state", "resolved"),
        ("missing-role", "actor.roles", "none"),
        ("unknown-hold-reason", "reason", "lunch"),
    ]


def test_role_and_field_are_told_when_there_is_no_ticket() -> None:
    """What is wrong with the command itself is told also where the ticket is missing."""
    found = refusal(None, ResolveTicket(ticket_id=ID), actor=ROB)
    assert [code for code, _, _ in told(found)] == [
        "ticket-missing",
        "missing-role",
        "missing-field",
    ]


def test_assignment_to_nobody_is_refused_when_both_are_empty() -> None:
    """An assignment names a group, a person or both."""
    assert told(refusal(NEW, AssignTicket(ticket_id=ID))) == [("missing-field", "group", "")]


def test_other_ticket_is_told_when_ids_differ() -> None:
    """A command never lands on the wrong ticket."""
    found = refusal(NEW, StartWork(ticket_id=TicketId("INC-2")))
    assert told(found) == [("other-ticket", "ticket_id", "INC-2")]


def test_other_lifecycle_is_told_when_the_ticket_pins_another_version() -> None:
    """L4: a ticket lives by the version under which it was opened."""
    newer = attrs.evolve(INCIDENT, version=2)
    found = refusal(NEW, StartWork(ticket_id=ID), lifecycle=newer)
    assert told(found) == [("other-lifecycle", "lifecycle", "'incident' version 1")]


def test_unknown_state_is_told_when_an_import_brought_one() -> None:
    """A foreign state is named, not taken for an illegal move."""
    foreign = Ticket(ticket_id=ID, opened_at=NINE, state="-100")
    assert told(refusal(foreign, StartWork(ticket_id=ID))) == [("unknown-state", "state", "-100")]


def test_unknown_trigger_is_told_when_the_lifecycle_has_none() -> None:
    """The remedy suggests the trigger that was meant."""
    reason = only(refusal(NEW, TriggerTransition(ticket_id=ID, name="reslove")))
    assert (reason.code, reason.where, reason.value) == ("unknown-trigger", "trigger", "reslove")
    assert reason.remedy.startswith("use one of open, assign, prioritise")
    assert reason.remedy.endswith("did you mean 'resolve'?")


def test_wrong_command_is_told_when_a_trigger_needs_its_data() -> None:
    """`assign` without a holder to assign to is not a transition to fire by name."""
    reason = only(refusal(NEW, TriggerTransition(ticket_id=ID, name="assign")))
    assert (reason.code, reason.where) == ("wrong-command", "command")
    assert reason.value == "TriggerTransition"
    assert reason.remedy == "send AssignTicket"


def test_later_field_is_told_when_an_earlier_one_is_filled() -> None:
    """By the command or by the ticket: each field is looked at."""
    due = NINE + timedelta(hours=4)
    promise = MakeCommitment(ticket_id=ID, commitment_id="c1", due_at=due)
    assert told(refusal(NEW, promise)) == [("missing-field", "text", "")]
    moves = [
        attrs.evolve(each, required=("group", "service")) if each.trigger == "start" else each
        for each in INCIDENT.transitions
    ]
    strict = attrs.evolve(INCIDENT, transitions=moves)
    grouped = attrs.evolve(NEW, group=GroupId("first"))
    found = refusal(grouped, StartWork(ticket_id=ID), lifecycle=strict)
    assert told(found) == [("missing-field", "service", "")]


def test_field_is_told_once_when_a_transition_asks_for_it_twice() -> None:
    """A slip of the lifecycle is not the actor's."""
    moves = [
        attrs.evolve(each, required=("service", "service")) if each.trigger == "start" else each
        for each in INCIDENT.transitions
    ]
    doubled = attrs.evolve(INCIDENT, transitions=moves)
    found = refusal(NEW, StartWork(ticket_id=ID), lifecycle=doubled)
    assert told(found) == [("missing-field", "service", "")]


def test_role_of_any_way_will_do_when_none_starts_in_the_state() -> None:
    """Then the state is the reason; only who could never fire it hears of a role as well."""
    found = refusal(RESOLVED, CancelTicket(ticket_id=ID, reason="mistake"), actor=ROB)
    assert [code for code, _, _ in told(found)] == ["illegal-transition"]
    robot = Actor(roles={"system"}, automatic=True)
    found = refusal(RESOLVED, CancelTicket(ticket_id=ID, reason="mistake"), actor=robot)
    assert [code for code, _, _ in told(found)] == ["illegal-transition", "missing-role"]
    assert found.reasons[1].remedy == (
        "needs one of analyst, lead, requester; the actor has system"
    )


def test_roles_are_listed_in_order_when_the_actor_has_several() -> None:
    """The same refusal reads the same on every machine."""
    many = Actor(person_id=PersonId("rob"), roles={"visitor", "requester", "guest"})
    reason = only(refusal(NEW, StartWork(ticket_id=ID), actor=many))
    assert reason.value == "guest, requester, visitor"


def test_follow_up_is_offered_when_a_closed_ticket_cannot_be_reopened() -> None:
    """L5: what came too late is a ticket of its own; elsewhere nothing is said of it."""
    closed = attrs.evolve(RESOLVED, state="closed", category=StateCategory.CLOSED)
    reason = only(refusal(closed, ReopenTicket(ticket_id=ID, reason="again"), actor=LEA))
    assert reason.remedy == (
        "it starts in resolved; ways out of closed: none; or open a follow-up: OpenFollowUp(...)"
    )
    reason = only(refusal(closed, CancelTicket(ticket_id=ID, reason="again"), actor=LEA))
    assert reason.remedy.endswith("ways out of closed: none")


def test_missing_hold_reason_is_told_when_the_transition_does_not_ask_for_it() -> None:
    """Whatever leads to a hold needs a reason, because the reason decides which clocks pause."""
    moves = [
        attrs.evolve(each, required=()) if each.trigger == "hold" else each
        for each in INCIDENT.transitions
    ]
    loose = attrs.evolve(INCIDENT, transitions=moves)
    found = refusal(NEW, HoldTicket(ticket_id=ID, reason=" "), lifecycle=loose)
    assert told(found) == [("missing-field", "reason", "")]


def test_early_instant_is_told_when_it_is_before_the_opening() -> None:
    """Nothing happens to a ticket before it exists."""
    found = refusal(NEW, StartWork(ticket_id=ID), at=NINE - timedelta(microseconds=1))
    assert told(found) == [("before-opening", "at", "2026-01-05T08:59:59.999999+00:00")]


def test_ticket_itself_fills_a_field_when_it_has_it() -> None:
    """A required field may already stand on the ticket."""
    moves = [
        attrs.evolve(each, required=("category_name",)) if each.trigger == "start" else each
        for each in INCIDENT.transitions
    ]
    strict = attrs.evolve(INCIDENT, transitions=moves)
    assert only(refusal(NEW, StartWork(ticket_id=ID), lifecycle=strict)).where == "category_name"
    known = attrs.evolve(NEW, category_name="mail")
    decision = decide(strict, known, StartWork(ticket_id=ID), actor=ANN, at=NINE)
    assert not isinstance(decision, CommandRefused)


def test_anybody_may_when_a_transition_names_no_role() -> None:
    """Without roles a transition is open to all, also where it is not possible now."""
    moves = [
        attrs.evolve(each, roles=()) if each.trigger == "close" else each
        for each in INCIDENT.transitions
    ]
    loose = attrs.evolve(INCIDENT, transitions=moves)
    found = refusal(NEW, CloseTicket(ticket_id=ID), actor=NOBODY, lifecycle=loose)
    assert only(found).code == "illegal-transition"


def test_hold_reason_is_shown_when_a_held_ticket_refuses() -> None:
    """The message says what the ticket waits for."""
    reason = only(refusal(HELD, ReopenTicket(ticket_id=ID, reason="again")))
    assert "'on_hold' (awaiting_supplier)" in reason.message


def test_refusal_reads_as_one_sentence_when_shown() -> None:
    """The text names command, ticket, reason and remedy."""
    assert str(refusal(NEW, ResolveTicket(ticket_id=ID))) == (
        "ResolveTicket on ticket INC-1 refused: resolution_code: 'resolve' needs "
        "'resolution_code' (fill 'resolution_code' and try again)"
    )
