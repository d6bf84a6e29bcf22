"""Values that a policy writes as one text, a date or a condition: how each is read and written.

A reader takes a `Node` and returns the value, or `WRONG` once it has noted what is wrong. The
schema is what an editor is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NewType, cast, get_args

import attrs

from itsm_core.calendars import Calendar, Goal, WeeklyHours, load_zone
from itsm_core.conditions import Condition, Predicate, Schema
from itsm_core.documents._dates import date_meant, missing_day
from itsm_core.errors import CodecError, DefinitionError, InvalidValue
from itsm_core.lifecycle._fields import TICKET_SCHEMA
from itsm_core.policy._goals import duration_text, goal_text, parse_duration, parse_goal
from itsm_core.policy._hints import clock_meant, goal_meant, hours_meant, month_and_day_meant
from itsm_core.policy._inline import toml_key, written
from itsm_core.policy._node import WRONG, Node, Ref
from itsm_core.priority import PRIORITY_FACTS
from itsm_core.rosters import Unit
from itsm_core.sla import FACTS

Zone = NewType("Zone", str)
MonthAndDay = NewType("MonthAndDay", str)
Share = NewType("Share", float)
UsedShare = NewType("UsedShare", float)
"""A share of a target that is used up; above 1 it counts beyond the due instant."""
Guard = NewType("Guard", object)
Facts = NewType("Facts", object)
PriorityTest = NewType("PriorityTest", object)
Instant = NewType("Instant", object)
Crew = NewType("Crew", object)
"""One person, or a list of people who are on call together."""
Turns = NewType("Turns", object)
"""How many units a turn takes: a whole number, or a list of them."""
Later = NewType("Later", object)
"""A section that is read once the calendars are made."""
Followed = NewType("Followed", object)
"""The name of a lifecycle, or a table of names by type of ticket."""
Start = NewType("Start", object)
"""An instant with an offset, or a date: the first instant of that day where the calendar is."""


@attrs.frozen
class Leaf:
    """Hold how one kind of value is read from a node, written as plain JSON, and described."""

    read: Callable[[Node], object]
    write: Callable[[Any], object]
    schema: Mapping[str, object]


def _text(node: Node) -> str | None:
    """Return the text of a node; None once it is noted that it is none."""
    if type(node.value) is str:
        return node.value
    node.wrong_type("a text")
    return None


def _parsed(
    node: Node, parse: Callable[[str], object], meant: Callable[[str], str] | None = None
) -> object:
    """Return what a parser makes of a text; a refusal is noted with what was probably meant."""
    text = _text(node)
    if text is None:
        return WRONG
    if not text.strip():
        remedy = f"write what {node.path[-1]} is between the quotes"
        node.notes.add("empty", "must not be empty", node.path, value=text, remedy=remedy)
        return WRONG
    try:
        return parse(text)
    except InvalidValue as error:
        guess = meant(text) if meant is not None else ""
        node.notes.add(
            error.code,
            f"{error.what}: {text[:80]!r}",
            node.path,
            value=text,
            remedy=f"write {guess!r}; {error.remedy}" if guess else error.remedy,
            suggestion=guess,
        )
    except DefinitionError as error:
        guess = meant(text) if meant is not None else ""
        # Where it is known what was meant, one remedy answers all that is wrong with the text.
        for fault in error.faults[: 1 if guess else None]:
            remedy = f"write {guess!r}" if guess else fault.remedy
            node.notes.add(
                fault.code,
                fault.message,
                node.path,
                value=fault.value,
                remedy=remedy,
                suggestion=guess,
            )
    return WRONG


def _goal(node: Node) -> object:
    return _without_unit(node) if type(node.value) is int else _parsed(node, parse_goal, goal_meant)


def _without_unit(node: Node) -> object:
    written = f'"{node.value}h"'
    node.notes.add(
        "wrong-type",
        f"must be a text, not a whole number ({node.value})",
        node.path,
        value=node.value,
        remedy=f"write the unit too, such as {written}",
        suggestion=written,
    )
    return WRONG


def _duration(node: Node) -> object:
    def parse(text: str) -> timedelta:
        plain = text.strip()
        found = parse_duration(plain.removeprefix("-"))
        return -found if plain.startswith("-") else found

    return _without_unit(node) if type(node.value) is int else _parsed(node, parse, goal_meant)


def _write_duration(value: timedelta) -> str:
    return f"-{duration_text(-value)}" if value < timedelta(0) else duration_text(value)


def _clock(node: Node) -> object:
    if type(node.value) is time:
        return node.value

    def parse(text: str) -> time:
        try:
            return time.fromisoformat(text)
        except ValueError as error:
            raise InvalidValue("not a time of day", text, "write it as 09:00") from error

    return _parsed(node, parse, clock_meant)


def _calendar(node: Node) -> object:
    text = _text(node)
    if text is None:
        return WRONG
    found = node.notes.calendar(Ref(text, node.path))
    return WRONG if found is None else found


def _crew(node: Node) -> object:
    if type(node.value) is str:
        return (node.value,)
    if type(node.value) is not list:
        return node.wrong_type("a text")
    items = cast("list[object]", node.value)
    found = [_text(node.child(n, item)) for n, item in enumerate(items)]
    return WRONG if None in found else tuple(found)


def _turns(node: Node) -> object:
    if type(node.value) is int:
        return (node.value,)
    if type(node.value) is str and (unit := _UNITS.get(node.value.strip().lower())):
        other = written(node.notes.source.format, "unit", unit)
        node.notes.add(
            "wrong-type",
            f"must be a whole number, not a unit ({node.value!r})",
            node.path,
            value=node.value,
            remedy=f"write {other} in its place: every counts units",
            suggestion=other,
        )
        return WRONG
    if type(node.value) is not list:
        return node.wrong_type("a whole number")
    items = cast("list[object]", node.value)
    wrong = [n for n, item in enumerate(items) if type(item) is not int]
    for n in wrong:
        node.child(n, items[n]).wrong_type("a whole number")
    return WRONG if wrong else tuple(items)


def _write_one_or_list(value: tuple[object, ...]) -> object:
    return value[0] if len(value) == 1 else list(value)


def _followed(node: Node) -> object:
    if type(node.value) is not dict:
        return _name(node)
    members = cast("dict[str, object]", node.value)
    if not members:
        remedy = 'name a lifecycle for each type of ticket; "*" is every other type'
        node.notes.add("empty", "must not be empty", node.path, remedy=remedy)
    found = {key: _name(node.child(key, value)) for key, value in members.items()}
    return {key: each for key, each in found.items() if isinstance(each, Ref)}


def _name(node: Node) -> object:
    """Return the name of a lifecycle; a table in its place was meant to define one."""
    if type(node.value) is dict:
        meant = f"[lifecycles.{toml_key(str(node.path[-1]))}]"
        node.notes.add(
            "wrong-type",
            "must be the name of a lifecycle, not a table",
            node.path,
            remedy=f"to define a lifecycle write {meant}; lifecycle says which tickets follow it",
            suggestion=meant,
            rule="types are exact: nothing is converted",
            at_key=True,
        )
        return WRONG
    text = _text(node)
    if text is not None and not text.strip():
        remedy = "name a lifecycle of the file, or one that is shipped"
        node.notes.add("empty", "must not be empty", node.path, value=text, remedy=remedy)
        return WRONG
    return WRONG if text is None else Ref(text, node.path)


def _write_followed(value: object) -> object:
    if isinstance(value, Ref):
        return value.text
    return {key: str(each) for key, each in cast("dict[str, Ref]", value).items()}


def _zone(node: Node) -> object:
    def parse(text: str) -> str:
        load_zone(text)
        return text

    return _parsed(node, parse)


def _hours(node: Node) -> object:
    return _parsed(node, WeeklyHours.parse, hours_meant)


def _date(node: Node) -> object:
    if type(node.value) is date:
        return node.value
    if type(node.value) is not str:
        return node.wrong_type("a date")
    return read_date(node.value, node)


def read_date(text: str, node: Node) -> object:
    """Return the date that a text writes, or `WRONG` once it is noted that it writes none."""
    if len(text) == 10 and text.isascii() and text[4] == text[7] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass  # noted below, as every other text that is no date
    guess, why = date_meant(text), missing_day(text)
    remedy = f"write {guess}" if guess else "write year, month and day as in 2026-12-24"
    node.notes.add(
        "wrong-value",
        f"{text[:80]!r} is not a date" if not why else f"the day {text} does not exist",
        node.path,
        value=text,
        remedy=f"correct the day: {why}" if why else remedy,
        suggestion=guess,
    )
    return WRONG


def _month_and_day(node: Node) -> object:
    from itsm_core.calendars import YearlyDates

    def parse(text: str) -> str:
        YearlyDates([text])
        return text

    return _parsed(node, parse, month_and_day_meant)


def _share(node: Node) -> object:
    value = node.value
    if type(value) is float and 0 < value < 1:
        return value
    guess = ""
    if type(value) in (int, float) and 1 < cast("float", value) < 100:
        guess = str(round(cast("float", value) / 100, 6))
    elif type(value) is str and value.strip().removesuffix("%").strip().isdecimal():
        guess = str(round(int(value.strip().removesuffix("%")) / 100, 6))
    elif type(value) in (int, float) and value in (1, 100):
        guess = "0.9"
    remedy = f"write {guess}" if guess else "write 0.75 for 75 %"
    node.notes.add(
        "wrong-type" if type(value) not in (int, float) else "warning-ratio",
        f"must be a number between 0 and 1, such as 0.75, not {value!r:.60}",
        node.path,
        value=value,
        remedy=remedy,
        suggestion=guess,
        rule="a warning comes before the goal is used up",
    )
    return WRONG


_MOST_USED: Final = 10.0
"""Ten times the target: what is more is a percentage."""


def _used_share(node: Node) -> object:
    value = node.value
    if type(value) in (int, float) and 0 < cast("float", value) <= _MOST_USED:
        return float(cast("float", value))
    percent: object = value
    if type(value) is str:
        plain = value.strip().removesuffix("%").strip()
        percent = int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 5 else 0
    guess = ""
    if type(percent) in (int, float) and 0 < cast("float", percent) <= _MOST_USED * 100:
        guess = str(round(cast("float", percent) / 100, 6))
    node.notes.add(
        "wrong-type" if type(value) not in (int, float) else "wrong-value",
        f"must be a share of the goal, such as 0.75 (at most {_MOST_USED:g}), not {value!r:.60}",
        node.path,
        value=value,
        remedy=f"write {guess}" if guess else "write 0.75 for 75 %, 1 for the due instant",
        suggestion=guess,
        rule="a share is a number, 1 being the whole goal",
    )
    return WRONG


def _start(node: Node) -> object:
    value = node.value
    if type(value) is date:
        return value
    if type(value) is str and len(value) == 10:
        return read_date(value, node)
    return _instant(node)


def _instant(node: Node) -> object:
    value = node.value
    if type(value) is str:
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            node.notes.add(
                "wrong-value",
                f"{node.value!r:.80} is not an instant",
                node.path,
                value=node.value,
                remedy="write it as 2026-07-01T00:00:00+02:00, or a date alone",
            )
            return WRONG
    if type(value) is not datetime:
        return node.wrong_type("a date with a time")
    if value.tzinfo is None:
        node.notes.add(
            "naive-datetime",
            "a date with a time needs its offset from UTC",
            node.path,
            value=str(node.value),
            remedy=f"write {value.isoformat()}Z for UTC, or its own offset",
            suggestion=f"{value.isoformat()}Z",
            rule="every instant has a zone (law T1)",
        )
        return WRONG
    return value


def _condition(schema: Schema) -> Callable[[Node], object]:
    def read(node: Node) -> object:
        try:
            return Condition.from_json(node.value, schema).rule
        except DefinitionError as error:
            node.notes.add_error(error, node.path)
        except CodecError as error:
            node.notes.add_error(error, node.path)
        return WRONG

    return read


def _write_start(value: date | datetime) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat()


def _condition_to_json(schema: Schema) -> Callable[[Predicate], object]:
    return lambda rule: Condition(schema=schema, rule=rule).to_json()


_UNITS: Final = {
    word: unit
    for unit in get_args(Unit)
    for word in (unit, unit.removesuffix("s"), {"days": "daily"}.get(unit, f"{unit[:-1]}ly"))
}
"""The units of a rotation, by the words in which people write them."""

_CONDITION: Final = {"$ref": "#/$defs/condition"}
_GOAL: Final = (
    r"^\s*(?:(?:wall )?(?=.*\d)(?:\d{1,5}\s*h)?\s*(?:\d{1,7}\s*m(?:in)?)?\s*(?:\d{1,9}\s*s)?"
    r"\s*(?:\d{1,6}\s*us)?|\d{1,4}\s+working\s+days?\b.*)\s*$"
)
_DURATION: Final = (
    r"^\s*-?(?=.*\d)(?:\d{1,5}\s*h)?\s*(?:\d{1,7}\s*m(?:in)?)?\s*(?:\d{1,9}\s*s)?"
    r"\s*(?:\d{1,6}\s*us)?\s*$"
)


def rule_of(value: object) -> Predicate | None:
    """Return the predicate that a condition of a form is; None without one."""
    return value if isinstance(value, Predicate) else None


def names_of(value: object) -> Ref | dict[str, Ref]:
    """Return the lifecycle that a form names for every ticket, or those by type of ticket."""
    return value if isinstance(value, Ref) else cast("dict[str, Ref]", value)


def moment_of(value: object) -> date | datetime | None:
    """Return the date or instant that a start of a form is; None without one."""
    return value if isinstance(value, date) else None


def _same(value: Any) -> object:  # noqa: ANN401
    return value


LEAVES: Final[Mapping[object, Leaf]] = {
    Ref: Leaf(
        lambda node: WRONG if (text := _text(node)) is None else Ref(text, node.path),
        str,
        {"type": "string"},
    ),
    Goal: Leaf(_goal, goal_text, {"type": "string", "pattern": _GOAL}),
    timedelta: Leaf(_duration, _write_duration, {"type": "string", "pattern": _DURATION}),
    time: Leaf(_clock, time.isoformat, {"type": "string", "pattern": r"^\d\d:\d\d(:\d\d)?"}),
    Calendar: Leaf(_calendar, _same, {"type": "string", "minLength": 1}),
    Crew: Leaf(
        _crew,
        _write_one_or_list,
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    ),
    Turns: Leaf(
        _turns,
        _write_one_or_list,
        {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]},
    ),
    Instant: Leaf(
        _instant,
        _write_start,
        {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d[T ].*(?:Z|[+-]\d\d:\d\d)$"},
    ),
    Later: Leaf(_same, _same, {"type": "object"}),
    Zone: Leaf(_zone, str, {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_+\-/]*$"}),
    WeeklyHours: Leaf(_hours, str, {"type": "string", "minLength": 1}),
    MonthAndDay: Leaf(_month_and_day, str, {"type": "string", "pattern": r"^\d\d-\d\d$"}),
    date: Leaf(
        _date, _write_start, {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}
    ),
    Followed: Leaf(
        _followed,
        _write_followed,
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "additionalProperties": {"type": "string", "minLength": 1},
                    "minProperties": 1,
                },
            ]
        },
    ),
    Start: Leaf(
        _start,
        _write_start,
        {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d(?:T.*(?:Z|[+-]\d\d:\d\d))?$"},
    ),
    Share: Leaf(_share, _same, {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
    Guard: Leaf(_condition(TICKET_SCHEMA), _condition_to_json(TICKET_SCHEMA), _CONDITION),
    UsedShare: Leaf(
        _used_share,
        _same,
        {"type": "number", "exclusiveMinimum": 0, "maximum": _MOST_USED},
    ),
    Facts: Leaf(_condition(FACTS), _condition_to_json(FACTS), _CONDITION),
    PriorityTest: Leaf(_condition(PRIORITY_FACTS), _condition_to_json(PRIORITY_FACTS), _CONDITION),
}
"""Every kind of value that has a text or a condition for its form."""
