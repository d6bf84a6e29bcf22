"""The world: who acts, when it begins, which facts there are, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.commands import Actor
from itsm_core.errors import InvalidValue
from itsm_core.explore import World, people_of
from itsm_core.ids import PersonId
from itsm_core.lifecycle import EMERGENCY_CHANGE, INCIDENT
from tests.unit.explore.worlds import DESK, RESOLUTION, RESPONSE, lifecycle, small


def test_people_are_one_a_role_when_nothing_else_is_said() -> None:
    """The requester first, programs last."""
    found = [(each.person_id, each.automatic) for each in people_of(INCIDENT)]
    assert found == [("requester", False), ("analyst", False), ("lead", False), ("", True)]


def test_people_are_more_when_approvals_are_counted() -> None:
    """Two approvals take three of the authority, because one of them may be the assignee."""
    authority = [each for each in people_of(EMERGENCY_CHANGE) if "change_authority" in each.roles]
    assert len(authority) == 3


def test_people_are_somebody_when_a_lifecycle_has_no_roles() -> None:
    """Anybody may, so one is enough; they have a name."""
    assert [each.person_id for each in people_of(lifecycle())] == ["somebody"]


def test_opening_moves_into_hours_when_the_start_is_closed() -> None:
    """A ticket opened at night would make every first step a wait."""
    world = attrs.evolve(small(targets=(RESPONSE,)), start=datetime(2026, 1, 3, 12, tzinfo=UTC))
    assert world.opening_us == datetime(2026, 1, 5, 7, tzinfo=UTC).timestamp() * 1_000_000
    assert DESK.opening_us == datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp() * 1_000_000


def test_schema_has_facts_of_each_clock_when_there_is_an_agreement() -> None:
    """A fact begins with the name of its clock."""
    fields = small(targets=(RESPONSE, RESOLUTION)).schema.fields
    assert {"response_state", "resolution_is_broken", "state", "assignee"} <= set(fields)
    assert "first_response_us" not in fields


def test_requesters_begin_with_whoever_acts_as_one() -> None:
    """Anybody may be the requester; without a role of that name, a stranger is."""
    assert DESK.requesters == ("requester", "analyst", "lead")
    assert small().requesters == ("requester", "somebody")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lifecycle", "incident"),
        ("agreement", "standard"),
        ("matrix", {}),
        ("people", ()),
        ("people", ("ann",)),
        ("steps", 0),
        ("situations", 1.5),
        ("long_wait", timedelta(0)),
        ("neighbours", "parent_of"),
        ("neighbours", ("uncle_of",)),
    ],
)
def test_world_is_refused_when_a_field_cannot_be_meant(field: str, value: object) -> None:
    """Each field is looked at when the world is made, not in the middle of a search."""
    with pytest.raises(InvalidValue):
        World(**{"lifecycle": INCIDENT, field: value})  # type: ignore[arg-type]


def test_long_wait_is_told_in_days_when_it_is_whole() -> None:
    """Other waits are told as they are."""
    assert DESK.long_wait_text == "7 days"
    assert attrs.evolve(DESK, long_wait=timedelta(hours=5)).long_wait_text == "5:00:00"


def test_people_of_ones_own_replace_the_usual_ones() -> None:
    """Who is not there does nothing."""
    ann = Actor(person_id=PersonId("ann"), roles={"lead"})
    assert World(lifecycle=INCIDENT, people=[ann]).people == (ann,)


def test_world_is_refused_when_it_rules_out_what_no_lifecycle_has() -> None:
    """A slip would rule out nothing, in silence; one text alone is no list."""
    with pytest.raises(InvalidValue, match="not a trigger of the lifecycle"):
        World(lifecycle=INCIDENT, never=("exclude_tmie",))
    with pytest.raises(InvalidValue, match="are a list"):
        World(lifecycle=INCIDENT, never="exclude_time")
