"""What every calendar answers: open time between, after, before, and where (laws C5, C6, C8)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import attrs

from itsm_core.calendars._engine import START_OF_TIME, Engine
from itsm_core.calendars._segments import alternate, cut, opened
from itsm_core.calendars._view import SLOT_SECONDS, Day, Stretch, View, mark_of
from itsm_core.calendars._zones import checked_years, load_zone
from itsm_core.errors import CalendarExhausted, InstantOutOfRange, InvalidValue
from itsm_core.spans import END_OF_TIME, Pair, Span, instant, micros

if TYPE_CHECKING:
    from itsm_core.calendars._algebra import Combination
    from itsm_core.calendars._goals import Goal

Instant = TypeVar("Instant", bound=datetime)
Boundary = Literal["close", "next_open"]
"""Where a goal ends that is used up exactly at closing time: there, or at the next opening."""
Direction = Literal["next_open", "previous_close"]
"""Which way `snap` moves an instant at which nobody works."""

_ZERO: Final = timedelta(0)
_CLOSE: Final = "close"
_MICROSECOND: Final = timedelta(microseconds=1)
_MOST_VIEWS: Final = 32

_floor_divide = timedelta.__floordiv__
_plus = datetime.__add__


@attrs.frozen
class Finding:
    """Hold one remark of `check()`: a stable code, what was seen, and what to do about it.

    >>> print(Finding("never-open", "no open time in 2026", "add hours"))
    no open time in 2026 (add hours)
    """

    code: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})" if self.remedy else self.message


class Calendar:
    """Tell open time from closed time; the base of every calendar.

    Open time is a set of half-open spans. Instants go in as any aware datetime and come back in
    the type and zone of the question; arithmetic is exact to the microsecond in elapsed time.
    Calendars are immutable values: equal definitions are equal, hash alike and pickle.
    """

    __slots__ = ("_engine", "_holidays", "_hot", "_views")

    _engine: Engine
    _views: dict[type[datetime], dict[int, View]]
    _hot: tuple[object, dict[int, Day], dict[int, Stretch]]
    _holidays: Calendar | None

    # -- what a kind of calendar has to say -----------------------------------------------------

    @property
    def zone(self) -> str:
        """Return the zone whose local days and times the calendar's goals speak of."""
        raise NotImplementedError

    def _year_pairs(self, year: int) -> list[Pair]:
        """Return the open time of a UTC year, merged and clipped to it."""
        raise NotImplementedError

    def _without_holidays(self) -> Calendar:
        """Return the same calendar as if no day were a holiday; itself if none can be."""
        raise NotImplementedError

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data; `calendar_from_json` reads it back."""
        raise NotImplementedError

    def check(self, years: range = range(2000, 2051)) -> tuple[Finding, ...]:
        """Return what is legal but probably not meant, in the given years.

        Intervals that a clock change swallows whole (law C2), exceptions without effect, a
        holiday source without data, no open time at all. An empty result means nothing was seen.
        """
        checked_years(years)
        if any(self._engine.chunk(year).starts for year in years):
            return ()
        message = f"no open time from {years.start} to {years.stop - 1}"
        return (Finding("never-open", message, "add hours, or use NEVER if that is meant"),)

    # -- the two busiest questions ----------------------------------------------------------------

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the exact open time in `[start, end)`; negative when `end` is before `start`.

        Constant time, whatever the distance, once the years are compiled (law C5).

        Raises:
            NaiveDatetime: an argument has no time zone.

        >>> from datetime import datetime
        >>> from zoneinfo import ZoneInfo
        >>> from itsm_core import BusinessCalendar, WeeklyHours
        >>> office = BusinessCalendar(
        ...     zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")
        ... )
        >>> friday = datetime(2026, 1, 9, 16, tzinfo=ZoneInfo("Europe/Berlin"))
        >>> office.between(friday, friday.replace(day=12, hour=10))
        datetime.timedelta(seconds=7200)
        """
        try:
            before: timedelta
            elapsed: timedelta
            zone, days, _ = self._hot
            if start.tzinfo is zone is end.tzinfo:
                day = days[start.toordinal()]
                code = day[0][start.hour]
                if not code:
                    minute, code, after = day[0][start.hour + 24]
                    if start.minute >= minute:
                        code = after
                before = start - day[code] if code > 0 else day[code]
                day = days[end.toordinal()]
                code = day[0][end.hour]
                if not code:
                    minute, code, after = day[0][end.hour + 24]
                    if end.minute >= minute:
                        code = after
                elapsed = end - day[code] - before if code > 0 else day[code] - before
                if type(elapsed) is timedelta:
                    return elapsed  # subclasses of datetime give subclasses of timedelta
            if start.tzinfo is end.tzinfo:
                view = self._views[type(start)][id(start.tzinfo)]
                if type(start) is datetime:
                    self._prefer(view)
                return mark_of(view.days, end) - mark_of(view.days, start)
        except (KeyError, TypeError, AttributeError):
            pass  # not laid out yet, or no datetime: the engine answers or refuses
        amount = self.between_micros(micros(start), micros(end))
        self._lay_out(start)
        self._lay_out(end)
        return timedelta(0, 0, amount)

    def add(self, start: Instant, duration: timedelta, boundary: Boundary = _CLOSE) -> Instant:
        """Return the earliest instant `u >= start` with `between(start, u) == duration`.

        A duration that is used up exactly at closing time ends at the closing instant, and zero
        returns `start`. With `boundary="next_open"` a result outside open time moves forward to
        the next opening (Zammad's convention). A negative duration subtracts (law C5).

        Raises:
            NaiveDatetime: `start` has no time zone.
            CalendarExhausted: there is not that much open time within the horizon.

        >>> from datetime import datetime, timedelta
        >>> from zoneinfo import ZoneInfo
        >>> from itsm_core import BusinessCalendar, WeeklyHours
        >>> office = BusinessCalendar(
        ...     zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")
        ... )
        >>> friday = datetime(2026, 1, 9, 16, tzinfo=ZoneInfo("Europe/Berlin"))
        >>> office.add(friday, timedelta(hours=2)).isoformat()
        '2026-01-12T10:00:00+01:00'
        """
        try:
            mark: timedelta
            if boundary is _CLOSE and type(duration) is timedelta and duration > _ZERO:
                zone, days, stretches = self._hot
                if start.tzinfo is zone and type(start) is datetime:
                    day = days[start.toordinal()]
                    code = day[0][start.hour]
                    if not code:
                        minute, code, after = day[0][start.hour + 24]
                        if start.minute >= minute:
                            code = after
                    mark = start - day[code] + duration if code > 0 else day[code] + duration
                    return stretches[mark.days][mark.seconds // SLOT_SECONDS] + mark  # type: ignore[no-any-return]
                view = self._views[type(start)][id(start.tzinfo)]
                if type(start) is datetime:
                    self._prefer(view)
                mark = mark_of(view.days, start) + duration
                return _plus(view.stretches[mark.days][mark.seconds // SLOT_SECONDS], mark)  # type: ignore[no-any-return]
        except (KeyError, IndexError, TypeError, AttributeError, OverflowError):
            pass  # not laid out yet, or no datetime: the engine answers or refuses
        return self._moved(start, duration, boundary, forward=True)

    def subtract(self, end: Instant, duration: timedelta, boundary: Boundary = "close") -> Instant:
        """Return the latest instant `u <= end` with `between(u, end) == duration`.

        The mirror of `add`: a duration used up exactly at opening time ends at the opening
        instant; with `boundary="next_open"` a result outside open time moves back to the last
        closing.

        Raises:
            NaiveDatetime: `end` has no time zone.
            CalendarExhausted: there is not that much open time within the horizon.
        """
        return self._moved(end, duration, boundary, forward=False)

    # -- the rest ---------------------------------------------------------------------------------

    def is_open(self, at: datetime) -> bool:
        """Tell whether `at` lies in open time; true at opening, false at closing (law T3)."""
        return self._engine.pair_at(micros(at)) is not None

    def next_open(self, at: Instant) -> Instant:
        """Return `at` if it is open, else the next opening instant.

        Raises:
            CalendarExhausted: nothing opens within the horizon.
        """
        return self._as_asked(self._engine.next_open(micros(at)), at)

    def next_close(self, at: Instant) -> Instant:
        """Return the first closing instant after `at`, of the shift that runs or of the next one.

        Raises:
            CalendarExhausted: nothing opens, or nothing closes (24x7), within the horizon.
        """
        return self._as_asked(self._engine.next_close(micros(at)), at)

    def previous_close(self, at: Instant) -> Instant:
        """Return the last instant at or before `at` up to which somebody worked.

        That is `at` itself inside open time and at closing, else the closing before it.

        Raises:
            CalendarExhausted: nothing was open within the horizon.
        """
        return self._as_asked(self._engine.previous_close(micros(at)), at)

    def snap(self, at: Instant, direction: Direction = "next_open") -> Instant:
        """Return `at` moved into open time: forward to an opening, or back to a closing."""
        if direction == "next_open":
            return self.next_open(at)
        if direction == "previous_close":
            return self.previous_close(at)
        remedy = "use 'next_open' or 'previous_close'"
        raise InvalidValue("unknown direction", direction, remedy)

    def spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Yield the open spans within `[start, end)`, clipped to it, one after the other.

        Lazy: a long range costs nothing until it is read. Ends are in the type and zone of
        `start`. Nothing is yielded when `end` is not after `start`.
        """
        low, high = micros(start), micros(end)
        if low >= high:
            return
        for opening, closing in self._engine.pairs(low, high):
            yield Span(self._as_asked(opening, start), self._as_asked(closing, start))

    def due(
        self, start: Instant, goal: timedelta | Goal, *, boundary: Boundary = "close"
    ) -> Instant:
        """Return the instant at which `goal`, begun at `start`, is used up (law C9).

        A bare timedelta is working time; see `WorkingTime`, `WallTime` and `WorkingDays`.
        """
        if isinstance(goal, timedelta):
            return self.add(start, goal, boundary=boundary)
        if isinstance(goal, Calendar) or not hasattr(goal, "due"):
            remedy = "use a timedelta, WorkingTime, WallTime or WorkingDays"
            raise InvalidValue("not a goal", goal, remedy)
        return goal.due(self, start, boundary)

    def is_working_day(self, day: date) -> bool:
        """Tell whether the local calendar day has open time of its own."""
        low, high = self._local_day(day)
        return next(self._engine.pairs(low, high), None) is not None

    # -- the same in microseconds since 1970, for folds over many events --------------------------

    def between_micros(self, start: int, end: int) -> int:
        """Return `between` for instants in microseconds since 1970, in microseconds."""
        reading = self._engine.reading
        return reading(end) - reading(start)

    def add_micros(self, start: int, amount: int) -> int:
        """Return `add` for an instant and an amount in microseconds; the amount is not negative."""
        if amount <= 0:
            return start
        if not START_OF_TIME <= start + amount <= END_OF_TIME:
            instant(start + amount)  # open time is never longer than elapsed time: refuse early
        engine = self._engine
        return engine.earliest(engine.reading(start) + amount, start)

    def open_micros(self, start: int, end: int) -> Iterator[Pair]:
        """Yield the open pairs within `[start, end)`, clipped to it, in microseconds since 1970."""
        return self._engine.pairs(start, end)

    def segments(self, start: int, end: int) -> list[tuple[int, int, str]]:
        """Return `[start, end)` cut into adjacent pieces, each "open", "closed" or "holiday".

        For ledgers. A piece is "holiday" where only a holiday keeps
        the calendar closed.
        """
        if start >= end:
            return []
        is_open, points = self._engine.changes(start, end)
        holidays = self._holiday_calendar()
        if holidays is None or not holidays.between_micros(start, end):
            return alternate(points, is_open=is_open)
        is_shut, shut = holidays._engine.changes(start, end)
        return cut(start, end, opened(points, is_open=is_open), opened(shut, is_open=is_shut))

    def _holiday_calendar(self) -> Calendar | None:
        """Return the time that only holidays keep closed; None if there are no holidays."""
        if not hasattr(self, "_holidays"):
            regular = self._without_holidays()
            object.__setattr__(self, "_holidays", None if regular == self else regular - self)
        return self._holidays

    # -- the algebra (law C7) ---------------------------------------------------------------------

    def __or__(self, other: Calendar) -> Combination:
        return self._combined("union", other)

    def __and__(self, other: Calendar) -> Combination:
        return self._combined("intersection", other)

    def __sub__(self, other: Calendar) -> Combination:
        return self._combined("difference", other)

    def __invert__(self) -> Calendar:
        from itsm_core.calendars._algebra import ALWAYS

        return ALWAYS - self

    def _combined(self, operation: str, other: Calendar) -> Combination:
        from itsm_core.calendars._algebra import Combination

        if not isinstance(other, Calendar):
            return NotImplemented
        return Combination(operation, self, other)

    # -- identity ---------------------------------------------------------------------------------

    @property
    def content_hash(self) -> str:
        """Return the SHA-256 of the definition; equal calendars have equal hashes (law C10).

        The tz database and the holiday data are not in it: `data_versions()` names theirs.
        """
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _repr_html_(self) -> str:
        from itsm_core.calendars._draw import REFERENCE_WEEK, week_svg

        return week_svg(self, REFERENCE_WEEK)

    # -- inside -----------------------------------------------------------------------------------

    def _start_engine(self) -> None:
        """Make the caches; a frozen value may have them because they change no answer."""
        object.__setattr__(self, "_engine", Engine(self._label, self._year_pairs))
        object.__setattr__(self, "_views", {})
        object.__setattr__(self, "_hot", (object(), {}, {}))

    def _label(self) -> str:
        text = repr(self)
        return text if len(text) <= 100 else f"{text[:99]}…"

    def _working_day_of(self, at: int) -> date:
        """Return the working day that an open instant, or a closing one, belongs to."""
        return instant(at).astimezone(load_zone(self.zone)).date()

    def _hours_of_day(self, day: date) -> Pair:
        """Return the first opening and the last closing of a working day."""
        low, high = self._local_day(day)
        return self._engine.next_open(low), self._engine.previous_close(high)

    def _local_day(self, day: date) -> Pair:
        from itsm_core.calendars._compile import local_day

        return local_day(load_zone(self.zone), day.toordinal())

    def _moved(
        self, at: Instant, duration: timedelta, boundary: Boundary, *, forward: bool
    ) -> Instant:
        """Move by open time with the engine; the clear version of `add` and `subtract`."""
        if boundary not in ("close", "next_open"):
            raise InvalidValue("unknown boundary", boundary, "use 'close' or 'next_open'")
        if _has_months(duration):
            remedy = "say how many hours, or use WorkingDays"
            raise InvalidValue("months and years have no fixed length", duration, remedy)
        if not isinstance(duration, timedelta):
            raise InvalidValue(
                "a duration must be a timedelta", duration, "e.g. timedelta(hours=8)"
            )
        start = result = reading = micros(at)
        # pendulum's own division takes no plain timedelta; its durations hold an exact one.
        amount = _floor_divide(duration, _MICROSECOND)
        towards = amount if forward else -amount
        if towards:
            instant(start + towards)  # open time is never longer than elapsed time: refuse early
            reading = self._engine.reading(start) + towards
            find = self._engine.earliest if towards > 0 else self._engine.latest
            try:
                result = find(reading, start)
            except CalendarExhausted as error:
                question = f"{'add' if forward else 'subtract'}({at}, {duration})"
                raise CalendarExhausted(error.calendar, question, error.horizon) from None
        if boundary == "next_open":
            # Zero moves the way the question points; a negative duration points the other way.
            onward = forward if towards == 0 else towards > 0
            result = (self._engine.next_open if onward else self._engine.previous_close)(result)
        elif not towards:
            return at
        if towards > 0:
            self._lay_out(at)
            self._lay_out_reading(at, reading, start)
        return self._as_asked(result, at)

    def _prefer(self, view: View) -> None:
        """Make a view of plain datetimes the one that is tried first."""
        object.__setattr__(self, "_hot", (view.zone, view.days, view.stretches))

    def _lay_out(self, at: datetime) -> None:
        """Make the day of `at` answer fast the next time."""
        view = self._view(at)
        if view is not None:
            view.add_day(at.toordinal())

    def _lay_out_reading(self, at: datetime, reading: int, start: int) -> None:
        view = self._view(at)
        if view is not None:
            view.add_stretch(reading, start)

    def _view(self, at: datetime) -> View | None:
        kind, zone = type(at), at.tzinfo
        if zone is None or not View.suits(kind, zone):
            return None
        views = self._views.setdefault(kind, {})
        view = views.get(id(zone))
        if view is None:
            if len(views) >= _MOST_VIEWS:
                views.clear()
            view = views[id(zone)] = View(self._engine, zone, kind)
        if kind is datetime and self._hot[0] is not zone:
            self._prefer(view)
        return view

    def _as_asked(self, at: int, question: Instant) -> Instant:
        """Return the instant in the type and zone of the question (law T1)."""
        moment = instant(at)
        zone, kind = question.tzinfo, type(question)
        if zone is UTC and kind is datetime:
            return moment  # type: ignore[return-value]
        try:
            local = moment.astimezone(zone)
        except OverflowError as error:
            remedy = "ask in UTC, or for an instant inside them"
            what = "instant outside the years 1 to 9999 in the zone of the question"
            raise InstantOutOfRange(what, moment, remedy) from error
        if kind is datetime:
            return local  # type: ignore[return-value]
        return kind(
            local.year,
            local.month,
            local.day,
            local.hour,
            local.minute,
            local.second,
            local.microsecond,
            tzinfo=local.tzinfo,
            fold=local.fold,
        )


def _has_months(duration: object) -> bool:
    """Tell whether pendulum's duration holds months or years, which it counts as 30 and 365 days.

    Its intervals name months too, but are exact: they have a start.
    """
    named = any(getattr(duration, unit, None) for unit in ("months", "years"))
    return named and not hasattr(duration, "start")
