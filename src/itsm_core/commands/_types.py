"""Every command class: the allow-list of what comes in from outside."""

from __future__ import annotations

from typing import Final

from itsm_core.commands._base import Command
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

COMMAND_TYPES: Final[tuple[type[Command], ...]] = (
    OpenTicket,
    AssignTicket,
    ChangePriorityInputs,
    ReclassifyTicket,
    OverridePriority,
    EndPriorityOverride,
    SendAnswer,
    ReceiveContact,
    StartWork,
    HoldTicket,
    ResumeTicket,
    ResolveTicket,
    ReopenTicket,
    CloseTicket,
    CancelTicket,
    TriggerTransition,
    AssignAgreement,
    ApproveTicket,
    ExcludeTime,
    ExplainBreach,
    MakeCommitment,
    KeepCommitment,
    WithdrawCommitment,
    SendNudge,
    MigrateTicket,
    LinkTicket,
    UnlinkTicket,
    MergeTicket,
    SplitTicket,
    OpenFollowUp,
)
"""Every command class, in the order in which they stand here; the codec reads no other."""
