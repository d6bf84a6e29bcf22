"""The words around a strip: kinds, legend, marks and closing line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import ALWAYS
from itsm_core.events import TicketEvent, TicketOpened, TicketPutOnHold, TicketResolved
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.report._strip_axis import Scale
from itsm_core.report._strip_legend import break_of, closing, kind_of, legend, marks
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, SlaClock, evaluate
from itsm_core.spans import hours

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = TicketId("INC-1")
ZONE = ZoneInfo("UTC")


def clock(*events: TicketEvent, goal: int = 4) -> SlaClock:
    """Return a resolution clock that pauses for a supplier, a day after the opening."""
    target = ServiceLevelTarget(metric="resolution", goals=hours(goal), pause_on={"supplier"})
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("a"), calendar=ALWAYS, targets=(target,)
    )
    opened = TicketOpened(ticket_id=TICKET, occurred_at=START, requester=PersonId("r"))
    as_of = START + timedelta(days=1)
    return evaluate((opened, *events), agreement, as_of=as_of)["resolution"]


def resolved(after: int) -> TicketResolved:
    """Return the resolution so many hours after the opening."""
    return TicketResolved(ticket_id=TICKET, occurred_at=START + hours(after), state="resolved")


HELD = TicketPutOnHold(
    ticket_id=TICKET, occurred_at=START + hours(1), state="hold", reason="supplier"
)


def test_time_turns_late_at_the_due_instant_and_never_while_it_is_unknown() -> None:
    """Four hours were promised; five were taken, and another ticket still waits."""
    late, waiting = clock(resolved(5)), clock(HELD)
    assert (break_of(late), break_of(waiting)) == (late.due_us, None)


def test_kind_of_a_line_is_what_the_ledger_says() -> None:
    """An hour that counted, then the pause."""
    assert [kind_of(line) for line in clock(HELD).ledger] == ["counted", "paused"]


def test_legend_names_only_what_is_there_with_its_reason() -> None:
    """A pause for a supplier, and neither nights nor holidays."""
    held = clock(HELD)
    drawn, height = legend(held, held.ledger)
    words = re.sub("<[^>]+>", " ", drawn)
    assert "paused" in words
    assert "supplier" in words
    assert "holiday" not in words
    assert height > 0


@pytest.mark.parametrize(("after", "word"), [(3, "due"), (5, "broken")])
def test_marks_tell_when_it_was_due_and_that_it_was_broken(after: int, word: str) -> None:
    """The due instant has its mark, and so has the breach."""
    judged = clock(resolved(after))
    drawn = marks(judged, Scale(judged.started_us, judged.ended_us), ZONE)
    assert word in drawn


def test_closing_line_holds_label_and_note_escaped() -> None:
    """What somebody wrote cannot become markup."""
    drawn = closing(clock(resolved(3)), ZONE, 100.0, label="a<b", note="c&d")
    assert "a&lt;b" in drawn
    assert "a<b" not in drawn
