"""Texts that are not TOML: the mistake is named in its line, with what is to be written there."""

from __future__ import annotations

import pytest

from itsm_core.documents import SyntaxFault, parse_document


def fault(text: str) -> SyntaxFault:
    """Return the one thing that is wrong with a text."""
    parsed = parse_document(text, "toml")
    (only,) = parsed.faults
    return only


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("title = “The board”\n", (1, 9), 'write title = "The board"'),
        ("title = ‘The board’\n", (1, 9), "write title = 'The board'"),
        ("a = 1\nb = [2026-02-30]\n", (2, 6), "correct the day: February 2026 has 28 days"),
        ("b = 2026-24-12\n", (1, 5), "write b = 2026-12-24"),
        ("b = 05.01.2026\n", (1, 5), "write b = 2026-01-05"),
        ('a = { x = "2h" y = "4h" }\n', (1, 15), 'write a = { x = "2h", y = "4h" }'),
        ('a = ["high" "low"]\n', (1, 12), 'write a = ["high", "low"]'),
        ("a = [\n 1\n 2\n]\n", (3, 2), "end the line above with ,"),
        ("a = { b = 1, }\n", (1, 14), "remove the comma"),
        ("a = {\n b = 1 }\n", (1, 6), "write all of it in one line, or its keys below a [header]"),
        ("a = [", (1, 5), "close it with ]"),
        ('a = "x" b = 1\n', (1, 9), "write each key in a line of its own"),
    ],
)
def test_toml_says_what_to_write_when_it_cannot_be_read(
    text: str, place: tuple[int, int], remedy: str
) -> None:
    """Each is a slip that people make; the remedy is the line as it was meant."""
    found = fault(text)
    assert (found.place, found.remedy) == (place, remedy)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[t]\na = 1\n[t]\na = 2\n", 3),
        ("[[t]]\na = 1\n[t]\na = 2\n", 3),
        ("[t]\na = 1\n[[t]]\na = 2\n", 3),
    ],
)
def test_toml_suggests_double_brackets_when_a_table_stands_twice(text: str, line: int) -> None:
    """A second table of one name is meant as the next of a list, or one too many."""
    found = fault(text)
    assert (found.code, found.place.line, found.suggestion) == ("twice", line, "[[t]]")
    assert "keep one of them" in found.remedy


def test_toml_tells_the_first_fault_when_a_key_stands_twice_below_it() -> None:
    """The parser stops at the first; the scan for keys reads on, and must not overtake it."""
    assert fault("a = “x”\nb = 1\nb = 2\n").place.line == 1
