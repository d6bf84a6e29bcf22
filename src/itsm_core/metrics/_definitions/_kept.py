"""Commitments kept: promises to people, with those that nobody ever ended (laws D4, M3)."""

from __future__ import annotations

from collections.abc import Sequence

from itsm_core.commitments import Commitment, commitments_of
from itsm_core.commitments import tally as tallied
from itsm_core.metrics._definitions._ask import FEW, Answer, Ask, key_of, shrunk, sorted_parts
from itsm_core.metrics._definitions._case import Case
from itsm_core.metrics._definitions._result import Figure, Part, Population
from itsm_core.metrics._figures import Rate
from itsm_core.spans import instant

__all__ = ["measure_kept"]


def measure_kept(ask: Ask) -> Answer:
    """Return the share of promises made in the window that were kept, of those kept or broken.

    A promise whose time is up is broken, whether anybody ended it or not; one that has time left
    is open. By person it is whoever made it answerable for: its first owner.
    """
    window = ask.window
    seen_at = instant(window.seen_us)
    told: list[tuple[str, Commitment]] = []
    for case in ask.cases():
        if not case.has_promises:
            continue
        made = commitments_of(case.history, seen_at)
        told.extend((_name(case, each, ask), each) for each in made if window.has(each.made_us))
    every = tallied(each for _, each in told)
    members: dict[str, list[Commitment]] = {}
    for name, each in told:
        members.setdefault(name, []).append(each)
    honest, dashboard = _figures([each for _, each in told])
    return Answer(
        population=Population(
            rule=ask.rule("commitments made in the window"),
            cases=every.made,
            ended=every.kept + every.broken,
            open=every.open,
            left_out={"withdrawn": every.withdrawn} if every.withdrawn else {},
        ),
        honest=honest,
        dashboard=dashboard,
        parts=_parts(members) if ask.metric.by else (),
    )


def _name(case: Case, each: Commitment, ask: Ask) -> str:
    if ask.metric.by == "person":
        return each.holdings[0].owner
    return key_of(case, each.made_us, ask.metric.by)


def _rate(told: Sequence[Commitment]) -> Rate:
    counts = tallied(told)
    return Rate(successes=counts.kept, trials=counts.kept + counts.broken)


def _figures(told: Sequence[Commitment]) -> tuple[Figure, Figure]:
    rate = _rate(told)
    if not told or not rate.trials:
        why = "no commitment was made" if not told else "none is kept or broken yet"
        nothing = Figure(value=None, unit="ratio", cases=0, why=why)
        return nothing, nothing
    honest = Figure(
        value=rate.ratio, unit="ratio", cases=rate.trials, interval=rate.interval(level=0.95)
    )
    # A list of what was ticked off: nobody ticks off what was forgotten.
    ended = [each for each in told if each.ended_us is not None and each.state != "withdrawn"]
    shown = _rate(ended)
    if not shown.trials:
        return honest, Figure(value=None, unit="ratio", cases=0, why="none was ticked off")
    return honest, Figure(value=shown.ratio, unit="ratio", cases=shown.trials)


def _parts(members: dict[str, list[Commitment]]) -> tuple[Part, ...]:
    rates = {name: _rate(mine) for name, mine in members.items()}
    drawn = dict(shrunk(rates))
    parts: list[Part] = []
    for name, mine in members.items():
        honest, dashboard = _figures(mine)
        parts.append(
            Part(
                name=name,
                honest=honest,
                dashboard=dashboard,
                is_small=rates[name].trials < FEW,
                mature=rates[name],
                shrunk=drawn.get(name),
            )
        )
    return sorted_parts(parts)
