"""Whose time it was: the counted time of a clock, shared out to its legs (law S12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, cast

import attrs

from itsm_core.calendars import WallTime
from itsm_core.errors import InvalidValue
from itsm_core.sla._clock import SlaClock
from itsm_core.sla._explain import text
from itsm_core.sla._values import Deadline, LedgerKind

NOBODY: Final = "nobody"
"""The name of the share that no leg had."""

_STILL: Final = frozenset({LedgerKind.PAUSED, LedgerKind.EXCLUDED})
_WALL: Final = (WallTime, Deadline)


@attrs.frozen(kw_only=True)
class LegShare:
    """Hold the part of a clock's counted time that one cycle of a leg had.

    All in microseconds of the parent's counted time. `over_us` is the part after the leg's own
    promise was broken, `outside_us` the part outside the leg's own hours: the parent's calendar
    counted while nobody of the leg had to work. The share of `NOBODY` has no `leg`.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> from itsm_core.sla import attribution, evaluate, held_by
    >>> whole = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> team = ServiceLevelTarget(
    ...     metric="ola", name="network", goals=hours(2), rules=held_by("network")
    ... )
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[whole, team])
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, group="network")
    >>> found = evaluate([opened], gold, as_of=at.replace(hour=12))
    >>> share, nobody = attribution(found["resolution"], [found["network"]])
    >>> print(share)
    network: 3 h (100%), 1 h of it over its own goal
    >>> share.over, nobody.elapsed
    (datetime.timedelta(seconds=3600), datetime.timedelta(0))
    """

    name: str
    leg: SlaClock | None
    elapsed_us: int
    over_us: int = 0
    outside_us: int = 0
    ratio: float

    @property
    def elapsed(self) -> timedelta:
        """Return the counted time that the leg had."""
        return timedelta(0, 0, self.elapsed_us)

    @property
    def over(self) -> timedelta:
        """Return the part of it after the leg's own promise was broken."""
        return timedelta(0, 0, self.over_us)

    @property
    def outside(self) -> timedelta:
        """Return the part of it outside the leg's own hours."""
        return timedelta(0, 0, self.outside_us)

    def explain(self) -> str:
        """Return the share in words, on one line."""
        line = f"{self.name}: {text(self.elapsed)} ({self.ratio:.0%})"
        if self.over_us:
            line += f", {text(self.over)} of it over its own goal"
        if self.outside_us:
            line += f", {text(self.outside)} of it outside its hours"
        return line

    def __str__(self) -> str:
        return self.explain()


def attribution(clock: SlaClock, legs: Iterable[SlaClock]) -> tuple[LegShare, ...]:
    """Return whose the counted time of a clock was: a share for each leg, and nobody's last.

    A leg has the ticket while its own clock is live and neither paused nor excluded, its nights
    included. Of several at once the one that began last has it (a supplier within a group), of
    those that began together the last one given. The shares add up to `clock.elapsed_us` exactly.

    Raises:
        InvalidValue: `clock` is no clock, or `legs` no list of clocks.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketAssigned, TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> from itsm_core.sla import attribution, evaluate, held_by
    >>> whole = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> team = ServiceLevelTarget(
    ...     metric="ola", name="network", goals=hours(2), rules=held_by("network")
    ... )
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[whole, team])
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> given = TicketAssigned(ticket_id="INC-1", occurred_at=at.replace(hour=10), group="network")
    >>> found = evaluate([opened, given], gold, as_of=at.replace(hour=11, minute=30))
    >>> for share in attribution(found["resolution"], [found["network"]]):
    ...     print(share.name, share.elapsed, f"{share.ratio:.0%}")
    network 1:30:00 60%
    nobody 1:00:00 40%
    """
    given = _clocks_of(clock, legs)
    spans = [_running(leg) for leg in given]
    own = [_own_hours(leg) for leg in given]
    elapsed = [0] * (len(given) + 1)
    over, outside = elapsed.copy(), elapsed.copy()
    for start, end in _cut(_counted(clock), given, spans, own):
        holder = _holder(start, given, spans)
        elapsed[holder] += end - start
        if holder < len(given):
            broken = given[holder].breached_us
            over[holder] += end - start if broken is not None and start >= broken else 0
            is_on = any(low <= start < high for low, high in own[holder])
            outside[holder] += 0 if is_on else end - start
    total = sum(elapsed) or 1
    return tuple(
        LegShare(
            name=NOBODY if leg is None else _name(leg),
            leg=leg,
            elapsed_us=elapsed[n],
            over_us=over[n],
            outside_us=outside[n],
            ratio=elapsed[n] / total,
        )
        for n, leg in enumerate((*given, None))
    )


def _clocks_of(clock: object, legs: object) -> tuple[SlaClock, ...]:
    """Return the legs, if they and the clock are clocks."""
    if not isinstance(clock, SlaClock):
        remedy = "take a clock of an evaluation: evaluation['resolution']"
        raise InvalidValue("no clock whose time could be shared out", clock, remedy)
    if isinstance(legs, SlaClock) or not isinstance(legs, Iterable):
        raise InvalidValue("the legs are no list of clocks", legs, "put them in brackets")
    given = tuple(cast("Iterable[object]", legs))
    for n, leg in enumerate(given):
        if not isinstance(leg, SlaClock):
            remedy = "take clocks of the legs' own evaluations"
            raise InvalidValue(f"legs[{n}] is no clock", leg, remedy)
    return cast("tuple[SlaClock, ...]", given)


def explain_attribution(clock: SlaClock, shares: Iterable[LegShare]) -> str:
    """Return in words whose the counted time of a clock was, the largest share first.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketAssigned, TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> from itsm_core.sla import attribution, evaluate, explain_attribution, held_by
    >>> whole = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> team = ServiceLevelTarget(
    ...     metric="ola", name="network", goals=hours(2), rules=held_by("network")
    ... )
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[whole, team])
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> given = TicketAssigned(ticket_id="INC-1", occurred_at=at.replace(hour=10), group="network")
    >>> found = evaluate([opened, given], gold, as_of=at.replace(hour=11, minute=30))
    >>> clock = found["resolution"]
    >>> print(explain_attribution(clock, attribution(clock, [found["network"]])))
    resolution of ticket INC-1: running, whose time was it?
      network: 1 h 30 min (60%)
      nobody: 1 h (40%)
      in all: 2 h 30 min of 4 h
    """
    lines = [f"{clock.name} of ticket {clock.ticket_id}: {clock.state.value}, whose time was it?"]
    ranked = sorted(shares, key=lambda share: share.elapsed_us, reverse=True)
    lines.extend(f"  {share.explain()}" for share in ranked if share.elapsed_us)
    lines.append(f"  in all: {text(clock.elapsed)} of {text(timedelta(0, 0, clock.allowance_us))}")
    return "\n".join(lines)


def _name(leg: SlaClock) -> str:
    return f"{leg.name} (cycle {leg.cycle})" if leg.cycle > 1 else leg.name


_Spans = Sequence[tuple[int, int]]


def _counted(clock: SlaClock) -> list[tuple[int, int]]:
    return [
        (line.start_us, line.end_us) for line in clock.ledger if line.kind is LedgerKind.COUNTED
    ]


def _running(leg: SlaClock) -> list[tuple[int, int]]:
    return [(line.start_us, line.end_us) for line in leg.ledger if line.kind not in _STILL]


def _own_hours(leg: SlaClock) -> list[tuple[int, int]]:
    return _running(leg) if isinstance(leg.goal, _WALL) else _counted(leg)


def _cut(
    counted: _Spans, legs: Sequence[SlaClock], spans: Sequence[_Spans], own: Sequence[_Spans]
) -> Iterable[tuple[int, int]]:
    """Yield the counted spans, cut wherever a leg begins, ends, pauses, rests or breaks."""
    cuts = {at for each in (*spans, *own) for span in each for at in span}
    cuts.update(leg.breached_us for leg in legs if leg.breached_us is not None)
    marks = sorted(cuts)
    for start, end in counted:
        inner = [at for at in marks if start < at < end]
        yield from zip((start, *inner), (*inner, end), strict=True)


def _holder(at: int, legs: Sequence[SlaClock], spans: Sequence[_Spans]) -> int:
    """Return the place of the leg that had the ticket at an instant; one past the last: nobody."""
    live = [
        (legs[n].started_us, n)
        for n, each in enumerate(spans)
        if any(low <= at < high for low, high in each)
    ]
    return max(live)[1] if live else len(legs)
