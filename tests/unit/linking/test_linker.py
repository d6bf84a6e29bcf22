"""Suggestions and their evidence (law K1)."""

from __future__ import annotations

import math
import random

import attrs
import pytest

from itsm_core.errors import InvalidValue, NotFound
from itsm_core.ids import TicketId
from itsm_core.linking import (
    DEFAULT_MODEL,
    DUPLICATES,
    Agreement,
    Calibration,
    Linker,
    Suggestion,
    TicketIndex,
)
from tests.unit.linking.texts import index_of, stream, text

ITEM = Agreement(field="configuration_item_id", agreement_ratio=0.8)


def weights(suggestion: Suggestion) -> dict[str, float]:
    """Return what each piece of evidence adds."""
    return {each.name: each.contribution for each in suggestion.evidence}


def items(*names: str) -> TicketIndex:
    """Return an index of tickets about mail, each with its configuration item."""
    found = [text(f"T{n}", "mail", configuration_item_id=name) for n, name in enumerate(names)]
    return index_of(*found)


def test_contributions_sum_to_the_score() -> None:
    """On random tickets, with facts, relations and a calibration (law K1)."""
    tickets = stream(random.Random(3), 80)
    linker = Linker(
        index_of(*tickets[:-1]),
        agreements=[ITEM],
        related=lambda _one, _other: 0.7,
        calibration=Calibration(slope=0.6, offset=1.1, judgements=60),
        prior=0.4,
    )
    scores = linker.log_odds(tickets[-1])
    assert len(scores) > 10
    for each in linker.similar(tickets[-1], limit=100):
        assert math.fsum(weights(each).values()) == each.log_odds
        assert each.log_odds == pytest.approx(scores[each.ticket_id], abs=1e-9)


def test_suggestions_come_with_the_best_first() -> None:
    """Whoever shares the title comes before whoever shares a word of the body."""
    index = index_of(
        text("A", "vpn", body="payroll"), text("B", "payroll timeout"), text("C", "mail")
    )
    found = Linker(index).similar(text("Q", "payroll timeout"))
    assert [each.ticket_id for each in found] == ["B", "A"]


def test_evidence_names_the_shared_terms_and_nothing_else() -> None:
    """Terms, never sentences; the rarest first."""
    index = index_of(text("A", "payroll timeout", body="as usual"), text("B", "timeout"))
    (best, _) = Linker(index).similar(text("Q", "payroll timeout again"))
    shown = {each.name: each.terms for each in best.evidence}
    assert shown["title"] == shown["text"] == ("payroll", "timeout")
    assert shown["rarest term"] == ("payroll",)


def test_evidence_says_how_long_apart_they_are() -> None:
    """In days, for a person to read."""
    (found,) = Linker(index_of(text("A", "mail"))).similar(text("Q", "mail", days=2.5))
    assert {e.name: e.detail for e in found.evidence}["age"] == "2.5 days apart"
    assert weights(found)["age"] == pytest.approx(-DUPLICATES.decay * math.log(3.5))


def test_agreement_counts_for_the_same_item_and_against_another() -> None:
    """By the share of the text's own item: one in four here."""
    linker = Linker(items("CI-1", "CI-2", "CI-3", "CI-3"), agreements=[ITEM])
    asked = text("Q", "mail", configuration_item_id="CI-1")
    found = {str(s.ticket_id): weights(s)["configuration_item_id"] for s in linker.similar(asked)}
    assert found["T0"] == pytest.approx(ITEM.same(0.25))
    assert found["T1"] == found["T2"] == pytest.approx(ITEM.different(0.25))


def test_empty_fact_neither_agrees_nor_disagrees() -> None:
    """Not to know is no difference."""
    linker = Linker(items("", "CI-2"), agreements=[ITEM])
    asked = [text("Q", "mail", configuration_item_id=name) for name in ("CI-1", "")]
    named = [{str(s.ticket_id): set(weights(s)) for s in linker.similar(each)} for each in asked]
    assert "configuration_item_id" not in named[0]["T0"] | named[1]["T0"] | named[1]["T1"]


def test_related_items_count_as_the_graph_says() -> None:
    """A database and what runs on it: what the hook returns, in place of the disagreement."""
    graph = {("APP", "DB"): 1.5}
    linker = Linker(
        items("DB", "HR"), agreements=[ITEM], related=lambda one, other: graph.get((one, other))
    )
    asked = text("Q", "mail", configuration_item_id="APP")
    found = {str(s.ticket_id): weights(s)["configuration_item_id"] for s in linker.similar(asked)}
    assert found["T0"] == 1.5
    assert found["T1"] < 0


def test_prior_moves_every_probability_and_no_order() -> None:
    """One knob for the desk's own belief."""
    index = index_of(text("A", "mail vpn"), text("B", "mail"))
    asked = text("Q", "mail vpn")
    plain, moved = (Linker(index, prior=prior).similar(asked) for prior in (0.0, 2.0))
    assert [s.ticket_id for s in plain] == [s.ticket_id for s in moved]
    assert [m.log_odds - p.log_odds for p, m in zip(plain, moved, strict=True)] == pytest.approx(
        [2.0, 2.0]
    )


def test_suggestion_is_calibrated_when_the_linker_is() -> None:
    """Fifty judgements make it so."""
    index = index_of(text("A", "mail"))
    learned = Calibration(slope=0.5, offset=1.0, judgements=50)
    plain, told = (
        Linker(index, calibration=each).similar(text("Q", "mail"))[0]
        for each in (Calibration(), learned)
    )
    assert (plain.is_calibrated, told.is_calibrated) == (False, True)
    assert told.log_odds == pytest.approx(1.0 + 0.5 * plain.log_odds)


def test_comparison_of_two_strangers_is_little_more_than_the_prior() -> None:
    """No shared word: nothing speaks for them, their age against them."""
    index = index_of(text("A", "printer"))
    found = Linker(index).compare(text("Q", "mail", days=1), TicketId("A"))
    assert found.log_odds < DEFAULT_MODEL.bias
    assert found.terms == ()


def test_comparison_gives_what_the_suggestion_gave() -> None:
    """One pair, one sum."""
    index = index_of(text("A", "mail vpn"), text("B", "mail", days=4))
    linker, asked = Linker(index), text("Q", "mail vpn printer", days=5)
    for each in linker.similar(asked):
        assert linker.compare(asked, each.ticket_id).log_odds == pytest.approx(each.log_odds)


def test_log_odds_include_named_tickets_that_are_no_candidates() -> None:
    """Grouping asks about members, whatever they share."""
    linker = Linker(index_of(text("A", "mail"), text("B", "printer")))
    assert set(linker.log_odds(text("Q", "mail"), [TicketId("B")])) == {"A", "B"}


def test_suggestions_end_at_the_least_probability() -> None:
    """What is less likely than wanted is not shown."""
    linker = Linker(index_of(text("A", "mail"), text("B", "mail")), prior=9.0)
    (best, _) = linker.similar(text("Q", "mail"))
    assert linker.similar(text("Q", "mail"), least=min(1.0, best.probability + 1e-6)) == ()


@pytest.mark.parametrize("limit", [0, -1, True, 2.0])
def test_suggestions_are_refused_for_no_count(limit: int) -> None:
    """None, less than none, a truth, a fraction."""
    with pytest.raises(InvalidValue, match="how many"):
        Linker(TicketIndex()).similar(text("Q"), limit=limit)


def test_comparison_is_refused_with_a_ticket_that_is_not_there() -> None:
    """The error names it."""
    with pytest.raises(NotFound, match="'A'"):
        Linker(TicketIndex()).compare(text("Q"), TicketId("A"))


def test_linker_is_refused_when_two_agreements_weigh_one_field() -> None:
    """It would count twice."""
    with pytest.raises(InvalidValue, match="one field"):
        Linker(TicketIndex(), agreements=[ITEM, attrs.evolve(ITEM, agreement_ratio=0.9)])


def test_linker_is_refused_when_its_prior_is_no_number() -> None:
    """Nothing could be ordered by it."""
    with pytest.raises(InvalidValue, match="prior"):
        Linker(TicketIndex(), prior=math.nan)


@pytest.mark.parametrize("least", [30, -0.1, math.nan, "0.3", True])
def test_suggestions_are_refused_for_no_probability(least: float) -> None:
    """Thirty per cent are 0.3; with 30 nothing would ever be suggested, without a word."""
    with pytest.raises(InvalidValue, match="least probability"):
        Linker(TicketIndex()).similar(text("Q"), least=least)
