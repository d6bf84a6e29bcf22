"""A slow, obviously right judge of service levels: it walks along a grid of time, step by step.

The oracle exists to disagree with `itsm_core.sla.evaluate`. It shares no code with the evaluator
and asks no calendar to add or subtract: a row says for every step whether it is open, another why
it does not count, and a walk uses up the goal step by step. What a step is worth is the only
arithmetic. Goals in working days ask `Goal.due` once, for the instant without any pause.

A promise is due at the earliest instant at which its time is used up and the clock does not stand
still: so nobody is late inside a pause, and a pause that begins at the due instant moves it (S4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from itsm_core.calendars import Calendar
from itsm_core.events import BreachExplained, TicketEvent, TimeExcluded
from itsm_core.sla import Evaluation, ServiceLevelAgreement, ServiceLevelTarget, SlaClock
from itsm_core.spans import instant, micros
from itsm_core.testing.schedules import Schedule
from itsm_core.testing.sla_grid import Grid
from itsm_core.testing.sla_story import Story, told_story
from itsm_core.testing.sla_walk import CycleJudge, OracleClock, OracleLine

__all__ = ["OracleClock", "OracleLine", "OracleResult", "differences", "oracle_evaluate"]

STEP: Final = timedelta(minutes=15)


@attrs.frozen(kw_only=True)
class OracleResult:
    """Hold the oracle's clocks of one ticket, in the order of the agreement's targets.

    >>> from datetime import UTC
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> goal = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[goal])
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> history = [TicketOpened(ticket_id="INC-1", occurred_at=nine, priority="P2")]
    >>> result = oracle_evaluate(history, gold, nine)
    >>> result.priority, [clock.name for clock in result.clocks]
    ('P2', ['resolution'])
    """

    priority: str
    clocks: tuple[OracleClock, ...]


def oracle_evaluate(
    history: Iterable[TicketEvent],
    agreement: ServiceLevelAgreement,
    as_of: datetime,
    known_at: datetime | None = None,
    *,
    step: timedelta = STEP,
    schedules: Mapping[str, Schedule] | None = None,
) -> OracleResult:
    """Judge a ticket by walking along a grid of `step`; see `evaluate` for what the rules are.

    Every instant must lie on the grid, opening hours and bounds of pauses included. `schedules`
    maps the content hash of a calendar to the schedule that it was built from: then its open time
    comes from the minute oracle, else from `Calendar.segments`.

    Raises:
        InvalidValue: an instant lies between two steps; events of two tickets.
        NotFound: no event opens a ticket.
        OutsideWindow: a goal needs more than ten weeks.

    >>> from datetime import UTC
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> goal = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[goal])
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> history = [TicketOpened(ticket_id="INC-1", occurred_at=nine)]
    >>> (clock,) = oracle_evaluate(history, gold, nine).clocks
    >>> clock.state, instant(clock.due_us).isoformat()
    ('running', '2026-01-05T13:00:00+00:00')
    """
    now = micros(as_of)
    known = None if known_at is None else micros(known_at)
    story = told_story(history, now, known)
    grid = Grid.around(story.opened_us, now, step=step, schedules=schedules)
    clocks: list[OracleClock] = []
    for target in agreement.targets:
        clocks += _clocks(story, target, agreement.calendar_of(target), grid)
    return OracleResult(priority=story.priorities()[-1][1], clocks=tuple(clocks))


def _clocks(
    story: Story, target: ServiceLevelTarget, calendar: Calendar, grid: Grid
) -> list[OracleClock]:
    """Return the cycles of one target that have a goal, numbered from 1."""
    excluded = [
        event
        for event in story.events()
        if isinstance(event, TimeExcluded)
        and event.approver not in ("", event.actor)
        and event.start_us < event.end_us
        and event.clock in ("", target.name)
    ]
    pauses = [] if target.metric == "commitment" else story.pauses(target)
    clocks: list[OracleClock] = []
    for cycle in story.cycles(target):
        if cycle.start_us <= story.as_of_us:
            judge = CycleJudge(story, target, calendar, grid, cycle, pauses, excluded)
            clock = judge.clock(len(clocks) + 1)
            if clock is not None:
                clocks.append(clock)
    return [_explained(clock, story, len(clocks)) for clock in clocks]


def _explained(clock: OracleClock, story: Story, count: int) -> OracleClock:
    """Return a clock with the breach reason that was told last about it."""
    for event in story.events():
        if isinstance(event, BreachExplained) and event.clock == clock.name:
            cycle = event.cycle or count
            if cycle == clock.cycle:
                clock = attrs.evolve(clock, breach_reason=event.reason, breach_owner=event.owner)
    return clock


# -- comparison


_COMPARED: Final = tuple(
    field.name
    for field in attrs.fields(OracleClock)
    if field.name not in ("state", "raw_state", "goal", "ledger")
)


def differences(evaluation: Evaluation, oracle: OracleResult) -> tuple[str, ...]:
    """Return a sentence for each field in which an evaluation differs from the oracle's.

    >>> from datetime import UTC
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import evaluate
    >>> four, eight = (
    ...     ServiceLevelTarget(metric="resolution", goals=hours(length)) for length in (4, 8)
    ... )
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[four])
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> history = [TicketOpened(ticket_id="INC-1", occurred_at=nine)]
    >>> judged = evaluate(history, gold, as_of=nine)
    >>> differences(judged, oracle_evaluate(history, gold, nine))
    ()
    >>> silver = attrs.evolve(gold, targets=[eight])
    >>> print(differences(judged, oracle_evaluate(history, silver, nine))[0])
    resolution #1: allowance_us is 4:00:00, the oracle says 8:00:00
    """
    found: list[str] = []
    if evaluation.priority != oracle.priority:
        found.append(f"priority is {evaluation.priority!r}, the oracle says {oracle.priority!r}")
    mine = {(each.name, each.cycle): each for each in oracle.clocks}
    theirs = {(each.name, each.cycle): each for each in evaluation.clocks}
    if list(mine) != list(theirs):
        found.append(f"clocks are {list(theirs)}, the oracle says {list(mine)}")
    for key, expected in mine.items():
        clock = theirs.get(key)
        if clock is not None:
            where = f"{expected.name} #{expected.cycle}"
            found += [f"{where}: {sentence}" for sentence in _clock_differences(clock, expected)]
    return tuple(found)


def _clock_differences(clock: SlaClock, expected: OracleClock) -> Iterable[str]:
    for name in ("state", "raw_state"):
        got, wanted = getattr(clock, name).value, getattr(expected, name)
        if got != wanted:
            yield f"{name} is {got}, the oracle says {wanted}"
    for name in _COMPARED:
        got, wanted = getattr(clock, name), getattr(expected, name)
        if got != wanted:
            yield f"{name} is {_shown(name, got)}, the oracle says {_shown(name, wanted)}"
    if clock.goal != expected.goal:
        yield f"goal is {clock.goal}, the oracle says {expected.goal}"
    lines = tuple(
        OracleLine(
            each.start_us,
            each.end_us,
            each.kind.value,
            each.reason,
            each.group,
            each.assignee,
            each.author,
        )
        for each in clock.ledger
    )
    if lines != expected.ledger:
        pairs = zip(lines, expected.ledger, strict=False)
        got, wanted = next(
            ((one, other) for one, other in pairs if one != other), (len(lines), "another number")
        )
        yield f"ledger shows {got} where the oracle has {wanted} ({len(expected.ledger)} lines)"


def _shown(name: str, value: object) -> str:
    if name in ("allowance_us", "elapsed_us", "wall_us") and isinstance(value, int):
        return str(timedelta(microseconds=value))
    if isinstance(value, int) and name.endswith("_us"):
        return instant(value).isoformat()
    return repr(value)
