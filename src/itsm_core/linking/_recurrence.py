"""Watch incidents for failures that come back in like words: grouping, set up for the long run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId, TicketId
from itsm_core.linking._analyzers import Analyzer
from itsm_core.linking._grouping import IncidentGrouper, expect_new
from itsm_core.linking._index import TicketIndex
from itsm_core.linking._linker import Linker, Related
from itsm_core.linking._model import RECURRENCE, Agreement
from itsm_core.linking._names import NamedThings, SameTitles
from itsm_core.linking._values import INCIDENT, Group, GroupingEvent, TicketText, Verdict

__all__ = ["RecurrenceWatch"]

_PRIOR: Final = -2.0
"""Tuned on simulated desks of half a year, at most one false candidate in 1,000 tickets wanted."""

_THRESHOLD: Final = 0.5
_ITEM: Final = Agreement(field="configuration_item_id", agreement_ratio=0.8)


class RecurrenceWatch:
    """Group incidents by wording, item and named things, so that months between two hardly count.

    `analyzers` read the texts, as those of a `TicketIndex` do.

    `prior` is the one knob, in log-odds on top of a cautious default: raise it and more is found,
    more of it false. `related` knows items that belong together (`are_related` says whether; this
    wants how much). Give tickets in order of time; the same tickets give the same groups.

    `events` and `texts` are those of an earlier run: the groups and everything people said are as
    they were, and the texts are not grouped anew.

    Raises:
        AlreadyExists: a text is there twice.
        InvalidValue: an incident of the texts is in no event, or one of the events has no text.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import RecurrenceWatch, TicketText
    >>> watch, at = RecurrenceWatch(), datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> export = "Nightly payroll export stops with error E4711"
    >>> for month, title in enumerate((export, "Printer jams", export)):
    ...     at += timedelta(days=30)
    ...     told = watch.observe(TicketText(ticket_id=f"INC-{month + 1}", at=at, title=title))
    >>> [group.members for group in watch.groups]
    [('INC-1', 'INC-3')]
    """

    def __init__(
        self,
        *,
        analyzers: Mapping[str, Analyzer] | None = None,
        prior: float = 0.0,
        related: Related | None = None,
        events: Iterable[GroupingEvent] = (),
        texts: Iterable[TicketText] = (),
    ) -> None:
        self._names = NamedThings()
        self._titles = SameTitles()
        self._index = index = TicketIndex(analyzers=analyzers)
        linker = Linker(
            index,
            task=RECURRENCE,
            agreements=(_ITEM,),
            related=related,
            prior=_PRIOR + prior,
            views=(self._names.view, self._titles.view),
        )
        self._grouper = IncidentGrouper(linker, threshold=_THRESHOLD, events=events)
        known: set[TicketId] = set()
        for text in texts:
            index.add(text)
            self._note(text)
            if text.kind == INCIDENT:
                known.add(text.ticket_id)
        missing = known ^ self._grouper.tickets
        if missing:
            remedy = "pass the events and the texts of one and the same run"
            raise InvalidValue("events and texts do not fit together", min(missing), remedy)

    def observe(self, *texts: TicketText) -> tuple[GroupingEvent, ...]:
        """Take in tickets, put into order of time; return what happened to groups.

        Raises:
            AlreadyExists: one was taken in before, or is there twice; none is taken in then.
        """
        expect_new(self._index, texts)
        found: list[GroupingEvent] = []
        for text in sorted(texts, key=lambda each: (each.at_us, each.ticket_id)):
            found += self._grouper.observe(text)
            self._note(text)
        return tuple(found)

    def _note(self, text: TicketText) -> None:
        self._names.observe(text)
        self._titles.observe(text)

    def judge(
        self,
        ticket_id: TicketId,
        other: TicketId,
        verdict: Verdict,
        *,
        by: PersonId,
        at: datetime,
    ) -> tuple[GroupingEvent, ...]:
        """Let a person say that two are the same, or different; see `IncidentGrouper.judge`."""
        return self._grouper.judge(ticket_id, other, verdict, by=by, at=at)

    def group_of(self, ticket_id: TicketId) -> Group:
        """Return the group that a ticket is in, of one or more.

        Raises:
            NotFound: it was never taken in, or is no incident.
        """
        return self._grouper.group_of(ticket_id)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return the groups of two and more."""
        return self._grouper.groups


def grouped(texts: Iterable[TicketText]) -> tuple[Group, ...]:
    """Return the groups of texts at once; those without any words are left out."""
    watch = RecurrenceWatch()
    watch.observe(*(each for each in texts if each.title or each.body or each.log))
    return watch.groups
