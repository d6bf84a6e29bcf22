"""What makes an escalation happen: one frozen class a trigger, told apart by its class (law E1).

Durations are working time on the calendar of the clock that they speak of; a trigger without a
clock reckons on the calendar of the ticket's agreement, except `Storm`, whose window is elapsed
time: an outage keeps no office hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final, Literal, cast

import attrs

from itsm_core.errors import Fault, shown
from itsm_core.rosters import _fields as check

Silent = Literal["desk", "requester", "anyone"]
Same = Literal["", "service", "configuration_item_id", "category_name", "group"]

SILENT: Final[tuple[Silent, ...]] = ("desk", "requester", "anyone")
SAME: Final[tuple[Same, ...]] = (
    "",
    "service",
    "configuration_item_id",
    "category_name",
    "group",
)
MOST_TIMES: Final = 1_000
"""Of bounces, reopenings and tickets: what never happens a thousand times needs no rule."""

_MOST_SHARE: Final = 100.0
_ZERO: Final = timedelta(0)


def _texts(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else cast("tuple[str, ...]", check.many(value))


def duration_text(value: timedelta) -> str:
    """Return `1 h 30 min`: the hours of a duration, which is no number of days."""
    minutes, rest = divmod(abs(value), timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes else []
    parts += [f"{rest.total_seconds():g} s"] if rest else []
    return " ".join(parts) or "0 min"


@attrs.frozen(kw_only=True)
class ShareUsed:
    """Trigger when this share of a clock's target is used up, such as 0.75.

    1 is the due instant; above 1 it counts the target again, beyond due. Nothing triggers inside a
    pause.

    >>> print(ShareUsed(clock="resolution", ratio=0.75))
    75 % of resolution
    """

    clock: str
    ratio: float

    def __attrs_post_init__(self) -> None:
        check.refuse("trigger share_used", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("clock", self.clock)
        given = cast("object", self.ratio)
        if isinstance(given, bool) or not isinstance(given, int | float):
            yield check.wrong_type("ratio", given, "a number", "write e.g. 0.75")
        elif not 0 < given <= _MOST_SHARE:
            message = f"{given:g} is not above 0 and at most {_MOST_SHARE:g}"
            remedy = "write a share such as 0.75, not a percentage"
            yield Fault("wrong-value", message, "ratio", shown(given), remedy)

    def __str__(self) -> str:
        return f"{self.ratio * 100:.6g} % of {self.clock}"


@attrs.frozen(kw_only=True)
class OffsetFromDue:
    """Trigger this much working time before (negative) or after a clock's due instant.

    Never before the clock has started: an offset longer than the target triggers at its start, and
    not at the creation of a ticket whose clock waits.

    >>> print(OffsetFromDue(clock="resolution", offset=-timedelta(minutes=30)))
    30 min before resolution is due
    """

    clock: str
    offset: timedelta

    def __attrs_post_init__(self) -> None:
        check.refuse("trigger offset_from_due", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("clock", self.clock)
        remedy = "write e.g. -minutes(60) for an hour before"
        yield from check.kind_faults("offset", self.offset, timedelta, "a duration", remedy)

    def __str__(self) -> str:
        if not self.offset:
            return f"when {self.clock} is due"
        side = "before" if self.offset < _ZERO else "after"
        return f"{duration_text(self.offset)} {side} {self.clock} is due"


@attrs.frozen(kw_only=True)
class Breached:
    """Trigger when a clock is breached: the first microsecond after its due instant (law S4).

    >>> print(Breached(clock="resolution"))
    resolution breached
    """

    clock: str

    def __attrs_post_init__(self) -> None:
        check.refuse("trigger breached", check.text_faults("clock", self.clock))

    def __str__(self) -> str:
        return f"{self.clock} breached"


@attrs.frozen(kw_only=True)
class Silence:
    """Trigger when `by` has not been heard of on the ticket for this much working time.

    Automatic contacts are no sign of life.

    >>> print(Silence(after=timedelta(hours=4)))
    nothing from the desk for 4 h
    """

    after: timedelta
    by: Silent = "desk"

    def __attrs_post_init__(self) -> None:
        check.refuse("trigger silence", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.duration_faults("after", self.after)
        yield from check.choice_faults("by", self.by, SILENT)

    def __str__(self) -> str:
        who = {"desk": "the desk", "requester": "the requester", "anyone": "anybody"}[self.by]
        return f"nothing from {who} for {duration_text(self.after)}"


@attrs.frozen(kw_only=True)
class Bounced:
    """Trigger when the ticket came back to a group that had given it away, this often.

    >>> print(Bounced(times=3))
    bounced 3 times
    """

    times: int = 2

    def __attrs_post_init__(self) -> None:
        check.refuse("trigger bounced", check.number_faults("times", self.times, 1, MOST_TIMES))

    def __str__(self) -> str:
        return f"bounced {_times(self.times)}"


@attrs.frozen(kw_only=True)
class Reopened:
    """Trigger when the ticket has been reopened this often.

    >>> print(Reopened(times=2))
    reopened twice
    """

    times: int = 1

    def __attrs_post_init__(self) -> None:
        check.refuse("trigger reopened", check.number_faults("times", self.times, 1, MOST_TIMES))

    def __str__(self) -> str:
        return f"reopened {_times(self.times)}"


@attrs.frozen(kw_only=True)
class PriorityReached:
    """Trigger when the priority in force becomes one of these.

    >>> print(PriorityReached(priorities=("P1",)))
    priority becomes P1
    """

    priorities: tuple[str, ...] = attrs.field(converter=_texts)

    def __attrs_post_init__(self) -> None:
        check.refuse("trigger priority_reached", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.texts_faults("priorities", self.priorities)
        if self.priorities == ():
            yield Fault("empty", "is empty", "priorities", "()", "name at least one priority")

    def __str__(self) -> str:
        return f"priority becomes {' or '.join(self.priorities)}"


@attrs.frozen(kw_only=True)
class EscalationRequested:
    """Trigger when the requester has asked for escalation this often.

    >>> print(EscalationRequested())
    the requester asks for escalation
    """

    times: int = 1

    def __attrs_post_init__(self) -> None:
        faults = check.number_faults("times", self.times, 1, MOST_TIMES)
        check.refuse("trigger escalation_requested", faults)

    def __str__(self) -> str:
        often = "" if self.times == 1 else f" {_times(self.times)}"
        return f"the requester asks for escalation{often}"


@attrs.frozen(kw_only=True)
class OwnerAbsent:
    """Trigger when whoever holds the ticket has been away for this much working time.

    Nothing for `after` is at once.

    >>> print(OwnerAbsent(after=timedelta(hours=1)))
    the owner is away for 1 h
    """

    after: timedelta = _ZERO

    def __attrs_post_init__(self) -> None:
        check.refuse("trigger owner_absent", self._faults())

    def _faults(self) -> Iterator[Fault]:
        if self.after != _ZERO:
            yield from check.duration_faults("after", self.after)

    def __str__(self) -> str:
        return "the owner is away" + (f" for {duration_text(self.after)}" if self.after else "")


@attrs.frozen(kw_only=True)
class CommitmentMissed:
    """Trigger when a promise to somebody was not kept in time (law D4).

    >>> print(CommitmentMissed())
    a commitment is missed
    """

    def __str__(self) -> str:
        return "a commitment is missed"


@attrs.frozen(kw_only=True)
class Storm:
    """Trigger when this many tickets arrive within a window of elapsed time.

    `same` names the fact that they share; "" counts all tickets of the desk. A storm is told once:
    it is neither repeated nor acknowledged. See `StormWatch` for when it begins and ends.

    >>> print(Storm(tickets=5, within=timedelta(hours=1), same="service"))
    5 tickets of one service within 1 h
    """

    tickets: int
    within: timedelta
    same: Same = ""

    def __attrs_post_init__(self) -> None:
        check.refuse("trigger storm", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.number_faults("tickets", self.tickets, 2, 1_000_000)
        yield from check.duration_faults("within", self.within)
        yield from check.choice_faults("same", self.same, SAME)

    def __str__(self) -> str:
        same = f" of one {self.same.replace('_', ' ')}" if self.same else ""
        return f"{self.tickets} tickets{same} within {duration_text(self.within)}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


Trigger = (
    ShareUsed
    | OffsetFromDue
    | Breached
    | Silence
    | Bounced
    | Reopened
    | PriorityReached
    | EscalationRequested
    | OwnerAbsent
    | CommitmentMissed
    | Storm
)
"""Everything that can make an escalation happen."""

TRIGGERS: Final = (
    ShareUsed,
    OffsetFromDue,
    Breached,
    Silence,
    Bounced,
    Reopened,
    PriorityReached,
    EscalationRequested,
    OwnerAbsent,
    CommitmentMissed,
    Storm,
)
