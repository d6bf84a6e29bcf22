"""The laws of lifecycles and priority, on cases that nobody thought of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.commands import (
    Actor,
    AssignTicket,
    CancelTicket,
    ChangePriorityInputs,
    CloseTicket,
    Command,
    EndPriorityOverride,
    HoldTicket,
    OpenTicket,
    OverridePriority,
    ReceiveContact,
    ReclassifyTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    SendAnswer,
    StartWork,
    TriggerTransition,
)
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
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
from itsm_core.priority import ITIL_MATRIX, learn_matrix

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
LEVELS = ("high", "medium", "low")
ROLES = ("requester", "analyst", "lead", "system")

levels = st.sampled_from((*LEVELS, "unheard-of"))
reasons = st.sampled_from((*INCIDENT.hold_reasons, "", "lunch"))
groups = st.sampled_from(("", "first", "second")).map(GroupId)
people = st.sampled_from(("", "ann", "sam")).map(PersonId)
actors = st.builds(
    Actor, person_id=people, roles=st.frozensets(st.sampled_from(ROLES)), automatic=st.booleans()
)
COMMANDS: dict[type[Command], st.SearchStrategy[Command]] = {
    OpenTicket: st.builds(OpenTicket, ticket_id=st.just(ID), impact=levels, urgency=levels),
    AssignTicket: st.builds(AssignTicket, ticket_id=st.just(ID), group=groups, assignee=people),
    ChangePriorityInputs: st.builds(
        ChangePriorityInputs, ticket_id=st.just(ID), impact=levels, urgency=levels
    ),
    ReclassifyTicket: st.builds(
        ReclassifyTicket, ticket_id=st.just(ID), category=st.sampled_from(("", "mail", "phone"))
    ),
    OverridePriority: st.builds(
        OverridePriority,
        ticket_id=st.just(ID),
        priority=st.sampled_from(("P1", "P4", "P9")),
        reason=st.sampled_from(("", "board")),
        approver=people,
        expires_at=st.none() | st.integers(1, 6).map(lambda n: NINE + timedelta(hours=n)),
    ),
    HoldTicket: st.builds(HoldTicket, ticket_id=st.just(ID), reason=reasons),
    ResolveTicket: st.builds(
        ResolveTicket, ticket_id=st.just(ID), resolution_code=st.sampled_from(("", "fixed"))
    ),
    ReopenTicket: st.builds(ReopenTicket, ticket_id=st.just(ID), reason=reasons),
    CancelTicket: st.builds(CancelTicket, ticket_id=st.just(ID), reason=reasons),
    TriggerTransition: st.builds(
        TriggerTransition,
        ticket_id=st.just(ID),
        name=st.sampled_from((*INCIDENT.triggers, "fly")),
        reason=reasons,
    ),
    **{
        kind: st.builds(kind, ticket_id=st.just(ID))
        for kind in (
            StartWork,
            ResumeTicket,
            CloseTicket,
            SendAnswer,
            ReceiveContact,
            EndPriorityOverride,
        )
    },
}
commands = st.one_of(*COMMANDS.values())
opening = OpenTicket(ticket_id=ID, impact="high", urgency="low", group=GroupId("first"))
LEA = Actor(person_id=PersonId("lea"), roles=ROLES)


def told(
    steps: list[tuple[Command, Actor, int]],
) -> tuple[list[TicketEvent], list[tuple[Ticket, Command, Actor, datetime]]]:
    """Return the events of a random story, and each legal step with the ticket after it."""
    events: list[TicketEvent] = []
    done: list[tuple[Ticket, Command, Actor, datetime]] = []
    ticket: Ticket | None = None
    at = NINE
    for command, actor, hours in [(opening, LEA, 0), *steps]:
        at += timedelta(hours=hours)
        decision = decide(INCIDENT, ticket, command, actor=actor, at=at)
        if isinstance(decision, CommandRefused):
            assert decision.reasons
            continue
        for event in decision:
            ticket = evolve(ticket, event)
            events.append(event)
        assert ticket is not None
        done.append((ticket, command, actor, at))
    return events, done


helpful = st.one_of(st.just(LEA), actors)
stories = st.lists(st.tuples(commands, helpful, st.integers(0, 2)), max_size=25).map(told)


class TestDecideAndEvolve:
    """L2. `decide(lifecycle, ticket, command, actor, at)` returns events or a refusal with all
    its reasons, each with a stable code, the field and the value; `evolve` folds one event.
    Both are pure.
    """

    @given(stories)
    def test_ticket_is_the_fold_of_its_events_when_any_story_is_told(
        self, story: tuple[list[TicketEvent], list[tuple[Ticket, Command, Actor, datetime]]]
    ) -> None:
        """Nothing is remembered outside the events, and each is counted."""
        events, done = story
        last = done[-1][0]
        assert (fold(events), last.version) == (last, len(events))

    @given(stories)
    def test_state_and_category_agree_when_any_story_is_told(
        self, story: tuple[list[TicketEvent], list[tuple[Ticket, Command, Actor, datetime]]]
    ) -> None:
        """The class of each event says the category that the lifecycle gives its state."""
        for ticket, _, _, _ in story[1]:
            assert INCIDENT.categories[ticket.state] is ticket.category
            assert bool(ticket.hold_reason) == (ticket.category is StateCategory.ON_HOLD)
            assert (ticket.closed_us is None) == (ticket.category is not StateCategory.CLOSED)

    @given(stories)
    def test_nothing_happens_when_a_legal_command_is_decided_again(
        self, story: tuple[list[TicketEvent], list[tuple[Ticket, Command, Actor, datetime]]]
    ) -> None:
        """Deciding twice yields nothing, but for what is a new fact each time."""
        for ticket, command, actor, at in story[1]:
            if not isinstance(command, OpenTicket | SendAnswer | ReceiveContact):
                assert decide(INCIDENT, ticket, command, actor=actor, at=at) == ()

    @given(stories)
    def test_order_of_telling_is_kept_when_instants_are_equal(
        self, story: tuple[list[TicketEvent], list[tuple[Ticket, Command, Actor, datetime]]]
    ) -> None:
        """S14: sorted by time, the events of a story stand as they were decided."""
        events = story[0]
        assert in_order(reversed(events)) == tuple(events)

    @given(stories)
    def test_priority_is_the_matrix_when_any_story_is_told(
        self, story: tuple[list[TicketEvent], list[tuple[Ticket, Command, Actor, datetime]]]
    ) -> None:
        """P2: priority is derived on every path that changes an input."""
        for ticket, _, _, _ in story[1]:
            derived = ITIL_MATRIX.priority(ticket.impact, ticket.urgency)
            assert ticket.derived_priority == derived
            assert ticket.override is not None or ticket.priority == derived

    @given(stories)
    def test_automatic_actor_moves_nothing_when_it_gets_in_touch(
        self, story: tuple[list[TicketEvent], list[tuple[Ticket, Command, Actor, datetime]]]
    ) -> None:
        """L5: an automatic contact neither reopens, resumes nor answers."""
        robot = Actor(roles=ROLES, automatic=True)
        contact = ReceiveContact(ticket_id=ID)
        for ticket, _, _, at in story[1]:
            decision = decide(INCIDENT, ticket, contact, actor=robot, at=at)
            assert not isinstance(decision, CommandRefused)
            (event,) = decision
            after = evolve(ticket, event)
            assert (after.state, after.first_response_us) == (
                ticket.state,
                ticket.first_response_us,
            )


# Written by hand, apart from the lifecycle: who may fire what from where.
DESK = {"analyst", "lead"}
RIGHTS: dict[type[Command], tuple[str, set[str]]] = {
    StartWork: ("new", DESK),
    HoldTicket: ("new in_progress on_hold", DESK),
    ResumeTicket: ("on_hold", DESK | {"system"}),
    ResolveTicket: ("new in_progress on_hold", DESK | {"system"}),
    ReopenTicket: ("resolved", DESK | {"requester"}),
    CloseTicket: ("resolved", {"lead", "requester", "system"}),
    CancelTicket: ("new in_progress on_hold", DESK | {"requester"}),
}
FILLED: dict[type[Command], dict[str, str]] = {
    HoldTicket: {"reason": "awaiting_change"},
    ResolveTicket: {"resolution_code": "fixed"},
    ReopenTicket: {"reason": "again"},
    CancelTicket: {"reason": "mistake"},
}
PLACES = {
    "new": StateCategory.NEW,
    "in_progress": StateCategory.ACTIVE,
    "on_hold": StateCategory.ON_HOLD,
    "resolved": StateCategory.RESOLVED,
    "closed": StateCategory.CLOSED,
    "cancelled": StateCategory.CANCELLED,
}


class TestReasons:
    """L2. An illegal command, a false guard, a missing field and a missing role are told apart."""

    @pytest.mark.parametrize("kind", RIGHTS, ids=lambda kind: kind.__name__)
    def test_reasons_are_the_oracles_when_every_case_is_tried(self, kind: type[Command]) -> None:
        """Every role, state and presence of fields gives exactly the reasons of the table."""
        sources, rights = RIGHTS[kind]
        for place, role, filled in product(PLACES, (*ROLES, ""), (True, False)):
            expected = set() if place in sources.split() else {"illegal-transition"}
            expected |= set() if role in rights else {"missing-role"}
            expected |= {"missing-field"} if kind in FILLED and not filled else set()
            fields = dict.fromkeys(FILLED.get(kind, {}), "")
            fields.update(FILLED.get(kind, {}) if filled else {})
            ticket = Ticket(
                ticket_id=ID,
                opened_at=NINE,
                state=place,
                category=PLACES[place],
                hold_reason="awaiting_supplier" if place == "on_hold" else "",
                last_move="",
            )
            actor = Actor(roles={role} - {""})
            command = kind(ticket_id=ID, **fields)
            decision = decide(INCIDENT, ticket, command, actor=actor, at=NINE)
            reasons = decision.reasons if isinstance(decision, CommandRefused) else ()
            found = [each.code for each in reasons]
            assert sorted(found) == sorted(expected), (place, role, filled)


def dirty_events() -> st.SearchStrategy[TicketEvent]:
    """Return events in any order and state, as a dirty log has them."""
    base = {
        "ticket_id": st.just(ID),
        "occurred_at": st.integers(0, 10**15),
        "automatic": st.booleans(),
    }
    states = st.sampled_from((*PLACES, "-100"))
    plain = (WorkStarted, TicketMoved, TicketResumed, TicketClosed)
    return st.one_of(
        st.builds(TicketOpened, **base),
        st.builds(TicketAssigned, **base, group=groups, assignee=people),
        st.builds(PriorityChanged, **base, priority=st.sampled_from(("P1", "P2"))),
        st.builds(AnswerSent, **base),
        st.builds(ContactReceived, **base),
        st.builds(TicketPutOnHold, **base, state=states, reason=reasons),
        st.builds(TicketResolved, **base, state=states),
        st.builds(TicketReopened, **base, state=states),
        st.builds(TicketCancelled, **base, state=states),
        *(st.builds(kind, **base, state=states) for kind in plain),
    )


class TestDirtyHistories:
    """L2. `evolve` folds one event: every event of a ticket, whatever came before it."""

    @given(st.lists(dirty_events(), max_size=30))
    def test_every_history_folds_when_it_begins_with_an_opening(
        self, events: list[TicketEvent]
    ) -> None:
        """Repeated, missing and contradicting events are facts, not crashes."""
        ticket = fold([TicketOpened(ticket_id=ID, occurred_at=NINE), *events])
        assert ticket.version == len(events) + 1
        assert ticket.reopen_count <= sum(isinstance(event, TicketReopened) for event in events)
        if ticket.category.is_open:
            assert (ticket.resolved_us, ticket.closed_us) == (None, None)
        assert ticket.category is StateCategory.ON_HOLD or not ticket.hold_reason


STATE = State(name="parked", category=StateCategory.ON_HOLD)
MOVE = Transition(trigger="park", sources=("new",), target="parked")
OTHERWISE: dict[type, dict[str, object]] = {
    Lifecycle: {
        "name": "other",
        "version": 99,
        "states": (STATE,),
        "hold_reasons": ("supplier",),
        "resume_on_contact": ("supplier",),
        "transitions": (MOVE,),
    },
    State: {"name": "shelved", "category": StateCategory.ACTIVE},
    Transition: {
        "trigger": "shelve",
        "sources": ("new", "in_progress"),
        "target": "shelved",
        "roles": ("lead",),
        "required": ("reason",),
        "guard": field("impact").is_("high"),
        "approvals": 2,
        "separate_from": ("requester",),
    },
}
"""Another value for each field of a lifecycle, its states and its transitions."""


def fresh() -> Lifecycle:
    """Return the incident lifecycle anew: nothing is remembered of it, such as its hash."""
    return Lifecycle.from_json(INCIDENT.to_json())


def bare(**parts: object) -> Lifecycle:
    """Return a lifecycle of one state and one transition, whether or not it is sound."""
    made = fresh()
    for name, value in ({"states": (STATE,), "transitions": (MOVE,)} | parts).items():
        object.__setattr__(made, name, value)
    return made


class TestValues:
    """L1. A lifecycle is a frozen, versioned value with a content hash."""

    @pytest.mark.parametrize("kind", OTHERWISE)
    def test_every_field_has_another_value_here_when_listed(self, kind: type) -> None:
        """A field that comes later has to be tried as well."""
        fields = {each.name for each in attrs.fields(kind) if each.init}
        assert fields == set(OTHERWISE[kind])

    @pytest.mark.parametrize(
        ("kind", "name"), [(kind, name) for kind, names in OTHERWISE.items() for name in names]
    )
    def test_hash_differs_when_one_field_of_one_part_does(self, kind: type, name: str) -> None:
        """What a ticket pins cannot be changed behind its back."""
        value = OTHERWISE[kind][name]
        if kind is Lifecycle:
            # The lifecycle itself is compared with one that has other parts.
            one, other = fresh(), fresh()
            object.__setattr__(other, name, value)
        else:
            one = bare()
            whole: Any = STATE if kind is State else MOVE
            made: Any = kind
            fields = {
                each.name: getattr(whole, each.name) for each in attrs.fields(kind) if each.init
            }
            changed = made(**(fields | {name: value}))
            other = bare(**{"states" if kind is State else "transitions": (changed,)})
        assert one.content_hash != other.content_hash

    @pytest.mark.parametrize(
        "value", [INCIDENT, INCIDENT.states[0], INCIDENT.transitions[0]], ids=["whole", "s", "t"]
    )
    def test_value_is_frozen_when_made(self, value: object) -> None:
        """Nobody changes the rules of a ticket that is open."""
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            value.name = "other"  # type: ignore[attr-defined]


class TestLearning:
    """P4. A matrix can be learned from a log, with its exceptions listed."""

    @given(
        st.lists(
            st.tuples(
                st.sampled_from("123"), st.sampled_from("123"), st.sampled_from(("P1", "P2", "P3"))
            ),
            max_size=60,
        )
    )
    def test_exceptions_are_the_smallest_number_when_any_log_is_learned(
        self, log: list[tuple[str, str, str]]
    ) -> None:
        """No other choice of cells explains more; what is explained is not listed."""
        learned = learn_matrix(log)
        wrong = [
            i for i, (impact, urgency, p) in enumerate(log) if learned.cells[impact, urgency] != p
        ]
        assert [exception.index for exception in learned.exceptions] == wrong
        for cell in {row[:2] for row in log}:
            seen = [row[2] for row in log if row[:2] == cell]
            assert seen.count(learned.cells[cell]) == max(map(seen.count, seen))
