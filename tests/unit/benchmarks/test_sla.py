"""The workload of the speed of service levels: what is compared does the same work."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from benchmarks.sla import by_hand, long_ticket, tickets, verdict_policy
from itsm_core.sla import ClockState, evaluate
from itsm_core.spans import micros

AS_OF = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("slowness", [1, 6])
def test_limit_by_hand_gives_the_same_verdicts_when_asked_about_a_ticket(slowness: float) -> None:
    """A limit that did less than the evaluator would be none."""
    agreement = verdict_policy()
    limit = by_hand(agreement)
    seen: set[bool] = set()
    for history in tickets(300, slowness=slowness):
        judged = evaluate(history, agreement, as_of=AS_OF)
        ended = [each for each in judged if each.state is not ClockState.CANCELLED]
        kept = sorted(each.state is ClockState.MET for each in ended)
        seen.update(kept)

        assert sorted(limit(history, micros(AS_OF))) == kept
    assert seen == ({True, False} if slowness > 1 else {True})


def test_ticket_of_the_workload_has_ten_events_and_every_clock_when_judged() -> None:
    """Four clocks, of which updates have a second cycle."""
    (history,) = tickets(1)
    judged = evaluate(history, verdict_policy(), as_of=AS_OF)

    assert len(history) == 10
    assert [clock.name for clock in judged] == [
        "response",
        "next_reply",
        "update",
        "update",
        "resolution",
    ]


@pytest.mark.parametrize("length", [10, 100, 1_000])
def test_long_ticket_has_so_many_events_in_order_when_made(length: int) -> None:
    """What grows is the number of events, not the disorder."""
    history = long_ticket(length)
    instants = [event.occurred_us for event in history]

    assert len(history) == length
    assert instants == sorted(instants)
