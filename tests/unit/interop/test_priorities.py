"""Priorities: the log's own or the matrix's, and every disagreement is told (law P2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.events import PriorityChanged, TicketOpened
from itsm_core.interop import ImportedLog, load_mapping, read_log
from itsm_core.priority import ITIL_MATRIX
from tests.unit.interop.sample import write_mapping

MAPPING = """
zone = "Europe/Berlin"
[file]
date_format = "%Y-%m-%d %H:%M"
[columns]
ticket = "Nr"
state = "Status"
updated_at = "Changed"
opened_at = "Opened"
impact = "Impact"
urgency = "Urgency"
[states]
New = { state = "new" }
[values.impact]
hoch = "high"
tief = "low"
"""
OWN = MAPPING.replace("[states]", 'priority = "Prio"\n[states]')
BOTH = OWN + '[events]\npriority = "matrix"\n'

LOG = """Nr,Status,Changed,Opened,Impact,Urgency,Prio
T1,New,2016-01-04 09:00,2016-01-04 09:00,hoch,high,P1
T1,New,2016-01-04 10:00,2016-01-04 09:00,tief,high,P3
T2,New,2016-01-04 09:00,2016-01-04 09:00,hoch,medium,P3
T3,New,2016-01-04 09:00,2016-01-04 09:00,tief,now,Prio1
"""


def read(folder: Path, mapping: str, log: str = LOG) -> ImportedLog:
    """Read a log by a mapping and the sample matrix."""
    path = folder / "log.csv"
    path.write_text(log, encoding="utf-8")
    return read_log(path, load_mapping(write_mapping(folder, mapping)), matrix=ITIL_MATRIX)


def priorities(log: ImportedLog) -> list[str]:
    """Return every priority that the events tell, in order."""
    events = (event for history in log.histories.values() for event in history)
    return [e.priority for e in events if isinstance(e, TicketOpened | PriorityChanged)]


def test_priority_is_derived_when_only_impact_and_urgency_are_mapped(tmp_path: Path) -> None:
    """On opening and on every change of an input (law P2); 'now' is no urgency."""
    assert priorities(read(tmp_path, MAPPING)) == ["P1", "P3", "P2", ""]


def test_priority_is_the_logs_own_when_its_column_is_mapped(tmp_path: Path) -> None:
    """The matrix is what it is compared with."""
    log = read(tmp_path, OWN)

    assert priorities(log) == ["P1", "P3", "P3", "Prio1"]
    assert log.quality.priorities.source == "column"
    assert log.quality.priorities.rows_compared == 3


def test_priority_is_derived_when_the_mapping_says_so(tmp_path: Path) -> None:
    """The log's own column is then a fact to compare with."""
    log = read(tmp_path, BOTH)

    assert priorities(log) == ["P1", "P3", "P2", ""]
    assert log.quality.priorities.disagreements == (("'P3' where it gives 'P2'", 1),)
    told = {what: (much, note) for what, much, note in log.quality.findings()}
    assert told["priority differs from the matrix"] == (
        "1 row",
        "'P3' where it gives 'P2' (1); the matrix is used",
    )


def test_unknown_priority_is_told_with_value_and_count(tmp_path: Path) -> None:
    """No goal can be found for it: the reader must see it before any figure."""
    log = read(tmp_path, OWN)
    told = {what: much for what, much, _ in log.quality.findings()}

    assert told["priority not in the policy's matrix"] == "'Prio1' (1)"


def test_unknown_input_is_told_when_priorities_are_derived(tmp_path: Path) -> None:
    """A row without a cell has no priority, and that is said."""
    log = read(tmp_path, MAPPING)
    told = {what: much for what, much, _ in log.quality.findings()}

    assert told["not in the policy's matrix"] == "urgency 'now' (1)"
    assert log.quality.to_json()["priorities"] == {
        "source": "matrix",
        "rows_compared": 0,
        "disagreements": {},
        "tickets_with_unknown_priority": {},
        "rows_without_cell": {"urgency 'now'": 1},
    }


def test_quality_says_that_no_priority_is_mapped_when_so(tmp_path: Path) -> None:
    """Neither the column nor both of its inputs."""
    log = read(tmp_path, MAPPING.replace('urgency = "Urgency"\n', ""))
    told = {what: much for what, much, _ in log.quality.findings()}

    assert told["priority"] == "none"


def test_values_are_bounded_when_there_are_many(tmp_path: Path) -> None:
    """The first six show which column it is."""
    row = "T{0},New,2016-01-04 09:00,2016-01-04 09:00,hoch,high,X{0}\n"
    log = read(tmp_path, OWN, LOG.splitlines()[0] + "\n" + "".join(map(row.format, range(9))))
    told = {what: much for what, much, _ in log.quality.findings()}

    assert told["priority not in the policy's matrix"].endswith("'X5' (1) and 3 more")


def test_reading_is_refused_when_priorities_are_derived_without_a_matrix(tmp_path: Path) -> None:
    """Empty priorities would mean that nothing was promised."""
    read(tmp_path, MAPPING)
    with pytest.raises(InvalidValue, match=r"pass matrix=policy\.matrix"):
        read_log(tmp_path / "log.csv", load_mapping(write_mapping(tmp_path, MAPPING)))


def test_mapping_is_refused_when_the_matrix_has_no_inputs(tmp_path: Path) -> None:
    """The missing column is named."""
    text = BOTH.replace('impact = "Impact"\n', "")
    with pytest.raises(DefinitionError, match=r"columns\.impact"):
        load_mapping(write_mapping(tmp_path, text))
