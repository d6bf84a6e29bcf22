"""Tickets made for an agreement: drawn, made small, and told as a story."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS
from itsm_core.events import TicketOpened, TicketPutOnHold, TicketResumed
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import micros
from itsm_core.testing.laws import AgreementCase, LawBroken, law
from itsm_core.testing.laws._law import broken, shrunk, violations
from itsm_core.testing.laws._tickets import (
    ledger_of,
    name_of,
    order_of,
    random_case,
    shown,
    smaller,
    state_of,
    story_of,
    title_of,
)

HOUR = timedelta(hours=1)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
ID = TicketId("INC-7")
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=[
        ServiceLevelTarget(metric="response", goals=HOUR),
        ServiceLevelTarget(metric="resolution", goals={"P1": HOUR, "P2": 2 * HOUR, "*": 3 * HOUR}),
    ],
)


@law("Z1")
def nobody_waits(case: AgreementCase) -> Iterator[str]:
    """No ticket is ever on hold."""
    if any(isinstance(event, TicketPutOnHold) for event in case.history):
        yield "somebody waits"


def waiting() -> AgreementCase:
    """Return a case in which somebody waits."""
    cases = (random_case(GOLD, ("P1", "P2"), f"trials:{number}") for number in range(100))
    return next(each for each in cases if violations(nobody_waits, each))


def test_case_keeps_only_what_breaks_the_law_when_shrunk() -> None:
    """One plain opening of the gravest priority, one hold, and one target."""
    small = shrunk(nobody_waits, waiting(), smaller)
    opening, hold = small.history
    assert isinstance(opening, TicketOpened)
    assert isinstance(hold, TicketPutOnHold)
    assert (opening.priority, opening.requester) == ("P1", "")
    assert len(small.agreement.targets) == 1


def test_error_tells_story_and_ledger_when_raised() -> None:
    """Law, sentence, what is wrong, the events, the clocks."""
    small = shrunk(nobody_waits, waiting(), smaller)
    with pytest.raises(LawBroken) as caught:
        broken(
            nobody_waits,
            small,
            subject=title_of(GOLD),
            story=story_of(small.history, small.as_of, "UTC"),
            ledger=ledger_of(small),
        )
    text = str(caught.value)
    assert "agreement 'gold' breaks law Z1: No ticket is ever on hold" in text
    assert "somebody waits" in text
    assert "put on hold" in text


def test_story_has_three_lines_when_there_are_many_events() -> None:
    """Opened, whatever happened, and when it is looked at."""
    history = [
        TicketOpened(ticket_id=ID, occurred_at=NINE, priority="P1"),
        TicketPutOnHold(ticket_id=ID, occurred_at=NINE + HOUR, state="hold", reason="vendor"),
        TicketResumed(ticket_id=ID, occurred_at=NINE + 2 * HOUR, state="work"),
    ]
    assert story_of(history, NINE + 3 * HOUR, "Europe/Berlin") == (
        "Mon 02 Mar 2026 10:00: INC-7 opened, priority P1.",
        (
            "Mon 02 Mar 2026 11:00: INC-7 put on hold, reason vendor. "
            "Mon 02 Mar 2026 12:00: INC-7 resumed."
        ),
        "It is looked at on Mon 02 Mar 2026 13:00.",
    )


def test_targets_stay_when_what_is_left_would_be_no_agreement() -> None:
    """Of one target nothing is left out."""
    alone = attrs.evolve(GOLD, targets=GOLD.targets[:1])
    opening = TicketOpened(ticket_id=ID, occurred_at=NINE, priority="")
    case = AgreementCase(agreement=alone, history=(opening,), as_of=NINE)
    assert list(smaller(case)) == []


def test_order_is_that_of_the_target_with_most_goals() -> None:
    """The star is no priority."""
    assert order_of(GOLD) == ("P1", "P2")


def test_words_name_what_they_are_about() -> None:
    """Short, in a sentence."""
    case = random_case(GOLD, (), "words:1")
    clock = next(iter(case.judged()))
    assert name_of(clock) == f"{clock.name} #1"
    assert state_of(clock).startswith("it is ")
    assert shown(None) == "never"
    assert shown(micros(NINE)) == "Mon 02 Mar 2026 09:00 UTC"
    assert shown(micros(NINE) + 1) == "Mon 02 Mar 2026 09:00:00.000001 UTC"


def test_chance_of_a_case_is_the_same_every_time() -> None:
    """So that a law fails again while its case shrinks."""
    case = random_case(GOLD, (), "chance")
    assert case.rng.random() == case.rng.random()
