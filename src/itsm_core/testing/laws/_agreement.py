"""Laws of service levels, tried on tickets that are made for an agreement of yours (S2 to S16).

Nothing here computes a due instant: a law only compares the answers of `evaluate` with each other,
and with what the ledger says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import attrs

from itsm_core.calendars import Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.events import (
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResumed,
    TimeExcluded,
    in_order,
)
from itsm_core.ids import EventId
from itsm_core.lifecycle import Lifecycle
from itsm_core.sla import (
    ClockState,
    Evaluation,
    LedgerKind,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    SlaClock,
    next_event,
    verify,
)
from itsm_core.spans import instant, micros
from itsm_core.testing.laws._law import Law, broken, chosen, first_broken, law, shrunk
from itsm_core.testing.laws._promises import (
    PRIORITY_EVENTS,
    answer_is_never_due_after_solution,
    every_clock_can_start_and_stop,
    every_goal_can_be_reached,
    graver_priority_is_never_due_later,
    last_due,
    opened_us,
    pauses_are_of_the_lifecycle,
)
from itsm_core.testing.laws._tickets import (
    AgreementCase,
    ledger_of,
    name_of,
    order_of,
    random_case,
    shown,
    smaller,
    state_of,
    story_of,
    title_of,
)
from itsm_core.testing.sla_histories import STEP, TICKET, mix_of

__all__ = ["AGREEMENT_LAWS", "check_agreement"]

_TICK: Final = 1
_HOUR: Final = timedelta(hours=1)


@law("S2")
def ledger_is_adjacent_and_sums(case: AgreementCase) -> Iterator[str]:
    """Ledger lines are adjacent, sum to wall time, and the counted ones to elapsed time."""
    for clock in case.judged():
        lines, where = clock.ledger, name_of(clock)
        if any(one.end_us != two.start_us for one, two in pairwise(lines)):
            yield f"{where}: there are gaps between lines of the ledger"
        if any(line.end_us <= line.start_us for line in lines):
            yield f"{where}: the ledger has an empty line"
        if lines and lines[0].start_us != clock.started_us:
            yield f"{where}: the ledger does not begin at the start"
        if sum(line.end_us - line.start_us for line in lines) != clock.wall_us:
            yield f"{where}: the ledger does not sum to the time on the wall"
        counted = (line for line in lines if line.kind is LedgerKind.COUNTED)
        if sum(line.end_us - line.start_us for line in counted) != clock.elapsed_us:
            yield f"{where}: the counted lines do not sum to the elapsed time"


@law("S4")
def verdict_follows_from_due(case: AgreementCase) -> Iterator[str]:
    """Met if and only if the stop is at or before the due instant."""
    for clock in case.judged():
        where, due, stop = name_of(clock), clock.due_us, clock.stopped_us
        if stop is not None:
            if due is None:
                yield f"{where}: it was stopped and is due at no instant"
            elif (clock.state is ClockState.MET) is not (stop <= due):
                yield f"{where}: stopped {shown(stop)}, due {shown(due)}, yet {state_of(clock)}"
        elif clock.state is ClockState.MET:
            yield f"{where}: met without a stop"
        if (clock.state is ClockState.BREACHED) is (clock.breached_us is None):
            yield f"{where}: {state_of(clock)}, breached at {shown(clock.breached_us)}"
        if (clock.state is ClockState.PAUSED) is (clock.projected_due_us is None):
            yield f"{where}: {state_of(clock)}, projected {shown(clock.projected_due_us)}"


@law("S4")
def nothing_breaks_inside_a_pause(case: AgreementCase) -> Iterator[str]:
    """No breach and no warning can happen inside a pause or an exclusion."""
    for clock in case.judged():
        still = (LedgerKind.PAUSED, LedgerKind.EXCLUDED)
        instants = [at for _, at in clock.warnings_us]
        # A promise that was late already when its goal came is broken at that instant.
        if clock.breached_us is not None and clock.breached_us == clock.due_us:
            instants.append(clock.breached_us)
        for line in clock.ledger:
            if line.kind in still:
                for at in instants:
                    if line.start_us < at < line.end_us:
                        yield f"{name_of(clock)}: {shown(at)} lies inside {line.kind.value} time"


@law("S4")
def a_breach_stays_a_breach(case: AgreementCase) -> Iterator[str]:
    """What was broken at one instant is broken, at the same instant, at every later one.

    Exclusions, which somebody else approves, may lift a verdict; the raw one stays.
    """
    history = [event for event in case.history if not isinstance(event, TimeExcluded)]
    registered = {each.name for each in case.agreement.targets if each.anchor == "registered"}
    rng, opened = case.rng, opened_us(case)
    earlier = opened + (micros(case.as_of) - opened) * rng.random() // 1
    before = case.judged(history, instant(int(earlier)))
    after = {(clock.name, clock.cycle): clock for clock in case.judged(history)}
    for clock in before:
        later = after.get((clock.name, clock.cycle))
        if clock.breached_us is None or clock.name in registered:
            continue
        if later is None:
            yield f"{name_of(clock)}: broken {shown(clock.breached_us)}, later it is not there"
        elif later.breached_us != clock.breached_us:
            yield (
                f"{name_of(clock)}: broken {shown(clock.breached_us)} as of {shown(int(earlier))}, "
                f"later {state_of(later)}, broken {shown(later.breached_us)}"
            )


@law("S14")
def order_of_arrival_changes_nothing(case: AgreementCase) -> Iterator[str]:
    """Late, out-of-order and repeated events give the same verdict."""
    told = [*case.history, *case.history[::2]]
    case.rng.shuffle(told)
    if case.judged(told) != case.judged():
        yield "told in another order, some twice, the same events give another verdict"


@law("S14")
def unknown_events_change_nothing(case: AgreementCase) -> Iterator[str]:
    """With `known_at`, only what was recorded by then is believed."""
    rng, opened = case.rng, opened_us(case)
    known = opened + int((micros(case.as_of) - opened) * rng.random())
    told = [event for event in in_order(case.history) if event.recorded_us <= known]
    if any(isinstance(event, TicketOpened) for event in told if event.occurred_us <= known):
        with_all = _facts(case.judged(known_at=instant(known)))
        if with_all != _facts(case.judged(told)):
            yield f"what was recorded after {shown(known)} changes what was believed then"


@law("S16")
def future_changes_nothing(case: AgreementCase) -> Iterator[str]:
    """Evaluating in steps equals evaluating at once; what happens later has not happened."""
    rng, opened = case.rng, opened_us(case)
    at = opened + int((micros(case.as_of) - opened) * rng.random())
    happened = [event for event in case.history if event.occurred_us <= at]
    if _facts(case.judged(as_of=instant(at))) != _facts(case.judged(happened, instant(at))):
        yield f"what happens after {shown(at)} changes the verdict of that instant"


@law("S15")
def nothing_changes_before_the_next_event(case: AgreementCase) -> Iterator[str]:
    """Until `next_event` nothing changes by time alone."""
    history = [event for event in case.history if event.occurred_us <= micros(case.as_of)]
    now = case.judged(history)
    coming = next_event(now)
    start = micros(case.as_of)
    end = start + 60 * 24 * _HOUR // timedelta.resolution
    if coming is not None:
        end = coming.at_us - _TICK
    if end <= start:
        return
    for at in (start + (end - start) // 3, end):
        later = case.judged(history, instant(at))
        if _standing(later) != _standing(now):
            promised = "never" if coming is None else shown(coming.at_us)
            yield f"something changes by {shown(at)}; the next event was to be {promised}"


@law("S16")
def added_pause_moves_due_by_its_working_time(case: AgreementCase) -> Iterator[str]:
    """A pause never moves due earlier, and moves it by exactly its time if it ends before."""
    # Within time that was excluded a pause moves nothing.
    told = [event for event in case.history if not isinstance(event, TimeExcluded)]
    history = [event for event in told if event.occurred_us <= micros(case.as_of)]
    before = case.judged(history)
    length = case.rng.choice((1, 3, 10)) * STEP
    end = case.as_of + length
    for reason in mix_of(case.agreement).reasons:
        held = [*history, *_pause(case.as_of, end, reason)]
        paused = {
            (clock.name, clock.cycle): clock
            for clock in case.judged(held)
            if clock.state is ClockState.PAUSED
        }
        after = {(clock.name, clock.cycle): clock for clock in case.judged(held, end)}
        for clock in before:
            later = after.get((clock.name, clock.cycle))
            if later is None or not _is_same_promise(clock, later):
                continue
            target = case.agreement.target(clock.name)
            if target is not None and (clock.name, clock.cycle) in paused:
                yield from _moved(clock, later, target, case.as_of, end)


def _is_same_promise(clock: SlaClock, later: SlaClock) -> bool:
    states = {clock.state, later.state}
    same = clock.goal == later.goal and clock.started_us == later.started_us
    return same and states == {ClockState.RUNNING}


def _moved(
    clock: SlaClock, later: SlaClock, target: ServiceLevelTarget, start: datetime, end: datetime
) -> Iterator[str]:
    before, after = clock.due_us, later.due_us
    if before is None or after is None:
        return
    if after < before:
        yield f"{name_of(clock)}: a pause moved due from {shown(before)} back to {shown(after)}"
    # Limits may let a part of the pause count.
    if target.pause_limits or micros(end) > before:
        return
    expected, moved = end - start, timedelta(microseconds=after - before)
    if not isinstance(clock.goal, WallTime):
        expected = clock.calendar.between(start, end)
        moved = clock.calendar.between(instant(before), instant(after))
    if moved != expected:
        yield f"{name_of(clock)}: a pause of {expected} that counts moved due by {moved}"


@law("S16")
def longer_goal_is_never_due_earlier(case: AgreementCase) -> Iterator[str]:
    """A longer goal is never due earlier, whatever happens to a ticket of one priority."""
    history = [event for event in case.history if not isinstance(event, PRIORITY_EVENTS)]
    targets = tuple(_longer(target) for target in case.agreement.targets)
    longer = attrs.evolve(case.agreement, targets=targets, legs=())
    after = {(clock.name, clock.cycle): clock for clock in case.judged(history, agreement=longer)}
    for clock in case.judged(history):
        other = after.get((clock.name, clock.cycle))
        one, two = last_due(clock), None if other is None else last_due(other)
        if one is not None and two is not None and two < one:
            yield f"{name_of(clock)}: due {shown(one)}, with a longer goal {shown(two)}"


def _longer(target: ServiceLevelTarget) -> ServiceLevelTarget:
    def more(goal: Goal) -> Goal:
        match goal:
            case WorkingTime():
                return WorkingTime(goal.duration + _HOUR)
            case WallTime():
                return WallTime(goal.duration + _HOUR)
            case WorkingDays():
                return attrs.evolve(goal, days=goal.days + 1)
            case _:
                return goal

    return attrs.evolve(target, goals={name: more(goal) for name, goal in target.goals.items()})


@law("S3")
def verify_accepts_every_verdict(case: AgreementCase) -> Iterator[str]:
    """The independent checker accepts what the evaluator says."""
    answer = verify(case.judged(), case.history, case.agreement)
    if not answer.accepted:
        yield answer.explain()


AGREEMENT_LAWS: Final[tuple[Law[AgreementCase], ...]] = (
    every_clock_can_start_and_stop,
    pauses_are_of_the_lifecycle,
    every_goal_can_be_reached,
    graver_priority_is_never_due_later,
    answer_is_never_due_after_solution,
    ledger_is_adjacent_and_sums,
    verdict_follows_from_due,
    nothing_breaks_inside_a_pause,
    a_breach_stays_a_breach,
    order_of_arrival_changes_nothing,
    unknown_events_change_nothing,
    future_changes_nothing,
    nothing_changes_before_the_next_event,
    added_pause_moves_due_by_its_working_time,
    longer_goal_is_never_due_earlier,
    verify_accepts_every_verdict,
)
"""Every law of agreements; each has its number and its sentence."""

_ONCE: Final = frozenset({every_clock_can_start_and_stop.name, pauses_are_of_the_lifecycle.name})
"""Laws of the definition: another ticket says nothing new."""


def check_agreement(
    agreement: ServiceLevelAgreement,
    *,
    lifecycle: Lifecycle | None = None,
    gravest_first: Sequence[str] | None = None,
    max_examples: int = 100,
    seed: int = 0,
    without: Collection[str] = (),
) -> None:
    """Try every law of service levels on an agreement of yours, with tickets made for it.

    The tickets use its priorities, hold reasons, groups and services, around the clock changes of
    its zone. With a `lifecycle`, pauses must be for its hold reasons. `gravest_first` is the order
    of the priorities; unless given, the order in which the target with most goals lists them. The
    same `seed` tries the same tickets. `without` leaves out laws by number or name. A hundred
    examples take some seconds.

    Raises:
        LawBroken: naming the law, the smallest ticket found that breaks it, and its clocks.
        InvalidValue: `without` names no law.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[
    ...         ServiceLevelTarget(metric="resolution", goals={"P1": hours(4), "P2": hours(8)})
    ...     ],
    ... )
    >>> check_agreement(gold, max_examples=5)
    """
    laws = chosen(AGREEMENT_LAWS, without)
    again = tuple(each for each in laws if each.name not in _ONCE)
    order = order_of(agreement) if gravest_first is None else tuple(gravest_first)
    reasons = () if lifecycle is None else lifecycle.hold_reasons
    for number in range(max(max_examples, 1)):
        case = random_case(agreement, order, f"{seed}:{number}")
        case = attrs.evolve(case, hold_reasons=reasons)
        found = first_broken(again if number else laws, case)
        if found is not None:
            small = shrunk(found, case, smaller)
            broken(
                found,
                small,
                subject=title_of(agreement),
                story=story_of(small.history, small.as_of, agreement.calendar.zone),
                ledger=ledger_of(small),
            )


def _facts(evaluation: Evaluation) -> tuple[object, ...]:
    """Return everything but what names the question."""
    return evaluation.priority, evaluation.clocks


def _standing(evaluation: Evaluation) -> list[tuple[object, ...]]:
    """Return what only an event, or `next_event`, may change."""
    return [
        (
            clock.name,
            clock.cycle,
            clock.state,
            clock.priority,
            clock.due_us,
            clock.breached_us,
            clock.warnings_us,
            clock.cancelled_us,
        )
        for clock in evaluation
    ]


def _pause(start: datetime, end: datetime, reason: str) -> tuple[TicketEvent, ...]:
    return (
        TicketPutOnHold(
            ticket_id=TICKET,
            occurred_at=start,
            sequence=1_000,
            event_id=EventId("law-hold"),
            state="hold",
            reason=reason,
            evidence="law",
        ),
        TicketResumed(
            ticket_id=TICKET,
            occurred_at=end,
            sequence=1_001,
            event_id=EventId("law-resume"),
            state="work",
        ),
    )
