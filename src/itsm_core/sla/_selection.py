"""Which agreement holds for a ticket, and why each of the others does not (law S11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import attrs

from itsm_core.conditions import Explanation
from itsm_core.errors import NotFound
from itsm_core.sla._agreement import ServiceLevelAgreement
from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum


class Regime(NamedTuple):
    """Say since when which agreement holds for a ticket, and why; None is no agreement.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import AgreementCatalogue, ServiceLevelAgreement, ServiceLevelTarget
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[fast])
    >>> (regime,) = AgreementCatalogue(agreements=[gold]).regimes([opened], at)["sla"]
    >>> regime.since_us == opened.occurred_us, regime.agreement.agreement_id, regime.why
    (True, 'gold', 'opened: it applies, with the highest precedence (0)')
    """

    since_us: int
    agreement: ServiceLevelAgreement | None
    why: str


@attrs.frozen(kw_only=True)
class Candidate:
    """Hold one version of an agreement as the selection saw it.

    `rank` counts from 1 within the kind: the chosen one, then those that apply, the highest
    precedence first, then the others. `explanation` is the tree of its condition, None if it has
    none or was not asked.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.conditions import field
    >>> from itsm_core.sla import AgreementCatalogue, ServiceLevelAgreement, ServiceLevelTarget
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[fast],
    ...     applies_to=field("service").is_("mail"),
    ... )
    >>> asked = AgreementCatalogue(agreements=[gold])
    >>> found = asked.select({"service": "print"}, datetime(2026, 5, 12, tzinfo=UTC))
    >>> for candidate in found["sla"].candidates:
    ...     print(candidate)
    1. 'gold' version 1 does not hold: its condition does not hold
    """

    rank: int
    agreement: ServiceLevelAgreement
    is_chosen: bool
    reason: str
    explanation: Explanation | None = None

    def __str__(self) -> str:
        mark = "holds" if self.is_chosen else "does not hold"
        return f"{self.rank}. {named(self.agreement)} {mark}: {self.reason}"


@attrs.frozen(kw_only=True)
class KindSelection:
    """Hold the outcome for one kind of agreement: the chosen one, or None, and the reason.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.conditions import field
    >>> from itsm_core.sla import AgreementCatalogue, ServiceLevelAgreement, ServiceLevelTarget
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[fast],
    ...     applies_to=field("service").is_("mail"),
    ... )
    >>> asked = AgreementCatalogue(agreements=[gold])
    >>> for service in ("mail", "print"):
    ...     found = asked.select({"service": service}, datetime(2026, 5, 12, tzinfo=UTC))["sla"]
    ...     print(service, found.chosen is gold, found.reason)
    mail True it applies, with the highest precedence (0)
    print False no sla applies: 'gold' is only for service is mail
    """

    kind: str
    chosen: ServiceLevelAgreement | None
    reason: str
    candidates: tuple[Candidate, ...]


@attrs.frozen(kw_only=True)
class Selection:
    """Hold which agreement of each kind holds at an instant, with every candidate's reason.

    `selection["sla"].chosen` is an agreement or None, which is a legal answer with its reason.

    Raises:
        NotFound: the catalogue has no agreement of the kind that is asked for by its name.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import AgreementCatalogue, ServiceLevelAgreement, ServiceLevelTarget
    >>> slow = ServiceLevelTarget(metric="resolution", goals=hours(8))
    >>> base = ServiceLevelAgreement(agreement_id="base", calendar=ALWAYS, targets=[slow])
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold", calendar=ALWAYS, targets=[fast], precedence=1
    ... )
    >>> asked = AgreementCatalogue(agreements=[base, gold])
    >>> print(asked.select({"priority": "P1"}, datetime(2026, 5, 12, tzinfo=UTC)).explain())
    sla: 'gold' version 1 (it applies, with the highest precedence (1))
      1. 'gold' version 1 holds: it applies, with the highest precedence (1)
      2. 'base' version 1 does not hold: it applies, but its precedence 0 is lower than 1 of
        'gold' version 1
    """

    at_us: int
    kinds: tuple[KindSelection, ...]

    @property
    def at(self) -> pendulum.DateTime:
        """Return the instant for which was chosen, in UTC."""
        return in_pendulum(instant(self.at_us))

    @property
    def chosen(self) -> tuple[ServiceLevelAgreement, ...]:
        """Return the agreements that hold, at most one of each kind."""
        return tuple(each.chosen for each in self.kinds if each.chosen is not None)

    def __getitem__(self, kind: str) -> KindSelection:
        for each in self.kinds:
            if each.kind == kind:
                return each
        names = ", ".join(each.kind for each in self.kinds) or "none"
        raise NotFound("kind of agreement", kind, f"the catalogue has: {names}")

    def __iter__(self) -> Iterator[KindSelection]:
        return iter(self.kinds)

    def __len__(self) -> int:
        return len(self.kinds)

    def explain(self) -> str:
        """Return the outcome in words: a line a kind, a line a candidate, its condition below."""
        lines: list[str] = []
        for each in self.kinds:
            outcome = "none" if each.chosen is None else named(each.chosen)
            lines.append(f"{each.kind}: {outcome} ({each.reason})")
            for candidate in each.candidates:
                lines.append(f"  {candidate}")
                if candidate.explanation is not None:
                    shown = str(candidate.explanation).splitlines()
                    lines.extend(f"       {line}" for line in shown)
        return "\n".join(lines) or "the catalogue has no agreements"


def named(agreement: ServiceLevelAgreement) -> str:
    """Return the id and the version of an agreement, as people are told of it."""
    return f"{agreement.agreement_id!r} version {agreement.version}"


def is_valid(agreement: ServiceLevelAgreement, at_us: int) -> bool:
    """Tell whether a version is in force at an instant: from its start, up to before its end."""
    start, end = agreement.valid_from_us, agreement.valid_until_us
    return (start is None or start <= at_us) and (end is None or at_us < end)


def validity(agreement: ServiceLevelAgreement) -> str:
    """Return from when to when a version is in force, in words."""
    start, end = agreement.valid_from_us, agreement.valid_until_us
    parts = [
        f"{word} {instant(at).isoformat(sep=' ', timespec='minutes')}"
        for word, at in (("from", start), ("until", end))
        if at is not None
    ]
    return " ".join(parts) or "always"
