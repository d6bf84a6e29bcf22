"""The all-day events of an iCalendar text (RFC 5545), of which nothing is trusted.

Single events are read here, and cost what they say about one year. Only series go to the library
that expands them, once their rules are known to end: a rule by the second, or one that steps by
nothing, would keep it busy for good.
"""

# The libraries that read feeds are not typed throughout.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import attrs

from itsm_core.errors import InvalidValue

_FREQUENCIES: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_WITHIN_DAYS: Final = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_SERIES: Final = frozenset({"RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"})
_DAY: Final = timedelta(days=1)
_LONGEST_IN_SERIES: Final = timedelta(days=366)
_SERIES_YEARS: Final = range(10, 9991)  # the library reckons beyond both ends of a year
_MOST_SERIES: Final = 1000
_LIBRARY_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What the libraries raise, and were seen to raise, on texts that only look like a calendar."""


@attrs.frozen
class Feed:
    """Hold what a text closes: single events as first and last day, and a query for the series."""

    single: tuple[tuple[date, date], ...]
    series: Any = None  # the library's own type

    def dates_in(self, year: int) -> Iterator[date]:
        """Yield the closed dates of `year`, some of them more than once."""
        low, high = date(year, 1, 1), date(year, 12, 31)
        for first, last in (*self.single, *self._expanded(year)):
            start, end = max(first, low), min(last, high)
            for number in range((end - start).days + 1):
                yield start + timedelta(days=number)

    def _expanded(self, year: int) -> Iterator[tuple[date, date]]:
        if self.series is None or year not in _SERIES_YEARS:
            return
        try:
            events = list(self.series.between(date(year, 1, 1), date(year + 1, 1, 1)))
        except _LIBRARY_ERRORS as error:
            raise _refused(f"its series cannot be followed through {year} ({error})") from error
        for event in events:
            # An event of an all-day series may have been moved to a time of day.
            if _is_all_day(event):
                yield _days(event)


def read_feed(text: str) -> Feed:
    """Return the all-day events of a text; texts read before are remembered.

    Raises:
        InvalidValue: the text is not iCalendar, an event in it has no usable start, end or rule,
            or the extra `ical` is not installed.
    """
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValue("a holiday feed is an iCalendar text", text, "decode it first")
    return _read(text)


@lru_cache(maxsize=64)
def _read(text: str) -> Feed:
    try:
        import icalendar
        import recurring_ical_events  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        remedy = "pip install 'itsm-core[ical]'"
        raise InvalidValue("holiday feeds need the extra ical", error.name, remedy) from error
    try:
        calendar = icalendar.Calendar.from_ical(text)
        events = list(calendar.walk("VEVENT"))
    except _LIBRARY_ERRORS as error:
        remedy = "pass the whole text, from BEGIN:VCALENDAR to END:VCALENDAR"
        raise InvalidValue(f"not an iCalendar text ({error})", text[:80], remedy) from error
    try:
        single, parts = _sorted_out(events)
        if not parts:
            return Feed(single)
        others = [part for part in calendar.subcomponents if part.name != "VEVENT"]
        calendar.subcomponents = [*others, *parts]
        return Feed(single, recurring_ical_events.of(calendar, components=["VEVENT"]))
    except InvalidValue:
        raise
    except _LIBRARY_ERRORS as error:
        raise _refused(f"an event in it cannot be read ({error})") from error


def _sorted_out(events: list[Any]) -> tuple[tuple[tuple[date, date], ...], list[Any]]:
    """Return the days of the single all-day events, and the events that make up series."""
    for event in events:
        _check_start(event)
    all_day = [event for event in events if _is_all_day(event)]
    names = {str(event.get("UID")) for event in all_day if not _SERIES.isdisjoint(event)}
    if len(names) > _MOST_SERIES:
        raise _refused(f"it has {len(names)} series, more than {_MOST_SERIES}")
    # An event that belongs to an all-day series goes with it, also one with a time of day.
    parts = [event for event in events if str(event.get("UID")) in names]
    for event in parts:
        _check_series(event)
    single = tuple(_days(event) for event in all_day if str(event.get("UID")) not in names)
    return single, parts


def _refused(what: str, event: Any = None) -> InvalidValue:  # noqa: ANN401
    named = "the text" if event is None else str(event.get("SUMMARY") or event.get("UID") or "?")
    remedy = "correct the event, or take it out of the text"
    return InvalidValue(f"holiday feed refused: {what}", named[:80], remedy)


def _check_start(event: Any) -> None:  # noqa: ANN401
    start = event.get("DTSTART")
    if start is None or isinstance(start, list) or not isinstance(start.dt, date):
        raise _refused("an event without exactly one DTSTART", event)


def _is_all_day(event: Any) -> bool:  # noqa: ANN401
    return not isinstance(event["DTSTART"].dt, datetime)


def _days(event: Any) -> tuple[date, date]:  # noqa: ANN401
    """Return the first and the last day of an all-day event; the last is before the first if none.

    DTEND is the day after the last one; without it and without DURATION the event has one day.
    """
    start: date = event["DTSTART"].dt
    try:
        if "DTEND" in event:
            end = event["DTEND"].dt
            if isinstance(end, datetime) or not isinstance(end, date):
                raise _refused("an all-day event whose DTEND is not a date", event)
            return start, end - _DAY
        if "DURATION" in event:
            return start, start + (event["DURATION"].dt - _DAY)
    except OverflowError:
        return start, date.max
    return start, start


def _check_series(event: Any) -> None:  # noqa: ANN401
    """Refuse what the library would follow without end, or not at all."""
    if "EXRULE" in event:
        raise _refused("EXRULE is obsolete and not read", event)
    if _is_all_day(event):
        first, last = _days(event)
        if last - first >= _LONGEST_IN_SERIES:
            raise _refused("an event of a series lasts longer than 366 days", event)
    for rule in _listed(event.get("RRULE")):
        _check_rule(rule, event)
    for dates in _listed(event.get("RDATE")):
        if not all(isinstance(each.dt, date) for each in dates.dts):
            raise _refused("an RDATE that is not a list of dates", event)


def _check_rule(rule: Any, event: Any) -> None:  # noqa: ANN401
    frequency = [str(each).upper() for each in _listed(rule.get("FREQ"))]
    if len(frequency) != 1 or frequency[0] not in _FREQUENCIES:
        raise _refused("a series of days is DAILY, WEEKLY, MONTHLY or YEARLY", event)
    if any(not isinstance(each, int) or each < 1 for each in _listed(rule.get("INTERVAL"))):
        raise _refused("the INTERVAL of a series is not 1 or more", event)
    if not _WITHIN_DAYS.isdisjoint(rule):
        raise _refused("a series of days takes no BYHOUR, BYMINUTE or BYSECOND", event)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
