"""Lifecycles as values: equality, hashes, JSON, lookups."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, cast

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.errors import CodecError, DefinitionError, InvalidValue
from itsm_core.lifecycle import INCIDENT, Lifecycle, State, StateCategory, Transition


def test_lifecycle_is_the_same_text_when_it_went_through_json() -> None:
    """L1: a lifecycle round-trips through JSON byte for byte."""
    text = json.dumps(INCIDENT.to_json())
    again = Lifecycle.from_json(json.loads(text))
    assert (again, json.dumps(again.to_json())) == (INCIDENT, text)
    assert again.content_hash == INCIDENT.content_hash


def test_hash_differs_when_one_role_differs() -> None:
    """L1: the content hash covers who may do what."""
    loose = [
        attrs.evolve(each, roles=()) if each.trigger == "close" else each
        for each in INCIDENT.transitions
    ]
    assert attrs.evolve(INCIDENT, transitions=loose).content_hash != INCIDENT.content_hash


def test_lifecycle_survives_when_pickled() -> None:
    """Lifecycles travel between processes, used or not."""
    assert INCIDENT.initial == "new"
    assert pickle.loads(pickle.dumps(INCIDENT)) == INCIDENT


def test_lifecycle_is_hashable_when_a_key() -> None:
    """Values can be keys."""
    assert {INCIDENT: 1}[Lifecycle.from_json(INCIDENT.to_json())] == 1


def test_roles_are_sorted_when_written_in_any_order() -> None:
    """The order of roles means nothing, so it must not change the hash."""
    one = Transition(trigger="start", sources=("new",), target="busy", roles=("b", "a", "b"))
    assert one.roles == ("a", "b")


def test_transition_is_refused_when_sources_are_a_bare_text() -> None:
    """The text "new" is not the list of its letters."""
    with pytest.raises(InvalidValue, match=r"write \('new',\)"):
        Transition(trigger="start", sources="new", target="busy")


def test_transition_is_found_when_it_starts_in_the_state() -> None:
    """A trigger and a state give one transition or none."""
    found = INCIDENT.transition("start", "new")
    assert found is not None
    assert (found.target, INCIDENT.transition("start", "closed")) == ("in_progress", None)


@pytest.mark.parametrize(
    ("category", "is_open", "is_terminal"),
    [
        (StateCategory.NEW, True, False),
        (StateCategory.ACTIVE, True, False),
        (StateCategory.ON_HOLD, True, False),
        (StateCategory.RESOLVED, False, False),
        (StateCategory.CLOSED, False, True),
        (StateCategory.CANCELLED, False, True),
    ],
)
def test_category_says_what_is_owed_when_asked(
    category: StateCategory, is_open: bool, is_terminal: bool
) -> None:
    """Open means that work is owed, terminal that nothing more will come."""
    assert (category.is_open, category.is_terminal) == (is_open, is_terminal)


def test_state_reads_as_it_was_written_when_shown() -> None:
    """The repr names both parts."""
    assert repr(State(name="new", category=StateCategory.NEW)).startswith("State(name='new'")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"versoin": 1}, "unknown key .*did you mean 'version'"),
        ({"version": True}, r"lifecycle\.version: not a whole number"),
        ({"version": 1.0}, r"lifecycle\.version: not a whole number"),
        ({"hold_reasons": ["a", 1]}, r"lifecycle\.hold_reasons\[1\]: not a text"),
        ({"states": {}}, r"lifecycle\.states: not a list"),
        ({"states": [{"name": "a"}]}, r"lifecycle\.states\[0\]: key 'category' is missing"),
        (
            {"states": [{"name": "a", "category": "actve"}]},
            r"lifecycle\.states\[0\]\.category: unknown name .*did you mean 'active'",
        ),
        ({"transitions": ["open"]}, r"lifecycle\.transitions\[0\]: not an object"),
        ({"transitions": "open"}, r"lifecycle\.transitions: not a list"),
        ({"name": 1}, r"lifecycle\.name: not a text"),
        ({"resume_on_contact": "all"}, r"lifecycle\.resume_on_contact: not a list"),
        (
            {"states": [{"name": 1, "category": "new"}]},
            r"lifecycle\.states\[0\]\.name: not a text",
        ),
        ({"states": [{"category": "new"}]}, r"lifecycle\.states\[0\]: key 'name' is missing"),
    ],
)
def test_json_is_refused_when_it_is_not_a_lifecycle(
    change: dict[str, object], message: str
) -> None:
    """R7: exact types, no unknown key, and the place in the message."""
    with pytest.raises(CodecError, match=message):
        Lifecycle.from_json({**INCIDENT.to_json(), **change})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("trigger", 1),
        ("sources", "new"),
        ("target", None),
        ("roles", "lead"),
        ("required", "reason"),
        ("guard", "impact is high"),
        ("approvals", "2"),
        ("separate_from", "assignee"),
    ],
)
def test_json_is_refused_with_its_place_when_a_part_of_a_transition_is_wrong(
    key: str, value: object
) -> None:
    """R7: the place leads to the key."""
    written = INCIDENT.to_json()
    first, *moves = cast("list[dict[str, Any]]", written["transitions"])
    place = re.escape(f"lifecycle.transitions[0].{key}: ")
    with pytest.raises(CodecError, match=f"^{place}"):
        Lifecycle.from_json({**written, "transitions": [{**first, key: value}, *moves]})


@pytest.mark.parametrize("key", ["trigger", "sources", "target", "roles", "required"])
def test_json_is_refused_when_a_transition_lacks_a_key(key: str) -> None:
    """Nothing is guessed or left out."""
    written = INCIDENT.to_json()
    first, *moves = cast("list[dict[str, Any]]", written["transitions"])
    shorter = {name: value for name, value in first.items() if name != key}
    with pytest.raises(CodecError, match=rf"transitions\[0\]: key '{key}' is missing"):
        Lifecycle.from_json({**written, "transitions": [shorter, *moves]})


@pytest.mark.parametrize(
    "key", ["name", "version", "states", "hold_reasons", "resume_on_contact", "transitions"]
)
def test_json_is_refused_when_a_lifecycle_lacks_a_key(key: str) -> None:
    """Nothing is guessed or left out."""
    shorter = {name: value for name, value in INCIDENT.to_json().items() if name != key}
    with pytest.raises(CodecError, match=f"lifecycle: key '{key}' is missing"):
        Lifecycle.from_json(shorter)


def test_transition_asks_for_nothing_when_nothing_is_said() -> None:
    """Anybody may, at once; a lifecycle begins with its first version and waits for nothing."""
    bare = Transition(trigger="start")
    assert (bare.sources, bare.target, bare.roles, bare.required) == ((), "", (), ())
    assert (bare.guard, bare.approvals, bare.separate_from) == (None, 0, ())
    small = Lifecycle(
        name="small",
        states=(
            State(name="new", category=StateCategory.NEW),
            State(name="closed", category=StateCategory.CLOSED),
        ),
        transitions=(
            Transition(trigger="open", target="new"),
            Transition(trigger="close", sources=("new",), target="closed"),
        ),
    )
    assert (small.version, small.hold_reasons, small.resume_on_contact) == (1, (), ())


def test_repr_is_code_when_shown() -> None:
    """What is derived from a definition is no part of it."""
    move = Transition(trigger="close", sources=("new",), target="closed")
    assert repr(move) == (
        "Transition(trigger='close', sources=('new',), target='closed', roles=(), required=(), "
        "guard=None, approvals=0, separate_from=())"
    )
    assert "memory" not in repr(INCIDENT)


def test_json_is_refused_when_a_guard_is_malformed() -> None:
    """With the transition whose guard it is: a document has dozens of them."""
    written = INCIDENT.to_json()
    moves = cast("list[dict[str, Any]]", written["transitions"])
    bad = {**moves[1], "guard": {"field": "impact", "is": "high"}}
    place = re.escape("lifecycle.transitions[1].guard: condition: unknown key")
    with pytest.raises(CodecError, match=place):
        Lifecycle.from_json({**written, "transitions": [moves[0], bad, *moves[2:]]})


def test_json_is_refused_when_a_guard_asks_for_an_unknown_field() -> None:
    """The transition's place comes before that inside its guard."""
    written = INCIDENT.to_json()
    moves = cast("list[dict[str, Any]]", written["transitions"])
    bad = {**moves[1], "guard": {"field": "colour", "operator": "is", "value": "red"}}
    with pytest.raises(DefinitionError) as caught:
        Lifecycle.from_json({**written, "transitions": [moves[0], bad, *moves[2:]]})
    (fault,) = caught.value.faults
    assert fault.where.startswith("lifecycle.transitions[1].guard: ")
    assert "colour" in str(fault)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None}, "the name of a lifecycle is text: None"),
        ({"version": "1"}, "the version of a lifecycle is a whole number: '1'"),
        ({"version": True}, "the version of a lifecycle is a whole number: True"),
        ({"states": None}, "states must be a list of State: None"),
        ({"states": (1,)}, "states must be a list of State: 1"),
        ({"states": "new"}, "states must be a list of State: 'n'"),
        ({"transitions": None}, "transitions must be a list of Transition: None"),
        ({"transitions": ({},)}, "transitions must be a list of Transition: {}"),
        ({"hold_reasons": None}, "names must be a list: None"),
        ({"hold_reasons": (1,)}, "a name is text: 1"),
        ({"resume_on_contact": 5}, "names must be a list: 5"),
    ],
)
def test_lifecycle_is_refused_when_a_part_is_of_another_type(
    change: dict[str, object], message: str
) -> None:
    """What the types forbid, callers without a type checker still do."""
    with pytest.raises(InvalidValue, match=re.escape(message)):
        attrs.evolve(INCIDENT, **cast("Any", change))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"name": 5, "category": StateCategory.NEW}, "the name of a state is text: 5"),
        ({"name": "new", "category": "new"}, "write StateCategory.NEW"),
        ({"name": "new", "category": None}, "not a StateCategory: None"),
    ],
)
def test_state_is_refused_when_a_part_is_of_another_type(
    parts: dict[str, object], message: str
) -> None:
    """The word for a category is not the category."""
    with pytest.raises(InvalidValue, match=re.escape(message)):
        State(**cast("Any", parts))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"trigger": None}, "a trigger is text: None"),
        ({"trigger": "start", "target": 5}, "a target is text: 5"),
        ({"trigger": "start", "sources": None}, "names must be a list: None"),
        ({"trigger": "start", "roles": ([],)}, "a name is text: []"),
        ({"trigger": "start", "required": (None,)}, "a name is text: None"),
        ({"trigger": "start", "guard": "impact = high"}, "a guard is a predicate of"),
        ({"trigger": "start", "approvals": True}, "approvals is a whole number: True"),
    ],
)
def test_transition_is_refused_when_a_part_is_of_another_type(
    parts: dict[str, object], message: str
) -> None:
    """Names are texts, lists of names are lists."""
    with pytest.raises(InvalidValue, match=re.escape(message)):
        Transition(**cast("Any", parts))


# --- a document by hand ---------------------------------------------------------------------------

DESK = Lifecycle(
    name="desk",
    version=3,
    states=(
        State(name="new", category=StateCategory.NEW),
        State(name="busy", category=StateCategory.ACTIVE),
        State(name="waiting", category=StateCategory.ON_HOLD),
        State(name="closed", category=StateCategory.CLOSED),
    ),
    hold_reasons=("supplier", "user"),
    resume_on_contact=("user",),
    transitions=(
        Transition(trigger="open", target="new"),
        Transition(trigger="approve", sources=("new", "busy"), roles=("lead",)),
        Transition(trigger="hold", sources=("new",), target="waiting", required=("reason",)),
        Transition(trigger="contact", sources=("waiting",)),
        Transition(trigger="resume", sources=("waiting",), target="busy"),
        Transition(
            trigger="close",
            sources=("new", "busy"),
            target="closed",
            roles=("lead", "agent"),
            guard=field("impact").is_("high"),
            separate_from=("requester", "assignee"),
        ),
        Transition(
            trigger="close",
            sources=("new", "busy"),
            target="closed",
            guard=~field("impact").is_("high"),
            approvals=2,
        ),
    ),
)
HIGH = '{"field":"impact","operator":"is","value":"high"}'
WRITTEN = (
    '{"hold_reasons":["supplier","user"],"name":"desk","resume_on_contact":["user"],'
    '"states":[{"category":"new","name":"new"},{"category":"active","name":"busy"},'
    '{"category":"on_hold","name":"waiting"},{"category":"closed","name":"closed"}],'
    '"transitions":['
    '{"required":[],"roles":[],"sources":[],"target":"new","trigger":"open"},'
    '{"required":[],"roles":["lead"],"sources":["new","busy"],"target":"","trigger":"approve"},'
    '{"required":["reason"],"roles":[],"sources":["new"],"target":"waiting","trigger":"hold"},'
    '{"required":[],"roles":[],"sources":["waiting"],"target":"","trigger":"contact"},'
    '{"required":[],"roles":[],"sources":["waiting"],"target":"busy","trigger":"resume"},'
    '{"guard":' + HIGH + ',"required":[],"roles":["agent","lead"],'
    '"separate_from":["assignee","requester"],"sources":["new","busy"],"target":"closed",'
    '"trigger":"close"},'
    '{"approvals":2,"guard":{"not":' + HIGH + '},"required":[],"roles":[],"sources":["new","busy"],'
    '"target":"closed","trigger":"close"}],'
    '"version":3}'
)


def test_document_is_as_written_by_hand_when_a_lifecycle_is_written() -> None:
    """Every key, guards and approvals only where there are any; read back it is the same."""
    assert DESK.to_json() == json.loads(WRITTEN)
    assert Lifecycle.from_json(json.loads(WRITTEN)) == DESK


def test_hash_is_that_of_the_canonical_text_when_computed_elsewhere() -> None:
    """Keys sorted, no blanks: anybody can compute it from the document alone."""
    assert DESK.content_hash == sha256(WRITTEN.encode()).hexdigest()


def test_transitions_are_found_when_guards_choose_between_them() -> None:
    """The first, all of them, those of a trigger, and none."""
    first, second = DESK.transitions[5:]
    assert DESK.transition("close", "new") is first
    assert DESK.choices("close", "new") == (first, second)
    assert DESK.choices("hold", "new") == (DESK.transitions[2],)
    assert DESK.choices("close", "closed") == ()
    assert DESK.transition("close", "closed") is None
    assert DESK.transition("open", "") is DESK.transitions[0]
    assert DESK.transitions_of("close") == (first, second)
    assert DESK.triggers == ("open", "approve", "hold", "contact", "resume", "close")
    assert DESK.initial == "new"
    assert DESK.categories == {
        "new": StateCategory.NEW,
        "busy": StateCategory.ACTIVE,
        "waiting": StateCategory.ON_HOLD,
        "closed": StateCategory.CLOSED,
    }


def test_guard_is_ready_when_it_is_a_predicate_of_any_kind() -> None:
    """A test, both or one of two, and its opposite."""
    high, low = field("impact").is_("high"), field("urgency").is_("low")
    for guard in (high, high & low, high | low, ~high):
        move = Transition(trigger="start", sources=("new",), target="busy", guard=guard)
        assert move.condition is not None
        assert move.condition.rule == guard
    assert Transition(trigger="start").condition is None


def test_derived_parts_are_refused_when_given() -> None:
    """What follows from a definition is never given with it, and no copy shares what is known."""
    given: dict[str, Any] = {"condition": None}
    with pytest.raises(TypeError, match="condition"):
        Transition(trigger="start", **given)
    assert attrs.evolve(DESK)._memory is not DESK._memory
    assert attrs.evolve(DESK) == DESK
    shown = repr(DESK.transitions[5])
    assert shown.endswith("separate_from=('assignee', 'requester'))")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: State(name="a", category=cast("Any", "open")),
            (
                "not a StateCategory: 'open'; "
                "use one of NEW, ACTIVE, ON_HOLD, RESOLVED, CLOSED, CANCELLED"
            ),
        ),
        (
            lambda: State(name="a", category=cast("Any", 1)),
            "not a StateCategory: 1; use one of NEW, ACTIVE, ON_HOLD, RESOLVED, CLOSED, CANCELLED",
        ),
        (
            lambda: State(name="a", category=cast("Any", "on_hold")),
            "not a StateCategory: 'on_hold'; write StateCategory.ON_HOLD",
        ),
        (
            lambda: State(name=cast("Any", 1), category=StateCategory.NEW),
            "the name of a state is text: 1; write it in quotes",
        ),
        (
            lambda: attrs.evolve(DESK, version=cast("Any", 1.0)),
            "the version of a lifecycle is a whole number: 1.0; count from 1",
        ),
        (
            lambda: attrs.evolve(DESK, states=cast("Any", 3)),
            "states must be a list of State: 3; write (State(...), ...)",
        ),
        (
            lambda: attrs.evolve(DESK, transitions=cast("Any", ["x"])),
            "transitions must be a list of Transition: 'x'; write (Transition(...), ...)",
        ),
        (
            lambda: attrs.evolve(DESK, hold_reasons=cast("Any", "user")),
            "names must be a list: 'user'; write ('user',)",
        ),
        (
            lambda: attrs.evolve(DESK, hold_reasons=cast("Any", 3)),
            "names must be a list: 3; write ('a', 'b'), or () for none",
        ),
        (
            lambda: Transition(trigger="start", guard=cast("Any", "x")),
            (
                "a guard is a predicate of itsm_core.conditions: 'x'; "
                "write field(name).is_(value) and its like, or None for no guard"
            ),
        ),
        (
            lambda: Transition(trigger="start", approvals=cast("Any", "2")),
            "approvals is a whole number: '2'; count people",
        ),
    ],
)
def test_refusal_tells_value_and_remedy_when_a_part_is_of_another_type(
    make: Callable[[], object], message: str
) -> None:
    """What is wrong, what was given, what to do."""
    with pytest.raises(InvalidValue) as caught:
        make()
    assert str(caught.value) == message


def test_refusal_names_the_lifecycle_when_it_is_unsound() -> None:
    """By name where it is a value, by its place where it is read."""
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(DESK, states=())
    assert str(caught.value).startswith("lifecycle 'desk': ")
    bad = {"field": "colour", "operator": "is", "value": "red"}
    document = json.loads(WRITTEN)
    document["transitions"][5]["guard"] = bad
    with pytest.raises(DefinitionError) as caught:
        Lifecycle.from_json(document)
    assert str(caught.value).startswith("lifecycle: lifecycle.transitions[5].guard: ")
