"""Rules and ladders: all faults at once, words, and JSON that is the identity (E1, R7)."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle
from typing import Any, cast

import attrs
import pytest

from itsm_core import escalation as e
from itsm_core.conditions import field
from itsm_core.errors import CodecError, DefinitionError
from itsm_core.escalation._actions import ACTIONS
from itsm_core.escalation._triggers import TRIGGERS

MINUTE = timedelta(minutes=1)
TELL = e.Notify(target="assignee")
RULE = e.EscalationRule(
    name="warn",
    trigger=e.ShareUsed(clock="response", ratio=0.75),
    actions=(TELL, e.Notify(target="roster", name="nights", respect_quiet_hours=False)),
    when=field("priority").is_in("P1", "P2"),
    repeat_every=10 * MINUTE,
    repeat_times=2,
    acknowledge_within=15 * MINUTE,
    acknowledged_for=240 * MINUTE,
)
STORM = e.Storm(tickets=20, within=15 * MINUTE, same="service")
TRIGGERED: tuple[e.Trigger, ...] = (
    e.OffsetFromDue(clock="resolution", offset=-60 * MINUTE),
    e.Breached(clock="resolution"),
    e.Silence(after=90 * MINUTE, by="requester"),
    e.Bounced(times=3),
    e.Reopened(times=2),
    e.PriorityReached(priorities=("P1",)),
    e.EscalationRequested(times=1),
    e.OwnerAbsent(after=30 * MINUTE),
    e.CommitmentMissed(),
    STORM,
)
DONE: tuple[e.Action, ...] = (
    e.EscalateToGroup(group="second line"),
    e.EscalateToGroup(tier="3"),
    e.EscalateToRole(role="service owner"),
    e.RaisePriority(to="P1"),
    e.RaisePriority(levels=1),
    e.ProposeMajorIncident(),
)
LADDER = e.Ladder(
    name="gold",
    rules=(
        RULE,
        *(
            e.EscalationRule(name=str(trigger), trigger=trigger, actions=[action])
            for trigger, action in zip(TRIGGERED, cycle(DONE), strict=False)
        ),
    ),
)


def rule(**fields: Any) -> e.EscalationRule:  # pyright: ignore[reportExplicitAny, reportAny]
    """Return a rule, with fields of one's own."""
    given: dict[str, Any] = {
        "name": "late",
        "trigger": e.Breached(clock="response"),
        "actions": (TELL,),
    }
    return e.EscalationRule(**(given | fields))


@pytest.mark.parametrize(
    ("fields", "code", "where"),
    [
        ({"name": ""}, "empty", "name"),
        ({"trigger": "breached"}, "wrong-type", "trigger"),
        ({"actions": ()}, "no-actions", "actions"),
        ({"actions": TELL}, "wrong-type", "actions"),
        ({"actions": (TELL, "page")}, "wrong-type", "actions[1]"),
        ({"when": field("colour").is_("red")}, "unknown-field", "when.rule.field"),
        ({"when": "P1"}, "not-a-predicate", "when.rule"),
        ({"repeat_times": 2}, "half-repeat", "repeat_every"),
        ({"repeat_every": MINUTE}, "half-repeat", "repeat_every"),
        ({"repeat_every": MINUTE, "repeat_times": 101}, "wrong-value", "repeat_times"),
        ({"acknowledge_within": 0 * MINUTE}, "wrong-value", "acknowledge_within"),
        ({"acknowledged_for": 5}, "wrong-type", "acknowledged_for"),
        (
            {"trigger": STORM, "repeat_every": MINUTE, "repeat_times": 2},
            "told-once",
            "repeat_every",
        ),
        ({"trigger": STORM, "acknowledge_within": MINUTE}, "told-once", "acknowledge_within"),
        ({"trigger": STORM, "acknowledged_for": MINUTE}, "told-once", "acknowledged_for"),
    ],
)
def test_rule_is_refused_when_it_cannot_be_meant(
    fields: dict[str, Any], code: str, where: str
) -> None:
    """Each mistake has its code and its place."""
    with pytest.raises(DefinitionError) as caught:
        rule(**fields)
    assert (caught.value.faults[0].code, caught.value.faults[0].where) == (code, where)


def test_rule_tells_every_fault_when_several_fields_are_wrong() -> None:
    """One look shows all."""
    with pytest.raises(DefinitionError) as caught:
        rule(name="", trigger=None, actions=(), repeat_times=-1)
    assert len(caught.value.faults) == 4


def test_rule_reads_as_words_when_it_is_printed() -> None:
    """Trigger, condition, actions, repetition, acknowledgement."""
    assert str(RULE) == (
        "warn: 75 % of response, if priority in (P1, P2) -> notify the assignee, "
        "notify who is on call in nights; 2 more times, every 10 min; "
        "acknowledge within 15 min; acknowledged for 4 h"
    )


@pytest.mark.parametrize(
    ("rules", "code", "where", "value"),
    [
        ((), "empty-ladder", "rules", "()"),
        ("rule", "wrong-type", "rules", "'rule'"),
        ((RULE, "rule"), "wrong-type", "rules[1]", "'rule'"),
        ((RULE, rule(name="warn")), "twice", "rules[1].name", "warn"),
        ((rule(), rule(name="again")), "rule-twice", "rules[1]", "response breached"),
        (tuple(rule(name=str(n)) for n in range(1001)), "too-many", "rules", ""),
    ],
    ids=range(6),
)
def test_ladder_is_refused_when_it_cannot_be_meant(
    rules: Any,  # pyright: ignore[reportExplicitAny, reportAny]
    code: str,
    where: str,
    value: str,
) -> None:
    """No rungs, no rules, two of one name, two that say the same."""
    with pytest.raises(DefinitionError) as caught:
        e.Ladder(name="gold", rules=rules)
    (fault,) = caught.value.faults
    assert (fault.code, fault.where, fault.value) == (code, where, value)


def test_ladder_tells_of_what_was_first_when_three_are_the_same() -> None:
    """Both later ones are told of the first."""
    with pytest.raises(DefinitionError) as caught:
        e.Ladder(name="gold", rules=(RULE, rule(name="warn"), rule(name="warn")))
    told = [(each.code, each.where, each.message) for each in caught.value.faults]
    assert told == [
        ("twice", "rules[1].name", "'warn' is rule 0, too"),
        ("twice", "rules[2].name", "'warn' is rule 0, too"),
        ("rule-twice", "rules[2]", "'warn' has the same trigger and condition"),
    ]


def test_ladder_takes_a_thousand_rules_when_they_differ() -> None:
    """The last that is allowed."""
    rules = [rule(name=str(n), trigger=e.Breached(clock=f"c{n}")) for n in range(1000)]
    assert len(e.Ladder(name="gold", rules=rules).rules) == 1000


def test_rule_repeats_a_hundred_times_when_it_says_so() -> None:
    """The last that is allowed; once is in the singular."""
    assert rule(repeat_every=MINUTE, repeat_times=100).repeat_times == 100
    once = rule(repeat_every=MINUTE, repeat_times=1)
    assert str(once).endswith("; once more, every 1 min")


def test_rungs_have_the_words_and_places_of_their_rules_when_ready() -> None:
    """A storm is no rung of a single ticket's ladder; levels and actions count from 1."""
    storm = rule(name="storm", trigger=STORM)
    late = rule(actions=(TELL, e.RaisePriority(levels=1)))
    ladder = e.Ladder(name="gold", rules=(storm, late))
    assert ladder.rungs is not None
    (rung,) = ladder.rungs
    assert (rung.version, rung.trigger) == (ladder.versions[1], late.trigger)
    common = {"rule": "late", "level": 2, "occurrence": 1, "why": "response is breached"}
    assert rung.actions == (
        (1, TELL, {**common, "action": TELL}),
        (2, late.actions[1], {**common, "action": late.actions[1]}),
    )


def test_version_of_a_rule_is_eight_digits_when_asked() -> None:
    """Its own: another rule in the ladder leaves it alone."""
    versions = LADDER.versions
    assert {len(version) for version in versions} == {8}
    assert len(set(versions)) == len(LADDER.rules)
    assert e.Ladder(name="other", rules=(RULE,)).versions == versions[:1]


def test_rosters_are_named_once_when_several_rules_speak_to_them() -> None:
    """In the order in which they are met; who is told otherwise is none."""
    nights = e.Notify(target="roster", name="nights")
    days = e.Notify(target="roster", name="days")
    ladder = e.Ladder(
        name="gold",
        rules=(
            rule(name="a", trigger=e.Bounced(), actions=(nights, TELL)),
            rule(name="b", actions=(e.Notify(target="group", name="network"), days, nights)),
        ),
    )
    assert ladder.rosters == ("nights", "days")


def test_ladder_has_storms_when_a_rule_is_about_many_tickets() -> None:
    """The desk asks before it watches."""
    assert LADDER.has_storms
    assert not e.Ladder(name="gold", rules=(RULE,)).has_storms


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"actions": ()}, "()"),
        ({"repeat_times": 2}, "2"),
        ({"trigger": STORM, "acknowledge_within": MINUTE}, "0:01:00"),
    ],
    ids=range(3),
)
def test_fault_of_a_rule_shows_its_value_when_told(fields: dict[str, Any], value: str) -> None:
    """What was written is what is shown."""
    with pytest.raises(DefinitionError) as caught:
        rule(**fields)
    assert [each.value for each in caught.value.faults] == [value]


def test_ladder_takes_one_trigger_twice_when_the_conditions_differ() -> None:
    """The same instant, another case."""
    rules = (rule(when=field("priority").is_("P1")), rule(name="other"))
    assert len(e.Ladder(name="gold", rules=rules).rules) == 2


def test_ladder_has_every_kind_when_it_is_the_one_of_this_test() -> None:
    """What the next test writes and reads is everything there is."""
    assert {type(each.trigger) for each in LADDER.rules} == set(TRIGGERS)
    assert {type(a) for each in LADDER.rules for a in each.actions} == set(ACTIONS)


def test_ladder_is_itself_when_written_and_read() -> None:
    """Every trigger, action and setting comes back, byte for byte."""
    again = e.Ladder.loads(LADDER.dumps())
    assert again == LADDER
    assert again.dumps() == LADDER.dumps()
    assert again.content_hash == LADDER.content_hash
    assert e.EscalationRule.from_json(RULE.to_json()) == RULE


def test_hash_changes_when_a_rule_does() -> None:
    """A hash that missed a field would call two ladders one."""
    other = attrs.evolve(LADDER, rules=(attrs.evolve(RULE, repeat_times=3), *LADDER.rules[1:]))
    assert other.content_hash != LADDER.content_hash


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('"share_used"', '"share"', "unknown kind"),
        ('"ratio":0.75', '"ratio":"0.75"', "not a decimal number"),
        ('"repeat_times":2', '"repeat_times":2.0', "not a whole number"),
        ('"respect_quiet_hours":false', '"respect_quiet_hours":"no"', "not true or false"),
        ('"acknowledge_within"', '"acknowlege_within"', "did you mean 'acknowledge_within'"),
        ('"repeat_every":600000000', '"repeat_every":"10m"', "not a whole number"),
    ],
    ids=range(6),
)
def test_reading_refuses_when_the_text_is_not_what_was_written(
    old: str, new: str, match: str
) -> None:
    """Nothing is guessed, converted or left out."""
    text = LADDER.dumps()
    assert old in text
    with pytest.raises(CodecError, match=match):
        e.Ladder.loads(text.replace(old, new, 1))


def test_ladder_reads_as_a_numbered_list_when_it_is_printed() -> None:
    """The first rung first."""
    lines = str(LADDER).splitlines()
    assert lines[0] == "gold"
    assert lines[1].startswith("  1. warn: ")
    assert lines[2] == f"  2. {LADDER.rules[1]}"
    assert len(lines) == 12


def test_fault_says_what_is_wanted_when_a_part_is_of_another_type() -> None:
    """In words: an action, a rule, a trigger."""
    with pytest.raises(DefinitionError, match=r"is not an? action "):
        rule(actions=("page",))
    with pytest.raises(DefinitionError, match="is not a trigger "):
        rule(trigger="late")
    with pytest.raises(DefinitionError, match="is not a rule "):
        e.Ladder(name="gold", rules=("late",))  # type: ignore[arg-type]


def test_json_names_every_kind_when_written() -> None:
    """Ladders are kept as JSON: a name that changed would orphan them."""
    rules = cast("Any", LADDER.to_json())["rules"]
    triggers = [one["trigger"] for one in rules]
    actions = [one["actions"][0] for one in rules[:7]]
    assert triggers == [
        {"kind": "share_used", "clock": "response", "ratio": 0.75},
        {"kind": "offset_from_due", "clock": "resolution", "offset": -3_600_000_000},
        {"kind": "breached", "clock": "resolution"},
        {"kind": "silence", "after": 5_400_000_000, "by": "requester"},
        {"kind": "bounced", "times": 3},
        {"kind": "reopened", "times": 2},
        {"kind": "priority_reached", "priorities": ["P1"]},
        {"kind": "escalation_requested", "times": 1},
        {"kind": "owner_absent", "after": 1_800_000_000},
        {"kind": "commitment_missed"},
        {"kind": "storm", "tickets": 20, "within": 900_000_000, "same": "service"},
    ]
    assert actions == [
        {"kind": "notify", "target": "assignee", "name": "", "respect_quiet_hours": True},
        {"kind": "escalate_to_group", "group": "second line", "tier": ""},
        {"kind": "escalate_to_group", "group": "", "tier": "3"},
        {"kind": "escalate_to_role", "role": "service owner"},
        {"kind": "raise_priority", "to": "P1", "levels": 0},
        {"kind": "raise_priority", "to": "", "levels": 1},
        {"kind": "propose_major_incident", "role": "major incident manager"},
    ]
