"""The measures of linking, on cases worked out by hand."""

from __future__ import annotations

import pytest

from benchmarks.areas import linking as area
from benchmarks.linking import Recall, Report, clustering, newer_half, older_half, ranks, recall
from tests.unit.linking.texts import text


def report(name: str, title: str, group: str | None, *, days: float, clones: str = "") -> Report:
    """Return a report of a group."""
    return Report(text(name, title, days=days), group, frozenset(clones.split()))


def test_recall_counts_ranks_within_each_cut() -> None:
    """Ranks 1, 4 and none: one of three at 1, two at 5; (1 + 1/4) / 3."""
    found = recall([1, 4, 1_000_000_000])
    assert [round(value, 3) for value in found.at.values()] == [0.333, 0.667, 0.667, 0.667]
    assert found.mrr == pytest.approx(1.25 / 3, abs=1e-6)


def test_rank_is_that_of_the_best_earlier_report_of_the_group() -> None:
    """Only queries are ranked: reports that have an earlier one."""
    reports = (
        report("A", "mail slow", "g", days=0),
        report("B", "vpn", None, days=1),
        report("C", "mail slow", "g", days=2),
    )
    assert ranks(reports) == [1]


def test_clone_is_neither_hit_nor_miss() -> None:
    """A copy is passed over: the real one behind it has rank 1; a clone alone is no query."""
    reports = (
        report("A", "mail", "g", days=0),
        report("B", "mail slow token", "g", days=1),
        report("C", "mail slow token", "g", days=2, clones="B"),
        report("D", "paper jam", "h", days=3),
        report("E", "paper jam", "h", days=4, clones="D"),
    )
    assert ranks(reports) == [1, 1]


def test_clustering_measures_what_was_worked_out_by_hand() -> None:
    """True {a, b}, {c}; found {a}, {b, c}: precision and recall are both (1 + .5 + .5) / 3."""
    truth = {"a": "1", "b": "1", "c": "2"}
    found = clustering({"a": "x", "b": "y", "c": "y"}, truth)
    assert found.b_cubed_f1 == pytest.approx(2 / 3)
    assert found.pair_f1 == 0.0
    assert clustering(truth, truth).pair_f1 == 1.0


def test_halves_share_no_group() -> None:
    """A group belongs where it began."""
    told = (("A", "g"), ("B", "g"), ("C", "h"), ("D", "g"))
    reports = [report(n, "mail", g, days=d) for d, (n, g) in enumerate(told)]
    assert [each.text.ticket_id for each in newer_half(reports)] == ["C"]
    assert [each.text.ticket_id for each in older_half(reports)] == ["A", "B", "D"]


@pytest.mark.parametrize(("at_10", "mrr", "holds"), [(0.74, 0.53, True), (0.73, 0.53, False),
                                                     (0.74, 0.52, False)])  # fmt: skip
def test_target_is_missed_when_any_figure_falls_short(
    at_10: float, mrr: float, holds: bool
) -> None:
    """Each of the five counts."""
    found = Recall({1: 0.43, 5: 0.65, 10: at_10, 20: 0.79}, mrr, 703)
    assert area._reaches(found) is holds
