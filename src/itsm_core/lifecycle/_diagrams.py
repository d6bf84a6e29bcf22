"""Lifecycles as pictures: Mermaid, Graphviz text and inline SVG, all of them without a library.

Mermaid and Graphviz draw the graph of moves. The SVG is a table of moves instead, one column a
state and one row a transition, as in a sequence diagram: nothing ever overlaps in it, however many
transitions there are, and what a transition asks for stands beside it.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from itsm_core.lifecycle._values import Lifecycle, Transition

_FILL: Final = {
    "new": "#dbeafe",
    "active": "#dcfce7",
    "on_hold": "#fef3c7",
    "resolved": "#ede9fe",
    "closed": "#e5e7eb",
    "cancelled": "#fee2e2",
}
"""Pale colours, one a category; the text on them is nearly black."""

_INK: Final = "#1f2937"
_FAINT: Final = "#9ca3af"
_TOP: Final = 64
_ROW: Final = 26
_LEFT: Final = 140
_FONT: Final = "font-family='system-ui, sans-serif'"


def to_mermaid(lifecycle: Lifecycle) -> str:
    """Return the moves as a Mermaid state diagram, for Markdown pages and code hosts."""
    ids = {state.name: f"s{place}" for place, state in enumerate(lifecycle.states)}
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f"    state {_quoted(name)} as {key}" for name, key in ids.items()]
    lines.append(f"    [*] --> {ids[lifecycle.initial]}: open")
    for each in _moves(lifecycle):
        label = _mermaid_text(_label(each))
        lines += [f"    {ids[source]} --> {ids[each.target]}: {label}" for source in each.sources]
    ending = [state.name for state in lifecycle.states if state.category.is_terminal]
    lines += [f"    {ids[name]} --> [*]" for name in ending]
    for category, fill in _FILL.items():
        members = [ids[s.name] for s in lifecycle.states if s.category.value == category]
        if members:
            lines.append(f"    classDef {category} fill:{fill},color:{_INK}")
            lines.append(f"    class {','.join(members)} {category}")
    return "\n".join(lines) + "\n"


def _mermaid_text(text: str) -> str:
    """Return a label without the signs that end one in Mermaid."""
    codes = {"#": "#35;", ";": "#59;", ":": "#58;", '"': "#quot;", "<": "#lt;", ">": "#gt;"}
    return "".join(codes.get(sign, sign) for sign in " ".join(text.split()))


def to_dot(lifecycle: Lifecycle) -> str:
    """Return the moves as Graphviz text; `dot -Tsvg` draws it."""
    lines = [
        f"digraph {_quoted(lifecycle.name)} {{",
        "  rankdir=LR;",
        '  node [shape=box, style="rounded,filled", fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
        '  "" [shape=point];',
    ]
    for state in lifecycle.states:
        lines_of_box = "peripheries=2, " if state.category.is_terminal else ""
        fill = _FILL[state.category.value]
        lines.append(f'  {_quoted(state.name)} [{lines_of_box}fillcolor="{fill}"];')
    lines.append(f'  "" -> {_quoted(lifecycle.initial)} [label="open"];')
    for each in _moves(lifecycle):
        label = _quoted(_label(each))
        lines += [
            f"  {_quoted(source)} -> {_quoted(each.target)} [label={label}];"
            for source in each.sources
        ]
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    """Return a text in double quotes, as Mermaid, Graphviz and JSON agree on."""
    return json.dumps(text, ensure_ascii=False)


def _moves(lifecycle: Lifecycle) -> list[Transition]:
    return [each for each in lifecycle.transitions if each.target and each.sources]


def _label(transition: Transition) -> str:
    """Return the trigger with its guard and approvals: what decides whether it fires."""
    asked: list[str] = []
    if transition.condition is not None:
        asked.append(f"if {transition.condition}")
    if transition.approvals:
        asked.append(_counted(transition.approvals))
    return f"{transition.trigger} [{', '.join(asked)}]" if asked else transition.trigger


def _counted(approvals: int) -> str:
    return f"{approvals} approval{'' if approvals == 1 else 's'}"


# --- SVG -----------------------------------------------------------------------------------------


def to_svg(lifecycle: Lifecycle) -> str:
    """Return the lifecycle as one SVG element: a column a state, a row a transition.

    Dots are where a transition starts, the arrow points to where it leads; rows with dots alone
    record without moving. It holds no script and loads nothing, so it can stand in any page.
    """
    width = max(96, 8 * max(len(state.name) for state in lifecycle.states) + 18)
    column = {
        state.name: _LEFT + place * width + width // 2
        for place, state in enumerate(lifecycle.states)
    }
    right = _LEFT + len(column) * width + 12
    notes = [_needs(each) for each in lifecycle.transitions]
    total = right + max(100, 7 * max(map(len, notes)) + 12)
    height = _TOP + _ROW * len(lifecycle.transitions) + 14
    title = f"Lifecycle {lifecycle.name}, version {lifecycle.version}"
    parts = [
        (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {total} {height}' "
            f"width='{total}' height='{height}' role='img' {_FONT} font-size='12' fill='{_INK}'>"
        ),
        f"<title>{escape(title)}</title>",
        f"<rect width='{total}' height='{height}' fill='#ffffff'/>",
        *_heads(lifecycle, column, width=width, height=height),
    ]
    for place, (each, note) in enumerate(zip(lifecycle.transitions, notes, strict=True)):
        y = _TOP + _ROW * place + _ROW // 2
        if place % 2:
            parts.append(
                f"<rect x='0' y='{y - _ROW // 2}' width='{total}' height='{_ROW}' "
                "fill='#000000' fill-opacity='0.035'/>"
            )
        parts.append(f"<text x='8' y='{y + 4}' font-weight='600'>{escape(each.trigger)}</text>")
        parts += _row(each, column, y)
        parts.append(f"<text x='{right}' y='{y + 4}' fill='#4b5563'>{escape(note)}</text>")
    return "".join([*parts, "</svg>"])


def _heads(lifecycle: Lifecycle, column: dict[str, int], *, width: int, height: int) -> list[str]:
    """Return a box and a line for each state; a terminal one has a double border."""
    parts: list[str] = []
    for state in lifecycle.states:
        x, category = column[state.name], state.category.value
        fill, half = _FILL[category], width // 2 - 4
        border = 3 if state.category.is_terminal else 1
        parts += [
            f"<line x1='{x}' y1='48' x2='{x}' y2='{height - 8}' stroke='#d1d5db'/>",
            (
                f"<rect x='{x - half}' y='10' width='{2 * half}' height='38' rx='7' fill='{fill}' "
                f"stroke='{_FAINT}' stroke-width='{border}'/>"
            ),
            (
                f"<text x='{x}' y='27' text-anchor='middle' font-weight='600'>"
                f"{escape(state.name)}</text>"
            ),
            (
                f"<text x='{x}' y='41' text-anchor='middle' font-size='10' fill='#4b5563'>"
                f"{escape(category.replace('_', ' '))}</text>"
            ),
        ]
    return parts


def _row(transition: Transition, column: dict[str, int], y: int) -> list[str]:
    """Return the dots, the line between them and the arrow of one transition."""
    starts = [column[source] for source in transition.sources]
    if not transition.target:
        return [f"<circle cx='{x}' cy='{y}' r='3.5' fill='{_FAINT}'/>" for x in starts]
    end = column[transition.target]
    if not starts:
        starts = [_LEFT - 14]
    parts: list[str] = []
    left, right = min(starts), max(starts)
    if left < end:
        parts.append(_line(left, end - 8, y) + _arrow(end, y, -8))
    if right > end:
        parts.append(_line(end + 8, right, y) + _arrow(end, y, 8))
    parts += [f"<circle cx='{x}' cy='{y}' r='4' fill='{_INK}'/>" for x in starts if x != end]
    if end in starts:  # it leads back to where it is, such as from one hold to another
        parts.append(
            f"<circle cx='{end}' cy='{y}' r='7' fill='none' stroke='{_INK}' stroke-width='1.5'/>"
        )
    return parts


def _line(x1: int, x2: int, y: int) -> str:
    return f"<line x1='{x1}' y1='{y}' x2='{x2}' y2='{y}' stroke='{_INK}' stroke-width='1.5'/>"


def _arrow(x: int, y: int, back: int) -> str:
    return f"<path d='M{x} {y} l{back} -5 v10 z' fill='{_INK}'/>"


def _needs(transition: Transition) -> str:
    """Return who may fire a transition and what it asks for, as one line."""
    told = [", ".join(transition.roles) or "anybody"]
    if transition.separate_from:
        told.append(f"not the {' or '.join(transition.separate_from)}")
    if transition.required:
        told.append(f"needs {', '.join(transition.required)}")
    if transition.approvals:
        told.append(_counted(transition.approvals))
    if transition.condition is not None:
        told.append(f"if {transition.condition}")
    return "; ".join(told)
