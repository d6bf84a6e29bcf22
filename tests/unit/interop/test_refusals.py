"""What a log is refused for leads to the line, and to the key of the mapping to correct."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from itsm_core.errors import LogError
from itsm_core.interop import load_mapping, read_log, read_xes
from itsm_core.interop._refusals import refuse_no_log
from tests.unit.interop.sample import HEADER, ROWS, write_log, write_mapping


def test_refusal_names_every_unmapped_value_at_once(tmp_path: Path) -> None:
    """Each with its rows and its first line, so that one round mends the mapping."""
    text = "\n".join((HEADER, *ROWS)).replace("Arbeit", "Arbeet").replace("tief", "low")
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    with pytest.raises(LogError) as refused:
        read_log(tmp_path / "log.csv", load_mapping(write_mapping(tmp_path)))
    told = str(refused.value)

    assert "state 'Arbeet' in column 'Status': 2 rows, line 3 (did you mean 'Arbeit'?)" in told
    assert "priority 'low' in column 'Prio': 3 rows, line 2" in told
    assert "[states] (or ignored_states) and [values.priority]" in told


def test_state_on_hold_is_refused_with_why_when_its_reason_is_empty(tmp_path: Path) -> None:
    """That nothing near it is mapped would send the reader to the wrong column."""
    text = "number,state,hold_reason,changed\nT1,On Hold,,2026-01-05\n"
    mapping = (
        'zone = "UTC"\n[file]\ndate_format = "%Y-%m-%d"\n[columns]\nticket = "number"\n'
        'state = "state"\nhold_reason = "hold_reason"\nupdated_at = "changed"\n'
        'opened_at = "changed"\n[states]\n'
        '"On Hold: Vendor" = { state = "on_hold", reason = "awaiting_supplier" }\n'
    )
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    with pytest.raises(
        LogError, match="state 'On Hold' in column 'state': 1 row, line 2"
    ) as refused:
        read_log(tmp_path / "log.csv", load_mapping(tmp_path / "map.toml"))

    assert "only with a reason, and 'hold_reason' is empty" in str(refused.value)


def test_refusal_is_bounded_when_a_column_is_the_wrong_one(tmp_path: Path) -> None:
    """A column of texts has as many values as rows."""
    rows = [ROWS[0].replace("Neu", f"text {n}") for n in range(500)]
    with pytest.raises(LogError) as refused:
        read_log(write_log(tmp_path, *rows), load_mapping(write_mapping(tmp_path)))

    assert "490 more values" in str(refused.value)
    assert len(str(refused.value)) < 1500


@pytest.mark.parametrize(("mark", "written"), [(";", '";"'), ("\t", '"\\t"'), ("|", '"|"')])
def test_wrong_delimiter_is_recognised_when_the_header_holds_another(
    tmp_path: Path, mark: str, written: str
) -> None:
    """Twelve missing columns would send the reader to the wrong place."""
    text = "\n".join((HEADER, *ROWS)).replace(",", mark)
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    with pytest.raises(LogError, match=r"correct file\.delimiter") as refused:
        read_log(tmp_path / "log.csv", load_mapping(write_mapping(tmp_path)))

    assert f"delimiter = {written}" in refused.value.remedy


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("line", [2, 4_000, 9_999])
def test_undecodable_byte_is_told_with_its_line(tmp_path: Path, line: int, packed: bool) -> None:
    """The decoder reads ahead of the rows; the line is that of the byte all the same."""
    lines = [HEADER.encode(), *(ROWS[0].encode() for _ in range(9_999))]
    lines[line - 1] = ROWS[0].encode().replace(b"carl", b"J\xfcrgen")
    data = b"\r\n".join(lines)
    path = tmp_path / "log.csv"
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(LogError) as refused:
        read_log(path, load_mapping(write_mapping(tmp_path)))

    assert refused.value.where == f"log.csv:{line}"
    assert "cp1252" in refused.value.remedy
    assert "latin-1" in refused.value.remedy
    assert "'ürgen" in refused.value.remedy


def test_pipe_is_refused_as_one_when_it_is_named_as_a_log() -> None:
    """It has no size and is read once: `<(cat log.csv)` is not an empty file."""
    read, write = os.pipe()
    try:
        with open(read, "rb", closefd=False) as raw, pytest.raises(LogError) as refused:
            refuse_no_log(raw, Path("/dev/fd/63"))
    finally:
        os.close(read)
        os.close(write)
    assert "/dev/fd/63: it is a pipe or a device" in str(refused.value)
    assert "a pipe cannot be read twice: write it to a file" in str(refused.value)


def test_store_is_refused_as_one_when_it_is_named_as_a_log(tmp_path: Path) -> None:
    """Whether the mapping is of a table or of JSON, and what reads it is said."""
    path = tmp_path / "desk.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(100))
    with pytest.raises(LogError, match="this is a SQLite store") as refused:
        read_log(path, load_mapping("servicenow_uci"))
    assert "`itsm-core export`" in str(refused.value)
    with pytest.raises(LogError, match="this is a SQLite store"):
        read_log(path, load_mapping("zendesk_audits"))
    with pytest.raises(LogError, match="this is a SQLite store"):
        read_xes(path)
