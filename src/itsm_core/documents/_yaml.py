"""YAML with the place of every key and value; what YAML would guess is refused with a hint.

Needs the extra `yaml`. Of the parser only its nodes are used, never its constructors: no tag makes
an object. Aliases count each time that they are used, so that a small file cannot become a large
one.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

import attrs

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

if TYPE_CHECKING:
    import yaml

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
_HINT: Final = "quote it if it is a text"


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
        message, remedy = "YAML needs the extra yaml", "install itsm-core[yaml], or write TOML"
        fault = SyntaxFault(code="no-yaml", message=message, place=Place(1, 1), remedy=remedy)
        raise Unreadable(fault) from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _unreadable(text, error) from error
    except yaml.reader.ReaderError as error:
        position = int(error.position)
        place = Lines(text).place(position)
        message = f"the character #x{ord(text[position]):04x} is not allowed"
        raise _refusal(message, place, "remove it, or write it as an escape in quotes") from error
    except RecursionError as error:
        raise too_deep(Place(1, 1)) from error
    if not isinstance(node, yaml.MappingNode):
        place = Place(1, 1) if node is None else _place(node)
        raise _refusal("a policy in YAML is one mapping", place, "write key: value, a line each")
    walker = _Walker()
    return walker.mapping(node, (), 1), walker.spots, walker.faults


def _refusal(message: str, place: Place, remedy: str, value: str = "") -> Unreadable:
    return Unreadable(
        SyntaxFault(
            code="yaml-syntax", message=message, place=place, remedy=remedy, value=value[:80]
        )
    )


def _unreadable(text: str, error: yaml.MarkedYAMLError) -> Unreadable:
    mark = error.problem_mark or error.context_mark
    place = Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)
    message = str(error.problem or "not YAML")
    remedy = "indent the keys of one mapping alike, and quote texts that hold ': ' or '#'"
    if "\\t" in message:
        message, remedy = "a tab stands where YAML wants blanks", "indent with blanks"
    elif "expected <block end>" in message:
        message, remedy = "the indentation does not fit", "indent the keys of one mapping alike"
    elif "mapping values are not allowed" in message:
        message, remedy = "a second ':' stands in one line", "quote the text that holds ': '"
    elif "found undefined alias" in message or "undefined alias" in message:
        remedy = "define the anchor before it is used, or quote a text that begins with *"
    elif "another document" in message or "single document" in message:
        message, remedy = "a second document begins", "keep one document a file"
    elif place.line > text.count("\n") + 1 and error.context_mark is not None:
        place = Place(error.context_mark.line + 1, error.context_mark.column + 1)
    return _refusal(message, place, remedy)


def _place(node: yaml.Node) -> Place:
    mark = node.start_mark
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
        return values

    def _value(self, node: yaml.Node, path: KeyPath, key: Place | None, depth: int) -> object:
        import yaml

        place = _place(node)
        if key is not None and isinstance(node, yaml.MappingNode | yaml.SequenceNode):
            # A block begins in the line below its key, an alias where its anchor stands.
            place = key if node.flow_style is False or place < key else place
        self.spots[path] = Spot(key or place, place)
        if len(self.spots) > MOST_VALUES:
            remedy = "write the values out once; aliases of aliases multiply"
            fault = SyntaxFault(
                code="too-large",
                message=f"more than {MOST_VALUES:,} values, aliases counted at each use",
                place=key or place,
                remedy=remedy,
            )
            raise Unreadable(fault)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path, depth + 1)
        if isinstance(node, yaml.SequenceNode):
            self._check(node, "tag:yaml.org,2002:seq", depth + 1)
            return [
                self._value(item, (*path, number), None, depth + 1)
                for number, item in enumerate(node.value)
            ]
        if not isinstance(node, yaml.ScalarNode):
            raise _refusal("no value that can be read", place, "write a text or a number")
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
            raise _refusal(message, _place(node), "remove the tag", node.tag)

    def _key(self, node: yaml.Node) -> str:
        import yaml

        if not isinstance(node, yaml.ScalarNode):
            raise _refusal("a key is no text", _place(node), "write key: value")
        if node.style is None and node.value == "<<":
            remedy = "write the keys out, or use an alias for a whole value"
            raise _refusal("merge keys are not read", _place(node), remedy, "<<")
        if node.style is None and _DATE.fullmatch(node.value):
            return str(node.value)
        if node.style is None and _WHOLE.fullmatch(node.value):
            return str(node.value)
        value = self._told(_scalar(node), ())
        if not isinstance(value, str):
            raise _refusal("a key is no text", _place(node), f'write "{node.value[:80]}":')
        return value


def _scalar(node: yaml.ScalarNode) -> object:
    """Return what a scalar plainly says; what YAML 1.1 and 1.2 read differently is refused."""
    text = str(node.value)
    if node.style is not None:
        if node.tag != _TEXT:
            message = f"the tag {node.tag[:80]!r} is not allowed"
            raise _refusal(message, _place(node), "remove the tag", node.tag)
        return text
    if node.tag not in _PLAIN_TAGS:
        message = f"the tag {node.tag[:80]!r} is not allowed"
        raise _refusal(message, _place(node), "remove the tag", node.tag)
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
        remedy = "correct the day, as in 2026-12-24"
        raise _refusal(f"{text} is no date", _place(node), remedy, text) from error


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
