"""Commitments kept: with those that were forgotten (laws D4, M3)."""

from __future__ import annotations

import pytest

from itsm_core.events import (
    CommitmentHandedOver,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
)
from itsm_core.ids import PersonId
from itsm_core.metrics import METRICS, measure
from tests.unit.metrics._definitions.stories import Teller, at, log_of, story

KEPT = METRICS["commitments-kept"]


def made(name: str, hours: float = 1, due: float = 5, owner: str = "ann") -> Teller:
    """Tell of a promise."""
    return lambda ticket: CommitmentMade(
        ticket_id=ticket,
        occurred_at=at(hours),
        commitment_id=name,
        due_at=at(due),
        owner=PersonId(owner),
    )


def done(name: str, hours: float) -> Teller:
    """Tell that it was done."""
    return lambda ticket: CommitmentKept(
        ticket_id=ticket, occurred_at=at(hours), commitment_id=name
    )


def withdrawn(name: str, hours: float) -> Teller:
    """Tell that it was taken back."""
    return lambda ticket: CommitmentWithdrawn(
        ticket_id=ticket, occurred_at=at(hours), commitment_id=name
    )


def test_promise_is_broken_when_nobody_ended_it() -> None:
    """Kept, kept too late, forgotten, withdrawn, still ahead: one of three; the list says half."""
    told = story(
        "T1",
        *(made(name) for name in ("c1", "c2", "c3", "c4")),
        made("c5", due=50),
        done("c1", 4),
        done("c2", 6),
        withdrawn("c4", 2),
    )
    log, window = log_of(told, story("T2"), hours=10)
    result = measure(log, KEPT, window)
    assert result.honest.value == pytest.approx(1 / 3)
    assert (result.dashboard.value, result.dashboard.cases) == (0.5, 2)
    told_of = result.population
    assert (told_of.cases, told_of.ended, told_of.open, dict(told_of.left_out)) == (
        5,
        3,
        1,
        {"withdrawn": 1},
    )


def test_promise_is_of_whoever_made_it_when_split_by_person() -> None:
    """Handed over, it stays a promise of the first owner's in the window in which it was made."""

    def over(ticket: object) -> CommitmentHandedOver:
        del ticket
        return CommitmentHandedOver(
            ticket_id=story("T1")[0].ticket_id,
            occurred_at=at(2),
            commitment_id="c1",
            owner=PersonId("ben"),
        )

    log, window = log_of(story("T1", made("c1"), over, done("c1", 4), made("c2", 6, 7)), hours=10)
    result = measure(log, KEPT.split_by("person"), window)
    (part,) = result.parts
    assert part.mature is not None
    assert (part.name, part.mature.successes, part.mature.trials) == ("ann", 1, 2)
    assert measure(log, KEPT.split_by("channel"), window)["phone"].is_small


def test_share_is_unknown_when_nothing_was_promised_or_decided() -> None:
    """Each with its reason."""
    log, window = log_of(story("T1"), hours=10)
    assert measure(log, KEPT, window).honest.why == "no commitment was made"
    log, window = log_of(story("T1", made("c1", due=50)), hours=10)
    assert measure(log, KEPT, window).honest.why == "none is kept or broken yet"
    log, window = log_of(story("T1", made("c1")), hours=10)
    result = measure(log, KEPT, window)
    assert (result.honest.value, result.dashboard.why) == (0, "none was ticked off")
