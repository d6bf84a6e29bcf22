"""One way in for every format: a text becomes plain values with their places, or one refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from itsm_core.documents._json import parse_json
from itsm_core.documents._places import (
    KeyPath,
    Read,
    Spot,
    SyntaxFault,
    Unreadable,
)
from itsm_core.documents._toml import parse_toml
from itsm_core.documents._yaml import parse_yaml

FORMATS: Final[Mapping[str, str]] = {
    ".toml": "toml",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
}
"""The format that the ending of a file's name stands for."""

_PARSERS: Final[Mapping[str, Callable[[str], Read]]] = {
    "toml": parse_toml,
    "json": parse_json,
    "yaml": parse_yaml,
}


@attrs.frozen(kw_only=True)
class Parsed:
    """Hold what a text says: its values and their places, and what is wrong with it.

    Without values nothing of it could be read, and the one fault says why. With values, the faults
    are keys that stand twice, of which the first counts, and plain values that could be meant in
    two ways, which count as texts.

    >>> from itsm_core.documents import parse_document
    >>> found = parse_document('zone = "UTC"', "toml")
    >>> dict(found.values), str(found.spots["zone",].value)
    ({'zone': 'UTC'}, '1:8')
    >>> parse_document("zone = ", "toml").values is None
    True
    """

    values: Mapping[str, object] | None = None
    spots: Mapping[KeyPath, Spot] = attrs.field(factory=dict[KeyPath, Spot], repr=False)
    faults: tuple[SyntaxFault, ...] = ()


def parse_document(text: str, kind: str) -> Parsed:
    """Return the values of a text of a format of `FORMATS`, or why it has none.

    A byte order mark, which editors on Windows write, is no fault. No content makes this raise.

    >>> dict(parse_document("a = 1", "toml").values)
    {'a': 1}
    """
    try:
        found = _PARSERS[kind](text.removeprefix("\ufeff"))
    except Unreadable as error:
        return Parsed(faults=(error.fault,))
    values, spots, faults = found
    return Parsed(values=values, spots=spots, faults=tuple(faults))
