"""Bugs and requests that other systems had about rosters and absences, each as a test of ours.

A test is named after the reference it answers. Those of the same area that are about the plan of
an escalation, or about handing tickets over, stand in `test_known_bugs_escalation`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import WeeklyHours
from itsm_core.errors import DefinitionError
from itsm_core.rosters import (
    Absence,
    Override,
    Responder,
    Roster,
    Rotation,
    Swap,
    roster_svg,
)
from tests.golden import test_known_bugs_escalation as escalation
from tests.golden.field import ABSENT, items, load, record, text

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)


def weeks(*people: str, zone: str = "Europe/Berlin", name: str = "weeks") -> Rotation:
    """Return a rotation by weeks, handed off on Mondays at nine from 5 January 2026 on."""
    return Rotation(name=name, people=people, zone=zone, start_on="2026-01-05", hand_off="09:00")


def berlin(month: int, day: int, hour: int = 0) -> datetime:
    """Return an instant of 2026 in Berlin."""
    return datetime(2026, month, day, hour, tzinfo=BERLIN)


def test_grafana_cold_storage_oncall_3261_shifts_keep_their_hour_over_a_clock_change() -> None:
    """Nine in the morning is nine in summer and in winter (E4)."""
    roster = Roster(name="desk", layers=(weeks("ana", "ben"),))
    starts = {
        shift.start_at.in_timezone("Europe/Berlin").hour
        for shift in roster.schedule(berlin(1, 12, 9), berlin(12, 14, 9))
    }
    assert starts == {9}


def test_grafana_cold_storage_oncall_5455_shift_over_a_clock_change_ends_at_its_wall_time() -> None:
    """A day's shift over the spring change has 23 hours and ends at nine all the same (E4)."""
    daily = Rotation(
        name="days", people=("ana", "ben"), zone="Europe/Berlin", start_on="2026-03-27", unit="days"
    )
    shift = Roster(name="desk", layers=(daily,)).on_call(berlin(3, 28, 12))
    assert shift.duration == 23 * HOUR
    assert shift.end_at == berlin(3, 29, 9)


def test_oneuptime_oneuptime_1890_hand_off_is_a_wall_time_and_no_offset() -> None:
    """A rotation made in winter hands off at the same hour in summer (E4)."""
    roster = Roster(name="desk", layers=(weeks("ana", "ben", zone="America/New_York"),))
    july = roster.on_call(datetime(2026, 7, 6, 9, tzinfo=NEW_YORK))
    assert july.start_at == datetime(2026, 7, 6, 9, tzinfo=NEW_YORK)


def test_oneuptime_oneuptime_2413_days_outside_the_restriction_do_not_advance() -> None:
    """Friday's person does not come back on Monday, because the weekend took no turns (E4)."""
    daily = Rotation(
        name="days",
        people=("ana", "ben", "chi"),
        zone="Europe/Berlin",
        start_on="2026-01-09",
        hand_off="00:00",
        unit="days",
        restriction=WeeklyHours.parse("Mo-Fr 00:00-24:00"),
    )
    roster = Roster(name="desk", layers=(daily,))
    assert roster.on_call(berlin(1, 9, 12)).people == ("ana",)
    assert roster.on_call(berlin(1, 12, 12)).people == ("ben",)


def test_target_goalert_1252_rules_for_clock_changes_are_kept_by_hourly_rotations() -> None:
    """Twelve-hour shifts begin at eight and at eight, all year (E4)."""
    halves = Rotation(
        name="halves",
        people=("ana", "ben"),
        zone="America/New_York",
        start_on="2026-01-01",
        hand_off="08:00",
        unit="hours",
        every=12,
    )
    start, end = (datetime(2026, month, 1, 8, tzinfo=NEW_YORK) for month in (1, 12))
    starts = {
        (shift.start_at.in_timezone("America/New_York").hour, shift.people)
        for shift in Roster(name="desk", layers=(halves,)).schedule(start, end)
    }
    assert starts == {(8, ("ana",)), (20, ("ben",))}


def test_target_goalert_1252_repeated_hour_belongs_to_who_took_it_first() -> None:
    """A hand-off at an hour that comes twice happens the first time, and only then (E4)."""
    daily = Rotation(
        name="days",
        people=("ana", "ben"),
        zone="Europe/Berlin",
        start_on="2026-10-24",
        hand_off="02:30",
        unit="days",
    )
    shift = Roster(name="desk", layers=(daily,)).on_call(datetime(2026, 10, 25, 12, tzinfo=UTC))
    assert shift.start_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert shift.people == ("ben",)


def test_grafana_cold_storage_oncall_4755_next_shift_is_the_one_after_overrides() -> None:
    """A shift that an override cuts short begins, for its owner, when the override ends (E4)."""
    roster = Roster(
        name="desk",
        layers=(weeks("ana", "ben"),),
        overrides=(Override(people="zoe", start=berlin(1, 12, 9), end=berlin(1, 13, 9)),),
    )
    coming = roster.next_shift("ben", berlin(1, 10))
    assert coming is not None
    assert coming.start_at == berlin(1, 13, 9)


def test_grafana_cold_storage_oncall_3096_hand_over_knows_the_swap() -> None:
    """Who gave a turn away has no next shift there, who took it has one (E4)."""
    roster = Roster(
        name="desk",
        layers=(weeks("ana", "ben"),),
        swaps=(Swap(giver="ben", taker="chi", start=berlin(1, 12), end=berlin(1, 20)),),
    )
    chi, ben = (roster.next_shift(name, berlin(1, 10)) for name in ("chi", "ben"))
    assert chi is not None
    assert ben is not None
    assert (chi.start_at, chi.end_at) == (berlin(1, 12, 9), berlin(1, 19, 9))
    assert ben.start_at == berlin(1, 26, 9)


def test_grafana_cold_storage_oncall_1108_gap_in_the_past_is_no_news() -> None:
    """Gaps are asked for a range: from now on none of the old ones comes back (E4)."""
    roster = Roster(name="desk", layers=(weeks("ana"),))
    assert [gap.end_at for gap in roster.gaps(berlin(1, 1), berlin(2, 1))] == [berlin(1, 5, 9)]
    assert roster.gaps(berlin(1, 6), berlin(2, 1)) == ()


def test_grafana_cold_storage_oncall_4846_nobody_on_call_says_who_is_next() -> None:
    """While nobody is on call there is somebody to wait for (E4)."""
    days = Rotation(
        name="days",
        people=("ana",),
        zone="Europe/Berlin",
        start_on="2026-01-05",
        restriction=WeeklyHours.parse("Mo-Fr 08:00-18:00"),
    )
    roster = Roster(name="desk", layers=(days,))
    night = berlin(1, 6, 23)
    assert roster.on_call(night).why == "nobody: outside the hours of every rotation"
    coming = roster.next_on_call(night)
    assert coming is not None
    assert (coming.person, coming.start_at) == ("ana", berlin(1, 7, 8))


def test_grafana_cold_storage_oncall_5512_quiet_hours_are_the_responders_own() -> None:
    """Three at night in Berlin is no hour to remind somebody there, whatever it is in UTC (E2)."""
    roster = Roster(
        name="desk",
        responders=(
            Responder(
                person="ana", zone="Europe/Berlin", quiet=WeeklyHours.parse("Mo-Su 22:00-07:00")
            ),
        ),
    )
    assert roster.next_allowed("ana", berlin(7, 1, 3)) == berlin(7, 1, 7)


def night_owl() -> Roster:
    """Return a roster on which ana is not to be disturbed from eight to eight."""
    quiet = WeeklyHours.parse("Mo-Su 20:00-08:00")
    return Roster(
        name="desk", responders=(Responder(person="ana", zone="Europe/Berlin", quiet=quiet),)
    )


def test_zammad_zammad_2157_reminder_at_two_waits_for_the_morning() -> None:
    """The first allowed instant is the end of the quiet (E2)."""
    assert night_owl().next_allowed("ana", berlin(7, 1, 2)) == berlin(7, 1, 8)


def test_zammad_zammad_4432_reminder_at_midnight_waits_for_the_morning() -> None:
    """A daily reminder that falls due at midnight is sent when the day begins (E2)."""
    assert night_owl().next_allowed("ana", berlin(7, 1)) == berlin(7, 1, 8)


def test_rotheross_otobo_2928_message_inside_allowed_hours_is_not_held() -> None:
    """Quiet hours hold nothing back outside them (E2)."""
    assert night_owl().next_allowed("ana", berlin(7, 1, 8)) == berlin(7, 1, 8)


def away(person: str, substitute: str = "", first: int = 5, last: int = 30) -> Absence:
    """Return an absence in January 2026."""
    return Absence(
        person=person, substitute=substitute, start=berlin(1, first), end=berlin(1, last)
    )


def test_zammad_zammad_3694_chain_of_absences_is_followed_to_its_end() -> None:
    """A names B, B names C: C has the call (E5)."""
    roster = Roster(
        name="desk", layers=(weeks("ana"),), absences=(away("ana", "ben"), away("ben", "chi"))
    )
    shift = roster.on_call(berlin(1, 7))
    assert shift.people == ("chi",)
    assert "ana away" in shift.why
    assert "ben away" in shift.why


def test_zammad_zammad_3694_chain_that_leads_back_is_refused() -> None:
    """A names B, B names A, at one time: nobody would ever be called (E5)."""
    with pytest.raises(DefinitionError, match="substitutes lead back: ana -> ben -> ana"):
        Roster(name="desk", absences=(away("ana", "ben"), away("ben", "ana")))


def test_zammad_zammad_5566_substitute_goes_with_the_instant_of_return() -> None:
    """Back at noon is back at noon, not at midnight (E5)."""
    absence = Absence(person="ana", substitute="ben", start=berlin(1, 6), end=berlin(1, 7, 12))
    roster = Roster(name="desk", layers=(weeks("ana"),), absences=(absence,))
    before = roster.on_call(berlin(1, 7, 12) - timedelta(microseconds=1))
    assert before.people == ("ben",)
    assert roster.on_call(berlin(1, 7, 12)).people == ("ana",)


def test_frappe_helpdesk_1528_person_on_leave_is_not_on_call() -> None:
    """Leave takes a turn out of the schedule, the layer below has it (E5)."""
    roster = Roster(
        name="desk",
        layers=(weeks("zoe", name="backup"), weeks("ana", "ben")),
        absences=(away("ana", first=6, last=7),),
    )
    assert roster.on_call(berlin(1, 6, 12)).people == ("zoe",)
    assert roster.on_call(berlin(1, 7, 12)).people == ("ana",)


@pytest.mark.parametrize("kind", ["leave", "sickness", "other"])
def test_osticket_osticket_6213_backup_has_the_call_while_somebody_is_away(kind: str) -> None:
    """Every kind of absence has its substitute (E5)."""
    absence = Absence(
        person="ana",
        substitute="ben",
        kind=kind,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        start=berlin(1, 6),
        end=berlin(1, 7),
    )
    roster = Roster(name="desk", layers=(weeks("ana"),), absences=(absence,))
    assert roster.on_call(berlin(1, 6, 12)).people == ("ben",)


def test_freescout_help_desk_freescout_5429_nobody_absent_is_called_by_an_override() -> None:
    """Also an override does not call who is away: its substitute is called (E5)."""
    roster = Roster(
        name="desk",
        layers=(weeks("zoe"),),
        overrides=(Override(people="ana", start=berlin(1, 6), end=berlin(1, 8)),),
        absences=(away("ana", "ben", 6, 7),),
    )
    assert roster.on_call(berlin(1, 6, 12)).people == ("ben",)
    assert roster.on_call(berlin(1, 7, 12)).people == ("ana",)


def test_icinga_icinga_notifications_web_342_nobody_has_a_turn_before_the_start() -> None:
    """The first hand-off is the start, not one computed before it (E4)."""
    roster = Roster(name="desk", layers=(weeks("ana", "ben"),))
    before = roster.on_call(berlin(1, 5, 9) - timedelta(microseconds=1))
    assert before.people == ()
    assert roster.on_call(berlin(1, 5, 9)).turn == 1


def test_grafana_cold_storage_oncall_3261_drawing_shows_the_hour_on_the_wall() -> None:
    """The picture tells the same wall times as the schedule (E4)."""
    roster = Roster(name="desk", layers=(weeks("ana", "ben"),))
    drawn = roster_svg(roster, berlin(3, 23).date(), 14)
    assert "2026-03-23 09:00+01:00 - 2026-03-30 09:00+02:00: " in drawn


# --- nothing is left out --------------------------------------------------------------------------


def test_every_known_bug_about_rosters_has_a_test_when_the_list_is_there() -> None:
    """Area D: each reference names a test of this module, or of the one about escalation."""
    data = load("known_bugs.json")
    if data is None:
        pytest.skip(ABSENT)
    refs = {text(bug["ref"]) for bug in map(record, items(data)) if bug["area"] == "D"}
    names = [name for name in (*globals(), *vars(escalation)) if name.startswith("test_")]
    tested = {
        ref
        for ref in refs
        if any(
            name.startswith(f"test_{re.sub(r'[^a-z0-9]+', '_', ref.lower())}_") for name in names
        )
    }
    assert refs - tested == set()
