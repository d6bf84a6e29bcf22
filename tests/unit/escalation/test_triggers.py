"""Triggers: each reads as words, and refuses what cannot be meant (E1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from itsm_core import escalation as e
from itsm_core.errors import DefinitionError
from itsm_core.escalation._triggers import TRIGGERS, duration_text

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
    ("kind", "fields", "code"),
    [
        (e.ShareUsed, {"clock": "", "ratio": 0.5}, "empty"),
        (e.ShareUsed, {"clock": "response", "ratio": 0}, "wrong-value"),
        (e.ShareUsed, {"clock": "response", "ratio": float("nan")}, "wrong-value"),
        (e.ShareUsed, {"clock": "response", "ratio": 100.5}, "wrong-value"),
        (e.ShareUsed, {"clock": "response", "ratio": True}, "wrong-type"),
        (e.ShareUsed, {"clock": "response", "ratio": "75 %"}, "wrong-type"),
        (e.OffsetFromDue, {"clock": "response", "offset": 60}, "wrong-type"),
        (e.Breached, {"clock": " "}, "empty"),
        (e.Silence, {"after": 0 * HOUR}, "wrong-value"),
        (e.Silence, {"after": HOUR, "by": "nobody"}, "unknown-name"),
        (e.Bounced, {"times": 0}, "wrong-value"),
        (e.Reopened, {"times": True}, "wrong-type"),
        (e.PriorityReached, {"priorities": ()}, "empty"),
        (e.PriorityReached, {"priorities": (1,)}, "wrong-type"),
        (e.EscalationRequested, {"times": -1}, "wrong-value"),
        (e.OwnerAbsent, {"after": -HOUR}, "wrong-value"),
        (e.Storm, {"tickets": 1, "within": HOUR}, "wrong-value"),
        (e.Storm, {"tickets": 5, "within": HOUR, "same": "colour"}, "unknown-name"),
    ],
    ids=range(18),
)
def test_trigger_is_refused_when_it_cannot_be_meant(
    kind: Callable[..., object], fields: dict[str, Any], code: str
) -> None:
    """A percentage for a share, a pause of no length, a window without tickets."""
    with pytest.raises(DefinitionError) as caught:
        kind(**fields)
    assert caught.value.faults[0].code == code


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
