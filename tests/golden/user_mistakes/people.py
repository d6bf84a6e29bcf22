"""Wrong ladders and rosters, as somebody in a hurry writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.calendars import ALWAYS, WeeklyHours
from itsm_core.escalation import (
    Action,
    Breached,
    Coverage,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    RaisePriority,
    ShareUsed,
    Trigger,
)
from itsm_core.ids import AgreementId
from itsm_core.rosters import Absence, Override, Responder, Roster, Rotation
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.testing import check_ladder, check_roster, lawful

ROUND_THE_CLOCK = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=[ServiceLevelTarget(metric="resolution", goals=timedelta(hours=4))],
)


def rung(name: str, trigger: Trigger, *actions: Action) -> EscalationRule:
    """Return a rule."""
    return EscalationRule(name=name, trigger=trigger, actions=actions)


def used(ratio: float) -> ShareUsed:
    """Return a share of the resolution clock."""
    return ShareUsed(clock="resolution", ratio=ratio)


def nights(*layers: Rotation, **parts: object) -> Roster:
    """Return a roster."""
    return Roster(name="nights", layers=layers, **parts)  # type: ignore[arg-type]


ANA_AND_BEN = Rotation(
    name="weeks",
    people=["ana", "ben"],
    zone="Europe/Berlin",
    start_on="2026-01-05",
    hand_off="09:00",
)


# -- ladders --------------------------------------------------------------------------------------


@lawful(check_ladder, ROUND_THE_CLOCK, max_examples=5)
def clock_misspelt(mended: bool = False) -> Ladder:
    """The clock is called resolution."""
    clock = "resolution" if mended else "resolve"
    lead = EscalateToRole(role="team lead")
    return Ladder(name="day", rules=[rung("late", Breached(clock=clock), lead)])


@lawful(check_ladder, ROUND_THE_CLOCK, max_examples=5)
def ladder_tells_nobody(mended: bool = False) -> Ladder:
    """The priority rises and rises, and nobody hears of it."""
    told: tuple[Action, ...] = (EscalateToRole(role="team lead"),) if mended else ()
    return Ladder(name="day", rules=[rung("late", used(0.75), RaisePriority(levels=1), *told)])


@lawful(check_ladder, ROUND_THE_CLOCK, max_examples=5)
def manager_before_the_lead(mended: bool = False) -> Ladder:
    """The shares of two rungs were swapped."""
    first, second = (0.5, 0.75) if mended else (0.75, 0.5)
    return Ladder(
        name="day",
        rules=[
            rung("lead", used(first), EscalateToRole(role="team lead")),
            rung("manager", used(second), EscalateToRole(role="service manager")),
        ],
    )


@lawful(
    check_ladder,
    ROUND_THE_CLOCK,
    Coverage(
        rosters=[
            Roster(
                name="nights",
                layers=[ANA_AND_BEN],
                responders=[
                    Responder(
                        person="ana",
                        zone="Europe/Berlin",
                        quiet=WeeklyHours.parse("Mo-Su 07:00-06:00"),
                    )
                ],
            )
        ]
    ),
    max_examples=12,
)
def quiet_all_day(mended: bool = False) -> Ladder:
    """Ana's quiet hours leave one hour a day, and she is to be warned before a P1 is late."""
    who = Notify(target="person", name="ana", respect_quiet_hours=not mended)
    return Ladder(name="day", rules=[rung("warn", used(0.75), who)])


LAST_YEAR = Rotation(
    name="weeks",
    people=["ana", "ben"],
    zone="Europe/Berlin",
    start_on="2025-01-06",
    end_on="2025-12-29",
)


@lawful(
    check_ladder,
    ROUND_THE_CLOCK,
    Coverage(rosters=[Roster(name="nights", layers=[LAST_YEAR])]),
    max_examples=5,
)
def roster_of_last_year(mended: bool = False) -> Ladder:
    """The roster that is paged ended with the year, and was not made anew."""
    told: tuple[Action, ...] = (EscalateToRole(role="duty manager"),) if mended else ()
    call = rung("call", used(0.5), Notify(target="roster", name="nights"), *told)
    return Ladder(name="day", rules=[call])


@lawful(check_roster, start=datetime(2026, 1, 12, tzinfo=UTC), end=datetime(2026, 9, 1, tzinfo=UTC))
def sun_sets_at_the_clock_change(mended: bool = False) -> Roster:
    """New York takes over at eight in the evening of Berlin, but not while only one has changed."""
    zone = "Europe/Berlin" if mended else "America/New_York"
    night = "20:00-08:00" if mended else "14:00-02:00"
    day = Rotation(
        name="day",
        people=["ana"],
        zone="Europe/Berlin",
        start_on="2026-01-05",
        restriction=WeeklyHours.parse("Mo-Su 08:00-20:00"),
    )
    late = Rotation(
        name="night",
        people=["zoe"],
        zone=zone,
        start_on="2026-01-05",
        restriction=WeeklyHours.parse(f"Mo-Su {night}"),
    )
    return nights(day, late)


@lawful(check_roster, start=datetime(2026, 1, 12, tzinfo=UTC), end=datetime(2026, 9, 1, tzinfo=UTC))
def holiday_without_a_stand_in(mended: bool = False) -> Roster:
    """Ben is away for two weeks, and nobody was named."""
    absence = Absence(
        person="ben",
        substitute="chi" if mended else "",
        start="2026-07-06T00:00Z",
        end="2026-07-20T00:00Z",
    )
    return nights(ANA_AND_BEN, absences=(absence,))


@lawful(check_roster, start=datetime(2026, 1, 12, tzinfo=UTC), end=datetime(2026, 9, 1, tzinfo=UTC))
def override_of_the_wrong_week(mended: bool = False) -> Roster:
    """Ana takes over a week that is hers anyway: the week of Ben was meant."""
    day = 13 if mended else 20
    override = Override(
        people=["ana"], start=f"2026-07-{day}T10:00Z", end=f"2026-07-{day + 1}T10:00Z"
    )
    return nights(ANA_AND_BEN, overrides=(override,))
