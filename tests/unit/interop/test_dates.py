"""Dates of a log: the declared format and zone, exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from itsm_core.errors import LogError
from itsm_core.interop import LogMapping, load_mapping
from itsm_core.interop._dates import DateReader
from itsm_core.spans import instant
from tests.unit.interop.sample import write_mapping


@pytest.fixture
def mapping(tmp_path: Path) -> LogMapping:
    """Return the sample mapping: Berlin time, day first."""
    return load_mapping(write_mapping(tmp_path))


def read(reader: DateReader, text: str) -> datetime:
    """Return the instant of a text."""
    return instant(reader.read(text, 7, "updated_at").utc_us)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("04.01.2016 09:05", datetime(2016, 1, 4, 8, 5, tzinfo=UTC)),
        ("4.7.2016 9:05", datetime(2016, 7, 4, 7, 5, tzinfo=UTC)),
        ("29.02.2016 00:00", datetime(2016, 2, 28, 23, 0, tzinfo=UTC)),
        # 2016-03-27 02:30 does not exist in Berlin: RFC 5545 reads it as 03:30, 01:30 UTC.
        ("27.03.2016 02:30", datetime(2016, 3, 27, 1, 30, tzinfo=UTC)),
        # 2016-10-30 02:30 happens twice in Berlin: the first is at 00:30 UTC.
        ("30.10.2016 02:30", datetime(2016, 10, 30, 0, 30, tzinfo=UTC)),
    ],
)
def test_date_reader_reads_local_time_when_the_zone_is_named(
    mapping: LogMapping, text: str, expected: datetime
) -> None:
    """A reading is taken in the mapping's zone; gaps and folds as in RFC 5545."""
    assert read(DateReader(mapping, "log.csv"), text) == expected


def test_date_reader_counts_when_readings_are_doubtful(mapping: LogMapping) -> None:
    """Readings in a gap and ambiguous ones are counted, each text once."""
    reader = DateReader(mapping, "log.csv")
    for text in ("27.03.2016 02:30", "27.03.2016 02:30", "30.10.2016 02:30", "1.1.2016 12:00"):
        read(reader, text)
    assert (reader.in_gap, reader.ambiguous) == (1, 1)


def test_date_reader_keeps_the_log_clock_when_it_converts(mapping: LogMapping) -> None:
    """Facts are told by the log's own clock, so both readings are kept."""
    moment = DateReader(mapping, "log.csv").read("04.01.2016 09:05", 2, "updated_at")
    assert instant(moment.local_us) == datetime(2016, 1, 4, 9, 5, tzinfo=UTC)


def test_date_reader_trusts_the_offset_when_the_text_has_one(mapping: LogMapping) -> None:
    """A date that names its offset needs no zone."""
    with_offset = attrs.evolve(mapping, date_format="%Y-%m-%dT%H:%M%z")
    reader = DateReader(with_offset, "log.csv")
    assert read(reader, "2016-07-01T12:00-0300") == datetime(2016, 7, 1, 15, 0, tzinfo=UTC)


def test_date_reader_reads_one_piece_dates_when_the_format_has_no_blank(
    mapping: LogMapping,
) -> None:
    """Formats that cannot be split into day and time of day are read whole."""
    whole = attrs.evolve(mapping, date_format="%Y-%m-%dT%H:%M:%S", zone="UTC")
    reader = DateReader(whole, "log.csv")
    assert read(reader, "2016-07-01T12:00:30") == datetime(2016, 7, 1, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2016-01-04 09:05", "31.02.2016 09:00", "4.1.2016 25:00", "x"])
def test_date_reader_refuses_when_the_text_does_not_fit(mapping: LogMapping, text: str) -> None:
    """The refusal names file, line, column, value and format."""
    with pytest.raises(LogError) as refused:
        read(DateReader(mapping, "log.csv"), text)
    said = str(refused.value)
    assert said.startswith("log.csv:7, column 'Changed'")
    assert repr(text) in said
    assert "%d.%m.%Y %H:%M" in said


def test_date_reader_trusts_the_offset_when_it_stands_in_the_day(mapping: LogMapping) -> None:
    """Day and time are not read apart, for the offset would be lost: 12:30 less 5 h is 07:30."""
    with_offset = attrs.evolve(mapping, date_format="%Y-%m-%d%z %H:%M")
    reader = DateReader(with_offset, "log.csv")
    assert read(reader, "2016-07-01+0500 12:30") == datetime(2016, 7, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Auckland"])
@pytest.mark.parametrize("text", ["31.12.9999 23:59", "01.01.0001 00:00"])
def test_date_reader_refuses_when_a_date_stands_for_never(
    mapping: LogMapping, zone: str, text: str
) -> None:
    """Nothing can be reckoned around the first and the last year; the place is named."""
    with pytest.raises(LogError) as refused:
        read(DateReader(attrs.evolve(mapping, zone=zone), "log.csv"), text)
    said = str(refused.value)
    assert said.startswith("log.csv:7, column 'Changed'")
    assert "file.missing" in said


def test_date_reader_refuses_when_a_date_with_its_offset_stands_for_never(
    mapping: LogMapping,
) -> None:
    """Also where the text names its own offset."""
    with_offset = attrs.evolve(mapping, date_format="%Y-%m-%dT%H:%M%z")
    with pytest.raises(LogError, match="year 1 or 9999"):
        read(DateReader(with_offset, "log.csv"), "9999-12-31T23:59-0500")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%d/%b/%y %I:%M %p", "05/Jan/26 1:30 PM"),
        ("%d %B %Y, %H:%M", "5 January 2026, 13:30"),
        ("%b %d %Y %H:%M", "JAN 05 2026 13:30"),
    ],
)
def test_month_is_read_when_it_is_an_english_word(
    mapping: LogMapping, form: str, text: str
) -> None:
    """Whatever the locale of this process: exports are written in English."""
    reader = DateReader(attrs.evolve(mapping, date_format=form), "log.csv")
    assert read(reader, text) == datetime(2026, 1, 5, 12, 30, tzinfo=UTC)


def test_month_is_refused_when_it_is_no_english_word(mapping: LogMapping) -> None:
    """It is not guessed what language it is."""
    reader = DateReader(attrs.evolve(mapping, date_format="%d %b %Y"), "log.csv")
    with pytest.raises(LogError, match=r"log\.csv:7.*'%d %b %Y'"):
        read(reader, "5 Mai 2026")
