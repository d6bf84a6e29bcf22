"""What linking reads and answers: texts of tickets, suggestions with their evidence, groups.

All of it is plain data. Scores are log-odds, in nats: evidence adds up, and a person can see what
weighed how much (law K1). Evidence holds terms, never sentences; people appear by id only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, TypeAlias

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.spans import as_micros, instant

__all__ = [
    "AGREEMENT_FIELDS",
    "INCIDENT",
    "NO_DECAY",
    "PROBLEM_KINDS",
    "Evidence",
    "Group",
    "GroupSplit",
    "GroupStarted",
    "GroupingEvent",
    "GroupsMerged",
    "Link",
    "PairJudged",
    "Suggestion",
    "Task",
    "TicketGrouped",
    "TicketText",
    "Verdict",
    "probability_of",
]

INCIDENT: Final = "incident"
PROBLEM_KINDS: Final = ("problem", "known_error", "article", "checklist")
"""Kinds that answer an incident; they are matched, never grouped."""

AGREEMENT_FIELDS: Final = (
    "service",
    "configuration_item_id",
    "category",
    "group",
    "requester",
    "assignee",
)
"""What two tickets may have in common besides words and time."""

_NAMED: Final = ("ticket_id", "kind", "language", *AGREEMENT_FIELDS)
_SAID: Final = (*_NAMED, "title", "body", "log")

_FURTHEST: Final = 700.0
"""Beyond it `exp` overflows; the probability is 0 or 1 to the last bit long before."""


def probability_of(log_odds: float) -> float:
    """Return the probability, 0 to 1, that log-odds in nats stand for.

    >>> from itsm_core.linking import probability_of
    >>> probability_of(0.0)
    0.5
    """
    if log_odds < -_FURTHEST:
        return 0.0
    return 1.0 / (1.0 + math.exp(-log_odds)) if log_odds < _FURTHEST else 1.0


def _check_unicode(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        remedy = "leave half of a surrogate pair out"
        raise InvalidValue(f"a text's {name} is not valid Unicode", value, remedy) from error


@attrs.frozen(kw_only=True)
class TicketText:
    """Hold what linking reads of one ticket, known error or article.

    `at` is when it occurred. `title`, `body` and `log` are as people and machines wrote them: the
    index masks ids, mails and times itself. `kind` is the lifecycle's name (`incident`,
    `service_request`, `problem`, `known_error`) or `article`, `checklist`: only incidents are
    grouped. `language` picks the analyzer; empty means the index's own. A fact that is not known is
    empty, and an empty fact neither agrees nor disagrees.

    Raises:
        InvalidValue: the id or the kind is empty, something is no text (None is not: leave out
            what is not known), or an id or a fact holds half of a surrogate pair.
        NaiveDatetime: `at` has no time zone (law T1).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import TicketText
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> TicketText(ticket_id="INC-1", at=at, title="Mail is slow").kind
    'incident'
    >>> TicketText(ticket_id="INC-2", at=at, title=None)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a text's title is no text: None; use text, and '' for what
    is not known
    """

    ticket_id: TicketId
    at_us: int = attrs.field(alias="at", converter=as_micros)
    title: str = ""
    body: str = ""
    log: str = ""
    kind: str = INCIDENT
    language: str = ""
    service: ServiceId = ServiceId("")
    configuration_item_id: str = ""
    category: str = ""
    group: GroupId = GroupId("")
    requester: PersonId = PersonId("")
    assignee: PersonId = PersonId("")

    def __attrs_post_init__(self) -> None:
        for name in _SAID:
            if not isinstance(getattr(self, name), str):
                remedy = "use text, and '' for what is not known"
                raise InvalidValue(f"a text's {name} is no text", getattr(self, name), remedy)
        for name in _NAMED:
            value: str = getattr(self, name)
            if not value.isascii():
                _check_unicode(name, value)
        for name in ("ticket_id", "kind"):
            if not getattr(self, name):
                raise InvalidValue(f"a text's {name} is empty", self.title, "give it one")

    @property
    def at(self) -> datetime:
        """Return the instant in UTC."""
        return instant(self.at_us)


@attrs.frozen(kw_only=True)
class Evidence:
    """Say what one observation adds to, or takes from, a suggestion's log-odds.

    `name` is stable (`prior`, `time`, `title`, `text`, `service` ...); `detail` is for people;
    `terms` are the words behind it, the weightiest first.

    >>> from itsm_core.linking import Evidence, Suggestion
    >>> prior = Evidence(name="prior", contribution=-4.0, detail="before any evidence")
    >>> title = Evidence(name="title", contribution=5.5, detail="vpn, drop", terms=("vpn", "drop"))
    >>> Suggestion(ticket_id="INC-1", kind="incident", evidence=(prior, title)).log_odds
    1.5
    """

    name: str
    contribution: float
    detail: str = ""
    terms: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Suggestion:
    """Propose that a ticket belongs with another, and say why.

    `log_odds` is the sum of the evidence's contributions. Until enough people have judged
    (`is_calibrated`), the probability is the default model's and only its order can be trusted.

    >>> from itsm_core.linking import Evidence, Suggestion
    >>> prior = Evidence(name="prior", contribution=-4.0, detail="before any evidence")
    >>> title = Evidence(name="title", contribution=5.5, detail="vpn, drop", terms=("vpn", "drop"))
    >>> print(Suggestion(ticket_id="INC-1", kind="incident", evidence=(prior, title)).explain())
    incident INC-1: 82%, uncalibrated
       +5.50 title: vpn, drop
       -4.00 prior: before any evidence
    """

    ticket_id: TicketId
    kind: str
    evidence: tuple[Evidence, ...]
    is_calibrated: bool = False
    log_odds: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        total = math.fsum(each.contribution for each in self.evidence)
        object.__setattr__(self, "log_odds", total)

    @property
    def probability(self) -> float:
        """Return the probability that both are about the same, 0 to 1."""
        return probability_of(self.log_odds)

    @property
    def terms(self) -> tuple[str, ...]:
        """Return the shared terms, each once, the weightiest first."""
        return tuple(dict.fromkeys(term for each in self.evidence for term in each.terms))

    def explain(self) -> str:
        """Return one line for the whole and one for each piece of evidence, the largest first."""
        state = "" if self.is_calibrated else ", uncalibrated"
        lines = [f"{self.kind} {self.ticket_id}: {self.probability:.0%}{state}"]
        ordered = sorted(self.evidence, key=lambda e: (-abs(e.contribution), e.name))
        lines += [f"  {e.contribution:+6.2f} {e.name}: {e.detail}".rstrip(": ") for e in ordered]
        return "\n".join(lines)


def _kinds(value: Iterable[str]) -> frozenset[str]:
    """Return kinds as a set; a text is one of them, not its letters."""
    return frozenset((value,)) if isinstance(value, str) else frozenset(value)


@attrs.frozen(kw_only=True)
class Task:
    """Say what similar tickets are looked for: how fast age counts against one, and how far back.

    `decay` is log-odds lost with each unit of ln(1 + days) between the two; 0 keeps the oldest.
    `window_days` ends the search (0: no end). `kinds` are those that may be found; empty: all.
    `prior` is what the desk believes before it sees anything, in log-odds; analysts' judgements
    move it.

    Raises:
        InvalidValue: the decay or the window is negative or not finite, or the prior is not finite.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import Linker, Task, TicketIndex, TicketText
    >>> at, index = datetime(2026, 1, 5, 9, tzinfo=UTC), TicketIndex()
    >>> index.add(TicketText(ticket_id="INC-1", at=at, title="VPN drops every hour"))
    >>> new = TicketText(ticket_id="INC-9", at=at + timedelta(days=90), title="VPN drops again")
    >>> for days in (365.0, 30.0):
    ...     task = Task(name="own", decay=0.2, window_days=days)
    ...     print(days, [each.ticket_id for each in Linker(index, task=task).similar(new)])
    365.0 ['INC-1']
    30.0 []
    """

    name: str
    decay: float
    window_days: float = 730.0
    prior: float = 0.0
    kinds: frozenset[str] = attrs.field(default=frozenset(), converter=_kinds)

    def __attrs_post_init__(self) -> None:
        if not (self.decay >= 0 and math.isfinite(self.decay)):
            raise InvalidValue("a decay is not usable", self.decay, "use 0 or more, such as 0.4")
        if not (self.window_days >= 0 and math.isfinite(self.window_days)):
            raise InvalidValue("a window is not usable", self.window_days, "use days, 0 for none")
        if not math.isfinite(self.prior):
            raise InvalidValue("a prior is no number", self.prior, "use log-odds, such as 0 or 3")


NO_DECAY: Final = 0.0


# --- groups --------------------------------------------------------------------------------------

Verdict: TypeAlias = Literal["same", "different"]
"""What a person says of two tickets; it outweighs every score and is remembered."""


@attrs.frozen(kw_only=True)
class Link:
    """Hold one edge of a group: the later ticket, the earlier one, and why.

    >>> from itsm_core.linking import Link
    >>> link = Link(ticket_id="INC-2", other="INC-1", log_odds=1.5)
    >>> f"{link.ticket_id} is the same failure as {link.other}: {link.probability:.0%}"
    'INC-2 is the same failure as INC-1: 82%'
    """

    ticket_id: TicketId
    other: TicketId
    log_odds: float
    evidence: tuple[Evidence, ...] = ()

    @property
    def probability(self) -> float:
        """Return the probability that both are the same failure, 0 to 1."""
        return probability_of(self.log_odds)


@attrs.frozen(kw_only=True)
class Group:
    """Hold incidents that seem to have one cause, in order of time, and the links that say so.

    `group_id` is the id of its first ticket when it was started; it survives what joins later.
    `links` are the edges by which members came, oldest first.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import RecurrenceWatch, TicketText
    >>> watch, at = RecurrenceWatch(), datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> words = "Nightly payroll export stops with error E4711"
    >>> for number in (1, 2, 3):
    ...     at += timedelta(days=7)
    ...     told = watch.observe(TicketText(ticket_id=f"INC-{number}", at=at, title=words))
    >>> group = watch.group_of("INC-3")
    >>> group.group_id, group.members, len(group)
    ('INC-1', ('INC-1', 'INC-2', 'INC-3'), 3)
    """

    group_id: TicketId
    members: tuple[TicketId, ...]
    links: tuple[Link, ...] = ()

    def __len__(self) -> int:
        return len(self.members)


@attrs.frozen(kw_only=True)
class GroupStarted:
    """Say that a ticket belongs to no group yet, and is one of its own.

    `at_us` is in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import RecurrenceWatch, TicketText
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> text = TicketText(ticket_id="INC-1", at=at, title="Printer jams")
    >>> (told,) = RecurrenceWatch().observe(text)
    >>> f"{told.ticket_id} begins a group of its own: {told.group_id}"
    'INC-1 begins a group of its own: INC-1'
    """

    group_id: TicketId
    ticket_id: TicketId
    at_us: int


@attrs.frozen(kw_only=True)
class TicketGrouped:
    """Say that a ticket joined a group; `links` hold its edges to members, the best first.

    `at_us` is in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import RecurrenceWatch, TicketText
    >>> watch, at = RecurrenceWatch(), datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> words = "Nightly payroll export stops with error E4711"
    >>> told = watch.observe(TicketText(ticket_id="INC-1", at=at, title=words))
    >>> later = TicketText(ticket_id="INC-2", at=at + timedelta(days=7), title=words)
    >>> (joined,) = watch.observe(later)
    >>> joined.group_id, [link.other for link in joined.links]
    ('INC-1', ['INC-1'])
    """

    group_id: TicketId
    ticket_id: TicketId
    at_us: int
    links: tuple[Link, ...]


@attrs.frozen(kw_only=True)
class PairJudged:
    """Say what a person decided about two tickets.

    `at_us` is in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import RecurrenceWatch, TicketText
    >>> watch, at = RecurrenceWatch(), datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> one = TicketText(ticket_id="INC-1", at=at, title="Printer jams")
    >>> other = TicketText(ticket_id="INC-2", at=at, title="No mail since noon")
    >>> told = watch.observe(one, other)
    >>> said, *_ = watch.judge("INC-1", "INC-2", "different", by="ann", at=at)
    >>> f"{said.by}: {said.ticket_id} and {said.other} are {said.verdict}"
    'ann: INC-1 and INC-2 are different'
    """

    ticket_id: TicketId
    other: TicketId
    verdict: Verdict
    by: PersonId
    at_us: int


@attrs.frozen(kw_only=True)
class GroupsMerged:
    """Say that two groups are one: `absorbed` no longer exists, its members are in `group_id`.

    `at_us` is in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import RecurrenceWatch, TicketText
    >>> watch, at = RecurrenceWatch(), datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> one = TicketText(ticket_id="INC-1", at=at, title="Printer jams")
    >>> other = TicketText(ticket_id="INC-2", at=at, title="No mail since noon")
    >>> told = watch.observe(one, other)
    >>> _, merged = watch.judge("INC-1", "INC-2", "same", by="ann", at=at)
    >>> f"{merged.absorbed} is part of {merged.group_id} now, with {', '.join(merged.members)}"
    'INC-2 is part of INC-1 now, with INC-2'
    """

    group_id: TicketId
    absorbed: TicketId
    members: tuple[TicketId, ...]
    at_us: int


@attrs.frozen(kw_only=True)
class GroupSplit:
    """Say that `members` left a group for one of their own, `new_group_id`.

    `at_us` is in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import RecurrenceWatch, TicketText
    >>> watch, at = RecurrenceWatch(), datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> words = "Nightly payroll export stops with error E4711"
    >>> for name in ("INC-1", "INC-2"):
    ...     told = watch.observe(TicketText(ticket_id=name, at=at, title=words))
    >>> _, split = watch.judge("INC-1", "INC-2", "different", by="ann", at=at)
    >>> split.group_id, split.new_group_id, split.members
    ('INC-1', 'INC-2', ('INC-2',))
    """

    group_id: TicketId
    new_group_id: TicketId
    members: tuple[TicketId, ...]
    at_us: int


GroupingEvent: TypeAlias = GroupStarted | TicketGrouped | PairJudged | GroupsMerged | GroupSplit
"""What a grouper tells; folding a log of them rebuilds the groups."""
