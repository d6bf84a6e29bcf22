"""Windows: of which tickets a figure speaks, and until when they were watched (law M1)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.calendars import load_zone, resolve_local, wall_time
from itsm_core.errors import InvalidValue
from itsm_core.spans import as_micros, in_pendulum, instant, micros, optional_micros

if TYPE_CHECKING:
    import pendulum

__all__ = ["Window"]

_WEEK: Final = timedelta(weeks=1)


@attrs.frozen(kw_only=True)
class Window:
    """Hold a half-open window `[start_at, end_at)`, when it is looked at, and its zone.

    What happened after `seen_at` is not known yet; it is `end_at` unless told. What happened before
    counts, also if it was recorded later. Looking later lets young tickets grow up. Days and weeks
    are those of `zone`.

    Raises:
        InvalidValue: an empty window, or one that is looked at before it begins.
        NaiveDatetime: an instant has no time zone.
        UnknownZone: the tz database does not know the zone.

    >>> from datetime import UTC
    >>> window = Window(
    ...     start_at=datetime(2026, 3, 2, tzinfo=UTC), end_at=datetime(2026, 3, 9, tzinfo=UTC)
    ... )
    >>> print(window)
    2026-03-02 00:00 to 2026-03-09 00:00, seen at its end (UTC)
    """

    start_us: int = attrs.field(alias="start_at", converter=as_micros)
    end_us: int = attrs.field(alias="end_at", converter=as_micros)
    told_us: int | None = attrs.field(alias="seen_at", converter=optional_micros, default=None)
    zone: str = "UTC"

    def __attrs_post_init__(self) -> None:
        load_zone(self.zone)
        if self.end_us <= self.start_us:
            remedy = "end it after its start; the end itself is not in it"
            raise InvalidValue("an empty window", str(self.end_at), remedy)
        if self.seen_us < self.start_us:
            remedy = "look at it after it has begun"
            raise InvalidValue("a window seen before it begins", str(self.seen_at), remedy)

    @property
    def seen_us(self) -> int:
        """Return when it is looked at, in microseconds since 1970 UTC."""
        return self.end_us if self.told_us is None else self.told_us

    @property
    def start_at(self) -> pendulum.DateTime:
        """Return its first instant, in UTC."""
        return in_pendulum(instant(self.start_us))

    @property
    def end_at(self) -> pendulum.DateTime:
        """Return the instant at which it is over, in UTC."""
        return in_pendulum(instant(self.end_us))

    @property
    def seen_at(self) -> pendulum.DateTime:
        """Return when it is looked at, in UTC."""
        return in_pendulum(instant(self.seen_us))

    def has(self, at_us: int) -> bool:
        """Tell whether an instant lies in the window and is known when it is looked at."""
        return self.start_us <= at_us < self.end_us and at_us <= self.seen_us

    def weeks(self) -> Iterator[tuple[int, int]]:
        """Yield start and end of each whole week of the zone, Monday to Monday, in microseconds."""
        first = self._shown(self.start_us).date()
        day = first - timedelta(days=first.weekday())
        while date.max - day > _WEEK:
            start, end = (self._midnight(each) for each in (day, day + _WEEK))
            if end > self.end_us:
                return
            if start >= self.start_us:
                yield start, end
            day += _WEEK

    def _midnight(self, day: date) -> int:
        return micros(resolve_local(day, time(), self.zone))

    def to_json(self) -> dict[str, object]:
        """Return the window as plain JSON values, its instants in its zone."""
        return {
            "start_at": self._shown(self.start_us).isoformat(),
            "end_at": self._shown(self.end_us).isoformat(),
            "seen_at": self._shown(self.seen_us).isoformat(),
            "zone": self.zone,
        }

    def _shown(self, at_us: int) -> datetime:
        return wall_time(at_us, load_zone(self.zone))

    def __str__(self) -> str:
        start, end, seen = (
            f"{self._shown(at):%Y-%m-%d %H:%M}" for at in (self.start_us, self.end_us, self.seen_us)
        )
        when = "at its end" if self.seen_us == self.end_us else seen
        return f"{start} to {end}, seen {when} ({self.zone})"
