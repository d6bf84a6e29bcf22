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


# --- one picture, drawn by hand ------------------------------------------------------------------

DESK = Lifecycle(
    name="desk",
    version=2,
    states=(
        State(name="new", category=StateCategory.NEW),
        State(name="busy", category=StateCategory.ACTIVE),
        State(name="waiting", category=StateCategory.ON_HOLD),
        State(name="done", category=StateCategory.CLOSED),
    ),
    hold_reasons=("supplier",),
    transitions=(
        Transition(trigger="open", target="new"),
        Transition(
            trigger="start",
            sources=("new",),
            target="busy",
            roles=("agent",),
            guard=field("group").is_present(),
        ),
        Transition(
            trigger="hold",
            sources=("new", "waiting"),
            target="waiting",
            roles=("lead", "agent"),
            required=("reason",),
        ),
        Transition(trigger="resume", sources=("waiting",), target="busy"),
        Transition(trigger="assign", sources=("new", "busy")),
        Transition(
            trigger="close",
            sources=("busy",),
            target="done",
            roles=("agent",),
            required=("group", "assignee"),
            separate_from=("requester", "assignee"),
        ),
    ),
)
LINE = "stroke='#1f2937' stroke-width='1.5'/>"


def heading(x: int, name: str, category: str, fill: str, border: int) -> str:
    """Return the head of a column of width 96 in a picture of height 234."""
    return (
        f"<line x1='{x}' y1='48' x2='{x}' y2='226' stroke='#d1d5db'/>"
        f"<rect x='{x - 44}' y='10' width='88' height='38' rx='7' fill='{fill}' "
        f"stroke='#9ca3af' stroke-width='{border}'/>"
        f"<text x='{x}' y='27' text-anchor='middle' font-weight='600'>{name}</text>"
        f"<text x='{x}' y='41' text-anchor='middle' font-size='10' fill='#4b5563'>{category}</text>"
    )


def row(y: int, trigger: str, drawn: str, note: str) -> str:
    """Return one row: trigger, what is drawn, and the note; every second one is shaded."""
    shade = (
        f"<rect x='0' y='{y - 13}' width='1040' height='26' fill='#000000' fill-opacity='0.035'/>"
    )
    return (
        f"{shade if y in (103, 155, 207) else ''}"
        f"<text x='8' y='{y + 4}' font-weight='600'>{trigger}</text>{drawn}"
        f"<text x='536' y='{y + 4}' fill='#4b5563'>{note}</text>"
    )


def moved(y: int, x1: int, x2: int, to: int, back: int) -> str:
    """Return a line and the arrow at its end."""
    return (
        f"<line x1='{x1}' y1='{y}' x2='{x2}' y2='{y}' {LINE}"
        f"<path d='M{to} {y} l{back} -5 v10 z' fill='#1f2937'/>"
    )


def dot(x: int, y: int) -> str:
    """Return where a transition starts."""
    return f"<circle cx='{x}' cy='{y}' r='4' fill='#1f2937'/>"


def test_svg_is_as_laid_out_by_hand_when_drawn() -> None:
    """Columns 96 apart from 188 on, rows 26 apart from 77 on, the notes right of the columns."""
    note = "agent; not the assignee or requester; needs group, assignee"
    width = 536 + 7 * len(note) + 12
    assert DESK.to_svg().replace(f"width='{width}'", "width='1040'") == (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} 234' width='1040' "
        "height='234' role='img' font-family='system-ui, sans-serif' font-size='12' "
        "fill='#1f2937'><title>Lifecycle desk, version 2</title>"
        "<rect width='1040' height='234' fill='#ffffff'/>"
        + heading(188, "new", "new", "#dbeafe", 1)
        + heading(284, "busy", "active", "#dcfce7", 1)
        + heading(380, "waiting", "on hold", "#fef3c7", 1)
        + heading(476, "done", "closed", "#e5e7eb", 3)
        + row(77, "open", moved(77, 126, 180, 188, -8) + dot(126, 77), "anybody")
        + row(
            103,
            "start",
            moved(103, 188, 276, 284, -8) + dot(188, 103),
            "agent; if group is present",
        )
        + row(
            129,
            "hold",
            moved(129, 188, 372, 380, -8)
            + dot(188, 129)
            + f"<circle cx='380' cy='129' r='7' fill='none' {LINE}",
            "agent, lead; needs reason",
        )
        + row(155, "resume", moved(155, 292, 380, 284, 8) + dot(380, 155), "anybody")
        + row(
            181,
            "assign",
            "<circle cx='188' cy='181' r='3.5' fill='#9ca3af'/>"
            "<circle cx='284' cy='181' r='3.5' fill='#9ca3af'/>",
            "anybody",
        )
        + row(207, "close", moved(207, 284, 468, 476, -8) + dot(284, 207), note)
        + "</svg>"
    )


def test_columns_are_wider_when_a_name_is_long() -> None:
    """Eight for a letter and 18 around: a name of 20 letters takes 178."""
    long = "waiting_for_supplier"
    lifecycle = attrs.evolve(
        DESK,
        states=[attrs.evolve(s, name=long) if s.name == "waiting" else s for s in DESK.states],
        transitions=[
            attrs.evolve(
                each,
                sources=[long if name == "waiting" else name for name in each.sources],
                target=long if each.target == "waiting" else each.target,
            )
            for each in DESK.transitions
        ],
    )
    assert "<rect x='144' y='10' width='170'" in lifecycle.to_svg()
    assert "<rect x='322' y='10' width='170'" in lifecycle.to_svg()


def test_notes_have_a_least_width_when_they_are_short() -> None:
    """Two columns of 96 between 140 and 12, then 100."""
    short = Lifecycle(
        name="short",
        states=(DESK.states[0], DESK.states[3]),
        transitions=(
            Transition(trigger="open", target="new"),
            Transition(trigger="close", sources=("new",), target="done"),
        ),
    )
    assert "viewBox='0 0 444 130'" in short.to_svg()


def test_mermaid_is_as_written_by_hand_when_drawn() -> None:
    """States by number, arrows with their guard, and a colour for each category."""
    assert DESK.to_mermaid().splitlines() == [
        "stateDiagram-v2",
        "    direction LR",
        '    state "new" as s0',
        '    state "busy" as s1',
        '    state "waiting" as s2',
        '    state "done" as s3',
        "    [*] --> s0: open",
        "    s0 --> s1: start [if group is present]",
        "    s0 --> s2: hold",
        "    s2 --> s2: hold",
        "    s2 --> s1: resume",
        "    s1 --> s3: close",
        "    s3 --> [*]",
        "    classDef new fill:#dbeafe,color:#1f2937",
        "    class s0 new",
        "    classDef active fill:#dcfce7,color:#1f2937",
        "    class s1 active",
        "    classDef on_hold fill:#fef3c7,color:#1f2937",
        "    class s2 on_hold",
        "    classDef closed fill:#e5e7eb,color:#1f2937",
        "    class s3 closed",
    ]


def test_members_of_a_category_are_listed_when_there_are_several() -> None:
    """One class line for two states at work, and colours for those resolved and cancelled."""
    text = NORMAL_CHANGE.to_mermaid()
    (line,) = re.findall(r"^    class (.*) active$", text, re.MULTILINE)
    names = dict(re.findall(r'state "([^"]+)" as (s\d+)', text))
    active = [s.name for s in NORMAL_CHANGE.states if s.category is StateCategory.ACTIVE]
    assert line.split(",") == [names[name] for name in active]
    assert len(active) > 1
    assert "    classDef resolved fill:#ede9fe,color:#1f2937\n" in text
    assert "    classDef cancelled fill:#fee2e2,color:#1f2937\n" in text


def test_graphviz_text_is_as_written_by_hand_when_drawn() -> None:
    """Boxes with the colour of their category, ends with a double border."""
    assert DESK.to_dot().splitlines() == [
        'digraph "desk" {',
        "  rankdir=LR;",
        '  node [shape=box, style="rounded,filled", fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
        '  "" [shape=point];',
        '  "new" [fillcolor="#dbeafe"];',
        '  "busy" [fillcolor="#dcfce7"];',
        '  "waiting" [fillcolor="#fef3c7"];',
        '  "done" [peripheries=2, fillcolor="#e5e7eb"];',
        '  "" -> "new" [label="open"];',
        '  "new" -> "busy" [label="start [if group is present]"];',
        '  "new" -> "waiting" [label="hold"];',
        '  "waiting" -> "waiting" [label="hold"];',
        '  "waiting" -> "busy" [label="resume"];',
        '  "busy" -> "done" [label="close"];',
        "}",
    ]


def test_signs_of_mermaid_are_written_as_codes_when_a_label_holds_them() -> None:
    """Each of the six, and white space as one blank."""
    odd = attrs.evolve(
        DESK,
        transitions=[
            attrs.evolve(each, trigger='a#b;c:d"e<f>g\n h') if each.trigger == "start" else each
            for each in DESK.transitions
        ],
    )
    assert (
        "s0 --> s1: a#35;b#59;c#58;d#quot;e#lt;f#gt;g h [if group is present]\n" in odd.to_mermaid()
    )
    assert odd.to_mermaid().endswith("class s3 closed\n")
    assert odd.to_dot().endswith("}\n")


def test_names_are_written_as_they_are_when_not_in_ascii() -> None:
    """Both languages read UTF-8; nobody reads codes."""
    lifecycle = attrs.evolve(
        DESK,
        states=[attrs.evolve(s, name="gelöst") if s.name == "done" else s for s in DESK.states],
        transitions=[
            attrs.evolve(each, target="gelöst") if each.target == "done" else each
            for each in DESK.transitions
        ],
    )
    assert '    state "gelöst" as s3\n' in lifecycle.to_mermaid()
    assert '  "busy" -> "gelöst" [label="close"];\n' in lifecycle.to_dot()


def test_ring_stands_alone_when_a_transition_leads_only_back() -> None:
    """No line and no arrow: nothing moves."""
    moves = [
        attrs.evolve(each, sources=("waiting",), trigger="wait") if each.trigger == "hold" else each
        for each in DESK.transitions
    ]
    hold = next(each for each in DESK.transitions if each.trigger == "hold")
    lifecycle = attrs.evolve(DESK, transitions=[*moves, attrs.evolve(hold, sources=("new",))])
    ring = f"<circle cx='380' cy='129' r='7' fill='none' {LINE}"
    assert f">wait</text>{ring}<text x='536' y='133'" in lifecycle.to_svg()


def test_notes_tell_approvals_when_a_transition_asks_for_them() -> None:
    """Roles, approvals and guard, in this order; one approval is one."""
    notes = NORMAL_CHANGE.to_svg()
    assert "2 approvals; if impact is high</text>" in notes
    assert "1 approval; if not (impact is high)</text>" in notes
