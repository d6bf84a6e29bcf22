"""CSV for spreadsheets: no formula gets out, every text comes back (law R8)."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.documents.cells import csv_text, original_cell, read_csv_text, safe_cell
from itsm_core.errors import CodecError

SIGNS = "=+-@\t\r\n＝＋－＠﹦﹢﹣﹫−"
"""What a spreadsheet may take for the beginning of a formula: OWASP's list, in every width."""

TRICKY = st.text(alphabet=f"{SIGNS} ,;|\"'aé1\u00a0\u200b\ufeff", max_size=12)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        " =1",
        "\ufeff=1",
        "\u00a0=1",
        "\0=1",
        "\x1c=1",
        "\u00ad=1",
        "\u2066=1",
        '"=1',
        "x;=1",
        "x,=1",
        "x\n=1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_cell_is_a_text_when_it_looks_like_a_formula(text: str) -> None:
    """Each of these runs in some program, or would behind another separator."""
    assert safe_cell(text) != text
    assert original_cell(safe_cell(text)) == text


@pytest.mark.parametrize("text", ["", "INC-1", "a=b", "don't", "3-4", "Bob's @ home", "x - y"])
def test_cell_stays_as_it_is_when_it_is_harmless(text: str) -> None:
    """Nobody wants apostrophes in ordinary words."""
    assert safe_cell(text) == text


@given(TRICKY | st.text(max_size=20))
def test_text_comes_back_when_read_again(text: str) -> None:
    """Nothing is lost, whatever it is, apostrophes included."""
    assert original_cell(safe_cell(text)) == text


@given(TRICKY)
def test_no_cell_begins_a_formula_when_split_by_any_separator(text: str) -> None:
    """Whatever a program takes for the end of a cell, the next one is no formula."""
    for cell in re.split('[,;|\t\r\n"]', safe_cell(text)):
        bare = cell.lstrip(" \u00a0\u200b\ufeff")
        assert not bare or bare[0] not in SIGNS


@given(st.lists(st.lists(TRICKY, min_size=2, max_size=2), max_size=4))
def test_rows_come_back_when_written_as_csv(rows: list[list[str]]) -> None:
    """The whole way, line breaks in cells included."""
    text = csv_text(["=a", "b"], rows)
    assert read_csv_text(text) == (("=a", "b"), *map(tuple, rows))


def test_csv_is_what_others_read_when_written() -> None:
    """Python's own reader finds the cells, guarded; numbers are numbers, nothing is empty."""
    text = csv_text(["a", "b", "c", "d"], [["=1", -5, Decimal("2.50"), None]])
    assert text == '"a","b","c","d"\r\n"\'=1",-5,2.50,""\r\n'
    assert [*csv.reader(io.StringIO(text, newline=""))][1] == ["'=1", "-5", "2.50", ""]


@pytest.mark.parametrize("cell", [True, 1.5, b"x", ["a"]])
def test_cell_is_refused_when_it_is_neither_text_nor_number(cell: object) -> None:
    """A float has more than one spelling, a bool none that all agree on."""
    with pytest.raises(CodecError, match="row 2"):
        csv_text(["a"], [[cell]])  # type: ignore[list-item]


def test_row_is_refused_when_it_has_another_length() -> None:
    """A cell under the wrong name is worse than none."""
    with pytest.raises(CodecError, match=r"row 3: 1 cells under 2 names"):
        csv_text(["a", "b"], [["1", "2"], ["1"]])


def test_text_is_refused_when_it_is_no_csv() -> None:
    """A quotation mark that never ends."""
    with pytest.raises(CodecError, match="no CSV"):
        read_csv_text('"a')
