"""Bugs and requests that other systems had about business time, each as a test of ours.

A test is named after the reference it answers; `test_known_bugs_sla` checks that none is left out.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import (
    BusinessCalendar,
    CalendarTimeline,
    WeeklyHours,
    WorkingDays,
    feed_holidays,
    public_holidays,
)
from itsm_core.errors import CalendarExhausted

WEEK = "Mo-Fr 09:00-17:00"
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
FRIDAY = datetime(2026, 1, 9, tzinfo=UTC)
SATURDAY = datetime(2026, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def hours(number: float) -> timedelta:
    """Return a duration in hours."""
    return timedelta(hours=number)


def office(text_of_hours: str = WEEK, zone: str = "UTC", **dates: str) -> BusinessCalendar:
    """Return a calendar; keyword `d2026_01_05="09:00-12:00"` is an exception."""
    exceptions = {
        date.fromisoformat(day[1:].replace("_", "-")): value for day, value in dates.items()
    }
    return BusinessCalendar(
        zone=zone, hours=WeeklyHours.parse(text_of_hours), exceptions=exceptions
    )


def test_zammad_zammad_3180_round_the_clock_loses_no_minute() -> None:
    """24/7 is elapsed time, and 00:00-24:00 is the same calendar day after day (C1)."""
    for calendar in (office("24/7"), office("Mo-Su 00:00-24:00"), office("Mo-Su 00:00-00:00")):
        assert calendar.between(MONDAY, MONDAY + 365 * DAY) == 365 * DAY


def test_rocketchat_rocket_chat_41784_desk_never_closes_for_a_minute() -> None:
    """Hours to 24:00 leave no closed minute before midnight (C1)."""
    calendar = office("Mo-Su 00:00-24:00")
    assert calendar.is_open(MONDAY + timedelta(hours=23, minutes=59, seconds=59))
    assert len(list(calendar.spans(MONDAY, MONDAY + 7 * DAY))) == 1


def test_zammad_zammad_2497_hours_to_midnight_end() -> None:
    """09:00-00:00 means until midnight, and no search loops (C1)."""
    calendar = office("Mo-Fr 09:00-00:00")
    assert calendar.add(MONDAY, hours(15)) == MONDAY + DAY
    assert calendar.next_open(MONDAY + DAY) == MONDAY + DAY + hours(9)


def test_zammad_zammad_1396_empty_hours_are_a_typed_error() -> None:
    """A calendar without an opening says so (C8)."""
    with pytest.raises(CalendarExhausted, match="no such open time"):
        office("").add(MONDAY, hours(1))


def test_zendesk_biz_130_schedule_that_never_opens_ends_its_search() -> None:
    """An interval that every exception and holiday takes away does not loop (C8)."""
    never = office("Su 02:30-02:45") - office("24/7")
    with pytest.raises(CalendarExhausted):
        never.next_open(MONDAY)


def test_oca_project_73_missing_calendar_does_not_hang() -> None:
    """Asked backwards too, the search is bounded (C8)."""
    with pytest.raises(CalendarExhausted):
        office("").subtract(MONDAY, hours(1))


FEED = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20260105
DTEND;VALUE=DATE:20260106
SUMMARY:Closed
END:VEVENT
END:VCALENDAR
"""


def test_zammad_zammad_390_only_wanted_holidays_close_the_day() -> None:
    """Observances are not closed days, half days are exceptions (C3, C4)."""
    american = BusinessCalendar(
        zone="America/New_York",
        hours=WeeklyHours.parse(WEEK),
        holidays=public_holidays("US"),
        exceptions={date(2026, 12, 24): "09:00-12:00"},
    )
    zone = ZoneInfo("America/New_York")
    groundhog_day = datetime(2026, 2, 2, tzinfo=zone)
    assert american.between(groundhog_day, groundhog_day + DAY) == hours(8)
    eve = datetime(2026, 12, 24, tzinfo=zone)
    assert american.between(eve, eve + 2 * DAY) == hours(3)


def test_zammad_zammad_390_feed_closes_its_own_days() -> None:
    """A holiday feed closes the days it names and no others (C4); it needs the extra `ical`."""
    pytest.importorskip("icalendar", reason="the extra `ical` is not installed")
    fed = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(WEEK), holidays=feed_holidays(FEED))
    assert fed.next_open(MONDAY) == MONDAY + DAY + hours(9)


def test_zammad_zammad_534_edited_calendar_is_another_version() -> None:
    """An edit changes the hash, and a timeline applies it from its date on only (C10)."""
    old, new = office(), office("Mo-Fr 08:00-18:00")
    assert old.content_hash != new.content_hash
    timeline = CalendarTimeline(((None, old), (MONDAY + 2 * DAY, new)))
    assert timeline.between(MONDAY, MONDAY + 2 * DAY) == hours(16)
    assert timeline.between(MONDAY + 2 * DAY, MONDAY + 4 * DAY) == hours(20)


def test_glpi_project_glpi_10594_pause_over_a_weekend_is_working_time() -> None:
    """A pause from Friday noon to Monday noon is eight working hours, not three days (C9)."""
    assert office().between(FRIDAY + hours(12), FRIDAY + 3 * DAY + hours(12)) == hours(8)


def test_glpi_project_glpi_14937_day_goal_counts_no_closed_hours() -> None:
    """A goal in days plus a night's pause of no working time is not moved (C9)."""
    calendar = office()
    due = calendar.due(MONDAY + hours(10), WorkingDays(days=2))
    paused = calendar.between(MONDAY + hours(17), MONDAY + hours(33))
    assert calendar.add(due, paused) == MONDAY + 2 * DAY + hours(10)


def test_glpi_project_glpi_687_ticket_opened_out_of_hours_counts_from_opening() -> None:
    """Elapsed time runs from the first opening after the ticket (C5)."""
    assert office().between(MONDAY + hours(6), MONDAY + hours(11)) == hours(2)


def test_glpi_project_glpi_18703_recurring_work_waits_for_an_open_day() -> None:
    """The same calendar moves a date on a closed day to the next opening (C6)."""
    assert office().snap(SATURDAY + hours(8)) == SATURDAY + 2 * DAY + hours(9)


def test_frappe_helpdesk_1554_hold_is_measured_in_working_time() -> None:
    """A hold over the night is its working part only (C5)."""
    assert office().between(MONDAY + hours(16), MONDAY + hours(34)) == hours(2)


def test_frappe_helpdesk_2449_hold_is_added_behind_the_goal() -> None:
    """Goal and hold in one pass over the weekend equal one after the other (C11)."""
    calendar, start = office(), FRIDAY + hours(15)
    assert calendar.add(calendar.add(start, hours(3)), hours(4)) == calendar.add(start, hours(7))
    assert calendar.add(start, hours(7)) == FRIDAY + 3 * DAY + hours(14)


def test_frappe_erpnext_52489_hold_moves_the_due_date_by_its_working_time() -> None:
    """due(with hold) - due(without) is the hold, once (C11)."""
    calendar, start = office(), FRIDAY + hours(15)
    without, held = calendar.add(start, hours(5)), calendar.add(start, hours(5) + hours(3))
    assert calendar.between(without, held) == hours(3)


def test_frappe_helpdesk_2075_weekend_response_took_no_working_time() -> None:
    """An answer on the weekend it was asked took zero working time (C5)."""
    assert office().between(SATURDAY + hours(9), SATURDAY + hours(33)) == timedelta(0)


def test_frappe_helpdesk_2212_lunch_break_is_two_intervals() -> None:
    """Several intervals a day (C1)."""
    calendar = office("Mo-Fr 09:00-12:30, 13:30-18:00")
    assert calendar.between(MONDAY, MONDAY + DAY) == hours(8)
    assert calendar.add(MONDAY + hours(12), hours(1)) == MONDAY + hours(14)


def test_frappe_erpnext_38745_deadline_is_the_same_instant_in_every_zone() -> None:
    """The zone in which the start is written changes nothing (C11)."""
    start = MONDAY + hours(16)
    due = office().add(start, hours(2))
    for zone in ("Asia/Kolkata", "America/Los_Angeles", "Pacific/Chatham"):
        assert office().add(start.astimezone(ZoneInfo(zone)), hours(2)) == due


def test_osticket_osticket_6739_schedule_without_some_weekdays() -> None:
    """Closed weekdays in the middle of the week are stepped over (C5)."""
    calendar = office("Tu-We,Fr 09:00-17:00")
    assert calendar.add(MONDAY, hours(20)) == FRIDAY + hours(13)
    assert office("We 09:00-17:00").add(MONDAY, hours(12)) == MONDAY + 9 * DAY + hours(13)


def test_osticket_osticket_6847_lunch_taken_away_by_algebra() -> None:
    """A break inside the day can be subtracted as a calendar (C7)."""
    calendar = office() - office("Mo-Su 12:00-13:00")
    assert calendar.add(MONDAY + hours(11), hours(2)) == MONDAY + hours(14)


def test_osticket_osticket_1168_goal_runs_in_opening_hours() -> None:
    """A goal runs in opening hours only (C5)."""
    assert office().add(MONDAY + hours(16), hours(2)) == MONDAY + DAY + hours(10)


def test_chatwoot_chatwoot_14009_more_than_one_interval_a_day() -> None:
    """Three intervals in one day are kept apart (C1)."""
    calendar = office("Mo 06:00-08:00, 10:00-12:00, 20:00-22:00")
    assert len(list(calendar.spans(MONDAY, MONDAY + DAY))) == 3


def test_chatwoot_chatwoot_5254_hours_over_midnight() -> None:
    """21:00-02:00 belongs to the day on which it starts (C1)."""
    calendar = office("Mo 21:00-02:00")
    assert calendar.between(MONDAY, MONDAY + 2 * DAY) == hours(5)
    assert calendar.next_close(MONDAY) == MONDAY + hours(26)


def test_chatwoot_chatwoot_10436_one_date_has_its_own_hours() -> None:
    """A date's own hours replace the week's (C3)."""
    calendar = office(d2026_01_05="10:00-12:00", d2026_01_06="")
    assert calendar.between(MONDAY, MONDAY + 3 * DAY) == hours(10)


def test_chatwoot_chatwoot_13392_friday_afternoon_goes_on_monday() -> None:
    """Friday 16:30 plus one hour is Monday 09:30 (C5)."""
    start = FRIDAY + hours(16.5)
    assert office().add(start, hours(1)) == FRIDAY + 3 * DAY + hours(9.5)


def test_freescout_help_desk_freescout_3756_timer_waits_for_opening() -> None:
    """A timer set in the evening fires in business hours (C6)."""
    assert office().snap(MONDAY + hours(20)) == MONDAY + DAY + hours(9)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (hours(8.75), hours(9.25), 15),
        (hours(16.75), hours(17.25), 15),
        (hours(10), hours(10.5), 30),
        (hours(9), hours(9), 0),
    ],
)
def test_otrs_otrs_1732_spans_under_an_hour_at_the_edges(
    start: timedelta, end: timedelta, minutes: int
) -> None:
    """Spans of less than an hour across opening and closing are exact (C5)."""
    assert office().between(MONDAY + start, MONDAY + end) == timedelta(minutes=minutes)


def test_zendesk_biz_160_casablanca_first_occurrence_is_by_order() -> None:
    """Casablanca goes back when Ramadan begins, without a DST flag: the first 02:30 counts (C2)."""
    calendar = office("Su 02:30-04:00", zone="Africa/Casablanca")
    # 2024-03-10: at 03:00 (+01:00) clocks went back to 02:00 (+00:00).
    eve = datetime(2024, 3, 9, 12, tzinfo=UTC)
    assert calendar.next_open(eve) == datetime(2024, 3, 10, 1, 30, tzinfo=UTC)
    assert calendar.next_close(eve) == datetime(2024, 3, 10, 4, 0, tzinfo=UTC)
