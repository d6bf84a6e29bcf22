"""The text of a policy with the place of every key and value in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

import attrs

from itsm_core.documents import KeyPath, Place, Spot, path_text

if TYPE_CHECKING:
    from itsm_core.policy._findings import Finding, Severity

__all__ = ["PolicySource"]


@attrs.frozen(kw_only=True, slots=False)
class PolicySource:
    """Hold what a policy was read from: its text, its name, and where each key stands.

    `values` is the document as plain values, None if it has no readable form; `spots` has the
    place of the key and of the value of every path.

    >>> from itsm_core.policy import read_policy
    >>> source = read_policy("demo").source
    >>> source.value_at("calendars.berlin.zone"), str(source.place("calendars.berlin.zone"))
    ('Europe/Berlin', '7:8')
    >>> source.has("calendars.rome")
    False
    """

    text: str = attrs.field(repr=False)
    file: str = ""
    format: str = "toml"
    values: Mapping[str, object] | None = attrs.field(default=None, repr=False)
    spots: Mapping[KeyPath, Spot] = attrs.field(factory=dict[KeyPath, Spot], repr=False)

    @cached_property
    def _by_text(self) -> dict[str, KeyPath]:
        """Return the paths by their text; of two that read alike, the first."""
        found: dict[str, KeyPath] = {}
        for path in self.spots:
            found.setdefault(path_text(path), path)
        return found

    def place(self, path: str | Sequence[str | int]) -> Place:
        """Return where the value of a path stands; of a table written by header, the header.

        A path that the text does not have stands where the nearest one above it does, in the end
        at the first character.
        """
        return self._spot(path).value

    def key_place(self, path: str | Sequence[str | int]) -> Place:
        """Return where the key of a path stands; an item of a list has the place of its value."""
        return self._spot(path).key

    def value_at(self, path: str | Sequence[str | int]) -> object:
        """Return the plain value of a path; None where the text has no such path."""
        keys = self._exact(path)
        if keys is None or (keys and keys not in self.spots):
            return None
        found: object = self.values
        for step in keys:
            if isinstance(step, int):
                found = cast("list[object]", found)[step]
            else:
                found = cast("dict[str, object]", found)[step]
        return found

    def has(self, path: str | Sequence[str | int]) -> bool:
        """Return whether the text has this path itself."""
        return self._exact(path) in self.spots

    def finding(
        self,
        code: str,
        message: str,
        path: str | Sequence[str | int] = (),
        *,
        severity: Severity | None = None,
        value: str = "",
        rule: str = "",
        remedy: str = "",
        suggestion: str = "",
        at_key: bool = False,
    ) -> Finding:
        """Return a finding at a path, with file, line and column filled in."""
        from itsm_core.policy._findings import Finding, Severity

        place = self.key_place(path) if at_key else self.place(path)
        return Finding(
            code=code,
            message=message,
            severity=Severity.ERROR if severity is None else severity,
            path=path if isinstance(path, str) else path_text(tuple(path)),
            file=self.file,
            line=place.line,
            column=place.column,
            value=value,
            rule=rule,
            remedy=remedy,
            suggestion=suggestion,
        )

    def _exact(self, path: str | Sequence[str | int]) -> KeyPath | None:
        """Return the keys of a path that the text has; None for a text that is no path of it."""
        return self._by_text.get(path) if isinstance(path, str) else tuple(path)

    def _keys(self, path: str | Sequence[str | int]) -> KeyPath:
        if not isinstance(path, str):
            return tuple(path)
        found = self._by_text.get(path)
        while found is None and path:
            path = _parent(path)
            found = self._by_text.get(path)
        return found or ()

    def _spot(self, path: str | Sequence[str | int]) -> Spot:
        keys = self._keys(path)
        while keys and keys not in self.spots:
            keys = keys[:-1]
        return self.spots.get(keys, _FIRST)


_FIRST = Spot(Place(1, 1), Place(1, 1))


def _parent(path: str) -> str:
    """Return the text of a path without its last step."""
    cut = max(path.rfind("."), path.rfind("["))
    return path[:cut] if cut > 0 else ""
