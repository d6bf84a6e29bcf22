"""One way in for every format."""

from __future__ import annotations

import pytest

from itsm_core.documents import FORMATS, parse_document


@pytest.mark.parametrize(
    ("kind", "text"), [("toml", "a = 1"), ("json", '{"a": 1}'), ("yaml", "a: 1")]
)
def test_parse_document_reads_every_format_when_marked(kind: str, text: str) -> None:
    """A byte order mark is no fault in any of them."""
    parsed = parse_document(f"\ufeff{text}", kind)
    assert (parsed.values, parsed.faults) == ({"a": 1}, ())


def test_formats_name_a_parser_for_every_ending() -> None:
    """An ending that stands for nothing would be found by a user."""
    assert set(FORMATS.values()) == {"toml", "json", "yaml"}


def test_parse_document_is_refused_when_there_are_too_many_values() -> None:
    """The budget of values holds before anything is made of them."""
    text = "a = [" + "1," * 100_001 + "]"
    parsed = parse_document(text, "toml")
    assert [each.code for each in parsed.faults] == ["too-large"]
