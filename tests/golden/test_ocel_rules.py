"""The rules by which OCEL files are checked can fail: each of them, on one change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.golden.ocel_rules import faults_of

# After the minimal example of the standard's page on JSON, its numbers as texts.
EXAMPLE: dict[str, Any] = {
    "eventTypes": [
        {"name": "create-order", "attributes": [{"name": "total-items", "type": "integer"}]}
    ],
    "objectTypes": [{"name": "order", "attributes": [{"name": "item", "type": "integer"}]}],
    "events": [
        {
            "id": "e1",
            "type": "create-order",
            "time": "1970-01-01T00:00:00Z",
            "attributes": [{"name": "total-items", "value": "1"}],
            "relationships": [{"objectId": "o1", "qualifier": "item"}],
        }
    ],
    "objects": [
        {
            "id": "o1",
            "type": "order",
            "attributes": [{"name": "item", "time": "1970-01-01T00:00:00Z", "value": "1"}],
        }
    ],
}

Change = Callable[[dict[str, Any]], object]

BREAKING: dict[str, Change] = {
    "no section": lambda log: log.pop("objects"),
    "no type": lambda log: log["events"][0].pop("type"),
    "no time": lambda log: log["events"][0].pop("time"),
    "a number": lambda log: log["events"][0]["attributes"][0].update(value=1),
    "no qualifier": lambda log: log["events"][0]["relationships"][0].pop("qualifier"),
    "no attribute time": lambda log: log["objects"][0]["attributes"][0].pop("time"),
    "undeclared type": lambda log: log["events"][0].update(type="pay"),
    "undeclared attribute": lambda log: log["events"][0]["attributes"][0].update(name="x"),
    "other kind": lambda log: log["events"][0]["attributes"][0].update(value="many"),
    "unknown kind": lambda log: log["eventTypes"][0]["attributes"][0].update(type="money"),
    "local time": lambda log: log["events"][0].update(time="1970-01-01T00:00:00"),
    "no date": lambda log: log["objects"][0]["attributes"][0].update(time="today"),
    "no such object": lambda log: log["events"][0]["relationships"][0].update(objectId="o2"),
    "event twice": lambda log: log["events"].append(log["events"][0]),
    "object twice": lambda log: log["objects"].append(log["objects"][0]),
    "type twice": lambda log: log["objectTypes"].append(log["objectTypes"][0]),
}


def test_example_of_the_standard_is_right_when_checked() -> None:
    """What the standard shows keeps its rules."""
    assert faults_of(EXAMPLE) == []


@pytest.mark.parametrize("name", BREAKING)
def test_rule_is_broken_when_one_thing_changes(name: str) -> None:
    """A check that cannot fail proves nothing."""
    log = copy.deepcopy(EXAMPLE)
    BREAKING[name](log)
    assert faults_of(log)
