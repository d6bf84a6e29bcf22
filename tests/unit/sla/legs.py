"""Agreements whose promise rests on those of groups and suppliers."""

from __future__ import annotations

from datetime import timedelta

from itsm_core.calendars import BusinessCalendar, Calendar, Goal, WeeklyHours
from itsm_core.ids import AgreementId
from itsm_core.sla import Leg, ServiceLevelAgreement, ServiceLevelTarget, held_by

HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
LATE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 16:00-18:00"))
EARLY = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-10:00"))

Goals = dict[str, timedelta | Goal] | timedelta | Goal


def part(goals: Goals, calendar: Calendar = OFFICE, name: str = "network") -> ServiceLevelAgreement:
    """Return an agreement with a group."""
    target = ServiceLevelTarget(metric="ola", name=name, goals=goals, rules=held_by(name))
    return ServiceLevelAgreement(
        agreement_id=AgreementId(name), kind="ola", calendar=calendar, targets=(target,)
    )


def whole(
    goals: Goals, *parts: ServiceLevelAgreement, calendar: Calendar = OFFICE, **more: object
) -> ServiceLevelAgreement:
    """Return an agreement whose resolution rests on legs."""
    legs = tuple(
        Leg(clock="resolution", agreement=each, leg_clock=each.targets[0].name) for each in parts
    )
    fields: dict[str, object] = {
        "agreement_id": AgreementId("gold"),
        "calendar": calendar,
        "targets": (ServiceLevelTarget(metric="resolution", goals=goals),),
        "legs": legs,
    }
    return ServiceLevelAgreement(**(fields | more))  # type: ignore[arg-type]
