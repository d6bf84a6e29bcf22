"""The facts between events, as rules and triggers see them."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from itsm_core.escalation._timeline import Timeline
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    EscalationStepTaken,
    PriorityOverridden,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.spans import END_OF_TIME, hours, micros

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = TicketId("INC-1")
ANA = PersonId("ana")
NINE, HOUR = micros(AT), 3_600_000_000
OPENED = TicketOpened(
    ticket_id=TICKET, occurred_at=AT, priority="P2", requester=PersonId("rob"), group=GroupId("a")
)


def of(*events: TicketEvent) -> Timeline:
    """Return the timeline of a day."""
    return Timeline((OPENED, *events), NINE + 24 * HOUR)


def assigned(hour: int, group: str) -> TicketAssigned:
    """Return that a group got the ticket."""
    return TicketAssigned(ticket_id=TICKET, occurred_at=AT + hours(hour), group=GroupId(group))


def test_facts_hold_from_their_event_on_when_asked() -> None:
    """At the instant of an event it has happened."""
    line = of(assigned(1, "b"))
    assert line.at(NINE + HOUR - 1).facts.group == "a"
    assert line.at(NINE + HOUR).facts.group == "b"


def test_expiry_of_an_override_is_a_moment_when_it_comes_by_itself() -> None:
    """Nobody told it; the derived priority holds again."""
    raised = PriorityOverridden(
        ticket_id=TICKET, occurred_at=AT, priority="P1", reason="vip", expires_at=AT + hours(2)
    )
    spans = of(raised).spans(lambda moment: moment.facts.priority == "P1")
    assert spans == [(NINE, NINE + 2 * HOUR)]


def test_bounces_are_counted_when_a_group_gets_the_ticket_back() -> None:
    """To a group that gave it away; finding a third group is no bounce."""
    line = of(assigned(1, "b"), assigned(2, "c"), assigned(3, "a"), assigned(4, "b"))
    assert [moment.bounces for moment in line.moments] == [0, 0, 0, 1, 2]


def test_nothing_bounces_when_the_group_that_has_the_ticket_gets_it_again() -> None:
    """Only the person changes: it came back once, from b to a."""
    line = of(assigned(1, "b"), assigned(2, "a"), assigned(3, "a"))
    assert [moment.bounces for moment in line.moments] == [0, 0, 1, 1]


def test_nothing_bounces_when_a_ticket_goes_back_to_no_group() -> None:
    """A ticket without a group was given away by nobody; b, which gave it up, gets it back."""
    opened = attrs.evolve(OPENED, group=GroupId(""))
    line = Timeline((opened, assigned(1, "b"), assigned(2, ""), assigned(3, "b")), NINE)
    assert [moment.bounces for moment in line.moments] == [0, 0, 0, 1]


def test_moments_of_one_instant_are_one_when_several_things_happen_at_it() -> None:
    """What holds is what holds after the last of them."""
    line = of(assigned(1, "b"), assigned(2, "c"), assigned(2, "d"), assigned(3, "e"))
    found = [((each.at_us - NINE) // HOUR, each.facts.group) for each in line.moments]
    assert found == [(0, "a"), (1, "b"), (2, "d"), (3, "e")]


def test_silence_goes_on_when_nothing_rested_and_a_machine_resumes() -> None:
    """An automatic step is no sign of life, neither in work nor while it rests."""
    hold = TicketPutOnHold(ticket_id=TICKET, occurred_at=AT + hours(2), state="h", reason="x")
    told = AnswerSent(ticket_id=TICKET, occurred_at=AT + hours(3), automatic=True)
    on = TicketResumed(ticket_id=TICKET, occurred_at=AT + hours(1), state="x", automatic=True)
    line = of(on, hold, told)
    assert list(line.signs.values()) == [[NINE], [NINE], [NINE]]


def test_signs_are_those_of_the_requester_when_they_did_it() -> None:
    """A contact without a name, and an answer of the desk without one."""
    line = of(
        ContactReceived(ticket_id=TICKET, occurred_at=AT + hours(1), actor=PersonId("rob")),
        AnswerSent(ticket_id=TICKET, occurred_at=AT + hours(2)),
        WorkStarted(ticket_id=TICKET, occurred_at=AT + hours(3), state="x", actor=ANA),
    )
    found = {by: [(at - NINE) // HOUR for at in signs] for by, signs in line.signs.items()}
    assert found == {"desk": [0, 2, 3], "requester": [0, 1], "anyone": [0, 1, 2, 3]}


def test_signs_are_of_people_when_machines_write_as_well() -> None:
    """Automatic answers and records of escalations are no sign of life."""
    line = of(
        AnswerSent(ticket_id=TICKET, occurred_at=AT + hours(1), automatic=True),
        AnswerSent(ticket_id=TICKET, occurred_at=AT + hours(2), actor=ANA),
        ContactReceived(ticket_id=TICKET, occurred_at=AT + hours(3)),
        EscalationStepTaken(
            ticket_id=TICKET, occurred_at=AT + hours(4), key="k", rule="r", action="a", due_at=AT
        ),
        WorkStarted(ticket_id=TICKET, occurred_at=AT + hours(5), state="x"),
    )
    found = {by: [(at - NINE) // HOUR for at in signs] for by, signs in line.signs.items()}
    assert found == {"desk": [0, 2], "requester": [0, 3], "anyone": [0, 2, 3]}


def test_silence_begins_anew_for_everybody_when_a_hold_ends() -> None:
    """Whoever ended it, and if it was nobody."""
    line = of(
        TicketPutOnHold(ticket_id=TICKET, occurred_at=AT + hours(1), state="h", reason="x"),
        TicketResumed(ticket_id=TICKET, occurred_at=AT + hours(5), state="x", automatic=True),
    )
    assert {signs[-1] for signs in line.signs.values()} == {NINE + 5 * HOUR}


def test_spans_are_joined_when_a_condition_goes_on() -> None:
    """Two moments in which it holds are one span; the last is open."""
    line = of(assigned(1, "b"), WorkStarted(ticket_id=TICKET, occurred_at=AT + hours(2), state="x"))
    assert line.spans(lambda m: m.facts.group == "b") == [(NINE + HOUR, END_OF_TIME)]


def test_spans_are_several_when_a_condition_comes_to_hold_again() -> None:
    """Each joined for itself."""

    def started(hour: int) -> WorkStarted:
        return WorkStarted(ticket_id=TICKET, occurred_at=AT + hours(hour), state="x")

    moves = (assigned(1, "b"), started(2), assigned(3, "a"), assigned(5, "b"), started(6))
    found = of(*moves, assigned(8, "a")).spans(lambda m: m.facts.group == "b")
    assert found == [(NINE + HOUR, NINE + 3 * HOUR), (NINE + 5 * HOUR, NINE + 8 * HOUR)]


def test_next_true_is_the_first_instant_when_a_condition_comes_to_hold() -> None:
    """From the instant asked about; None if it never does."""
    line = of(assigned(1, "b"), assigned(3, "a"))
    test = {"b": lambda facts: facts.group == "b", "c": lambda facts: facts.group == "c"}
    assert line.next_true(test["b"], NINE) == NINE + HOUR
    assert line.next_true(test["b"], NINE + HOUR + 5) == NINE + HOUR + 5
    assert line.next_true(test["b"], NINE + 3 * HOUR) is None
    assert line.next_true(test["c"], NINE) is None
