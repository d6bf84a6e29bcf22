"""What differs between two policies, in words and on histories (law S13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.desk import ServiceDesk
from itsm_core.errors import InvalidValue
from itsm_core.events import (
    AgreementAssigned,
    TicketEvent,
    TicketOpened,
    TicketReclassified,
    TicketResolved,
)
from itsm_core.ids import AgreementId, ServiceId, TicketId
from itsm_core.policy import (
    Policy,
    PolicyReading,
    policy_changes,
    policy_effect,
    read_policy,
)
from itsm_core.sla import evaluate_all
from tests.unit.policy.expect_desk import POLICY
from tests.unit.policy.test_lint_agreements import LIFECYCLE
from tests.unit.policy.test_lint_people import ROSTER

MONDAY = datetime(2026, 3, 30, 7, tzinfo=UTC)  # 9:00 in Berlin
MATRIX = """
[matrix]
impacts = ["high", "low"]
urgencies = ["high", "low"]
priorities = ["P1", "P2", "P3", "P4"]
cells.high = { high = "P1", low = "P2" }
cells.low = { high = "P3", low = "P4" }
"""
MODIFIERS = """
[[priority.modifiers]]
name = "vip"
when = { field = "vip", operator = "is", value = true }
raise = 1

[[priority.modifiers]]
name = "intranet"
when = { field = "service", operator = "is", value = "intranet" }
lower = 1
"""


def reading_of(text: str) -> PolicyReading:
    """Return a policy with its source, which must be sound."""
    reading = read_policy(text, format="toml")
    assert reading.policy is not None, [str(each) for each in reading.findings]
    return reading


def policy_of(text: str) -> Policy:
    """Return a policy, which must be sound."""
    policy = reading_of(text).policy
    assert policy is not None
    return policy


def changes(old: str, new: str) -> list[str]:
    """Return the changes in words, every section compared."""
    one, other = reading_of(old), reading_of(new)
    assert one.policy is not None
    assert other.policy is not None
    found = policy_changes(one.policy, other.policy, (one.source, other.source))
    return [str(each) for each in found]


def test_nothing_differs_when_only_the_writing_does() -> None:
    """Another name of the file, comments, inline tables: the meaning is the same."""
    other = POLICY.replace(
        '[agreements.response]\ngoals = { P1 = "15m", P2 = "30m", P3 = "2h", P4 = "8h" }',
        '# mail\n[agreements.response.goals]\nP4 = "480m"\nP1 = "15m"\nP2 = "30m"\nP3 = "2h"',
    )
    assert other != POLICY
    assert changes(POLICY, other) == []


def test_hours_are_told_with_what_they_come_to_when_changed() -> None:
    """Five hours a week more, in the calendar and for each clock that counts in it."""
    assert changes(POLICY, POLICY.replace("09:00-17:00", "08:00-17:00")) == [
        "calendar office: hours Mo-Fr 09:00-17:00 -> Mo-Fr 08:00-17:00",
        (
            "calendar office: open 40 h 00 min in an average week -> "
            "open 45 h 00 min in an average week"
        ),
        "agreement standard version 1: response: calendar: hours",
        "agreement standard version 1: resolution: calendar: hours",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('zone = "Europe/Lisbon"', "zone Europe/Berlin -> Europe/Lisbon"),
        ('holidays = { yearly = ["12-24"] }', "holidays: 0 -> 1 days in 2026"),
        ('exceptions = { "2026-12-24" = "" }', "exception of 2026-12-24: new"),
        ('holiday_scope = "shift_start"', "holiday scope civil_day -> shift_start"),
    ],
)
def test_part_of_a_calendar_is_told_when_changed(line: str, words: str) -> None:
    """Each by its own name."""
    key = line.split(" ", maxsplit=1)[0]
    old = 'zone = "Europe/Berlin"' if key == "zone" else 'hours = "Mo-Fr 09:00-17:00"'
    new = line if key == "zone" else f"{old}\n{line}"
    assert f"calendar office: {words}" in changes(POLICY, POLICY.replace(old, new, 1))


def test_calendar_is_told_when_it_comes_or_goes() -> None:
    """With its open time, from which one sees what it is."""
    more = '[calendars.late]\nzone = "Europe/Berlin"\nhours = "Mo 18:00-20:00"\n' + POLICY
    words = "open 2 h 00 min in an average week"
    assert changes(POLICY, more) == [f"calendar late: new, {words}"]
    assert changes(more, POLICY) == [f"calendar late: gone; it was {words}"]


def test_goal_is_told_when_changed() -> None:
    """By agreement, clock and priority."""
    assert changes(POLICY, POLICY.replace('P2 = "8h"', 'P2 = "6h"')) == [
        "agreement standard version 1: resolution: goal of P2: 8 h working time -> 6 h working time"
    ]


def test_selection_is_told_when_changed() -> None:
    """Which tickets an agreement takes is part of what it says."""
    assert changes(POLICY, POLICY.replace('["mail"]', '["mail", "erp"]')) == [
        "agreement mail version 1: takes: service is mail -> service is mail or erp"
    ]


def test_order_is_told_when_agreements_change_places() -> None:
    """The first that fits holds, so that the order means something."""
    head, mail, standard = POLICY.split("[[agreements]]")
    other = f"{head}[[agreements]]{standard}[[agreements]]{mail}"
    assert changes(POLICY, other) == ["agreements: order: mail, standard -> standard, mail"]


def test_agreement_is_told_when_it_comes_or_goes() -> None:
    """By id and version."""
    head, _mail, standard = POLICY.split("[[agreements]]")
    less = f"{head}[[agreements]]{standard}"
    assert changes(POLICY, less) == ["agreement mail version 1: gone"]
    assert changes(less, POLICY) == ["agreement mail version 1: new"]


def test_priorities_are_told_when_the_matrix_changes() -> None:
    """Cell by cell, and the levels if they are others."""
    old, new = MATRIX + POLICY, MATRIX.replace('low = "P2"', 'low = "P1"') + POLICY
    assert changes(old, new) == ["matrix: impact high, urgency low: P2 -> P1"]
    fewer = MATRIX.replace('"P3", "P4"]', '"P3", "P4", "P5"]') + POLICY
    assert changes(old, fewer) == ["matrix: priorities: P1, P2, P3, P4 -> P1, P2, P3, P4, P5"]


def test_modifiers_are_told_when_they_or_their_order_change() -> None:
    """They are asked in the order of the file."""
    old = POLICY + MODIFIERS
    stronger = POLICY + MODIFIERS.replace("raise = 1", "raise = 2")
    (told,) = changes(old, stronger)
    assert told.startswith("modifier vip: ")
    _, vip, intranet = MODIFIERS.split("[[priority.modifiers]]")
    swapped = f"\n[[priority.modifiers]]{intranet}[[priority.modifiers]]{vip}"
    assert changes(old, POLICY + swapped) == ["modifier: order: vip, intranet -> intranet, vip"]


def test_lifecycle_is_told_when_it_changes_under_its_version() -> None:
    """Tickets pin (name, version): another meaning needs another number (law L4)."""
    old = POLICY + LIFECYCLE
    new = POLICY + LIFECYCLE.replace('"parts", "customer"', '"parts", "customer", "carrier"')
    found = changes(old, new)
    assert (
        "lifecycle desk: changed, and still version 1: count on, tickets pin the version" in found
    )
    counted = new.replace("hold_reasons", "version = 2\nhold_reasons")
    assert "lifecycle desk: version 1 -> 2" in changes(old, counted)


def test_other_sections_are_told_as_they_are_written_when_changed() -> None:
    """Rosters, ladders, channels: the path and both values."""
    old = POLICY + ROSTER
    assert changes(old, old.replace('"ana", "ben"', '"ana", "chi"')) == [
        "rosters first.layers.weeks.people: ['ana', 'ben'] -> ['ana', 'chi']"
    ]


def test_dropped_section_is_told_in_one_line_when_it_is_gone() -> None:
    """Its five values are counted, not listed; a dropped key of a table is told with its value."""
    old = POLICY + ROSTER
    assert changes(POLICY, old) == ["rosters: new, with 5 values"]
    assert changes(old, POLICY) == ["rosters: gone, with 5 values"]
    one = old + "unit = 'weeks'\n"
    assert changes(one, old) == ["rosters first.layers.weeks.unit: 'weeks' -> nothing"]


def test_every_change_is_told_when_there_are_very_many() -> None:
    """Nothing is hidden behind a count."""
    names = [f"person-{n}" for n in range(90)]
    text = "".join(
        f'[[rosters.first.absences]]\nperson = "{name}"\nstart = "2026-01-0{{}}T00:00:00Z"\n'
        'end = "2026-02-01T00:00:00Z"\n'
        for name in names
    )
    ones = [POLICY + ROSTER + text.replace("{}", day) for day in ("1", "2")]
    assert len(changes(*ones)) == 90


def test_validity_is_told_in_the_zone_of_the_calendar_when_it_changes() -> None:
    """A date begins at midnight in Berlin, which is no day before."""
    new = POLICY.replace('id = "standard"', 'id = "standard"\nvalid_from = 2027-01-01')
    assert changes(POLICY, new) == [
        "agreement standard version 1: in force: always -> from 2027-01-01"
    ]


# -- on histories ----------------------------------------------------------------------------------


def history(name: str, service: str, took: timedelta) -> tuple[TicketEvent, ...]:
    """Return a ticket of P2, opened on Monday at 9 in Berlin and resolved after a time."""
    return (
        TicketOpened(
            ticket_id=TicketId(name),
            occurred_at=MONDAY,
            priority="P2",
            service=ServiceId(service),
        ),
        TicketResolved(
            ticket_id=TicketId(name), occurred_at=MONDAY + took, state="resolved", sequence=1
        ),
    )


def histories() -> Iterator[tuple[TicketEvent, ...]]:
    """Yield three tickets: resolved within 5 and 7 hours, and one about mail."""
    yield history("five", "erp", timedelta(hours=5))
    yield history("seven", "erp", timedelta(hours=7))
    yield history("mail", "mail", timedelta(hours=1))


def test_only_tickets_are_named_whose_verdict_or_due_instant_changes() -> None:
    """With six hours in place of eight the ticket of seven hours is late, that of five is not."""
    old, new = policy_of(POLICY), policy_of(POLICY.replace('P2 = "8h"', 'P2 = "6h"'))
    effect = policy_effect(old, new, histories(), as_of=MONDAY + timedelta(days=2))
    assert effect.tickets == 3
    assert effect.moved == {}
    states = {
        each.ticket_id: [str(change) for change in each.changes if change.field == "state"]
        for each in effect.changes
    }
    assert states == {"five": [], "seven": ["state met -> breached"]}
    assert effect.changes[1].why == ("goal of P2: 8 h working time -> 6 h working time",)


def test_ticket_is_named_when_it_goes_to_another_agreement() -> None:
    """Mail falls to the standard one: its clocks are others, and it says why."""
    old, new = policy_of(POLICY), policy_of(POLICY.replace('["mail"]', '["post"]'))
    effect = policy_effect(old, new, histories(), as_of=MONDAY + timedelta(days=2))
    assert effect.moved == {("mail", "standard"): 1}
    assert effect.ticket_ids == ("mail",)
    assert {each.why[0] for each in effect.changes} == {"the policy gives it standard, not mail"}


def test_ticket_is_named_when_it_loses_its_agreement() -> None:
    """Its clocks are gone, which is a change of its own."""
    old = policy_of(
        POLICY.replace('id = "standard"', 'id = "standard"\nwhen = { service = ["erp"] }')
    )
    new = policy_of(
        POLICY.replace('id = "standard"', 'id = "standard"\nwhen = { service = ["none"] }')
    )
    effect = policy_effect(old, new, histories(), as_of=MONDAY + timedelta(days=2))
    assert effect.moved == {("standard", None): 2}
    assert effect.ticket_ids == ("five", "seven")


def test_totals_are_those_of_all_tickets_when_added_up() -> None:
    """Kept and broken before and after, over every pair of agreements."""
    old, new = policy_of(POLICY), policy_of(POLICY.replace('P2 = "8h"', 'P2 = "6h"'))
    effect = policy_effect(old, new, histories(), as_of=MONDAY + timedelta(days=2))
    (resolution,) = [each for each in effect.totals if each.clock == "resolution"]
    assert (resolution.before.kept, resolution.before.broken) == (2, 0)
    assert (resolution.after.kept, resolution.after.broken) == (1, 1)


def test_nothing_changes_when_both_policies_say_the_same() -> None:
    """The same promises, read twice."""
    effect = policy_effect(
        policy_of(POLICY), policy_of(POLICY), histories(), as_of=MONDAY + timedelta(days=2)
    )
    assert effect.changes == ()


def test_history_without_opening_is_left_out_when_compared() -> None:
    """There was no ticket to promise anything for."""
    lone = (history("lone", "erp", timedelta(hours=1))[1],)
    effect = policy_effect(policy_of(POLICY), policy_of(POLICY), [lone], as_of=MONDAY)
    assert effect.tickets == 0


# -- tickets that get another agreement on the way ------------------------------------------------

TWO = """
name = "p"
[calendars.office]
zone = "Europe/Berlin"
hours = "Mo-Fr 09:00-17:00"
[[agreements]]
id = "mail"
calendar = "office"
when = { service = ["mail"] }
[agreements.resolution]
goals = { P1 = "4h", P2 = "8h", P3 = "16h", P4 = "40h" }
[[agreements]]
id = "print"
calendar = "office"
when = { service = ["print"] }
[agreements.resolution]
goals = { P1 = "5h", P2 = "8h", P3 = "16h", P4 = "40h" }
"""
LATER = MONDAY + timedelta(days=2)


def turned(event: TicketEvent) -> tuple[TicketEvent, ...]:
    """Return a P1 about mail that was resolved after three hours, with one event in between."""
    opening, _ = history("t", "mail", timedelta(hours=3))
    ticket_id = opening.ticket_id
    first = TicketOpened(
        ticket_id=ticket_id, occurred_at=MONDAY, priority="P1", service=ServiceId("mail")
    )
    last = TicketResolved(
        ticket_id=ticket_id,
        occurred_at=MONDAY + timedelta(hours=3),
        state="resolved",
        sequence=2,
    )
    return first, event, last


RECLASSIFIED = turned(
    TicketReclassified(
        ticket_id=TicketId("t"),
        occurred_at=MONDAY + timedelta(minutes=5),
        service=ServiceId("print"),
        sequence=1,
    )
)
ASSIGNED = turned(
    AgreementAssigned(
        ticket_id=TicketId("t"),
        occurred_at=MONDAY + timedelta(minutes=5),
        agreement_id=AgreementId("print"),
        reason="as promised",
        sequence=1,
    )
)


def at_desk(policy: Policy, told: tuple[TicketEvent, ...]) -> str:
    """Return what the desk says of the resolution."""
    store = MemoryStore()
    store.append(told[0].ticket_id, told, expected_version=0)
    desk = ServiceDesk(store=store, catalogue=policy, clock=ManualClock(LATER))
    return desk.evaluate("t").state("resolution").value


@pytest.mark.parametrize("told", [RECLASSIFIED, ASSIGNED], ids=["reclassified", "by hand"])
def test_effect_tells_what_the_desk_says_when_the_ticket_got_another_agreement(
    told: tuple[TicketEvent, ...],
) -> None:
    """It was opened under `mail`, and only `print` changes: desk, catalogue and effect agree."""
    old, new = policy_of(TWO), policy_of(TWO.replace('P1 = "5h"', 'P1 = "1h"'))
    assert [at_desk(each, told) for each in (old, new)] == ["met", "breached"]
    for policy, state in ((old, "met"), (new, "breached")):
        (only,) = evaluate_all(told, policy.catalogue, as_of=LATER)
        assert only.agreement_id == "print"
        assert only.state("resolution").value == state
    (change,) = policy_effect(old, new, [told], as_of=LATER).changes
    assert "state met -> breached" in [str(each) for each in change.changes]


def test_effect_names_the_ticket_when_its_agreement_no_longer_takes_it() -> None:
    """What was reclassified to print finds no agreement: its clock ends, and that is told."""
    old = policy_of(TWO)
    new = policy_of(TWO.replace('["print"] }', '["print"], category = ["paper"] }'))
    assert at_desk(new, RECLASSIFIED) == "cancelled"
    effect = policy_effect(old, new, [RECLASSIFIED], as_of=LATER)
    assert effect.moved == {("print", None): 1}
    assert effect.ticket_ids == ("t",)


def test_effect_takes_the_ticket_as_it_stood_when_asked_for_earlier() -> None:
    """A minute after the opening it was about mail, of which nothing changes."""
    old, new = policy_of(TWO), policy_of(TWO.replace('P1 = "5h"', 'P1 = "1h"'))
    early = policy_effect(old, new, [RECLASSIFIED], as_of=MONDAY + timedelta(minutes=1))
    assert early.changes == ()
    assert policy_effect(old, new, [RECLASSIFIED], as_of=MONDAY - timedelta(days=1)).tickets == 0


def test_effect_is_refused_when_a_history_holds_two_tickets() -> None:
    """The events of two tickets are two histories."""
    both = (*history("one", "erp", timedelta(hours=1)), *history("two", "erp", timedelta(hours=1)))
    with pytest.raises(InvalidValue, match="ticket"):
        policy_effect(policy_of(POLICY), policy_of(POLICY), [both], as_of=LATER)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('kind = "ola"', "agreement print version 1: kind: sla -> ola"),
        ('title = "Paper"', "agreement print version 1: title: none -> Paper"),
        (
            'breach_reasons = ["supplier", "weather"]',
            "agreement print version 1: breach reasons: none -> supplier, weather",
        ),
    ],
)
def test_change_is_told_when_it_bears_on_no_clock(written: str, told: str) -> None:
    """What people read, and whom an agreement is with, is part of what was promised."""
    assert changes(TWO, TWO.replace('id = "print"', f'id = "print"\n{written}')) == [told]


def test_change_is_told_when_the_policy_has_another_name_or_title() -> None:
    """A name counts that is written: a file without one is named after itself."""
    new = TWO.replace('name = "p"', 'name = "q"\ntitle = "Queue"')
    assert changes(TWO, new) == ["title: none -> Queue", "name: 'p' -> 'q'"]
    assert changes(TWO.replace('name = "p"', ""), TWO.replace('name = "p"', "")) == []


def test_effect_keeps_versions_apart_when_an_agreement_has_two() -> None:
    """Each ticket is judged by the version of its opening; only the later one changes."""
    first = """
[[agreements]]
id = "gold"
calendar = "always"
valid_until = 2026-01-06T00:00:00Z
resolution = { goals = { "*" = "4h" } }
"""
    second = """
[[agreements]]
id = "gold"
version = 2
calendar = "always"
valid_from = 2026-01-06T00:00:00Z
resolution = { goals = { "*" = "9h" } }
"""
    at = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 6, 9, tzinfo=UTC)
    told = [
        (
            TicketOpened(ticket_id=TicketId(name), occurred_at=start, priority="P1"),
            TicketResolved(
                ticket_id=TicketId(name), occurred_at=start + timedelta(hours=6), state="resolved"
            ),
        )
        for name, start in zip(("one", "two"), at, strict=True)
    ]
    old, new = policy_of(first + second), policy_of(first + second.replace("9h", "5h"))
    effect = policy_effect(old, new, told, as_of=at[1] + timedelta(days=9))
    assert effect.ticket_ids == ("two",)
    (total,) = effect.totals
    assert (total.before.kept, total.before.broken) == (1, 1)
    assert (total.after.kept, total.after.broken) == (0, 2)
