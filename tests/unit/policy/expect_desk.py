"""A policy and stories to try it on, as texts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from itsm_core.policy import CaseResult, Expectations, load_policy, read_expectations
from itsm_core.policy import run_expectations as run

POLICY: Final = """
[calendars.office]
zone = "Europe/Berlin"
hours = "Mo-Fr 09:00-17:00"

[[agreements]]
id = "mail"
calendar = "always"
when = { service = ["mail"] }

[agreements.response]
goals = { P1 = "15m", P2 = "30m", P3 = "2h", P4 = "8h" }

[[agreements]]
id = "standard"
calendar = "office"

[agreements.response]
goals = { P1 = "30m", P2 = "1h", P3 = "4h", P4 = "8h" }

[agreements.resolution]
goals = { P1 = "4h", P2 = "8h", P3 = "16h", P4 = "40h" }
pause_on = ["awaiting_requester"]
"""

FRIDAY: Final = """
zone = "Europe/Berlin"

[[cases]]
name = "Friday evening"
opened = "2026-03-27 16:50"
ticket = { impact = "high", urgency = "medium" }
events = [
    { at = "2026-03-30 09:20", do = "answer" },
    { at = "2026-03-30 10:00", do = "hold", reason = "awaiting_requester" },
    { at = "2026-03-30 12:00", do = "contact" },
    { at = "2026-03-31 09:00", do = "resolve" },
]

[cases.expect]
agreement = "standard"
priority = "P2"
response = { due = "2026-03-30 09:50", state = "met" }
resolution = { due = "2026-03-31 10:50", state = "met", cycles = 1 }
"""
"""Ten minutes count on Friday, so an hour is over on Monday at 09:50; eight and a pause of two on
Tuesday at 10:50."""


def case(**keys: str) -> str:
    """Return one case: TOML values by key; `expect` is an inline table."""
    told = {"name": '"a case"', "opened": '"2026-03-30 09:00"', **keys}
    lines = [f"{key} = {value}" for key, value in told.items()]
    return 'zone = "Europe/Berlin"\n[[cases]]\n' + "\n".join(lines) + "\n"


def read(folder: Path, text: str, name: str = "desk.expect.toml") -> Expectations:
    """Return expectations from a file in a folder."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_expectations(path)


def results(folder: Path, text: str, policy: str = POLICY) -> tuple[CaseResult, ...]:
    """Return what comes of expectations, which must be readable."""
    path = folder / "desk.toml"
    path.write_text(policy, encoding="utf-8")
    expectations = read(folder, text)
    assert expectations.findings == ()
    return run(expectations, load_policy(path))


def differences(folder: Path, text: str, policy: str = POLICY) -> list[str]:
    """Return the differences of the only case, in words."""
    (result,) = results(folder, text, policy)
    return [str(each) for each in result.differences]
