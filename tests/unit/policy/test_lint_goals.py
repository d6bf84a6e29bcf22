"""Goals that contradict each other, goals that are missing, warnings that come too late."""

from __future__ import annotations

from tests.unit.policy.lint_desk import OFFICE, STANDARD, codes, found, line_of, told

GOALS = 'goals = { P1 = "4h", P2 = "8h", P3 = "16h", P4 = "40h" }'


def with_goals(goals: str) -> str:
    """Return the desk with other goals, one a line."""
    assert GOALS in STANDARD
    return OFFICE + STANDARD.replace(
        f"[agreements.resolution]\n{GOALS}", f"[agreements.resolution.goals]\n{goals}"
    )


def test_slow_goal_is_told_when_the_less_urgent_is_due_earlier() -> None:
    """24 hours of an office of eight hours are three days."""
    goals = 'P1 = "24h"\nP2 = "2 working days"\nP3 = "5 working days"\nP4 = "9 working days"'
    finding = told(with_goals(goals), "slower-than-less-urgent")
    assert finding.line == line_of(with_goals(goals), 'P1 = "24h"')
    assert finding.suggestion == '"wall 24h"'
    assert "always" in finding.message


def test_slow_goal_is_told_when_it_is_later_from_some_hours_only() -> None:
    """Three hours of work begun after 14:00 end on the next day, four on the wall on the same.

    Of the hours 9 to 16 these are 15 and 16 (from 14:00 they end at 17:00): two of eight.
    """
    goals = 'P1 = "3h"\nP2 = "wall 4h"\nP3 = "16h"\nP4 = "40h"'
    finding = told(with_goals(goals), "slower-than-less-urgent")
    assert "from 20 of 80 working hours" in finding.message
    assert finding.suggestion == ""


def test_slow_goal_is_not_told_when_goals_are_equal() -> None:
    """One goal for all priorities is a decision."""
    goals = 'P1 = "8h"\nP2 = "8h"\nP3 = "8h"\nP4 = "8h"'
    assert codes(with_goals(goals)) == []


def test_slow_goal_is_not_told_when_only_closed_hours_show_it() -> None:
    """From a Sunday one working day ends before nine hours: nobody writes goals for that."""
    goals = 'P1 = "2h"\nP2 = "4h"\nP3 = "7h"\nP4 = "1 working day"'
    assert codes(with_goals(goals)) == []


def test_late_answer_is_told_when_it_is_due_after_the_solution() -> None:
    """The answer to P3 has more time than its solution."""
    text = OFFICE + STANDARD + '[agreements.response]\ngoals = { P3 = "17h", "*" = "1h" }\n'
    finding = next(each for each in found(text) if each.code == "response-after-resolution")
    assert finding.line == line_of(text, 'P3 = "17h"')
    assert "17 h working time" in finding.message
    assert "16 h working time" in finding.message


def test_late_answer_is_not_told_when_both_are_due_at_once() -> None:
    """A solution is an answer: equal goals mean one promise."""
    text = OFFICE + STANDARD + f"[agreements.response]\n{GOALS}\n"
    assert codes(text) == []


def test_missing_goal_is_told_when_tickets_can_have_the_priority() -> None:
    """The place is that of the table; the remedy is a line to paste."""
    text = OFFICE + STANDARD.replace(', P4 = "40h"', "")
    finding = told(text, "goal-missing")
    assert (finding.line, finding.value) == (line_of(text, "goals = {"), "P4")
    assert finding.suggestion == 'P4 = "16h"'


def test_missing_goal_is_not_told_when_a_star_is_for_every_other_priority() -> None:
    """One goal for all that are not listed leaves none without."""
    assert codes(OFFICE + STANDARD.replace(GOALS, 'goals = { P1 = "4h", "*" = "8h" }')) == []


def test_missing_goal_is_not_told_when_the_agreement_takes_no_such_ticket() -> None:
    """An agreement for P1 and P2 needs goals for these."""
    text = STANDARD.replace(GOALS, 'goals = { P1 = "4h", P2 = "8h" }')
    text = text.replace("calendar =", 'when = { priority = ["P1", "P2"] }\ncalendar =')
    assert codes(OFFICE + text) == []


def test_late_warning_is_told_when_the_file_asks_for_it() -> None:
    """Of four hours 98 % leave 4 min 48 s; of eight they leave enough."""
    text = OFFICE + STANDARD + "warn_at = [0.5, 0.98]\n"
    finding = told(text, "late-warning")
    assert (finding.line, finding.value) == (line_of(text, "0.98"), "0.98")
    assert finding.message == "98% leaves less than 5 minutes for P1"


def test_late_warning_is_not_told_when_nobody_wrote_it() -> None:
    """The default of 75 % is ours: of 15 minutes it leaves less than four, unasked."""
    assert codes(OFFICE + STANDARD.replace('P1 = "4h"', 'P1 = "15m"')) == []


def test_goals_of_years_are_compared_in_time_when_they_are_a_slip_of_typing() -> None:
    """9,999 working days are counted day by day: fewer hours are asked, and the order is told."""
    goals = 'P1 = "9999 working days"\nP2 = "9998 working days"\nP3 = "99998h"\nP4 = "99999h"'
    finding = next(
        each for each in found(with_goals(goals)) if each.code == "slower-than-less-urgent"
    )
    assert "P1 (9999 working days)" in finding.message


def test_goal_without_end_is_not_told_when_the_calendar_runs_out() -> None:
    """The desk closes for good in December: 999 hours are never due, so later than nothing."""
    text = OFFICE.replace("calendars.office", "calendars.old")
    text += '[calendars.office]\nversions = [{ calendar = "old" }, '
    text += '{ start = "2026-12-01", calendar = "never" }]\n'
    assert codes(text + STANDARD.replace('P3 = "16h"', 'P3 = "999h"')) == []
    assert codes(OFFICE + STANDARD.replace('P3 = "16h"', 'P3 = "999h"')) == [
        "slower-than-less-urgent"
    ]


def test_missing_goal_is_not_told_when_each_promise_brings_its_own() -> None:
    """Commitments have deadlines, no goals (law D4)."""
    assert codes(OFFICE + STANDARD + '[agreements.commitment]\ncalendar = "office"\n') == []
