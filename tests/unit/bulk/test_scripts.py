"""Kinds of history: which columns tell them apart, and which are not for columns."""

from __future__ import annotations

from datetime import timedelta

import attrs

from benchmarks.bulk_judge import COMMON
from itsm_core.bulk._scripts import clocks_of, reasons_against, seen
from itsm_core.conditions import field
from itsm_core.events import TicketClosed, TicketOpened, TicketPutOnHold
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla import ClockRules, PauseLimit, ServiceLevelAgreement, ServiceLevelTarget, held_by
from tests.unit.bulk.cases import OFFICE

HOUR = timedelta(hours=1)


def agreement(*targets: ServiceLevelTarget) -> ServiceLevelAgreement:
    """Return an agreement of the office's."""
    return ServiceLevelAgreement(agreement_id=AgreementId("A"), calendar=OFFICE, targets=targets)


def test_the_common_agreement_is_for_columns() -> None:
    """Working time and elapsed time, pauses by reason."""
    assert reasons_against(COMMON) == ()


def test_limits_and_persons_are_named_when_an_agreement_has_them() -> None:
    """Each in words, with the target's name."""
    own = ClockRules(start=field("by_requester").is_(True), stop=field("category").is_("closed"))
    target = ServiceLevelTarget(
        metric="resolution",
        goals={"*": HOUR},
        rules=own,
        pause_limits=(PauseLimit(reason="*", budget=HOUR),),
    )
    assert reasons_against(agreement(target)) == (
        "target 'resolution' limits its pauses",
        "target 'resolution' looks at who did something",
    )


def test_only_columns_that_rules_read_tell_histories_apart() -> None:
    """Groups matter to an operational agreement, not to the common one."""
    ola = ServiceLevelTarget(metric="ola", goals={"*": HOUR}, rules=held_by("net"))
    assert "group" in seen(agreement(ola))
    assert seen(COMMON) == {"reason", "priority"}


def test_histories_are_not_for_columns_when_nothing_opens_them_or_pauses_overlap() -> None:
    """A hold that comes after the end, and lasts over the reopening, is the scalar engine's."""
    name = TicketId("T")
    opening = TicketOpened(ticket_id=name, occurred_at=0, priority="P1")
    closing = TicketClosed(ticket_id=name, occurred_at=1, state="closed")
    hold = TicketPutOnHold(ticket_id=name, occurred_at=2, state="h", reason="awaiting_supplier")
    assert clocks_of(COMMON, [closing, opening]) is None
    rested = attrs.evolve(
        COMMON.targets[1],
        pause_on=None,
        rules=attrs.evolve(
            COMMON.targets[1].rules, pause=field("category").is_in("closed", "on_hold")
        ),
    )
    assert clocks_of(agreement(rested), [opening, closing, hold]) is None
