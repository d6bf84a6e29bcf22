"""A value of a policy on its way into a form: with its path, and the notebook of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

import attrs

from itsm_core.documents import KeyPath
from itsm_core.documents._places import short
from itsm_core.errors import shown
from itsm_core.policy._inline import toml_value
from itsm_core.policy._notes import Notes

KINDS: Final[Mapping[type, str]] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
    datetime: "a date with a time",
    date: "a date",
    time: "a time",
    type(None): "nothing",
}


class Wrong:
    """Stand for a value that was refused and noted."""

    def __repr__(self) -> str:
        return "WRONG"


WRONG: Final = Wrong()


@attrs.frozen(kw_only=True)
class Form:
    """Base of what a table of a policy is read into: where it stands, and which keys it gives.

    Every field has a default, also a required one, so that a form exists whatever is wrong with
    the table. A field's metadata say whether it is required and what the schema tells of it.
    """

    at: KeyPath = attrs.field(default=(), eq=False, repr=False, metadata={"hidden": True})
    given: frozenset[str] = attrs.field(
        default=frozenset[str](), eq=False, repr=False, metadata={"hidden": True}
    )

    def path(self, *steps: str | int) -> KeyPath:
        """Return the path of a key of this table."""
        return (*self.at, *steps)


@attrs.frozen
class Ref:
    """Hold a text that is the name of something, with its place."""

    text: str = ""
    at: KeyPath = attrs.field(default=(), eq=False)

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text


@attrs.frozen
class Node:
    """Hold a plain value on its way into a form."""

    value: object
    path: KeyPath
    notes: Notes

    def child(self, step: str | int, value: object) -> Node:
        """Return a value inside this one."""
        return Node(value, (*self.path, step), self.notes)

    def wrong_type(self, wanted: str, suggestion: str = "") -> Wrong:
        """Note that the value is of another type."""
        got = KINDS.get(type(self.value), type(self.value).__name__)
        suggestion = suggestion or _converted(self.value, wanted)
        key = self.path[-1] if self.path else ""
        named = f"{key} = {suggestion}" if isinstance(key, str) and suggestion else suggestion
        self.notes.add(
            "wrong-type",
            f"must be {wanted}, not {got} ({shown(self.value, 60)})",
            self.path,
            value=self.value,
            remedy=f"write {named or wanted}",
            suggestion=suggestion,
            rule="types are exact: nothing is converted",
        )
        return WRONG


def _converted(value: object, wanted: str) -> str:
    """Return how the value is written as what is wanted, where that is plain."""
    if isinstance(value, str):
        text = value.strip()
        if wanted == "a whole number" and text.removeprefix("-").isdigit() and text.isascii():
            return text
        if wanted == "true or false" and text.lower() in ("true", "false"):
            return text.lower()
        if wanted == "a list":
            items = [short(each.strip()) for each in text[:200].split(",") if each.strip()]
            return toml_value(items or [""])
    elif wanted == "a text" and type(value) in (int, float):
        return f'"{value}"'
    elif wanted == "a number" and type(value) is int:
        return f"{value}.0"
    elif wanted == "true or false" and type(value) is int and value in (0, 1):
        return "true" if value else "false"
    elif wanted == "a whole number" and isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ""


def is_wrong(value: object) -> bool:
    """Return whether a value was refused and noted."""
    return value is WRONG
