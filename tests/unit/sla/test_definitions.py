"""What differs between two definitions, in words (law S13)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, Calendar, WallTime, WeeklyHours
from itsm_core.conditions import field
from itsm_core.ids import AgreementId
from itsm_core.sla import (
    METRICS,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
)
from itsm_core.sla._definitions import calendar_words, definition_changes, is_same_target

HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
TARGET = ServiceLevelTarget(metric="resolution", goals={"P1": HOUR, "*": 4 * HOUR})
OLD = ServiceLevelAgreement(agreement_id=AgreementId("a"), calendar=OFFICE, targets=(TARGET,))


def words(**change: object) -> list[str]:
    """Return what differs when the target is changed."""
    new = attrs.evolve(OLD, targets=(attrs.evolve(TARGET, **change),))  # type: ignore[arg-type]
    return [str(each) for each in definition_changes(OLD, new)]


def test_nothing_is_said_of_equal_definitions() -> None:
    """A title is no part of them."""
    assert definition_changes(OLD, attrs.evolve(OLD, title="Another")) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"goals": {"P1": WallTime(HOUR), "P2": 2 * HOUR}},
            [
                "resolution: goal of P1: 1 h working time -> 1 h elapsed time",
                "resolution: goal of other priorities: 4 h working time -> no goal",
                "resolution: goal of P2: 4 h working time -> 2 h working time",
            ],
        ),
        ({"goals": {"P1": HOUR, "P2": 4 * HOUR, "*": 4 * HOUR}}, []),
        ({"calendar": OFFICE}, []),
        ({"pause_on": {"b", "a"}}, ["resolution: pauses while: never -> hold_reason in (a, b)"]),
        (
            {"pause_limits": (PauseLimit(reason="*", budget=HOUR),)},
            ["resolution: limits of pauses"],
        ),
        ({"anchor": "opened"}, ["resolution: anchor: occurred -> opened"]),
        ({"retarget": "share"}, ["resolution: retarget: from_start -> share"]),
        ({"reopen": "ignore"}, ["resolution: reopen: exclude_closed -> ignore"]),
        ({"warn_at_ratios": (0.5, 0.75)}, ["resolution: warnings at: none -> 0.5, 0.75"]),
        (
            {"rules": attrs.evolve(METRICS["resolution"], stop=field("category").is_("closed"))},
            [
                "resolution: stop when: category in (resolved, closed) -> category is closed",
            ],
        ),
        (
            {"metric": "agent_work", "rules": METRICS["agent_work"]},
            [
                "resolution: metric: resolution -> agent_work",
                "resolution: pauses while: never -> category is on_hold",
            ],
        ),
    ],
)
def test_each_part_of_a_target_is_told(change: dict[str, object], said: list[str]) -> None:
    """Both values, where they are short."""
    assert words(**change) == said


def test_another_calendar_is_told_once() -> None:
    """Whatever its parts are called."""
    (found,) = words(calendar=ALWAYS)
    assert found.startswith("resolution: calendar: ")


def test_parts_of_an_agreement_are_told() -> None:
    """Which tickets it is for, and when."""
    new = attrs.evolve(
        OLD,
        version=2,
        applies_to=field("service").is_("mail"),
        precedence=3,
        valid_from=datetime(2026, 1, 5, tzinfo=UTC),
        version_rule="latest",
    )
    assert [str(each) for each in definition_changes(OLD, new)] == [
        "a version 1 -> a version 2",
        "for: any ticket -> service is mail",
        "precedence: 0 -> 3",
        "in force: always -> from 2026-01-05 00:00+00:00",
        "version rule: at_creation -> latest",
    ]


def test_clock_that_is_new_or_gone_is_told() -> None:
    """By name."""
    more = attrs.evolve(OLD, targets=(TARGET, ServiceLevelTarget(metric="response", goals=HOUR)))
    assert [str(each) for each in definition_changes(OLD, more)] == ["response: new clock"]
    assert [str(each) for each in definition_changes(more, OLD)] == ["response: clock dropped"]
    assert not is_same_target(OLD, more, "response")
    assert is_same_target(OLD, more, "resolution")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (attrs.evolve(OFFICE, zone="Europe/Berlin"), "calendar: zone UTC -> Europe/Berlin"),
        (attrs.evolve(OFFICE, holidays=[date(2026, 1, 6)]), "calendar: holidays"),
        (attrs.evolve(OFFICE, hours=WeeklyHours.parse("Mo-Fr 08:00-18:00")), "calendar: hours"),
    ],
)
def test_calendars_say_which_parts_differ(other: Calendar, said: str) -> None:
    """The zone with both names."""
    assert calendar_words(OFFICE, other) == said
