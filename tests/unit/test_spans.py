"""Instants, spans and span sets: aware, exact, half-open."""

from __future__ import annotations

import datetime as dt
import pickle
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest

from itsm_core import spans
from itsm_core.errors import InstantOutOfRange, InvalidValue, NaiveDatetime
from itsm_core.spans import EPOCH, Span, SpanSet, complemented, intersected, merged

BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, minute: int = 0) -> datetime:
    """Return an instant of one plain day."""
    return datetime(2026, 1, 5, hour, minute, tzinfo=UTC)


def test_durations_are_exact_when_named() -> None:
    """The three helpers are durations of their unit."""
    made = (spans.hours(1.5), spans.minutes(90), spans.seconds(5400))
    assert made == (timedelta(seconds=5400),) * 3


def test_micros_tell_occurrences_apart_when_the_clock_is_set_back() -> None:
    """T2: 02:30 in Berlin on 2026-10-25 happens twice, an hour apart."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    assert spans.micros(first.replace(fold=1)) - spans.micros(first) == 3_600_000_000


def test_micros_are_exact_when_the_year_is_far() -> None:
    """T2: no float is involved, even at the end of time."""
    last = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert spans.micros(last) == spans.END_OF_TIME == 253_402_300_799_999_999


@pytest.mark.parametrize("value", [-62_135_596_800_000_000, -1, 0, 253_402_300_799_999_999])
def test_instant_is_the_inverse_when_inside_the_years(value: int) -> None:
    """Microseconds become an instant and come back."""
    assert spans.micros(spans.instant(value)) == value


def test_instant_is_refused_when_outside_the_years() -> None:
    """T5: one typed error, never an OverflowError."""
    with pytest.raises(InstantOutOfRange, match="years 1 to 9999"):
        spans.instant(253_402_300_800_000_000)


def test_micros_are_refused_when_naive() -> None:
    """T1: a naive datetime is refused with the remedy."""
    with pytest.raises(NaiveDatetime, match="attach the zone"):
        spans.micros(datetime(2026, 1, 5))  # noqa: DTZ001


def test_micros_are_refused_when_not_a_datetime() -> None:
    """A date is not an instant."""
    with pytest.raises(InvalidValue, match="aware datetime"):
        spans.micros("2026-01-05")  # type: ignore[arg-type]


def test_whole_number_passes_when_taken_as_microseconds() -> None:
    """The converter of attributes takes both forms."""
    assert (spans.as_micros(7), spans.as_micros(EPOCH)) == (7, 0)
    assert (spans.optional_micros(None), spans.optional_micros(EPOCH)) == (None, 0)


def test_utc_is_the_same_instant_when_converted() -> None:
    """T1: pendulum and zones come out as plain datetimes in UTC."""
    given = pendulum.datetime(2026, 7, 1, 9, tz="Europe/Berlin")
    shown = spans.utc(given)
    assert (shown.isoformat(), type(shown)) == ("2026-07-01T07:00:00+00:00", datetime)


def test_utc_is_the_very_value_when_it_is_plain_already() -> None:
    """Nothing is copied without need."""
    value = at(9)
    assert spans.utc(value) is value


def test_utc_is_refused_when_the_instant_leaves_the_years() -> None:
    """T5: year 1 in a zone east of Greenwich is year 0 in UTC."""
    with pytest.raises(InstantOutOfRange):
        spans.utc(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9))))


def test_utc_is_refused_when_naive() -> None:
    """T1: also on the way out."""
    with pytest.raises(NaiveDatetime):
        spans.utc(datetime(2026, 1, 5))  # noqa: DTZ001


def test_pendulum_value_is_the_same_instant_when_shown() -> None:
    """T1: what users see is a pendulum instant in UTC, to the microsecond."""
    shown = spans.in_pendulum(datetime(2026, 7, 1, 9, 0, 0, 7, tzinfo=BERLIN))
    assert shown == pendulum.datetime(2026, 7, 1, 7, 0, 0, 7, tz="UTC")


@pytest.mark.parametrize("end", [at(9), at(8)])
def test_span_is_refused_when_empty_or_backward(end: datetime) -> None:
    """T3: an empty span does not exist."""
    with pytest.raises(InvalidValue, match="must end after it starts"):
        Span(at(9), end)


def test_span_is_judged_by_instants_when_written_in_zones() -> None:
    """10:00 in Berlin is 09:00 UTC, so this span is empty whatever the wall clocks say."""
    with pytest.raises(InvalidValue):
        Span(at(9), datetime(2026, 1, 5, 10, tzinfo=BERLIN))


def test_span_holds_its_start_but_not_its_end_when_asked() -> None:
    """T3: spans are half-open."""
    span = Span(at(9), at(17))
    assert (at(9) in span, at(16, 59) in span, at(17) in span) == (True, True, False)


def test_span_lasts_elapsed_time_when_the_clock_is_set_forward() -> None:
    """T2: 01:30 to 03:30 in Berlin on the spring day is one hour."""
    day = datetime(2026, 3, 29, tzinfo=BERLIN)
    span = Span(day.replace(hour=1, minute=30), day.replace(hour=3, minute=30))
    assert span.duration == timedelta(hours=1)


def test_span_reads_as_an_interval_when_shown() -> None:
    """The text has the brackets of a half-open interval."""
    assert str(Span(at(9), at(17))) == "[2026-01-05T09:00:00+00:00, 2026-01-05T17:00:00+00:00)"


@attrs.frozen(kw_only=True)
class Visit:
    """Hold instants as microseconds under another name, and fields with defaults of each kind."""

    who: str
    came_us: int = attrs.field(alias="came_at", converter=spans.as_micros)
    left_us: int | None = attrs.field(
        alias="left_at", converter=spans.optional_micros, default=None
    )
    guests: int = 0
    names: tuple[str, ...] = attrs.Factory(tuple)
    badge: str = attrs.Factory(lambda visit: visit.who.upper(), takes_self=True)
    length: int = attrs.field(init=False, default=7)


NINE = "datetime.datetime.fromisoformat('2026-01-05 09:00:00+00:00')"
TEN = "datetime.datetime.fromisoformat('2026-01-05 10:00:00+00:00')"
FULL = Visit(who="max", came_at=at(9), left_at=at(10), guests=2, names=("a",), badge="B7")
FULL_CODE = f"came_at={NINE}, left_at={TEN}, guests=2, names=('a',), badge='B7'"


@pytest.mark.parametrize(
    ("visit", "code"),
    [
        (Visit(who="lea", came_at=at(9)), f"Visit(who='lea', came_at={NINE})"),
        (FULL, f"Visit(who='max', {FULL_CODE})"),
        (
            Visit(who="eve", came_at=at(9), guests=False),
            f"Visit(who='eve', came_at={NINE}, guests=False)",
        ),
    ],
)
def test_value_is_written_as_its_constructor_takes_it_when_it_keeps_microseconds(
    visit: Visit, code: str
) -> None:
    """Defaults are left out, and False is not the default 0; the code makes an equal value."""
    assert spans.written(visit) == code
    assert eval(code, {"Visit": Visit, "datetime": dt}) == visit


def test_pairs_are_joined_when_they_touch_or_overlap() -> None:
    """Empty pairs vanish, order does not matter."""
    assert merged([(5, 7), (1, 2), (2, 3), (4, 4), (6, 6), (5, 6)]) == [(1, 3), (5, 7)]


def test_pair_vanishes_when_it_lies_within_another() -> None:
    """The longer one keeps its end, whichever of several it is."""
    assert merged([(1, 9), (2, 3)]) == [(1, 9)]
    assert merged([(0, 1), (5, 9), (6, 7)]) == [(0, 1), (5, 9)]


def test_pairs_intersect_when_they_share_instants() -> None:
    """Touching pairs share nothing."""
    assert intersected([(0, 4), (6, 9)], [(4, 7), (8, 12)]) == [(6, 7), (8, 9)]


@pytest.mark.parametrize(
    ("pairs", "gaps"),
    [
        ([], [(0, 10)]),
        ([(0, 10)], []),
        ([(2, 3), (5, 6)], [(0, 2), (3, 5), (6, 10)]),
        ([(-5, 1), (9, 15)], [(1, 9)]),
        ([(12, 15)], [(0, 10)]),
        ([(2, 12), (14, 15)], [(0, 2)]),
        ([(0, 10), (12, 15)], []),
    ],
)
def test_complement_is_the_gaps_when_bounded(
    pairs: list[tuple[int, int]], gaps: list[tuple[int, int]]
) -> None:
    """What is left of [0, 10)."""
    assert complemented(pairs, 0, 10) == gaps


MORNING = SpanSet.of([Span(at(9), at(12))])
DAY = SpanSet.of([Span(at(8), at(10)), Span(at(11), at(17))])


def test_set_is_one_span_when_its_parts_touch() -> None:
    """Two ways of writing the same instants are equal."""
    parts = SpanSet.of([Span(at(11), at(12)), Span(at(9), at(11))])
    assert (parts, len(parts)) == (MORNING, 1)


def test_set_operations_give_instants_when_combined() -> None:
    """Union, intersection and difference, in hours: 9, 2 and 6 of them."""
    sets = (DAY | MORNING, DAY & MORNING, DAY - MORNING)
    assert [each.duration // timedelta(hours=1) for each in sets] == [9, 2, 6]


def test_difference_is_the_gap_when_taken_from_one_span() -> None:
    """From 9 to 12 without 8 to 10 and 11 to 17 leaves the hour from 10."""
    assert list(MORNING - DAY) == [Span(at(10), at(11))]


def test_nothing_is_left_when_taken_from_nothing() -> None:
    """The empty set stays empty."""
    assert (SpanSet() - DAY, SpanSet().duration) == (SpanSet(), timedelta(0))


def test_set_holds_an_instant_when_one_of_its_spans_does() -> None:
    """Membership is half-open here, too."""
    assert [moment in DAY for moment in (at(9), at(10), at(11), at(17))] == [
        True,
        False,
        True,
        False,
    ]


def test_set_reads_as_its_spans_when_shown() -> None:
    """The repr lists the spans."""
    assert repr(MORNING).startswith("SpanSet.of([Span(start=datetime.datetime(2026, 1, 5, 9, 0")
    assert list(MORNING) == [Span(at(9), at(12))]


def test_spans_survive_when_pickled() -> None:
    """Spans and sets travel between processes."""
    value = (Span(at(9), at(12)), DAY)
    assert pickle.loads(pickle.dumps(value)) == value
