"""Values on their way into a form."""

from __future__ import annotations

from itsm_core.policy._node import WRONG, Form, Node, Ref, is_wrong
from itsm_core.policy._notes import Notes
from itsm_core.policy._source import PolicySource


def test_node_notes_what_was_wanted_when_the_type_is_another() -> None:
    """The remedy is what to write, with the key."""
    notes = Notes(PolicySource(text=""))
    assert is_wrong(Node("3", ("a", "version"), notes).wrong_type("a whole number"))
    (found,) = notes.findings()
    assert found.message == "must be a whole number, not a text ('3')"
    assert found.remedy == "write version = 3"


def test_refs_are_equal_when_their_texts_are() -> None:
    """Where a name stands is no part of it, so that forms compare by what they say."""
    assert Ref("a", ("x",)) == Ref("a")
    assert not Ref("", ("x",))
    assert str(Ref("a")) == "a"


def test_form_gives_the_path_of_its_keys_when_asked() -> None:
    """Builders name places without repeating the way."""
    assert Form(at=("agreements", 0)).path("goals", "P1") == ("agreements", 0, "goals", "P1")


def test_wrong_is_no_value_when_shown() -> None:
    """A sentinel that leaks is recognised."""
    assert repr(WRONG) == "WRONG"


def test_list_is_suggested_item_by_item_when_a_text_has_commas() -> None:
    """Three people are not one with a long name."""
    notes = Notes(PolicySource(text=""))
    Node("ana, ben , chi", ("layers", "people"), notes).wrong_type("a list")
    assert notes.findings()[0].remedy == 'write people = ["ana", "ben", "chi"]'
