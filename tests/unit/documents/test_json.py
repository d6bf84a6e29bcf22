"""JSON with places: what the standard's own parser reads, stricter (law R7)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.documents import Place, parse_document
from tests.unit.documents.test_toml import paths_of

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner)
    ),
    max_leaves=10,
)


@given(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), VALUES),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
)
def test_json_reads_what_the_standard_library_writes(
    values: dict[str, object], indent: int | None, ascii_only: bool
) -> None:
    """The same values, and a place for every path."""
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only)
    parsed = parse_document(text, "json")
    assert repr(parsed.values) == repr(json.loads(text))
    assert set(parsed.spots) == paths_of(values)


def test_json_places_keys_and_values_when_read() -> None:
    """Counted by hand."""
    spots = parse_document('{\n  "a": [1,\n    {"ö": true}]\n}', "json").spots
    assert spots["a",] == (Place(2, 3), Place(2, 8))
    assert spots["a", 1] == (Place(3, 5), Place(3, 5))
    assert spots["a", 1, "ö"] == (Place(3, 6), Place(3, 11))


def test_json_tells_both_places_when_keys_stand_twice() -> None:
    """Reading goes on: every double is told, and the first of each counts."""
    parsed = parse_document('{"a": 1, "b": 2,\n "a": [3],\n "b": 4}', "json")
    assert parsed.values == {"a": 1, "b": 2}
    assert [(each.place, each.path) for each in parsed.faults] == [
        (Place(2, 2), ("a",)),
        (Place(3, 2), ("b",)),
    ]
    assert "1:2" in parsed.faults[0].remedy


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"a": NaN}', (1, 7), "no NaN"),
        ('{"a": -Infinity}', (1, 7), "no Infinity"),
        ('{"a": 1,\n}', (1, 8), "remove it"),
        ("{a: 1}", (1, 2), 'write "a"'),
        ('{"a": 1\n "b": 2}', (1, 8), "a comma"),
        ("[1]", (1, 1), "begin with {"),
        ('{"a": "x', (1, 7), "close it"),
        ("{\"a\": 'x'}", (1, 7), 'write "x"'),
        ('{"a": [1', (1, 7), "close it with ]"),
        ('{"a": 01}', (1, 7), 'write "01"'),
        ('{"a": True}', (1, 7), "write true"),
        ('{"a": 1} x', (1, 10), "behind the last"),
        ('{"a": "\\ud800"}', (1, 7), "both halves"),
        ('{"a": "\n"}', (1, 8), "escape"),
        ('{// no\n"a": 1}', (1, 2), "write TOML"),
        ('{"a": ' + "9" * 101 + "}", (1, 7), "18 digits"),
        ("", (1, 1), "begin with {"),
    ],
)
def test_json_says_where_and_what_when_the_text_is_none(
    text: str, place: tuple[int, int], words: str
) -> None:
    """One refusal, with the place and what to write."""
    (fault,) = parse_document(text, "json").faults
    assert fault.place == place
    assert words in fault.remedy


def test_json_is_refused_when_it_nests_too_deep() -> None:
    """No depth reaches the stack."""
    (fault,) = parse_document('{"a": ' + "[" * 100_000, "json").faults
    assert fault.code == "too-deep"
