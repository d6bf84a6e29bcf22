"""Escalation by brute force: walk along the grid, look at the ticket, do what is to be done.

An oracle for `itsm_core.escalation`: slow and obviously right. At every instant of the grid, and a
microsecond after it, it asks what the ticket looks like with the events so far, which rules have
something to say, and notes it. It looks into no future, jumps nowhere, and knows no windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs

from itsm_core.conditions import Condition
from itsm_core.escalation import (
    Bounced,
    Breached,
    CommitmentMissed,
    EscalationRequested,
    EscalationRule,
    Notify,
    OffsetFromDue,
    OwnerAbsent,
    PriorityReached,
    Reopened,
    ShareUsed,
    Silence,
    Storm,
    Trigger,
)
from itsm_core.events import (
    AnswerSent,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    ContactReceived,
    EscalationAcknowledged,
    EscalationAskedFor,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketResumed,
    TimeExcluded,
    in_order,
)
from itsm_core.overrides import effective_priority
from itsm_core.sla import FACTS, ClockState, Evaluation, Facts, SlaClock, evaluate, facts_after
from itsm_core.spans import instant, micros
from itsm_core.testing.escalation_cases import GRID, EscalationCase

__all__ = ["OracleStep", "oracle_steps"]

_DONE: Final = ("resolved", "closed", "cancelled")
_MICRO: Final = timedelta(microseconds=1)


@attrs.frozen
class OracleStep:
    """Hold what was done when: comparable with `Step` field by field.

    >>> import random
    >>> from itsm_core.testing.escalation_cases import random_case
    >>> (step,) = oracle_steps(random_case(random.Random(3)))
    >>> print(instant(step.at_us), step.subject, step.target, sep="; ")
    2026-01-05 17:45:00.000001+00:00; commitment.c31; group second line
    """

    at_us: int
    level: int
    subject: str
    occurrence: int
    action: int
    target: str


@attrs.frozen
class _Now:
    """Hold what the ticket looks like at an instant, by the events so far."""

    at: datetime
    at_us: int
    events: tuple[TicketEvent, ...]
    evaluation: Evaluation
    facts: Facts
    facts_then: tuple[tuple[int, str, str], ...]
    """After each event: its instant, the category and the group."""

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still works on it."""
        return self.facts.category not in _DONE


def oracle_steps(case: EscalationCase) -> list[OracleStep]:
    """Return every step of a case in the order in which they were taken.

    What an implementation has to say as well:

    >>> import random
    >>> from itsm_core.escalation import FIRE_ALL, due
    >>> from itsm_core.testing.escalation_cases import random_case
    >>> case = random_case(random.Random(3))
    >>> found = due(
    ...     case.history,
    ...     case.ladder,
    ...     case.agreement,
    ...     case.coverage,
    ...     until=case.until,
    ...     catch_up=FIRE_ALL,
    ... )
    >>> [each.step.at_us for each in found] == [step.at_us for step in oracle_steps(case)]
    True
    """
    return _Oracle(case).run()


class _Oracle:
    def __init__(self, case: EscalationCase) -> None:
        self._case = case
        self._events = in_order(case.history)
        self._taken: list[OracleStep] = []
        self._known: set[tuple[int, str, int, int]] = set()
        self._begun: dict[tuple[int, str, int], tuple[int, bool]] = {}
        self._holds: list[tuple[str, datetime | None]] = []

    def run(self) -> list[OracleStep]:
        at = self._case.opened_at
        while at <= self._case.until:
            for each in (at, at + _MICRO):
                if each <= self._case.until:
                    self._look(self._now(each))
            at += GRID
        return self._taken

    def _now(self, at: datetime) -> _Now:
        at_us = micros(at)
        events = tuple(each for each in self._events if each.occurred_us <= at_us)
        then: list[tuple[int, str, str]] = []
        facts: Facts | None = None
        for event, when, found in facts_after(
            [each for each in events if not isinstance(each, EscalationAcknowledged)]
        ):
            del event
            facts = found
            then.append((when, found.category, found.group))
        if facts is None:
            raise AssertionError(at)
        facts.priority = effective_priority(events, at)
        evaluation = evaluate(events, self._case.agreement, as_of=at)
        return _Now(at, at_us, events, evaluation, facts, tuple(then))

    # -- one instant ------------------------------------------------------------------------------

    def _look(self, now: _Now) -> None:
        self._hear(now)
        if any(until is None or now.at < until for _, until in self._holds):
            return
        rules = self._case.ladder.rules
        for level, rule in enumerate(rules):
            if rule.when is not None and not Condition(schema=FACTS, rule=rule.when).holds(
                now.facts
            ):
                continue
            own = dict(self._subjects(rule.trigger, now))
            before = {} if level == 0 else dict(self._subjects(rules[level - 1].trigger, now))
            for occurrence in range(rule.repeat_times + 1, 0, -1):
                for action in range(len(rule.actions)):
                    for subject in sorted({*own, *before, *self._inherited(level, now)}):
                        place = (level, subject, occurrence, action)
                        self._try(place, rule, now, is_reached=own.get(subject, False))

    def _inherited(self, level: int, now: _Now) -> Iterator[str]:
        """Yield subjects of lower rules that are still going on."""
        for lower in self._case.ladder.rules[:level]:
            yield from dict(self._subjects(lower.trigger, now))

    def _hear(self, now: _Now) -> None:
        """Take in what people did at this very instant about the ladder as a whole."""
        before = [each for each in now.events if each.occurred_us < now.at_us]
        absences = self._case.coverage.absences
        leaving = {each.person for each in absences if each.start_us == now.at_us}
        self._holds = [each for each in self._holds if each[0] not in leaving]
        for event in [each for each in now.events if each.occurred_us == now.at_us]:
            if isinstance(event, TicketReopened):
                self._holds.clear()
            elif isinstance(event, TicketAssigned):
                holder = _holder(before)
                if holder and holder != event.assignee:
                    self._holds = [each for each in self._holds if each[0] != holder]
            elif isinstance(event, EscalationAcknowledged) and self._taken:
                last = max(self._taken, key=lambda step: (step.at_us, step.level))
                length = self._case.ladder.rules[last.level - 1].acknowledged_for
                self._holds.append((event.actor, None if length is None else now.at + length))
            before.append(event)

    def _try(
        self, place: tuple[int, str, int, int], rule: EscalationRule, now: _Now, *, is_reached: bool
    ) -> None:
        level, subject, occurrence, number = place
        if place in self._known or any(
            (level, subject, later, number) in self._known
            for later in range(occurrence + 1, rule.repeat_times + 2)
        ):
            return
        is_early = self._is_early(place, now) and self._goes_on(subject, now)
        begun = self._begun.get((level, subject, occurrence))
        if occurrence > 1:
            before = self._begun.get((level, subject, occurrence - 1))
            if before is None or rule.repeat_every is None:
                return
            if now.at_us < before[0] + rule.repeat_every // _MICRO:
                return
            is_early = before[1] and self._goes_on(subject, now)
        if not is_reached and not is_early:
            return
        action = rule.actions[number]
        target = ""
        if isinstance(action, Notify):
            facts = now.facts
            reached = self._case.coverage.reach(
                action, now.at_us, holder=facts.assignee, group=facts.group, asker=facts.requester
            )
            if reached.at_us > now.at_us:
                return
            target = reached.target
        self._known.add(place)
        if begun is None:
            self._begun[level, subject, occurrence] = (now.at_us, not is_reached)
        step = OracleStep(now.at_us, level + 1, subject, occurrence, number + 1, target)
        self._taken.append(step)

    def _is_early(self, place: tuple[int, str, int, int], now: _Now) -> bool:
        """Tell whether the rule before was said and nobody acknowledged it in time."""
        level, subject, _, _ = place
        if level == 0:
            return False
        within = self._case.ladder.rules[level - 1].acknowledge_within
        if within is None:
            return False
        for (said, about, _), (at, _) in self._begun.items():
            end = at + within // _MICRO
            if (said, about) != (level - 1, subject) or now.at_us < end:
                continue
            heard = any(
                isinstance(each, EscalationAcknowledged) and at < each.occurred_us <= end
                for each in now.events
            )
            if not heard:
                return True
        return False

    # -- what goes on, and what is reached --------------------------------------------------------

    def _goes_on(self, subject: str, now: _Now) -> bool:
        """Tell whether what a subject is about has not ended, and does not stand still."""
        return any(
            subject in dict(self._subjects(rule.trigger, now)) for rule in self._case.ladder.rules
        )

    def _subjects(self, trigger: Trigger, now: _Now) -> Iterator[tuple[str, bool]]:
        """Yield what a trigger is about now, and whether it is reached."""
        match trigger:
            case ShareUsed() | OffsetFromDue() | Breached():
                yield from self._clocks(trigger, now)
            case CommitmentMissed():
                yield from _commitments(now)
            case Silence():
                yield from self._silence(trigger, now)
            case OwnerAbsent():
                yield from self._absence(trigger, now)
            case PriorityReached():
                yield from self._priority(trigger, now)
            case Bounced() | Reopened() | EscalationRequested():
                yield from _counts(trigger, now)
            case Storm():
                return

    def _clocks(
        self, trigger: ShareUsed | OffsetFromDue | Breached, now: _Now
    ) -> Iterator[tuple[str, bool]]:
        for clock in now.evaluation:
            if clock.name != trigger.clock or not clock.is_live or _stands_still(clock, now):
                continue
            yield f"{clock.name}.{clock.cycle}", _is_reached(trigger, clock, now)

    def _silence(self, trigger: Silence, now: _Now) -> Iterator[tuple[str, bool]]:
        if not now.is_open or now.facts.category == "on_hold":
            return
        sign = _signs(now.events, trigger.by)[-1]
        quiet = self._case.agreement.calendar.between(instant(sign), now.at)
        yield f"silence.{trigger.by}.{sign}", quiet >= trigger.after

    def _absence(self, trigger: OwnerAbsent, now: _Now) -> Iterator[tuple[str, bool]]:
        person, since = now.facts.assignee, _held_since(now.events)
        if not now.is_open:
            return
        for absence in self._case.coverage.absences:
            if absence.person == person and absence.start_us <= now.at_us < absence.end_us:
                low = max(since, absence.start_us)
                away = self._case.agreement.calendar.between(instant(low), now.at)
                yield f"absence.{person}.{low}", away >= trigger.after

    def _priority(self, trigger: PriorityReached, now: _Now) -> Iterator[tuple[str, bool]]:
        if not now.is_open or now.facts.priority not in trigger.priorities:
            return
        low = _since(
            now,
            lambda at, category: (
                category not in _DONE
                and effective_priority(_until(now.events, at), instant(at)) in trigger.priorities
            ),
        )
        yield f"priority.{low}", True


def _holder(events: Sequence[TicketEvent]) -> str:
    held = [each for each in events if isinstance(each, TicketOpened | TicketAssigned)]
    return held[-1].assignee if held else ""


def _until(events: Sequence[TicketEvent], at_us: int) -> list[TicketEvent]:
    return [each for each in events if each.occurred_us <= at_us]


def _since(now: _Now, holds: Callable[[int, str], bool]) -> int:
    """Return since when something has held without a break, by looking back along the grid."""
    category = {at: name for at, name, _ in now.facts_then}
    instants = sorted(category)
    at = now.at_us - now.at_us % (GRID // _MICRO)
    first = at
    while at >= instants[0]:
        last = max(each for each in instants if each <= at)
        if not holds(at, category[last]):
            break
        first = at
        at -= GRID // _MICRO
    return first


def _stands_still(clock: SlaClock, now: _Now) -> bool:
    is_paused = (
        now.facts.hold_reason in (clock.target.pause_on or ())
        or (clock.name == "next_reply" and now.facts.hold_reason == "awaiting_requester")
    ) and now.facts.category == "on_hold"
    return is_paused or any(
        isinstance(each, TimeExcluded)
        and each.approver not in ("", each.actor)
        and each.start_us <= now.at_us < each.end_us
        for each in now.events
    )


def _is_reached(trigger: ShareUsed | OffsetFromDue | Breached, clock: SlaClock, now: _Now) -> bool:
    if isinstance(trigger, Breached):
        return clock.state is ClockState.BREACHED
    if isinstance(trigger, ShareUsed):
        return clock.elapsed_us >= round(clock.allowance_us * trigger.ratio)
    left = trigger.offset // _MICRO + clock.allowance_us
    if left <= 0 or clock.elapsed_us > left:
        return True
    if trigger.offset >= timedelta(0):
        return clock.elapsed_us == left
    return clock.elapsed_us == left and clock.calendar.is_open(now.at)


def _commitments(now: _Now) -> Iterator[tuple[str, bool]]:
    told: set[str] = set()
    for number, made in enumerate(now.events):
        if not isinstance(made, CommitmentMade) or made.commitment_id in told:
            continue
        told.add(made.commitment_id)
        if not any(
            isinstance(each, CommitmentKept | CommitmentWithdrawn)
            and each.commitment_id == made.commitment_id
            for each in now.events[number:]
        ):
            yield f"commitment.{made.commitment_id}", now.at_us > made.due_us


def _counts(
    trigger: Bounced | Reopened | EscalationRequested, now: _Now
) -> Iterator[tuple[str, bool]]:
    if not now.is_open:
        return
    kind = {Bounced: "bounced", Reopened: "reopened", EscalationRequested: "asked"}[type(trigger)]
    # Every count that was reached since the ticket was last opened, at its own event.
    began = _since(now, lambda _, category: category not in _DONE)
    counted: dict[int, int] = {}
    for number, event in enumerate(now.events):
        count = _count(kind, now.events[: number + 1])
        counted.setdefault(count, event.occurred_us)
    last: dict[int, int] = {}
    for count, at in counted.items():
        last[at] = max(last.get(at, 0), count)
    for at, count in last.items():
        if count >= trigger.times and at >= began:
            yield f"{kind}.{count}", True


def _count(kind: str, events: Sequence[TicketEvent]) -> int:
    if kind == "reopened":
        return sum(isinstance(each, TicketReopened) for each in events)
    if kind == "asked":
        return sum(isinstance(each, EscalationAskedFor) for each in events)
    groups: list[str] = []
    for event in events:
        if isinstance(event, TicketOpened | TicketAssigned) and (
            not groups or groups[-1] != event.group
        ):
            groups.append(event.group)
    return sum(1 for n, group in enumerate(groups) if group and group in groups[:n])


def _held_since(events: Sequence[TicketEvent]) -> int:
    held = [each for each in events if isinstance(each, TicketOpened | TicketAssigned)]
    since = held[-1]
    for each in reversed(held):
        if each.assignee != since.assignee:
            break
        since = each
    return since.occurred_us


def _signs(events: Sequence[TicketEvent], by: str) -> list[int]:
    """Return when somebody was heard of, rests ended and the ticket was opened."""
    found: list[int] = []
    is_resting = False
    for event, at, facts in facts_after(
        [each for each in events if not isinstance(each, EscalationAcknowledged)]
    ):
        ends_rest = is_resting and isinstance(event, TicketReopened | TicketResumed)
        is_resting = facts.category in (*_DONE, "on_hold")
        if isinstance(event, TicketOpened) or ends_rest:
            found.append(at)
            continue
        if event.automatic or isinstance(event, TimeExcluded | EscalationAskedFor):
            continue
        if isinstance(event, ContactReceived) or event.actor == facts.requester:
            who = "requester"
        elif event.actor or isinstance(event, AnswerSent):
            who = "desk"
        else:
            continue
        if by in ("anyone", who):
            found.append(at)
    return found
