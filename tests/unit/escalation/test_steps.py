"""Steps in words (E2)."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from itsm_core.errors import UnknownZone
from itsm_core.escalation import DueStep, EscalateToRole, Notify, Step
from itsm_core.ids import TicketId

AT = datetime(2026, 1, 6, 9, tzinfo=UTC)
STEP = Step(
    at_us=1_767_690_000_000_000,
    key="INC-1:0a1b2c3d:response.1:1:1",
    ticket_id=TicketId("INC-1"),
    rule="warn",
    level=1,
    subject="response.1",
    occurrence=1,
    action=Notify(target="assignee"),
    target="person ana",
    why="response is breached",
    reached_us=1_767_686_400_000_000,
)


def test_step_shows_the_clock_on_the_wall_when_a_zone_is_named() -> None:
    """In Berlin it is an hour later than in UTC."""
    assert str(STEP) == "Tue 09:00: notify ana, because response is breached"
    assert STEP.text("Europe/Berlin").startswith("Tue 10:00")
    assert STEP.at == AT


def test_step_shows_utc_when_the_clock_on_the_wall_shows_no_year() -> None:
    """T5: the last hour of all years is in the year 10000 in Tokyo."""
    last = attrs.evolve(STEP, at_us=253_402_300_799_999_999)
    assert last.text("Asia/Tokyo") == "Fri 23:59: notify ana, because response is breached"


def test_step_is_refused_a_text_when_the_zone_is_unknown() -> None:
    """A typed error, not a KeyError."""
    with pytest.raises(UnknownZone):
        STEP.text("Europe/Berlim")


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (10, "10th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (22, "22nd"),
        (23, "23rd"),
        (100, "100th"),
        (101, "101st"),
    ],
)
def test_step_says_how_often_when_it_is_a_repeat(number: int, word: str) -> None:
    """As people count."""
    assert f", {word} time, because" in str(attrs.evolve(STEP, occurrence=number))


def test_step_says_what_it_does_and_for_what_it_waited_when_told() -> None:
    """An action that is no message has its own words; the note stands in parentheses."""
    step = attrs.evolve(STEP, action=EscalateToRole(role="manager"), note="when it opens")
    text = "Tue 09:00: escalate to the manager, because response is breached (when it opens)"
    assert str(step) == text


def test_due_step_has_the_key_of_its_step_when_asked() -> None:
    """One name, for the record."""
    assert DueStep(step=STEP, outcome="act").key == STEP.key
    assert STEP.reached_at.hour == 8
