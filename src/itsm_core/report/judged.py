"""A whole log, judged: every ticket's promises, and what else the histories tell.

Nothing here is averaged or drawn. `Judged` holds counts and instants; a report makes words and
pictures of them.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    AnswerSent,
    TicketAssigned,
    TicketEvent,
    TicketMigrated,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResumed,
    WorkStarted,
)
from itsm_core.events import TicketResolved as Resolved
from itsm_core.ids import GroupId, TicketId
from itsm_core.lifecycle import StateCategory, Ticket, fold
from itsm_core.metrics._checks import whole
from itsm_core.report._judged_model import (
    Judged,
    OpenTicket,
    Promises,
    Tally,
    Unpromised,
    WorstBreach,
)
from itsm_core.sla import METRICS, ClockState, Evaluation, SlaClock, evaluate
from itsm_core.spans import micros

__all__ = [
    "Judged",
    "OpenTicket",
    "Promises",
    "Tally",
    "Unpromised",
    "WorstBreach",
    "judge_log",
]

MOST_WORST: Final = 10
"""More than ten strips nobody reads."""

_KEPT: Final = frozenset({ClockState.MET})
_BROKEN: Final = frozenset({ClockState.BREACHED})
_CANCELLED: Final = frozenset({ClockState.CANCELLED})

_ANSWERED: Final = frozenset({"response", "next_reply", "update"})
"""The metrics that are kept by an answer."""

Progress = Callable[[int, int], None]


def judge_log(
    histories: Mapping[TicketId, tuple[TicketEvent, ...]],
    policy: Promises,
    as_of: datetime,
    *,
    most_worst: int = MOST_WORST,
    progress: Progress | None = None,
) -> Judged:
    """Judge every ticket of a log by what was promised for it when it was opened.

    Each history must be in order and begin with `TicketOpened`. Tickets opened after `as_of` do
    not exist yet and are left out; later events of the others are unknown. `progress` is told
    tickets done and tickets in all.

    Raises:
        NaiveDatetime: `as_of` has no time zone.
        InvalidValue: a history is empty or does not begin with `TicketOpened`; the ticket is
            named. Or `most_worst` is no whole number from 0.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> judged = judge_log(desk.histories, load_policy("demo"), desk.as_of)
    >>> [(tally.metric, tally.kept, tally.broken) for tally in judged.totals()]
    [('response', 174, 22), ('resolution', 179, 14)]
    >>> judge_log({"INC-1": ()}, load_policy("demo"), desk.as_of)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a ticket without history: 'INC-1'; leave the ticket out
    """
    judge = _Judge(policy, as_of, whole(most_worst, "most_worst"))
    total = len(histories)
    for done, (ticket_id, history) in enumerate(histories.items(), 1):
        judge.add(ticket_id, history)
        if progress is not None and done % 500 == 0:
            progress(done, total)
    if progress is not None:
        progress(total, total)
    return judge.result()


@attrs.define
class _Judge:
    """Gather one ticket after another; only the worst clocks are kept."""

    policy: Promises
    as_of: datetime
    most_worst: int
    counts: Counter[tuple[str, str, str]] = attrs.field(factory=Counter)
    worst: dict[str, list[tuple[float, int, WorstBreach]]] = attrs.field(factory=dict)
    backlog: list[OpenTicket] = attrs.field(factory=list)
    reopened: dict[TicketId, int] = attrs.field(factory=dict)
    bounced: dict[TicketId, int] = attrs.field(factory=dict)
    opened_us: list[int] = attrs.field(factory=list)
    resolved_us: list[int] = attrs.field(factory=list)
    kept_us: dict[str, list[int]] = attrs.field(factory=dict)
    broken_us: dict[str, list[int]] = attrs.field(factory=dict)
    agreements: Counter[str] = attrs.field(factory=Counter)
    titles: dict[str, str] = attrs.field(factory=dict)
    without_agreement: int = 0
    without_priority: int = 0
    events: int = 0
    unpromised: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    answerable: dict[str, None] = attrs.field(factory=dict)
    has_answers: bool = False
    later_tickets: int = 0
    later_events: int = 0
    _end_us: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._end_us = micros(self.as_of)

    def add(self, ticket_id: TicketId, history: tuple[TicketEvent, ...]) -> None:
        """Judge one ticket."""
        end = self._end_us
        known = (
            history
            if history and history[-1].occurred_us <= end
            else tuple(event for event in history if event.occurred_us <= end)
        )
        self.later_events += len(history) - len(known)
        if not known:
            if history:
                self.later_tickets += 1
                return
            raise InvalidValue("a ticket without history", ticket_id, "leave the ticket out")
        opened = known[0]
        if not isinstance(opened, TicketOpened):
            remedy = f"it begins with {type(opened).__name__}; put it through in_order"
            raise InvalidValue("the history must begin with TicketOpened", ticket_id, remedy)
        self._tell_story(ticket_id, known)
        agreement = self.policy.agreement_for(opened)
        if agreement is None:
            self.without_agreement += 1
            return
        self.agreements[str(agreement.agreement_id)] += 1
        self.titles.setdefault(str(agreement.agreement_id), agreement.title)
        evaluation = evaluate(known, agreement, as_of=self.as_of)
        for target in agreement.targets:
            if target.metric in _ANSWERED and target.rules == METRICS[target.metric]:
                self.answerable[target.name] = None
            # Also where a clock was cancelled, because the priority changed to one without a goal.
            if target.goals and target.goal_for(evaluation.priority) is None:
                self.unpromised[target.name, evaluation.priority] += 1
        self._judge(evaluation, opened.title)

    def _judge(self, evaluation: Evaluation, title: str) -> None:
        """Count each clock, and remember it if it is among the worst."""
        for clock in evaluation:
            state = clock.state
            outcome = (
                "kept"
                if state in _KEPT
                else "broken"
                if state in _BROKEN
                else "cancelled"
                if state in _CANCELLED
                else "undecided"
            )
            self.counts[clock.name, clock.priority, outcome] += 1
            if outcome == "kept" and clock.stopped_us is not None:
                self.kept_us.setdefault(clock.name, []).append(clock.stopped_us)
            elif outcome == "broken" and clock.breached_us is not None:
                self.broken_us.setdefault(clock.name, []).append(clock.breached_us)
            remaining = clock.remaining
            if outcome == "broken" and remaining is not None:
                self._remember(evaluation, clock, title, -remaining)

    def _remember(
        self, evaluation: Evaluation, clock: SlaClock, title: str, late: timedelta
    ) -> None:
        heap = self.worst.setdefault(clock.name, [])
        # A goal of no time at all is overrun without measure.
        ratio = late / timedelta(0, 0, clock.allowance_us) if clock.allowance_us else math.inf
        if not self.most_worst or (len(heap) == self.most_worst and ratio <= heap[0][0]):
            return
        breach = WorstBreach(
            ticket_id=evaluation.ticket_id,
            title=title,
            agreement_id=str(evaluation.agreement_id),
            clock=clock,
            late=late,
            overrun_ratio=ratio,
        )
        # The running number keeps the heap from comparing breaches; earlier tickets win ties.
        entry = (ratio, -self.events, breach)
        if len(heap) < self.most_worst:
            heapq.heappush(heap, entry)
        else:
            heapq.heapreplace(heap, entry)

    def _tell_story(self, ticket_id: TicketId, history: tuple[TicketEvent, ...]) -> None:
        """Note arrival, resolving, coming back and wandering about."""
        self.events += len(history)
        self.opened_us.append(history[0].occurred_us)
        ticket = fold(history)
        if not ticket.priority:
            self.without_priority += 1
        reopened = False
        groups: list[GroupId] = []
        for event in history:
            if isinstance(event, AnswerSent):
                self.has_answers = self.has_answers or not event.automatic
            elif isinstance(event, Resolved):
                self.resolved_us.append(event.occurred_us)
            elif isinstance(event, TicketReopened):
                reopened = True
            elif isinstance(event, TicketAssigned | TicketOpened) and (
                event.group and (not groups or groups[-1] != event.group)
            ):
                groups.append(event.group)
        if reopened:
            self.reopened[ticket_id] = ticket.reopen_count
        if len(groups) > 2 and (
            times := sum(a == c for a, c in zip(groups, groups[2:], strict=False))
        ):
            self.bounced[ticket_id] = times
        if ticket.category.is_open:
            self.backlog.append(_open_ticket(ticket, history))

    def result(self) -> Judged:
        """Return everything gathered, in its stated order."""
        known = self.policy.matrix.priorities
        seen = {priority for _, priority, _ in self.counts}
        priorities = (*known, *sorted(seen - set(known)))
        return Judged(
            policy=self.policy.name,
            as_of=self.as_of,
            first_us=min(self.opened_us, default=self._end_us),
            tickets=len(self.opened_us),
            events=self.events,
            agreements=dict(self.agreements.most_common()),
            agreement_titles=self.titles,
            without_agreement=self.without_agreement,
            without_priority=self.without_priority,
            priorities=priorities,
            tallies=tuple(self._tallies(priorities)),
            worst=tuple(
                breach
                for heap in self.worst.values()
                for _, _, breach in sorted(heap, key=_by_overrun, reverse=True)
            ),
            backlog=tuple(self.backlog),
            reopened=self.reopened,
            bounced=self.bounced,
            opened_us=tuple(sorted(self.opened_us)),
            resolved_us=tuple(sorted(self.resolved_us)),
            kept_us={name: tuple(sorted(told)) for name, told in self.kept_us.items()},
            broken_us={name: tuple(sorted(told)) for name, told in self.broken_us.items()},
            unpromised=tuple(
                Unpromised(
                    metric=metric,
                    priority=priority,
                    reason=_reason(priority, known),
                    tickets=tickets,
                )
                for (metric, priority), tickets in self.unpromised.most_common()
            ),
            unanswered=() if self.has_answers else tuple(self._decided_by_answers()),
            later_tickets=self.later_tickets,
            later_events=self.later_events,
        )

    def _decided_by_answers(self) -> Iterable[str]:
        """Yield the clocks that answers keep, of which some were kept or broken."""
        decided = {name for name, _, outcome in self.counts if outcome in ("kept", "broken")}
        return (name for name in self.answerable if name in decided)

    def _tallies(self, priorities: tuple[str, ...]) -> Iterable[Tally]:
        metrics = dict.fromkeys(metric for metric, _, _ in self.counts)
        for metric in sorted(metrics, key=_metric_order):
            for priority in priorities:
                count = {
                    outcome: self.counts[metric, priority, outcome]
                    for outcome in ("kept", "broken", "undecided", "cancelled")
                }
                if any(count.values()):
                    yield Tally(metric=metric, priority=priority, **count)


_ENTERS: Final = (
    *(TicketOpened, WorkStarted, TicketMoved, TicketPutOnHold, TicketResumed),
    *(TicketReopened, TicketMigrated),
)
"""What brings a ticket that is open into its present state."""


def _open_ticket(ticket: Ticket, history: tuple[TicketEvent, ...]) -> OpenTicket:
    """Return what there is to tell of a ticket that still waits."""
    backwards = history[::-1]
    since = next(event for event in backwards if isinstance(event, _ENTERS))
    touched = next((event for event in backwards if not event.automatic), history[0])
    return OpenTicket(
        ticket_id=ticket.ticket_id,
        title=ticket.title,
        priority=ticket.priority,
        state=ticket.state,
        is_on_hold=ticket.category is StateCategory.ON_HOLD,
        hold_reason=ticket.hold_reason,
        group=ticket.group,
        assignee=ticket.assignee,
        opened_us=ticket.opened_us,
        since_us=since.occurred_us,
        touched_us=touched.occurred_us,
    )


def _reason(priority: str, known: tuple[str, ...]) -> str:
    if not priority:
        return "no-priority"
    return "no-goal" if priority in known else "unknown-priority"


def _metric_order(metric: str) -> tuple[bool, str]:
    """Put the response first: it comes first in the life of a ticket."""
    return (metric != "response", metric)


def _by_overrun(entry: tuple[float, int, WorstBreach]) -> tuple[float, int]:
    return entry[:2]
