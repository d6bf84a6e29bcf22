"""When something changes by time alone (S15)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from itsm_core.events import TicketEvent
from itsm_core.sla import PauseLimit, ServiceLevelTarget, evaluate, next_event
from tests.unit.sla.ticket import (
    HOUR,
    agreed,
    at,
    closed,
    contacted,
    excluded,
    held,
    made,
    opened,
    overridden,
    resolved,
    resumed,
    target,
)

MICROSECOND = timedelta(microseconds=1)
WARNED = target(warn_at_ratios=(0.5,), pause_on={"parts"})
LIMITED = target(
    pause_on={"parts"},
    pause_limits=[
        PauseLimit(reason="parts", longest=2 * HOUR),
        PauseLimit(reason="*", budget=3 * HOUR),
    ],
)
BY_HAND = target(goals={"P1": 4 * HOUR, "P2": 8 * HOUR})


def said(promise: ServiceLevelTarget, events: tuple[TicketEvent, ...], when: datetime) -> object:
    """Return all that an evaluation says but what the mere passing of time changes."""
    evaluation = evaluate(events, agreed(promise), as_of=when)
    return evaluation.priority, [
        (each.state, each.priority, each.due_us, each.breached_us, each.warnings_us)
        for each in evaluation
    ]


@pytest.mark.parametrize(
    ("promise", "events", "hour", "change", "expected"),
    [
        (target(), (opened(),), 10, "breach", at(13) + MICROSECOND),
        (target(), (opened(), excluded(12, 14)), 10, "breach", at(15) + MICROSECOND),
        (WARNED, (opened(),), 10, "warning", at(11)),
        (WARNED, (opened(),), 11, "breach", at(13) + MICROSECOND),
        (WARNED, (opened(), held(10, "parts"), resumed(10.5)), 10.6, "warning", at(11.5)),
        (LIMITED, (opened(), held(10, "parts")), 11, "pause limit", at(12)),
        (
            LIMITED,
            (opened(), held(9, "parts"), resumed(11), held(11.5, "parts")),
            12,
            "pause limit",
            at(12.5),
        ),
        (LIMITED, (opened(), held(10, "parts")), 12, "breach", at(15) + MICROSECOND),
        (target(anchor="registered"), (opened(recorded_at=at(10)),), 9.5, "start", at(10)),
        (BY_HAND, (opened(), overridden(10, "P2", 12)), 11, "priority", at(12)),
        (BY_HAND, (opened(), overridden(10, "P9", 12)), 11, "priority", at(12)),
        (
            target(metric="commitment", goals={}),
            (opened(), made(10, 11), resolved(10.5)),
            10.75,
            "breach",
            at(11) + MICROSECOND,
        ),
    ],
)
def test_nothing_changes_before_the_next_event_and_something_does_at_it(
    promise: ServiceLevelTarget,
    events: tuple[TicketEvent, ...],
    hour: float,
    change: str,
    expected: datetime,
) -> None:
    """S15: not one microsecond before, but at the instant itself."""
    following = next_event(evaluate(events, agreed(promise), as_of=at(hour)))
    assert following is not None
    assert (following.change, following.at) == (change, expected)
    now = said(promise, events, at(hour))
    before = said(promise, events, expected - MICROSECOND)
    if change != "pause limit":  # while it is paused, only the projection moves
        assert before == now
    assert said(promise, events, expected) != before


@pytest.mark.parametrize(
    ("promise", "events", "hour"),
    [
        (WARNED, (opened(), resolved(10)), 11),
        (WARNED, (opened(), closed(10), contacted(10.5)), 11),
        (WARNED, (opened(),), 14),
        (WARNED, (opened(), held(10, "parts")), 11),
        (BY_HAND, (opened(priority="P9"),), 10),
        (BY_HAND, (opened(), overridden(10, "P2", 12), resolved(12.5)), 13),
    ],
)
def test_nothing_follows_when_only_an_event_can_change_something(
    promise: ServiceLevelTarget, events: tuple[TicketEvent, ...], hour: float
) -> None:
    """Stopped, broken, paused without a limit, without a goal, overridden no more."""
    assert next_event(evaluate(events, agreed(promise), as_of=at(hour))) is None


def test_earliest_of_several_clocks_is_next() -> None:
    """The response is due before half the resolution's time is over."""
    agreement = agreed(WARNED, target(metric="response", goals=HOUR))
    following = next_event(evaluate((opened(),), agreement, as_of=at(9.5)))
    assert following is not None
    assert following.clock is not None
    assert (following.clock.name, following.at) == ("response", at(10) + MICROSECOND)


def test_breach_comes_first_of_several_at_one_instant() -> None:
    """Half of four hours and two microseconds is when two hours are over."""
    slow = target(goals=4 * HOUR + 2 * MICROSECOND, warn_at_ratios=(0.5,), name="a")
    agreement = agreed(slow, target(goals=2 * HOUR, name="b"))
    following = next_event(evaluate((opened(),), agreement, as_of=at(10)))
    assert following is not None
    assert (following.change, following.at) == ("breach", at(11) + MICROSECOND)


def test_next_event_reads_as_one_line() -> None:
    """What, of which clock, when."""
    told = [
        str(next_event(evaluate((opened(),), agreed(WARNED), as_of=at(hour)))) for hour in (10, 12)
    ]
    assert told == [
        "warning of resolution at 50%, 2026-01-05 11:00:00.000000 UTC",
        "breach of resolution, 2026-01-05 13:00:00.000001 UTC",
    ]
    events = (opened(), overridden(10, "P2", 12))
    following = next_event(evaluate(events, agreed(BY_HAND), as_of=at(11)))
    assert str(following) == "priority, 2026-01-05 12:00:00.000000 UTC"
    assert following is not None
    assert (following.clock, following.ratio) == (None, None)
