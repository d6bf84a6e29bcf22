"""The dashboard's number beside the honest one, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import attrs

from itsm_core.metrics._definitions import Figure, Result
from itsm_core.metrics._definitions._result import ends_shown
from itsm_core.metrics._untold import UNTOLD

__all__ = [
    "agreeing",
    "differing",
    "figure_rows",
    "figures_answer",
    "told",
    "untold_words",
    "window_words",
]


def _bare(result: Result, figure: Figure) -> str:
    """Return a figure without its interval; "unknown" with the reason where it cannot be told."""
    money = f" {result.currency}" if result.currency and figure.value is not None else ""
    return f"{attrs.evolve(figure, interval=None)}{money}"


def _interval(result: Result) -> str:
    """Return the honest figure's interval in words, "" without one."""
    ends = ends_shown(result.honest)
    if ends is None:
        return ""
    money = f" {result.currency}" if result.currency else ""
    low, high = (end if end == "?" else f"{end}{money}" for end in ends)
    return f"{low} to {high}"


def differing(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return the results whose two numbers differ by more than chance, in their order.

    That is where the dashboard's lies outside of the interval of the honest one, or, without an
    interval, where the two read differently.
    """
    return tuple(each for each in results if _differs(each))


def told(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return the results but for those that the log does not tell."""
    return tuple(each for each in results if each.honest.why != UNTOLD)


def untold_words(results: Iterable[Result]) -> str:
    """Return in a sentence which figures the log does not tell; "" where it tells all."""
    titles = [each.metric.title for each in results if each.honest.why == UNTOLD]
    if not titles:
        return ""
    return f"Unknown, for {UNTOLD}: {'; '.join(titles)}."


def agreeing(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return the other results, in their order."""
    return tuple(each for each in told(results) if not _differs(each))


def _differs(result: Result) -> bool:
    honest, dashboard = result.honest, result.dashboard
    if dashboard.value is None or honest.value is None:
        return (dashboard.value is None) != (honest.value is None)
    if honest.interval is not None:
        return not honest.interval.contains(dashboard.value)
    return _bare(result, honest) != _bare(result, dashboard)


def figure_rows(results: Iterable[Result]) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield title, the dashboard's number, the honest one, its interval, and why they differ."""
    for each in results:
        yield (
            each.metric.title,
            _bare(each, each.dashboard),
            _bare(each, each.honest),
            _interval(each),
            each.differs,
        )


def figures_answer(results: tuple[Result, ...]) -> str:
    """Return the pair that lies furthest apart, and how many differ."""
    apart = differing(results)
    if not apart:
        return "No dashboard would show anything else but for chance."
    widest = max(apart, key=_distance)
    verb = "differs" if len(apart) == 1 else "differ"
    title = widest.metric.title[:1].upper() + widest.metric.title[1:]
    return (
        f"{title}: {_bare(widest, widest.honest)}, where a dashboard would show "
        f"{_bare(widest, widest.dashboard)}. "
        f"{len(apart)} of {len(told(results))} figures {verb} "
        "by more than chance."
    )


def _distance(result: Result) -> float:
    """Return how far apart the two numbers lie, as the logarithm of their ratio.

    Of shares it is that of the odds, so that 99 % and 98 % are as far apart as 1 % and 2 %. What is
    unknown or nothing has no ratio, and is never the furthest.
    """
    one, other = result.honest.value, result.dashboard.value
    if one is None or other is None or one <= 0 or other <= 0:
        return 0.0
    if result.honest.unit == "ratio":
        if one >= 1 or other >= 1:
            return 0.0
        one, other = one / (1 - one), other / (1 - other)
    return abs(math.log(one / other))


def window_words(results: tuple[Result, ...]) -> str:
    """Return of which time the figures speak."""
    first = results[0]
    hours = "hours on the clock" if first.calendar == "24x7" else f"hours of {first.calendar}"
    return f"Of {first.window}; {hours}. Below an honest figure its 95% interval."
