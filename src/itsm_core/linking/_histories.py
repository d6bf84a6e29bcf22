"""From the histories of a desk straight to its problem candidates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from itsm_core.calendars import Calendar
from itsm_core.events import TicketEvent, TicketMerged, TicketOpened
from itsm_core.ids import TicketId
from itsm_core.linking._candidates import CandidateRules, ProblemCandidate, find_candidates
from itsm_core.linking._causes import ChangeRecord
from itsm_core.linking._impact import DependencyGraph
from itsm_core.linking._occurrences import Occurrence, occurrence_of, text_of
from itsm_core.linking._recurrence import grouped
from itsm_core.linking._values import INCIDENT, Group, TicketText
from itsm_core.spans import micros

__all__ = ["find_in_histories"]


def find_in_histories(
    histories: Iterable[Iterable[TicketEvent]],
    groups: Iterable[Group] | None = (),
    *,
    as_of: datetime,
    rules: CandidateRules | None = None,
    changes: Iterable[ChangeRecord] = (),
    graph: DependencyGraph | None = None,
    known: Collection[TicketId] = (),
) -> tuple[ProblemCandidate, ...]:
    """Return the candidates among the incidents of a desk; see `find_candidates`.

    With None for `groups` the incidents are grouped by their titles here, which takes a
    millisecond or more each; whoever watches them as they come passes the groups of a
    `RecurrenceWatch`.

    Only what happened up to `as_of` is read. Requests and changes are left out: that they recur is
    no failure. So are tickets that were merged into another: they told of the same occurrence.
    Work is reckoned by the calendar of `rules.rates`.

    Raises:
        InvalidValue: a history does not begin with `TicketOpened`.
        NaiveDatetime: `as_of` has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.linking import find_in_histories
    >>> night = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> each_week = [night + timedelta(weeks=week) for week in range(12)]
    >>> desk = [
    ...     [TicketOpened(ticket_id=f"INC-{at:%m%d}", occurred_at=at, service="export")]
    ...     for at in each_week
    ... ]
    >>> found = find_in_histories(desk, as_of=night + timedelta(weeks=12))
    >>> [(each.subject, len(each.members), each.rhythm.words) for each in found]
    [('export', 12, 'Thursdays about 02:10')]
    """
    rules = rules or CandidateRules()
    calendar: Calendar | None = rules.rates.working if rules.rates else None
    until_us = micros(as_of)
    occurrences: list[Occurrence] = []
    texts: list[TicketText] = []
    for history in histories:
        events = [event for event in history if event.occurred_us <= until_us]
        if not events:
            continue
        if any(isinstance(event, TicketMerged) for event in events):
            continue
        first = events[0]
        if not isinstance(first, TicketOpened) or first.ticket_type == INCIDENT:
            occurrences.append(occurrence_of(events, calendar=calendar))
            texts += [text_of(events)] if groups is None else []
    return find_candidates(
        occurrences,
        grouped(texts) if groups is None else groups,
        as_of=as_of,
        rules=rules,
        changes=changes,
        graph=graph,
        known=known,
    )
