"""The review sheet as a value: what it says, and what it refuses to say (D5, M2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itsm_core import feedback
from itsm_core.errors import InvalidValue
from itsm_core.feedback import ReviewFact, ReviewLine, ReviewRules, ReviewSheet
from itsm_core.ids import PersonId, TicketId
from itsm_core.metrics import Rate
from itsm_core.spans import micros

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
RULES = ReviewRules(fewest=10)
SETTING: dict[str, Any] = {"colleagues": 9, "left_out": 0, "level": 0.95, "rules": RULES}


def line(good: int, bad: int, others: tuple[int, int] = (800, 1000), **given: Any) -> ReviewLine:
    """Return a line with so many facts; the bad ones happened first."""
    facts = tuple(
        ReviewFact(
            ticket_id=TicketId(f"INC-{n}"),
            at_us=micros(AT + timedelta(minutes=n)),
            text="stood" if n >= bad else "came back",
            is_good=n >= bad,
        )
        for n in range(good + bad)
    )
    return ReviewLine(
        name="solutions",
        question="how many stood",
        facts=facts,
        others=Rate(successes=others[0], trials=others[1]),
        **SETTING | given,
    )


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (line(100, 0), "above"),
        (line(50, 50), "below"),
        (line(80, 20), "not told apart"),
        (line(1, 0), "too few"),
        (line(9, 0), "too few"),
        (line(10, 0, (8, 10)), "not told apart"),
        (line(100, 0, (9, 9)), "too few"),
        (line(100, 0, colleagues=2), "too few"),
        (line(0, 0), "too few"),
    ],
)
def test_verdict_follows_the_interval_when_there_is_enough(told: ReviewLine, verdict: str) -> None:
    """One of one is above nobody, and two colleagues are too few to hide in."""
    assert told.verdict == verdict
    assert (told.difference is None) is (verdict == "too few")


def test_tie_is_said_when_the_counts_do_not_tell_apart() -> None:
    """In words, with both counts and the interval."""
    assert str(line(80, 20, left_out=3)) == (
        "solutions: 80 of 100 (71 to 87 %), the others 800 of 1000: "
        "a tie, the counts do not tell them apart; 3 left out"
    )
    assert str(line(0, 0)) == "solutions: 0 of 0, the others 800 of 1000: too few to compare"


def test_every_fact_is_there_when_the_sheet_is_explained() -> None:
    """What is not good comes first, each with its ticket and its instant."""
    sheet = ReviewSheet(
        person=PersonId("ana"),
        start_us=micros(AT),
        end_us=micros(AT + timedelta(days=90)),
        lines=(line(2, 1),),
    )
    assert sheet.explain() == (
        "ana, 2026-01-05 to 2026-04-05 (UTC)\n"
        "solutions: 2 of 3 (21 to 94 %), the others 800 of 1000: too few to compare\n"
        "  how many stood\n"
        "  - INC-0, 2026-01-05 09:00 UTC: came back\n"
        "  - INC-1, 2026-01-05 09:01 UTC: stood\n"
        "  - INC-2, 2026-01-05 09:02 UTC: stood"
    )
    assert str(sheet) == "\n".join(sheet.explain().splitlines()[:3])


def test_line_is_found_by_its_name_when_asked() -> None:
    """Another name is refused with those that there are."""
    sheet = ReviewSheet(person=PersonId("ana"), start_us=0, end_us=1, lines=(line(1, 0),))
    assert sheet["solutions"].own.trials == 1
    with pytest.raises(InvalidValue, match="use one of solutions"):
        sheet["speed"]


def test_nothing_ranks_people_when_the_room_is_listed() -> None:
    """A sheet is of one person; no function of the room takes or gives several."""
    assert [name for name in feedback.__all__ if "rank" in name.lower()] == []
    assert "people" not in ReviewSheet.__annotations__


@pytest.mark.parametrize(
    "given",
    [
        {"fewest": 0},
        {"fewest_others": 2.5},
        {"stands_for": timedelta(0)},
        {"stands_for": 14},
        {"satisfied_percent": 101},
        {"level": 1.0},
        {"level": None},
    ],
)
def test_rules_are_refused_when_a_setting_is_wrong(given: dict[str, Any]) -> None:
    """Counts from 1, a length, a percentage, a share."""
    with pytest.raises(InvalidValue):
        ReviewRules(**given)
