"""Results: they tell what they are, and read like a sentence."""

from __future__ import annotations

import json

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import METRICS, Figure, Interval, Result, measure
from itsm_core.metrics._definitions._result import Unit
from tests.unit.metrics._definitions.stories import log_of, resolved, story


def told() -> Result:
    """Return one result: two of three resolved, split by group."""
    log, window = log_of(
        story("T1", resolved(1), group="a"),
        story("T2", resolved(3), group="a"),
        story("T3", group="b"),
    )
    return measure(log, METRICS["resolved-within-24h"].split_by("group"), window)


def test_result_tells_definition_population_zone_calendar_and_window_when_written() -> None:
    """Law M1, as JSON that a stranger can read."""
    data = json.loads(told().dumps())
    assert data["metric"]["measure"]["kind"] == "share_within"
    assert data["metric_hash"] == told().metric.content_hash
    assert data["window"] == {
        "start_at": "2026-01-05T09:00:00+00:00",
        "end_at": "2026-01-09T13:00:00+00:00",
        "seen_at": "2026-01-09T13:00:00+00:00",
        "zone": "UTC",
    }
    assert data["calendar"] == "24x7"
    assert len(data["calendar_hash"]) == 64
    assert data["population"] == {
        "rule": "tickets opened in the window",
        "cases": 3,
        "ended": 2,
        "open": 1,
        "left_out": {},
        "notes": [],
    }
    assert data["honest"]["value"] == pytest.approx(2 / 3)
    assert data["honest"]["interval"]["method"] == "Greenwood, log-log"
    assert data["dashboard"] == {
        "value": 1.0,
        "unit": "ratio",
        "cases": 2,
        "interval": None,
        "why": "",
    }
    assert [(part["name"], part["mature"]) for part in data["parts"]] == [
        ("a", [2, 2]),
        ("b", [0, 1]),
    ]
    assert data["parts"][1]["is_small"] is True


def test_result_gives_a_part_by_its_name() -> None:
    """And says so if there is none."""
    assert told()["a"].honest.value == 1
    with pytest.raises(InvalidValue, match="no such part"):
        told()["c"]


def test_result_reads_like_a_sentence_when_printed() -> None:
    """The honest number with its interval, and the dashboard's."""
    text = str(told())
    assert text.startswith("Resolved within 24 hours: 66.7% (")
    assert text.endswith("; dashboards: 100.0%")
    assert told().differs == METRICS["resolved-within-24h"].differs
    assert told().name == "resolved-within-24h"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.4234, "ratio", "42.3%"),
        (1234.0, "count", "1,234"),
        (1234.5, "money", "1,234.50"),
        (0.0, "hours", "0 s"),
        (0.005, "hours", "18 s"),
        (0.5, "hours", "30 min"),
        (47.117, "hours", "47.1 h"),
        (96.0, "hours", "4.0 days"),
    ],
)
def test_figure_is_shown_in_the_unit_that_people_use(value: float, unit: Unit, text: str) -> None:
    """Seconds, minutes, hours or days; percent; cents."""
    assert str(Figure(value=value, unit=unit, cases=1)) == text


def test_figure_says_what_is_not_known_when_printed() -> None:
    """An open end is a question mark, and no value has its reason."""
    interval = Interval(low=1.0, high=None, level=0.95, method="m")
    assert str(Figure(value=2.0, unit="hours", cases=9, interval=interval)) == "2.0 h (1.0 h to ?)"
    nothing = Interval(low=None, high=None, level=0.95, method="m")
    assert str(Figure(value=2.0, unit="hours", cases=9, interval=nothing)) == "2.0 h"
    assert str(Figure(value=None, unit="hours", cases=0, why="none")) == "unknown (none)"


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (80.0, 56.0, 134.4, "3.3 days (2.3 days to 5.6 days)"),
        (2.0, 0.9, 100.0, "2.0 h (0.9 h to 100.0 h)"),
        (0.5, 0.005, 2.0, "30 min (0.3 min to 120 min)"),
        (0.5, 0.0, None, "30 min (0 min to ?)"),
        (0.01, 0.0, 1.0, "36 s (0 s to 3,600 s)"),
    ],
)
def test_ends_are_told_in_the_unit_of_the_figure_when_they_are_durations(
    value: float, low: float, high: float | None, expected: str
) -> None:
    """Two units in one interval hide how wide it is."""
    interval = Interval(low=low, high=high, level=0.95, method="by hand")
    assert str(Figure(value=value, unit="hours", cases=9, interval=interval)) == expected
