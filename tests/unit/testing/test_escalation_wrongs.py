"""What is told to be wrong with a step, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from itsm_core.escalation import Coverage
from itsm_core.events import (
    EscalationStepTaken,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
)
from itsm_core.ids import PersonId, TicketId
from itsm_core.rosters import Absence, Roster, Rotation
from itsm_core.spans import hours
from itsm_core.testing.escalation_wrongs import misdirected, wrongs

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


class TestMisdirected:
    """A late message is for whoever is to be told by then."""

    def said(
        self, target: str, *, due: float = 2, action: str = "notify the assignee"
    ) -> list[str]:
        """Return what is wrong with a message at twelve, three hours after the opening.

        Ana held the ticket first and gave it to ben after two hours and a half; chi is away.
        """
        moved = TicketAssigned(
            ticket_id=ID, occurred_at=AT + hours(2.5), assignee=PersonId("ben"), sequence=1
        )
        opened = attrs.evolve(OPENED, assignee=PersonId("ana"))
        away = Absence(person="chi", start=AT, end=AT + hours(9))
        turns = Rotation(
            name="r", people=("dan", "eva"), zone="UTC", start_on="2026-01-05", unit="days"
        )
        coverage = Coverage(rosters=(Roster(name="desk", layers=(turns,), absences=(away,)),))
        step = taken(3, due=due)
        assert isinstance(step, EscalationStepTaken)
        step = attrs.evolve(step, target=target, action=action)
        found = misdirected([moved, opened], step, coverage)
        return [each.partition(":")[0] for each in found]

    def test_message_is_right_when_it_goes_to_the_holder_of_now(self) -> None:
        """To a group, or in time to whom it was planned for, it is right as well."""
        assert self.said("person ben") == []
        assert self.said("group second line") == []
        assert self.said("person ana", due=3) == []
        assert self.said("person ana", action="notify person ana") == []

    def test_message_is_wrong_when_it_goes_to_the_holder_of_before(self) -> None:
        """Ana gave it away."""
        assert self.said("person ana") == ["to somebody who does not hold the ticket"]

    def test_message_is_wrong_when_its_reader_is_away(self) -> None:
        """Whoever is meant."""
        assert self.said("person chi", action="notify person chi") == ["to somebody who is away"]

    def test_message_is_wrong_when_its_reader_is_on_call_no_more(self) -> None:
        """Dan has the first day."""
        action = "notify who is on call in desk"
        assert self.said("person dan", action=action) == []
        assert self.said("person eva", action=action) == ["to somebody who is not on call"]
