"""The calendar of one desk: weekly hours in a zone, holidays, and exceptions by date."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, cast

import attrs

from itsm_core.calendars._calendar import Calendar, Finding
from itsm_core.calendars._compile import (
    after,
    before,
    holidays_around,
    hours_of,
    open_pairs,
    shift,
    vanished,
)
from itsm_core.calendars._holidays import HolidaySource, PlainDates, as_source
from itsm_core.calendars._weekly import (
    DAY_SECONDS,
    Interval,
    WeeklyHours,
    check_overlaps,
    checked_intervals,
    interval_text,
    intervals_text,
    parse_intervals,
)
from itsm_core.calendars._zones import checked_years, load_zone
from itsm_core.errors import DefinitionError, Fault, InvalidValue, shown
from itsm_core.spans import Pair, instant

HolidayScope = Literal["civil_day", "shift_start"]
ExceptionHours = tuple[tuple[date, tuple[Interval, ...]], ...]


def _exceptions(value: Mapping[date, str] | ExceptionHours) -> ExceptionHours:
    """Return exceptions by date; copies and `attrs.evolve` come with the form that is returned."""
    remedy = "use {datetime.date(2026, 12, 24): '09:00-12:00'}"
    pairs: list[tuple[object, object]]
    if isinstance(value, tuple):
        pairs = [pair for pair in value if isinstance(pair, tuple) and len(pair) == 2]
        if len(pairs) != len(value):
            raise InvalidValue("exceptions map a date to its hours", value, remedy)
    elif isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        raise InvalidValue("exceptions map a date to its hours", value, remedy)
    faults: list[Fault] = []
    result: dict[date, tuple[Interval, ...]] = {}
    for day, hours in pairs:
        where = f"exceptions[{day if isinstance(day, date) else shown(day)}]"
        if not isinstance(day, date) or isinstance(day, datetime):
            remedy = "use datetime.date keys"
            faults.append(
                Fault("not-a-date", f"{shown(day)} is not a date", where, shown(day), remedy)
            )
        elif day in result:
            remedy = "write all hours of a date at once, separated by commas"
            faults.append(Fault("overlapping-hours", f"{day} is given twice", where, "", remedy))
        else:
            result[day] = _hours(hours, where, faults)
    if faults:
        raise DefinitionError("calendar exceptions", tuple(faults))
    return tuple(sorted(result.items()))


def _hours(value: object, where: str, faults: list[Fault]) -> tuple[Interval, ...]:
    if isinstance(value, str):
        return parse_intervals(value, where, faults)
    if isinstance(value, tuple):
        intervals = checked_intervals(cast("tuple[object, ...]", value), where, faults)
        check_overlaps(intervals, where, intervals_text(intervals), faults)
        return intervals
    remedy = "write '09:00-12:00', or '' for closed"
    faults.append(Fault("not-hours", f"{shown(value)} is not hours", where, shown(value), remedy))
    return ()


@attrs.frozen(kw_only=True, repr=False)
class BusinessCalendar(Calendar):
    """Hold when one desk works: weekly hours in a zone, minus holidays, with exceptions by date.

    `holidays` takes dates or a `HolidaySource`. `holiday_scope` says what a holiday closes: its
    local day from 00:00 to 24:00 (`civil_day`), or the shifts that start on it (`shift_start`,
    which keeps the tail of the night before). `exceptions` maps a date to the hours that replace
    those of its weekday: `"09:00-12:00"`, or `""` for closed; an exception beats a holiday.
    `name` is a label and no part of the calendar's identity.

    Raises:
        UnknownZone: the tz database does not know `zone`.
        DefinitionError: holidays or exceptions are wrong; every fault is listed.

    >>> from datetime import date
    >>> BusinessCalendar(
    ...     zone="Europe/Berlin",
    ...     hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
    ...     exceptions={date(2026, 12, 24): "09:00-12:00"},
    ... ).is_working_day(date(2026, 12, 24))
    True
    """

    zone: str  # pyright: ignore[reportIncompatibleMethodOverride]
    hours: WeeklyHours
    holidays: HolidaySource = attrs.field(default=PlainDates(()), converter=as_source)
    exceptions: ExceptionHours = attrs.field(default=(), converter=_exceptions)
    holiday_scope: HolidayScope = "civil_day"
    name: str = attrs.field(default="", eq=False)
    _special: dict[int, tuple[Interval, ...]] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        load_zone(self.zone)
        if not isinstance(self.hours, WeeklyHours):
            remedy = "use WeeklyHours.parse('Mo-Fr 09:00-17:00')"
            raise InvalidValue("hours must be WeeklyHours", self.hours, remedy)
        if self.holiday_scope not in ("civil_day", "shift_start"):
            remedy = "use 'civil_day' or 'shift_start'"
            raise InvalidValue("unknown holiday_scope", self.holiday_scope, remedy)
        special = {day.toordinal(): intervals for day, intervals in self.exceptions}
        object.__setattr__(self, "_special", special)
        self._start_engine()

    def _year_pairs(self, year: int) -> list[Pair]:
        return open_pairs(
            load_zone(self.zone),
            self.hours,
            holidays_around(self.holidays, year),
            self._special,
            year=year,
            whole_shifts=self.holiday_scope == "shift_start",
        )

    def _without_holidays(self) -> Calendar:
        return attrs.evolve(self, holidays=PlainDates(())) if self._has_holidays() else self

    def _has_holidays(self) -> bool:
        return self.holidays != PlainDates(())

    def hours_on(self, day: date) -> tuple[Interval, ...]:
        """Return the intervals that start on a local day, as seconds from its midnight."""
        number = day.toordinal()
        if number not in self._special and day in self.holidays.dates_in(day.year):
            return ()
        return hours_of(number, self.hours, self._special)

    def is_working_day(self, day: date) -> bool:
        """Tell whether a shift starts on the local calendar day."""
        return bool(self.hours_on(day))

    def _working_day_of(self, at: int) -> date:
        """Return the day on which the shift that runs, or has just ended, began (law C1)."""
        zone = load_zone(self.zone)
        today = instant(at).astimezone(zone).date()
        is_open = self._engine.pair_at(at) is not None
        # A clock put back over midnight brings yesterday's date again, in a shift of the day after.
        for day in (today, *before(today), *after(today)):
            for start, end in self._shifts_of(day):
                if start <= at < end if is_open else start < at <= end:
                    return day
        return today

    def _hours_of_day(self, day: date) -> Pair:
        """Return the first opening and the last closing of the shifts that start on a day."""
        shifts = self._shifts_of(day)
        if not shifts:
            return Calendar._hours_of_day(self, day)
        # A holiday may cut a shift short, or take its beginning.
        engine = self._engine
        return engine.next_open(shifts[0][0]), engine.previous_close(shifts[-1][1])

    def _shifts_of(self, day: date) -> list[Pair]:
        zone, midnight = load_zone(self.zone), day.toordinal() * DAY_SECONDS
        pairs = (shift(zone, midnight + start, midnight + end) for start, end in self.hours_on(day))
        return [pair for pair in pairs if pair[0] < pair[1]]

    def check(self, years: range = range(2000, 2051)) -> tuple[Finding, ...]:
        """Return what is legal but probably not meant; see `Calendar.check`."""
        found = list(Calendar.check(self, checked_years(years)))
        found.extend(
            Finding(
                "interval-vanishes",
                f"{interval_text(interval)} on {day} does not exist: the clock skips it",
                "nothing to do, if a shift of length zero is what that day has",
            )
            for year in years
            for day, interval in vanished(load_zone(self.zone), self.hours, self._special, year)
        )
        found.extend(
            Finding(
                "exception-without-effect",
                f"the exception on {day} gives the hours that its weekday has anyway",
                "drop it, or correct its date",
            )
            for day, intervals in self.exceptions
            if intervals == self.hours.on(day) and day not in self.holidays.dates_in(day.year)
        )
        if self._has_holidays() and not any(self.holidays.dates_in(year) for year in years):
            message = f"the holiday source lists no day from {years.start} to {years.stop - 1}"
            found.append(Finding("no-holidays", message, "check country and category"))
        return tuple(found)

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data."""
        return {
            "kind": "business",
            "zone": self.zone,
            "hours": str(self.hours),
            "holidays": self.holidays.to_json(),
            "exceptions": {day.isoformat(): intervals_text(each) for day, each in self.exceptions},
            "holiday_scope": self.holiday_scope,
        }

    def __reduce__(self) -> tuple[object, ...]:
        fields = ("zone", "hours", "holidays", "exceptions", "holiday_scope", "name")
        return _rebuilt, ({name: getattr(self, name) for name in fields},)

    def __repr__(self) -> str:
        parts = [f"zone={self.zone!r}", f"hours={self.hours!r}"]
        if self._has_holidays():
            parts.append(f"holidays={self.holidays!r}")
        if self.exceptions:
            shown = {day: intervals_text(intervals) for day, intervals in self.exceptions}
            parts.append(f"exceptions={shown!r}")
        if self.holiday_scope != "civil_day":
            parts.append(f"holiday_scope={self.holiday_scope!r}")
        if self.name:
            parts.append(f"name={self.name!r}")
        return f"BusinessCalendar({', '.join(parts)})"


def _rebuilt(fields: dict[str, Any]) -> BusinessCalendar:
    """Return an unpickled calendar; caches are not pickled, they are made anew."""
    return BusinessCalendar(**fields)
