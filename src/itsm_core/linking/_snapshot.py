"""An index as bytes: the same content gives the same bytes, whatever its past (law K1).

The layout: eight bytes that name the format, two for its version, a SHA-256 of the rest; then the
length of a JSON head, the head, and flat little-endian arrays. Tickets are in order of time and
id, terms in order of their letters; what was removed is not there. Nothing in it is code.
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from typing import Final, TypeAlias, cast

import attrs

from itsm_core.errors import CodecError, DefinitionError
from itsm_core.linking._fields import FieldRule, TicketFields
from itsm_core.linking._values import AGREEMENT_FIELDS
from itsm_core.readers import JsonReader, items, text, texts
from itsm_core.spans import END_OF_TIME, micros

__all__ = ["Content", "packed", "unpacked"]

_MAGIC: Final = b"ITSMTEXT"
_VERSION: Final = 1
_PROLOGUE: Final = len(_MAGIC) + 2 + 32 + 8
_WHERE: Final = "index snapshot"
_MOST_KINDS: Final = 255
_FIRST_US: Final = micros(datetime.min.replace(tzinfo=UTC))
_READER: Final = JsonReader(subject=_WHERE, longest=1 << 31, deepest=8, most=1 << 31)
_KEYS: Final = frozenset({"analyzers", "fields", "kinds", "tickets", "facts", "terms"})

Numbers: TypeAlias = "array[int]"


@attrs.frozen(kw_only=True)
class Content:
    """Hold what an index is made of, in canonical order, as tables that refer to each other.

    `ends` has for each ticket where its entries end; an entry is a term's place times 8 plus the
    bits of its fields; `impacts` go with the entries, `fact_places` with the tickets.
    """

    analyzers: Mapping[str, str]
    fields: TicketFields
    kinds: tuple[str, ...]
    tickets: tuple[str, ...]
    facts: tuple[tuple[str, ...], ...]
    terms: tuple[str, ...]
    times: Numbers
    kind_places: Numbers
    fact_places: Numbers
    ends: Numbers
    entries: Numbers
    impacts: Numbers


_ARRAYS: Final = (
    ("times", "q"),
    ("kind_places", "B"),
    ("fact_places", "I"),
    ("ends", "Q"),
    ("entries", "I"),
    ("impacts", "B"),
)


def packed(content: Content) -> bytes:
    """Return the content as bytes."""
    head = {
        "analyzers": dict(sorted(content.analyzers.items())),
        "facts": content.facts,
        "fields": attrs.asdict(content.fields),
        "kinds": content.kinds,
        "terms": content.terms,
        "tickets": content.tickets,
    }
    words = json.dumps(head, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    arrays = b"".join(_little(getattr(content, name)).tobytes() for name, _ in _ARRAYS)
    rest = len(words).to_bytes(8, "little") + words + arrays
    return _MAGIC + _VERSION.to_bytes(2, "little") + sha256(rest).digest() + rest


def unpacked(blob: bytes) -> Content:
    """Return the content that bytes hold.

    Raises:
        CodecError: they are no snapshot of an index, of a later version, damaged or incomplete, or
            what they hold does not fit together.
    """
    if type(blob) is not bytes or not blob.startswith(_MAGIC) or len(blob) < _PROLOGUE:
        what = "these bytes are no snapshot of an index"
        shown = blob[:16] if type(blob) is bytes else type(blob).__name__
        raise CodecError(what, _WHERE, shown, "pass what TicketIndex.snapshot() returned")
    version = int.from_bytes(blob[8:10], "little")
    if version != _VERSION:
        remedy = f"this version of the library reads version {_VERSION}: index the texts again"
        raise CodecError("the snapshot has another version", _WHERE, version, remedy)
    if sha256(blob[42:]).digest() != blob[10:42]:
        remedy = "use an older copy, or index the texts again"
        raise CodecError("the snapshot is damaged or cut short", _WHERE, None, remedy)
    size = int.from_bytes(blob[42:50], "little")
    content = _content(_READER.read(blob[50 : 50 + size]), blob[50 + size :])
    _check(content)
    return content


def _content(head: object, rest: bytes) -> Content:
    found = dict(_members(head))
    if frozenset(found) != _KEYS:
        raise _misfit("the head has other keys")
    kinds, tickets = (texts(found[name], f"{_WHERE} {name}") for name in ("kinds", "tickets"))
    counts = {"times": len(tickets), "kind_places": len(tickets), "fact_places": len(tickets)}
    counts["ends"] = len(tickets)
    arrays: dict[str, Numbers] = {}
    place = 0
    for name, code in _ARRAYS:
        numbers: Numbers = array(code)
        if name == "entries":
            ends = arrays["ends"]
            counts["entries"] = counts["impacts"] = ends[-1] if ends else 0
        size = counts[name] * numbers.itemsize
        part = rest[place : place + size]
        if len(part) != size:
            raise _misfit(f"{name} are incomplete")
        numbers.frombytes(part)
        arrays[name] = _little(numbers)
        place += size
    if place != len(rest):
        raise _misfit("more bytes than it says")
    return Content(
        analyzers={n: text(v, f"{_WHERE} analyzers") for n, v in _members(found["analyzers"])},
        fields=_fields(found["fields"]),
        kinds=kinds,
        tickets=tickets,
        facts=tuple(texts(row, where) for where, row in items(found["facts"], f"{_WHERE} facts")),
        terms=texts(found["terms"], f"{_WHERE} terms"),
        **arrays,
    )


def _members(value: object) -> list[tuple[str, object]]:
    if not isinstance(value, dict):
        raise _misfit("an object is missing")
    return sorted(cast("dict[str, object]", value).items())


def _fields(value: object) -> TicketFields:
    try:
        rules = {
            name: FieldRule(**cast("dict[str, float]", rule))  # type: ignore[arg-type]
            for name, rule in _members(value)
        }
        return TicketFields(**rules)
    except (TypeError, DefinitionError) as error:
        raise _misfit(f"its fields cannot be used ({error})") from error


def _check(content: Content) -> None:
    """Refuse places that are not there: an index made of them would fail much later."""
    width = len(AGREEMENT_FIELDS)
    rules: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("a ticket has no id", lambda: all(content.tickets)),
        ("a ticket is there twice", lambda: len(set(content.tickets)) == len(content.tickets)),
        ("a term is there twice", lambda: len(set(content.terms)) == len(content.terms)),
        ("there are too many kinds", lambda: len(content.kinds) <= _MOST_KINDS),
        ("an instant is out of range", lambda: _in_time(content.times)),
        ("a kind is missing", lambda: _below(content.kind_places, len(content.kinds))),
        ("facts are missing", lambda: _below(content.fact_places, len(content.facts))),
        ("facts are of another number", lambda: all(len(row) == width for row in content.facts)),
        ("a term is missing", lambda: _below(content.entries, len(content.terms) * 8)),
        ("entries are out of order", lambda: list(content.ends) == sorted(content.ends)),
        ("an entry is there twice", lambda: _ascending(content)),
        ("an impact is 0", lambda: 0 not in content.impacts),
    )
    for what, holds in rules:
        if not holds():
            raise _misfit(what)


def _below(numbers: Numbers, limit: int) -> bool:
    return max(numbers, default=-1) < limit


def _in_time(times: Numbers) -> bool:
    return min(times, default=0) >= _FIRST_US and max(times, default=0) <= END_OF_TIME


def _ascending(content: Content) -> bool:
    """Return whether each ticket's terms are in order, and each in some field."""
    terms = array("I", [entry >> 3 for entry in content.entries])
    falls = {place for place, (one, other) in enumerate(pairwise(terms), 1) if other <= one}
    return falls <= set(content.ends) and all(entry & 7 for entry in content.entries)


def _misfit(what: str) -> CodecError:
    return CodecError(
        f"the snapshot does not fit together: {what}", _WHERE, None, "index the texts again"
    )


def _little(numbers: Numbers) -> Numbers:
    """Return the numbers as they are on a little-endian machine, which is nearly every one."""
    if sys.byteorder == "little":
        return numbers
    swapped = array(numbers.typecode, numbers)
    swapped.byteswap()
    return swapped
