"""The figures as OpenMetrics text, read back by the parser of the project that defined it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

import attrs
import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from itsm_core.report import Report, build_report, openmetrics
from tests.unit.report.cases import judged, report, story
from tests.unit.report.monday import HOSTILE, MEDIAN, bypass, monday, result, weeks, with_weeks

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Iterable[Metric]:
    """Return the families of a text; the parser has no types of its own."""
    read = cast("Callable[[str], Iterable[Metric]]", text_string_to_metric_families)
    return read(text)


def samples(found: Report) -> Samples:
    """Return every sample by its name and labels; the parser refuses what is not well formed."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parsed(openmetrics(found))
        for sample in family.samples
    }


def value(found: Report, name: str, **labels: str) -> float:
    """Return one sample."""
    return samples(found)[name, frozenset(labels.items())]


@pytest.mark.parametrize("found", [monday(), monday(HOSTILE), report(), report(story(1))])
def test_text_is_well_formed(found: Report) -> None:
    """Everything, everything hostile, nothing, and little; it ends as it should."""
    assert samples(found)
    assert openmetrics(found).endswith("\n# EOF\n")


def test_promises_are_counted_by_outcome() -> None:
    """Three answered in time; of the resolutions none."""
    found = monday()
    named = {"metric": "resolution", "priority": "P2"}

    assert value(found, "itsm_promises", **named, outcome="broken") == 3
    assert value(found, "itsm_promises_kept_ratio", **named) == 0
    assert value(found, "itsm_promises_kept_high_ratio", **named) == pytest.approx(0.5615, abs=1e-4)


def test_share_is_left_out_when_nothing_is_decided() -> None:
    """A gap in the series, not a zero."""
    plain = report(story(1))
    open_one = attrs.evolve(plain.promises[0], kept=0, undecided=1)
    names = {name for name, _ in samples(attrs.evolve(plain, promises=(open_one,)))}

    assert "itsm_promises" in names
    assert "itsm_promises_kept_ratio" not in names


def test_last_week_has_its_figure_and_its_signal() -> None:
    """Four of twenty, which is outside; twenty tickets, which is not."""
    kept = [*([(19, 1), (18, 2)] * 5), (4, 16)]
    found = with_weeks(report(story(1)), weeks(kept))

    assert value(found, "itsm_week_value", chart="Response promises kept") == 0.2
    assert value(found, "itsm_week_signal", chart="Response promises kept") == 1
    assert value(found, "itsm_week_signal", chart="Tickets arrived") == 0


def test_week_has_no_signal_when_limits_are_not_known() -> None:
    """Three weeks; and none at all without a week."""
    few = with_weeks(report(story(1)), weeks([(1, 0)] * 3))

    assert not any(name == "itsm_week_signal" for name, _ in samples(few))
    none = with_weeks(report(story(1)), ())
    assert not any(name.startswith("itsm_week") for name, _ in samples(none))


def test_spans_are_in_seconds() -> None:
    """The unit is part of the name."""
    found = monday()

    assert value(found, "itsm_report_as_of_timestamp_seconds") == 1_771_200_000
    longest = value(found, "itsm_waiting_longest_seconds", **{"for": "the owner’s work"})
    assert longest == (13 * 24 + 15) * 3600
    assert value(found, "itsm_tickets_held", group="Printer") == 1


def test_figures_stand_side_by_side() -> None:
    """Hours in seconds; money and what is unknown are left to the JSON."""
    cost = result("cost-so-far", 1.0, 2.0, unit="money", currency="EUR")
    gap = result("resolution-p90", 9.0, None)
    found = attrs.evolve(report(story(1)), figures=(MEDIAN, cost, gap))
    named = {labels for name, labels in samples(found) if name.startswith("itsm_figure")}

    assert value(found, "itsm_figure_seconds", figure="resolution-median", view="honest") == (
        pytest.approx(47.1 * 3600)
    )
    assert len(named) == 3


def test_problems_and_bypass_are_there_when_looked_for() -> None:
    """And not otherwise."""
    found = attrs.evolve(monday(), bypass=bypass(past=3))

    assert value(found, "itsm_problem_candidates") == 1
    assert value(found, "itsm_problem_cost_monthly", problem="F00", currency="EUR") > 1_000
    assert value(found, "itsm_requests_past_desk") == 3
    names = {name for name, _ in samples(report(story(1)))}
    assert not {"itsm_problem_candidates", "itsm_requests"} & names


def test_labels_come_back_without_what_a_screen_would_obey() -> None:
    """Quotes and backslashes survive, line ends and escapes do not."""
    plain = report(story(1))
    named = attrs.evolve(plain.promises[0], priority='a "b" \\ c\nd\x1b')
    (label,) = {
        dict(labels)["priority"]
        for name, labels in samples(attrs.evolve(plain, promises=(named,)))
        if name == "itsm_promises"
    }

    assert label == 'a "b" \\ c d\N{REPLACEMENT CHARACTER}'


def test_text_is_well_formed_when_two_labels_are_cut_to_the_same() -> None:
    """A sample told twice is refused by readers: the first one stands."""
    plain = report(story(1))
    two = tuple(
        attrs.evolve(plain.promises[0], priority="x" * 200 + end, kept=kept)
        for end, kept in (("a", 5), ("b", 7))
    )
    found = samples(attrs.evolve(plain, promises=two))

    assert 5 in {told for (name, _), told in found.items() if name == "itsm_promises"}
    assert 7 not in found.values()


def test_openmetrics_have_no_repeats_when_the_log_does_not_tell_them() -> None:
    """A missing figure is no zero."""
    assert "itsm_tickets_reopened 0" in openmetrics(build_report(judged(story(1))))
    assert "reopened" not in openmetrics(build_report(judged(story(1)), untold=["history"]))
