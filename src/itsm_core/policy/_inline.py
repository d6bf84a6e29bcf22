"""Plain values in one line, as TOML, JSON or YAML writes them: for dumps, and for remedies."""

from __future__ import annotations

import json
import re
from typing import Final, cast

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def written(form: str, key: str, value: object) -> str:
    """Return a key with its value as a file of a format has it.

    >>> written("toml", "guard", {"field": "reopen_count", "operator": "<", "value": 10})
    'guard = { field = "reopen_count", operator = "<", value = 10 }'
    """
    if form == "toml":
        return f"{toml_key(key)} = {toml_value(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return f'"{key}": {text}' if form == "json" else f"{key}: {text}"


def toml_key(key: str) -> str:
    """Return a key of TOML, in quotes where it needs them."""
    return key if _BARE.fullmatch(key) else _text(key)


def toml_value(value: object) -> str:
    """Return a value of TOML in one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case dict():
            members = cast("dict[str, object]", value).items()
            inner = ", ".join(f"{toml_key(key)} = {toml_value(each)}" for key, each in members)
            return f"{{ {inner} }}" if inner else "{}"
        case list():
            return f"[{', '.join(map(toml_value, cast('list[object]', value)))}]"
        case _:
            return repr(value)


def _text(text: str) -> str:
    # JSON escapes what TOML wants escaped, but for one character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
