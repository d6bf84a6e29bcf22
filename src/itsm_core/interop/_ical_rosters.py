"""Rosters as iCalendar (RFC 5545), out and in, through the extra `ical` (law E4).

Out: the final schedule, one event a shift, so that a phone shows what the roster says. In: the
events of a text as overrides, of which a roster can be made or which can be laid over one. Nothing
of a text is trusted: series are only followed once their rules are known to step by days at least.
"""

# The libraries are not typed throughout.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportAny=false, reportExplicitAny=false

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from itsm_core.calendars import load_zone, resolve_local
from itsm_core.errors import InvalidValue, ItsmError
from itsm_core.rosters import Override, Roster, Shift
from itsm_core.spans import instant, micros, utc

PEOPLE: Final = "X-ITSM-CORE-PEOPLE"
"""The property that keeps names apart, whatever they contain; other programs ignore it."""

_LONGEST_TEXT: Final = 5_000_000
_MOST_EVENTS: Final = 100_000
_LONGEST_RANGE: Final = timedelta(days=3_660)
_FREQUENCIES: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_WITHIN_DAYS: Final = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_LIBRARY_ERRORS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_REMEDY: Final = "correct the event, or take it out of the text"


def roster_to_ical(roster: Roster, start: datetime, end: datetime, *, person: str = "") -> str:
    """Return the final schedule of `[start, end)` as an iCalendar text.

    One event a shift, in UTC; times without anybody have none. With `person` only their shifts.
    The same roster and range give the same text: events are stamped with `start`, and their UIDs
    come from roster, people and times, so that a program that reads it again knows them.

    Raises:
        NaiveDatetime: an instant has no time zone.
        InvalidValue: the range is backward or too long, or the extra `ical` is not installed.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.interop import roster_to_ical
    >>> from itsm_core.rosters import Roster, Rotation
    >>> first = Rotation(name="first", people=["ana", "ben"], zone="UTC", start_on="2026-01-05")
    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> text = roster_to_ical(Roster(name="desk", layers=[first]), monday, monday.replace(day=19))
    >>> [line for line in text.splitlines() if line.startswith("SUMMARY")]
    ['SUMMARY:desk: ana', 'SUMMARY:desk: ben']
    """
    icalendar, _ = _libraries()
    calendar = icalendar.Calendar()
    calendar.add("PRODID", "-//itsm_core//roster//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("X-WR-CALNAME", f"{roster.name}: {person}" if person else roster.name)
    for shift in roster.schedule(start, end):
        if shift.people and (not person or person in shift.people):
            calendar.add_component(_event(icalendar, roster.name, shift, start))
    return cast("bytes", calendar.to_ical()).decode()


def _event(icalendar: Any, roster: str, shift: Shift, stamp: datetime) -> Any:  # noqa: ANN401
    people = json.dumps(shift.people, ensure_ascii=False)
    key = f"{roster}\n{people}\n{shift.start_us}\n{shift.end_us}"
    event = icalendar.Event()
    event.add("UID", f"{hashlib.sha256(key.encode()).hexdigest()[:32]}@itsm-core")
    event.add("DTSTAMP", utc(stamp))
    event.add("DTSTART", instant(shift.start_us))
    event.add("DTEND", instant(shift.end_us))
    event.add("SUMMARY", f"{roster}: {' + '.join(shift.people)}")
    event.add("DESCRIPTION", shift.why)
    event.add(PEOPLE, people)
    return event


def overrides_from_ical(
    text: str, start: datetime, end: datetime, *, zone: str = ""
) -> tuple[Override, ...]:
    """Return the events of an iCalendar text that touch `[start, end)` as overrides, in order.

    People are read from our own property, else the summary is one person's name; a text after
    `: ` is taken as the name where there is one. Series are expanded, what was cancelled is left
    out. Events without a time zone, whole days among them, need `zone`. Events are not cut at the
    ends of the range.

    Raises:
        InvalidValue: the text is no iCalendar or too long, an event has no usable times, people or
            rule, the range is longer than ten years, or the extra `ical` is not installed.
        NaiveDatetime: an instant has no time zone.
        UnknownZone: the tz database does not know `zone`.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.interop import overrides_from_ical, roster_to_ical
    >>> from itsm_core.rosters import Roster, Rotation
    >>> from itsm_core.spans import instant
    >>> first = Rotation(name="first", people=["ana", "ben"], zone="UTC", start_on="2026-01-05")
    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> text = roster_to_ical(Roster(name="desk", layers=[first]), monday, monday.replace(day=19))
    >>> for each in overrides_from_ical(text, monday, monday.replace(day=12)):
    ...     print(instant(each.start_us).date(), each.people)
    2026-01-05 ('ana',)
    """
    if micros(end) < micros(start) or utc(end) - utc(start) > _LONGEST_RANGE:
        what = "a range of events is at most ten years long and ends after it starts"
        raise InvalidValue(what, f"{start} - {end}", "ask for a shorter time")
    if zone:
        load_zone(zone)
    found: list[Override] = []
    for number, event in enumerate(_expanded(text, start, end)):
        if number >= _MOST_EVENTS:
            raise InvalidValue("too many events", number, f"read at most {_MOST_EVENTS:,}")
        if str(event.get("STATUS") or "").upper() != "CANCELLED":
            found.append(_override(event, zone))
    return tuple(sorted(found, key=lambda each: (each.start_us, each.end_us, each.people)))


def _libraries() -> tuple[Any, Any]:
    try:
        import icalendar
        import recurring_ical_events  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        remedy = "pip install '.[ical]' in a checkout of itsm-core"
        raise InvalidValue(
            "rosters as iCalendar need the extra ical", error.name, remedy
        ) from error
    return icalendar, recurring_ical_events


def _expanded(text: str, start: datetime, end: datetime) -> Iterator[Any]:
    """Yield the events that touch a range, the ones of series each by itself."""
    if len(text) > _LONGEST_TEXT:
        what = f"a roster of more than {_LONGEST_TEXT:,} characters"
        raise InvalidValue(what, len(text), "split the text")
    icalendar, recurring = _libraries()
    try:
        calendar = icalendar.Calendar.from_ical(text)
        for event in calendar.walk("VEVENT"):
            _check_event(event)
        yield from recurring.of(calendar, components=["VEVENT"]).between(utc(start), utc(end))
    except ItsmError:
        raise
    except _LIBRARY_ERRORS as error:
        remedy = "pass the whole text, from BEGIN:VCALENDAR to END:VCALENDAR"
        raise InvalidValue(f"not a usable iCalendar text ({error})", text[:80], remedy) from error


def _check_event(event: Any) -> None:  # noqa: ANN401
    """Refuse what the library would follow without end, or not at all."""
    if "DTSTART" not in event or isinstance(event["DTSTART"], list):
        raise InvalidValue("an event without exactly one DTSTART", _named(event), _REMEDY)
    for rule in _listed(event.get("RRULE")):
        frequency = [str(each).upper() for each in _listed(rule.get("FREQ"))]
        if len(frequency) != 1 or frequency[0] not in _FREQUENCIES:
            what = "a series of shifts is DAILY, WEEKLY, MONTHLY or YEARLY"
            raise InvalidValue(what, _named(event), _REMEDY)
        if not _WITHIN_DAYS.isdisjoint(rule):
            what = "a series of shifts takes no BYHOUR, BYMINUTE or BYSECOND"
            raise InvalidValue(what, _named(event), _REMEDY)
        if any(not isinstance(each, int) or each < 1 for each in _listed(rule.get("INTERVAL"))):
            raise InvalidValue("the INTERVAL of a series is 1 or more", _named(event), _REMEDY)


def _override(event: Any, zone: str) -> Override:  # noqa: ANN401
    start, end = (_moment(event, name, zone) for name in ("DTSTART", "DTEND"))
    try:
        return Override(people=_people(event), start=start, end=end, reason=_text(event))
    except ItsmError as error:
        raise InvalidValue(f"an event is no shift ({error})", _named(event), _REMEDY) from error


def _moment(event: Any, name: str, zone: str) -> datetime:  # noqa: ANN401
    """Return the start or the end of an expanded event, which has both, as an instant."""
    value: object = event[name].dt
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            return value
        if zone:
            return resolve_local(value.date(), value.time(), zone)
    elif isinstance(value, date) and zone:
        return resolve_local(value, "00:00", zone)
    remedy = "pass zone='Europe/Berlin', or the one that the text means"
    raise InvalidValue(f"{name} has no time zone", _named(event), remedy)


def _people(event: Any) -> tuple[str, ...]:  # noqa: ANN401
    ours = event.get(PEOPLE)
    if ours is not None:
        try:
            names = json.loads(str(ours))
        except ValueError as error:
            raise InvalidValue(f"{PEOPLE} is no JSON", str(ours), _REMEDY) from error
        if isinstance(names, list) and all(isinstance(each, str) for each in names):
            return tuple(names)
        raise InvalidValue(f"{PEOPLE} is no list of names", str(ours), _REMEDY)
    name = str(event.get("SUMMARY") or "").rpartition(": ")[2].strip()
    if not name:
        raise InvalidValue("an event names nobody", _named(event), "write the name as its SUMMARY")
    return (name,)


def _text(event: Any) -> str:  # noqa: ANN401
    return str(event.get("DESCRIPTION") or "")[:1_000]


def _named(event: Any) -> str:  # noqa: ANN401
    return str(event.get("SUMMARY") or event.get("UID") or "?")[:80]


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
