"""Redact events for others to read: pseudonyms for persons, nothing of free texts (law R8).

For an export, a test log, a report of a fault. The log itself stays as it is; to take somebody out
of it, erase them (`itsm_core.adapters.erasure`).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final, cast

import attrs

from itsm_core.adapters.erasure import is_erased
from itsm_core.adapters.personal import persons_in, texts_in
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ids import PersonId

__all__ = ["REDACTED_TEXT", "Redaction"]

REDACTED_TEXT: Final = "(redacted)"
"""What stands where a free text was."""

_OTHERS: Final = ("group ", "role ", "roster ")
_SHORTEST_KEY: Final = 16
_DIGITS: Final = 16  # 64 bits: among a million people, two with one pseudonym are 1 in 37 million


def _key(value: bytes) -> bytes:
    if not _is_bytes(value) or len(value) < _SHORTEST_KEY:
        remedy = f"use at least {_SHORTEST_KEY} random bytes: secrets.token_bytes(32)"
        raise InvalidValue("no key of a redaction", type(value).__name__, remedy)
    return value


def _is_bytes(value: object) -> bool:
    return isinstance(value, bytes)


@attrs.frozen(kw_only=True)
class Redaction:
    """Give everybody the same pseudonym everywhere, which only the holder of the key can find.

    With the same key two exports can be joined, with another one they cannot. Throw the key away,
    and nobody can tell who is who, but by what they did. Ids of tickets, groups, services and
    configuration items stay: name nobody in them.

    Raises:
        InvalidValue: the key is shorter than 16 bytes.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.redaction import Redaction
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, requester="bob", title="No mail")
    >>> redaction = Redaction(key=b"use secrets.token_bytes(32)")
    >>> shown = redaction.event(opened)
    >>> shown.title, shown.requester == redaction.person("bob"), shown.requester[:7]
    ('(redacted)', True, 'person-')
    >>> Redaction(key=b"short")
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: no key of a redaction: 'bytes'; use at least 16 random bytes: ...
    """

    key: bytes = attrs.field(converter=_key, repr=False)

    def person(self, person_id: str) -> PersonId:
        """Return the pseudonym of a person; nobody, and who is erased, stay what they are."""
        if not person_id or is_erased(person_id):
            return PersonId(person_id)
        digest = hmac.new(self.key, person_id.encode("utf-8", "surrogatepass"), sha256)
        return PersonId(f"person-{digest.hexdigest()[:_DIGITS]}")

    def event(self, event: TicketEvent) -> TicketEvent:
        """Return an event with pseudonyms, and without what anybody wrote."""
        tag = type(event).__name__
        changes: dict[str, str] = {}
        for name in persons_in(tag):
            changes[name] = self._named(tag, str(getattr(event, name)))
        for name in texts_in(tag):
            if getattr(event, name):
                changes[name] = REDACTED_TEXT
        # Every one of them is a text, which no checker can see.
        return cast("Callable[..., TicketEvent]", attrs.evolve)(event, **changes)

    def _named(self, tag: str, value: str) -> str:
        """Return a field with the pseudonym of whom it names."""
        if tag != "EscalationStepTaken":
            return self.person(value)
        # Its target says what it is: `person ana`, `group network`, `nobody`.
        if value == "nobody" or value.startswith(_OTHERS):
            return value
        who = value.removeprefix("person ")
        return f"{value[: -len(who)]}{self.person(who)}" if who else value

    def events(self, events: Iterable[TicketEvent]) -> tuple[TicketEvent, ...]:
        """Return a history, redacted event by event: its clocks come out the same."""
        return tuple(map(self.event, events))
