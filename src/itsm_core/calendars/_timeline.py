"""Effective-dated calendars: which version holds from when on (law C10)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import attrs

from itsm_core.calendars._algebra import measured
from itsm_core.calendars._calendar import Calendar
from itsm_core.calendars._compile import local_day, year_bounds
from itsm_core.calendars._zones import load_zone
from itsm_core.errors import DefinitionError, Fault, InvalidValue, shown
from itsm_core.spans import Pair, instant, intersected, merged, micros

Version = tuple[int | None, Calendar]


def _versions(
    value: Iterable[tuple[datetime | date | int | None, Calendar]],
) -> tuple[Version, ...]:
    remedy = "write (None, calendar) or (datetime.date(2026, 7, 1), calendar)"
    if not isinstance(value, Iterable) or isinstance(value, str):
        raise InvalidValue("versions are a sequence of starts and calendars", value, remedy)
    result: list[Version] = []
    faults: list[Fault] = []
    for n, version in enumerate(value):
        if not _is_version(version):
            text = shown(version)
            message = f"{text} is not a calendar with its start"
            faults.append(Fault("not-a-version", message, f"versions[{n}]", text, remedy))
            continue
        start, calendar = version
        at = start if start is None or isinstance(start, int) else _micros(start, calendar)
        if (at is None) != (n == 0):
            message = "the first version starts at None (always before), the others at an instant"
            faults.append(Fault("version-start", message, f"versions[{n}]", str(start)))
        elif n and result and result[-1][0] is not None and at is not None and at <= result[-1][0]:
            message = "each version must start after the one before it"
            faults.append(Fault("version-order", message, f"versions[{n}]", str(start)))
        result.append((at, calendar))
    if not result and not faults:
        faults.append(Fault("no-versions", "a timeline needs at least one version", "versions"))
    if faults:
        raise DefinitionError("calendar timeline", tuple(faults))
    return tuple(result)


def _is_version(value: object) -> bool:
    match value:
        case (date() | int() | None as start, Calendar()):
            return not isinstance(start, bool)
        case _:
            return False


def _micros(start: datetime | date, calendar: Calendar) -> int:
    if isinstance(start, datetime):
        return micros(start)
    return local_day(load_zone(calendar.zone), start.toordinal())[0]


@attrs.frozen(repr=False)
class CalendarTimeline(Calendar):
    """Hold the versions of a calendar, each in force from its start until the next one's.

    `versions` is a sequence of `(start, calendar)`: the first starts at None, the others at an
    aware datetime, or a date, which means the first instant of that day in the zone of the
    version that starts. A shift that runs when the version changes is cut there.

    Raises:
        DefinitionError: starts are missing or not in order, or a version is none.
        InvalidValue: `versions` is not a sequence, a start lies outside the years 1 to 9999, or
            calendars are nested more than 50 deep.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.calendars import ALWAYS, NEVER
    >>> summer = datetime(2026, 7, 1, tzinfo=UTC)
    >>> closed = CalendarTimeline(((None, ALWAYS), (summer, NEVER)))
    >>> closed.is_open(summer), closed.is_open(datetime(2026, 6, 30, tzinfo=UTC))
    (False, True)
    """

    versions: tuple[Version, ...] = attrs.field(converter=_versions)

    _depth: int = attrs.field(init=False, eq=False)
    _size: int = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        for start, _ in self.versions[1:]:
            instant(start or 0)
        depth, size = measured([calendar for _, calendar in self.versions])
        object.__setattr__(self, "_depth", depth)
        object.__setattr__(self, "_size", size)
        self._start_engine()

    @property
    def zone(self) -> str:
        """Return the zone of the latest version."""
        return self.versions[-1][1].zone

    def version_at(self, at: datetime) -> Calendar:
        """Return the calendar in force at an instant."""
        moment = micros(at)
        current = self.versions[0][1]
        for start, calendar in self.versions[1:]:
            if start is not None and start <= moment:
                current = calendar
        return current

    def _year_pairs(self, year: int) -> list[Pair]:
        low, high = year_bounds(year)
        starts = [low if start is None else start for start, _ in self.versions]
        result: list[Pair] = []
        for (_, calendar), start, end in zip(
            self.versions, starts, (*starts[1:], high), strict=True
        ):
            window = (max(start, low), min(end, high))
            if window[0] < window[1]:
                result.extend(intersected(calendar._year_pairs(year), [window]))
        return merged(result)

    def is_working_day(self, day: date) -> bool:
        """Tell whether the day is a working day of the version in force at its start."""
        low, _ = self._local_day(day)
        return self.version_at(instant(low)).is_working_day(day)

    def _without_holidays(self) -> Calendar:
        versions = tuple((start, each._without_holidays()) for start, each in self.versions)
        if all(new is old for (_, new), (_, old) in zip(versions, self.versions, strict=True)):
            return self
        return CalendarTimeline(versions)

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data."""
        return {
            "kind": "timeline",
            "versions": [
                {
                    "start": None if start is None else instant(start).isoformat(),
                    "calendar": calendar.to_json(),
                }
                for start, calendar in self.versions
            ],
        }

    def __reduce__(self) -> tuple[object, ...]:
        return CalendarTimeline, (self.versions,)

    def __repr__(self) -> str:
        parts = ", ".join(
            f"({None if start is None else instant(start)!r}, {calendar!r})"
            for start, calendar in self.versions
        )
        return f"CalendarTimeline(({parts},))"
