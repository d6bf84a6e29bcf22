"""Deciding about priorities: derived on every path, overridden by a rule (laws P2, P3, L7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.commands import (
    Actor,
    ChangePriorityInputs,
    Command,
    EndPriorityOverride,
    HoldTicket,
    OpenTicket,
    OverridePriority,
    ReclassifyTicket,
    TriggerTransition,
)
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused
from itsm_core.events import (
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketEvent,
    TicketPutOnHold,
    TicketReclassified,
    in_order,
)
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.lifecycle import INCIDENT, Ticket, decide, evolve, fold
from itsm_core.priority import (
    ITIL_MATRIX,
    OverrideRule,
    PriorityDirectory,
    PriorityModifier,
    PriorityPolicy,
    PriorityRules,
    Raise,
    Set,
)

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
LEA = Actor(person_id=PersonId("lea"), roles={"analyst", "lead"})
ROB = Actor(person_id=PersonId("rob"), roles={"requester"})
ROBOT = Actor(roles={"system"}, automatic=True)
OPEN = OpenTicket(
    ticket_id=ID, impact="low", urgency="low", requester=PersonId("bob"), service=ServiceId("chat")
)
POLICY = PriorityPolicy(
    matrix=ITIL_MATRIX,
    modifiers=(
        PriorityModifier(name="vip", when=field("vip").is_(True), effect=Raise()),
        PriorityModifier(
            name="core service", when=field("service_criticality").is_("high"), effect=Raise()
        ),
        PriorityModifier(
            name="old", when=field("age").is_at_least(timedelta(hours=4)), effect=Raise()
        ),
        PriorityModifier(name="outage", when=field("category").is_("outage"), effect=Set("P0")),
    ),
    major="P0",
    directory=PriorityDirectory(service_criticality={"mail": "high"}, vips={"boss"}),
    overrides=OverrideRule(approvers_required=1, roles=("lead",), longest=timedelta(hours=8)),
)
URGENT = OverridePriority(ticket_id=ID, priority="P1", reason="board meeting")


def at(hours: float) -> datetime:
    """Return an instant some hours after opening."""
    return NINE + timedelta(hours=hours)


def decided(
    ticket: Ticket | None,
    command: Command,
    hour: float = 1,
    *,
    rules: PriorityRules = ITIL_MATRIX,
    actor: Actor = LEA,
) -> tuple[TicketEvent, ...]:
    """Return the events of a legal command."""
    decision = decide(INCIDENT, ticket, command, actor=actor, at=at(hour), matrix=rules)
    assert not isinstance(decision, CommandRefused), decision
    return decision


def refused(
    ticket: Ticket | None,
    command: Command,
    *,
    rules: PriorityRules = ITIL_MATRIX,
    actor: Actor = LEA,
) -> list[tuple[str, str]]:
    """Return code and place of each reason against a command an hour after opening."""
    decision = decide(INCIDENT, ticket, command, actor=actor, at=at(1), matrix=rules)
    assert isinstance(decision, CommandRefused)
    return [(reason.code, reason.where) for reason in decision.reasons]


def after(
    *commands: Command, opening: OpenTicket = OPEN, rules: PriorityRules = ITIL_MATRIX
) -> Ticket:
    """Return the ticket after opening and some more commands, one an hour."""
    ticket = fold(decided(None, opening, 0, rules=rules))
    for hour, command in enumerate(commands, 1):
        for event in decided(ticket, command, hour, rules=rules):
            ticket = evolve(ticket, event)
    return ticket


# --- derived on every path -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "priority"),
    [
        ({}, "P4"),
        ({"requester": PersonId("boss")}, "P3"),
        ({"service": ServiceId("mail")}, "P3"),
        ({"service": ServiceId("mail"), "requester": PersonId("boss")}, "P2"),
        ({"category": "outage"}, "P0"),
    ],
)
def test_opening_derives_by_the_policy_when_it_has_modifiers(
    change: dict[str, PersonId | ServiceId | str], priority: str
) -> None:
    """P2: what the ticket tells and what the desk knows give the priority."""
    ticket = after(opening=attrs.evolve(OPEN, **change), rules=POLICY)  # type: ignore[arg-type]
    assert (ticket.priority, ticket.derived_priority) == (priority, priority)


def test_priority_is_derived_anew_when_the_ticket_is_reclassified() -> None:
    """P2: the service is an input, so a change of it is a change of the priority."""
    command = ReclassifyTicket(ticket_id=ID, service=ServiceId("mail"), category="software")
    events = decided(after(rules=POLICY), command, rules=POLICY)
    changed, priority = events
    assert isinstance(changed, TicketReclassified)
    assert (changed.service, changed.category) == ("mail", "software")
    assert isinstance(priority, PriorityChanged)
    assert (priority.impact, priority.urgency, priority.priority) == ("low", "low", "P3")
    assert (priority.reason, changed.sequence, priority.sequence) == ("reclassified", 1, 2)
    assert in_order(reversed(events)) == events


def test_priority_stays_when_a_reclassification_changes_no_result() -> None:
    """No event without a fact; what was left empty stays as it was."""
    ticket = after(rules=POLICY)
    (event,) = decided(ticket, ReclassifyTicket(ticket_id=ID, category="phones"), rules=POLICY)
    moved = evolve(ticket, event)
    assert (moved.service, moved.category_name, moved.priority) == ("chat", "phones", "P4")


def test_nothing_happens_when_the_ticket_is_classified_so_already() -> None:
    """L2: a command told twice gives its events once."""
    again = ReclassifyTicket(ticket_id=ID, service=ServiceId("chat"))
    assert decided(after(rules=POLICY), again, rules=POLICY) == ()


def test_reclassification_stands_alone_when_the_inputs_are_unknown() -> None:
    """An imported ticket may have no impact; then nothing is made up."""
    imported = Ticket(ticket_id=ID, opened_at=NINE, priority="2 - High")
    (event,) = decided(imported, ReclassifyTicket(ticket_id=ID, category="x"), rules=POLICY)
    assert isinstance(event, TicketReclassified)


def test_priority_follows_its_age_when_a_program_asks_again() -> None:
    """S15: at the next change the same inputs are sent once more; time alone made the event."""
    ticket = after(rules=POLICY)
    again = ChangePriorityInputs(ticket_id=ID, impact="low", urgency="low", reason="age")
    assert decided(ticket, again, 3, rules=POLICY, actor=ROBOT) == ()
    (event,) = decided(ticket, again, 4, rules=POLICY, actor=ROBOT)
    assert isinstance(event, PriorityChanged)
    assert event.priority == "P3"


def test_derived_priority_moves_on_when_an_override_stands() -> None:
    """P2, P3: inputs are taken in beneath an override; the one in force stays."""
    command = ChangePriorityInputs(ticket_id=ID, impact="high", urgency="medium")
    ticket = after(URGENT, command)
    assert (ticket.derived_priority, ticket.priority) == ("P2", "P1")


# --- overridden ----------------------------------------------------------------------------------


def test_override_is_recorded_when_it_is_allowed() -> None:
    """P3: author, reason, approver and expiry are facts."""
    command = attrs.evolve(URGENT, approver=PersonId("max"), expires_at=at(9))
    (event,) = decided(after(rules=POLICY), command, rules=POLICY)
    assert event == PriorityOverridden(
        ticket_id=ID,
        occurred_at=at(1),
        actor=PersonId("lea"),
        sequence=1,
        priority="P1",
        reason="board meeting",
        approver=PersonId("max"),
        expires_at=at(9),
    )


def test_every_reason_is_told_when_an_override_breaks_the_rule() -> None:
    """L2, L7: who, why, for how long and with whom, all at once."""
    command = OverridePriority(ticket_id=ID, priority="P9", approver=PersonId("rob"))
    assert refused(after(rules=POLICY), command, rules=POLICY, actor=ROB) == [
        ("missing-role", "actor.roles"),
        ("missing-field", "reason"),
        ("unknown-priority", "priority"),
        ("missing-role", "actor.roles"),
        ("approver-is-author", "approver"),
        ("missing-expiry", "expires_at"),
    ]


def test_override_is_refused_when_its_expiry_is_past() -> None:
    """P3: it would be over before it begins."""
    command = attrs.evolve(URGENT, expires_at=at(1))
    assert refused(after(), command) == [("expiry-in-the-past", "expires_at")]


def test_override_is_refused_when_nobody_is_its_author() -> None:
    """P3: a decision is somebody's."""
    nobody = Actor(roles={"lead"})
    assert refused(after(), URGENT, actor=nobody) == [("missing-author", "actor.person_id")]


def test_missing_is_told_once_when_a_field_is_blank() -> None:
    """The lifecycle and the rule want the same; one reason is enough."""
    command = OverridePriority(ticket_id=ID, priority=" ", reason=" ")
    assert refused(after(), command) == [
        ("missing-field", "priority"),
        ("missing-field", "reason"),
    ]


def test_level_above_is_refused_when_the_matrix_has_none() -> None:
    """P1: a major level is declared, not invented by hand."""
    command = attrs.evolve(URGENT, priority="P0")
    assert refused(after(), command) == [("unknown-priority", "priority")]


def test_override_is_refused_when_another_command_asks_for_it() -> None:
    """The trigger alone carries neither priority nor author's approver."""
    command = TriggerTransition(ticket_id=ID, name="override", reason="board meeting")
    assert ("wrong-command", "command") in refused(after(), command)


@pytest.mark.parametrize("command", [URGENT, EndPriorityOverride(ticket_id=ID)])
def test_nothing_happens_when_the_same_is_decided_twice(command: Command) -> None:
    """L2: the same override stands already; one that has ended is not ended again."""
    assert decided(after(command), command, 2) == ()


@pytest.mark.parametrize(
    "change", [{"reason": "other"}, {"priority": "P2"}, {"expires_at": NINE + timedelta(days=1)}]
)
def test_override_replaces_when_it_is_another_one(change: dict[str, str | datetime]) -> None:
    """Any change is a new decision."""
    other = attrs.evolve(URGENT, **change)  # type: ignore[arg-type]
    (event,) = decided(after(URGENT), other, 2)
    assert isinstance(event, PriorityOverridden)


def test_override_ends_when_somebody_says_so() -> None:
    """The derived priority is in force again, and it is told why."""
    (event,) = decided(after(URGENT), EndPriorityOverride(ticket_id=ID, reason="over"), 2)
    assert isinstance(event, PriorityOverrideEnded)
    ended = evolve(after(URGENT), event)
    assert (event.reason, ended.priority, ended.override) == ("over", "P4", None)


def test_override_is_over_for_a_command_when_its_expiry_has_passed() -> None:
    """P3: by itself: ending it changes nothing, and the same one may be set anew."""
    brief = attrs.evolve(URGENT, expires_at=at(2))
    ticket = after(brief)
    assert decided(ticket, EndPriorityOverride(ticket_id=ID), 1.5) != ()
    assert decided(ticket, EndPriorityOverride(ticket_id=ID), 2) == ()
    assert len(decided(ticket, attrs.evolve(brief, expires_at=at(5)), 2)) == 1


def test_evidence_is_recorded_when_a_hold_shows_it() -> None:
    """S9: an agreement can demand it."""
    command = HoldTicket(ticket_id=ID, reason="awaiting_supplier", evidence="order 4711")
    (event,) = decided(after(), command)
    assert isinstance(event, TicketPutOnHold)
    assert event.evidence == "order 4711"
