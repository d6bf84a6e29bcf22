"""Places in a text, and paths in words."""

from __future__ import annotations

from itsm_core.documents import Place, path_text
from itsm_core.documents._places import Lines


def test_lines_count_from_one_when_asked_for_an_offset() -> None:
    """Columns count characters, not bytes."""
    lines = Lines("ab\néü=1\n")
    assert [lines.place(at) for at in (0, 2, 3, 5, 7)] == [
        Place(1, 1),
        Place(1, 3),
        Place(2, 1),
        Place(2, 3),
        Place(2, 5),
    ]


def test_path_text_joins_keys_and_numbers_when_shown() -> None:
    """What stands in messages can be searched for in the file."""
    assert path_text(("agreements", 0, "goals", "P1")) == "agreements[0].goals.P1"


def test_path_text_bounds_a_key_when_it_is_hostile() -> None:
    """A key of a megabyte, or one that a terminal obeys, does not reach the terminal."""
    shown = path_text(("\x1b[31m" + "x" * 1000,))
    assert len(shown) <= 80
    assert "\x1b" not in shown
