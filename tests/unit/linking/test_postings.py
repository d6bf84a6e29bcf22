"""The inverted index: what is appended is there, what is dropped leaves no trace."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.linking import _postings
from itsm_core.linking._postings import IMPACTS, Postings, impact

HIGH, LOW = (1, 1e9), (2, 1e-9)


def filled() -> Postings:
    """Return three tickets: mail in all, vpn in the second, printer in the last."""
    postings = Postings()
    postings.append({"mail": HIGH})
    postings.append({"mail": LOW, "vpn": HIGH})
    postings.append({"mail": HIGH, "printer": LOW})
    return postings


def numbers(postings: Postings, term: str) -> list[tuple[int, int]]:
    """Return ticket number and impact of each posting."""
    return [(p >> 8, p & 255) for p in postings.of_term(postings.numbers[term])]


def test_impact_is_half_the_scale_when_the_frequency_equals_the_saturation() -> None:
    """It is f / (k1 + f): a half at f = k1 = 1.6, between 1 and 255 always."""
    assert [impact(1.6), impact(1e-9), impact(1e9)] == [128, 1, IMPACTS]


def test_postings_are_in_order_of_ticket_numbers() -> None:
    """A window is found by bisection because of that."""
    assert numbers(filled(), "mail") == [(0, 255), (1, 1), (2, 255)]


def test_postings_count_tickets_by_term() -> None:
    """One, one and three."""
    postings = filled()
    found = {term: postings.counts[n] for term, n in postings.numbers.items()}
    assert found == {"mail": 3, "vpn": 1, "printer": 1}


def test_profile_gives_terms_with_their_fields() -> None:
    """Term times eight plus the bits of the fields."""
    postings = filled()
    names = {n: term for term, n in postings.numbers.items()}
    assert [(names[e >> 3], e & 7) for e in postings.profile(1)] == [("vpn", 1), ("mail", 2)]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_dropped_ticket_is_in_no_posting(number: int) -> None:
    """First, middle or last: its postings are gone, the others stay."""
    postings = filled()
    postings.drop(number)
    assert number not in [n for n, _ in numbers(postings, "mail")]
    assert postings.counts[postings.numbers["mail"]] == 2


def test_term_comes_back_when_its_only_ticket_was_dropped() -> None:
    """A term without tickets can get one again, and a second."""
    postings = filled()
    postings.drop(1)
    assert numbers(postings, "vpn") == []
    assert [postings.append({"vpn": HIGH}), postings.append({"vpn": LOW})] == [3, 4]
    assert numbers(postings, "vpn") == [(3, 255), (4, 1)]


def test_impact_of_is_zero_when_the_term_does_not_occur() -> None:
    """Asked for one ticket and one term."""
    postings = filled()
    mail, vpn = postings.numbers["mail"], postings.numbers["vpn"]
    assert [postings.impact_of(mail, 1), postings.impact_of(vpn, 2)] == [1, 0]


@pytest.mark.parametrize(("first", "expected"), [(0, [2.0, 2 / 255, 2.0]), (2, [0.0, 0.0, 2.0])])
def test_totals_add_weight_times_impact_from_the_first_number_on(
    first: int, expected: list[float]
) -> None:
    """A weight of two, in full for the highest impact; nothing before the window."""
    postings, totals = filled(), [0.0] * 3
    postings.add_up(totals, [(2.0 / 255, postings.numbers["mail"])], first)
    assert totals == pytest.approx(expected)


def test_some_tickets_of_terms_stop_when_there_are_enough() -> None:
    """The rarest term alone is enough for one."""
    postings = filled()
    terms = [postings.numbers[term] for term in ("vpn", "mail")]
    assert postings.some_of(terms, 0, 1) == {1}
    assert postings.some_of(terms, 2, 9) == {2}


def test_postings_refuse_what_their_numbers_cannot_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to do about it."""
    monkeypatch.setattr(_postings, "_MOST_TICKETS", 3)
    with pytest.raises(InvalidValue, match="at most"):
        filled().append({"mail": HIGH})


def test_postings_are_found_by_new_numbers_when_gaps_are_closed() -> None:
    """Terms keep theirs; tickets added later come after."""
    postings = filled()
    postings.drop(0)
    postings.renumber([1, 2])
    assert len(postings) == 2
    assert numbers(postings, "mail") == [(0, 1), (1, 255)]
    assert numbers(postings, "vpn") == [(0, 255)]
    assert [entry >> 3 for entry in postings.profile(1)] == [
        postings.numbers["mail"], postings.numbers["printer"],
    ]  # fmt: skip
    postings.append({"vpn": LOW})
    assert numbers(postings, "vpn") == [(0, 255), (2, 1)]
