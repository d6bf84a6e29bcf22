"""Planted defects: each class of them, in each shipped lifecycle, is found where it is (law L3)."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.errors import DefinitionError
from itsm_core.lifecycle import SHIPPED, Finding, Lifecycle, StateCategory, Transition
from tests.golden.planted_defects import DEFECTS, Defect, endless_pause, finding, state


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
@pytest.mark.parametrize("plant", DEFECTS, ids=lambda each: each.__name__)
def test_defect_is_named_with_state_and_transition_when_planted(
    plant: Callable[[Lifecycle], Defect], lifecycle: Lifecycle
) -> None:
    """L3: refused at construction; the finding names state, transition and the story there."""
    _, _, code, at, trigger = plant(lifecycle)
    first = finding(plant, lifecycle)
    assert first is not None
    assert (first.state, first.trigger) == (at, trigger)
    assert first.remedy
    if code == "unreachable-state":
        assert first.story == ()
    else:
        assert first.story[0] == f"open -> {lifecycle.initial}"
        assert first.story[-1].endswith(f"-> {at}")


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
@pytest.mark.parametrize("plant", DEFECTS, ids=lambda each: each.__name__)
def test_one_code_alone_is_told_when_one_defect_is_planted(
    plant: Callable[[Lifecycle], Defect], lifecycle: Lifecycle
) -> None:
    """A finding about what is right would teach people not to read findings."""
    states, transitions, code, _, _ = plant(lifecycle)
    # Where contacts resume, every hold must let them: a planted one would be told of that, too.
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(lifecycle, states=states, transitions=transitions, resume_on_contact=())
    assert {each.code for each in caught.value.faults} == {code}


def test_pause_is_endless_when_two_holds_lead_to_each_other_alone() -> None:
    """Each has a way out by the desk; out of both come only tickets that came by phone."""
    incident = SHIPPED[0]
    moves = (
        Transition(trigger="store", sources=("in_progress",), target="attic"),
        Transition(trigger="down", sources=("attic",), target="cellar"),
        Transition(trigger="up", sources=("cellar",), target="attic"),
        Transition(
            trigger="fetch",
            sources=("attic",),
            target="in_progress",
            guard=field("channel").is_("phone"),
        ),
    )
    states = (*incident.states, state("attic", "on_hold"), state("cellar", "on_hold"))
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(
            incident,
            states=states,
            transitions=(*incident.transitions, *moves),
            resume_on_contact=(),
        )
    told = [(each.code, each.message) for each in caught.value.faults]
    assert [code for code, _ in told] == ["endless-pause", "endless-pause"]
    assert all(text.startswith("nobody ends this hold when channel is") for _, text in told)


def test_story_is_the_shortest_when_there_are_several() -> None:
    """The incident's attic is reached by `start` and `store`, not by way of a hold."""
    states, transitions, *_ = endless_pause(SHIPPED[0])
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(SHIPPED[0], states=states, transitions=transitions, resume_on_contact=())
    (found,) = caught.value.faults
    assert isinstance(found, Finding)
    assert found.story == ("open -> new", "start -> in_progress", "store -> attic")
    assert str(found) == (
        "state 'attic': every way out (fetch) is shut when impact is missing: a clock can pause "
        "for ever (open -> new, start -> in_progress, store -> attic) (let one way out go without "
        "a guard, or let the guards cover every ticket)"
    )


def test_hold_is_refused_when_only_the_requester_can_end_it() -> None:
    """A clock must not stand still for as long as somebody outside the desk likes."""
    moves = [
        attrs.evolve(each, roles=("requester",))
        if each.trigger in {"resume", "resolve", "cancel"}
        else each
        for each in SHIPPED[0].transitions
    ]
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(SHIPPED[0], transitions=moves)
    (found,) = caught.value.faults
    assert (found.code, found.value) == ("endless-pause", "on_hold")
    assert "only the requester" in found.message


def test_dead_end_is_found_when_all_its_ways_out_are_guarded() -> None:
    """Work that can go on only for some tickets is stuck for the others."""
    moves = [
        attrs.evolve(each, guard=field("group").is_("board")) if each.trigger == "close" else each
        for each in SHIPPED[0].transitions
    ]
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(SHIPPED[0], transitions=moves)
    (found,) = caught.value.faults
    assert (found.code, found.value) == ("guarded-dead-end", "resolved")
    assert "is shut" in found.message


def test_loop_is_accepted_when_the_ticket_never_comes_to_rest_there_again() -> None:
    """A reopening into a part that ends elsewhere needs no bound."""
    rest = state("given_up", "closed")
    done = Transition(trigger="give_up", sources=("again",), target="given_up")
    moves = [
        attrs.evolve(each, guard=None, target="again") if each.trigger == "reopen" else each
        for each in SHIPPED[0].transitions
    ]
    made = attrs.evolve(
        SHIPPED[0],
        states=(*SHIPPED[0].states, state("again", "active"), rest),
        transitions=(*moves, done),
    )
    assert made.categories["again"] is StateCategory.ACTIVE


def desk(*moves: Transition) -> Lifecycle:
    """Return a lifecycle of new, work, holds, done and closed, whose moves between are given."""
    categories = {
        "new": "new",
        "work": "active",
        "hold": "on_hold",
        "depot": "on_hold",
        "done": "resolved",
        "closed": "closed",
    }
    reached = {each.target for each in moves} | {"new", "work", "closed"}
    names = [name for name in categories if name in reached]
    return Lifecycle(
        name="desk",
        states=[state(name, categories[name]) for name in names],
        hold_reasons=("supplier",),
        transitions=(
            Transition(trigger="open", target="new"),
            Transition(trigger="start", sources=("new",), target="work"),
            Transition(trigger="cancel", sources=("new",), target="closed"),
            *moves,
        ),
    )


RESOLVE = Transition(trigger="resolve", sources=("work",), target="done")
CLOSE = Transition(trigger="close", sources=("done",), target="closed")


@pytest.mark.parametrize(
    "moves",
    [
        pytest.param(
            (attrs.evolve(RESOLVE, guard=field("reopen_count").is_at_least(0)), CLOSE),
            id="a count is never below 0",
        ),
        pytest.param(
            (RESOLVE, attrs.evolve(CLOSE, guard=field("resolved_us").is_present())),
            id="what is resolved has a solution",
        ),
        pytest.param(
            (attrs.evolve(RESOLVE, guard=field("hold_reason").is_missing()), CLOSE),
            id="what is in work waits for nothing",
        ),
        pytest.param(
            (attrs.evolve(RESOLVE, sources=("work", "work")), CLOSE),
            id="a source named twice is one",
        ),
        pytest.param(
            (
                RESOLVE,
                CLOSE,
                Transition(
                    trigger="reopen",
                    sources=("done",),
                    target="work",
                    guard=field("reopen_count").is_below(3),
                ),
                Transition(
                    trigger="reopen",
                    sources=("done",),
                    target="closed",
                    guard=field("reopen_count").is_above(2),
                ),
            ),
            id="between 2 and 3 lies no count",
        ),
        pytest.param(
            (
                attrs.evolve(RESOLVE, required=("assignee",)),
                CLOSE,
                Transition(trigger="assign", sources=("work",)),
            ),
            id="an assignee can be given later",
        ),
    ],
)
def test_lifecycle_is_accepted_when_its_guards_hold_for_every_ticket_there(
    moves: tuple[Transition, ...],
) -> None:
    """What no ticket in a state can be is no way to be stuck there."""
    assert desk(*moves).initial == "new"


def test_hold_is_accepted_when_the_desk_leads_every_ticket_out_by_another_hold() -> None:
    """Only the requester ends the first one, but the desk can go by the depot."""
    moves = (
        RESOLVE,
        CLOSE,
        Transition(trigger="hold", sources=("work",), target="hold"),
        Transition(trigger="store", sources=("hold",), target="depot", roles={"analyst"}),
        Transition(trigger="call", sources=("hold",), target="work", roles={"requester"}),
        Transition(trigger="fetch", sources=("depot",), target="hold"),
        Transition(trigger="resume", sources=("depot",), target="work", roles={"analyst"}),
    )
    assert desk(*moves).hold_reasons == ("supplier",)


def test_reopening_is_refused_when_its_bound_is_no_bound() -> None:
    """A million and one is as good as none."""
    reopen = Transition(
        trigger="reopen",
        sources=("done",),
        target="work",
        guard=field("reopen_count").is_below(1_000_001),
    )
    with pytest.raises(DefinitionError, match="without a bound"):
        desk(RESOLVE, CLOSE, reopen)
