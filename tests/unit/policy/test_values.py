"""Which agreement a ticket earns."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.calendars import ALWAYS
from itsm_core.contacts import Guarantee
from itsm_core.errors import NotFound
from itsm_core.events import AgreementAssigned, TicketOpened
from itsm_core.ids import AgreementId, PersonId, ServiceId, TicketId
from itsm_core.lifecycle import fold
from itsm_core.policy import Condition, Policy
from itsm_core.priority import ITIL_MATRIX
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours


def agreement(name: str) -> ServiceLevelAgreement:
    """Return an agreement of this id."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId(name),
        calendar=ALWAYS,
        targets=(ServiceLevelTarget(metric="resolution", goals={"P1": hours(4)}),),
    )


def opened(**fields: str) -> TicketOpened:
    """Return an opening with these fields."""
    return TicketOpened(
        ticket_id=TicketId("T1"),
        occurred_at=0,
        service=ServiceId(fields.get("service", "")),
        requester=PersonId(fields.get("requester", "")),
        category=fields.get("category", ""),
    )


POLICY = Policy(
    name="test",
    calendars={},
    matrix=ITIL_MATRIX,
    agreements=(agreement("mail"), agreement("vip"), agreement("network")),
    conditions={
        (AgreementId("mail"), 1): (Condition("service", ("mail", "calendar")),),
        (AgreementId("vip"), 1): (
            Condition("requester", ("board-*",)),
            Condition("service", ("erp",)),
        ),
        (AgreementId("network"), 1): (Condition("category", ("network",)),),
    },
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"service": "calendar"}, "mail"),
        ({"service": "mail", "requester": "board-1", "category": "network"}, "mail"),
        ({"service": "erp", "requester": "board-1"}, "vip"),
        ({"category": "network"}, "network"),
    ],
)
def test_agreement_for_takes_the_first_when_its_conditions_hold(
    fields: dict[str, str], expected: str
) -> None:
    """All conditions of an agreement must hold; the order of the file decides."""
    found = POLICY.agreement_for(opened(**fields))
    assert found is not None
    assert found.agreement_id == expected


@pytest.mark.parametrize(
    "fields", [{}, {"service": "Mail"}, {"service": "erp"}, {"requester": "board-1"}]
)
def test_agreement_for_is_none_when_nothing_was_promised(fields: dict[str, str]) -> None:
    """No agreement is a legal answer."""
    assert POLICY.agreement_for(opened(**fields)) is None


def test_agreement_for_agrees_when_asked_with_the_ticket() -> None:
    """Opening and ticket have the same fields under two names."""
    opening = opened(category="network")
    assert POLICY.agreement_for(fold([opening])) == POLICY.agreement_for(opening)


@pytest.mark.parametrize(
    ("chosen", "expected"), [("vip", "vip"), ("", "network"), ("gold", "network")]
)
def test_agreement_for_takes_the_one_that_was_chosen_by_hand(chosen: str, expected: str) -> None:
    """It goes before what the conditions say; one that this policy does not have is no choice."""
    opening = opened(category="network")
    by_hand = AgreementAssigned(
        ticket_id=opening.ticket_id,
        occurred_at=opening.occurred_us,
        agreement_id=AgreementId(chosen),
        sequence=1,
    )
    found = POLICY.agreement_for(fold([opening, by_hand]))
    assert found is not None
    assert found.agreement_id == expected


def test_agreement_is_found_when_asked_by_id() -> None:
    """The id names one agreement."""
    assert POLICY.agreement("vip").agreement_id == "vip"


def test_agreement_raises_with_a_suggestion_when_the_id_is_unknown() -> None:
    """The refusal lists the ids there are."""
    with pytest.raises(NotFound, match="did you mean 'network'"):
        POLICY.agreement("netwrok")


@pytest.mark.parametrize("guarantee", [None, Guarantee(unofficial="reported")])
def test_agreement_is_asked_for_nothing_when_its_own_id_ends_like_a_made_one(
    guarantee: Guarantee | None,
) -> None:
    """One that stands in the file has the conditions of the file: here none."""
    late = agreement("mail/registered")
    both = attrs.evolve(POLICY, agreements=(*POLICY.agreements, late), guarantee=guarantee)
    assert both.asked_of(late) == ()
    found = both.agreement_for(opened(service="vpn"))
    assert found is not None
    assert found.agreement_id == "mail/registered"


def test_made_agreement_is_asked_what_its_own_one_is_when_there_is_a_guarantee() -> None:
    """The guarantee changes from when a clock counts, and not for whom."""
    made = attrs.evolve(POLICY, guarantee=Guarantee())
    late = made.agreement("mail/registered")
    assert made.asked_of(late) == (Condition("service", ("mail", "calendar")),)
    assert POLICY.asked_of(late) == ()
