"""The words before the figures are true of the figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.report import Gap, Promise, Report, Week
from itsm_core.report._headline import cautions, flow, headline, notes, period, weakest
from tests.unit.report.cases import MONDAY, report, story


@pytest.fixture(scope="module")
def plain() -> Report:
    """Return a report to be filled with figures."""
    return report(story(1))


def promise(metric: str, priority: str, kept: int, broken: int, undecided: int = 0) -> Promise:
    """Return a promise with these counts."""
    return Promise(metric=metric, priority=priority, kept=kept, broken=broken, undecided=undecided)


def test_headline_gives_the_share_of_each_promise(plain: Report) -> None:
    """90 of 100 and 300 of 400, and the one whose interval lies lowest."""
    found = attrs.evolve(
        plain, promises=(promise("response", "P1", 90, 10), promise("resolution", "P1", 300, 100))
    )

    assert headline(found) == (
        "90.0% of response promises and 75.0% of resolution promises were kept. "
        "Weakest: resolution for P1, with 100 of 400 broken."
    )


def test_headline_names_the_surest_weakness_not_the_smallest_sample(plain: Report) -> None:
    """One of one broken says less than 60 of 100."""
    found = attrs.evolve(
        plain, promises=(promise("response", "P1", 0, 1), promise("response", "P2", 40, 60))
    )

    assert headline(found).endswith("Weakest: response for P2, with 60 of 100 broken.")


def test_weakest_is_a_tie_when_intervals_overlap(plain: Report) -> None:
    """85.0 % of 100 and 85.2 % of 500 say nothing about which is better (law M2)."""
    found = attrs.evolve(
        plain,
        promises=(
            promise("response", "P1", 85, 15),
            promise("response", "P2", 426, 74),
            promise("response", "P3", 990, 10),
        ),
    )

    assert weakest(found) == (
        "Weakest are response for P1 (15 of 100 broken) and response for P2 (74 of 500 broken): "
        "too close to tell apart."
    )


def test_weakest_names_nobody_when_many_tie(plain: Report) -> None:
    """Four names would be a list of everybody."""
    rows = tuple(promise("response", f"P{n}", 80 + n, 20) for n in range(4))

    assert weakest(attrs.evolve(plain, promises=rows)) == (
        "None is clearly the weakest: 4 are too close to tell apart."
    )


def test_weakest_is_a_metric_when_its_priorities_tie_and_the_other_is_surely_better(
    plain: Report,
) -> None:
    """79.1 to 84.3 percent of 840 answered in time, and 95 of each hundred resolved."""
    rows = tuple(
        promise(metric, f"P{n}", *counts)
        for metric, counts in (("response", (170, 40)), ("resolution", (190, 10)))
        for n in range(4)
    )

    assert weakest(attrs.evolve(plain, promises=rows)) == (
        "Weakest: response, with 160 of 840 broken; of its priorities none is clearly the worst."
    )


def test_weakest_names_three_when_three_tie(plain: Report) -> None:
    """A comma and an "and"."""
    rows = tuple(promise("response", f"P{n}", 80 + n, 20) for n in range(3))

    assert "(20 of 100 broken), response for P1 (20 of 101 broken) and response" in weakest(
        attrs.evolve(plain, promises=rows)
    )


def test_weakest_ignores_small_samples_that_would_tie_with_everybody(plain: Report) -> None:
    """One of nine reaches into every interval."""
    rows = (promise("response", "P1", 8, 1), promise("response", "P2", 400, 600))

    assert weakest(attrs.evolve(plain, promises=rows)).startswith("Weakest: response for P2")


def test_headline_has_no_weakest_when_there_is_one_promise(plain: Report) -> None:
    """It would repeat itself."""
    found = attrs.evolve(plain, promises=(promise("response", "P1", 1, 1),))

    assert headline(found) == "50.0% of response promises were kept."


def test_headline_lists_three_promises_when_there_are_three(plain: Report) -> None:
    """A comma and an "and"."""
    rows = tuple(promise(name, "P1", 1, 0) for name in ("a", "b", "c"))

    assert headline(attrs.evolve(plain, promises=rows)) == (
        "100% of a promises, 100% of b promises and 100% of c promises were kept. "
        "Not one was broken."
    )


def test_period_says_how_many_had_no_agreement(plain: Report) -> None:
    """They are in no figure, so they are named."""
    found = period(attrs.evolve(plain, without_agreement=3, agreements=()))

    assert found.endswith("judged by no agreement. 3 tickets had no agreement.")


def test_notes_bound_the_rate_when_promises_are_undecided(plain: Report) -> None:
    """8 kept, 1 broken, 1 open: between 80 and 90 percent in the end."""
    found = notes(attrs.evolve(plain, promises=(promise("response", "P1", 8, 1, 1),)))

    assert found[0] == (
        "1 response promise is undecided and in no rate. Had it been broken, 80.0% "
        "would have been kept; had it been kept, 90.0%."
    )


def test_notes_leave_open_tickets_out_when_there_are_none(plain: Report) -> None:
    """A finished log is not censored."""
    assert not any("still open" in note for note in notes(plain))


def test_flow_counts_whole_weeks_only_when_the_last_is_cut(plain: Report) -> None:
    """The pile grew in one of two whole weeks; the third is not over."""
    weeks = tuple(
        Week(start_at=MONDAY + timedelta(weeks=n), arrived=a, resolved=r, is_whole=n < 2)
        for n, (a, r) in enumerate(((5, 4), (3, 3), (9, 0)))
    )
    first, second = flow(attrs.evolve(plain, weeks=weeks))

    assert first == "Busiest was the week of 16 Feb 2026: 9 arrived, 0 were resolved."
    assert second.startswith("In 1 of 2 whole weeks more arrived than were resolved. In all, 17")


def test_flow_is_silent_when_there_are_no_weeks(plain: Report) -> None:
    """An empty log has no busiest week."""
    assert flow(attrs.evolve(plain, weeks=())) == ()


def test_period_is_in_the_zone_of_the_report(plain: Report) -> None:
    """An hour before midnight UTC is the next day in Berlin."""
    late = datetime(2026, 2, 2, 23, 30, tzinfo=UTC)
    found = period(attrs.evolve(plain, zone="Europe/Berlin", first_at=late))

    assert found.startswith("1 ticket from 3 Feb 2026 to 16 Feb 2026 (Europe/Berlin)")


def test_headline_says_undecided_when_promises_are_still_open(plain: Report) -> None:
    """Something was promised; nobody knows yet."""
    found = attrs.evolve(plain, promises=(promise("response", "P1", 0, 0, 1),))

    assert headline(found) == "No promise is decided yet for 1 ticket."


def test_headline_says_nothing_was_promised_when_there_is_no_promise(plain: Report) -> None:
    """Nothing will ever be decided: that is another thing than not yet."""
    assert headline(attrs.evolve(plain, promises=(), tickets=3)) == (
        "Nothing was promised to any of the 3 tickets: there is nothing to judge."
    )


def test_headline_says_cancelled_when_every_promise_was(plain: Report) -> None:
    """Promised, but nobody waited for it."""
    found = headline(attrs.evolve(plain, promises=(), cancelled=2))

    assert "was cancelled before it was decided" in found


def test_cautions_count_tickets_without_a_goal_when_the_priority_is_unknown() -> None:
    """The ticket that nobody judges stands beside the figures, with the name that hid it."""
    found = report(story(1), story(2, priority="Prio1"), story(3, priority=""))

    both = "1 ticket has an agreement but no response or resolution promise"

    assert cautions(found) == (
        f"{both} (no goal for 'Prio1', which is not in the policy's matrix).",
        f"{both} (no priority is known).",
    )


def test_cautions_name_a_priority_that_the_agreement_leaves_out() -> None:
    """Legal, and still counted: an accident looks the same."""
    found = report(story(1), story(2, priority="P1"))

    assert cautions(found) == (
        "1 ticket has an agreement but no response or resolution promise (no goal for 'P1').",
    )


def test_cautions_are_bounded_when_there_are_many_gaps(plain: Report) -> None:
    """A wrong column has a thousand priorities; six show which column it is."""
    gaps = tuple(
        Gap(tickets=9 - n, metrics=("response",), reason=f"no goal for '{n}'") for n in range(9)
    )
    found = cautions(attrs.evolve(plain, gaps=gaps))

    assert len(found) == 7
    assert found[-1] == "3 more such gaps of at most 3 tickets each."


def test_cautions_say_that_nothing_is_known_when_judged_after_the_end(plain: Report) -> None:
    """An open ticket may have been resolved the day after the export."""
    (found,) = cautions(attrs.evolve(plain, known_until=MONDAY))

    assert found == (
        "The log ends at Mon 2 Feb 2026 09:00 (UTC); nothing is known after it. Promises still "
        "open are judged as of Mon 16 Feb 2026 00:00 as if nothing more happened."
    )


def test_cautions_count_what_lies_after_the_instant_of_judging() -> None:
    """One ticket is still to come; of the other one event."""
    found = report(story(1), story(2, opened=MONDAY + timedelta(days=3)), as_of=MONDAY)

    assert cautions(found)[0] == (
        "Judged as of Mon 2 Feb 2026 09:00 (UTC): 1 later ticket and 7 later events of the log "
        "are left out."
    )


def test_headline_withholds_the_share_when_no_answers_are_recorded(plain: Report) -> None:
    """What looks like answers in time are solutions in time."""
    found = attrs.evolve(
        plain,
        promises=(promise("response", "P1", 1, 99), promise("resolution", "P1", 90, 10)),
        unanswered=("response",),
    )

    assert headline(found) == (
        "90.0% of resolution promises were kept. "
        "No answers recorded: how many response promises were kept cannot be told."
    )
    assert cautions(found)[0] == (
        "No answers recorded: what is said below of response promises is when tickets were "
        "resolved, for a solution is an answer too."
    )


def test_headline_says_nothing_else_when_only_answers_were_promised(plain: Report) -> None:
    """No share, and no weakest of what nobody knows."""
    rows = tuple(promise(name, "P1", 1, 99) for name in ("response", "update"))
    found = attrs.evolve(plain, promises=rows, unanswered=("response", "update"))

    assert headline(found) == (
        "No answers recorded: how many response and update promises were kept cannot be told."
    )
    assert weakest(found) == ""


def test_weakest_is_not_one_of_which_nothing_is_recorded(plain: Report) -> None:
    """The response is the worst by far, if it were one."""
    rows = (
        promise("response", "P1", 1, 99),
        *(promise("resolution", f"P{n}", 80 + n, 20) for n in range(4)),
        *(promise("update", f"P{n}", 1, 99) for n in range(4)),
    )
    found = attrs.evolve(plain, promises=rows, unanswered=("response", "update"))

    assert weakest(found) == "None is clearly the weakest: 4 are too close to tell apart."
