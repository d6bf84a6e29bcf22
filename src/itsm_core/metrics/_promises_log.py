"""From a desk's histories to the cases that promises are read from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from itsm_core.calendars import ALWAYS, Calendar
from itsm_core.errors import InvalidValue, did_you_mean
from itsm_core.lifecycle import StateCategory
from itsm_core.metrics._definitions._case import Case
from itsm_core.metrics._definitions._log import CaseLog, hours_in
from itsm_core.metrics._promises_model import PastCase
from itsm_core.spans import micros

__all__ = ["past_cases"]

_KINDS: Final = ("ticket_type", "priority", "channel", "service", "category", "group")
"""What is known when a ticket is opened, and tells how long it may take."""


def past_cases(
    log: CaseLog,
    *,
    zero: datetime,
    kinds: Sequence[str] = ("priority", "group"),
    calendar: Calendar = ALWAYS,
) -> tuple[PastCase, ...]:
    """Return the tickets of a log as cases, in hours of a calendar since an instant.

    A case ends when its ticket is resolved for the first time: that is known on the day, while
    "resolved for good" is not, so that nothing of the future leaks into a trial on the past. A
    ticket that was cancelled or merged before has left. `kinds` are fields of the ticket as it was
    opened, from coarse to fine: ticket_type, priority, channel, service, category, group.

    Raises:
        InvalidValue: a kind that is no such field.
        NaiveDatetime: `zero` has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened, TicketResolved
    >>> from itsm_core.metrics import CaseLog, past_cases
    >>> nine, two = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 14, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine, priority="P3", group="mail")
    >>> done = TicketResolved(ticket_id="INC-1", occurred_at=two, state="resolved")
    >>> past_cases(CaseLog.of([[opened, done]]), zero=nine)
    (PastCase(began=0.0, ended=5.0, left=None, kinds=('P3', 'mail')),)
    >>> past_cases(CaseLog.of([[opened, done]]), zero=nine, kinds=["prority"])
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: no field that is known when a ticket is opened: 'prority';
        use some of ticket_type, priority, channel, service, category, group; did you mean
        'priority'?
    """
    for kind in kinds:
        if kind not in _KINDS:
            remedy = f"use some of {', '.join(_KINDS)}{did_you_mean(kind, _KINDS)}"
            raise InvalidValue("no field that is known when a ticket is opened", kind, remedy)
    hours, start = hours_in(calendar), micros(zero)

    found: list[PastCase] = []
    for case in log:
        ended_us, left_us = _ends(case)
        found.append(
            PastCase(
                began=hours(start, case.opened_us),
                ended=None if ended_us is None else hours(start, ended_us),
                left=None if left_us is None else hours(start, left_us),
                kinds=tuple([str(getattr(case.opened, kind)) for kind in kinds]),
            )
        )
    return tuple(found)


def _ends(case: Case) -> tuple[int | None, int | None]:
    """Return when a case ended, or else when it left; a log's clock may tell that too early."""
    left = [phase.since_us for phase in case.phases if phase.category is StateCategory.CANCELLED]
    if case.merged_us is not None:
        left.append(case.merged_us)
    left_us = min(left, default=None)
    ended_us = case.done_us[0] if case.done_us else None
    if ended_us is not None and (left_us is None or ended_us <= left_us):
        return max(ended_us, case.opened_us), None
    return None, None if left_us is None else max(left_us, case.opened_us)
