"""What judging a log needs and gives, as values: promises, counts, what broke and what waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import attrs

from itsm_core.events import TicketOpened
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.priority import PriorityRules
from itsm_core.sla import ServiceLevelAgreement, SlaClock

__all__ = ["Judged", "OpenTicket", "Promises", "Tally", "Unpromised", "WorstBreach"]


class Promises(Protocol):
    """What judging needs to know; `itsm_core.policy.Policy` is one.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.priority import ITIL_MATRIX
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> class Everybody:
    ...     name, matrix = "the same for everybody", ITIL_MATRIX
    ...     goals = [ServiceLevelTarget(metric="resolution", goals=hours(4))]
    ...     gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=goals)
    ...
    ...     def agreement_for(self, ticket, /):
    ...         return self.gold
    >>> nine, noon = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine, priority="P1")
    >>> (tally,) = judge_log({"INC-1": (opened,)}, Everybody(), noon).tallies
    >>> tally.priority, tally.kept, tally.broken, tally.undecided
    ('P1', 0, 0, 1)
    """

    @property
    def name(self) -> str:
        """Return the name under which the promises are known."""
        ...

    @property
    def matrix(self) -> PriorityRules:
        """Return the matrix, or the policy with it, for the order of its priorities."""
        ...

    def agreement_for(self, ticket: Ticket | TicketOpened, /) -> ServiceLevelAgreement | None:
        """Return the agreement that a ticket earned when it was opened, or None."""
        ...


@attrs.frozen(kw_only=True)
class Tally:
    """Count what became of one clock for one priority.

    `undecided` clocks still had time left at the end of the log. They are neither kept nor
    broken: nobody knows yet. A clock that is late is broken, whether it was stopped or not.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> judged = judge_log(desk.histories, load_policy("demo"), desk.as_of)
    >>> for tally in judged.totals():
    ...     print(f"{tally.metric}: {tally.kept} kept, {tally.broken} not, {tally.undecided} open")
    response: 174 kept, 22 not, 0 open
    resolution: 179 kept, 14 not, 3 open
    """

    metric: str
    priority: str
    kept: int = 0
    broken: int = 0
    undecided: int = 0
    cancelled: int = 0


@attrs.frozen(kw_only=True)
class Unpromised:
    """Count tickets that have an agreement but no goal in one of its targets, by the reason.

    `reason` is "no-priority", "unknown-priority" (the policy's matrix does not have it) or
    "no-goal" (the target leaves this priority out). They are in no rate, so that a misspelt
    priority would make the figures better: nothing may leave them unseen.

    >>> import attrs
    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> name, (opened, *_) = next(iter(desk.histories.items()))
    >>> misspelt = {name: (attrs.evolve(opened, priority="Prio 3"),)}
    >>> for each in judge_log(misspelt, load_policy("demo"), desk.as_of).unpromised:
    ...     print(each.metric, each.priority, each.reason, each.tickets)
    response Prio 3 unknown-priority 1
    resolution Prio 3 unknown-priority 1
    """

    metric: str
    priority: str
    reason: str
    tickets: int


@attrs.frozen(kw_only=True)
class WorstBreach:
    """Hold one broken promise with the clock that explains it; `late` is in its own time.

    `overrun_ratio` is `late` as a share of the goal: 4.0 is four times the goal too long. It
    makes a P1 that took a day comparable with a P4 that took a month.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> judged = judge_log(desk.histories, load_policy("demo"), desk.as_of)
    >>> first = next(each for each in judged.worst if each.clock.name == "resolution")
    >>> print(first.ticket_id, "late by", first.late, f"{first.overrun_ratio:.1f} times its goal")
    INC0162 late by 2 days, 14:55:08 3.9 times its goal
    """

    ticket_id: TicketId
    title: str
    agreement_id: str
    clock: SlaClock
    late: timedelta
    overrun_ratio: float


@attrs.frozen(kw_only=True)
class OpenTicket:
    """Hold a ticket that was neither resolved, closed nor cancelled at the end of the log.

    `since_us` is when it came into its present state, `touched_us` when a human last did anything
    about it; both are microseconds since 1970 in UTC.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> judged = judge_log(desk.histories, load_policy("demo"), desk.as_of)
    >>> for each in judged.backlog:
    ...     print(each.ticket_id, each.priority, each.state, each.group)
    INC0150 P4 in_progress network
    INC0181 P4 in_progress applications
    INC0186 P4 in_progress network
    INC0200 P4 in_progress service-desk-berlin
    """

    ticket_id: TicketId
    title: str
    priority: str
    state: str
    is_on_hold: bool
    hold_reason: str
    group: GroupId
    assignee: PersonId
    opened_us: int
    since_us: int
    touched_us: int


@attrs.frozen(kw_only=True)
class Judged:
    """Hold what a log came to, as of one instant.

    `tallies` come in the order of the clocks, then of the priorities. `worst` is by metric, the
    greatest overrun in goals first. `reopened` and `bounced` map a ticket to how often it came
    back from resolved or closed, and how often it returned to a group that had given it away to
    just one other (A-B-A).
    `opened_us` and `resolved_us` hold the instant of every opening and every resolving, sorted;
    `kept_us` and `broken_us` by metric the instant at which each promise was decided: when it was
    kept, or when it came due and was not. What comes later never changes these.
    `unanswered` names the decided clocks that answers keep, if the log records not one answer:
    what they came to is when tickets were resolved. `unpromised` are the tickets with an agreement
    that has no goal for their priority, the most first. `later_tickets` were opened after `as_of`,
    `later_events` happened after it (those of later tickets included): neither is judged.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> judged = judge_log(desk.histories, load_policy("demo"), desk.as_of)
    >>> judged.tickets, judged.events, len(judged.backlog)
    (200, 1734, 4)
    >>> judged.agreements
    {'berlin': 78, 'sao-paulo': 54, 'lisbon': 52, 'operations': 16}
    >>> f"{len(judged.reopened)} came back, {len(judged.bounced)} went to and fro"
    '8 came back, 17 went to and fro'
    """

    policy: str
    as_of: datetime
    first_us: int
    tickets: int
    events: int
    agreements: Mapping[str, int]
    agreement_titles: Mapping[str, str]
    without_agreement: int
    without_priority: int
    priorities: tuple[str, ...]
    tallies: tuple[Tally, ...]
    worst: tuple[WorstBreach, ...]
    backlog: tuple[OpenTicket, ...]
    reopened: Mapping[TicketId, int]
    bounced: Mapping[TicketId, int]
    opened_us: tuple[int, ...]
    resolved_us: tuple[int, ...]
    kept_us: Mapping[str, tuple[int, ...]]
    broken_us: Mapping[str, tuple[int, ...]]
    unpromised: tuple[Unpromised, ...] = ()
    unanswered: tuple[str, ...] = ()
    later_tickets: int = 0
    later_events: int = 0

    def totals(self) -> tuple[Tally, ...]:
        """Return one tally a metric, over all priorities; their `priority` is empty."""
        metrics = dict.fromkeys(tally.metric for tally in self.tallies)
        return tuple(self._total(metric) for metric in metrics)

    def _total(self, metric: str) -> Tally:
        mine = [tally for tally in self.tallies if tally.metric == metric]
        return Tally(
            metric=metric,
            priority="",
            kept=sum(tally.kept for tally in mine),
            broken=sum(tally.broken for tally in mine),
            undecided=sum(tally.undecided for tally in mine),
            cancelled=sum(tally.cancelled for tally in mine),
        )
