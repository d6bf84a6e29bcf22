"""Group incidents of one cause as they come, and never behind anybody's back (laws K1, K2).

A ticket joins at most one group, when it comes; nothing is re-labelled later but by a person. So
what was reported on Monday is still true on Friday, and each change is an event with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from itsm_core.errors import AlreadyExists, CommandRefused, Fault, InvalidValue
from itsm_core.ids import PersonId, TicketId
from itsm_core.linking._groups import Groups
from itsm_core.linking._index import TicketIndex
from itsm_core.linking._linker import Linker
from itsm_core.linking._values import (
    INCIDENT,
    Group,
    GroupingEvent,
    GroupsMerged,
    GroupSplit,
    GroupStarted,
    Link,
    PairJudged,
    TicketGrouped,
    TicketText,
    Verdict,
    probability_of,
)
from itsm_core.spans import micros

__all__ = ["IncidentGrouper", "expect_new"]

_NEAREST: Final = 3
"""How many members must look alike: one alone would let groups grow into chains."""


def expect_new(index: TicketIndex, texts: Iterable[TicketText]) -> None:
    """Refuse texts of which one is in the index, or is there twice.

    Raises:
        AlreadyExists: one is.
    """
    seen: set[TicketId] = set()
    for text in texts:
        if text.ticket_id in index or text.ticket_id in seen:
            raise AlreadyExists("observed ticket", text.ticket_id)
        seen.add(text.ticket_id)


class IncidentGrouper:
    """Put each incident into the group it fits best, or into one of its own.

    How well it fits: half the probability of the best link to a member, half the mean of the three
    best; from `threshold` on (0 to 1) it joins. Of groups that fit equally well, the one with the
    lower id. `events` are those of an earlier run: the groups and everything people said are as
    they were; the linker's index must hold their texts.

    Texts in one call are put into order of time, equal times in order of ids; give calls in order
    of time too, and the same tickets give the same groups however they are batched.

    Raises:
        InvalidValue: the threshold is not between 0 and 1, or the log of events has gaps.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import RECURRENCE, IncidentGrouper, Linker, TicketIndex, TicketText
    >>> grouper = IncidentGrouper(Linker(TicketIndex(), task=RECURRENCE))
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> titles = ("VPN drops every hour", "Printer jams", "VPN drops again every hour")
    >>> for day, title in enumerate(titles):
    ...     text = TicketText(ticket_id=f"INC-{day + 1}", at=at + timedelta(days=day), title=title)
    ...     told = grouper.observe(text)
    >>> [group.members for group in grouper.groups]
    [('INC-1', 'INC-3')]
    >>> told = grouper.judge("INC-1", "INC-3", "different", by="ann", at=at + timedelta(days=3))
    >>> grouper.groups
    ()
    """

    def __init__(
        self, linker: Linker, *, threshold: float = 0.3, events: Iterable[GroupingEvent] = ()
    ) -> None:
        if not 0.0 < threshold <= 1.0:
            raise InvalidValue("a threshold is out of range", threshold, "use a share such as 0.3")
        self._linker = linker
        self._threshold = threshold
        self._state = Groups(events)

    # --- tickets ---------------------------------------------------------------------------------

    def observe(self, *texts: TicketText) -> tuple[GroupingEvent, ...]:
        """Add tickets to the index and incidents to groups; return what happened.

        What is no incident is added to the index and grouped with nothing.

        Raises:
            AlreadyExists: one of them is in the index or in a group; none is added then.
        """
        index = self._linker.index
        expect_new(index, texts)
        for text in texts:
            if text.ticket_id in self._state.group_ids:
                raise AlreadyExists("grouped ticket", text.ticket_id)
        found: list[GroupingEvent] = []
        for text in sorted(texts, key=lambda each: (each.at_us, each.ticket_id)):
            if text.kind == INCIDENT:
                found.append(self._placed(text))
                self._state.evolve(found[-1])
            index.add(text)
        return tuple(found)

    def _placed(self, text: TicketText) -> GroupStarted | TicketGrouped:
        fits: defaultdict[TicketId, list[tuple[float, TicketId]]] = defaultdict(list)
        for ticket_id, log_odds in self._linker.log_odds(text).items():
            group_id = self._state.group_ids.get(ticket_id)
            if group_id is not None:
                fits[group_id].append((-log_odds, ticket_id))
        best_fit, best_id = 0.0, TicketId("")
        for group_id in sorted(fits):
            fit = self._fit(group_id, fits[group_id])
            if fit > best_fit:
                best_fit, best_id = fit, group_id
        if best_fit < self._threshold:
            return GroupStarted(group_id=text.ticket_id, ticket_id=text.ticket_id, at_us=text.at_us)
        nearest = sorted(fits[best_id])[:_NEAREST]
        links = tuple(self._link(text, ticket_id) for _, ticket_id in nearest)
        return TicketGrouped(
            group_id=best_id, ticket_id=text.ticket_id, at_us=text.at_us, links=links
        )

    def _fit(self, group_id: TicketId, near: list[tuple[float, TicketId]]) -> float:
        """Return how well a ticket fits; a member that is no candidate counts as a stranger."""
        best = [probability_of(-cost) for cost, _ in sorted(near)[:_NEAREST]]
        wanted = min(_NEAREST, len(self._state.members[group_id]))
        return 0.5 * best[0] + 0.5 * sum(best) / wanted

    def _link(self, text: TicketText, other: TicketId) -> Link:
        told = self._linker.compare(text, other)
        return Link(
            ticket_id=text.ticket_id, other=other, log_odds=told.log_odds, evidence=told.evidence
        )

    # --- people ----------------------------------------------------------------------------------

    def judge(
        self,
        ticket_id: TicketId,
        other: TicketId,
        verdict: Verdict,
        *,
        by: PersonId,
        at: datetime,
    ) -> tuple[GroupingEvent, ...]:
        """Let a person say that two tickets are the same, or different; it holds from now on.

        `same` merges their groups into the older one. `different` parts a group where its links
        are weakest. A later word on the same pair replaces the earlier one. Saying again what
        holds already changes nothing and returns nothing.

        Raises:
            NotFound: one of them was never grouped.
            InvalidValue: the verdict is neither `same` nor `different`.
            CommandRefused: they are one ticket; or `same` would bring together two tickets that a
                person said are different.
            NaiveDatetime: `at` has no time zone.
        """
        state, at_us = self._state, micros(at)
        one, two = state.group_id(ticket_id), state.group_id(other)
        if ticket_id == other:
            self._refuse(ticket_id, "linking.itself", "it is the same ticket", "name another one")
        if verdict not in ("same", "different"):
            raise InvalidValue("this is no verdict", verdict, "use 'same' or 'different'")
        told = PairJudged(ticket_id=ticket_id, other=other, verdict=verdict, by=by, at_us=at_us)
        # Of two that are the same as a third and different from each other, one was parted from
        # it: saying "same" again is answered with the reason, not with silence.
        if state.verdict(ticket_id, other) == verdict and (one == two) is (verdict == "same"):
            return ()
        if verdict == "same":
            self._permit(told)
        state.evolve(told)
        following: list[GroupingEvent] = []
        if verdict == "same" and one != two:
            following = [self._merged(one, two, at_us)]
        elif verdict == "different" and one == two:
            following = [*self._split(one, at_us)]
        for event in following:
            state.evolve(event)
        return (told, *following)

    def _permit(self, told: PairJudged) -> None:
        """Refuse to join what a person parted, but for this very pair, whose verdict changes."""
        state = self._state
        sides = [state.members[state.group_id(each)] for each in (told.ticket_id, told.other)]
        for first in sides[0]:
            for second in state.judged(first, "different"):
                if second in sides[1] and {first, second} != {told.ticket_id, told.other}:
                    self._refuse(
                        told.ticket_id,
                        "linking.parted",
                        f"{first} and {second} were said to be different",
                        "judge these two the same first",
                    )

    @staticmethod
    def _refuse(ticket_id: TicketId, code: str, message: str, remedy: str) -> None:
        raise CommandRefused("judge", ticket_id, (Fault(code, message, "other", "", remedy),))

    def _merged(self, one: TicketId, two: TicketId, at_us: int) -> GroupsMerged:
        state = self._state
        kept, absorbed = state.in_order((one, two))
        members = tuple(state.members[absorbed])
        return GroupsMerged(group_id=kept, absorbed=absorbed, members=members, at_us=at_us)

    def _split(self, group_id: TicketId, at_us: int) -> list[GroupSplit]:
        return [
            GroupSplit(group_id=group_id, new_group_id=part[0], members=tuple(part), at_us=at_us)
            for part in self._state.parts(group_id)
            if group_id not in part
        ]

    # --- answers ---------------------------------------------------------------------------------

    def group_of(self, ticket_id: TicketId) -> Group:
        """Return the group a ticket is in, of one or more.

        Raises:
            NotFound: it was never grouped.
        """
        return self._state.group(self._state.group_id(ticket_id))

    @property
    def tickets(self) -> frozenset[TicketId]:
        """Return every ticket that was ever grouped."""
        return frozenset(self._state.group_ids)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return the groups of two and more, those that began first in front."""
        state = self._state
        found = [state.group(each) for each, held in state.members.items() if len(held) > 1]
        first = [(state.at_us[each.members[0]], each.members[0], each) for each in found]
        return tuple(each for *_, each in sorted(first, key=lambda one: one[:2]))
