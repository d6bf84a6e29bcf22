"""The model of a store: what it says follows from the ports' promises, by hand (laws R1, R2)."""

from __future__ import annotations

import pytest

from itsm_core.errors import AlreadyExists, Conflict, KeyReused, LeaseLost
from itsm_core.ports import ANY, NO_STREAM, AppendResult, Batch, Definition, ExpectedVersion
from itsm_core.spans import as_micros
from itsm_core.testing.contract import AT, message, timer
from itsm_core.testing.event_samples import sample
from itsm_core.testing.store_model import StoreModel

NOW = as_micros(AT)
MINUTE = 60_000_000


def batch(stream: str, *numbers: int, expected: ExpectedVersion = ANY, key: str = "") -> Batch:
    """Return a batch with an event for each number."""
    return Batch(
        stream=stream,
        events=sample(stream, *numbers) if numbers else (),
        expected_version=expected,
        key=key or None,
    )


def test_append_counts_versions_and_ranks_when_accepted() -> None:
    """Two streams, one order."""
    model = StoreModel()
    model.append_many([batch("a", 1, 2, expected=NO_STREAM)])
    (result,) = model.append_many([batch("b", 3, expected=0)])
    assert result == AppendResult(first_version=1, last_version=1, position=3)
    assert model.events("a") == [("a", 1, "a#1"), ("a", 2, "a#2")]


def test_nothing_is_written_when_a_later_batch_is_refused() -> None:
    """All or nothing."""
    model = StoreModel()
    with pytest.raises(Conflict):
        model.append_many([batch("a", 1), batch("b", 1, expected=4)])
    assert model.events() == []


def test_key_gives_the_first_result_when_it_comes_again() -> None:
    """And is refused for other events."""
    model = StoreModel()
    (first,) = model.append_many([batch("a", 1, key="k")])
    model.append_many([batch("a", 2)])
    (again,) = model.append_many([batch("a", 1, expected=0, key="k")])
    assert (again.last_version, again.repeated) == (first.last_version, True)
    assert model.recall("a", "k", None) == again
    assert model.recall("a", "other", None) is None
    with pytest.raises(KeyReused):
        model.append_many([batch("a", 3, key="k")])
    with pytest.raises(KeyReused):
        model.recall("a", "k", "an intent")


def test_message_is_kept_once_when_it_comes_again() -> None:
    """With other content it is refused."""
    model = StoreModel()
    for data in ("1", "1"):
        told = Batch(stream="a", events=(), expected_version=ANY, messages=(message(data=data),))
        model.append_many([told])
    assert model.unsent() == [message(data="1")]
    assert (model.mark_sent([message(data="1")]), model.mark_sent([message(data="1")])) == (1, 0)
    other = Batch(stream="a", events=(), expected_version=ANY, messages=(message(data="2"),))
    with pytest.raises(AlreadyExists):
        model.append_many([other])
    assert model.unsent() == []


def test_timer_is_done_once_when_two_workers_had_it() -> None:
    """The first loan is over when the second begins."""
    model = StoreModel()
    assert model.schedule([timer()]) == 1
    ((first, _),) = model.claim_due(NOW, NOW + MINUTE, 9)
    assert model.claim_due(NOW, NOW + MINUTE, 9) == []
    ((second, again),) = model.claim_due(NOW + MINUTE, NOW + 2 * MINUTE, 9)
    assert again.attempt == 2
    with pytest.raises(LeaseLost):
        model.complete("t", first, [])
    model.complete("t", second, [batch("a", 1, key="effect")])
    assert (len(model.events()), model.waiting(), model.schedule([timer()])) == (1, [], 0)
    assert model.complete("t", second, [batch("a", 1, key="effect")])[0].repeated
    with pytest.raises(LeaseLost):
        model.complete("t", second, [batch("a", 2, key="another")])


def test_timer_stays_lent_when_its_effect_is_refused() -> None:
    """Neither done nor free."""
    model = StoreModel()
    model.schedule([timer()])
    ((loan, _),) = model.claim_due(NOW, NOW + MINUTE, 9)
    with pytest.raises(Conflict):
        model.complete("t", loan, [batch("a", 1, expected=5, key="effect")])
    assert [one.state for one in model.waiting()] == ["waits"]
    model.complete("t", loan, [])
    assert model.waiting() == []


def test_loan_is_over_when_the_timer_changed_or_was_given_back() -> None:
    """Cancelled, scheduled anew, released."""
    model = StoreModel()
    for end in ("cancel", "schedule", "release"):
        model.schedule([timer(end)])
        ((loan, _),) = model.claim_due(NOW, NOW + MINUTE, 9)
        if end == "cancel":
            assert model.cancel([end, "none"]) == 1
        elif end == "schedule":
            assert model.schedule([timer(end, 5)]) == 1
        else:
            model.release(end, loan, NOW + 3 * MINUTE)
            known = model.timer(end)
            assert known is not None
            assert known.available_us == NOW + 3 * MINUTE
        with pytest.raises(LeaseLost):
            model.release(end, loan, None)


def test_definition_stays_when_published_with_another_document() -> None:
    """And the one before it in the call is not kept either."""
    model = StoreModel()
    first = Definition(kind="policy", name="desk", version="9", document="{}")
    assert model.publish([first, first]) == 1
    new = Definition(kind="policy", name="desk", version="10", document="{}")
    with pytest.raises(AlreadyExists):
        model.publish([new, Definition(kind="policy", name="desk", version="9", document="[]")])
    assert model.versions("policy", "desk") == ("9",)
    assert model.publish([new]) == 1
    assert model.versions("policy", "desk") == ("9", "10")
    assert model.definition("policy", "desk", "10") == "{}"
    assert model.definition("policy", "desk", "11") is None
