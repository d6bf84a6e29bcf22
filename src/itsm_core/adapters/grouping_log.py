"""Write the events of a grouper as JSON and read them back: strict, one line an event (law R7).

A `RecurrenceWatch` or `IncidentGrouper` that is started again is given its log and the texts; what
people said of two tickets is in the log and nowhere else. Every field is written and every field is
demanded; nothing is converted. Evidence holds terms, never sentences.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, cast

import attrs

from itsm_core.errors import CodecError, InstantOutOfRange, did_you_mean
from itsm_core.ids import PersonId, TicketId
from itsm_core.linking import (
    Evidence,
    GroupingEvent,
    GroupsMerged,
    GroupSplit,
    GroupStarted,
    Link,
    PairJudged,
    TicketGrouped,
    Verdict,
)
from itsm_core.readers import JsonReader, items, text, texts, whole
from itsm_core.spans import instant

__all__ = ["GROUPING_VERSION", "decode_grouping", "encode_grouping"]

GROUPING_VERSION: Final = 1
"""The version of the form."""

_WHERE: Final = "grouping event"
_LONGEST: Final = 1 << 22
_MOST: Final = 1 << 18
_READER: Final = JsonReader(subject=_WHERE, longest=_LONGEST, deepest=8, most=_MOST)
_VERDICTS: Final[tuple[Verdict, ...]] = ("same", "different")

_Members: TypeAlias = Mapping[str, object]


def encode_grouping(event: GroupingEvent) -> str:
    """Return an event as one line of JSON.

    >>> encode_grouping(GroupStarted(group_id="INC-1", ticket_id="INC-1", at_us=0))
    '{"type":"GroupStarted","version":1,"group_id":"INC-1","ticket_id":"INC-1","at_us":0}'

    Raises:
        CodecError: it could not be read back: half of a surrogate pair, or more than 4 million
            characters or 262,144 values.
    """
    told = {"type": type(event).__name__, "version": GROUPING_VERSION, **attrs.asdict(event)}
    try:
        line = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        line.encode()
    except ValueError as error:
        raise CodecError(f"cannot be written ({error})", _WHERE, told["type"]) from error
    if len(line) > _LONGEST or sum(map(line.count, ",[{")) > _MOST:  # as the reader counts them
        what = f"longer than {_LONGEST:,} characters or {_MOST:,} values"
        raise CodecError(what, _WHERE, told["type"], "split the group first")
    return line


def decode_grouping(line: str | bytes) -> GroupingEvent:
    """Return the event that a line of JSON holds.

    Raises:
        CodecError: it is no JSON, of another type or version, or a field is missing, unknown or of
            another kind; with its place.

    >>> from itsm_core.adapters.grouping_log import decode_grouping, encode_grouping
    >>> from itsm_core.linking import PairJudged
    >>> told = PairJudged(ticket_id="INC-1", other="INC-2", verdict="same", by="ana", at_us=0)
    >>> line = encode_grouping(told)
    >>> decode_grouping(line).verdict
    'same'
    >>> decode_grouping(line.replace("same", "perhaps"))
    Traceback (most recent call last):
    itsm_core.errors.CodecError: verdict: no verdict (got 'perhaps'); use one of same, different
    """
    found = _object(_READER.read(line), _WHERE)
    name = text(found.get("type"), f"{_WHERE}.type")
    if name not in _FORMS:
        known = f"use one of {', '.join(_FORMS)}{did_you_mean(name, _FORMS)}"
        raise CodecError("no type of grouping event", f"{_WHERE}.type", name, known)
    version = whole(found.get("version"), f"{_WHERE}.version")
    if version != GROUPING_VERSION:
        remedy = f"this version of the library reads version {GROUPING_VERSION}"
        raise CodecError("another version of the form", f"{_WHERE}.version", version, remedy)
    fields, made = _FORMS[name]
    _demand(found, {"type", "version", *fields}, name)
    return made(found)


# --- the forms -----------------------------------------------------------------------------------


def _started(found: _Members) -> GroupStarted:
    return GroupStarted(
        group_id=_ticket(found, "group_id"),
        ticket_id=_ticket(found, "ticket_id"),
        at_us=_at(found),
    )


def _grouped(found: _Members) -> TicketGrouped:
    return TicketGrouped(
        group_id=_ticket(found, "group_id"),
        ticket_id=_ticket(found, "ticket_id"),
        at_us=_at(found),
        links=tuple(_link(each, place) for place, each in items(found["links"], "links")),
    )


def _judged(found: _Members) -> PairJudged:
    verdict = text(found["verdict"], "verdict")
    if verdict not in _VERDICTS:
        raise CodecError("no verdict", "verdict", verdict, f"use one of {', '.join(_VERDICTS)}")
    return PairJudged(
        ticket_id=_ticket(found, "ticket_id"),
        other=_ticket(found, "other"),
        verdict=verdict,
        by=PersonId(text(found["by"], "by")),
        at_us=_at(found),
    )


def _merged(found: _Members) -> GroupsMerged:
    return GroupsMerged(
        group_id=_ticket(found, "group_id"),
        absorbed=_ticket(found, "absorbed"),
        members=_tickets(found),
        at_us=_at(found),
    )


def _split(found: _Members) -> GroupSplit:
    return GroupSplit(
        group_id=_ticket(found, "group_id"),
        new_group_id=_ticket(found, "new_group_id"),
        members=_tickets(found),
        at_us=_at(found),
    )


_FORMS: Final[Mapping[str, tuple[frozenset[str], Callable[[_Members], GroupingEvent]]]] = {
    kind.__name__: (frozenset(field.name for field in attrs.fields(kind)), made)
    for kind, made in (
        (GroupStarted, _started),
        (TicketGrouped, _grouped),
        (PairJudged, _judged),
        (GroupsMerged, _merged),
        (GroupSplit, _split),
    )
}


def _link(value: object, where: str) -> Link:
    found = _object(value, where)
    _demand(found, {"ticket_id", "other", "log_odds", "evidence"}, where)
    evidence = items(found["evidence"], f"{where}.evidence")
    return Link(
        ticket_id=_ticket(found, "ticket_id"),
        other=_ticket(found, "other"),
        log_odds=_number(found["log_odds"], f"{where}.log_odds"),
        evidence=tuple(_evidence(each, place) for place, each in evidence),
    )


def _evidence(value: object, where: str) -> Evidence:
    found = _object(value, where)
    _demand(found, {"name", "contribution", "detail", "terms"}, where)
    return Evidence(
        name=text(found["name"], f"{where}.name"),
        contribution=_number(found["contribution"], f"{where}.contribution"),
        detail=text(found["detail"], f"{where}.detail"),
        terms=texts(found["terms"], f"{where}.terms"),
    )


# --- values --------------------------------------------------------------------------------------


def _object(value: object, where: str) -> _Members:
    if not isinstance(value, dict):
        raise CodecError("not an object", where, value, "write it in braces")
    return cast("dict[str, object]", value)


def _demand(found: _Members, wanted: set[str], where: str) -> None:
    for name in sorted(wanted ^ found.keys()):
        what = "field missing" if name in wanted else "unknown field"
        raise CodecError(what, f"{where}.{name}", None, "write what encode_grouping wrote")


def _ticket(found: _Members, name: str) -> TicketId:
    value = text(found[name], name)
    if not value:
        raise CodecError("an id is empty", name, value, "give the ticket's")
    return TicketId(value)


def _tickets(found: _Members) -> tuple[TicketId, ...]:
    return tuple(TicketId(each) for each in texts(found["members"], "members"))


def _at(found: _Members) -> int:
    at_us = whole(found["at_us"], "at_us")
    try:
        instant(at_us)
    except InstantOutOfRange as error:
        remedy = "write microseconds since 1970"
        raise CodecError("outside the years 1 to 9999", "at_us", at_us, remedy) from error
    return at_us


def _number(value: object, where: str) -> float:
    if type(value) is not float and type(value) is not int:
        raise CodecError("not a number", where, value, "write digits, without quotes")
    try:
        return float(value)
    except OverflowError as error:
        raise CodecError("too large a number", where, None, "write a smaller one") from error
