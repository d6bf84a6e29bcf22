"""What to do about bypasses: each answer as data, with its text ready (law D3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from itsm_core.bypass._report import Bypass, BypassReport, Measured, Way
from itsm_core.bypass._texts import ENGLISH, ActionKind, ActionTexts, Message
from itsm_core.contacts import Channels, Contact
from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.spans import instant

__all__ = ["Action", "ActionKind", "actions_for"]

_ASKED_DIRECTLY: Final[frozenset[Way]] = frozenset({"direct_contact", "no_contact", "afterwards"})
"""The ways that a requester has chosen; where a specialist helped himself, the requester did all
right and hears nothing."""

_SHOWN: Final = 10
"""Tickets named in a text; the action has them all."""


@attrs.frozen(kw_only=True)
class Action:
    """Hold one answer to one or more bypasses, ready to be sent or carried out.

    `to` is a requester, a specialist, or of a trend the team whose manager is to hear of it; a
    trend names no tickets.
    `contact` is the missing record, of `register` only: check it, then append its event.

    >>> from itsm_core.bypass import Action, Message
    >>> told = Action(
    ...     kind="redirect",
    ...     to="rob",
    ...     message=Message(subject="The quickest way to help", text="You reach it by: portal."),
    ...     tickets=("INC-1", "INC-4"),
    ... )
    >>> print(told)
    redirect rob: The quickest way to help
    """

    kind: ActionKind
    to: str
    message: Message
    tickets: tuple[TicketId, ...]
    contact: Contact | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.to}: {self.message.subject}"


def actions_for(
    report: BypassReport,
    channels: Channels,
    *,
    texts: ActionTexts = ENGLISH,
    fewest_people: int = 3,
) -> tuple[Action, ...]:
    """Return the answers to everything in a report: records, then requesters, specialists, teams.

    One to each requester who asked directly and one to each specialist, however many tickets it
    were. A manager hears of a team's trend, never of a person: only if at least `fewest_people`
    specialists are in it, for a trend of one is a person. `channels` are the ways that texts point
    to: the official ones that a person can use.

    Raises:
        InvalidValue: `fewest_people` is below 2, or no channel is official.

    >>> from itsm_core.bypass import Bypass, BypassReport, actions_for
    >>> from itsm_core.contacts import Channel, Channels
    >>> taken = Bypass(
    ...     ticket_id="INC-1",
    ...     at_us=0,
    ...     ways=("direct_contact",),
    ...     requester="rob",
    ...     specialist="ben",
    ...     team="network",
    ...     channel="direct",
    ... )
    >>> report = BypassReport(bypasses=(taken,), requests=())
    >>> ways = Channels(channels=[Channel(name="portal"), Channel(name="direct", official=False)])
    >>> for action in actions_for(report, ways):
    ...     print(action)
    register ben: INC-1: please add how rob got in touch
    redirect rob: The quickest way to help
    coach ben: Requests that came to you directly
    """
    if type(fewest_people) is not int or fewest_people < 2:
        remedy = "use 2 or more: a trend of one is a person"
        raise InvalidValue("too few people for a trend", fewest_people, remedy)
    official = [each.name for each in channels if each.official and not each.automatic]
    if not official:
        raise InvalidValue("no way to point to", channels, "make a channel official")
    ways = " or ".join((", ".join(official[:-1]), official[-1])) if official[1:] else official[0]
    made = _Actions(report, texts, channels, ways, fewest_people)
    return (*made.records(), *made.redirections(), *made.talks(), *made.trends())


class _Actions:
    """Word the answers to one report."""

    def __init__(
        self,
        report: BypassReport,
        texts: ActionTexts,
        known: Channels,
        channels: str,
        fewest_people: int,
    ) -> None:
        self._report = report
        self._texts = texts
        self._known = known
        self._channels = channels
        self._fewest = fewest_people

    def records(self) -> Iterator[Action]:
        for each in self._report.bypasses:
            if self._is_unrecorded(each):
                yield self._record(each)

    def _is_unrecorded(self, each: Bypass) -> bool:
        """Tell whether a record is missing: where the ticket does not say it, a record did."""
        if "direct_contact" in each.ways:
            return bool(each.channel) and not self._known.is_official(each.channel)
        return "no_contact" in each.ways

    def _record(self, each: Bypass) -> Action:
        # A claim to have been called is no proof: the record says what is known, and no more.
        contact = Contact(
            contact_id=TicketId(f"{each.ticket_id}:direct"),
            channel=each.channel if "direct_contact" in each.ways else "direct",
            official=False,
            requester=each.requester,
            handler=each.specialist,
            group=each.team,
            registered_as=each.ticket_id,
            offered_at=each.at_us,
            answered_at=each.at_us,
        )
        facts = {
            "ticket": str(each.ticket_id),
            "requester": str(each.requester),
            "specialist": str(each.specialist),
            "team": str(each.team),
            "channel": contact.channel,
            "day": _day(each.at_us),
        }
        return Action(
            kind="register",
            to=each.specialist,
            message=self._texts.message("register", facts),
            tickets=(each.ticket_id,),
            contact=contact,
        )

    def redirections(self) -> Iterator[Action]:
        asked = [e for e in self._report.bypasses if not _ASKED_DIRECTLY.isdisjoint(e.ways)]
        for requester, own in _grouped(asked, "requester"):
            facts = {**self._common(own), "requester": str(requester)}
            yield self._about("redirect", requester, own, facts)

    def talks(self) -> Iterator[Action]:
        totals = {each.name: each.rate.trials for each in self._report.rates("specialist")}
        # Who was given a ticket from above has not chosen to.
        chosen = [each for each in self._report.bypasses if not each.passed_by]
        for specialist, own in _grouped(chosen, "specialist"):
            facts = {
                **self._common(own),
                "specialist": str(specialist),
                "team": str(own[-1].team),
                "total": str(totals[specialist]),
            }
            yield self._about("coach", specialist, own, facts)

    def trends(self) -> Iterator[Action]:
        rates = {each.name: each for each in self._report.rates("team")}
        for team, own in _grouped(self._report.bypasses, "team"):
            each = rates[team]
            if len({bypass.specialist for bypass in own}) < self._fewest:
                continue
            facts = {
                "team": each.name,
                "count": str(each.rate.successes),
                "total": str(each.rate.trials),
                "share": _percent(each.rate.ratio),
                "low": _percent(each.interval.low),
                "high": _percent(each.interval.high),
                "ways": ", ".join(_counted(own)),
                **_days(own),
            }
            # Without ticket numbers: a trend that can be looked up is one of people.
            message = self._texts.message("tell_manager", facts)
            yield Action(kind="tell_manager", to=each.name, message=message, tickets=())

    def _common(self, own: list[Bypass]) -> dict[str, str]:
        shown = [str(each.ticket_id) for each in own[:_SHOWN]]
        more = [f"and {len(own) - _SHOWN} more"] if len(own) > _SHOWN else []
        return {
            "count": str(len(own)),
            "tickets": ", ".join((*shown, *more)),
            "channels": self._channels,
            **_days(own),
        }

    def _about(
        self, kind: ActionKind, to: str, own: list[Bypass], facts: Mapping[str, str]
    ) -> Action:
        tickets = tuple(each.ticket_id for each in own)
        return Action(kind=kind, to=to, message=self._texts.message(kind, facts), tickets=tickets)


def _grouped(bypasses: Iterable[Bypass], by: Measured) -> list[tuple[str, list[Bypass]]]:
    """Return bypasses by name, the names in order."""
    found: dict[str, list[Bypass]] = {}
    for each in bypasses:
        found.setdefault(each.name(by), []).append(each)
    return sorted(found.items())


def _counted(own: list[Bypass]) -> Iterator[str]:
    for way in dict.fromkeys(each.way for each in own):
        number = sum(each.way == way for each in own)
        yield f"{way.replace('_', ' ')} {number}"


def _days(own: list[Bypass]) -> dict[str, str]:
    at = [each.at_us for each in own]
    return {"from_day": _day(min(at)), "to_day": _day(max(at))}


def _day(at_us: int) -> str:
    return instant(at_us).date().isoformat()


def _percent(share: float | None) -> str:
    return f"{share or 0.0:.0%}"
