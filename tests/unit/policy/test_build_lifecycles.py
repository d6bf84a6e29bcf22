"""Lifecycles of a file."""

from __future__ import annotations

import pytest

from itsm_core.policy import load_policy
from tests.unit.policy.mistakes import TEXT, finding, findings, policy

LIFECYCLE = """
[lifecycles.tiny]
version = 3
hold_reasons = ["awaiting_parts"]
[lifecycles.tiny.states]
new = "new"
working = "active"
closed = "closed"
[[lifecycles.tiny.transitions]]
trigger = "open"
target = "new"
[[lifecycles.tiny.transitions]]
trigger = "start"
sources = ["new"]
target = "working"
roles = ["agent"]
guard = { field = "impact", operator = "is_present" }
[[lifecycles.tiny.transitions]]
trigger = "close"
sources = ["working"]
target = "closed"
[[lifecycles.tiny.transitions]]
trigger = "skip"
sources = ["new"]
target = "working"
"""


def test_lifecycle_is_built_when_the_file_defines_one() -> None:
    """States keep their order, guards are conditions, the name is the key."""
    tiny = policy(f'lifecycle = "tiny"\n{TEXT}{LIFECYCLE}').lifecycles["tiny"]
    assert (tiny.name, tiny.version) == ("tiny", 3)
    assert [state.name for state in tiny.states] == ["new", "working", "closed"]
    (start,) = tiny.transitions_of("start")
    assert str(start.condition) == "impact is present"


def test_lifecycle_of_new_tickets_may_be_a_shipped_one_when_named() -> None:
    """The file need not define it."""
    assert policy(f'lifecycle = "service_request"\n{TEXT}').lifecycle == "service_request"


def test_clocks_may_pause_on_the_reasons_of_the_file_when_it_defines_some() -> None:
    """What the lifecycle knows is known."""
    text = TEXT.replace('goals = { P1 = "4h" }', 'goals = { P1 = "4h" }\npause_on = ["{}"]')
    gold = policy(text.replace("{}", "awaiting_parts") + LIFECYCLE).agreement("gold")
    assert gold.targets[0].pause_on == frozenset({"awaiting_parts"})
    assert finding(text.replace("{}", "awaiting_part") + LIFECYCLE).suggestion == "awaiting_parts"


@pytest.mark.parametrize(
    ("before", "after", "line", "code", "suggestion"),
    [
        ('target = "working"', 'target = "wroking"', 25, "unknown-target", "working"),
        ('sources = ["new"]', 'sources = ["nwe"]', 24, "unknown-source", "new"),
        ('working = "active"', 'working = "actve"', 17, "unknown-name", "active"),
        ("version = 3", "version = 0", 13, "bad-version", ""),
        ('field = "impact"', 'field = "impct"', 27, "unknown-field", "impact"),
        ('roles = ["agent"]', 'role = ["agent"]', 26, "unknown-key", "roles"),
        ('trigger = "close"', 'triger = "close"', 29, "unknown-key", "trigger"),
        ('closed = "closed"', 'closed = "closed"\nlost = "active"', 19, "unreachable-state", ""),
    ],
)
def test_lifecycle_is_refused_at_its_line_when_unsound(
    before: str, after: str, line: int, code: str, suggestion: str
) -> None:
    """Also what only the whole lifecycle shows is told where it stands (law L3)."""
    text = TEXT + LIFECYCLE
    assert before in text
    found = [each for each in findings(text.replace(before, after)) if each.code == code]
    assert [(each.line, each.suggestion) for each in found][:1] == [(line, suggestion)]


def test_lifecycle_is_suggested_when_the_name_is_nearly_one() -> None:
    """Shipped names are told."""
    assert finding(f'lifecycle = "incidnt"\n{TEXT}').suggestion == "incident"


def test_sample_lifecycle_needs_an_approval_when_a_site_stood_still() -> None:
    """The co-managed sample asks the customer before a site is called solved (law L7)."""
    resolve = load_policy("msp").lifecycles["co-managed"].transitions_of("resolve")
    assert sorted(each.approvals for each in resolve) == [0, 1]


def test_consequences_are_not_told_when_a_state_is_misspelt() -> None:
    """The states behind it are not reached, and would be by the right name."""
    text = (TEXT + LIFECYCLE).replace('sources = ["working"]', 'sources = ["wroking"]')
    assert [(each.line, each.code) for each in findings(text)] == [(30, "unknown-source")]


def test_trigger_is_told_when_it_records_and_is_misspelt() -> None:
    """A missing target is what it looks like; the trigger is what is wrong."""
    own = '[[lifecycles.tiny.transitions]]\ntrigger = "asign"\nsources = ["new"]\n'
    found = finding(TEXT + LIFECYCLE + own)
    assert (found.line, found.code, found.suggestion) == (37, "unknown-target", "assign")


def test_target_is_asked_for_when_a_trigger_of_ones_own_has_none() -> None:
    """The states are listed."""
    own = '[[lifecycles.tiny.transitions]]\ntrigger = "ship"\nsources = ["new"]\n'
    assert "add target = one of: new, working, closed" in finding(TEXT + LIFECYCLE + own).remedy


@pytest.mark.parametrize(
    ("before", "line"),
    [('hold_reasons = ["awaiting_parts"]\n', 12), ('["awaiting_parts"]', 14)],
)
def test_hold_reasons_are_told_at_the_lifecycle_when_there_are_none(before: str, line: int) -> None:
    """At their key if they are empty, else at the header; not at a state of that name."""
    text = TEXT + LIFECYCLE.replace(before, "" if before.endswith("\n") else "[]")
    text = text.replace('closed = "closed"', 'closed = "closed"\nparked = "on_hold"')
    for trigger, source, target in (("hold", "working", "parked"), ("resume", "parked", "working")):
        text += f'[[lifecycles.tiny.transitions]]\ntrigger = "{trigger}"\n'
        text += f'sources = ["{source}"]\ntarget = "{target}"\n'
    found = finding(text)
    assert (found.code, found.line) == ("no-hold-reasons", line)
