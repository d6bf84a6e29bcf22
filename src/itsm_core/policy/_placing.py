"""Which key or value of the text a fault of a definition is about.

Constructors name fields of their own, `warn_at_ratios[0]` or `transitions[3] 'resolve'`; the text
has keys. The way is walked as far as the text has it; then the offending value is looked for below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from itsm_core.documents import KeyPath
from itsm_core.policy._source import PolicySource

_STEPS: Final = re.compile(r"\[(?P<inner>[^\]]*)\]|(?P<name>[^.\[\]\s:]+)")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "warn_at_ratios": ("warn_at",),
    "goals": ("goals", "goal"),
    "days": ("yearly",),
    "agreement_id": ("id",),
    "rules": ("rules",),
    "schema": (),
}
"""What a field of a definition is called in the text, where that is another name."""


def placed(source: PolicySource, base: KeyPath, where: str, value: str) -> tuple[KeyPath, bool]:
    """Return the path that a fault at `where` below `base` is about, and whether it is the key."""
    at = base
    for step in _steps(where):
        inner = next((each for each in _choices(at, step) if each in source.spots), None)
        if inner is not None:
            at = inner
    found = _below(source, at, value) if value else None
    return (at, False) if found is None else found


def _steps(where: str) -> Iterator[str | int]:
    for found in _STEPS.finditer(where):
        inner = found["inner"]
        if inner is None:
            yield found["name"].strip("'\"")
            continue
        for part in re.split(r",\s*", inner):
            plain = part.strip().strip("'\"")
            yield int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 7 else plain


def _choices(at: KeyPath, step: str | int) -> Iterator[KeyPath]:
    yield (*at, step)
    if isinstance(step, int):
        yield (*at, str(step))
        return
    for name in _NAMES.get(step, ()):
        yield (*at, name)


def _below(source: PolicySource, base: KeyPath, value: str) -> tuple[KeyPath, bool] | None:
    """Return the first place below `base` that holds a value, else the last key of that name.

    The last, because of two that are alike the second is the one too many.
    """
    plain = value.strip("'\"")
    keys: list[KeyPath] = []
    for path in source.spots:
        if len(path) < len(base) or path[: len(base)] != base:
            continue
        held = source.value_at(path)
        if not isinstance(held, dict | list) and str(held) in (value, plain):
            return path, False
        if path and path[-1] == plain and path != base:
            keys.append(path)
    return (keys[-1], True) if keys else None
