"""Help for the tests of reading: a policy in few lines, and what is found in one."""

from __future__ import annotations

from itsm_core.policy import Finding, Policy, read_policy

CALENDAR = """
[calendars.office]
zone = "Europe/Berlin"
hours = "Mo-Fr 09:00-17:00"
"""
AGREEMENT = """
[[agreements]]
id = "gold"
calendar = "office"
[agreements.resolution]
goals = { P1 = "4h" }
"""
TEXT = CALENDAR + AGREEMENT


def policy(text: str) -> Policy:
    """Return the policy of a sound text."""
    reading = read_policy(text, format="toml")
    assert reading.policy is not None, "\n".join(map(str, reading.findings))
    return reading.policy


def findings(text: str, kind: str = "toml") -> tuple[Finding, ...]:
    """Return what is found in a text that is refused."""
    reading = read_policy(text, format=kind)
    assert reading.policy is None
    return reading.findings


def finding(text: str) -> Finding:
    """Return the one thing that is found in a text."""
    (only,) = findings(text)
    return only
