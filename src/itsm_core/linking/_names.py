"""Named things in texts: hosts, jobs, error codes. Two tickets that name one rare thing belong
together, whatever else they say.

People vary their words, not the name of the server. An index counts such a name as one word among
many; here it is weighed like a configuration item that somebody forgot to fill in.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from itsm_core.ids import TicketId
from itsm_core.linking._masking import plain
from itsm_core.linking._sources import SemanticView
from itsm_core.linking._values import TicketText

__all__ = ["NamedThings", "SameTitles"]

_NAME: Final = re.compile(
    r"(?<![\w.@-])[A-Za-z]{1,6}[-_]?(?:[A-Za-z]{0,8})\d{2,}(?![\w-]|[.+][\w.+-]*@|@)", re.ASCII
)
"""Letters, then two digits or more: srv077, JB2652, ORA-01555, WI-EXP01; not 2.1.0, not x86_64,
and not the name of a person in a mail address."""

_BODY: Final = 300
"""What a ticket is about stands at its beginning; further down come logs that name everything."""

_TITLE: Final = 500
"""So much of a title is read, as everywhere else in linking."""

_AGREEMENT: Final = 0.8
_SMOOTHING: Final = 100.0
"""Tickets of none of these names, added so that a young desk takes no name for rare."""

_MOST: Final = 6.0
"""Nats: rarer than one in 300 is not told apart."""

_WEIGHT: Final = 0.3
"""Of what the names alone would say; the index has counted them as words already."""


class NamedThings:
    """Remember which names were in which ticket, and say how much two have in common.

    Mutable: `observe` each ticket once it was grouped. `view` is what a linker takes.
    """

    def __init__(self) -> None:
        self._names: dict[TicketId, frozenset[str]] = {}
        self._tickets: Counter[str] = Counter()

    @property
    def view(self) -> SemanticView:
        """Return the evidence for a linker, in nats for the rarest name in common."""
        return SemanticView(name="names", source=self, weight=_WEIGHT * _MOST, neutral=0.0)

    def observe(self, text: TicketText) -> None:
        """Remember the names of a ticket."""
        names = names_of(text)
        self._names[text.ticket_id] = names
        self._tickets.update(names)

    def similarities(
        self, text: TicketText, tickets: Sequence[TicketId], /
    ) -> Sequence[float | None]:
        """Return for each ticket how rare the rarest common name is, 0 to 1; None without one."""
        total = len(self._names) + _SMOOTHING
        weights = {
            name: min(_MOST, math.log(_AGREEMENT * total / (self._tickets[name] + 1))) / _MOST
            for name in names_of(text)
        }
        return [
            max(
                (weights[name] for name in self._names.get(each, ()) if name in weights),
                default=None,
            )
            for each in tickets
        ]


_NUMBER: Final = re.compile(r"(?<![\w.])\d[\d.,:%]*(?!\w)")
"""A number that stands alone: a time, a share, a count; not the one in a name."""

_SAME: Final = 4.0
"""Nats for the very same title on the same item: what a monitor writes, and people who copy."""


class SameTitles:
    """Say which tickets have the very same title, numbers apart, on the same item.

    A young index does not know yet which words are rare; a title that is told twice needs no such
    knowledge. Mutable: `observe` each ticket once it was grouped.
    """

    def __init__(self) -> None:
        self._told: dict[TicketId, tuple[str, str]] = {}

    @property
    def view(self) -> SemanticView:
        """Return the evidence for a linker."""
        return SemanticView(name="same title", source=self, weight=_SAME, neutral=0.0)

    def observe(self, text: TicketText) -> None:
        """Remember the title of a ticket."""
        self._told[text.ticket_id] = _fingerprint(text)

    def similarities(
        self, text: TicketText, tickets: Sequence[TicketId], /
    ) -> Sequence[float | None]:
        """Return 1 for each ticket of the same title and item, None for the others."""
        own = _fingerprint(text)
        return [1.0 if own[0] and self._told.get(each) == own else None for each in tickets]


def _fingerprint(text: TicketText) -> tuple[str, str]:
    words = _NUMBER.sub("#", plain(text.title[:_TITLE]).casefold()).split()
    return " ".join(words), text.configuration_item_id


def names_of(text: TicketText) -> frozenset[str]:
    """Return the named things in the title and the beginning of the body, in small letters."""
    told = plain(f"{text.title[:_TITLE]} {text.body[:_BODY]}")
    return frozenset(name.lower() for name in _NAME.findall(told))
