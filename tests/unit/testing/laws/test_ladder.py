"""`check_ladder`: a ladder with its agreement and its people, on tickets that nobody touches."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.calendars import ALWAYS, NEVER, BusinessCalendar, WeeklyHours
from itsm_core.escalation import (
    Action,
    Bounced,
    Breached,
    Coverage,
    EscalateToGroup,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    OffsetFromDue,
    PriorityReached,
    RaisePriority,
    ShareUsed,
    Silence,
    Trigger,
)
from itsm_core.ids import AgreementId
from itsm_core.rosters import Roster, Rotation
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.testing.laws import LawBroken, check_ladder

HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
LEAD = EscalateToRole(role="team lead")


def gold(**goals: timedelta) -> ServiceLevelAgreement:
    """Return an agreement on two clocks, one of which no ladder of this file speaks of."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=ALWAYS,
        targets=[
            ServiceLevelTarget(metric="resolution", goals=goals or 4 * HOUR),
            ServiceLevelTarget(metric="response", goals=HOUR),
        ],
    )


def ladder(*rungs: tuple[Trigger, Action]) -> Ladder:
    """Return a ladder of rungs with one action each."""
    rules = [
        EscalationRule(name=f"r{n}", trigger=trigger, actions=[action])
        for n, (trigger, action) in enumerate(rungs, 1)
    ]
    return Ladder(name="day", rules=rules)


def used(ratio: float) -> ShareUsed:
    """Return a share of the resolution clock."""
    return ShareUsed(clock="resolution", ratio=ratio)


def rota(end_on: str | None = None) -> Roster:
    """Return a roster of one person."""
    layer = Rotation(
        name="all",
        people=["ana"],
        zone="UTC",
        start_on="2026-01-05",
        hand_off="09:00",
        end_on=end_on,
    )
    return Roster(name="nights", layers=[layer])


@pytest.mark.parametrize(
    "lawful",
    [
        ladder((used(0.5), LEAD), (Breached(clock="resolution"), EscalateToRole(role="manager"))),
        ladder((used(0.5), RaisePriority(levels=1)), (used(1), LEAD)),
        ladder((Silence(after=2 * HOUR), Notify(target="assignee"))),
        ladder((OffsetFromDue(clock="resolution", offset=-HOUR), Notify(target="requester"))),
        ladder((Bounced(times=3), Notify(target="roster", name="nights"))),
        ladder((used(0.5), Notify(target="roster", name="nights"))),
        ladder((PriorityReached(priorities=("P1",)), LEAD)),
    ],
    ids=["two", "raise", "silence", "offset", "bounced", "roster", "priority"],
)
def test_lawful_ladder_is_accepted(lawful: Ladder) -> None:
    """Who has no assignee has a group."""
    check_ladder(lawful, gold(), Coverage(rosters=[rota()]), max_examples=3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (ladder((Breached(clock="resolve"), LEAD)), "the clocks are resolution, response"),
        (ladder((used(0.5), Notify(target="roster", name="days"))), "the rosters are nights"),
    ],
)
def test_rung_is_told_when_it_can_never_act(wrong: Ladder, said: str) -> None:
    """Y13, with what there is instead."""
    with pytest.raises(LawBroken, match=said) as caught:
        check_ladder(wrong, gold(), Coverage(rosters=[rota()]), max_examples=1)
    assert caught.value.law == "Y13"


def test_priority_is_told_when_no_ticket_has_it() -> None:
    """Y13; where any priority has a goal nothing is known."""
    waits = ladder((PriorityReached(priorities=("P9",)), LEAD))
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=ALWAYS,
        targets=[ServiceLevelTarget(metric="resolution", goals={"P1": HOUR, "P2": 2 * HOUR})],
    )
    with pytest.raises(LawBroken, match="waits for priority 'P9'; there are P1, P2"):
        check_ladder(waits, agreement, max_examples=1)
    check_ladder(waits, gold(), max_examples=1)


@pytest.mark.parametrize(
    ("wrong", "coverage"),
    [
        (ladder((used(0.5), RaisePriority(levels=1))), Coverage()),
        (
            ladder((used(0.5), Notify(target="roster", name="nights"))),
            Coverage(rosters=[rota(end_on="2026-01-07")]),
        ),
        (
            ladder((used(0.5), Notify(target="group", name="network"))),
            Coverage(hours={"network": NEVER}),
        ),
    ],
    ids=["no message", "roster that ended", "group that never opens"],
)
def test_ladder_is_told_when_nobody_hears_it(wrong: Ladder, coverage: Coverage) -> None:
    """Y14: silence is worse than noise."""
    with pytest.raises(LawBroken) as caught:
        check_ladder(wrong, gold(), coverage, max_examples=2)
    assert caught.value.law == "Y14"


def test_warning_is_told_when_it_waits_until_it_is_late() -> None:
    """Y15: a group that opens at nine is no help against a goal of four hours at night."""
    warns = ladder((used(0.5), Notify(target="group", name="network")))
    with pytest.raises(LawBroken) as caught:
        check_ladder(warns, gold(), Coverage(hours={"network": OFFICE}), max_examples=20)
    error = caught.value
    assert error.law == "Y15"
    assert "they are told" in error.violations[0]
    assert error.ledger[0].startswith("resolution.1 is due")
    at_once = Notify(target="group", name="network", respect_quiet_hours=False)
    check_ladder(
        ladder((used(0.5), at_once)), gold(), Coverage(hours={"network": OFFICE}), max_examples=20
    )


def test_rungs_are_told_when_they_are_in_the_wrong_order() -> None:
    """Y16; what matters not is left out of the example."""
    wrong = ladder(
        (used(0.75), LEAD),
        (used(0.5), EscalateToRole(role="manager")),
        (used(0.9), EscalateToGroup(group="network")),
    )
    with pytest.raises(LawBroken) as caught:
        check_ladder(wrong, gold(P1=4 * HOUR), Coverage(rosters=[rota()]), max_examples=1)
    error = caught.value
    assert error.law == "Y16"
    assert "'r2', rung 2, comes" in error.violations[0]
    assert "network" not in error.example
    assert "nights" not in error.example
