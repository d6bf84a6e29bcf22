"""What was given in place of a history or an agreement: looked for when a call has failed.

The busy functions do not look at their arguments first; most are right, and looking takes time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import cast

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ids import __all__ as ids
from itsm_core.sla._agreement import ServiceLevelAgreement
from itsm_core.sla._clock import SlaClock
from itsm_core.sla._fields import is_many
from itsm_core.spans import as_micros

_EVENTS = "pass the ticket's events, a list of TicketEvent"
_TEXTS = frozenset(("str", *ids))
_PAIRS = "write pairs: [(since, agreement), ...]"


def events_of(history: object) -> tuple[TicketEvent, ...]:
    """Return the events of one ticket as a tuple, without a look at each.

    Raises:
        InvalidValue: it is no list.
    """
    refused = _list_refused(history)
    if refused is not None:
        raise refused
    return tuple(cast("Iterable[TicketEvent]", history))


def checked_events(history: object) -> tuple[TicketEvent, ...]:
    """Return the events of one ticket as a tuple; each is looked at.

    Raises:
        InvalidValue: it is no list, or a member is no event.
    """
    told = events_of(history)
    refused = _member_refused(told)
    if refused is not None:
        raise refused
    return told


def refuse_history(history: object, told: tuple[TicketEvent, ...], cause: Exception) -> None:
    """Raise what is wrong with a history, if anything is; a failed call is its cause.

    `told` are the events that were read from it; a generator is used up by now.

    Raises:
        InvalidValue: it is no list, a member is no event, or a field of one is of another type.
    """
    refused = _list_refused(history) or _member_refused(told) or _field_refused(told)
    if refused is not None:
        raise refused from cause


def refuse_call(
    history: object, told: tuple[TicketEvent, ...], agreement: object, cause: Exception
) -> None:
    """Raise what is wrong with the arguments of an evaluation, if anything is.

    Raises:
        InvalidValue: the agreement is none, the history is no list, or a member is no event.
    """
    if not isinstance(agreement, ServiceLevelAgreement):
        raise not_an_agreement(agreement) from cause
    refuse_history(history, told, cause)


def not_an_agreement(value: object) -> InvalidValue:
    """Return the error for something in the place of an agreement."""
    remedy = "use a ServiceLevelAgreement"
    if hasattr(value, "agreements"):
        remedy = "evaluate_all takes a catalogue, which chooses for each ticket"
    elif _is_list(value):
        remedy = "evaluate_regimes takes (since, agreement) pairs; give evaluate one agreement"
    return InvalidValue("no agreement to judge by", value, remedy)


def not_a_catalogue(value: object) -> InvalidValue:
    """Return the error for something in the place of a catalogue."""
    remedy = "use AgreementCatalogue(agreements=(...,))"
    if isinstance(value, ServiceLevelAgreement):
        remedy = "evaluate takes one agreement; or write AgreementCatalogue(agreements=(it,))"
    return InvalidValue("no catalogue to choose from", value, remedy)


def not_one_evaluation(value: object) -> InvalidValue:
    """Return the error for something in the place of one evaluation."""
    remedy = "pass what evaluate returns"
    if _is_list(value):
        remedy = "pass one at a time: evaluate_all returns an evaluation for each kind of agreement"
    elif isinstance(value, SlaClock):
        remedy = "pass the whole evaluation that the clock is of"
    return InvalidValue("not one evaluation", value, remedy)


def regimes_given(regimes: object) -> list[tuple[int, ServiceLevelAgreement | None]]:
    """Return since when which agreement holds, in microseconds; instants are converted.

    Raises:
        InvalidValue: it is no list of pairs, or a pair is no instant and agreement.
        NaiveDatetime: an instant has no time zone.
    """
    if isinstance(regimes, ServiceLevelAgreement):
        raise InvalidValue("one agreement is no list of regimes", regimes, "use evaluate")
    if not is_many(regimes):
        remedy = _PAIRS
        if hasattr(regimes, "agreements"):
            remedy = "let it choose first: catalogue.regimes(history, as_of)['sla']"
        raise InvalidValue("no list of regimes", regimes, remedy)
    members = enumerate(cast("Iterable[object]", regimes))
    return [_regime(f"regimes[{n}]", each) for n, each in members]


def _regime(where: str, value: object) -> tuple[int, ServiceLevelAgreement | None]:
    pair = cast("tuple[object, ...]", value) if _is_list(value) else ()
    if len(pair) < 2:
        raise InvalidValue(f"{where} is no pair", value, _PAIRS)
    since, agreement = pair[:2]
    if agreement is not None and not isinstance(agreement, ServiceLevelAgreement):
        remedy = "use a ServiceLevelAgreement, or None for a time without one"
        raise InvalidValue(f"{where} has no agreement", agreement, remedy)
    return as_micros(cast("datetime | int", since)), agreement


def histories_of(histories: object) -> Iterator[Iterable[TicketEvent]]:
    """Yield the histories of many tickets, one at a time.

    Raises:
        InvalidValue: it is no list, or is the history of a single ticket.
    """
    refused = _list_refused(histories, "histories", "pass a list of histories, each of one ticket")
    if refused is not None:
        raise refused
    for n, history in enumerate(cast("Iterable[object]", histories)):
        if isinstance(history, TicketEvent):
            remedy = "pass a list of histories; put a single one in brackets: [history]"
            raise InvalidValue(f"histories[{n}] is an event, not a history", history, remedy)
        refused = _list_refused(history, f"histories[{n}]")
        if refused is not None:
            raise refused
        yield cast("Iterable[TicketEvent]", history)


def _list_refused(
    value: object, where: str = "history", remedy: str = _EVENTS
) -> InvalidValue | None:
    if isinstance(value, TicketEvent):
        return InvalidValue(f"{where}: one event is no list", value, "put it in brackets: [event]")
    if not is_many(value):
        of = "histories" if where == "histories" else "events"
        return InvalidValue(f"{where}: no list of {of}", value, remedy)
    return None


def _member_refused(told: tuple[object, ...]) -> InvalidValue | None:
    for n, each in enumerate(told):
        if isinstance(each, TicketEvent):
            continue
        remedy = "pass TicketEvents"
        if _is_mapping(each):
            remedy = "make it an event first: TicketOpened(ticket_id=..., occurred_at=...)"
        elif _is_list(each):
            remedy = "pass one history, a flat list of its events; evaluate tickets one at a time"
        return InvalidValue(f"history[{n}] is no event", each, remedy)
    return None


def _field_refused(told: tuple[TicketEvent, ...]) -> InvalidValue | None:
    """Return the first text, or the number, of an event that is none."""
    for n, event in enumerate(told):
        for field in attrs.fields(type(event)):
            value: object = getattr(event, field.name)
            where = f"history[{n}].{field.name}"
            if str(field.type) in _TEXTS and not isinstance(value, str):
                return InvalidValue(f"{where} is no text", value, "use a text, '' for none")
            if field.name == "sequence" and not isinstance(value, int):
                return InvalidValue(f"{where} is no whole number", value, "use 0, 1, 2 ...")
    return None


# Asked for by name: a type checker would else take the value for a list of unknown members.
def _is_list(value: object) -> bool:
    return isinstance(value, tuple | list)


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)
