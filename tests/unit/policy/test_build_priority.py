"""The matrix and what modifies it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.priority import ITIL_MATRIX, PriorityFacts
from tests.unit.policy.mistakes import TEXT, findings, policy

MATRIX = """
[matrix]
impacts = ["high", "low"]
urgencies = ["high", "low"]
priorities = ["P1", "P2", "P3"]
[matrix.cells]
high = { high = "P1", low = "P2" }
low = { high = "P2", low = "P3" }
"""
RULES = """
[priority]
major = "P0"
[[priority.modifiers]]
name = "vip"
when = { field = "vip", operator = "is", value = true }
raise = 1
[priority.directory]
vips = ["ada"]
[priority.overrides]
approvers_required = 1
longest = "24h"
"""


def test_matrix_is_the_sample_when_the_file_has_none() -> None:
    """The default is documented."""
    assert policy(TEXT).matrix == ITIL_MATRIX


def test_rules_modify_the_matrix_when_the_file_has_some() -> None:
    """Ada is a VIP: one level up (law P1)."""
    rules = policy(TEXT + MATRIX + RULES).matrix.policy
    facts = PriorityFacts(impact="low", urgency="low", requester="ada")
    assert rules.priority(facts) == "P2"
    assert rules.priorities == ("P0", "P1", "P2", "P3")
    assert (rules.overrides.approvers_required, rules.overrides.longest) == (1, timedelta(hours=24))


@pytest.mark.parametrize(
    ("before", "after", "line", "code", "suggestion"),
    [
        ('high = { high = "P1", low', 'hihg = { high = "P1", low', 17, "unknown-impact", "high"),
        ('{ high = "P1", low', '{ hihg = "P1", low', 17, "unknown-urgency", "high"),
        ('high = "P1"', 'high = "Pl"', 17, "unknown-priority", "P1"),
        (', low = "P3" }', " }", 18, "missing-cell", 'low = "P2"'),
        ('low = { high = "P2", low = "P3" }', "", 16, "missing-cell", 'low = { high = "P1", ... }'),
        ('low = "P3" }', 'low = "P1" }', 18, "not-monotone", ""),
        ('impacts = ["high", "low"]', "impacts = []", 13, "no-levels", ""),
        ("raise = 1", "riase = 1", 25, "unknown-key", "raise"),
        ("raise = 1", "raise = 0", 25, "invalid-value", ""),
        ("raise = 1", 'set = "P9"', 25, "unknown-priority", ""),
        ("raise = 1", 'raise = 1\nset = "P1"', 26, "wrong-value", ""),
        ("raise = 1", "", 22, "missing-key", "raise = 1"),
        ('field = "vip"', 'field = "vipp"', 24, "unknown-field", "vip"),
        ('operator = "is"', 'operator = "="', 24, "wrong-value", ">="),
        ('longest = "24h"', 'longest = "1 day"', 30, "invalid-value", "1 working day"),
        ("approvers_required = 1", "approvers_required = 2", 29, "invalid-value", ""),
        ('major = "P0"', 'major = "P1"', 21, "duplicate-level", ""),
    ],
)
def test_priority_is_refused_at_its_line_when_wrong(
    before: str, after: str, line: int, code: str, suggestion: str
) -> None:
    """The line is that of the key that is wrong, also for what the domain refuses."""
    text = TEXT + MATRIX + RULES
    assert before in text
    found = findings(text.replace(before, after, 1))[0]
    assert (found.line, found.code, found.suggestion) == (line, code, suggestion)
