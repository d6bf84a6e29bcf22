"""Strict readers: exact types only."""

from __future__ import annotations

import pytest

from itsm_core.errors import CodecError
from itsm_core.lifecycle import _json


def test_record_is_refused_when_a_key_is_missing() -> None:
    """Nothing gets a silent default."""
    with pytest.raises(CodecError, match="place: key 'b' is missing; add it"):
        _json.record({"a": 1}, "place", ("a", "b"))


def test_choice_is_what_the_name_stands_for_when_known() -> None:
    """A name becomes its value."""
    assert _json.choice("b", "place", {"a": 1, "b": 2}) == 2
