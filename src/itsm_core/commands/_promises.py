"""Commands about what was promised: agreements, excluded time, breaches, commitments."""

from __future__ import annotations

from typing import ClassVar

import attrs

from itsm_core.commands._base import Command, as_person
from itsm_core.errors import InvalidValue
from itsm_core.ids import AgreementId, PersonId
from itsm_core.spans import as_micros, instant, written


@attrs.frozen(kw_only=True)
class AssignAgreement(Command):
    """Choose the ticket's agreement by hand; an empty id gives the choice back to the selection.

    >>> wish = AssignAgreement(ticket_id="INC-1", agreement_id="gold")
    >>> wish.trigger
    'assign_agreement'
    """

    trigger: ClassVar[str] = "assign_agreement"

    agreement_id: AgreementId = AgreementId("")
    reason: str = ""


@attrs.frozen(kw_only=True)
class ExcludeTime(Command):
    """Let a span not count, whoever was to blame (law S10); the actor is its author.

    `approver` is a second person who agreed; it can be neither the author nor the assignee.
    `clock` names the clock that it concerns, empty for all of them.

    Raises:
        InvalidValue: an end is no instant, or `end_at` is not after `start_at`.
        NaiveDatetime: an end has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> wish = ExcludeTime(
    ...     ticket_id="INC-1", start_at=at, end_at=at + timedelta(hours=2), reason="storm"
    ... )
    >>> wish.trigger
    'exclude_time'
    """

    trigger: ClassVar[str] = "exclude_time"

    start_us: int = attrs.field(alias="start_at", converter=as_micros)
    end_us: int = attrs.field(alias="end_at", converter=as_micros)
    reason: str = ""
    approver: PersonId = attrs.field(default=PersonId(""), converter=as_person)
    clock: str = ""

    def __repr__(self) -> str:
        return written(self)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.end_us <= self.start_us:
            what = f"an excluded span that begins at {instant(self.start_us).isoformat()}"
            remedy = "end it after its start; an empty span does not exist"
            raise InvalidValue(what, instant(self.end_us).isoformat(), remedy)


@attrs.frozen(kw_only=True)
class ExplainBreach(Command):
    """Say why a promise was broken, by the agreement's own list of reasons, and who owns that.

    `cycle` counts the cycles of a clock from 1; 0 is the last one. What was said last counts.

    >>> wish = ExplainBreach(ticket_id="INC-1", clock="resolution")
    >>> wish.trigger
    'explain_breach'
    """

    trigger: ClassVar[str] = "explain_breach"

    clock: str
    reason: str = ""
    owner: str = ""
    note: str = ""
    cycle: int = 0


@attrs.frozen(kw_only=True)
class MakeCommitment(Command):
    """Promise something to one person, such as to call back by three (law D4).

    Without `owner` it is the actor's promise, without `beneficiary` it is made to the requester.
    An id is used once on a ticket, also after the promise has ended.

    Raises:
        InvalidValue: `due_at` is no instant.
        NaiveDatetime: `due_at` has no time zone.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> wish = MakeCommitment(ticket_id="INC-1", commitment_id="c-1", due_at=at)
    >>> wish.trigger
    'commit'
    """

    trigger: ClassVar[str] = "commit"

    commitment_id: str
    text: str = ""
    owner: PersonId = attrs.field(default=PersonId(""), converter=as_person)
    beneficiary: PersonId = attrs.field(default=PersonId(""), converter=as_person)
    due_us: int = attrs.field(alias="due_at", converter=as_micros)

    def __repr__(self) -> str:
        return written(self)


@attrs.frozen(kw_only=True)
class KeepCommitment(Command):
    """Say that what was promised is done; whether in time is for the clock to say.

    >>> wish = KeepCommitment(ticket_id="INC-1", commitment_id="c-1")
    >>> wish.trigger
    'keep_commitment'
    """

    trigger: ClassVar[str] = "keep_commitment"

    commitment_id: str


@attrs.frozen(kw_only=True)
class WithdrawCommitment(Command):
    """Take a promise back, and say why.

    >>> wish = WithdrawCommitment(ticket_id="INC-1", commitment_id="c-1")
    >>> wish.trigger
    'withdraw_commitment'
    """

    trigger: ClassVar[str] = "withdraw_commitment"

    commitment_id: str
    reason: str = ""
