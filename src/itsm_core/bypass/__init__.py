"""Who gets help past the desk, how often, what to do about it, and whether it helped (law D3).

`find_bypasses` reads the events of tickets and, where there are any, the records of contacts. A
ticket has gone past the desk if a specialist acted on it before anybody of the first line, or a
rule that stands in for it, had seen it. Nothing is asked of whoever bypassed.
"""

from itsm_core.bypass._actions import Action, ActionKind, actions_for
from itsm_core.bypass._campaign import CampaignEffect, campaign_effect
from itsm_core.bypass._desk import BypassRules, DeskMap, Duty, Membership
from itsm_core.bypass._detect import find_bypasses
from itsm_core.bypass._report import Bypass, BypassRate, BypassReport, Request, Way
from itsm_core.bypass._texts import ENGLISH, ActionTexts, Message, TemplateTexts

__all__ = [
    "ENGLISH",
    "Action",
    "ActionKind",
    "ActionTexts",
    "Bypass",
    "BypassRate",
    "BypassReport",
    "BypassRules",
    "CampaignEffect",
    "DeskMap",
    "Duty",
    "Membership",
    "Message",
    "Request",
    "TemplateTexts",
    "Way",
    "actions_for",
    "campaign_effect",
    "find_bypasses",
]
