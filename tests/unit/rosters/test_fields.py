"""The checks of fields: what is wrong is named with place, value and remedy, all at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from itsm_core.errors import DefinitionError, Fault
from itsm_core.rosters import _fields as check
from itsm_core.spans import END_OF_TIME


def codes(faults: Iterable[Fault]) -> list[str]:
    """Return the codes of faults."""
    return [fault.code for fault in faults]


DAY = datetime(2026, 1, 1, tzinfo=UTC)
LAST = END_OF_TIME + 1


@pytest.mark.parametrize(
    ("found", "places"),
    [
        (check.text_faults("x", 1), [("wrong-type", "x", "1")]),
        (check.text_faults("x", "  "), [("empty", "x", "'  '")]),
        (check.texts_faults("x", "ana"), [("wrong-type", "x", "'ana'")]),
        (check.texts_faults("x", ("ana", "")), [("empty", "x[1]", "''")]),
        (check.kind_faults("x", 1, str, "a text"), [("wrong-type", "x", "1")]),
        (check.kinds_faults("x", [1], int, "number"), [("wrong-type", "x", "[1]")]),
        (check.kinds_faults("x", (1, "2"), int, "number"), [("wrong-type", "x[1]", "'2'")]),
        (check.number_faults("x", "1", 1, 2), [("wrong-type", "x", "'1'")]),
        (check.number_faults("x", 3, 1, 2), [("wrong-value", "x", "3")]),
        (check.number_faults("x", 0, 1, 2), [("wrong-value", "x", "0")]),
        (check.number_faults("x", 1, 1, 2), []),
        (check.choice_faults("x", "dayz", ("days",)), [("unknown-name", "x", "'dayz'")]),
        (check.choice_faults("x", "days", ("days",)), []),
        (check.zone_faults("x", 1), [("wrong-type", "x", "1")]),
        (check.zone_faults("x", "Berlin"), [("unknown-zone", "x", "Berlin")]),
        (check.zone_faults("x", "b" * 130), [("unknown-zone", "x", "b" * 120)]),
        (check.zone_faults("x", "Europe/Berlin"), []),
        (check.date_faults("x", "monday"), [("not-a-date", "x", "'monday'")]),
        (check.date_faults("x", None), [("not-a-date", "x", "None")]),
        (check.date_faults("x", date(2026, 1, 1)), []),
        (check.time_faults("x", "noon"), [("not-a-time", "x", "'noon'")]),
        (check.time_faults("x", time(9, 0, 1)), []),
        (check.duration_faults("x", None), [("wrong-type", "x", "None")]),
        (
            check.duration_faults("x", timedelta(0)),
            [("wrong-value", "x", "datetime.timedelta(0)")],
        ),
        (check.duration_faults("x", timedelta(microseconds=1)), []),
        (
            check.span_faults(1, 0),
            [("backward-span", "end", "1970-01-01T00:00:00+00:00")],
        ),
        (check.span_faults("x", 1), [("wrong-type", "start", "'x'")]),
        (check.span_faults(1, "x"), [("wrong-type", "end", "'x'")]),
        (check.span_faults(1, LAST), [("instant-out-of-range", "end", str(LAST))]),
        (check.span_faults(1, END_OF_TIME), []),
        (check.span_faults(check.START_OF_TIME, 1), []),
        (
            check.span_faults(check.START_OF_TIME - 1, 1),
            [("instant-out-of-range", "start", str(check.START_OF_TIME - 1))],
        ),
    ],
    ids=range(32),
)
def test_check_tells_place_and_value_when_a_value_is_wrong(
    found: Iterable[Fault], places: list[tuple[str, str, str]]
) -> None:
    """Where it stands and what stands there; the last that is allowed is no fault."""
    assert [(each.code, each.where, each.value) for each in found] == places


@pytest.mark.parametrize(
    ("found", "remedy"),
    [
        (check.choice_faults("x", "dayz", ("days", "weeks")), "use one of: days, weeks"),
        (check.choice_faults("x", "dayz", ()), "define it first"),
        (check.kind_faults("x", 1, str, "a text"), "use a text"),
        (check.kind_faults("x", 1, str, "a text", "write it so"), "write it so"),
        (check.number_faults("x", 3000, 1, 2000), "use 1 to 2,000"),
    ],
    ids=range(5),
)
def test_check_tells_what_to_do_when_a_value_is_wrong(found: Iterable[Fault], remedy: str) -> None:
    """The given remedy, or one made of what was meant."""
    assert [each.remedy for each in found] == [remedy]


def test_instant_is_read_when_it_is_written_with_an_offset_and_left_when_naive() -> None:
    """The checks name what has no zone; microseconds pass, an aware instant is converted."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    assert check.as_instant(naive) == naive
    assert check.as_instant("2026-01-01T00:00") == naive
    assert check.as_instant(5) == 5
    assert check.as_instant(DAY) == 1_767_225_600_000_000
    (fault,) = check.span_faults(naive, 1_767_225_600_000_000)
    assert (fault.code, fault.where) == ("naive-datetime", "start")
    assert "has no time zone" in fault.message


def test_list_is_left_when_it_is_a_text_or_a_mapping() -> None:
    """Neither a text nor a mapping is a list of names; any other series is."""
    for given in ("ana", b"ana", {"ana": 1}, 5):
        assert check.many(given) == given
    assert check.many(iter(("ana",))) == ("ana",)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (check.text_faults("x", 1), ["wrong-type"]),
        (check.text_faults("x", "  "), ["empty"]),
        (check.text_faults("x", "", optional=True), []),
        (check.texts_faults("x", "ana"), ["wrong-type"]),
        (check.texts_faults("x", ("ana", "", 3)), ["empty", "wrong-type"]),
        (check.kind_faults("x", 1, str, "a text"), ["wrong-type"]),
        (check.kinds_faults("x", [1], int, "number"), ["wrong-type"]),
        (check.kinds_faults("x", (1, "2"), int, "number"), ["wrong-type"]),
        (check.number_faults("x", True, 1, 2), ["wrong-type"]),
        (check.number_faults("x", 3, 1, 2), ["wrong-value"]),
        (check.number_faults("x", 2, 1, 2), []),
        (check.choice_faults("x", "dayz", ("days", "weeks")), ["unknown-name"]),
        (check.choice_faults("x", 1, ()), ["unknown-name"]),
        (check.zone_faults("x", 1), ["wrong-type"]),
        (check.zone_faults("x", "Berlin"), ["unknown-zone"]),
        (check.date_faults("x", "monday"), ["not-a-date"]),
        (check.date_faults("x", datetime(2026, 1, 1, tzinfo=UTC)), ["not-a-date"]),
        (check.date_faults("x", None, optional=True), []),
        (check.time_faults("x", "noon"), ["not-a-time"]),
        (check.time_faults("x", time(9, tzinfo=UTC)), ["not-a-time"]),
        (check.time_faults("x", time(9, 0, 0, 1)), ["not-a-time"]),
        (check.duration_faults("x", None, optional=True), []),
        (check.duration_faults("x", 5), ["wrong-type"]),
        (check.duration_faults("x", timedelta(0)), ["wrong-value"]),
        (check.span_faults(2, 1), ["backward-span"]),
        (check.span_faults(1, 1), ["backward-span"]),
        (check.span_faults("x", True), ["wrong-type", "wrong-type"]),
        (check.span_faults(1, END_OF_TIME + 1), ["instant-out-of-range"]),
        (check.span_faults(datetime(2026, 1, 1), 5), ["naive-datetime"]),  # noqa: DTZ001
    ],
)
def test_check_tells_the_code_when_a_value_is_wrong(
    found: Iterable[Fault], expected: list[str]
) -> None:
    """Each kind of mistake has its own code, and what is right has none."""
    assert codes(found) == expected


def test_choice_suggests_when_the_word_is_nearly_right() -> None:
    """The nearest known word is in the message."""
    (fault,) = check.choice_faults("unit", "dayz", ("days", "weeks"))
    assert "did you mean 'days'" in fault.message


def test_conversion_leaves_what_it_cannot_read_when_a_text_is_wrong() -> None:
    """A converter that refused would hide the other faults."""
    assert check.as_date("monday") == "monday"
    assert check.as_time("noon") == "noon"
    assert check.as_instant("then") == "then"
    assert check.many("ana") == "ana"


def test_conversion_reads_texts_when_they_are_iso() -> None:
    """Plain data of a file needs no conversion by hand."""
    assert check.as_date("2026-01-05") == date(2026, 1, 5)
    assert check.as_time("09:00") == time(9)
    assert check.as_instant("1970-01-01T01:00+01:00") == 0
    assert check.many(["ana"]) == ("ana",)


def test_refuse_raises_every_fault_when_there_are_several() -> None:
    """Nobody corrects one mistake at a time."""
    check.refuse("it", ())
    with pytest.raises(DefinitionError, match=r"^it: ") as caught:
        check.refuse("it", (Fault("empty", "a"), Fault("twice", "b")))
    assert codes(caught.value.faults) == ["empty", "twice"]
