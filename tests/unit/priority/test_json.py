"""Strict readers of plain values (law R7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core import readers
from itsm_core.errors import CodecError
from itsm_core.priority import _json


def test_record_is_read_when_an_optional_key_is_missing() -> None:
    """Needed keys are there, optional ones may be."""
    assert _json.record({"a": 1}, "it", ("a",), ("b",)) == {"a": 1}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "it: not an object"),
        ({"a": 1, "c": 1}, "it: unknown key.*use one of a, b"),
        ({"b": 1}, "it.a: missing key"),
    ],
)
def test_record_is_refused_when_its_keys_are_others(value: object, message: str) -> None:
    """The place is in the message."""
    with pytest.raises(CodecError, match=message):
        _json.record(value, "it", ("a",), ("b",))


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_whole_is_refused_when_it_only_looks_like_one(value: object) -> None:
    """Nothing is converted."""
    with pytest.raises(CodecError, match="not a whole number"):
        readers.whole(value, "it")


def test_duration_is_exact_when_read() -> None:
    """Microseconds, and no float."""
    assert _json.duration(3_600_000_001, "it") == timedelta(hours=1, microseconds=1)


def test_duration_is_the_longest_when_that_is_written() -> None:
    """R7: what can be held can be read, although it has more than 64 bits."""
    assert _json.duration(86_400_000_000_000_000_000 - 1, "it") == timedelta.max


@pytest.mark.parametrize(
    ("micros", "message"),
    [
        (86_400_000_000_000_000_000, "it: too long"),
        ((1 << 127) - 1, "it: too long"),
        (1 << 127, "it: must fit into 128 bits"),
    ],
)
def test_duration_is_refused_when_it_is_too_long(micros: int, message: str) -> None:
    """A typed error instead of an overflow (law T5)."""
    with pytest.raises(CodecError, match=message):
        _json.duration(micros, "it")
