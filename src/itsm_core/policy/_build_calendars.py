"""Calendars of a policy: hours, joined ones and versions, each made of those that stand before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial, reduce
from typing import Final

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    CalendarTimeline,
    Combination,
    HolidaySource,
    PlainDates,
    PublicHolidays,
    YearlyDates,
    feed_holidays,
    public_holidays,
)
from itsm_core.documents import KeyPath
from itsm_core.errors import CalendarExhausted, UnknownHolidays
from itsm_core.policy._forms import CalendarForm, HolidaysForm
from itsm_core.policy._hints import day_hours_meant, hours_meant, is_hours
from itsm_core.policy._inline import written
from itsm_core.policy._leaves import moment_of, read_date
from itsm_core.policy._node import Node, Ref
from itsm_core.policy._notes import Notes

BUILT_IN: Final[Mapping[str, Calendar]] = {"always": ALWAYS, "never": NEVER}

_MOST_JOINED: Final = 200
"""Joining takes time that grows with the square; nobody has two hundred desks in one list."""

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_USUAL: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2101, 1, 1, tzinfo=UTC)
_OWN: Final = ("zone", "hours", "holidays", "exceptions", "holiday_scope")
_JOINING: Final = ("any_of", "all_of", "not", "versions")


class Calendars:
    """Hold the calendars of a policy by name, and which of them could not be made."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self.made: dict[str, Calendar] = dict(BUILT_IN)
        self._forms: Mapping[str, CalendarForm] = {}
        self._broken: set[str] = set()

    def build(self, forms: Mapping[str, CalendarForm]) -> dict[str, Calendar]:
        """Return every calendar by name, the built-in ones first."""
        self._forms = forms
        for name, form in forms.items():
            if name in BUILT_IN:
                what, remedy = f"{name!r} is built in", "rename yours"
                self._notes.add("twice", what, form.at, value=name, remedy=remedy, at_key=True)
            calendar = self._calendar(name, form)
            if calendar is None or self._notes.is_broken(form.at):
                self._broken.add(name)
            elif _is_shut(calendar):
                self._note_shut(name, form)
            # A faulty calendar keeps its name, or each use of it would be a fault of its own.
            self.made[name] = calendar or NEVER
        return self.made

    def _note_shut(self, name: str, form: CalendarForm) -> None:
        has_hours = "hours" in form.given
        example = written(self._notes.source.format, "hours", "Mo-Fr 09:00-17:00")
        self._notes.add(
            "never-open",
            "never opens",
            form.path("hours") if has_hours else form.at,
            value=name,
            remedy=f"write {example} or the like; 'never' is built in, if that is meant",
            suggestion=example if has_hours else "",
        )

    def named(self, ref: Ref) -> Calendar | None:
        """Return the calendar of a name; None if there is none, which is noted, or it is broken."""
        if not ref.text.strip():
            # A key that is not there is noted where it is read; a blank name in a list is not.
            if ref.at and not self._notes.is_broken(ref.at):
                remedy = "write the name of a calendar between the quotes, or remove it"
                what = "must not be empty"
                self._notes.add("empty", what, ref.at, value=ref.text, remedy=remedy)
            return None
        if ref.text not in self.made:
            if ref.text in self._forms:
                what = f"calendar {ref.text!r} stands below"
                remedy = f"move [calendars.{ref.text}] up, above this one"
                self._notes.add("unknown-name", what, ref.at, value=ref.text, remedy=remedy)
            elif not self._is_hours(ref):
                self._notes.unknown(ref.at, ref.text, self.made, "calendar ")
            return None
        return None if ref.text in self._broken else self.made[ref.text]

    def _is_hours(self, ref: Ref) -> bool:
        """Return whether hours stand where a calendar is named, which is noted."""
        if not is_hours(ref.text) and not hours_meant(ref.text):
            return False
        is_always = ref.text.strip() == "24/7"
        suggestion = "always" if is_always else ""
        remedy = "define a calendar with these hours, and write its name here"
        self._notes.add(
            "unknown-name",
            f"{ref.text[:80]!r} are hours, and here stands the name of a calendar",
            ref.at,
            value=ref.text,
            remedy='write "always"' if is_always else remedy,
            suggestion=suggestion,
        )
        return True

    def _calendar(self, name: str, form: CalendarForm) -> Calendar | None:
        joining = [key for key in _JOINING if key in form.given]
        own = [key for key in _OWN if key in form.given]
        for key in (*joining[1:], *(own if joining else ())):
            what = f"a calendar with {joining[0]} takes no {key}"
            remedy = "give this one a calendar of its own, and name it"
            self._notes.add("wrong-value", what, form.path(key), remedy=remedy, at_key=True)
        calendar = self._joined(joining[0], form) if joining else self._business(name, form)
        if "minus" not in form.given or calendar is None:
            return calendar
        taken = self._parts(form.minus or (), form.path("minus"))
        if taken is None:
            return None

        def minus() -> Calendar:
            return Combination("difference", calendar, *taken)

        return self._notes.attempt(form.path("minus"), minus) if taken else calendar

    def _joined(self, key: str, form: CalendarForm) -> Calendar | None:
        if key == "not":
            other = self.named(Ref() if form.not_ is None else form.not_)
            return None if other is None else ALWAYS - other
        if key == "versions":
            return self._timeline(form)
        parts = self._parts((form.any_of if key == "any_of" else form.all_of) or (), form.path(key))
        if parts is None:
            return None
        if not parts:
            return None if self._notes.is_broken(form.path(key)) else NEVER

        def joined(one: Calendar, other: Calendar) -> Calendar:
            return one | other if key == "any_of" else one & other

        return self._notes.attempt(form.path(key), partial(reduce, joined, parts))

    def _parts(self, refs: tuple[Ref, ...], path: KeyPath) -> list[Calendar] | None:
        if len(refs) > _MOST_JOINED:
            remedy = f"name at most {_MOST_JOINED}; join groups of them in calendars of their own"
            what = f"joins {len(refs):,} calendars"
            self._notes.add("too-many", what, path, value=len(refs), remedy=remedy)
            return None
        found = [self.named(ref) for ref in refs]
        parts = [each for each in found if each is not None]
        return parts if len(parts) == len(found) else None

    def _timeline(self, form: CalendarForm) -> Calendar | None:
        found = [(each.start, self.named(each.calendar)) for each in form.versions]
        versions = [
            (moment_of(start), calendar) for start, calendar in found if calendar is not None
        ]
        if len(versions) < len(found) or self._notes.is_broken(form.at):
            return None
        return self._notes.attempt(form.at, partial(CalendarTimeline, versions))

    def _business(self, name: str, form: CalendarForm) -> BusinessCalendar | None:
        for key, example in (("zone", '"Europe/Berlin"'), ("hours", '"Mo-Fr 09:00-17:00"')):
            if key not in form.given and not self._is_misspelt(form, key):
                written = f"{key} = {example}"
                what = "is missing"
                self._notes.add(
                    "missing-key",
                    what,
                    form.path(key),
                    remedy=f"add {written}, or any_of = [...]",
                    suggestion=written,
                )
        holidays = self._holidays(form.holidays) if form.holidays else PlainDates(())
        exceptions = self._exceptions(form)
        if form.zone is None or form.hours is None:
            return None
        return self._notes.attempt(
            form.at,
            partial(
                BusinessCalendar,
                zone=form.zone,
                hours=form.hours,
                holidays=holidays,
                exceptions=exceptions,
                holiday_scope=form.holiday_scope,
                name=name,
            ),
        )

    def _is_misspelt(self, form: CalendarForm, key: str) -> bool:
        """Return whether an unknown key stands there that was meant to be this one."""
        return any(
            note.suggestion == key and note.path[:-1] == form.at
            for note in self._notes.noted("unknown-key")
        )

    def _holidays(self, form: HolidaysForm) -> HolidaySource:
        """Return published, plain and yearly days, and those of a feed, together."""
        sources: HolidaySource = PlainDates(form.dates)
        if form.country:
            published = self._published(form)
            sources = sources if published is None else published | sources
        else:
            for key in ("subdivision", "categories", "language"):
                if key in form.given and "country" not in form.given:
                    self._notes.add(
                        "missing-key",
                        "is missing",
                        form.path("country"),
                        remedy="add country = 'DE' or the like",
                        suggestion='country = "DE"',
                    )
        if form.yearly:
            each_year = YearlyDates(form.yearly)
            sources = each_year | sources
        if form.feed:
            fed = self._notes.attempt(form.path("feed"), partial(feed_holidays, form.feed))
            sources = sources if fed is None else fed | sources
        return sources

    def _published(self, form: HolidaysForm) -> PublicHolidays | None:
        categories = form.categories
        names = ("public",) if categories is None else tuple(each.text for each in categories)
        try:
            return public_holidays(
                form.country.text,
                subdivision=form.subdivision.text,
                categories=names,
                language=form.language.text,
            )
        except UnknownHolidays as error:
            wrong = [form.country, form.subdivision, form.language, *(categories or ())]
            at = next((ref.at for ref in wrong if ref.text == error.value), form.path("categories"))
            self._notes.add_error(error, at)
            return None

    def _exceptions(self, form: CalendarForm) -> dict[date, str]:
        found: dict[date, str] = {}
        for text, hours in form.exceptions.items():
            day = read_date(text, Node(text, form.path("exceptions", text), self._notes))
            at = form.path("exceptions", text)
            if isinstance(day, date) and not self._is_spoken(hours, at):
                found[day] = hours
        return found

    def _is_spoken(self, hours: str, at: KeyPath) -> bool:
        """Return whether hours of one date are in the words of people, which is noted."""
        meant = day_hours_meant(hours)
        if meant:
            what = f"not hours of a day: {hours[:80]!r}"
            self._notes.add(
                "not-a-time",
                what,
                at,
                value=hours,
                remedy=f'write "{meant}"',
                suggestion=meant,
            )
        return bool(meant)


def _is_shut(calendar: Calendar) -> bool:
    """Return whether a calendar has no open time in any year that a log may tell of."""
    try:
        calendar.next_open(_USUAL)  # of nearly all, one year has to be compiled, not 131
    except CalendarExhausted:
        return not calendar.between(_FIRST, _LAST)
    return False
