"""Seeded mistakes in policy files: each is told in its line, with what is to be written instead."""

from __future__ import annotations

import pytest

from benchmarks.policy_mistakes import FOLDER, Mistake, found_in, mistakes, score
from itsm_core.policy import bundled_policies

MISTAKES = tuple(mistakes())


def named(mistake: Mistake) -> str:
    """Return what a test of a mistake is called."""
    return mistake.file


def test_mistakes_are_all_in_the_table_when_files_are_counted() -> None:
    """A file that the table forgets would prove nothing."""
    files = {path.name for path in FOLDER.iterdir()} - {"expected.toml"}
    assert {each.file for each in MISTAKES} == files
    assert len(MISTAKES) >= 30


@pytest.mark.parametrize("mistake", MISTAKES, ids=named)
def test_mistake_is_told_in_its_line_when_checked(mistake: Mistake) -> None:
    """The line is that of the key or value that has to be changed, not of its table."""
    assert mistake.line in [each.line for each in found_in(FOLDER / mistake.file)]


@pytest.mark.parametrize("mistake", MISTAKES, ids=named)
def test_mistake_is_answered_when_checked(mistake: Mistake) -> None:
    """What is told in that line contains the right name, value or key."""
    assert mistake.is_answered(found_in(FOLDER / mistake.file))


@pytest.mark.parametrize("mistake", MISTAKES, ids=named)
def test_mistake_is_told_alone_when_checked(mistake: Mistake) -> None:
    """One mistake is told in one place, and its consequences are not told at all."""
    assert mistake.is_located(found_in(FOLDER / mistake.file))


@pytest.mark.parametrize("name", bundled_policies())
def test_nothing_is_found_when_the_policy_is_shipped(name: str) -> None:
    """What we ship breaks none of our rules."""
    assert [str(each) for each in found_in(name)] == []


def test_score_reaches_the_targets_when_counted() -> None:
    """At least 28 of 30 in the exact line, 25 of 30 with the right suggestion, nothing shipped."""
    found = score()
    assert found.located * 30 >= 28 * found.total
    assert found.suggested * 30 >= 25 * found.total
    assert found.findings_on_shipped == 0
