"""What every calendar answers, to whatever kind of datetime (laws T1, T2, T5, C5, C6)."""

from __future__ import annotations

import json
import sys
import threading
import time as clock
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from hashlib import sha256
from zoneinfo import ZoneInfo

import pendulum
import pytest

from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    Finding,
    WeeklyHours,
    WorkingDays,
)
from itsm_core.errors import (
    CalendarExhausted,
    InstantOutOfRange,
    InvalidValue,
    NaiveDatetime,
)
from itsm_core.spans import Span, micros

HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
# 2026-01-05 is a Monday.
MONDAY = datetime(2026, 1, 5, tzinfo=BERLIN)
FRIDAY_FOUR = datetime(2026, 1, 9, 16, tzinfo=BERLIN)


def office(hours: str = "Mo-Fr 09:00-17:00", zone: str = "Europe/Berlin") -> BusinessCalendar:
    """Return a fresh desk, with nothing compiled yet."""
    return BusinessCalendar(zone=zone, hours=WeeklyHours.parse(hours))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a local instant of January 2026."""
    return datetime(2026, 1, day, hour, minute, tzinfo=BERLIN)


class TinyZone(tzinfo):
    """A zone of somebody else's making: Berlin's winter, always, as pytz might have it."""

    def utcoffset(self, _at: datetime | None) -> timedelta:
        """Return an hour."""
        return HOUR

    def dst(self, _at: datetime | None) -> timedelta:
        """Return none."""
        return timedelta(0)

    def tzname(self, _at: datetime | None) -> str:
        """Return a name."""
        return "TINY"


class NoZone(TinyZone):
    """A zone that does not know its offset: the standard library calls this naive."""

    def utcoffset(self, _at: datetime | None) -> None:  # type: ignore[override]
        """Return nothing."""


class Stamp(datetime):
    """A subclass of datetime of somebody else's making."""


ASKED: list[datetime] = [
    FRIDAY_FOUR,
    FRIDAY_FOUR.astimezone(UTC),
    FRIDAY_FOUR.astimezone(timezone(HOUR)),
    FRIDAY_FOUR.astimezone(timezone(timedelta(hours=-9, minutes=-30, seconds=-7))),
    FRIDAY_FOUR.astimezone(ZoneInfo("Asia/Kathmandu")),
    FRIDAY_FOUR.astimezone(TinyZone()),
    Stamp(2026, 1, 9, 16, tzinfo=BERLIN),
    Stamp(2026, 1, 9, 15, tzinfo=UTC),
    pendulum.datetime(2026, 1, 9, 16, tz="Europe/Berlin"),
    pendulum.datetime(2026, 1, 9, 15),
    pendulum.datetime(2026, 1, 9, 15).in_timezone(pendulum.FixedTimezone(3600)),
    pendulum.datetime(2026, 1, 9, 15).astimezone(timezone.utc),  # noqa: UP017
]


class TestTypesAndZones:
    """T1: a calendar answers in the type and zone of the question."""

    @pytest.mark.parametrize("start", ASKED)
    def test_answer_has_type_and_zone_of_the_question(self, start: datetime) -> None:
        """Asked three times, so that whatever is remembered is asked too."""
        calendar = office()
        expected = {
            "add": at(12, 10),
            "subtract": at(9, 14),
            "next_open": FRIDAY_FOUR,
            "next_close": at(9, 17),
            "previous_close": FRIDAY_FOUR,
            "due": at(12, 16),
        }
        for _ in range(3):
            answers = {
                "add": calendar.add(start, 2 * HOUR),
                "subtract": calendar.subtract(start, 2 * HOUR),
                "next_open": calendar.next_open(start),
                "next_close": calendar.next_close(start),
                "previous_close": calendar.previous_close(start),
                "due": calendar.due(start, WorkingDays(1)),
            }
            for question, answer in answers.items():
                assert micros(answer) == micros(expected[question]), question
                assert type(answer) is type(start), question
                assert answer.tzinfo is start.tzinfo, question

    @pytest.mark.parametrize("start", ASKED)
    @pytest.mark.parametrize("end", ASKED)
    def test_between_is_a_plain_timedelta_for_every_pair_of_types(
        self, start: datetime, end: datetime
    ) -> None:
        """Friday 16:00 to the Monday after next, 10:00: 1 + 40 + 1 hours, and never an interval."""
        calendar = office()
        later = end + timedelta(days=9, hours=18)
        later = later.astimezone(end.tzinfo)
        for _ in range(2):
            elapsed = calendar.between(start, later)
            assert elapsed == 42 * HOUR
            assert type(elapsed) is timedelta

    @pytest.mark.parametrize("start", ASKED)
    def test_spans_have_type_and_zone_of_the_start(self, start: datetime) -> None:
        """The rest of Friday and Monday's first hour."""
        spans = list(office().spans(start, at(12, 10)))
        assert spans == [Span(FRIDAY_FOUR, at(9, 17)), Span(at(12, 9), at(12, 10))]
        for span in spans:
            assert type(span.start) is type(span.end) is type(start)
            assert span.start.tzinfo is start.tzinfo

    @pytest.mark.parametrize("fold", [0, 1])
    @pytest.mark.parametrize(
        "ask",
        [
            lambda calendar, start: calendar.add(start, timedelta(minutes=15)),
            lambda calendar, start: calendar.subtract(start, timedelta(minutes=15)),
            lambda calendar, start: calendar.next_open(start),
        ],
        ids=["add", "subtract", "next_open"],
    )
    @pytest.mark.parametrize("kind", [datetime, Stamp, pendulum.DateTime])
    def test_fold_is_read_and_kept(self, kind: type[datetime], ask: object, fold: int) -> None:
        """02:30 on 25 October 2026 happens twice in Berlin; 15 minutes on, it is the same hour."""
        zone = pendulum.timezone("Europe/Berlin") if kind is pendulum.DateTime else BERLIN
        start = kind(2026, 10, 25, 2, 30, tzinfo=zone, fold=fold)
        calendar = office("24/7")
        for _ in range(2):
            answer: datetime = ask(calendar, start)  # type: ignore[operator]
            assert answer.fold == fold
            assert answer.utcoffset() == start.utcoffset() == (1 if fold else 2) * HOUR
            assert abs(micros(answer) - micros(start)) in (0, 15 * 60 * 1_000_000)

    def test_answer_may_lie_in_the_other_fold(self) -> None:
        """An hour after the first 02:30 is the second 02:30."""
        first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
        assert office("24/7").add(first, HOUR).isoformat() == "2026-10-25T02:30:00+01:00"
        assert office("24/7").between(first, first.replace(fold=1)) == HOUR

    NAIVE = datetime(2026, 1, 9, 16)  # noqa: DTZ001

    @pytest.mark.parametrize("value", [NAIVE, datetime(2026, 1, 9, 16, tzinfo=NoZone())])
    def test_naive_datetime_is_refused_by_every_question(self, value: datetime) -> None:
        """T1: never guessed, in any argument, also after aware ones were answered."""
        calendar = office()
        calendar.between(FRIDAY_FOUR, at(12, 10))
        questions = (
            lambda: calendar.between(value, FRIDAY_FOUR),
            lambda: calendar.between(FRIDAY_FOUR, value),
            lambda: calendar.between(value, value),
            lambda: calendar.add(value, HOUR),
            lambda: calendar.add(value, timedelta(0)),
            lambda: calendar.subtract(value, HOUR),
            lambda: calendar.is_open(value),
            lambda: calendar.next_open(value),
            lambda: calendar.next_close(value),
            lambda: calendar.previous_close(value),
            lambda: calendar.snap(value),
            lambda: list(calendar.spans(value, FRIDAY_FOUR)),
            lambda: list(calendar.spans(FRIDAY_FOUR, value)),
            lambda: calendar.due(value, WorkingDays(1)),
        )
        for question in questions:
            with pytest.raises(NaiveDatetime, match="attach the zone"):
                question()

    @pytest.mark.parametrize("value", [None, date(2026, 1, 9), "2026-01-09T16:00Z", 0])
    def test_what_is_no_datetime_is_refused(self, value: datetime) -> None:
        """A typed error for a slip of type."""
        calendar = office()
        for question in (
            lambda: calendar.between(value, FRIDAY_FOUR),
            lambda: calendar.add(value, HOUR),
            lambda: calendar.is_open(value),
        ):
            with pytest.raises(InvalidValue, match="an instant must be an aware datetime"):
                question()


class TestArithmetic:
    """T2 and C5: exact, earliest, signed."""

    @pytest.mark.parametrize("start", ASKED)
    def test_no_microsecond_is_lost(self, start: datetime) -> None:
        """One microsecond before closing is one microsecond."""
        calendar = office()
        for _ in range(2):
            due = calendar.add(start, HOUR - MICROSECOND)
            assert micros(due) == micros(at(9, 17)) - 1
            assert calendar.between(start, due) == HOUR - MICROSECOND
            assert micros(calendar.add(start, HOUR + MICROSECOND)) == micros(at(12, 9)) + 1
            assert micros(calendar.add(start, HOUR)) == micros(at(9, 17))

    def test_between_is_negative_backwards(self) -> None:
        """From Monday 10:00 back to Friday 16:00 are minus two hours."""
        assert office().between(at(12, 10), FRIDAY_FOUR) == -2 * HOUR

    @pytest.mark.parametrize(
        ("start", "duration", "boundary", "expected"),
        [
            (at(9, 16), HOUR, "close", at(9, 17)),
            (at(9, 16), HOUR, "next_open", at(12, 9)),
            (at(9, 16), 2 * HOUR, "next_open", at(12, 10)),
            (at(10, 12), timedelta(0), "close", at(10, 12)),
            (at(10, 12), timedelta(0), "next_open", at(12, 9)),
            (at(12, 10), -HOUR, "close", at(12, 9)),
            (at(12, 10), -2 * HOUR, "close", at(9, 16)),
            (at(12, 10), -HOUR, "next_open", at(9, 17)),
        ],
    )
    def test_add_follows_the_boundary(
        self, start: datetime, duration: timedelta, boundary: str, expected: datetime
    ) -> None:
        """C5: used up at closing means closing, or the next opening; zero stays, or snaps."""
        for _ in range(2):
            assert office().add(start, duration, boundary=boundary) == expected  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("end", "duration", "boundary", "expected"),
        [
            (at(12, 10), HOUR, "close", at(12, 9)),
            (at(12, 10), HOUR, "next_open", at(9, 17)),
            (at(12, 10), 2 * HOUR, "close", at(9, 16)),
            (at(10, 12), timedelta(0), "close", at(10, 12)),
            (at(10, 12), timedelta(0), "next_open", at(9, 17)),
            (at(9, 16), -HOUR, "close", at(9, 17)),
            (at(9, 16), -HOUR, "next_open", at(12, 9)),
        ],
    )
    def test_subtract_mirrors_add(
        self, end: datetime, duration: timedelta, boundary: str, expected: datetime
    ) -> None:
        """C5: the latest instant, or the last closing."""
        assert office().subtract(end, duration, boundary=boundary) == expected  # type: ignore[arg-type]

    @pytest.mark.parametrize("question", ["add", "subtract"])
    @pytest.mark.parametrize("boundary", ["open", "", None])
    def test_unknown_boundary_is_refused(self, question: str, boundary: str) -> None:
        """Two conventions exist."""
        with pytest.raises(InvalidValue, match="use 'close' or 'next_open'"):
            getattr(office(), question)(FRIDAY_FOUR, HOUR, boundary=boundary)

    @pytest.mark.parametrize("question", ["add", "subtract"])
    @pytest.mark.parametrize("duration", [8, 1.5, None, "8 h"])
    def test_duration_is_refused_when_it_has_no_unit(self, question: str, duration: object) -> None:
        """Eight what?"""
        calendar = office()
        calendar.add(FRIDAY_FOUR, HOUR)
        with pytest.raises(InvalidValue, match="a duration must be a timedelta"):
            getattr(calendar, question)(FRIDAY_FOUR, duration)

    @pytest.mark.parametrize(
        "duration",
        [
            pendulum.duration(hours=2),
            pendulum.datetime(2026, 1, 1, 2) - pendulum.datetime(2026, 1, 1),
        ],
    )
    def test_duration_may_be_pendulum_s(self, duration: timedelta) -> None:
        """Durations and intervals of pendulum count at their exact length."""
        calendar = office()
        for start in (FRIDAY_FOUR, pendulum.instance(FRIDAY_FOUR)):
            for _ in range(2):
                assert micros(calendar.add(start, duration)) == micros(at(12, 10))
                assert micros(calendar.subtract(start, duration)) == micros(at(9, 14))

    def test_boundary_is_compared_by_value(self) -> None:
        """A text built at run time is the same boundary."""
        parts = ["clo", "se"]
        built = "".join(parts)
        assert office().add(FRIDAY_FOUR, HOUR, boundary=built) == at(9, 17)  # type: ignore[arg-type]

    @pytest.mark.parametrize("question", ["add", "subtract"])
    @pytest.mark.parametrize("duration", [timedelta.max, timedelta.min, timedelta(days=3_000_000)])
    def test_huge_duration_is_refused_at_once(self, question: str, duration: timedelta) -> None:
        """T5: no overflow leaks, and no ten thousand years are compiled first."""
        began = clock.process_time()
        for calendar in (office(), ALWAYS):
            with pytest.raises((InstantOutOfRange, CalendarExhausted)):
                getattr(calendar, question)(FRIDAY_FOUR, duration)
        assert clock.process_time() - began < 1

    def test_micros_twins_agree_with_the_datetimes(self) -> None:
        """`between_micros` and `add_micros` are the same questions for folds."""
        calendar = office()
        start, end = micros(FRIDAY_FOUR), micros(at(12, 10))
        assert calendar.between_micros(start, end) == 2 * 3_600_000_000
        assert calendar.add_micros(start, 2 * 3_600_000_000) == end
        assert calendar.add_micros(start, 0) == start
        assert calendar.add_micros(start, -5) == start
        with pytest.raises(InstantOutOfRange):
            calendar.add_micros(start, 10**20)
        closing = micros(at(9, 17))
        assert calendar.add_micros(closing, 0) == closing
        assert calendar.add_micros(closing + 5, 0) == closing + 5
        assert calendar.add_micros(start, 1) == start + 1
        assert calendar.add_micros(closing - 1, 1) == closing
        assert calendar.add_micros(closing, 1) == micros(at(12, 9)) + 1

    def test_one_microsecond_is_a_duration(self) -> None:
        """T2: at closing and at opening, forward and back, whatever was asked before."""
        closing, opening = at(9, 17), at(12, 9)
        for kind in ("close", "next_open"):
            is_next = kind == "next_open"
            forward = office().add(closing - MICROSECOND, MICROSECOND, boundary=kind)
            assert forward == (opening if is_next else closing)
            back = office().subtract(opening + MICROSECOND, MICROSECOND, boundary=kind)
            assert back == (closing if is_next else opening)
        assert office().subtract(opening + MICROSECOND, MICROSECOND) == opening
        assert office().subtract(opening, MICROSECOND) == closing - MICROSECOND
        assert office().add(opening, -MICROSECOND) == closing - MICROSECOND
        assert office().subtract(closing, -MICROSECOND) == opening + MICROSECOND

    @pytest.mark.parametrize("question", ["add", "subtract"])
    def test_exhausted_calendar_says_what_was_asked(self, question: str) -> None:
        """With the instant and the duration."""
        once = BusinessCalendar(
            zone="UTC", hours=WeeklyHours.parse(""), exceptions={date(2026, 1, 9): "09:00-17:00"}
        )
        with pytest.raises(CalendarExhausted) as caught:
            getattr(once, question)(FRIDAY_FOUR, 9 * HOUR)
        assert f"{question}(2026-01-09 16:00:00+01:00, 9:00:00)" in str(caught.value)


class TestEdgesOfTime:
    """T5: years 1 and 9999."""

    FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

    @pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
    def test_first_and_last_week_are_answered(self, zone: str) -> None:
        """Monday 1 January of year 1, and the last week of 9999, each with 40 hours."""
        for start in (datetime(1, 1, 8, tzinfo=UTC), datetime(9999, 12, 20, tzinfo=UTC)):
            calendar = office(zone=zone)
            assert calendar.between(start, start + timedelta(days=7)) == 40 * HOUR
            assert calendar.add(start, 40 * HOUR) <= start + timedelta(days=7)

    def test_always_spans_all_time(self) -> None:
        """Elapsed time from the first to the last microsecond."""
        assert ALWAYS.between(self.FIRST, self.LAST) == self.LAST - self.FIRST
        assert ALWAYS.is_open(self.FIRST)
        assert ALWAYS.add(self.FIRST, timedelta(days=1)) == datetime(1, 1, 2, tzinfo=UTC)

    @pytest.mark.parametrize(
        "ask",
        [
            lambda calendar: calendar.add(datetime(9999, 12, 31, 20, tzinfo=UTC), 9 * HOUR),
            lambda calendar: calendar.subtract(datetime(1, 1, 1, 3, tzinfo=UTC), 9 * HOUR),
            lambda calendar: calendar.next_open(datetime(9999, 12, 31, 20, tzinfo=UTC)),
            lambda calendar: calendar.previous_close(datetime(1, 1, 1, 3, tzinfo=UTC)),
            lambda calendar: calendar.next_close(datetime(9999, 12, 31, 20, tzinfo=UTC)),
        ],
        ids=["add", "subtract", "next_open", "previous_close", "next_close"],
    )
    def test_answer_beyond_time_is_a_typed_error(self, ask: object) -> None:
        """Past the last closing and before the first opening there is nothing."""
        with pytest.raises((CalendarExhausted, InstantOutOfRange)):
            ask(office(zone="UTC"))  # type: ignore[operator]

    def test_answer_that_the_zone_cannot_write_is_a_typed_error(self) -> None:
        """11:00 UTC on the last day is already year 10000 in Kiritimati."""
        start = datetime(9999, 12, 31, 23, tzinfo=ZoneInfo("Pacific/Kiritimati"))
        calendar = BusinessCalendar(
            zone="UTC", hours=WeeklyHours.parse(""), exceptions={date.max: "11:00-12:00"}
        )
        with pytest.raises(InstantOutOfRange, match="in the zone of the question"):
            calendar.next_open(start)

    def test_add_on_the_last_day_is_answered(self) -> None:
        """An hour after 20:00 is 21:00, on the last day of time too."""
        start = datetime(9999, 12, 31, 20, tzinfo=UTC)
        assert ALWAYS.add(start, HOUR) == start + HOUR


class TestQuestions:
    """C6: the rest of the set."""

    @pytest.mark.parametrize(
        ("moment", "is_open", "next_open", "next_close", "previous_close"),
        [
            (at(9, 9), True, at(9, 9), at(9, 17), at(8, 17)),
            (at(9, 12), True, at(9, 12), at(9, 17), at(9, 12)),
            (at(9, 17), False, at(12, 9), at(12, 17), at(9, 17)),
            (at(10, 12), False, at(12, 9), at(12, 17), at(9, 17)),
            (at(12, 8), False, at(12, 9), at(12, 17), at(9, 17)),
        ],
    )
    def test_state_and_neighbours_of_an_instant(
        self,
        moment: datetime,
        is_open: bool,
        next_open: datetime,
        next_close: datetime,
        previous_close: datetime,
    ) -> None:
        """At opening, inside, at closing, on Saturday, before opening."""
        calendar = office()
        assert calendar.is_open(moment) is is_open
        assert calendar.next_open(moment) == calendar.snap(moment) == next_open
        assert calendar.next_close(moment) == next_close
        assert calendar.previous_close(moment) == previous_close
        assert calendar.snap(moment, "previous_close") == previous_close

    def test_snap_refuses_an_unknown_direction(self) -> None:
        """Two directions exist."""
        with pytest.raises(InvalidValue, match="use 'next_open' or 'previous_close'"):
            office().snap(FRIDAY_FOUR, "nearest")  # type: ignore[arg-type]

    def test_round_the_clock_never_closes(self) -> None:
        """C8: 24x7 has no closing instant; the search ends."""
        with pytest.raises(CalendarExhausted, match="next_close"):
            office("24/7").next_close(MONDAY)

    def test_spans_are_lazy(self) -> None:
        """The first span of eight thousand years costs no more than a year."""
        began = clock.process_time()
        spans = office().spans(MONDAY, datetime(9999, 1, 1, tzinfo=UTC))
        assert next(spans) == Span(at(5, 9), at(5, 17))
        assert clock.process_time() - began < 1

    @pytest.mark.parametrize("end", [MONDAY, MONDAY - HOUR])
    def test_spans_are_none_when_the_end_is_not_after_the_start(self, end: datetime) -> None:
        """An empty question has an empty answer."""
        assert list(office("24/7").spans(MONDAY, end)) == []

    def test_segments_cover_the_question_without_gap(self) -> None:
        """A holiday is told from the night, and the pieces are adjacent."""
        calendar = BusinessCalendar(
            zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"), holidays=[date(2026, 1, 6)]
        )
        low = micros(datetime(2026, 1, 5, 12, tzinfo=UTC))
        hour = 3_600_000_000
        assert calendar.segments(low, low + 48 * hour) == [
            (low, low + 5 * hour, "open"),
            (low + 5 * hour, low + 21 * hour, "closed"),
            (low + 21 * hour, low + 29 * hour, "holiday"),
            (low + 29 * hour, low + 45 * hour, "closed"),
            (low + 45 * hour, low + 48 * hour, "open"),
        ]
        assert calendar.segments(low + 22 * hour, low + 23 * hour) == [
            (low + 22 * hour, low + 23 * hour, "holiday")
        ]
        assert calendar.segments(low, low) == []

    def test_segments_know_no_holiday_where_none_is_defined(self) -> None:
        """Closed is closed."""
        low = micros(MONDAY)
        kinds = [kind for _, _, kind in office().segments(low, low + 86_400_000_000)]
        assert kinds == ["closed", "open", "closed"]

    def test_html_of_a_notebook_is_a_week(self) -> None:
        """A calendar shows itself as a drawing."""
        assert office()._repr_html_().startswith("<svg")

    def test_label_in_messages_is_bounded(self) -> None:
        """A calendar of a thousand dates does not make a message of a thousand dates."""
        calendar = BusinessCalendar(
            zone="UTC",
            hours=WeeklyHours.parse(""),
            holidays=[date(2026, 1, 1) + timedelta(days=n) for n in range(1000)],
        )
        with pytest.raises(CalendarExhausted) as caught:
            calendar.next_open(MONDAY)
        assert len(str(caught.value)) < 400

    def test_label_is_the_definition_up_to_a_hundred_characters(self) -> None:
        """One more, and the last is an ellipsis."""
        plain = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(""))
        name = "x" * (100 - len(repr(plain)) - len(", name=''"))
        for more, shown in (("", 100), ("x", 99)):
            desk = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(""), name=name + more)
            with pytest.raises(CalendarExhausted) as caught:
                desk.next_open(MONDAY)
            text = repr(desk)
            assert len(text) == 100 + len(more)
            assert f"{text[:shown]}{'…' * len(more)}" in str(caught.value)
            assert f"{text[: shown + 1]}…" not in str(caught.value)

    def test_content_hash_is_that_of_the_canonical_json(self) -> None:
        """C10: keys in order and no blanks, so that others can make it too."""
        desk = office()
        text = json.dumps(desk.to_json(), sort_keys=True, separators=(",", ":"))
        assert desk.content_hash == sha256(text.encode()).hexdigest()

    def test_nothing_has_no_segments(self) -> None:
        """Neither an instant, nor a time that ends before it starts."""
        low = micros(MONDAY)
        assert office().segments(low, low) == office().segments(low, low - 1) == []

    def test_base_class_answers_nothing(self) -> None:
        """What a kind of calendar has to say, it has to say itself."""

        class Empty(Calendar):
            pass

        empty = Empty()
        for ask in (
            lambda: empty.zone,
            lambda: empty._year_pairs(2026),
            empty._without_holidays,
            empty.to_json,
        ):
            with pytest.raises(NotImplementedError):
                ask()

    def test_finding_reads_as_a_sentence(self) -> None:
        """With the remedy in brackets, if there is one."""
        assert str(Finding("code", "no open time", "add hours")) == "no open time (add hours)"
        assert str(Finding("code", "no open time")) == "no open time"


class TestCaches:
    """Whatever is remembered changes no answer."""

    def test_many_zones_of_one_desk_answer_alike(self) -> None:
        """More zones than are remembered, asked in turn, twice."""
        calendar = office()
        for _ in range(2):
            for minutes in range(-600, 601, 15):
                zone = timezone(timedelta(minutes=minutes))
                start = FRIDAY_FOUR.astimezone(zone)
                assert calendar.add(start, 2 * HOUR) == at(12, 10)
                assert calendar.between(start, at(12, 10).astimezone(zone)) == 2 * HOUR

    def test_zones_that_are_remembered_are_bounded(self) -> None:
        """Thirty-two; then it begins anew."""
        calendar, most = office(), 0
        for minutes in range(-600, 601, 15):
            calendar.between(FRIDAY_FOUR.astimezone(timezone(timedelta(minutes=minutes))), MONDAY)
            most = max(most, len(calendar._views[datetime]))
        assert most == 32

    def test_zones_that_take_turns_are_answered_alike(self) -> None:
        """Two zones, then the first again: what was laid out for it is still right."""
        calendar, tokyo = office(), ZoneInfo("Asia/Tokyo")
        for _ in range(3):
            for zone in (BERLIN, tokyo):
                start, end = FRIDAY_FOUR.astimezone(zone), at(12, 10).astimezone(zone)
                assert calendar.between(start, end) == 2 * HOUR
            for zone in (BERLIN, tokyo):
                assert calendar.add(FRIDAY_FOUR.astimezone(zone), 2 * HOUR) == at(12, 10)

    def test_pendulum_in_a_zone_of_the_standard_library_counts_as_a_plain_timedelta(self) -> None:
        """Its own subtraction gives an interval; ours does not (T2)."""
        calendar = office()
        for _ in range(2):
            assert calendar.between(FRIDAY_FOUR, at(12, 10)) == 2 * HOUR
        start = pendulum.DateTime(2026, 1, 9, 16, tzinfo=BERLIN)
        end = pendulum.DateTime(2026, 1, 12, 10, tzinfo=BERLIN)
        for _ in range(2):
            elapsed = calendar.between(start, end)
            assert (type(elapsed), elapsed) == (timedelta, 2 * HOUR)

    def test_eight_threads_get_identical_answers_from_a_fresh_calendar(self) -> None:
        """Values may be shared between threads without a lock (switching as often as it can)."""
        calendar = BusinessCalendar(
            zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00")
        )
        starts = [MONDAY + timedelta(days=11 * n, minutes=37 * n) for n in range(120)]
        barrier = threading.Barrier(8)
        results: list[list[tuple[timedelta, datetime]]] = [[] for _ in range(8)]
        failures: list[BaseException] = []

        def ask(slot: int) -> None:
            barrier.wait()
            try:
                for _ in range(2):
                    results[slot] = [
                        (calendar.between(MONDAY, start), calendar.add(start, 30 * HOUR))
                        for start in (starts if slot % 2 else reversed(starts))
                    ]
            except Exception as error:  # noqa: BLE001 - shown by the assertion below
                failures.append(error)

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            threads = [threading.Thread(target=ask, args=(slot,)) for slot in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(interval)
        assert failures == []
        assert len({tuple(sorted(result)) for result in results}) == 1
        alone = BusinessCalendar(zone="Europe/Berlin", hours=calendar.hours)
        assert results[1] == [
            (
                timedelta(microseconds=alone.between_micros(micros(MONDAY), micros(start))),
                alone.add(start, 30 * HOUR),
            )
            for start in starts
        ]


class TestMidnightChanges:
    """C2, C3, T1 where clocks change at midnight."""

    @pytest.mark.parametrize(
        ("zone", "start"),
        [
            ("America/Havana", (2026, 3, 7, 23)),
            ("Asia/Beirut", (2024, 3, 30, 23)),
            ("America/Sao_Paulo", (2018, 11, 3, 23)),
        ],
    )
    def test_closing_at_a_midnight_that_does_not_exist_is_the_same_every_time(
        self, zone: str, start: tuple[int, int, int, int]
    ) -> None:
        """The hour to 24:00 ends at 01:00, which is when the next day begins there."""
        calendar = BusinessCalendar(zone=zone, hours=WeeklyHours.parse("Mo-Su 08:00-24:00"))
        at = datetime(*start, tzinfo=ZoneInfo(zone))
        answers = [calendar.add(at, timedelta(hours=1)) for _ in range(3)]
        assert {answer.hour for answer in answers} == {1}
        assert {answer.astimezone(UTC) for answer in answers} == {
            at.astimezone(UTC) + timedelta(hours=1)
        }

    @pytest.mark.parametrize(("holiday", "is_open"), [(6, False), (7, True)])
    def test_holiday_closes_its_date_wherever_it_comes_back(
        self, holiday: int, *, is_open: bool
    ) -> None:
        """At 00:01 on 7 November 2010 St John's went back to 23:01 on the 6th."""
        calendar = BusinessCalendar(
            zone="America/St_Johns",
            hours=WeeklyHours.parse("24/7"),
            holidays=[date(2010, 11, holiday)],
        )
        second_2330 = datetime(2010, 11, 7, 3, 0, tzinfo=UTC)
        assert calendar.is_open(second_2330) is is_open
