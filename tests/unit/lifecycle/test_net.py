"""What the names of a log mean in a lifecycle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.errors import InvalidValue
from itsm_core.lifecycle import (
    INCIDENT,
    Lifecycle,
    LogNames,
    State,
    StateCategory,
    Transition,
    conformance,
    discover,
)
from itsm_core.lifecycle._net import compiled


@pytest.mark.parametrize(
    "names",
    [
        {"states": {"x": "new"}, "triggers": {"x": "open"}},
        {"states": {"x": "new"}, "ignored": ("x",)},
        {"triggers": {"x": "open"}, "ignored": ("x",)},
    ],
)
def test_names_are_refused_when_one_has_two_meanings(names: dict[str, Any]) -> None:
    """Which of the two would count is nobody's guess."""
    with pytest.raises(InvalidValue, match="two meanings: 'x'"):
        LogNames(**names)


def test_names_are_refused_when_they_are_no_mapping() -> None:
    """A list of names says nothing about what they mean."""
    with pytest.raises(InvalidValue, match="not a mapping of names"):
        LogNames(states=cast("Any", 7))


def test_ignored_names_are_refused_when_they_are_one_text() -> None:
    """A text would be a set of letters."""
    with pytest.raises(InvalidValue, match="names must be a list"):
        LogNames(ignored="abc")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (LogNames(states={"Done": "resolvd"}), "did you mean 'resolved'"),
        (LogNames(triggers={"Done": "resolv"}), "did you mean 'resolve'"),
    ],
)
def test_mapping_is_refused_when_the_lifecycle_does_not_have_the_target(
    names: LogNames, message: str
) -> None:
    """The refusal offers the closest name."""
    with pytest.raises(InvalidValue, match=message):
        conformance(INCIDENT, [], names=names)


def test_mapping_is_refused_when_it_is_a_plain_dictionary() -> None:
    """Whether its values are states or triggers is for the caller to say."""
    with pytest.raises(InvalidValue, match="not LogNames"):
        conformance(INCIDENT, [], names=cast("Any", {"New": "new"}))


def test_ending_is_refused_when_the_lifecycle_does_not_have_it() -> None:
    """An ending is a state."""
    with pytest.raises(InvalidValue, match="an ending that the lifecycle does not have"):
        conformance(INCIDENT, [], endings=["gone"])


def test_lifecycle_is_refused_when_it_is_something_else() -> None:
    """The mistake is named where it is made."""
    with pytest.raises(InvalidValue, match="not a lifecycle"):
        conformance(cast("Any", "incident"), [])


def test_tables_lead_where_the_lifecycle_does_when_compiled() -> None:
    """From new, incident work starts, waits, is resolved or cancelled; closed is final."""
    net = compiled(INCIDENT, None, None)
    expected = ("in_progress", "on_hold", "resolved", "cancelled")
    assert net.start.expected == ("new",)
    assert net.tables["new"].expected == expected
    assert net.tables["closed"].expected == ()
    assert net.tables["closed"].is_final
    assert not net.tables["resolved"].is_final


def test_proposal_has_no_trigger_when_compiled() -> None:
    """A log of states names no triggers, so none can be mapped on its proposal but the opening."""
    proposal = discover([("A", "new", 0), ("A", "closed", 1)])
    with pytest.raises(InvalidValue, match="a trigger that the lifecycle does not have"):
        compiled(proposal, LogNames(triggers={"x": "to closed"}), None)


# --- a small lifecycle, compiled by hand ----------------------------------------------------------

SMALL = Lifecycle(
    name="small",
    states=(
        State(name="new", category=StateCategory.NEW),
        State(name="busy", category=StateCategory.ACTIVE),
        State(name="waiting", category=StateCategory.ON_HOLD),
        State(name="done", category=StateCategory.CLOSED),
    ),
    hold_reasons=("supplier",),
    transitions=(
        Transition(trigger="open", target="new"),
        Transition(trigger="assign", sources=("new", "waiting")),
        Transition(trigger="hold", sources=("waiting", "new"), target="waiting"),
        Transition(trigger="resume", sources=("waiting",), target="busy"),
        Transition(trigger="go", sources=("new",), target="busy"),
        Transition(trigger="go", sources=("busy",), target="done"),
    ),
)
NAMES = LogNames(
    states={"N": "new", "B": "busy"},
    triggers={"go": "go", "wait": "hold", "write": "assign"},
    ignored=["mail"],
)


def test_net_is_as_linked_by_hand_when_states_and_triggers_are_mapped() -> None:
    """A state leads to itself again; a trigger that records stays where it is."""
    net = compiled(SMALL, NAMES, ["done", "new"])
    led = {
        place: {name: after.place for name, after in table.items()}
        for place, table in net.tables.items()
    }
    assert led == {
        "": {"N": "new"},
        "new": {"N": "new", "B": "busy", "go": "busy", "wait": "waiting", "write": "new"},
        "busy": {"B": "busy", "go": "done"},
        "waiting": {"B": "busy", "wait": "waiting", "write": "waiting"},
        "done": {},
    }
    assert {place: table.expected for place, table in net.tables.items()} == {
        "": ("N",),
        "new": ("B", "go", "wait"),
        "busy": ("go",),
        "waiting": ("B",),
        "done": (),
    }
    assert net.start is net.tables[""]
    assert [place for place, table in net.tables.items() if table.is_ending] == ["new", "done"]
    assert [place for place, table in net.tables.items() if table.is_final] == ["done"]


def test_names_lead_on_when_no_token_allows_them() -> None:
    """Where each goes, and where a trigger would have started: first where it leads away."""
    net = compiled(SMALL, NAMES, ["done", "new"])
    assert net.endings == ("new", "done")
    assert net.forced == {"N": "new", "B": "busy", "go": "busy", "wait": "waiting", "write": ""}
    assert net.sources == {"go": "new", "wait": "new", "write": "new"}
    assert (set(net.triggers), set(net.ignored)) == ({"go", "wait", "write"}, {"mail"})


def test_names_are_the_states_when_nothing_is_mapped() -> None:
    """And the endings are the states in which a ticket may rest for ever."""
    net = compiled(SMALL, None, None)
    assert net.start.expected == ("new",)
    assert net.tables["new"].expected == ("busy", "waiting")
    assert (net.endings, net.triggers, net.ignored) == (("done",), frozenset(), frozenset())
    assert (net.start.is_ending, net.start.is_final) == (False, False)


def test_proposal_leads_as_its_log_did_when_compiled() -> None:
    """Beginnings, moves and endings are those that were met."""
    proposal = discover([("A", "new", 0), ("A", "busy", 1), ("B", "busy", 0), ("B", "end", 1)])
    net = compiled(proposal, None, None)
    assert set(net.start.expected) == {"new", "busy"}
    assert net.tables["busy"].expected == ("end",)
    assert set(net.endings) == {"busy", "end"}
    assert [place for place, table in net.tables.items() if table.is_final] == ["end"]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: LogNames(states={"b": "new", "a": "new"}, ignored=["a", "b"]),
            "a name of the log has two meanings: 'a'; keep it in one of states, triggers, ignored",
        ),
        (
            lambda: LogNames(triggers=cast("Any", "close")),
            "not a mapping of names: 'close'; write {'Closed': 'closed'}",
        ),
        (lambda: LogNames(ignored="mail"), "names must be a list: 'mail'; write ['mail']"),
        (
            lambda: compiled(SMALL, None, "done"),
            "names must be a list: 'done'; write ['done']",
        ),
        (
            lambda: compiled("small", None, None),
            "not a lifecycle: 'small'; pass a Lifecycle, or what discover() returned",
        ),
        (
            lambda: compiled(SMALL, cast("Any", {"N": "new"}), None),
            "not LogNames: {'N': 'new'}; write LogNames(states={...})",
        ),
        (
            lambda: compiled(SMALL, LogNames(states={"N": "xyz"}), None),
            "a state that the lifecycle does not have: 'xyz'; use one of new, busy, waiting, done",
        ),
        (
            lambda: compiled(SMALL, None, ["xyz"]),
            (
                "an ending that the lifecycle does not have: 'xyz'; "
                "use one of new, busy, waiting, done"
            ),
        ),
        (
            lambda: compiled(SMALL, LogNames(triggers={"N": "xyz"}), None),
            (
                "a trigger that the lifecycle does not have: 'xyz'; "
                "use one of open, assign, hold, resume, go"
            ),
        ),
        (
            lambda: compiled(
                discover([("A", "a", 0), ("A", "b", 1)]), LogNames(triggers={"N": "xyz"}), None
            ),
            "a trigger that the lifecycle does not have: 'xyz'; use one of open",
        ),
    ],
)
def test_refusal_tells_value_and_remedy_when_names_are_unusable(
    ask: Callable[[], object], message: str
) -> None:
    """What is wrong, what was given, what to do."""
    with pytest.raises(InvalidValue) as caught:
        ask()
    assert str(caught.value) == message


def test_trigger_is_refused_when_guards_choose_where_it_leads() -> None:
    """The name alone does not say where the case went; the names of the states do."""
    high = field("impact").is_("high")
    go = Transition(trigger="go", sources=("new",), target="busy", guard=high)
    skip = Transition(trigger="go", sources=("new",), target="done", guard=~high)
    others = [each for each in SMALL.transitions if each.target != "busy" or each.trigger != "go"]
    lifecycle = attrs.evolve(SMALL, transitions=(*others, go, skip))
    with pytest.raises(InvalidValue) as caught:
        compiled(lifecycle, NAMES, None)
    assert str(caught.value) == (
        "trigger 'go' leads from 'new' to several states: 'go'; "
        "map names of the states instead, which say where the case went"
    )
