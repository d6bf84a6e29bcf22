"""Values of the direct sections as plain values."""

from __future__ import annotations

from datetime import timedelta

from itsm_core.calendars import ALWAYS, WorkingDays
from itsm_core.contacts import Channel
from itsm_core.escalation import Breached, EscalateToRole, EscalationRule, Ladder
from itsm_core.lifecycle import TimedRules
from itsm_core.policy._calendars_to_forms import CalendarNames
from itsm_core.policy._plain import plain_section

NAMES = CalendarNames({"round the clock": ALWAYS})


def test_plain_section_leaves_out_defaults_and_names_when_written() -> None:
    """The name is the key of the table."""
    written = plain_section({"phone": Channel(name="phone", hours="office")}, NAMES)
    assert written == {"phone": {"hours": "office"}}


def test_plain_section_tells_kinds_apart_when_written() -> None:
    """As they are read."""
    rule = EscalationRule(
        name="late",
        trigger=Breached(clock="resolution"),
        actions=(EscalateToRole(role="lead"),),
        repeat_every=timedelta(hours=2),
        repeat_times=1,
    )
    written = plain_section({"gold": Ladder(name="gold", rules=(rule,))}, NAMES)
    assert written == {
        "gold": {
            "rules": [
                {
                    "name": "late",
                    "trigger": {"kind": "breached", "clock": "resolution"},
                    "actions": [{"kind": "escalate_to_role", "role": "lead"}],
                    "repeat_every": "2h",
                    "repeat_times": 1,
                }
            ]
        }
    }


def test_plain_section_names_calendars_when_written() -> None:
    """A calendar in a section is one of the policy's."""
    rules = TimedRules(calendar=ALWAYS, close_after=WorkingDays(5))
    assert plain_section({"incident": rules}, NAMES) == {
        "incident": {"calendar": "round the clock", "close_after": "5 working days"}
    }
