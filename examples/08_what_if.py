"""Ask what a new version of an agreement would have done to half a year of tickets."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from itsm_core import BusinessCalendar, WeeklyHours, hours, minutes
from itsm_core.calendars import public_holidays
from itsm_core.conditions import field
from itsm_core.ids import AgreementId
from itsm_core.simulation import simulate
from itsm_core.sla import AgreementCatalogue, ServiceLevelAgreement, ServiceLevelTarget, diff

OFFICE = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"),
    holidays=public_holidays("DE", subdivision="BE"),
)
RESPONSE = ServiceLevelTarget(
    metric="response",
    goals={"P1": minutes(30), "P2": hours(1), "P3": hours(4), "P4": hours(8)},
    warn_at_ratios=(0.75,),
)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def resolution(p2_hours: float, *pauses: str) -> ServiceLevelTarget:
    """Return the promise that is to be changed."""
    goals = {"P1": hours(4), "P2": hours(p2_hours), "P3": hours(24), "P4": hours(40)}
    return ServiceLevelTarget(metric="resolution", goals=goals, pause_on=pauses)


def standard(
    version: int,
    target: ServiceLevelTarget,
    *,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> ServiceLevelAgreement:
    """Return one version of the agreement for everybody."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("standard"),
        version=version,
        calendar=OFFICE,
        targets=(RESPONSE, target),
        valid_from=valid_from,
        valid_until=valid_until,
    )


PHONE = ServiceLevelAgreement(
    agreement_id=AgreementId("phone"),
    calendar=OFFICE,
    targets=(RESPONSE, resolution(6, "awaiting_requester")),
    applies_to=field("channel").is_("call"),
    precedence=10,
)

OLD = standard(1, resolution(8, "awaiting_requester", "awaiting_supplier"))
NEW = standard(2, resolution(6, "awaiting_requester"))


def main() -> None:
    """Compare two versions, then a catalogue in which the new one holds from April on."""
    desk = simulate(seed=1, tickets=1000)
    histories = desk.histories.values()

    changed = diff(OLD, NEW, histories, as_of=desk.as_of)
    print(changed.explain())
    assert len(changed.explain().splitlines()) <= 20
    assert all(change.clock == "resolution" for change in changed)

    before = AgreementCatalogue(agreements=(OLD,))
    after = AgreementCatalogue(
        agreements=(
            standard(1, OLD.targets[1], valid_until=APRIL),
            standard(2, NEW.targets[1], valid_from=APRIL),
            PHONE,
        )
    )
    print("\nif it held for tickets from April on, and callers had their own:")
    dated = diff(before, after, histories, as_of=desk.as_of)
    print(dated.explain())
    print(f"\n{len(json.dumps(dated.to_json())):,} characters as JSON")


if __name__ == "__main__":
    main()
