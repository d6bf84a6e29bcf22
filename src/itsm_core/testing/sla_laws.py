"""The laws of service levels, run on an agreement of your own with tickets made for it (S2 to S16).

Nothing here computes a due instant: a law only compares the answers of `evaluate` with each other,
with what the ledger says, or with a promise that you made, such as that a graver priority is never
due later than a milder one. A broken law is shown on the smallest history that breaks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import attrs

from itsm_core.calendars import Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.errors import CalendarExhausted
from itsm_core.events import (
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResumed,
    TimeExcluded,
    in_order,
)
from itsm_core.ids import EventId
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
from itsm_core.testing.sla_histories import STEP, TICKET, mix_of
from itsm_core.testing.sla_possible import impossible_rules
from itsm_core.testing.sla_trials import (
    Law,
    SlaLawBroken,
    Trial,
    broken,
    name_of,
    order_of,
    random_trial,
    shown,
    shrunk,
    state_of,
    title_of,
    violations,
)

__all__ = ["SLA_LAWS", "Trial", "check_sla_laws"]

_TICK: Final = 1
_HOUR: Final = timedelta(hours=1)
_PRIORITY_EVENTS: Final = (PriorityChanged, PriorityOverridden, PriorityOverrideEnded)


# -- the laws


def ledger_is_adjacent_and_sums(trial: Trial) -> Iterator[str]:
    """S2: ledger lines are adjacent, sum to wall time, and the counted ones to elapsed time."""
    for clock in trial.judged():
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


def verdict_follows_from_due(trial: Trial) -> Iterator[str]:
    """S4: met if and only if the stop is at or before the due instant."""
    for clock in trial.judged():
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


def nothing_breaks_inside_a_pause(trial: Trial) -> Iterator[str]:
    """S4: no breach and no warning can happen inside a pause or an exclusion."""
    for clock in trial.judged():
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


def a_breach_stays_a_breach(trial: Trial) -> Iterator[str]:
    """S4: what was broken at one instant is broken, at the same instant, at every later one.

    Exclusions, which somebody else approves, may lift a verdict; the raw one stays.
    """
    history = [event for event in trial.history if not isinstance(event, TimeExcluded)]
    registered = {each.name for each in trial.agreement.targets if each.anchor == "registered"}
    rng, opened = trial.rng, _opened(trial)
    earlier = opened + (micros(trial.as_of) - opened) * rng.random() // 1
    before = trial.judged(history, instant(int(earlier)))
    after = {(clock.name, clock.cycle): clock for clock in trial.judged(history)}
    for clock in before:
        later = after.get((clock.name, clock.cycle))
        if clock.breached_us is None or later is None or clock.name in registered:
            continue
        if later.breached_us != clock.breached_us:
            yield (
                f"{name_of(clock)}: broken {shown(clock.breached_us)} as of {shown(int(earlier))}, "
                f"later {state_of(later)}, broken {shown(later.breached_us)}"
            )


def order_of_arrival_changes_nothing(trial: Trial) -> Iterator[str]:
    """S14: late, out-of-order and repeated events give the same verdict."""
    told = [*trial.history, *trial.history[::2]]
    trial.rng.shuffle(told)
    if trial.judged(told) != trial.judged():
        yield "told in another order, some twice, the same events give another verdict"


def unknown_events_change_nothing(trial: Trial) -> Iterator[str]:
    """S14: with `known_at`, only what was recorded by then is believed."""
    rng, opened = trial.rng, _opened(trial)
    known = opened + int((micros(trial.as_of) - opened) * rng.random())
    told = [event for event in in_order(trial.history) if event.recorded_us <= known]
    if any(isinstance(event, TicketOpened) for event in told if event.occurred_us <= known):
        with_all = _facts(trial.judged(known_at=instant(known)))
        if with_all != _facts(trial.judged(told)):
            yield f"what was recorded after {shown(known)} changes what was believed then"


def future_changes_nothing(trial: Trial) -> Iterator[str]:
    """S16: evaluating in steps equals evaluating at once; what happens later has not happened."""
    rng, opened = trial.rng, _opened(trial)
    at = opened + int((micros(trial.as_of) - opened) * rng.random())
    happened = [event for event in trial.history if event.occurred_us <= at]
    if _facts(trial.judged(as_of=instant(at))) != _facts(trial.judged(happened, instant(at))):
        yield f"what happens after {shown(at)} changes the verdict of that instant"


def nothing_changes_before_the_next_event(trial: Trial) -> Iterator[str]:
    """S15: until `next_event` nothing changes by time alone."""
    history = [event for event in trial.history if event.occurred_us <= micros(trial.as_of)]
    now = trial.judged(history)
    coming = next_event(now)
    start = micros(trial.as_of)
    end = start + 60 * 24 * _HOUR // timedelta.resolution
    if coming is not None:
        end = coming.at_us - _TICK
    if end <= start:
        return
    for at in (start + (end - start) // 3, end):
        later = trial.judged(history, instant(at))
        if _standing(later) != _standing(now):
            promised = "never" if coming is None else shown(coming.at_us)
            yield f"something changes by {shown(at)}; the next event was to be {promised}"


def added_pause_moves_due_by_its_working_time(trial: Trial) -> Iterator[str]:
    """S16: a pause never moves due earlier, and moves it by exactly its time if it ends before."""
    history = [event for event in trial.history if event.occurred_us <= micros(trial.as_of)]
    before = trial.judged(history)
    length = trial.rng.choice((1, 3, 10)) * STEP
    end = trial.as_of + length
    for reason in mix_of(trial.agreement).reasons:
        held = [*history, *_pause(trial.as_of, end, reason)]
        paused = {
            (clock.name, clock.cycle): clock
            for clock in trial.judged(held)
            if clock.state is ClockState.PAUSED
        }
        after = {(clock.name, clock.cycle): clock for clock in trial.judged(held, end)}
        for clock in before:
            later = after.get((clock.name, clock.cycle))
            if later is None or not _is_same_promise(clock, later):
                continue
            target = trial.agreement.target(clock.name)
            if target is not None and (clock.name, clock.cycle) in paused:
                yield from _moved(clock, later, target, trial.as_of, end)


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


def longer_goal_is_never_due_earlier(trial: Trial) -> Iterator[str]:
    """S16: a longer goal is never due earlier, whatever happens to a ticket of one priority."""
    history = [event for event in trial.history if not isinstance(event, _PRIORITY_EVENTS)]
    targets = tuple(_longer(target) for target in trial.agreement.targets)
    longer = attrs.evolve(trial.agreement, targets=targets, legs=())
    after = {(clock.name, clock.cycle): clock for clock in trial.judged(history, agreement=longer)}
    for clock in trial.judged(history):
        other = after.get((clock.name, clock.cycle))
        one, two = _last_due(clock), None if other is None else _last_due(other)
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


def verify_accepts_every_verdict(trial: Trial) -> Iterator[str]:
    """S3: the independent checker accepts what the evaluator says."""
    answer = verify(trial.judged(), trial.history, trial.agreement)
    if not answer.accepted:
        yield answer.explain()


def graver_priority_is_never_due_later(trial: Trial) -> Iterator[str]:
    """Your promise: with one history, a graver priority is never due later than a milder."""
    history = [event for event in trial.history if not isinstance(event, _PRIORITY_EVENTS)]
    judged = [
        (priority, {(clock.name, clock.cycle): clock for clock in trial.judged(told)})
        for priority in trial.order
        for told in [[_with_priority(event, priority) for event in history]]
    ]
    for (graver, first), (milder, second) in (
        (one, two) for place, one in enumerate(judged) for two in judged[place + 1 :]
    ):
        for key in sorted(first.keys() & second.keys()):
            one, two = _last_due(first[key]), _last_due(second[key])
            if one is not None and two is not None and one > two:
                yield (
                    f"{name_of(first[key])}: {graver} ({first[key].goal}) is due {shown(one)}, "
                    f"later than {milder} ({second[key].goal}), due {shown(two)}"
                )


def _with_priority(event: TicketEvent, priority: str) -> TicketEvent:
    return attrs.evolve(event, priority=priority) if isinstance(event, TicketOpened) else event


def every_goal_can_be_reached(trial: Trial) -> Iterator[str]:
    """Your promise: whenever a ticket comes, each of its goals is due within the horizon."""
    start = instant(_opened(trial))
    for target in trial.agreement.targets:
        calendar = trial.agreement.calendar_of(target)
        for priority, goal in target.goals.items():
            try:
                goal.due(calendar, start, "close")
            except CalendarExhausted as error:
                yield f"{target.name}, {priority}: {goal} from {start.isoformat()}: {error}"


SLA_LAWS: Final[tuple[Law, ...]] = (
    every_goal_can_be_reached,
    graver_priority_is_never_due_later,
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
"""Every law that is tried on a ticket; each is a function that has its sentence as docstring."""


def check_sla_laws(
    agreement: ServiceLevelAgreement,
    *,
    max_examples: int = 100,
    seed: int | None = None,
    gravest_first: Sequence[str] | None = None,
) -> None:
    """Try every law of service levels on an agreement of yours, with tickets made for it.

    The tickets use its priorities, hold reasons, groups and services, around the clock changes of
    its zone. `gravest_first` is the order of its priorities; unless given, the order in which the
    target with most goals lists them. The same `seed` (0 unless given) tries the same tickets. A
    hundred examples take some seconds.

    Raises:
        SlaLawBroken: naming the law, the smallest history found that breaks it, and the clocks.
    """
    rules = tuple(impossible_rules(agreement))
    if rules:
        words = "\n".join(
            f"{target.name}:\n{target.rules.explain()}"
            for target in agreement.targets
            if target.metric != "commitment"
        )
        raise SlaLawBroken(
            title_of(agreement), rules, "a rule that can never hold", (), None, words
        )
    order = order_of(agreement) if gravest_first is None else tuple(gravest_first)
    for number in range(max_examples):
        trial = random_trial(agreement, order, f"{seed or 0}:{number}")
        for law in SLA_LAWS:
            if violations(law, trial):
                raise broken(law, shrunk(law, trial))


def _opened(trial: Trial) -> int:
    return next(e.occurred_us for e in trial.history if isinstance(e, TicketOpened))


def _last_due(clock: SlaClock) -> int | None:
    return clock.projected_due_us if clock.due_us is None else clock.due_us


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
