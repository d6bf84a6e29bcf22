"""What a replay tells: quality as text, figures as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from itsm_core.cli._results import as_json, quality_text
from itsm_core.interop import ImportedLog, load_mapping, read_log
from itsm_core.policy import load_policy
from itsm_core.report.judged import judge_log
from tests.unit.interop.sample import write_log, write_mapping


def log(folder: Path) -> ImportedLog:
    """Return the hand-made log."""
    return read_log(write_log(folder), load_mapping(write_mapping(folder)))


def test_quality_text_begins_with_the_file_when_printed(tmp_path: Path) -> None:
    """File, mapping, rows and tickets come first."""
    text = quality_text(log(tmp_path).quality)
    assert text.startswith("Data quality of log.csv, read by mapping 'mapping': 7 rows, 2 tickets")


def test_as_json_holds_figures_when_judged(tmp_path: Path) -> None:
    """Promises, backlog, worst breaches with adjacent ledgers, and what is not covered."""
    found = log(tmp_path)
    judged = judge_log(found.histories, load_policy("uci"), found.last_at)
    told = json.loads(json.dumps(as_json(judged, found)))
    assert told["tickets"] == 2
    assert told["backlog"] == {
        "tickets": 1,
        "by_priority": {"P3": 1},
        "by_hold_reason": {"": 1},
    }
    (worst,) = (
        each
        for each in told["worst_breaches"]
        if (each["ticket"], each["metric"]) == ("T1", "resolution")
    )
    ledger = worst["ledger"]
    assert [entry["end"] for entry in ledger[:-1]] == [entry["start"] for entry in ledger[1:]]
    assert sum(entry["seconds"] for entry in ledger) == 49 * 3600
    assert "promise_coverage" in told["facts_not_yet_covered"]


def test_quality_text_puts_what_was_not_found_into_one_line(tmp_path: Path) -> None:
    """Zeros are there, and out of the way."""
    last = quality_text(log(tmp_path).quality).splitlines()[-1]
    assert last.startswith("  nothing found of: times going backwards, equal timestamps")
