"""The report counts what the judged log holds, no more and no less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.errors import InstantOutOfRange, InvalidValue, UnknownZone
from itsm_core.ids import TicketId
from itsm_core.report import Promise, Repeats, build_report
from itsm_core.report._headline import flow
from itsm_core.report.judged import Unpromised
from tests.unit.report.cases import AS_OF, BROKEN, MONDAY, judged, report, story


def test_promises_are_counted_by_clock_and_priority() -> None:
    """One kept, one broken, one still running within its time."""
    friday_noon = AS_OF - timedelta(days=2, hours=12)
    found = report(story(1), BROKEN, story(3, opened=friday_noon, resolved_after=None))

    assert found.promises == (
        Promise(metric="response", priority="P2", kept=3, broken=0, undecided=0),
        Promise(metric="resolution", priority="P2", kept=1, broken=1, undecided=1),
    )


def test_promises_leave_undecided_clocks_out_of_the_rate() -> None:
    """Nobody knows yet (law M2)."""
    assert Promise(metric="m", priority="P1", kept=3, broken=1, undecided=96).kept_ratio == 0.75


def test_promise_has_no_opinion_when_nothing_is_decided() -> None:
    """The interval is everything."""
    assert Promise(metric="m", priority="", kept=0, broken=0).interval == (0.0, 1.0)


def test_totals_add_up_when_there_are_several_priorities() -> None:
    """One row a metric, in the order of the rows."""
    found = report(story(1), BROKEN).totals

    assert [(total.metric, total.kept, total.broken) for total in found] == [
        ("response", 2, 0),
        ("resolution", 1, 1),
    ]


def test_tickets_without_agreement_are_counted_not_judged() -> None:
    """A P4 has no agreement here: it is in the tickets and in no promise."""
    found = report(story(1, priority="P4"))

    assert (found.tickets, found.without_agreement, found.promises) == (1, 1, ())


@pytest.mark.parametrize(
    ("age", "label"),
    [
        (timedelta(hours=1), "under 1 day"),
        (timedelta(days=1), "1 to 3 days"),
        (timedelta(days=3) - timedelta(microseconds=1), "1 to 3 days"),
        (timedelta(days=3), "3 to 7 days"),
        (timedelta(days=7), "1 to 4 weeks"),
        (timedelta(days=28), "4 to 13 weeks"),
        (timedelta(days=91), "over 13 weeks"),
    ],
)
def test_backlog_puts_a_ticket_into_one_band_by_its_age(age: timedelta, label: str) -> None:
    """A band begins at its lower end and stops before its upper one."""
    found = report(story(1, opened=AS_OF - age, resolved_after=None))

    assert [band.label for band in found.backlog if band.total] == [label]


def test_backlog_keeps_priorities_apart() -> None:
    """Counts stand in the order of the report's priorities."""
    found = report(story(1, resolved_after=None), story(2, priority="P4", resolved_after=None))
    (band,) = [band for band in found.backlog if band.total]

    assert dict(zip(found.priorities, band.counts, strict=True)) == {"P2": 1, "P4": 1}


def test_bounces_count_when_a_ticket_returns() -> None:
    """A to B to A is one bounce; A to B to C is none."""
    found = report(story(1, groups=("a", "b", "a")), story(2, groups=("a", "b", "c")))

    assert found.bounces == (Repeats(times=1, tickets=1),)


def test_repeats_share_a_row_when_there_are_many() -> None:
    """Seven and five bounces are "5 times or more"."""
    many = attrs.evolve(judged(story(1)), bounced={TicketId("a"): 7, TicketId("b"): 5})

    (row,) = build_report(many).bounces
    assert (row.label, row.tickets) == ("5 times or more", 2)


def test_weeks_begin_on_monday_in_the_zone_of_the_report() -> None:
    """Sunday 23:30 UTC is Monday in Berlin, hence in the next week there."""
    sunday = datetime(2026, 2, 8, 23, 30, tzinfo=UTC)
    log = judged(story(1), story(2, opened=sunday))

    in_utc = [week.arrived for week in build_report(log).weeks]
    in_berlin = [week.arrived for week in build_report(log, zone="Europe/Berlin").weeks]
    assert (in_utc, in_berlin) == ([2, 0], [1, 1, 0])


def test_weeks_cover_every_ticket_when_summed() -> None:
    """What arrived is all tickets, what was resolved all resolvings."""
    found = report(story(1), BROKEN, story(3, resolved_after=None)).weeks

    assert (sum(w.arrived for w in found), sum(w.resolved for w in found)) == (3, 2)


def test_weeks_are_marked_when_they_are_not_whole() -> None:
    """The log ends on a Thursday: the last week is there in part."""
    found = report(story(1), as_of=datetime(2026, 2, 12, tzinfo=UTC)).weeks

    assert [week.is_whole for week in found] == [True, False]


def test_worst_shows_resolutions_first_and_no_more_than_asked() -> None:
    """At most so many a metric, the latest first."""
    late = [story(n, resolved_after=timedelta(days=n)) for n in range(2, 6)]
    found = build_report(judged(*late), most_worst=2).worst

    assert [worst.ticket_id for worst in found] == ["T5", "T4"]


def test_worst_is_explained_in_words() -> None:
    """The clock's own explanation comes along, line by line."""
    (worst,) = report(BROKEN).worst

    assert 1 < len(worst.explanation) <= 12
    assert worst.late == timedelta(hours=16)


def test_findings_are_taken_over_in_order() -> None:
    """What is wrong with the data stands before what the data says."""
    found = build_report(judged(story(1)), findings=[("a", "1", "x"), ("b", "2", "y")]).findings

    assert [(f.what, f.how_much, f.note) for f in found] == [("a", "1", "x"), ("b", "2", "y")]


def test_report_begins_with_its_first_ticket() -> None:
    """The period is that of the log."""
    assert report(BROKEN).first_at == MONDAY


def test_build_refuses_when_the_zone_is_unknown() -> None:
    """A report in a zone that does not exist is not made."""
    with pytest.raises(UnknownZone):
        build_report(judged(BROKEN), zone="Mars/Olympus")


def test_report_has_only_the_priorities_that_the_log_has() -> None:
    """Columns of zeros for P1, P3 and P4 would hide the one that is there."""
    assert report(story(1), story(2, resolved_after=None)).priorities == ("P2",)


def test_weeks_end_with_the_log_when_judged_later() -> None:
    """A week of which nothing is known is not a quiet one."""
    log = judged(story(1), as_of=datetime(2026, 6, 1, tzinfo=UTC))
    found = build_report(log, known_until=datetime(2026, 2, 16, tzinfo=UTC))

    assert len(found.weeks) == 2
    assert found.is_beyond


def test_gaps_are_told_apart_when_metrics_differ_in_number() -> None:
    """One line for both metrics only where it is true of both."""
    found = attrs.evolve(
        judged(story(1)),
        unpromised=(
            Unpromised(metric="response", priority="P3", reason="no-goal", tickets=2),
            Unpromised(metric="resolution", priority="P3", reason="no-goal", tickets=1),
        ),
    )

    assert [(gap.tickets, gap.metrics) for gap in build_report(found).gaps] == [
        (2, ("response",)),
        (1, ("resolution",)),
    ]


def test_weeks_show_the_last_400_when_a_ticket_is_dated_1900() -> None:
    """One odd date must not hide or flatten the weeks in which the desk worked."""
    found = report(story(1), story(3, opened=datetime(1900, 1, 1, tzinfo=UTC)), BROKEN)
    assert len(found.weeks) <= 401
    assert sum(week.arrived for week in found.weeks) == 2
    assert found.arrived_outside_weeks == 1
    assert flow(found)[-1].endswith("1 ticket arrived before.")


def test_weeks_are_shown_when_a_log_lies_in_the_first_years() -> None:
    """Four hundred weeks before the year 3 there is no calendar."""
    early = story(1, opened=datetime(3, 1, 6, tzinfo=UTC))
    found = report(early, as_of=datetime(2026, 1, 1, tzinfo=UTC))
    assert found.weeks[0].start_at == datetime(3, 1, 6, tzinfo=UTC)
    assert sum(week.arrived for week in found.weeks) == 1


@pytest.mark.parametrize(
    ("at", "zone"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "America/New_York"),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "Asia/Tokyo"),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "UTC"),
    ],
)
def test_report_is_refused_when_its_zone_has_no_such_weeks(at: datetime, zone: str) -> None:
    """One typed error that says what to leave out, not an overflow (law T5)."""
    far = judged(story(1, priority="P4", opened=at, resolved_after=None), as_of=max(at, AS_OF))
    with pytest.raises(InstantOutOfRange, match="leave out the tickets"):
        build_report(far, zone=zone)


def test_weeks_end_with_the_work_when_judged_a_century_later() -> None:
    """Weeks in which nothing happened are no news."""
    found = report(story(1), as_of=AS_OF + timedelta(days=36_500))
    assert found.weeks[-1].start_at <= AS_OF
    assert sum(week.arrived for week in found.weeks) == 1


def test_priorities_share_one_name_when_there_are_hundreds() -> None:
    """A column that is no priority has thousands of values; no ticket is lost."""
    found = report(*(story(n, priority=f"p{n}", resolved_after=None) for n in range(500)))
    assert len(found.priorities) == 31
    assert sum(band.total for band in found.backlog) == 500
    assert {len(band.counts) for band in found.backlog} == {31}


def test_weeks_count_promises_when_they_were_decided() -> None:
    """Both were opened in the first week; the one that is still open came due in the second."""
    friday = MONDAY + timedelta(days=4, hours=4)
    found = report(story(1), story(2, opened=friday, resolved_after=None)).weeks
    decided = [(each.kept, each.broken) for week in found for each in week.promises]

    # Of two weeks the response and the resolution: half an hour is kept; Friday 13:00 plus eight
    # hours of 09:00-17:00 is Monday 13:00.
    assert decided == [(2, 0), (1, 0), (0, 0), (0, 1)]


def test_charts_are_of_the_weeks() -> None:
    """Two weeks, two promises, and the pile."""
    assert [len(each.values) for each in report(story(1)).charts] == [1, 1, 2, 2]


def test_worst_has_its_holders_when_time_counted() -> None:
    """24 hours counted: 5 minutes nobody had it, the rest the first line."""
    (late,) = report(BROKEN).worst

    assert late.holders == (
        ("first-line", timedelta(hours=23, minutes=55)),
        ("", timedelta(minutes=5)),
    )


def test_untouched_are_as_many_as_asked() -> None:
    """Ten unless told."""
    log = judged(*(story(n, resolved_after=None) for n in range(12)))

    assert len(build_report(log).untouched) == 10
    assert build_report(log, most_untouched=0).untouched == ()


def test_rules_are_known_when_problems_are() -> None:
    """In the zone of the report, unless told; None where nobody has looked."""
    log = judged(story(1))
    found = build_report(log, zone="Europe/Berlin", problems=())

    assert found.problems == ()
    assert found.rules is not None
    assert found.rules.zone == "Europe/Berlin"
    assert build_report(log).problems is None
    assert build_report(log).rules is None


@pytest.mark.parametrize("name", ["most_worst", "most_untouched"])
def test_number_to_show_is_refused_when_it_is_negative(name: str) -> None:
    """Minus one would cut the last of a list off."""
    with pytest.raises(InvalidValue, match=rf"{name} is a whole number from 0: -1"):
        build_report(judged(story(1)), **{name: -1})  # type: ignore[arg-type]


def test_explanation_names_no_holder_when_the_log_tells_none() -> None:
    """What the clock calls nobody is not known: a group that is, stays."""
    late = story(2, resolved_after=timedelta(days=4), groups=("lab",))
    told = build_report(judged(late)).worst[0].explanation[-1]
    untold = build_report(judged(late), untold=["history"]).worst[0].explanation[-1]

    assert told == "held while it counted: lab 23 h 55 min, nobody 5 min"
    assert untold == "held while it counted: lab 23 h 55 min, not told by the log 5 min"
