"""Bugs that other systems had with agreements: selection, changes, versions, reopening.

A test is named after the reference it answers; see `test_known_bugs_sla`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from itsm_core.calendars import BusinessCalendar, CalendarTimeline, WeeklyHours
from itsm_core.conditions import Predicate, field
from itsm_core.events import (
    AgreementAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResumed,
)
from itsm_core.ids import AgreementId
from itsm_core.sla import (
    AgreementCatalogue,
    ClockState,
    LedgerKind,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    diff,
    evaluate_all,
    next_event,
)
from tests.golden.field_story import AGENT, TICKET, judged, promise
from tests.golden.small_desk import (
    FRIDAY,
    HOUR,
    NEXT_MONDAY,
    OFFICE,
    TUESDAY,
    WEDNESDAY,
    answered,
    assigned,
    at,
    changed,
    held,
    hours,
    opened,
    reopened,
    resolved,
    resumed,
    target,
)

WAITS: Final = frozenset({"awaiting_requester"})


def agreement(
    name: str, *targets: ServiceLevelTarget, applies_to: Predicate | None = None, **more: object
) -> ServiceLevelAgreement:
    """Return an agreement in office hours."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId(name),
        calendar=OFFICE,
        targets=targets,
        applies_to=applies_to,
        **more,  # type: ignore[arg-type]
    )


def chosen(hour: float, name: str, reason: str = "") -> AgreementAssigned:
    """Return the choice of an agreement by hand."""
    return AgreementAssigned(
        ticket_id=TICKET,
        occurred_at=at(hour),
        agreement_id=AgreementId(name),
        reason=reason,
        actor=AGENT,
    )


# --- which agreement holds ------------------------------------------------------------------------


def test_frappe_helpdesk_1598_ticket_may_have_no_agreement() -> None:
    """No agreement is a legal answer with its reason (S11)."""
    mail = agreement("mail", target("resolution", 4), applies_to=field("service").is_("mail"))
    catalogue = AgreementCatalogue(agreements=(mail,))
    assert evaluate_all([opened(9)], catalogue, as_of=at(12)) == ()
    (regime,) = catalogue.regimes([opened(9)], at(12))["sla"]
    assert regime.agreement is None
    assert regime.why


def test_frappe_erpnext_27789_ticket_that_nothing_matches_does_not_crash() -> None:
    """Not at its opening, not with a later change, not in a catalogue without agreements (S11)."""
    vip = agreement("vip", target("resolution", 4), applies_to=field("priority").is_("P1"))
    history = [opened(9), changed(10, "P2"), assigned(11, "second"), held(12), resolved(13)]
    for agreements in ((), (vip,)):
        catalogue = AgreementCatalogue(agreements=agreements)
        assert evaluate_all(history, catalogue, as_of=at(FRIDAY)) == ()


def test_frappe_helpdesk_1943_matching_agreement_wins_over_the_default() -> None:
    """Precedence is explicit, whatever the order of the list, and explained (S11)."""
    usual = agreement("default", target("resolution", 40))
    mail = agreement(
        "mail", target("resolution", 4), applies_to=field("service").is_("mail"), precedence=1
    )
    for agreements in ((usual, mail), (mail, usual)):
        catalogue = AgreementCatalogue(agreements=agreements)
        (evaluation,) = evaluate_all([opened(9, service="mail")], catalogue, as_of=at(9))
        assert evaluation["resolution"].due_at == at(13)
        selection = catalogue.select({"service": "mail"}, at(9))["sla"]
        assert [each.agreement.agreement_id for each in selection.candidates] == ["mail", "default"]
        assert all(each.reason for each in selection.candidates)
        (other,) = evaluate_all([opened(9, service="web")], catalogue, as_of=at(9))
        assert other.agreement_id == "default"


def test_zammad_zammad_5624_clock_that_the_new_group_lacks_is_cancelled() -> None:
    """Moved to a group without an update goal, the ticket has no update deadline (S7)."""
    first = agreement(
        "first",
        target("resolution", 8),
        target("update", 2),
        applies_to=field("group").is_("first"),
    )
    second = agreement("second", target("resolution", 16), applies_to=field("group").is_("second"))
    catalogue = AgreementCatalogue(agreements=(first, second))
    history = [opened(9, group="first"), answered(10), assigned(11, "second")]
    (evaluation,) = evaluate_all(history, catalogue, as_of=at(16))
    assert evaluation["update"].state is ClockState.CANCELLED
    assert evaluation["update"].cancelled_at == at(11)
    assert evaluation["update"].due_at is None
    assert evaluation["resolution"].due_at == at(TUESDAY + 17)


def test_zammad_zammad_4353_ended_agreement_escalates_nothing_more() -> None:
    """Clocks that run are cancelled at its end, nothing is to come; a breach stays a fact (S4)."""
    ends = agreement(
        "ends",
        target("response", 1),
        target("resolution", 40),
        valid_until=at(WEDNESDAY),
        version_rule="latest",
    )
    catalogue = AgreementCatalogue(agreements=(ends,))
    (before,) = evaluate_all([opened(9)], catalogue, as_of=at(TUESDAY))
    assert before.state("response") is ClockState.BREACHED
    (after,) = evaluate_all([opened(9)], catalogue, as_of=at(NEXT_MONDAY * 4))
    assert after["resolution"].state is ClockState.CANCELLED
    assert after["response"].cancelled_at == after["resolution"].cancelled_at == at(WEDNESDAY)
    assert after["response"].breached_at == at(10)
    assert next_event(after) is None


def test_osticket_osticket_5183_agreement_that_has_ended_judges_no_new_ticket() -> None:
    """Disabled on Wednesday: a ticket of Thursday is judged by what holds then, or not (S13)."""
    old = agreement("old", target("resolution", 4), valid_until=at(WEDNESDAY), precedence=1)
    usual = agreement("default", target("resolution", 16))
    history = [opened(FRIDAY - 12)]
    assert evaluate_all(history, AgreementCatalogue(agreements=(old,)), as_of=at(FRIDAY)) == ()
    both = AgreementCatalogue(agreements=(old, usual))
    (evaluation,) = evaluate_all([*history, changed(FRIDAY, "P1")], both, as_of=at(FRIDAY))
    assert evaluation.agreement_id == "default"


def _versions(rule: str) -> AgreementCatalogue:
    """Return an agreement whose goal was edited on Tuesday 00:00: eight hours became sixteen."""
    first = agreement("a", target("resolution", 8), valid_until=at(TUESDAY), version_rule=rule)
    second = agreement(
        "a", target("resolution", 16), valid_from=at(TUESDAY), version_rule=rule, version=2
    )
    return AgreementCatalogue(agreements=(first, second))


def test_frappe_helpdesk_2214_edited_goal_holds_as_the_version_rule_says() -> None:
    """Which version judges an open ticket is the agreement's choice, not an accident (S13)."""
    history = [opened(16)]
    due = {
        rule: evaluate_all(history, _versions(rule), as_of=at(TUESDAY + 12))[0]["resolution"].due_at
        for rule in ("at_creation", "latest")
    }
    assert due == {"at_creation": at(TUESDAY + 16), "latest": at(WEDNESDAY + 16)}
    told = [*history, changed(TUESDAY + 10, "P1")]
    for events, expected in ((history, TUESDAY + 16), (told, WEDNESDAY + 16)):
        (evaluation,) = evaluate_all(events, _versions("at_change"), as_of=at(TUESDAY + 12))
        assert evaluation["resolution"].due_at == at(expected)


def test_frappe_helpdesk_2214_edit_is_shown_as_a_difference_never_written_in_silence() -> None:
    """What the new goal would have done to the tickets there are is told before (S13)."""
    old = AgreementCatalogue(agreements=(agreement("a", target("resolution", 4)),))
    new = AgreementCatalogue(agreements=(agreement("a", target("resolution", 2)),))
    late, early = [opened(9), resolved(12)], [opened(9), resolved(10)]
    changes = diff(old, new, [late], as_of=at(12))
    assert [change.ticket_id for change in changes.changes] == [TICKET]
    assert diff(old, old, [late, early], as_of=at(12)).changes == ()


def test_zammad_zammad_534_edited_calendar_moves_what_is_due_from_its_date_on() -> None:
    """From Wednesday on it opens at 11: an open ticket is due later, a done one is not (C10)."""
    late = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 11:00-17:00"))
    edited = CalendarTimeline(((None, OFFICE), (at(WEDNESDAY), late)))
    resolution = target("resolution", 18)
    for calendar, due in ((OFFICE, WEDNESDAY + 11), (edited, WEDNESDAY + 13)):
        clock = judged([opened(9)], promise(calendar, resolution), at(10))["resolution"]
        assert clock.due_at == at(due)
    history = [opened(9), resolved(TUESDAY + 12)]
    ledgers = [
        judged(history, promise(calendar, resolution), at(FRIDAY))["resolution"].ledger
        for calendar in (OFFICE, edited)
    ]
    assert ledgers[0] == ledgers[1]


# --- a change while the clock runs or is paused ---------------------------------------------------


@pytest.mark.parametrize(
    ("retarget", "due"),
    # An hour counts, then a hold from 10 to 12; four hours of goal become six at 11, on hold.
    [
        ("from_start", 17),  # one hour of six was used: five from 12 on
        ("from_change", TUESDAY + 10),  # six from the end of the hold on
        ("share", 16.5),  # a quarter was used: three quarters of six from 12 on
        ("keep", 15),  # one hour of four was used: three from 12 on
    ],
)
def test_glpi_project_glpi_6902_hold_survives_a_change_while_pending(
    retarget: str, due: float
) -> None:
    """Whatever a change does to the goal, time on hold does not come back (S7)."""
    goals = {"P3": hours(4), "P1": hours(6)}
    resolution = target("resolution", goals, pause_on=WAITS, retarget=retarget)
    history = [opened(9), held(10), changed(11, "P1"), resumed(12)]
    clock = judged(history, promise(OFFICE, resolution), at(12))["resolution"]
    assert clock.due_at == at(due)
    assert (clock.paused, clock.elapsed) == (2 * HOUR, HOUR)


def test_glpi_project_glpi_15605_pause_survives_a_change_of_agreement_while_pending() -> None:
    """The same with another agreement instead of another priority (S7)."""
    four, six = (promise(OFFICE, target("resolution", goal, pause_on=WAITS)) for goal in (4, 6))
    history = [opened(9), held(10), resumed(12)]
    clock = judged(history, [(at(9), four), (at(11), six)], at(12))["resolution"]
    assert clock.due_at == at(17)
    assert clock.paused == 2 * HOUR


def test_glpi_project_glpi_16383_due_after_a_change_is_the_one_of_its_own_test() -> None:
    """Four hours and a pause of ten minutes, then six hours: 17:10, then 08:10 next day (S7)."""
    calendar = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-19:00"))
    start = datetime(2034, 8, 16, 13, tzinfo=UTC)
    minute = timedelta(minutes=1)
    history: Sequence[TicketEvent] = [
        TicketOpened(ticket_id=TICKET, occurred_at=start),
        TicketPutOnHold(ticket_id=TICKET, occurred_at=start, state="on_hold", reason="pending"),
        TicketResumed(ticket_id=TICKET, occurred_at=start + 10 * minute, state="active"),
    ]
    four, six = (
        promise(calendar, target("resolution", goal, pause_on={"pending"})) for goal in (4, 6)
    )
    before = judged(history, four, start + 10 * minute)["resolution"]
    after = judged(history, [(start, four), (start + 20 * minute, six)], start + 30 * minute)
    assert before.due_at == datetime(2034, 8, 16, 17, 10, tzinfo=UTC)
    assert after["resolution"].due_at == datetime(2034, 8, 17, 8, 10, tzinfo=UTC)


def test_osticket_osticket_5160_no_overdue_flag_stays_when_the_due_date_moves() -> None:
    """What is late is derived each time: a milder goal in time, and nothing is overdue (S1)."""
    resolution = target("resolution", {"P1": hours(2), "P3": hours(16)})
    history = [opened(9, priority="P1"), changed(10.5, "P3")]
    clock = judged(history, promise(OFFICE, resolution), at(TUESDAY))["resolution"]
    assert (clock.state, clock.breached_at) == (ClockState.RUNNING, None)
    assert clock.due_at == at(TUESDAY + 17)


def test_osticket_osticket_1_7_686_agreement_may_change_after_a_breach_which_stays() -> None:
    """The choice stands with its reason; the promise that was broken before stays broken (S4)."""
    short = agreement("short", target("resolution", 2), precedence=1)
    long = agreement("long", target("resolution", 16))
    catalogue = AgreementCatalogue(agreements=(short, long))
    history = [opened(9), chosen(12, "long", "agreed with the customer")]
    regimes = catalogue.regimes(history, at(13))["sla"]
    names = [None if each.agreement is None else each.agreement.agreement_id for each in regimes]
    assert names == ["short", "long"]
    assert "agreed with the customer" in regimes[-1].why
    (evaluation,) = evaluate_all(history, catalogue, as_of=at(13))
    assert evaluation.agreement_id == "long"
    assert evaluation["resolution"].state is ClockState.BREACHED
    assert evaluation["resolution"].breached_at == at(11)
    (in_time,) = evaluate_all([opened(9), chosen(10, "long")], catalogue, as_of=at(13))
    assert in_time["resolution"].due_at == at(TUESDAY + 17)


# --- reopening ------------------------------------------------------------------------------------

# Resolved at 12 after three hours, reopened two days later at 12.
REOPENED: Final = [opened(9), resolved(12), reopened(WEDNESDAY + 12)]


def test_zammad_zammad_188_reopened_ticket_is_not_breached_by_its_closed_time() -> None:
    """Eight hours: three before, five from the reopening on (S8)."""
    clock = judged(REOPENED, promise(OFFICE, target("resolution", 8)), at(WEDNESDAY + 12))
    assert clock["resolution"].state is ClockState.RUNNING
    assert clock["resolution"].due_at == at(WEDNESDAY + 17)


def test_frappe_erpnext_28550_reopened_after_months_is_not_late_at_once() -> None:
    """Neither with its old clock nor with a new one (S8)."""
    after = NEXT_MONDAY * 20 + 12
    history = [opened(9), resolved(12), reopened(after)]
    # Five hours are left of eight, until closing; or all eight, until noon of the next day.
    for policy, due in (("exclude_closed", after + 5), ("new_cycle", after + 24)):
        resolution = target("resolution", 8, reopen=policy)
        clock = judged(history, promise(OFFICE, resolution), at(after))["resolution"]
        assert (clock.state, clock.due_at) == (ClockState.RUNNING, at(due))


def test_glpi_project_glpi_23359_closed_time_is_not_called_pending() -> None:
    """In the ledger it is a line of its own, by the policy's name for it, beside holds (S2)."""
    history = [opened(9), held(10), resumed(11), *REOPENED[1:]]
    resolution = target("resolution", 8, pause_on=WAITS)
    clock = judged(history, promise(OFFICE, resolution), at(WEDNESDAY + 13))["resolution"]
    paused = [(line.reason, line.start) for line in clock.ledger if line.kind is LedgerKind.PAUSED]
    assert paused == [("awaiting_requester", at(10)), ("resolved", at(12))]


@pytest.mark.parametrize(
    ("policy", "states", "elapsed"),
    [
        ("exclude_closed", [ClockState.RUNNING], 4),
        ("include_closed", [ClockState.BREACHED], 20),
        ("new_cycle", [ClockState.MET, ClockState.RUNNING], 1),
        ("ignore", [ClockState.MET], 3),
    ],
)
def test_glpi_project_glpi_9267_what_a_reopening_does_is_chosen(
    policy: str, states: list[ClockState], elapsed: int
) -> None:
    """Closed time left out or counted, a new cycle, or nothing (S8)."""
    resolution = target("resolution", 8, reopen=policy)
    evaluation = judged(REOPENED, promise(OFFICE, resolution), at(WEDNESDAY + 13))
    assert [cycle.state for cycle in evaluation.cycles("resolution")] == states
    assert evaluation["resolution"].elapsed == elapsed * HOUR


def test_osticket_osticket_5206_reopened_ticket_gets_a_due_date_of_its_own_if_wanted() -> None:
    """The expired one stays with the first cycle; the second is due from the reopening on (S8)."""
    history = [opened(9), resolved(TUESDAY + 12), reopened(WEDNESDAY + 10)]
    resolution = target("resolution", 4, reopen="new_cycle")
    evaluation = judged(history, promise(OFFICE, resolution), at(WEDNESDAY + 11))
    first, second = evaluation.cycles("resolution")
    assert (first.state, first.due_at) == (ClockState.BREACHED, at(13))
    assert (second.state, second.due_at) == (ClockState.RUNNING, at(WEDNESDAY + 14))


def test_znuny_znuny_369_solution_time_starts_anew_on_reopening_if_wanted() -> None:
    """What was rejected there is a choice here, and the earlier cycle keeps its time (S8)."""
    resolution = target("resolution", 8, reopen="new_cycle")
    evaluation = judged(REOPENED, promise(OFFICE, resolution), at(WEDNESDAY + 14))
    cycles = evaluation.cycles("resolution")
    assert [cycle.elapsed for cycle in cycles] == [3 * HOUR, 2 * HOUR]
    assert cycles[1].started_at == at(WEDNESDAY + 12)
