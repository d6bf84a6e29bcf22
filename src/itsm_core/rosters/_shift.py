"""One stretch of the final schedule: who is on call, and why (law E4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import attrs

from itsm_core.ids import PersonId
from itsm_core.rosters._values import Crew
from itsm_core.spans import Span, in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

ShiftKind = Literal["turn", "swapped", "substituted", "override", "nobody"]
"""What gave a shift its people; `substituted` wins over `swapped` where both did."""


@attrs.frozen(kw_only=True, order=False)
class Shift:
    """Hold who is on call in `[start_at, end_at)`.

    `people` is empty where nobody is; `why` says for what reason, in words. `planned` is who would
    be on call if nobody had changed anything by hand. `layer` is empty for overrides and for
    nobody; `turn` counts the turns of the layer's rotation from 1, and is 0 where there is none.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.rosters import Roster, Rotation
    >>> weeks = Rotation(name="weeks", people=["ana", "ben"], zone="UTC", start_on="2026-01-05")
    >>> nights = Roster(name="nights", layers=[weeks])
    >>> nights.on_call(datetime(2026, 1, 14, tzinfo=UTC)).people
    ('ben',)
    """

    start_us: int
    end_us: int
    people: Crew = ()
    layer: str = ""
    kind: ShiftKind = "nobody"
    why: str = ""
    planned: Crew = ()
    turn: int = 0

    @property
    def person(self) -> PersonId | None:
        """Return who is asked first; None where nobody is on call."""
        return self.people[0] if self.people else None

    @property
    def start_at(self) -> pendulum.DateTime:
        """Return when it begins, in UTC."""
        return in_pendulum(instant(self.start_us))

    @property
    def end_at(self) -> pendulum.DateTime:
        """Return when it ends, in UTC; the end belongs to the next shift."""
        return in_pendulum(instant(self.end_us))

    @property
    def span(self) -> Span:
        """Return the time that it covers."""
        return Span(instant(self.start_us), instant(self.end_us))

    @property
    def duration(self) -> timedelta:
        """Return its elapsed time."""
        return timedelta(0, 0, self.end_us - self.start_us)

    def __contains__(self, at: datetime) -> bool:
        return at in self.span

    def clipped(self, low: int, high: int) -> Shift:
        """Return the part of it within `[low, high)`, in microseconds since 1970."""
        if low <= self.start_us and self.end_us <= high:
            return self
        return attrs.evolve(self, start_us=max(low, self.start_us), end_us=min(high, self.end_us))

    def continues(self, other: Shift) -> bool:
        """Tell whether it goes on where another ends, as if they were one."""
        return (
            self.start_us == other.end_us
            and self.turn == other.turn
            and self.people == other.people
            and self.layer == other.layer
            and self.kind == other.kind
            and self.why == other.why
            and self.planned == other.planned
        )

    def __str__(self) -> str:
        who = " + ".join(self.people) or "nobody"
        start, end = (
            instant(each).isoformat(timespec="minutes") for each in (self.start_us, self.end_us)
        )
        return f"{start} - {end}: {who} ({self.why})"


def joined(shifts: list[Shift], shift: Shift) -> None:
    """Append a shift, or make the last one longer where the two are one."""
    if shifts and shift.continues(shifts[-1]):
        shifts[-1] = attrs.evolve(shifts[-1], end_us=shift.end_us)
    else:
        shifts.append(shift)
