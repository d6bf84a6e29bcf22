"""Lifecycles as pictures: complete, well formed, and safe with any name."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.lifecycle import (
    INCIDENT,
    NORMAL_CHANGE,
    SHIPPED,
    Lifecycle,
    State,
    StateCategory,
    Transition,
)

SVG = "{http://www.w3.org/2000/svg}"
ODD = Lifecycle(
    name='a "quoted" <name> & more',
    states=(
        State(name='in "box"', category=StateCategory.NEW),
        State(name="<done>; #1: yes", category=StateCategory.CLOSED),
    ),
    transitions=(
        Transition(trigger="open", target='in "box"'),
        Transition(
            trigger="a:b;<c>",
            sources=('in "box"',),
            target="<done>; #1: yes",
        ),
    ),
)


def moves(lifecycle: Lifecycle) -> list[tuple[str, str]]:
    """Return source and target of each arrow but the opening."""
    return [
        (source, each.target)
        for each in lifecycle.transitions
        if each.target
        for source in each.sources
    ]


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
def test_mermaid_has_every_move_when_drawn(lifecycle: Lifecycle) -> None:
    """One arrow a source, the opening and the ends."""
    text = lifecycle.to_mermaid()
    names = dict(re.findall(r'state "([^"]+)" as (s\d+)', text))
    assert list(names) == [state.name for state in lifecycle.states]
    ids = {key: name for name, key in names.items()}
    found = re.findall(r"^    (s\d+) --> (s\d+): ", text, re.MULTILINE)
    assert [(ids[a], ids[b]) for a, b in found] == moves(lifecycle)
    ending = [state for state in lifecycle.states if state.category.is_terminal]
    assert text.count("--> [*]\n") == len(ending)


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
def test_graphviz_text_has_every_move_when_drawn(lifecycle: Lifecycle) -> None:
    """The same arrows, by name."""
    found = re.findall(r'^  "([^"]+)" -> "([^"]+)" \[', lifecycle.to_dot(), re.MULTILINE)
    assert found == moves(lifecycle)


@pytest.mark.parametrize("lifecycle", [*SHIPPED, ODD], ids=lambda each: each.name)
def test_svg_is_well_formed_and_complete_when_drawn(lifecycle: Lifecycle) -> None:
    """Every state and every trigger is written in it, whatever it is called."""
    root = ET.fromstring(lifecycle.to_svg())
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert {state.name for state in lifecycle.states} <= set(texts)
    assert set(lifecycle.triggers) <= set(texts)
    arrows = list(root.iter(f"{SVG}path"))
    targets = [each for each in lifecycle.transitions if each.target]
    assert len(arrows) >= len(targets)


def test_svg_draws_nothing_outside_its_frame_when_there_is_much_text() -> None:
    """What a transition asks for stands within the picture."""
    root = ET.fromstring(NORMAL_CHANGE.to_svg())
    width = float(root.attrib["width"])
    for each in root.iter(f"{SVG}text"):
        if each.attrib.get("text-anchor") != "middle":
            assert float(each.attrib["x"]) + 6 * len(each.text or "") < width


def test_labels_tell_guard_and_approvals_when_there_are_any() -> None:
    """What decides between two arrows stands on them."""
    text = NORMAL_CHANGE.to_dot()
    assert 'label="schedule [if impact is high, 2 approvals]"' in text
    assert 'label="schedule [if not (impact is high), 1 approval]"' in text


def test_svg_tells_who_and_what_when_read() -> None:
    """Roles, required fields, separation and guard stand beside the arrow."""
    text = NORMAL_CHANGE.to_svg()
    assert "change_authority; not the assignee or requester" in text
    assert "needs reason; if reopen_count &lt; 3" in text


def test_arrow_points_both_ways_when_sources_lie_on_both_sides() -> None:
    """A hub in the middle is reached from the left and from the right."""
    hub = Transition(
        trigger="regroup",
        sources=("new", "on_hold", "in_progress"),
        target="in_progress",
        guard=field("group").is_present(),
    )
    lifecycle = attrs.evolve(INCIDENT, transitions=(*INCIDENT.transitions, hub))
    before = INCIDENT.to_svg().count("<path")
    assert lifecycle.to_svg().count("<path") == before + 2


def test_mermaid_text_is_escaped_when_names_hold_its_signs() -> None:
    """A colon, a semicolon or a hash would end the label."""
    assert "a#58;b#59;#lt;c#gt;" in ODD.to_mermaid()


def test_notebook_shows_the_svg_when_the_value_is_the_last_line() -> None:
    """The value draws itself."""
    shown = INCIDENT._repr_html_()
    assert INCIDENT.to_svg() in shown
    assert "overflow-x:auto" in shown
