"""Texts that are not YAML: the line is that of the mistake, not where the parser gave up."""

from __future__ import annotations

import pytest

from itsm_core.documents import SyntaxFault, parse_document


def fault(text: str) -> SyntaxFault:
    """Return the one thing that is wrong with a text."""
    parsed = parse_document(text, "yaml")
    (only,) = parsed.faults
    return only


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("o:\n   a: 1\n    b: 2\n    c: 3\n", (2, 4), "begin it with 4 blanks, not 3"),
        ("o:\n  a: 1\n  b: 2\n    c: 3\n", (4, 5), "begin it with 2 blanks, not 4"),
        ("- a: 1\n  b: 2\n   c: 3\n", (3, 4), "begin it with 2 blanks, not 3"),
        ("a:\n  - b: 1\n    c:\n      d: 1\n   e: 2\n", (5, 4), "with 4 blanks, not 3"),
        ("a: 1\nb:2\nc: 3\n", (2, 2), "write b: 2"),
        ("a:1\nb: 2\n", (1, 2), "write a: 1"),
        ("a: {b:1}\n", (1, 5), "write b: 1"),
        ('a: 1\nb = "x"\nc: 3\n', (2, 1), 'write b: "x"'),
        ("a: {b: 1\nc:\n  d: 2\n", (1, 4), "close it with }"),
        ("a: [1\nc:\n  d: 2\n", (1, 4), "close it with ]"),
        ("a: {b: 1 c: 2}\n", (1, 10), "write b: 1, c:"),
        ("a: {\n  b: 1\n  c: 2\n}\n", (3, 4), "write a comma before it"),
        ("a:\n  *: 4h\n", (2, 3), 'write "*": 4h'),
        ("a: [*board]\n", (1, 5), 'write "*board"'),
        ("a: @hamburg\n", (1, 4), 'write "@hamburg"'),
        ("a: - x\n", (1, 4), "write a: [x]"),
        ("a: b: c\n", (1, 5), 'write "b: c"'),
        ("a: 'x\nb: 1\n", (1, 4), "close it with '"),
    ],
)
def test_yaml_says_where_and_what_when_it_cannot_be_read(
    text: str, place: tuple[int, int], words: str
) -> None:
    """Indentation, blanks, brackets, letters that mean something: each in its own line."""
    found = fault(text)
    assert found.place == place
    assert words in found.remedy


@pytest.mark.parametrize("text", ["a: {b: 1", "a: [1, 2"])
def test_yaml_names_the_bracket_when_the_text_ends_in_it(text: str) -> None:
    """The end of the text is no line to look at."""
    assert fault(text).place == (1, 4)


def test_yaml_reads_a_colon_within_a_key_when_its_value_is_given() -> None:
    """Only a key without a value is taken for a key and its value."""
    assert parse_document("a: {b:1: 2}\n", "yaml").values == {"a": {"b:1": 2}}
