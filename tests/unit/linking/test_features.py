"""What is measured of two texts, on examples counted by hand."""

from __future__ import annotations

import math

import pytest

from itsm_core.linking._features import FEATURES, Pairing
from itsm_core.linking._fields import TITLE
from tests.unit.linking.texts import index_of, text

INDEX = index_of(
    text("A", "mail slow", body="printer"),
    text("B", "vpn", body="mail"),
    text("C", "login", days=3),
)
ASKED = text("Q", "mail vpn", body="printer paper")


def measured(number: int, score: float = 30.0) -> dict[str, float]:
    """Return the measurements of a ticket by their names."""
    pairing = Pairing(INDEX, INDEX.query(ASKED))
    return dict(zip(FEATURES, pairing.measure(number, score), strict=True))


def rarity(count: int) -> float:
    """Return ln((n + 1) / (df + ½)) among three tickets."""
    return math.log(4 / (count + 0.5))


ONE, TWO = rarity(1), rarity(2)


def test_title_is_the_weighed_overlap_of_titles() -> None:
    """{mail, vpn} and {mail, slow}: mail is in two tickets, the others in one."""
    assert measured(0)["title"] == pytest.approx(TWO / (TWO + ONE + ONE))


def test_title_found_counts_the_other_text_anywhere() -> None:
    """B says vpn in its title and mail in its body: all of the title is found."""
    assert measured(1)["title_found"] == pytest.approx(1.0)
    assert measured(0)["title_found"] == pytest.approx(TWO / (TWO + ONE))


def test_title_answered_counts_from_the_other_side() -> None:
    """Of A's title the text has mail, not slow; of B's it has all."""
    assert measured(0)["title_answered"] == pytest.approx(TWO / (TWO + ONE))
    assert measured(1)["title_answered"] == pytest.approx(1.0)


def test_coverage_is_the_share_of_the_others_words() -> None:
    """The text has A's mail and printer, not slow."""
    assert measured(0)["coverage"] == pytest.approx((TWO + ONE) / (TWO + ONE + ONE))


def test_rarest_is_the_rarity_of_the_rarest_shared_term() -> None:
    """A tenth of its nats; 0 where nothing is shared."""
    assert measured(0)["rarest"] == pytest.approx(ONE / 10)
    assert measured(2)["rarest"] == 0.0


def test_score_is_the_root_of_thirtieths() -> None:
    """A score of 120 is 2; a sum that comes out a trace below 0 is 0."""
    assert measured(0, 120.0)["score"] == pytest.approx(2.0)
    assert measured(0, -1e-12)["score"] == 0.0


def test_age_is_the_logarithm_of_days() -> None:
    """Three days apart, whichever came first."""
    assert measured(2)["age"] == pytest.approx(math.log(4))
    assert measured(0)["age"] == 0.0


def test_strangers_share_nothing() -> None:
    """All is 0 but age."""
    assert {name for name, value in measured(2, 0.0).items() if value} == {"age"}


def test_shared_terms_are_the_rarest_first() -> None:
    """By rarity, equal ones by name; of the titles alone if wanted."""
    pairing = Pairing(INDEX, INDEX.query(ASKED))
    assert [term for _, term in pairing.shared_terms(INDEX.profile(0), 7)] == ["printer", "mail"]
    assert [term for _, term in pairing.shared_terms(INDEX.profile(0), TITLE)] == ["mail"]


def test_shared_terms_are_found_when_the_two_say_them_in_different_fields() -> None:
    """B says mail in its body, the text in its title; of the titles alone both have vpn."""
    pairing = Pairing(INDEX, INDEX.query(ASKED))
    assert [term for _, term in pairing.shared_terms(INDEX.profile(1), 7)] == ["vpn", "mail"]
    assert [term for _, term in pairing.shared_terms(INDEX.profile(1), TITLE)] == ["vpn"]
