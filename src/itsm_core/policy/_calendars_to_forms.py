"""From calendars back to the tables of a file; what one is made of stands there by its name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, cast

from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    CalendarTimeline,
    Combination,
)
from itsm_core.errors import InvalidValue
from itsm_core.policy._forms import CalendarForm, HolidaysForm, VersionForm
from itsm_core.policy._leaves import MonthAndDay, Start, Zone
from itsm_core.policy._node import Ref
from itsm_core.spans import instant


class CalendarNames:
    """Find the name of a calendar among those that a policy holds."""

    def __init__(self, calendars: Mapping[str, Calendar]) -> None:
        self._calendars = calendars

    def name(self, calendar: Calendar, before: str = "") -> str:
        """Return the first name of an equal calendar; with `before`, of those that stand above.

        Raises:
            InvalidValue: the policy holds no such calendar.
        """
        found = self.find(calendar, before)
        if found is None:
            remedy = "put it into the policy's calendars, above those that use it"
            raise InvalidValue("a calendar without a name in the policy", calendar, remedy)
        return found

    def find(self, calendar: Calendar, before: str = "") -> str | None:
        """Return the first name of an equal calendar, or None."""
        for name, each in self._calendars.items():
            if name == before:
                return None
            if each == calendar:
                return name
        return None

    def ref(self, calendar: Calendar, before: str = "") -> Ref:
        """Return the name of a calendar as a form holds it."""
        return Ref(self.name(calendar, before))

    def form(self, name: str, calendar: Calendar) -> CalendarForm:
        """Return the table of a calendar."""
        if isinstance(calendar, BusinessCalendar):
            return _business(calendar)
        if isinstance(calendar, CalendarTimeline):
            versions = tuple(
                VersionForm(
                    start=None if start is None else Start(instant(start)),
                    calendar=self.ref(each, name),
                )
                for start, each in calendar.versions
            )
            return CalendarForm(versions=versions)
        if isinstance(calendar, Combination):
            return self._combined(name, calendar)
        same = self.find(calendar, name)
        if same is None:
            raise InvalidValue("a calendar of a kind that no file writes", calendar)
        return CalendarForm(any_of=(Ref(same),))

    def _combined(self, name: str, calendar: Combination) -> CalendarForm:
        parts = calendar.parts
        if calendar.operation != "difference":
            refs = tuple(self.ref(each, name) for each in parts)
            is_union = calendar.operation == "union"
            return CalendarForm(any_of=refs) if is_union else CalendarForm(all_of=refs)
        if parts[0] == ALWAYS and len(parts) == 2:
            return CalendarForm(not_=self.ref(parts[1], name))
        taken = tuple(self.ref(each, name) for each in parts[1:])
        base = self.find(parts[0], name)
        if base is not None:
            return CalendarForm(any_of=(Ref(base),), minus=taken)
        form = self.form(name, parts[0])
        values: dict[str, Any] = {key: getattr(form, key) for key in _CARRIED}
        return CalendarForm(**values, minus=taken)


_CARRIED: Final = (
    "zone",
    "hours",
    "holidays",
    "exceptions",
    "holiday_scope",
    "any_of",
    "all_of",
    "versions",
)


def _business(calendar: BusinessCalendar) -> CalendarForm:
    written = calendar.to_json()
    return CalendarForm(
        zone=Zone(calendar.zone),
        hours=calendar.hours,
        holidays=_holidays(cast("dict[str, Any]", written["holidays"])),
        exceptions=cast("dict[str, str]", written["exceptions"]),
        holiday_scope=calendar.holiday_scope,
    )


def _holidays(source: Mapping[str, Any]) -> HolidaysForm | None:
    """Return the table of a source, from its JSON form; of two of a kind only one is written."""
    sources = source["sources"] if source["kind"] == "any" else [source]
    values: dict[str, Any] = {}
    for each in sources:
        match each["kind"]:
            case "dates":
                values["dates"] = tuple(map(date.fromisoformat, each["dates"]))
            case "yearly":
                values["yearly"] = tuple(map(MonthAndDay, each["days"]))
            case "feed":
                values["feed"] = each["text"]
            case "public":
                values["country"] = Ref(each["country"])
                values["subdivision"] = Ref(each["subdivision"])
                values["language"] = Ref(each["language"])
                if each["categories"] != ["public"]:
                    values["categories"] = tuple(map(Ref, each["categories"]))
            case kind:
                raise InvalidValue("holidays of a kind that no file writes", kind)
    form = HolidaysForm(**values)
    return None if form == HolidaysForm() and source["kind"] != "any" else form


def start_of(at_us: int | None) -> Start | None:
    """Return an instant as a form holds it."""
    moment: datetime | None = None if at_us is None else instant(at_us)
    return None if moment is None else Start(moment)
