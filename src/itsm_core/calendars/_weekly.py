"""Weekly hours: local wall-clock intervals, several a day, as people write them (law C1)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, cast

import attrs

from itsm_core.errors import DefinitionError, Fault, InvalidValue, did_you_mean, shown

DAY_SECONDS: Final = 86_400
DAY_NAMES: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

Interval = tuple[int, int]
"""Seconds from local midnight; an end beyond 86,400 runs into the next day."""

_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DAYS: Final = re.compile(
    r"[A-Za-z]{2,9}(?:\s*-\s*[A-Za-z]{2,9})?(?:\s*,\s*[A-Za-z]{2,9}(?:\s*-\s*[A-Za-z]{2,9})?)*"
)
_CLOSED: Final = frozenset({"off", "closed"})
_FULL_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OVERLAP_REMEDY: Final = "join them, or end the first before the second starts"
_EXAMPLE: Final = "write e.g. 'Mo-Fr 09:00-12:30, 13:30-18:00; Sa 10:00-14:00'"


def parse_intervals(text: str, where: str, faults: list[Fault]) -> tuple[Interval, ...]:
    """Read `09:00-12:00, 13:00-18:00`; empty, `off` and `closed` mean no hours.

    Faults are appended, not raised, so that a caller can list all of them at once.
    """
    text = text.replace("–", "-")
    if not text.strip() or text.strip().casefold() in _CLOSED:
        return ()
    intervals: list[Interval] = []
    for part in text.split(","):
        interval = _parse_interval(part.strip(), where, faults)
        if interval:
            intervals.append(interval)
    intervals.sort()
    check_overlaps(intervals, where, text.strip(), faults)
    return tuple(intervals)


def check_overlaps(
    intervals: Iterable[Interval], where: str, text: str, faults: list[Fault]
) -> None:
    """Add a fault for each of a day's sorted intervals that overlaps one before it."""
    for before, after in _overlapping(intervals):
        message = f"{interval_text(before)} and {interval_text(after)} overlap"
        faults.append(Fault("overlapping-hours", message, where, text, _OVERLAP_REMEDY))


def _overlapping(intervals: Iterable[Interval]) -> Iterator[tuple[Interval, Interval]]:
    """Yield each sorted interval that starts before an earlier one ends, with that earlier one."""
    longest: Interval | None = None
    for interval in intervals:
        if longest is not None and interval[0] < longest[1]:
            yield longest, interval
        if longest is None or interval[1] > longest[1]:
            longest = interval


def _parse_interval(text: str, where: str, faults: list[Fault]) -> Interval | None:
    ends = [end.strip() for end in text.split("-")]
    if len(ends) != 2:
        faults.append(
            Fault("not-an-interval", f"{text!r} is not 'HH:MM-HH:MM'", where, text, _EXAMPLE)
        )
        return None
    start = _parse_time(ends[0], where, faults, latest=DAY_SECONDS - 1)
    end = _parse_time(ends[1], where, faults, latest=DAY_SECONDS)
    if start is None or end is None:
        return None
    return (start, end if end > start else end + DAY_SECONDS)


def _parse_time(text: str, where: str, faults: list[Fault], latest: int) -> int | None:
    match = _TIME.fullmatch(text)
    if match:
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        if minute < 60 and second < 60 and hour * 3600 + minute * 60 + second <= latest:
            return hour * 3600 + minute * 60 + second
    remedy = "times run from 00:00 to 23:59, and an interval may end at 24:00"
    faults.append(Fault("not-a-time", f"{text!r} is not a time of day", where, text, remedy))
    return None


def interval_text(interval: Interval) -> str:
    """Return `22:00-06:00` for an interval."""
    start, end = interval
    if end > DAY_SECONDS:
        end -= DAY_SECONDS
    return f"{time_text(start)}-{time_text(end)}"


def time_text(second: int) -> str:
    """Return `HH:MM`, with `:SS` where there are seconds."""
    text = f"{second // 3600:02}:{second // 60 % 60:02}"
    return f"{text}:{second % 60:02}" if second % 60 else text


def intervals_text(intervals: Iterable[Interval]) -> str:
    """Return `09:00-12:00, 13:00-18:00`, the inverse of `parse_intervals`."""
    return ", ".join(interval_text(interval) for interval in intervals)


def checked_intervals(value: object, where: str, faults: list[Fault]) -> tuple[Interval, ...]:
    """Return intervals given as pairs of seconds, sorted; what is wrong is added to `faults`."""
    if not isinstance(value, tuple | list):
        faults.append(_not_an_interval(value, where, "give the day a tuple of (start, end)"))
        return ()
    result: list[Interval] = []
    for pair in cast("Iterable[object]", value):
        match pair:
            case (int(start), int(end)) if bool not in (type(start), type(end)):
                if 0 <= start < DAY_SECONDS and start < end <= start + DAY_SECONDS:
                    result.append((start, end))
                else:
                    remedy = "start before 24:00 and last at most 24 hours"
                    faults.append(_not_an_interval(pair, where, remedy))
            case _:
                remedy = "write (start, end) in whole seconds from midnight, e.g. (32400, 61200)"
                faults.append(_not_an_interval(pair, where, remedy))
    return tuple(sorted(result))


def _not_an_interval(value: object, where: str, remedy: str) -> Fault:
    text = shown(value)
    return Fault("not-an-interval", f"{text} is not an interval in seconds", where, text, remedy)


def _week(value: Iterable[Iterable[Interval]]) -> tuple[tuple[Interval, ...], ...]:
    if not isinstance(value, tuple | list) or len(value) != 7:
        raise InvalidValue("weekly hours need seven days, Monday first", value, _EXAMPLE)
    faults: list[Fault] = []
    days = tuple(
        checked_intervals(day, name, faults) for name, day in zip(DAY_NAMES, value, strict=True)
    )
    if faults:
        raise DefinitionError("weekly hours", tuple(faults))
    return days


@attrs.frozen(repr=False)
class WeeklyHours:
    """Hold the opening hours of a normal week in local wall-clock time.

    `days` has seven entries, Monday first, each with its intervals: `(start, end)` in whole
    seconds from local midnight, which are kept sorted. An end beyond 86,400 runs past midnight
    and belongs to the day on which it starts. Build it with `parse`.

    Raises:
        InvalidValue: `days` does not have seven entries.
        DefinitionError: what should be an interval is none, or intervals overlap, also over
            midnight; all faults are listed.

    >>> WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00")
    WeeklyHours.parse('Mo-Fr 09:00-12:30, 13:30-18:00')
    >>> WeeklyHours.parse("24/7") == WeeklyHours.parse("Mo-Su 00:00-24:00")
    True
    """

    days: tuple[tuple[Interval, ...], ...] = attrs.field(converter=_week)

    def __attrs_post_init__(self) -> None:
        faults: list[Fault] = []
        self._check_overlaps(faults)
        if faults:
            raise DefinitionError("weekly hours", tuple(faults))

    def _check_overlaps(self, faults: list[Fault]) -> None:
        week = sorted(
            (n * DAY_SECONDS + start, n * DAY_SECONDS + end)
            for n, intervals in enumerate(self.days)
            for start, end in intervals
        )
        # Monday once more, after Sunday: Sunday's last shift may run into it.
        week.extend((start + 7 * DAY_SECONDS, end + 7 * DAY_SECONDS) for start, end in week[:1])
        for before, after in _overlapping(week):
            first, (day, second) = " ".join(_day_and_text(before)), _day_and_text(after)
            message = f"{first} and {day} {second} overlap"
            faults.append(
                Fault("overlapping-hours", message, day, f"{day} {second}", _OVERLAP_REMEDY)
            )

    @classmethod
    def parse(cls, text: str) -> WeeklyHours:
        """Read hours in the style of OpenStreetMap, days separated by `;`.

        `"Mo-Fr 08:00-18:00; Sa 10:00-14:00"`, `"Mo-Su 22:00-06:00"`, `"24/7"`, `"Mo,We,Fr
        09:00-17:00"`, `"Mo-Su 08:00-20:00; Su off"`. An empty text is a week without hours.
        A day may be given once only (OpenStreetMap would let the later rule win, which is easy to
        overlook); `off` may follow, to take days out of a range.

        Raises:
            DefinitionError: with every fault: what it is, where, and what to write instead.
        """
        if not isinstance(text, str):
            raise InvalidValue("weekly hours are read from a text", text, _EXAMPLE)
        text = text.replace("–", "-")
        if text.strip() == "24/7":
            return cls(tuple(((0, DAY_SECONDS),) for _ in DAY_NAMES))
        faults: list[Fault] = []
        days: dict[int, tuple[Interval, ...]] = {}
        for number, rule in enumerate(part for part in text.split(";") if part.strip()):
            _read_rule(rule.strip(), f"rule {number + 1}", days, faults)
        # Overlaps within a rule are listed already; those over midnight need the whole week.
        if not any(fault.code == "overlapping-hours" for fault in faults):
            try:
                hours = cls(tuple(days.get(n, ()) for n in range(7)))
            except DefinitionError as error:
                faults.extend(error.faults)
            else:
                if not faults:
                    return hours
        raise DefinitionError(f"weekly hours {text!r}", tuple(faults))

    def on(self, day: date) -> tuple[Interval, ...]:
        """Return the intervals that start on the weekday of `day`."""
        return self.days[day.weekday()]

    @property
    def duration_seconds(self) -> int:
        """Return the hours of a week without holidays or clock changes, in seconds."""
        return sum(end - start for intervals in self.days for start, end in intervals)

    def __str__(self) -> str:
        if all(intervals == ((0, DAY_SECONDS),) for intervals in self.days):
            return "24/7"
        rules: list[tuple[int, int, tuple[Interval, ...]]] = []
        for n, intervals in enumerate(self.days):
            if rules and rules[-1][2] == intervals and rules[-1][1] == n - 1:
                rules[-1] = (rules[-1][0], n, intervals)
            elif intervals:
                rules.append((n, n, intervals))
        return "; ".join(
            f"{_days_text(first, last)} {intervals_text(intervals)}"
            for first, last, intervals in rules
        )

    def __repr__(self) -> str:
        return f"WeeklyHours.parse({str(self)!r})"


def _day_and_text(interval: Interval) -> tuple[str, str]:
    """Return the day and the hours of an interval in seconds from the week's first midnight."""
    day, start = divmod(interval[0], DAY_SECONDS)
    return DAY_NAMES[day % 7], interval_text((start, interval[1] - interval[0] + start))


def _days_text(first: int, last: int) -> str:
    return DAY_NAMES[first] if first == last else f"{DAY_NAMES[first]}-{DAY_NAMES[last]}"


def _days_list(days: Iterable[int]) -> str:
    """Return `Mo-We, Fr` for weekdays; a range of two is written as two."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        _days_text(run[0], run[-1]) if len(run) != 2 else ", ".join(DAY_NAMES[n] for n in run)
        for run in runs
    )


def _read_rule(
    rule: str, where: str, days: dict[int, tuple[Interval, ...]], faults: list[Fault]
) -> None:
    """Add one rule, such as `Mo-Fr 09:00-17:00`, to `days`."""
    match = _DAYS.match(rule)
    if not match or match[0].casefold() in _CLOSED:
        faults.append(
            Fault(
                "no-days", f"{rule!r} does not start with days such as Mo-Fr", where, rule, _EXAMPLE
            )
        )
        return
    named = _read_days(match[0], where, faults)
    rest = rule[match.end() :].strip()
    if not rest:
        remedy = "add hours, or 'off' for a closed day"
        faults.append(Fault("no-hours", f"{rule!r} has no hours", where, rule, remedy))
        return
    intervals = parse_intervals(rest, f"{where} ({match[0]})", faults)
    twice: set[int] = set()
    for day in named:
        if day in days and intervals:
            twice.add(day)
        days[day] = intervals
    if twice:
        # One fault, however many days: they have one cause and one remedy.
        message = f"{_days_list(twice)} {'is' if len(twice) == 1 else 'are'} given twice"
        remedy = (
            "write all hours of a day in one rule, separated by commas, "
            "such as 'Mo-Fr 08:00-16:00, 22:00-06:00; Sa,Su 22:00-06:00'"
        )
        faults.append(Fault("overlapping-hours", message, where, rule, remedy))


def _read_days(text: str, where: str, faults: list[Fault]) -> list[int]:
    """Return the weekdays of `Mo-We, Fr`; a range may wrap over Sunday (`Fr-Mo`)."""
    result: list[int] = []
    for part in text.split(","):
        ends = [_read_day(name.strip(), where, faults) for name in part.split("-")]
        first, last = ends[0], ends[-1]
        if first is not None and last is not None:
            result.extend((first + n) % 7 for n in range((last - first) % 7 + 1))
    return result


def _read_day(name: str, where: str, faults: list[Fault]) -> int | None:
    folded = name.casefold()
    for n, full in enumerate(_FULL_NAMES):
        if len(folded) >= 2 and full.startswith(folded):
            return n
    hint = did_you_mean(name, DAY_NAMES)
    remedy = f"use {', '.join(DAY_NAMES)}{hint}"
    faults.append(Fault("unknown-day", f"{name!r} is not a weekday", where, name, remedy))
    return None
