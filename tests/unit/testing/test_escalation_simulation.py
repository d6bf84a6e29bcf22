"""The simulation: what it meets, that it repeats itself, and that it finds what is planted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from itsm_core.events import (
    EscalationStepTaken,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
)
from itsm_core.ids import TicketId
from itsm_core.spans import hours
from itsm_core.testing.escalation_simulation import EPISODE, PLANTS, Plant, simulate, wrongs

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = TicketId("INC-1")
OPENED = TicketOpened(ticket_id=ID, occurred_at=AT)


def taken(hour: float, *, due: float | None = None, subject: str = "resolution.1") -> TicketEvent:
    """Return that a step was taken so many hours after the opening."""
    return EscalationStepTaken(
        ticket_id=ID,
        occurred_at=AT + hours(hour),
        key=f"{ID}:abc:{subject}:1:1",
        rule="r",
        action="notify",
        due_at=AT + hours(hour if due is None else due),
    )


def told(*events: TicketEvent) -> list[str]:
    """Return what is wrong with the last event, by those before it, without its key."""
    *before, last = events
    assert isinstance(last, EscalationStepTaken)
    return [each.partition(":")[0] for each in wrongs([OPENED, *before], last)]


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_twenty_five_years_are_simulated() -> None:
    """53 weeks a year; `make simulate-escalation YEARS=1000` does more."""
    report = simulate(range(25 * 53))
    assert report.violations == (), str(report)
    assert report.taken > 4_000


def test_every_fault_happens_when_a_year_is_simulated() -> None:
    """A simulation that meets nothing shows nothing."""
    report = simulate(range(53))
    assert report.violations == (), str(report)
    assert set(report.faults) == {
        "answers lost after commit",
        "clocks behind",
        "crashes before commit",
        "events told late",
        "events told twice",
        "messages delivered again",
        "outages",
        "timers rung again",
        "writes between reading and writing",
    }
    assert report.simulated == EPISODE * 53
    assert "1.0 years" in str(report)


def test_report_is_the_same_when_the_seeds_are() -> None:
    """A seed replays a failure."""
    assert simulate(range(100, 110)) == simulate(range(100, 110))


@pytest.mark.parametrize("plant", PLANTS)
def test_planted_mistake_is_found_when_a_hundred_seeds_are_tried(plant: Plant) -> None:
    """No key, no version fence, no clamp of the instant: each within 100 seeds."""
    assert any(simulate([seed], plant=plant).violations for seed in range(100))


class TestWrongs:
    """A step is judged by what was written before it, and by nothing else."""

    def test_step_is_right_when_its_ticket_is_open(self) -> None:
        """Late is not wrong."""
        assert told(taken(3, due=2)) == []

    def test_step_is_wrong_when_it_comes_before_its_time(self) -> None:
        """A clock that is ahead excuses nothing."""
        assert told(taken(2, due=3)) == ["before its time"]

    def test_step_is_wrong_when_its_ticket_is_done(self) -> None:
        """But for a promise, which outlives it."""
        done = TicketResolved(ticket_id=ID, occurred_at=AT + hours(1), state="resolved")
        assert told(done, taken(2)) == ["after the end of its ticket"]
        assert told(done, taken(2, subject="commitment.c1")) == []

    def test_step_is_wrong_when_its_clock_is_paused(self) -> None:
        """The resolution waits for the requester, silence for anybody; a response does not."""
        hold = TicketPutOnHold(
            ticket_id=ID, occurred_at=AT + hours(1), state="h", reason="awaiting_requester"
        )
        other = TicketPutOnHold(
            ticket_id=ID, occurred_at=AT + hours(1), state="h", reason="awaiting_supplier"
        )
        assert told(hold, taken(2)) == ["inside a pause"]
        assert told(hold, taken(2, subject="response.1")) == []
        assert told(other, taken(2)) == []
        assert told(other, taken(2, subject="silence.desk.0")) == ["inside a pause"]

    def test_step_is_wrong_when_it_is_behind_what_was_written_before(self) -> None:
        """Whoever writes knows what is written."""
        done = TicketResolved(ticket_id=ID, occurred_at=AT + hours(5), state="resolved")
        assert told(done, taken(2)) == ["behind what was written before it"]
