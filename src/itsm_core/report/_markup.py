"""Pieces of HTML that several sections share: tables, folds, the line above a section."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from typing import Final

from itsm_core.report._words import count, escaped

__all__ = ["MOST_ROWS", "folded", "more", "section", "table"]

_STACKED: Final = frozenset({"words", "pairs"})

MOST_ROWS: Final = 100
"""Of a table or a list; whoever has more reads them in the JSON."""


def section(name: str, title: str, answer: str, body: str) -> str:
    """Return a section: its title, the answer in a sentence, then what it rests on."""
    told = f'<p class="answer">{escaped(answer, 600)}</p>' if answer else ""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">'
        f'<h2 id="{name}-title">{escaped(title)}</h2>{told}{body}</section>'
    )


def table(
    head: Iterable[str], rows: Iterable[Iterable[str]], *, kind: str = "", name: str = "Table"
) -> str:
    """Return a table of cells that are escaped already; the first of a row is its heading.

    A table of kind "words" has sentences, one of kind "pairs" two numbers side by side; both stand
    one cell below the other on a phone, each with the name of its column. Others ("told" has its
    first columns to the left) scroll by themselves where they are wide, with the keyboard, too:
    `name` says what it is to those who hear it.
    """
    names = tuple(head)
    top = "".join(f'<th scope="col">{cell}</th>' for cell in names)
    told = names[1:] if kind in _STACKED else ()
    body = "".join(
        f'<tr><th scope="row">{first}</th>{_cells(told, rest)}</tr>' for first, *rest in rows
    )
    look = f' class="{kind}"' if kind else ""
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escaped(name)}">'
        f"<table{look}><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(names: Sequence[str], cells: Sequence[str]) -> str:
    if not names:
        return "".join(f"<td>{cell}</td>" for cell in cells)
    named = zip(names, cells, strict=True)
    return "".join(
        f'<td data-name="{name}">{cell}</td>' if name and cell else f"<td>{cell}</td>"
        for name, cell in named
    )


def folded(inside: str, name: str = "The figures as a table") -> str:
    """Return something that is there for those who ask for it."""
    return f"<details><summary>{escaped(name)}</summary>{inside}</details>"


def more(every: Sized) -> str:
    """Say how many rows are left out, if any."""
    left = len(every) - MOST_ROWS
    return f'<p class="soft small">{count(left)} more are not shown.</p>' if left > 0 else ""
