"""Find a ticket when nobody knows its number: by requester, service and words (law D3).

A shelf names candidates; a small sum of reasons orders them. What weighs what is written down here,
and every result says why it is there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from math import exp2, log1p
from typing import Final, NamedTuple, Protocol

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent, in_order
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId, same_form
from itsm_core.lifecycle import Ticket, fold
from itsm_core.spans import in_pendulum, instant, micros

__all__ = ["Asked", "Filed", "Found", "HistoryShelf", "Shelf", "find_tickets"]

_REQUESTER, _SERVICE, _WORDS, _LIKELY, _OPEN, _RECENT = 4.0, 2.0, 4.0, 1.5, 1.0, 1.0
"""What each reason adds at most. The requester and the words weigh alike, for people call for each
other; that a ticket is open and was touched lately decides between otherwise equal ones."""

_HALF_LIFE_DAYS: Final = 14.0
_DAY_US: Final = 86_400_000_000
_WORD: Final = re.compile(r"\w+")
_SHORTEST: Final = 3
_MOST: Final = 1_000
"""Candidates looked at; a shelf that names more has not understood the question."""


@attrs.frozen(kw_only=True)
class Asked:
    """Hold what somebody on the telephone knows: who they are, which service, in their words.

    `requester` is whoever asks, for their own ticket or one that is about them.

    Raises:
        InvalidValue: nothing is known at all.

    >>> from itsm_core.contacts import Asked, Filed, HistoryShelf
    >>> shelf = HistoryShelf()
    >>> shelf.add(Filed(ticket_id="INC-1", requester="rob", on_behalf_of="eve"))
    >>> [each.ticket_id for each in shelf.candidates(Asked(requester="eve"), limit=5)]
    ['INC-1']
    >>> Asked(words="  ")
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: nothing to find a ticket by: '  '; ask who it is for, ...
    """

    requester: PersonId = PersonId("")
    service: ServiceId = ServiceId("")
    words: str = ""

    def __attrs_post_init__(self) -> None:
        for name in ("requester", "service", "words"):
            value: object = getattr(self, name)
            if not isinstance(value, str):
                raise InvalidValue(f"{name} is text", value, "write it in quotes")
        if not (self.requester.strip() or self.service.strip() or self.words.strip()):
            remedy = "ask who it is for, which service, or what it was about"
            raise InvalidValue("nothing to find a ticket by", self.words, remedy)


def _words_in(filed: Filed) -> frozenset[str]:
    return frozenset(_words(filed.title))


@attrs.frozen(kw_only=True)
class Filed:
    """Hold what a shelf knows of one ticket: enough to recognise it, no more.

    `words` are those of its title, as they are looked for. `opened_us` and `last_us`, when a human
    last touched it, are in microseconds since 1970 (UTC).

    >>> from itsm_core.contacts import Filed
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.spans import EPOCH
    >>> opened = TicketOpened(
    ...     ticket_id="INC-1", occurred_at=EPOCH, requester="rob", title="Printer has no paper"
    ... )
    >>> filed = Filed.of([opened])
    >>> filed.requester, filed.is_open, sorted(filed.words)
    ('rob', True, ['has', 'paper', 'printer'])
    """

    ticket_id: TicketId
    requester: PersonId = PersonId("")
    on_behalf_of: PersonId = PersonId("")
    service: ServiceId = ServiceId("")
    title: str = ""
    group: GroupId = GroupId("")
    is_open: bool = True
    opened_us: int = 0
    last_us: int = 0
    words: frozenset[str] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(_words_in, takes_self=True)
    )

    @classmethod
    def of(cls, history: Iterable[TicketEvent], *, on_behalf_of: str = "") -> Filed:
        """Return what a history adds up to, as far as it is looked for.

        Raises:
            InvalidValue: the history does not begin with `TicketOpened`.
        """
        told = in_order(history)
        return _filed(fold(told), told, on_behalf_of)


def _filed(ticket: Ticket, told: tuple[TicketEvent, ...], on_behalf_of: str) -> Filed:
    # The last sign of a human: software that closes a ticket brings nobody back to it.
    signs = (each.occurred_us for each in told if not each.automatic)
    return Filed(
        ticket_id=ticket.ticket_id,
        requester=ticket.requester,
        on_behalf_of=PersonId(on_behalf_of),
        service=ticket.service,
        title=ticket.title,
        group=ticket.group,
        is_open=ticket.category.is_open,
        opened_us=ticket.opened_us,
        last_us=max(signs, default=ticket.opened_us),
    )


class Shelf(Protocol):
    """Keep tickets where they are found by who asks, by service or by words; a port.

    >>> from itsm_core.contacts import Asked, Filed, HistoryShelf, Shelf
    >>> shelf: Shelf = HistoryShelf()
    >>> shelf.add(Filed(ticket_id="INC-1", requester="rob", title="Printer has no paper"))
    >>> len(shelf), shelf.count_with("PRINTER")
    (1, 1)
    >>> [each.ticket_id for each in shelf.candidates(Asked(requester="rob"), limit=10)]
    ['INC-1']
    """

    def candidates(self, asked: Asked, /, *, limit: int) -> Collection[Filed]:
        """Return at most `limit` tickets that have the requester, the service or a word."""
        ...

    def count_with(self, word: str, /) -> int:
        """Return how many tickets have a word in their title; its case makes no difference."""
        ...

    def __len__(self) -> int:
        """Return how many tickets there are."""
        ...


class HistoryShelf:
    """Keep tickets in memory, by their histories; enough for some hundred thousand.

    Add a history again when it went on: the last one holds.

    >>> from itsm_core.contacts import Asked, HistoryShelf
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.spans import EPOCH
    >>> titles = {"INC-1": "Printer has no paper", "INC-2": "No mail since this morning"}
    >>> shelf = HistoryShelf(
    ...     [TicketOpened(ticket_id=key, occurred_at=EPOCH, title=title)]
    ...     for key, title in titles.items()
    ... )
    >>> [each.title for each in shelf.candidates(Asked(words="the mail"), limit=5)]
    ['No mail since this morning']
    """

    def __init__(self, histories: Iterable[Iterable[TicketEvent]] = ()) -> None:
        """Take the histories of any number of tickets."""
        self._filed: dict[TicketId, Filed] = {}
        self._by: dict[tuple[str, str], dict[TicketId, None]] = {}
        for history in histories:
            self.add(Filed.of(history))

    def __len__(self) -> int:
        return len(self._filed)

    def add(self, filed: Filed) -> None:
        """File a ticket, in the place of what was filed of it before."""
        old = self._filed.get(filed.ticket_id)
        for key in () if old is None else _keys(old):
            self._by[key].pop(filed.ticket_id, None)
        self._filed[filed.ticket_id] = filed
        for key in _keys(filed):
            self._by.setdefault(key, {})[filed.ticket_id] = None

    def candidates(self, asked: Asked, /, *, limit: int) -> Collection[Filed]:
        """Return the tickets that share most with what was asked, the latest first."""
        shared: Counter[TicketId] = Counter()
        for key in _asked_keys(asked):
            shared.update(self._by.get(key, {}).keys())
        best = sorted(shared, key=lambda key: (-shared[key], -self._filed[key].last_us, key))
        return tuple(self._filed[key] for key in best[:limit])

    def count_with(self, word: str, /) -> int:
        """Return how many tickets have a word in their title."""
        return len(self._by.get(("word", _folded(word)), ()))


def _keys(filed: Filed) -> Iterator[tuple[str, str]]:
    for person in {same_form(filed.requester), same_form(filed.on_behalf_of)} - {""}:
        yield "person", person
    if filed.service:
        yield "service", filed.service
    for word in filed.words:
        yield "word", word


def _asked_keys(asked: Asked) -> Iterator[tuple[str, str]]:
    if asked.requester:
        yield "person", same_form(asked.requester)
    if asked.service:
        yield "service", asked.service
    for word in _words(asked.words):
        yield "word", word


@attrs.frozen(kw_only=True)
class Found:
    """Hold a ticket that may be meant, with the reasons; `score` only orders them.

    >>> from itsm_core.contacts import Filed, Found
    >>> filed = Filed(ticket_id="INC-1", title="Printer has no paper")
    >>> print(Found(filed=filed, score=5.0, reasons=("says printer", "open", "touched today")))
    INC-1 of 1970-01-01, 'Printer has no paper': says printer, open, touched today
    """

    filed: Filed
    score: float
    reasons: tuple[str, ...]

    @property
    def ticket_id(self) -> TicketId:
        """Return the id of the ticket."""
        return self.filed.ticket_id

    def __str__(self) -> str:
        opened = in_pendulum(instant(self.filed.opened_us)).to_date_string()
        shown = f"{self.ticket_id} of {opened}, {self.filed.title!r}"
        return f"{shown}: {', '.join(self.reasons)}"


def find_tickets(
    asked: Asked,
    shelf: Shelf,
    *,
    as_of: datetime,
    likely: Iterable[TicketId] = (),
    limit: int = 5,
) -> tuple[Found, ...]:
    """Return the tickets that are probably meant, the likeliest first, with the reasons.

    The requester, or the person it was for, counts most, then the share of the words that the title
    has, the rare ones more; then the service, that it is open, and that somebody touched it lately.
    `likely` are ids that something else found for the same words, such as the suggestions of
    `linking.Linker`; they count a little, they add no ticket that the shelf does not name. Equal
    scores are ordered by the last touch, then by id.

    Tickets that share nothing but being open and recent are left out. No more than a thousand
    candidates are looked at.

    Raises:
        InvalidValue: `limit` is not from 1 to 1,000.
        NaiveDatetime: `as_of` has no time zone.

    >>> from itsm_core.contacts import Asked, Filed, HistoryShelf, find_tickets
    >>> from itsm_core.spans import EPOCH, hours
    >>> shelf = HistoryShelf()
    >>> shelf.add(Filed(ticket_id="INC-1", requester="rob", title="Printer has no paper"))
    >>> shelf.add(Filed(ticket_id="INC-2", requester="rob", title="No mail since this morning"))
    >>> for found in find_tickets(
    ...     Asked(requester="rob", words="the mail"), shelf, as_of=EPOCH + hours(1)
    ... ):
    ...     print(found)
    INC-2 of 1970-01-01, 'No mail since this morning': their own, says mail, open, touched today
    INC-1 of 1970-01-01, 'Printer has no paper': their own, open, touched today
    """
    if type(limit) is not int or not 1 <= limit <= _MOST:
        raise InvalidValue("not a number of tickets to show", limit, f"ask for 1 to {_MOST}")
    now_us, named = micros(as_of), frozenset(likely)
    weights, person = _weights(asked, shelf), same_form(asked.requester)
    matches = [
        match
        for filed in shelf.candidates(asked, limit=_MOST)
        if filed.opened_us <= now_us
        and (match := _matched(asked, person, filed, weights)) is not None
    ]
    scored = [
        (_score(match, weights, match.filed.ticket_id in named, now_us), match) for match in matches
    ]
    scored.sort(key=lambda each: (-each[0], -each[1].filed.last_us, each[1].filed.ticket_id))
    return tuple(
        Found(
            filed=match.filed,
            score=score,
            reasons=tuple(_reasons(match, match.filed.ticket_id in named, now_us)),
        )
        for score, match in scored[:limit]
    )


class _Match(NamedTuple):
    """What a ticket shares with what was asked."""

    filed: Filed
    whose: str
    words: tuple[str, ...]
    has_service: bool


def _weights(asked: Asked, shelf: Shelf) -> dict[str, float]:
    """Return how much each word says: the rarer, the more; together they are one."""
    total = max(1, len(shelf))
    rarity = {
        word: log1p((total + 1) / (shelf.count_with(word) + 0.5)) for word in _words(asked.words)
    }
    whole = sum(rarity.values())
    return {word: each / whole for word, each in rarity.items()}


def _matched(asked: Asked, person: str, filed: Filed, weights: dict[str, float]) -> _Match | None:
    """Return what a ticket shares with what was asked; None if that is nothing."""
    whose = ""
    if person:
        if person == same_form(filed.requester):
            whose = "their own"
        elif person == same_form(filed.on_behalf_of):
            whose = "opened for them"
    words = tuple([word for word in weights if word in filed.words])
    has_service = bool(asked.service) and asked.service == filed.service
    return _Match(filed, whose, words, has_service) if whose or words or has_service else None


def _score(match: _Match, weights: dict[str, float], is_likely: bool, now_us: int) -> float:
    filed = match.filed
    days = max(0, now_us - filed.last_us) / _DAY_US
    return (
        _REQUESTER * bool(match.whose)
        + _WORDS * sum(weights[word] for word in match.words)
        + _SERVICE * match.has_service
        + _LIKELY * is_likely
        + _OPEN * filed.is_open
        + _RECENT * exp2(-days / _HALF_LIFE_DAYS)
    )


def _reasons(match: _Match, is_likely: bool, now_us: int) -> Iterator[str]:
    filed = match.filed
    if match.whose:
        yield match.whose
    if match.words:
        yield f"says {', '.join(match.words)}"
    if match.has_service:
        yield f"about {filed.service}"
    if is_likely:
        yield "alike in other words"
    if filed.is_open:
        yield "open"
    days = max(0, now_us - filed.last_us) // _DAY_US
    yield f"touched {days} day{'s' if days > 1 else ''} ago" if days else "touched today"


def _folded(word: str) -> str:
    return word.casefold() if word.isascii() else unicodedata.normalize("NFKC", word).casefold()


def _words(text: str) -> dict[str, None]:
    """Return the words of a text, each once, in order; short ones only if they are numbers."""
    words = _WORD.findall(_folded(text))
    return dict.fromkeys(each for each in words if len(each) >= _SHORTEST or each.isdigit())
