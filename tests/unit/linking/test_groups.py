"""The fold over grouping events, and how a group parts."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue, NotFound
from itsm_core.ids import PersonId, TicketId
from itsm_core.linking import (
    GroupingEvent,
    GroupSplit,
    GroupStarted,
    Link,
    PairJudged,
    TicketGrouped,
)
from itsm_core.linking._groups import Groups, pair

A, B, C, D = (TicketId(name) for name in "ABCD")


def chain() -> Groups:
    """Return one group: A and B strongly linked, C and D strongly linked, B and C weakly."""
    groups = Groups([GroupStarted(group_id=A, ticket_id=A, at_us=0)])
    for n, (ticket, other, log_odds) in enumerate(((B, A, 3.0), (C, B, 1.0), (D, C, 3.0)), 1):
        link = Link(ticket_id=ticket, other=other, log_odds=log_odds)
        groups.evolve(TicketGrouped(group_id=A, ticket_id=ticket, at_us=n, links=(link,)))
    return groups


def judged(one: TicketId, other: TicketId, verdict: str) -> PairJudged:
    """Return a verdict of Ann."""
    return PairJudged(
        ticket_id=one,
        other=other,
        verdict=verdict,  # type: ignore[arg-type]
        by=PersonId("ann"),
        at_us=9,
    )


def test_pair_has_no_direction() -> None:
    """A verdict on two tickets is found from either."""
    assert pair(A, B) == pair(B, A) == (A, B)


def test_group_parts_where_it_holds_together_least() -> None:
    """A and D are different: the weak link between B and C gives way."""
    groups = chain()
    groups.evolve(judged(A, D, "different"))
    assert groups.parts(A) == [[A, B], [C, D]]


def test_group_without_verdicts_is_one_part() -> None:
    """Nothing parts by itself."""
    assert chain().parts(A) == [[A, B, C, D]]


def test_forbidden_pair_is_named() -> None:
    """The two that a person parted, if the sides hold such."""
    groups = chain()
    groups.evolve(judged(D, B, "different"))
    assert groups.forbidden([A, B], [C, D]) == (B, D)
    assert groups.forbidden([A], [C, D]) is None


def test_last_verdict_on_a_pair_holds() -> None:
    """Whichever way round it was said."""
    groups = chain()
    groups.evolve(judged(A, B, "different"))
    groups.evolve(judged(B, A, "same"))
    assert groups.verdict(A, B) == "same"
    assert groups.judged(A, "different") == []


def test_group_of_a_ticket_that_never_came_is_refused() -> None:
    """The error names the ticket."""
    with pytest.raises(NotFound, match="'Z'"):
        Groups().group_id(TicketId("Z"))


def test_log_is_refused_when_an_event_is_there_twice() -> None:
    """A ticket that joins twice would be counted twice; so would one that leaves twice."""
    started = GroupStarted(group_id=A, ticket_id=A, at_us=0)
    joined = TicketGrouped(group_id=A, ticket_id=B, at_us=1, links=())
    split = GroupSplit(group_id=A, new_group_id=B, members=(B,), at_us=2)
    twice: tuple[tuple[GroupingEvent, ...], ...] = (
        (started, started),
        (started, joined, joined),
        (started, joined, split, split),
    )
    for told in twice:
        with pytest.raises(InvalidValue, match="each event once"):
            Groups(told)
