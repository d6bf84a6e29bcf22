"""Contacts: who got through, how long it took, and who came past the desk (laws D1, D3, M3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from math import fsum
from typing import Final, NamedTuple

from itsm_core.contacts import Contact
from itsm_core.metrics._definitions._ask import FEW, Answer, Ask, shrunk, sorted_parts
from itsm_core.metrics._definitions._measures import ContactShare, ContactTime
from itsm_core.metrics._definitions._metric import By
from itsm_core.metrics._definitions._result import Figure, Part, Population, Unit
from itsm_core.metrics._figures import Rate
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._percentiles import least_sample
from itsm_core.metrics._survival import KaplanMeier

__all__ = ["contact_part", "measure_contacts"]

_HOUR_US: Final = 3_600_000_000
_SHORT_US: Final = 10_000_000
"""Many a dashboard forgets whoever gave up within ten seconds."""

_Figures = tuple[Figure, Figure]


class _Seen(NamedTuple):
    """Hold a contact with its instants as they were known when the window was seen."""

    contact: Contact
    answered_us: int | None
    parted_us: int | None
    handled_us: int | None


def measure_contacts(measure: ContactShare | ContactTime, ask: Ask) -> Answer:
    """Return a share or a time of the contacts of people that were offered in the window.

    The clock on the wall counts, whatever the calendar: whoever waits on the line waits.
    """
    seen_us, by = ask.window.seen_us, ask.metric.by
    mine = [each for each in ask.log.contacts if ask.window.has(each.offered_us)]
    people = [_as_seen(each, seen_us) for each in mine if not each.automatic]
    is_over = sum(each.answered_us is not None or each.parted_us is not None for each in people)
    machines = len(mine) - len(people)
    figures = _share_of(measure) if isinstance(measure, ContactShare) else _time_of(measure)
    honest, dashboard = figures(people, seen_us)
    members: dict[str, list[_Seen]] = {}
    if by:
        for each in people:
            members.setdefault(contact_part(each.contact, by), []).append(each)
    return Answer(
        population=Population(
            rule="contacts of people offered in the window, with or without a ticket",
            cases=len(people),
            ended=is_over,
            open=len(people) - is_over,
            left_out={"sent by machines": machines} if machines else {},
        ),
        honest=honest,
        dashboard=dashboard,
        parts=_parts(measure, members, seen_us),
    )


def contact_part(contact: Contact, by: By) -> str:
    """Return the part to which a contact belongs: its own channel, group, service or handler."""
    match by:
        case "channel":
            return contact.channel
        case "group":
            return contact.group
        case "person":
            return contact.handler
        case "service":
            return contact.service
        case _:
            return ""


def _as_seen(contact: Contact, seen_us: int) -> _Seen:
    instants = (contact.answered_us, contact.parted_us, contact.handled_us)
    known = (at if at is not None and at <= seen_us else None for at in instants)
    return _Seen(contact, *known)


def _parts(
    measure: ContactShare | ContactTime, members: dict[str, list[_Seen]], seen_us: int
) -> tuple[Part, ...]:
    rates: dict[str, Rate] = {}
    if isinstance(measure, ContactShare):
        rates = {name: _rate(measure, mine, seen_us) for name, mine in members.items()}
        figures, few = _share_of(measure), FEW
    else:
        figures, few = _time_of(measure), max(FEW, least_sample(measure.share))
    drawn = dict(shrunk(rates))
    parts: list[Part] = []
    for name, mine in members.items():
        honest, dashboard = figures(mine, seen_us)
        parts.append(
            Part(
                name=name,
                honest=honest,
                dashboard=dashboard,
                is_small=honest.cases < few,
                mature=rates.get(name),
                shrunk=drawn.get(name),
            )
        )
    return sorted_parts(parts)


# --- shares --------------------------------------------------------------------------------------


def _share_of(measure: ContactShare) -> Callable[[Sequence[_Seen], int], _Figures]:
    """Return what makes both figures of a share."""

    def figures(told: Sequence[_Seen], seen_us: int) -> _Figures:
        return _rated(_rate(measure, told, seen_us)), _shown(measure, told, seen_us)

    return figures


def _rate(measure: ContactShare, told: Sequence[_Seen], seen_us: int) -> Rate:
    """Return the share as counts, of those contacts that are decided."""
    match measure.of:
        case "unofficial":
            return _counted(not each.contact.official for each in told)
        case "abandoned":
            return _counted(
                each.answered_us is None
                for each in told
                if each.answered_us is not None or each.parted_us is not None
            )
        case "answered":
            limit_us = _micros(measure)
            return _counted(
                _is_answered(each, limit_us)
                for each in told
                if _is_decided(each, limit_us, seen_us)
            )


def _micros(measure: ContactShare) -> int:
    return (measure.within or timedelta(0)) // timedelta.resolution


def _is_answered(each: _Seen, limit_us: int) -> bool:
    return each.answered_us is not None and each.answered_us - each.contact.offered_us <= limit_us


def _is_decided(each: _Seen, limit_us: int, seen_us: int) -> bool:
    is_over = each.answered_us is not None or each.parted_us is not None
    return is_over or seen_us - each.contact.offered_us > limit_us


def _shown(measure: ContactShare, told: Sequence[_Seen], seen_us: int) -> Figure:
    """Return what a dashboard shows of the same share."""
    shown = [each for each in told if _is_shown(measure, each)]
    rate = _rate(measure, shown, seen_us)
    return _figure(rate.ratio, "ratio", rate.trials)


def _is_shown(measure: ContactShare, each: _Seen) -> bool:
    match measure.of:
        case "unofficial":  # it knows of contacts that have a ticket
            return bool(each.contact.registered_as)
        case "abandoned":  # whoever gave up at once never was there
            return not _gave_up_at_once(each)
        case "answered":  # whoever was not answered is no answer
            return each.answered_us is not None


def _gave_up_at_once(each: _Seen) -> bool:
    if each.answered_us is not None or each.parted_us is None:
        return False
    return each.parted_us - each.contact.offered_us <= _SHORT_US


def _counted(flags: Iterable[bool]) -> Rate:
    told = tuple(flags)
    return Rate(successes=sum(told), trials=len(told))


def _rated(rate: Rate) -> Figure:
    interval = rate.interval() if rate.trials else None
    return _figure(rate.ratio, "ratio", rate.trials, interval)


def _figure(
    value: float | None, unit: Unit, cases: int, interval: Interval | None = None
) -> Figure:
    why = "" if value is not None else "no such contacts in the window"
    return Figure(value=value, unit=unit, cases=cases, interval=interval, why=why)


# --- times ---------------------------------------------------------------------------------------


def _time_of(measure: ContactTime) -> Callable[[Sequence[_Seen], int], _Figures]:
    """Return what makes both figures of a time: a quantile, and the mean of what has ended."""

    def figures(told: Sequence[_Seen], seen_us: int) -> _Figures:
        spans = [span for each in told if (span := _span(measure, each, seen_us)) is not None]
        ended = [hours for hours, has_ended in spans if has_ended]
        mean = fsum(ended) / len(ended) if ended else None
        shown = _figure(mean, "hours", len(ended))
        if not spans:
            return _figure(None, "hours", 0), shown
        km = KaplanMeier.of((hours for hours, _ in spans), (over for _, over in spans))
        value = km.quantile(measure.share)
        why = "" if value is not None else f"fewer than {measure.share:.0%} have ended so far"
        interval = km.quantile_interval(measure.share)
        honest = Figure(value=value, unit="hours", cases=km.count, interval=interval, why=why)
        return honest, shown

    return figures


def _span(measure: ContactTime, each: _Seen, seen_us: int) -> tuple[float, bool] | None:
    """Return a time in hours and whether it is over; None where it has not begun."""
    contact = each.contact
    if measure.of == "wait":
        until = _first(each.answered_us, each.parted_us, seen_us)
        return (until - contact.offered_us) / _HOUR_US, each.answered_us is not None
    if each.answered_us is None:
        return None
    parted, handled = each.parted_us, each.handled_us
    is_over = parted is not None or handled is not None
    # How long the holds will have been is known when it is over, and not before.
    held_us = contact.held // timedelta.resolution if is_over else 0
    match measure.of:
        case "talk":
            until = _first(parted, handled, seen_us)
            return (until - each.answered_us - held_us) / _HOUR_US, is_over
        case "hold":
            return held_us / _HOUR_US, is_over
        case "handle":
            until = _first(handled, parted, seen_us)
            return (until - each.answered_us) / _HOUR_US, is_over


def _first(*instants_us: int | None) -> int:
    """Return the first instant that is known; the last one always is."""
    return next(at for at in instants_us if at is not None)
