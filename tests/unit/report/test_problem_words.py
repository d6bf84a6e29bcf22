"""The sentences of a problem page: what they claim, and what they do not."""

from __future__ import annotations

from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

import attrs
import pytest

from itsm_core.linking import Dependency, ItemGraph, Money, Rates, impact_of
from itsm_core.report import _problem_words as words
from tests.unit.report.problem import PLAIN, RULES, candidate

UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("amount", "text"), [("12345.5", "12,346 EUR"), ("12.345", "12.34 EUR"), ("0", "0 EUR")]
)
def test_amount_has_cents_when_they_matter(amount: str, text: str) -> None:
    """Nobody needs the cents of twelve thousand."""
    assert words.money(Money(amount, "EUR")) == text


def test_amount_is_a_dash_when_there_is_none() -> None:
    """No rates, no price."""
    assert words.money(None) == "–"


def test_lead_tells_how_often_when_who_and_what_it_costs() -> None:
    """Twelve call-outs at 300: eleven in 80.9 days are 1,241 a month, 14,897 a year."""
    assert words.lead(candidate(), UTC) == (
        "12 times since 8 Jan 2026, Thursdays about 02:10. 4 people saw it, nobody more than "
        "3 times. Left alone it costs about 14,897 EUR a year."
    )


def test_lead_claims_less_when_less_is_known() -> None:
    """No rates, no price; no rhythm, no hour."""
    bare = attrs.evolve(candidate(PLAIN), rhythm=None)
    assert words.lead(bare, UTC) == (
        "12 times since 8 Jan 2026. 4 people saw it, nobody more than 3 times."
    )


def test_lead_claims_no_price_when_no_work_was_written_down() -> None:
    """An export of final states says when a ticket was closed, and not that anybody worked."""
    free = attrs.evolve(candidate().cost, so_far=Money(0, "EUR"), each=Money(0, "EUR"))
    told = words.lead(attrs.evolve(candidate(), cost=free), UTC)
    assert told.endswith("Nobody wrote down when work on it began, so it has no price yet.")


def test_evidence_names_each_observation_when_there_is_one() -> None:
    """Confidence, place, timetable, rhythm, trend, change; terms only where words were shared."""
    told = dict(words.evidence(candidate()))
    assert list(told) == [
        "Confidence",
        "What it hits",
        "Timetable",
        "Rhythm",
        "Trend",
        "Changed before",
    ]
    assert told["Confidence"].startswith("more than 99.9% that it recurs; of 12 occurrences")
    assert told["What it hits"] == "JOB-1 (12 of 12), export (12 of 12)"
    assert told["Timetable"].startswith("12 of 12 weeks at one hour of the week on JOB-1")
    assert told["Trend"].startswith("5 in the first half of the time since it began, 6 in the")
    assert told["Changed before"].startswith("CHG-2 (same item) went live 24 h before")
    assert told["Changed before"].endswith("A suspicion, not a cause.")


def test_terms_are_shown_when_words_are_shared() -> None:
    """Terms, never the sentence they come from."""
    told = dict(words.evidence(attrs.evolve(candidate(), terms=("queue", "full"))))
    assert told["Words they share"] == "queue, full"


def test_only_change_says_so_when_no_rate_is_known() -> None:
    """One change alone has no chance to be compared with."""
    found = candidate()
    assert found.change is not None
    alone = attrs.evolve(found, change=attrs.evolve(found.change, chance=1.0))
    assert "it is the only change known there" in dict(words.evidence(alone))["Changed before"]


def test_visibility_ranks_nobody_when_it_counts_people() -> None:
    """Numbers of days, people and shifts; not one id."""
    told = dict(words.visibility(candidate()))
    assert told["People"] == "4 people; nobody saw it more than 3 times"
    assert told["Shifts"] == "night 12"
    assert told["Chance that two of them were seen by different people"] == (
        "82%: no single person had a pattern to see."
    )
    assert not any(name in text for text in told.values() for name in ("ann", "bob", "cem", "dora"))


def test_prices_are_in_hours_when_there_are_no_rates() -> None:
    """Work without a price is still work."""
    told = dict(words.prices(candidate(PLAIN).cost))
    assert told["Work so far"] == "12.0 h"
    assert told["Work each month"] == "4.1 h"
    assert "Cost so far" not in told
    assert words.rate_words(None) == "No rates were given: work is counted in hours only."


def test_prices_have_their_interval_when_there_are_rates() -> None:
    """So far exactly; ahead with what is not known of the rate."""
    told = dict(words.prices(candidate().cost))
    assert told["Cost so far"] == "3,600 EUR"
    assert told["Call-outs"] == "12 call-outs"
    assert told["Each month if nothing is done"] == (
        "1,241 EUR (95 % interval 620 EUR to 2,221 EUR)"
    )
    assert words.rate_words(RULES.rates) == (
        "An hour is reckoned at 100.00 EUR, outside working hours at 1.5 times that; a call-out is "
        "charged at least 2 hours."
    )
    assert words.rate_words(Rates(hourly=Money(Decimal(7), "EUR"))) == (
        "An hour is reckoned at 7.00 EUR."
    )


def test_impact_is_named_when_something_stops() -> None:
    """The nearest first, at most eight by name."""
    graph = ItemGraph([Dependency(item=f"shop {n}", any_of=("db",)) for n in range(10)])
    told = words.impacts(impact_of(graph, {"db"}))
    assert told.startswith("With it stop: shop 0, shop 1")
    assert "shop 7 and 2 more." in told
    assert words.impacts(()) == "Nothing else is known to stop with it."


def test_rows_tell_each_occurrence_when_listed() -> None:
    """When, which, where, who, how long, how much, how surely."""
    first, *_ = words.rows(candidate(), UTC, RULES.rates)
    assert first[:-1] == ("Thu 8 Jan 2026 02:10", "F00", "JOB-1", "ann", "1.0 h", "300 EUR")
    assert 99 < float(first[-1].removesuffix("%")) < 100


def test_caveats_say_that_it_judges_nobody_when_read() -> None:
    """The page comes with what it does not say."""
    assert any("how well anybody worked" in each for each in words.caveats())


def test_one_person_is_told_as_one_when_nobody_else_saw_it() -> None:
    """Not one people; and of nobody nothing is counted."""
    one = candidate(person="ann")
    assert dict(words.visibility(one))["People"] == "1 person saw it 12 times"
    nobody = attrs.evolve(one, spread=attrs.evolve(one.spread, people=0, most_by_one=0))
    assert dict(words.visibility(nobody))["People"] == "nobody is recorded"


def test_page_is_the_same_when_the_caller_counts_with_four_digits() -> None:
    """Amounts are rounded to be shown, not to fit into the precision of other sums."""
    found = candidate()
    large = Money("12345678.5", "EUR")
    rows, shown = list(words.rows(found, UTC, RULES.rates)), words.money(large)
    with localcontext() as context:
        context.prec = 4
        assert list(words.rows(found, UTC, RULES.rates)) == rows
        assert words.money(large) == shown == "12,345,678 EUR"
