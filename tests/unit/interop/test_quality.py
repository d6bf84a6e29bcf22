"""Data quality: counted by hand on small logs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import attrs

from itsm_core.interop import DataQuality, load_mapping, read_log
from tests.unit.interop import test_milestones as milestones
from tests.unit.interop.exports import CHANGE_ROWS, CHANGES, read
from tests.unit.interop.sample import MAPPING, ROWS, ticket, write_log, write_mapping


def quality(folder: Path, *rows: str, mapping: str = MAPPING) -> DataQuality:
    """Return the data quality of a log."""
    return read_log(write_log(folder, *rows), load_mapping(write_mapping(folder, mapping))).quality


def test_quality_counts_the_file_when_read(tmp_path: Path) -> None:
    """Rows, tickets, columns and the span of the log are told."""
    found = quality(tmp_path)
    assert (found.rows, found.tickets, found.columns) == (7, 2, 12)
    assert found.first_at == datetime(2016, 1, 4, 8, 0, tzinfo=UTC)
    assert found.last_at == datetime(2016, 1, 11, 9, 0, tzinfo=UTC)


def test_quality_counts_future_knowledge_when_a_column_is_back_filled(tmp_path: Path) -> None:
    """Four rows of T1 tell when it will be resolved before it is; T2 tells nothing."""
    assert quality(tmp_path).back_filled == (("Solved", 4),)


def test_quality_counts_early_results_when_a_back_filled_column_is_no_date(
    tmp_path: Path,
) -> None:
    """A text counts on each row before the first resolved one."""
    found = quality(tmp_path, mapping=MAPPING.replace('["Solved"]', '["Kept"]'))
    assert found.back_filled == (("Kept", 5),)


def test_quality_reads_each_row_when_a_back_filled_date_changes(tmp_path: Path) -> None:
    """A date that is not constant is compared with each row's own time."""
    rows = (ROWS[0], ROWS[1].replace("06.01.2016 10:00,", "04.01.2016 10:00,"), *ROWS[2:5])
    assert quality(tmp_path, *rows).back_filled == (("Solved", 3),)


def test_quality_counts_backward_and_equal_times_when_they_occur(tmp_path: Path) -> None:
    """One row earlier than the one before, one at the same time."""
    rows = ticket(
        ("Neu", "04.01.", "10:00"),
        ("Arbeit", "04.01.", "09:30"),
        ("Fertig", "04.01.", "09:30"),
    )
    found = quality(tmp_path, *rows)
    assert (found.tickets_going_backwards, found.rows_equal_time) == (1, 1)
    assert found.rows_at_held_time == 2


def test_quality_counts_gaps_when_the_counter_skips(tmp_path: Path) -> None:
    """T1 lacks its third row: one gap; only T2 is complete from 0."""
    found = quality(tmp_path, *ROWS[:2], *ROWS[3:])
    assert (found.counter_gaps, found.tickets_counter_complete) == (1, 1)


def test_quality_counts_repeats_when_a_number_comes_twice(tmp_path: Path) -> None:
    """A sequence number that stands twice is told."""
    assert quality(tmp_path, ROWS[0], ROWS[0]).tickets_counter_repeated == 1


def test_quality_counts_ignored_states_and_late_starts_when_they_occur(tmp_path: Path) -> None:
    """Rows without a known state and tickets whose beginning is missing are told."""
    found = quality(tmp_path, *ticket(("Arbeit", "04.01.", "10:00"), ("-100", "04.01.", "11:00")))
    assert found.ignored_states == (("-100", 1),)
    assert found.tickets_late_start == 1


def test_findings_begin_with_the_zone_when_it_is_assumed(tmp_path: Path) -> None:
    """What everything else rests on comes first, and says that it is an assumption."""
    text = MAPPING.replace("[file]", '[file]\ndelimiter = ","', 1).replace(
        'zone = "Europe/Berlin"', 'zone = "UTC"\nzone_assumed = "nobody wrote it down"'
    )
    first = quality(tmp_path, mapping=text).findings()[0]
    assert first == ("time zone", "UTC", "ASSUMED: nobody wrote it down")


def test_findings_tell_clock_changes_when_readings_are_doubtful(tmp_path: Path) -> None:
    """A reading in a gap is in the report."""
    found = quality(tmp_path, *ticket(("Neu", "27.03.", "02:30"))).findings()
    assert ("clock changes", "1 in a gap, 0 ambiguous") in [row[:2] for row in found]


def test_quality_is_plain_json_when_asked(tmp_path: Path) -> None:
    """Every count is in the JSON, instants as text."""
    told = json.loads(json.dumps(quality(tmp_path).to_json()))
    assert told["rows"] == 7
    assert told["missing"]["Owner"] == 2
    assert told["first_at"] == "2016-01-04T08:00:00+00:00"


def test_findings_do_not_speak_of_a_counter_when_none_is_mapped(tmp_path: Path) -> None:
    """Nobody has looked for gaps: zero of them would be a claim."""
    found = quality(tmp_path, mapping=MAPPING.replace('sequence = "Version"\n', ""))
    told = {what: f"{much} {note}" for what, much, note in found.findings()}

    assert not {"gaps in the counter", "repeated counter"} & set(told)
    assert told["order of rows"].startswith("no sequence column")
    assert "the order of the file is trusted" in told["times going backwards"]
    assert found.to_json()["counter_gaps"] is None


def test_findings_name_units_and_zone_when_they_count(tmp_path: Path) -> None:
    """A figure without its unit can be anything; a time without its zone, too."""
    told = {what: much for what, much, _ in quality(tmp_path, *ROWS[:2], *ROWS[3:]).findings()}

    assert told["gaps in the counter"] == "1 gap; 1 of 2 tickets complete"
    assert told["span of the log"] == "2016-01-04 09:00 to 2016-01-11 10:00 (Europe/Berlin)"


def test_quality_tells_lines_when_dates_are_implausible(tmp_path: Path) -> None:
    """1900 stands for "unknown", 3000 is a slip, and nobody opens a ticket after its last row."""
    rows = [
        ROWS[6].replace("T2", f"T{n}").replace("05.01.2016 12:00,05.01.2016 12:00", dates)
        for n, dates in enumerate(
            (
                "05.01.2016 12:00,01.01.1900 00:00",
                "05.01.3000 12:00,05.01.2016 12:00",
                "05.01.2016 12:00,06.01.2016 12:00",
                "05.01.2016 12:00,05.01.2016 12:00",
                "05.01.2016 12:00,05.01.2099 12:00",
            )
        )
    ]
    found = quality(tmp_path, *rows)
    assert set(found.implausible) == {
        ("opened before 1970", 1, (2,)),
        ("updated more than 50 years from the middle of the log", 1, (3,)),
        ("opened after the last update", 1, (4,)),
        ("opened more than 50 years from the middle of the log", 1, (6,)),
    }
    assert ("1 opened before 1970, line 2") in [much for _, much, _ in found.findings()]


def test_quality_keeps_the_span_when_a_date_is_far_from_the_others(tmp_path: Path) -> None:
    """Otherwise one slip of the hand would let every open ticket wait a thousand years."""
    strays = ROWS[6].replace("T2", "T3").replace("05.01.2016", "05.01.3000")
    found = quality(tmp_path, *ROWS, strays)
    assert found.last_at == datetime(2016, 1, 11, 9, 0, tzinfo=UTC)


def test_poor_form_is_named_when_a_row_is_a_ticket(tmp_path: Path) -> None:
    """What such a file cannot tell is said instead of what it did not show."""
    row = "1,new,08:00 2026-01-05,,09:00 2026-01-05,,,,,\n"
    found = read(tmp_path, milestones.HEAD + row, milestones.MAPPING).quality.findings()
    told = {what: how_much for what, how_much, _ in found}
    assert told["one row a ticket"] == "1 in all"
    assert "late start" not in told
    assert "order of rows" not in told


def test_order_is_that_of_instants_when_a_log_holds_changes(tmp_path: Path) -> None:
    """No counter of the log's is claimed to have been looked at."""
    quality = read(tmp_path, "\n".join(CHANGE_ROWS), CHANGES).quality
    assert ("order of changes", "by their instants") in [each[:2] for each in quality.findings()]
    assert quality.to_json()["counter_gaps"] is None


def test_findings_say_one_when_they_count_one(tmp_path: Path) -> None:
    """One row is no rows."""
    quality = read_log(write_log(tmp_path), load_mapping(write_mapping(tmp_path))).quality
    one = attrs.evolve(quality, rows_equal_time=1, tickets_late_start=1, rows_at_held_time=1)
    told = {what: how_much for what, how_much, _ in one.findings()}
    assert told["equal timestamps"].startswith("1 row (")
    assert told["late start"] == "1 ticket"
    assert told["times going backwards"].endswith("tickets, 1 row")
