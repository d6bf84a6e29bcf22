"""The state of grouping: a fold over its events (laws K1, K2)."""

from __future__ import annotations

from collections.abc import Iterable

from itsm_core.errors import InvalidValue, NotFound
from itsm_core.ids import TicketId
from itsm_core.linking._values import (
    Evidence,
    Group,
    GroupingEvent,
    GroupsMerged,
    GroupSplit,
    GroupStarted,
    Link,
    PairJudged,
    TicketGrouped,
    Verdict,
)

__all__ = ["CERTAIN", "Groups", "pair"]

CERTAIN = 50.0
"""The log-odds of what a person said: more than words can add up to, and still a number."""


def pair(first: TicketId, second: TicketId) -> tuple[TicketId, TicketId]:
    """Return two tickets in the order of their ids: a verdict has no direction."""
    return (first, second) if first < second else (second, first)


class Groups:
    """Hold which ticket is in which group, by which links, and what people said.

    Fold a log of events into a new one to have the state again; folding reads no text.

    Raises:
        InvalidValue: an event is about a ticket or a group that none before it has made, or is
            there twice.
    """

    def __init__(self, events: Iterable[GroupingEvent] = ()) -> None:
        self.group_ids: dict[TicketId, TicketId] = {}
        self.members: dict[TicketId, list[TicketId]] = {}
        self.links: dict[TicketId, list[Link]] = {}
        self.verdicts: dict[tuple[TicketId, TicketId], PairJudged] = {}
        self.at_us: dict[TicketId, int] = {}
        self._judged: dict[TicketId, set[TicketId]] = {}
        for event in events:
            try:
                self.evolve(event)
            except KeyError as error:
                remedy = "pass the whole log, each event once, in the order in which it was told"
                raise InvalidValue(
                    "an event of grouping does not follow from those before it", event, remedy
                ) from error

    def evolve(self, event: GroupingEvent) -> None:
        """Fold one event.

        Raises:
            KeyError: it does not follow from those before it.
        """
        match event:
            case GroupStarted():
                self._join(event.group_id, event.ticket_id, event.at_us)
            case TicketGrouped():
                self._join(event.group_id, event.ticket_id, event.at_us)
                self.links.setdefault(event.group_id, []).extend(event.links)
            case PairJudged():
                self.verdicts[pair(event.ticket_id, event.other)] = event
                self._judged.setdefault(event.ticket_id, set()).add(event.other)
                self._judged.setdefault(event.other, set()).add(event.ticket_id)
                self._say(event)
            case GroupsMerged():
                self._move(event.absorbed, event.group_id, self.members[event.absorbed])
            case GroupSplit():
                self._move(event.group_id, event.new_group_id, event.members)

    def _say(self, told: PairJudged) -> None:
        """Keep what a person said as the only link of the two, or keep none."""
        both = {told.ticket_id, told.other}
        for group_id in {self.group_ids[each] for each in both}:
            links = self.links.get(group_id, [])
            self.links[group_id] = [e for e in links if {e.ticket_id, e.other} != both]
        if told.verdict == "same":
            evidence = Evidence(name="judged", contribution=CERTAIN, detail=f"said by {told.by}")
            said = Link(
                ticket_id=told.ticket_id, other=told.other, log_odds=CERTAIN, evidence=(evidence,)
            )
            self.links[self.group_ids[told.ticket_id]].append(said)

    def _join(self, group_id: TicketId, ticket_id: TicketId, at_us: int) -> None:
        if ticket_id in self.group_ids:
            raise KeyError(ticket_id)
        self.at_us[ticket_id] = at_us
        self.group_ids[ticket_id] = group_id
        self.members.setdefault(group_id, []).append(ticket_id)

    def _move(self, source: TicketId, target: TicketId, members: Iterable[TicketId]) -> None:
        moved = set(members)
        if not moved <= set(self.members[source]):
            raise KeyError(source)
        for ticket_id in moved:
            self.group_ids[ticket_id] = target
        self.members[target] = self.in_order((*self.members.get(target, ()), *moved))
        left = [each for each in self.members[source] if each not in moved]
        links = self.links.pop(source, [])
        both = [*self.links.get(target, ()), *links]
        inside = [each for each in both if self._is_inside(each, target)]
        if inside:
            self.links[target] = inside
        kept = [each for each in links if self._is_inside(each, source)]
        if kept:
            self.links[source] = kept
        if left:
            self.members[source] = left
        else:
            del self.members[source]

    def _is_inside(self, link: Link, group_id: TicketId) -> bool:
        ids = self.group_ids
        return ids[link.ticket_id] == group_id and ids[link.other] == group_id

    def in_order(self, tickets: Iterable[TicketId]) -> list[TicketId]:
        """Return tickets in order of time, equal times in order of ids."""
        return sorted(tickets, key=lambda each: (self.at_us[each], each))

    def verdict(self, first: TicketId, second: TicketId) -> Verdict | None:
        """Return what a person said of two tickets, last; None if nobody did."""
        found = self.verdicts.get(pair(first, second))
        return None if found is None else found.verdict

    def judged(self, ticket_id: TicketId, verdict: Verdict) -> list[TicketId]:
        """Return the tickets that a person said to be the same as, or different from, one."""
        others = self._judged.get(ticket_id, ())
        return sorted(each for each in others if self.verdict(ticket_id, each) == verdict)

    def group_id(self, ticket_id: TicketId) -> TicketId:
        """Return the id of a ticket's group.

        Raises:
            NotFound: it was never grouped.
        """
        found = self.group_ids.get(ticket_id)
        if found is None:
            raise NotFound("grouped ticket", ticket_id, "observe it first")
        return found

    def group(self, group_id: TicketId) -> Group:
        """Return a group as a value."""
        links = sorted(
            self.links.get(group_id, ()),
            key=lambda each: (self.at_us[each.ticket_id], each.ticket_id, each.other),
        )
        members = tuple(self.in_order(self.members[group_id]))
        return Group(group_id=group_id, members=members, links=tuple(links))

    def parts(self, group_id: TicketId) -> list[list[TicketId]]:
        """Return a group's members as people's verdicts part them, each part in order of time.

        Links are followed from the strongest down, unless one would bring together what a person
        said is different: the group parts where it holds together least.
        """
        members = self.members[group_id]
        part_of = {each: [each] for each in members}
        links = sorted(
            self.links.get(group_id, ()),
            key=lambda each: (-each.log_odds, each.ticket_id, each.other),
        )
        for link in links:
            one, other = part_of[link.ticket_id], part_of[link.other]
            if one is other or self.forbidden(one, other):
                continue
            one += other
            for each in other:
                part_of[each] = one
        parts = {id(part): self.in_order(part) for part in part_of.values()}
        return sorted(parts.values(), key=lambda part: (self.at_us[part[0]], part[0]))

    def forbidden(
        self, one: Iterable[TicketId], other: Iterable[TicketId]
    ) -> tuple[TicketId, TicketId] | None:
        """Return two tickets, one of each side, that a person said are different, if any."""
        others = set(other)
        for ticket_id in sorted(one):
            for each in self.judged(ticket_id, "different"):
                if each in others:
                    return ticket_id, each
        return None
