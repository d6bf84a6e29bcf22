"""What was changed before it began: the release or change that precedes the first occurrence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ids import ServiceId, TicketId
from itsm_core.linking._impact import DependencyGraph, are_related
from itsm_core.linking._occurrences import Occurrence
from itsm_core.spans import as_micros, instant

__all__ = ["ChangeRecord", "SuspectedChange"]

_AT_MOST: Final = timedelta(days=14)
"""A change that did no harm for two weeks is no longer the first suspect."""


@attrs.frozen(kw_only=True)
class ChangeRecord:
    """Hold a change or release: when it went live, and what it touched.

    Raises:
        InvalidValue: it touched neither a service nor an item.
        NaiveDatetime: the instant has no time zone (law T1).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import ChangeRecord
    >>> live = datetime(2026, 1, 7, 20, tzinfo=UTC)
    >>> change = ChangeRecord(change_id="CHG-7", at=live, service="export")
    >>> f"{change.change_id} changed {change.service} on {change.at:%Y-%m-%d}"
    'CHG-7 changed export on 2026-01-07'
    >>> ChangeRecord(change_id="CHG-8", at=live)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a change of nothing: 'CHG-8'; say which service or
    configuration item it touched
    """

    change_id: TicketId
    at_us: int = attrs.field(alias="at", converter=as_micros)
    service: ServiceId = ServiceId("")
    configuration_item_id: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.service and not self.configuration_item_id:
            remedy = "say which service or configuration item it touched"
            raise InvalidValue("a change of nothing", self.change_id, remedy)

    @property
    def at(self) -> datetime:
        """Return when it went live, in UTC."""
        return instant(self.at_us)


@attrs.frozen(kw_only=True)
class SuspectedChange:
    """Hold a change that precedes the first occurrence, and how much that says.

    `touched` is how it is connected: the same item, a related one, the same service. `chance` is
    that of such a change so shortly before, if changes fell at random: near 1 where one is made
    every day. It is a suspicion, not a cause; a problem record says what the cause was.

    `lag_us` is in microseconds.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import ChangeRecord, Occurrence, find_candidates
    >>> night = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> each_week = [night + timedelta(weeks=week) for week in range(12)]
    >>> seen = [Occurrence(ticket_id=f"INC-{at:%m%d}", at=at, service="export") for at in each_week]
    >>> change = ChangeRecord(change_id="CHG-7", at=night - timedelta(hours=6), service="export")
    >>> (found,) = find_candidates(seen, as_of=night + timedelta(weeks=12), changes=[change])
    >>> f"{found.change.lag} after {found.change.change.change_id}, {found.change.touched}"
    '6:00:00 after CHG-7, same service'
    """

    change: ChangeRecord
    touched: str
    lag_us: int
    chance: float

    @property
    def lag(self) -> timedelta:
        """Return the time from the change to the first occurrence."""
        return timedelta(microseconds=self.lag_us)


def suspected_change(
    facts: Sequence[Occurrence], changes: Iterable[ChangeRecord], graph: DependencyGraph | None
) -> SuspectedChange | None:
    """Return the connected change last before the first occurrence; None if there is none."""
    first_us = facts[0].at_us
    connected = [
        (change, touched)
        for change in changes
        if change.at_us <= first_us and (touched := _touched(change, facts, graph))
    ]
    if not connected:
        return None
    change, touched = max(connected, key=lambda pair: (pair[0].at_us, pair[0].change_id))
    lag_us = first_us - change.at_us
    if lag_us > _AT_MOST // timedelta.resolution:
        return None
    earliest_us = min(each.at_us for each, _ in connected)
    rate = len(connected) / max(first_us - earliest_us, 1)
    # Of one change alone nobody knows how often there are some.
    chance = 1 - math.exp(-rate * lag_us) if len(connected) > 1 else 1.0
    return SuspectedChange(change=change, touched=touched, lag_us=lag_us, chance=chance)


def _touched(
    change: ChangeRecord, facts: Sequence[Occurrence], graph: DependencyGraph | None
) -> str:
    """Return how a change is connected with occurrences; empty if it is not."""
    item = change.configuration_item_id
    items = {each.configuration_item_id for each in facts if each.configuration_item_id}
    if item and item in items:
        return "same item"
    if item and graph is not None and any(are_related(graph, item, each) for each in sorted(items)):
        return "related item"
    if change.service and change.service in {each.service for each in facts}:
        return "same service"
    return ""
