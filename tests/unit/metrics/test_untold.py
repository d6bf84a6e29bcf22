"""What a log does not tell is unknown, and not nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import METRICS, CaseLog, Result, Untold, measure_all
from itsm_core.metrics._untold import UNTOLD, checked_untold, withheld
from tests.unit.report.cases import story


@pytest.fixture(name="results", scope="module")
def _results() -> Mapping[str, Result]:
    """Return every figure of tickets, of two of them."""
    log = CaseLog.of([story(1), story(2, resolved_after=None)])
    named = {name: METRICS[name] for name in METRICS if not name.startswith("cost")}
    return measure_all(log, log.whole(), metrics=named)


@pytest.mark.parametrize(
    ("name", "untold"),
    [
        ("response-within-1h", "answers"),
        ("first-resolution-median", "history"),
        ("reopened-within-7d", "history"),
        ("transferred-within-7d", "history"),
        ("bounced-within-7d", "history"),
        ("escalated-within-7d", "history"),
        ("fcr-first-group", "history"),
        ("contacts-received", "history"),
        ("commitments-kept", "history"),
        ("time-on-hold", "history"),
        ("time-by-group", "history"),
        ("time-by-person", "owners"),
    ],
)
def test_figure_is_unknown_when_the_log_does_not_tell_it(
    results: Mapping[str, Result], name: str, untold: Untold
) -> None:
    """Neither the honest figure nor the dashboard's, of no part; nor how many have ended."""
    found = withheld(results[name], [untold])

    assert str(found.honest) == str(found.dashboard) == f"unknown ({UNTOLD})"
    assert found.honest.unit == results[name].honest.unit
    assert (found.parts, found.population.ended, found.population.open) == ((), 0, 0)
    assert found.population.cases == results[name].population.cases


@pytest.mark.parametrize(
    ("name", "untold"),
    [
        ("resolution-median", {"answers", "history", "owners"}),
        ("backlog-count", {"answers", "history", "owners"}),
        ("tickets-opened", {"answers", "history", "owners"}),
        ("response-within-1h", {"history", "owners"}),
        ("reopened-within-7d", {"answers", "owners"}),
        ("time-by-group", {"answers", "owners"}),
    ],
)
def test_figure_stays_when_what_it_rests_on_is_told(
    results: Mapping[str, Result], name: str, untold: set[Untold]
) -> None:
    """The last solution, what is open and what came are told by one row a ticket, too."""
    assert withheld(results[name], untold) is results[name]


def test_every_figure_stays_when_the_log_is_complete(results: Mapping[str, Result]) -> None:
    """Nothing is withheld of a log that leaves nothing out."""
    assert all(withheld(each, ()) is each for each in results.values())


def test_names_are_each_once_when_told_twice() -> None:
    """In any order."""
    assert checked_untold(["owners", "answers", "owners"]) == {"answers", "owners"}


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ("answers", "untold is one text: 'answers'; use a list of names: answers, history, owners"),
        (["anwsers"], "no name .*: 'anwsers'; use of answers, history, owners; did you mean"),
        ([3], "no name .*: 3; use of answers, history, owners"),
    ],
)
def test_names_are_refused_when_they_would_be_passed_over(names: object, says: str) -> None:
    """A figure that should be unknown would be shown as none."""
    with pytest.raises(InvalidValue, match=says):
        checked_untold(names)  # type: ignore[arg-type]
