"""Strategies of service levels: what they draw is legal, and it shrinks."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import NotFound
from itsm_core.events import TicketEvent, TicketOpened, TicketPutOnHold
from itsm_core.ids import AgreementId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
from itsm_core.testing import strategies as own
from itsm_core.testing.sla_cases import SlaCase

FEW = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=BusinessCalendar(
        zone="America/New_York", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")
    ),
    targets=[
        ServiceLevelTarget(
            metric="resolution", goals={"urgent": timedelta(hours=4)}, pause_on={"lunch"}
        )
    ],
)


@FEW
@given(case=own.sla_cases())
def test_cases_can_be_judged(case: SlaCase) -> None:
    """Every drawn case has an answer, unless its opening was not known yet."""
    try:
        evaluate(case.history, case.agreement, as_of=case.as_of, known_at=case.known_at)
    except NotFound:
        assert case.known_at is not None


@FEW
@given(agreement=own.agreements())
def test_agreements_construct(agreement: ServiceLevelAgreement) -> None:
    """What the strategy draws is never refused."""
    assert agreement.targets


@FEW
@given(history=own.histories(GOLD))
def test_histories_speak_the_language_of_the_agreement(history: tuple[TicketEvent, ...]) -> None:
    """Its priorities and hold reasons, one unlisted priority and one other reason."""
    for event in history:
        if isinstance(event, TicketOpened):
            assert event.priority in ("urgent", "unlisted")
        if isinstance(event, TicketPutOnHold):
            assert event.reason in ("lunch", "awaiting_requester")


@FEW
@given(at=own.odd_starts("Europe/Berlin"))
def test_starts_lie_on_the_grid_in_2026(at: datetime) -> None:
    """Whole quarters of an hour."""
    assert (at.year, at.minute % 15, at.second) == (2026, 0, 0)


def test_histories_shrink_to_the_opening() -> None:
    """With nothing asked of it, the smallest history is an opening alone."""
    smallest = find(own.histories(), lambda _: True)
    assert [type(event) for event in smallest] == [TicketOpened]


@pytest.mark.parametrize("kind", [TicketPutOnHold])
def test_histories_shrink_to_what_is_looked_for(kind: type[TicketEvent]) -> None:
    """A history with a hold shrinks to few events."""

    def has_one(history: tuple[TicketEvent, ...]) -> bool:
        return any(isinstance(event, kind) for event in history)

    many = settings(database=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
    smallest = find(own.histories(longest=5), has_one, settings=many)
    assert len(smallest) <= 6


def test_package_imports_without_hypothesis() -> None:
    """Only who asks for strategies needs the extra."""
    code = "import sys, itsm_core.testing; sys.exit('hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_drawing_is_a_strategy() -> None:
    """Each returns a strategy, to be combined with others."""
    assert isinstance(own.sla_cases() | own.sla_cases(), st.SearchStrategy)
