"""What a judged log holds: sums over priorities, and no more than was counted."""

from __future__ import annotations

import attrs

from itsm_core.report.judged import Judged, Tally
from tests.unit.report.cases import BROKEN, judged


def held(*tallies: Tally) -> Judged:
    """Return a judged log with these tallies."""
    return attrs.evolve(judged(BROKEN), tallies=tallies)


def test_totals_add_every_outcome_when_priorities_differ() -> None:
    """One tally a metric over all priorities, in the order of the tallies."""
    found = held(
        Tally(metric="response", priority="P1", kept=1, broken=2, undecided=3, cancelled=4),
        Tally(metric="resolution", priority="P1", kept=7),
        Tally(metric="response", priority="P3", kept=10, broken=20, undecided=30, cancelled=40),
    )
    assert found.totals() == (
        Tally(metric="response", priority="", kept=11, broken=22, undecided=33, cancelled=44),
        Tally(metric="resolution", priority="", kept=7),
    )


def test_totals_are_none_when_nothing_was_promised() -> None:
    """No clock, no total: not a total of 0."""
    assert held().totals() == ()
