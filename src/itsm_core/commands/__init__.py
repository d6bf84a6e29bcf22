"""Intents, in the imperative: what somebody wants to happen to a ticket.

A command carries no instant and no author; those belong to the call of `decide`, which answers
with events or with a refusal that holds every reason.
"""

from itsm_core.commands._base import Actor, Command
from itsm_core.commands._links import (
    LinkTicket,
    MergeTicket,
    OpenFollowUp,
    SplitTicket,
    UnlinkTicket,
)
from itsm_core.commands._promises import (
    AssignAgreement,
    ExcludeTime,
    ExplainBreach,
    KeepCommitment,
    MakeCommitment,
    WithdrawCommitment,
)
from itsm_core.commands._ticket import (
    ApproveTicket,
    AssignTicket,
    CancelTicket,
    ChangePriorityInputs,
    CloseTicket,
    EndPriorityOverride,
    HoldTicket,
    MigrateTicket,
    OpenTicket,
    OverridePriority,
    ReceiveContact,
    ReclassifyTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    SendAnswer,
    SendNudge,
    StartWork,
    TriggerTransition,
)
from itsm_core.commands._types import COMMAND_TYPES

__all__ = [
    "COMMAND_TYPES",
    "Actor",
    "ApproveTicket",
    "AssignAgreement",
    "AssignTicket",
    "CancelTicket",
    "ChangePriorityInputs",
    "CloseTicket",
    "Command",
    "EndPriorityOverride",
    "ExcludeTime",
    "ExplainBreach",
    "HoldTicket",
    "KeepCommitment",
    "LinkTicket",
    "MakeCommitment",
    "MergeTicket",
    "MigrateTicket",
    "OpenFollowUp",
    "OpenTicket",
    "OverridePriority",
    "ReceiveContact",
    "ReclassifyTicket",
    "ReopenTicket",
    "ResolveTicket",
    "ResumeTicket",
    "SendAnswer",
    "SendNudge",
    "SplitTicket",
    "StartWork",
    "TriggerTransition",
    "UnlinkTicket",
    "WithdrawCommitment",
]
