"""Values of linking: texts, evidence, suggestions."""

from __future__ import annotations

import math
import pickle
from datetime import datetime

import pytest

from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.ids import ServiceId, TicketId
from itsm_core.linking import Evidence, Group, Link, Suggestion, Task, TicketText, probability_of
from tests.unit.linking.texts import NOON, text


def suggestion(*contributions: float, calibrated: bool = False) -> Suggestion:
    """Return a suggestion with these contributions."""
    evidence = tuple(
        Evidence(name=f"e{n}", contribution=value, detail="d", terms=("mail", "vpn"))
        for n, value in enumerate(contributions)
    )
    return Suggestion(
        ticket_id=TicketId("INC-1"),
        kind="incident",
        evidence=evidence,
        is_calibrated=calibrated,
    )


def test_text_gives_back_the_instant_it_was_given() -> None:
    """Microseconds inside, an aware datetime outside."""
    assert text("INC-1").at == NOON


@pytest.mark.parametrize("given", [{"ticket_id": ""}, {"kind": ""}])
def test_text_is_refused_when_its_id_or_kind_is_empty(given: dict[str, str]) -> None:
    """Neither could be found again."""
    with pytest.raises(InvalidValue, match="is empty"):
        TicketText(**{"ticket_id": "INC-1", "at": NOON, **given})  # type: ignore[arg-type]


def test_text_is_refused_when_its_instant_is_naive() -> None:
    """An instant without a zone is none (law T1)."""
    with pytest.raises(NaiveDatetime):
        TicketText(ticket_id=TicketId("INC-1"), at=datetime(2026, 1, 5))  # noqa: DTZ001


@pytest.mark.parametrize(("log_odds", "expected"), [(0.0, 0.5), (math.log(3), 0.75), (-9e9, 0.0),
                                                    (9e9, 1.0)])  # fmt: skip
def test_probability_is_that_of_the_odds(log_odds: float, expected: float) -> None:
    """Odds of three to one are three quarters; beyond all floats it is 0 or 1."""
    assert probability_of(log_odds) == pytest.approx(expected)


def test_suggestion_is_the_sum_of_its_evidence() -> None:
    """The contributions sum to the score (law K1)."""
    assert suggestion(1.0, -3.5, 0.25).log_odds == -2.25


def test_suggestion_shows_each_term_once() -> None:
    """Two pieces of evidence with the same words show them once."""
    assert suggestion(1.0, 2.0).terms == ("mail", "vpn")


def test_suggestion_says_that_it_is_uncalibrated_until_it_is() -> None:
    """Nobody should take a default for a measured probability."""
    assert "uncalibrated" in suggestion(1.0).explain()
    assert "uncalibrated" not in suggestion(1.0, calibrated=True).explain()


def test_suggestion_explains_the_largest_contribution_first() -> None:
    """A reader sees first what weighs most, for or against."""
    lines = suggestion(1.0, -3.0).explain().splitlines()
    assert lines == ["incident INC-1: 12%, uncalibrated", "   -3.00 e1: d", "   +1.00 e0: d"]


def test_suggestion_pickles() -> None:
    """Values travel between processes."""
    assert pickle.loads(pickle.dumps(suggestion(1.0))) == suggestion(1.0)


@pytest.mark.parametrize("name", ["decay", "window_days"])
@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_task_is_refused_when_it_could_not_be_computed(name: str, value: float) -> None:
    """Negative ages and endless decay mean nothing."""
    with pytest.raises(InvalidValue):
        Task(**{"name": "task", "decay": 0.1, name: value})  # type: ignore[arg-type]


def test_link_and_group_measure_themselves() -> None:
    """A link has a probability, a group a length."""
    link = Link(ticket_id=TicketId("B"), other=TicketId("A"), log_odds=0.0)
    members = (TicketId("A"), TicketId("B"))
    group = Group(group_id=TicketId("A"), members=members, links=(link,))
    assert (link.probability, len(group)) == (0.5, 2)


@pytest.mark.parametrize("name", ["title", "body", "log", "service", "requester", "language"])
def test_text_is_refused_when_something_is_no_text(name: str) -> None:
    """None is what a database says of an empty field; here it is ''."""
    with pytest.raises(InvalidValue, match=f"{name} is no text"):
        TicketText(ticket_id=TicketId("A"), at=NOON, **{name: None})  # type: ignore[arg-type]


def test_text_is_refused_when_a_fact_is_no_unicode() -> None:
    """A snapshot could not be written with it."""
    with pytest.raises(InvalidValue, match="service is not valid Unicode"):
        TicketText(ticket_id=TicketId("A"), at=NOON, service=ServiceId("\ud800"))
    assert TicketText(ticket_id=TicketId("ä"), at=NOON, title="half \ud800").title


@pytest.mark.parametrize("prior", [math.nan, math.inf])
def test_task_is_refused_when_its_prior_is_no_number(prior: float) -> None:
    """Every probability would be none either."""
    with pytest.raises(InvalidValue, match="prior"):
        Task(name="task", decay=0.1, prior=prior)


def test_kind_is_one_kind_when_written_as_a_text() -> None:
    """Not its letters: `problem` is not among the kinds of `problem_ticket`."""
    task = Task(name="task", decay=0.1, kinds="problem_ticket")
    assert task.kinds == frozenset({"problem_ticket"})
