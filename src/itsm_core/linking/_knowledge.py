"""Offer what is known already: known errors, articles and checklists for a symptom (law K2).

People report symptoms, articles tell causes. So an entry is found by the symptom, which is its
title, and by the words of the incidents that were linked to it; and it does not age.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import attrs

from itsm_core.errors import AlreadyExists, InvalidValue, NotFound
from itsm_core.ids import TicketId
from itsm_core.linking._analyzers import Analyzer
from itsm_core.linking._fields import FieldRule, TicketFields
from itsm_core.linking._index import TicketIndex
from itsm_core.linking._linker import Linker
from itsm_core.linking._model import DEFAULT_MODEL, KNOWLEDGE, LinkModel
from itsm_core.linking._values import INCIDENT, PROBLEM_KINDS, Suggestion, TicketText

__all__ = ["KNOWLEDGE_FIELDS", "KnowledgeBase", "KnowledgeMatch"]

_NEWEST: Final = 20
"""As many incidents lend an entry their words: later ones hardly add new words, only length."""

_PLAIN: Final = TicketFields()
KNOWLEDGE_FIELDS: Final = TicketFields(
    title=_PLAIN.title,
    body=FieldRule(
        weight=1.0,
        query_weight=1.0,
        length_share=0.4,
        usual_terms=60,
        most_terms=1_500,
        most_characters=60_000,
    ),
    log=_PLAIN.log,
)
"""An entry grows with each incident; that it is long does not speak against it."""
_READ: Final = 2 * KNOWLEDGE_FIELDS.body.most_characters
"""More of one incident is never read: what somebody pasted there needs no copy."""


@attrs.frozen(kw_only=True)
class KnowledgeMatch:
    """Offer one entry: why it fits, how often it was used, and how often it helped.

    `used` and `helped` count people's answers. They do not move the order: that an entry helped
    others does not say that it fits this symptom.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import KnowledgeBase, TicketText
    >>> at, base = datetime(2026, 1, 5, 9, tzinfo=UTC), KnowledgeBase()
    >>> base.add(TicketText(ticket_id="KB-7", at=at, kind="article", title="VPN drops every hour"))
    >>> base.count_use("KB-7", helped=True)
    >>> base.count_use("KB-7", helped=False)
    >>> (found,) = base.match(TicketText(ticket_id="INC-1", at=at, title="My VPN drops"))
    >>> f"{found.suggestion.ticket_id} helped {found.helped} of {found.used}"
    'KB-7 helped 1 of 2'
    """

    suggestion: Suggestion
    used: int
    helped: int


class KnowledgeBase:
    """Keep known errors, articles and checklists, and find those that fit a symptom.

    An entry is a `TicketText` of kind `problem`, `known_error`, `article` or `checklist` whose
    title is the symptom as people report it, and whose body is the rest.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import KnowledgeBase, TicketText
    >>> at, base = datetime(2026, 1, 5, 9, tzinfo=UTC), KnowledgeBase()
    >>> base.add(TicketText(ticket_id="KE-1", at=at, kind="known_error", title="VPN drops"))
    >>> new = TicketText(ticket_id="INC-9", at=at, title="Teleworking is unstable")
    >>> base.match(new)
    ()
    >>> base.link("KE-1", TicketText(ticket_id="INC-2", at=at, title="Teleworking breaks off"))
    >>> [each.suggestion.terms for each in base.match(new)]
    [('telework',)]
    """

    def __init__(
        self, *, analyzers: dict[str, Analyzer] | None = None, model: LinkModel = DEFAULT_MODEL
    ) -> None:
        self._index = TicketIndex(analyzers=analyzers, fields=KNOWLEDGE_FIELDS)
        self._linker = Linker(self._index, task=KNOWLEDGE, model=model)
        self._entries: dict[TicketId, TicketText] = {}
        self._linked: dict[TicketId, dict[TicketId, TicketText]] = {}
        self._used: Counter[TicketId] = Counter()
        self._helped: Counter[TicketId] = Counter()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: TicketText) -> None:
        """Add an entry.

        Raises:
            InvalidValue: its kind is none that answers incidents.
            AlreadyExists: there is one of this id; `revise` it.
        """
        if entry.kind not in PROBLEM_KINDS:
            known = f"use one of {', '.join(PROBLEM_KINDS)}"
            raise InvalidValue("this kind answers no incident", entry.kind, known)
        if entry.ticket_id in self._entries:
            raise AlreadyExists("knowledge entry", entry.ticket_id)
        self._entries[entry.ticket_id] = entry
        self._linked[entry.ticket_id] = {}
        self._write(entry.ticket_id)

    def revise(self, entry: TicketText) -> None:
        """Replace an entry's own words; linked incidents and counts stay.

        Raises:
            NotFound: there is none of this id.
            InvalidValue: its kind is none that answers incidents.
        """
        self._entry(entry.ticket_id)
        if entry.kind not in PROBLEM_KINDS:
            raise InvalidValue("this kind answers no incident", entry.kind, "keep the kind it had")
        self._entries[entry.ticket_id] = entry
        self._write(entry.ticket_id)

    def withdraw(self, entry_id: TicketId) -> None:
        """Take an entry out; it is offered no more, and what was counted for it is gone.

        Raises:
            NotFound: there is none of this id.
        """
        self._entry(entry_id)
        self._index.remove(entry_id)
        del self._entries[entry_id], self._linked[entry_id]
        del self._used[entry_id], self._helped[entry_id]

    def link(self, entry_id: TicketId, incident: TicketText) -> None:
        """Let an incident that an entry explains lend it its words; linking twice is linking once.

        Raises:
            NotFound: there is no entry of this id.
            InvalidValue: the text is no incident.
        """
        self._entry(entry_id)
        if incident.kind != INCIDENT:
            raise InvalidValue("only incidents lend their words", incident.kind, "link an incident")
        self._linked[entry_id][incident.ticket_id] = incident
        self._write(entry_id)

    def unlink(self, entry_id: TicketId, incident_id: TicketId) -> None:
        """Take an incident's words back.

        Raises:
            NotFound: there is no such entry, or the incident is not linked to it.
        """
        self._entry(entry_id)
        if incident_id not in self._linked[entry_id]:
            raise NotFound("linked incident", incident_id, f"it is not linked to {entry_id}")
        del self._linked[entry_id][incident_id]
        self._write(entry_id)

    def count_use(self, entry_id: TicketId, *, helped: bool) -> None:
        """Count that somebody used an entry, and whether it helped.

        Raises:
            NotFound: there is no entry of this id.
        """
        self._entry(entry_id)
        self._used[entry_id] += 1
        self._helped[entry_id] += helped

    def match(
        self, text: TicketText, *, limit: int = 3, least: float = 0.0
    ) -> tuple[KnowledgeMatch, ...]:
        """Return the entries that fit a text best; `least` is the probability that is enough.

        Raises:
            InvalidValue: the limit is no whole number above 0, or the least is no probability.
        """
        return tuple(
            KnowledgeMatch(
                suggestion=each,
                used=self._used[each.ticket_id],
                helped=self._helped[each.ticket_id],
            )
            for each in self._linker.similar(text, limit=limit, least=least)
        )

    def _entry(self, entry_id: TicketId) -> TicketText:
        found = self._entries.get(entry_id)
        if found is None:
            raise NotFound("knowledge entry", entry_id, "add it first")
        return found

    def _write(self, entry_id: TicketId) -> None:
        """Index an entry anew: its own words, then those of the newest incidents."""
        entry = self._entries[entry_id]
        linked = sorted(
            self._linked[entry_id].values(), key=lambda each: (-each.at_us, each.ticket_id)
        )
        words = [
            f"{each.title[:_READ]}\n{each.body[:_READ]}\n{each.log[:_READ]}"
            for each in linked[:_NEWEST]
        ]
        self._index.update(
            attrs.evolve(entry, at=entry.at_us, body="\n".join((entry.body, *words)))
        )
