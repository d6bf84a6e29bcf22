"""What the library answers: histories and rosters are made of a case as it is written."""

from __future__ import annotations

from itsm_core.events import AnswerSent, TicketOpened, TicketResolved
from itsm_core.testing import hard_cases
from itsm_core.testing._corpus_answers import answer_of, history_of


def test_history_is_as_told_when_made_of_a_case() -> None:
    """Kinds, instants, who did it, and what was told later."""
    (case,) = [each for each in hard_cases("clocks") if each.case_id == "clock-told-late"]
    opened, resolved = history_of(case)
    assert isinstance(opened, TicketOpened)
    assert (opened.priority, opened.requester, opened.actor) == ("P2", "rob", "rob")
    assert isinstance(resolved, TicketResolved)
    assert resolved.recorded_at.isoformat() == "2026-01-06T09:00:00+00:00"
    assert (resolved.actor, resolved.sequence) == ("ann", 1)


def test_machines_are_told_apart_when_a_case_says_so() -> None:
    """`automatic` reaches the event."""
    (case,) = [each for each in hard_cases("clocks") if each.case_id == "clock-automatic-answer"]
    answers = [event for event in history_of(case) if isinstance(event, AnswerSent)]
    assert [event.automatic for event in answers] == [True, False]


def test_rotation_is_the_cases_own_when_it_has_one() -> None:
    """Three people on weekdays, where the usual roster has two by the week."""
    (case,) = [each for each in hard_cases("on_call") if "rotation" in each.given]
    assert answer_of(case) == ("chi",)
