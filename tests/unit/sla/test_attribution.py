"""Whose time it was: shares that sum to the clock's own time, to the microsecond (law S12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.calendars import ALWAYS, BusinessCalendar, WallTime, WeeklyHours
from itsm_core.events import (
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, GroupId, TicketId
from itsm_core.sla import (
    ClockRules,
    LegShare,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    SlaClock,
    attribution,
    evaluate,
    explain_attribution,
    held_by,
    waiting_for,
)

ID = TicketId("INC-1")
HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))


def at(hour: float) -> datetime:
    """Return an instant, in hours from Monday 5 January 2026."""
    return datetime(2026, 1, 5, tzinfo=UTC) + hour * HOUR


def agreement(
    name: str, rules: ClockRules | None, hours: float, **more: object
) -> ServiceLevelAgreement:
    """Return an agreement with one clock."""
    target = (
        ServiceLevelTarget(metric="resolution", goals=hours * HOUR)
        if rules is None
        else ServiceLevelTarget(metric="ola", name=name, goals=hours * HOUR, rules=rules)
    )
    fields: dict[str, object] = {
        "agreement_id": AgreementId(name),
        "calendar": OFFICE,
        "targets": (target,),
    }
    return ServiceLevelAgreement(**(fields | more))  # type: ignore[arg-type]


GOLD = agreement("gold", None, 4)
NETWORK = agreement("network", held_by("network"), 1)
VENDOR = agreement("vendor", waiting_for("awaiting_supplier"), 2)


def given_to(hour: float, group: str) -> TicketAssigned:
    """Return an assignment."""
    return TicketAssigned(ticket_id=ID, occurred_at=at(hour), group=GroupId(group))


def waits(hour: float) -> TicketPutOnHold:
    """Return a hold for the supplier."""
    return TicketPutOnHold(
        ticket_id=ID, occurred_at=at(hour), state="on_hold", reason="awaiting_supplier"
    )


def resumed(hour: float) -> TicketResumed:
    """Return the end of a hold."""
    return TicketResumed(ticket_id=ID, occurred_at=at(hour), state="in_progress")


STORY: tuple[TicketEvent, ...] = (
    TicketOpened(ticket_id=ID, occurred_at=at(9), priority="P1", group=GroupId("desk")),
    given_to(10, "network"),
    waits(12),
    resumed(15),
    TicketResolved(ticket_id=ID, occurred_at=at(16), state="resolved"),
)


def shares(
    history: tuple[TicketEvent, ...],
    *legs: ServiceLevelAgreement,
    of: ServiceLevelAgreement = GOLD,
    hour: float = 17,
) -> list[LegShare]:
    """Return the shares of a history under a promise and its legs."""
    clocks = [clock for leg in legs for clock in evaluate(history, leg, as_of=at(hour))]
    return list(attribution(evaluate(history, of, as_of=at(hour))["resolution"], clocks))


def hours(found: list[LegShare]) -> list[tuple[str, float, float, float]]:
    """Return name, counted hours, hours over the leg's goal and outside its hours."""
    return [
        (each.name, each.elapsed / HOUR, each.over / HOUR, each.outside / HOUR) for each in found
    ]


def test_time_goes_to_the_leg_that_began_last() -> None:
    """Desk 9-10, network 10-12 and 15-16, the supplier 12-15; goals of one and two hours."""
    assert hours(shares(STORY, NETWORK, VENDOR)) == [
        ("network", 3, 2, 0),
        ("vendor", 3, 1, 0),
        ("nobody", 1, 0, 0),
    ]


def test_order_in_which_legs_are_given_changes_no_share() -> None:
    """Only the order of the answer."""
    one, other = shares(STORY, NETWORK, VENDOR), shares(STORY, VENDOR, NETWORK)
    assert sorted(hours(one)) == sorted(hours(other))


def test_legs_that_began_together_give_way_to_the_later_one() -> None:
    """The last one given has it."""
    again = agreement("backup", held_by("network"), 1)
    assert [each[1] for each in hours(shares(STORY, NETWORK, again))] == [0, 6, 1]


def test_everything_is_nobodys_without_legs() -> None:
    """The rest is the whole."""
    (rest,) = shares(STORY)
    assert (rest.name, rest.leg, rest.elapsed, rest.ratio) == ("nobody", None, 7 * HOUR, 1)


def test_cycles_of_a_leg_have_shares_of_their_own() -> None:
    """The network had it twice."""
    history = (*STORY[:2], given_to(11, "desk"), given_to(14, "network"), STORY[-1])
    assert hours(shares(history, NETWORK)) == [
        ("network", 1, 0, 0),
        ("network (cycle 2)", 2, 1, 0),
        ("nobody", 4, 0, 0),
    ]


def test_time_outside_the_hours_of_a_leg_is_told() -> None:
    """Promised round the clock, resting on people who go home at five."""
    gold = agreement("gold", None, 4, calendar=ALWAYS)
    history = (*STORY[:2], TicketResolved(ticket_id=ID, occurred_at=at(34), state="resolved"))
    assert hours(shares(history, NETWORK, of=gold, hour=40)) == [
        ("network", 24, 23, 16),
        ("nobody", 1, 0, 0),
    ]


def test_paused_time_of_the_promise_is_nobodys_and_not_counted() -> None:
    """What did not count is not shared out."""
    target = ServiceLevelTarget(metric="resolution", goals=4 * HOUR, pause_on={"awaiting_supplier"})
    gold = agreement("gold", None, 4, targets=(target,))
    assert hours(shares(STORY, NETWORK, VENDOR, of=gold)) == [
        ("network", 3, 2, 0),
        ("vendor", 0, 0, 0),
        ("nobody", 1, 0, 0),
    ]


def test_paused_leg_does_not_have_the_ticket() -> None:
    """While its own clock stands still, the time is nobody's."""
    target = ServiceLevelTarget(
        metric="ola",
        name="network",
        goals=HOUR,
        rules=held_by("network"),
        pause_on={"awaiting_supplier"},
    )
    network = agreement("network", None, 1, targets=(target,))
    assert hours(shares(STORY, network)) == [("network", 3, 2, 0), ("nobody", 4, 0, 0)]


def test_explain_names_the_largest_share_first() -> None:
    """In plain words."""
    found = shares(STORY, NETWORK, VENDOR)
    clock = evaluate(STORY, GOLD, as_of=at(17))["resolution"]
    assert explain_attribution(clock, found).splitlines() == [
        "resolution of ticket INC-1: breached, whose time was it?",
        "  network: 3 h (43%), 2 h of it over its own goal",
        "  vendor: 3 h (43%), 1 h of it over its own goal",
        "  nobody: 1 h (14%)",
        "  in all: 7 h of 4 h",
    ]


def test_explain_says_what_lay_outside_the_hours() -> None:
    """On the share's own line."""
    gold = agreement("gold", None, 4, calendar=ALWAYS)
    (network, _) = shares(STORY[:2], NETWORK, of=gold, hour=18)
    assert str(network) == (
        "network: 8 h (89%), 7 h of it over its own goal, 1 h of it outside its hours"
    )


def test_clock_without_elapsed_time_has_shares_of_zero() -> None:
    """Opened and judged at one instant."""
    assert hours(shares(STORY[:1], NETWORK, hour=9)) == [("nobody", 0, 0, 0)]


STEPS = st.sampled_from(("network", "desk", "vendor", "hold", "resume"))


@settings(max_examples=200)
@given(
    steps=st.lists(st.tuples(STEPS, st.integers(0, 20_000_000)), max_size=8),
    wall=st.booleans(),
)
def test_shares_add_up_to_the_elapsed_time(steps: list[tuple[str, int]], wall: bool) -> None:
    """Whatever happens, to the microsecond, and what is over or outside lies within its share."""
    now = at(9)
    history: list[TicketEvent] = [TicketOpened(ticket_id=ID, occurred_at=now, priority="P1")]
    for step, after in steps:
        now += after * timedelta(milliseconds=13, microseconds=7)
        hour = (now - at(0)) / HOUR
        made = {"hold": waits, "resume": resumed}.get(step)
        history.append(given_to(hour, step) if made is None else made(hour))
    goal = WallTime(5 * HOUR) if wall else 5 * HOUR
    target = ServiceLevelTarget(metric="resolution", goals=goal)
    gold = agreement("gold", None, 5, targets=(target,))
    end = now + 3 * HOUR
    clock: SlaClock = evaluate(history, gold, as_of=end)["resolution"]
    legs = [leg for each in (NETWORK, VENDOR) for leg in evaluate(history, each, as_of=end)]
    found = attribution(clock, legs)
    assert sum(each.elapsed_us for each in found) == clock.elapsed_us
    assert all(0 <= each.over_us <= each.elapsed_us for each in found)
    assert all(0 <= each.outside_us <= each.elapsed_us for each in found)
    assert len(found) == len(legs) + 1
