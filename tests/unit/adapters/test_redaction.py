"""Redacted events: pseudonyms for persons, no free texts, the same clocks (law R8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.adapters.codec import encode_event
from itsm_core.adapters.erasure import erased_person
from itsm_core.adapters.redaction import REDACTED_TEXT, Redaction
from itsm_core.calendars import ALWAYS
from itsm_core.errors import InvalidValue
from itsm_core.events import AnswerSent, EscalationStepTaken, TicketOpened, TicketResolved
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
from itsm_core.testing.contract import AT
from itsm_core.testing.event_samples import one_of_each

REDACTION = Redaction(key=b"0123456789abcdef")
ID = TicketId("INC-1")
OPENED = TicketOpened(
    ticket_id=ID, occurred_at=AT, title="of Bob", requester=PersonId("bob"), actor=PersonId("ana")
)


def test_persons_and_texts_are_gone_when_redacted() -> None:
    """Two persons are two pseudonyms, the text is a placeholder, the rest is as it was."""
    redacted = REDACTION.event(OPENED)
    assert isinstance(redacted, TicketOpened)
    assert redacted.title == REDACTED_TEXT
    assert redacted.requester == REDACTION.person("bob") != redacted.actor
    assert (redacted.ticket_id, redacted.occurred_us) == (ID, OPENED.occurred_us)
    assert "bob" not in encode_event(redacted).lower()


def test_pseudonym_is_hmac_sha256_when_computed_elsewhere() -> None:
    """From `printf bob | openssl dgst -sha256 -hmac 0123456789abcdef`."""
    assert REDACTION.person("bob") == PersonId("person-6f32117ae2bc2046")


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("person bob", f"person {REDACTION.person('bob')}"),
        ("bob", REDACTION.person("bob")),
        ("group network", "group network"),
        ("role lead", "role lead"),
        ("roster nights", "roster nights"),
        ("nobody", "nobody"),
        ("", ""),
        (erased_person(1), erased_person(1)),
    ],
)
def test_target_of_an_escalation_has_the_pseudonym_of_its_person(target: str, shown: str) -> None:
    """The same one as in every other field; groups stay."""
    step = EscalationStepTaken(
        ticket_id=ID,
        occurred_at=AT,
        key="k",
        rule="r",
        action="notify",
        due_at=AT,
        target=target,
    )
    redacted = REDACTION.event(step)
    assert isinstance(redacted, EscalationStepTaken)
    assert redacted.target == shown


def test_pseudonyms_differ_when_the_key_does() -> None:
    """Two exports with two keys cannot be joined."""
    assert Redaction(key=b"x" * 16).person("bob") != REDACTION.person("bob")


def test_nobody_and_the_erased_stay_when_redacted() -> None:
    """Nobody is no person, and a placeholder says nothing."""
    assert REDACTION.person("") == ""
    assert REDACTION.person(erased_person(1)) == erased_person(1)


def test_empty_texts_stay_empty_when_redacted() -> None:
    """That nothing was written is no secret, and clocks may ask for it."""
    opened = TicketOpened(ticket_id=ID, occurred_at=AT)
    assert REDACTION.event(opened) == opened


def test_every_event_can_be_written_when_redacted() -> None:
    """A redacted event is an event like any other."""
    for event in REDACTION.events(one_of_each()):
        assert encode_event(event)


def test_clocks_are_the_same_when_the_history_is_redacted() -> None:
    """Nothing that a clock reads is touched."""
    history = (
        OPENED,
        AnswerSent(ticket_id=ID, occurred_at=AT + timedelta(hours=1), actor=PersonId("ana")),
        TicketResolved(ticket_id=ID, occurred_at=AT + timedelta(hours=2), state="resolved"),
    )
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=ALWAYS,
        targets=(ServiceLevelTarget(metric="resolution", goals={"": timedelta(hours=4)}),),
    )
    as_of = AT + timedelta(days=1)
    clear = evaluate(history, agreement, as_of=as_of)["resolution"]
    hidden = evaluate(REDACTION.events(history), agreement, as_of=as_of)["resolution"]
    assert (hidden.state, hidden.due_at) == (clear.state, clear.due_at)


@pytest.mark.parametrize("key", [b"", b"0123456789abcde", "0123456789abcdef"])
def test_redaction_is_refused_when_the_key_is_short(key: bytes) -> None:
    """A key that can be tried out is none."""
    with pytest.raises(InvalidValue, match="at least 16 random bytes"):
        Redaction(key=key)
