"""Figures and texts as people read them, and as no screen can be harmed by them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.report._words import (
    clean,
    count,
    day,
    duration,
    durations_padded,
    elapsed,
    escaped,
    in_markdown,
    moment,
    percent,
    plural,
    times,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=5), "59 min 05 s"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=1, minutes=5), "1 h 05 min"),
        (timedelta(days=4, hours=4, minutes=4), "100 h 04 min"),
        (timedelta(days=100), "2,400 h"),
        (timedelta(hours=-2, minutes=-30), "−2 h 30 min"),
    ],
)
def test_duration_is_in_hours_and_minutes_never_days(length: timedelta, words: str) -> None:
    """A day could be eight hours or twenty-four, so it is never named (law C9)."""
    assert duration(length) == words


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(0.25, "0.2x"), (2.25, "2.2x"), (9.96, "10.0x"), (16.4, "16x"), (1234.5, "1,234x")],
)
def test_times_rounds_to_what_a_person_compares(ratio: float, words: str) -> None:
    """One decimal below ten, none above."""
    assert times(ratio) == words


def test_times_of_a_goal_of_nothing_is_without_measure() -> None:
    """Any lateness is infinitely more than no time at all."""
    assert times(math.inf) == "∞"


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(0, "0%"), (1, "100%"), (0.9, "90.0%"), (0.4567, "45.7%"), (0.99996, "99.9%"), (2e-4, "0.1%")],
)
def test_percent_says_all_or_nothing_only_when_true(ratio: float, words: str) -> None:
    """One broken promise in ten thousand is not 100%."""
    assert percent(ratio) == words


def test_count_separates_thousands() -> None:
    """Long figures are readable."""
    assert count(1234567) == "1,234,567"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 weeks"), (1, "1 week"), (2000, "2,000 weeks")]
)
def test_plural_agrees_with_its_number(number: int, words: str) -> None:
    """One is singular, everything else is not."""
    assert plural(number, "week") == words


def test_moment_is_in_the_zone_asked_for() -> None:
    """22:30 UTC in summer is the next day in Berlin."""
    assert moment(datetime(2026, 6, 30, 22, 30, tzinfo=UTC), BERLIN) == "Wed 1 Jul 2026 00:30"


def test_moment_is_in_utc_when_the_zone_has_no_such_year() -> None:
    """Logs write "never" as the end of 9999, which is year 10000 in Berlin (law T5)."""
    never = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)

    assert moment(never, BERLIN) == "Fri 31 Dec 9999 23:59"


def test_day_leaves_the_year_out_when_asked() -> None:
    """Axis labels are short."""
    assert day(datetime(2026, 2, 19, 12, tzinfo=UTC), BERLIN, year=False) == "19 Feb"


@pytest.mark.parametrize(
    "hostile",
    ["\x1b[31mred", "a\x00b", "\u202egnp.exe", "\ud800", "x\u2028y", "bell\x07", "\u200b"],
)
def test_clean_leaves_nothing_to_obey_when_text_is_hostile(hostile: str) -> None:
    """Escapes, overrides, lone surrogates and invisible characters are replaced."""
    assert not set("\x1b\x00\u202e\ud800\u2028\x07\u200b") & set(clean(hostile))


def test_clean_is_one_line_when_text_has_many() -> None:
    """Line ends become spaces."""
    assert clean("one\r\ntwo\tthree") == "one  two three"


def test_clean_is_bounded_when_text_is_long() -> None:
    """A megabyte of title does not become a megabyte of report."""
    assert clean("x" * 1_000_000, 10) == "xxxxxxxxx…"


def test_clean_keeps_people_as_they_are_called() -> None:
    """Accents, scripts and symbols are no danger."""
    assert clean("São Paulo, Łódź, 東京, naïve ☎") == "São Paulo, Łódź, 東京, naïve ☎"


def test_escaped_is_harmless_when_text_is_markup() -> None:
    """Neither a tag nor an attribute can be left by it."""
    assert escaped("<b a='1'>&\"") == "&lt;b a=&#x27;1&#x27;&gt;&amp;&quot;"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("due 9 h 5 min late", "due 9 h 05 min late"),
        ("counted 3981 h 39 min", "counted 3,981 h 39 min"),
        ("held desk 7 min 8 s", "held desk 7 min 08 s"),
        ("started Mon 2016-01-04 10:30:00 CET", "started Mon 2016-01-04 10:30:00 CET"),
        ("goal 4 h working time", "goal 4 h working time"),
    ],
)
def test_durations_in_a_text_are_written_as_everywhere(text: str, words: str) -> None:
    """The explanation of a clock and the figure beside it show one duration in one way."""
    assert durations_padded(text) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=2, hours=23), "2 days"),
        (timedelta(days=1_000), "1,000 days"),
    ],
)
def test_elapsed_is_in_days_from_two_up(length: timedelta, words: str) -> None:
    """Whole days of 24 hours, cut off."""
    assert elapsed(length) == words


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain (text) 1.5 h", "plain (text) 1.5 h"),
        ("<b>&amp;|*_`~#", "\\<b\\>\\&amp;\\|\\*\\_\\`\\~\\#"),
        ("[a](b) @me $x$", "\\[a\\](b) \\@me \\$x\\$"),
        ("http://x www.y WWW.z", "http\\://x www\\.y WWW\\.z"),
        ("a\nb\x1b\\", "a b\N{REPLACEMENT CHARACTER}\\\\"),
    ],
)
def test_markdown_text_means_nothing_to_markdown(text: str, safe: str) -> None:
    """Marks, links, bare addresses, mentions and formulas are escaped; prose stays readable."""
    assert in_markdown(text) == safe
