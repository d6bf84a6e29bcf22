"""What came of checking a log, in numbers and in words."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from itsm_core.lifecycle import INCIDENT, CaseConformance, LogNames, conformance
from itsm_core.lifecycle._fitness import fitness

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ((7, 7, 0, 0), 1.0),  # each worked by hand
        ((4, 4, 1, 1), 0.75),
        ((4, 2, 1, 1), 0.625),
        ((1, 1, 1, 1), 0.0),
    ],
)
def test_fitness_is_the_mean_of_both_shares_when_tokens_are_counted(
    tokens: tuple[int, int, int, int], expected: float
) -> None:
    """Half for tokens that were not missing, half for tokens that did not remain."""
    assert fitness(*tokens) == expected


def test_log_fitness_is_one_when_the_log_is_empty() -> None:
    """Nothing told is nothing wrong."""
    found = conformance(INCIDENT, [])
    assert (found.fits, found.fitness_ratio, found.fitting_cases_ratio) == (True, 1.0, 1.0)
    assert found.mean_case_fitness_ratio == 1.0


def test_log_fitness_weighs_cases_by_their_tokens_when_they_differ_in_length() -> None:
    """4 + 2 tokens, one of them missing and one remaining: 5/6; by case, (1 + 1/2) / 2."""
    log = [("A", "new", 0), ("A", "resolved", 1), ("A", "closed", 2), ("B", "closed", 3)]
    found = conformance(INCIDENT, log)
    assert found.fitness_ratio == pytest.approx(5 / 6)
    assert found.mean_case_fitness_ratio == pytest.approx(0.75)
    assert found.fitting_cases_ratio == 0.5


def test_case_fits_when_it_has_no_deviation() -> None:
    """A name that nobody mapped moves no token, and yet the case does not fit."""
    case = CaseConformance(
        case_id="A",
        place="closed",
        produced=4,
        consumed=4,
        missing=0,
        remaining=0,
        deviations=(),
        deviation_count=1,
    )
    assert not case.fits
    assert case.fitness_ratio == 1.0


def test_deviation_shows_its_instant_in_utc_when_asked() -> None:
    """Instants that results expose are pendulum's, in UTC (law T1)."""
    found = conformance(INCIDENT, [("A", "closed", NINE)])
    assert found.deviations[0].example.at.isoformat() == "2026-01-05T09:00:00+00:00"


def test_explain_stays_within_twelve_lines_when_there_are_many_kinds() -> None:
    """The rest is counted, not shown: 30 unknown names and the missing end."""
    log = [("A", f"name {number:02}", number) for number in range(30)]
    lines = conformance(INCIDENT, log).explain().splitlines()
    assert len(lines) == 12
    assert lines[-1] == "- and 24 more kinds"
    assert lines[2] == "events 30 of unknown names"


def test_explain_says_nothing_of_odd_events_when_there_are_none() -> None:
    """Opened, started, resolved, closed: a line on cases, one on tokens, no deviation."""
    log = [("A", name, at) for at, name in enumerate(("new", "in_progress", "resolved", "closed"))]
    assert conformance(INCIDENT, log).explain() == (
        "1 of 1 cases fit 'incident' version 1 (100.0%); 4 moves judged\n"
        "fitness 1.0000 of the log, 1.0000 of a case on average; 0 tokens missing, 0 remaining\n"
        "0 deviations of 0 kinds"
    )


def test_explain_tells_counts_and_deviations_when_a_log_is_spoiled() -> None:
    """Every line can be checked by hand against the five events."""
    log = [
        ("A", "new", 5),
        ("A", "new", 4),
        ("A", "closed", 6),
        ("B", "new", 7),
        ("B", "in_progress", 8),
    ]
    assert conformance(INCIDENT, log).explain() == (
        "0 of 2 cases fit 'incident' version 1 (0.0%); 4 moves judged\n"
        "fitness 0.6667 of the log, 0.6667 of a case on average; 2 tokens missing, 2 remaining\n"
        "events 1 states told again, 1 earlier than the event before them\n"
        "2 deviations of 2 kinds\n"
        "- 1 times in 1 cases: from 'new' came 'closed'; expected 'in_progress', 'on_hold', "
        "'resolved', 'cancelled'\n"
        "- 1 times in 1 cases: the log ends in 'in_progress'; expected 'closed', 'cancelled'"
    )


def test_deviation_names_at_most_six_choices_when_there_are_more() -> None:
    """A sentence is read by a person."""
    names = LogNames(states={f"n{number}": "new" for number in range(9)})
    found = conformance(INCIDENT, [("A", "what", 0)], names=names)
    assert str(found.deviations[1]) == (
        "1 times in 1 cases: at the beginning came 'what' (a name that nobody has mapped); "
        "expected 'n0', 'n1', 'n2', 'n3', 'n4', 'n5' and 3 more"
    )
    assert str(found.deviations[0].example) == (
        "case A: never begun; expected 'closed', 'cancelled'"
    )


# --- where a list ends ----------------------------------------------------------------------------


def test_choices_are_all_named_when_they_are_six() -> None:
    """Nothing is said of more where there is no more."""
    names = LogNames(states={f"n{number}": "new" for number in range(6)})
    found = conformance(INCIDENT, [("A", "what", 0)], names=names)
    assert str(found.deviations[1]).endswith("expected 'n0', 'n1', 'n2', 'n3', 'n4', 'n5'")


def test_nothing_is_expected_when_a_case_has_come_to_its_end() -> None:
    """A closed incident leads nowhere."""
    log = [("A", name, at) for at, name in enumerate(("new", "resolved", "closed", "what"))]
    (kind,) = conformance(INCIDENT, log).deviations
    assert str(kind) == (
        "1 times in 1 cases: from 'closed' came 'what' (a name that nobody has mapped); "
        "nothing is expected any more"
    )


def test_kinds_are_all_shown_when_they_fit_in_twelve_lines() -> None:
    """Three lines of counts and nine kinds; of ten, eight and how many more."""
    found = conformance(INCIDENT, [("A", "closed", 0)])
    (kind,) = found.deviations
    for number, last in ((9, f"- {kind}"), (10, "- and 2 more kinds"), (30, "- and 22 more kinds")):
        lines = attrs.evolve(found, deviations=(kind,) * number).explain().splitlines()
        assert (len(lines), lines[-2], lines[-1]) == (12, f"- {kind}", last)


def test_every_odd_count_is_told_when_there_are_all_four() -> None:
    """Told again, ignored, unknown, out of order."""
    found = attrs.evolve(conformance(INCIDENT, []), repeats=4, ignored=3, unknown=2, late_events=1)
    assert found.explain().splitlines()[2] == (
        "events 4 states told again, 3 ignored by the mapping, 2 of unknown names, "
        "1 earlier than the event before them"
    )


def test_log_fits_when_all_of_its_cases_do() -> None:
    """One that does not is enough."""
    found = conformance(INCIDENT, [("A", "new", 0), ("A", "cancelled", 1)])
    assert found.fits
    assert found.worst == ()
    assert not conformance(INCIDENT, [("A", "new", 0)]).fits
