"""L5: steps in closed form, whatever the history and whenever anybody looks."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from benchmarks.migration import random_history
from itsm_core.calendars import BusinessCalendar, WallTime, WeeklyHours, WorkingDays, WorkingTime
from itsm_core.events import ContactReceived, NudgeSent, TicketEvent, in_order
from itsm_core.lifecycle import (
    INCIDENT,
    SERVICE_REQUEST,
    TASK,
    Lifecycle,
    Nudge,
    Silence,
    TimedRules,
    next_timed,
    timed_due,
)

OFFICE = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
RULES = TimedRules(
    calendar=OFFICE,
    close_after=WorkingTime(timedelta(hours=2)),
    nudges=[
        Nudge(
            reason="awaiting_requester",
            after=WallTime(timedelta(minutes=40)),
            every=WorkingTime(timedelta(minutes=50)),
            at_most=4,
        ),
        Nudge(reason="awaiting_supplier", after=WorkingDays(1)),
    ],
    silences=[Silence(reason="awaiting_requester", after=WorkingTime(timedelta(hours=3)))],
)
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
END = START + timedelta(days=20)


@pytest.mark.parametrize("lifecycle", [INCIDENT, SERVICE_REQUEST, TASK], ids=lambda e: e.name)
class TestTimedRules:
    """L5. Reopening: within a window (in working time) from resolved; afterwards a new ticket.
    Auto-close after N working days, nudges while on hold. An automatic contact neither reopens,
    resumes nor answers.
    """

    def test_polling_times_do_not_matter_when_they_end_alike(self, lifecycle: Lifecycle) -> None:
        """E3: the same history and any set of polling times give the same keys."""
        rng, found = random.Random(f"timed:{lifecycle.name}"), 0
        for _ in range(500):
            history = random_history(lifecycle, rng)
            whole = timed_due(history, RULES, START, END)
            cuts = sorted(START + rng.random() * (END - START) for _ in range(rng.randint(1, 8)))
            cuts += [step.at for step in whole[:2]]  # also at the very instant of a step
            parts = [
                step.key
                for since, until in pairwise([START, *sorted(cuts), END])
                for step in timed_due(history, RULES, since, until)
            ]
            assert parts == [step.key for step in whole]
            found += len(whole)
        assert found > 60

    def test_next_is_the_first_of_what_comes_due_when_nothing_happens(
        self, lifecycle: Lifecycle
    ) -> None:
        """Walking from step to step meets what is due after the last event, and nothing else."""
        rng = random.Random(f"next:{lifecycle.name}")
        for _ in range(150):
            history = random_history(lifecycle, rng)
            at = last = max(event.occurred_at for event in history)
            walked: list[str] = []
            while (step := next_timed(history, RULES, at)) is not None:
                if step.at != at:
                    walked.append(step.key)
                at = step.at
            due = timed_due(history, RULES, last, END)
            at_once = {step.at for step in due}
            assert set(walked) <= {step.key for step in due}
            assert len(set(walked)) == len(walked) == len(at_once)

    def test_programs_change_nothing_when_they_write(self, lifecycle: Lifecycle) -> None:
        """Auto-replies and reminders strewn over a history leave every step where it was."""
        rng = random.Random(f"robots:{lifecycle.name}")
        for _ in range(150):
            history = random_history(lifecycle, rng)
            ticket_id, opened = history[0].ticket_id, history[0].occurred_at
            robots: list[TicketEvent] = []
            for _ in range(3):
                at = opened + rng.random() * timedelta(days=2)
                robots.append(ContactReceived(ticket_id=ticket_id, occurred_at=at, automatic=True))
                robots.append(
                    NudgeSent(ticket_id=ticket_id, occurred_at=at, reason="x", automatic=True)
                )
            told = in_order((*history, *robots))
            assert timed_due(told, RULES, START, END) == timed_due(history, RULES, START, END)
