"""Compare the calendar engine with the minute oracle on random cases (`make fuzz-calendars`).

Each schedule is odd on purpose, its questions lie around a clock change where the zone has one,
and zones are dealt out in turn until all have been asked. Case N of seed S is the same on every
machine with the same tz database.

    python -m benchmarks.fuzz_calendars [--cases 200000] [--seed 1]
    python -m benchmarks.fuzz_calendars --workclock [--cases 100000]

The exit code is 1 if anything differs; each difference is printed as code that can be run.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import attrs
import pendulum

from benchmarks import tzdb
from itsm_core.calendars import Calendar
from itsm_core.testing.oracle import MinuteOracle, OutsideWindow
from itsm_core.testing.schedules import (
    Schedule,
    all_zones,
    clock_changes,
    random_instant,
    random_schedule,
)

__all__ = ["QUESTIONS", "Comparison", "FuzzResult", "compare", "fuzz", "main"]

Subject = Calendar | MinuteOracle
Answer = timedelta | datetime | bool | tuple[tuple[datetime, datetime], ...]
Form = Literal["utc", "local", "pendulum"]

_HALF_WINDOW: Final = timedelta(days=25)
_LONG_HALF_WINDOW: Final = timedelta(days=400)
_NEAR: Final = timedelta(days=12)
_TICK: Final = timedelta(microseconds=1)
_QUESTIONS_A_SCHEDULE: Final = 12
_SHOWN: Final = 5


def _utc(moment: datetime) -> datetime:
    """Return the instant as a plain stdlib datetime in UTC, whatever class it came in."""
    return datetime(*moment.utctimetuple()[:6], moment.microsecond, tzinfo=UTC)


def _spans(of: Subject, a: datetime, b: datetime) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((_utc(span.start), _utc(span.end)) for span in of.spans(a, b))


_ASK: Final[dict[str, Callable[[Subject, datetime, datetime, timedelta], Answer]]] = {
    "between(a, b)": lambda of, a, b, _: of.between(a, b),
    "add(a, d)": lambda of, a, _, d: of.add(a, d),
    "subtract(a, d)": lambda of, a, _, d: of.subtract(a, d),
    "add(a, d, boundary='next_open')": lambda of, a, _, d: of.add(a, d, boundary="next_open"),
    "subtract(a, d, boundary='next_open')": lambda of, a, _, d: of.subtract(
        a, d, boundary="next_open"
    ),
    "is_open(a)": lambda of, a, _, __: of.is_open(a),
    "next_open(a)": lambda of, a, _, __: of.next_open(a),
    "next_close(a)": lambda of, a, _, __: of.next_close(a),
    "previous_close(a)": lambda of, a, _, __: of.previous_close(a),
    "list(calendar.spans(a, b))": lambda of, a, b, _: _spans(of, a, b),
}
QUESTIONS: Final = tuple(_ASK)
"""The questions that are put to both, as code."""


@attrs.frozen(kw_only=True)
class Comparison:
    """Hold what the oracle expects and what the engine said; not asked when out of the window."""

    asked: bool
    expected: str = ""
    got: str = ""

    @property
    def differs(self) -> bool:
        """Return whether the two answers are not the same."""
        return self.expected != self.got


@attrs.frozen(kw_only=True)
class FuzzResult:
    """Hold the outcome of a run: questions asked and counted, and each difference as code."""

    cases: int
    skipped: int
    schedules: int
    zones: int
    seconds: float
    differences: tuple[str, ...]


def _plain(answer: Answer) -> str:
    return repr(_utc(answer) if isinstance(answer, datetime) else answer)


def _written(moment: datetime, form: Form, zone: str) -> datetime:
    """Return the same instant as a user may hold it: in UTC, in the local zone, or pendulum's."""
    if form == "utc":
        return moment
    if form == "local":
        return moment.astimezone(ZoneInfo(zone))
    return pendulum.instance(moment).in_timezone(zone)


def compare(
    question: str,
    engine: Calendar,
    oracle: MinuteOracle,
    a: datetime,
    b: datetime,
    *,
    d: timedelta,
    form: Form = "utc",
) -> Comparison:
    """Put one question to both; `a` and `b` are written for the engine in `form`."""
    ask = _ASK[question]
    try:
        expected = _plain(ask(oracle, a, b, d))
    except OutsideWindow:
        return Comparison(asked=False)
    try:
        there = [_written(moment, form, oracle.zone) for moment in (a, b)]
        got = _plain(ask(engine, there[0], there[1], d))
    except Exception as error:  # noqa: BLE001 - whatever the engine raises is a difference to show
        got = f"{type(error).__name__}: {error}"
    return Comparison(asked=True, expected=expected, got=got)


@attrs.frozen(kw_only=True)
class _Subjects:
    engine: Calendar
    oracle: MinuteOracle
    code: str
    near: datetime
    low: datetime
    high: datetime


def _near(rng: random.Random, zone: str) -> datetime:
    """Return an instant from 1970 to 2100, at a clock change of the zone if the year has one."""
    year = rng.randint(1970, 2100)
    changes = clock_changes(zone, year)
    if changes and rng.random() < 0.75:
        return rng.choice(changes).replace(second=0, microsecond=0)
    start = datetime(year, 1, 1, tzinfo=UTC)
    return start + timedelta(minutes=rng.randrange(365 * 1440))


def _subjects(rng: random.Random, zone: str) -> _Subjects:
    """Return a calendar of one schedule, or of two combined, and its oracle."""
    near = _near(rng, zone)
    half = _LONG_HALF_WINDOW if rng.random() < 0.02 else _HALF_WINDOW
    low, high = near - half, near + half
    schedule = random_schedule(rng, zone=zone, near=near)
    engine: Calendar = schedule.calendar()
    oracle, code = schedule.oracle(low, high), schedule.code()
    shape = rng.random()
    if shape < 0.15 and half == _HALF_WINDOW:
        other = random_schedule(rng, zone=rng.choice(all_zones()), near=near)
        engine, oracle, code = _combined(rng, (engine, oracle, code), other)
    elif shape < 0.18 and half == _HALF_WINDOW:
        engine, oracle, code = ~engine, ~oracle, f"~{code}"
    return _Subjects(engine=engine, oracle=oracle, code=code, near=near, low=low, high=high)


def _combined(
    rng: random.Random, first: tuple[Calendar, MinuteOracle, str], other: Schedule
) -> tuple[Calendar, MinuteOracle, str]:
    engine, oracle, code = first
    second, counted = other.calendar(), other.oracle(oracle.start, oracle.end)
    sign = rng.choice("|&-")
    if sign == "|":
        return engine | second, oracle | counted, f"{code} | {other.code()}"
    if sign == "&":
        return engine & second, oracle & counted, f"{code} & {other.code()}"
    return engine - second, oracle - counted, f"{code} - {other.code()}"


def _instant(rng: random.Random, on: _Subjects) -> datetime:
    """Return an instant near the middle: anywhere, at an edge of open time, or a tick beside."""
    low, high = max(on.low, on.near - _NEAR), min(on.high, on.near + _NEAR)
    style = rng.random()
    if style < 0.35:
        return random_instant(rng, low, high)
    if style < 0.45:
        return random_instant(rng, on.low, on.high)
    nudge = rng.choice((-_TICK, timedelta(0), timedelta(0), _TICK))
    if style < 0.6:
        return on.near + nudge + timedelta(minutes=rng.choice((0, 0, 30, -30, 60, -60)))
    around = random_instant(rng, low, high)
    try:
        edge = on.oracle.next_close(around) if style < 0.8 else on.oracle.next_open(around)
    except OutsideWindow:
        return around
    return min(max(edge + nudge, on.low), on.high)


def _duration(rng: random.Random, on: _Subjects, a: datetime, b: datetime) -> timedelta:
    """Return a duration: often the open time between two edges, so that it ends on one."""
    if rng.random() < 0.5:
        return abs(on.oracle.between(a, b))
    unit = rng.choice((1, 60_000_000, 1_800_000_000))
    return timedelta(microseconds=rng.randint(0, 40 * 3_600_000_000) // unit * unit)


def _report(question: str, on: _Subjects, values: Sequence[object], outcome: Comparison) -> str:
    """Return a difference as a program that prints the engine's answer."""
    a, b, d, form = values
    call = question if question.startswith("list(") else f"calendar.{question}"
    text = (
        "from datetime import UTC, date, datetime, timedelta\n"
        "from itsm_core import BusinessCalendar, WeeklyHours\n"
        f"calendar = {on.code}\n"
        f"a, b, d = {a!r}, {b!r}, {d!r}\n"
        f"print({call})  # a, b written as: {form}\n"
        f"# engine: {outcome.got}\n"
        f"# oracle: {outcome.expected}\n"
    )
    for long, short in (
        ("datetime.datetime(", "datetime("),
        ("datetime.timedelta(", "timedelta("),
        ("datetime.timezone.utc", "UTC"),
    ):
        text = text.replace(long, short)
    return text


def fuzz(
    *, cases: int, seed: int = 1, progress: Callable[[int, int, int], None] | None = None
) -> FuzzResult:
    """Ask `cases` questions and return what differed; those out of the window do not count."""
    began = time.process_time()
    zones = list(all_zones())
    random.Random(seed).shuffle(zones)
    counted = skipped = number = 0
    differences: list[str] = []
    while counted < cases:
        rng = random.Random(f"{seed}:{number}")
        on = _subjects(rng, zones[number % len(zones)])
        for _ in range(_QUESTIONS_A_SCHEDULE):
            a, b = _instant(rng, on), _instant(rng, on)
            d = _duration(rng, on, a, b)
            question = rng.choice(QUESTIONS)
            form: Form = rng.choice(("utc", "utc", "local", "pendulum"))
            outcome = compare(question, on.engine, on.oracle, a, b, d=d, form=form)
            counted += outcome.asked
            skipped += not outcome.asked
            if outcome.differs:
                differences.append(_report(question, on, (a, b, d, form), outcome))
        number += 1
        if progress is not None:
            progress(min(counted, cases), cases, len(differences))
    return FuzzResult(
        cases=counted,
        skipped=skipped,
        schedules=number,
        zones=min(number, len(zones)),
        seconds=time.process_time() - began,
        differences=tuple(differences),
    )


def show_progress(done: int, total: int, differing: int) -> None:
    """Print one line that rewrites itself, on a terminal only, about a hundred times a run."""
    step = max(1, total // 100)
    if sys.stderr.isatty() and done % step < _QUESTIONS_A_SCHEDULE:
        print(f"\r{done:>9,} of {total:,}, {differing} differ", end="", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison that the command line asks for and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="fuzz_calendars", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--cases", type=int, default=0, help="questions (200,000; peer: 100,000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workclock", action="store_true", help="compare with the package")
    chosen = parser.parse_args(arguments)
    tzdb.pin()
    if chosen.workclock:
        from benchmarks.workclock_peer import fuzz_workclock

        result = fuzz_workclock(
            cases=chosen.cases or 100_000, seed=chosen.seed, progress=show_progress
        )
    else:
        result = fuzz(cases=chosen.cases or 200_000, seed=chosen.seed, progress=show_progress)
    for code in result.differences[:_SHOWN]:
        print(f"\n{code}")
    print(
        f"{result.cases:,} questions, {result.schedules:,} schedules, {result.zones} zones, "
        f"seed {chosen.seed}, tz database {tzdb.version()}, {result.seconds:.0f} s CPU: "
        f"{len(result.differences)} differences"
    )
    return 1 if result.differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
