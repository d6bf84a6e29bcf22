"""What was promised: targets, goals, and every way of getting them wrong."""

from __future__ import annotations

import json
import math
import pickle
from datetime import time, timedelta

import pytest

from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    Goal,
    WallTime,
    WeeklyHours,
    WorkingDays,
    WorkingTime,
)
from itsm_core.calendars._calendar import Boundary, Instant
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.ids import AgreementId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.sla._agreement import priorities_of
from itsm_core.sla._fields import goal_to_json

FOUR = timedelta(hours=4)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
RESPONSE = ServiceLevelTarget(metric="response", goals={"P1": FOUR})
RESOLUTION = ServiceLevelTarget(metric="resolution", goals={"P1": FOUR, "P2": 2 * FOUR})


class Soon:
    """A goal of somebody else's making."""

    def due(self, calendar: Calendar, start: Instant, boundary: Boundary) -> Instant:
        """Return the start."""
        del calendar, boundary
        return start

    def __repr__(self) -> str:
        return "Soon()"


def agreement(**more: object) -> ServiceLevelAgreement:
    """Return an agreement with something special."""
    fields: dict[str, object] = {
        "agreement_id": AgreementId("gold"),
        "calendar": OFFICE,
        "targets": (RESPONSE, RESOLUTION),
    }
    return ServiceLevelAgreement(**(fields | more))  # type: ignore[arg-type]


def test_bare_timedelta_is_working_time() -> None:
    """C9: elapsed time has to be asked for."""
    assert RESPONSE.goals["P1"] == WorkingTime(FOUR)


def test_other_goals_are_kept_as_they_are() -> None:
    """Wall time, working days, and goals of one's own."""
    goals: dict[str, timedelta | Goal] = {"P1": WallTime(FOUR), "P2": WorkingDays(1), "P3": Soon()}
    assert ServiceLevelTarget(metric="response", goals=goals).goals == goals


def test_warnings_are_sorted() -> None:
    """In the order in which they come."""
    target = ServiceLevelTarget(metric="response", goals={"P1": FOUR}, warn_at_ratios=(0.9, 0.5))
    assert target.warn_at_ratios == (0.5, 0.9)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"metric": "happiness"}, "unknown-metric"),
        ({"goals": {}}, "no-goals"),
        ({"goals": {"P1": "4 h"}}, "not-a-goal"),
        ({"warn_at_ratios": (0,)}, "warning-ratio"),
        ({"warn_at_ratios": (1,)}, "warning-ratio"),
        ({"warn_at_ratios": (75,)}, "warning-ratio"),
        ({"warn_at_ratios": (math.nan,)}, "warning-ratio"),
    ],
)
def test_target_is_refused_with_a_code(change: dict[str, object], code: str) -> None:
    """Each rule has its code and a remedy."""
    fields: dict[str, object] = {"metric": "response", "goals": {"P1": FOUR}}
    with pytest.raises(DefinitionError) as caught:
        ServiceLevelTarget(**(fields | change))  # type: ignore[arg-type]
    assert [fault.code for fault in caught.value.faults] == [code]
    assert caught.value.faults[0].remedy


def test_target_lists_every_fault() -> None:
    """One fault hides no other."""
    with pytest.raises(DefinitionError) as caught:
        ServiceLevelTarget(metric="x", goals={"P1": 4, "P2": "y"}, warn_at_ratios=(2, 3))  # type: ignore[arg-type,dict-item]
    assert len(caught.value.faults) == 5


def test_negative_goal_is_refused() -> None:
    """A promise cannot be due before it is made."""
    with pytest.raises(InvalidValue, match="not negative"):
        ServiceLevelTarget(metric="response", goals={"P1": -FOUR})


def test_text_is_no_set_of_hold_reasons() -> None:
    """A text would be taken for its letters."""
    with pytest.raises(DefinitionError, match="with braces"):
        ServiceLevelTarget(metric="response", goals={"P1": FOUR}, pause_on="awaiting_requester")


@pytest.mark.parametrize(
    ("targets", "code"), [((), "no-targets"), ((RESPONSE, RESPONSE), "target-twice")]
)
def test_agreement_is_refused_when_it_promises_nothing_or_twice(
    targets: tuple[ServiceLevelTarget, ...], code: str
) -> None:
    """One target a metric, and at least one."""
    with pytest.raises(DefinitionError) as caught:
        agreement(targets=targets)
    assert [fault.code for fault in caught.value.faults] == [code]


def test_calendar_of_a_target_is_its_own_or_the_agreement_s() -> None:
    """A response round the clock within an agreement in office hours."""
    own = ServiceLevelTarget(metric="response", goals={"P1": FOUR}, calendar=ALWAYS)
    assert agreement().calendar_of(own) is ALWAYS
    assert agreement().calendar_of(RESPONSE) is OFFICE


def test_content_hash_covers_what_is_promised_and_not_the_title() -> None:
    """S3: a verdict names the agreement by it."""
    same = agreement(title="Gold")
    assert same.content_hash == agreement().content_hash
    changed = (
        agreement(version=2),
        agreement(calendar=ALWAYS),
        agreement(targets=(RESPONSE,)),
        agreement(agreement_id=AgreementId("silver")),
        agreement(
            targets=(
                RESPONSE,
                ServiceLevelTarget(
                    metric="resolution", goals=RESOLUTION.goals, pause_on={"awaiting_requester"}
                ),
            )
        ),
    )
    hashes = {each.content_hash for each in changed}
    assert len(hashes) == len(changed)
    assert agreement().content_hash not in hashes


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        (WorkingTime(FOUR), {"kind": "working_time", "microseconds": 14_400_000_000}),
        (WallTime(FOUR), {"kind": "wall_time", "microseconds": 14_400_000_000}),
        (
            WorkingDays(1, time(16), cut_off=time(15)),
            {
                "kind": "working_days",
                "days": 1,
                "at": "16:00:00",
                "cut_off": "15:00:00",
                "snap": True,
            },
        ),
        (
            WorkingDays(2),
            {"kind": "working_days", "days": 2, "at": "same_time", "cut_off": None, "snap": True},
        ),
        (Soon(), {"kind": "Soon", "repr": "Soon()"}),
    ],
)
def test_goal_as_json_says_everything(goal: object, expected: dict[str, object]) -> None:
    """Whole microseconds and ISO times: no float, no locale."""
    assert goal_to_json(goal) == expected  # type: ignore[arg-type]


def test_target_as_json_is_plain_data() -> None:
    """With a calendar of its own and without."""
    own = ServiceLevelTarget(
        metric="response", goals={"P1": FOUR}, calendar=ALWAYS, pause_on={"b", "a"}
    )
    data = own.to_json()
    assert json.loads(json.dumps(data)) == data
    assert data["pause_on"] == ["a", "b"]
    assert data["calendar"] == {"kind": "always"}
    assert RESPONSE.to_json()["calendar"] is None


def test_priorities_are_named_once_in_the_order_given() -> None:
    """Of all targets together."""
    assert priorities_of((RESPONSE, RESOLUTION)) == ("P1", "P2")


@pytest.mark.parametrize("goal", [WorkingDays(-1), ALWAYS, 5], ids=["back", "calendar", "number"])
def test_target_refuses_what_no_promise_can_mean(goal: object) -> None:
    """Due before it began, or not a goal at all."""
    with pytest.raises(DefinitionError, match="forward in time"):
        ServiceLevelTarget(metric="resolution", goals={"P1": goal})  # type: ignore[dict-item]


def test_goals_cannot_be_changed_behind_the_agreement() -> None:
    """A value stays what it was: no item assignment, and the caller's own dict is copied."""
    given = {"P1": timedelta(hours=1)}
    target = ServiceLevelTarget(metric="resolution", goals=given)
    given["P2"] = timedelta(hours=2)
    assert list(target.goals) == ["P1"]
    assert not hasattr(target.goals, "__setitem__")
    assert pickle.loads(pickle.dumps(target)) == target
