"""Bugs and requests that other systems had about figures and registration, as tests of ours.

A test is named after the reference it answers, provokes what went wrong there, and shows that it
does not here (law M1). What concerns contacts and channels stands in `test_known_bugs_contacts`.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import InvalidValue
from itsm_core.metrics import METRICS, CaseLog, FirstContact, ShareWithin, Window, measure
from itsm_core.sla import ClockState
from tests.golden.field import ABSENT, items, load, record, text
from tests.golden.field_story import judged, promise
from tests.golden.small_desk import OFFICE, target
from tests.golden.small_desk import at as desk_at
from tests.golden.small_desk import closed as desk_closed
from tests.golden.small_desk import opened as desk_opened
from tests.golden.small_desk import resolved as desk_resolved
from tests.unit.metrics._definitions.stories import (
    MONDAY,
    assigned,
    at,
    closed,
    held,
    log_of,
    reopened,
    resolved,
    story,
    worked,
)

REOPENED = METRICS["reopened-within-7d"]


def test_zammad_zammad_5013_reopening_rate_is_read_from_the_log() -> None:
    """Closed, then any state that is not: one of two, whatever the states are called."""
    log, window = log_of(
        story("T1", closed(2), reopened(5), closed(9)), story("T2", closed(3)), seen=24 * 20
    )
    result = measure(log, REOPENED, window)
    assert (result.honest.value, result.population.cases) == (0.5, 2)


def test_zammad_zammad_admin_documentation_24_first_contact_says_what_it_means() -> None:
    """Fifteen minutes or an hour are two definitions; which one it was stands in the result."""
    log, window = log_of(story("T1", resolved(0.5)), story("T2", resolved(0.2)), seen=24 * 40)
    values: dict[object, float | None] = {}
    for minutes in (15, 60):
        until = FirstContact(within=timedelta(minutes=minutes))
        asked = ShareWithin(until=until, within=timedelta(days=30))
        result = measure(log, attrs.evolve(METRICS["fcr-one-hour"], measure=asked), window)
        told = json.loads(result.dumps())["metric"]["measure"]["until"]
        values[told["within"]] = result.honest.value
    assert values == {15 * 60_000_000: 0.5, 60 * 60_000_000: 1}
    with pytest.raises(InvalidValue, match="nothing is asked"):
        FirstContact()


def test_glpi_project_glpi_12167_work_out_of_hours_is_no_second() -> None:
    """Opened and solved at night: no working time, which is said, and not one second."""
    office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    log, window = log_of(story("T1", resolved(11), opened=10))
    result = measure(log, METRICS["resolution-median"], window, calendar=office)
    assert result.honest.value == 0
    assert result.population.notes[0].startswith("1 of 1 that ended took no time of the calendar")


def test_glpi_project_glpi_4150_opening_is_told_apart_from_registration() -> None:
    """A form opened on one day and sent on the next: two instants, and each count says which."""
    told = story("T1", opened=2, registered=30)
    log = CaseLog.of([told])
    for start, end, happened, typed in ((0, 24, 1, 0), (24, 48, 0, 1)):
        window = Window(start_at=at(start), end_at=at(end), seen_at=at(99))
        result = measure(log, METRICS["tickets-opened"], window)
        assert (result.honest.value, result.dashboard.value) == (happened, typed)
    assert (told[0].occurred_at, told[0].recorded_at) == (at(2), at(30))


def test_chatwoot_chatwoot_14889_reopening_belongs_to_whoever_had_solved_it() -> None:
    """Solved by the assistant, reopened at the desk: the assistant's rate, whoever has it now."""
    log, window = log_of(
        story("T1", resolved(1), assigned(4, "desk"), reopened(5), group="assistant"),
        story("T2", resolved(1), assigned(2, "desk"), group="assistant"),
        seen=24 * 20,
    )
    result = measure(log, REOPENED.split_by("group"), window)
    assert [(part.name, part.honest.value) for part in result.parts] == [("assistant", 0.5)]


def test_servosity_msp_skills_226_reopening_is_seen_without_an_action_of_that_name() -> None:
    """A mail brings it back to work, or on hold, and nothing says "reopened"."""
    for again in (worked(5), held(5), reopened(5)):
        log, window = log_of(story("T1", resolved(1), again), seen=24 * 20)
        assert measure(log, REOPENED, window).honest.value == 1


def test_osticket_osticket_6346_breach_stays_when_the_ticket_is_closed() -> None:
    """Due at one, solved at three, closed at four: broken, then and a year later (law S4)."""
    history = [desk_opened(9), desk_resolved(15), desk_closed(16)]
    agreement = promise(OFFICE, target("resolution", 4))
    for hour in (15, 16, 9_000):
        clock = judged(history, agreement, desk_at(hour))["resolution"]
        assert (clock.state, clock.breached_at) == (ClockState.BREACHED, desk_at(13))


def test_zammad_zammad_1937_first_and_last_solution_are_both_told() -> None:
    """Solved after an hour and, after a return, after nine: two metrics, two answers."""
    log, window = log_of(story("T1", resolved(1), closed(2), reopened(5), resolved(9), closed(10)))
    assert measure(log, METRICS["first-resolution-median"], window).honest.value == 1
    assert measure(log, METRICS["resolution-median"], window).honest.value == 9
    early = Window(start_at=MONDAY, end_at=at(6))
    assert measure(log, METRICS["resolution-median"], early).honest.value is None


def test_every_known_bug_of_figures_and_contacts_has_a_test_when_the_list_is_there() -> None:
    """Areas F and G: each reference names a test of one of the modules of known bugs."""
    data = load("known_bugs.json")
    if data is None:
        pytest.skip(ABSENT)
    bugs = [record(entry) for entry in items(data)]
    refs = [text(bug["ref"]) for bug in bugs if bug["area"] in ("F", "G")]
    names = {
        name
        for path in Path(__file__).parent.glob("test_known_bugs_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    missing = [
        ref
        for ref in refs
        if not any(
            name.startswith("test_" + re.sub(r"[^a-z0-9]+", "_", ref.lower()) + "_")
            for name in names
        )
    ]
    assert len(refs) == 8
    assert missing == []
