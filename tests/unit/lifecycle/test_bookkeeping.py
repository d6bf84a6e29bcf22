"""What every shipped lifecycle lets people record, and who (laws S10, L6)."""

from __future__ import annotations

import pytest

from itsm_core.errors import DefinitionError
from itsm_core.lifecycle import INCIDENT, SHIPPED, Lifecycle, State, StateCategory, Transition
from itsm_core.lifecycle._bookkeeping import bookkeeping, merge

STATES = (
    State(name="new", category=StateCategory.NEW),
    State(name="parked", category=StateCategory.ON_HOLD),
    State(name="done", category=StateCategory.RESOLVED),
    State(name="closed", category=StateCategory.CLOSED),
    State(name="cancelled", category=StateCategory.CANCELLED),
)


def test_places_are_those_of_the_categories_when_made() -> None:
    """Nudges on hold, follow-ups at rest, promises until the end, explanations for ever."""
    found = {each.trigger: each.sources for each in bookkeeping(STATES, ("staff",))}
    assert found["nudge"] == ("parked",)
    assert found["follow_up"] == ("done", "closed", "cancelled")
    assert found["commit"] == ("new", "parked", "done")
    assert found["explain_breach"] == tuple(state.name for state in STATES)


def test_nobody_is_nudged_when_nothing_ever_waits() -> None:
    """A lifecycle without holds has no such trigger."""
    found = bookkeeping((STATES[0], *STATES[2:]), ("staff",))
    assert "nudge" not in {each.trigger for each in found}


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
def test_nobody_who_works_on_it_excludes_time_when_shipped(lifecycle: Lifecycle) -> None:
    """S10: those who answer for the promise, never the assignee, with a second person."""
    (found,) = lifecycle.transitions_of("exclude_time")
    assert found.separate_from == ("assignee",)
    assert set(found.required) == {"reason", "approver"}
    assert "requester" not in found.roles
    assert "system" not in found.roles


def test_merge_starts_from_work_when_shipped() -> None:
    """What is resolved has its solution. Changes and complaints end by their own rules alone."""
    assert merge(STATES, ("staff",)).sources == ("new", "parked")
    merging = {each.name for each in SHIPPED if "merge" in each.triggers}
    assert merging == {"incident", "service_request", "problem", "known_error", "task"}


def test_merge_is_refused_when_the_clocks_would_run_on() -> None:
    """L6: merging ends the clocks, so it leads to a cancelled state."""
    moves = [
        Transition(trigger="merge", sources=["new"], target="closed")
        if each.trigger == "merge"
        else each
        for each in INCIDENT.transitions
    ]
    with pytest.raises(DefinitionError) as caught:
        Lifecycle(
            name="odd",
            states=INCIDENT.states,
            hold_reasons=INCIDENT.hold_reasons,
            transitions=moves,
        )
    assert [each.code for each in caught.value.faults] == ["merge-not-cancelled"]


def test_merge_is_no_way_out_when_a_state_has_no_other() -> None:
    """It takes another ticket: a hold that only a merge ends has no end."""
    moves = [
        each
        for each in INCIDENT.transitions
        if each.trigger not in {"resume", "resolve", "cancel"} or "on_hold" not in each.sources
    ]
    with pytest.raises(DefinitionError) as caught:
        Lifecycle(
            name="odd",
            states=INCIDENT.states,
            hold_reasons=INCIDENT.hold_reasons,
            transitions=moves,
        )
    assert "hold-without-exit" in {each.code for each in caught.value.faults}
