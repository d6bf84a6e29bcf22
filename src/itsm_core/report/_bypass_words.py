"""What went past the desk, in words: how often, which way, where it stands out. Never who."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from itsm_core.bypass import BypassReport, Way
from itsm_core.report._words import clean, count, percent, plural

__all__ = ["bypass_answer", "bypass_notes", "place_rows", "way_rows"]

_FEWEST_PEOPLE: Final = 3
"""As for messages to managers: a trend of one is a person."""


def bypass_answer(found: BypassReport) -> str:
    """Return how many tickets went past the desk, with the interval, and where it stands out."""
    rate = found.rate
    if rate.ratio is None:
        return "No request of a person was there to judge."
    if not rate.successes:
        return f"None of {plural(rate.trials, 'request')} went past the desk."
    told = rate.interval()
    low, high = percent(told.low or 0.0), percent(1.0 if told.high is None else told.high)
    text = (
        f"{count(rate.successes)} of {plural(rate.trials, 'request')} went past the desk "
        f"({percent(rate.ratio)}; 95% interval {low} to {high})."
    )
    named = ", ".join(clean(name, 60) or "no team" for name in _standing_out(found, "team"))
    return f"{text} It stands out in {named}." if named else text


def _standing_out(found: BypassReport, by: Literal["team", "channel"]) -> list[str]:
    """Return what stands out, by name: a team only if it is more than a person or two (law D3)."""
    people: dict[str, set[str]] = {}
    for each in found.bypasses:
        people.setdefault(each.team, set()).add(each.specialist)
    names = [each.name for each in found.notable(by)]
    if by == "channel":
        return names
    return [name for name in names if len(people.get(name, ())) >= _FEWEST_PEOPLE]


def way_rows(found: BypassReport) -> Iterator[tuple[str, int]]:
    """Yield each way and how many went it."""
    return ((_WAYS[way], number) for way, number in found.ways.items())


_WAYS: Final[Mapping[Way, str]] = {
    "passed_down": "given to a specialist past the first line",
    "direct_contact": "came by a channel that is not official",
    "no_contact": "worked on without a contact on file",
    "afterwards": "registered after the work had begun",
    "self_assigned": "taken by a specialist before anybody had looked at it",
}


def place_rows(found: BypassReport) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield teams, then channels, by name: how many of how many, share, interval, what to think."""
    places: tuple[Literal["team", "channel"], ...] = ("team", "channel")
    for by in places:
        notable = _standing_out(found, by)
        for each in found.rates(by):
            few = "too few to say" if each.is_small else ""
            low, high = each.interval.low or 0.0, each.interval.high
            yield (
                f"{by} {clean(each.name, 60) or 'not known'}",
                f"{count(each.rate.successes)} of {count(each.rate.trials)}",
                "–" if each.rate.ratio is None else percent(each.rate.ratio),
                f"{percent(low)} to {percent(1.0 if high is None else high)}",
                "stands out" if each.name in notable else few,
            )


def bypass_notes(found: BypassReport) -> Iterator[str]:
    """Yield what has to be known beside the figures."""
    if found.excused:
        excused = plural(len(found.excused), "emergency", "emergencies")
        yield f"{excused} registered afterwards: fine."
    if found.unknown:
        unknown = plural(len(found.unknown), "person", "people")
        yield (
            f"{unknown} acted on tickets without a group in the desk map: look whether somebody is "
            "missing there."
        )
    yield (
        "People are left out on purpose: a way past the desk is mostly a way that the desk made "
        "hard."
    )
