"""The steps of an escalation: what will be done, when, for whom, why, under which key (law E2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from itsm_core.calendars import load_zone, wall_time
from itsm_core.escalation._actions import Action, Notify
from itsm_core.escalation._coverage import Reached
from itsm_core.ids import TicketId
from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

Outcome = Literal["act", "collapsed", "skipped", "overtaken", "held"]
"""What to do with a step that came due; see `DueStep`."""


# Without slots it is made in half the time; a plan is little else than steps.
@attrs.frozen(kw_only=True, slots=False)
class Step:
    """Hold one thing that an escalation does at an instant.

    `key` names it for ever: ticket, version of the rule, what it is about (`subject`), occurrence
    and action. `subject` is a clock's cycle (`response.1`), a commitment or another cause. `level`
    is the place of the rule in its ladder, from 1; `occurrence` counts repeats, from 1. `target`
    is whom it reaches as things stand. `reached_at` is when its trigger was reached: earlier than
    `at` where the step waits for an opening, and `note` says for which.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> from itsm_core.escalation import Breached, EscalateToRole, EscalationRule, Ladder
    >>> rule = EscalationRule(
    ...     name="late",
    ...     trigger=Breached(clock="resolution"),
    ...     actions=[EscalateToRole(role="team lead")],
    ... )
    >>> ladder = Ladder(name="day", rules=[rule])
    >>> from itsm_core.escalation import plan
    >>> (step,) = plan([opened], ladder, gold, as_of=at)
    >>> step.text("Europe/Berlin")
    'Tue 15:00: escalate to the team lead, because resolution is breached'
    """

    at_us: int
    key: str
    ticket_id: TicketId
    rule: str
    level: int
    subject: str
    occurrence: int
    action: Action
    target: str
    why: str
    note: str = ""
    reached_us: int

    @property
    def at(self) -> pendulum.DateTime:
        """Return when it is due, in UTC."""
        return in_pendulum(instant(self.at_us))

    @property
    def reached_at(self) -> pendulum.DateTime:
        """Return when its trigger was reached, in UTC."""
        return in_pendulum(instant(self.reached_us))

    def text(self, zone: str = "UTC") -> str:
        """Return the step in words, its instant as the clock on the wall shows it in a zone.

        Raises:
            UnknownZone: there is no such zone.
        """
        at = wall_time(self.at_us, load_zone(zone))
        often = f", {_ordinal(self.occurrence)} time" if self.occurrence > 1 else ""
        note = f" ({self.note})" if self.note else ""
        return f"{at:%a %H:%M}: {self._doing()}{often}, because {self.why}{note}"

    def _doing(self) -> str:
        if isinstance(self.action, Notify):
            return f"notify {self.target.removeprefix('person ').removeprefix('group ')}"
        return str(self.action)

    def __str__(self) -> str:
        return self.text()


@attrs.frozen(kw_only=True)
class DueStep:
    """Hold a step that came due, and what to do with it now.

    `act`: take `current`. `collapsed`: record that `into`, the key of a higher step, is taken
    instead. `skipped`: record that it is too old. `overtaken`: record that what it was about has
    ended. `held`: do nothing and ask again at `again_us`, or after the next event where it is None:
    the clock is paused, or whom it is for is not to be disturbed.

    `step` is what came due, for whom it was then. Found late, a message is for whoever holds the
    ticket or is on call by now: `reached` says who that is, `current` is the step with it.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> from itsm_core.escalation import Breached, EscalateToRole, EscalationRule, Ladder
    >>> rule = EscalationRule(
    ...     name="late",
    ...     trigger=Breached(clock="resolution"),
    ...     actions=[EscalateToRole(role="team lead")],
    ... )
    >>> ladder = Ladder(name="day", rules=[rule])
    >>> from itsm_core.escalation import due
    >>> (found,) = due([opened], ladder, gold, until=at.replace(hour=14))
    >>> found.outcome, found.current.target
    ('act', '')
    """

    step: Step
    outcome: Outcome
    into: str = ""
    again_us: int | None = None
    reached: Reached | None = None

    @property
    def key(self) -> str:
        """Return the key of the step."""
        return self.step.key

    @property
    def current(self) -> Step:
        """Return the step as it is to be taken now: to whom it goes by now, and why to them."""
        now = self.reached
        if now is None or now.target == self.step.target:
            return self.step
        return attrs.evolve(self.step, target=now.target, note=now.note)


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
