"""What agreements remark about themselves, at its place in the file."""

from __future__ import annotations

from tests.unit.policy.lint_desk import OFFICE, STANDARD, codes, found, line_of, told

LIFECYCLE = """
[lifecycles.desk]
hold_reasons = ["parts", "customer"]
states = { new = "new", busy = "active", parked = "on_hold", done = "closed" }
transitions = [
    { trigger = "open", target = "new" },
    { trigger = "start", sources = ["new"], target = "busy" },
    { trigger = "hold", sources = ["busy"], target = "parked", required = ["reason"] },
    { trigger = "resume", sources = ["parked"], target = "busy" },
    { trigger = "close", sources = ["busy"], target = "done" },
]
"""
LEGGED = 'legs = [{ clock = "resolution", agreement = "network", leg_clock = "ola" }]'
NETWORK = """
[[agreements]]
id = "network"
kind = "ola"
calendar = "always"

[agreements.ola]
rules = { held_by = ["network"] }
goals = { P1 = "2h", P2 = "2h", P3 = "2h" }
"""


def test_limit_is_told_when_the_clock_never_pauses_for_its_reason() -> None:
    """It bounds what never is."""
    text = OFFICE + STANDARD + 'pause_on = ["awaiting_requester"]\n'
    text += 'pause_limits = [{ reason = "awaiting_supplier", longest = "4h" }]\n'
    finding = told(text, "limit-unused")
    assert finding.line == line_of(text, "pause_limits")


def test_limit_is_not_told_when_it_bounds_a_pause() -> None:
    """The same with the reason that pauses."""
    text = OFFICE + STANDARD + 'pause_on = ["awaiting_requester"]\n'
    text += 'pause_limits = [{ reason = "awaiting_requester", longest = "4h" }]\n'
    assert codes(text) == []


def test_leg_is_told_when_it_lacks_a_priority_of_its_promise() -> None:
    """P4 has a goal of 40 hours here, and none with the group."""
    text = OFFICE + STANDARD.replace("calendar =", f"{LEGGED}\ncalendar =", 1) + NETWORK
    findings = [each for each in found(text) if each.code == "leg-without-goal"]
    assert [each.line for each in findings] == [line_of(text, "legs =")]
    assert "P4" in findings[0].message


def test_reason_is_told_when_no_clock_pauses_for_it() -> None:
    """Waiting for parts counts, for the customer it does not."""
    text = 'lifecycle = "desk"\n' + OFFICE + LIFECYCLE + STANDARD + 'pause_on = ["customer"]\n'
    finding = told(text, "hold-reason-counts")
    assert (finding.line, finding.value) == (line_of(text, "hold_reasons"), "parts")


def test_lifecycle_is_told_when_nothing_names_it() -> None:
    """The policy goes on using the shipped incident."""
    text = OFFICE + LIFECYCLE + STANDARD + 'pause_on = ["customer", "parts"]\n'
    finding = told(text, "unused-lifecycle")
    assert finding.line == line_of(text, "[lifecycles.desk]")
