"""The shipped lifecycle of known errors."""

from __future__ import annotations

from itsm_core.lifecycle import KNOWN_ERROR


def test_workaround_is_reviewed_when_published() -> None:
    """Four eyes, and the text of the workaround."""
    publish = KNOWN_ERROR.transition("publish", "new")
    assert publish is not None
    assert (publish.separate_from, publish.required) == (("assignee",), ("reason",))


def test_nothing_is_resolved_when_it_was_never_published() -> None:
    """A known error without a workaround for others to read helps nobody."""
    (resolve,) = KNOWN_ERROR.transitions_of("resolve")
    assert resolve.sources == ("published", "awaiting_fix")
