"""Strict readers: exact types only."""

from __future__ import annotations

import pytest

from itsm_core import readers
from itsm_core.errors import CodecError


@pytest.mark.parametrize("value", [1, None, True, ["a"], b"a"])
def test_text_is_refused_when_it_is_something_else(value: object) -> None:
    """R7: nothing is turned into a text."""
    with pytest.raises(CodecError, match="place: not a text"):
        readers.text(value, "place")


@pytest.mark.parametrize("value", ["1", 1.0, True, None])
def test_whole_number_is_refused_when_it_is_something_else(value: object) -> None:
    """R7: neither true nor 1.0 is a whole number."""
    with pytest.raises(CodecError, match="place: not a whole number"):
        readers.whole(value, "place")


def test_list_is_refused_when_an_item_is_wrong() -> None:
    """The place names the item."""
    with pytest.raises(CodecError, match=r"place\[1\]: not a text"):
        readers.texts(["a", 2], "place")
