"""What every measure shares: of which cases, in which parts, drawn towards what."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.ids import TicketId
from itsm_core.metrics import METRICS, By, CaseLog, Figure, Part, Rate, measure
from itsm_core.metrics._definitions import case_of
from itsm_core.metrics._definitions._ask import key_of, shrunk, sorted_parts
from itsm_core.spans import micros
from tests.unit.metrics._definitions.stories import assigned, at, log_of, resolved, story


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("", ""),
        ("group", "second"),
        ("person", "bea"),
        ("priority", "P2"),
        ("channel", "mail"),
        ("service", "vpn"),
        ("category", ""),
        ("label", "problem 7"),
    ],
)
def test_part_is_that_of_the_instant_when_asked(by: By, name: str) -> None:
    """Who had it at three, not who opened it (law M1)."""
    told = story(
        "T1",
        assigned(2, "second", "bea"),
        group="first",
        priority="P2",
        channel="mail",
        service="vpn",
    )
    (case,) = CaseLog.of([told], {TicketId("T1"): "problem 7"})
    assert key_of(case, micros(at(3)), by) == name
    assert key_of(case, micros(at(1)), "group") == "first"


def test_population_is_of_those_that_were_opened_so_when_a_condition_is_given() -> None:
    """As of the opening: what a ticket became later would look into the future."""
    log, window = log_of(
        story("T1", resolved(1), priority="P1"), story("T2", resolved(2), priority="P3")
    )
    metric = attrs.evolve(METRICS["resolution-median"], where=field("priority").is_("P1"))
    result = measure(log, metric, window)
    assert result.population.cases == 1
    assert result.population.rule == (
        "tickets opened in the window, and opened with priority is P1"
    )


def test_shares_are_drawn_together_when_there_is_something_to_learn() -> None:
    """One of one moves further than ninety of a hundred."""
    drawn = dict(
        shrunk(
            {
                "ann": Rate(successes=1, trials=1),
                "ben": Rate(successes=90, trials=100),
                "eva": Rate(successes=20, trials=100),
                "nobody": Rate(successes=0, trials=0),
            }
        )
    )
    assert set(drawn) == {"ann", "ben", "eva"}
    assert 1 - drawn["ann"] > 0.9 - drawn["ben"] > 0


@pytest.mark.parametrize(
    "rates",
    [
        {},
        {"ann": Rate(successes=1, trials=2)},
        {"ann": Rate(successes=2, trials=2), "ben": Rate(successes=3, trials=3)},
        {"ann": Rate(successes=0, trials=2), "ben": Rate(successes=0, trials=3)},
    ],
)
def test_nothing_is_drawn_together_when_there_is_nothing_to_learn(rates: dict[str, Rate]) -> None:
    """One part, or all alike."""
    assert list(shrunk(rates)) == []


def test_parts_come_with_the_most_cases_first_when_sorted() -> None:
    """Then by name: an order that says nothing of who is better."""

    def part(name: str, cases: int) -> Part:
        figure = Figure(value=1.0, unit="ratio", cases=cases)
        return Part(name=name, honest=figure, dashboard=figure)

    parts = sorted_parts([part("b", 2), part("c", 9), part("a", 2)])
    assert [each.name for each in parts] == ["c", "a", "b"]
    assert case_of(story("T1")).label == ""
