"""A small policy as text, and what `lint` tells of it with other parts."""

from __future__ import annotations

from typing import Final

from itsm_core.policy import Finding, lint, read_policy

OFFICE: Final = """
[calendars.office]
zone = "Europe/Berlin"
hours = "Mo-Fr 09:00-17:00"
"""

STANDARD: Final = """
[[agreements]]
id = "standard"
calendar = "office"

[agreements.resolution]
goals = { P1 = "4h", P2 = "8h", P3 = "16h", P4 = "40h" }
"""


def found(text: str) -> list[Finding]:
    """Return what is told of a policy, which must be legal."""
    reading = read_policy(text, format="toml", name="desk.toml")
    assert reading.policy is not None, [str(each) for each in reading.findings]
    return list(lint(reading.policy, reading.source))


def codes(text: str) -> list[str]:
    """Return the codes of what is told."""
    return [each.code for each in found(text)]


def told(text: str, code: str) -> Finding:
    """Return the one finding, which has this code."""
    (finding,) = found(text)
    assert finding.code == code
    return finding


def line_of(text: str, part: str) -> int:
    """Return the line in which a part of the text stands, once."""
    assert text.count(part) == 1
    return text[: text.index(part)].count("\n") + 1
