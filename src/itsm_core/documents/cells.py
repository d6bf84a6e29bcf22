"""Write CSV for spreadsheets: no cell becomes a formula, and every text comes back as it was.

A cell that begins with `=`, `+`, `-`, `@`, a tab or a line break is a formula to some program, and
so is one that begins with the same sign in another width, or after blanks that are thrown away. The
apostrophe that keeps it a text is put before such a sign, also after a mark within the cell that
another program may take for the end of a cell. `original_cell` takes it out again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from itsm_core.errors import CodecError

__all__ = ["Cell", "csv_text", "original_cell", "read_csv_text", "safe_cell"]

Cell = str | int | Decimal | None
"""What a cell may hold. A number is written as a number, `None` as an empty cell."""

_SIGNS: Final = "=+\\-@\t\r\n＝＋－＠﹦﹢﹣﹫−"
_ENDS: Final = ',;|\t\r\n"'
_BLANKS: Final = (
    " \x00-\x08\v\f\x0e-\x1f\x7f\x85\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2069"
    "\u3000\ufeff"
)

# An apostrophe where one would be put is kept by a second one, so that nothing is ambiguous.
_to_mark: Final = re.compile(f"(^|[{_ENDS}])([{_BLANKS}]*)(?=['{_SIGNS}])")
_marked: Final = re.compile(f"(^|[{_ENDS}])([{_BLANKS}]*)'(?=['{_SIGNS}])")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> safe_cell("=1+1"), safe_cell("a-b"), safe_cell("x;@SUM(A1)")
    ("'=1+1", 'a-b', "x;'@SUM(A1)")
    """
    return _to_mark.sub(r"\1\2'", text)


def original_cell(text: str) -> str:
    """Return the text of which `safe_cell` made this one.

    >>> original_cell(safe_cell("-5 'quoted'"))
    "-5 'quoted'"
    """
    return _marked.sub(r"\1\2", text)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a CSV file as text: comma, quotation marks around every text, CR LF (RFC 4180).

    Write it with `newline=""`, or the line ends are changed.

    Raises:
        CodecError: a row has not as many cells as the header, or a cell holds something else.

    >>> print(csv_text(["ticket", "open days"], [["=cmd|!A0", 3]]).splitlines()[1])
    "'=cmd|!A0",3
    """
    made = io.StringIO(newline="")
    writer = csv.writer(made, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in header])
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            what = f"{len(row)} cells under {len(header)} names"
            raise CodecError(what, f"row {number}", remedy="give every name its cell")
        writer.writerow([_written(cell, f"row {number}") for cell in row])
    return made.getvalue()


def read_csv_text(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of what `csv_text` wrote, the header first, every cell as its text.

    Raises:
        CodecError: it is no CSV.

    >>> from itsm_core.documents.cells import csv_text, read_csv_text
    >>> text = csv_text(["ticket", "title"], [["INC-1", "=1+1"]])
    >>> read_csv_text(text)
    (('ticket', 'title'), ('INC-1', '=1+1'))
    """
    try:
        rows = [*csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        raise CodecError(f"no CSV ({error})", "text", text[:80]) from error
    return tuple(tuple(map(original_cell, row)) for row in rows)


def _written(cell: object, where: str) -> str | int | Decimal:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_cell(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | Decimal):
        remedy = "write it as a text, a whole number or a Decimal"
        raise CodecError("no cell", where, type(cell).__name__, remedy)
    return cell
