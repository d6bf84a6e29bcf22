"""Many tickets at once: storms that a rule sees, and one message for hundreds (laws E1, E3)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.escalation._actions import EscalateToRole, Notify
from itsm_core.escalation._coverage import NOBODY, Coverage, Reached
from itsm_core.escalation._rules import EscalationRule, Ladder
from itsm_core.escalation._steps import Step
from itsm_core.escalation._triggers import Storm
from itsm_core.escalation._words import reason
from itsm_core.events import TicketOpened
from itsm_core.sla import Facts, facts_after
from itsm_core.spans import micros

_MOST: Final = 5
"""Five messages at once are read; of fifty, none is."""


class StormWatch:
    """Tell storms from the openings of tickets, seen one by one in the order of being known.

    A storm begins with the opening that makes it `tickets` within `within` of elapsed time (an
    opening exactly so long ago is no longer among them), and ends when for all of `within` there
    were fewer: however many follow, it is told once, about the first ticket of it of which the
    rule's condition holds. One that comes to be known late belongs to the storm of its own time.
    Rules that are the same in several ladders count together.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.escalation import EscalateToRole, EscalationRule, Ladder, Storm, StormWatch
    >>> from itsm_core.events import TicketOpened
    >>> storm = Storm(tickets=2, within=timedelta(hours=1), same="service")
    >>> lead = EscalateToRole(role="team lead")
    >>> ladder = Ladder(
    ...     name="day", rules=[EscalationRule(name="many", trigger=storm, actions=[lead])]
    ... )
    >>> watch = StormWatch()
    >>> for minute in (0, 20, 40):
    ...     at = datetime(2026, 5, 12, 9, minute, tzinfo=UTC)
    ...     opening = TicketOpened(ticket_id=f"INC-{minute}", occurred_at=at, service="mail")
    ...     print(minute, *watch.steps(opening, ladder))
    0
    20 Tue 09:20: escalate to the team lead, because 2 tickets came at once
    40
    """

    def __init__(self, coverage: Coverage = NOBODY) -> None:
        """Take who is reached when."""
        self._coverage: Final = coverage
        self._seen: dict[tuple[str, str], _Seen] = {}

    def steps(self, opening: TicketOpened, ladder: Ladder) -> tuple[Step, ...]:
        """Return what an opening makes a ladder do at once; see it once, even if nothing comes.

        Raises:
            InvalidValue: a rule speaks to a roster that the coverage has not; nothing is counted.
        """
        for name in ladder.rosters:
            self._coverage[name]  # refused before anything is counted or told
        found: list[Step] = []
        for level, rule in enumerate(ladder.rules):
            trigger = rule.trigger
            if not isinstance(trigger, Storm):
                continue
            shared = _shared(opening, trigger.same)
            if shared is None:
                continue
            seen = self._seen.setdefault((ladder.versions[level], shared), _Seen(trigger))
            storm = seen.add(opening.occurred_us)
            if storm is None or storm.is_told or not _holds(rule, opening, ladder, level):
                continue
            storm.is_told = True
            subject = f"storm.{trigger.same or 'all'}.{shared}.{storm.first_us}"
            why = reason(trigger, str(storm.tickets))
            found += _steps((ladder, level), opening, (subject, why), self._coverage)
        return tuple(found)


@attrs.define
class _Storm:
    """Hold a storm: its first opening, when it ends unless more come, how many made it one."""

    first_us: int
    end_us: int
    tickets: int
    is_told: bool = False


class _Seen:
    """Hold the openings that one rule counts together, and the storms that were among them."""

    def __init__(self, trigger: Storm) -> None:
        self._tickets = trigger.tickets
        self._within = trigger.within // trigger.within.resolution
        self._known: list[int] = []
        self._storms: list[_Storm] = []

    def add(self, at_us: int) -> _Storm | None:
        """Return the storm that an opening belongs to, None if it makes none."""
        known, within = self._known, self._within
        insort(known, at_us)
        # Every window with this opening in it ends with this one or a later one that is known.
        for last in range(bisect_left(known, at_us), len(known)):
            if known[last] >= at_us + within:
                return None
            first = bisect_right(known, known[last] - within)
            if last + 1 - first >= self._tickets:
                return self._storm(known[first], known[last], last + 1 - first)
        return None

    def _storm(self, first_us: int, last_us: int, tickets: int) -> _Storm:
        """Return the storm of a window: a new one, unless it lies within one that is known."""
        end = last_us + self._within
        for storm in reversed(self._storms):
            if storm.end_us <= first_us:
                break
            if storm.first_us < end and last_us < storm.end_us:
                storm.end_us = max(storm.end_us, end)
                return storm
        found = _Storm(first_us, end, tickets)
        insort(self._storms, found, key=_first)
        return found


def _first(storm: _Storm) -> int:
    return storm.first_us


def storms(
    openings: Iterable[TicketOpened],
    ladder: Ladder,
    coverage: Coverage = NOBODY,
    *,
    since: datetime | None = None,
    until: datetime,
) -> tuple[Step, ...]:
    """Return the steps of a ladder's storm rules after `since`, up to and including `until`.

    What a storm is, `StormWatch` says. Openings count in the order in which the desk learned of
    them: where one came late, its `recorded_at` says so, and no storm that was told before is told
    again. Pass all of them, not only those after `since`. Any polling times give the same keys; no
    repeats, no acknowledgement.

    Raises:
        InvalidValue: a rule speaks to a roster that `coverage` has not.
        NaiveDatetime: an instant has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.escalation import EscalateToRole, EscalationRule, Ladder, Storm, storms
    >>> from itsm_core.events import TicketOpened
    >>> storm = Storm(tickets=3, within=timedelta(hours=1))
    >>> lead = EscalateToRole(role="team lead")
    >>> ladder = Ladder(
    ...     name="day", rules=[EscalationRule(name="many", trigger=storm, actions=[lead])]
    ... )
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = [
    ...     TicketOpened(ticket_id=f"INC-{n}", occurred_at=nine.replace(minute=n)) for n in range(5)
    ... ]
    >>> for step in storms(told, ladder, until=nine.replace(hour=10)):
    ...     print(step.ticket_id, step)
    INC-2 Tue 09:02: escalate to the team lead, because 3 tickets came at once
    """
    until_us = micros(until)
    for name in ladder.rosters:
        coverage[name]
    known = sorted((each for each in openings if each.recorded_us <= until_us), key=_known)
    watch = StormWatch(coverage)
    found = [step for opening in known for step in watch.steps(opening, ladder)]
    since_us = None if since is None else micros(since)
    due = (s for s in found if s.at_us <= until_us and (since_us is None or s.at_us > since_us))
    return tuple(sorted(due, key=lambda step: (step.at_us, step.key)))


def _known(opening: TicketOpened) -> tuple[int, int, str]:
    return opening.recorded_us, opening.occurred_us, opening.ticket_id


def _shared(opening: TicketOpened, same: str) -> str | None:
    """Return the fact that tickets of one storm share; None where a ticket has none."""
    facts = {
        "": "all",
        "service": opening.service,
        "configuration_item_id": opening.configuration_item_id,
        "category_name": opening.category,
        "group": opening.group,
    }
    return facts[same] or None


def _holds(rule: EscalationRule, opening: TicketOpened, ladder: Ladder, level: int) -> bool:
    condition = ladder.conditions[level]
    if rule.when is None or condition is None:
        return True
    return any(condition.for_class(Facts)(facts) for _, _, facts in facts_after((opening,)))


def _steps(
    place: tuple[Ladder, int], opening: TicketOpened, about: tuple[str, str], coverage: Coverage
) -> Iterator[Step]:
    ladder, level = place
    rule, (subject, why) = ladder.rules[level], about
    for number, action in enumerate(rule.actions, 1):
        at, target, note = opening.recorded_us, "", ""
        if isinstance(action, Notify):
            at, target, note = _reached(action, opening, coverage)
        yield Step(
            at_us=at,
            key=f"{opening.ticket_id}:{ladder.versions[level]}:{subject}:1:{number}",
            ticket_id=opening.ticket_id,
            rule=rule.name,
            level=level + 1,
            subject=subject,
            occurrence=1,
            action=action,
            target=target,
            why=why,
            note=note,
            reached_us=opening.recorded_us,
        )


def _reached(action: Notify, opening: TicketOpened, coverage: Coverage) -> Reached:
    """Return whom a message about an opening reaches when; the note says what was waited for."""
    holder, group, asker = opening.assignee, opening.group, opening.requester
    at, note = opening.recorded_us, ""
    while True:
        found = coverage.reach(action, at, holder=holder, group=group, asker=asker)
        if found.at_us <= at:
            return found._replace(note=note or found.note)
        at, note = found.at_us, found.note


# --- one message instead of hundreds -------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Digest:
    """Hold messages for one target that are sent as one; `key` names them together for ever.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.escalation import EscalateToRole, EscalationRule, Ladder, Storm
    >>> from itsm_core.escalation import digests, storms
    >>> from itsm_core.events import TicketOpened
    >>> two = Storm(tickets=2, within=timedelta(hours=1), same="service")
    >>> lead = EscalateToRole(role="team lead")
    >>> ladder = Ladder(
    ...     name="day", rules=[EscalationRule(name="many", trigger=two, actions=[lead])]
    ... )
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = [
    ...     TicketOpened(ticket_id=f"INC-{n}", occurred_at=nine, service=name)
    ...     for n, name in enumerate(["mail", "mail", "print", "print"])
    ... ]
    >>> (digest,) = digests(storms(told, ladder, until=nine), most=1)
    >>> print(digest.text())
    2 messages for role team lead
    INC-1 Tue 09:00: escalate to the team lead, because 2 tickets came at once
    INC-3 Tue 09:00: escalate to the team lead, because 2 tickets came at once
    """

    target: str
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        """Return the step's own key, or one made of all keys, whatever their order."""
        if len(self.steps) == 1:
            return self.steps[0].key
        keys = "\n".join(sorted(step.key for step in self.steps))
        return f"digest:{sha256(keys.encode()).hexdigest()}"

    def text(self, zone: str = "UTC") -> str:
        """Return one line a step, with a head where there are several."""
        lines = [f"{step.ticket_id} {step.text(zone)}" for step in self.steps]
        if len(lines) == 1:
            return lines[0]
        return "\n".join((f"{len(lines)} messages for {self.target}", *lines))


def digests(steps: Iterable[Step], *, most: int = _MOST) -> tuple[Digest, ...]:
    """Return messages ready to be sent: those of a target that would get more than `most`, as one.

    Only messages (`Notify`, `EscalateToRole`); what else steps do is no matter of reading. After a
    night of downtime a manager gets one list, and not five hundred calls.

    Raises:
        InvalidValue: `most` is no whole number above 0.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.escalation import Breached, EscalateToRole, EscalationRule, Ladder
    >>> from itsm_core.escalation import digests, plan
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[fast])
    >>> late, lead = Breached(clock="resolution"), EscalateToRole(role="team lead")
    >>> ladder = Ladder(
    ...     name="day", rules=[EscalationRule(name="late", trigger=late, actions=[lead])]
    ... )
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = [TicketOpened(ticket_id=f"INC-{n}", occurred_at=at) for n in range(6)]
    >>> steps = [step for each in opened for step in plan([each], ladder, gold, as_of=at)]
    >>> len(steps), [digest.target for digest in digests(steps)]
    (6, ['role team lead'])
    """
    if type(most) is not int or most < 1:
        raise InvalidValue("how many messages to send one by one", most, "use a number such as 5")
    by_target: dict[str, list[Step]] = {}
    for step in steps:
        if isinstance(step.action, Notify):
            by_target.setdefault(step.target, []).append(step)
        elif isinstance(step.action, EscalateToRole):
            by_target.setdefault(f"role {step.action.role}", []).append(step)
    found: list[Digest] = []
    for target, told in by_target.items():
        ordered = tuple(sorted(told, key=lambda step: (step.at_us, step.key)))
        if len(ordered) > most:
            found.append(Digest(target=target, steps=ordered))
        else:
            found += [Digest(target=target, steps=(step,)) for step in ordered]
    return tuple(found)
