"""Learning a matrix from a log: what it mostly does, and every exception (law P4)."""

from __future__ import annotations

import csv
import gzip
from itertools import product
from pathlib import Path

import pytest

from itsm_core.errors import DefinitionError
from itsm_core.priority import learn_matrix


def test_learning_gives_the_majority_when_a_log_contradicts_itself() -> None:
    """P4: the cell is what the log mostly does, with the others counted."""
    learned = learn_matrix([("1", "1", "P2"), ("1", "1", "P1"), ("1", "1", "P1")])
    assert learned.learned[0].priority == "P1"
    assert learned.learned[0].counts == (("P1", 2), ("P2", 1))


def test_learning_lists_exceptions_by_index_when_the_cell_does_not_explain_them() -> None:
    """P4: each exception is named, in the order of the log."""
    log = [("1", "1", "P2"), ("1", "1", "P1"), ("2", "1", "P3"), ("1", "1", "P1"), ("2", "1", "P2")]
    log += [("2", "1", "P3")]
    found = [(each.index, each.priority, each.expected) for each in learn_matrix(log).exceptions]
    assert found == [(0, "P2", "P1"), (4, "P2", "P3")]


def test_learning_prefers_the_more_urgent_when_a_cell_is_tied() -> None:
    """A stated rule decides ties, not the order of the log."""
    assert learn_matrix([("1", "1", "P2"), ("1", "1", "P1")]).cells == {("1", "1"): "P1"}


def test_learning_names_cells_when_the_log_never_shows_them() -> None:
    """P4: nothing is invented for what was not seen."""
    learned = learn_matrix([("1", "1", "P1"), ("2", "2", "P2"), ("2", "1", "P2")])
    assert learned.unseen == (("1", "2"),)


def test_learned_matrix_is_refused_when_an_unseen_cell_stays_open() -> None:
    """An incomplete matrix must be filled before use."""
    learned = learn_matrix([("1", "1", "P1"), ("2", "2", "P2"), ("2", "1", "P2")])
    with pytest.raises(DefinitionError, match=r"cells\['1', '2'\]: has no priority"):
        learned.matrix()


def test_learned_matrix_is_refused_when_a_seen_cell_is_filled() -> None:
    """What the log says is not overwritten on the way."""
    with pytest.raises(DefinitionError, match="was seen in the log") as caught:
        learn_matrix([("1", "1", "P1")]).matrix(fill={("1", "1"): "P2"})
    assert [fault.code for fault in caught.value.faults] == ["cell-already-learned"]


def test_learned_matrix_answers_when_filled() -> None:
    """The cells are the log's, and the caller's where the log is silent."""
    learned = learn_matrix([("1", "1", "P1"), ("2", "2", "P2"), ("2", "1", "P2")])
    filled = learned.matrix(fill={("1", "2"): "P1"}, name="ours")
    asked = [filled.priority(*cell) for cell in product("12", repeat=2)]
    assert asked == ["P1", "P1", "P2", "P2"]


def test_learned_matrix_has_no_name_or_excuse_when_none_is_given() -> None:
    """Nothing is said for the caller."""
    made = learn_matrix([("1", "1", "P1")]).matrix()
    assert (made.name, made.reason_not_monotone) == ("", "")


def test_learning_keeps_the_order_of_levels_when_it_is_given() -> None:
    """Plain words sort wrongly as text, so the caller may list them."""
    log = [("low", "low", "P2"), ("high", "low", "P1")]
    learned = learn_matrix(log, impacts=("high", "low"))
    assert (learned.impacts, learned.matrix().priority("high", "low")) == (("high", "low"), "P1")


def test_learning_is_refused_when_the_log_holds_an_unlisted_level() -> None:
    """A listed order that lacks a level would lose observations; each is told, of any list."""
    given = ("high", "low")
    with pytest.raises(DefinitionError, match="impacts: the log holds 'a'") as caught:
        learn_matrix([("a", "b", "c")], impacts=given, urgencies=given, priorities=given)
    assert [(fault.code, fault.where, fault.value) for fault in caught.value.faults] == [
        ("unknown-level", "impacts", "a"),
        ("unknown-level", "urgencies", "b"),
        ("unknown-level", "priorities", "c"),
    ]


@pytest.mark.slow
def test_learning_finds_no_exception_when_given_the_uci_log(shared: Path) -> None:
    """P4: the UCI log follows one matrix in all 141,712 rows, with one cell never seen."""
    path = shared / "data" / "uci_incident_event_log" / "incident_event_log.csv.gz"
    if not path.is_file():
        pytest.skip("the UCI incident log is not there")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        learned = learn_matrix(
            (row["impact"], row["urgency"], row["priority"]) for row in csv.DictReader(file)
        )
    assert (learned.observations_count, learned.exceptions) == (141_712, ())
    assert learned.unseen == (("1 - High", "3 - Low"),)
    ranks = {(i[0], u[0]): priority[0] for (i, u), priority in learned.cells.items()}
    published = {"11": "1", "12": "2", "21": "2", "22": "3", "23": "4", "31": "3", "32": "4"}
    assert {"".join(cell): rank for cell, rank in ranks.items()} == {**published, "33": "4"}


def test_learning_counts_observations_and_pairs_all_levels_when_the_lists_differ_in_length() -> (
    None
):
    """Two impacts, three urgencies: six cells, of which the log shows three."""
    learned = learn_matrix([("1", "1", "P1"), ("1", "2", "P1"), ("2", "3", "P2")])
    assert (learned.observations_count, learn_matrix([]).observations_count) == (3, 0)
    assert learned.unseen == (("1", "3"), ("2", "1"), ("2", "2"))
