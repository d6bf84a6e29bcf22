"""The sections that tell what to act on: weeks, breaches, who waits, what came back."""

from __future__ import annotations

from datetime import timedelta

import attrs

from itsm_core.report import build_report
from itsm_core.report._sections import (
    control_section,
    repeats_section,
    waiting_section,
    worst_section,
)
from tests.unit.report.cases import AS_OF, BROKEN, judged, report, story
from tests.unit.report.monday import monday, weeks, with_weeks

STEADY = [(19, 1), (18, 2)] * 5


def test_control_has_a_chart_and_a_table_for_each_figure() -> None:
    """Three figures, each with its limits a week; and the weeks themselves."""
    page = control_section(with_weeks(report(story(1)), weeks(STEADY)), "t", "a")

    assert page.count("<figure>") == page.count("<svg") == 3
    assert page.count("The figures as a table") == 3
    assert "<td>95.0%</td><td>20</td><td>74.8% to 100%</td>" in page
    assert "Arrived and resolved, week by week" in page


def test_control_marks_a_signal_in_words_too() -> None:
    """Nothing hangs on a colour."""
    page = control_section(with_weeks(report(story(1)), weeks([*STEADY, (4, 16)])), "t", "a")

    assert "<li>Week of 13 Apr 2026: 20.0% of 20, below 55.3%.</li>" in page
    assert "<td>outside</td>" in page


def test_control_has_a_dash_for_limits_that_are_not_known() -> None:
    """Five weeks."""
    page = control_section(with_weeks(report(story(1)), weeks(STEADY[:5])), "t", "a")

    assert "5 whole weeks with decisions: too few to know what is usual." in page
    assert "<td>–</td>" in page


def test_control_is_left_out_when_no_week_is_whole() -> None:
    """There is nothing to draw."""
    assert control_section(with_weeks(report(story(1)), ()), "t", "a") == ""


def test_control_marks_weeks_in_part() -> None:
    """They are in the table of weeks, and in no chart."""
    told = weeks(STEADY)
    cut = (*told, attrs.evolve(told[0], is_whole=False))

    assert "(in part)" in control_section(with_weeks(report(story(1)), cut), "t", "a")


def test_tables_of_weeks_have_the_last_hundred() -> None:
    """Of three figures and of the pile; how many came before is said."""
    page = control_section(with_weeks(report(story(1)), weeks(STEADY * 12)), "t", "a")

    assert page.count("20 earlier weeks not shown.") == 4
    assert page.count('<th scope="row">') == 400


def test_worst_says_who_had_it_when_it_counted() -> None:
    """Two groups, two spans; all of it counted from Monday to Friday."""
    late = story(1, groups=("mail", "network"), resolved_after=timedelta(days=4))
    page = worst_section(report(late), "t", "a")

    assert "Of what counted, network had it for 23 h 54 min, " in page
    assert "no group had it for 5 min" in page


def test_worst_is_silent_about_holders_when_there_was_one() -> None:
    """It would repeat the lane below the strip."""
    found = report(BROKEN)
    only = attrs.evolve(found.worst[0], holders=(("network", timedelta(hours=8)),))

    assert "Of what counted" not in worst_section(attrs.evolve(found, worst=(only,)), "t", "a")


def test_worst_counts_further_holders() -> None:
    """Three are named, two are counted."""
    found = report(BROKEN)
    many = attrs.evolve(
        found.worst[0], holders=tuple((f"g{n}", timedelta(hours=9 - n)) for n in range(5))
    )

    assert ", 2 more groups for the rest." in worst_section(
        attrs.evolve(found, worst=(many,)), "t", "a"
    )


def test_worst_has_no_more_than_its_answer_when_nothing_was_broken() -> None:
    """No picture of nothing."""
    assert worst_section(report(story(1)), "t", "None.").count("<p") == 1


def test_waiting_shows_kinds_ages_and_the_untouched() -> None:
    """Three pictures of the same tickets, each with its figures."""
    open_one = story(1, opened=AS_OF - timedelta(days=20), resolved_after=None)
    page = waiting_section(report(open_one), "t", "a")

    assert page.count("The figures as a table") == 3
    assert "<div>first-line</div>" in page
    assert "<div>the owner’s work</div>" in page
    assert "<div>1 to 4 weeks</div>" in page
    assert "T1 · Printer</th>" in page
    assert '<b><span class="whole">19 days</span></b></td><td data-name="Open for">' in page
    assert "first-line · ann" in page


def test_waiting_draws_no_bar_for_what_is_left_over() -> None:
    """Ten groups: eight bars, and a number for the other two; one bar for what they wait for."""
    found = report(*(story(n, resolved_after=None, groups=(f"g{n}",)) for n in range(10)))
    page = waiting_section(found, "t", "a")

    assert "<div>(other)</div><div></div><b>2</b>" in page
    assert page.count("<svg") == 8 + 1 + 6


def test_waiting_has_no_empty_titles_when_the_log_has_none() -> None:
    """The id alone."""
    page = waiting_section(report(story(1, title="", groups=(), resolved_after=None)), "t", "a")

    assert '<th scope="row">T1</th>' in page
    assert ">nobody</td>" in page


def test_waiting_has_no_more_than_its_answer_when_nothing_is_open() -> None:
    """A clean desk."""
    assert waiting_section(report(story(1)), "t", "Nobody.").count("<p") == 1


def test_waiting_has_no_list_when_it_was_not_asked_for() -> None:
    """`most_untouched=0` leaves it out."""
    found = attrs.evolve(report(story(1, resolved_after=None)), untouched=())

    assert "Untouched" not in waiting_section(found, "t", "a")


def test_repeats_have_a_bar_for_each_number_of_times() -> None:
    """One bounced once."""
    page = repeats_section(monday(), "t", "a")

    assert "Bounced: 1 ticket" in page
    assert "<div>once</div>" in page


def test_repeats_divide_nothing_when_there_are_no_tickets() -> None:
    """0 of 0 is 0%."""
    assert "(0%)" in repeats_section(attrs.evolve(report(story(1)), tickets=0), "t", "a")


def test_sections_say_unknown_when_the_log_has_one_row_a_ticket() -> None:
    """No holder, no owner and no reopening is claimed that nobody has written down."""
    late = story(2, resolved_after=timedelta(days=4), groups=())
    waits = story(3, resolved_after=None, groups=())
    found = build_report(judged(late, waits), most_worst=1, untold=["history", "owners"])

    assert "<h3>Reopened: unknown</h3>" in repeats_section(found, "Repeats", "")
    worst = worst_section(found, "Worst", "")
    assert "nobody" not in worst
    assert "Shown: 1 of 2 broken promises." in worst
    assert '<td data-name="Held by">no group</td>' in waiting_section(found, "Waiting", "")
