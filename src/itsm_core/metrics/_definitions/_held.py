"""Time held: who had tickets for how long, each with its own share of their lives (law M3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from itsm_core.lifecycle import StateCategory
from itsm_core.metrics._definitions._ask import Answer, Ask, key_of, sorted_parts
from itsm_core.metrics._definitions._case import Case
from itsm_core.metrics._definitions._measures import TimeHeld
from itsm_core.metrics._definitions._result import Figure, Part, Population

__all__ = ["measure_held", "stretches"]


def measure_held(measure: TimeHeld, ask: Ask) -> Answer:
    """Return the hours for which tickets were held, split as they were, not as they are now.

    Whatever lies in the window counts, of any ticket. A dashboard gives all of a ticket's hours to
    whoever has it at the end: the sum is the same, the parts are not.
    """
    by, end_us = ask.metric.by, min(ask.window.end_us, ask.window.seen_us)
    own: defaultdict[str, float] = defaultdict(float)
    last: defaultdict[str, float] = defaultdict(float)
    tickets: Counter[str] = Counter()
    touched = still_open = 0
    for case in ask.cases():
        mine: defaultdict[str, float] = defaultdict(float)
        for start, end in stretches(case, ask.window.start_us, end_us, on_hold=measure.on_hold):
            for cut, until in _cuts(case, start, end):
                mine[key_of(case, cut, by)] += ask.hours(cut, until)
        if mine:
            touched += 1
            still_open += case.phase_at(end_us).is_open
            for name, hours in mine.items():
                own[name] += hours
            tickets.update(mine.keys())
            last[key_of(case, end_us, by)] += sum(mine.values())
    parts = [
        Part(
            name=name,
            honest=Figure(value=own[name], unit="hours", cases=tickets[name]),
            dashboard=Figure(value=last[name], unit="hours", cases=tickets[name]),
        )
        for name in {**own, **last}
    ]
    total = Figure(value=sum(own.values()), unit="hours", cases=touched)
    what = "on hold" if measure.on_hold else "new or at work"
    return Answer(
        population=Population(
            rule=ask.rule(f"tickets that were {what} at any time of the window"),
            cases=touched,
            ended=touched - still_open,
            open=still_open,
        ),
        honest=total,
        dashboard=total,
        parts=sorted_parts(parts) if by else (),
    )


def stretches(
    case: Case, start_us: int, end_us: int, *, on_hold: bool = False
) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a case, within two instants, in which it was held at work or on hold.

    New counts as work for whoever has it: a ticket that nobody takes up lies with somebody.
    """
    ends = (*(phase.since_us for phase in case.phases[1:]), end_us)
    for phase, end in zip(case.phases, ends, strict=True):
        is_held = (phase.category is StateCategory.ON_HOLD) == on_hold and phase.category.is_open
        since, until = max(phase.since_us, start_us), min(end, end_us)
        if is_held and since < until:
            yield since, until


def _cuts(case: Case, start_us: int, end_us: int) -> Iterator[tuple[int, int]]:
    """Yield a stretch in pieces, cut where the ticket changed hands."""
    at = start_us
    for stint in case.stints:
        if start_us < stint.since_us < end_us:
            yield at, stint.since_us
            at = stint.since_us
    yield at, end_us
