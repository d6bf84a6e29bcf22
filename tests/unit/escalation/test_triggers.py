"""Triggers: each reads as words, and refuses what cannot be meant (E1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from itsm_core import escalation as e
from itsm_core.errors import DefinitionError
from itsm_core.escalation._triggers import TRIGGERS, Same, duration_text

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (e.ShareUsed(clock="response", ratio=0.75), "75 % of response"),
        (e.ShareUsed(clock="response", ratio=1.125), "112.5 % of response"),
        (e.OffsetFromDue(clock="resolution", offset=-HOUR), "1 h before resolution is due"),
        (e.OffsetFromDue(clock="resolution", offset=30 * HOUR), "30 h after resolution is due"),
        (e.OffsetFromDue(clock="resolution", offset=0 * HOUR), "when resolution is due"),
        (e.Breached(clock="resolution"), "resolution breached"),
        (e.Silence(after=HOUR * 1.5), "nothing from the desk for 1 h 30 min"),
        (e.Silence(after=HOUR, by="anyone"), "nothing from anybody for 1 h"),
        (e.Bounced(), "bounced twice"),
        (e.Reopened(times=3), "reopened 3 times"),
        (e.PriorityReached(priorities="P1"), "priority becomes P1"),
        (e.PriorityReached(priorities=["P1", "P2"]), "priority becomes P1 or P2"),
        (e.EscalationRequested(), "the requester asks for escalation"),
        (e.EscalationRequested(times=2), "the requester asks for escalation twice"),
        (e.OwnerAbsent(), "the owner is away"),
        (e.OwnerAbsent(after=2 * HOUR), "the owner is away for 2 h"),
        (e.CommitmentMissed(), "a commitment is missed"),
        (
            e.Storm(tickets=20, within=HOUR / 4, same="configuration_item_id"),
            "20 tickets of one configuration item id within 15 min",
        ),
    ],
    ids=str,
)
def test_trigger_reads_as_words_when_it_is_printed(trigger: e.Trigger, words: str) -> None:
    """A plan says these words."""
    assert str(trigger) == words


@pytest.mark.parametrize(
    ("kind", "fields", "code", "where"),
    [
        (e.ShareUsed, {"clock": "", "ratio": 0.5}, "empty", "clock"),
        (e.ShareUsed, {"clock": "response", "ratio": 0}, "wrong-value", "ratio"),
        (e.ShareUsed, {"clock": "response", "ratio": float("nan")}, "wrong-value", "ratio"),
        (e.ShareUsed, {"clock": "response", "ratio": 100.5}, "wrong-value", "ratio"),
        (e.ShareUsed, {"clock": "response", "ratio": True}, "wrong-type", "ratio"),
        (e.ShareUsed, {"clock": "response", "ratio": "75 %"}, "wrong-type", "ratio"),
        (e.OffsetFromDue, {"clock": "response", "offset": 60}, "wrong-type", "offset"),
        (e.OffsetFromDue, {"clock": "", "offset": HOUR}, "empty", "clock"),
        (e.Breached, {"clock": " "}, "empty", "clock"),
        (e.Silence, {"after": 0 * HOUR}, "wrong-value", "after"),
        (e.Silence, {"after": HOUR, "by": "nobody"}, "unknown-name", "by"),
        (e.Bounced, {"times": 0}, "wrong-value", "times"),
        (e.Bounced, {"times": 1001}, "wrong-value", "times"),
        (e.Reopened, {"times": True}, "wrong-type", "times"),
        (e.Reopened, {"times": 0}, "wrong-value", "times"),
        (e.Reopened, {"times": 1001}, "wrong-value", "times"),
        (e.PriorityReached, {"priorities": ()}, "empty", "priorities"),
        (e.PriorityReached, {"priorities": (1,)}, "wrong-type", "priorities[0]"),
        (e.EscalationRequested, {"times": -1}, "wrong-value", "times"),
        (e.EscalationRequested, {"times": 0}, "wrong-value", "times"),
        (e.EscalationRequested, {"times": 1001}, "wrong-value", "times"),
        (e.OwnerAbsent, {"after": -HOUR}, "wrong-value", "after"),
        (e.Storm, {"tickets": 1, "within": HOUR}, "wrong-value", "tickets"),
        (e.Storm, {"tickets": 1_000_001, "within": HOUR}, "wrong-value", "tickets"),
        (e.Storm, {"tickets": 2, "within": 0 * HOUR}, "wrong-value", "within"),
        (e.Storm, {"tickets": 5, "within": HOUR, "same": "colour"}, "unknown-name", "same"),
    ],
    ids=range(26),
)
def test_trigger_is_refused_when_it_cannot_be_meant(
    kind: Callable[..., object], fields: dict[str, Any], code: str, where: str
) -> None:
    """A percentage for a share, a pause of no length, a window without tickets."""
    with pytest.raises(DefinitionError) as caught:
        kind(**fields)
    fault = caught.value.faults[0]
    assert (fault.code, fault.where) == (code, where)


@pytest.mark.parametrize(
    ("kind", "fields", "name"),
    [
        (e.ShareUsed, {"clock": "", "ratio": 0.5}, "share_used"),
        (e.OffsetFromDue, {"clock": "", "offset": HOUR}, "offset_from_due"),
        (e.Breached, {"clock": ""}, "breached"),
        (e.Silence, {"after": 0 * HOUR}, "silence"),
        (e.Bounced, {"times": 0}, "bounced"),
        (e.Reopened, {"times": 0}, "reopened"),
        (e.PriorityReached, {"priorities": ()}, "priority_reached"),
        (e.EscalationRequested, {"times": 0}, "escalation_requested"),
        (e.OwnerAbsent, {"after": -HOUR}, "owner_absent"),
        (e.Storm, {"tickets": 1, "within": HOUR}, "storm"),
    ],
    ids=range(10),
)
def test_refusal_names_the_trigger_when_it_has_a_fault(
    kind: Callable[..., object], fields: dict[str, Any], name: str
) -> None:
    """By the name that it has in a policy file."""
    with pytest.raises(DefinitionError, match=f"^trigger {name}: "):
        kind(**fields)


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (e.ShareUsed(clock="response", ratio=100), "10000 % of response"),
        (e.Bounced(times=1), "bounced once"),
        (e.Bounced(times=1000), "bounced 1000 times"),
        (e.Reopened(), "reopened once"),
        (e.Reopened(times=1000), "reopened 1000 times"),
        (e.EscalationRequested(times=1000), "the requester asks for escalation 1000 times"),
        (e.Storm(tickets=2, within=HOUR), "2 tickets within 1 h"),
        (e.Storm(tickets=1_000_000, within=HOUR), "1000000 tickets within 1 h"),
        (e.Silence(after=HOUR, by="requester"), "nothing from the requester for 1 h"),
    ],
    ids=str,
)
def test_trigger_is_taken_when_it_is_the_last_that_is_allowed(
    trigger: e.Trigger, words: str
) -> None:
    """A thousand times, a million tickets, a hundred times the target; and two make a storm."""
    assert str(trigger) == words


@pytest.mark.parametrize("same", ["service", "configuration_item_id", "category_name", "group"])
def test_storm_may_be_of_what_tickets_share_when_it_says_so(same: Same) -> None:
    """In the words of a plan, without underscores."""
    words = f"2 tickets of one {same.replace('_', ' ')} within 1 h"
    assert str(e.Storm(tickets=2, within=HOUR, same=same)) == words


def test_every_trigger_is_in_the_union_when_listed() -> None:
    """A trigger that the union lacks could not be checked or written."""
    assert set(TRIGGERS) == set(e.Trigger.__args__)


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(days=2), "48 h"),
        (timedelta(seconds=90), "1 min 30 s"),
        (timedelta(0), "0 min"),
        (-timedelta(minutes=5), "5 min"),
    ],
)
def test_duration_is_never_in_days_when_written(duration: timedelta, words: str) -> None:
    """A day of working time has no fixed length (C9)."""
    assert duration_text(duration) == words
