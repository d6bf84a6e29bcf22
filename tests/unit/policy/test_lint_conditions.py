"""Conditions on levels and reasons that there are not."""

from __future__ import annotations

import pytest

from tests.unit.policy.lint_desk import OFFICE, STANDARD, codes, line_of, told
from tests.unit.policy.test_lint_lifecycles import DESK


@pytest.mark.parametrize(
    ("field", "value", "near"),
    [
        ("impact", "hihg", "'high'"),
        ("priority", "P9", ""),
        ("hold_reason", "awaiting_requestor", "'awaiting_requester'"),
    ],
)
def test_guard_is_told_when_no_ticket_has_the_value(field: str, value: str, near: str) -> None:
    """The transition could never happen."""
    guard = f'guard = {{ field = "{field}", operator = "is", value = "{value}" }}\n'
    text = DESK.replace('sources = ["waiting"]\n', f'sources = ["waiting"]\n{guard}')
    text += DOOR
    finding = told(text, "impossible-value")
    assert (finding.line, finding.value) == (line_of(text, guard), value)
    assert near in finding.message


DOOR = """
[[lifecycles.errand.transitions]]
trigger = "give_up"
sources = ["waiting"]
target = "done"
"""


def test_guard_is_told_when_one_of_several_values_is_none() -> None:
    """The others hide the slip."""
    guard = 'guard = { not = { field = "urgency", operator = "in", values = ["high", "lwo"] } }\n'
    text = DESK.replace('sources = ["waiting"]\n', f'sources = ["waiting"]\n{guard}') + DOOR
    assert told(text, "impossible-value").value == "lwo"


def test_condition_is_told_when_an_agreement_asks_for_no_priority_there_is() -> None:
    """`applies_to` is a condition like any other."""
    rule = 'applies_to = { field = "priority", operator = "is", value = "P0" }\n'
    text = OFFICE + STANDARD.replace('calendar = "office"\n', f'calendar = "office"\n{rule}')
    assert told(text, "impossible-value").line == line_of(text, "P0")


def test_condition_is_told_when_a_rule_of_a_clock_or_ladder_asks_so() -> None:
    """Both look at the facts of a ticket."""
    when = '{ field = "hold_reason", operator = "is", value = "awaiting_requestor" }'
    start = '{ field = "event", operator = "is", value = "TicketOpened" }'
    rules = f"rules = {{ start = {start}, stop = {when} }}\n"
    ladder = (
        '[[ladders.usual.rules]]\nname = "late"\n'
        'trigger = { kind = "breached", clock = "resolution" }\n'
        'actions = [{ kind = "raise_priority", levels = 1 }]\n'
        f"when = {when.replace('requestor', 'requstor')}\n"
    )
    assert codes(OFFICE + STANDARD + rules + ladder) == ["impossible-value"] * 2


def test_condition_is_told_when_no_emergency_can_have_the_priority() -> None:
    """The exception would never hold."""
    rule = (
        '[guarantee]\nchannels = { phone = "reported" }\n'
        'emergency = { field = "priority", operator = "is", value = "P9" }\n'
    )
    text = OFFICE + STANDARD + rule
    assert told(text, "impossible-value").line == line_of(text, '"P9"')


def test_condition_is_not_told_when_the_level_is_above_the_matrix() -> None:
    """A major priority is one of the policy."""
    major = '[priority]\nmajor = "P0"\n'
    rule = 'applies_to = { field = "priority", operator = "is_not", value = "P0" }\n'
    text = (
        OFFICE + major + STANDARD.replace('calendar = "office"\n', f'calendar = "office"\n{rule}')
    )
    assert "impossible-value" not in codes(text)
