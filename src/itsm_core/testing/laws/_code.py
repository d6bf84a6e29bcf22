"""Values as code that runs: imports, and an expression that makes an equal value."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from importlib import import_module
from textwrap import indent
from types import FunctionType
from typing import Final, cast

import attrs

from itsm_core.calendars import Calendar, Combination, PlainDates, WeeklyHours
from itsm_core.conditions import Schema
from itsm_core.lifecycle import Lifecycle
from itsm_core.priority import PriorityMatrix
from itsm_core.spans import instant

__all__ = ["Writer", "example_of"]

_WIDTH: Final = 88
_HOME: Final = "itsm_core"
_SHIPPED: Final = {
    "itsm_core.calendars": ("ALWAYS", "NEVER"),
    "itsm_core.lifecycle": (
        "TICKET_SCHEMA",
        "INCIDENT",
        "SERVICE_REQUEST",
        "PROBLEM",
        "KNOWN_ERROR",
        "STANDARD_CHANGE",
        "NORMAL_CHANGE",
        "EMERGENCY_CHANGE",
        "TASK",
        "COMPLAINT",
    ),
    "itsm_core.priority": ("ITIL_MATRIX", "PRIORITY_FACTS"),
    "itsm_core.sla": ("FACTS",),
}
_LAWS: Final = "itsm_core.testing.laws"


@attrs.define
class Writer:
    """Write values down as code, and remember what has to be imported for it."""

    imported: dict[str, set[str]] = attrs.field(factory=dict[str, set[str]])
    own: dict[str, str] = attrs.field(factory=dict[str, str])
    """What cannot be imported, such as what was defined inside a function: name and what it is."""
    _named_so: dict[str, object] = attrs.field(factory=dict[str, object], init=False)

    def code(self, value: object) -> str:
        """Return an expression that makes an equal value."""
        match value:
            case Calendar() | Lifecycle() | PriorityMatrix() | Schema() if _shipped(value):
                return self._named(*_shipped(value))
            case Enum():
                kind = type(value)
                return f"{self._named(_module(kind), kind.__name__)}.{value.name}"
            case type() | FunctionType():
                return self._own(value)
            case datetime() | date() | time() | timedelta():
                return self._moment(value)
            case Combination():
                parts = [repr(value.operation), *(self.code(each) for each in value.parts)]
                return _joined(f"{self._class(Combination)}(", parts, ")")
            case WeeklyHours():
                return f"{self._class(WeeklyHours)}.parse({str(value)!r})"
            case PlainDates():
                return self._list(sorted(value.dates))
            case Mapping():
                table = cast("Mapping[object, object]", value)
                parts = [f"{self.code(key)}: {self.code(each)}" for key, each in table.items()]
                return _joined("{", parts, "}")
            case _:
                return self._other(value)

    def _other(self, value: object) -> str:
        if isinstance(value, tuple | list):
            return self._list(cast("Iterable[object]", value))
        if isinstance(value, set | frozenset):
            members = sorted(cast("Iterable[object]", value), key=repr)
            return _joined("{", [self.code(each) for each in members], "}") if members else "()"
        if attrs.has(type(value)):
            return self._made(value)
        if callable(value):
            return self._own(value)
        return repr(value)

    def _list(self, values: Iterable[object]) -> str:
        parts = [self.code(each) for each in values]
        if len(parts) == 1:
            return _joined("(", [f"{parts[0]},"], ")")
        return _joined("(", parts, ")")

    def _moment(self, value: date | time | timedelta) -> str:
        if isinstance(value, datetime):
            self._named("datetime", "datetime")
            return f"datetime.fromisoformat({value.isoformat()!r})"
        if isinstance(value, timedelta):
            return f"{self._named('datetime', 'timedelta')}({_length(value)})"
        kind = type(value) if type(value) in (date, time) else date
        self._named("datetime", kind.__name__)
        return repr(value).removeprefix("datetime.")

    def _made(self, value: object) -> str:
        """Write an attrs value as a call with whatever is not its default."""
        kind = cast("type[attrs.AttrsInstance]", type(value))
        parts: list[str] = []
        for field in attrs.fields(kind):
            given = getattr(value, field.name)
            if not field.init or _is_default(field.default, given, value):
                continue
            if (
                field.name.endswith("_us")
                and field.alias.endswith("_at")
                and isinstance(given, int)
            ):
                given = instant(given)
            parts.append(f"{field.alias}={self.code(given)}")
        return _joined(f"{self._class(kind)}(", parts, ")")

    def _class(self, kind: type) -> str:
        if kind.__module__.partition(".")[0] != _HOME:
            return self._own(kind)
        return self._named(_module(kind), kind.__name__)

    def _own(self, value: object) -> str:
        """Name a function or class of the user's; what cannot be imported is left to them."""
        module = str(getattr(value, "__module__", ""))
        path = str(getattr(value, "__qualname__", type(value).__name__))
        if _imported(module, path) is value:
            self._named(module, path.partition(".")[0])
            return path
        stem = "yours_" + re.sub(r"\W", "", path.rpartition(".")[2])
        name, number = stem, 1
        while self._named_so.setdefault(name, value) is not value:
            number += 1
            name = f"{stem}_{number}"
        self.own[name] = path
        return name

    def _named(self, module: str, name: str) -> str:
        self.imported.setdefault(module, set()).add(name)
        return name

    def imports(self) -> list[str]:
        """Return the lines that import what the code names."""
        lines = [
            f"from {module} import {', '.join(sorted(names))}"
            for module, names in sorted(self.imported.items())
        ]
        lines += [f"# {name} is yours: {path}" for name, path in sorted(self.own.items())]
        return lines


def _imported(module: str, path: str) -> object:
    """Return what the first part of a path is imported as, and the rest leads to; None if not."""
    found: object = sys.modules.get(module)
    for part in path.split("."):
        found = cast("object", getattr(found, part, None))
    return found


def _shipped(value: object) -> tuple[str, ...]:
    """Return module and name of a value that itsm_core ships; nothing for any other."""
    for module, names in _SHIPPED.items():
        for name in names:
            known = cast("object", getattr(import_module(module), name))
            if type(known) is type(value) and known == value:
                return module, name
    return ()


def _length(value: timedelta) -> str:
    """Return a duration in its largest whole unit."""
    for name in ("days", "hours", "minutes", "seconds", "milliseconds"):
        number, rest = divmod(value, timedelta(**{name: 1}))
        if number and not rest and (name != "days" or number > 1):
            return f"{name}={number}"
    return f"microseconds={value // timedelta.resolution}" if value else ""


def _module(kind: type) -> str:
    """Return where a class is imported from: the public room, not the private module."""
    parts = kind.__module__.split(".")
    if parts[0] == _HOME:
        private = next((n for n, part in enumerate(parts) if part.startswith("_")), len(parts))
        parts = parts[:private]
    return ".".join(parts)


def _is_default(default: object, value: object, owner: object) -> bool:
    factory = getattr(default, "factory", None)
    if callable(factory):
        made = factory(owner) if getattr(default, "takes_self", False) else factory()
        return bool(made == value)
    return default is not attrs.NOTHING and bool(type(default) is type(value) and default == value)


def _joined(head: str, parts: list[str], tail: str) -> str:
    """Join parts in one line, or in a line each where that would be too long."""
    line = f"{head}{', '.join(part.rstrip(',') for part in parts)}{tail}"
    if len(parts) == 1 and parts[0].endswith(","):
        line = f"{head}{parts[0]}{tail}"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    body = indent("".join(f"{part.rstrip(',')},\n" for part in parts), "    ")
    return f"{head}\n{body}{tail}"


def example_of(name: str, case: object) -> str:
    """Return code that makes a case, tries the law of this name on it, and prints what it finds."""
    writer = Writer()
    made = writer.code(case)
    writer.imported.setdefault(_LAWS, set()).add(name)
    return "\n".join([*writer.imports(), f"case = {made}", f'print(*{name}(case), sep="\\n")'])
