"""Findings: faults that name state, transition and story."""

from __future__ import annotations

import pickle

from itsm_core.errors import Fault
from itsm_core.lifecycle import Finding


def test_finding_is_a_fault_when_shown_and_pickled() -> None:
    """Whoever reads faults can read findings."""
    found = Finding(
        "dead-end",
        "is a dead end",
        "state 'pit'",
        "pit",
        "add a way out",
        state="pit",
        trigger="fall",
        story=("open -> new", "fall -> pit"),
    )
    assert isinstance(found, Fault)
    assert str(found) == "state 'pit': is a dead end (add a way out)"
    assert pickle.loads(pickle.dumps(found)) == found


def test_finding_names_no_place_when_it_is_about_the_whole() -> None:
    """A lifecycle without states has neither state nor trigger nor story."""
    found = Finding("no-states", "has no states")
    assert (found.state, found.trigger, found.story) == ("", "", ())
