"""Fields, their weights and their bounds."""

from __future__ import annotations

import time
import timeit

import attrs
import pytest

from itsm_core.errors import DefinitionError
from itsm_core.linking import ENGLISH, FieldRule, TicketFields
from itsm_core.linking._fields import BODY, LOG, TITLE, analyzed, prose_and_log
from tests.unit.linking.texts import text

RULE = FieldRule(
    weight=2.0,
    query_weight=1.0,
    length_share=0.5,
    usual_terms=4,
    most_terms=10,
    most_characters=100,
)
FIELDS = TicketFields(title=RULE, body=RULE, log=RULE)


def test_frequency_is_the_weight_when_a_field_is_as_long_as_usual() -> None:
    """Four terms of four: each counts in full, whatever the share of length."""
    found = analyzed(text("INC-1", "mail printer login vpn"), FIELDS, ENGLISH)
    assert found == dict.fromkeys(("mail", "printer", "login", "vpn"), (TITLE, 2.0))


def test_frequency_is_less_when_a_field_is_longer_than_usual() -> None:
    """Eight terms of four, share a half: 2 / (1 - 0.5 + 0.5 * 8 / 4) = 4/3."""
    found = analyzed(text("INC-1", body="mail vpn " * 4), FIELDS, ENGLISH)
    bits, frequency = found["mail"]
    assert bits == BODY
    assert frequency == pytest.approx(4 * 2.0 / 1.5)


def test_frequency_adds_up_over_fields() -> None:
    """A term in two fields has both bits and both frequencies."""
    one = analyzed(text("INC-1", "mail"), FIELDS, ENGLISH)["mail"][1]
    bits, both = analyzed(text("INC-1", "mail", log="mail"), FIELDS, ENGLISH)["mail"]
    assert bits == TITLE | LOG
    assert both == pytest.approx(2 * one)


def test_analysis_reads_no_more_than_its_bounds() -> None:
    """A megabyte that somebody pasted costs what a page costs."""
    found = analyzed(text("INC-1", body=" ".join(f"w{n}x" for n in range(9_999))), FIELDS, ENGLISH)
    assert 0 < len(found) <= RULE.most_terms


@pytest.mark.parametrize(
    ("body", "log"),
    [
        ("see {code:java}Boom{code} end", "Boom"),
        ("see {noformat}Boom{noformat} end", "Boom"),
        ("see ```\nBoom``` end", "Boom"),
        ("see {code}Boom", "Boom"),
        ("no marks", ""),
    ],
)
def test_quoted_code_is_log_and_not_prose(body: str, log: str) -> None:
    """Marks of code, closed or not, part what machines said from what people say."""
    prose, found = prose_and_log(body)
    assert found == log
    assert "Boom" not in prose


def test_fields_are_refused_with_every_fault_at_once() -> None:
    """Three wrong values are three faults."""
    with pytest.raises(DefinitionError) as caught:
        TicketFields(title=attrs.evolve(RULE, weight=-1.0, length_share=1.5, most_terms=0))
    assert [fault.where for fault in caught.value.faults] == [
        "title.weight",
        "title.length_share",
        "title.most_terms",
    ]


@pytest.mark.parametrize("opening", ["{code", "```", "{noformat:"])
def test_quotes_that_never_open_cost_no_more_than_other_text(opening: str) -> None:
    """Eight times the text takes eight times as long, not sixty-four; all of it is prose."""

    def spent(number: int) -> float:
        body = opening * number
        assert prose_and_log(body) == (body, "")
        return min(timeit.repeat(lambda: prose_and_log(body), time.process_time, number=1))

    assert spent(3_200) < 24 * spent(400)


@pytest.mark.parametrize("given", [{"most_terms": 20_001}, {"most_characters": 10_000_001}])
def test_fields_are_refused_when_an_index_could_not_hold_them(given: dict[str, int]) -> None:
    """It keeps rows of 65,535 terms at most."""
    with pytest.raises(DefinitionError, match="no count in bounds"):
        TicketFields(body=attrs.evolve(RULE, **given))
