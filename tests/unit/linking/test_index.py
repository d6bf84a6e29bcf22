"""The index: adding, removing, windows, kinds, facts (law K1)."""

from __future__ import annotations

import random

import attrs
import pytest

from itsm_core.errors import AlreadyExists, InvalidValue, NotFound
from itsm_core.ids import TicketId
from itsm_core.linking import ENGLISH, GERMAN, Task, TicketIndex
from itsm_core.linking import _index as module
from itsm_core.linking._values import TicketText
from tests.unit.linking.texts import index_of, stream, text

TASK = Task(name="any", decay=0.2, window_days=0.0)


def names(index: TicketIndex, asked: TicketText, task: Task = TASK, limit: int = 10) -> list[str]:
    """Return the candidates' ids, the best first."""
    found = index.candidates(index.query(asked), task, limit=limit)
    return [index.ticket_id(number) for number, _ in found]


def test_candidate_with_rarer_shared_terms_comes_first() -> None:
    """Both share one term; the one of fewer tickets says more."""
    index = index_of(text("A", "mail slow"), text("B", "mail queue"), text("C", "vpn"))
    assert names(index, text("Q", "mail vpn")) == ["C", "A", "B"]


def test_candidates_are_those_that_share_a_term() -> None:
    """Whoever shares none is none, however recent."""
    index = index_of(text("A", "mail"), text("B", "printer"))
    assert names(index, text("Q", "mail")) == ["A"]


def test_candidates_exclude_the_ticket_that_is_asked_about() -> None:
    """A ticket is no duplicate of itself."""
    index = index_of(text("A", "mail"), text("B", "mail"))
    assert names(index, text("A", "mail")) == ["B"]


def test_newer_candidate_comes_first_when_words_are_equal() -> None:
    """Age takes from the score, as the task says."""
    index = index_of(text("A", "mail"), text("B", "mail", days=300))
    asked = text("Q", "mail", days=301)
    assert names(index, asked) == ["B", "A"]
    assert names(index, asked, attrs.evolve(TASK, decay=0.0)) == ["A", "B"]


def test_candidates_end_with_the_window() -> None:
    """Ten days are within ten days, eleven are not; the future counts the same."""
    index = index_of(*(text(f"D{n}", "mail", days=n) for n in (0, 1, 11, 21, 22)))
    task = attrs.evolve(TASK, window_days=10.0)
    assert sorted(names(index, text("Q", "mail", days=11), task)) == ["D1", "D11", "D21"]


def test_late_ticket_is_found_in_its_window() -> None:
    """What was added last may have occurred first."""
    index = index_of(*(text(f"D{n}", "mail", days=n) for n in (50, 100, 10, 60)))
    task = attrs.evolve(TASK, window_days=15.0)
    assert sorted(names(index, text("Q", "mail", days=20), task)) == ["D10"]
    assert sorted(names(index, text("Q", "mail", days=61), task)) == ["D50", "D60"]


def test_candidates_are_of_the_kinds_that_the_task_names() -> None:
    """An article is no incident, were it the best; an unknown kind has none."""
    many = [text(f"A{n}", "mail", kind="article") for n in range(20)]
    index = index_of(*many, text("I", "mail queue"))
    assert names(
        index, text("Q", "mail"), attrs.evolve(TASK, kinds=frozenset({"incident"})), 3
    ) == ["I"]
    assert names(index, text("Q", "mail"), attrs.evolve(TASK, kinds=frozenset({"change"}))) == []


@pytest.mark.parametrize("limit", [1, 3, 7, 30])
def test_fewer_candidates_are_the_beginning_of_more(limit: int) -> None:
    """The quick way to the best gives the best: those of the full list."""
    index = index_of(
        *(text(f"T{n:03}", f"mail {'vpn ' * (n % 3)} w{n % 5}", days=n % 40) for n in range(300))
    )
    asked = text("Q", "mail vpn w2 w3", days=40)
    assert names(index, asked, limit=limit) == names(index, asked, limit=300)[:limit]


def test_equal_candidates_come_in_order_of_their_ids() -> None:
    """Whatever came first into the index."""
    index = index_of(text("C", "mail"), text("A", "mail"), text("B", "mail"))
    assert names(index, text("Q", "mail"), limit=2) == ["A", "B"]


def test_score_of_one_ticket_is_that_of_a_candidate() -> None:
    """Two ways to the same sum."""
    index = index_of(text("A", "mail vpn"), text("B", "vpn printer", days=9))
    query = index.query(text("Q", "vpn mail"))
    for number, score in index.candidates(query, TASK, limit=9):
        assert index.score(query, number) == pytest.approx(score)


def test_term_is_not_looked_up_when_it_is_in_too_many_tickets() -> None:
    """Of 400 tickets with one word, that word finds none; a rarer one does."""
    index = index_of(*(text(f"T{n}", "mail") for n in range(400)), text("V", "vpn"))
    assert names(index, text("Q", "mail")) == []
    assert names(index, text("Q", "mail vpn")) == ["V"]


def test_common_terms_are_passed_over_when_there_are_too_many_postings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rarest are looked up in any case: asking takes no longer in a large index."""
    monkeypatch.setattr(module, "_MOST_POSTINGS", 12)
    index = index_of(*(text(f"T{n}", "mail queue") for n in range(10)), text("V", "vpn slow"))
    query = index.query(text("Q", "mail queue vpn slow"))
    assert [query.names[term] for _, term in query.weighed] == ["slow", "vpn", "mail"]
    monkeypatch.setattr(module, "_MOST_POSTINGS", 1)
    assert len(index.query(text("Q", "mail queue")).weighed) == 1


def test_query_of_an_indexed_ticket_does_not_count_itself() -> None:
    """Otherwise its rarest words would look less rare than they are."""
    index = index_of(text("A", "mail"), text("B", "mail vpn"))
    outside = index_of(text("A", "mail")).query(text("B", "mail vpn"))
    inside = index.query(text("B", "mail vpn"))
    assert len(inside.weighed) == len(outside.weighed) == 1


def test_removed_ticket_is_found_no_more() -> None:
    """Neither as a candidate nor by its id."""
    index = index_of(text("A", "mail"), text("B", "mail"))
    index.remove(TicketId("A"))
    assert names(index, text("Q", "mail")) == ["B"]
    assert ("A" in index, list(index)) == (False, ["B"])


def test_updated_ticket_is_found_by_its_new_words_alone() -> None:
    """An update is a removal and an addition; of an unknown one an addition."""
    index = index_of(text("A", "mail"))
    index.update(text("A", "vpn"))
    index.update(text("B", "printer"))
    asked = [names(index, text("Q", word)) for word in ("mail", "vpn", "printer")]
    assert asked == [[], ["A"], ["B"]]


def test_index_answers_nothing_when_it_is_empty() -> None:
    """The first ticket of a desk has no duplicate."""
    assert names(TicketIndex(), text("Q", "mail")) == []
    assert len(TicketIndex()) == 0


def test_index_refuses_a_ticket_twice() -> None:
    """`update` says that it replaces."""
    with pytest.raises(AlreadyExists):
        index_of(text("A"), text("A"))


def test_index_refuses_to_remove_what_it_has_not() -> None:
    """The error names the ticket."""
    with pytest.raises(NotFound, match="'A'"):
        TicketIndex().remove(TicketId("A"))


def test_index_uses_the_analyzer_of_the_language() -> None:
    """A German text in German, one of an unknown language by the index's own."""
    index = TicketIndex(analyzers={"": ENGLISH, "de": GERMAN})
    index.add(text("A", "Störungen", language="de"))
    assert names(index, text("Q", "Störung", language="de")) == ["A"]
    assert names(index, text("Q", "Störung", language="fr")) == []


def test_index_is_refused_without_an_analyzer_for_any_language() -> None:
    """A text that names no language must be read somehow."""
    with pytest.raises(InvalidValue, match="without a language"):
        TicketIndex(analyzers={"de": GERMAN})


def test_index_knows_the_share_of_a_value_among_those_that_have_one() -> None:
    """An empty fact is no value; a removed ticket counts no more."""
    index = index_of(*(text(f"T{n}", service=s) for n, s in enumerate(("x", "x", "y", ""))))
    assert index.value_ratio(0, "x") == pytest.approx(2 / 3)
    index.remove(TicketId("T0"))
    assert [index.value_ratio(0, s) for s in ("x", "y", "z")] == [0.5, 0.5, 0.0]
    assert index.value_ratio(1, "x") == 0.0


def test_index_refuses_more_kinds_than_it_can_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ticket is not added then."""
    monkeypatch.setattr(module, "_GONE", 1)
    index = index_of(text("A"))
    with pytest.raises(InvalidValue, match="kinds"):
        index.add(text("B", kind="article"))
    assert len(index) == 1


def test_index_is_as_it_was_when_an_update_is_refused() -> None:
    """All kinds are taken: the ticket keeps what it had."""
    index = TicketIndex()
    for n in range(255):
        index.add(text(f"T{n}", "mail", kind=f"kind {n}"))
    before = index.snapshot()
    with pytest.raises(InvalidValue, match="255 kinds"):
        index.update(text("T0", "vpn", kind="one more"))
    assert index.snapshot() == before


def test_window_is_a_window_however_small_it_is() -> None:
    """A millionth of a second is not for ever."""
    index = index_of(text("A", "mail"), text("B", "mail", days=1))
    task = Task(name="now", decay=0.0, window_days=1e-12)
    found = index.candidates(index.query(text("Q", "mail", days=1)), task, limit=9)
    assert [index.ticket_id(number) for number, _ in found] == ["B"]


def test_index_takes_no_more_room_when_tickets_are_updated_for_ever() -> None:
    """Gaps are closed; answers and bytes are those of an index that was never updated."""
    tickets = stream(random.Random(5), 60)
    index = index_of(*tickets)
    for n in range(2_500):
        index.update(tickets[n * 7 % 60])
    never = index_of(*tickets)
    assert index.snapshot() == never.snapshot()
    asked = tickets[7]
    assert names(index, asked, limit=60) == names(never, asked, limit=60)
    assert max(index.number(each) for each in index) < 1_060


def test_index_is_empty_when_all_were_removed() -> None:
    """More than a thousand gaps and no ticket."""
    index = TicketIndex()
    for n in range(1_200):
        index.add(text(f"T{n}", "mail"))
    for n in range(1_200):
        index.remove(TicketId(f"T{n}"))
    assert index.snapshot() == TicketIndex().snapshot()
    index.add(text("A", "mail"))
    assert names(index, text("Q", "mail")) == ["A"]


def test_candidates_are_the_same_however_they_are_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Among the postings of the terms, or among all tickets: one is the other's oracle."""
    tickets = stream(random.Random(3), 90)
    index = index_of(*tickets)
    for asked in tickets[:25]:
        for decay in (0.0, 0.2):
            found = []
            for look in (0, 1 << 30):
                monkeypatch.setattr(module, "_LOOK", look)
                task = Task(name="any", decay=decay)
                found.append(index.candidates(index.query(asked), task, limit=7))
            assert found[0] == found[1] != []


def test_window_is_filled_from_within_when_better_ones_lie_outside() -> None:
    """Asked about a ticket of last year: those of that day, whatever came later says more of it."""
    same = [text(f"S{n}", "mail", days=n / 10) for n in range(4)]
    later = [text(f"L{n}", "mail queue stuck", days=100 + n / 10) for n in range(40)]
    index = index_of(*same, *later, *(text(f"X{n}", "vpn", days=200 + n) for n in range(60)))
    task = Task(name="day", decay=0.0, window_days=1.0)
    asked = text("Q", "mail queue stuck", days=0.5)
    assert names(index, asked, task, limit=3) == ["S0", "S1", "S2"]


def test_changed_text_finds_others_when_its_ticket_is_indexed_with_the_old_one() -> None:
    """What is asked is the text given; the ticket's old words take nothing off the others'."""
    index = index_of(text("A", "vpn drops"), text("B", "printer jams"))
    assert names(index, text("A", "printer jams")) == ["B"]
