"""What to offer and what to ask when a ticket comes in, as commands for the desk (law K2).

Where entries come from is a port: `linking.KnowledgeBase` fits, and so does anything of one's own
that answers `match` with evidence. Which of them help is counted elsewhere and moves no order:
that an entry helped others does not say that it fits this symptom.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, cast

import attrs

from itsm_core.commands import AskQuestion, OfferKnowledge
from itsm_core.errors import Fault
from itsm_core.ids import TicketId
from itsm_core.knowledge._checklists import Checklist
from itsm_core.lifecycle import Ticket
from itsm_core.linking import KnowledgeMatch, TicketText
from itsm_core.rosters import _fields as check

__all__ = ["Intake", "IntakeAdvice", "KnowledgeSource"]


class KnowledgeSource(Protocol):
    """Name the entries that fit a text, the best first, each with its evidence.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.knowledge import Intake
    >>> from itsm_core.lifecycle import fold
    >>> from itsm_core.linking import Evidence, KnowledgeMatch, Suggestion
    >>> class Wiki:
    ...     def match(self, text, *, limit, least):
    ...         if "vpn" not in text.title.lower():
    ...             return ()
    ...         why = (Evidence(name="word", contribution=2.0, detail="vpn"),)
    ...         page = Suggestion(ticket_id="WIKI-7", kind="article", evidence=why)
    ...         return (KnowledgeMatch(suggestion=page, used=0, helped=0),)
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> ticket = fold([TicketOpened(ticket_id="INC-1", occurred_at=at, title="My VPN drops")])
    >>> print(Intake(source=Wiki()).advise(ticket))
    offer article WIKI-7: 88%, uncalibrated
       +2.00 word: vpn
    """

    def match(self, text: TicketText, *, limit: int, least: float) -> tuple[KnowledgeMatch, ...]:
        """Return at most `limit` entries whose probability is `least` or more."""
        ...


def _checklists(value: Iterable[Checklist]) -> tuple[Checklist, ...]:
    return cast("tuple[Checklist, ...]", check.many(value))


@attrs.frozen(kw_only=True)
class IntakeAdvice:
    """Hold what fits a new ticket, with the evidence, and the commands that record it.

    Give the `commands` to the desk, in their order. Those whose offer or question the ticket has
    already change nothing.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.knowledge import Checklist, Intake, Question
    >>> from itsm_core.lifecycle import fold
    >>> from itsm_core.linking import KnowledgeBase
    >>> at, base = datetime(2026, 1, 5, 9, tzinfo=UTC), KnowledgeBase()
    >>> vpn = Checklist(checklist_id="vpn", symptom="VPN drops", questions=[Question(name="since")])
    >>> base.add(vpn.entry(at))
    >>> ticket = fold([TicketOpened(ticket_id="INC-1", occurred_at=at, title="My VPN drops")])
    >>> advice = Intake(source=base, checklists=[vpn]).advise(ticket)
    >>> [each.trigger for each in advice.commands]
    ['offer_knowledge', 'ask_question']
    """

    ticket_id: TicketId
    matches: tuple[KnowledgeMatch, ...]
    checklists: tuple[Checklist, ...]

    @property
    def commands(self) -> tuple[OfferKnowledge | AskQuestion, ...]:
        """Return the offers, the best first, then the questions of the checklists."""
        offers = (
            OfferKnowledge(
                ticket_id=self.ticket_id,
                entry_id=each.suggestion.ticket_id,
                kind=each.suggestion.kind,
                place=place,
            )
            for place, each in enumerate(self.matches, 1)
        )
        asked = (
            each for checklist in self.checklists for each in checklist.commands(self.ticket_id)
        )
        return (*offers, *asked)

    def __str__(self) -> str:
        lines = [f"offer {match.suggestion.explain()}" for match in self.matches]
        for checklist in self.checklists:
            lines.append(f"ask {checklist.checklist_id}: {checklist.symptom}")
            lines += [f"  {each}" for each in checklist.questions]
        return "\n".join(lines) or "nothing is known of this symptom"


@attrs.frozen(kw_only=True)
class Intake:
    """Say what to offer and to ask of a new ticket.

    A checklist is asked where its condition holds, or where the source finds its id among the
    entries. `least` is the probability below which nothing is offered: as long as the source is
    not calibrated, only its order can be trusted.

    Raises:
        DefinitionError: two checklists of one id, a limit that is no number from 1 to 20, a
            probability outside 0 to 1.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.knowledge import Intake
    >>> from itsm_core.lifecycle import fold
    >>> from itsm_core.linking import KnowledgeBase, TicketText
    >>> at, base = datetime(2026, 1, 5, 9, tzinfo=UTC), KnowledgeBase()
    >>> base.add(TicketText(ticket_id="KB-7", at=at, kind="article", title="VPN drops every hour"))
    >>> ticket = fold([TicketOpened(ticket_id="INC-1", occurred_at=at, title="My VPN drops")])
    >>> advice = Intake(source=base).advise(ticket, body="every hour or so")
    >>> [(each.entry_id, each.place) for each in advice.commands]
    [('KB-7', 1)]
    >>> Intake(source=base, limit=0)
    Traceback (most recent call last):
        ...
    itsm_core.errors.DefinitionError: intake: limit: 0 is not from 1 to 20 (use 1 to 20)
    """

    source: KnowledgeSource
    checklists: tuple[Checklist, ...] = attrs.field(default=(), converter=_checklists)
    limit: int = 3
    least: float = 0.05

    def __attrs_post_init__(self) -> None:
        check.refuse("intake", self._faults())

    def _faults(self) -> Iterator[Fault]:
        if not callable(getattr(self.source, "match", None)):
            yield check.wrong_type("source", self.source, "a source", "pass a KnowledgeBase")
        yield from check.kinds_faults("checklists", self.checklists, Checklist, "Checklist")
        yield from check.number_faults("limit", self.limit, 1, 20)
        if type(self.least) not in (int, float) or not 0 <= self.least <= 1:
            message = f"{self.least!r} is no probability"
            yield Fault("wrong-value", message, "least", str(self.least), "use 0 to 1, e.g. 0.05")
        seen = set[str]()
        for each in self.checklists if isinstance(self.checklists, tuple) else ():
            name = getattr(each, "checklist_id", "")
            if name in seen:
                message = f"two checklists are called {name!r}"
                yield Fault("duplicate-name", message, "checklists", name, "rename one")
            seen.add(name)

    def advise(self, ticket: Ticket, *, body: str = "") -> IntakeAdvice:
        """Return what fits a ticket, by its title, its classification and `body`.

        `body` is what the ticket does not hold: the text of a mail, or of a call.
        """
        text = TicketText(
            ticket_id=ticket.ticket_id,
            at=ticket.opened_at,
            title=ticket.title,
            body=body,
            service=ticket.service,
            configuration_item_id=ticket.configuration_item_id,
            category=ticket.category_name,
            group=ticket.group,
            requester=ticket.requester,
        )
        matches = self.source.match(text, limit=self.limit, least=self.least)
        found = {each.suggestion.ticket_id for each in matches}
        asked = tuple(
            each for each in self.checklists if each.checklist_id in found or each.applies(ticket)
        )
        return IntakeAdvice(ticket_id=ticket.ticket_id, matches=matches, checklists=asked)
