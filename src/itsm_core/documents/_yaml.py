"""YAML with the place of every key and value; what YAML would guess is refused with a hint.

Needs the extra `yaml`. Of the parser only its nodes are used, never its constructors: no tag makes
an object. Aliases count each time that they are used, so that a small file cannot become a large
one.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final, cast

import attrs

from itsm_core.documents._dates import missing_day
from itsm_core.documents._places import (
    DEEPEST,
    MOST_VALUES,
    KeyPath,
    Lines,
    Place,
    Read,
    Spot,
    SyntaxFault,
    Unreadable,
    key_twice,
    too_deep,
)
from itsm_core.documents._yaml_faults import refusal, unreadable

if TYPE_CHECKING:
    import yaml
    from yaml._yaml import Mark as CMark
    from yaml.error import Mark

_TEXT: Final = "tag:yaml.org,2002:str"
_PLAIN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "bool", "int", "float", "null", "timestamp", "value", "merge")
)
"""What the parser takes a plain scalar for; which of them it really is, is decided here."""

_WHOLE: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,99})")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,99})\.[0-9]{1,99}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_GUESSED: Final = re.compile(
    # Booleans of YAML 1.1, numbers to the base 60, octal and other numbers, nothing at all.
    r"(?i:y|n|yes|no|on|off|true|false|null|~)|"
    r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|"
    r"[-+]?(?:0[0-9_]+|0b[01_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*|[0-9][0-9_]*\.[0-9_]*"
    r"(?:[eE][-+]?[0-9]+)?|\.[0-9_]+|\.(?i:inf|nan))|[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+|=|"
)
_JOINED: Final = re.compile(r"([A-Za-z_][\w-]*):(\S.*)")
"""A key and its value without a blank between them, which is one text to YAML."""


def parse_yaml(text: str) -> Read:
    """Return the values of a YAML mapping and the place of every key and value.

    Raises:
        Unreadable: it is not YAML or no mapping, a key stands twice, a plain value could be meant
            in two ways, a tag or a merge key is used, or it is nested or repeated too much; or the
            extra `yaml` is not installed.
    """
    try:
        import yaml
    except ModuleNotFoundError as error:
        message = "YAML needs the extra yaml"
        remedy = "pip install '.[yaml]' in a checkout of itsm-core, or write TOML"
        fault = SyntaxFault(code="no-yaml", message=message, place=Place(1, 1), remedy=remedy)
        raise Unreadable(fault) from error
    try:
        node = _compose(text)
    except yaml.MarkedYAMLError as error:
        raise unreadable(text, error) from error
    except yaml.reader.ReaderError as error:
        position = int(error.position)
        place = Lines(text).place(position)
        message = f"the character #x{ord(text[position]):04x} is not allowed"
        raise refusal(message, place, "remove it, or write it as an escape in quotes") from error
    except RecursionError as error:
        raise too_deep(Place(1, 1)) from error
    if not isinstance(node, yaml.MappingNode):
        place = Place(1, 1) if node is None else _place(node)
        raise refusal("a policy in YAML is one mapping", place, "write key: value, a line each")
    walker = _Walker()
    return walker.mapping(node, (), 1), walker.spots, walker.faults


def _compose(text: str) -> yaml.Node | None:
    """Return the nodes of a text; one too large or too deep is refused where it becomes so."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Count while nodes are made, for a megabyte of them takes the parser half a minute."""

        values = depth = 0

        def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
            """Return the next node, unless it is one too many or too deep."""
            self.values += (
                index is not None
            )  # a key has no index, an item a number, a value its key
            self.depth += 1
            is_nested = self.check_event(yaml.CollectionStartEvent)
            event: yaml.Event | None = self.current_event
            mark = None if event is None else event.start_mark
            if self.values > MOST_VALUES:
                raise _too_large(_at(mark))
            if self.depth > DEEPEST and is_nested:
                raise too_deep(_at(mark))
            node: yaml.Node | None = super().compose_node(parent, cast("int", index))
            self.depth -= 1
            return node

    loader = Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _too_large(place: Place) -> Unreadable:
    remedy = "write the values out once; aliases of aliases multiply"
    message = f"more than {MOST_VALUES:,} values, aliases counted at each use"
    fault = SyntaxFault(code="too-large", message=message, place=place, remedy=remedy)
    return Unreadable(fault)


def _place(node: yaml.Node) -> Place:
    return _at(node.start_mark)


def _at(mark: Mark | CMark | None) -> Place:
    return Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)


class _Walker:
    """Turn the nodes of a parser into plain values, counting each."""

    def __init__(self) -> None:
        self.spots: dict[KeyPath, Spot] = {}
        self.faults: list[SyntaxFault] = []

    def mapping(self, node: yaml.MappingNode, path: KeyPath, depth: int) -> dict[str, object]:
        """Return the values of a mapping, its keys being texts."""
        self._check(node, "tag:yaml.org,2002:map", depth)
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            key, place = self._key(key_node), _place(key_node)
            inner = (*path, key)
            if key in values:
                first = self.spots[inner].key
                self.faults.append(key_twice(key, inner, place, first).fault)
                continue
            values[key] = self._value(value_node, inner, place, depth)
            joined = _JOINED.fullmatch(key)
            if joined is not None and key_node.style is None and values[key] == "":
                self.faults.pop()  # that a value is missing: it is there
                remedy = f"write {joined[1]}: {joined[2]}"
                what = "a blank is missing after ':'"
                raise refusal(what, place, remedy, key)
        return values

    def _value(self, node: yaml.Node, path: KeyPath, key: Place | None, depth: int) -> object:
        import yaml

        place = _place(node)
        if key is not None and isinstance(node, yaml.MappingNode | yaml.SequenceNode):
            # A block begins in the line below its key, an alias where its anchor stands.
            place = key if node.flow_style is False or place < key else place
        self.spots[path] = Spot(key or place, place)
        if len(self.spots) > MOST_VALUES:
            raise _too_large(key or place)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path, depth + 1)
        if isinstance(node, yaml.SequenceNode):
            self._check(node, "tag:yaml.org,2002:seq", depth + 1)
            return [
                self._value(item, (*path, number), None, depth + 1)
                for number, item in enumerate(node.value)
            ]
        if not isinstance(node, yaml.ScalarNode):
            raise refusal("no value that can be read", place, "write a text or a number")
        return self._told(_scalar(node), path)

    def _told(self, value: object, path: KeyPath) -> object:
        """Return a value; of one that could be meant in two ways the text, once that is noted."""
        if isinstance(value, SyntaxFault):
            self.faults.append(attrs.evolve(value, path=path))
            return value.value
        return value

    def _check(self, node: yaml.Node, tag: str, depth: int) -> None:
        if depth > DEEPEST:
            raise too_deep(_place(node))
        if node.tag != tag:
            message = f"the tag {node.tag[:80]!r} is not allowed"
            raise refusal(message, _place(node), "remove the tag", node.tag)

    def _key(self, node: yaml.Node) -> str:
        import yaml

        if not isinstance(node, yaml.ScalarNode):
            raise refusal("a key is no text", _place(node), "write key: value")
        if node.style is None and node.value == "<<":
            remedy = "write the keys out, or use an alias for a whole value"
            raise refusal("merge keys are not read", _place(node), remedy, "<<")
        if node.style is None and _DATE.fullmatch(node.value):
            return str(node.value)
        if node.style is None and _WHOLE.fullmatch(node.value):
            return str(node.value)
        value = self._told(_scalar(node), ())
        if not isinstance(value, str):
            raise refusal("a key is no text", _place(node), f'write "{node.value[:80]}":')
        return value


def _scalar(node: yaml.ScalarNode) -> object:
    """Return what a scalar plainly says; what YAML 1.1 and 1.2 read differently is refused."""
    text = str(node.value)
    if node.style is not None:
        if node.tag != _TEXT:
            message = f"the tag {node.tag[:80]!r} is not allowed"
            raise refusal(message, _place(node), "remove the tag", node.tag)
        return text
    if node.tag not in _PLAIN_TAGS:
        message = f"the tag {node.tag[:80]!r} is not allowed"
        raise refusal(message, _place(node), "remove the tag", node.tag)
    if text in ("true", "false"):
        return text == "true"
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    if _DATE.fullmatch(text):
        return _date(text, node)
    if _GUESSED.fullmatch(text):
        return _guessed(text, _place(node))
    return text


def _date(text: str, node: yaml.Node) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        remedy = f"correct the day: {missing_day(text) or 'as in 2026-12-24'}"
        raise refusal(f"the day {text} does not exist", _place(node), remedy, text) from error


def _guessed(text: str, place: Place) -> SyntaxFault:
    quoted = f'"{text}"'
    if text.lower() in ("y", "yes", "on", "true", "n", "no", "off", "false"):
        word = "true" if text.lower() in ("y", "yes", "on", "true") else "false"
        message = f"{text} is a text to some readers of YAML and {word} to others"
        remedy = f"write {quoted} for the text, or {word}"
    elif ":" in text:
        message = f"{text} is a time to some readers of YAML and a number to the base 60 to others"
        remedy = f"write {quoted}"
    elif text in ("", "~") or text.lower() == "null":
        message, remedy, quoted = "no value is given", "write a value, or remove the key", ""
    else:
        message = f"{text} is read differently by different readers of YAML"
        remedy = f"write {quoted} for the text, or a plain decimal number"
    return SyntaxFault(
        code="wrong-type",
        message=message,
        place=place,
        remedy=remedy,
        value=text,
        suggestion=quoted,
    )
