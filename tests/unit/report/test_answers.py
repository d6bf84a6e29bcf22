"""One sentence a section, true of its figures, and a mark where somebody should act."""

from __future__ import annotations

from datetime import timedelta

import attrs

from itsm_core.linking import find_candidates
from itsm_core.report import Report, answers, build_report
from tests.unit.linking.desk import AS_OF as UNTIL
from tests.unit.linking.desk import background
from tests.unit.report.cases import AS_OF, BROKEN, judged, report, story
from tests.unit.report.monday import bypass, monday, weeks, with_weeks
from tests.unit.report.problem import PLAIN, RULES, candidate

DAY = timedelta(days=1)


def text(found: Report, section: str) -> str:
    """Return the answer of a section."""
    return next(each.text for each in answers(found) if each.section == section)


def is_pressing(found: Report, section: str) -> bool:
    """Return whether a section asks for somebody to act."""
    return next(each.is_pressing for each in answers(found) if each.section == section)


def test_answers_follow_the_page_when_everything_is_there() -> None:
    """Nine sections, each once."""
    assert [each.section for each in answers(monday())] == [
        *("promises", "control", "worst", "waiting", "bypass", "problems", "figures", "repeats"),
    ]


def test_answers_leave_out_what_nobody_looked_at() -> None:
    """No bypass, no problems, no figures; no whole week, no chart."""
    found = attrs.evolve(report(story(1)), charts=())

    assert [each.section for each in answers(found)] == [
        *("promises", "worst", "waiting", "repeats"),
    ]


def test_promises_are_told_in_full_when_nothing_is_weakest() -> None:
    """Nothing decided: the headline says why."""
    found = report(story(1, priority="Prio1"))

    assert text(found, "promises").startswith("Nothing was promised to any of the 1 ticket")


def test_worst_names_the_group_that_had_most_of_them() -> None:
    """Two of three lay with the network."""
    late = [
        story(n, resolved_after=4 * DAY, groups=(group,))
        for n, group in ((1, "network"), (2, "network"), (3, "mail"))
    ]

    assert text(report(*late), "worst") == (
        "Of the 3 worst, 2 lay longest with network; T1 was 16 h late, 2.0x its goal."
    )


def test_worst_names_nobody_when_no_group_had_most() -> None:
    """One each."""
    late = [story(n, resolved_after=4 * DAY, groups=(group,)) for n, group in ((1, "a"), (2, "b"))]

    assert text(report(*late), "worst").startswith(
        "The 2 worst lay longest with 2 different groups"
    )


def test_worst_tells_the_one_when_there_is_one() -> None:
    """Due Monday 17:00; Tuesday and Thursday of eight hours each, Wednesday is a holiday."""
    assert text(report(BROKEN), "worst") == "T2 was 16 h late."


def test_worst_says_none_when_nothing_was_broken() -> None:
    """And why."""
    assert text(report(story(1)), "worst") == "None: no promise was broken."
    assert text(report(story(1, priority="x")), "worst") == "None: nothing was promised."


def test_waiting_says_nobody_when_nothing_is_open() -> None:
    """A clean desk."""
    assert text(report(story(1)), "waiting") == "Nobody: no ticket is open."


def test_waiting_presses_when_a_ticket_lay_still_for_a_week() -> None:
    """Seven days since the answer, to the microsecond."""
    half = timedelta(minutes=30)
    young = report(story(1, opened=AS_OF - 7 * DAY, resolved_after=None))
    old = report(story(1, opened=AS_OF - 7 * DAY - half, resolved_after=None))

    assert not is_pressing(young, "waiting")
    assert is_pressing(old, "waiting")
    assert text(young, "waiting") == "1 ticket is open, waiting for the owner’s work."
    assert text(old, "waiting").endswith("Nobody has touched T1 for 7 days.")


def test_waiting_names_the_most_when_there_are_several_kinds() -> None:
    """Two without an owner, one with."""
    found = report(
        story(1, resolved_after=None),
        *(story(n, resolved_after=None, groups=()) for n in (2, 3)),
    )

    assert text(found, "waiting").startswith("3 tickets are open, 2 of them waiting for an owner.")


def test_problems_tell_the_dearest() -> None:
    """Its price a year, or its hours where nobody gave a price."""
    found = monday()
    plain = attrs.evolve(found, problems=(candidate(PLAIN), candidate(PLAIN)), rules=PLAIN)

    assert text(found, "problems") == (
        "1 failure keeps coming back: Printer · export costs about 14,897 EUR a year."
    )
    assert "2 failures keep coming back; the dearest, " in text(plain, "problems")
    assert "hours of work a month" in text(plain, "problems")


def test_problems_say_none_when_looked_for() -> None:
    """Another thing than not looking."""
    found = attrs.evolve(report(story(1)), problems=())

    assert text(found, "problems") == "No failure recurs more often than chance explains."
    assert not is_pressing(found, "problems")


def test_bypass_presses_when_there_was_one() -> None:
    """And is quiet otherwise."""
    found = report(story(1))

    assert is_pressing(attrs.evolve(found, bypass=bypass()), "bypass")
    assert not is_pressing(attrs.evolve(found, bypass=bypass(past=0)), "bypass")


def test_control_presses_when_last_week_was_outside() -> None:
    """And not for a signal of last month."""
    steady = [(19, 1), (18, 2)] * 5

    assert is_pressing(with_weeks(report(story(1)), weeks([*steady, (4, 16)])), "control")
    assert not is_pressing(with_weeks(report(story(1)), weeks(steady)), "control")


def test_repeats_tell_both_shares() -> None:
    """One of two bounced."""
    found = report(story(1, groups=("a", "b", "a")), story(2))

    assert text(found, "repeats") == (
        "0 of 2 tickets came back after they were resolved (0%); 1 went to and fro between groups "
        "(50.0%)."
    )


def test_repeats_say_so_when_there_are_no_tickets() -> None:
    """Nothing is divided by nothing."""
    assert text(attrs.evolve(report(story(1)), tickets=0), "repeats") == "There are no tickets."


def test_answers_name_no_holder_when_the_log_tells_none() -> None:
    """Nobody knows whether a ticket lay with no group, nor whether it came back."""
    late = [story(n, resolved_after=timedelta(days=4), groups=()) for n in (1, 2)]
    told = {each.section: each.text for each in answers(build_report(judged(*late)))}
    found = build_report(judged(*late), untold=["history"])
    untold = {each.section: each.text for each in answers(found)}

    assert told["worst"].startswith("Of the 2 worst, 2 lay longest with no group at all; ")
    assert untold["worst"].startswith("Who had them while time counted, the log does not tell; ")
    assert untold["repeats"] == "Unknown: the log does not tell what came back or went to and fro."


def test_problem_has_no_price_when_no_work_was_recorded() -> None:
    """Nothing is not what it costs."""
    idle = [attrs.evolve(each, worked_us=0) for each in candidate().occurrences]
    problems = find_candidates([*background(), *idle], as_of=UNTIL, rules=RULES)
    found = build_report(judged(story(1)), problems=problems, rules=RULES)
    (text,) = [each.text for each in answers(found) if each.section == "problems"]

    assert text.endswith(" has no price yet.")
