"""Mistakes of users: each is found by the shipped laws, quickly, with a story; mended it is not."""

from __future__ import annotations

import contextlib
import io

import pytest

from itsm_core.testing import LawBroken
from tests.golden.user_mistakes.table import MISTAKES, Mistake, found


def named(mistake: Mistake) -> str:
    """Return what a test of a mistake is called."""
    return mistake.name


def test_mistakes_are_twenty_or_more_and_of_every_kind() -> None:
    """Calendars, priorities, lifecycles, agreements, ladders, rosters, stores."""
    laws = {mistake.law for mistake in MISTAKES}
    assert len(MISTAKES) >= 20
    assert laws >= {"Y1", "Y2", "P1", "Y4", "Y10", "Y14", "Y11", "R5"}


@pytest.mark.parametrize("mistake", MISTAKES, ids=named)
def test_mistake_is_found_when_its_laws_are_tried(mistake: Mistake) -> None:
    """In under ten seconds, by the law that it breaks, in two or three lines that say what."""
    error, seconds = found(mistake)
    assert error is not None
    assert seconds < 10
    assert error.law.split(",")[0] == mistake.law
    assert mistake.says in str(error)
    assert 1 <= len(error.story) <= 3
    assert error.ledger


@pytest.mark.parametrize("mistake", MISTAKES, ids=named)
def test_example_finds_the_mistake_again_when_it_is_run(mistake: Mistake) -> None:
    """The code of a report stands alone."""
    error, _ = found(mistake)
    assert error is not None
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(LawBroken):
        exec(error.example, {})
        assert said.getvalue().strip()


# A store that is mended is the store in memory, each time the same.
MENDED = [each for each in MISTAKES if each.law != "R5"] + [MISTAKES[-1]]


@pytest.mark.parametrize("mistake", MENDED, ids=named)
def test_nothing_is_found_when_the_mistake_is_mended(mistake: Mistake) -> None:
    """A law that always fails proves nothing."""
    mistake.test(mended=True)
