"""What a write means: decisions that need no store to be tried (laws R1, R2)."""

from __future__ import annotations

from typing import cast

import pytest

from itsm_core.adapters._engine import (
    Known,
    TimerRow,
    check_definition_names,
    checked_claim,
    checked_definitions,
    prepare,
    prepare_effects,
    recalled,
    retry_micros,
)
from itsm_core.errors import CodecError, InvalidValue, KeyReused, NaiveDatetime
from itsm_core.ports import ANY, Batch, Definition, TimerClaim
from itsm_core.testing.contract import AT, message, timer
from itsm_core.testing.event_store_contract import sample

CLAIM = TimerClaim(timer=timer(), token=1, attempt=1, leased_until_us=0)
BATCH = Batch(
    stream="a", events=sample("a", 1, 2), expected_version=ANY, key="k", messages=(message(),)
)


def test_batch_is_written_down_when_prepared() -> None:
    """A payload an event, a place and a text a message; nothing can fail on the way afterwards."""
    (prepared,) = prepare([BATCH])
    assert len(prepared.payloads) == 2
    assert [len(place) for place, _ in prepared.messages] == [32]
    assert len(prepared.digest) == 32


def test_result_is_repeated_when_recalled() -> None:
    """The figures of the first time; another digest is another payload."""
    known = Known(b"x", 1, 2, 3)
    found = recalled("a", "k", known, None)
    assert (found.first_version, found.last_version, found.position, found.repeated) == (
        1,
        2,
        3,
        True,
    )
    assert recalled("a", "k", known, b"x") == found
    with pytest.raises(KeyReused):
        recalled("a", "k", known, b"y")


def test_effect_is_refused_when_it_has_no_key() -> None:
    """What cannot be known again could happen twice."""
    assert prepare_effects([BATCH]) == prepare([BATCH])
    unkeyed = Batch(stream="a", events=(), expected_version=ANY)
    with pytest.raises(InvalidValue, match=r"no key.*give the batch a key"):
        prepare_effects([BATCH, unkeyed])


@pytest.mark.parametrize("value", [None, timer(), "t"])
def test_claim_is_refused_when_it_is_none(value: object) -> None:
    """A claim is what `claim_due` returned."""
    assert checked_claim(CLAIM) is CLAIM
    with pytest.raises(InvalidValue, match="claim_due"):
        checked_claim(value)


def test_retry_is_at_the_due_instant_when_none_is_given() -> None:
    """A timer that is given back was due already."""
    assert retry_micros(CLAIM, None) == timer().due_us
    assert retry_micros(CLAIM, AT) == timer().due_us
    with pytest.raises(NaiveDatetime):
        retry_micros(CLAIM, AT.replace(tzinfo=None))


def test_row_is_the_timer_when_shown() -> None:
    """What the owner gave, without the bookkeeping."""
    row = TimerRow("t", "a", timer().due_us, "", 0, 0, 0, 0)
    assert row.timer == timer()


def test_definitions_are_refused_when_they_are_none() -> None:
    """A series of definitions, and names that can be stored."""
    one = Definition(kind="k", name="n", version="1", document="1")
    assert checked_definitions(iter([one])) == (one,)
    for wrong in (None, ["n"]):
        with pytest.raises(InvalidValue, match="efinition"):
            checked_definitions(cast("list[Definition]", wrong))
    with pytest.raises(InvalidValue, match="the version of a definition"):
        check_definition_names("k", "n", "")


def test_batch_is_refused_when_an_event_cannot_be_written_down() -> None:
    """The error comes before any transaction begins."""
    from itsm_core.events import TicketAssigned
    from itsm_core.ids import GroupId, TicketId

    broken = TicketAssigned(ticket_id=TicketId("a"), occurred_at=AT, group=GroupId("\ud800"))
    with pytest.raises(CodecError):
        prepare([Batch(stream="a", events=(broken,), expected_version=ANY)])
