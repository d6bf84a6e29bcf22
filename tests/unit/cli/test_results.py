"""What a replay tells: quality as text, figures as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import attrs

from itsm_core.cli._results import (
    both_figures,
    figures_of,
    findings_of,
    quality_text,
    untold_of,
)
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


def test_figures_hold_figures_when_judged(tmp_path: Path) -> None:
    """Promises, backlog, worst breaches with adjacent ledgers, and what is not covered."""
    found = log(tmp_path)
    judged = judge_log(found.histories, load_policy("uci"), found.last_at)
    told = json.loads(json.dumps(figures_of(judged, found)))
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


def test_both_figures_are_of_the_whole_log_when_seen_at_its_end(tmp_path: Path) -> None:
    """Two tickets, one of them open; money is left out."""
    found = log(tmp_path)
    told = {each.name: each for each in both_figures(found.histories, found.last_at, "UTC")}

    assert told["tickets-opened"].honest.value == 2
    assert told["backlog-count"].honest.value == 1
    assert "cost-so-far" not in told


def test_both_figures_are_none_when_no_ticket_was_there_yet(tmp_path: Path) -> None:
    """There is nothing to measure."""
    found = log(tmp_path)

    assert both_figures(found.histories, datetime(2000, 1, 1, tzinfo=UTC), "UTC") == ()


def test_zones_are_told_when_the_log_is_read_in_none_of_the_policy(tmp_path: Path) -> None:
    """A log of New York judged by hours in Berlin is one line; its own zone and UTC are none."""
    quality, policy = log(tmp_path).quality, load_policy("uci")
    (zone,) = {
        each.zone for name, each in policy.calendars.items() if name not in {"always", "never"}
    }
    for same in (zone, "UTC"):
        told = findings_of(attrs.evolve(quality, zone=same), policy)
        assert "zones of calendars" not in {each.what for each in told}
    other = attrs.evolve(quality, zone="America/New_York")
    told = findings_of(other, policy)
    assert (told[1].what, told[1].how_much) == ("zones of calendars", zone)
    assert "the log is read in America/New_York" in quality_text(other, told)
    assert "zones of calendars" not in quality_text(other)


def test_quality_text_says_one_when_there_is_one(tmp_path: Path) -> None:
    """One row is no rows."""
    one = attrs.evolve(log(tmp_path).quality, rows=1, tickets=1, columns=1)
    assert ": 1 row, 1 ticket, 1 column\n" in quality_text(one)


def test_untold_is_what_rows_and_columns_leave_out(tmp_path: Path) -> None:
    """One row a ticket has no history, answers are told by their rule, owners by their column."""
    log = read_log(write_log(tmp_path), load_mapping(write_mapping(tmp_path)))
    never = attrs.evolve(log.quality, first_response="never")
    rows = attrs.evolve(log.quality, row_kind="tickets")
    columns = {role: name for role, name in log.mapping.columns.items() if role != "assignee"}
    unowned = attrs.evolve(log.mapping, columns=columns)

    assert untold_of(log) == frozenset()
    assert untold_of(attrs.evolve(log, quality=never)) == {"answers"}
    assert untold_of(attrs.evolve(log, quality=rows)) == {"answers", "history"}
    assert untold_of(attrs.evolve(log, mapping=unowned)) == {"owners"}
