"""How the values of one class are written and read: its table, its form, and the quick way.

`itsm_core.adapters.codec` keeps one of each for every event, command and actor, and says what is
wrong where the quick way finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final, Generic, TypeAlias, TypeVar, cast, get_type_hints

import attrs

from itsm_core.adapters._codec_values import (
    AS_FOUND,
    CHECKS,
    INSTANTS,
    NAMED,
    PATTERNS,
    PERSON,
    Check,
    Write,
    as_text,
)
from itsm_core.events import TicketEvent

__all__ = ["Form", "Quick", "Row", "form_of", "rows_of"]

Row: TypeAlias = tuple[str, str, Write, Check]
"""Public name, attribute, how to write its value as JSON, how to read it."""


def rows_of(kind: type) -> tuple[Row, ...]:
    """Return the table of a class: which public name holds what."""
    hints, is_event = get_type_hints(kind), issubclass(kind, TicketEvent)
    # Facts are taken as they were recorded; who wants something is named in one form.
    checks = CHECKS if is_event else {**CHECKS, PERSON[0]: PERSON[1]}
    table: list[Row] = []
    for field in attrs.fields(kind):
        hint = hints[field.name]
        # `into` of a step that was passed over is the key of another step, and no ticket.
        is_key = field.name == "into" and hint is str
        if is_event and field.name in NAMED and not is_key:
            write, read = NAMED[field.name]
        elif not field.name.endswith("_us"):
            write, read = checks[hint if hint in checks else getattr(hint, "__supertype__", hint)]
        else:
            write, read = INSTANTS[hint is not int]
        table.append((field.alias or field.name, field.name, write, read))
    return tuple(table)


_Value = TypeVar("_Value")
_Put: TypeAlias = Callable[[object, object], None]


@attrs.frozen
class Form(Generic[_Value]):
    """Hold how the values of one class are written and read."""

    kind: type[_Value]
    version: int
    head: str
    get: Callable[[_Value], tuple[object, ...]]
    written: tuple[tuple[str, Write], ...]
    read: tuple[tuple[str, Check], ...]


def form_of(kind: type[_Value], version: int, rows: Sequence[Row]) -> Form[_Value]:
    """Return the form of a class: its table, turned to be read and written quickly."""
    attributes = [attribute for _, attribute, _, _ in rows]
    only = attrgetter(attributes[0])

    def alone(value: object) -> tuple[object, ...]:
        return (only(value),)

    get: object = attrgetter(*attributes) if len(rows) > 1 else alone
    return Form(
        kind=kind,
        version=version,
        head=_head(kind, version),
        get=cast("Callable[[_Value], tuple[object, ...]]", get),
        written=tuple((f',"{name}":', write) for name, _, write, _ in rows),
        read=tuple((name, read) for name, _, _, read in rows),
    )


def _head(kind: type, version: int) -> str:
    return f'{{"type":"{kind.__name__}","version":{version}'


class Quick(Generic[_Value]):
    """Read what a writer of this version has written, and nothing else: in a third of the time.

    One pattern finds every value and has looked at its form; the slots are set as the constructor
    would set them, whose converters have nothing to convert here. Whatever does not match is left
    to the clear way, which knows what is wrong with it.
    """

    def __init__(self, kind: type[_Value], version: int, rows: Sequence[Row]) -> None:
        fields = "".join(f',"{name}":{PATTERNS[read]}' for name, _, _, read in rows)
        pattern = re.compile(f"{re.escape(_head(kind, version))}{fields}}}", re.ASCII)
        self._match: Final = pattern.fullmatch
        self._new: Final = cast("Callable[[type[_Value]], _Value]", object.__new__)
        self._kind: Final = kind
        puts = [cast("_Put", getattr(kind, attribute).__set__) for _, attribute, _, _ in rows]
        self._steps: Final = tuple(
            (put, AS_FOUND.get(row[3])) for put, row in zip(puts, rows, strict=True)
        )
        # A text that may be replaced, by its name as it begins a member.
        self._texts: Final = {
            f'"{row[0]}': (number, put)
            for number, (put, row) in enumerate(zip(puts, rows, strict=True))
            if row[3] is as_text
        }

    @staticmethod
    def can_read(kind: type, rows: Sequence[Row]) -> bool:
        """Say whether every value has a pattern, and the class has no rules of its own."""
        has_rules = hasattr(kind, "__attrs_post_init__") or any(
            field.validator is not None for field in attrs.fields(kind)
        )
        return not has_rules and all(read in PATTERNS for *_, read in rows)

    def read(self, payload: str, personal: str) -> _Value | None:
        """Return the value, or None for the clear way to read it or to say what is wrong."""
        match = self._match(payload)
        if match is None:
            return None
        values = match.groups()
        made = self._new(self._kind)
        try:
            for (put, read), value in zip(self._steps, values):  # noqa: B905 - a group a step
                put(made, read(value) if read else value)
            last = -1  # they come in the order of the class, each once
            for piece in personal.split("\n") if personal else ():
                name, _, text = piece.partition('":"')
                number, put = self._texts[name]
                text, end = text[:-1], text[-1:]
                is_plain = text.isprintable() and '"' not in text and "\\" not in text
                if values[number] or number <= last or end != '"' or not is_plain:
                    return None  # something else in its place, or a text with an escape
                last = number
                put(made, text)
        except (ValueError, KeyError):  # 31 February; a member that the class does not have
            return None
        return made
