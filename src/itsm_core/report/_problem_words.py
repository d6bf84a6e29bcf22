"""What a problem page says, as plain text: the same sentences for HTML, Markdown and terminal."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.linking import Cost, ImpactedItem, Money, ProblemCandidate, Rates, Spread
from itsm_core.report._words import day, duration, moment, percent, plural

__all__ = [
    "caveats",
    "evidence",
    "is_priced",
    "lead",
    "money",
    "prices",
    "rate_words",
    "rows",
    "visibility",
]

_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Whoever calls may have set another precision; a page must not hang on it."""

_HOUR_US: Final = Decimal(3_600_000_000)
_CENTS_MATTER_BELOW: Final = 100
_MOST_ITEMS: Final = 8


def money(value: Money | None) -> str:
    """Return an amount in whole units; cents only where they matter."""
    if value is None:
        return "–"
    small = abs(value.amount) < _CENTS_MATTER_BELOW
    unit = Decimal("0.01") if small and value.amount else Decimal(1)
    return f"{value.amount.quantize(unit, context=_EXACT):,} {value.currency}"


def is_priced(cost: Cost) -> bool:
    """Return whether there is a price: rates were given, and work on it was recorded."""
    return cost.yearly is not None and bool(cost.yearly.amount)


def _hours(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.1'), context=_EXACT):,} h"


def lead(candidate: ProblemCandidate, zone: ZoneInfo) -> str:
    """Return what one has to know in a few words, the price last."""
    number = len(candidate.occurrences)
    when = f", {candidate.rhythm.words}" if candidate.rhythm else ""
    seen = candidate.spread.words
    price = candidate.cost.yearly
    cost = ""
    if price is not None:
        cost = f" Left alone it costs about {money(price)} a year."
        if not price.amount:
            cost = " Nobody wrote down when work on it began, so it has no price yet."
    since = day(candidate.occurrences[0].at, zone)
    return f"{number} times since {since}{when}. {_sentence(seen)}.{cost}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def evidence(candidate: ProblemCandidate) -> Iterator[tuple[str, str]]:
    """Yield what speaks for one failure: a name and a sentence for each observation."""
    number = len(candidate.occurrences)
    yield (
        "Confidence",
        (
            f"{_sure(candidate.confidence)} that it recurs; of {number} occurrences, about "
            f"{candidate.expected_by_chance:.1f} may be here by chance."
        ),
    )
    if candidate.terms:
        yield "Words they share", ", ".join(candidate.terms)
    places = [*candidate.configuration_items, *candidate.services]
    if places:
        yield (
            "What it hits",
            ", ".join(f"{name} ({times} of {number})" for name, times in places),
        )
    if candidate.slot is not None:
        slot = candidate.slot
        yield (
            "Timetable",
            (
                f"{slot.weeks} of {slot.of_weeks} weeks at one hour of the week on {slot.value}; "
                f"{slot.expected:.2g} would be usual. By chance {_odds(slot.chance)}, counting "
                "every hour and place that was looked at."
            ),
        )
    if candidate.rhythm is not None:
        rhythm = candidate.rhythm
        yield (
            "Rhythm",
            (
                f"{_sentence(rhythm.words)}; by chance, given when the desk’s tickets "
                f"usually arrive, {_odds(rhythm.chance)}."
            ),
        )
    trend = candidate.trend
    yield (
        "Trend",
        (
            f"{trend.earlier} in the first half of the time since it began, {trend.later} in the "
            f"second: {trend.words}."
        ),
    )
    if candidate.change is not None:
        change = candidate.change
        usual = (
            f"such a change so shortly before has a chance of {change.chance:.0%}"
            if change.chance < 1
            else "it is the only change known there"
        )
        yield (
            "Changed before",
            (
                f"{change.change.change_id} ({change.touched}) went live {duration(change.lag)} "
                f"before the first occurrence; {usual}. A suspicion, not a cause."
            ),
        )


def _sure(chance: float) -> str:
    """Return a confidence; none is certain, whatever the digits say."""
    return "more than 99.9%" if chance > 0.999 else percent(chance)


def _odds(chance: float) -> str:
    if chance < 1e-9:
        return "less than one in a billion"
    return f"one in {round(1 / chance):,}" if chance < 0.5 else f"{chance:.0%}"


def visibility(candidate: ProblemCandidate) -> Iterator[tuple[str, str]]:
    """Yield how visible it was: days, people, shifts; nobody is ranked."""
    spread = candidate.spread
    yield "Days", plural(spread.days, "different day")
    yield "People", _people(spread)
    yield (
        "Chance that two of them were seen by different people",
        f"{spread.blindness_ratio:.0%}"
        + (": no single person had a pattern to see." if candidate.is_hidden else "."),
    )
    if spread.shifts:
        yield "Shifts", ", ".join(f"{name} {times}" for name, times in spread.shifts)


def _people(spread: Spread) -> str:
    if not spread.people:
        return "nobody is recorded"
    times = _times(spread.most_by_one)
    if spread.people == 1:
        return f"1 person saw it {times}"
    return f"{spread.people} people; nobody saw it more than {times}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def prices(cost: Cost) -> Iterator[tuple[str, str]]:
    """Yield the work and money so far, each month and each year."""
    yield "Work so far", _hours(cost.hours)
    yield (
        "How often",
        (
            f"{cost.a_month:.1f} times a month (95 % interval {cost.a_month_low:.1f} to "
            f"{cost.a_month_high:.1f})"
        ),
    )
    if cost.so_far is None:
        yield "Work each month", _hours(cost.hours_a_month)
        return
    if not is_priced(cost):
        yield "Cost", "no price yet: nobody wrote down when work on it began"
        return
    yield "Call-outs", plural(cost.call_outs, "call-out")
    yield "Cost so far", money(cost.so_far)
    interval = cost.monthly_interval
    bounds = f" (95 % interval {money(interval[0])} to {money(interval[1])})" if interval else ""
    yield "Each month if nothing is done", money(cost.monthly) + bounds
    yield "Each year if nothing is done", money(cost.yearly)


def rate_words(rates: Rates | None) -> str:
    """Return by what the price was reckoned."""
    if rates is None:
        return "No rates were given: work is counted in hours only."
    words = f"An hour is reckoned at {rates.hourly}"
    if rates.working is not None:
        words += f", outside working hours at {rates.after_hours_ratio} times that"
        if rates.minimum_hours:
            words += f"; a call-out is charged at least {rates.minimum_hours} hours"
    return f"{words}."


def impacts(items: tuple[ImpactedItem, ...]) -> str:
    """Return what stops with it, the nearest first."""
    if not items:
        return "Nothing else is known to stop with it."
    named = ", ".join(each.item for each in items[:_MOST_ITEMS])
    more = f" and {len(items) - _MOST_ITEMS} more" if len(items) > _MOST_ITEMS else ""
    return f"With it stop: {named}{more}. Redundancy is counted in."


def rows(
    candidate: ProblemCandidate, zone: ZoneInfo, rates: Rates | None
) -> Iterator[tuple[str, ...]]:
    """Yield one row an occurrence: when, ticket, item, seen by, work, cost, belongs here."""
    for each, chance in zip(candidate.occurrences, candidate.chances, strict=True):
        cost = None
        if rates is not None and each.worked_us:
            cost = rates.cost(each.start_us, each.worked_us)
        yield (
            moment(each.at, zone),
            each.ticket_id,
            each.configuration_item_id or each.service or "–",
            each.person or "–",
            _hours(_EXACT.divide(Decimal(each.worked_us), _HOUR_US)),
            money(cost),
            percent(chance),
        )


def caveats() -> tuple[str, ...]:
    """Return what the page does not say; read with it."""
    return (
        (
            "A candidate is a suggestion. Whether it is one failure, and whose, is for people to "
            "say; a “no” is as good an answer and is remembered."
        ),
        (
            "Work is read from the records: who did something else meanwhile, or worked on it "
            "without writing it down, is not seen. What users lost is not in the price."
        ),
        (
            "The price ahead assumes that it goes on as often as it came; its interval knows only "
            "how uncertain that rate is."
        ),
        (
            "People appear by id to show how spread the work was. It says nothing about how well "
            "anybody worked: the failure was hidden by the rotation, not by a person."
        ),
    )
