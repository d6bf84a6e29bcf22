"""The port of the catalogue's versions: what agreements, calendars and lifecycles said, and say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

import attrs

from itsm_core.ports._checks import checked_name, compact_json

__all__ = ["DOCUMENT_LENGTH", "Definition", "DefinitionStore"]

DOCUMENT_LENGTH: Final = 1_048_576
"""The longest document in characters: ten times a large policy with its matrix."""


def _document(value: object) -> str:
    return compact_json("a document", value, longest=DOCUMENT_LENGTH)


@attrs.frozen(kw_only=True)
class Definition:
    """Hold one version of an agreement, a calendar, a lifecycle or what else has versions.

    `document` is JSON text and kept in its compact form.

    Raises:
        InvalidValue: a name cannot be stored, or the document is no JSON.

    >>> from itsm_core.ports import Definition
    >>> Definition(kind="policy", name="gold", version="1", document='{ "P1": "4h" }').document
    '{"P1":"4h"}'
    >>> Definition(kind="policy", name="gold", version="2", document="P1 = 4h")
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: a document is not JSON ...
    """

    kind: str
    name: str
    version: str
    document: str = attrs.field(converter=_document)

    def __attrs_post_init__(self) -> None:
        checked_name("the kind of a definition", self.kind)
        checked_name("the name of a definition", self.name)
        checked_name("the version of a definition", self.version)


class DefinitionStore(Protocol):
    """Keep every version of every definition, unchanged (law R2).

    Old tickets are judged by what held for them: a version that was published stays as it is.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import Definition, DefinitionStore
    >>> def publish(store: DefinitionStore, goal: str) -> int:
    ...     gold = Definition(kind="policy", name="gold", version="1", document=goal)
    ...     return store.publish([gold])
    >>> store = MemoryStore()
    >>> publish(store, '{"P1": "4h"}'), publish(store, '{"P1": "4h"}')
    (1, 0)
    >>> publish(store, '{"P1": "8h"}')
    Traceback (most recent call last):
    itsm_core.errors.AlreadyExists: policy 'gold 1' ...
    """

    def publish(self, definitions: Iterable[Definition]) -> int:
        """Keep definitions, all or, on any error, none; return how many are new.

        Raises:
            AlreadyExists: a version was published with another document.
        """
        ...

    def definition(self, kind: str, name: str, version: str) -> Definition:
        """Return one version.

        Raises:
            NotFound: it was never published.
        """
        ...

    def definition_versions(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the versions in the order in which they were published; none is no error."""
        ...
