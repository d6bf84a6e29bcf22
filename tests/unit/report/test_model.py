"""What the report holds before anything is drawn."""

from __future__ import annotations

import pytest

from itsm_core.report import Finding, Gap, Promise, Repeats


@pytest.mark.parametrize(
    ("how_much", "is_zero"),
    [
        ("0 tickets, 0 rows", True),
        ("0 rows (0.0%)", True),
        ("0 gaps; 3 of 3 tickets complete", False),
        ("10 rows", False),
        ("Etc/GMT+0", False),
        ("never", False),
    ],
)
def test_finding_is_zero_when_all_its_figures_are(how_much: str, is_zero: bool) -> None:
    """What was looked for and not found is folded; a word is no figure."""
    assert Finding(what="x", how_much=how_much).is_zero is is_zero


def test_gap_is_a_sentence_when_shown() -> None:
    """Number, what is missing, and why."""
    gap = Gap(tickets=1200, metrics=("response",), reason="no goal for 'P9'")
    assert str(gap) == (
        "1,200 tickets have an agreement but no response promise (no goal for 'P9')"
    )


def test_promise_claims_nothing_when_none_is_decided() -> None:
    """The interval of no trials is everything."""
    promise = Promise(metric="response", priority="P1", kept=0, broken=0, undecided=3)
    assert (promise.decided, promise.interval) == (0, (0.0, 1.0))


@pytest.mark.parametrize(
    ("times", "more", "label"),
    [(1, False, "once"), (2, False, "twice"), (3, False, "3 times"), (5, True, "5 times or more")],
)
def test_repeats_are_named_as_people_count(times: int, more: bool, label: str) -> None:
    """Small numbers have words."""
    assert Repeats(times=times, tickets=1, or_more=more).label == label
