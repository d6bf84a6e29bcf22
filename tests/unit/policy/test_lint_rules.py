"""The table of rules: each is told apart, explained and described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itsm_core.cli._explain import explanations
from itsm_core.policy import RULES, Severity, read_policy
from itsm_core.policy._lint_rules import Subject
from tests.unit.policy.lint_desk import OFFICE, STANDARD


@pytest.mark.parametrize("code", sorted(RULES))
def test_rule_is_explained_when_its_code_is_looked_up(code: str) -> None:
    """`itsm-core explain` knows every code that `policy check` tells."""
    assert code in explanations()


@pytest.mark.parametrize("code", sorted(RULES))
def test_rule_is_on_the_page_when_users_read_it(code: str, root: Path) -> None:
    """The guide lists everything that is looked for."""
    page = (root / "docs" / "how-to" / "check-a-policy.md").read_text(encoding="utf-8")
    assert f"`{code}`" in page


def test_rules_are_used_when_the_source_is_searched(root: Path) -> None:
    """A rule that nothing tells would be a promise of a check that there is not."""
    folder = root / "src" / "itsm_core" / "policy"
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in folder.glob("_lint*.py")
        if path.name != "_lint_rules.py"
    )
    elsewhere = "".join(
        (root / "src" / "itsm_core" / name).read_text(encoding="utf-8")
        for name in ("rosters/_check.py", "contacts/_channels.py", "sla/_legs.py", "sla/_advice.py")
    )
    named = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', source + elsewhere))
    assert set(RULES) - named == set()


def test_rule_lets_the_file_pass_when_only_it_is_broken() -> None:
    """What is legal is never an error: errors refuse the file."""
    assert {rule.severity for rule in RULES.values()} <= {Severity.WARNING, Severity.NOTE}


def test_finding_has_severity_and_text_of_its_rule_when_told() -> None:
    """The table is the one place that says how grave a finding is."""
    reading = read_policy(OFFICE + STANDARD, format="toml", name="desk.toml")
    assert reading.policy is not None
    subject = Subject(reading.policy, reading.source)
    finding = subject.tell("hardly-open", "is shut", ("calendars", "office", "hours"))
    assert (finding.severity, finding.rule) == (
        RULES["hardly-open"].severity,
        RULES["hardly-open"].text,
    )
    assert (finding.file, finding.line, finding.column) == ("desk.toml", 4, 9)


def test_paths_lead_to_agreement_target_and_goal_when_asked() -> None:
    """Findings stand at the key that has to be changed, whichever way it is written."""
    text = (
        OFFICE
        + STANDARD
        + """
[agreements.targets.second]
metric = "response"
goals = { "*" = "8h" }
"""
    )
    reading = read_policy(text, format="toml")
    assert reading.policy is not None
    subject = Subject(reading.policy, reading.source)
    (agreement,) = reading.policy.agreements
    first, second = agreement.targets
    assert subject.agreement_path(agreement) == ("agreements", 0)
    assert subject.target_path(agreement, first) == ("agreements", 0, "resolution")
    assert subject.target_path(agreement, second) == ("agreements", 0, "targets", "second")
    assert subject.goal_path(agreement, first, "P2")[-2:] == ("goals", "P2")
    assert subject.goal_path(agreement, second, "P2")[-2:] == ("goals", "*")


def test_paths_lead_as_near_as_there_is_a_key_when_the_file_is_another() -> None:
    """A policy that was not read from this text is placed at its sections, not refused."""
    reading = read_policy(OFFICE + STANDARD, format="toml")
    other = read_policy(OFFICE + "agreements = []\n", format="toml")
    assert reading.policy is not None
    subject = Subject(reading.policy, other.source)
    (agreement,) = reading.policy.agreements
    assert subject.agreement_path(agreement) == ("agreements",)
    assert subject.target_path(agreement, agreement.targets[0]) == ("agreements",)
    assert subject.written(("calendars", "office", "hours", "deeper")) is None
    assert subject.written(("agreements", 3)) is None
