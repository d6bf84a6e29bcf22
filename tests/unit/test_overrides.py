"""The priority in force over a ticket's life (law P3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import attrs
import pytest

from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.events import (
    AnswerSent,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketEvent,
    TicketOpened,
)
from itsm_core.ids import PersonId, TicketId
from itsm_core.overrides import (
    PriorityTimeline,
    effective_priorities,
    effective_priority,
    override_of,
    with_expiries,
)
from itsm_core.spans import micros

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(hour: float) -> datetime:
    """Return an instant some hours after opening."""
    return NINE + timedelta(hours=hour)


OPENED = TicketOpened(ticket_id=ID, occurred_at=NINE, priority="P3")
ANSWERED = AnswerSent(ticket_id=ID, occurred_at=at(1.5))


def changed(hour: float, priority: str) -> PriorityChanged:
    """Return a new derived priority."""
    return PriorityChanged(ticket_id=ID, occurred_at=at(hour), priority=priority)


def put(hour: float, priority: str, until: float | None = None) -> PriorityOverridden:
    """Return an override of Lea's."""
    return PriorityOverridden(
        ticket_id=ID,
        occurred_at=at(hour),
        actor=PersonId("lea"),
        priority=priority,
        reason="board meeting",
        approver=PersonId("max"),
        expires_at=None if until is None else at(until),
    )


def ended(hour: float) -> PriorityOverrideEnded:
    """Return the end of an override by hand."""
    return PriorityOverrideEnded(ticket_id=ID, occurred_at=at(hour))


def story(*events: TicketEvent, until: float = 24) -> list[tuple[float, str]]:
    """Return since which hour which priority was in force."""
    found = effective_priorities(events, micros(at(until)))
    return [((since - micros(NINE)) / 3_600_000_000, priority) for since, priority in found]


def test_derived_priority_is_in_force_when_nobody_sets_another() -> None:
    """P2: opening and every change of an input."""
    assert story(OPENED, ANSWERED, changed(2, "P2"), changed(4, "P4")) == [
        (0, "P3"),
        (2, "P2"),
        (4, "P4"),
    ]


def test_change_is_left_out_when_the_priority_stays() -> None:
    """New inputs with the old result change nothing."""
    assert story(OPENED, changed(1, "P3"), changed(2, "P2"), changed(3, "P2")) == [
        (0, "P3"),
        (2, "P2"),
    ]


def test_last_change_counts_when_several_are_of_one_instant() -> None:
    """T3: no stretch is empty."""
    assert story(OPENED, changed(0, "P2"), changed(1, "P1"), changed(1, "P2")) == [(0, "P2")]


def test_second_opening_tells_nothing_when_a_log_repeats_itself() -> None:
    """A ticket is opened once."""
    again = attrs.evolve(OPENED, occurred_at=at(3), priority="P1")
    assert story(OPENED, changed(1, "P2"), again) == [(0, "P3"), (1, "P2")]
    assert story(OPENED, put(1, "P2"), again) == [(0, "P3"), (1, "P2")]
    assert story(OPENED, put(1, "P2", 2), again) == [(0, "P3"), (1, "P2"), (2, "P3")]


def test_changes_are_told_when_a_log_has_no_opening() -> None:
    """Before the first of them nothing is known."""
    assert story(changed(1, "P1"), changed(2, "P2")) == [(1, "P1"), (2, "P2")]


def test_change_after_the_expiry_counts_when_an_override_has_ended() -> None:
    """The derived priority is back at the expiry, and changes later."""
    events = (OPENED, put(1, "P1", 3), changed(5, "P2"))
    assert story(*events) == [(0, "P3"), (1, "P1"), (3, "P3"), (5, "P2")]


def test_override_ends_by_itself_when_its_expiry_is_reached() -> None:
    """P3: nobody has to do anything, and no event is needed."""
    assert story(OPENED, put(1, "P1", 3)) == [(0, "P3"), (1, "P1"), (3, "P3")]


def test_override_holds_when_its_expiry_is_still_to_come() -> None:
    """It ends at the expiry, not a microsecond before."""
    assert story(OPENED, put(1, "P1", 3), until=3 - 1e-9) == [(0, "P3"), (1, "P1")]
    assert story(OPENED, put(1, "P1", 3), until=3) == [(0, "P3"), (1, "P1"), (3, "P3")]


def test_override_holds_for_good_when_it_has_no_expiry() -> None:
    """Until somebody ends or replaces it."""
    assert story(OPENED, put(1, "P1"), ANSWERED, changed(5, "P2")) == [(0, "P3"), (1, "P1")]


def test_override_ends_when_somebody_says_so() -> None:
    """The derived priority is back, with what was derived meanwhile."""
    events = (OPENED, put(1, "P1", 9), changed(2, "P4"), ended(3))
    assert story(*events) == [(0, "P3"), (1, "P1"), (3, "P4")]


def test_later_override_replaces_when_one_stands() -> None:
    """The earlier one does not come back, however long it would have held."""
    events = (OPENED, put(1, "P1", 9), put(2, "P2", 3))
    assert story(*events) == [(0, "P3"), (1, "P1"), (2, "P2"), (3, "P3")]


def test_override_has_no_effect_when_it_is_over_at_once() -> None:
    """What a log tells of an expiry in the past replaces the one before and holds no instant."""
    assert story(OPENED, put(1, "P1", 0.5)) == [(0, "P3")]
    assert story(OPENED, put(1, "P1"), put(2, "P2", 2)) == [(0, "P3"), (1, "P1"), (2, "P3")]


def test_no_end_is_told_when_the_override_was_over_at_once() -> None:
    """It had no effect that could end; one that holds for half an hour has."""
    late, short = put(1, "P1", 0.5), put(1, "P1", 1.5)
    assert with_expiries([OPENED, late], micros(at(2))) == [OPENED, late]
    at_once = put(1, "P1", 1)
    assert with_expiries([OPENED, at_once], micros(at(2))) == [OPENED, at_once]
    told = with_expiries([OPENED, short], micros(at(2)))
    assert [type(each) for each in told[2:]] == [PriorityOverrideEnded]
    assert told[2].occurred_at == at(1.5)


def test_end_is_told_before_what_happens_at_the_expiry() -> None:
    """P3: it held up to the expiry; the ticket is told that it ended by itself, and why."""
    told = with_expiries([OPENED, put(1, "P1", 3), changed(3, "P2")], micros(at(3)))
    assert told == [
        OPENED,
        put(1, "P1", 3),
        PriorityOverrideEnded(ticket_id=ID, occurred_at=at(3), automatic=True, reason="expired"),
        changed(3, "P2"),
    ]


def test_end_is_told_when_the_expiry_is_the_instant_asked_for() -> None:
    """At the instant it is over, a microsecond before it is not; alone in a log, too."""
    alone = put(1, "P1", 3)
    assert with_expiries([alone], micros(at(3)) - 1) == [alone]
    told = with_expiries([alone], micros(at(3)))
    assert [(each.ticket_id, each.occurred_at) for each in told] == [(ID, at(1)), (ID, at(3))]


def test_end_is_told_once_when_somebody_ended_or_replaced_the_override_before() -> None:
    """An expiry that the override did not live to see is no event."""
    by_hand = [OPENED, put(1, "P1", 3), ended(2), changed(4, "P2")]
    assert with_expiries(by_hand, micros(at(9))) == by_hand
    replaced = [OPENED, put(1, "P1", 3), put(2, "P2"), changed(4, "P2")]
    assert with_expiries(replaced, micros(at(9))) == replaced


def test_override_is_no_change_when_it_sets_what_is_derived() -> None:
    """Neighbours differ."""
    assert story(OPENED, put(1, "P3", 3), changed(2, "P2")) == [(0, "P3"), (3, "P2")]


def test_end_changes_nothing_when_there_is_no_override() -> None:
    """A log may tell an end twice."""
    assert story(OPENED, ended(1), ended(2)) == [(0, "P3")]


def test_future_is_unknown_when_asked_as_of_an_instant() -> None:
    """Events at the instant are there, later ones are not."""
    assert story(OPENED, changed(2, "P2"), put(3, "P1"), until=2) == [(0, "P3"), (2, "P2")]
    assert story(OPENED, changed(2, "P2"), until=1) == [(0, "P3")]
    assert story(OPENED, until=-1) == []


def test_own_classes_say_what_their_nearest_base_says() -> None:
    """A change of priority by somebody's own class is a change of priority."""

    @attrs.frozen(kw_only=True, repr=False)
    class PriorityGuessed(PriorityChanged):
        """An event of somebody's own."""

    guessed = PriorityGuessed(ticket_id=ID, occurred_at=at(1), priority="P1")
    assert story(OPENED, guessed) == [(0, "P3"), (1, "P1")]
    assert story(OPENED, guessed, put(2, "P2")) == [(0, "P3"), (1, "P1"), (2, "P2")]


# --- with reasons --------------------------------------------------------------------------------

TOLD = (OPENED, put(1, "P1", 3), changed(2, "P2"))


def test_derived_priority_stays_visible_when_an_override_stands() -> None:
    """P3: the value beneath, and who set the one above, why and until when."""
    spans = PriorityTimeline.of(TOLD, at(24)).spans
    assert [(s.since_at, s.priority, s.derived, s.source) for s in spans] == [
        (at(0), "P3", "P3", "derived"),
        (at(1), "P1", "P3", "override"),
        (at(2), "P1", "P2", "override"),
        (at(3), "P2", "P2", "derived"),
    ]
    made = override_of(put(1, "P1", 3))
    assert spans[2].override == made
    assert (made.author, made.approver) == ("lea", "max")


def test_last_change_counts_when_a_timeline_has_several_of_one_instant() -> None:
    """T3: no stretch is empty; what comes back to the old value begins none."""
    told = (OPENED, put(1, "P1", 3), put(1, "P2"), ended(4), changed(4, "P4"))
    spans = PriorityTimeline.of(told, at(24)).spans
    assert [(s.since_at, s.priority) for s in spans] == [
        (at(0), "P3"),
        (at(1), "P2"),
        (at(4), "P4"),
    ]


def test_nothing_is_derived_when_a_log_begins_with_an_override() -> None:
    """What was derived before the log began is not guessed."""
    (span,) = PriorityTimeline.of([put(1, "P1")], at(2)).spans
    assert (span.derived, span.priority) == ("", "P1")


def test_timeline_is_the_same_when_told_in_another_order() -> None:
    """S14: late events give the ordered history."""
    made = [PriorityTimeline.of(told, at(24)) for told in permutations((*TOLD, TOLD[1]))]
    assert all(each == made[0] for each in made)


def test_span_is_found_when_asked_for_an_instant() -> None:
    """Half-open stretches: at the expiry the derived priority holds."""
    timeline = PriorityTimeline.of(TOLD, at(24))
    found = [timeline.at(at(hour)) for hour in (-1, 0, 2.5, 3, 24)]
    priorities = [None if span is None else span.priority for span in found]
    assert priorities == [None, "P3", "P1", "P2", "P2"]


def test_span_is_refused_when_it_lies_after_what_is_known() -> None:
    """The timeline cannot say what has not happened yet."""
    with pytest.raises(InvalidValue, match=r"known up to 2026-01-05T10:00:00\+00:00"):
        PriorityTimeline.of(TOLD, at(1)).at(at(2))


@pytest.mark.parametrize(("hour", "priority"), [(-1, ""), (0, "P3"), (1, "P1"), (3, "P2")])
def test_priority_is_that_of_the_instant_when_asked(hour: float, priority: str) -> None:
    """One answer for one instant, the events in any order."""
    assert effective_priority(reversed(TOLD), at(hour)) == priority


def test_priority_is_refused_when_the_instant_has_no_zone() -> None:
    """T1: naive is refused."""
    for ask in (effective_priority, PriorityTimeline.of):
        with pytest.raises(NaiveDatetime):
            ask(TOLD, NINE.replace(tzinfo=None))
