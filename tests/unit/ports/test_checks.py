"""What every store can hold, and what none is asked to."""

from __future__ import annotations

import json
from typing import cast

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.ports import TEXT_LENGTH, checked_text
from itsm_core.ports._checks import compact_json, series


@pytest.mark.parametrize("text", ["", "x" * TEXT_LENGTH, "Ümläut 🚒\n\t"])
def test_text_is_accepted_when_every_store_holds_it(text: str) -> None:
    """An empty text is one."""
    assert checked_text("a text", text) == text


@pytest.mark.parametrize("text", ["x" * (TEXT_LENGTH + 1), "a\0b", "\ud800", None, 5, b"x"])
def test_text_is_refused_when_some_store_cannot_hold_it(text: object) -> None:
    """PostgreSQL keeps no NUL, and no database half of a surrogate pair."""
    with pytest.raises(InvalidValue, match="a text"):
        checked_text("a text", text)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (' { "b" : 1 , "a" : [ 1.50, null ] } ', '{"b":1,"a":[1.5,null]}'),
        ('"\\u00fc"', '"ü"'),
        ("12345678901234567890", "12345678901234567890"),
        ('"\\u0000"', '"\\u0000"'),
    ],
)
def test_json_is_kept_in_one_form_when_it_is_written_in_another(given: str, kept: str) -> None:
    """Blanks and escapes are layout; the order of members is content. The form is a fixed point."""
    assert compact_json("data", given) == kept
    assert compact_json("data", kept) == kept
    assert json.loads(kept) == json.loads(given)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "{",
        "NaN",
        "[Infinity]",
        "1e999",
        '{"a": 1, "a": 2}',
        '"\\ud800"',
        "[" * 100_000,
        "1" * 5000,
        None,
        5,
        b"{}",
        "1" * (TEXT_LENGTH + 1),
    ],
)
def test_json_is_refused_when_it_cannot_come_back_as_it_was(given: object) -> None:
    """Law R7: no NaN, no key twice, no half of a pair, no bottomless nesting."""
    with pytest.raises(InvalidValue, match="data"):
        compact_json("data", given)


def test_series_is_refused_when_it_is_none() -> None:
    """The error says what would be one."""
    with pytest.raises(InvalidValue, match=r"no series of x.*generator"):
        series(5, "no series of x")
    assert list(cast("list[int]", series(iter([1]), "x"))) == [1]
