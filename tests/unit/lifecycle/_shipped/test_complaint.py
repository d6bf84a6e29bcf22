"""The shipped lifecycle of complaints: both sides are heard (law D5)."""

from __future__ import annotations

import pytest

from itsm_core.lifecycle import COMPLAINT


def reached(without: str) -> set[str]:
    """Return the states that can be reached when a trigger is never fired."""
    found = {COMPLAINT.initial}
    for _ in COMPLAINT.states:
        found |= {
            each.target
            for each in COMPLAINT.transitions
            if each.target and each.trigger != without and found & set(each.sources)
        }
    return found


@pytest.mark.parametrize("hearing", ["hear_complainant", "hear_other_side"])
def test_no_decision_is_reached_when_one_side_was_not_heard(hearing: str) -> None:
    """D5: complaints hear both sides before they count; there is no way around either."""
    assert reached(hearing) & {"upheld", "dismissed", "closed"} == set()
    assert {"upheld", "dismissed", "closed"} <= reached("none")


@pytest.mark.parametrize("hearing", ["hear_complainant", "hear_other_side"])
def test_hearing_has_a_text_when_it_is_over(hearing: str) -> None:
    """What was said is written down, of a silent side that it was asked."""
    (found,) = COMPLAINT.transitions_of(hearing)
    assert found.required == ("reason",)


def test_complainant_does_not_decide_when_in_the_role_to() -> None:
    """L7: nobody judges their own complaint."""
    for trigger in ("uphold", "dismiss"):
        (found,) = COMPLAINT.transitions_of(trigger)
        assert found.separate_from == ("requester",)


def test_only_the_complainant_withdraws() -> None:
    """A complaint that the desk may cancel is none."""
    (cancel,) = COMPLAINT.transitions_of("cancel")
    assert cancel.roles == ("requester",)
