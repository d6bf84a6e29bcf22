"""From histories to candidates: only incidents, only what was known."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent, TicketMerged, TicketOpened, TicketResolved, WorkStarted
from itsm_core.ids import PersonId, TicketId
from itsm_core.linking import Occurrence, ProblemCandidate, find_in_histories
from itsm_core.simulation import simulate
from itsm_core.spans import hours
from tests.unit.linking.desk import AS_OF, background, failure


def history(of: Occurrence, *, kind: str = "incident", title: str = "") -> list[TicketEvent]:
    """Return a ticket that was opened, worked on for an hour and solved."""
    return [
        TicketOpened(
            ticket_id=of.ticket_id,
            occurred_at=of.at,
            ticket_type=kind,
            service=of.service,
            configuration_item_id=of.configuration_item_id,
            title=title,
        ),
        WorkStarted(ticket_id=of.ticket_id, occurred_at=of.at, state="in_progress"),
        TicketResolved(
            ticket_id=of.ticket_id,
            occurred_at=of.at + hours(1),
            state="resolved",
            actor=PersonId(of.person),
        ),
    ]


def found(histories: list[list[TicketEvent]], **given: object) -> tuple[ProblemCandidate, ...]:
    """Return the candidates of a desk."""
    return find_in_histories(histories, as_of=AS_OF, **given)  # type: ignore[arg-type]


def test_failure_is_found_when_the_desk_is_given_as_histories() -> None:
    """With hours and people out of the events."""
    (candidate,) = found([history(each) for each in (*background(), *failure())])
    assert candidate.members == tuple(each.ticket_id for each in failure())
    assert candidate.spread.people == 4
    assert float(candidate.cost.hours) == 12


def test_requests_are_left_out_when_they_recur() -> None:
    """That they come every week is no failure."""
    requests = [history(each, kind="service_request") for each in failure()]
    assert found([*map(history, background()), *requests]) == ()


def test_later_events_are_unknown_when_asked_as_of_earlier() -> None:
    """A ticket of tomorrow does not exist, a solution of tomorrow is no work yet."""
    histories = [history(each) for each in (*background(), *failure())]
    early = failure()[5].at + timedelta(minutes=30)
    (candidate,) = find_in_histories(histories, as_of=early)
    assert len(candidate.members) == 6
    assert float(candidate.cost.hours) == 5


def test_titles_are_grouped_when_no_groups_are_given() -> None:
    """None asks for it; an empty list means that there are none."""
    scattered = [
        Occurrence(ticket_id=TicketId(f"P{n}"), at=AS_OF - timedelta(days=60 - 9 * n, hours=2 * n))
        for n in range(5)
    ]
    told = [history(each, title="pump P-0815 leaks, sealed it") for each in scattered]
    everything = [
        *(
            history(each, title=f"trouble {n % 50} with {each.service}")
            for n, each in enumerate(background())
        ),
        *told,
    ]
    assert [each.sources for each in found(everything, groups=())] == []
    pump = [each for each in found(everything, groups=None) if "P0" in each.members]
    assert [each.members for each in pump] == [("P0", "P1", "P2", "P3", "P4")]


def test_hidden_failure_is_found_when_a_whole_desk_is_simulated() -> None:
    """Eight people, eight wordings, 2,000 tickets: all of it and little else (law K2)."""
    desk = simulate(seed=5)
    (candidate,) = find_in_histories(desk.histories.values(), as_of=desk.as_of)
    truth = set(desk.story.weekly_failure)
    right = truth & set(candidate.members)
    assert len(right) >= 0.9 * len(truth)
    assert len(candidate.members) - len(right) <= 1
    assert candidate.spread.people == 8


def test_history_is_refused_when_it_has_no_beginning() -> None:
    """The fault names what it began with."""
    with pytest.raises(InvalidValue, match="must begin with TicketOpened"):
        found([history(failure()[0])[1:]])


def test_merged_tickets_are_left_out_when_they_told_of_the_same() -> None:
    """Three callers about one outage are one occurrence once their tickets are merged."""
    main = [history(each) for each in failure()]
    copies = [
        [
            *history(attrs.evolve(each, at=each.at_us + 60, start=each.start_us, ticket_id=name)),
            TicketMerged(ticket_id=name, occurred_at=each.at + hours(2), into=each.ticket_id),
        ]
        for each in failure()
        for name in (TicketId(f"{each.ticket_id}-copy"),)
    ]
    plain = found([*map(history, background()), *main])
    assert found([*map(history, background()), *main, *copies]) == plain
