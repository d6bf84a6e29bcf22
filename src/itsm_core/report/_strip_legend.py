"""The words around the strip of a ledger: what its colours mean, when it was due and broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.report._strip_axis import BAR, LEFT, TOP, WIDTH, Scale, text_width
from itsm_core.report._words import clean, duration, escaped, moment
from itsm_core.sla import ClockState, LedgerEntry, LedgerKind, SlaClock
from itsm_core.spans import instant

__all__ = ["FILL", "NAME", "SHAPE", "Look", "break_of", "closing", "kind_of", "legend", "marks"]

FILL: Final = {
    "counted": "var(--counted,#2b62b8)",
    "late": "var(--broken,#b42318)",
    "paused": "var(--paused,#c08312)",
    "excluded": "var(--excluded,#12868c)",
    "note": "var(--paused,#c08312)",
    "holiday": "var(--holiday,#8a68b4)",
    "outside_hours": "var(--outside,#c3c8d2)",
}
NAME: Final = {
    "counted": "counted",
    "late": "counted after the promise was due",
    "paused": "paused",
    "excluded": "excluded",
    "note": "counted although on hold",
    "holiday": "holiday",
    "outside_hours": "outside hours",
}
# Height and offset differ as well as colour, so that the strip can be read without colours.
SHAPE: Final = {
    "counted": (0.0, BAR),
    "late": (0.0, BAR),
    "paused": (7.0, BAR - 14),
    "excluded": (3.0, BAR - 6),
    "note": (BAR - 5, 5.0),
    "holiday": (13.0, 8.0),
    "outside_hours": (15.0, 4.0),
}
_KEY: Final = {
    LedgerKind.COUNTED: "counted",
    LedgerKind.OUTSIDE_HOURS: "outside_hours",
    LedgerKind.HOLIDAY: "holiday",
    LedgerKind.PAUSED: "paused",
    LedgerKind.EXCLUDED: "excluded",
}
_INK: Final = "var(--ink,#1b2330)"
_SOFT: Final = "var(--soft,#586174)"
_BROKEN: Final = "var(--broken,#b42318)"

_MOST_REASONS: Final = 3
_FIRST_LINE: Final = TOP + 98
_LINE: Final = 17.0


def kind_of(entry: LedgerEntry) -> str:
    """Return the key of a line's kind."""
    return _KEY[entry.kind]


def break_of(clock: SlaClock) -> int | None:
    """Return the instant from which counted time is late; None if it never was."""
    return clock.due_us if clock.breached_us is None else clock.breached_us


@attrs.frozen
class Look:
    """Hold one entry of the legend: a kind and the words beside its sample."""

    kind: str
    text: str


def looks(clock: SlaClock, entries: Sequence[LedgerEntry]) -> list[Look]:
    """Return what the legend says: of each kind that is there, how much, and why."""
    sums: dict[str, timedelta] = {}
    reasons: dict[str, dict[str, timedelta]] = {}
    late_from = break_of(clock)
    for entry in entries:
        kind, length = kind_of(entry), entry.duration
        if kind == "counted" and late_from is not None and late_from < entry.end_us:
            late = timedelta(0, 0, entry.end_us - max(entry.start_us, late_from))
            sums["late"] = sums.get("late", timedelta(0)) + late
            length -= late
        sums[kind] = sums.get(kind, timedelta(0)) + length
        if entry.reason:
            told = kind if kind in ("paused", "excluded") else "note"
            if told != "note" or kind == "counted":
                by_reason = reasons.setdefault(told, {})
                why = reason_of(entry)
                by_reason[why] = by_reason.get(why, timedelta(0)) + entry.duration
    return [
        Look(kind, _told(NAME[kind], sums.get(kind), reasons.get(kind, {})))
        for kind in NAME
        if sums.get(kind) or kind in reasons
    ]


def reason_of(entry: LedgerEntry) -> str:
    """Return why a line did not count, and who said so."""
    why = entry.reason.replace("_", " ")
    return f"{why} (by {entry.author})" if entry.author else why


def _told(name: str, total: timedelta | None, reasons: dict[str, timedelta]) -> str:
    if not reasons:
        return f"{name} {duration(total or timedelta(0))}"
    longest = sorted(reasons.items(), key=lambda item: item[1], reverse=True)
    shown = [f"{why} {duration(length)}" for why, length in longest[:_MOST_REASONS]]
    if more := longest[_MOST_REASONS:]:
        rest = sum((length for _, length in more), timedelta(0))
        shown.append(f"{len(more)} other reasons {duration(rest)}")
    return f"{name}: {', '.join(shown)}"


def legend(clock: SlaClock, entries: Sequence[LedgerEntry]) -> tuple[str, float]:
    """Return the legend under the strip, in as many lines as it needs, and the y after it."""
    parts: list[str] = []
    x, y = LEFT, _FIRST_LINE
    widest = WIDTH - 2 * LEFT - 18
    for look in (*looks(clock, entries), *_mark_looks(clock)):
        text = _shortened(look.text, widest)
        width = _small(text) + 34
        if x > LEFT and x + width - 16 > WIDTH - LEFT:
            x, y = LEFT, y + _LINE
        parts.append(_sample(look.kind, x, y))
        parts.append(
            f'<text x="{x + 18:.0f}" y="{y:.0f}" font-size="11" style="fill:{_SOFT}">'
            f"{escaped(text, 400)}</text>"
        )
        x += width
    return "".join(parts), y + _LINE


def _mark_looks(clock: SlaClock) -> Iterator[Look]:
    if clock.warnings_us:
        ratios = ", ".join(f"{ratio:.0%}" for ratio, _ in clock.warnings_us)
        yield Look("warning", f"warning at {ratios} of the goal")
    if clock.raw_due_us is not None and clock.raw_due_us != clock.due_us:
        yield Look("raw", f"due without the exclusions: {clock.raw_state.value}")


def _sample(kind: str, x: float, y: float) -> str:
    middle = y - 4
    if kind == "warning":
        return f'<path d="M{x + 2:.0f} {middle - 3:.0f}h8l-4 6z" style="fill:{_INK}"/>'
    if kind == "raw":
        return f'<path d="M{x + 6:.0f} {middle - 6:.0f}v12" style="{_DASHED}"/>'
    offset, height = SHAPE[kind]
    top = middle + (offset + height / 2 - BAR / 2) * 0.4
    high = max(height * 0.4, 2.0)
    return (
        f'<rect x="{x:.0f}" y="{top - high / 2:.1f}" width="12" height="{high:.1f}" '
        f'style="{style_of(kind)}"/>'
    )


_DASHED: Final = f"stroke:{_INK};stroke-width:1.5;stroke-dasharray:3 2"


def style_of(kind: str) -> str:
    """Return how a kind is painted; excluded time is hollow, nobody's to count."""
    if kind == "excluded":
        return f"fill:{FILL[kind]};fill-opacity:.22;stroke:{FILL[kind]};stroke-width:1.2"
    return f"fill:{FILL[kind]}"


def _small(text: str) -> float:
    """Return about how wide a text of 11 units is."""
    return text_width(text) * 11 / 12


def _shortened(text: str, width: float) -> str:
    text = clean(text, 400)
    if _small(text) <= width:
        return text
    while text and _small(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"


def marks(clock: SlaClock, scale: Scale, zone: ZoneInfo) -> str:
    """Return the marks above the strip: when it was due, when it broke, what warned before."""
    parts = [
        f'<path d="M{scale.x(at) - 4:.1f} 17h8l-4 6z" style="fill:{_INK}"/>'
        for _, at in clock.warnings_us
    ]
    raw, due, broken = clock.raw_due_us, clock.due_us, clock.breached_us
    if raw is not None and raw != due and _within(raw, scale):
        parts.append(f'<path d="M{scale.x(raw):.1f} 20V{TOP + BAR + 4:.0f}" style="{_DASHED}"/>')
    if due is None:
        if clock.projected_due_us is not None:
            parts.append(_pointer(f"due {_at(clock.projected_due_us, zone)} if work went on now →"))
    elif broken is not None and broken != due:
        # The goal came when it was late already: it broke when it came.
        if _within(due, scale):
            parts.append(_line(scale.x(due), _INK))
        if _within(broken, scale):
            said = f"broken {_at(broken, zone)}, was due {_at(due, zone)}"
            parts.append(_line(scale.x(broken), _BROKEN) + _label(scale.x(broken), said, _BROKEN))
    elif _within(due, scale):
        colour = _INK if broken is None else _BROKEN
        said = f"due {_at(due, zone)}" + ("" if broken is None else ", broken")
        parts.append(_line(scale.x(due), colour) + _label(scale.x(due), said, colour))
    elif due > scale.end_us:
        parts.append(_pointer(f"due {_at(due, zone)} →"))
    return "".join(parts)


def _within(at: int, scale: Scale) -> bool:
    return scale.start_us <= at <= scale.end_us


def _at(at: int, zone: ZoneInfo) -> str:
    return moment(instant(at), zone)


def _line(x: float, colour: str) -> str:
    return f'<path d="M{x:.1f} 6V{TOP + BAR + 4:.0f}" style="stroke:{colour};stroke-width:2"/>'


def _label(x: float, text: str, colour: str) -> str:
    fits_right = x + 5 + text_width(text) * 1.08 <= WIDTH
    anchor, shift = ("start", 5) if fits_right else ("end", -5)
    return (
        f'<text x="{x + shift:.1f}" y="15" text-anchor="{anchor}" font-weight="600" '
        f'style="fill:{colour}">{escaped(text)}</text>'
    )


def _pointer(text: str) -> str:
    return (
        f'<text x="{WIDTH - LEFT:.0f}" y="15" text-anchor="end" '
        f'style="fill:{_SOFT}">{escaped(text)}</text>'
    )


_ENDS: Final = {
    ClockState.RUNNING: "running at the end of the strip",
    ClockState.PAUSED: "paused at the end of the strip",
}


def closing(clock: SlaClock, zone: ZoneInfo, y: float, *, label: str, note: str) -> str:
    """Return the last line: what became of the promise, and in whose time it is told."""
    title = f"{label}: " if label else ""
    cycle = f" (cycle {clock.cycle})" if clock.cycle > 1 else ""
    if clock.stopped_us is not None:
        end = f"{clock.state.value}, stopped {_at(clock.stopped_us, zone)}"
    elif clock.cancelled_us is not None:
        broken = "breached, " if clock.state is ClockState.BREACHED else ""
        end = f"{broken}cancelled {_at(clock.cancelled_us, zone)}"
    else:
        end = _ENDS.get(clock.state, f"{clock.state.value}, not stopped yet")
    if clock.breach_reason:
        end += f" (reason given: {clock.breach_reason.replace('_', ' ')})"
    right = f"{note}times in {zone.key}"
    room = WIDTH - 2 * LEFT - _small(right) - 24
    left = _shortened(f"{title}{clock.name}{cycle}, goal {clock.goal}: {end}", room)
    attributes = f'y="{y:.0f}" font-size="11"'
    return (
        f'<text x="{LEFT:.0f}" {attributes} style="fill:{_INK}">{escaped(left, 400)}</text>'
        f'<text x="{WIDTH - LEFT:.0f}" {attributes} text-anchor="end" '
        f'style="fill:{_SOFT}">{note}times in {escaped(zone.key)}</text>'
    )
