"""Overrides by hand: the rule that has to allow them (laws P3, L7)."""

from __future__ import annotations

import datetime as dt
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import attrs
import pytest

from itsm_core.errors import CodecError, InvalidValue
from itsm_core.ids import PersonId
from itsm_core.priority import OverrideRule, PriorityOverride

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
LEVELS = ("P0", "P1", "P2")
GOOD = PriorityOverride(
    priority="P1",
    author=PersonId("lea"),
    reason="board meeting",
    since_at=NINE,
    expires_at=NINE + DAY,
)
STRICT = OverrideRule(approvers_required=1, roles=("lead",), longest=DAY)


def codes(rule: OverrideRule, override: PriorityOverride, *roles: str) -> list[tuple[str, str]]:
    """Return code and place of everything that speaks against an override."""
    found = rule.faults_in(override, roles=roles, levels=LEVELS)
    return [(fault.code, fault.where) for fault in found]


def test_override_is_fine_when_nothing_is_demanded() -> None:
    """P3: author, reason, and an expiry that is there or not."""
    assert codes(OverrideRule(), GOOD) == []
    assert codes(OverrideRule(), attrs.evolve(GOOD, expires_at=None)) == []


def test_override_is_fine_when_all_is_given_that_is_demanded() -> None:
    """P3: the second person, the role and the longest time."""
    assert codes(STRICT, attrs.evolve(GOOD, approver=PersonId("max")), "lead") == []


def test_every_fault_is_told_when_all_is_wrong() -> None:
    """L2: every reason at once, in one order."""
    bad = PriorityOverride(
        priority="P9", reason=" ", since_at=NINE, expires_at=NINE, approver=PersonId("")
    )
    assert codes(STRICT, bad, "analyst") == [
        ("unknown-priority", "priority"),
        ("missing-field", "reason"),
        ("missing-role", "actor.roles"),
        ("missing-author", "actor.person_id"),
        ("missing-approver", "approver"),
        ("expiry-in-the-past", "expires_at"),
    ]


def test_approver_is_refused_when_it_is_the_author() -> None:
    """L7: nobody is a second pair of eyes to oneself, needed or not, blanks or not."""
    same = attrs.evolve(GOOD, approver=PersonId(" lea "))
    assert codes(OverrideRule(), same) == [("approver-is-author", "approver")]


def test_expiry_is_demanded_when_the_rule_has_a_longest_time() -> None:
    """Without an end it would hold longer than any limit."""
    rule = OverrideRule(longest=DAY)
    assert codes(rule, attrs.evolve(GOOD, expires_at=None)) == [("missing-expiry", "expires_at")]


@pytest.mark.parametrize(("more", "found"), [(0, []), (1, [("override-too-long", "expires_at")])])
def test_expiry_is_refused_when_it_is_a_microsecond_too_late(
    more: int, found: list[tuple[str, str]]
) -> None:
    """The longest time itself is within the rule."""
    late = attrs.evolve(GOOD, expires_at=NINE + DAY + timedelta(microseconds=more))
    assert codes(OverrideRule(longest=DAY), late) == found


def test_faults_name_value_and_remedy_when_told() -> None:
    """The message is enough to act on."""
    (fault,) = OverrideRule().faults_in(attrs.evolve(GOOD, priority="p1"), roles=(), levels=LEVELS)
    assert str(fault) == (
        "priority: unknown priority 'p1' (use one of P0, P1, P2; did you mean 'P1'?)"
    )


def test_override_is_over_when_its_expiry_is_reached() -> None:
    """P3: it holds in [since, expiry)."""
    assert [GOOD.is_over(GOOD.since_us + days * 86_400_000_000 - 1) for days in (1, 2)] == [
        False,
        True,
    ]
    assert GOOD.is_over(GOOD.since_us + 86_400_000_000)
    assert not attrs.evolve(GOOD, expires_at=None).is_over(1 << 60)


def test_override_tells_its_story_when_shown() -> None:
    """Who, what, since when, until when, with whom, why."""
    assert str(attrs.evolve(GOOD, approver=PersonId("max"))) == (
        "'P1' set by lea on 2026-01-05T09:00:00+00:00 until 2026-01-06T09:00:00+00:00, "
        "agreed by max: board meeting"
    )


def test_instants_are_shown_in_utc_when_asked() -> None:
    """T1: results expose pendulum instants; an open end is none."""
    assert (GOOD.since_at, GOOD.expires_at) == (NINE, NINE + DAY)
    assert attrs.evolve(GOOD, expires_at=None).expires_at is None


def test_override_survives_when_pickled() -> None:
    """Values travel between processes."""
    assert pickle.loads(pickle.dumps((GOOD, STRICT))) == (GOOD, STRICT)


def test_rule_is_the_same_when_it_went_through_json() -> None:
    """R7: the identity both ways, with and without a longest time."""
    for rule in (STRICT, OverrideRule()):
        assert OverrideRule.from_json(rule.to_json()) == rule


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"longest_us": 1.5}, "overrides.longest_us: not a whole number"),
        ({"roles": "lead"}, "overrides.roles: not a list"),
        ({"approvers_required": True}, "overrides.approvers_required: not a whole number"),
        ({"approvers": 1}, "unknown key"),
    ],
)
def test_json_is_refused_when_it_is_no_rule(change: dict[str, object], message: str) -> None:
    """R7: exact types, and the place in the message."""
    with pytest.raises(CodecError, match=message):
        OverrideRule.from_json({**STRICT.to_json(), **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"approvers_required": 2}, "0 or 1 approvers"),
        ({"approvers_required": True}, "0 or 1 approvers"),
        ({"longest": timedelta(0)}, "the longest override"),
        ({"longest": 3600}, "the longest override"),
        ({"roles": "lead"}, "must be a list"),
    ],
)
def test_rule_is_refused_when_a_part_is_impossible(change: dict[str, Any], message: str) -> None:
    """A rule that nobody could keep is no rule."""
    with pytest.raises(InvalidValue, match=message):
        OverrideRule(**cast("Any", change))


def test_faults_of_what_is_missing_have_no_value_when_told() -> None:
    """There is nothing to show of a person or an expiry that is not there."""
    nobody = attrs.evolve(GOOD, author=PersonId(""), expires_at=None)
    found = STRICT.faults_in(nobody, roles=(), levels=LEVELS)
    assert [(fault.code, fault.value) for fault in found] == [
        ("missing-role", "none"),
        ("missing-author", ""),
        ("missing-approver", ""),
        ("missing-expiry", ""),
    ]
    (role,) = STRICT.faults_in(
        attrs.evolve(GOOD, approver=PersonId("max")), roles=("b", "a"), levels=LEVELS
    )
    assert (role.value, role.remedy) == ("a, b", "needs one of lead; the actor has a, b")


def test_override_tells_no_more_than_is_known_when_shown() -> None:
    """Without an end and an approver the sentence is shorter; nobody is made up."""
    told = PriorityOverride(priority="P1", since_at=NINE)
    assert (told.author, told.reason, told.approver, told.expires_us) == ("", "", "", None)
    assert str(told) == "'P1' set by nobody named on 2026-01-05T09:00:00+00:00: "


def test_override_is_made_again_when_its_repr_is_run() -> None:
    """What a failing test prints can be pasted."""
    for override in (GOOD, attrs.evolve(GOOD, expires_at=None)):
        names = {"PriorityOverride": PriorityOverride, "datetime": dt}
        assert eval(repr(override), names) == override
