"""Plans where the agreement changes: steps are those of the agreement in force (E2, S13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.conditions import field
from itsm_core.escalation import (
    FIRE_ALL,
    Breached,
    EscalationRule,
    Ladder,
    Notify,
    ShareUsed,
    Silence,
    due,
    plan,
)
from itsm_core.events import PriorityChanged, TicketEvent, TicketOpened
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla import AgreementCatalogue, ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = TicketId("INC-1")
OPENED = TicketOpened(ticket_id=ID, occurred_at=AT, priority="P3")
RAISED = PriorityChanged(ticket_id=ID, occurred_at=AT + hours(2), priority="P1")


def agreement(name: str, length: int, **given: object) -> ServiceLevelAgreement:
    """Return an agreement with one goal, around the clock."""
    target = ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(length))})
    return ServiceLevelAgreement(
        agreement_id=AgreementId(name),
        calendar=ALWAYS,
        targets=(target,),
        **given,  # type: ignore[arg-type]
    )


BY_PRIORITY = AgreementCatalogue(
    agreements=(
        agreement("fast", 3, applies_to=field("priority").is_("P1"), precedence=2),
        agreement("slow", 8, precedence=1),
    )
)
LADDER = Ladder(
    name="late",
    rules=(
        EscalationRule(
            name="late",
            trigger=Breached(clock="resolution"),
            actions=[Notify(target="group", name="second line")],
        ),
        EscalationRule(
            name="silent",
            trigger=Silence(after=hours(30)),
            actions=[Notify(target="group", name="first line")],
        ),
    ),
)


def planned(catalogue: AgreementCatalogue, *events: TicketEvent) -> list[tuple[str, timedelta]]:
    """Return the rules of a plan made at the last event, with their time since the opening."""
    told = (OPENED, *events)
    steps = plan(told, LADDER, catalogue, as_of=told[-1].occurred_at)
    return [(step.rule, timedelta(microseconds=step.at_us - OPENED.occurred_us)) for step in steps]


def test_step_is_that_of_the_agreement_in_force_when_the_priority_changes() -> None:
    """Eight hours as P3; raised at eleven to the agreement of three hours, due at twelve (S7)."""
    micro = timedelta(microseconds=1)
    assert planned(BY_PRIORITY) == [("late", hours(8) + micro), ("silent", hours(30))]
    assert planned(BY_PRIORITY, RAISED)[0] == ("late", hours(3) + micro)


def test_step_is_that_of_the_version_in_force_when_another_takes_over_by_time() -> None:
    """A plan knows the version that comes into force tomorrow: nobody has to do anything."""
    turn = AT + hours(24)
    catalogue = AgreementCatalogue(
        agreements=(
            agreement("gold", 48, version_rule="latest", valid_until=turn),
            agreement("gold", 26, version=2, version_rule="latest", valid_from=turn),
        )
    )
    assert planned(catalogue)[0] == ("late", hours(26) + timedelta(microseconds=1))


def test_step_of_the_first_version_is_planned_when_it_comes_before_the_next_one() -> None:
    """Late after ten hours, although the version of tomorrow would allow twenty-six."""
    turn = AT + hours(24)
    catalogue = AgreementCatalogue(
        agreements=(
            agreement("gold", 10, version_rule="latest", valid_until=turn),
            agreement("gold", 26, version=2, version_rule="latest", valid_from=turn),
        )
    )
    assert planned(catalogue)[0] == ("late", hours(10) + timedelta(microseconds=1))


def test_share_is_that_of_the_version_in_force_when_the_next_one_is_shorter() -> None:
    """A quarter of forty-eight hours is noon of hour twelve, whatever tomorrow's version allows."""
    turn = AT + hours(24)
    catalogue = AgreementCatalogue(
        agreements=(
            agreement("gold", 48, version_rule="latest", valid_until=turn),
            agreement("gold", 26, version=2, version_rule="latest", valid_from=turn),
        )
    )
    quarter = EscalationRule(
        name="quarter",
        trigger=ShareUsed(clock="resolution", ratio=0.25),
        actions=[Notify(target="group", name="second line")],
    )
    steps = plan([OPENED], Ladder(name="share", rules=(quarter,)), catalogue, as_of=AT)
    assert [step.at for step in steps] == [AT + hours(12)]


def test_silence_counts_without_hours_when_no_agreement_holds() -> None:
    """No agreement is a legal answer: there are no clocks, and time is elapsed time."""
    nobody = AgreementCatalogue(
        agreements=(agreement("fast", 3, applies_to=field("priority").is_("P9")),)
    )
    assert planned(nobody) == [("silent", hours(30))]


def test_steps_are_the_same_when_polled_at_any_times_and_the_agreement_changes() -> None:
    """E3 holds with a catalogue as well."""
    until = AT + hours(60)
    times = [AT - hours(1), AT, AT + hours(1), AT + hours(2), AT + hours(4), AT + hours(31), until]
    parts = []
    for since, at in pairwise(times):
        known = [event for event in (OPENED, RAISED) if event.occurred_at <= at]
        if known:
            found = due(known, LADDER, BY_PRIORITY, since=since, until=at, catch_up=FIRE_ALL)
            parts += [each.key for each in found]
    whole = due((OPENED, RAISED), LADDER, BY_PRIORITY, until=until, catch_up=FIRE_ALL)
    assert sorted(parts) == sorted(each.key for each in whole)
    assert len(parts) >= 2
