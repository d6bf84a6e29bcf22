"""One value of a payload: written as JSON, read from what a JSON reader makes, never converted."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest

from itsm_core.adapters._codec_values import (
    AS_FOUND,
    CHECKS,
    INSTANTS,
    PATTERNS,
    Refused,
    as_text,
    is_unicode,
    write_instant,
)
from itsm_core.spans import EPOCH

VALUES = {
    str: ("", "a", "ü\U0001f692", '"\\\n\x00\x1f\x7f\u2028'),
    int: (0, -1, 2**63 - 1, -(2**63)),
    bool: (True, False),
    frozenset[str]: (frozenset(), frozenset({"b", "a"})),
}


@pytest.mark.parametrize("kind", VALUES, ids=str)
def test_value_comes_back_when_written_and_read(kind: object) -> None:
    """Through Python's own JSON reader, which is not the one that wrote it."""
    write, read = CHECKS[kind]
    for value in VALUES[kind]:  # type: ignore[index]
        again = read(json.loads(write(value)))
        assert (again, type(again)) == (value, type(value))


@pytest.mark.parametrize("kind", VALUES, ids=str)
def test_value_is_refused_when_it_is_of_another_type(kind: object) -> None:
    """True is no 1, "false" is no False, and a subclass may be anything."""
    write, read = CHECKS[kind]
    for value in (None, 1.5, object(), b"a", *(v[0] for k, v in VALUES.items() if k is not kind)):
        if kind == frozenset[str] and value == []:
            continue
        with pytest.raises(Refused):
            write(value)
        with pytest.raises(Refused):
            read(value)


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (1_767_603_600_000_001, "2026-01-05T09:00:00.000001Z"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_instant_has_one_spelling_when_written(micros: int, text: str) -> None:
    """Six decimals and a Z, whatever the instant; and it is read back."""
    (_, read), _ = INSTANTS
    assert write_instant(micros) == f'"{text}"'
    assert read(text) == micros
    assert datetime.fromisoformat(text) == EPOCH + timedelta(microseconds=micros)


@pytest.mark.parametrize("micros", [253_402_300_800_000_000, -62_135_596_800_000_001, 2**62])
def test_instant_is_refused_when_no_year_has_it(micros: int) -> None:
    """Years 1 to 9999 (law T5)."""
    with pytest.raises(Refused, match="years 1 to 9999"):
        write_instant(micros)


def test_instant_may_be_missing_when_it_is_optional() -> None:
    """None is null, and nothing else is."""
    _, (write, read) = INSTANTS
    assert (write(None), read(None)) == ("null", None)
    with pytest.raises(Refused):
        read("")


def test_text_has_bytes_when_it_is_unicode() -> None:
    """Half of a surrogate pair has none."""
    assert is_unicode("ü\U0001f692")
    assert not is_unicode("\ud83d")
    with pytest.raises(Refused, match="surrogate"):
        as_text("\ud83d")


def test_every_pattern_takes_only_what_its_reader_takes_when_compared() -> None:
    """What a pattern finds is not looked at again."""
    tried = [*("", "a", "INC-1", "0", "-0", "-1", "1", "01", "007", "9" * 18, "9" * 19), "true"]
    tried += ["false", "1e3", "2026-01-05T09:00:00.000000Z", "2026-01-05 09:00", "a\nb", " "]
    for read, pattern in PATTERNS.items():
        for text in tried:
            for written in (text, json.dumps(text)):
                match = re.fullmatch(pattern, written, re.ASCII)
                if match is None:
                    continue
                found = AS_FOUND[read](match[1]) if read in AS_FOUND else match[1]
                assert found == read(json.loads(written))
