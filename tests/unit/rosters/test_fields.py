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
    with pytest.raises(DefinitionError) as caught:
        check.refuse("it", (Fault("empty", "a"), Fault("twice", "b")))
    assert codes(caught.value.faults) == ["empty", "twice"]
