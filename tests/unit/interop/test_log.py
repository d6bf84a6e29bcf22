"""Importing a log: everything in one pass, nothing invented."""

from __future__ import annotations

from pathlib import Path

from itsm_core.interop import load_mapping, read_log
from itsm_core.spans import micros
from tests.unit.interop.sample import MAPPING, write_log, write_mapping


def test_read_log_keeps_the_logs_verdict_when_it_has_one(tmp_path: Path) -> None:
    """The log's own verdict is a fact of the final row, never an input."""
    log = read_log(write_log(tmp_path), load_mapping(write_mapping(tmp_path)))
    assert log.own_verdicts == {"T1": "false", "T2": "true"}


def test_read_log_has_no_verdict_when_the_column_is_not_mapped(tmp_path: Path) -> None:
    """Nothing is made up where the mapping names no column."""
    text = MAPPING.replace('own_verdict = "Kept"', "")
    assert not read_log(
        write_log(tmp_path), load_mapping(write_mapping(tmp_path, text))
    ).own_verdicts


def test_read_log_ends_where_the_log_ends_when_asked_for_its_last_instant(tmp_path: Path) -> None:
    """The last instant is the last row's, not a back-filled date's."""
    log = read_log(write_log(tmp_path), load_mapping(write_mapping(tmp_path)))
    assert micros(log.last_at) == max(
        event.occurred_us for history in log.histories.values() for event in history
    )


def test_read_log_takes_a_text_path_when_given_one(tmp_path: Path) -> None:
    """Paths may be texts."""
    log = read_log(str(write_log(tmp_path)), load_mapping(str(write_mapping(tmp_path))))
    assert len(log.histories) == 2
