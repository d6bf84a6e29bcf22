"""Reading files: order, missing cells, and every way in which a file can be broken."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import attrs
import pytest

from itsm_core.errors import LogError
from itsm_core.interop import LogMapping, load_mapping, read_log
from itsm_core.interop._dates import DateReader
from itsm_core.interop._table import LogTable, read_table
from tests.unit.interop.sample import HEADER, ROWS, write_log, write_mapping


@pytest.fixture
def mapping(tmp_path: Path) -> LogMapping:
    """Return the sample mapping."""
    return load_mapping(write_mapping(tmp_path))


def table(path: Path, mapping: LogMapping, most_rows: int = 1000) -> LogTable:
    """Return the table of a file."""
    return read_table(path, DateReader(mapping, path.name), most_rows=most_rows)


def refusal(path: Path, mapping: LogMapping, most_rows: int = 1000) -> str:
    """Return what the reader says to a broken file."""
    with pytest.raises(LogError) as refused:
        table(path, mapping, most_rows)
    return str(refused.value)


def test_read_table_groups_rows_when_tickets_are_mixed(tmp_path: Path, mapping: LogMapping) -> None:
    """Rows of one ticket come together in the order of the sequence column."""
    mixed = (ROWS[3], ROWS[6], ROWS[1], ROWS[0], ROWS[2])
    found = table(write_log(tmp_path, *mixed), mapping)
    assert [row.sequence for row in found.tickets["T1"]] == [0, 1, 2, 3]
    assert [row.line for row in found.tickets["T1"]] == [5, 4, 6, 2]
    assert (found.rows, len(found.tickets)) == (5, 2)


def test_read_table_keeps_file_order_when_no_sequence_is_mapped(
    tmp_path: Path, mapping: LogMapping
) -> None:
    """Without a sequence column the file's order is the order."""
    columns = {role: name for role, name in mapping.columns.items() if role != "sequence"}
    found = table(write_log(tmp_path, *ROWS[:3]), attrs.evolve(mapping, columns=columns))
    assert [row.line for row in found.tickets["T1"]] == [2, 3, 4]


def test_read_table_counts_missing_when_cells_hold_the_marker(
    tmp_path: Path, mapping: LogMapping
) -> None:
    """The marker and the empty cell are both missing, and become empty text."""
    found = table(write_log(tmp_path), mapping)
    assert dict(found.missing)["Owner"] == 2
    assert found.tickets["T1"][0].cells.assignee == ""


def test_read_table_unpacks_when_gzip_has_another_name(tmp_path: Path, mapping: LogMapping) -> None:
    """Gzip is told by its first bytes."""
    path = tmp_path / "log.csv"
    path.write_bytes(gzip.compress(write_log(tmp_path).read_bytes()))
    assert table(path, mapping).rows == len(ROWS)


def test_read_table_tells_progress_when_asked(tmp_path: Path, mapping: LogMapping) -> None:
    """Bytes read and bytes in all are told."""
    told: list[tuple[int, int]] = []
    path = write_log(tmp_path)
    read_table(
        path, DateReader(mapping, path.name), progress=lambda done, all_: told.append((done, all_))
    )
    assert told == [(path.stat().st_size, path.stat().st_size)]


def test_read_table_numbers_lines_when_a_cell_spans_two(
    tmp_path: Path, mapping: LogMapping
) -> None:
    """A quoted line break counts as a line, as an editor counts it."""
    broken = ROWS[0].replace("carl", '"carl\ncool"')
    said = refusal(write_log(tmp_path, broken, ROWS[1].replace("04.01.2016 10", "x")), mapping)
    assert said.startswith("log.csv:4, column 'Changed'")


def test_read_table_refuses_when_the_file_is_missing(tmp_path: Path, mapping: LogMapping) -> None:
    """A missing file is a typed error with its whole path."""
    assert "does not exist" in refusal(tmp_path / "none.csv", mapping)


def test_read_table_refuses_when_given_a_folder(tmp_path: Path, mapping: LogMapping) -> None:
    """A folder is no log."""
    assert "cannot be read" in refusal(tmp_path, mapping)


def test_read_table_refuses_when_the_file_is_empty(tmp_path: Path, mapping: LogMapping) -> None:
    """An empty file holds nothing to judge."""
    path = tmp_path / "log.csv"
    path.touch()
    assert refusal(path, mapping).startswith("log.csv: the file is empty")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("\n", "no header"),
        (HEADER + "\n", "header and no rows"),
        (HEADER + "\nT1,0,Neu\n", "log.csv:2: the row has 3 cells, the header 12"),
        (HEADER + "\n" + ROWS[0].replace("T1", "?") + "\n", "names no ticket"),
        (HEADER + "\n" + ROWS[0].replace(",0,", ",zero,") + "\n", "whole number (got 'zero')"),
        (HEADER + "\n" + ROWS[0].replace("Neu", "Nue") + "\n", "did you mean 'Neu'"),
        (HEADER + '\n"T1,0\n', "log.csv:2: the row cannot be read"),
        (HEADER.replace("Group", "Nr") + "\n", "'Group' (group) is not in the file"),
        (HEADER + ",Nr\n" + ROWS[0] + ",T1\n", "stands twice"),
    ],
)
def test_read_table_refuses_when_content_is_broken(
    tmp_path: Path, mapping: LogMapping, content: str, words: str
) -> None:
    """Each refusal names the place and what is wrong there."""
    path = tmp_path / "log.csv"
    path.write_text(content, encoding="utf-8")
    assert words in refusal(path, mapping)


def test_read_table_lists_columns_when_one_is_missing(tmp_path: Path, mapping: LogMapping) -> None:
    """The refusal suggests the nearest column and lists those that are there."""
    said = refusal(write_log(tmp_path, header=HEADER.replace("Changed", "Changd")), mapping)
    assert "log.csv:1: the mapping's column 'Changed' (updated_at) is not in the file" in said
    assert "did you mean 'Changd'" in said
    assert "columns present: Nr, Version, Status" in said


def test_read_table_refuses_when_gzip_is_truncated(tmp_path: Path, mapping: LogMapping) -> None:
    """A file that ends early is refused, not half read."""
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(write_log(tmp_path).read_bytes())[:-20])
    assert "ends before its data does" in refusal(path, mapping)


def test_read_table_refuses_when_gzip_is_damaged(tmp_path: Path, mapping: LogMapping) -> None:
    """A flipped byte is found."""
    packed = bytearray(gzip.compress(write_log(tmp_path).read_bytes()))
    packed[-6] ^= 0xFF
    path = tmp_path / "log.csv.gz"
    path.write_bytes(packed)
    assert "log.csv.gz" in refusal(path, mapping)


def test_read_table_refuses_when_the_encoding_is_wrong(tmp_path: Path, mapping: LogMapping) -> None:
    """Bytes that are no UTF-8 are refused with the remedy."""
    path = tmp_path / "log.csv"
    path.write_bytes((HEADER + "\n" + ROWS[0].replace("carl", "jörg") + "\n").encode("latin-1"))
    assert "correct file.encoding" in refusal(path, mapping)


def test_read_table_refuses_when_there_are_too_many_rows(
    tmp_path: Path, mapping: LogMapping
) -> None:
    """The budget is a limit, not a surprise."""
    assert "more than 3 rows" in refusal(write_log(tmp_path), mapping, most_rows=3)


def test_read_table_reads_all_rows_when_there_are_thousands(
    tmp_path: Path, mapping: LogMapping
) -> None:
    """Rows are read in pieces, and none is lost between two; blank lines do not count."""
    rows = [ROWS[0].replace("T1", f"T{n}") for n in range(9000)]
    path = write_log(tmp_path, *rows[:4096], "", *rows[4096:])
    found = table(path, mapping, most_rows=9000)
    assert (found.rows, len(found.tickets)) == (9000, 9000)
    assert found.tickets["T8999"][0].line == 9002


@pytest.mark.parametrize("piece", [b"a" * 100_000, b'"x\n",' * 20_000])
def test_read_table_refuses_when_a_row_has_no_end(
    tmp_path: Path, mapping: LogMapping, piece: bytes
) -> None:
    """A small gzip file of one endless row, in one line or many, must not fill the memory."""
    path = tmp_path / "log.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write((HEADER + "\n" + ROWS[0] + "\n").encode())
        for _ in range(300):
            file.write(piece)
    tracemalloc.start()
    try:
        said = refusal(path, mapping)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert said.startswith("log.csv.gz:3: the row is longer than 1,000,000 characters")
    assert peak < 25_000_000


def test_read_table_says_so_when_no_byte_but_the_whole_text_is_undecodable(
    tmp_path: Path, mapping: LogMapping
) -> None:
    """UTF-16 begins with a mark; without it the decoder gives up as a whole."""
    said = refusal(write_log(tmp_path), attrs.evolve(mapping, encoding="utf-16"))
    assert said.startswith("log.csv:1: the text is not utf-16")
    assert "file.encoding" in said


def test_read_table_bounds_the_message_when_there_are_thousands_of_columns(
    tmp_path: Path, mapping: LogMapping
) -> None:
    """Forty columns are listed, the rest counted, and no terminal obeys them."""
    header = ",".join(["\x1b[31mred", *(f"c{n}" for n in range(100_000))])
    said = refusal(write_log(tmp_path, header=header), mapping)
    assert len(said) < 3_000
    assert "and 99,961 more" in said
    assert "\x1b" not in said


@pytest.mark.parametrize("text", ['{"issues": []}', "[1,2]", "<log/>"])
def test_read_table_refuses_when_the_file_is_no_table(tmp_path: Path, text: str) -> None:
    """A mapping that calls it CSV is told what it is."""
    path = tmp_path / "log.csv"
    path.write_text(f"{text}\n", encoding="utf-8")
    with pytest.raises(LogError, match=r"log\.csv:1: the file is no table but JSON or XML"):
        read_log(path, load_mapping(write_mapping(tmp_path)))
