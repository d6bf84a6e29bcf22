"""The whole rule of priorities: modifiers in their order, a level above, change by time alone."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, cast

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.errors import CodecError, DefinitionError, InvalidValue, NaiveDatetime
from itsm_core.priority import (
    ITIL_MATRIX,
    AtLeast,
    Effect,
    Lower,
    OverrideRule,
    PriorityDirectory,
    PriorityFacts,
    PriorityMatrix,
    PriorityModifier,
    PriorityPolicy,
    Raise,
    Set,
)

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
LOW = PriorityFacts(impact="low", urgency="low")  # the matrix gives P4
VIP = PriorityModifier(name="vip", when=field("vip").is_(True), effect=Raise())
OLD = PriorityModifier(name="old", when=field("age").is_at_least(4 * HOUR), effect=Raise())
CORE = PriorityModifier(
    name="core service", when=field("service_criticality").is_("high"), effect=AtLeast("P2")
)
DOWN = PriorityModifier(name="site down", when=field("category").is_("outage"), effect=Set("P0"))
FULL = PriorityPolicy(
    name="full",
    matrix=ITIL_MATRIX,
    modifiers=(VIP, CORE, OLD, DOWN),
    major="P0",
    directory=PriorityDirectory(service_criticality={"mail": "high"}, vips={"boss"}),
    overrides=OverrideRule(approvers_required=1, longest=24 * HOUR),
)


def policy(*modifiers: PriorityModifier, major: str = "") -> PriorityPolicy:
    """Return a policy on the sample matrix."""
    return PriorityPolicy(matrix=ITIL_MATRIX, modifiers=modifiers, major=major)


def always(name: str, effect: Effect) -> PriorityModifier:
    """Return a modifier that applies to every ticket."""
    return PriorityModifier(name=name, when=field("age").is_at_least(timedelta(0)), effect=effect)


def test_priority_is_the_cell_when_no_modifier_applies() -> None:
    """P1: the matrix is the beginning."""
    assert FULL.priority(LOW) == "P4"


@pytest.mark.parametrize(
    ("change", "priority"),
    [
        ({"vip": True}, "P3"),
        ({"requester": "boss"}, "P3"),
        ({"service": "mail"}, "P2"),
        ({"service_criticality": "high"}, "P2"),
        ({"age": 4 * HOUR}, "P3"),
        ({"age": 4 * HOUR - timedelta(microseconds=1)}, "P4"),
        ({"age": 5 * HOUR, "service": "mail", "vip": True}, "P1"),
        ({"category": "outage"}, "P0"),
    ],
)
def test_priority_is_modified_when_a_named_input_says_so(
    change: dict[str, Any], priority: str
) -> None:
    """P1: VIP, criticality, age and the rest, stated or looked up."""
    assert FULL.priority(attrs.evolve(LOW, **change)) == priority


def test_modifiers_apply_in_their_order_when_several_hold() -> None:
    """P1: set then raised is another priority than raised then set."""
    put, up = always("set", Set("P3")), always("up", Raise())
    assert policy(put, up).priority(LOW) == "P2"
    assert policy(up, put).priority(LOW) == "P3"


def test_shift_stops_at_the_matrix_when_a_level_above_exists() -> None:
    """P1: nothing drifts into the major level; who means it names it."""
    assert policy(always("up", Raise(9))).priority(LOW) == "P1"
    assert policy(always("up", Raise(9)), major="P0").priority(LOW) == "P1"
    assert policy(always("major", AtLeast("P0")), major="P0").priority(LOW) == "P0"


def test_major_level_is_left_when_a_later_modifier_lowers() -> None:
    """The level above is above the first of the matrix."""
    chain = (always("major", Set("P0")), always("down", Lower()))
    assert policy(*chain, major="P0").priority(LOW) == "P1"


def test_priorities_begin_with_the_major_level_when_there_is_one() -> None:
    """The most urgent first."""
    assert FULL.priorities == ("P0", "P1", "P2", "P3", "P4")
    assert (FULL.impacts, FULL.urgencies) == (ITIL_MATRIX.impacts, ITIL_MATRIX.urgencies)


def test_derivation_tells_every_modifier_when_asked() -> None:
    """P2: the cell, and each modifier with the priority before and after it."""
    found = FULL.derive(attrs.evolve(LOW, service="mail", requester="boss"))
    assert (found.priority, found.cell) == ("P2", ("low", "low"))
    assert [(s.modifier.name, s.is_applied, s.before, s.after) for s in found.applied] == [
        ("vip", True, "P4", "P3"),
        ("core service", True, "P3", "P2"),
        ("old", False, "P2", "P2"),
        ("site down", False, "P2", "P2"),
    ]
    assert found.explain() == (
        "priority 'P2'\n"
        "  matrix: priority 'P4': impact 'low' (3 of 3) meets urgency 'low' (3 of 3) in matrix "
        "'itil-3x3'\n"
        "  1. 'vip' applied, as vip is true: raise by 1, 'P4' to 'P3'\n"
        "  2. 'core service' applied, as service_criticality is high: at least 'P2', "
        "'P3' to 'P2'\n"
        "  3. 'old' not applied, it needs: age >= 4 h\n"
        "  4. 'site down' not applied, it needs: category is outage"
    )


def test_derivation_shows_the_facts_as_used_when_looked_up() -> None:
    """P2: what the directory knew is part of the reason."""
    facts = FULL.derive(attrs.evolve(LOW, service="mail")).facts
    assert facts.service_criticality == "high"


def test_derivation_is_short_when_printed() -> None:
    """The policy, with all its modifiers, is not repeated in each priority."""
    assert "policy=" not in repr(FULL.derive(LOW))


def test_priority_is_refused_when_a_level_is_unknown() -> None:
    """No default, no guess."""
    for ask in (FULL.priority, FULL.derive):
        with pytest.raises(InvalidValue, match="no such impact: 'hgih'"):
            ask(PriorityFacts(impact="hgih", urgency="low"))


# --- by time alone -------------------------------------------------------------------------------


def test_next_change_is_when_the_age_is_reached() -> None:
    """S15: in closed form, four hours after opening."""
    found = FULL.next_change(LOW, opened_at=NINE, as_of=NINE + HOUR)
    assert found is not None
    assert (found.changes_at, found.priority) == (NINE + 4 * HOUR, "P3")


def test_next_change_is_the_next_age_when_earlier_ones_are_past() -> None:
    """S15: what has happened is passed over, what comes is told."""
    older = PriorityModifier(name="x", when=field("age").is_at_least(8 * HOUR), effect=Raise())
    found = policy(OLD, older).next_change(LOW, opened_at=NINE, as_of=NINE + 6 * HOUR)
    assert found is not None
    assert (found.changes_at, found.priority) == (NINE + 8 * HOUR, "P2")


@pytest.mark.parametrize("as_of", [0, -5])
def test_next_change_is_a_microsecond_away_when_it_holds_at_the_opening_alone(as_of: int) -> None:
    """At the opening the age is exactly zero, and it is no less before."""
    fresh = PriorityModifier(name="new", when=field("age").is_(timedelta(0)), effect=Raise())
    found = policy(fresh).next_change(LOW, opened_at=0, as_of=as_of)
    assert found is not None
    assert (found.changes_us, found.priority) == (1, "P4")


def test_next_change_is_none_when_nothing_is_left_to_come() -> None:
    """At the age itself it has happened; without ages it never does."""
    assert FULL.next_change(LOW, opened_at=NINE, as_of=NINE + 4 * HOUR) is None
    assert policy(VIP).next_change(LOW, opened_at=NINE, as_of=NINE) is None


def test_next_change_is_none_when_the_age_changes_nothing() -> None:
    """What is P1 already cannot be raised."""
    top = PriorityFacts(impact="high", urgency="high")
    assert policy(OLD).next_change(top, opened_at=NINE, as_of=NINE) is None


def test_next_change_skips_an_age_when_another_modifier_takes_it_back() -> None:
    """Only a change of the priority counts, not one of its reasons."""
    back = PriorityModifier(name="back", when=field("age").is_in(4 * HOUR), effect=Set("P4"))
    found = policy(OLD, back).next_change(LOW, opened_at=NINE, as_of=NINE)
    assert found is not None
    assert found.changes_at == NINE + 4 * HOUR + timedelta(microseconds=1)


def test_next_change_takes_microseconds_when_given() -> None:
    """The inner loops count in whole numbers."""
    found = policy(OLD).next_change(LOW, opened_at=0, as_of=-5)
    assert found is not None
    assert found.changes_us == 4 * 3_600_000_000


def test_next_change_is_none_when_it_lies_beyond_the_year_9999() -> None:
    """T5: what cannot be shown never comes."""
    late = datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert policy(OLD).next_change(LOW, opened_at=late, as_of=late) is None


def test_next_change_is_refused_when_an_instant_has_no_zone() -> None:
    """T1: naive is refused."""
    with pytest.raises(NaiveDatetime):
        FULL.next_change(LOW, opened_at=NINE.replace(tzinfo=None), as_of=NINE)


# --- what is refused -----------------------------------------------------------------------------


def test_every_fault_is_told_when_a_policy_is_wrong() -> None:
    """P1: names, levels and conditions, all at once, each with its place."""
    slip = PriorityModifier(
        name="x",
        when=field("impact").is_("hgih") | field("urgency").is_("lwo"),
        effect=Raise(),
    )
    far = PriorityModifier(name="x", when=field("vip").is_(True), effect=Set("P9"))
    with pytest.raises(DefinitionError) as caught:
        PriorityPolicy(matrix=ITIL_MATRIX, modifiers=(slip, far), major="P1")
    found = [(fault.code, fault.where) for fault in caught.value.faults]
    assert found[:2] == [("duplicate-level", "major"), ("duplicate-name", "modifiers")]
    assert found[2:] == [
        ("unknown-choice", "modifiers[0].when.rule.any[0].value"),
        ("unknown-choice", "modifiers[0].when.rule.any[1].value"),
        ("unknown-priority", "modifiers[1].effect"),
    ]


def test_policy_is_refused_when_the_major_level_is_blank() -> None:
    """A level has a name."""
    with pytest.raises(DefinitionError, match="major: is blank") as caught:
        policy(major="  ")
    assert [fault.code for fault in caught.value.faults] == ["empty-level"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"matrix": {}}, "not a PriorityMatrix"),
        ({"modifiers": 5}, "must be a list"),
        ({"modifiers": (5,)}, "list of PriorityModifier"),
        ({"directory": {}}, "not PriorityDirectory"),
        ({"overrides": None}, "not OverrideRule"),
        ({"major": 0}, "names are texts"),
        ({"name": None}, "names are texts"),
    ],
)
def test_policy_is_refused_when_a_part_is_of_another_type(
    change: dict[str, object], message: str
) -> None:
    """What the types forbid, callers without a type checker still do."""
    parts = {"matrix": ITIL_MATRIX, **change}
    with pytest.raises(InvalidValue, match=message):
        PriorityPolicy(**cast("Any", parts))


# --- as data -------------------------------------------------------------------------------------


def test_policy_is_the_same_text_when_it_went_through_json() -> None:
    """R7: byte for byte, with its hash."""
    text = json.dumps(FULL.to_json())
    again = PriorityPolicy.from_json(json.loads(text))
    assert (json.dumps(again.to_json()), again) == (text, FULL)
    assert again.content_hash == FULL.content_hash


def test_hash_is_that_of_the_canonical_text_when_asked() -> None:
    """A verdict stores it: keys sorted, no spaces, written down here by hand."""
    one = PriorityMatrix(
        impacts=("i",), urgencies=("u",), priorities=("P",), cells={("i", "u"): "P"}
    )
    text = (
        '{"directory":{"configuration_item_criticality":{},"service_criticality":{},"vips":[]},'
        '"major":"","matrix":{"cells":[["i","u","P"]],"impacts":["i"],"name":"",'
        '"priorities":["P"],"reason_not_monotone":"","urgencies":["u"]},"modifiers":[],"name":"",'
        '"overrides":{"approvers_required":0,"longest_us":null,"roles":[]}}'
    )
    assert one.policy.content_hash == sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"major": "P00", "modifiers": (VIP,)},
        {"modifiers": (CORE, VIP, OLD, DOWN)},
        {"directory": PriorityDirectory()},
        {"overrides": OverrideRule()},
    ],
)
def test_hash_differs_when_one_part_differs(change: dict[str, Any]) -> None:
    """The content hash covers everything, the order of modifiers included."""
    assert attrs.evolve(FULL, **change).content_hash != FULL.content_hash


def test_policy_survives_when_pickled() -> None:
    """Policies travel between processes, and still answer."""
    again = pickle.loads(pickle.dumps(FULL))
    assert (again, again.priority(LOW)) == (FULL, "P4")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"matrix": []}, "policy.matrix: not an object"),
        ({"modifiers": [{}]}, r"policy.modifiers\[0\].name: missing key"),
        ({"rules": []}, "policy: unknown key"),
        ({"major": None}, "policy.major: not a text"),
        ({"name": 1}, "policy.name: not a text"),
        ({"directory": []}, "policy.directory: not an object"),
        ({"overrides": []}, "policy.overrides: not an object"),
    ],
)
def test_json_is_refused_when_it_is_no_policy(change: dict[str, object], message: str) -> None:
    """R7: exact types, no unknown key, and the place in the message."""
    with pytest.raises(CodecError, match=message):
        PriorityPolicy.from_json({**FULL.to_json(), **change})


def test_policy_is_its_own_policy_when_asked() -> None:
    """What takes rules takes a matrix or a policy."""
    assert FULL.policy is FULL
