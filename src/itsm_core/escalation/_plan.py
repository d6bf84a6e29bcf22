"""The future of an escalation, and what of it is due (laws E2, E3)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.escalation._actions import EscalateToRole, Notify, RaisePriority
from itsm_core.escalation._coverage import NOBODY, Coverage, Reached
from itsm_core.escalation._rules import Ladder
from itsm_core.escalation._steps import DueStep, Step
from itsm_core.escalation._straight import straight_steps
from itsm_core.escalation._walk import Candidate, Walk
from itsm_core.escalation._world import Agreements, World
from itsm_core.events import (
    EscalationStepPassed,
    EscalationStepTaken,
    TicketEvent,
    TicketOpened,
    in_order,
    opened_first,
)
from itsm_core.rosters import _fields as check
from itsm_core.spans import END_OF_TIME, instant, micros

_STEPS: Final = (EscalationStepTaken, EscalationStepPassed)
AHEAD: Final = timedelta(days=366)
"""How far a plan looks ahead unless told otherwise: a year, and the year's end with it."""

_AHEAD_US: Final = AHEAD // timedelta.resolution
_Mode = Literal["collapse", "all", "skip"]
_MODES: Final[tuple[_Mode, ...]] = ("collapse", "all", "skip")


@attrs.frozen(kw_only=True)
class CatchUp:
    """Say what happens to steps that are found late, after downtime (law E3).

    `collapse`: of the messages about one subject only those of the highest level, in its last
    repeat, are sent; the others are recorded as collapsed into it. So it is with assignments, and
    with proposals: no message stands for an assignment. Priorities are raised as often as in time:
    two raises by a level are two levels. `all`: every step is taken, in order. `skip`: what is
    older than `older_than` is recorded as skipped, the rest is taken.

    Raises:
        DefinitionError: the mode is unknown, or `older_than` is given without `skip` or lacking.

    >>> CatchUp(mode="skip", older_than=timedelta(hours=4)).mode
    'skip'
    """

    mode: _Mode = "collapse"
    older_than: timedelta | None = None

    def __attrs_post_init__(self) -> None:
        faults = list(check.choice_faults("mode", self.mode, _MODES))
        faults += check.duration_faults("older_than", self.older_than, optional=True)
        if not faults and (self.mode == "skip") != (self.older_than is not None):
            remedy = "write CatchUp(mode='skip', older_than=hours(4)), or leave it out"
            raise InvalidValue("older_than belongs to mode='skip'", self.older_than, remedy)
        check.refuse("catch-up", faults)


COLLAPSE: Final = CatchUp()
"""Take the highest step of each subject, and record the others."""

FIRE_ALL: Final = CatchUp(mode="all")
"""Take every step, however late."""


def plan(
    history: Iterable[TicketEvent],
    ladder: Ladder,
    agreement: Agreements | None = None,
    coverage: Coverage = NOBODY,
    *,
    as_of: datetime,
    until: datetime | None = None,
) -> tuple[Step, ...]:
    """Return what a ladder will do after `as_of` if nothing else happens, the next step first.

    Events after `as_of` are not there yet. Nothing is planned inside a pause whose end nobody
    knows, nor beyond `until`, which is 366 days after `as_of` unless given. Make it anew whenever
    something has happened: steps that have lost their ground are simply not in it any more.
    `agreement` is the one that was promised or, where that changes over a ticket's life, the
    catalogue that says when: steps then are those of the agreement in force at their instant.

    Raises:
        InvalidValue: the history has no opening, events of several tickets, or a rule speaks to
            a roster that `coverage` has not; `until` is before `as_of`.
        NaiveDatetime: an instant has no time zone.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> from itsm_core.escalation import Breached, EscalateToRole, EscalationRule, Ladder
    >>> rule = EscalationRule(
    ...     name="late",
    ...     trigger=Breached(clock="resolution"),
    ...     actions=[EscalateToRole(role="team lead")],
    ... )
    >>> ladder = Ladder(name="day", rules=[rule])
    >>> print(*plan([opened], ladder, gold, as_of=at))
    Tue 13:00: escalate to the team lead, because resolution is breached
    """
    as_of_us = micros(as_of)
    end = min(as_of_us + _AHEAD_US, END_OF_TIME)
    until_us = end if until is None else _ordered(as_of_us, until)
    events = _known(history, as_of_us)
    if not events:
        return ()
    _check_rosters(ladder, coverage)
    world, ticket_id = World(events, agreement, coverage, until_us), events[0].ticket_id
    steps = straight_steps(world, ladder, ticket_id)
    if steps is None:
        steps = [step for step, _ in Walk(world, ladder, ticket_id).run().values()]
    done = recorded(events)
    return tuple([step for step in steps if step.at_us > as_of_us and step.key not in done])


def due(
    history: Iterable[TicketEvent],
    ladder: Ladder,
    agreement: Agreements | None = None,
    coverage: Coverage = NOBODY,
    *,
    since: datetime | None = None,
    until: datetime,
    catch_up: CatchUp = COLLAPSE,
) -> tuple[DueStep, ...]:
    """Return the steps that came due after `since`, up to and including `until`, in their order.

    A step comes due if what it is about went on until then: an event of the same instant comes
    first. Any polling times that end at the same instant give the same keys. What the history has
    records of is left out, so that asking again after recording adds nothing: leave `since` out,
    and nothing is ever lost. Take `DueStep.current`: what is found late is for whoever is to be
    told now, and not for whoever was when it came due.

    Raises:
        InvalidValue: as in `plan`; `until` is before `since`.
        NaiveDatetime: an instant has no time zone.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> from itsm_core.escalation import Breached, EscalateToRole, EscalationRule, Ladder
    >>> rule = EscalationRule(
    ...     name="late",
    ...     trigger=Breached(clock="resolution"),
    ...     actions=[EscalateToRole(role="team lead")],
    ... )
    >>> ladder = Ladder(name="day", rules=[rule])
    >>> [each.outcome for each in due([opened], ladder, gold, until=at.replace(hour=14))]
    ['act']
    """
    since_us = check.START_OF_TIME if since is None else micros(since)
    until_us = _ordered(since_us, until)
    events = _known(history, until_us)
    if not events:
        return ()
    world = World(events, agreement, coverage, until_us)
    walk = Walk(world, ladder, events[0].ticket_id)
    _check_rosters(ladder, coverage)
    done = recorded(events)
    found = [
        (step, candidate)
        for step, candidate in walk.run().values()
        if since_us < step.at_us and step.key not in done
    ]
    judged = [_Judged(step, *_standing(world, walk, step, candidate)) for step, candidate in found]
    return tuple(_caught_up(judged, catch_up, until_us))


def next_look(
    history: Iterable[TicketEvent],
    ladder: Ladder,
    agreement: Agreements | None = None,
    coverage: Coverage = NOBODY,
    *,
    as_of: datetime,
) -> datetime | None:
    """Return when to ask `due` again if nothing happens until then, in UTC; None for never.

    `as_of` itself if something is to be done or recorded now; else when what is held can be done,
    or the next planned step, whichever comes first.

    Raises:
        InvalidValue: as in `plan`.
        NaiveDatetime: the instant has no time zone.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> from itsm_core.escalation import Breached, EscalateToRole, EscalationRule, Ladder
    >>> rule = EscalationRule(
    ...     name="late",
    ...     trigger=Breached(clock="resolution"),
    ...     actions=[EscalateToRole(role="team lead")],
    ... )
    >>> ladder = Ladder(name="day", rules=[rule])
    >>> print(next_look([opened], ladder, gold, as_of=at))
    2026-05-12 13:00:00.000001+00:00
    """
    told = tuple(history)
    found = due(told, ladder, agreement, coverage, until=as_of)
    if any(each.outcome != "held" for each in found):
        return instant(micros(as_of))
    times = [each.again_us for each in found if each.again_us is not None]
    times += [step.at_us for step in plan(told, ladder, agreement, coverage, as_of=as_of)]
    return instant(min(times)) if times else None


def recorded(events: Iterable[TicketEvent]) -> frozenset[str]:
    """Return the keys of the steps that a history says were taken, or passed over.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> recorded([opened])
    frozenset()
    """
    return frozenset(event.key for event in events if isinstance(event, _STEPS))


def _ordered(first_us: int, last: datetime) -> int:
    last_us = micros(last)
    if last_us < first_us:
        raise InvalidValue("an end before its beginning", last, "give the instants in their order")
    return last_us


def _known(history: Iterable[TicketEvent], until_us: int) -> tuple[TicketEvent, ...]:
    """Return the events up to an instant, the opening first; none if it is not opened yet."""
    told = in_order(history)
    if told and told[-1].occurred_us <= until_us and isinstance(told[0], TicketOpened):
        return told
    if not any(isinstance(event, TicketOpened) for event in told):
        remedy = "pass the whole history of one ticket"
        raise InvalidValue("a history without TicketOpened", len(told), remedy)
    known = [event for event in told if event.occurred_us <= until_us]
    events = tuple(opened_first(known))
    return events if events and isinstance(events[0], TicketOpened) else ()


def _check_rosters(ladder: Ladder, coverage: Coverage) -> None:
    for name in ladder.rosters:
        coverage[name]


# --- what to do with a step that is found late ---------------------------------------------------


class _Judged(NamedTuple):
    """Hold a step, and whether it can be taken now: `act`, `held` or `overtaken`.

    With `held` comes when to ask again, None if only an event can tell; with `act` of a message
    whom it reaches now.
    """

    step: Step
    standing: str
    again_us: int | None = None
    reached: Reached | None = None


def _standing(
    world: World, walk: Walk, step: Step, candidate: Candidate
) -> tuple[str, int | None, Reached | None]:
    """Return how a step stands at the world's end; see `_Judged`."""
    at = world.until_us
    if step.at_us == at:
        return "act", None, None
    goes_on = (each for each in candidate.cause.windows if each.low_us <= at < each.high_us)
    window = next(goes_on, None)
    if window is None or walk.is_held_back(at) or not walk.holds(candidate.level, at):
        return "overtaken", None, None
    again = window.first(at)
    if again != at:
        return "held", again, None
    if not isinstance(step.action, Notify):
        return "act", None, None
    reached = world.reach(step.action, at)
    if reached.at_us > at:
        return "held", reached.at_us, None
    return "act", None, reached


def _caught_up(judged: list[_Judged], catch_up: CatchUp, until_us: int) -> Iterator[DueStep]:
    limit = catch_up.older_than
    highest: dict[tuple[str, object], Step] = {}
    for step, standing, _, _ in judged:
        best = highest.get(_topic(step))
        if standing == "act" and (best is None or _height(step) > _height(best)):
            highest[_topic(step)] = step
    for step, standing, again, reached in judged:
        if standing == "overtaken":
            yield DueStep(step=step, outcome="overtaken")
        elif standing == "held":
            yield DueStep(step=step, outcome="held", again_us=again)
        elif limit is not None and step.at_us < until_us - limit // timedelta.resolution:
            yield DueStep(step=step, outcome="skipped")
        elif catch_up.mode == "collapse" and _is_lower(step, highest[_topic(step)]):
            yield DueStep(step=step, outcome="collapsed", into=highest[_topic(step)].key)
        else:
            yield DueStep(step=step, outcome="act", reached=reached)


def _topic(step: Step) -> tuple[str, object]:
    """Return what a step is about, and its kind: no message stands for an assignment."""
    kind = type(step.action)
    if kind is RaisePriority:
        return step.subject, step.key  # none stands for another: together they reach the level
    return step.subject, Notify if kind is EscalateToRole else kind


def _height(step: Step) -> tuple[int, int]:
    return (step.level, step.occurrence)


def _is_lower(step: Step, highest: Step) -> bool:
    """Tell whether a step says less than the highest of its subject, and was due before it."""
    return _height(step) < _height(highest) and step.at_us < highest.at_us
