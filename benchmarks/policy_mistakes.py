"""How well seeded mistakes in policy files are located, and how well they are answered.

The mistakes and what is expected of each are in `tests/golden/policy_mistakes`; thirty were written
before the checks. `score()` counts; `python -m benchmarks.policy_mistakes` shows each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import attrs

from itsm_core.policy import Finding, bundled_policies, lint, read_policy

__all__ = ["Mistake", "Score", "found_in", "mistakes", "score"]

FOLDER: Final = Path(__file__).parents[1] / "tests" / "golden" / "policy_mistakes"


@attrs.frozen(kw_only=True)
class Mistake:
    """Hold one file with one mistake: in which line it is, and what a helpful answer contains."""

    file: str
    line: int
    code: str
    suggestion: tuple[str, ...]
    story: str

    def is_located(self, findings: tuple[Finding, ...]) -> bool:
        """Return whether it is told in its very line, and nothing is told of any other line."""
        return bool(findings) and all(each.line == self.line for each in findings)

    def is_answered(self, findings: tuple[Finding, ...]) -> bool:
        """Return whether what is told in its line contains the right suggestion."""
        told = [
            f"{each.message}\n{each.remedy}\n{each.suggestion}"
            for each in findings
            if each.line == self.line
        ]
        return any(text in each for each in told for text in self.suggestion)


class Score(NamedTuple):
    """Count mistakes told in their exact line, with the right suggestion, in all; and noise."""

    located: int
    suggested: int
    total: int
    findings_on_shipped: int


def mistakes() -> Iterator[Mistake]:
    """Yield the mistakes in the order of their table."""
    with (FOLDER / "expected.toml").open("rb") as file:
        for told in tomllib.load(file)["mistakes"]:
            yield Mistake(**{**told, "suggestion": tuple(told["suggestion"])})


def found_in(policy: str | Path) -> tuple[Finding, ...]:
    """Return everything that `policy check` tells of a policy."""
    reading = read_policy(policy)
    more = () if reading.policy is None else lint(reading.policy, reading.source)
    return (*reading.findings, *more)


def score() -> Score:
    """Return how the seeded mistakes are told, and how much is told of the shipped policies."""
    found = [(each, found_in(FOLDER / each.file)) for each in mistakes()]
    return Score(
        located=sum(each.is_located(findings) for each, findings in found),
        suggested=sum(each.is_answered(findings) for each, findings in found),
        total=len(found),
        findings_on_shipped=sum(len(found_in(name)) for name in bundled_policies()),
    )


def _show() -> None:
    for each in mistakes():
        findings = found_in(FOLDER / each.file)
        marks = "".join(
            letter if holds else "-"
            for letter, holds in (
                ("L", each.is_located(findings)),
                ("S", each.is_answered(findings)),
                ("C", any(finding.code == each.code for finding in findings)),
            )
        )
        print(f"{marks} {each.file}:{each.line} {each.code}, {' or '.join(each.suggestion)}")
        for finding in findings:
            print(f"      {finding.line}:{finding.column} {finding.code}: {finding.message}")
            print(f"        {finding.remedy} [{finding.suggestion}]")
    print(score())


if __name__ == "__main__":
    _show()
