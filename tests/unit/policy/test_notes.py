"""What is noted, and where it comes out."""

from __future__ import annotations

from itsm_core.errors import CodecError, DefinitionError, Fault, InvalidValue
from itsm_core.policy import read_policy
from itsm_core.policy._notes import Notes
from tests.unit.policy.mistakes import TEXT


def notes() -> Notes:
    """Return an empty notebook on a small policy."""
    return Notes(read_policy(TEXT, format="toml").source)


def test_notes_stand_in_the_order_of_the_text_when_told() -> None:
    """Readers go from top to bottom, whatever was checked first."""
    book = notes()
    book.add("b", "second", ("agreements", 0, "id"))
    book.add("a", "first", ("calendars", "office", "zone"))
    assert [each.message for each in book.findings()] == ["first", "second"]


def test_notes_tell_a_fault_once_when_it_is_noted_twice() -> None:
    """Two checks may see the same thing."""
    book = notes()
    for _ in range(2):
        book.add("a", "first", ("calendars", "office", "zone"))
    assert len(book.findings()) == 1


def test_notes_know_what_is_broken_when_something_below_is() -> None:
    """Nothing is built of parts that are wrong, and nothing else is held back."""
    book = notes()
    book.add("a", "first", ("calendars", "office", "zone"))
    assert book.is_broken(("calendars", "office"))
    assert not book.is_broken(("agreements",))


def test_notes_take_every_kind_of_error_when_a_constructor_refuses() -> None:
    """Faults, single values and payloads keep their words and remedies."""
    book = notes()
    at = ("agreements", 0)
    book.add_error(DefinitionError("x", (Fault("f", "m", "resolution.goals[P1]"),)), at)
    book.add_error(InvalidValue("not a goal", "4", "write '4h'"), (*at, "id"))
    book.add_error(CodecError("not a text", "condition.field", 1, "quote it"), (*at, "calendar"))
    assert [(each.line, each.message, each.remedy) for each in book.findings()] == [
        (7, "not a goal: '4'", "write '4h'"),
        (8, "not a text", "quote it"),
        (10, "m", ""),
    ]


def test_notes_suggest_a_name_when_letters_were_taken_for_figures() -> None:
    """'Pl' is half of 'P1', and meant."""
    book = notes()
    book.unknown((), "Pl", ("P1", "P2"))
    assert book.findings()[0].suggestion == "P1"
