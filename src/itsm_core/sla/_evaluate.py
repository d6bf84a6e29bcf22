"""From events to verdicts: a clock is a pure fold over the ticket's history (law S1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import TypeAlias

import attrs

from itsm_core.calendars import Calendar
from itsm_core.events import BreachExplained, CommitmentMade, TicketEvent, in_order
from itsm_core.sla._agreement import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.sla._arguments import checked_events, refuse_call, regimes_given
from itsm_core.sla._clock import Evaluation, SlaClock
from itsm_core.sla._facts import opening_of
from itsm_core.sla._judge import (
    NO_STOPS,
    Blocked,
    Promise,
    Ruling,
    Stops,
    agreed_spans,
    plain_stops,
    ruling_of,
    state_of,
    stops_of,
)
from itsm_core.sla._plan import Held, Plan, Regimes, held_within
from itsm_core.sla._story import Cycle, Story, Track
from itsm_core.sla._values import Deadline
from itsm_core.spans import instant, micros

AnyPlan: TypeAlias = Plan | Regimes


def evaluate(
    history: Iterable[TicketEvent],
    agreement: ServiceLevelAgreement,
    *,
    as_of: datetime,
    known_at: datetime | None = None,
) -> Evaluation:
    """Return the clocks of one ticket under an agreement, as they stand at `as_of`.

    Events may come in any order and more than once; those after `as_of` have not happened yet,
    and with `known_at` those recorded later were not known yet: what was believed then (law S14).
    What starts, pauses and stops a clock, what a change of priority and a reopening do to it, its
    target says.

    Raises:
        NotFound: no event up to `as_of` opens a ticket.
        InvalidValue: events of several tickets, no list of events, or no agreement.
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
    >>> later = at.replace(hour=12)
    >>> print(evaluate([opened], gold, as_of=later)["resolution"].due_at)
    2026-05-12 13:00:00+00:00
    """
    told: tuple[TicketEvent, ...] = ()
    try:
        told = tuple(history)
        return _evaluated(told, agreement.plan, agreement, as_of, known_at)
    except (AttributeError, TypeError) as error:
        refuse_call(history, told, agreement, error)
        raise


def evaluate_regimes(
    history: Iterable[TicketEvent],
    regimes: Iterable[tuple[int | datetime, ServiceLevelAgreement | None]],
    *,
    as_of: datetime,
    known_at: datetime | None = None,
) -> Evaluation:
    """Return the clocks of a ticket whose agreement changed over time (laws S7, S13).

    `regimes` are in order: since when, as a datetime or in microseconds since 1970, which agreement
    holds; None is none. Clocks are matched by their targets' names, and the last target of a name
    gives its rules. At a change the goal changes by that target's retarget policy; a clock that the
    new agreement lacks is cancelled. What was broken before a change, by the rules that held then,
    stays broken (law S4).

    Raises:
        InvalidValue: no regime has an agreement, they are not in order or no pairs, events of
            several tickets, or no list of events.
        NotFound: no event up to `as_of` opens a ticket.
        NaiveDatetime: an instant has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate_regimes
    >>> slow = ServiceLevelTarget(metric="resolution", goals=hours(8))
    >>> base = ServiceLevelAgreement(agreement_id="base", calendar=ALWAYS, targets=[slow])
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[fast])
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> regimes = [(at, base), (at.replace(hour=11), gold)]
    >>> for hour in (10, 12):
    ...     found = evaluate_regimes([opened], regimes, as_of=at.replace(hour=hour))
    ...     print(f"at {hour}:00 due {found['resolution'].due_at:%H:%M}")
    at 10:00 due 17:00
    at 12:00 due 13:00
    """
    spans, events = regimes_given(regimes), checked_events(history)
    plan = Regimes(spans)
    last = next(agreement for _, agreement in reversed(spans) if agreement is not None)
    evaluation = _evaluated(events, plan, last, as_of, known_at)
    clocks = list(evaluation.clocks)
    judging = {each.name: each for each in (*plan.program.targets, *plan.commitments)}
    opened = opening_of(evaluation.events).occurred_us
    is_kept = False
    for place, ((_, agreement), (change, _)) in enumerate(pairwise(spans), 1):
        if agreement is None or not opened < change <= evaluation.as_of_us:
            continue
        if _has_other_rules(agreement, judging):
            until, then = Regimes(spans[:place]), instant(change)
            before = _evaluated(events, until, agreement, then, known_at)
            clocks = _with_breaches(clocks, before, change)
            is_kept = True
    if not is_kept:
        return evaluation
    clocks = _numbered(clocks, plan.names, evaluation.as_of_us)
    told = [each for each in evaluation.events if isinstance(each, BreachExplained)]
    clocks = _with_reasons(clocks, told)
    return attrs.evolve(evaluation, clocks=tuple(clocks))


def _has_other_rules(old: ServiceLevelAgreement, judging: Mapping[str, ServiceLevelTarget]) -> bool:
    """Tell whether an agreement differs in more than goals from the targets that give the rules.

    Only such rules could mend a breach, whatever lies between the two agreements.
    """
    return any(
        attrs.evolve(judging[target.name], goals=target.goals) != target for target in old.targets
    )


def _with_breaches(clocks: list[SlaClock], before: Evaluation, change: int) -> list[SlaClock]:
    """Return the clocks with what was broken before a change as broken (law S4).

    The rules of a new agreement give the cycles and pauses, but they do not mend what the old ones
    had found broken. A cycle is the same if it started at the same instant; one that the new rules
    do not know stays, cancelled at the change unless it had ended.
    """
    found = {origin: place for place, origin in enumerate(_origins(clocks))}
    result = list(clocks)
    for clock, origin in zip(before, _origins(before), strict=True):
        broken = clock.breached_us
        if broken is None or broken >= change:
            continue
        place = found.get(origin)
        if place is None:
            run = clock.run.cancelled_at(change) if clock.is_live else clock.run
            result.append(attrs.evolve(clock, run=run))
        elif (known := result[place].breached_us) is None or known > broken:
            result[place] = attrs.evolve(
                result[place],
                state=clock.state,
                found_due_us=clock.found_due_us,
                ruling=clock.ruling,
                raw=clock.raw,
            )
    return result


def _origins(clocks: Iterable[SlaClock]) -> Iterator[tuple[str, str, int, int]]:
    """Yield what tells each cycle from the others: several may start at one instant."""
    numbers = Counter[tuple[str, str, int]]()
    for clock in clocks:
        origin = (clock.name, clock.subject, clock.started_us)
        numbers[origin] += 1
        yield (*origin, numbers[origin])


def _numbered(clocks: list[SlaClock], names: tuple[str, ...], now: int) -> list[SlaClock]:
    """Return clocks, targets and cycles in order, numbered, as they stand at an instant."""
    numbers = Counter[str]()
    result: list[SlaClock] = []
    for clock in sorted(clocks, key=lambda each: (names.index(each.name), each.started_us)):
        numbers[clock.name] += 1
        story = clock.story.as_of(now)
        result.append(
            attrs.evolve(
                clock,
                cycle=numbers[clock.name],
                story=story,
                breach_reason="",
                breach_owner="",
            )
        )
    return result


def _evaluated(
    history: Iterable[TicketEvent],
    plan: AnyPlan,
    agreement: ServiceLevelAgreement,
    as_of: datetime,
    known_at: datetime | None,
) -> Evaluation:
    now = micros(as_of)
    known = None if known_at is None else micros(known_at)
    if known is not None:
        history = [event for event in history if event.recorded_us <= known]
    events = in_order(history)
    if not events or events[-1].occurred_us > now:
        events = tuple(event for event in events if event.occurred_us <= now)
    story = Story(events, plan.program, now)
    clocks, starting = _clocks(story, plan)
    return Evaluation(
        ticket_id=story.ticket_id,
        agreement_id=agreement.agreement_id,
        agreement_hash=agreement.content_hash,
        as_of_us=now,
        known_at_us=known,
        priority=story.priorities[-1][1],
        clocks=tuple(clocks),
        starting_us=tuple(starting),
        events=events,
        names=plan.names,
    )


def _clocks(story: Story, plan: AnyPlan) -> tuple[list[SlaClock], list[int]]:
    """Return every cycle judged, targets in order, and when others will start by time alone.

    Cycles without a goal get no number.
    """
    case, now = _Case(story), story.now_us
    clocks: list[SlaClock] = []
    starting: list[int] = []
    for track in story.tracks:
        number, held = 1, plan.held(track.target, story.priorities)
        for cycle in track.cycles:
            if cycle.start_us > now:
                if held[-1][1] is not None:
                    starting.append(cycle.start_us)
                continue
            clock = case.clock(track, held, cycle, number)
            if clock is not None:
                clocks.append(clock)
                number += 1
    if story.commitments:
        clocks.extend(
            case.commitment(target, cycle, made, (number, plan.calendar_of(target)))
            for target in plan.commitments
            for number, (cycle, made) in enumerate(story.commitments, 1)
        )
        clocks.sort(key=lambda clock: plan.names.index(clock.name))
    return (_with_reasons(clocks, story.explanations) if story.explanations else clocks), starting


class _Case:
    """Judge the cycles of one ticket at one instant."""

    __slots__ = ("_exclusions", "now", "story")

    def __init__(self, story: Story) -> None:
        self.story = story
        self.now = story.now_us
        self._exclusions: dict[str, tuple[Blocked, ...]] = {}

    def _agreed(self, target: ServiceLevelTarget) -> tuple[Blocked, ...]:
        """Return the exclusions of a target's clock, worked out once."""
        if not self.story.exclusions:
            return ()
        if target.name not in self._exclusions:
            self._exclusions[target.name] = agreed_spans(self.story.exclusions, target.name)
        return self._exclusions[target.name]

    def clock(self, track: Track, held: Held, cycle: Cycle, number: int) -> SlaClock | None:
        """Return one cycle judged, or None if it promised nothing for any priority."""
        start, end = cycle.start_us, self.now if cycle.end_us is None else cycle.end_us
        target, story = track.target, self.story
        if len(held) == 1 and not (cycle.gaps or story.exclusions or target.pause_limits):
            promise = held[0][1]
            return None if promise is None else self._usual(track, promise, cycle, number, end)
        inside, withdrawn = held_within(held, start, end)
        if not inside:
            return None
        if withdrawn is not None and (cycle.end_us is None or withdrawn < cycle.end_us):
            # A change to a priority without a goal ends the promise there and then.
            cycle = cycle.cancelled_at(withdrawn)
            end = withdrawn
        pauses, exclusions = track.pauses_in(start, end), self._agreed(target)
        known: dict[int, Stops] = {}

        def stops_on(calendar: Calendar) -> Stops:
            # Without limits the calendar does not matter: one answer serves all.
            key = id(calendar) if target.pause_limits else 0
            if key not in known:
                known[key] = stops_of(
                    cycle, pauses, exclusions, target=target, calendar=calendar, end=end
                )
            return known[key]

        ruling = raw = ruling_of(start, target, inside, lambda on: stops_on(on).blocked)
        if exclusions:
            raw = ruling_of(start, target, inside, lambda on: stops_on(on).raw)
        stops = stops_on(ruling.promise.calendar)
        return self.judged(target, cycle, number, stops, (ruling, raw))

    def _usual(
        self, track: Track, promise: Promise, cycle: Cycle, number: int, end: int
    ) -> SlaClock:
        """Return the same for the usual cycle: one promise, and nothing but pauses stops it."""
        start, story = cycle.start_us, self.story
        ruling = Ruling(promise, start, promise.first_due(start), start)
        pauses = track.pauses_in(start, end)
        stops, due, has_pause = NO_STOPS, ruling.first_us, False
        if pauses:
            stops = plain_stops(pauses, start, end, is_live=cycle.end_us is None)
            due, has_pause = ruling.due(stops.blocked), stops.has_pause
        state = state_of(due, cycle, self.now, has_pause=has_pause)
        raw = (state, due)
        return SlaClock(track.target, number, "", state, due, cycle, ruling, stops, raw, story)

    def commitment(
        self,
        target: ServiceLevelTarget,
        cycle: Cycle,
        made: CommitmentMade,
        counted: tuple[int, Calendar],
    ) -> SlaClock:
        """Return a commitment judged: by its own deadline, and never paused."""
        start, (number, calendar) = cycle.start_us, counted
        held = [priority for at, priority in self.story.priorities if at <= start]
        promise = Promise(Deadline(made.due_us), calendar, held[-1] if held else "")
        stops = NO_STOPS
        exclusions = self._agreed(target)
        if exclusions:
            end = self.now if cycle.end_us is None else cycle.end_us
            stops = stops_of(cycle, (), exclusions, target=target, calendar=calendar, end=end)
        ruling = Ruling(promise, start, made.due_us, start)
        rulings, subject = (ruling, ruling), made.commitment_id
        return self.judged(target, cycle, number, stops, rulings, subject=subject)

    def judged(
        self,
        target: ServiceLevelTarget,
        cycle: Cycle,
        number: int,
        stops: Stops,
        rulings: tuple[Ruling, Ruling],
        *,
        subject: str = "",
    ) -> SlaClock:
        """Return a cycle under its rulings, the second one without exclusions."""
        ruling, raw = rulings
        now, blocked = self.now, stops.blocked
        due = ruling.due(blocked) if blocked else ruling.first_us
        state = state_of(due, cycle, now, has_pause=stops.has_pause)
        without = (state, due)
        if stops.raw is not blocked:
            raw_due = raw.due(stops.raw)
            without = (state_of(raw_due, cycle, now, has_pause=stops.has_pause), raw_due)
        story = self.story
        return SlaClock(target, number, subject, state, due, cycle, ruling, stops, without, story)


def _with_reasons(clocks: list[SlaClock], told: Iterable[BreachExplained]) -> list[SlaClock]:
    """Add why promises were broken, as people explained it; that changes no verdict (law S10)."""
    last = {clock.name: clock.cycle for clock in clocks}
    said = {(event.clock, event.cycle or last.get(event.clock, 0)): event for event in told}
    return [
        clock
        if (event := said.get((clock.name, clock.cycle))) is None
        else attrs.evolve(clock, breach_reason=event.reason, breach_owner=event.owner)
        for clock in clocks
    ]
