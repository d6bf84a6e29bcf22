"""Strict readers: exact types only."""

from __future__ import annotations

import pytest

from itsm_core.errors import CodecError
from itsm_core.lifecycle import _json


@pytest.mark.parametrize("value", [1, None, True, ["a"], b"a"])
def test_text_is_refused_when_it_is_something_else(value: object) -> None:
    """R7: nothing is turned into a text."""
    with pytest.raises(CodecError, match="place: not a text"):
        _json.text(value, "place")


@pytest.mark.parametrize("value", ["1", 1.0, True, None])
def test_whole_number_is_refused_when_it_is_something_else(value: object) -> None:
    """R7: neither true nor 1.0 is a whole number."""
    with pytest.raises(CodecError, match="place: not a whole number"):
        _json.whole(value, "place")


def test_list_is_refused_when_an_item_is_wrong() -> None:
    """The place names the item."""
    with pytest.raises(CodecError, match=r"place\[1\]: not a text"):
        _json.texts(["a", 2], "place")


def test_record_is_refused_when_a_key_is_missing() -> None:
    """Nothing gets a silent default."""
    with pytest.raises(CodecError, match="place: key 'b' is missing; add it"):
        _json.record({"a": 1}, "place", ("a", "b"))


def test_choice_is_what_the_name_stands_for_when_known() -> None:
    """A name becomes its value."""
    assert _json.choice("b", "place", {"a": 1, "b": 2}) == 2
