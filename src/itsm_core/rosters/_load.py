"""Who carries how much: hours, nights, weekends, holidays and calls of each person (law E4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, cast

import attrs

from itsm_core.calendars import BusinessCalendar, Calendar, HolidaySource, WeeklyHours
from itsm_core.errors import InvalidValue, did_you_mean
from itsm_core.ids import PersonId
from itsm_core.rosters import _fields as check
from itsm_core.rosters._shift import Shift
from itsm_core.spans import in_pendulum, instant, micros

if TYPE_CHECKING:
    import pendulum

    from itsm_core.rosters._roster import Roster

Measure = Literal["hours", "nights", "weekends", "holidays", "shifts", "calls"]

_HOUR: Final = timedelta(hours=1)
_ROUND_THE_CLOCK: Final = WeeklyHours.parse("24/7")


@attrs.frozen(kw_only=True)
class LoadRules:
    """Hold what counts as night, weekend and holiday, in each person's own zone.

    >>> print(LoadRules().night)
    Mo-Su 22:00-06:00
    """

    night: WeeklyHours = attrs.field(default=WeeklyHours.parse("Mo-Su 22:00-06:00"))
    weekend: WeeklyHours = attrs.field(default=WeeklyHours.parse("Sa-Su 00:00-24:00"))
    holidays: HolidaySource | None = None

    def __attrs_post_init__(self) -> None:
        check.refuse(
            "load rules",
            (
                fault
                for name in ("night", "weekend")
                for fault in check.kind_faults(
                    name, getattr(self, name), WeeklyHours, "weekly hours"
                )
            ),
        )


@attrs.frozen(kw_only=True)
class Load:
    """Hold what one person carries: times on call, of them by night and so on, and calls.

    A night on a weekend counts as both. Several people in one crew carry the time each; a call is
    counted for who is asked first.

    >>> from datetime import timedelta
    >>> from itsm_core.rosters import Load
    >>> ana = Load(person="ana", shifts=2, time=timedelta(hours=14), night=timedelta(hours=6))
    >>> ana.measure("hours"), ana.measure("nights")
    (14.0, 6.0)
    """

    person: PersonId
    shifts: int = 0
    time: timedelta = timedelta(0)
    night: timedelta = timedelta(0)
    weekend: timedelta = timedelta(0)
    holiday: timedelta = timedelta(0)
    calls: int = 0

    def measure(self, name: Measure) -> float:
        """Return one figure as a number: hours for times, else a count.

        Raises:
            InvalidValue: nothing of this name is measured.
        """
        read = _MEASURES.get(name)
        if read is None:
            remedy = f"use one of {', '.join(_MEASURES)}{did_you_mean(name, _MEASURES)}"
            raise InvalidValue("not a measure of load", name, remedy)
        return read(self)


_MEASURES: Final[dict[str, Callable[[Load], float]]] = {
    "hours": lambda load: load.time / _HOUR,
    "nights": lambda load: load.night / _HOUR,
    "weekends": lambda load: load.weekend / _HOUR,
    "holidays": lambda load: load.holiday / _HOUR,
    "shifts": lambda load: float(load.shifts),
    "calls": lambda load: float(load.calls),
}


@attrs.frozen(kw_only=True)
class LoadReport:
    """Hold the load of everybody over one range, and what nobody carried.

    `loads` are sorted by person and include those who carried nothing. `unstaffed` is the time
    without anybody, `missed_calls` the calls that came in it.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.rosters import Roster, Rotation, load_of
    >>> weeks = Rotation(name="weeks", people=["ana", "ben"], zone="UTC", start_on="2026-01-05")
    >>> desk = Roster(name="desk", layers=[weeks])
    >>> report = load_of(desk, datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 26, tzinfo=UTC))
    >>> print(report)
    person    hours  nights  weekends  holidays  shifts  calls
    ana         327     106        96         0       2      0
    ben         168      56        48         0       1      0
    fairness   0.91    0.91      0.90      1.00    0.90   1.00
    nobody on call: 9 h
    """

    start_us: int
    end_us: int
    loads: tuple[Load, ...]
    unstaffed: timedelta
    missed_calls: int

    @property
    def start_at(self) -> pendulum.DateTime:
        """Return the beginning of the range, in UTC."""
        return in_pendulum(instant(self.start_us))

    @property
    def end_at(self) -> pendulum.DateTime:
        """Return the end of the range, in UTC."""
        return in_pendulum(instant(self.end_us))

    def __getitem__(self, person: str) -> Load:
        """Return the load of a person.

        Raises:
            InvalidValue: nobody of this name is on the roster; the nearest name is suggested.
        """
        for load in self.loads:
            if load.person == person:
                return load
        known = [load.person for load in self.loads]
        raise InvalidValue("nobody of this name", person, f"use one of {', '.join(known)}")

    def fairness_ratio(self, name: Measure) -> float:
        """Return how evenly something is spread: 1 is the same for all, 1/n is one carries all.

        Jain's index, the square of the sum over n times the sum of squares. 1 where there is
        nothing to carry.

        References:
            Jain, Chiu, Hawe: A Quantitative Measure of Fairness, DEC-TR-301, 1984.
        """
        values = [load.measure(name) for load in self.loads]
        squares = sum(value * value for value in values)
        return sum(values) ** 2 / (len(values) * squares) if squares else 1.0

    def __str__(self) -> str:
        names = tuple(_MEASURES)
        head = ["person", *names]
        rows = [
            [load.person, *(f"{load.measure(cast('Measure', name)):.4g}" for name in names)]
            for load in self.loads
        ]
        ratios = (self.fairness_ratio(cast("Measure", name)) for name in names)
        rows.append(["fairness", *(f"{ratio:.2f}" for ratio in ratios)])
        widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
        lines = [
            "  ".join(
                text.ljust(width) if n == 0 else text.rjust(width)
                for n, (text, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in (head, *rows)
        ]
        missed = f", {self.missed_calls} calls in it" if self.missed_calls else ""
        lines.append(f"nobody on call: {self.unstaffed / _HOUR:.4g} h{missed}")
        return "\n".join(lines)


def load_of(
    roster: Roster,
    start: datetime,
    end: datetime,
    calls: Iterable[datetime] = (),
    rules: LoadRules | None = None,
) -> LoadReport:
    """Return what each person carries in `[start, end)`, from the final schedule.

    Nights, weekends and holidays are those of the person's zone where the roster has a
    `Responder`, else of the layer's. `calls` outside the range are not counted.

    Raises:
        NaiveDatetime: an instant has no time zone.
        InvalidValue: the range is backward or longer than 100 years.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.rosters import Roster, Rotation, load_of
    >>> weeks = Rotation(name="weeks", people=["ana", "ben"], zone="UTC", start_on="2026-01-05")
    >>> desk = Roster(name="desk", layers=[weeks])
    >>> start, end = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)
    >>> report = load_of(desk, start, end, calls=[start.replace(day=6, hour=3)])
    >>> report["ana"].measure("hours"), report["ben"].measure("hours"), report["ana"].calls
    (168.0, 63.0, 1)
    """
    sums = _Sums(roster, rules or LoadRules())
    for shift in roster.schedule(start, end):
        sums.take(shift)
    low, high = micros(start), micros(end)
    for call in calls:
        if low <= micros(call) < high:
            sums.call(roster.on_call(call))
    return LoadReport(
        start_us=low,
        end_us=high,
        loads=tuple(sums.loads[person] for person in sorted(sums.loads)),
        unstaffed=sums.unstaffed,
        missed_calls=sums.missed_calls,
    )


class _Sums:
    """Add up shifts and calls."""

    def __init__(self, roster: Roster, rules: LoadRules) -> None:
        self.loads = {person: Load(person=person) for person in roster.people}
        self.unstaffed = timedelta(0)
        self.missed_calls = 0
        self._rules = rules
        self._zones = {each.person: each.zone for each in roster.responders}
        self._layers = {layer.name: layer.zone for layer in roster.layers}
        self._default = roster.layers[0].zone if roster.layers else "UTC"
        self._calendars: dict[str, tuple[Calendar, Calendar, Calendar | None]] = {}

    def take(self, shift: Shift) -> None:
        """Add a shift to each of its people."""
        if not shift.people:
            self.unstaffed += shift.duration
        for person in shift.people:
            zone = self._zones.get(person) or self._layers.get(shift.layer, self._default)
            night, weekend, holiday = self._calendars_of(zone)
            load = self.loads[person]
            self.loads[person] = attrs.evolve(
                load,
                shifts=load.shifts + 1,
                time=load.time + shift.duration,
                night=load.night + _common(night, shift),
                weekend=load.weekend + _common(weekend, shift),
                holiday=load.holiday + _common(holiday, shift),
            )

    def call(self, shift: Shift) -> None:
        """Add a call to who is asked first."""
        if shift.person is None:
            self.missed_calls += 1
        else:
            load = self.loads[shift.person]
            self.loads[shift.person] = attrs.evolve(load, calls=load.calls + 1)

    def _calendars_of(self, zone: str) -> tuple[Calendar, Calendar, Calendar | None]:
        found = self._calendars.get(zone)
        if found is None:
            rules = self._rules
            found = self._calendars[zone] = (
                BusinessCalendar(zone=zone, hours=rules.night),
                BusinessCalendar(zone=zone, hours=rules.weekend),
                None if rules.holidays is None else _holidays(zone, rules.holidays),
            )
        return found


def _holidays(zone: str, source: HolidaySource) -> Calendar:
    """Return a calendar that is open on holidays alone."""
    every_day = BusinessCalendar(zone=zone, hours=_ROUND_THE_CLOCK)
    return every_day - BusinessCalendar(zone=zone, hours=_ROUND_THE_CLOCK, holidays=source)


def _common(calendar: Calendar | None, shift: Shift) -> timedelta:
    if calendar is None:
        return timedelta(0)
    return timedelta(0, 0, calendar.between_micros(shift.start_us, shift.end_us))
