"""What was promised: targets, goals, and every way of getting them wrong."""

from __future__ import annotations

import hashlib
import json
import math
import pickle
from datetime import UTC, datetime, time, timedelta

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
from itsm_core.conditions import field
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.ids import AgreementId
from itsm_core.sla import (
    METRICS,
    Leg,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    held_by,
)
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


def test_commitment_is_refused_when_it_has_goals() -> None:
    """Each commitment brings its own deadline."""
    with pytest.raises(DefinitionError) as caught:
        ServiceLevelTarget(metric="commitment", goals={"P1": FOUR})
    assert [fault.code for fault in caught.value.faults] == ["commitment-goals"]


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"longest": "8 h"}, "not-a-goal", "longest"),
        ({"budget": -FOUR}, "negative-budget", "budget"),
        ({"budget": "8 h"}, "wrong-type", "budget"),
        ({}, "no-limit", "pause limit"),
    ],
)
def test_pause_limit_is_refused_with_a_code(
    change: dict[str, object], code: str, where: str
) -> None:
    """It bounds something, by time that runs forward."""
    with pytest.raises(DefinitionError) as caught:
        PauseLimit(reason="awaiting_requester", **change)  # type: ignore[arg-type]
    assert [(fault.code, fault.where) for fault in caught.value.faults] == [(code, where)]
    assert caught.value.faults[0].remedy


def test_agreement_is_refused_with_the_place_when_its_condition_is_wrong() -> None:
    """A ticket's facts have no colour."""
    with pytest.raises(DefinitionError) as caught:
        agreement(applies_to=field("colour").is_("red"))
    (fault,) = caught.value.faults
    assert fault.where.startswith("applies_to.")
    assert "colour" in str(fault)


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


FULL: dict[str, object] = {
    "name": "repair",
    "metric": "resolution",
    "goals": {"P1": {"kind": "working_time", "microseconds": 14_400_000_000}},
    "calendar": {"kind": "always"},
    "rules": METRICS["resolution"].to_json(),
    "pause_on": ["parts", "supplier"],
    "pause_limits": [
        {
            "reason": "parts",
            "longest": {"kind": "wall_time", "microseconds": 14_400_000_000},
            "budget": 28_800_000_000,
            "needs_evidence": True,
        },
        {"reason": "supplier", "longest": None, "budget": None, "needs_evidence": True},
    ],
    "anchor": "opened",
    "retarget": "share",
    "reopen": "ignore",
    "warn_at_ratios": [0.5, 0.75],
}


def full_target() -> ServiceLevelTarget:
    """Return the target that `FULL` tells."""
    return ServiceLevelTarget(
        metric="resolution",
        name="repair",
        goals={"P1": FOUR},
        calendar=ALWAYS,
        pause_on={"supplier", "parts"},
        pause_limits=[
            PauseLimit(
                reason="parts", longest=WallTime(FOUR), budget=2 * FOUR, needs_evidence=True
            ),
            PauseLimit(reason="supplier", needs_evidence=True),
        ],
        anchor="opened",
        retarget="share",
        reopen="ignore",
        warn_at_ratios=(0.75, 0.5),
    )


def test_target_as_json_has_every_field_under_its_name() -> None:
    """S3: hashes of definitions that are stored today must be made of the same keys tomorrow."""
    assert full_target().to_json() == FULL


def test_commitment_as_json_has_no_rules() -> None:
    """Its deadlines come with the promises."""
    data = ServiceLevelTarget(metric="commitment").to_json()
    assert (data["rules"], data["goals"]) == (None, {})


def test_agreement_as_json_has_every_field_under_its_name() -> None:
    """The legs by the hash of their agreement; instants in microseconds since 1970."""
    group = ServiceLevelAgreement(
        agreement_id=AgreementId("net"),
        kind="ola",
        calendar=OFFICE,
        targets=[ServiceLevelTarget(metric="ola", goals=FOUR / 4, rules=held_by("network"))],
    )
    made = agreement(
        version=3,
        calendar=OFFICE,
        targets=[RESPONSE],
        applies_to=field("service").is_("mail"),
        precedence=7,
        valid_from=datetime(1970, 1, 2, tzinfo=UTC),
        valid_until=datetime(1970, 1, 3, tzinfo=UTC),
        version_rule="latest",
        breach_reasons=["vendor", "staff"],
        legs=[Leg(clock="response", agreement=group, leg_clock="ola")],
    )
    expected = {
        "agreement_id": "gold",
        "version": 3,
        "kind": "sla",
        "calendar": OFFICE.to_json(),
        "targets": [RESPONSE.to_json()],
        "applies_to": {"field": "service", "operator": "is", "value": "mail"},
        "precedence": 7,
        "valid_from": 86_400_000_000,
        "valid_until": 172_800_000_000,
        "version_rule": "latest",
        "breach_reasons": ["vendor", "staff"],
        "legs": [{"clock": "response", "agreement": group.content_hash, "at": "ola"}],
    }
    assert made.to_json() == expected
    text = json.dumps(expected, sort_keys=True, separators=(",", ":"))
    assert made.content_hash == hashlib.sha256(text.encode()).hexdigest()


def test_agreement_says_nothing_that_was_not_said() -> None:
    """The first version of a customer's agreement, for any ticket and at any time."""
    made = agreement()
    assert (made.version, made.title, made.kind, made.precedence) == (1, "", "sla", 0)
    assert (made.applies_to, made.valid_from_us, made.valid_until_us) == (None, None, None)
    assert (made.version_rule, made.breach_reasons, made.legs) == ("at_creation", (), ())
    target = made.targets[0]
    assert (target.anchor, target.retarget, target.reopen) == (
        "occurred",
        "from_start",
        "exclude_closed",
    )
    assert (target.name, target.pause_on, target.pause_limits) == ("response", None, ())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"targets": ()}, ("no-targets", "targets", "")),
        ({"targets": (RESPONSE, RESPONSE)}, ("target-twice", "targets", "response")),
        (
            {
                "valid_from": datetime(1970, 1, 2, tzinfo=UTC),
                "valid_until": datetime(1970, 1, 2, tzinfo=UTC),
            },
            ("never-valid", "valid_until", "86400000000"),
        ),
        ({"version": 0}, ("version-number", "version", "0")),
        ({"kind": "slo"}, ("unknown-kind", "kind", "'slo'")),
    ],
)
def test_fault_of_an_agreement_has_its_code_its_place_and_the_value(
    change: dict[str, object], expected: tuple[str, str, str]
) -> None:
    """What programs show beside the field."""
    with pytest.raises(DefinitionError) as caught:
        agreement(**change)
    assert [(each.code, each.where, each.value) for each in caught.value.faults] == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"goals": {}}, ("no-goals", "goals", "")),
        ({"goals": {"P1": 5}}, ("not-a-goal", "goals[P1]", "5")),
        ({"warn_at_ratios": (2,)}, ("warning-ratio", "warn_at_ratios", "2")),
        ({"name": " "}, ("no-name", "name", " ")),
        ({"metric": "ola"}, ("no-rules", "rules", "")),
        ({"metric": "commitment"}, ("commitment-goals", "goals", "")),
        ({"anchor": "begun"}, ("unknown-anchor", "anchor", "'begun'")),
        ({"retarget": "never"}, ("unknown-retarget", "retarget", "'never'")),
        ({"reopen": "never"}, ("unknown-reopen", "reopen", "'never'")),
    ],
)
def test_fault_of_a_target_has_its_code_its_place_and_the_value(
    change: dict[str, object], expected: tuple[str, str, str]
) -> None:
    """What programs show beside the field."""
    fields: dict[str, object] = {"metric": "response", "goals": {"P1": FOUR}}
    with pytest.raises(DefinitionError) as caught:
        ServiceLevelTarget(**(fields | change))  # type: ignore[arg-type]
    assert [(each.code, each.where, each.value) for each in caught.value.faults] == [expected]


def test_pause_limit_may_be_nothing_at_all() -> None:
    """A budget of no time: every such hold counts."""
    assert PauseLimit(reason="parts", budget=timedelta(0)).budget == timedelta(0)


def test_working_days_may_be_none_ahead() -> None:
    """By the end of this very day."""
    goal = WorkingDays(0, "end_of_day")
    assert ServiceLevelTarget(metric="response", goals=goal).goal_for("P1") == goal


def test_agreement_is_valid_for_a_moment() -> None:
    """One microsecond is a time."""
    start = datetime(2026, 1, 5, tzinfo=UTC)
    made = agreement(valid_from=start, valid_until=start + timedelta.resolution)
    assert (made.valid_until_us or 0) - (made.valid_from_us or 0) == 1
