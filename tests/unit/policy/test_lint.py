"""Lint as a whole: order, and what it looks at."""

from __future__ import annotations

from tests.unit.policy.lint_desk import OFFICE, STANDARD, found


def test_nothing_is_found_when_the_policy_is_sound() -> None:
    """The small desk of these tests is the one from which each of them departs."""
    assert found(OFFICE + STANDARD) == []


def test_findings_are_in_the_order_of_the_file_when_several() -> None:
    """A reader goes through the file from its top, whatever was looked at first."""
    text = OFFICE.replace("09:00-17:00", "09:00-09:05") + STANDARD.replace(', P4 = "40h"', "")
    text += OFFICE.replace("office", "spare")
    assert [(each.line, each.code) for each in found(text)] == [
        (4, "hardly-open"),
        (11, "goal-missing"),
        (13, "unused-calendar"),
    ]
