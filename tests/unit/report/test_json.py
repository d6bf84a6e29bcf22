"""Every figure of the report as JSON: what the page shows, with units that are told."""

from __future__ import annotations

import json
import math
from typing import cast

import attrs
import pytest

from itsm_core.report import Report, as_json, build_report
from tests.unit.report.cases import BROKEN, judged, report, story
from tests.unit.report.monday import HOSTILE, monday, weeks, with_weeks

Values = dict[str, object]


def told(found: Report) -> Values:
    """Return what is left after the text of JSON, in which no NaN has a place."""
    return cast("Values", json.loads(json.dumps(as_json(found), allow_nan=False)))


def rows(found: Report, key: str) -> list[Values]:
    """Return the list of a key."""
    return cast("list[Values]", told(found)[key])


def test_json_has_the_sentences_of_the_page() -> None:
    """Headline, answers, notes."""
    found = told(monday())

    assert str(found["headline"]).startswith("100% of response promises and 0% of resolution")
    assert cast("list[Values]", found["answers"])[0] == {
        "section": "promises",
        "title": "Promises kept",
        "text": "Weakest: resolution for P2, with 3 of 3 broken.",
        "is_pressing": False,
    }
    assert found["as_of"] == "2026-02-16T00:00:00+00:00"
    assert found["known_until"] is None


def test_promises_have_no_share_when_nothing_is_decided() -> None:
    """Not 100 %, and not zero."""
    plain = report(story(1))
    open_one = attrs.evolve(plain.promises[0], kept=0, undecided=1)
    (row,) = rows(attrs.evolve(plain, promises=(open_one,)), "promises")

    assert (row["kept_ratio"], row["interval_95"]) == (None, None)
    assert rows(plain, "promises")[0]["kept_ratio"] == 1.0


def test_charts_have_limits_and_what_lies_outside() -> None:
    """Weeks by their start; a run has its first and its last."""
    arrived = [20, 21, 19, 20, 21, 19, 20, 21, 19, *([23, 24, 22] * 3)]
    kept = [*([(19, 1), (18, 2)] * 8), (19, 1), (2, 18)]
    share, pile, _ = rows(with_weeks(report(story(1)), weeks(kept, arrived=arrived)), "charts")
    limits, run = cast("Values", share["limits"]), cast("Values", pile["limits"])

    assert limits["weeks_beyond"] == ["2026-06-01T09:00:00+00:00"]
    assert len(cast("list[float]", limits["low"])) == 18
    assert run["runs"] == [
        {
            "first": "2026-02-02T09:00:00+00:00",
            "last": "2026-03-30T09:00:00+00:00",
            "is_high": False,
        },
        {
            "first": "2026-04-06T09:00:00+00:00",
            "last": "2026-06-01T09:00:00+00:00",
            "is_high": True,
        },
    ]
    assert (share["unit"], pile["unit"]) == ("ratio", "tickets")


def test_charts_have_no_limits_when_weeks_are_few() -> None:
    """None is "not known"."""
    found = rows(with_weeks(report(story(1)), weeks([(1, 0)] * 3)), "charts")

    assert [each["limits"] for each in found] == [None, None, None]


def test_worst_are_in_seconds() -> None:
    """Sixteen hours late of a goal of eight."""
    (row,) = rows(report(BROKEN), "worst")

    assert (row["late_seconds"], row["overrun_ratio"]) == (16 * 3600, 2.0)
    held = cast("list[Values]", row["held_counted_seconds"])
    assert sum(cast("float", each["seconds"]) for each in held) == 24 * 3600


def test_worst_has_no_ratio_when_the_goal_is_no_time() -> None:
    """Infinity is no JSON."""
    found = report(BROKEN)
    late = attrs.evolve(found.worst[0], overrun_ratio=math.inf)
    (row,) = rows(attrs.evolve(found, worst=(late,)), "worst")

    assert row["overrun_ratio"] is None


def test_open_tickets_have_their_ages_in_seconds() -> None:
    """Kinds, bands, and the untouched."""
    found = told(monday())
    (waiting,) = cast("list[Values]", found["waiting"])
    (slept,) = cast("list[Values]", found["untouched"])

    assert (waiting["for"], waiting["tickets"]) == ("the owner’s work", 1)
    assert cast("list[Values]", found["held_by"])[0]["group"] == "Printer"
    assert slept["ticket"] == "T4"
    assert slept["age_seconds"] == (13 * 24 + 15) * 3600
    assert sum(cast("int", each["tickets"]) for each in rows(monday(), "backlog")) == 1


def test_problems_carry_their_price_as_text() -> None:
    """Money is no float."""
    (row,) = rows(monday(), "problems")

    assert row["candidate"] == "F00"
    assert cast("Values", row["cost_so_far"])["currency"] == "EUR"
    assert isinstance(cast("Values", row["cost_so_far"])["amount"], str)
    assert len(cast("list[str]", row["occurrences"])) == 12


def test_bypass_names_no_person() -> None:
    """Tickets, teams and channels."""
    found = monday()

    assert "eve" not in json.dumps(as_json(found)["bypass"])
    assert cast("Values", as_json(found)["bypass"])["requests"] == 40


@pytest.mark.parametrize("key", ["problems", "bypass"])
def test_what_nobody_looked_for_is_none(key: str) -> None:
    """Another thing than an empty list."""
    assert told(report(story(1)))[key] is None


def test_figures_carry_their_definition() -> None:
    """A number never travels without it (law M1)."""
    first = rows(monday(), "figures")[0]

    assert cast("Values", first["metric"])["name"] == "resolution-median"
    assert cast("Values", first["dashboard"])["value"] == 6.5


def test_texts_come_back_as_they_were() -> None:
    """JSON escapes; nothing else does."""
    assert rows(monday(HOSTILE), "untouched")[0]["title"] == HOSTILE


def test_json_names_what_the_log_does_not_tell() -> None:
    """Whoever reads an empty list of reopenings can see that it is unknown."""
    found = build_report(judged(story(1)), untold=["owners", "history"])

    assert as_json(found)["untold"] == ["history", "owners"]
