"""Calendars, matrices and lifecycles that are legal and hardly meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

import attrs

from itsm_core.calendars import BusinessCalendar, Calendar
from itsm_core.calendars._weekly import time_text
from itsm_core.errors import DefinitionError
from itsm_core.policy._lint_rules import Subject
from itsm_core.priority import AtLeast, Lower, Raise, Set

if TYPE_CHECKING:
    from itsm_core.policy._findings import Finding, Path

__all__ = ["calendar_findings", "priority_findings", "unused_findings"]

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_WEEKS: Final = 104
_LEAST: Final = timedelta(hours=1)
_YEARS: Final = range(2026, 2037)
"""What is looked through for hours that a clock change swallows: the next ten years."""
_SPAN: Final = re.compile(r"\d{1,2}:\d\d")
_DAY_S: Final = 86_400
_BUILT_IN: Final = ("always", "never")


def calendar_findings(subject: Subject) -> Iterator[Finding]:
    """Yield what is doubtful about each calendar that the file defines."""
    for name, calendar in subject.policy.calendars.items():
        path: Path = ("calendars", name)
        if name in _BUILT_IN or not subject.source.has(path):
            continue
        yield from _hardly_open(subject, path, calendar)
        yield from _empty_holidays(subject, path)
        if isinstance(calendar, BusinessCalendar):
            yield from _vanishing(subject, path, calendar)
            yield from _idle_exceptions(subject, path, calendar)
            yield from _far_exceptions(subject, path, calendar)
            yield from _long_nights(subject, path, calendar)


def _hardly_open(subject: Subject, path: Path, calendar: Calendar) -> Iterator[Finding]:
    end = _START + timedelta(weeks=_WEEKS)
    open_time = calendar.between(_START, end) / _WEEKS
    if open_time >= _LEAST:
        return
    hours = subject.written((*path, "hours"))
    place = (*path, "hours") if isinstance(hours, str) else path
    better = _every_working_day(hours) if isinstance(hours, str) else ""
    example = f'; for every working day write "{better}"' if better else ""
    minutes = open_time // timedelta(minutes=1)
    yield subject.tell(
        "hardly-open",
        f"is open for {minutes} minutes a week: a goal of 8 h would take months",
        place,
        value=hours if isinstance(hours, str) else "",
        remedy=f"check days and hours{example}",
        suggestion=f'"{better}"' if better else "",
    )


def _every_working_day(hours: str) -> str:
    """Return the hours of the first day that has any, for Monday to Friday."""
    span = _SPAN.search(hours)
    hours = hours[span.start() :] if span else "09:00-17:00"
    return f"Mo-Fr {hours.split(';', maxsplit=1)[0].strip()}"


def _long_nights(subject: Subject, path: Path, calendar: BusinessCalendar) -> Iterator[Finding]:
    """Yield hours that run past midnight for more than twelve: begin and end may be swapped."""
    written = subject.written((*path, "hours"))
    for intervals in calendar.hours.days:
        for start, end in intervals:
            if end <= _DAY_S or end - start <= _DAY_S // 2 or not isinstance(written, str):
                continue
            opens, closes = time_text(start), time_text(end - _DAY_S)
            swapped = written.replace(f"{opens}-{closes}", f"{closes}-{opens}")
            yield subject.tell(
                "long-night",
                f"{opens}-{closes} is open all night, for {(end - start) / 3600:g} hours",
                (*path, "hours"),
                value=written,
                remedy=f'write "{swapped}", or leave it if the night is meant',
                suggestion=swapped,
            )
            return


def _far_exceptions(subject: Subject, path: Path, calendar: BusinessCalendar) -> Iterator[Finding]:
    """Yield exceptions that a slip of typing has put into another generation."""
    for day, _ in calendar.exceptions:
        if day.year >= _YEARS.stop:
            yield subject.tell(
                "far-exception",
                f"{day} is far off: nobody plans a day for after {_YEARS.stop - 1}",
                (*path, "exceptions", day.isoformat()),
                value=day.isoformat(),
                remedy="check the year",
            )


def _empty_holidays(subject: Subject, path: Path) -> Iterator[Finding]:
    written = subject.written((*path, "holidays"))
    if isinstance(written, Mapping) and not written:
        remedy = 'write holidays = { country = "DE" } or the like, or remove the key'
        yield subject.tell(
            "no-holidays", "is an empty set of holidays", (*path, "holidays"), remedy=remedy
        )


def _vanishing(subject: Subject, path: Path, calendar: BusinessCalendar) -> Iterator[Finding]:
    """Yield the intervals that a clock change swallows whole, once with the first example."""
    remarks = calendar.check(_YEARS)
    found = [each for each in remarks if each.code == "interval-vanishes"]
    if found:
        many = f", and {len(found) - 1} more in ten years" if len(found) > 1 else ""
        yield subject.tell(
            "interval-vanishes",
            found[0].message + many,
            (*path, "hours"),
            value=str(calendar.hours),
            remedy="begin before or end after the hour that the clocks skip",
        )
    if any(each.code == "no-holidays" for each in remarks):
        message = f"the holidays list no day from {_YEARS.start} to {_YEARS.stop - 1}"
        remedy = "check country, subdivision and categories"
        yield subject.tell("no-holidays", message, (*path, "holidays"), remedy=remedy)


def _idle_exceptions(subject: Subject, path: Path, calendar: BusinessCalendar) -> Iterator[Finding]:
    for day, intervals in calendar.exceptions:
        if intervals != calendar.hours.on(day) or day in calendar.holidays.dates_in(day.year):
            continue
        message = f"{day:%A} {day} has these hours anyway"
        place = (*path, "exceptions", day.isoformat())
        remedy = "correct the date, or drop the exception"
        yield subject.tell(
            "exception-without-effect", message, place, value=day.isoformat(), remedy=remedy
        )


def priority_findings(subject: Subject) -> Iterator[Finding]:
    """Yield priorities that nothing leads to, and a reason that nothing needs."""
    rules = subject.policy.matrix.policy
    matrix = rules.matrix
    reached = set(matrix.cells.values())
    shifts = any(isinstance(each.effect, Raise | Lower) for each in rules.modifiers)
    reached |= {
        each.effect.priority for each in rules.modifiers if isinstance(each.effect, AtLeast | Set)
    }
    for n, priority in enumerate(matrix.priorities):
        if priority not in reached and not shifts:
            yield subject.tell(
                "priority-unused",
                f"no cell gives {priority!r}: its goals are for nobody",
                ("matrix", "priorities", n),
                value=priority,
                remedy="use it in a cell, or drop it",
            )
    if matrix.reason_not_monotone.strip() and _is_monotone(subject):
        yield subject.tell(
            "reason-unneeded",
            "the matrix is monotone: a later slip would pass under this reason",
            ("matrix", "reason_not_monotone"),
            value=matrix.reason_not_monotone,
            remedy="remove reason_not_monotone",
            at_key=True,
        )


def _is_monotone(subject: Subject) -> bool:
    try:
        attrs.evolve(
            subject.policy.matrix.policy.matrix,
            cells=subject.policy.matrix.policy.matrix.cells,
            reason_not_monotone="",
        )
    except DefinitionError:
        return False
    return True


def unused_findings(subject: Subject) -> Iterator[Finding]:
    """Yield calendars and lifecycles that the file defines and nothing in it names."""
    for section, code in (("calendars", "unused-calendar"), ("lifecycles", "unused-lifecycle")):
        defined = subject.written((section,))
        if not isinstance(defined, Mapping):
            continue
        names = list(cast("Mapping[str, object]", defined))
        for name in names:
            if not _is_named(subject.source.values, name, (section, name), ()):
                what = section.removesuffix("s")
                yield subject.tell(
                    code,
                    f"nothing in this file uses the {what} {name!r}",
                    (section, name),
                    value=name,
                    remedy=f"name it where it is meant to hold, or remove the {what}",
                    at_key=True,
                )


def _is_named(value: object, name: str, but: Path, path: Path) -> bool:
    """Return whether a text of the document is this name, its own definition left out."""
    if path == but:
        return False
    if isinstance(value, Mapping):
        table = cast("Mapping[str, object]", value)
        return any(_is_named(each, name, but, (*path, key)) for key, each in table.items())
    if isinstance(value, list):
        items = cast("list[object]", value)
        return any(_is_named(each, name, but, (*path, n)) for n, each in enumerate(items))
    return value == name
