"""What a desk promises with an agreement: each of the four laws can fail, and says how."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, WeeklyHours
from itsm_core.conditions import field
from itsm_core.events import TicketOpened, TicketPutOnHold
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla import ClockRules, PauseLimit, ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.testing.laws import (
    AgreementCase,
    answer_is_never_due_after_solution,
    every_clock_can_start_and_stop,
    every_goal_can_be_reached,
    graver_priority_is_never_due_later,
    pauses_are_of_the_lifecycle,
)
from itsm_core.testing.laws._promises import last_due, opened_us

HOUR = timedelta(hours=1)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
OPENING = TicketOpened(ticket_id=TicketId("INC-1"), occurred_at=NINE, priority="P1")
RESOLUTION = ServiceLevelTarget(metric="resolution", goals={"P1": 4 * HOUR, "P2": 8 * HOUR})


def case(*targets: ServiceLevelTarget, reasons: tuple[str, ...] = ()) -> AgreementCase:
    """Return a case of an agreement with these targets."""
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"), calendar=ALWAYS, targets=targets
    )
    return AgreementCase(
        agreement=agreement,
        history=(OPENING,),
        as_of=NINE + HOUR,
        order=("P1", "P2"),
        hold_reasons=reasons,
    )


def test_graver_priority_is_told_when_it_is_due_later() -> None:
    """Both are named with goal and instant."""
    assert list(graver_priority_is_never_due_later(case(RESOLUTION))) == []
    turned = attrs.evolve(RESOLUTION, goals={"P1": 8 * HOUR, "P2": 4 * HOUR})
    assert list(graver_priority_is_never_due_later(case(turned))) == [
        (
            "resolution #1: P1 (8 h working time) is due Mon 02 Mar 2026 17:00 UTC, "
            "later than P2 (4 h working time), due Mon 02 Mar 2026 13:00 UTC"
        )
    ]


def test_answer_is_told_when_it_is_due_after_the_solution() -> None:
    """For each priority of the order."""
    soon = ServiceLevelTarget(metric="response", goals=HOUR)
    late = ServiceLevelTarget(metric="response", goals=5 * HOUR)
    assert list(answer_is_never_due_after_solution(case(RESOLUTION, soon))) == []
    assert list(answer_is_never_due_after_solution(case(RESOLUTION, late))) == [
        (
            "P1: response (5 h working time) is due Mon 02 Mar 2026 14:00 UTC, "
            "after resolution (4 h working time), due Mon 02 Mar 2026 13:00 UTC"
        )
    ]


def test_clock_is_told_when_it_can_never_stop() -> None:
    """An event of that name does not exist."""
    assert list(every_clock_can_start_and_stop(case(RESOLUTION))) == []
    rules = ClockRules(start=field("event").is_("TicketOpened"), stop=field("event").is_("Done"))
    (said,) = every_clock_can_start_and_stop(case(attrs.evolve(RESOLUTION, rules=rules)))
    assert said.startswith("resolution: it can never stop")


@pytest.mark.parametrize(
    "target",
    [
        attrs.evolve(RESOLUTION, pause_on={"vendor"}),
        attrs.evolve(RESOLUTION, pause_limits=[PauseLimit(reason="vendor", budget=HOUR)]),
        attrs.evolve(
            RESOLUTION,
            rules=ClockRules(
                start=field("event").is_("TicketOpened"),
                stop=field("event").is_("TicketResolved"),
                pause=field("hold_reason").is_("vendor"),
            ),
        ),
    ],
    ids=["pause_on", "limit", "rules"],
)
def test_pause_is_told_when_the_lifecycle_has_no_such_reason(target: ServiceLevelTarget) -> None:
    """Wherever the reason is written; without a lifecycle nothing is said."""
    commitment = ServiceLevelTarget(metric="commitment")
    assert list(pauses_are_of_the_lifecycle(case(target, commitment))) == []
    assert list(pauses_are_of_the_lifecycle(case(target, reasons=("vendor", "customer")))) == [
        said
        for said in pauses_are_of_the_lifecycle(case(target, reasons=("vendor", "customer")))
        if "'vendor'" not in said
    ]
    found = list(pauses_are_of_the_lifecycle(case(target, reasons=("supplier",))))
    assert "resolution pauses for 'vendor', the lifecycle has supplier" in found


def test_goal_is_told_when_it_is_never_reached() -> None:
    """A calendar that is open on one day only has no second day."""
    once = BusinessCalendar(
        zone="UTC", hours=WeeklyHours.parse(""), exceptions={date(2026, 3, 2): "09:00-10:00"}
    )
    found = list(every_goal_can_be_reached(case(attrs.evolve(RESOLUTION, calendar=once))))
    assert [said.partition(":")[0] for said in found] == ["resolution, P1", "resolution, P2"]


def test_due_is_the_projected_one_while_a_clock_stands_still() -> None:
    """As if it were resumed now."""
    target = attrs.evolve(RESOLUTION, pause_on={"vendor"})
    held = TicketPutOnHold(
        ticket_id=OPENING.ticket_id, occurred_at=NINE, state="hold", reason="vendor"
    )
    asked = case(target)
    (clock,) = asked.judged([OPENING, held])
    assert clock.due_us is None
    assert last_due(clock) == clock.projected_due_us
    assert opened_us(asked) == OPENING.occurred_us
