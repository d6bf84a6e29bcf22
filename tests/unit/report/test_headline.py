"""The words before the figures are true of the figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.report import Promise, Report, Week
from itsm_core.report._headline import flow, headline, notes, period
from tests.unit.report.cases import MONDAY, report, story


@pytest.fixture(scope="module")
def plain() -> Report:
    """Return a report to be filled with figures."""
    return report(story(1))


def promise(metric: str, priority: str, kept: int, broken: int, undecided: int = 0) -> Promise:
    """Return a promise with these counts."""
    return Promise(metric=metric, priority=priority, kept=kept, broken=broken, undecided=undecided)


def test_headline_gives_the_share_of_each_promise(plain: Report) -> None:
    """9 of 10 and 3 of 4, and the one whose interval lies lowest."""
    found = attrs.evolve(
        plain, promises=(promise("response", "P1", 9, 1), promise("resolution", "P1", 3, 1))
    )

    assert headline(found) == (
        "90.0% of response promises and 75.0% of resolution promises were kept. "
        "Weakest: resolution for P1, with 1 of 4 broken."
    )


def test_headline_names_the_surest_weakness_not_the_smallest_sample(plain: Report) -> None:
    """One of one broken says less than 60 of 100."""
    found = attrs.evolve(
        plain, promises=(promise("response", "P1", 0, 1), promise("response", "P2", 40, 60))
    )

    assert headline(found).endswith("Weakest: response for P2, with 60 of 100 broken.")


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
        "1 response promise is undecided and in no rate. Had all of them been broken, 80.0% "
        "would have been kept; had all been kept, 90.0%."
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

    assert found.startswith("1 ticket from 3 Feb 2026 to 16 Feb 2026")
