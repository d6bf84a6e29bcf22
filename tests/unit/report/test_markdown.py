"""The report as Markdown says what the page says, and nothing from outside forms markup."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain

import attrs
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from itsm_core.metrics import METRICS, CaseLog, measure
from itsm_core.report import answers, build_report, markdown
from tests.unit.report.cases import judged, report, story
from tests.unit.report.monday import HOSTILE, monday, with_findings


def tokens(text: str) -> list[Token]:
    """Return what a parser of CommonMark with tables and raw HTML makes of it."""
    blocks = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    return [*blocks, *chain.from_iterable(block.children or () for block in blocks)]


def test_markdown_has_a_heading_for_each_section() -> None:
    """Those of the page, the quality first and the small print last."""
    found = monday()
    lines = [line for line in markdown(found).splitlines() if line.startswith("## ")]

    assert lines == [
        "## How good the data is",
        *(f"## {each.title}" for each in answers(found)),
        "## What these numbers do not say",
    ]


def test_markdown_begins_with_the_answers() -> None:
    """A line a section, what is pressing marked."""
    text = markdown(monday())

    assert "- **Promises kept**: Weakest: resolution for P2, with 3 of 3 broken." in text
    assert "- **Signal or noise**: **Look here.** Out of the ordinary in the week of" in text


@pytest.mark.parametrize(
    "row",
    [
        "| response P2 | 3 | 0 | 0 | 100% | 43.9% to 100% |",
        "| resolution all | 0 | 3 | 0 | 0% | 0% to 56.1% |",
        "| Half are resolved within | 6.5 h | 47.1 h (40.0 h to 50.0 h) |",
        "| came by a channel that is not official | 2 |",
        "| bounced | once | 1 |",
        "| 2 Feb 2026 | 20 | 20 |",
        "| T4 | Printer | 13 days | 13 days | the owner’s work | Printer |",
        "| F00 | Printer · export | 12 times since 8 Jan 2026",
    ],
)
def test_markdown_has_the_figures_as_tables(row: str) -> None:
    """One of each section."""
    assert row in markdown(monday())


def test_markdown_says_why_the_first_is_the_worst() -> None:
    """As on the terminal, line by line."""
    assert "### Why T4 is the worst" in markdown(monday())


def test_markdown_is_harmless_when_every_text_is_hostile() -> None:
    """A parser that lets raw HTML through finds none, no link, no code, no line of its own."""
    text = markdown(monday(HOSTILE))
    kinds = {token.type for token in tokens(text)}

    assert not {"html_block", "html_inline", "link_open", "image", "code_inline"} & kinds
    assert not {"fence", "code_block"} & kinds
    assert not {"\x1b", "\u202e", "\r"} & set(text)
    assert "http://" not in text


def test_tables_keep_their_columns_when_texts_are_hostile() -> None:
    """A pipe in a title opens no column: every row of a table has as many cells as its head."""
    widths: list[set[int]] = []
    cells = 0
    for token in tokens(markdown(monday(HOSTILE))):
        if token.type == "table_open":
            widths.append(set())
        elif token.type == "tr_open":
            cells = 0
        elif token.type in {"td_open", "th_open"}:
            cells += 1
        elif token.type == "tr_close":
            widths[-1].add(cells)

    assert len(widths) > 8
    assert all(len(width) == 1 for width in widths)


def test_markdown_is_short_when_there_is_little_to_say() -> None:
    """No empty tables: a desk of one ticket, and one of none."""
    plain = report(story(1))

    assert "Past the desk" not in markdown(plain)
    assert "Judged as of Mon 16 Feb 2026 00:00 (UTC)." in markdown(plain)
    assert "| Waits for |" not in markdown(plain)
    assert "| Candidate |" not in markdown(attrs.evolve(plain, problems=()))


def test_long_tables_are_cut_and_say_so() -> None:
    """Whoever has more reads them in the JSON."""
    assert "20 more are not shown." in markdown(with_findings(report(story(1)), 120))


def test_markdown_is_the_same_when_made_again() -> None:
    """Nothing depends on the clock."""
    assert markdown(monday()) == markdown(monday())


def test_markdown_says_unknown_when_the_log_has_one_row_a_ticket() -> None:
    """No holder and no reopening is claimed; figures that rest on them are named as unknown."""
    late = story(2, resolved_after=timedelta(days=4), groups=())
    log = CaseLog.of([late])
    found = build_report(
        judged(late, story(3, resolved_after=timedelta(days=5), groups=())),
        most_worst=1,
        figures=[measure(log, METRICS["reopened-within-7d"], log.whole())],
        untold=["history", "owners"],
    )
    told = markdown(found)

    assert "| not told by the log " in told
    assert "no group" not in told
    assert "Shown: 1 of 2 broken promises." in told
    assert "Unknown, for the log does not tell it: Reopened within a week" in told
    assert "0.0%" not in told
