"""Migration: total, sound, and what it does to one ticket (law L4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from itsm_core.commands import Actor, HoldTicket, MigrateTicket, OpenTicket, ResumeTicket
from itsm_core.errors import CommandRefused, DefinitionError, Fault, InvalidValue
from itsm_core.events import (
    AnswerSent,
    TicketEvent,
    TicketMigrated,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
)
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    TASK,
    Lifecycle,
    Migration,
    State,
    StateCategory,
    Ticket,
    Transition,
    decide,
    decide_migration,
    evolve,
    fold,
)

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
LEA = Actor(person_id=PersonId("lea"), roles={"lead", "analyst"})


def renamed(lifecycle: Lifecycle, states: dict[str, str], reasons: dict[str, str]) -> Lifecycle:
    """Return the next version of a lifecycle with other names."""
    return attrs.evolve(
        lifecycle,
        version=lifecycle.version + 1,
        states=[
            State(name=states.get(each.name, each.name), category=each.category)
            for each in lifecycle.states
        ],
        hold_reasons=[reasons.get(each, each) for each in lifecycle.hold_reasons],
        resume_on_contact=[reasons.get(each, each) for each in lifecycle.resume_on_contact],
        transitions=[
            attrs.evolve(
                each,
                sources=[states.get(name, name) for name in each.sources],
                target=states.get(each.target, each.target),
            )
            for each in lifecycle.transitions
        ],
    )


SAME = {state.name: state.name for state in INCIDENT.states}
STATES = SAME | {"on_hold": "waiting"}
REASONS = {each: each for each in INCIDENT.hold_reasons} | {
    "awaiting_requester": "awaiting_customer"
}
NEW = renamed(INCIDENT, STATES, REASONS)
MIGRATION = Migration(
    lifecycle_from=INCIDENT, lifecycle_to=NEW, states=STATES, hold_reasons=REASONS
)
MIGRATE = MigrateTicket(ticket_id=ID, lifecycle="incident", lifecycle_version=2)


def ticket(*commands: Any) -> Ticket:
    """Return a ticket after some commands."""
    opening = OpenTicket(ticket_id=ID, impact="high", urgency="low")
    found: Ticket | None = None
    for command in (opening, *commands):
        decision = decide(INCIDENT, found, command, actor=LEA, at=NINE)
        assert not isinstance(decision, CommandRefused), decision
        for event in decision:
            found = evolve(found, event)
    assert found is not None
    return found


HOLD = HoldTicket(ticket_id=ID, reason="awaiting_requester")


def test_ticket_is_led_over_when_migrated() -> None:
    """State and hold reason have their new names, the pin is the new version, nothing else."""
    before = ticket(HOLD)
    decision = decide_migration(MIGRATION, before, MIGRATE, actor=LEA, at=NINE)
    assert isinstance(decision, tuple)
    (event,) = decision
    assert event == TicketMigrated(
        ticket_id=ID,
        occurred_at=NINE,
        actor=PersonId("lea"),
        sequence=2,
        lifecycle="incident",
        lifecycle_version=2,
        state="waiting",
        hold_reason="awaiting_customer",
    )
    assert evolve(before, event) == attrs.evolve(
        before,
        lifecycle_version=2,
        state="waiting",
        hold_reason="awaiting_customer",
        version=before.version + 1,
    )


def test_ticket_goes_on_under_the_new_lifecycle_when_migrated() -> None:
    """It pins the new one: the old one refuses it."""
    before = ticket(HOLD)
    decision = decide_migration(MIGRATION, before, MIGRATE, actor=LEA, at=NINE)
    assert isinstance(decision, tuple)
    after = evolve(before, *decision)
    resume = ResumeTicket(ticket_id=ID)
    assert isinstance(decide(NEW, after, resume, actor=LEA, at=NINE), tuple)
    old = decide(INCIDENT, after, resume, actor=LEA, at=NINE)
    assert isinstance(old, CommandRefused)
    assert "other-lifecycle" in {each.code for each in old.reasons}
    assert decide_migration(MIGRATION, after, MIGRATE, actor=LEA, at=NINE) == ()


def test_open_ticket_keeps_no_hold_reason_when_it_waits_for_nothing() -> None:
    """Also where a log says otherwise."""
    event = TicketMigrated(
        ticket_id=ID,
        occurred_at=NINE,
        lifecycle="x",
        lifecycle_version=2,
        state="new",
        hold_reason="odd",
    )
    assert evolve(ticket(), event).hold_reason == ""


def test_every_reason_is_told_when_a_migration_may_not_be() -> None:
    """Who, when, which ticket, where to."""
    command = MigrateTicket(ticket_id=TicketId("INC-2"), lifecycle="task", lifecycle_version=9)
    early = NINE - timedelta(days=1)
    found = decide_migration(MIGRATION, ticket(), command, actor=Actor(), at=early)
    assert isinstance(found, CommandRefused)
    assert [(each.code, each.where) for each in found.reasons] == [
        ("other-migration", "lifecycle"),
        ("other-ticket", "ticket_id"),
        ("before-opening", "at"),
        ("missing-role", "actor.roles"),
    ]


def test_ticket_of_another_lifecycle_is_refused_when_migrated() -> None:
    """A migration starts where it says."""
    stray = attrs.evolve(ticket(), lifecycle="task")
    found = decide_migration(MIGRATION, stray, MIGRATE, actor=LEA, at=NINE)
    assert isinstance(found, CommandRefused)
    assert [each.code for each in found.reasons] == ["other-lifecycle"]


def test_closed_ticket_stays_where_it_is_when_its_state_has_no_image() -> None:
    """What is over need not move; it is told, not lost."""
    live = {old: new for old, new in STATES.items() if old not in {"closed", "cancelled"}}
    migration = attrs.evolve(MIGRATION, states=live)
    closed = attrs.evolve(ticket(), state="closed", category=StateCategory.CLOSED)
    found = decide_migration(migration, closed, MIGRATE, actor=LEA, at=NINE)
    assert isinstance(found, CommandRefused)
    assert [(each.code, each.value) for each in found.reasons] == [("not-migrated", "closed")]


def test_every_fault_is_told_when_a_migration_is_unsound() -> None:
    """Not total, not known, another category, and all of it at once."""
    with pytest.raises(DefinitionError) as caught:
        Migration(
            lifecycle_from=INCIDENT,
            lifecycle_to=NEW,
            states={"new": "new", "in_progress": "waiting", "gone": "new", "resolved": "reslved"},
            hold_reasons={each: each for each in INCIDENT.hold_reasons[1:]} | {"x": "y"},
        )
    assert "migration 'incident' 1 -> 'incident' 2" in str(caught.value)
    assert [(each.code, each.value) for each in caught.value.faults] == [
        ("no-image", "on_hold"),
        ("unknown-state", "gone"),
        ("unknown-state", "reslved"),
        ("category-changes", "in_progress"),
        ("no-image", "awaiting_requester"),
        ("unknown-hold-reason", "x"),
        ("unknown-hold-reason", "y"),
    ]
    assert [each.where for each in caught.value.faults] == [
        *("states",) * 4,
        *("hold_reasons",) * 3,
    ]
    assert caught.value.faults[0].message == "state 'on_hold' has no image"
    assert caught.value.faults[4].message == "hold reason 'awaiting_requester' has no image"
    assert caught.value.faults[5].message == "unknown hold reason 'x'"
    remedies = [each.remedy for each in caught.value.faults]
    assert remedies[0].endswith("such as {'on_hold': 'new'}")
    assert remedies[4].endswith("such as {'awaiting_requester': 'awaiting_customer'}")
    assert "did you mean 'resolved'" in remedies[2]
    assert remedies[3] == "map it to a state of the same category: in_progress"


def test_migration_is_refused_when_it_leads_to_where_it_starts() -> None:
    """A change of meaning needs a new version."""
    with pytest.raises(DefinitionError) as caught:
        Migration(lifecycle_from=TASK, lifecycle_to=TASK, states={}, hold_reasons={})
    first = caught.value.faults[0]
    assert (first.code, first.where, first.value) == ("same-lifecycle", "lifecycle_to", "task 1")
    # Every name is there under the same one: it is what the remedy proposes.
    assert caught.value.faults[1].remedy.endswith("such as {'new': 'new'}")


def test_no_image_can_be_named_when_the_new_lifecycle_never_waits() -> None:
    """A state on hold needs one there: a migration resumes nothing."""
    plain = Lifecycle(
        name="plain",
        states=[
            State(name="new", category=StateCategory.NEW),
            State(name="done", category=StateCategory.CLOSED),
        ],
        transitions=[
            Transition(trigger="open", target="new"),
            Transition(trigger="close", sources=["new"], target="done"),
        ],
    )
    with pytest.raises(DefinitionError) as caught:
        Migration(lifecycle_from=TASK, lifecycle_to=plain, states={"on_hold": "new"})
    told = {each.code: each.remedy for each in caught.value.faults}
    assert told["category-changes"].endswith("there is none")
    reasons = [each.remedy for each in caught.value.faults if each.where == "hold_reasons"]
    assert reasons[0].endswith(f"such as {{{TASK.hold_reasons[0]!r}: ''}}")
    assert "no-image" in told
    with pytest.raises(DefinitionError, match="use one of none"):
        Migration(lifecycle_from=TASK, lifecycle_to=plain, states={}, hold_reasons={"x": "y"})


@pytest.mark.parametrize(
    "values", [{"states": [("a", "b")]}, {"states": {"new": 1}}, {"hold_reasons": None}]
)
def test_migration_is_refused_when_a_mapping_is_none(values: dict[str, Any]) -> None:
    """Names to names."""
    usual: dict[str, Any] = {"lifecycle_from": INCIDENT, "lifecycle_to": NEW, "states": STATES}
    with pytest.raises(InvalidValue):
        Migration(**{**usual, **values})


@pytest.mark.parametrize("field", ["lifecycle_from", "lifecycle_to"])
def test_migration_is_refused_when_a_lifecycle_is_none(field: str) -> None:
    """By name and version alone nothing could be checked."""
    usual: dict[str, Any] = {"lifecycle_from": INCIDENT, "lifecycle_to": NEW, "states": STATES}
    with pytest.raises(InvalidValue, match="not a Lifecycle"):
        Migration(**{**usual, field: "incident"})


def test_call_is_refused_when_the_migration_is_none() -> None:
    """An error of the caller is raised."""
    with pytest.raises(InvalidValue, match="not a Migration"):
        decide_migration(NEW, ticket(), MIGRATE, actor=LEA, at=NINE)  # type: ignore[arg-type]


def test_image_of_an_event_has_the_new_names_when_it_speaks_of_states() -> None:
    """Opening, hold, and any other move; what moves nothing is as it was."""
    opened = TicketOpened(ticket_id=ID, occurred_at=NINE)
    assert MIGRATION.image_of(opened).lifecycle_version == 2
    held = TicketPutOnHold(
        ticket_id=ID, occurred_at=NINE, state="on_hold", reason="awaiting_requester"
    )
    image = MIGRATION.image_of(held)
    assert (image.state, image.reason) == ("waiting", "awaiting_customer")
    moved = TicketMoved(ticket_id=ID, occurred_at=NINE, state="on_hold")
    assert MIGRATION.image_of(moved) == attrs.evolve(moved, state="waiting")
    answer = AnswerSent(ticket_id=ID, occurred_at=NINE)
    assert MIGRATION.image_of(answer) is answer
    with pytest.raises(InvalidValue, match="no image of the state: 'parked'"):
        MIGRATION.image_of(attrs.evolve(held, state="parked"))
    with pytest.raises(InvalidValue, match="no image of the state: 'parked'"):
        MIGRATION.image_of(attrs.evolve(opened, state="parked"))
    with pytest.raises(InvalidValue, match="no image of the hold reason: 'lunch'"):
        MIGRATION.image_of(attrs.evolve(held, reason="lunch"))


def test_history_of_images_is_the_migrated_ticket_when_folded() -> None:
    """Replay then migrate == migrate then replay, on one story; the property has many."""
    told: list[TicketEvent] = []
    found: Ticket | None = None
    for command in (OpenTicket(ticket_id=ID, impact="high", urgency="low"), HOLD):
        decision = decide(INCIDENT, found, command, actor=LEA, at=NINE)
        assert isinstance(decision, tuple)
        told += decision
        found = fold(told)
    assert found is not None
    decision = decide_migration(MIGRATION, found, MIGRATE, actor=LEA, at=NINE)
    assert isinstance(decision, tuple)
    image = fold(MIGRATION.image_of(event) for event in told)
    assert evolve(found, *decision) == attrs.evolve(image, version=image.version + 1)


# --- to the letter --------------------------------------------------------------------------------


def test_refusal_tells_everything_when_a_migration_may_not_be() -> None:
    """Message, place, value and remedy of what the migration itself judges."""
    command = MigrateTicket(ticket_id=ID, lifecycle="task", lifecycle_version=9)
    live = {old: new for old, new in STATES.items() if old not in {"closed", "cancelled"}}
    migration = attrs.evolve(MIGRATION, states=live)
    odd = attrs.evolve(ticket(), state="closed", category=StateCategory.CLOSED, hold_reason="lunch")
    nobody = Actor(roles={"agent"})
    found = decide_migration(migration, odd, command, actor=nobody, at=NINE)
    assert isinstance(found, CommandRefused)
    assert (found.command, found.ticket_id) == ("MigrateTicket", ID)
    other, role, state, hold = found.reasons
    way = "'incident' 1 -> 'incident' 2"
    assert other == Fault(
        "other-migration",
        f"the command leads to 'task' version 9, the migration is {way}",
        "lifecycle",
        "'task' version 9",
        "decide by the migration that leads there",
    )
    assert str(role) == (
        "actor.roles: 'migrate' needs a role that the actor does not have "
        "(needs one of lead, system; the actor has agent)"
    )
    remedy = "add it to the migration, or leave the ticket where it is"
    for fault, what, value in ((state, "state", "closed"), (hold, "hold_reason", "lunch")):
        message = f"migration {way} has no image of {what} {value!r}"
        assert fault == Fault("not-migrated", message, what, value, remedy)


def test_program_may_migrate_when_nothing_else_is_said() -> None:
    """Whoever leads over a thousand tickets does it by a program; others by the roles given."""
    assert MIGRATION.roles == ("lead", "system")
    decision = decide_migration(
        MIGRATION, ticket(), MIGRATE, actor=Actor(roles={"system"}, automatic=True), at=NINE
    )
    assert isinstance(decision, tuple)
    (event,) = decision
    assert isinstance(event, TicketMigrated)
    assert (event.state, event.hold_reason, event.automatic) == ("new", "", True)


def test_migration_can_be_a_key_when_it_is_a_value() -> None:
    """Equal ones have equal hashes; mappings are no obstacle."""
    again = Migration(
        lifecycle_from=INCIDENT, lifecycle_to=NEW, states=STATES, hold_reasons=REASONS
    )
    assert {MIGRATION: 1}[again] == 1


def test_migrated_event_stays_when_its_image_is_asked() -> None:
    """It speaks of the lifecycle that it leads to, not of the old one."""
    event = TicketMigrated(
        ticket_id=ID, occurred_at=NINE, lifecycle="incident", lifecycle_version=2, state="on_hold"
    )
    assert MIGRATION.image_of(event) is event


def test_same_name_is_proposed_when_the_new_lifecycle_has_it() -> None:
    """Every live state and every hold reason lacks an image; most keep their names."""
    with pytest.raises(DefinitionError) as caught:
        Migration(lifecycle_from=TASK, lifecycle_to=attrs.evolve(TASK, version=2), states={})
    live = [each.name for each in TASK.states if not each.category.is_terminal]
    assert [each.remedy for each in caught.value.faults] == [
        f"say what it is called there, such as {{{name!r}: {name!r}}}"
        for name in (*live, *TASK.hold_reasons)
    ]


def test_known_names_are_listed_when_a_migration_names_an_unknown_one() -> None:
    """All that there are, on either side."""
    second = attrs.evolve(TASK, version=2)
    same = {each.name: each.name for each in TASK.states}
    reasons = {each: each for each in TASK.hold_reasons}
    with pytest.raises(DefinitionError) as caught:
        Migration(
            lifecycle_from=TASK,
            lifecycle_to=second,
            states={**same, "zzz": "new"},
            hold_reasons=reasons,
        )
    (fault,) = caught.value.faults
    assert (fault.message, fault.value) == ("unknown state 'zzz'", "zzz")
    assert fault.remedy == f"use one of {', '.join(same)}"


def test_fault_tells_both_categories_when_an_image_has_another() -> None:
    """What it is, what its image is, and what it may be mapped to."""
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(MIGRATION, states={**STATES, "resolved": "closed"})
    (fault,) = caught.value.faults
    assert fault == Fault(
        "category-changes",
        "'resolved' is resolved, its image 'closed' is closed",
        "states",
        "resolved",
        "map it to a state of the same category: resolved",
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lifecycle_to": "x"}, "not a Lifecycle: 'x'; pass INCIDENT or one of your own"),
        ({"states": 3}, "not a mapping of names: 3; write {'old name': 'new name'}"),
        ({"states": {1: "new"}}, "a name is text: 1; write it in quotes"),
        ({"hold_reasons": {"a": None}}, "a name is text: None; write it in quotes"),
    ],
)
def test_refusal_tells_value_and_remedy_when_a_part_is_of_another_type(
    change: dict[str, Any], message: str
) -> None:
    """What is wrong, what was given, what to do."""
    with pytest.raises(InvalidValue) as caught:
        attrs.evolve(MIGRATION, **change)
    assert str(caught.value) == message


def test_decision_is_refused_when_an_argument_is_of_another_type() -> None:
    """An error of the caller is raised, each with its value."""
    odd: Any = "INC-1"
    with pytest.raises(InvalidValue, match="not a Ticket: 'INC-1'"):
        decide_migration(MIGRATION, odd, MIGRATE, actor=LEA, at=NINE)
    with pytest.raises(InvalidValue, match="not an Actor: 'INC-1'"):
        decide_migration(MIGRATION, ticket(), MIGRATE, actor=odd, at=NINE)
