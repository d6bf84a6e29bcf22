"""Typed ids: strings at run time."""

from __future__ import annotations

import pytest

from itsm_core import ids

NAMES = [name for name in ids.__all__ if name.endswith("Id")]


@pytest.mark.parametrize("name", NAMES)
def test_id_is_a_plain_string_when_made(name: str) -> None:
    """An id costs nothing at run time and goes wherever text goes."""
    made = getattr(ids, name)("X-1")
    assert (type(made), made) == (str, "X-1")


@pytest.mark.parametrize(
    "spelling", ["ren\u00e9", "rene\u0301", " ren\u00e9\t", "ren\u00e9\u200b", "\x00ren\u00e9"]
)
def test_person_is_the_same_when_spelt_otherwise(spelling: str) -> None:
    """L7: blanks around it, Unicode's two ways to write an accent, and what nobody sees."""
    assert ids.same_form(spelling) == "ren\u00e9"


def test_person_is_the_same_when_a_plain_name_holds_a_control() -> None:
    """Also where every letter is of ASCII."""
    assert ids.same_form("\x00ana\x7f") == "ana"


def test_person_is_another_when_a_letter_is() -> None:
    """Capitals, and blanks within, are part of a name; what is plain stays as it is."""
    assert [ids.same_form(each) for each in ("Ana", "ana b", "", "  ")] == ["Ana", "ana b", "", ""]


@pytest.mark.parametrize(
    ("text", "hides"),
    [
        ("ana", False),
        ("ana b", False),
        ("ren\u00e9", False),
        ("ana\x00", True),
        ("ana\n", True),
        ("a\u200bna", True),
        ("ana\u202e", True),
        ("\u2028", True),
        ("\u2029", True),
        ("ren\u00e9\x00", True),
        ("ana\u00a0b", False),
        ("ana\ud800", True),
    ],
)
def test_hidden_characters_are_found_when_a_text_has_them(text: str, hides: bool) -> None:
    """Controls, zero widths, marks of direction, breaks of lines, halves of pairs."""
    assert ids.has_hidden(text) is hides
