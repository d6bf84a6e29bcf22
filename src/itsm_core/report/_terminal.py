"""The report for a terminal: plain text always, with colours where rich is installed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from importlib.util import find_spec
from io import StringIO
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._untold import UNTOLD
from itsm_core.report._answers import answers
from itsm_core.report._headline import (
    cautions,
    flow,
    headline,
    notes,
    period,
    worst_shown,
)
from itsm_core.report._model import Promise, Repeats, Report
from itsm_core.report._words import clean, count, duration, percent, times

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["terminal"]

_NARROWEST: Final = 40
_BAR: Final = 20
_SHORTEST_BAR: Final = 5
_ASCII: Final = str.maketrans(
    {"’": "'", "−": "-", "–": "-", "…": "~", "·": "-", "█": "#", "░": "."}
)


@attrs.frozen(kw_only=True)
class _Block:
    """Hold one piece of the summary: a heading, a paragraph, or a table below either."""

    heading: str = ""
    text: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    words: bool = False


def terminal(report: Report, *, color: bool = False, width: int = 96) -> str:
    """Return a summary of at most `width` columns, ending in a line end.

    Plain text is ASCII but for what tickets are called. With `color=True` it carries terminal
    colours if rich is installed, and is plain text otherwise. Control characters in texts from
    outside are gone either way.

    Raises:
        InvalidValue: `width` is below 40.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report, terminal
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> text = terminal(report, width=80)
    >>> next(line for line in text.splitlines() if line.startswith("Reopened"))
    'Reopened: 8 of 200 tickets (4.0%), at most once'
    >>> terminal(report, width=20)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a terminal narrower than 40 columns: 20; pass width=40 or
        more
    """
    if width < _NARROWEST:
        raise InvalidValue("a terminal narrower than 40 columns", width, "pass width=40 or more")
    blocks = list(_blocks(report, width))
    if color and find_spec("rich") is not None:
        return _rich(blocks, width)
    return "".join(_plain(block, width) for block in blocks)


# --- content -----------------------------------------------------------------------------------


def _blocks(report: Report, width: int) -> Iterator[_Block]:
    if report.findings:
        yield _Block(
            heading="Data quality",
            head=("finding", "how much", "what was done"),
            rows=tuple(
                (clean(found.what), clean(found.how_much), clean(found.note, 300))
                for found in report.findings
            ),
            words=True,
        )
    cautioned = "".join(f"\n! {clean(line, 400)}" for line in cautions(report))
    said = f"{headline(report)}\n{period(report)}{cautioned}"
    yield _Block(heading=clean(report.title), text=said)
    pressing = [each for each in answers(report) if each.is_pressing]
    if pressing:
        lines = [f"- {each.title}: {clean(each.text, 600)}" for each in pressing]
        yield _Block(heading="Look here", text="\n".join(lines))
    if report.promises:
        yield _promises(report, width)
    if report.worst:
        # A log without titles needs no column for them.
        titled = any(worst.title for worst in report.worst)
        yield _Block(
            heading="Worst breaches",
            text=worst_shown(report),
            head=("ticket", "promise", "late", "of goal", "counted", "title")[: 5 + titled],
            rows=tuple(
                (
                    clean(worst.ticket_id),
                    clean(f"{worst.clock.name} {worst.clock.priority or ''}"),
                    duration(worst.late),
                    times(worst.overrun_ratio),
                    duration(worst.clock.elapsed),
                    clean(worst.title, 60),
                )[: 5 + titled]
                for worst in report.worst
            ),
            words=True,
        )
        first = report.worst[0]
        yield _Block(
            heading=f"Why {clean(first.ticket_id)} is the worst",
            text="\n".join(clean(line, 200) for line in first.explanation),
        )
    yield from _work(report)
    yield _Block(heading="Mind", text="\n".join(f"- {note}" for note in notes(report)[:2]))


def _promises(report: Report, width: int) -> _Block:
    """Return the promises with a bar each, as long as the line has room: none is cut."""
    told = (*report.promises, *report.totals)
    head = ("promise", "", "kept", "broken", "undec.", "share", "95% interval", "")
    sizes = (max(map(len, column)) for column in zip(head, *map(_promise, told), strict=True))
    room = width - sum(sizes) - 2 * (len(head) - 1)
    bar = min(_BAR, room) if room >= _SHORTEST_BAR else 0
    rows = tuple((*_promise(each)[:-1], _bar(each, bar)) for each in told)
    return _Block(heading="Promises kept", head=head, rows=rows)


def _bar(promise: Promise, length: int) -> str:
    filled = int(promise.kept_ratio * length) if promise.decided else 0
    return "█" * filled + "░" * (length - filled)


def _promise(promise: Promise) -> tuple[str, ...]:
    """Return the cells of a promise, the last of them for its bar."""
    low, high = promise.interval
    known = promise.decided > 0
    return (
        clean(promise.metric),
        clean(promise.priority or "all"),
        count(promise.kept),
        count(promise.broken),
        count(promise.undecided),
        percent(promise.kept_ratio) if known else "–",
        f"{percent(low)} – {percent(high)}" if known else "–",
        "",
    )


def _work(report: Report) -> Iterator[_Block]:
    """Yield backlog, repeats and flow."""
    if report.backlog:
        yield _Block(
            heading=f"Still open: {count(report.open_tickets)}",
            head=("age", *(clean(name or "none") for name in report.priorities), "all"),
            rows=tuple(
                (band.label, *(count(number) for number in band.counts), count(band.total))
                for band in report.backlog
            ),
        )
    repeated = {"Reopened": report.reopenings, "Bounced (A to B and back to A)": report.bounces}
    lines = [
        f"{name}: unknown: {UNTOLD}"
        if "history" in report.untold
        else _repeats(name, repeats, report.tickets)
        for name, repeats in repeated.items()
    ]
    yield _Block(heading="Not done the first time", text="\n".join(lines))
    if report.weeks:
        yield _Block(heading="Week by week", text="\n".join(flow(report)))


def _repeats(name: str, repeats: tuple[Repeats, ...], tickets: int) -> str:
    touched = sum(entry.tickets for entry in repeats)
    share = percent(touched / tickets) if tickets else "0%"
    most = f", at most {repeats[-1].label}" if repeats and not repeats[-1].or_more else ""
    return f"{name}: {count(touched)} of {count(tickets)} tickets ({share}){most}"


# --- plain -------------------------------------------------------------------------------------


def _plain(block: _Block, width: int) -> str:
    lines: list[str] = []
    if block.heading:
        heading = clean(block.heading, width)
        lines += ["", heading, "-" * len(heading)]
    for line in block.text.splitlines():
        lines += textwrap.wrap(line, width, subsequent_indent="  " if line[:1] in "-!· " else "")
    if block.rows:
        lines += _columns(block, width)
    return "\n".join(lines).translate(_ASCII) + "\n"


def _columns(block: _Block, width: int) -> list[str]:
    """Return aligned columns; the last one is cut where the line would be too long."""
    table = [block.head, *block.rows]
    sizes = [max(len(row[n]) for row in table) for n in range(len(block.head))]
    left = {0, 1, len(block.head) - 1} if block.head[-1] == "" else {0}
    lines: list[str] = []
    for row in table:
        cells = [
            cell.ljust(size) if block.words or n in left else cell.rjust(size)
            for n, (cell, size) in enumerate(zip(row, sizes, strict=True))
        ]
        lines.append(clean("  ".join(cells).rstrip(), width))
    return lines


# --- rich --------------------------------------------------------------------------------------


def _rich(blocks: list[_Block], width: int) -> str:
    """Return the blocks with colours; rich is imported here and nowhere else."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out, force_terminal=True, color_system="256", width=width, highlight=False
    )
    for block in blocks:
        if block.heading:
            console.print()
            console.print(Text(block.heading, style="bold"))
        for line in block.text.splitlines():
            console.print(Text(line))
        if block.rows:
            table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
            left = {0, 1, len(block.head) - 1} if block.head[-1] == "" else {0}
            for n, name in enumerate(block.head):
                is_left = block.words or n in left
                table.add_column(
                    name,
                    justify="left" if is_left else "right",
                    no_wrap=not (block.words and n == len(block.head) - 1),
                )
            for row in block.rows:
                total = row[1:2] == ("all",)
                table.add_row(*(_cell(cell) for cell in row), style="bold" if total else "")
            console.print(table)
    return out.getvalue()


def _cell(cell: str) -> Text:
    from rich.text import Text

    if cell[:1] in {"█", "░"}:
        filled = cell.count("█")
        return Text.assemble((cell[:filled], "green"), (cell[filled:], "red"))
    return Text(cell)
